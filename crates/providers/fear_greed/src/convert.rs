//! From rows to days.

use domain::{DAY_MS, ErrorKind, Point, ProviderError, Series, UtcMs};

use crate::rows::DayRow;
use crate::wire::error;

/// The index of one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// 00:00 UTC of the day the value stands for.
    pub at: UtcMs,
    /// 0 (extreme fear) to 100 (extreme greed).
    pub value: u8,
    /// The provider's own word for it: `Extreme Fear`, `Fear`, `Neutral`, `Greed`, `Extreme Greed`.
    pub class: String,
}

/// The days of an answer, ascending, one per date, none later than `now`. A value that is no whole number of
/// 0 to 100 is left out; when none remains, what was sent is not the index.
pub fn days(data: &[u8], now: UtcMs) -> Result<Vec<Day>, ProviderError> {
    let rows: Vec<DayRow<'_>> = serde_json::from_slice(data).map_err(|fault| {
        error(ErrorKind::Malformed, format!("alternative.me's index cannot be read: {fault}"))
    })?;
    if rows.is_empty() {
        return Err(error(ErrorKind::NoData, "alternative.me sent no day"));
    }
    let mut list: Vec<Day> = rows.iter().filter_map(day).collect();
    if list.is_empty() {
        return Err(error(ErrorKind::Malformed, "alternative.me sent no value between 0 and 100"));
    }
    list.retain(|day| day.at <= now);
    list.sort_by_key(|day| day.at);
    list.dedup_by_key(|day| day.at);
    if list.is_empty() {
        return Err(error(ErrorKind::NoData, "alternative.me sent no day up to now"));
    }
    Ok(list)
}

fn day(row: &DayRow<'_>) -> Option<Day> {
    let value = u8::try_from(row.value.integer()?).ok().filter(|value| *value <= 100)?;
    let class = row.value_classification.as_str();
    if class != band(value) {
        tracing::warn!(value, class, "alternative.me's word for a value is not the usual one");
    }
    // Answers of 2019 were stamped some hours into their day.
    Some(Day { at: row.timestamp.instant()?.floor(DAY_MS), value, class: class.to_owned() })
}

/// The word that goes with a value, as measured over all days from 2018 to 2026. The provider has not
/// published its bands: this checks what it sends and replaces nothing.
#[must_use]
pub const fn band(value: u8) -> &'static str {
    match value {
        0..=25 => "Extreme Fear",
        26..=46 => "Fear",
        47..=54 => "Neutral",
        55..=75 => "Greed",
        _ => "Extreme Greed",
    }
}

/// Days as a series of one cadence; missing days stay missing.
#[must_use]
pub fn series(days: &[Day]) -> Series {
    let points = days.iter().map(|day| Point { at: day.at, value: f64::from(day.value) }).collect();
    Series { cadence_ms: DAY_MS, points }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UtcMs = UtcMs(1_772_176_740_000);

    fn row(value: &str, timestamp: i64) -> String {
        format!(r#"{{"value":"{value}","value_classification":"Fear","timestamp":"{timestamp}"}}"#)
    }

    #[test]
    fn days_ascend_and_tomorrow_is_not_known() {
        let data = format!(
            "[{},{},{},{}]",
            row("40", 1_772_236_800),
            row("13", 1_772_150_400),
            row("11", 1_772_064_000),
            row("11", 1_772_064_000)
        );
        let list = days(data.as_bytes(), NOW).unwrap();
        let values: Vec<u8> = list.iter().map(|day| day.value).collect();
        assert_eq!(values, [11, 13]);
        assert_eq!(list[1].at.rfc3339(), "2026-02-27T00:00:00Z");
        assert_eq!(series(&list).points.len(), 2);
    }

    #[test]
    fn nothing_is_made_up() {
        let kind = |data: &str| days(data.as_bytes(), NOW).unwrap_err().kind;
        assert_eq!(kind("[]"), ErrorKind::NoData);
        assert_eq!(kind(r#"{"value":"50"}"#), ErrorKind::Malformed);
        for value in ["101", "-1", "", "fifty", "50.5"] {
            assert_eq!(kind(&format!("[{}]", row(value, 1_772_150_400))), ErrorKind::Malformed, "{value}");
        }
        assert_eq!(kind(&format!("[{}]", row("50", 1_772_236_800))), ErrorKind::NoData);
    }
}
