//! Open interest and the long/short ratios.

use domain::{HOUR_MS, OpenInterest, OpenInterestHistory, Point, Series, UtcMs};
use upstream::lenient::Text;

use crate::rows::{OpenInterestRow, RatioRow, TakerRow};

/// The period in which statistics are read.
pub const PERIOD: &str = "1h";
/// Its length.
pub const PERIOD_MS: i64 = HOUR_MS;

/// Open interest from `since` to `known_at`, ascending. Rows of zero are bad rows and left out.
#[must_use]
pub fn open_interest(
    rows: &[OpenInterestRow<'_>],
    multiplier: u64,
    since: UtcMs,
    known_at: UtcMs,
) -> OpenInterestHistory {
    let mut points: Vec<OpenInterest> = rows
        .iter()
        .filter_map(|row| {
            let units = positive(&row.sum_open_interest)?;
            Some(OpenInterest {
                at: row.timestamp.instant()?,
                coins: units * multiplier as f64,
                usd: positive(&row.sum_open_interest_value)?,
            })
        })
        .filter(|point| point.at >= since && point.at <= known_at)
        .collect();
    points.sort_by_key(|point| point.at);
    points.dedup_by_key(|point| point.at);
    OpenInterestHistory { cadence_ms: PERIOD_MS, points, own_candles_4h: None }
}

/// Long/short ratios from `since` to `known_at`, ascending: the value at its own time.
#[must_use]
pub fn ratios(rows: &[RatioRow<'_>], since: UtcMs, known_at: UtcMs) -> Series {
    series(rows.iter().map(|row| (&row.timestamp, &row.long_short_ratio)), 0, since, known_at)
}

/// Taker buy/sell ratios from `since` to `known_at`, ascending: a bar's value, known at the bar's end.
#[must_use]
pub fn taker_ratios(rows: &[TakerRow<'_>], since: UtcMs, known_at: UtcMs) -> Series {
    series(rows.iter().map(|row| (&row.timestamp, &row.buy_sell_ratio)), PERIOD_MS, since, known_at)
}

fn series<'r>(
    rows: impl Iterator<Item = (&'r Text<'r>, &'r Text<'r>)>,
    known_after_ms: i64,
    since: UtcMs,
    known_at: UtcMs,
) -> Series {
    let mut points: Vec<Point> = rows
        .filter_map(|(time, value)| {
            Some(Point { at: time.instant()?.plus_ms(known_after_ms), value: positive(value)? })
        })
        .filter(|point| point.at >= since && point.at <= known_at)
        .collect();
    points.sort_by_key(|point| point.at);
    points.dedup_by_key(|point| point.at);
    Series { cadence_ms: PERIOD_MS, points }
}

fn positive(text: &Text<'_>) -> Option<f64> {
    text.number().filter(|number| *number > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const H: i64 = HOUR_MS;

    #[test]
    fn open_interest_is_in_coins_and_zero_rows_are_dropped() {
        let json = format!(
            r#"[{{"sumOpenInterest":"2.5","sumOpenInterestValue":"10","timestamp":{}}},
                {{"sumOpenInterest":"2","sumOpenInterestValue":"8","timestamp":"{}"}},
                {{"sumOpenInterest":"0.0","sumOpenInterestValue":"0","timestamp":{}}},
                {{"sumOpenInterest":"9","sumOpenInterestValue":"9","timestamp":{}}}]"#,
            500_003 * H,
            500_002 * H,
            500_004 * H,
            500_009 * H
        );
        let rows: Vec<OpenInterestRow<'_>> = serde_json::from_str(&json).unwrap();
        let history = open_interest(&rows, 1_000, UtcMs(0), UtcMs(500_005 * H));
        assert_eq!(history.points.iter().map(|p| p.coins).collect::<Vec<_>>(), [2_000.0, 2_500.0]);
        assert_eq!(history.points.iter().map(|p| p.usd).collect::<Vec<_>>(), [8.0, 10.0]);
    }

    #[test]
    fn a_takers_bar_is_known_at_its_end() {
        let json = format!(r#"[{{"buySellRatio":"1.2","timestamp":{}}}]"#, 500_000 * H);
        let rows: Vec<TakerRow<'_>> = serde_json::from_str(&json).unwrap();
        let series = taker_ratios(&rows, UtcMs(0), UtcMs(500_001 * H));
        assert_eq!(series.points, [Point { at: UtcMs(500_001 * H), value: 1.2 }]);
        assert!(taker_ratios(&rows, UtcMs(0), UtcMs(500_001 * H - 1)).points.is_empty());
    }
}
