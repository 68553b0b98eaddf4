//! Key, errors and the day's credits.

use std::ops::Range;

use domain::{DAY_MS, ErrorKind, ProviderError, Source, UtcMs};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::value::RawValue;
use upstream::lenient::{is_html, range_in, retry_after_ms, words};
use upstream::{Anchor, ApiKey, Correction, MeterSpec, Wire};

use crate::endpoints::METER;

/// The variable that holds the key.
const KEY_VARIABLE: &str = "COINAPI_KEY";
const KEY_HEADER: HeaderName = HeaderName::from_static("x-coinapi-key");
/// Credits of 24 hours unless configured otherwise.
const CREDITS_PER_DAY: u32 = 10_000;
/// Bytes of an answer without JSON that are looked at: far more than are shown, so that the cut never
/// leaves a piece of an echoed key.
const TEXT_BYTES: usize = 4_096;
/// The pause after a refusal that tells none: concurrency or a burst.
const PAUSE_MS: u64 = 10_000;
/// The pause after a spent quota that tells no reset: its window slides.
const SPENT_PAUSE_MS: u64 = 15 * 60_000;

/// CoinAPI's conventions: the `X-CoinAPI-Key` header, data without an envelope, errors as
/// `{"error": "…"}` (formerly `{"message": "…"}`), credits over a sliding day.
#[derive(Debug)]
pub struct CoinApiWire {
    key: ApiKey,
    credits_per_day: u32,
}

impl CoinApiWire {
    /// With the key and the usual budget.
    #[must_use]
    pub const fn new(key: Option<SecretString>) -> Self {
        Self { key: ApiKey::new(Source::CoinApi, KEY_VARIABLE, key), credits_per_day: CREDITS_PER_DAY }
    }

    /// With another budget of credits in 24 hours. The provider may tell a smaller one, never a larger.
    #[must_use]
    pub const fn credits_per_day(mut self, credits: u32) -> Self {
        self.credits_per_day = credits;
        self
    }

    /// A provider's sentence, shortened and without the key, which the provider echoes.
    fn quoted(&self, text: &str) -> String {
        if text.trim_start().to_ascii_lowercase().starts_with("invalid key") {
            return "Invalid key".to_owned();
        }
        self.key.quoted(text)
    }
}

#[derive(Deserialize)]
struct Told<'a> {
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
}

impl Wire for CoinApiWire {
    fn source(&self) -> Source {
        Source::CoinApi
    }

    fn sign(&self, headers: &mut HeaderMap) -> Result<(), ProviderError> {
        headers.insert(KEY_HEADER, self.key.header("")?);
        // Other media types exist.
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        Ok(())
    }

    fn judge(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Range<usize>, ProviderError> {
        let is_object = body.trim_ascii_start().first() == Some(&b'{');
        let told = if is_object { serde_json::from_slice::<Told<'_>>(body).ok() } else { None };
        let text = told.as_ref().and_then(|told| told.error.or(told.message));
        if status == StatusCode::OK && text.is_none() {
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

        let text = match text {
            Some(text) => words(text),
            None => String::from_utf8_lossy(body.get(..body.len().min(TEXT_BYTES)).unwrap_or_default()),
        };
        let kind = classify(status, &text, told.is_some());
        let pause = (kind == ErrorKind::RateLimited).then(|| {
            let unless_told = if says_spent(&text) { SPENT_PAUSE_MS } else { PAUSE_MS };
            pause_ms(headers).unwrap_or(unless_told)
        });
        let sentence = format!("HTTP {}: {}", status.as_u16(), self.quoted(&text));
        Err(failure(kind, sentence).retry_after_ms(pause))
    }

    fn meters(&self) -> Vec<MeterSpec> {
        vec![MeterSpec {
            name: METER,
            capacity: self.credits_per_day,
            window_ms: DAY_MS.unsigned_abs(),
            anchor: Anchor::Sliding,
        }]
    }

    fn corrections(&self, headers: &HeaderMap) -> Vec<Correction> {
        let whole = |name: &str| u32::try_from(number(headers, name)?.max(0)).ok();
        let limit = whole("x-ratelimit-limit").filter(|limit| *limit > 0);
        // What is left goes below zero where overage is allowed.
        let left = number(headers, "x-ratelimit-remaining");
        let used = whole("x-ratelimit-used").or_else(|| {
            let used = i64::from(limit?).saturating_sub(left?);
            u32::try_from(used.max(0)).ok()
        });
        // Beyond its limit the provider serves on for money where that is switched on: then only our own
        // budget counts.
        let bought = headers.get("x-ratelimit-overage").is_some_and(|value| value == "enabled");
        let capacity = limit.filter(|_| !bought).map(|limit| limit.min(self.credits_per_day));
        if used.is_none() && capacity.is_none() {
            return Vec::new();
        }
        vec![Correction { meter: METER, used, capacity, resets_at: reset(headers) }]
    }
}

/// What kind of failure an answer is: by its words where they are plain, else by its status.
fn classify(status: StatusCode, text: &str, is_json: bool) -> ErrorKind {
    let lower = text.to_ascii_lowercase();
    let says = |words: &[&str]| is_json && words.iter().any(|word| lower.contains(word));
    match status.as_u16() {
        429 => ErrorKind::RateLimited,
        // 550: nothing is held for this single thing.
        404 | 550 => ErrorKind::NotFound,
        408 | 500.. => ErrorKind::Unavailable,
        418 => ErrorKind::Banned,
        451 => ErrorKind::RegionBlocked,
        _ if is_json && says_spent(&lower) => ErrorKind::RateLimited,
        _ if says(&["invalid key", "invalid api key"]) => ErrorKind::KeyInvalid,
        401 => ErrorKind::KeyInvalid,
        // The front's own refusals are web pages.
        403 if !is_json => ErrorKind::Banned,
        402 | 403 => ErrorKind::PlanLimited,
        200 if says(&["permission denied", "subscription", "upgrade"]) => ErrorKind::PlanLimited,
        200 if says(&["too many", "rate limit"]) => ErrorKind::RateLimited,
        200 if says(&["not found", "no data"]) => ErrorKind::NotFound,
        _ => ErrorKind::BadRequest,
    }
}

/// Whether the credits of the day are spent.
fn says_spent(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.contains("quota exceeded") || lower.contains("insufficient usage credits")
}

fn failure(kind: ErrorKind, message: impl Into<String>) -> ProviderError {
    ProviderError::new(Source::CoinApi, kind, message)
}

fn number(headers: &HeaderMap, name: &str) -> Option<i64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

fn reset(headers: &HeaderMap) -> Option<UtcMs> {
    headers.get("x-ratelimit-reset")?.to_str().ok()?.parse().ok()
}

/// How long to wait after a refusal: as told, else until the reset as told against the answer's own date.
fn pause_ms(headers: &HeaderMap) -> Option<u64> {
    retry_after_ms(headers).or_else(|| {
        let date = headers.get(header::DATE)?.to_str().ok()?;
        let now = UtcMs(httpdate_ms(date)?);
        u64::try_from(reset(headers)?.since(now)).ok().filter(|wait| *wait > 0)
    })
}

/// An HTTP date (`Thu, 16 Oct 2025 20:48:43 GMT`) in Unix milliseconds.
fn httpdate_ms(text: &str) -> Option<i64> {
    let mut parts = text.trim().split_ascii_whitespace().skip(1);
    let (day, month, year, time) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|name| *name == month)? + 1;
    format!("{year}-{month:02}-{day:0>2}T{time}Z").parse::<UtcMs>().ok().map(|at| at.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_dates_are_read() {
        assert_eq!(httpdate_ms("Thu, 16 Oct 2025 20:48:43 GMT"), Some(1_760_647_723_000));
        assert_eq!(httpdate_ms("Thursday, 16-Oct-25 20:48:43 GMT"), None);
        assert_eq!(httpdate_ms(""), None);
    }
}
