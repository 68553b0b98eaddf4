use serde_json::{Value, json};

use crate::program::{Place, SIMULATED, client, send};

/// Most characters that a GPT takes.
const CHARS_MAX: usize = 100_000;

#[tokio::test]
async fn a_gpt_imports_both_documents_of_a_public_server() {
    let place = Place::new().with("BASE_URL", "https://signals.example.org/");
    let server = place.serve(&SIMULATED).await;
    for path in ["/gpt/action-schema", "/v1/gpt/action-schema", "/invoke/schema", "/v1/invoke/schema"] {
        let document = server.get(path).await.ok();
        assert_eq!(document["servers"], json!([{"url": "https://signals.example.org"}]), "{path}");
        assert_eq!(catalog::check_gpt(&document), Vec::new(), "{path}");
    }
    let actions = server.get("/gpt/action-schema").await.ok();
    let operations: usize =
        actions["paths"].as_object().unwrap().values().map(|item| item.as_object().unwrap().len()).sum();
    assert!((5..=30).contains(&operations), "{operations}");
}

#[tokio::test]
async fn every_route_that_a_gpt_is_told_of_answers_and_fits() {
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    let actions = server.get("/gpt/action-schema").await.ok();
    for (path, item) in actions["paths"].as_object().unwrap() {
        assert!(path.starts_with("/gpt/"), "{path}");
        let filled = path.replace("{symbol}", "BTC");
        for (verb, operation) in item.as_object().unwrap() {
            let request = match verb.as_str() {
                "get" => client().get(server.url(&filled)),
                "post" => {
                    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
                    let needs_symbol = schema["properties"]["symbol"].is_object();
                    let body = if needs_symbol { json!({"symbol": "BTC"}) } else { json!({}) };
                    client().post(server.url(&filled)).json(&body)
                }
                other => panic!("{path}: {other}"),
            };
            let answer = send(request).await.unwrap();
            assert!(
                !matches!(answer.status, 400 | 404 | 405 | 500),
                "{verb} {path}: {} {}",
                answer.status,
                answer.text
            );
            assert!(answer.text.chars().count() < CHARS_MAX, "{verb} {path}");
            assert!(answer.json().is_object(), "{verb} {path}");
        }
    }
}

#[tokio::test]
async fn a_flat_form_is_read_as_models_fill_it_in() {
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    let signal = server.get("/signals/BTC").await.ok();
    for form in [
        json!({"symbol": "BTC"}),
        json!({"symbol": "btc-usdt-swap", "mode": "2", "debug": null, "fresh": "false"}),
        json!({"symbol": "BTC", "mode": "", "limit": 20, "namespace": null}),
    ] {
        assert_eq!(server.post("/gpt/signal", &form).await.ok()["id"], signal["id"], "{form}");
    }
    assert_eq!(server.post("/v1/gpt/signal", &json!({"symbol": "BTC"})).await.ok()["id"], signal["id"]);
    let fields = server.post("/gpt/signal", &json!({"symbol": "BTC", "fields": "signal,score"})).await.ok();
    assert_eq!(fields.as_object().unwrap().len(), 2);
    server.post("/gpt/signal", &json!({})).await.problem(400, "bad_argument");
    server.post("/gpt/signal", &json!({"symbol": "NOSUCHCOIN"})).await.problem(404, "unknown_symbol");
    // The route decides what is called, not the body.
    let other = server.post("/gpt/signal", &json!({"operation": "health.check", "symbol": "BTC"})).await.ok();
    assert_eq!(other["id"], signal["id"]);
    server.get("/gpt/signal").await.problem(405, "method_not_allowed");
    let health: Value = server.get("/gpt/health").await.ok();
    assert_eq!(health["status"], "ok");
}
