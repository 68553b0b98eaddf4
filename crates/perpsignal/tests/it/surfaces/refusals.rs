use serde_json::{Value, json};

use crate::program::{Answer, Place, SIMULATED, Server, client, send};

async fn raw(server: &Server, path: &str, kind: Option<&str>, body: impl Into<reqwest::Body>) -> Answer {
    let mut request = client().post(server.url(path)).body(body);
    if let Some(kind) = kind {
        request = request.header("content-type", kind);
    }
    send(request).await.unwrap()
}

/// Refused as the caller's mistake, with a problem that can be read.
fn refused(what: &str, answer: &Answer) -> Value {
    assert!((400..500).contains(&answer.status), "{what}: {} {}", answer.status, answer.text);
    let body = answer.json();
    let problem = if body["error"].is_object() { body["error"].clone() } else { body };
    for member in ["type", "title", "detail", "code", "requestId"] {
        assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{what}: {member} {problem}");
    }
    assert_eq!(problem["status"], answer.status, "{what}");
    problem
}

#[tokio::test]
async fn nothing_that_is_sent_makes_a_fault_of_ours() {
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    let long = "A".repeat(300);
    for path in [
        "/signals/BTC?mode=",
        "/signals/BTC?mode=4",
        "/signals/BTC?mode=1&mode=2",
        "/signals/BTC?symbol=ETH",
        "/signals/BTC?debug=perhaps",
        "/signals/BTC?%ff=1",
        "/signals/%ff%fe",
        "/signals/%00",
        "/signals/BTC%0d%0aX-Evil:1",
        "/signals/..%2f..%2fetc%2fpasswd",
        "/signals/%F0%9F%9A%80",
        "/signals/BTC?fields=,,..,",
        "/scan/market?limit=-1",
        "/scan/market?limit=1e400",
        "/scan/market?limit=99999999999999999999999999",
        "/scan/market?limit=NaN",
        "/invoke/operations?namespace=nothing",
        "/invoke/operations?colour=red",
        "/nothing/here",
        "/v2/signals/BTC",
        &format!("/signals/{long}"),
        &format!("/signals/BTC?{long}=1"),
    ] {
        let answer = server.get(path).await;
        // An empty text stands for no value.
        if !(path.ends_with("mode=") || path.contains("fields=") && answer.status == 200) {
            refused(path, &answer);
        }
    }
    for method in [reqwest::Method::DELETE, reqwest::Method::PUT, reqwest::Method::PATCH] {
        let answer = send(client().request(method.clone(), server.url("/signals/BTC"))).await.unwrap();
        answer.problem(405, "method_not_allowed");
        assert_eq!(answer.headers["allow"], "GET,HEAD");
    }
    server.get("/healthz").await;
}

#[tokio::test]
async fn a_preflight_learns_the_methods_and_that_no_other_page_may_call() {
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    for (path, allowed) in
        [("/signals/BTC", "GET,HEAD"), ("/invoke", "POST"), ("/v1/invoke", "POST"), ("/gpt/signal", "POST")]
    {
        let preflight = client()
            .request(reqwest::Method::OPTIONS, server.url(path))
            .header("origin", "https://elsewhere.example.org")
            .header("access-control-request-method", "POST");
        let answer = send(preflight).await.unwrap();
        assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{path}");
        assert_eq!(answer.headers["allow"], allowed, "{path}");
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "{path}");
    }
    assert_eq!(
        send(client().request(reqwest::Method::OPTIONS, server.url("/nothing"))).await.unwrap().status,
        404
    );
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_before_anything_runs() {
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    let json = Some("application/json");
    let deep =
        format!("{{\"operation\":\"signals.get\",\"args\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let call = |args: &str| format!("{{\"operation\":\"scan.market\",\"args\":{args}}}");
    let bodies: [(&str, Vec<u8>); 14] = [
        ("no JSON", b"{".to_vec()),
        ("nothing", Vec::new()),
        ("a list", b"[]".to_vec()),
        ("null", b"null".to_vec()),
        ("not UTF-8", b"{\"operation\":\"\xff\xfe\"}".to_vec()),
        ("NUL in a name", b"{\"operation\":\"signals\\u0000get\"}".to_vec()),
        ("NUL in a symbol", b"{\"operation\":\"signals.get\",\"symbol\":\"B\\u0000TC\"}".to_vec()),
        ("a lone surrogate", b"{\"operation\":\"signals.get\",\"symbol\":\"\\ud800\"}".to_vec()),
        ("too deep", deep.into_bytes()),
        ("a name twice", b"{\"operation\":\"signals.get\",\"operation\":\"scan.market\"}".to_vec()),
        ("beyond every number", call("{\"limit\":1e999}").into_bytes()),
        ("a very long number", call(&format!("{{\"limit\":{}}}", "9".repeat(10_000))).into_bytes()),
        ("a fraction of a row", call("{\"limit\":1.5}").into_bytes()),
        ("text for a number", call("{\"limit\":\"ten\"}").into_bytes()),
    ];
    for path in ["/invoke", "/v1/invoke", "/gpt/signal"] {
        for (what, body) in &bodies {
            // A flat body leaves out what only other operations know; of those the symbol is missing.
            refused(&format!("{path}: {what}"), &raw(&server, path, json, body.clone()).await);
        }
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
            let answer = raw(&server, path, Some(kind), "operation=signals.get").await;
            assert_eq!(answer.status, 415, "{path} {kind}: {}", answer.text);
            assert_eq!(refused(kind, &answer)["code"], "unsupported_media_type");
        }
        let large = format!("{{\"operation\":\"signals.get\",\"symbol\":\"{}\"}}", "A".repeat(1 << 20));
        let answer = raw(&server, path, json, large).await;
        assert_eq!((answer.status, refused(path, &answer)["code"].as_str()), (413, Some("too_large")));
    }
}

#[tokio::test]
async fn arguments_stand_inside_args_or_beside_the_name_and_never_both() {
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    let nested =
        server.post("/invoke", &json!({"operation": "signals.get", "args": {"symbol": "BTC"}})).await.ok();
    assert_eq!((&nested["ok"], &nested["operation"]), (&json!(true), &json!("signals.get")));
    assert!(nested["meta"]["executionTimeMs"].is_number() && nested["meta"]["requestId"].is_string());
    let form = json!({"operation": "signals.get", "symbol": "BTC", "mode": null, "limit": 10, "args": {}});
    assert_eq!(server.post("/invoke", &form).await.ok()["data"]["id"], nested["data"]["id"]);
    let both = json!({"operation": "signals.get", "args": {"symbol": "BTC"}, "mode": "ultra"});
    let both = refused("both", &server.post("/invoke", &both).await);
    assert!(both["detail"].as_str().unwrap().contains("not both"), "{both}");
    let strict = json!({"operation": "signals.get", "args": {"symbol": "BTC", "colour": "red"}});
    let strict = refused("strict", &server.post("/invoke", &strict).await);
    assert_eq!(strict["fields"][0]["field"], "colour");
    let unknown = json!({"operation": "signals.get", "symbol": "BTC", "colour": "red"});
    refused("a field that nobody knows", &server.post("/invoke", &unknown).await);
    let chosen = json!({"operation": "signals.get", "symbol": "BTC", "fields": "score,metrics.fundingRate"});
    let chosen = server.post("/invoke", &chosen).await.ok();
    assert_eq!(chosen["data"].as_object().unwrap().len(), 2, "{chosen}");
}

#[tokio::test]
async fn a_request_keeps_the_id_that_its_caller_gave_it() {
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    let with_id = async |path: &str, id: &str| {
        send(client().get(server.url(path)).header("x-request-id", id)).await.unwrap()
    };
    let answer = with_id("/signals/BTC", "trace-42.a_B").await;
    assert_eq!(answer.headers["x-request-id"], "trace-42.a_B");
    let refused = with_id("/signals/NOSUCHCOIN", "trace-43").await;
    assert_eq!(refused.problem(404, "unknown_symbol")["requestId"], "trace-43");
    for bad in ["with space", "<script>", &"x".repeat(65)] {
        let answer = with_id("/healthz", bad).await;
        let id = answer.headers["x-request-id"].to_str().unwrap().to_owned();
        assert!(id != bad && id.len() == 26, "{id}");
    }
    let two = [server.get("/healthz").await, server.get("/healthz").await];
    assert_ne!(two[0].headers["x-request-id"], two[1].headers["x-request-id"]);
}
