//! alternative.me's recordings, the client against a small server, and arbitrary input.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::float_cmp,
    clippy::print_stderr,
    reason = "a test says what it expects, and fails where it is not so"
)]

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use domain::{Clock, DAY_MS, ErrorKind, UtcMs};
use fear_greed::convert::{self, band};
use fear_greed::{FearGreed, FearGreedWire};
use http::HeaderMap;
use proptest::prelude::*;
use upstream::{Ask, Lane, LaneConfig, Wire};

/// Some hours into 2026-02-27.
const NOW: UtcMs = UtcMs(1_772_176_740_000);
/// A moment after every recording.
const LATER: UtcMs = UtcMs(1_800_000_000_000);

fn recording(name: &str) -> Option<Vec<u8>> {
    let shared = std::env::var_os("PERPSIGNAL_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../../shared"), PathBuf::from);
    let path = shared.join("data/recordings/fear-greed").join(name);
    let body = std::fs::read(&path).ok();
    if body.is_none() {
        eprintln!("skipped: no recordings at {}", path.display());
    }
    body
}

fn judged(body: &[u8]) -> &[u8] {
    let range = FearGreedWire.judge(StatusCode::OK, &HeaderMap::new(), body).unwrap();
    body.get(range).unwrap()
}

#[test]
fn a_live_answer_of_three_days() {
    let Some(body) = recording("fng_limit3_2026-02-27.json") else { return };
    let days = convert::days(judged(&body), NOW).unwrap();
    let told: Vec<(String, u8)> = days.iter().map(|day| (day.at.rfc3339(), day.value)).collect();
    assert_eq!(
        told,
        [
            ("2026-02-25T00:00:00Z".to_owned(), 11),
            ("2026-02-26T00:00:00Z".to_owned(), 11),
            ("2026-02-27T00:00:00Z".to_owned(), 13),
        ]
    );
    assert_eq!(days[2].class, "Extreme Fear");
    let earlier = convert::days(judged(&body), UtcMs(NOW.0 - DAY_MS)).unwrap();
    assert_eq!(earlier.len(), 2, "today's value is not known yesterday");
}

#[test]
fn the_published_sample_is_stamped_hours_into_its_day() {
    let Some(body) = recording("fng_doc_sample_2019-02-26.json") else { return };
    let days = convert::days(judged(&body), LATER).unwrap();
    assert_eq!((days[1].at.rfc3339().as_str(), days[1].value), ("2019-02-26T00:00:00Z", 40));
}

#[test]
fn eight_years_of_days_read_and_agree_with_the_bands() {
    let Some(csv) = recording("fng_history_2018-02-01_2026-08-22.csv") else { return };
    let csv = String::from_utf8(csv).unwrap();
    let rows: Vec<serde_json::Value> = csv
        .lines()
        .rev()
        .filter(|line| !line.starts_with("date"))
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let value = cells[2].strip_suffix(".0").unwrap();
            serde_json::json!({"value": value, "value_classification": cells[3], "timestamp": cells[1]})
        })
        .collect();
    let days = convert::days(serde_json::to_string(&rows).unwrap().as_bytes(), LATER).unwrap();
    assert_eq!(days.len(), rows.len());
    assert!(days.len() > 3_000);
    assert!(days.iter().all(|day| day.class == band(day.value)));
    assert!(days.windows(2).all(|pair| pair[0].at < pair[1].at));
    let series = convert::series(&days);
    assert_eq!((series.cadence_ms, series.points.len()), (DAY_MS, days.len()));
}

#[derive(Debug)]
struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> UtcMs {
        NOW
    }
}

/// A client of a server that always answers so.
async fn served(status: StatusCode, body: &'static str) -> FearGreed {
    let router = Router::new().route(
        "/fng/",
        axum::routing::get(move |uri: http::Uri| async move {
            assert_eq!(uri.query(), Some("limit=2"));
            (status, body)
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let config = LaneConfig { retries: 0, ..LaneConfig::at(base_url) };
    let lane = Lane::new(upstream::http_client(), Arc::new(Stopped), Arc::new(FearGreedWire), config);
    FearGreed::new(lane, Arc::new(Stopped))
}

#[tokio::test]
async fn the_client_gives_a_daily_series() {
    let body = r#"{"name":"Fear and Greed Index","data":[
        {"value":"13","value_classification":"Extreme Fear","timestamp":"1772150400","time_until_update":"60068"},
        {"value":"11","value_classification":"Extreme Fear","timestamp":"1772064000"}],"metadata":{"error":null}}"#;
    let client = served(StatusCode::OK, body).await;
    let told = client.history(2, Ask::default()).await.unwrap();
    assert_eq!(told.as_of.rfc3339(), "2026-02-27T00:00:00Z");
    let values: Vec<f64> = told.value.points.iter().map(|point| point.value).collect();
    assert_eq!(values, [11.0, 13.0]);
}

#[tokio::test]
async fn a_failure_is_a_failure_and_never_fifty() {
    let cases = [
        (StatusCode::OK, r#"{"data":[],"metadata":{"error":null}}"#, ErrorKind::NoData),
        (StatusCode::OK, r#"{"data":[],"metadata":{"error":"down"}}"#, ErrorKind::Unavailable),
        (StatusCode::OK, "<html>maintenance</html>", ErrorKind::Malformed),
        (StatusCode::TOO_MANY_REQUESTS, "", ErrorKind::RateLimited),
        (StatusCode::BAD_GATEWAY, "<html></html>", ErrorKind::Unavailable),
    ];
    for (status, body, kind) in cases {
        let client = served(status, body).await;
        assert_eq!(client.history(2, Ask::default()).await.unwrap_err().kind, kind, "{status} {body}");
    }
}

proptest! {
    #[test]
    fn nothing_panics(body in proptest::collection::vec(any::<u8>(), 0..300), now in any::<i64>()) {
        let _ = FearGreedWire.judge(StatusCode::OK, &HeaderMap::new(), &body);
        let _ = convert::days(&body, UtcMs(now));
    }

    #[test]
    fn every_value_is_within_the_scale(value in ".{0,6}", stamp in any::<i64>(), now in any::<i64>()) {
        let rows = serde_json::json!([{"value": value, "timestamp": stamp}, {"value": stamp, "timestamp": value}]);
        if let Ok(days) = convert::days(rows.to_string().as_bytes(), UtcMs(now)) {
            assert!(days.iter().all(|day| day.value <= 100 && day.at.0 <= now));
        }
    }
}
