//! How a long read is cut into pages that can be asked for at once. Pure arithmetic, no provider.

use domain::{DAY_MS, Interval, UtcMs};

/// Monday 1970-01-05: weeks do not begin on the epoch's Thursday.
const FIRST_MONDAY_MS: i64 = 4 * DAY_MS;

/// The open time of the bar that holds `at`; weeks begin on Monday.
#[must_use]
pub fn bar_open(interval: Interval, at: UtcMs) -> UtcMs {
    match interval {
        Interval::W1 => at.plus_ms(-FIRST_MONDAY_MS).floor(interval.ms()).plus_ms(FIRST_MONDAY_MS),
        _ => at.floor(interval.ms()),
    }
}

/// A page of candles: `count` bars up to and including the one that opens at `last_open`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CandlePage {
    /// Open time of the newest bar.
    pub last_open: UtcMs,
    /// How many bars.
    pub count: u32,
}

impl CandlePage {
    /// Open time of the oldest bar.
    #[must_use]
    pub fn first_open(&self, interval: Interval) -> UtcMs {
        self.last_open.plus_ms(-interval.ms() * i64::from(self.count.saturating_sub(1)))
    }
}

/// Pages, newest first, that hold the last `limit` bars closed at `end`.
#[must_use]
pub fn candle_pages(interval: Interval, limit: u32, end: UtcMs, per_page: u32) -> Vec<CandlePage> {
    let mut last_open = bar_open(interval, end).plus_ms(-interval.ms());
    let per_page = per_page.max(1);
    let mut left = limit;
    let mut pages = Vec::new();
    while left > 0 {
        let count = left.min(per_page);
        pages.push(CandlePage { last_open, count });
        last_open = last_open.plus_ms(-interval.ms() * i64::from(count));
        left -= count;
    }
    pages
}

/// A span of time, both ends inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First instant.
    pub from: UtcMs,
    /// Last instant.
    pub to: UtcMs,
}

/// Spans, newest first, that together hold `since..=now`, each of at most `rows` rows that lie `step_ms`
/// apart on the UTC grid. None when `since` comes after `now`.
#[must_use]
pub fn spans(since: UtcMs, now: UtcMs, step_ms: i64, rows: i64) -> Vec<Span> {
    let (step_ms, rows) = (step_ms.max(1), rows.max(1));
    let mut list = Vec::new();
    let mut to = now;
    while to >= since {
        let oldest = to.floor(step_ms).plus_ms(-step_ms * (rows - 1));
        let from = oldest.max(since);
        list.push(Span { from, to });
        to = from.plus_ms(-1);
    }
    list
}

#[cfg(test)]
mod tests {
    use domain::HOUR_MS;

    use super::*;

    #[test]
    fn bars_begin_on_the_utc_grid_and_weeks_on_monday() {
        let noon_saturday: UtcMs = "2025-03-01T12:00:00Z".parse().unwrap();
        assert_eq!(bar_open(Interval::W1, noon_saturday).rfc3339(), "2025-02-24T00:00:00Z");
        assert_eq!(bar_open(Interval::D1, noon_saturday).rfc3339(), "2025-03-01T00:00:00Z");
    }

    #[test]
    fn candle_pages_touch_without_overlap() {
        let end: UtcMs = "2025-03-01T12:30:00Z".parse().unwrap();
        let pages = candle_pages(Interval::H4, 700, end, 300);
        assert_eq!(pages.iter().map(|page| page.count).sum::<u32>(), 700);
        assert_eq!(pages[0].last_open.rfc3339(), "2025-03-01T08:00:00Z", "the bar of 12:00 still runs");
        for pair in pages.windows(2) {
            assert_eq!(pair[1].last_open.plus_ms(Interval::H4.ms()), pair[0].first_open(Interval::H4));
        }
        assert!(candle_pages(Interval::H4, 0, end, 300).is_empty());
    }

    #[test]
    fn spans_cover_everything_once() {
        let now = UtcMs(1_777_284_964_493);
        let since = now.plus_ms(-30 * DAY_MS);
        let list = spans(since, now, 4 * HOUR_MS, 100);
        assert_eq!(list.len(), 2, "30 days of four hours are two pages");
        assert_eq!((list[0].to, list[1].from), (now, since));
        assert_eq!(list[1].to.plus_ms(1), list[0].from);
        assert!(spans(now.plus_ms(1), now, HOUR_MS, 100).is_empty());
    }
}
