//! The client against a server on loopback that speaks Binance's wire format.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use binance::{Binance, BinanceWire, lane_defaults};
use domain::{
    Class, Clock, CoinId, DAY_MS, ErrorKind, HOUR_MS, Instrument, Interval, Kind, Status, UtcMs, Venue,
};
use rust_decimal::Decimal;
use tokio::net::TcpListener;
use upstream::{Ask, Lane, LaneConfig, http_client};

/// 2025-03-03T12:30:00Z.
const NOW: i64 = 1_741_005_000_000;
const ASK: Ask = Ask { deadline: None, fresh: false, no_waiting: false };

#[derive(Debug)]
struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> UtcMs {
        UtcMs(NOW)
    }
}

struct Exchange {
    client: Binance,
    asked: Arc<Mutex<Vec<String>>>,
}

type Reply = fn(&str, &dyn Fn(&str) -> Option<i64>) -> (u16, String);

/// An exchange that answers by path and parameters.
async fn exchange(reply: Reply) -> Exchange {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let app = Router::new().fallback(move |request: Request<Body>| {
        let uri = request.uri().clone();
        seen.lock().unwrap().push(uri.to_string());
        let query = uri.query().unwrap_or_default().to_owned();
        let number = move |name: &str| {
            query
                .split('&')
                .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
                .and_then(|value| value.parse().ok())
        };
        let (status, body) = reply(uri.path(), &number);
        async move { Response::builder().status(status).body(Body::from(body)).unwrap() }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let clock = Arc::new(Fixed);
    let config = LaneConfig { base_url, retries: 0, ..lane_defaults() };
    let lane = Lane::new(http_client(), clock.clone(), Arc::new(BinanceWire), config);
    Exchange { client: Binance::new(lane, clock), asked }
}

fn contract(native: &str, multiplier: u64) -> Instrument {
    Instrument {
        venue: Venue::Binance,
        native_symbol: native.to_owned(),
        kind: Kind::Perp,
        base: CoinId("BTC".to_owned()),
        native_base: "BTC".to_owned(),
        quote: "USDT".to_owned(),
        multiplier,
        contract_size: Decimal::ONE,
        class: Class::Crypto,
        status: Status::Trading,
        tick_size: Decimal::ONE,
        lot_step: Decimal::ONE,
        min_notional: None,
        onboard_at: None,
        delivery_at: None,
        funding_interval_h: None,
    }
}

/// Rows at each step from `startTime` to `endTime`.
fn grid(number: &dyn Fn(&str) -> Option<i64>, step: i64, row: impl Fn(i64) -> String) -> String {
    let (start, end) = (number("startTime").unwrap(), number("endTime").unwrap());
    let first = start + (step - start.rem_euclid(step)) % step;
    let rows: Vec<String> =
        (0..10_000).map(|i| first + i * step).take_while(|at| *at <= end).map(row).collect();
    assert!(rows.len() <= usize::try_from(number("limit").unwrap()).unwrap(), "asked for too few rows");
    format!("[{}]", rows.join(","))
}

fn klines(_: &str, number: &dyn Fn(&str) -> Option<i64>) -> (u16, String) {
    let step = 4 * HOUR_MS;
    (
        200,
        grid(number, step, |at| {
            format!(r#"[{at},"100","101","99","100.5","10",{},"1000",5,"6","600","0"]"#, at + step - 1)
        }),
    )
}

#[tokio::test]
async fn candles_page_themselves_and_end_with_the_newest_closed_bar() {
    let exchange = exchange(klines).await;
    let bitcoin = contract("BTCUSDT", 1);
    let bars = exchange.client.candles(&bitcoin, Interval::H4, 168, None, ASK).await.unwrap();
    assert_eq!(bars.value.len(), 168);
    assert_eq!(bars.as_of, "2025-03-03T12:00:00Z".parse().unwrap());
    assert_eq!((bars.venue, bars.received_at), (Some(Venue::Binance), UtcMs(NOW)));
    assert!(bars.value.windows(2).all(|pair| pair[1].open_time.since(pair[0].open_time) == 4 * HOUR_MS));
    assert_eq!(exchange.asked.lock().unwrap().len(), 1);

    let long = exchange.client.candles(&bitcoin, Interval::H4, 2_500, None, ASK).await.unwrap();
    assert_eq!(long.value.len(), 2_500);
    assert_eq!(exchange.asked.lock().unwrap().len(), 4);

    let end = "2025-02-01T01:00:00Z".parse().unwrap();
    let past = exchange.client.candles(&bitcoin, Interval::H4, 6, Some(end), ASK).await.unwrap();
    assert_eq!(past.as_of, "2025-02-01T00:00:00Z".parse().unwrap());
}

fn derivatives(path: &str, number: &dyn Fn(&str) -> Option<i64>) -> (u16, String) {
    let body = match path {
        "/fapi/v1/premiumIndex" => format!(
            r#"{{"symbol":"BTCUSDT","markPrice":"90000","indexPrice":"90010","lastFundingRate":"0.00005",
            "nextFundingTime":{},"time":{}}}"#,
            NOW + 12_600_000,
            NOW - 700
        ),
        "/fapi/v1/fundingInfo" => r#"[{"symbol":"BTCUSDT","fundingIntervalHours":4}]"#.to_owned(),
        "/fapi/v1/fundingRate" => {
            let start = number("startTime").unwrap();
            let step = 4 * HOUR_MS;
            let first = start + (step - start.rem_euclid(step)) % step;
            let rows: Vec<String> = (0..1_000)
                .map(|i| first + i * step)
                .take_while(|at| *at <= NOW)
                .map(|at| {
                    format!(r#"{{"symbol":"BTCUSDT","fundingTime":{},"fundingRate":"0.0001"}}"#, at + 7)
                })
                .collect();
            format!("[{}]", rows.join(","))
        }
        "/futures/data/openInterestHist" => grid(number, HOUR_MS, |at| {
            format!(r#"{{"symbol":"X","sumOpenInterest":"2","sumOpenInterestValue":"5","timestamp":{at}}}"#)
        }),
        "/futures/data/takerlongshortRatio" => {
            grid(number, HOUR_MS, |at| format!(r#"{{"buySellRatio":"1.1","timestamp":{at}}}"#))
        }
        "/futures/data/globalLongShortAccountRatio" | "/futures/data/topLongShortPositionRatio" => {
            grid(number, HOUR_MS, |at| format!(r#"{{"longShortRatio":"1.5","timestamp":{at}}}"#))
        }
        _ => return (400, r#"{"code":-1121,"msg":"Invalid symbol."}"#.to_owned()),
    };
    (200, body)
}

#[tokio::test]
async fn funding_now_and_then() {
    let exchange = exchange(derivatives).await;
    let bitcoin = contract("BTCUSDT", 1);
    let now = exchange.client.funding_now(&bitcoin, ASK).await.unwrap();
    assert!(now.value.running && (now.value.interval_h - 4.0).abs() < 1e-9);
    assert_eq!((now.as_of, now.value.next_at), (UtcMs(NOW - 700), Some(UtcMs(NOW + 12_600_000))));

    let since = UtcMs(NOW).plus_ms(-400 * DAY_MS);
    let past = exchange.client.funding_history(&bitcoin, since, ASK).await.unwrap();
    assert_eq!(past.value.len(), 2_400);
    assert_eq!(past.as_of, "2025-03-03T12:00:00Z".parse().unwrap());
    assert!(past.value.iter().all(|f| (f.interval_h - 4.0).abs() < 1e-9 && f.at.0 % 60_000 == 0));

    let ether = contract("ETHUSDT", 1);
    let error = exchange.client.funding_now(&ether, ASK).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Malformed, "the answer speaks of another contract");
}

#[tokio::test]
async fn statistics_reach_29_days_and_never_past_the_present() {
    let exchange = exchange(derivatives).await;
    let pepe = contract("1000PEPEUSDT", 1_000);
    let since = UtcMs(NOW).plus_ms(-60 * DAY_MS);
    let interest = exchange.client.open_interest_history(&pepe, since, ASK).await.unwrap();
    assert_eq!(interest.value.points.len(), 29 * 24);
    assert!((interest.value.points[0].coins - 2_000.0).abs() < 1e-9);
    assert_eq!(interest.as_of, "2025-03-03T12:00:00Z".parse().unwrap());
    assert_eq!(exchange.asked.lock().unwrap().len(), 2);

    let recent = UtcMs(NOW).plus_ms(-3 * HOUR_MS);
    let taker = exchange.client.taker_ratio(&pepe, recent, ASK).await.unwrap();
    let ends: Vec<String> = taker.value.points.iter().map(|point| point.at.rfc3339()).collect();
    assert_eq!(ends, ["2025-03-03T10:00:00Z", "2025-03-03T11:00:00Z", "2025-03-03T12:00:00Z"]);
    for ratio in [
        exchange.client.account_ratio(&pepe, recent, ASK).await.unwrap(),
        exchange.client.top_position_ratio(&pepe, recent, ASK).await.unwrap(),
    ] {
        assert_eq!(ratio.value.points.len(), 3);
    }
    let error = exchange.client.last_price(&pepe, ASK).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
}

fn without_a_list(path: &str, _: &dyn Fn(&str) -> Option<i64>) -> (u16, String) {
    let body = match path {
        "/fapi/v1/premiumIndex" => format!(
            r#"{{"symbol":"BTCUSDT","lastFundingRate":"-0.00002","nextFundingTime":{},"time":{NOW}}}"#,
            NOW - 10
        ),
        "/fapi/v1/fundingRate" => format!(
            r#"[{{"symbol":"BTCUSDT","fundingTime":{},"fundingRate":"0.0001"}},
            {{"symbol":"BTCUSDT","fundingTime":{},"fundingRate":"0.0001"}}]"#,
            NOW - 3 * HOUR_MS,
            NOW - 2 * HOUR_MS + 3
        ),
        _ => return (404, "<html>".to_owned()),
    };
    (200, body)
}

#[tokio::test]
async fn without_the_list_of_intervals_the_last_two_settlements_tell() {
    let exchange = exchange(without_a_list).await;
    let running = exchange.client.funding_now(&contract("BTCUSDT", 1), ASK).await.unwrap();
    assert!((running.value.interval_h - 1.0).abs() < 1e-9);
    assert_eq!(running.value.next_at, None, "a settlement of the past is not to come");
    let error = exchange.client.instruments(ASK).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
}

fn market(path: &str, _: &dyn Fn(&str) -> Option<i64>) -> (u16, String) {
    let body = match path {
        "/fapi/v2/ticker/price" => {
            format!(r#"{{"symbol":"BTCUSDT","price":"83117.70","time":{}}}"#, NOW + 40)
        }
        "/fapi/v1/ticker/24hr" => format!(
            r#"[{{"symbol":"BTCUSDT","lastPrice":"83117.7","priceChangePercent":"-3.4","highPrice":"86000",
            "lowPrice":"82000","quoteVolume":"1e9","closeTime":{NOW}}},
            {{"symbol":"NEWUSDT","lastPrice":"","closeTime":{NOW}}}]"#
        ),
        "/fapi/v1/premiumIndex" => format!(
            r#"[{{"symbol":"BTCUSDT","markPrice":"83110","indexPrice":"83100","lastFundingRate":"0.0001",
            "nextFundingTime":{},"time":{NOW}}}]"#,
            NOW + HOUR_MS
        ),
        "/fapi/v1/depth" => format!(
            r#"{{"lastUpdateId":1,"E":{NOW},"T":{NOW},"bids":[["83120.7","4.4"],["83120.6","0"]],"asks":[["83120.8","3.6"]]}}"#
        ),
        "/fapi/v1/trades" => format!(
            r#"[{{"id":1,"price":"83117.7","qty":"0.1","time":{NOW},"isBuyerMaker":true}},
            {{"id":2,"price":"83117.7","qty":"0.1","time":{},"isBuyerMaker":false}}]"#,
            NOW + 5
        ),
        _ => {
            return (
                200,
                r#"{"status":"ERROR","type":"GENERAL","code":"99099990","errorData":"illegal params."}"#
                    .to_owned(),
            );
        }
    };
    (200, body)
}

#[tokio::test]
async fn prices_books_and_trades() {
    let exchange = exchange(market).await;
    let bitcoin = contract("BTCUSDT", 1);
    let price = exchange.client.last_price(&bitcoin, ASK).await.unwrap();
    assert!((price.value - 83_117.7).abs() < 1e-9);
    assert_eq!(price.as_of, UtcMs(NOW), "never later than its arrival");
    let all = exchange.client.funding_all(ASK).await.unwrap();
    assert_eq!(all.value.len(), 1, "a row without a price is left out");
    let row = &all.value[0];
    assert_eq!((row.mark, row.funding_rate), (Some(83_110.0), Some(0.0001)));
    assert_eq!(row.funding_interval_h, None, "the list of intervals could not be had");
    let book = exchange.client.order_book(&bitcoin, 7, ASK).await.unwrap();
    assert_eq!((book.value.bids.len(), book.value.asks.len()), (1, 1));
    assert!(exchange.asked.lock().unwrap().iter().any(|target| target.ends_with("limit=10")));
    let trades = exchange.client.trades(&bitcoin, 5_000, ASK).await.unwrap();
    assert_eq!(trades.value.len(), 1, "the trade of the future is dropped");
    assert!(!trades.value[0].taker_bought);
}
