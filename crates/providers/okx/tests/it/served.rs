//! The client against a server that answers and pages as OKX does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{StatusCode, Uri};
use domain::{DAY_MS, ErrorKind, HOUR_MS, Interval, UtcMs};
use okx::{ENDPOINTS, Okx, OkxWire};
use testkit::Stopped;
use upstream::{Args, Ask, Lane, LaneConfig, ParamKind};

use crate::btc;

const NOW: UtcMs = UtcMs(1_786_820_640_000);

type Params = HashMap<String, String>;
type Asked = Arc<Mutex<Vec<(String, Params)>>>;

/// Rows of the exchange every `step_ms` up to now, newest first, bounded as the arguments say.
fn times(params: &Params, step_ms: i64, older: &str, newer: &str, most: usize, first: i64) -> Vec<i64> {
    let bound = |name: &str| params.get(name).map(|text| text.parse::<i64>().unwrap());
    let limit = params.get("limit").map_or(100, |text| text.parse::<usize>().unwrap());
    assert!(limit <= most, "at most {most} rows a page");
    let newest = NOW.floor(step_ms).0;
    (0..100_000)
        .map(|index| newest - index * step_ms)
        .take_while(|at| *at >= first)
        .filter(|at| bound(older).is_none_or(|bound| *at < bound))
        .filter(|at| bound(newer).is_none_or(|bound| *at > bound))
        .take(limit)
        .collect()
}

fn answer(path: &str, params: &Params) -> (StatusCode, String) {
    let rows = match path {
        "/api/v5/market/candles" | "/api/v5/market/history-candles" => {
            let step = if params["bar"] == "1Dutc" { DAY_MS } else { 4 * HOUR_MS };
            let row = |at: i64| {
                let confirm = if at + step > NOW.0 { "0" } else { "1" };
                serde_json::json!([at.to_string(), "4", "5", "3", "4", "100", "1", "4", confirm])
            };
            times(params, step, "after", "before", 300, 0).into_iter().map(row).collect()
        }
        "/api/v5/rubik/stat/contracts/open-interest-history" => {
            let row = |at: i64| serde_json::json!([at.to_string(), "1000.00000000002", "10", "600000"]);
            times(params, 4 * HOUR_MS, "end", "begin", 100, 0).into_iter().map(row).collect()
        }
        "/api/v5/rubik/stat/taker-volume-contract" => {
            let row = |at: i64| serde_json::json!([at.to_string(), "10", "20"]);
            times(params, 4 * HOUR_MS, "end", "begin", 100, 0).into_iter().map(row).collect()
        }
        "/api/v5/public/funding-rate-history" => {
            let row = |at: i64| serde_json::json!({"realizedRate": "0.0001", "fundingTime": at.to_string()});
            let three_months = NOW.0 - 91 * DAY_MS;
            times(params, 4 * HOUR_MS, "after", "before", 400, three_months).into_iter().map(row).collect()
        }
        "/api/v5/public/liquidation-orders" => {
            assert_eq!((params["instFamily"].as_str(), params["state"].as_str()), ("BTC-USDT", "filled"));
            let detail =
                |at: i64| serde_json::json!({"bkPx": "100", "side": "sell", "sz": "2", "ts": at.to_string()});
            let two_days = NOW.0 - 2 * DAY_MS;
            let details: Vec<serde_json::Value> =
                times(params, 10 * 60 * 1_000, "after", "before", 100, two_days)
                    .into_iter()
                    .map(detail)
                    .collect();
            vec![serde_json::json!({"instId": "BTC-USDT-SWAP", "details": details})]
        }
        "/api/v5/market/ticker" => {
            return (StatusCode::OK, r#"{"code":"51001","data":[],"msg":"Instrument ID"}"#.to_owned());
        }
        _ => {
            let refusal = r#"{"code":404,"data":{},"error_message":"Not Found","msg":"Not Found"}"#;
            return (StatusCode::NOT_FOUND, refusal.to_owned());
        }
    };
    let rows: Vec<serde_json::Value> = rows;
    (StatusCode::OK, serde_json::json!({"code": "0", "msg": "", "data": rows}).to_string())
}

/// A client of such a server, and what the server was asked.
async fn served(reply: fn(&str, &Params) -> (StatusCode, String)) -> (Okx, Asked) {
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
    let lane = Lane::new(upstream::http_client(), Arc::new(Stopped(NOW)), Arc::new(OkxWire), config);
    (Okx::new(lane, Arc::new(Stopped(NOW))), asked)
}

#[tokio::test]
async fn candles_of_several_pages_touch_and_end_with_the_last_closed_bar() {
    let (okx, asked) = served(answer).await;
    let told = okx.candles(&btc(), Interval::H4, 700, None, Ask::default()).await.unwrap();
    assert_eq!(told.value.len(), 700);
    assert!(told.value.windows(2).all(|pair| pair[1].open_time.since(pair[0].open_time) == 4 * HOUR_MS));
    assert_eq!(told.as_of, NOW.floor(4 * HOUR_MS));
    assert_eq!(asked.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn old_candles_come_from_the_archive_and_days_are_cut_at_utc() {
    let (okx, asked) = served(answer).await;
    let end = NOW.plus_ms(-2_000 * DAY_MS);
    let told = okx.candles(&btc(), Interval::D1, 10, Some(end), Ask::default()).await.unwrap();
    assert_eq!((told.value.len(), told.as_of), (10, end.floor(DAY_MS)));
    let (path, params) = asked.lock().unwrap()[0].clone();
    assert_eq!((path.as_str(), params["bar"].as_str()), ("/api/v5/market/history-candles", "1Dutc"));
    let refusal = okx.candles(&btc(), Interval::H8, 10, None, Ask::default()).await.unwrap_err();
    assert_eq!(refusal.kind, ErrorKind::Unsupported);
}

#[tokio::test]
async fn thirty_days_of_open_interest_are_two_calls() {
    let (okx, asked) = served(answer).await;
    let since = NOW.plus_ms(-30 * DAY_MS);
    let told = okx.open_interest_history(&btc(), since, Ask::default()).await.unwrap();
    assert_eq!(asked.lock().unwrap().len(), 2);
    let points = &told.value.points;
    assert_eq!((points.len(), points[0].coins), (180, 10.0));
    assert!(points.windows(2).all(|pair| pair[1].at.since(pair[0].at) == 4 * HOUR_MS));
    assert_eq!(told.as_of, NOW.floor(4 * HOUR_MS));
}

#[tokio::test]
async fn taker_ratios_stand_at_the_end_of_closed_bars() {
    let (okx, _) = served(answer).await;
    let since = NOW.floor(4 * HOUR_MS).plus_ms(-8 * HOUR_MS);
    let told = okx.taker_ratio(&btc(), since, Ask::default()).await.unwrap();
    assert_eq!(told.value.points.len(), 3);
    assert_eq!((told.value.points[0].at, told.as_of), (since, NOW.floor(4 * HOUR_MS)));
    assert!(told.value.points.iter().all(|point| point.value == 2.0));
}

#[tokio::test]
async fn three_months_of_settlements_take_two_pages() {
    let (okx, asked) = served(answer).await;
    let since = NOW.plus_ms(-90 * DAY_MS);
    let told = okx.funding_history(&btc(), since, Ask::default()).await.unwrap();
    assert_eq!(asked.lock().unwrap().len(), 2);
    assert_eq!(told.value.len(), 540);
    assert!(told.value.iter().all(|funding| funding.interval_h == 4.0));
}

#[tokio::test]
async fn liquidations_say_how_far_back_they_are_complete() {
    let (okx, _) = served(answer).await;
    let since = NOW.plus_ms(-DAY_MS);
    let told = okx.liquidations(&btc(), since, Ask::default()).await.unwrap();
    assert_eq!((told.value.liquidations.len(), told.value.complete_since), (144, since));
    let further = okx.liquidations(&btc(), NOW.plus_ms(-7 * DAY_MS), Ask::default()).await.unwrap();
    let oldest = further.value.liquidations[0].at;
    assert!(oldest < since && further.value.complete_since == oldest.plus_ms(1));
    assert_eq!(further.as_of, NOW);
}

#[tokio::test]
async fn what_is_gone_is_unsupported_and_what_is_unknown_is_not_found() {
    let (okx, _) = served(|_, _| answer("/nowhere", &Params::new())).await;
    let gone = okx.liquidations(&btc(), NOW.plus_ms(-DAY_MS), Ask::default()).await.unwrap_err();
    assert_eq!(gone.kind, ErrorKind::Unsupported);
    let (okx, _) = served(answer).await;
    assert_eq!(okx.last_price(&btc(), Ask::default()).await.unwrap_err().kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn empty_answers_are_no_data() {
    let (okx, asked) = served(|_, _| (StatusCode::OK, r#"{"code":"0","msg":"","data":[]}"#.to_owned())).await;
    let (contract, ask, since) = (btc(), Ask::default(), NOW.plus_ms(-DAY_MS));
    let kinds = [
        okx.instruments(ask).await.unwrap_err().kind,
        okx.candles(&contract, Interval::H1, 5, None, ask).await.unwrap_err().kind,
        okx.last_price(&contract, ask).await.unwrap_err().kind,
        okx.funding_now(&contract, ask).await.unwrap_err().kind,
        okx.funding_all(ask).await.unwrap_err().kind,
        okx.funding_history(&contract, since, ask).await.unwrap_err().kind,
        okx.open_interest_now(ask).await.unwrap_err().kind,
        okx.open_interest_history(&contract, since, ask).await.unwrap_err().kind,
        okx.account_ratio(&contract, since, ask).await.unwrap_err().kind,
        okx.top_position_ratio(&contract, since, ask).await.unwrap_err().kind,
        okx.taker_ratio(&contract, since, ask).await.unwrap_err().kind,
        okx.tickers(ask).await.unwrap_err().kind,
        okx.order_book(&contract, 50, ask).await.unwrap_err().kind,
        okx.order_book(&contract, 1_000, ask).await.unwrap_err().kind,
        okx.trades(&contract, 100, ask).await.unwrap_err().kind,
    ];
    assert_eq!(kinds, [ErrorKind::NoData; 15]);
    let paths: Vec<String> = asked.lock().unwrap().iter().map(|(path, _)| path.clone()).collect();
    assert!(paths.contains(&"/api/v5/market/books-full".to_owned()));
}

#[tokio::test]
async fn every_endpoint_of_the_table_can_be_asked() {
    let (okx, asked) = served(|_, _| (StatusCode::OK, r#"{"code":"0","msg":"","data":{}}"#.to_owned())).await;
    for endpoint in ENDPOINTS {
        let mut args = Args::new();
        for param in endpoint.params {
            args.set(
                param.name,
                match param.kind {
                    ParamKind::OneOf(words) => words[0].to_owned(),
                    ParamKind::Int { max, .. } => max.to_string(),
                    ParamKind::TimeMs => NOW.0.to_string(),
                    _ => "BTC-USDT-SWAP".to_owned(),
                },
            );
        }
        let sent = endpoint.params.len();
        assert_eq!(okx.raw(endpoint, args, Ask::default()).await.unwrap().data(), b"{}");
        let (path, params) = asked.lock().unwrap().last().unwrap().clone();
        assert_eq!((path.as_str(), params.len()), (endpoint.path, sent));
    }
}
