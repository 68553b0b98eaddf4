//! Key, envelope, errors and the budgets of minute and day.

use std::ops::Range;

use chrono::DateTime;
use domain::{DAY_MS, ErrorKind, MINUTE_MS, ProviderError, Source, UtcMs};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::value::RawValue;
use upstream::lenient::{is_html, range_in, retry_after_ms, words};
use upstream::{Anchor, ApiKey, Correction, MeterSpec, Wire};

use crate::Plan;
use crate::endpoints::{DAY_METER, MINUTE_METER};

/// The variable that holds the key.
const KEY_VARIABLE: &str = "LUNARCRUSH_API_KEY";
/// The pause after a refusal that tells none.
const PAUSE_MS: u64 = 65_000;

/// LunarCrush's conventions: a bearer key, data mostly under `data`, errors as `{"error": "…"}` under any
/// status, 200 too.
#[derive(Debug)]
pub struct LunarCrushWire {
    key: ApiKey,
    plan: Plan,
    calls_per_minute: Option<u32>,
    calls_per_day: Option<u32>,
}

impl LunarCrushWire {
    /// With the key and the plan it belongs to.
    #[must_use]
    pub const fn new(key: Option<SecretString>, plan: Plan) -> Self {
        Self {
            key: ApiKey::new(Source::LunarCrush, KEY_VARIABLE, key),
            plan,
            calls_per_minute: None,
            calls_per_day: None,
        }
    }

    /// With another budget of calls in a minute than the plan's. The provider may tell a smaller one, never
    /// a larger.
    #[must_use]
    pub const fn calls_per_minute(mut self, calls: u32) -> Self {
        self.calls_per_minute = Some(calls);
        self
    }

    /// With another budget of calls in a day than the plan's. The provider may tell a smaller one, never a
    /// larger.
    #[must_use]
    pub const fn calls_per_day(mut self, calls: u32) -> Self {
        self.calls_per_day = Some(calls);
        self
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
}

impl Wire for LunarCrushWire {
    fn source(&self) -> Source {
        Source::LunarCrush
    }

    fn sign(&self, headers: &mut HeaderMap) -> Result<(), ProviderError> {
        headers.insert(header::AUTHORIZATION, self.key.header("Bearer ")?);
        // The site's front turns away calls without one.
        headers
            .entry(header::USER_AGENT)
            .or_insert(HeaderValue::from_static(concat!("perpsignal/", env!("CARGO_PKG_VERSION"))));
        Ok(())
    }

    fn judge(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Range<usize>, ProviderError> {
        let is_object = body.trim_ascii_start().first() == Some(&b'{');
        let envelope = if is_object { serde_json::from_slice::<Envelope<'_>>(body).ok() } else { None };
        let error = envelope.as_ref().and_then(|envelope| envelope.error);
        if status == StatusCode::OK && error.is_none() {
            if let Some(envelope) = envelope {
                // A post and a topic's summary have no `data`: there the whole answer is the datum.
                let range = envelope.data.map_or_else(|| Some(trimmed(body)), |data| range_in(body, data));
                return range.ok_or_else(|| failure(ErrorKind::Malformed, "the data could not be found"));
            }
            let (kind, what) = if is_html(body) {
                (ErrorKind::Unavailable, "an HTML page instead of data")
            } else {
                (ErrorKind::Malformed, "the answer is no JSON object")
            };
            return Err(failure(kind, what));
        }

        let text = match error {
            Some(error) => words(error),
            None => String::from_utf8_lossy(body.get(..body.len().min(400)).unwrap_or_default()),
        };
        let kind = classify(status, &text, envelope.is_some());
        let pause = (kind == ErrorKind::RateLimited).then(|| pause_ms(headers));
        let told = format!("HTTP {}: {}", status.as_u16(), self.key.quoted(&text));
        Err(failure(kind, told).retry_after_ms(pause))
    }

    fn meters(&self) -> Vec<MeterSpec> {
        let meter = |name, capacity, window_ms: i64, anchor| MeterSpec {
            name,
            capacity,
            window_ms: window_ms.unsigned_abs(),
            anchor,
        };
        vec![
            meter(
                MINUTE_METER,
                self.calls_per_minute.unwrap_or_else(|| self.plan.calls_per_minute()),
                MINUTE_MS,
                Anchor::Sliding,
            ),
            meter(
                DAY_METER,
                self.calls_per_day.unwrap_or_else(|| self.plan.calls_per_day()),
                DAY_MS,
                Anchor::UtcGrid,
            ),
        ]
    }

    fn corrections(&self, headers: &HeaderMap) -> Vec<Correction> {
        let minute = told(headers, MINUTE_METER, "minute", self.calls_per_minute);
        let day = told(headers, DAY_METER, "day", self.calls_per_day);
        [minute, day].into_iter().flatten().collect()
    }

    fn kept_meters(&self) -> &'static [&'static str] {
        // The headers are optional.
        &[DAY_METER]
    }
}

/// What kind of failure an answer is: by its status, and under HTTP 200 by its words.
fn classify(status: StatusCode, text: &str, is_json: bool) -> ErrorKind {
    match status.as_u16() {
        401 => ErrorKind::KeyInvalid,
        // The front's own refusals are web pages.
        403 if !is_json => ErrorKind::Banned,
        402 | 403 => ErrorKind::PlanLimited,
        404 => ErrorKind::NotFound,
        418 => ErrorKind::Banned,
        429 => ErrorKind::RateLimited,
        451 => ErrorKind::RegionBlocked,
        408 | 500.. => ErrorKind::Unavailable,
        200 => by_words(text),
        _ => ErrorKind::BadRequest,
    }
}

fn by_words(text: &str) -> ErrorKind {
    let text = text.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if says(&["rate limit", "too many"]) {
        ErrorKind::RateLimited
    } else if says(&["subscription", "upgrade", "your plan", "not included"]) {
        ErrorKind::PlanLimited
    } else if says(&["api key", "unauthorized", "invalid token", "authentication"]) {
        ErrorKind::KeyInvalid
    } else if says(&["not found", "does not exist", "invalid endpoint"]) {
        ErrorKind::NotFound
    } else {
        ErrorKind::BadRequest
    }
}

fn failure(kind: ErrorKind, message: impl Into<String>) -> ProviderError {
    ProviderError::new(Source::LunarCrush, kind, message)
}

fn trimmed(body: &[u8]) -> Range<usize> {
    let start = body.len() - body.trim_ascii_start().len();
    start..start + body.trim_ascii().len()
}

fn number(headers: &HeaderMap, name: &str) -> Option<i64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// What the headers tell of a budget, of which we allow ourselves so much at most.
fn told(headers: &HeaderMap, meter: &'static str, window: &str, most: Option<u32>) -> Option<Correction> {
    let whole = |name: String| u32::try_from(number(headers, &name)?).ok();
    let capacity = whole(format!("x-rate-limit-{window}")).filter(|capacity| *capacity > 0);
    let left = whole(format!("x-rate-limit-{window}-remaining"));
    let resets_at = number(headers, &format!("x-rate-limit-{window}-reset")).map(UtcMs::from_unix_any);
    let used = capacity.zip(left).map(|(capacity, left)| capacity.saturating_sub(left));
    let capacity = capacity.map(|told| most.map_or(told, |most| told.min(most)));
    (used.is_some() || capacity.is_some()).then_some(Correction { meter, used, capacity, resets_at })
}

/// How long to wait after a refusal: until the minute's reset, or the day's where the day is spent, as
/// told against the answer's own date; else a minute and a little.
fn pause_ms(headers: &HeaderMap) -> u64 {
    if let Some(told) = retry_after_ms(headers) {
        return told;
    }
    let date = headers.get(header::DATE).and_then(|date| date.to_str().ok());
    let Some(now) = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok()) else {
        return PAUSE_MS;
    };
    let spent_day = number(headers, "x-rate-limit-day-remaining") == Some(0);
    let window = if spent_day { "x-rate-limit-day-reset" } else { "x-rate-limit-minute-reset" };
    number(headers, window)
        .map(|reset| UtcMs::from_unix_any(reset).since(UtcMs(now.timestamp_millis())))
        .and_then(|wait| u64::try_from(wait).ok())
        .filter(|wait| *wait > 0)
        .unwrap_or(PAUSE_MS)
}
