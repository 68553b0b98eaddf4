//! The client over a loopback server.

use std::sync::Arc;

use domain::{CoinId, DAY_MS, ErrorKind, HOUR_MS, Source, UtcMs};
use lunarcrush::{LunarCrush, LunarCrushWire, Plan, lane_defaults};
use testkit::{Server, Stopped};
use upstream::{Ask, Lane, LaneConfig};

/// 2025-03-03 12:00.
const NOW: UtcMs = UtcMs(1_741_003_200_000);

/// The head's line that carries the key.
const KEY: &str = "authorization: bearer k-123456";

fn client(server: &Server) -> LunarCrush {
    let wire = Arc::new(LunarCrushWire::new(Some("k-123456".into()), Plan::Builder));
    let config = LaneConfig { base_url: server.base_url.clone(), retries: 0, ..lane_defaults() };
    LunarCrush::new(
        Lane::new(upstream::http_client(), Arc::new(Stopped(NOW)), wire, config),
        Arc::new(Stopped(NOW)),
    )
}

fn bitcoin() -> CoinId {
    CoinId("BTC".to_owned())
}

fn series(generated: UtcMs, symbol: &str) -> String {
    let rows: Vec<String> = (1..=4)
        .map(|day| {
            format!(
                r#"{{"time":{},"posts_created":{day}}}"#,
                (NOW.floor(DAY_MS).0 - (3 - day) * DAY_MS) / 1_000
            )
        })
        .collect();
    let rows = rows.join(",");
    let generated = generated.0 / 1_000;
    format!(r#"{{"config":{{"symbol":"{symbol}","bucket":"day","generated":{generated}}},"data":[{rows}]}}"#)
}

#[tokio::test]
async fn social_figures_end_with_the_last_closed_day() {
    let server = Server::start(KEY, |_| (200, series(NOW, "BTC"))).await;
    let told = client(&server).social(&bitcoin(), NOW.plus_ms(-30 * DAY_MS), Ask::default()).await.unwrap();
    assert_eq!((told.source, told.venue, told.as_of), (Source::LunarCrush, None, NOW.floor(DAY_MS)));
    let activity = told.value.activity.unwrap();
    assert_eq!(activity.points.iter().map(|point| point.value).collect::<Vec<_>>(), [1.0, 2.0]);
    assert_eq!(server.asked(), ["/public/coins/BTC/time-series/v2?bucket=day&interval=3m"]);
}

#[tokio::test]
async fn a_day_that_still_ran_when_the_answer_was_made_is_left_out() {
    let yesterday_noon = NOW.plus_ms(-DAY_MS);
    let server = Server::start(KEY, move |_| (200, series(yesterday_noon, "BTC"))).await;
    let told = client(&server).social(&bitcoin(), UtcMs(0), Ask::default()).await.unwrap();
    assert_eq!(told.as_of, NOW.floor(DAY_MS).plus_ms(-DAY_MS));
}

#[tokio::test]
async fn an_answer_for_another_coin_is_refused() {
    let server = Server::start(KEY, |_| (200, series(NOW, "BTCB"))).await;
    let error = client(&server).social(&bitcoin(), UtcMs(0), Ask::default()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    let server = Server::start(KEY, |_| (200, r#"{"data":[]}"#.to_owned())).await;
    let error = client(&server).social(&bitcoin(), UtcMs(0), Ask::default()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoData);
}

#[tokio::test]
async fn the_hourly_list_stands_in_for_the_fresh_one() {
    for status in [401, 402, 403] {
        let generated = NOW.plus_ms(-HOUR_MS).0 / 1_000;
        let server = Server::start(KEY, move |target| {
            if target.contains("/v2?") {
                return (status, r#"{"error":"Subscription required"}"#.to_owned());
            }
            let rows = r#"[{"id":1,"symbol":"BTC","name":"Bitcoin","market_cap_rank":1}]"#;
            (200, format!(r#"{{"config":{{"generated":{generated}}},"data":{rows}}}"#))
        })
        .await;
        let client = client(&server);
        let told = client.coins_list(Ask::default()).await.unwrap();
        assert_eq!((told.value[0].symbol.as_str(), told.as_of), ("BTC", NOW.plus_ms(-HOUR_MS)));
        client.coins_list(Ask::default()).await.unwrap();
        assert_eq!(
            server.asked(),
            [
                "/public/coins/list/v2?sort=market_cap_rank&limit=1000",
                "/public/coins/list/v1?sort=market_cap_rank&limit=1000",
            ],
            "{status}: the refusal and the list are remembered"
        );
    }
}

#[tokio::test]
async fn a_spent_day_ends_the_calls_though_the_minute_has_room() {
    let server = Server::start(KEY, |_| (200, r#"{"data":{"id":1}}"#.to_owned())).await;
    let wire = LunarCrushWire::new(Some("k-123456".into()), Plan::Builder).calls_per_day(3);
    let config =
        LaneConfig { base_url: server.base_url.clone(), retries: 0, quota_pct: 100, ..lane_defaults() };
    let lane = Lane::new(upstream::http_client(), Arc::new(Stopped(NOW)), Arc::new(wire), config);
    let client = LunarCrush::new(lane, Arc::new(Stopped(NOW)));
    let ask = |coin: &str| {
        let args = upstream::Args::new().with("coin", coin);
        let client = &client;
        async move { client.raw(&lunarcrush::endpoints::coins::COIN, args, Ask::default()).await }
    };
    for coin in ["BTC", "ETH", "SOL"] {
        ask(coin).await.unwrap();
    }
    let refused = ask("XRP").await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::QuotaSpent);
    assert!(refused.retry_after_ms.is_some_and(|ms| ms > 0));
    assert_eq!(server.asked().len(), 3);
    let used: Vec<(&str, u32)> =
        client.lane().status().meters.iter().map(|meter| (meter.name, meter.used)).collect();
    assert_eq!(used, [("requests_per_minute", 3), ("requests_per_day", 3)]);
}
