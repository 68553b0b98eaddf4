//! What answers are taken for.

use coinapi::CoinApiWire;
use domain::{ErrorKind, UtcMs};
use http::{HeaderMap, HeaderValue, StatusCode};
use proptest::prelude::*;
use upstream::{Correction, Wire as _};

use super::{judge, wire};

const METER: &str = "credits_per_day";

#[test]
fn statuses_and_soft_errors_have_their_kinds() {
    let error = |text: &str| format!(r#"{{"error":"{text}"}}"#);
    let spent = "Quota exceeded: Insufficient Usage Credits";
    let cases = [
        (400, error("Wrong format of 'time_start' parameter."), ErrorKind::BadRequest),
        (400, error(spent), ErrorKind::RateLimited),
        (401, error("Invalid key k-123456"), ErrorKind::KeyInvalid),
        (401, r#"{"message":"Invalid API key"}"#.to_owned(), ErrorKind::KeyInvalid),
        (401, String::new(), ErrorKind::KeyInvalid),
        (403, error("Invalid key k-123456"), ErrorKind::KeyInvalid),
        (403, error("permission denied"), ErrorKind::PlanLimited),
        (403, error(spent), ErrorKind::RateLimited),
        (403, "<html>blocked</html>".to_owned(), ErrorKind::Banned),
        (404, error("Not Found"), ErrorKind::NotFound),
        (418, String::new(), ErrorKind::Banned),
        (429, error("Too many requests"), ErrorKind::RateLimited),
        (451, String::new(), ErrorKind::RegionBlocked),
        (550, error("No data"), ErrorKind::NotFound),
        (503, "<html>cloudflare</html>".to_owned(), ErrorKind::Unavailable),
        (200, "<html>cloudflare</html>".to_owned(), ErrorKind::Unavailable),
        (200, error("permission denied"), ErrorKind::PlanLimited),
        (200, error("Invalid key abc"), ErrorKind::KeyInvalid),
        (200, error(spent), ErrorKind::RateLimited),
        (200, error("what"), ErrorKind::BadRequest),
        (200, r#"[{"asset_id":"#.to_owned(), ErrorKind::Malformed),
        (200, String::new(), ErrorKind::Malformed),
        (200, "7".to_owned(), ErrorKind::Malformed),
    ];
    for (status, body, expected) in cases {
        assert_eq!(judge(status, &body).unwrap_err().kind, expected, "{status} {body}");
    }
}

#[test]
fn the_whole_answer_is_the_data() {
    assert_eq!(judge(200, " [1]\n").unwrap(), "[1]");
    assert_eq!(judge(200, r#"{"rate":1.5}"#).unwrap(), r#"{"rate":1.5}"#);
    assert_eq!(judge(200, "[]").unwrap(), "[]");
}

#[test]
fn the_key_travels_hidden_and_is_never_shown() {
    let mut headers = HeaderMap::new();
    wire().sign(&mut headers).unwrap();
    let value = headers.get("x-coinapi-key").unwrap();
    assert!(value.is_sensitive() && value == "k-123456");
    assert_eq!(headers.get("accept").unwrap(), "application/json");
    assert!(!format!("{:?}", wire()).contains("123456"));
    for (status, body) in [
        (401, r#"{"error":"Invalid key k-123456"}"#),
        (403, r#"{"message":"no right for k-123456 here"}"#),
        (500, "broken by k-123456"),
        (200, r#"{"error":"Invalid key k-123456"}"#),
        (401, r#"{"error":{"key":"k-123456"}}"#),
    ] {
        let message = judge(status, body).unwrap_err().message;
        assert!(!message.contains("123456"), "{message}");
    }
    let cut = format!("{}k-123456", "x".repeat(194));
    assert!(!judge(500, &cut).unwrap_err().message.contains("k-12"));
    for key in [None, Some("".into())] {
        let error = CoinApiWire::new(key).sign(&mut headers).unwrap_err();
        assert_eq!(error.kind, ErrorKind::KeyMissing);
        assert!(error.message.contains("COINAPI_KEY"));
    }
    let error = CoinApiWire::new(Some("a\nb".into())).sign(&mut headers).unwrap_err();
    assert_eq!(error.kind, ErrorKind::KeyInvalid);
}

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
}

#[test]
fn a_refusal_is_waited_out_as_told_or_to_the_reset() {
    let pause = |status: u16, body: &str, pairs: &[(&'static str, &'static str)]| {
        let status = StatusCode::from_u16(status).unwrap();
        wire().judge(status, &headers(pairs), body.as_bytes()).unwrap_err().retry_after_ms
    };
    let spent = r#"{"error":"Quota exceeded: Insufficient Usage Credits"}"#;
    let reset = ("x-ratelimit-reset", "2025-10-16T21:48:43.0913704Z");
    let date = ("date", "Thu, 16 Oct 2025 20:48:43 GMT");
    assert_eq!(pause(429, "", &[("retry-after", "3"), reset, date]), Some(3_000));
    assert_eq!(pause(403, spent, &[reset, date]), Some(3_600_091));
    assert_eq!(pause(429, "", &[reset]), Some(10_000));
    assert_eq!(pause(403, spent, &[]), Some(900_000));
    assert_eq!(pause(401, "", &[reset, date]), None);
}

#[test]
fn the_credits_follow_the_configuration_and_the_headers() {
    let meters = wire().credits_per_day(500).meters();
    assert_eq!((meters[0].name, meters[0].capacity, meters[0].window_ms), (METER, 500, 86_400_000));
    assert!(wire().corrections(&HeaderMap::new()).is_empty());

    let told = |overage| {
        headers(&[
            ("x-ratelimit-limit", "1000"),
            ("x-ratelimit-remaining", "-20"),
            ("x-ratelimit-reset", "2022-01-11T19:02:51.0913704Z"),
            ("x-ratelimit-overage", overage),
        ])
    };
    let resets_at = Some(UtcMs(1_641_927_771_091));
    let expected = |capacity| vec![Correction { meter: METER, used: Some(1_020), capacity, resets_at }];
    assert_eq!(wire().corrections(&told("disabled")), expected(Some(1_000)));
    assert_eq!(wire().corrections(&told("enabled")), expected(None));
    let own = wire().credits_per_day(500).corrections(&told("disabled"));
    assert_eq!(own, expected(Some(500)), "the configured budget is never exceeded");
}

proptest! {
    #[test]
    fn any_bytes_are_judged(status in 100_u16..600, bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let status = StatusCode::from_u16(status).unwrap();
        if let Ok(range) = wire().judge(status, &HeaderMap::new(), &bytes) {
            prop_assert!(bytes.get(range).is_some());
        }
    }

    #[test]
    fn any_error_hides_the_key(status in 100_u16..600, before in "\\PC{0,200}", after in "\\PC{0,40}") {
        let body = serde_json::json!({"error": format!("{before}k-123456{after}")}).to_string();
        let error = judge(status, &body).unwrap_err();
        prop_assert!(!error.message.contains("k-123456"));
    }

    #[test]
    fn any_headers_are_read(limit in "\\PC{0,20}", left in "-?[0-9]{0,22}", reset in "\\PC{0,30}") {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("x-ratelimit-limit", &limit), ("x-ratelimit-remaining", &left), ("x-ratelimit-reset", &reset), ("date", &reset)]
        {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        }
        let _ = wire().corrections(&headers);
        let _ = wire().judge(StatusCode::TOO_MANY_REQUESTS, &headers, b"");
    }
}
