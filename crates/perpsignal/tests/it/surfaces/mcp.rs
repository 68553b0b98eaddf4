use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::program::{Answer, Place, SIMULATED, Server, client, send};

const MODERN: &str = "2026-07-28";
const LEGACY: &str = "2025-11-25";

/// A message as clients post it.
fn message(server: &Server, body: &Value) -> RequestBuilder {
    client()
        .post(server.url("/mcp"))
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .body(body.to_string())
}

/// A request of the present protocol, which needs no handshake.
fn modern(server: &Server, method: &str, mut params: Value) -> RequestBuilder {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"}
    });
    let name = params["name"].as_str().map(str::to_owned);
    let body = json!({"jsonrpc": "2.0", "id": 3, "method": method, "params": params});
    let request = message(server, &body).header("mcp-protocol-version", MODERN).header("mcp-method", method);
    if let Some(name) = name { request.header("mcp-name", name) } else { request }
}

fn legacy(server: &Server, method: &str, params: &Value) -> RequestBuilder {
    let body = json!({"jsonrpc": "2.0", "id": 2, "method": method, "params": params});
    message(server, &body).header("mcp-protocol-version", LEGACY)
}

async fn called(server: &Server, tool: &str, arguments: Value) -> Value {
    let answer =
        send(modern(server, "tools/call", json!({"name": tool, "arguments": arguments}))).await.unwrap();
    answer.ok()["result"].clone()
}

/// The answer of a tool, whose text must say the same as its structured content.
async fn answered(server: &Server, tool: &str, arguments: Value) -> Value {
    let result = called(server, tool, arguments).await;
    assert_eq!(result["isError"], false, "{tool}: {result}");
    assert_eq!(result["resultType"], "complete", "{tool}");
    let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(text, result["structuredContent"], "{tool}");
    assert!(result["structuredContent"].is_object(), "{tool}");
    text
}

/// What a tool that could not do it says.
async fn failed(server: &Server, tool: &str, arguments: Value) -> String {
    let result = called(server, tool, arguments).await;
    assert_eq!(result["isError"], true, "{tool}: {result}");
    assert!(result["structuredContent"].is_null(), "{tool}");
    result["content"][0]["text"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_present_protocol_needs_no_handshake() {
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    let found = send(modern(&server, "server/discover", json!({}))).await.unwrap();
    assert_eq!(found.headers["content-type"], "application/json");
    let found = &found.ok()["result"];
    assert_eq!(found["resultType"], "complete");
    assert!(found["capabilities"]["tools"].is_object());
    assert!(found["supportedVersions"].as_array().unwrap().contains(&json!(MODERN)));
    assert_eq!(found["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "perpsignal");
    let listed = send(modern(&server, "tools/list", json!({}))).await.unwrap().ok()["result"].clone();
    assert!(listed["ttlMs"].as_u64().unwrap() > 0 && listed["cacheScope"] == "public");
    let tools = listed["tools"].as_array().unwrap();
    assert!(tools.len() >= 11, "{}", tools.len());
    for tool in tools {
        let name = tool["name"].as_str().unwrap();
        assert!(
            tool["inputSchema"]["type"] == "object" && tool["outputSchema"]["type"] == "object",
            "{name}"
        );
        let hints = &tool["annotations"];
        assert!(hints["readOnlyHint"].is_boolean() && hints["openWorldHint"].is_boolean(), "{name}");
        assert!(tool["description"].as_str().unwrap().len() > 20, "{name}");
    }
    let signal = answered(&server, "get_signal", json!({"symbol": "BTC"})).await;
    assert_eq!(signal, server.get("/signals/BTC").await.ok());
    let meta = json!({"io.modelcontextprotocol/protocolVersion": "1900-01-01", "io.modelcontextprotocol/clientCapabilities": {}});
    let body = json!({"jsonrpc": "2.0", "id": 6, "method": "tools/list", "params": {"_meta": meta}});
    let old = message(&server, &body)
        .header("mcp-protocol-version", "1900-01-01")
        .header("mcp-method", "tools/list");
    let old = send(old).await.unwrap();
    assert_eq!((old.status, &old.json()["error"]["code"]), (400, &json!(-32022)), "{}", old.text);
    let mismatch =
        modern(&server, "tools/call", json!({"name": "get_signal", "arguments": {"symbol": "BTC"}}));
    let mut mismatch = mismatch.build().unwrap();
    mismatch.headers_mut().insert("mcp-name", "other".parse().unwrap());
    let mismatch = client().execute(mismatch).await.unwrap();
    assert_eq!(mismatch.status().as_u16(), 400);
    assert!(mismatch.text().await.unwrap().contains("-32020"));
    let unknown = send(modern(&server, "foo/bar", json!({}))).await.unwrap();
    assert_eq!((unknown.status, &unknown.json()["error"]["code"]), (404, &json!(-32601)));
    let tool = send(modern(&server, "tools/call", json!({"name": "nope", "arguments": {}}))).await.unwrap();
    assert_eq!((tool.status, &tool.json()["error"]["code"]), (200, &json!(-32602)));
}

#[tokio::test]
async fn older_clients_shake_hands_without_a_session() {
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    let hello = json!({"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}});
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello});
    let answer = send(message(&server, &body)).await.unwrap();
    assert!(!answer.headers.contains_key("mcp-session-id"));
    let greeting = &answer.ok()["result"];
    assert_eq!(
        (&greeting["protocolVersion"], &greeting["serverInfo"]["name"]),
        (&json!(LEGACY), &json!("perpsignal"))
    );
    assert!(greeting["instructions"].as_str().unwrap().contains("get_signal"));
    assert!(greeting.get("resultType").is_none() && greeting.get("_meta").is_none());
    let ready = send(message(&server, &json!({"jsonrpc": "2.0", "method": "notifications/initialized"})))
        .await
        .unwrap();
    assert_eq!((ready.status, ready.text.as_str()), (202, ""));
    let listed = send(legacy(&server, "tools/list", &json!({}))).await.unwrap().ok()["result"].clone();
    assert!(listed["tools"].as_array().unwrap().len() >= 11);
    assert!(listed.get("ttlMs").is_none() && listed.get("resultType").is_none(), "not of this protocol");
    let call = json!({"name": "get_signal", "arguments": {"symbol": "ETH"}});
    let called = send(legacy(&server, "tools/call", &call)).await.unwrap().ok()["result"].clone();
    assert_eq!(called["structuredContent"]["symbol"], "ETH");
    assert!(called.get("resultType").is_none());
    // Without any handshake or version header, as the oldest clients do.
    let bare = json!({"jsonrpc": "2.0", "id": 9, "method": "ping"});
    assert_eq!(send(message(&server, &bare)).await.unwrap().ok()["result"], json!({}));
}

#[tokio::test]
async fn tools_reach_every_operation_and_tell_what_to_do_when_they_fail() {
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    let explained = answered(&server, "explain_signal", json!({"symbol": "BTC", "mode": "ultra"})).await;
    assert!(explained["debug"].is_object());
    let market = answered(&server, "get_market", json!({"symbol": "SOL"})).await;
    assert_eq!(market["symbol"], "SOL");
    let listed = answered(&server, "list_operations", json!({})).await;
    assert!(listed["operations"].as_array().unwrap().iter().any(|each| each["operation"] == "signals.get"));
    let named = answered(&server, "list_operations", json!({"namespace": "signals"})).await;
    let all_of_it = |each: &Value| each["operation"].as_str().unwrap().starts_with("signals.");
    assert!(named["operations"].as_array().unwrap().iter().all(all_of_it));
    let described = answered(&server, "describe_operation", json!({"operation": "signals.get"})).await;
    assert_eq!(described["params"][0]["name"], "symbol");
    let invoked = json!({"operation": "signals.get", "args": {"symbol": "BTC"}, "fields": "symbol,score"});
    let invoked = answered(&server, "invoke", invoked).await;
    assert_eq!((invoked["symbol"].as_str(), invoked.as_object().unwrap().len()), (Some("BTC"), 2));

    let found = answered(&server, "search", json!({"query": "the bitcoin signal"})).await;
    let results = found["results"].as_array().unwrap();
    assert_eq!(results[0]["id"], "coin:BTC", "{found}");
    assert!(results.iter().any(|each| each["id"] == "operation:signals.get"), "{found}");
    for each in results {
        assert!(
            each["title"].is_string() && each["url"].as_str().unwrap().starts_with(&server.base),
            "{each}"
        );
    }
    let page = answered(&server, "fetch", json!({"id": "coin:BTC"})).await;
    let signal = server.get("/signals/BTC").await.ok();
    assert!(page["text"].as_str().unwrap().contains(signal["reasons"][0].as_str().unwrap()), "{page}");
    assert_eq!(page["metadata"]["signal"], signal["signal"]);
    assert_eq!(server.get(page["url"].as_str().unwrap().trim_start_matches(&server.base)).await.status, 200);
    let page = answered(&server, "fetch", json!({"id": "operation:scan.market"})).await;
    assert!(page["text"].as_str().unwrap().contains("limit"));

    let text = failed(&server, "get_signal", json!({"symbol": "DOGR"})).await;
    assert!(text.starts_with("unknown_symbol: ") && text.contains("DOGE"), "{text}");
    for (tool, arguments, hint) in [
        ("get_signal", json!({}), "symbol"),
        ("get_signal", json!({"symbol": "BTC", "mode": "wild"}), "conservative"),
        ("get_signal", json!({"symbol": "BTC", "colour": "red"}), "colour"),
        ("scan_market", json!({"limit": 1e9}), "1 to 100"),
        ("invoke", json!({"operation": "signals.gett"}), "signals.get"),
        ("describe_operation", json!({"operation": 7}), "operation"),
        ("search", json!({"query": "  "}), "query"),
        ("fetch", json!({"id": "coin:NOSUCHCOIN"}), "NOSUCHCOIN"),
        ("fetch", json!({"id": "operation:no.such"}), "no.such"),
    ] {
        let text = failed(&server, tool, arguments.clone()).await;
        assert!(text.contains(hint), "{tool} {arguments}: {text}");
    }
}

#[tokio::test]
async fn what_is_no_message_of_the_protocol_is_refused() {
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    let raw = |body: String| message(&server, &json!(null)).body(body);
    for (body, code) in [("{", -32700), ("[]", -32600), ("{}", -32600), ("7", -32600), ("", -32700)] {
        let answer = send(raw(body.to_owned())).await.unwrap();
        assert_eq!((answer.status, &answer.json()["error"]["code"]), (400, &json!(code)), "{body}");
    }
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    assert_eq!(send(raw(deep)).await.unwrap().status, 400);
    assert_eq!(send(raw("x".repeat((1 << 20) + 1))).await.unwrap().status, 413);
    for method in [reqwest::Method::GET, reqwest::Method::DELETE] {
        let answer = send(client().request(method, server.url("/mcp"))).await.unwrap();
        assert_eq!((answer.status, answer.headers["allow"].to_str().unwrap()), (405, "POST"));
    }
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    for (header, value, status) in [
        ("origin", "https://evil.example", 403),
        ("origin", "http://localhost:6274", 200),
        ("origin", server.base.as_str(), 200),
        ("host", "evil.example", 403),
        ("host", "localhost:1", 200),
        ("content-type", "text/plain", 415),
    ] {
        let mut request = message(&server, &ping).build().unwrap();
        request.headers_mut().insert(header, value.parse().unwrap());
        let answer = client().execute(request).await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{header}: {value}");
    }
}

#[tokio::test]
async fn a_server_with_keys_asks_for_one_before_it_reads() {
    let place = Place::new()
        .with("API_KEYS", "reader-secret:read,chief-secret:admin")
        .with("BASE_URL", "https://signals.example.org");
    place.write("perpsignal.toml", "[server]\nkey_units_per_minute = 40\n");
    let server = place.serve(&SIMULATED).await;
    let list = |key: Option<&str>| {
        let request = legacy(&server, "tools/list", &json!({}));
        if let Some(key) = key { request.bearer_auth(key) } else { request }
    };
    for key in [None, Some("wrong")] {
        let refused: Answer = send(list(key).body("no JSON at all")).await.unwrap();
        refused.problem(401, "unauthorized");
        let challenge = refused.headers["www-authenticate"].to_str().unwrap();
        let expected =
            "resource_metadata=\"https://signals.example.org/.well-known/oauth-protected-resource/mcp\"";
        assert!(challenge.starts_with("Bearer ") && challenge.contains(expected), "{challenge}");
        assert!(challenge.contains("scope=\"read\""), "{challenge}");
    }
    for path in ["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"] {
        let document = server.get(path).await.ok();
        assert_eq!(document["resource"], "https://signals.example.org/mcp");
        assert_eq!(document["bearer_methods_supported"], json!(["header"]));
        assert_eq!(document["scopes_supported"], json!(["read", "write", "admin"]));
    }
    send(list(Some("reader-secret"))).await.unwrap().ok();
    let mut public = list(Some("reader-secret")).build().unwrap();
    public.headers_mut().insert("host", "signals.example.org".parse().unwrap());
    assert_eq!(client().execute(public).await.unwrap().status().as_u16(), 200, "the public name is allowed");
    let mut last = send(list(Some("reader-secret"))).await.unwrap();
    for _ in 0..25 {
        if last.status == 429 {
            break;
        }
        last = send(list(Some("reader-secret"))).await.unwrap();
    }
    assert_eq!(last.status, 429);
    assert!(last.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn an_open_server_has_nothing_to_tell_about_keys() {
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    server.get("/.well-known/oauth-protected-resource/mcp").await.problem(404, "not_found");
}
