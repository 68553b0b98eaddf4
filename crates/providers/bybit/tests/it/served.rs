//! The client against a server that answers and pages as Bybit does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{StatusCode, Uri};
use bybit::{Bybit, BybitWire, ENDPOINTS};
use domain::{DAY_MS, ErrorKind, HOUR_MS, Instrument, Interval, UtcMs};
use testkit::Stopped;
use upstream::{Args, Ask, Lane, LaneConfig, ParamKind};

use crate::pepe;

const NOW: UtcMs = UtcMs(1_786_820_640_000);

type Params = HashMap<String, String>;
type Asked = Arc<Mutex<Vec<(String, Params)>>>;
type Reply = fn(&str, &Params) -> (StatusCode, String);

/// Rows of the exchange every `step_ms` up to now, newest first, bounded (inclusively) as the arguments say.
fn times(params: &Params, step_ms: i64, first: &str, last: &str, most: usize) -> Vec<i64> {
    let bound = |name: &str| params.get(name).map(|text| text.parse::<i64>().unwrap());
    let limit = params["limit"].parse::<usize>().unwrap();
    assert!(limit <= most, "at most {most} rows a page");
    let newest = NOW.floor(step_ms).0;
    (0..100_000)
        .map(|index| newest - index * step_ms)
        .filter(|at| bound(last).is_none_or(|bound| *at <= bound))
        .filter(|at| bound(first).is_none_or(|bound| *at >= bound))
        .take(limit)
        .collect()
}

fn contract(symbol: &str, base: &str) -> serde_json::Value {
    serde_json::json!({"symbol": symbol, "contractType": "LinearPerpetual", "status": "Trading", "baseCoin": base,
        "quoteCoin": "USDT", "settleCoin": "USDT", "symbolType": "", "launchTime": "1621839600000",
        "deliveryTime": "0", "priceFilter": {"tickSize": "0.1"}, "lotSizeFilter": {"qtyStep": "0.001"},
        "fundingInterval": 240})
}

fn answer(path: &str, params: &Params) -> (StatusCode, String) {
    assert_eq!(params["category"], "linear");
    let result = match path {
        "/v5/market/instruments-info" => match params.get("cursor").map(String::as_str) {
            None => {
                serde_json::json!({"list": [contract("BTCUSDT", "BTC")], "nextPageCursor": "last%3D1%26x%2C"})
            }
            Some("last=1&x,") => {
                serde_json::json!({"list": [contract("1000PEPEUSDT", "1000PEPE")], "nextPageCursor": ""})
            }
            Some(_) => serde_json::json!({"list": [], "nextPageCursor": ""}),
        },
        "/v5/market/kline" => {
            let row = |at: i64| serde_json::json!([at.to_string(), "2", "3", "1", "2", "10", "20"]);
            let step = if params["interval"] == "60" { HOUR_MS } else { 4 * HOUR_MS };
            let rows: Vec<_> = times(params, step, "start", "end", 1_000).into_iter().map(row).collect();
            serde_json::json!({"list": rows})
        }
        "/v5/market/open-interest" => {
            let row = |at: i64| serde_json::json!({"openInterest": "200", "timestamp": at.to_string()});
            let rows: Vec<_> =
                times(params, HOUR_MS, "startTime", "endTime", 200).into_iter().map(row).collect();
            serde_json::json!({"list": rows, "nextPageCursor": ""})
        }
        "/v5/market/account-ratio" => {
            let row = |at: i64| serde_json::json!({"buyRatio": "0.6", "sellRatio": "0.4", "timestamp": at.to_string()});
            let rows: Vec<_> =
                times(params, HOUR_MS, "startTime", "endTime", 500).into_iter().map(row).collect();
            serde_json::json!({"list": rows, "nextPageCursor": "x"})
        }
        "/v5/market/funding/history" => {
            assert!(params.contains_key("startTime") && params.contains_key("endTime"));
            let row = |at: i64| serde_json::json!({"fundingRate": "0.0001", "fundingRateTimestamp": at.to_string()});
            let rows: Vec<_> =
                times(params, 4 * HOUR_MS, "startTime", "endTime", 200).into_iter().map(row).collect();
            serde_json::json!({"list": rows})
        }
        "/v5/market/tickers" => serde_json::json!({"list": [{"symbol": "1000PEPEUSDT", "lastPrice": "0.01",
            "fundingRate": "-0.0002", "fundingIntervalHour": "", "nextFundingTime": "1786838400000"}]}),
        _ => return (StatusCode::OK, r#"{"retCode":10404,"retMsg":"path","result":{}}"#.to_owned()),
    };
    let body = serde_json::json!({"retCode": 0, "retMsg": "OK", "result": result, "time": NOW.0});
    (StatusCode::OK, body.to_string())
}

/// A client of such a server, and what the server was asked.
async fn served(reply: Reply) -> (Bybit, Asked) {
    let asked = Asked::default();
    let handler = move |State(asked): State<Asked>, uri: Uri, Query(params): Query<Params>| async move {
        let reply = reply(uri.path(), &params);
        asked.lock().unwrap().push((uri.path().to_owned(), params));
        reply
    };
    let router = Router::new().fallback(handler).with_state(Arc::clone(&asked));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let config = LaneConfig { retries: 0, quota_pct: 100, ..LaneConfig::at(base_url) };
    let lane = Lane::new(upstream::http_client(), Arc::new(Stopped(NOW)), Arc::new(BybitWire), config);
    (Bybit::new(lane, Arc::new(Stopped(NOW))), asked)
}

#[tokio::test]
async fn the_list_is_read_to_its_last_page() {
    let (bybit, asked) = served(answer).await;
    let list = bybit.instruments(Ask::default()).await.unwrap();
    let names: Vec<&str> = list.iter().map(|contract| contract.native_symbol.as_str()).collect();
    assert_eq!(names, ["BTCUSDT", "1000PEPEUSDT"]);
    assert_eq!((list[1].multiplier, list[1].funding_interval_h), (1_000, Some(4)));
    assert_eq!(asked.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn candles_of_several_pages_touch_and_end_with_the_last_closed_bar() {
    let (bybit, asked) = served(answer).await;
    let told = bybit.candles(&pepe(), Interval::H4, 1_500, None, Ask::default()).await.unwrap();
    assert_eq!((told.value.len(), told.as_of), (1_500, NOW.floor(4 * HOUR_MS)));
    assert!(told.value.windows(2).all(|pair| pair[1].open_time.since(pair[0].open_time) == 4 * HOUR_MS));
    assert_eq!(asked.lock().unwrap().len(), 2);
    let refusal = bybit.candles(&pepe(), Interval::H8, 10, None, Ask::default()).await.unwrap_err();
    assert_eq!(refusal.kind, ErrorKind::Unsupported);
}

#[tokio::test]
async fn thirty_days_of_open_interest_are_priced_in_four_pages() {
    let (bybit, asked) = served(answer).await;
    let since = NOW.plus_ms(-30 * DAY_MS);
    let told = bybit.open_interest_history(&pepe(), since, Ask::default()).await.unwrap();
    let points = &told.value.points;
    assert_eq!(points.len(), 720);
    assert!(points.windows(2).all(|pair| pair[1].at.since(pair[0].at) == HOUR_MS));
    assert_eq!(
        (points[0].coins, points[0].usd),
        (100_000.0, 200.0),
        "half of both sides, a thousand coins each"
    );
    assert_eq!(told.as_of, NOW.floor(HOUR_MS));
    let asked = asked.lock().unwrap();
    let pages = asked.iter().filter(|(path, _)| path == "/v5/market/open-interest").count();
    assert_eq!((pages, asked.len()), (4, 5));
}

#[tokio::test]
async fn thirty_days_of_account_ratios_are_two_pages() {
    let (bybit, asked) = served(answer).await;
    let told = bybit.account_ratio(&pepe(), NOW.plus_ms(-30 * DAY_MS), Ask::default()).await.unwrap();
    assert_eq!((told.value.points.len(), told.value.cadence_ms), (720, HOUR_MS));
    assert!(told.value.points.iter().all(|point| (point.value - 1.5).abs() < 1e-12));
    assert_eq!(asked.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn settlements_are_complete_even_if_the_interval_was_once_shorter() {
    let (bybit, asked) = served(answer).await;
    let since = NOW.plus_ms(-90 * DAY_MS);
    let told = bybit.funding_history(&pepe(), since, Ask::default()).await.unwrap();
    assert_eq!(told.value.len(), 540);
    assert_eq!(asked.lock().unwrap().len(), 3);
    let slow = Instrument { funding_interval_h: Some(8), ..pepe() };
    let (bybit, asked) = served(answer).await;
    let told = bybit.funding_history(&slow, since, Ask::default()).await.unwrap();
    assert_eq!(told.value.len(), 540);
    assert!(told.value.iter().all(|funding| funding.interval_h == 4.0));
    assert!(asked.lock().unwrap().len() > 2);
}

#[tokio::test]
async fn the_first_settlement_asked_for_has_the_interval_before_it() {
    // Every eight hours up to a midnight, by the hour from then on.
    const CHANGE: UtcMs = UtcMs(1_786_752_000_000);
    let (bybit, _) = served(|_, params| {
        let rows: Vec<_> = times(params, HOUR_MS, "startTime", "endTime", 200)
            .into_iter()
            .filter(|at| *at > CHANGE.0 || (CHANGE.0 - at) % (8 * HOUR_MS) == 0)
            .map(|at| serde_json::json!({"fundingRate": "0.0001", "fundingRateTimestamp": at.to_string()}))
            .collect();
        let body = serde_json::json!({"retCode": 0, "retMsg": "OK", "result": {"list": rows}, "time": NOW.0});
        (StatusCode::OK, body.to_string())
    })
    .await;
    let hourly = Instrument { funding_interval_h: Some(1), ..pepe() };
    for since in [CHANGE, CHANGE.plus_ms(-3 * HOUR_MS)] {
        let told = bybit.funding_history(&hourly, since, Ask::default()).await.unwrap();
        assert_eq!((told.value[0].at, told.value[0].interval_h), (CHANGE, 8.0), "since {since:?}");
        assert!(told.value[1..].iter().all(|funding| funding.interval_h == 1.0));
    }
}

#[tokio::test]
async fn running_funding_takes_the_contracts_interval_where_the_ticker_has_none() {
    let (bybit, _) = served(answer).await;
    let told = bybit.funding_now(&pepe(), Ask::default()).await.unwrap();
    assert_eq!((told.value.rate, told.value.interval_h, told.value.running), (-0.000_2, 4.0, true));
    let unknown = Instrument { funding_interval_h: None, ..pepe() };
    let missing = bybit.funding_now(&unknown, Ask::default()).await.unwrap_err();
    assert_eq!(missing.kind, ErrorKind::NoData);
    assert_eq!(bybit.last_price(&pepe(), Ask::default()).await.unwrap().value, 0.01);
}

#[tokio::test]
async fn what_bybit_does_not_publish_is_unsupported() {
    let (bybit, asked) = served(answer).await;
    let top = bybit.top_position_ratio(&pepe(), NOW, Ask::default()).await.unwrap_err();
    let taker = bybit.taker_ratio(&pepe(), NOW, Ask::default()).await.unwrap_err();
    assert_eq!((top.kind, taker.kind), (ErrorKind::Unsupported, ErrorKind::Unsupported));
    assert!(asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_refused_country_is_told_as_such() {
    let (bybit, _) = served(|_, _| {
        (StatusCode::FORBIDDEN, "The distribution is configured to block access from your country".to_owned())
    })
    .await;
    let refusal = bybit.tickers(Ask::default()).await.unwrap_err();
    assert_eq!(refusal.kind, ErrorKind::RegionBlocked);
}

#[tokio::test]
async fn empty_answers_are_no_data() {
    let (bybit, _) = served(|_, _| {
        let body =
            r#"{"retCode":0,"retMsg":"OK","result":{"list":[],"nextPageCursor":"","a":[],"b":[]},"time":1}"#;
        (StatusCode::OK, body.to_owned())
    })
    .await;
    let (contract, ask, since) = (pepe(), Ask::default(), NOW.plus_ms(-DAY_MS));
    let kinds = [
        bybit.instruments(ask).await.unwrap_err().kind,
        bybit.candles(&contract, Interval::H1, 5, None, ask).await.unwrap_err().kind,
        bybit.last_price(&contract, ask).await.unwrap_err().kind,
        bybit.funding_now(&contract, ask).await.unwrap_err().kind,
        bybit.funding_history(&contract, since, ask).await.unwrap_err().kind,
        bybit.open_interest_history(&contract, since, ask).await.unwrap_err().kind,
        bybit.account_ratio(&contract, since, ask).await.unwrap_err().kind,
        bybit.tickers(ask).await.unwrap_err().kind,
        bybit.trades(&contract, 100, ask).await.unwrap_err().kind,
    ];
    assert_eq!(kinds, [ErrorKind::NoData; 9]);
    let book = bybit.order_book(&contract, 50, ask).await.unwrap();
    assert!(book.value.bids.is_empty());
}

#[tokio::test]
async fn every_endpoint_of_the_table_can_be_asked() {
    let (bybit, asked) =
        served(|_, _| (StatusCode::OK, r#"{"retCode":0,"retMsg":"OK","result":{}}"#.to_owned())).await;
    for endpoint in ENDPOINTS {
        let mut args = Args::new();
        for param in endpoint.params {
            args.set(
                param.name,
                match param.kind {
                    ParamKind::OneOf(words) => words[0].to_owned(),
                    ParamKind::Int { max, .. } => max.to_string(),
                    ParamKind::TimeMs => NOW.0.to_string(),
                    _ => "BTCUSDT".to_owned(),
                },
            );
        }
        let sent = endpoint.params.len();
        assert_eq!(bybit.raw(endpoint, args, Ask::default()).await.unwrap().data(), b"{}");
        let (path, params) = asked.lock().unwrap().last().unwrap().clone();
        assert_eq!((path.as_str(), params.len()), (endpoint.path, sent));
    }
}
