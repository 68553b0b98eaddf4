//! Bars that were checked at the door.

use domain::{Candle, DAY_MS, Interval, UtcMs};

/// A bar that is not fed to any indicator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("bar {index} at {open_time}: {reason}")]
pub struct BadBar {
    /// Position in the input.
    pub index: usize,
    /// Its open time.
    pub open_time: UtcMs,
    /// What is wrong.
    pub reason: &'static str,
}

/// Ascending bars of one interval on the UTC grid, without defect; holes may be inside.
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    interval: Interval,
    open_times: Vec<UtcMs>,
    open: Vec<f64>,
    high: Vec<f64>,
    low: Vec<f64>,
    close: Vec<f64>,
    volume: Vec<f64>,
}

/// Columns of bars, all of one length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Columns<'a> {
    /// Open times.
    pub open_times: &'a [UtcMs],
    /// First prices.
    pub open: &'a [f64],
    /// Highest prices.
    pub high: &'a [f64],
    /// Lowest prices.
    pub low: &'a [f64],
    /// Last prices.
    pub close: &'a [f64],
    /// Base volumes.
    pub volume: &'a [f64],
}

impl Bars {
    /// All bars, or the first bad one.
    pub fn new(candles: &[Candle], interval: Interval) -> Result<Self, BadBar> {
        let (bars, rejected) = Self::accept(candles, interval);
        rejected.into_iter().next().map_or(Ok(bars), Err)
    }

    /// The good bars, and the rejected ones with their reasons.
    #[must_use]
    pub fn accept(candles: &[Candle], interval: Interval) -> (Self, Vec<BadBar>) {
        let mut bars = Self::empty(interval, candles.len());
        let mut rejected = Vec::new();
        for (index, candle) in candles.iter().enumerate() {
            let reason = candle.defect().or_else(|| {
                if bars.open_times.last().is_some_and(|last| candle.open_time <= *last) {
                    Some("it does not open after the bar before it")
                } else if !on_grid(candle.open_time, interval) {
                    Some("it does not open on the interval's grid")
                } else {
                    None
                }
            });
            match reason {
                Some(reason) => rejected.push(BadBar { index, open_time: candle.open_time, reason }),
                None => bars.push(candle),
            }
        }
        (bars, rejected)
    }

    fn empty(interval: Interval, capacity: usize) -> Self {
        let column = || Vec::with_capacity(capacity);
        Self {
            interval,
            open_times: Vec::with_capacity(capacity),
            open: column(),
            high: column(),
            low: column(),
            close: column(),
            volume: column(),
        }
    }

    fn push(&mut self, candle: &Candle) {
        self.open_times.push(candle.open_time);
        self.open.push(candle.open);
        self.high.push(candle.high);
        self.low.push(candle.low);
        self.close.push(candle.close);
        self.volume.push(candle.volume);
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.open_times.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open_times.is_empty()
    }

    /// Length of a bar.
    #[must_use]
    pub const fn interval(&self) -> Interval {
        self.interval
    }

    /// All columns.
    #[must_use]
    pub fn columns(&self) -> Columns<'_> {
        Columns {
            open_times: &self.open_times,
            open: &self.open,
            high: &self.high,
            low: &self.low,
            close: &self.close,
            volume: &self.volume,
        }
    }

    /// The columns in pieces, cut where more than `longest_hole` bars are missing.
    pub(super) fn segments(&self, longest_hole: usize) -> Vec<Columns<'_>> {
        let whole = self.columns();
        let step = i64::try_from(longest_hole).unwrap_or(i64::MAX).saturating_add(1);
        let longest_ms = step.saturating_mul(self.interval.ms());
        let cuts = self
            .open_times
            .iter()
            .zip(self.open_times.iter().skip(1))
            .enumerate()
            .filter(|(_, (before, after))| after.since(**before) > longest_ms)
            .map(|(index, _)| index + 1);
        let mut start = 0;
        let mut out = Vec::new();
        for end in cuts.chain([self.len()]) {
            out.extend(whole.slice(start, end));
            start = end;
        }
        out
    }
}

impl<'a> Columns<'a> {
    fn slice(&self, start: usize, end: usize) -> Option<Columns<'a>> {
        Some(Columns {
            open_times: self.open_times.get(start..end)?,
            open: self.open.get(start..end)?,
            high: self.high.get(start..end)?,
            low: self.low.get(start..end)?,
            close: self.close.get(start..end)?,
            volume: self.volume.get(start..end)?,
        })
    }

    /// How many bars.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.close.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.close.is_empty()
    }

    /// `(h + l + c) / 3` of each bar.
    #[must_use]
    pub fn typical(&self) -> Vec<f64> {
        self.high.iter().zip(self.low).zip(self.close).map(|((h, l), c)| (h + l + c) / 3.0).collect()
    }
}

/// Whether a bar of the interval may open then; weeks open on Monday.
fn on_grid(open_time: UtcMs, interval: Interval) -> bool {
    // 1970-01-01 was a Thursday.
    let shift = if interval == Interval::W1 { 4 * DAY_MS } else { 0 };
    (open_time.0 - shift).rem_euclid(interval.ms()) == 0
}

#[cfg(test)]
mod tests {
    use domain::HOUR_MS;

    use super::*;

    fn candle(hour: i64) -> Candle {
        Candle {
            open_time: UtcMs(hour * HOUR_MS),
            open: 1.0,
            high: 2.0,
            low: 0.5,
            close: 1.5,
            volume: 3.0,
            quote_volume: None,
            taker_buy_volume: None,
        }
    }

    #[test]
    fn bad_bars_are_named_and_not_fed() {
        let mut nan = candle(1);
        nan.close = f64::NAN;
        let mut off = candle(3);
        off.open_time = UtcMs(3 * HOUR_MS + 1);
        let input = [candle(0), nan, candle(2), candle(2), off, candle(4)];
        let (bars, rejected) = Bars::accept(&input, Interval::H1);
        assert_eq!(bars.len(), 3);
        assert_eq!(rejected.iter().map(|bad| bad.index).collect::<Vec<_>>(), vec![1, 3, 4]);
        let error = Bars::new(&input, Interval::H1).unwrap_err();
        assert_eq!(error.index, 1);
        assert!(error.to_string().contains("not finite"));
    }

    #[test]
    fn weeks_open_on_monday() {
        let monday: UtcMs = "2025-03-03".parse().unwrap();
        assert!(on_grid(monday, Interval::W1));
        assert!(!on_grid(monday.plus_ms(DAY_MS), Interval::W1));
    }

    #[test]
    fn long_holes_cut_the_bars() {
        let input: Vec<Candle> = [0, 1, 2, 10, 11, 16].map(candle).to_vec();
        let bars = Bars::new(&input, Interval::H1).unwrap();
        let lengths = |hole| bars.segments(hole).iter().map(Columns::len).collect::<Vec<_>>();
        assert_eq!(lengths(7), vec![6]);
        assert_eq!(lengths(6), vec![3, 3]);
        assert_eq!(lengths(3), vec![3, 2, 1]);
    }
}
