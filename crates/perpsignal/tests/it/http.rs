use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;

use crate::program::{DECIDED, Place, SIMULATED, Server, client, send};

/// A market in a process of its own, and a server on it.
async fn pair(place: &Place) -> (Server, Server) {
    let replay = place.replay(&["--at", "2026-01-01T00:00:00Z", "--speed", "0"]).await;
    let server = place.serve(&["--replay-url", &replay.base]).await;
    (replay, server)
}

#[tokio::test]
async fn a_signal_is_served_again_until_it_is_old_or_a_fresh_one_is_asked_for() {
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    let first = server.get("/signals/BTC").await;
    let id = first.ok()["id"].clone();
    assert_eq!(server.get("/signals/BTC").await.text, first.text, "the same bytes");
    assert_eq!(server.get("/v1/signals/BTC").await.ok()["id"], id);
    for spelling in ["btc", "btcusdt", "BTC-USDT", "BINANCE:BTCUSDT.P"] {
        assert_eq!(server.get(&format!("/signals/{spelling}")).await.ok()["id"], id, "{spelling}");
    }
    let invoked =
        server.post("/invoke", &json!({"operation": "signals.get", "args": {"symbol": "BTC"}})).await;
    assert_eq!((&invoked.ok()["ok"], &invoked.json()["data"]["id"]), (&json!(true), &id));
    let flat = server.post("/v1/invoke", &json!({"operation": "signals.get", "symbol": "BTC"})).await;
    assert_eq!(flat.ok()["data"]["id"], id);
    assert_ne!(
        server.get("/signals/BTC?mode=ultra").await.ok()["id"],
        id,
        "each mode is a signal of its own"
    );
    let fresh = server.get("/signals/BTC?fresh=true").await.ok();
    assert_ne!(fresh["id"], id);
    assert_eq!(
        server.get("/signals/BTC").await.ok()["id"],
        fresh["id"],
        "the fresh one is served from now on"
    );
    let tag = server.get("/signals/BTC").await.headers["etag"].clone();
    let known = send(client().get(server.url("/signals/BTC")).header("if-none-match", tag)).await.unwrap();
    assert_eq!((known.status, known.text.len()), (304, 0));
}

#[tokio::test]
async fn a_signal_ends_with_its_candle() {
    let place = Place::new();
    let server = place.serve(&["--simulate", "7", "--at", "2026-01-01T03:59:55Z", "--speed", "1"]).await;
    let first = server.get("/signals/BTC").await.ok();
    if first["candleClosedAt"] == "2026-01-01T00:00:00Z" {
        assert_eq!(first["expiresAt"], "2026-01-01T04:00:00Z");
        tokio::time::sleep(Duration::from_secs(6)).await;
        let second = server.get("/signals/BTC").await.ok();
        assert_ne!(second["id"], first["id"]);
        assert_eq!(second["candleClosedAt"], "2026-01-01T04:00:00Z");
    }
}

#[tokio::test]
async fn who_asks_for_a_fresh_signal_joins_no_other_evaluation() {
    let place = Place::new();
    let (replay, server) = pair(&place).await;
    server.get("/signals/BTC").await.ok();
    replay.fault(&json!({"provider": "all", "kind": "latency", "latency_ms": 400})).await;
    let fresh = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        server.get("/signals/SOL?fresh=true").await
    };
    let (plain, fresh) = tokio::join!(server.get("/signals/SOL"), fresh);
    assert_ne!(plain.ok()["id"], fresh.ok()["id"]);
}

#[tokio::test]
async fn what_one_should_know_of_a_symbol_is_told() {
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    let unit = json!(["one unit of 1000PEPEUSDT is 1000 PEPE"]);
    let signal = server.get("/signals/pepe").await.ok();
    assert_eq!((&signal["notes"], &signal["symbol"]), (&unit, &json!("PEPE")));
    assert_eq!(server.get("/signals/pepe").await.ok(), signal, "from the cache as well");
    assert_eq!(server.get("/signals/pepe?debug=true&account_usd=1000").await.ok()["notes"], unit);
    assert_eq!(server.get("/market/PEPE").await.ok()["notes"], unit);
    let batch = server.post("/batch/signals", &json!({"symbols": ["PEPE", "BTC"]})).await.ok();
    assert_eq!(batch["results"][0]["signal"]["notes"], unit);
    assert!(batch["results"][1]["signal"].get("notes").is_none(), "{batch}");
    let shown = place.simulated(&["signal", "PEPE", "--json"]).await.done();
    assert_eq!(shown.json()["notes"], unit);
}

#[tokio::test]
async fn any_number_of_simultaneous_callers_make_one_evaluation() {
    let place = Place::new();
    let (replay, server) = pair(&place).await;
    server.get("/signals/BTC").await.ok();
    replay.fault(&json!({"provider": "all", "kind": "latency", "latency_ms": 60})).await;
    let before = replay.calls().await;
    server.get("/signals/ETH").await.ok();
    let between = replay.calls().await;
    let (client, url) = (client(), server.url("/signals/SOL"));
    let mut callers = JoinSet::new();
    for _ in 0..50 {
        callers.spawn(send(client.get(&url)));
    }
    let mut ids = BTreeSet::new();
    while let Some(answer) = callers.join_next().await {
        ids.insert(answer.unwrap().unwrap().ok()["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids.len(), 1, "{ids:?}");
    let after = replay.calls().await;
    // What an evaluation asks of one contract, however many wait for it.
    for path in
        ["binance /fapi/v1/klines", "binance /fapi/v1/premiumIndex", "binance /futures/data/openInterestHist"]
    {
        let grown = |from: &std::collections::BTreeMap<String, u64>,
                     to: &std::collections::BTreeMap<String, u64>| {
            to.get(path).copied().unwrap_or(0) - from.get(path).copied().unwrap_or(0)
        };
        let (one, fifty) = (grown(&before, &between), grown(&between, &after));
        assert!(one >= 1 && fifty == one, "{path}: one caller {one}, fifty callers {fifty}");
    }
}

#[tokio::test]
async fn the_service_tells_how_it_is() {
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    assert_eq!(server.get("/healthz").await.text, "ok\n");
    assert_eq!(server.get("/readyz").await.text, "ready\n");
    server.get("/signals/BTC").await.ok();
    let health = server.get("/health").await.ok();
    assert_eq!((&health["status"], &health["dataSource"]), (&json!("ok"), &json!("simulated")));
    assert_eq!(
        (&health["database"]["backend"], &health["database"]["reachable"]),
        (&json!("sqlite"), &json!(true))
    );
    assert_eq!(health["database"]["spooled"]["pending"], 0);
    let providers: BTreeSet<&str> =
        health["providers"].as_array().unwrap().iter().filter_map(|each| each["source"].as_str()).collect();
    assert!(
        providers.is_superset(&BTreeSet::from(["binance", "okx", "bybit", "coinglass"])),
        "{providers:?}"
    );
    let metrics = server.get("/metrics").await;
    assert!(metrics.headers["content-type"].to_str().unwrap().starts_with("text/plain"));
    for series in [
        "perpsignal_http_requests_total{route=\"/signals/{symbol}\",status=\"2xx\"} 1",
        "perpsignal_signals_total{outcome=\"made\"} 1",
        "perpsignal_upstream",
    ] {
        assert!(metrics.text.contains(series), "{series}: {}", metrics.text);
    }
    assert!(!metrics.text.contains("BTC"), "symbols are no label of a metric");
    let root = server.get("/").await.ok();
    assert_eq!((&root["service"], &root["dataSource"]), (&json!("perpsignal"), &json!("simulated")));
    let paths = server.get("/openapi.json").await.ok();
    assert!(paths["paths"]["/signals/{symbol}"]["get"].is_object());
}

#[tokio::test]
async fn a_wrong_request_is_told_what_would_be_right() {
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    let unknown = server.get("/signals/NOSUCHCOIN").await.problem(404, "unknown_symbol");
    assert_eq!(unknown["fields"][0]["got"], "NOSUCHCOIN");
    let near = server.get("/signals/DOGR").await.problem(404, "unknown_symbol");
    assert!(near["near"].to_string().contains("DOGE"), "{near}");
    let mode = server.get("/signals/BTC?mode=wild").await.problem(400, "bad_argument");
    assert_eq!(mode["fields"][0]["field"], "mode");
    assert!(mode["detail"].as_str().unwrap().contains("conservative, aggressive, ultra, 1, 2, 3"), "{mode}");
    let name = server.get("/signals/BTC?colour=red").await.problem(400, "bad_argument");
    assert!(name["detail"].as_str().unwrap().contains("symbol, mode, debug, fresh"), "{name}");
    server.get("/signals/BTC?fresh=perhaps").await.problem(400, "bad_argument");
    server.get("/scan/market?limit=100000").await.problem(400, "bad_argument");
    server.get("/signals/%00").await.problem(400, "bad_argument");
    server.get(&format!("/signals/{}", "A".repeat(300))).await.problem(400, "bad_argument");
    server.get("/no/such/path").await.problem(404, "not_found");
    let method = server.post("/signals/BTC", &json!({})).await;
    method.problem(405, "method_not_allowed");
    assert!(method.headers["allow"].to_str().unwrap().contains("GET"));
    let operation = server.post("/invoke", &json!({"operation": "signals.gett", "symbol": "BTC"})).await;
    assert_eq!((operation.status, &operation.json()["ok"]), (404, &json!(false)));
    assert_eq!(operation.json()["error"]["code"], "unknown_operation");
    assert!(operation.text.contains("signals.get"), "{}", operation.text);
    let broken =
        send(client().post(server.url("/invoke")).header("content-type", "application/json").body("{"));
    let broken = broken.await.unwrap();
    assert_eq!((broken.status, broken.json()["error"]["code"].as_str()), (400, Some("malformed_request")));
    let huge = send(client().post(server.url("/invoke")).body("x".repeat(2 << 20))).await;
    // The server may answer before all is sent, and close.
    assert!(huge.is_err() || huge.is_ok_and(|answer| answer.status == 413));
    server.get("/signals/BTC").await.ok();
}

#[tokio::test]
async fn requests_under_way_are_finished_at_shutdown() {
    let place = Place::new();
    let (replay, mut server) = pair(&place).await;
    server.get("/signals/BTC").await.ok();
    replay.fault(&json!({"provider": "all", "kind": "latency", "latency_ms": 700})).await;
    let slow = tokio::spawn(send(client().get(server.url("/signals/ETH?fresh=true"))));
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert!(!slow.is_finished(), "the request must be slow for this test");
    server.running.terminate().await;
    let started = Instant::now();
    let answer = slow.await.unwrap().unwrap();
    assert_eq!(answer.ok()["symbol"], "ETH");
    assert!(started.elapsed() > Duration::from_millis(200), "the answer came before the shutdown began");
    assert!(server.running.ended().await.success(), "{}", server.running.said());
    assert!(client().get(server.url("/healthz")).send().await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn what_was_answered_is_served_by_the_next_process_too() {
    let place = Place::new();
    let mut server = place.serve(&SIMULATED).await;
    let mut asked = Vec::new();
    for coin in &DECIDED[..3] {
        let signal = server.get(&format!("/signals/{coin}?mode=ultra")).await.ok();
        assert_ne!(signal["signal"], "NEUTRAL", "{coin}");
        asked.push((*coin, signal));
    }
    server.running.terminate().await;
    assert!(server.running.ended().await.success());
    let server = place.serve(&SIMULATED).await;
    for (coin, before) in asked {
        let mut after = server.get(&format!("/signals/{coin}?mode=ultra")).await.ok();
        after["id"] = before["id"].clone();
        assert_eq!(after, before, "own history that was kept must not change a signal of the same instant");
    }
}
