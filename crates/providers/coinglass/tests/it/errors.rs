//! Every failure that the provider was seen to answer with, and what it is taken for.

use coinglass::{CoinglassWire, Plan};
use domain::ErrorKind;
use http::{HeaderMap, HeaderValue, StatusCode};
use proptest::prelude::*;
use upstream::{Correction, Wire as _};

use super::{fixture, judge};

fn kind(status: u16, body: &str) -> ErrorKind {
    judge(status, body).unwrap_err().kind
}

fn body(code: &str, text: &str) -> String {
    format!(r#"{{"code":"{code}","msg":"{text}"}}"#)
}

#[test]
fn the_failures_seen_live_are_told_apart() {
    let cases = [
        (200, body("401", "Upgrade plan"), ErrorKind::PlanLimited),
        (200, body("400", "Upgrade plan"), ErrorKind::PlanLimited),
        (
            200,
            body("403", "The requested interval is not available for your current API plan. See"),
            ErrorKind::PlanLimited,
        ),
        (
            200,
            body("400", "The requested pair does not exist on the exchange Binance"),
            ErrorKind::BadRequest,
        ),
        (200, body("400", "API key missing."), ErrorKind::KeyInvalid),
        (401, body("400", "API key missing."), ErrorKind::KeyInvalid),
        (404, body("404", "Endpoint not found."), ErrorKind::NotFound),
        (200, body("400", "Required parameter"), ErrorKind::BadRequest),
        (200, body("500", "Server Error"), ErrorKind::Unavailable),
        (429, "Too many requests".to_owned(), ErrorKind::RateLimited),
        (200, body("429", "slow down"), ErrorKind::RateLimited),
    ];
    for (status, body, expected) in cases {
        assert_eq!(kind(status, &body), expected, "{status} {body}");
    }
}

#[test]
fn the_documented_codes_have_their_kinds() {
    let cases = [
        ("400", ErrorKind::BadRequest),
        ("401", ErrorKind::KeyInvalid),
        ("403", ErrorKind::PlanLimited),
        ("404", ErrorKind::NotFound),
        ("405", ErrorKind::BadRequest),
        ("408", ErrorKind::Unavailable),
        ("422", ErrorKind::BadRequest),
        ("429", ErrorKind::RateLimited),
        ("500", ErrorKind::Unavailable),
        ("40001", ErrorKind::BadRequest),
    ];
    for (code, expected) in cases {
        assert_eq!(kind(200, &body(code, "x")), expected, "{code}");
        assert_eq!(kind(200, &format!(r#"{{"code":{code},"msg":null}}"#)), expected, "{code} as a number");
    }
    for (name, expected) in [
        ("error_plan_endpoint", ErrorKind::PlanLimited),
        ("error_plan_interval", ErrorKind::PlanLimited),
        ("error_key_missing", ErrorKind::KeyInvalid),
        ("error_path", ErrorKind::NotFound),
    ] {
        assert_eq!(kind(200, &fixture(name)), expected, "{name}");
    }
}

#[test]
fn answers_that_are_no_json_are_judged_by_their_status() {
    let page = "<html><body>upgrade plan, API key</body></html>";
    for (status, expected) in [
        (200, ErrorKind::Unavailable),
        (401, ErrorKind::KeyInvalid),
        (403, ErrorKind::Banned),
        (404, ErrorKind::NotFound),
        (418, ErrorKind::Banned),
        (451, ErrorKind::RegionBlocked),
        (502, ErrorKind::Unavailable),
    ] {
        let error = judge(status, page).unwrap_err();
        assert_eq!(error.kind, expected, "{status}");
        assert!(!error.message.contains('<'), "{}", error.message);
    }
    assert_eq!(kind(200, ""), ErrorKind::Unavailable);
    assert_eq!(kind(200, r#"{"code":"0","data":[1,"#), ErrorKind::Unavailable);
    assert_eq!(kind(200, "{}"), ErrorKind::Malformed);
}

#[test]
fn success_needs_status_code_and_data() {
    assert_eq!(judge(200, r#"{"code":0,"data": [1, 2] }"#).unwrap(), "[1, 2]");
    assert_eq!(
        judge(200, r#"{"message":"success","data":{"a":1},"success":true,"code":"0"}"#).unwrap(),
        r#"{"a":1}"#
    );
    assert_eq!(kind(200, r#"{"code":"0","msg":"success"}"#), ErrorKind::NoData);
    assert_eq!(kind(200, r#"{"code":"0","data":null}"#), ErrorKind::NoData);
    assert_eq!(kind(503, r#"{"code":"0","data":[]}"#), ErrorKind::Unavailable);
}

#[test]
fn a_rate_limit_tells_how_long_to_wait() {
    let wire = CoinglassWire::new(Some("k".into()), Plan::Startup);
    let mut headers = HeaderMap::new();
    let error = wire.judge(StatusCode::TOO_MANY_REQUESTS, &headers, b"").unwrap_err();
    assert_eq!(error.retry_after_ms, Some(60_000));
    headers.insert("retry-after", HeaderValue::from_static("7"));
    let error = wire.judge(StatusCode::TOO_MANY_REQUESTS, &headers, b"").unwrap_err();
    assert_eq!(error.retry_after_ms, Some(7_000));
}

#[test]
fn the_key_goes_into_its_header_and_nowhere_else() {
    let wire = CoinglassWire::new(Some("k-123456".into()), Plan::Startup);
    let mut headers = HeaderMap::new();
    wire.sign(&mut headers).unwrap();
    let value = headers.get("CG-API-KEY").unwrap();
    assert!(value.is_sensitive() && value == "k-123456");
    assert!(!format!("{wire:?}").contains("123456"));
    let echoed = judge(200, &body("400", "bad key k-123456")).unwrap_err();
    assert!(!echoed.message.contains("123456"), "{}", echoed.message);

    for key in [None, Some(String::new().into())] {
        let error = CoinglassWire::new(key, Plan::Startup).sign(&mut HeaderMap::new()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::KeyMissing);
        assert!(error.message.contains("COINGLASS_API_KEY"));
    }
    let error = CoinglassWire::new(Some("a\nb".into()), Plan::Startup).sign(&mut headers).unwrap_err();
    assert_eq!(error.kind, ErrorKind::KeyInvalid);
}

#[test]
fn the_budget_follows_the_plan_and_the_headers() {
    let of = |plan: Plan| CoinglassWire::new(None, plan).meters()[0].capacity;
    assert_eq!(Plan::ALL.map(of), [30, 80, 300, 1_200, 1_200]);
    let wire = CoinglassWire::new(None, Plan::Startup);
    let mut headers = HeaderMap::new();
    assert_eq!(wire.corrections(&headers), []);
    headers.insert("API-KEY-MAX-LIMIT", HeaderValue::from_static("300"));
    headers.insert("API-KEY-USE-LIMIT", HeaderValue::from_static("17"));
    let meter = wire.meters()[0].name;
    assert_eq!(
        wire.corrections(&headers),
        [Correction { meter, used: Some(17), capacity: Some(300), resets_at: None }]
    );
    // A budget of our own is a bound for what the headers tell.
    let own = CoinglassWire::new(None, Plan::Startup).calls_per_minute(40);
    assert_eq!((own.meters()[0].capacity, own.corrections(&headers)[0].capacity), (40, Some(40)));
}

proptest! {
    #[test]
    fn any_bytes_are_judged(status in 100_u16..600, bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let wire = CoinglassWire::new(Some("k".into()), Plan::Startup);
        let status = StatusCode::from_u16(status).unwrap();
        if let Ok(range) = wire.judge(status, &HeaderMap::new(), &bytes) {
            prop_assert!(bytes.get(range).is_some());
        }
    }

    #[test]
    fn any_envelope_is_judged(code in "\\PC{0,8}", msg in "\\PC{0,40}", data in "\\PC{0,40}") {
        let text = format!(r#"{{"code":"{code}","msg":"{msg}","data":{data}}}"#);
        let _ = judge(200, &text);
    }
}
