//! Binance's conventions: judging answers, metering budgets.

use std::ops::Range;

use chrono::DateTime;
use domain::{ErrorKind, ProviderError, Source, UtcMs};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;
use upstream::lenient::{Text, excerpt, is_html, range_in, retry_after_ms};
use upstream::{Anchor, Correction, MeterSpec, Wire};

/// Request weight: 2400 in a UTC minute.
pub const WEIGHT: &str = "weight";
/// Funding requests: 500 in five minutes.
pub const FUNDING: &str = "funding";
/// Statistics requests (`/futures/data/*`): 1000 in five minutes.
pub const STATISTICS: &str = "statistics";

const USED_WEIGHT: &str = "x-mbx-used-weight-1m";
/// The web firewall tells no time; it lifts after minutes.
const FIREWALL_PAUSE_MS: u64 = 5 * 60 * 1_000;
/// The shortest ban there is, for an answer that tells no end.
const SHORTEST_BAN_MS: u64 = 2 * 60 * 1_000;

/// Public market data: nothing to sign.
#[derive(Clone, Copy, Debug, Default)]
pub struct BinanceWire;

/// An error body: `{"code":-1121,"msg":"…"}`, or `{"status":"ERROR","code":"99099990","errorData":"…"}`.
#[derive(Deserialize)]
struct Fault<'a> {
    #[serde(borrow)]
    code: Option<Text<'a>>,
    #[serde(borrow, default)]
    msg: Text<'a>,
    #[serde(borrow, default)]
    status: Text<'a>,
    #[serde(borrow, default, rename = "errorData")]
    error_data: Text<'a>,
}

impl Fault<'_> {
    fn read(body: &[u8]) -> Option<Fault<'_>> {
        if body.trim_ascii_start().first() != Some(&b'{') {
            return None;
        }
        let fault: Fault<'_> = serde_json::from_slice(body).ok()?;
        let told = fault.code.as_ref().is_some_and(|code| code.value().is_some());
        (told || fault.status.as_str() == "ERROR").then_some(fault)
    }

    fn code(&self) -> Option<i64> {
        self.code.as_ref().and_then(Text::integer)
    }

    fn words(&self) -> String {
        let words = excerpt(self.msg.value().or_else(|| self.error_data.value()).unwrap_or("no reason told"));
        match self.code() {
            Some(code) => format!("{words} (code {code})"),
            None => words,
        }
    }
}

impl Wire for BinanceWire {
    fn source(&self) -> Source {
        Source::Binance
    }

    fn sign(&self, _headers: &mut HeaderMap) -> Result<(), ProviderError> {
        Ok(())
    }

    fn judge(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Range<usize>, ProviderError> {
        match status.as_u16() {
            451 => Err(region()),
            403 => Err(forbidden(headers, body)),
            418 => Err(banned(headers, Fault::read(body).as_ref())),
            429 => Err(too_many(headers, Fault::read(body).as_ref())),
            404 => Err(error(ErrorKind::NotFound, "no such path (HTTP 404)")),
            408 => Err(error(ErrorKind::Timeout, "the exchange's back end timed out (HTTP 408)")),
            202 if body.trim_ascii().is_empty() => Err(forbidden(headers, body)),
            _ => data(status, headers, body),
        }
    }

    fn meters(&self) -> Vec<MeterSpec> {
        const FIVE_MINUTES_MS: u64 = 5 * 60_000;
        vec![
            MeterSpec { name: WEIGHT, capacity: 2400, window_ms: 60_000, anchor: Anchor::UtcGrid },
            MeterSpec { name: FUNDING, capacity: 500, window_ms: FIVE_MINUTES_MS, anchor: Anchor::Sliding },
            MeterSpec {
                name: STATISTICS,
                capacity: 1000,
                window_ms: FIVE_MINUTES_MS,
                anchor: Anchor::Sliding,
            },
        ]
    }

    fn corrections(&self, headers: &HeaderMap) -> Vec<Correction> {
        let used = headers
            .get(USED_WEIGHT)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.trim().parse::<u32>().ok());
        used.map(|used| Correction { meter: WEIGHT, used: Some(used), capacity: None, resets_at: None })
            .into_iter()
            .collect()
    }
}

fn error(kind: ErrorKind, message: impl Into<String>) -> ProviderError {
    ProviderError::new(Source::Binance, kind, message)
}

fn region() -> ProviderError {
    error(ErrorKind::RegionBlocked, "not available from this region (HTTP 451 or a country block)")
}

fn data(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Result<Range<usize>, ProviderError> {
    if let Some(fault) = Fault::read(body) {
        return Err(refusal(status, headers, &fault));
    }
    if status.is_server_error() {
        return Err(error(ErrorKind::Unavailable, format!("the exchange is in trouble (HTTP {status})"))
            .retry_after_ms(retry_after_ms(headers)));
    }
    if !status.is_success() {
        return Err(error(ErrorKind::BadRequest, format!("refused without a reason (HTTP {status})")));
    }
    if is_html(body) {
        return Err(error(ErrorKind::Malformed, "a web page came instead of data"));
    }
    let json: &RawValue =
        serde_json::from_slice(body).map_err(|_| error(ErrorKind::Malformed, "the answer is not JSON"))?;
    range_in(body, json).ok_or_else(|| error(ErrorKind::Malformed, "the answer is not JSON"))
}

/// An error body, whatever the status: 200 occurs, and code 0 is an error too.
fn refusal(status: StatusCode, headers: &HeaderMap, fault: &Fault<'_>) -> ProviderError {
    if fault.msg.as_str().contains("restricted location") {
        return region();
    }
    let kind = match fault.code() {
        Some(-1003) if ban_end(fault.msg.as_str()).is_some() => return banned(headers, Some(fault)),
        Some(-1003 | -1015) => return too_many(headers, Some(fault)),
        Some(-1121 | -1122) => ErrorKind::NotFound,
        Some(-1007) => ErrorKind::Timeout,
        Some(-1000 | -1001 | -1006 | -1008 | -1016) => ErrorKind::Unavailable,
        Some(-2014 | -2015) => ErrorKind::KeyInvalid,
        Some(-4999..=-4000 | -1199..=-1100 | 99_099_990) => ErrorKind::BadRequest,
        _ if status.is_client_error() => ErrorKind::BadRequest,
        _ => ErrorKind::Unavailable,
    };
    error(kind, fault.words()).retry_after_ms(retry_after_ms(headers))
}

/// HTTP 403: the web firewall, or a country block of the front.
fn forbidden(headers: &HeaderMap, body: &[u8]) -> ProviderError {
    let page = String::from_utf8_lossy(body.get(..4_096).unwrap_or(body));
    if page.contains("restricted location") || page.contains("block access from your country") {
        return region();
    }
    let pause = retry_after_ms(headers).unwrap_or(FIREWALL_PAUSE_MS);
    error(ErrorKind::Banned, "the exchange's web firewall refuses this address").retry_after_ms(Some(pause))
}

fn banned(headers: &HeaderMap, fault: Option<&Fault<'_>>) -> ProviderError {
    let end = fault.and_then(|fault| ban_end(fault.msg.as_str()));
    let told = end.zip(answered_at(headers)).and_then(|(end, now)| u64::try_from(end.since(now)).ok());
    let pause = told.max(retry_after_ms(headers)).unwrap_or(SHORTEST_BAN_MS);
    let until = end.map(|end| format!(" until {end}")).unwrap_or_default();
    error(ErrorKind::Banned, format!("this address is banned{until}")).retry_after_ms(Some(pause))
}

fn too_many(headers: &HeaderMap, fault: Option<&Fault<'_>>) -> ProviderError {
    if fault.is_some_and(|fault| ban_end(fault.msg.as_str()).is_some()) {
        return banned(headers, fault);
    }
    // The exchange's own words hold our address.
    error(ErrorKind::RateLimited, "the exchange's request limit is spent")
        .retry_after_ms(retry_after_ms(headers))
}

/// The end of a ban in the exchange's words: "IP banned until 1787546698129".
fn ban_end(words: &str) -> Option<UtcMs> {
    let (_, rest) = words.split_once("banned until ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    if digits.len() == 13 { digits.parse().ok().map(UtcMs) } else { None }
}

/// When the answer was written, by its own `Date`.
fn answered_at(headers: &HeaderMap) -> Option<UtcMs> {
    let text = headers.get(http::header::DATE)?.to_str().ok()?;
    DateTime::parse_from_rfc2822(text).ok().map(|time| UtcMs(time.timestamp_millis()))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn judge(status: u16, body: &str) -> Result<Range<usize>, ProviderError> {
        BinanceWire.judge(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body.as_bytes())
    }

    fn kind(status: u16, body: &str) -> ErrorKind {
        judge(status, body).unwrap_err().kind
    }

    #[test]
    fn good_answers_are_their_whole_body() {
        assert_eq!(judge(200, "{}"), Ok(0..2));
        assert_eq!(judge(200, " [1,2]\n"), Ok(1..6));
        assert_eq!(judge(200, r#"{"serverTime":1}"#), Ok(0..16));
    }

    #[test]
    fn errors_are_told_apart_whatever_the_status() {
        use ErrorKind as K;
        for (status, body, expected) in [
            (400, r#"{"code":-1121,"msg":"Invalid symbol."}"#, K::NotFound),
            (400, r#"{"msg":"parameter 'startTime' is invalid.","code":-1130}"#, K::BadRequest),
            (400, r#"{"code":-1120,"msg":"Invalid interval."}"#, K::BadRequest),
            (
                400,
                r#"{"code":-4166,"msg":"Search window is restricted to recent 2 days only."}"#,
                K::BadRequest,
            ),
            (
                200,
                r#"{"status":"ERROR","type":"GENERAL","code":"99099990","errorData":"illegal params.","data":null}"#,
                K::BadRequest,
            ),
            (200, r#"{"status":"ERROR","code":"1","errorData":"busy"}"#, K::Unavailable),
            (200, r#"{"code":0,"msg":"Service unavailable from a restricted location"}"#, K::RegionBlocked),
            (451, r#"{"code":0,"msg":"Service unavailable from a restricted location"}"#, K::RegionBlocked),
            (451, "", K::RegionBlocked),
            (403, "<html>403 Forbidden</html>", K::Banned),
            (403, "<html>configured to block access from your country</html>", K::RegionBlocked),
            (202, "", K::Banned),
            (404, "<html>", K::NotFound),
            (408, "", K::Timeout),
            (429, r#"{"code":-1003,"msg":"Too many requests"}"#, K::RateLimited),
            (429, "", K::RateLimited),
            (418, "", K::Banned),
            (
                200,
                r#"{"code":-1003,"msg":"Way too much request weight used; IP banned until 1787546698129."}"#,
                K::Banned,
            ),
            (400, r#"{"code":-1007,"msg":"Timeout"}"#, K::Timeout),
            (503, r#"{"code":-1008,"msg":"overloaded"}"#, K::Unavailable),
            (502, "<html>", K::Unavailable),
            (400, r#"{"code":-2014,"msg":"API-key format invalid."}"#, K::KeyInvalid),
            (200, "<html>", K::Malformed),
            (200, "[1,2", K::Malformed),
            (200, "", K::Malformed),
            (400, "no", K::BadRequest),
        ] {
            assert_eq!(kind(status, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn the_end_of_a_ban_is_read_from_its_words_and_from_the_header() {
        let body = r#"{"code":-1003,"msg":"Way too many requests; IP banned until 1529256050872. Please use the websocket."}"#;
        let mut headers = HeaderMap::new();
        headers.insert(http::header::DATE, HeaderValue::from_static("Sun, 17 Jun 2018 17:19:10 GMT"));
        let teapot = StatusCode::IM_A_TEAPOT;
        let error = BinanceWire.judge(teapot, &headers, body.as_bytes()).unwrap_err();
        assert_eq!(error.retry_after_ms, Some(100_872));
        assert!(error.message.contains("2018-06-17T17:20:50"), "{}", error.message);
        headers.insert(http::header::RETRY_AFTER, HeaderValue::from_static("300"));
        let error = BinanceWire.judge(teapot, &headers, body.as_bytes()).unwrap_err();
        assert_eq!(error.retry_after_ms, Some(300_000));
        let error = BinanceWire.judge(teapot, &HeaderMap::new(), b"").unwrap_err();
        assert_eq!(error.retry_after_ms, Some(SHORTEST_BAN_MS));
    }

    #[test]
    fn our_own_address_stays_out_of_messages() {
        let body = r#"{"code":-1003,"msg":"Too many requests; current limit of IP(54.150.96.215) is 2400"}"#;
        assert!(!judge(429, body).unwrap_err().message.contains("54.150"));
    }

    #[test]
    fn the_used_weight_is_read_in_any_case() {
        let mut headers = HeaderMap::new();
        headers.insert("X-MBX-USED-WEIGHT-1M", HeaderValue::from_static("78"));
        let corrections = BinanceWire.corrections(&headers);
        assert_eq!(corrections.first().and_then(|c| c.used), Some(78));
        assert!(BinanceWire.corrections(&HeaderMap::new()).is_empty());
    }
}
