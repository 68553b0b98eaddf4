//! alternative.me's conventions: no key, an envelope `{name, data, metadata: {error}}`, no published errors.

use std::ops::Range;

use domain::{ErrorKind, ProviderError, Source};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;
use upstream::lenient::{Text, excerpt, is_html, range_in, retry_after_ms};
use upstream::{Anchor, MeterSpec, Wire};

use crate::endpoints::ADDRESS_METER;

/// 60 calls a minute, counted over ten minutes.
const CALLS_PER_WINDOW: u32 = 600;
const WINDOW_MS: u64 = 10 * 60 * 1_000;

/// How alternative.me answers and meters.
#[derive(Clone, Copy, Debug, Default)]
pub struct FearGreedWire;

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    metadata: Option<Metadata<'a>>,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    /// Anything but null is a failure, also under HTTP 200.
    #[serde(borrow, default)]
    error: Text<'a>,
}

impl Wire for FearGreedWire {
    fn source(&self) -> Source {
        Source::AlternativeMe
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
        if !status.is_success() {
            let code = status.as_u16();
            let kind = match code {
                403 | 451 => ErrorKind::RegionBlocked,
                404 => ErrorKind::NotFound,
                418 => ErrorKind::Banned,
                429 => ErrorKind::RateLimited,
                400..=499 => ErrorKind::BadRequest,
                500..=599 => ErrorKind::Unavailable,
                _ => ErrorKind::Malformed,
            };
            let pause = retry_after_ms(headers);
            return Err(error(kind, format!("alternative.me answered HTTP {code}")).retry_after_ms(pause));
        }
        let Ok(envelope) = serde_json::from_slice::<Envelope<'_>>(body) else {
            let what = if is_html(body) { "a web page" } else { "no envelope" };
            return Err(error(ErrorKind::Malformed, format!("alternative.me answered {what}")));
        };
        let fault = envelope.metadata.as_ref().and_then(|metadata| metadata.error.value());
        if let Some(fault) = fault {
            let said = excerpt(fault);
            return Err(error(ErrorKind::Unavailable, format!("alternative.me answered: {said}")));
        }
        envelope
            .data
            .and_then(|data| range_in(body, data))
            .ok_or_else(|| error(ErrorKind::Malformed, "alternative.me answered without data"))
    }

    fn meters(&self) -> Vec<MeterSpec> {
        vec![MeterSpec {
            name: ADDRESS_METER,
            capacity: CALLS_PER_WINDOW,
            window_ms: WINDOW_MS,
            anchor: Anchor::Sliding,
        }]
    }
}

pub(crate) fn error(kind: ErrorKind, message: impl Into<String>) -> ProviderError {
    ProviderError::new(Source::AlternativeMe, kind, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, body: &str) -> Result<&str, ErrorKind> {
        FearGreedWire
            .judge(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body.as_bytes())
            .map(|range| body.get(range).unwrap())
            .map_err(|error| error.kind)
    }

    #[test]
    fn data_or_the_kind_of_failure() {
        assert_eq!(judged(200, r#"{"name":"x","data":[],"metadata":{"error":null}}"#), Ok("[]"));
        let cases = [
            (200, r#"{"data":[],"metadata":{"error":"maintenance"}}"#, ErrorKind::Unavailable),
            (200, r#"{"metadata":{"error":null}}"#, ErrorKind::Malformed),
            (200, "<html></html>", ErrorKind::Malformed),
            (200, "", ErrorKind::Malformed),
            (429, "<html></html>", ErrorKind::RateLimited),
            (502, "<html></html>", ErrorKind::Unavailable),
        ];
        for (status, body, kind) in cases {
            assert_eq!(judged(status, body), Err(kind), "{status} {body}");
        }
    }
}
