//! Key, errors and the budgets of minute and month.

use std::ops::Range;

use domain::{DAY_MS, ErrorKind, MINUTE_MS, ProviderError, Source};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::value::RawValue;
use upstream::lenient::{is_html, range_in, retry_after_ms};
use upstream::{Anchor, ApiKey, MeterSpec, Wire};

use crate::endpoints::{MINUTE_METER, MONTH_METER};
use crate::tier::Tier;

/// The variable that holds the key.
const KEY_VARIABLE: &str = "COINGECKO_API_KEY";
const DEMO_HEADER: HeaderName = HeaderName::from_static("x-cg-demo-api-key");
const PRO_HEADER: HeaderName = HeaderName::from_static("x-cg-pro-api-key");
/// Bytes of an answer without JSON that are looked at: far more than are shown, so that the cut never
/// leaves a piece of an echoed key.
const TEXT_BYTES: usize = 4_096;
/// The pause after a refusal that tells none.
const PAUSE_MS: u64 = 60_000;
/// A month: no span of this length sees more calls than one month may, whenever the account's begins.
const MONTH_MS: i64 = 31 * DAY_MS;

/// CoinGecko's conventions: a header by the kind of key, data without an envelope, and three shapes of
/// errors, of which the rate limit's also comes under HTTP 200.
#[derive(Debug)]
pub struct CoinGeckoWire {
    key: ApiKey,
    tier: Tier,
    calls_per_minute: u32,
    calls_per_month: Option<u32>,
}

impl CoinGeckoWire {
    /// With the key and its kind. Without a key only the keyless tier, which has to be chosen, asks
    /// anything.
    #[must_use]
    pub const fn new(key: Option<SecretString>, tier: Tier) -> Self {
        Self {
            key: ApiKey::new(Source::CoinGecko, KEY_VARIABLE, key),
            tier,
            calls_per_minute: tier.calls_per_minute(),
            calls_per_month: tier.calls_per_month(),
        }
    }

    /// With another budget of calls in a minute, as the plan has it.
    #[must_use]
    pub const fn calls_per_minute(mut self, calls: u32) -> Self {
        self.calls_per_minute = calls;
        self
    }

    /// With another budget of calls in a month, as the plan has it.
    #[must_use]
    pub const fn calls_per_month(mut self, calls: u32) -> Self {
        self.calls_per_month = Some(calls);
        self
    }
}

/// The outside of an error; `status` is an object or the HTTP status again.
#[derive(Default, Deserialize)]
struct Outer<'a> {
    #[serde(borrow, default)]
    status: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error_code: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
struct Inner<'a> {
    #[serde(borrow, default)]
    error_code: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error_message: Option<&'a RawValue>,
}

/// What an error tells.
struct Told {
    code: Option<u32>,
    text: String,
}

/// The error in a body, if it is one. Maps of coins are keyed by coin, and coins are called `status` too:
/// only an `error_code` inside, or an `error` that is a sentence, makes it an error.
fn told(body: &[u8]) -> Option<Told> {
    if body.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    let outer = serde_json::from_slice::<Outer<'_>>(body).ok()?;
    let nested = |raw: Option<&RawValue>| -> Option<(Option<u32>, Option<String>)> {
        let inner = serde_json::from_str::<Inner<'_>>(raw?.get()).ok()?;
        Some((code(inner.error_code), inner.error_message.and_then(sentence)))
    };
    let (mut number, mut text) = nested(outer.status).unwrap_or_default();
    if let Some(error) = outer.error {
        let (inner_number, inner_text) = nested(outer.error).unwrap_or_default();
        number = number.or(inner_number);
        text = text.or(inner_text).or_else(|| sentence(error));
    }
    let number = number.or_else(|| code(outer.error_code));
    (number.is_some() || text.is_some()).then(|| Told { code: number, text: text.unwrap_or_default() })
}

fn code(raw: Option<&RawValue>) -> Option<u32> {
    raw?.get().trim_matches('"').parse().ok()
}

fn sentence(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}

impl Wire for CoinGeckoWire {
    fn source(&self) -> Source {
        Source::CoinGecko
    }

    fn sign(&self, headers: &mut HeaderMap) -> Result<(), ProviderError> {
        // The site's front turns away calls without one.
        headers
            .entry(header::USER_AGENT)
            .or_insert(HeaderValue::from_static(concat!("perpsignal/", env!("CARGO_PKG_VERSION"))));
        let name = match self.tier {
            Tier::Keyless => return Ok(()),
            Tier::Demo => DEMO_HEADER,
            Tier::Pro => PRO_HEADER,
        };
        let value = self.key.header("").map_err(|mut error| {
            if error.kind == ErrorKind::KeyMissing {
                error.message.push_str(", or choose the tier keyless");
            }
            error
        })?;
        headers.insert(name, value);
        Ok(())
    }

    fn judge(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Range<usize>, ProviderError> {
        let told = told(body);
        if status == StatusCode::OK && told.is_none() {
            if let Ok(data) = serde_json::from_slice::<&RawValue>(body)
                && data.get().starts_with(['[', '{'])
            {
                return range_in(body, data)
                    .ok_or_else(|| failure(ErrorKind::Malformed, "the data could not be found"));
            }
            let (kind, what) = if is_html(body) {
                (ErrorKind::Unavailable, "an HTML page instead of data")
            } else {
                (ErrorKind::Malformed, "the answer is no JSON list or object")
            };
            return Err(failure(kind, what));
        }

        let is_json = told.is_some() || serde_json::from_slice::<&RawValue>(body).is_ok();
        let told = told.unwrap_or_else(|| Told {
            code: None,
            text: String::from_utf8_lossy(body.get(..body.len().min(TEXT_BYTES)).unwrap_or_default())
                .into_owned(),
        });
        let kind = classify(status, &told, is_json, self.tier);
        let mut text = match told.code {
            Some(code) => format!("HTTP {}, code {code}: {}", status.as_u16(), self.key.quoted(&told.text)),
            None => format!("HTTP {}: {}", status.as_u16(), self.key.quoted(&told.text)),
        };
        match told.code {
            Some(10_010) => text.push_str(" (a paid key: configure tier pro and its host)"),
            Some(10_011) => text.push_str(" (a Demo key: configure tier demo and its host)"),
            _ => {}
        }
        let pause = (kind == ErrorKind::RateLimited).then(|| retry_after_ms(headers).unwrap_or(PAUSE_MS));
        Err(failure(kind, text).retry_after_ms(pause))
    }

    fn meters(&self) -> Vec<MeterSpec> {
        let meter = |name, capacity, window_ms: i64| MeterSpec {
            name,
            capacity,
            window_ms: window_ms.unsigned_abs(),
            anchor: Anchor::Sliding,
        };
        let month = self.calls_per_month.map(|calls| meter(MONTH_METER, calls, MONTH_MS));
        std::iter::once(meter(MINUTE_METER, self.calls_per_minute, MINUTE_MS)).chain(month).collect()
    }

    fn is_charged(&self, meter: &str, status: StatusCode) -> bool {
        meter != MONTH_METER || status == StatusCode::OK
    }

    fn kept_meters(&self) -> &'static [&'static str] {
        &[MONTH_METER]
    }
}

/// What kind of failure an answer is: by the provider's code where there is one, else by its status, and
/// under HTTP 200 by its words.
fn classify(status: StatusCode, told: &Told, is_json: bool, tier: Tier) -> ErrorKind {
    let text = told.text.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match (told.code.unwrap_or_default(), status.as_u16()) {
        (429, _) | (_, 429) => ErrorKind::RateLimited,
        (10_002, _) if tier == Tier::Keyless => ErrorKind::KeyMissing,
        (10_002 | 10_010 | 10_011, _) => ErrorKind::KeyInvalid,
        (10_005 | 10_006 | 10_012, _) => ErrorKind::PlanLimited,
        (1_020, _) | (_, 418) => ErrorKind::Banned,
        (_, 401) => ErrorKind::KeyInvalid,
        (_, 402) => ErrorKind::PlanLimited,
        (_, 403) if is_json && says(&["plan", "subscri", "pro api"]) => ErrorKind::PlanLimited,
        (_, 403) => ErrorKind::Banned,
        (_, 451) => ErrorKind::RegionBlocked,
        (_, 404) => ErrorKind::NotFound,
        (500..=599, _) | (_, 408 | 500..) => ErrorKind::Unavailable,
        (_, 200) if says(&["rate limit", "throttl", "too many"]) => ErrorKind::RateLimited,
        (_, 200) if says(&["not found"]) => ErrorKind::NotFound,
        _ => ErrorKind::BadRequest,
    }
}

fn failure(kind: ErrorKind, message: impl Into<String>) -> ProviderError {
    ProviderError::new(Source::CoinGecko, kind, message)
}
