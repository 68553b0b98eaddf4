//! What answers are taken for.

use domain::{ErrorKind, UtcMs};
use http::{HeaderMap, HeaderValue, StatusCode};
use lunarcrush::{LunarCrushWire, Plan};
use proptest::prelude::*;
use upstream::{Correction, Wire as _};

use super::{judge, wire};

fn kind(status: u16, body: &str) -> ErrorKind {
    judge(status, body).unwrap_err().kind
}

#[test]
fn statuses_and_soft_errors_have_their_kinds() {
    let error = |text: &str| format!(r#"{{"error":"{text}"}}"#);
    let cases = [
        (400, error("Error: bad"), ErrorKind::BadRequest),
        (401, error("unauthorized"), ErrorKind::KeyInvalid),
        (402, error("x"), ErrorKind::PlanLimited),
        (403, error("x"), ErrorKind::PlanLimited),
        (403, "<html>blocked</html>".to_owned(), ErrorKind::Banned),
        (404, error("Invalid endpoint (2)"), ErrorKind::NotFound),
        (429, String::new(), ErrorKind::RateLimited),
        (451, String::new(), ErrorKind::RegionBlocked),
        (503, "<html>cloudflare</html>".to_owned(), ErrorKind::Unavailable),
        (200, "<html>cloudflare</html>".to_owned(), ErrorKind::Unavailable),
        (200, "[1]".to_owned(), ErrorKind::Malformed),
        (200, r#"{"data":["#.to_owned(), ErrorKind::Malformed),
        (200, error("Error: name is required"), ErrorKind::BadRequest),
        (200, error("Error: That item does not exist"), ErrorKind::NotFound),
        (200, error("endpoint not found"), ErrorKind::NotFound),
        (200, error("Subscription required"), ErrorKind::PlanLimited),
        (200, error("rate limit exceeded"), ErrorKind::RateLimited),
        (200, error("Invalid API key"), ErrorKind::KeyInvalid),
    ];
    for (status, body, expected) in cases {
        assert_eq!(kind(status, &body), expected, "{status} {body}");
    }
}

#[test]
fn data_or_the_whole_answer() {
    assert_eq!(judge(200, r#"{"config":{},"data": [1] }"#).unwrap(), "[1]");
    assert_eq!(judge(200, "{\"summary\":\"x\"}\n").unwrap(), r#"{"summary":"x"}"#);
    assert_eq!(judge(200, r#"{"error":null,"data":[]}"#).unwrap(), "[]");
}

#[test]
fn the_key_is_a_bearer_and_never_shown() {
    let mut headers = HeaderMap::new();
    wire().sign(&mut headers).unwrap();
    let value = headers.get("authorization").unwrap();
    assert!(value.is_sensitive() && value == "Bearer k-123456");
    assert!(headers.contains_key("user-agent"));
    assert!(!format!("{:?}", wire()).contains("123456"));
    assert!(!judge(400, r#"{"error":"key k-123456"}"#).unwrap_err().message.contains("123456"));
    let error = LunarCrushWire::new(None, Plan::Hobby).sign(&mut headers).unwrap_err();
    assert_eq!(error.kind, ErrorKind::KeyMissing);
    assert!(error.message.contains("LUNARCRUSH_API_KEY"));
}

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
}

#[test]
fn a_rate_limit_is_waited_out_to_its_reset() {
    let pause = |pairs: &[(&'static str, &'static str)]| {
        wire().judge(StatusCode::TOO_MANY_REQUESTS, &headers(pairs), b"").unwrap_err().retry_after_ms
    };
    let date = ("date", "Thu, 16 Oct 2025 20:48:43 GMT");
    assert_eq!(pause(&[]), Some(65_000));
    assert_eq!(pause(&[date, ("x-rate-limit-minute-reset", "1760647740")]), Some(17_000));
    let day = [
        date,
        ("x-rate-limit-minute-reset", "1760647740"),
        ("x-rate-limit-day-remaining", "0"),
        ("x-rate-limit-day-reset", "1760659200"),
    ];
    assert_eq!(pause(&day), Some(11_477_000));
    assert_eq!(pause(&[date, ("x-rate-limit-minute-reset", "1760640000")]), Some(65_000), "long past");
    assert_eq!(pause(&[("retry-after", "3")]), Some(3_000));
}

#[test]
fn the_budgets_follow_the_plan_and_the_headers() {
    let of = |plan: Plan| {
        let meters = LunarCrushWire::new(None, plan).meters();
        (meters[0].capacity, meters[1].capacity)
    };
    let expected = [(4, 100), (10, 2_000), (100, 20_000), (500, 100_000), (500, 100_000)];
    assert_eq!(Plan::ALL.map(of), expected);

    assert!(wire().corrections(&HeaderMap::new()).is_empty());
    let told = headers(&[
        ("x-rate-limit-minute", "10"),
        ("x-rate-limit-minute-remaining", "7"),
        ("x-rate-limit-minute-reset", "1760647740"),
        ("x-rate-limit-day", "2000"),
        ("x-rate-limit-day-remaining", "0"),
        ("x-rate-limit-day-reset", "1760659200"),
    ]);
    let (minute, day) = ("requests_per_minute", "requests_per_day");
    let midnight = Some(UtcMs(1_760_659_200_000));
    assert_eq!(
        wire().corrections(&told),
        [
            Correction {
                meter: minute,
                used: Some(3),
                capacity: Some(10),
                resets_at: Some(UtcMs(1_760_647_740_000)),
            },
            Correction { meter: day, used: Some(2_000), capacity: Some(2_000), resets_at: midnight },
        ]
    );
    // Budgets of our own are bounds for what the headers tell.
    let own = LunarCrushWire::new(None, Plan::Individual).calls_per_minute(5).calls_per_day(300);
    let capacities: Vec<u32> = own.meters().iter().map(|meter| meter.capacity).collect();
    assert_eq!(capacities, [5, 300]);
    let corrected: Vec<_> = own.corrections(&told).iter().map(|told| (told.used, told.capacity)).collect();
    assert_eq!(corrected, [(Some(3), Some(5)), (Some(2_000), Some(300))]);
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
    fn any_envelope_is_judged(error in "\\PC{0,40}", data in "\\PC{0,40}") {
        let _ = judge(200, &format!(r#"{{"error":"{error}","data":{data}}}"#));
        let _ = judge(200, &format!(r#"{{"data":{data}}}"#));
    }
}
