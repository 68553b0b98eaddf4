use serde_json::{Value, json};

use crate::program::{Answer, Place, SIMULATED, Server, client, send};

const KEYS: &str = "reader-secret:read,writer-secret:write,chief-secret:admin";

async fn keyed(server: &Server, key: &str, path: &str) -> Answer {
    send(client().get(server.url(path)).bearer_auth(key)).await.unwrap()
}

async fn invoked(server: &Server, key: &str, body: &Value) -> Answer {
    send(client().post(server.url("/invoke")).bearer_auth(key).json(body)).await.unwrap()
}

#[tokio::test]
async fn a_key_opens_what_its_scope_allows() {
    let place = Place::new().with("API_KEYS", KEYS);
    let server = place.serve(&SIMULATED).await;
    for path in ["/signals/BTC", "/gpt/market/BTC", "/v1/scan/market"] {
        server.get(path).await.problem(401, "unauthorized");
        assert_eq!(server.get(path).await.headers["www-authenticate"], "Bearer");
    }
    // Whoever looks for a door may read the plan of the house.
    for open in ["/health", "/", "/openapi.json", "/gpt/action-schema", "/invoke/schema", "/docs", "/healthz"]
    {
        assert_eq!(server.get(open).await.status, 200, "{open}");
    }
    keyed(&server, "wrong", "/health").await.problem(401, "unauthorized");
    keyed(&server, "reader-secret", "/signals/BTC").await.ok();
    let listing = keyed(&server, "reader-secret", "/invoke/operations").await.ok();
    for (scope, keys) in
        [("write", &["reader-secret"][..]), ("admin", &["reader-secret", "writer-secret"][..])]
    {
        for operation in
            listing["operations"].as_array().unwrap().iter().filter(|each| each["scope"] == scope)
        {
            let call = json!({"operation": operation["operation"], "args": operation["examples"][0]["args"]});
            // Whoever may not call learns nothing about the arguments either.
            let wrong = json!({"operation": operation["operation"], "args": {"colour": "red"}});
            for (key, call) in keys.iter().flat_map(|key| [(key, &call), (key, &wrong)]) {
                let answer = invoked(&server, key, call).await;
                assert_eq!(
                    (answer.status, &answer.json()["error"]["code"]),
                    (403, &json!("forbidden")),
                    "{call}"
                );
            }
        }
    }
    assert!(!server.running.said().contains("-secret"), "a key in the log");
}

#[tokio::test]
async fn who_asks_too_much_is_told_when_to_come_back() {
    let place = Place::new().with("API_KEYS", KEYS);
    place.write("perpsignal.toml", "[server]\nkey_units_per_minute = 20\naddress_units_per_minute = 20\n");
    let server = place.serve(&SIMULATED).await;
    let first = keyed(&server, "reader-secret", "/signals/BTC").await;
    first.ok();
    let number = |answer: &Answer, name: &str| -> u64 {
        answer.headers.get(name).unwrap_or_else(|| panic!("{name}")).to_str().unwrap().parse().unwrap()
    };
    assert_eq!(number(&first, "ratelimit-limit"), 10);
    assert_eq!(number(&first, "ratelimit-remaining"), 9);
    assert!(number(&first, "ratelimit-reset") >= 1);
    let mut last = first;
    for _ in 0..12 {
        last = keyed(&server, "reader-secret", "/signals/BTC").await;
        if last.status == 429 {
            break;
        }
    }
    let problem = last.problem(429, "rate_limited");
    let wait = number(&last, "retry-after");
    assert!((1..=60).contains(&wait) && problem["retryAfter"] == wait, "{problem}");
    let refused =
        invoked(&server, "reader-secret", &json!({"operation": "signals.get", "symbol": "BTC"})).await;
    assert_eq!(refused.status, 429);
    assert!(number(&refused, "retry-after") >= 1);
    keyed(&server, "writer-secret", "/signals/BTC").await.ok();
    // What costs nothing is never refused, and a refused call is not charged.
    assert_eq!(server.get("/healthz").await.status, 200);
}
