//! What was known at the decision time, cleaned: finite, ascending, one value an instant.

use analysis::statistics;
use domain::{Candle, DAY_MS, HOUR_MS, Interval, Point, UtcMs};

use crate::Basis;
use crate::config::{Decay, History};

/// The bars that decisions rest on.
pub(crate) const BAR: Interval = Interval::H4;
/// Their length.
pub(crate) const BAR_MS: i64 = BAR.ms();

/// Days as milliseconds.
#[expect(clippy::cast_possible_truncation, reason = "configured days are small")]
pub(crate) fn days_ms(days: f64) -> i64 {
    (days * DAY_MS as f64) as i64
}

/// The points known at `at`, ascending, with `value` applied; what it maps to nothing, or to no
/// finite number, is dropped. Of two points at one instant the later stays.
pub(crate) fn known(points: &[Point], at: UtcMs, value: impl Fn(f64) -> Option<f64>) -> Vec<Point> {
    let kept: Vec<Point> = points
        .iter()
        .filter(|point| point.at <= at && point.value.is_finite())
        .filter_map(|point| value(point.value).map(|value| Point { at: point.at, value }))
        .filter(|point| point.value.is_finite())
        .collect();
    ascending(kept, |point| point.at)
}

/// `rows` in the order of time, one row an instant.
pub(crate) fn ascending<T>(mut rows: Vec<T>, time: impl Fn(&T) -> UtcMs) -> Vec<T> {
    let in_order = rows.iter().zip(rows.iter().skip(1)).all(|(one, next)| time(one) < time(next));
    if !in_order {
        rows.sort_by_key(&time);
        rows.reverse();
        rows.dedup_by_key(|row| time(row));
        rows.reverse();
    }
    rows
}

/// Closed 4h candles without defect, ascending.
pub(crate) fn closed_candles(candles: &[Candle], at: UtcMs) -> Vec<Candle> {
    let kept = candles
        .iter()
        .filter(|bar| bar.open_time.plus_ms(BAR_MS) <= at && bar.defect().is_none())
        .copied()
        .collect();
    ascending(kept, |bar: &Candle| bar.open_time)
}

/// A positive number.
pub(crate) fn positive(value: f64) -> Option<f64> {
    (value > 0.0).then_some(value)
}

/// 2^(-age / half-life), or why the observation is too old.
pub(crate) fn freshness(as_of: UtcMs, at: UtcMs, decay: &Decay) -> Result<f64, String> {
    let age_h = at.since(as_of).max(0) as f64 / HOUR_MS as f64;
    if age_h > decay.max_age_h {
        return Err(format!("stale: {age_h:.1} h old, at most {} h", decay.max_age_h));
    }
    Ok((-age_h / decay.half_life_h).exp2())
}

/// The newest value of a series and its own history before it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sample {
    /// The newest.
    pub newest: Point,
    /// Values before it, within the window before the decision time.
    pub earlier: Vec<f64>,
    /// Whether there are enough of them for the own-history form.
    pub enough: bool,
}

impl Sample {
    /// Splits ascending points. `cadence_ms` is the distance the window is counted in.
    pub fn split(
        points: &[Point],
        at: UtcMs,
        window_days: f64,
        cadence_ms: i64,
        history: &History,
    ) -> Option<Self> {
        let (newest, before) = points.split_last()?;
        let from = at.plus_ms(-days_ms(window_days));
        let start = before.partition_point(|point| point.at < from);
        let earlier: Vec<f64> = before.iter().skip(start).map(|point| point.value).collect();
        let enough = enough(earlier.len(), window_days, cadence_ms, history);
        Some(Self { newest: *newest, earlier, enough })
    }

    /// The newest value's signed rank in the own history, where there is enough of it.
    pub fn rank(&self) -> Option<f64> {
        if self.enough { statistics::signed_rank(self.newest.value, &self.earlier) } else { None }
    }

    /// The newest value's z-score in the own history, where there is enough and it moves.
    pub fn z(&self) -> Option<f64> {
        if self.enough { statistics::z_score(self.newest.value, &self.earlier) } else { None }
    }

    /// The basis of the own-history form.
    pub fn own(&self) -> Basis {
        Basis::OwnHistory { observations: self.earlier.len() }
    }
}

/// Whether `count` observations are the share of the window that the own-history form asks for.
pub(crate) fn enough(count: usize, window_days: f64, cadence_ms: i64, history: &History) -> bool {
    cadence_ms > 0
        && count > 0
        && count as f64 * cadence_ms as f64 >= history.min_share * window_days * DAY_MS as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(at: i64, value: f64) -> Point {
        Point { at: UtcMs(at), value }
    }

    #[test]
    fn later_bad_and_double_points_are_dropped() {
        let points = [point(3, 3.0), point(1, 1.0), point(2, f64::NAN), point(1, 1.5), point(9, 9.0)];
        assert_eq!(known(&points, UtcMs(5), Some), vec![point(1, 1.5), point(3, 3.0)]);
    }

    #[test]
    fn a_window_ends_where_it_says() {
        let day = |n: i64, value| point(n * DAY_MS, value);
        let points: Vec<Point> = (0..=40).map(|n| day(n, n as f64)).collect();
        let sample = Sample::split(&points, UtcMs(40 * DAY_MS), 30.0, DAY_MS, &History::default()).unwrap();
        assert_eq!(sample.earlier.len(), 30);
        assert_eq!(sample.rank(), Some(1.0));
        let few = Sample::split(&points[..6], UtcMs(5 * DAY_MS), 30.0, DAY_MS, &History::default()).unwrap();
        assert_eq!((few.earlier.len(), few.enough, few.rank()), (5, false, None));
        let just = Sample::split(&points[..7], UtcMs(6 * DAY_MS), 30.0, DAY_MS, &History::default()).unwrap();
        assert!(just.enough);
    }

    #[test]
    fn freshness_halves_and_ends() {
        let decay = Decay { half_life_h: 8.0, max_age_h: 24.0 };
        let now = UtcMs(100 * HOUR_MS);
        assert_eq!(freshness(UtcMs(92 * HOUR_MS), now, &decay), Ok(0.5));
        assert_eq!(freshness(UtcMs(101 * HOUR_MS), now, &decay), Ok(1.0));
        assert!(freshness(UtcMs(75 * HOUR_MS), now, &decay).unwrap_err().starts_with("stale: 25.0 h"));
    }
}
