use std::fmt::Write as _;

use domain::{DAY_MS, HOUR_MS, MINUTE_MS};

use crate::query::{BadParam, Query};

/// A number in full, never in exponent form: `0.00000025`.
pub(crate) fn plain(value: f64) -> String {
    // The standard formatter writes the shortest text that reads back to the same number.
    format!("{value}")
}

/// A number that may be absent; absent is the empty text.
pub(crate) fn plain_or_empty(value: Option<f64>) -> String {
    value.map(plain).unwrap_or_default()
}

/// Appends a quoted number to JSON.
pub(crate) fn push_quoted(json: &mut String, value: f64) {
    // Writing to a String cannot fail.
    let _ = write!(json, "\"{value}\"");
}

/// `1m`, `4h`, `1d`, `1w` to milliseconds.
pub(crate) fn interval_ms(text: &str) -> Option<i64> {
    Some(match text {
        "1m" => MINUTE_MS,
        "3m" => 3 * MINUTE_MS,
        "5m" => 5 * MINUTE_MS,
        "15m" => 15 * MINUTE_MS,
        "30m" => 30 * MINUTE_MS,
        "1h" => HOUR_MS,
        "2h" => 2 * HOUR_MS,
        "4h" => 4 * HOUR_MS,
        "6h" => 6 * HOUR_MS,
        "8h" => 8 * HOUR_MS,
        "12h" => 12 * HOUR_MS,
        "1d" => DAY_MS,
        "3d" => 3 * DAY_MS,
        "1w" => 7 * DAY_MS,
        _ => return None,
    })
}

/// A row count: the default when absent; `None` inside when beyond what the provider allows.
pub(crate) fn limit(
    query: &Query,
    name: &'static str,
    default: usize,
    most: usize,
) -> Result<Option<usize>, BadParam> {
    match query.int(name)? {
        None => Ok(Some(default)),
        Some(asked) => match usize::try_from(asked) {
            Ok(asked) if (1..=most).contains(&asked) => Ok(Some(asked)),
            _ => Ok(None),
        },
    }
}

/// Seven digits of a second, as CoinAPI writes times.
pub(crate) fn iso7(ms: i64) -> String {
    chrono::DateTime::<chrono::Utc>::from_timestamp_millis(ms)
        .map(|time| time.format("%Y-%m-%dT%H:%M:%S%.3f0000Z").to_string())
        .unwrap_or_default()
}

/// Three digits of a second, as CoinGecko writes times.
pub(crate) fn iso3(ms: i64) -> String {
    chrono::DateTime::<chrono::Utc>::from_timestamp_millis(ms)
        .map(|time| time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_full() {
        assert_eq!(plain(-2.5e-7), "-0.00000025");
        assert_eq!(plain(7_416_746_000.0), "7416746000");
        assert_eq!(plain(92_700.0), "92700");
        assert_eq!(iso7(1_740_960_000_123), "2025-03-03T00:00:00.1230000Z");
    }
}
