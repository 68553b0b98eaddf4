//! Calendar periods in UTC.

use domain::{DAY_MS, Interval, UtcMs};
use serde::{Deserialize, Serialize};

/// A stretch of the UTC calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// As long as a bar; weeks begin on Monday.
    Bar(Interval),
    /// A calendar month.
    Month,
}

// 1970-01-01 was a Thursday.
const MONDAY_MS: i64 = 4 * DAY_MS;

impl Period {
    /// Start of the period that holds the instant.
    #[must_use]
    pub fn start(self, at: UtcMs) -> UtcMs {
        match self {
            Self::Bar(Interval::W1) => at.plus_ms(-MONDAY_MS).floor(Interval::W1.ms()).plus_ms(MONDAY_MS),
            Self::Bar(interval) => at.floor(interval.ms()),
            Self::Month => {
                let days = at.0.div_euclid(DAY_MS);
                UtcMs(days.saturating_sub(day_of_month(days) - 1).saturating_mul(DAY_MS))
            }
        }
    }

    /// Its end, which is the start of the next.
    #[must_use]
    pub fn end(self, at: UtcMs) -> UtcMs {
        match self {
            Self::Bar(interval) => self.start(at).plus_ms(interval.ms()),
            // No month has more than 31 days, no two have less than 59.
            Self::Month => self.start(self.start(at).plus_ms(31 * DAY_MS)),
        }
    }

    /// Whether it lasts longer than a bar.
    #[must_use]
    pub const fn is_longer_than(self, interval: Interval) -> bool {
        match self {
            Self::Bar(own) => own.ms() > interval.ms(),
            Self::Month => true,
        }
    }

    /// Whether smartmoneyconcepts stamps it with its last day.
    pub(super) const fn is_labelled_by_its_end(self) -> bool {
        matches!(self, Self::Bar(Interval::W1) | Self::Month)
    }
}

/// Day of the month, from 1, of a day counted from 1970-01-01 (proleptic Gregorian).
const fn day_of_month(days: i64) -> i64 {
    // Years that begin in March have their leap day at the end; 400 of them have 146,097 days.
    let day_of_era = days.saturating_add(719_468).rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    day_of_year - (153 * month + 2) / 5 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_begin_where_the_calendar_says() {
        let at: UtcMs = "2024-02-29T13:05:00Z".parse().unwrap();
        let day = |period: Period| (period.start(at).rfc3339(), period.end(at).rfc3339());
        let expected = |from: &str, to: &str| (format!("{from}:00:00Z"), format!("{to}:00:00Z"));
        assert_eq!(day(Period::Bar(Interval::D1)), expected("2024-02-29T00", "2024-03-01T00"));
        assert_eq!(day(Period::Bar(Interval::W1)), expected("2024-02-26T00", "2024-03-04T00"));
        assert_eq!(day(Period::Bar(Interval::H4)), expected("2024-02-29T12", "2024-02-29T16"));
        assert_eq!(day(Period::Month), expected("2024-02-01T00", "2024-03-01T00"));
        let old: UtcMs = "1969-12-31".parse().unwrap();
        assert_eq!(Period::Month.start(old).rfc3339(), "1969-12-01T00:00:00Z");
        assert_eq!(Period::Month.end(UtcMs(i64::MAX)), Period::Month.end(UtcMs(i64::MAX)));
    }
}
