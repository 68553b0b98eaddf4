use std::process::Stdio;
use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::program::{Answer, Place, SIMULATED, Server, client, send};

const KEYS: &str = "reader-secret:read";
/// Well below the time that is given to a body.
const AT_ONCE: Duration = Duration::from_secs(10);

/// A connection on which this was said.
async fn saying(server: &Server, text: &str) -> TcpStream {
    let address = server.base.trim_start_matches("http://");
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(text.as_bytes()).await.unwrap();
    connection
}

/// The answer to a head alone, until the server closes; no byte of the announced body is sent.
async fn answer_to_head(server: &Server, path: &str, length: u64, key: Option<&str>) -> String {
    let key = key.map(|key| format!("authorization: Bearer {key}\r\n")).unwrap_or_default();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n{key}content-length: {length}\r\n\r\n"
    );
    let mut connection = saying(server, &head).await;
    let mut said = String::new();
    let read = timeout(AT_ONCE, connection.read_to_string(&mut said)).await;
    read.unwrap_or_else(|_| panic!("{path} {length}: the body is waited for")).unwrap();
    said
}

#[tokio::test]
async fn a_body_is_refused_before_it_is_read() {
    let place = Place::new().with("API_KEYS", KEYS);
    let server = place.serve(&SIMULATED).await;
    for length in [1_000_000, 999_999_999_999] {
        for path in ["/invoke", "/v1/invoke", "/gpt/signal", "/mcp"] {
            let refused = answer_to_head(&server, path, length, None).await;
            assert!(refused.starts_with("HTTP/1.1 401 "), "{path} {length}: {refused}");
            assert!(refused.contains("www-authenticate: Bearer"), "{path} {length}: {refused}");
        }
    }
    for path in ["/invoke", "/gpt/signal", "/mcp"] {
        let refused = answer_to_head(&server, path, 999_999_999_999, Some("reader-secret")).await;
        assert!(refused.starts_with("HTTP/1.1 413 "), "{path}: {refused}");
        assert!(refused.contains("too_large"), "{path}: {refused}");
    }
    // What needs no key needs none here either, and what needs one says so.
    let health = server.post("/invoke", &json!({"operation": "health.check"})).await.ok();
    assert_eq!(health["data"]["status"], "ok", "{health}");
    let signal = server.post("/invoke", &json!({"operation": "signals.get", "symbol": "BTC"})).await;
    assert_eq!((signal.status, &signal.json()["error"]["code"]), (401, &json!("unauthorized")));
    let large = json!({"operation": "health.check", "args": {"padding": "x".repeat(5_000)}});
    let large = server.post("/invoke", &large).await;
    assert_eq!((large.status, &large.json()["error"]["code"]), (401, &json!("unauthorized")));
}

#[tokio::test]
async fn who_is_told_to_wait_is_told_what_is_left() {
    let place = Place::new().with("API_KEYS", KEYS);
    place.write("perpsignal.toml", "[server]\nkey_units_per_minute = 20\n");
    let server = place.serve(&SIMULATED).await;
    let asked = |request: reqwest::RequestBuilder| send(request.bearer_auth("reader-secret"));
    for _ in 0..12 {
        asked(client().get(server.url("/signals/BTC"))).await.unwrap();
    }
    let flat = json!({"symbol": "BTC"});
    let invoked = json!({"operation": "signals.get", "symbol": "BTC", "fresh": true});
    for request in [
        client().get(server.url("/signals/BTC?fresh=true")),
        client().get(server.url("/gpt/market/BTC?fresh=true")),
        client().post(server.url("/gpt/signal")).json(&flat),
        client().post(server.url("/invoke")).json(&invoked),
    ] {
        let answer = asked(request).await.unwrap();
        assert_eq!(answer.status, 429, "{}", answer.text);
        assert_eq!(answer.headers["ratelimit-limit"], "10", "{}", answer.text);
        let number = |name: &str| -> u64 { answer.headers[name].to_str().unwrap().parse().unwrap() };
        assert!(number("ratelimit-remaining") < 10 && number("ratelimit-reset") >= number("retry-after"));
    }
}

/// The headers of `HEAD` as they are sent; a client's library would leave some out.
async fn head(server: &Server, path: &str, headers: &str) -> String {
    let text = format!("HEAD {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n{headers}\r\n");
    let mut connection = saying(server, &text).await;
    let mut said = String::new();
    timeout(AT_ONCE, connection.read_to_string(&mut said)).await.unwrap().unwrap();
    said
}

#[tokio::test]
async fn a_head_has_the_length_of_the_answer_or_none() {
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    let whole = server.get("/signals/BTC").await;
    let tag = whole.headers["etag"].to_str().unwrap();
    let found = head(&server, "/signals/BTC", "").await;
    assert!(found.starts_with("HTTP/1.1 200 "), "{found}");
    assert!(found.contains(&format!("content-length: {}\r\n", whole.text.len())), "{found}");
    let known = head(&server, "/signals/BTC", &format!("if-none-match: {tag}\r\n")).await;
    assert!(known.starts_with("HTTP/1.1 304 "), "{known}");
    assert!(known.contains(tag) && !known.contains("content-length"), "{known}");
}

#[tokio::test]
async fn csv_has_all_columns_and_refuses_a_choice_of_fields() {
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    for path in ["/analytics/export?fields=id", "/history/signals?format=csv&fields=id"] {
        let refused = server.get(path).await.problem(409, "conflict");
        assert_eq!(refused["fields"][0]["field"], "fields", "{path}: {refused}");
    }
    assert_eq!(server.get("/history/signals?format=csv").await.status, 200);
    assert_eq!(server.get("/history/signals?fields=total").await.ok(), json!({"total": 0}));
}

fn request(method: &str, params: Option<&Value>) -> Value {
    let mut message = json!({"jsonrpc": "2.0", "id": 4, "method": method});
    if let Some(params) = params {
        message["params"] = params.clone();
    }
    message
}

/// Requests that the protocol knows, with parameters that do not fit, and the parameter that is wrong.
fn misfits() -> Vec<(Value, &'static str)> {
    let call = json!({"name": "get_signal", "arguments": [1]});
    vec![
        (request("initialize", None), "'protocolVersion'"),
        (request("initialize", Some(&json!({"protocolVersion": "2025-11-25"}))), "'capabilities'"),
        (request("tools/call", Some(&call)), "'arguments'"),
        (request("tools/call", None), "'name'"),
    ]
}

fn names_the_parameter(sent: &Value, answer: &Value, named: &str) {
    let error = &answer["error"];
    assert_eq!((&answer["id"], &error["code"]), (&json!(4), &json!(-32602)), "{sent}: {answer}");
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with("Invalid params") && message.contains(named), "{sent}: {message}");
}

#[tokio::test]
async fn an_assistant_is_told_which_parameter_is_wrong() {
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    let posted = async |message: &Value, headers: &HeaderMap| -> Answer {
        let accepted = "application/json, text/event-stream";
        send(
            client()
                .post(server.url("/mcp"))
                .header("accept", accepted)
                .headers(headers.clone())
                .json(message),
        )
        .await
        .unwrap()
    };
    for (sent, named) in misfits() {
        names_the_parameter(&sent, &posted(&sent, &HeaderMap::new()).await.json(), named);
    }
    let mut modern = request("tools/call", Some(&json!({"name": "get_signal", "arguments": [1]})));
    modern["params"]["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"}
    });
    let mut headers = HeaderMap::new();
    for (name, value) in
        [("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/call"), ("mcp-name", "get_signal")]
    {
        headers.insert(name, value.parse().unwrap());
    }
    names_the_parameter(&modern, &posted(&modern, &headers).await.json(), "'arguments'");
    let unknown = posted(&request("foo/bar", None), &HeaderMap::new()).await.json();
    assert_eq!(unknown["error"]["code"], -32601, "{unknown}");
}

#[tokio::test]
async fn an_assistant_at_standard_input_is_told_the_same() {
    let place = Place::new();
    let mut command = place.command(SIMULATED.iter().chain(&["mcp"]));
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let (mut input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut lines = BufReader::new(output).lines();
    let mut ask = async |message: &Value| -> Value {
        input.write_all(format!("{message}\n").as_bytes()).await.unwrap();
        let line = timeout(Duration::from_mins(1), lines.next_line()).await.expect("no answer").unwrap();
        serde_json::from_str(&line.expect("stdout was closed")).unwrap()
    };
    for (sent, named) in misfits() {
        names_the_parameter(&sent, &ask(&sent).await, named);
    }
    let hello = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}});
    let greeting = ask(&request("initialize", Some(&hello))).await;
    assert_eq!(greeting["result"]["serverInfo"]["name"], "perpsignal", "a misfit ends nothing: {greeting}");
    for (sent, named) in misfits() {
        names_the_parameter(&sent, &ask(&sent).await, named);
    }
}

#[tokio::test]
async fn whoever_asks_to_stop_twice_is_not_kept_waiting() {
    let place = Place::new();
    let mut server = place.serve(&SIMULATED).await;
    let head = "POST /invoke HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 100\r\n\r\n{";
    let _under_way = saying(&server, head).await;
    // Until the server has read the head, there is nothing that it would wait for.
    server.get("/healthz").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.running.terminate().await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    let drain = "\"draining\"";
    assert!(server.running.said().contains(drain), "{}", server.running.said());
    let asked = Instant::now();
    server.running.terminate().await;
    let status = server.running.ended().await;
    assert!(asked.elapsed() < AT_ONCE, "it took {:?}", asked.elapsed());
    assert_eq!(status.code(), Some(143), "{}", server.running.said());
}
