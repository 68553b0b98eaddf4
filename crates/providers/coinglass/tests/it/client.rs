//! The client over a loopback server: what it asks for and what it makes of the answers.

use std::sync::Arc;

use coinglass::{Coinglass, CoinglassWire, Plan, endpoints, lane_defaults};
use domain::{Class, CoinId, DAY_MS, ErrorKind, HOUR_MS, Instrument, Kind, Source, Status, UtcMs, Venue};
use rust_decimal::Decimal;
use testkit::{Server, Stopped};
use upstream::{Args, Ask, Lane, LaneConfig};

use super::{data, fixture};

/// The documented rows begin at 1763136000000; their 4-hour bar is closed here.
const NOW: UtcMs = UtcMs(1_763_136_000_000 + 5 * HOUR_MS);

/// The head's line that carries the key.
const KEY: &str = "cg-api-key: k-123456";

fn client(server: &Server, plan: Plan) -> Coinglass {
    let wire = Arc::new(CoinglassWire::new(Some("k-123456".into()), plan));
    let config = LaneConfig { base_url: server.base_url.clone(), retries: 0, ..lane_defaults() };
    Coinglass::new(
        Lane::new(upstream::http_client(), Arc::new(Stopped(NOW)), wire, config),
        Arc::new(Stopped(NOW)),
        plan,
    )
}

fn bitcoin() -> Instrument {
    Instrument {
        venue: Venue::Binance,
        native_symbol: "BTCUSDT".to_owned(),
        kind: Kind::Perp,
        base: CoinId("BTC".to_owned()),
        native_base: "BTC".to_owned(),
        quote: "USDT".to_owned(),
        multiplier: 1,
        contract_size: Decimal::ONE,
        class: Class::Crypto,
        status: Status::Trading,
        tick_size: Decimal::new(1, 1),
        lot_step: Decimal::new(1, 3),
        min_notional: None,
        onboard_at: None,
        delivery_at: None,
        funding_interval_h: Some(8),
    }
}

/// Each endpoint's documented body.
fn documented(target: &str) -> (u16, String) {
    let path = target.split('?').next().unwrap_or_default();
    let row = coinglass::ENDPOINTS.iter().find(|row| row.path == path).unwrap();
    (200, fixture(row.id))
}

#[tokio::test]
async fn histories_are_asked_for_by_bar_and_reach() {
    let server = Server::start(KEY, documented).await;
    let client = client(&server, Plan::Startup);
    let since = NOW.plus_ms(-30 * DAY_MS);
    let coin = CoinId("BTC".to_owned());

    let told = client.liquidation_history(&coin, Venue::Binance, since, Ask::default()).await.unwrap();
    assert_eq!((told.source, told.venue), (Source::Coinglass, Some(Venue::Binance)));
    assert_eq!(told.as_of, UtcMs(1_763_136_000_000 + 4 * HOUR_MS));
    assert_eq!(told.received_at, NOW);
    let ratio = client.account_ratio(&bitcoin(), since, Ask::default()).await.unwrap();
    assert_eq!(ratio.as_of, UtcMs(1_763_136_000_000));
    client.top_position_ratio(&bitcoin(), since, Ask::default()).await.unwrap();

    let start = since.floor(4 * HOUR_MS).0;
    let tail = format!("interval=4h&limit=182&start_time={start}");
    assert_eq!(
        server.asked(),
        [
            format!("/api/futures/liquidation/aggregated-history?exchange_list=Binance&symbol=BTC&{tail}"),
            format!(
                "/api/futures/global-long-short-account-ratio/history?exchange=Binance&symbol=BTCUSDT&{tail}"
            ),
            format!(
                "/api/futures/top-long-short-position-ratio/history?exchange=Binance&symbol=BTCUSDT&{tail}"
            ),
        ]
    );
}

#[tokio::test]
async fn open_interest_is_asked_for_in_both_units() {
    let server = Server::start(KEY, |target| {
        let close = if target.contains("unit=usd") { "6000000000" } else { "\"70000\"" };
        let rows =
            format!(r#"[{{"time":1763136000000,"close":{close}}},{{"time":1763150400000,"close":{close}}}]"#);
        (200, format!(r#"{{"code":"0","data":{rows}}}"#))
    })
    .await;
    let client = client(&server, Plan::Hobbyist);
    let told = client.open_interest_history(&bitcoin(), NOW.plus_ms(-DAY_MS), Ask::default()).await.unwrap();
    assert_eq!(told.value.points.len(), 1, "the open bar is dropped");
    assert_eq!((told.value.points[0].coins, told.value.points[0].usd), (70_000.0, 6e9));
    let mut units: Vec<String> =
        server.asked().iter().map(|target| target.split("unit=").last().unwrap().to_owned()).collect();
    units.sort();
    assert_eq!(units, ["coin", "usd"]);
}

#[tokio::test]
async fn funding_now_and_before() {
    let server = Server::start(KEY, documented).await;
    let client = client(&server, Plan::Startup);
    let now = client.funding_now(&bitcoin(), Ask::default()).await.unwrap();
    assert_eq!((now.as_of, now.value.interval_h), (NOW, 8.0));
    // The documented bar opened 5 hours ago, and a bar is as long as the funding interval.
    let error = client.funding_history(&bitcoin(), NOW.plus_ms(-DAY_MS), Ask::default()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoData);
    assert!(server.asked()[1].contains("interval=8h"));
    let hourly = Instrument { funding_interval_h: Some(1), ..bitcoin() };
    let told = client.funding_history(&hourly, NOW.plus_ms(-DAY_MS), Ask::default()).await.unwrap();
    assert_eq!((told.value[0].interval_h, told.value[0].at), (1.0, UtcMs(1_763_139_600_000)));
}

#[tokio::test]
async fn fear_and_greed_comes_as_an_object_or_in_a_list() {
    let now_stamp = NOW.0 - HOUR_MS;
    let object = format!(r#"{{"data_list":[40,15],"time_list":[{},{now_stamp}]}}"#, now_stamp - 2 * DAY_MS);
    for body in [object.clone(), format!("[{object}]")] {
        let server = Server::start(KEY, move |_| (200, format!(r#"{{"code":"0","data":{body}}}"#))).await;
        let told = client(&server, Plan::Startup).fear_greed(1, Ask::default()).await.unwrap();
        assert_eq!(told.value.points.len(), 1);
        assert_eq!((told.value.points[0].value, told.as_of), (15.0, NOW.floor(DAY_MS)));
        assert_eq!(told.venue, None);
    }
}

#[tokio::test]
async fn markets_are_read_page_after_page() {
    let server = Server::start(KEY, |target| {
        let page: usize = target.split("page=").last().unwrap().parse().unwrap();
        // The server caps a page at 40 rows, whatever was asked for.
        let rows: Vec<String> = (40 * (page - 1)..(40 * page).min(100))
            .map(|coin| format!(r#"{{"symbol":"C{coin}","current_price":"{coin}"}}"#))
            .collect();
        (200, format!(r#"{{"code":"0","data":[{}]}}"#, rows.join(",")))
    })
    .await;
    let told = client(&server, Plan::Standard).coins_markets(Ask::default()).await.unwrap();
    assert_eq!(told.value.len(), 100);
    assert_eq!((told.value[99].symbol.as_str(), told.value[99].price), ("C99", Some(99.0)));
    assert_eq!(server.asked().len(), 3);

    let server = Server::start(KEY, documented).await;
    let client = client(&server, Plan::Standard);
    assert_eq!(client.coins_markets(Ask::default()).await.unwrap().value.len(), 1);
    assert_eq!(server.asked().len(), 2, "the second page brings nothing new");
    assert_eq!(client.supported_coins(Ask::default()).await.unwrap().value, ["BTC", "ETH", "SOL", "XRP"]);
    let all = client.exchange_liquidations(None, "24h", Ask::default()).await.unwrap().value;
    assert_eq!(all.len(), 2);
    assert_eq!(client.coin_liquidations(Venue::Binance, Ask::default()).await.unwrap().value.len(), 1);
}

#[tokio::test]
async fn what_lies_above_the_plan_is_never_asked_for() {
    let server = Server::start(KEY, documented).await;
    let client = client(&server, Plan::Startup);
    let error = client.coins_markets(Ask::default()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::PlanLimited);
    let args = Args::new().with("exchange", "Binance").with("symbol", "BTCUSDT").with("interval", "5m");
    let error = client.raw(&endpoints::markets::PRICE_HISTORY, args, Ask::default()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::PlanLimited);
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_refused_plan_is_remembered_for_its_endpoint_and_interval() {
    let server = Server::start(KEY, |_| (200, fixture("error_plan_interval"))).await;
    let client = client(&server, Plan::Startup);
    let ask = |interval: &'static str, limit: u32| {
        let args = Args::new().with("exchange", "Binance").with("symbol", "BTCUSDT");
        let args = args.with("interval", interval).with("limit", limit);
        client.raw(&endpoints::markets::PRICE_HISTORY, args, Ask::default())
    };
    for (interval, limit, calls) in [("1h", 1, 1), ("1h", 2, 1), ("4h", 1, 2), ("4h", 9, 2)] {
        assert_eq!(ask(interval, limit).await.unwrap_err().kind, ErrorKind::PlanLimited);
        assert_eq!(server.asked().len(), calls, "{interval} {limit}");
    }
}

#[tokio::test]
async fn an_empty_list_is_no_data_and_raw_answers_stay_as_they_came() {
    let server = Server::start(KEY, |_| (200, fixture("empty"))).await;
    let client = client(&server, Plan::Startup);
    let error = client.account_ratio(&bitcoin(), UtcMs(0), Ask::default()).await.unwrap_err();
    assert_eq!((error.kind, error.source_), (ErrorKind::NoData, Source::Coinglass));
    assert_eq!(client.supported_coins(Ask::default()).await.unwrap_err().kind, ErrorKind::NoData);

    let server = Server::start(KEY, documented).await;
    let client = self::client(&server, Plan::Startup);
    let args = Args::new().with("symbol", "BTC");
    let told = client.raw(&endpoints::markets::PAIRS_MARKETS_SYMBOL, args, Ask::default()).await.unwrap();
    assert_eq!(told.data(), data("pairs_markets.symbol").as_bytes());
}
