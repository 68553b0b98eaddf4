//! Failures on purpose, limits, and the end.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use replay::{Replay, ReplayConfig, World, start};
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use super::clients::{client, get, loopback, simulated, utc};

const AT: &str = "2026-05-20T10:37:22Z";
const PING: &str = "/binance/fapi/v1/klines?symbol=BTCUSDT&interval=4h&limit=20";

async fn fault(replay: &Replay, fault: Value) {
    let client = client();
    let url = format!("{}/faults", replay.base_url());
    let answer =
        client.post(url).header("content-type", "application/json").body(fault.to_string()).send().await;
    assert_eq!(answer.unwrap().status(), 200);
}

#[tokio::test]
async fn every_kind_of_fault_strikes_and_goes_away() {
    let sim = simulated(1, AT).await;
    fault(&sim, json!({"provider": "binance", "kind": "latency", "latency_ms": 120})).await;
    let begun = Instant::now();
    assert_eq!(get(&sim, PING).await.status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(120));
    let begun = Instant::now();
    get(&sim, "/okx/api/v5/public/time").await;
    assert!(begun.elapsed() < Duration::from_millis(120), "others are not struck");

    fault(&sim, json!({"provider": "all", "kind": "none"})).await;
    for (provider, path, pointer, code) in [
        ("binance", PING, "/code", json!(0)),
        ("okx", "/okx/api/v5/public/time", "/code", Value::Null),
        ("bybit", "/bybit/v5/market/time", "/retCode", Value::Null),
    ] {
        fault(&sim, json!({"provider": provider, "kind": "error", "status": 451})).await;
        let got = get(&sim, path).await;
        assert!(got.status == 451 || got.status == 403, "{provider}");
        assert_eq!(got.json.pointer(pointer).cloned().unwrap_or(Value::Null), code, "{provider}");
        fault(&sim, json!({"provider": provider, "kind": "none"})).await;
        assert_eq!(get(&sim, path).await.status, 200);
    }
    for (provider, path, pointer, code) in [
        ("binance", PING, "/code", json!(-1_003)),
        ("okx", "/okx/api/v5/public/time", "/code", json!("50011")),
        ("bybit", "/bybit/v5/market/time", "/retCode", json!(10_006)),
        ("coinglass", "/coinglass/api/futures/supported-coins", "/code", json!("429")),
        ("lunarcrush", "/lunarcrush/public/coins/list/v2", "/error", json!("Rate limit exceeded")),
        ("coingecko", "/coingecko/ping", "/status/error_code", json!(429)),
    ] {
        fault(&sim, json!({"provider": provider, "kind": "rate_limit", "retry_after_s": 7})).await;
        let got = get(&sim, path).await;
        assert_eq!(got.status, 429, "{provider}");
        assert_eq!(got.headers["retry-after"], "7");
        assert_eq!(got.json.pointer(pointer), Some(&code), "{provider}");
    }
    fault(&sim, json!([{"provider": "all", "kind": "none"}, {"provider": "binance", "kind": "garbage"}]))
        .await;
    for _ in 0..4 {
        let got = get(&sim, PING).await;
        assert_eq!((got.status, got.json), (200, Value::Null));
    }
    fault(&sim, json!({"provider": "binance", "kind": "half_body"})).await;
    let answer = client().get(format!("{}{PING}", sim.base_url())).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.content_length().unwrap() > 1_000);
    assert!(answer.bytes().await.is_err());
    fault(&sim, json!({"provider": "binance", "kind": "hang"})).await;
    let hanging = tokio::time::timeout(Duration::from_millis(300), get(&sim, PING)).await;
    assert!(hanging.is_err());
    assert_eq!(get(&sim, "/faults").await.json["faults"][0]["kind"], "hang");
    let url = format!("{}/faults", sim.base_url());
    let refused = client().post(url).body(r#"{"provider":"nobody","kind":"hang"}"#).send().await;
    assert_eq!(refused.unwrap().status(), 400);
    sim.stop().await;
}

#[tokio::test]
async fn faults_of_the_configuration_hold_from_the_start_and_calls_are_counted() {
    let world = World::Simulated { seed: 1, at: Some(utc(AT)), speed: 0.0 };
    let faults = vec!["okx:error=503".parse().unwrap()];
    let sim = start(ReplayConfig { world, listen: loopback(), faults, enforce_limits: false }).await.unwrap();
    let got = get(&sim, "/okx/api/v5/public/time").await;
    assert_eq!((got.status, got.json["code"].as_str()), (503, Some("50001")));
    get(&sim, PING).await;
    get(&sim, PING).await;
    let stats = get(&sim, "/stats").await.json;
    assert_eq!(
        stats["providers"]["binance"]["/fapi/v1/klines"],
        json!({"calls": 2, "failed": 0, "weight": 2})
    );
    assert_eq!(stats["providers"]["okx"]["/api/v5/public/time"]["failed"], 1);
    assert_eq!(get(&sim, "/nothing").await.status, 404);
    assert_eq!(get(&sim, "/binance/fapi/v1/nothing").await.status, 404);
}

#[tokio::test]
async fn the_providers_limits_are_theirs() {
    let world = World::Simulated { seed: 1, at: Some(utc(AT)), speed: 0.0 };
    let config = ReplayConfig { world, listen: loopback(), faults: Vec::new(), enforce_limits: true };
    let sim = start(config).await.unwrap();
    // 40 calls in 2 s; the window may turn once while we ask.
    let mut statuses = Vec::new();
    for _ in 0..90 {
        statuses.push(get(&sim, "/okx/api/v5/market/books?instId=BTC-USDT-SWAP").await.status);
    }
    assert!(statuses.iter().take(40).all(|status| *status == 200));
    assert!(statuses.contains(&429));
    let mut refused = None;
    for _ in 0..2_500 {
        let got = get(&sim, "/coinglass/api/futures/supported-exchanges").await;
        assert_eq!(got.headers["api-key-max-limit"], "1200");
        if got.status == 429 {
            refused = Some(got);
            break;
        }
    }
    assert_eq!(refused.expect("1200 a minute").json["code"], "429");
    // Pages and reach are refused whatever is enforced.
    for (path, code) in [
        ("/binance/fapi/v1/klines?symbol=BTCUSDT&interval=1s", -1_120),
        ("/binance/fapi/v1/klines?symbol=NOPEUSDT&interval=1h", -1_121),
        ("/binance/fapi/v1/klines?interval=1h", -1_102),
        ("/binance/fapi/v1/depth?symbol=BTCUSDT&limit=7", -4_021),
        ("/binance/futures/data/openInterestHist?symbol=BTCUSDT&period=1h&limit=501", -1_130),
        ("/binance/fapi/v1/aggTrades?symbol=BTCUSDT&startTime=1600000000000", -4_166),
    ] {
        let got = get(&sim, path).await;
        assert_eq!((got.status, got.json["code"].as_i64()), (400, Some(code)), "{path}");
    }
    let odd = get(&sim, "/binance/fapi/v1/fundingRate?symbol=BTCUSDT&limit=1001").await;
    assert_eq!((odd.status, odd.json["code"].as_str()), (200, Some("99099990")));
    let alone =
        get(&sim, "/bybit/v5/market/funding/history?category=linear&symbol=BTCUSDT&startTime=1").await;
    assert_eq!(alone.json["retCode"], 10_001);
    let weight = get(&sim, "/binance/fapi/v1/ticker/24hr").await.headers["x-mbx-used-weight-1m"].clone();
    assert!(weight.to_str().unwrap().parse::<u64>().unwrap() >= 40);
}

#[tokio::test]
async fn a_stop_closes_sockets_with_a_frame_and_frees_the_port() {
    let sim = simulated(1, AT).await;
    let addr = sim.addr();
    let url = format!("ws://{addr}/binance/market/ws/!forceOrder@arr");
    let (mut socket, _) = connect_async(&url).await.unwrap();
    let stopping = tokio::spawn(sim.stop());
    let last = tokio::time::timeout(Duration::from_secs(3), socket.next()).await.unwrap();
    match last {
        Some(Ok(Message::Close(Some(frame)))) => assert_eq!(u16::from(frame.code), 1_001),
        other => panic!("no close frame but {other:?}"),
    }
    stopping.await.unwrap();
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
    let refused = connect_async(format!("ws://{addr}/x")).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn sockets_answer_as_the_exchanges_do() {
    use futures_util::SinkExt;
    let sim = simulated(1, AT).await;
    let base = format!("ws://{}", sim.addr());
    let say = async |path: &str, text: &str| -> String {
        let (mut socket, _) = connect_async(format!("{base}{path}")).await.unwrap();
        socket.send(Message::text(text)).await.unwrap();
        let reply =
            tokio::time::timeout(Duration::from_secs(2), socket.next()).await.unwrap().unwrap().unwrap();
        reply.into_text().unwrap().to_string()
    };
    assert_eq!(say("/okx/ws/v5/public", "ping").await, "pong");
    assert_eq!(say("/coinglass/ws-api?cg-api-key=x", "ping").await, "pong");
    let unknown = r#"{"op":"subscribe","args":[{"channel":"tickers","instId":"NOPE-USDT-SWAP"}]}"#;
    assert!(say("/okx/ws/v5/public", unknown).await.contains("60018"));
    assert!(say("/bybit/v5/public/linear", r#"{"op":"ping","req_id":"p1"}"#).await.contains("\"pong\""));
    let unknown = r#"{"op":"subscribe","args":["allLiquidation.NOPEUSDT"]}"#;
    assert!(say("/bybit/v5/public/linear", unknown).await.contains("handler not found"));
    let taken =
        say("/binance/market/stream", r#"{"method":"SUBSCRIBE","params":["!forceOrder@arr"],"id":7}"#).await;
    assert_eq!(taken, r#"{"result":null,"id":7}"#);
    assert!(connect_async(format!("{base}/binance/nothing")).await.is_err());
}
