//! Key, envelope, errors and the budgets of minute and day.

use std::borrow::Cow;
use std::ops::Range;

use chrono::DateTime;
use domain::{DAY_MS, ErrorKind, MINUTE_MS, ProviderError, Source, UtcMs};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::value::RawValue;
use upstream::lenient::{excerpt, is_html, range_in, retry_after_ms};
use upstream::{Anchor, Correction, MeterSpec, Wire};

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
    key: Option<SecretString>,
    plan: Plan,
}

impl LunarCrushWire {
    /// With the key and the plan it belongs to.
    #[must_use]
    pub const fn new(key: Option<SecretString>, plan: Plan) -> Self {
        Self { key, plan }
    }

    /// A provider's sentence, shortened and without the key, should it be echoed.
    fn quoted(&self, text: &str) -> String {
        let text = match self.key.as_ref().map(ExposeSecret::expose_secret) {
            Some(key) if !key.is_empty() && text.contains(key) => Cow::Owned(text.replace(key, "***")),
            _ => Cow::Borrowed(text),
        };
        match text.trim() {
            "" => "no text".to_owned(),
            text if is_html(text.as_bytes()) => "an HTML page".to_owned(),
            text => excerpt(text),
        }
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
        let key = self.key.as_ref().map(ExposeSecret::expose_secret).filter(|key| !key.is_empty());
        let Some(key) = key else {
            return Err(failure(ErrorKind::KeyMissing, format!("no key: set {KEY_VARIABLE}")));
        };
        let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {key}")) else {
            let text = format!("{KEY_VARIABLE} holds characters that no header may hold");
            return Err(failure(ErrorKind::KeyInvalid, text));
        };
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
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
        let told = format!("HTTP {}: {}", status.as_u16(), self.quoted(&text));
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
            meter(MINUTE_METER, self.plan.calls_per_minute(), MINUTE_MS, Anchor::Sliding),
            meter(DAY_METER, self.plan.calls_per_day(), DAY_MS, Anchor::UtcGrid),
        ]
    }

    fn corrections(&self, headers: &HeaderMap) -> Vec<Correction> {
        let minute = told(headers, MINUTE_METER, "minute");
        let day = told(headers, DAY_METER, "day");
        // A spent day leaves no room in any minute until it ends.
        let spent = day.as_ref().filter(|day| day.used.is_some() && day.used == day.capacity).map(|day| {
            let used = minute.as_ref().and_then(|minute| minute.capacity);
            Correction {
                meter: MINUTE_METER,
                used: Some(used.unwrap_or_else(|| self.plan.calls_per_minute())),
                capacity: None,
                resets_at: day.resets_at,
            }
        });
        [minute, day, spent].into_iter().flatten().collect()
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

/// The text of a JSON string, or the JSON itself where it is no string.
fn words(raw: &RawValue) -> Cow<'_, str> {
    serde_json::from_str::<String>(raw.get()).map_or(Cow::Borrowed(raw.get()), Cow::Owned)
}

fn trimmed(body: &[u8]) -> Range<usize> {
    let start = body.len() - body.trim_ascii_start().len();
    start..start + body.trim_ascii().len()
}

fn number(headers: &HeaderMap, name: &str) -> Option<i64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// What the headers tell of a budget.
fn told(headers: &HeaderMap, meter: &'static str, window: &str) -> Option<Correction> {
    let whole = |name: String| u32::try_from(number(headers, &name)?).ok();
    let capacity = whole(format!("x-rate-limit-{window}")).filter(|capacity| *capacity > 0);
    let left = whole(format!("x-rate-limit-{window}-remaining"));
    let resets_at = number(headers, &format!("x-rate-limit-{window}-reset")).map(UtcMs::from_unix_any);
    let used = capacity.zip(left).map(|(capacity, left)| capacity.saturating_sub(left));
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
