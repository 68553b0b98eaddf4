//! What answers are taken for.

use coingecko::{CoinGeckoWire, Tier};
use domain::ErrorKind;
use http::{HeaderMap, HeaderValue, StatusCode};
use proptest::prelude::*;
use upstream::{MeterSpec, Wire as _};

use super::{judge, wire};

#[test]
fn every_shape_of_error_has_its_kind() {
    let coded = |code: u32| {
        format!(r#"{{"status":{{"timestamp":"x","error_code":{code},"error_message":"Words."}}}}"#)
    };
    let plain = |text: &str| format!(r#"{{"error":"{text}"}}"#);
    let throttled = r#"{"status":{"error_code":429,"error_message":"You've exceeded the Rate Limit."}}"#;
    let cases = [
        (200, throttled.to_owned(), ErrorKind::RateLimited),
        (429, throttled.to_owned(), ErrorKind::RateLimited),
        (429, String::new(), ErrorKind::RateLimited),
        (429, "<html>slow down</html>".to_owned(), ErrorKind::RateLimited),
        (401, coded(10_002), ErrorKind::KeyInvalid),
        (401, coded(10_005), ErrorKind::PlanLimited),
        (403, coded(10_005), ErrorKind::PlanLimited),
        (400, coded(10_010), ErrorKind::KeyInvalid),
        (400, coded(10_011), ErrorKind::KeyInvalid),
        (
            400,
            r#"{"error_code":10010,"status":{"error_code":10010,"error_message":"x"}}"#.to_owned(),
            ErrorKind::KeyInvalid,
        ),
        (400, r#"{"error_code":10011}"#.to_owned(), ErrorKind::KeyInvalid),
        (401, coded(10_012), ErrorKind::PlanLimited),
        (401, r#"{"error":{"status":{"error_code":10012}}}"#.to_owned(), ErrorKind::KeyInvalid),
        (401, r#"{"error":{"error_code":10012,"error_message":"x"}}"#.to_owned(), ErrorKind::PlanLimited),
        (403, coded(1_020), ErrorKind::Banned),
        (403, "<html>error code: 1020</html>".to_owned(), ErrorKind::Banned),
        (403, plain("Upgrade your plan"), ErrorKind::PlanLimited),
        (404, plain("coin not found"), ErrorKind::NotFound),
        (200, plain("coin not found"), ErrorKind::NotFound),
        (408, String::new(), ErrorKind::Unavailable),
        (422, plain("Missing parameter vs_currency"), ErrorKind::BadRequest),
        (200, plain("Missing parameter vs_currency"), ErrorKind::BadRequest),
        (451, String::new(), ErrorKind::RegionBlocked),
        (500, r#"{"status":500,"error":"Internal Server Error"}"#.to_owned(), ErrorKind::Unavailable),
        (503, "<html>cloudflare</html>".to_owned(), ErrorKind::Unavailable),
        (200, "<html>cloudflare</html>".to_owned(), ErrorKind::Unavailable),
        (200, r#"[{"id":"#.to_owned(), ErrorKind::Malformed),
        (200, String::new(), ErrorKind::Malformed),
    ];
    for (status, body, expected) in cases {
        assert_eq!(judge(status, &body).unwrap_err().kind, expected, "{status} {body}");
    }
    assert!(judge(400, &coded(10_010)).unwrap_err().message.contains("tier pro"));
    assert!(judge(400, &coded(10_011)).unwrap_err().message.contains("tier demo"));
}

#[test]
fn a_coin_called_status_is_no_error() {
    let body = r#"{"status":{"usd":0.02,"last_updated_at":1779092258},"error":{"usd":1}}"#;
    assert_eq!(judge(200, body).unwrap(), body);
    assert_eq!(judge(200, " {} \n").unwrap(), "{}");
    assert_eq!(judge(200, r#"["usd"]"#).unwrap(), r#"["usd"]"#);
}

#[test]
fn the_key_travels_hidden_in_its_tiers_header() {
    for (tier, name) in [(Tier::Demo, "x-cg-demo-api-key"), (Tier::Pro, "x-cg-pro-api-key")] {
        let mut headers = HeaderMap::new();
        CoinGeckoWire::new(Some("k-123456".into()), tier).sign(&mut headers).unwrap();
        let value = headers.get(name).unwrap();
        assert!(value.is_sensitive() && value == "k-123456");
        assert_eq!(headers.len(), 2, "and a user agent");
        for key in [None, Some("".into())] {
            let error = CoinGeckoWire::new(key, tier).sign(&mut headers).unwrap_err();
            assert_eq!(error.kind, ErrorKind::KeyMissing);
            assert!(error.message.contains("COINGECKO_API_KEY"));
        }
    }
    let mut headers = HeaderMap::new();
    CoinGeckoWire::new(None, Tier::Keyless).sign(&mut headers).unwrap();
    assert!(headers.len() == 1 && headers.contains_key("user-agent"));
    let error = CoinGeckoWire::new(Some("a\nb".into()), Tier::Demo).sign(&mut headers).unwrap_err();
    assert_eq!(error.kind, ErrorKind::KeyInvalid);

    assert!(!format!("{:?}", wire()).contains("123456"));
    for body in [
        r#"{"error":"key k-123456"}"#,
        r#"{"status":{"error_code":10002,"error_message":"k-123456"}}"#,
        "k-123456",
    ] {
        assert!(!judge(401, body).unwrap_err().message.contains("123456"));
    }
}

#[test]
fn a_rate_limit_is_waited_out_and_the_budget_follows_the_tier() {
    let mut headers = HeaderMap::new();
    let pause = |headers: &HeaderMap| {
        wire().judge(StatusCode::TOO_MANY_REQUESTS, headers, b"").unwrap_err().retry_after_ms
    };
    assert_eq!(pause(&headers), Some(60_000));
    headers.insert("retry-after", HeaderValue::from_static("7"));
    assert_eq!(pause(&headers), Some(7_000));

    let capacity = |tier| CoinGeckoWire::new(None, tier).meters()[0].capacity;
    assert_eq!(Tier::ALL.map(capacity), [5, 30, 250]);
    let own = CoinGeckoWire::new(None, Tier::Pro).calls_per_minute(1_000).meters();
    assert_eq!((own[0].capacity, own[0].window_ms), (1_000, 60_000));

    let month = |tier| CoinGeckoWire::new(None, tier).meters().get(1).map(|meter| meter.capacity);
    assert_eq!(Tier::ALL.map(month), [None, Some(10_000), Some(100_000)]);
    let own = CoinGeckoWire::new(None, Tier::Pro).calls_per_month(500_000).meters();
    assert_eq!((own[1].capacity, own[1].window_ms), (500_000, 31 * 86_400_000));
    // Every answer counts in its minute, only good ones in the month.
    for (status, in_month) in [(200, true), (429, false), (404, false), (500, false)] {
        let status = StatusCode::from_u16(status).unwrap();
        let charged = |meter: &MeterSpec| wire().is_charged(meter.name, status);
        assert_eq!(wire().meters().iter().map(charged).collect::<Vec<_>>(), [true, in_month], "{status}");
    }
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
    fn any_error_hides_the_key(status in 100_u16..600, code in any::<i64>(), before in "\\PC{0,200}", after in "\\PC{0,40}") {
        let text = format!("{before}k-123456{after}");
        for body in [
            serde_json::json!({"error": text}),
            serde_json::json!({"status": {"error_code": code, "error_message": text}}),
            serde_json::json!({"status": code, "error": {"error_message": text}}),
        ] {
            let error = judge(status, &body.to_string()).unwrap_err();
            prop_assert!(!error.message.contains("k-123456"));
        }
    }
}
