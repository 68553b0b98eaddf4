//! Key, envelope, errors and the minute's budget.

use std::ops::Range;

use domain::{ErrorKind, ProviderError, Source};
use http::{HeaderMap, HeaderName, StatusCode};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::value::RawValue;
use upstream::lenient::{range_in, retry_after_ms, words};
use upstream::{Anchor, ApiKey, Correction, MeterSpec, Wire};

use crate::Plan;
use crate::endpoints::METER;

/// The variable that holds the key.
const KEY_VARIABLE: &str = "COINGLASS_API_KEY";
const KEY_HEADER: HeaderName = HeaderName::from_static("cg-api-key");
const ALLOWED_HEADER: &str = "api-key-max-limit";
const USED_HEADER: &str = "api-key-use-limit";
/// Calls are counted by the minute; a refused one waits for the next.
const WINDOW_MS: u64 = 60_000;

/// Coinglass's conventions: the `CG-API-KEY` header and the `{code, msg, data}` envelope, in which most
/// errors arrive under HTTP 200.
#[derive(Debug)]
pub struct CoinglassWire {
    key: ApiKey,
    plan: Plan,
    calls_per_minute: Option<u32>,
}

impl CoinglassWire {
    /// With the key and the plan it belongs to.
    #[must_use]
    pub const fn new(key: Option<SecretString>, plan: Plan) -> Self {
        Self { key: ApiKey::new(Source::Coinglass, KEY_VARIABLE, key), plan, calls_per_minute: None }
    }

    /// With another budget of calls in a minute than the plan's. The provider may tell a smaller one, never
    /// a larger.
    #[must_use]
    pub const fn calls_per_minute(mut self, calls: u32) -> Self {
        self.calls_per_minute = Some(calls);
        self
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    code: Option<&'a RawValue>,
    #[serde(borrow, default)]
    msg: Option<&'a RawValue>,
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
}

impl Wire for CoinglassWire {
    fn source(&self) -> Source {
        Source::Coinglass
    }

    fn sign(&self, headers: &mut HeaderMap) -> Result<(), ProviderError> {
        headers.insert(KEY_HEADER, self.key.header("")?);
        Ok(())
    }

    fn judge(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Range<usize>, ProviderError> {
        let envelope = serde_json::from_slice::<Envelope<'_>>(body).ok();
        let code = envelope.as_ref().and_then(|envelope| envelope.code).map(RawValue::get);
        let code = code.map(|code| code.trim_matches('"'));
        if status == StatusCode::OK && code == Some("0") {
            let data = envelope.and_then(|envelope| envelope.data);
            return data
                .and_then(|data| range_in(body, data))
                .ok_or_else(|| failure(ErrorKind::NoData, "success without data"));
        }

        let text = match &envelope {
            Some(envelope) => envelope.msg.or(envelope.message).map(|raw| words(raw)).unwrap_or_default(),
            None => String::from_utf8_lossy(body.get(..body.len().min(400)).unwrap_or_default()),
        };
        let kind = classify(status, code, &text, envelope.is_some());
        let told = match code {
            Some(code) => {
                format!(
                    "HTTP {}, code {}: {}",
                    status.as_u16(),
                    self.key.quoted(code),
                    self.key.quoted(&text)
                )
            }
            None => format!("HTTP {}: {}", status.as_u16(), self.key.quoted(&text)),
        };
        let pause = (kind == ErrorKind::RateLimited).then(|| retry_after_ms(headers).unwrap_or(WINDOW_MS));
        Err(failure(kind, told).retry_after_ms(pause))
    }

    fn meters(&self) -> Vec<MeterSpec> {
        vec![MeterSpec {
            name: METER,
            capacity: self.calls_per_minute.unwrap_or_else(|| self.plan.calls_per_minute()),
            window_ms: WINDOW_MS,
            anchor: Anchor::Sliding,
        }]
    }

    fn corrections(&self, headers: &HeaderMap) -> Vec<Correction> {
        let used = whole_number(headers, USED_HEADER);
        let capacity = whole_number(headers, ALLOWED_HEADER).filter(|allowed| *allowed > 0);
        let capacity = capacity.map(|told| self.calls_per_minute.map_or(told, |most| told.min(most)));
        if used.is_none() && capacity.is_none() {
            return Vec::new();
        }
        vec![Correction { meter: METER, used, capacity, resets_at: None }]
    }
}

/// What kind of failure an answer is. Tried in the order that the provider's observed answers need:
/// one code has several meanings, which only the text tells apart.
fn classify(status: StatusCode, code: Option<&str>, text: &str, is_json: bool) -> ErrorKind {
    let http = status.as_u16();
    let code = code.unwrap_or_default();
    let text = text.to_ascii_lowercase();
    if http == 429 || code == "429" {
        ErrorKind::RateLimited
    } else if is_json && (text.contains("upgrade plan") || code == "403") {
        ErrorKind::PlanLimited
    } else if code == "401" || http == 401 || (is_json && text.contains("api key")) {
        ErrorKind::KeyInvalid
    } else if http == 404 || code == "404" {
        ErrorKind::NotFound
    } else if matches!(code, "400" | "422") {
        ErrorKind::BadRequest
    } else if matches!(code, "408" | "500") || http == 408 || http >= 500 {
        ErrorKind::Unavailable
    } else if http == 451 {
        ErrorKind::RegionBlocked
    } else if http == 418 || (http == 403 && !is_json) {
        ErrorKind::Banned
    } else if !is_json {
        ErrorKind::Unavailable
    } else if code.is_empty() && http == 200 {
        ErrorKind::Malformed
    } else {
        ErrorKind::BadRequest
    }
}

fn failure(kind: ErrorKind, message: impl Into<String>) -> ProviderError {
    ProviderError::new(Source::Coinglass, kind, message)
}

fn whole_number(headers: &HeaderMap, name: &str) -> Option<u32> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}
