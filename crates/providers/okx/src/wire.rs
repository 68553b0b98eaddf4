//! OKX's conventions: no key, an envelope `{code, msg, data}`, errors under any HTTP status.

use std::ops::Range;

use domain::{ErrorKind, ProviderError, Source};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;
use upstream::lenient::{Text, excerpt, is_html, range_in, retry_after_ms};
use upstream::{Anchor, MeterSpec, Wire};

use crate::endpoints::CALLS_PER_WINDOW;

/// Length of every budget's window.
const WINDOW_MS: u64 = 2_000;

/// How OKX answers, refuses and meters.
#[derive(Clone, Copy, Debug, Default)]
pub struct OkxWire;

#[derive(Deserialize)]
struct Envelope<'a> {
    /// Text on most answers, a number on some gateway errors.
    #[serde(borrow, default)]
    code: Text<'a>,
    #[serde(borrow, default)]
    msg: Text<'a>,
    /// Absent on rate limit refusals.
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
}

impl Wire for OkxWire {
    fn source(&self) -> Source {
        Source::Okx
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
        let Some(code) = envelope.code.value() else {
            return Err(without_envelope(status, headers, body));
        };
        if code == "0" && status.is_success() {
            return envelope
                .data
                .and_then(|data| range_in(body, data))
                .ok_or_else(|| error(ErrorKind::Malformed, "OKX answered without data"));
        }
        let kind = kind_of(code, status);
        let pause = match kind {
            ErrorKind::RateLimited => Some(retry_after_ms(headers).unwrap_or(WINDOW_MS)),
            _ => retry_after_ms(headers),
        };
        let said = excerpt(envelope.msg.as_str());
        Err(error(kind, format!("OKX answered {code}: {said}")).retry_after_ms(pause))
    }

    fn meters(&self) -> Vec<MeterSpec> {
        CALLS_PER_WINDOW
            .iter()
            .flat_map(|(calls, endpoints)| {
                endpoints.iter().map(|endpoint| MeterSpec {
                    name: endpoint.id,
                    capacity: *calls,
                    window_ms: WINDOW_MS,
                    anchor: Anchor::Sliding,
                })
            })
            .collect()
    }
}

pub(crate) fn error(kind: ErrorKind, message: impl Into<String>) -> ProviderError {
    ProviderError::new(Source::Okx, kind, message)
}

/// What a code of OKX's list means; the HTTP status decides where the code is not in it.
fn kind_of(code: &str, status: StatusCode) -> ErrorKind {
    match code {
        "50011" => ErrorKind::RateLimited,
        "50001" | "50013" | "50026" => ErrorKind::Unavailable,
        "50004" => ErrorKind::Timeout,
        "50005" | "50030" | "50035" | "50060" => ErrorKind::Unsupported,
        "50014" | "50015" | "50016" | "50024" | "51000" => ErrorKind::BadRequest,
        "51001" | "51014" => ErrorKind::NotFound,
        _ if !status.is_success() => kind_of_status(status),
        _ if code.starts_with("50") => ErrorKind::Unavailable,
        _ => ErrorKind::BadRequest,
    }
}

fn kind_of_status(status: StatusCode) -> ErrorKind {
    match status.as_u16() {
        403 | 451 => ErrorKind::RegionBlocked,
        404 => ErrorKind::NotFound,
        410 => ErrorKind::Unsupported,
        418 => ErrorKind::Banned,
        429 => ErrorKind::RateLimited,
        400..=499 => ErrorKind::BadRequest,
        500..=599 => ErrorKind::Unavailable,
        _ => ErrorKind::Malformed,
    }
}

/// A gateway's answer, a web page, or rubbish.
fn without_envelope(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> ProviderError {
    let kind = kind_of_status(status);
    let what = if is_html(body) { "a web page" } else { "no envelope" };
    let pause = match kind {
        ErrorKind::RateLimited => Some(retry_after_ms(headers).unwrap_or(WINDOW_MS)),
        _ => retry_after_ms(headers),
    };
    error(kind, format!("OKX answered HTTP {} with {what}", status.as_u16())).retry_after_ms(pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, body: &str) -> Result<&str, ErrorKind> {
        OkxWire
            .judge(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body.as_bytes())
            .map(|range| body.get(range).unwrap())
            .map_err(|error| error.kind)
    }

    #[test]
    fn data_is_found_in_any_key_order() {
        assert_eq!(judged(200, r#"{"code":"0","msg":"","data":[1]}"#), Ok("[1]"));
        assert_eq!(judged(200, r#"{"data": {"a":[]} ,"code":0}"#), Ok(r#"{"a":[]}"#));
    }

    #[test]
    fn the_code_decides_before_the_status() {
        let cases = [
            (200, r#"{"code":"51001","data":[],"msg":"Instrument ID"}"#, ErrorKind::NotFound),
            (400, r#"{"code":"50014","data":[],"msg":"instType cannot be empty"}"#, ErrorKind::BadRequest),
            (404, r#"{"code":404,"data":{},"msg":"Not Found"}"#, ErrorKind::NotFound),
            (429, r#"{"msg":"Too Many Requests","code":"50011"}"#, ErrorKind::RateLimited),
            (200, r#"{"msg":"Too Many Requests","code":"50011"}"#, ErrorKind::RateLimited),
            (429, r#"{"msg":"busy","code":"50013"}"#, ErrorKind::Unavailable),
            (503, r#"{"msg":"down","code":"50001"}"#, ErrorKind::Unavailable),
            (410, r#"{"msg":"inactive","code":"50005"}"#, ErrorKind::Unsupported),
            (200, r#"{"msg":"new","code":"51999","data":[]}"#, ErrorKind::BadRequest),
            (502, r#"{"code":"0","data":[]}"#, ErrorKind::Unavailable),
        ];
        for (status, body, kind) in cases {
            assert_eq!(judged(status, body), Err(kind), "{status} {body}");
        }
    }

    #[test]
    fn answers_without_envelope_go_by_the_status() {
        let cases = [
            (200, "{}", ErrorKind::Malformed),
            (200, r#"{"code":"0","msg":""}"#, ErrorKind::Malformed),
            (200, "", ErrorKind::Malformed),
            (200, "<html></html>", ErrorKind::Malformed),
            (403, "<html>Attention Required</html>", ErrorKind::RegionBlocked),
            (451, "", ErrorKind::RegionBlocked),
            (429, "slow down", ErrorKind::RateLimited),
            (503, "<html></html>", ErrorKind::Unavailable),
        ];
        for (status, body, kind) in cases {
            assert_eq!(judged(status, body), Err(kind), "{status} {body}");
        }
    }

    #[test]
    fn a_rate_limit_always_names_a_pause() {
        let refusal = OkxWire
            .judge(StatusCode::TOO_MANY_REQUESTS, &HeaderMap::new(), br#"{"msg":"x","code":"50011"}"#)
            .unwrap_err();
        assert_eq!(refusal.retry_after_ms, Some(2_000));
    }
}
