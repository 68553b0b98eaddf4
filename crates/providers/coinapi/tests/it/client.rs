//! The client over a loopback server.

use std::sync::Arc;

use coinapi::{CoinApi, CoinApiWire, lane_defaults};
use domain::{ErrorKind, Interval, Source, UtcMs, Venue};
use testkit::{Server, Stopped, bitcoin};
use upstream::{Ask, Lane, LaneConfig};

/// 2026-09-23T09:10:30Z.
const NOW: UtcMs = UtcMs(1_790_154_630_000);

/// The head's line that carries the key.
const KEY: &str = "x-coinapi-key: k-123456";

fn client(server: &Server) -> CoinApi {
    let wire = Arc::new(CoinApiWire::new(Some("k-123456".into())));
    let config = LaneConfig { base_url: server.base_url.clone(), retries: 0, ..lane_defaults() };
    CoinApi::new(
        Lane::new(upstream::http_client(), Arc::new(Stopped(NOW)), wire, config),
        Arc::new(Stopped(NOW)),
    )
}

const OKX_LIST: &str = r#"[{"symbol_id":"OKEX_PERP_BTC_USDT","exchange_id":"OKEX","symbol_type":"PERPETUAL",
    "symbol_id_exchange":"BTC-USDT-SWAP","data_end":"2026-09-23"}]"#;

#[tokio::test]
async fn the_price_is_of_the_very_contract_and_its_id_is_looked_up_once() {
    let server = Server::start(KEY, |target| {
        if target.starts_with("/v1/symbols/") {
            return (200, OKX_LIST.to_owned());
        }
        let trade = r#"{"time_exchange":"2026-09-23T09:10:29.5000000Z","price":85990.1,"size":3,"taker_side":"BUY"}"#;
        let time = "2026-09-23T09:10:30.0000000Z";
        (200, format!(r#"{{"symbol_id":"OKEX_PERP_BTC_USDT","time_exchange":"{time}","bid_price":85990,"bid_size":100,"ask_price":85991,"last_trade":{trade}}}"#))
    })
    .await;
    let client = client(&server);
    let told = client.last_price(&bitcoin(Venue::Okx), Ask::default()).await.unwrap();
    assert_eq!((told.value, told.source, told.venue), (85_990.1, Source::CoinApi, Some(Venue::Okx)));
    assert_eq!(told.as_of, NOW.plus_ms(-500));
    let quote = client
        .quote(&bitcoin(Venue::Okx), Ask { fresh: true, deadline: None, no_waiting: false })
        .await
        .unwrap();
    assert_eq!((quote.value.bid_quantity, quote.as_of), (Some(1.0), NOW));
    assert_eq!(
        server.asked(),
        [
            "/v1/symbols/OKEX?filter_asset_id=BTC",
            "/v1/quotes/OKEX_PERP_BTC_USDT/current",
            "/v1/quotes/OKEX_PERP_BTC_USDT/current",
        ]
    );
}

#[tokio::test]
async fn candles_are_the_closed_ones_ascending_with_volume_in_coins() {
    let server = Server::start(KEY, |target| {
        if target.starts_with("/v1/symbols/") {
            return (200, OKX_LIST.to_owned());
        }
        let bar = |hour: u32| {
            format!(
                r#"{{"time_period_start":"2026-09-23T{hour:02}:00:00.0000000Z","time_period_end":"2026-09-23T{:02}:00:00.0000000Z",
                "price_open":1,"price_high":2,"price_low":1,"price_close":2,"volume_traded":500,"trades_count":1}}"#,
                hour + 1
            )
        };
        (200, format!("[{},{},{},{}]", bar(9), bar(8), bar(7), bar(6)))
    })
    .await;
    let client = client(&server);
    let okx = bitcoin(Venue::Okx);
    let told = client.candles(&okx, Interval::H1, 2, None, Ask::default()).await.unwrap();
    let opens: Vec<String> = told.value.iter().map(|bar| bar.open_time.rfc3339()).collect();
    assert_eq!(opens, ["2026-09-23T07:00:00Z", "2026-09-23T08:00:00Z"]);
    assert_eq!((told.value[0].volume, told.as_of.rfc3339().as_str()), (5.0, "2026-09-23T09:00:00Z"));
    assert_eq!(
        server.asked()[1],
        "/v1/ohlcv/OKEX_PERP_BTC_USDT/history?period_id=1HRS&time_start=2026-09-23T07%3A00%3A00Z\
         &time_end=2026-09-23T09%3A00%3A00Z&limit=2"
    );
    let error = client.candles(&okx, Interval::W1, 2, None, Ask::default()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsupported);
    let none = client.candles(&okx, Interval::H1, 0, None, Ask::default()).await.unwrap_err();
    assert_eq!(none.kind, ErrorKind::NoData);
}

#[tokio::test]
async fn a_contract_that_is_not_listed_is_not_found() {
    let server = Server::start(KEY, |_| (200, "[]".to_owned())).await;
    let mut pepe = bitcoin(Venue::Binance);
    (pepe.native_symbol, pepe.native_base, pepe.base.0) =
        ("1000PEPEUSDT".to_owned(), "1000PEPE".to_owned(), "PEPE".to_owned());
    let error = client(&server).last_price(&pepe, Ask::default()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(error.message.contains("1000PEPEUSDT"));
    assert_eq!(server.asked(), ["/v1/symbols/BINANCEFTS?filter_asset_id=1000PEPE%2CPEPE"]);
}

#[tokio::test]
async fn books_trades_symbols_and_metrics_are_read() {
    let time = "2026-09-23T09:10:00.0000000Z";
    let server = Server::start(KEY, move |target| {
        let body = if target.starts_with("/v1/symbols/") {
            OKX_LIST.to_owned()
        } else if target.contains("orderbooks") {
            format!(r#"{{"symbol_id":"X","time_exchange":"{time}","asks":[{{"price":11,"size":100}},{{"price":12,"size":1}}],"bids":[{{"price":10,"size":1}}]}}"#)
        } else if target.contains("trades") {
            format!(r#"[{{"uuid":"u","time_exchange":"{time}","price":10,"size":100,"taker_side":"SELL"}}]"#)
        } else {
            format!(
                r#"[{{"entry_time":"{time}","symbol_id":"OKEX_PERP_BTC_USDT","metric_id":"DERIVATIVES_OPEN_INTEREST","value_decimal":7.5}},
                {{"entry_time":"{time}","symbol_id":"OTHER","metric_id":"DERIVATIVES_OPEN_INTEREST","value_decimal":1}}]"#
            )
        };
        (200, body)
    })
    .await;
    let client = client(&server);
    let okx = bitcoin(Venue::Okx);
    let book = client.order_book(&okx, 1, Ask::default()).await.unwrap().value;
    assert_eq!((book.asks.len(), book.asks[0].quantity), (1, 1.0));
    let trades = client.trades(&okx, 5, Ask::default()).await.unwrap().value;
    assert!((trades[0].quantity - 1.0).abs() < 1e-12 && !trades[0].taker_bought);
    let listed = client.symbols("OKEX", &["BTC"], Ask::default()).await.unwrap().value;
    assert_eq!(listed[0].native_symbol, "BTC-USDT-SWAP");
    let metrics = client.metrics_current(&okx, None, Ask::default()).await.unwrap();
    assert_eq!(
        (metrics.value.len(), metrics.value[0].value, metrics.as_of.rfc3339().as_str()),
        (1, 7.5, "2026-09-23T09:10:00Z")
    );
}

#[tokio::test]
async fn a_refused_key_is_told_without_the_key() {
    let server = Server::start(KEY, |_| (401, r#"{"error":"Invalid key k-123456"}"#.to_owned())).await;
    let error = client(&server).last_price(&bitcoin(Venue::Okx), Ask::default()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::KeyInvalid);
    assert!(!error.message.contains("123456"));
}
