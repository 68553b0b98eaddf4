//! Arguments checked against the endpoint's parameters, and the address built from them.

use std::fmt::Write as _;

use domain::{ErrorKind, ProviderError, Source, UtcMs};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{Args, Endpoint, Param, ParamKind, Place};

/// All but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Longest text, in characters.
pub const TEXT_MAX: usize = 200;
/// Longest coin or contract, in characters.
pub const NAME_MAX: usize = 64;
/// Longest list with its commas, in characters.
pub const LIST_MAX: usize = 8_000;
/// Below this a number is Unix seconds, above it milliseconds (1973 and 5138).
pub const SECONDS_END: i64 = 100_000_000_000;
/// From here on a number is microseconds.
pub const MILLIS_END: i64 = 100_000_000_000_000;

/// Path and query of a call with these arguments, percent-encoded, in the endpoint's own order: equal for
/// equal calls. Fails with `BadRequest`, naming the parameter, what was given and what is accepted.
pub(crate) fn target(source: Source, endpoint: &Endpoint, args: &Args) -> Result<String, ProviderError> {
    check(endpoint, args)
        .and_then(|()| address(endpoint, args))
        .map_err(|message| ProviderError::new(source, ErrorKind::BadRequest, message))
}

/// Whether an endpoint takes these arguments, before any call.
///
/// # Errors
/// A sentence that names the parameter, what was given and what is accepted.
pub fn check(endpoint: &Endpoint, args: &Args) -> Result<(), String> {
    for (name, value) in args.iter() {
        let Some(param) = endpoint.params.iter().find(|param| param.name == name) else {
            return Err(unknown(endpoint, name));
        };
        if !accepts(param, value) {
            return Err(format!(
                "{}: parameter '{name}' got '{}', accepted: {}",
                endpoint.id,
                shown(value),
                accepted(param.kind)
            ));
        }
    }
    match endpoint.params.iter().find(|param| param.required && args.get(param.name).is_none()) {
        Some(param) => Err(format!(
            "{}: parameter '{}' is missing, accepted: {}",
            endpoint.id,
            param.name,
            accepted(param.kind)
        )),
        None => Ok(()),
    }
}

fn unknown(endpoint: &Endpoint, name: &str) -> String {
    let known: Vec<&str> = endpoint.params.iter().map(|param| param.name).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    format!("{}: no parameter '{}', accepted: {known}", endpoint.id, shown(name))
}

/// What was given, short enough for a message.
fn shown(value: &str) -> String {
    value.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(80).collect()
}

fn accepts(param: &Param, value: &str) -> bool {
    // A path segment of dots would climb out of the path, encoded or not.
    if param.place == Place::Path && matches!(value, "." | "..") {
        return false;
    }
    let whole = || value.parse::<i64>().ok();
    match param.kind {
        ParamKind::Text => printable(value, TEXT_MAX),
        ParamKind::Coin | ParamKind::Pair => {
            printable(value, NAME_MAX) && !value.chars().any(char::is_whitespace)
        }
        ParamKind::OneOf(words) => words.contains(&value),
        ParamKind::List => {
            let is_word = |word: &str| !word.trim().is_empty() && !word.contains('[');
            printable(value, LIST_MAX) && value.split(',').all(is_word)
        }
        ParamKind::Int { min, max } => whole().is_some_and(|number| (min..=max).contains(&number)),
        ParamKind::Number => value.parse::<f64>().is_ok_and(f64::is_finite),
        ParamKind::Bool => matches!(value, "true" | "false"),
        ParamKind::TimeMs => whole().is_some_and(|time| (SECONDS_END..MILLIS_END).contains(&time)),
        ParamKind::TimeSec => whole().is_some_and(|time| (0..SECONDS_END).contains(&time)),
        ParamKind::TimeIso => value.parse::<UtcMs>().is_ok(),
    }
}

fn printable(value: &str, max: usize) -> bool {
    !value.is_empty() && value.chars().count() <= max && !value.chars().any(char::is_control)
}

fn accepted(kind: ParamKind) -> String {
    match kind {
        ParamKind::Text => format!("text of 1 to {TEXT_MAX} characters"),
        ParamKind::Coin => "a coin, for example BTC".to_owned(),
        ParamKind::Pair => "the exchange's name of a contract, for example BTCUSDT".to_owned(),
        ParamKind::OneOf(words) => format!("one of {}", words.join(", ")),
        ParamKind::List => "words separated by commas".to_owned(),
        ParamKind::Int { min, max } => format!("a whole number from {min} to {max}"),
        ParamKind::Number => "a number".to_owned(),
        ParamKind::Bool => "true or false".to_owned(),
        ParamKind::TimeMs => "a time in Unix milliseconds, for example 1763164800000".to_owned(),
        ParamKind::TimeSec => "a time in Unix seconds, for example 1763164800".to_owned(),
        ParamKind::TimeIso => "an RFC 3339 time, for example 2025-03-03T12:00:00Z".to_owned(),
    }
}

fn address(endpoint: &Endpoint, args: &Args) -> Result<String, String> {
    let mut address = fill(endpoint, args)?;
    let mut joint = '?';
    for param in endpoint.params.iter().filter(|param| param.place == Place::Query) {
        if let Some(value) = args.get(param.name) {
            let name = utf8_percent_encode(param.name, RESERVED);
            let value = utf8_percent_encode(value, RESERVED);
            // Writing to a String cannot fail.
            let _ = write!(address, "{joint}{name}={value}");
            joint = '&';
        }
    }
    Ok(address)
}

fn fill(endpoint: &Endpoint, args: &Args) -> Result<String, String> {
    let mut path = String::with_capacity(endpoint.path.len() + 64);
    if !endpoint.path.starts_with('/') {
        path.push('/');
    }
    let mut rest = endpoint.path;
    while let Some((before, opened)) = rest.split_once('{') {
        let Some((name, after)) = opened.split_once('}') else { break };
        let value = args.get(name).ok_or_else(|| {
            format!("{}: parameter '{name}' is missing, it is part of the path", endpoint.id)
        })?;
        path.push_str(before);
        path.extend(utf8_percent_encode(value, RESERVED));
        rest = after;
    }
    path.push_str(rest);
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::Cost;

    const fn param(name: &'static str, place: Place, kind: ParamKind, required: bool) -> Param {
        Param { name, place, kind, required, default: "", doc: "" }
    }

    const ENDPOINT: Endpoint = Endpoint {
        id: "test",
        path: "/v1/{coin}/rows",
        params: &[
            param("coin", Place::Path, ParamKind::Text, true),
            param("symbol", Place::Query, ParamKind::Pair, true),
            param("limit", Place::Query, ParamKind::Int { min: 1, max: 500 }, false),
            param("period", Place::Query, ParamKind::OneOf(&["5m", "1h"]), false),
            param("names", Place::Query, ParamKind::List, false),
            param("share", Place::Query, ParamKind::Number, false),
            param("all", Place::Query, ParamKind::Bool, false),
            param("from_ms", Place::Query, ParamKind::TimeMs, false),
            param("from_s", Place::Query, ParamKind::TimeSec, false),
            param("from", Place::Query, ParamKind::TimeIso, false),
        ],
        plan: "",
        ttl: Duration::from_secs(1),
        cost: Cost::Fixed { meter: "m", weight: 1 },
        summary: "",
        docs: "",
    };

    fn base() -> Args {
        Args::new().with("coin", "BTC").with("symbol", "BTCUSDT")
    }

    fn refusal(args: &Args) -> String {
        let error = target(Source::Binance, &ENDPOINT, args).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadRequest);
        error.message
    }

    #[test]
    fn the_address_does_not_depend_on_the_order_of_the_arguments() {
        let one = target(Source::Binance, &ENDPOINT, &base().with("limit", 5).with("period", "1h")).unwrap();
        let reordered =
            Args::new().with("period", "1h").with("limit", 5).with("symbol", "BTCUSDT").with("coin", "BTC");
        assert_eq!(one, "/v1/BTC/rows?symbol=BTCUSDT&limit=5&period=1h");
        assert_eq!(target(Source::Binance, &ENDPOINT, &reordered).unwrap(), one);
    }

    #[test]
    fn path_and_query_are_percent_encoded_as_utf8() {
        let args = Args::new().with("coin", "a/b c?d").with("symbol", "币安人生USDT").with("names", "a,b&c");
        assert_eq!(
            target(Source::Binance, &ENDPOINT, &args).unwrap(),
            "/v1/a%2Fb%20c%3Fd/rows?symbol=%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT&names=a%2Cb%26c"
        );
    }

    #[test]
    fn refusals_name_the_parameter_what_was_given_and_what_is_accepted() {
        assert_eq!(
            refusal(&base().with("limit", 501)),
            "test: parameter 'limit' got '501', accepted: a whole number from 1 to 500"
        );
        assert_eq!(
            refusal(&base().with("period", "2h")),
            "test: parameter 'period' got '2h', accepted: one of 5m, 1h"
        );
        assert!(
            refusal(&base().with("limt", 5)).starts_with("test: no parameter 'limt', accepted: coin, symbol")
        );
        assert!(refusal(&Args::new().with("coin", "BTC")).contains("'symbol' is missing"));
        assert!(refusal(&Args::new().with("symbol", "BTCUSDT")).contains("'coin' is missing"));
    }

    #[test]
    fn every_kind_has_its_bounds() {
        let bad = [
            ("symbol", ""),
            ("symbol", "BTC USDT"),
            ("symbol", "BTC\n"),
            ("limit", "1.5"),
            ("limit", ""),
            ("names", "a,,b"),
            ("share", "NaN"),
            ("share", "much"),
            ("all", "yes"),
            ("from_ms", "1763164800"),
            ("from_ms", "1763164800000000"),
            ("from_s", "1763164800000"),
            ("from", "yesterday"),
            ("coin", ".."),
        ];
        for (name, value) in bad {
            assert!(refusal(&base().with(name, value)).contains(&format!("'{name}'")), "{name}={value}");
        }
        let good = base()
            .with("share", "-0.5e3")
            .with("all", "false")
            .with("from_ms", 1_763_164_800_000_i64)
            .with("from_s", 1_763_164_800)
            .with("from", "2025-03-03T12:00:00Z");
        assert!(target(Source::Binance, &ENDPOINT, &good).is_ok());
    }

    #[test]
    fn a_hole_without_its_argument_is_refused_also_when_the_parameter_is_optional() {
        const OPTIONAL: &[Param] = &[param("coin", Place::Path, ParamKind::Text, false)];
        let endpoint = Endpoint { params: OPTIONAL, ..ENDPOINT };
        let error = target(Source::Okx, &endpoint, &Args::new()).unwrap_err();
        assert!(error.message.contains("part of the path"), "{}", error.message);
    }

    proptest! {
        #[test]
        fn any_text_stays_inside_its_segment_and_comes_back_whole(value in "\\PC{1,60}") {
            prop_assume!(value != "." && value != "..");
            let address = target(Source::Okx, &ENDPOINT, &base().with("coin", &value)).unwrap();
            prop_assert!(address.is_ascii());
            let segment = address.strip_prefix("/v1/").unwrap().split("/rows?").next().unwrap();
            prop_assert!(!segment.contains('/'));
            let back = percent_encoding::percent_decode_str(segment).decode_utf8().unwrap();
            prop_assert_eq!(back.as_ref(), value.as_str());
        }
    }
}
