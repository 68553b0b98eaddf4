//! Bybit's conventions: no key, an envelope `{retCode, retMsg, result, time}`, most errors under HTTP 200,
//! and two meanings of HTTP 403.

use std::ops::Range;

use domain::{ErrorKind, ProviderError, Source};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;
use upstream::lenient::{Text, excerpt, is_html, range_in, retry_after_ms};
use upstream::{Anchor, MeterSpec, Wire};

use crate::endpoints::ADDRESS_METER;

/// How long an address is shut out that asked too often.
const BAN_MS: u64 = 10 * 60 * 1_000;
/// Pause after an endpoint's own limit where no header tells one.
const PAUSE_MS: u64 = 1_000;

/// How Bybit answers, refuses and meters.
#[derive(Clone, Copy, Debug, Default)]
pub struct BybitWire;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(borrow, default)]
    ret_code: Text<'a>,
    #[serde(borrow, default)]
    ret_msg: Text<'a>,
    #[serde(borrow, default)]
    result: Option<&'a RawValue>,
    /// When the exchange answered.
    #[serde(borrow, default)]
    time: Text<'a>,
}

impl Wire for BybitWire {
    fn source(&self) -> Source {
        Source::Bybit
    }

    fn sign(&self, _: &mut HeaderMap) -> Result<(), ProviderError> {
        Ok(())
    }

    fn judge(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Range<usize>, ProviderError> {
        let Ok(envelope) = serde_json::from_slice::<Envelope<'_>>(body) else {
            return Err(without_envelope(status, headers, body));
        };
        let Some(code) = envelope.ret_code.integer() else {
            return Err(without_envelope(status, headers, body));
        };
        if code == 0 && status.is_success() {
            return envelope
                .result
                .and_then(|result| range_in(body, result))
                .ok_or_else(|| error(ErrorKind::Malformed, "Bybit answered without a result"));
        }
        if code == 0 {
            return Err(without_envelope(status, headers, body));
        }
        let kind = kind_of(code, envelope.ret_msg.as_str());
        let pause = match kind {
            ErrorKind::RateLimited => Some(pause_ms(headers, &envelope.time)),
            _ => retry_after_ms(headers),
        };
        Err(error(kind, message(code, envelope.ret_msg.as_str())).retry_after_ms(pause))
    }

    fn meters(&self) -> Vec<MeterSpec> {
        vec![MeterSpec { name: ADDRESS_METER, capacity: 600, window_ms: 5_000, anchor: Anchor::Sliding }]
    }
}

pub(crate) fn error(kind: ErrorKind, message: impl Into<String>) -> ProviderError {
    ProviderError::new(Source::Bybit, kind, message)
}

fn kind_of(code: i64, said: &str) -> ErrorKind {
    match code {
        10001 if said.contains("symbol invalid") => ErrorKind::NotFound,
        10004 => ErrorKind::KeyInvalid,
        10006 | 10018 | 10429 => ErrorKind::RateLimited,
        10009 | 10024 => ErrorKind::RegionBlocked,
        10016 => ErrorKind::Unavailable,
        10404 => ErrorKind::NotFound,
        _ => ErrorKind::BadRequest,
    }
}

/// The sentence for people. A refused signature echoes the text that was signed, key included.
fn message(code: i64, said: &str) -> String {
    if code == 10004 {
        "Bybit answered 10004: the signature was refused".to_owned()
    } else {
        format!("Bybit answered {code}: {}", excerpt(said))
    }
}

/// Until the endpoint's own window ends, by the header and the envelope's clock.
fn pause_ms(headers: &HeaderMap, answered_at: &Text<'_>) -> u64 {
    let resets_at = headers
        .get("x-bapi-limit-reset-timestamp")
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.trim().parse::<i64>().ok());
    let until_reset = resets_at.zip(answered_at.integer()).map(|(reset, now)| reset.saturating_sub(now));
    until_reset
        .and_then(|ms| u64::try_from(ms).ok())
        .filter(|ms| (1..=BAN_MS).contains(ms))
        .or_else(|| retry_after_ms(headers))
        .unwrap_or(PAUSE_MS)
}

/// A front server's answer, a web page, or rubbish.
fn without_envelope(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> ProviderError {
    let (kind, pause) = match status.as_u16() {
        403 if speaks_of_country(body) => (ErrorKind::RegionBlocked, None),
        // "access too frequent", and a front server that gives no reason: the address is shut out.
        403 | 418 => (ErrorKind::Banned, Some(BAN_MS)),
        451 => (ErrorKind::RegionBlocked, None),
        404 => (ErrorKind::NotFound, None),
        429 => (ErrorKind::RateLimited, Some(PAUSE_MS)),
        400..=499 => (ErrorKind::BadRequest, None),
        500..=599 => (ErrorKind::Unavailable, None),
        _ => (ErrorKind::Malformed, None),
    };
    let what = match kind {
        ErrorKind::RegionBlocked => "access from this country is refused",
        ErrorKind::Banned => "access too frequent",
        _ if is_html(body) => "a web page",
        _ => "no envelope",
    };
    error(kind, format!("Bybit answered HTTP {}: {what}", status.as_u16()))
        .retry_after_ms(retry_after_ms(headers).or(pause))
}

fn speaks_of_country(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body).to_ascii_lowercase();
    ["your country", "cloudfront", "region"].iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn judged(status: u16, body: &str) -> Result<&str, ErrorKind> {
        BybitWire
            .judge(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body.as_bytes())
            .map(|range| body.get(range).unwrap())
            .map_err(|error| error.kind)
    }

    #[test]
    fn the_code_is_read_before_the_result() {
        assert_eq!(judged(200, r#"{"retCode":0,"retMsg":"OK","result":{"list":[]}}"#), Ok(r#"{"list":[]}"#));
        let cases = [
            (r#"{"retCode":10001,"retMsg":"params error: symbol invalid","result":{}}"#, ErrorKind::NotFound),
            (r#"{"retCode":10001,"retMsg":"params error: limit","result":{}}"#, ErrorKind::BadRequest),
            (r#"{"retCode":10006,"retMsg":"Too many visits!","result":{}}"#, ErrorKind::RateLimited),
            (r#"{"retCode":10009,"retMsg":"ip","result":{}}"#, ErrorKind::RegionBlocked),
            (r#"{"retCode":10016,"retMsg":"server","result":{}}"#, ErrorKind::Unavailable),
            (r#"{"retCode":10404,"retMsg":"path"}"#, ErrorKind::NotFound),
            (r#"{"retCode":0}"#, ErrorKind::Malformed),
            ("{}", ErrorKind::Malformed),
            ("[]", ErrorKind::Malformed),
        ];
        for (body, kind) in cases {
            assert_eq!(judged(200, body), Err(kind), "{body}");
        }
    }

    #[test]
    fn a_403_is_a_country_or_a_ban_by_its_body() {
        assert_eq!(judged(403, "access too frequent"), Err(ErrorKind::Banned));
        let page =
            "<html>The Amazon CloudFront distribution is configured to block access from your country</html>";
        assert_eq!(judged(403, page), Err(ErrorKind::RegionBlocked));
        let ban = BybitWire.judge(StatusCode::FORBIDDEN, &HeaderMap::new(), b"access too frequent");
        assert_eq!(ban.unwrap_err().retry_after_ms, Some(600_000));
        assert_eq!(judged(502, "<html>"), Err(ErrorKind::Unavailable));
    }

    #[test]
    fn a_refused_signature_is_not_echoed() {
        let body = br#"{"retCode":10004,"retMsg":"error sign! origin_string[168secretkey]","result":{}}"#;
        let refusal = BybitWire.judge(StatusCode::OK, &HeaderMap::new(), body).unwrap_err();
        assert_eq!(refusal.kind, ErrorKind::KeyInvalid);
        assert!(!refusal.message.contains("secretkey"));
    }

    #[test]
    fn the_pause_ends_with_the_window() {
        let mut headers = HeaderMap::new();
        headers.insert("x-bapi-limit-reset-timestamp", HeaderValue::from_static("1786820638000"));
        let body = br#"{"retCode":10006,"retMsg":"Too many visits!","result":{},"time":1786820637600}"#;
        let refusal = BybitWire.judge(StatusCode::OK, &headers, body).unwrap_err();
        assert_eq!(refusal.retry_after_ms, Some(400));
    }
}
