//! The door: candles that were checked, counted and given their ATR.

use std::collections::VecDeque;

use domain::{Candle, Interval, UtcMs};

use super::Direction;

/// A candle that was not fed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bar at {open_time} was not used: {reason}")]
pub struct RejectedBar {
    /// Its open time.
    pub open_time: UtcMs,
    /// What is wrong.
    pub reason: &'static str,
}

/// A closed candle with its number and ATR.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bar {
    pub index: u64,
    pub open_time: UtcMs,
    pub close_time: UtcMs,
    pub open: f64,
    pub high: f64,
    pub low: f64,
    pub close: f64,
    pub volume: f64,
    pub atr: Option<f64>,
    pub atr_before: Option<f64>,
}

impl Bar {
    /// As a detector for that direction sees it: upside down for bearish things.
    pub fn facing(&self, direction: Direction) -> Self {
        match direction {
            Direction::Bullish => *self,
            Direction::Bearish => {
                Self { open: -self.open, high: -self.low, low: -self.high, close: -self.close, ..*self }
            }
        }
    }
}

/// One thing for each direction.
#[derive(Clone, Debug, Default)]
pub(super) struct Both<T> {
    bullish: T,
    bearish: T,
}

impl<T> Both<T> {
    pub fn of(make: impl Fn() -> T) -> Self {
        Self { bullish: make(), bearish: make() }
    }

    pub const fn get(&self, direction: Direction) -> &T {
        match direction {
            Direction::Bullish => &self.bullish,
            Direction::Bearish => &self.bearish,
        }
    }

    pub const fn get_mut(&mut self, direction: Direction) -> &mut T {
        match direction {
            Direction::Bullish => &mut self.bullish,
            Direction::Bearish => &mut self.bearish,
        }
    }
}

const ATR_PERIOD: u32 = 14;

/// Wilder's ATR of 14 bars, as [`crate::volatility::wilder_atr`] has it, bar by bar.
#[derive(Clone, Debug, Default)]
struct Atr {
    seen: u32,
    /// Sum of true ranges while warming up, then the ATR.
    value: f64,
}

impl Atr {
    fn push(&mut self, true_range: f64) -> Option<f64> {
        let n = f64::from(ATR_PERIOD);
        if self.seen < ATR_PERIOD {
            self.seen += 1;
            self.value += true_range;
            if self.seen < ATR_PERIOD {
                return None;
            }
            self.value /= n;
        } else {
            self.value = self.value.mul_add(n - 1.0, true_range) / n;
        }
        Some(self.value).filter(|atr| atr.is_finite())
    }
}

/// Checks candles, counts what is missing, keeps the newest.
#[derive(Clone, Debug)]
pub(super) struct Tape {
    interval_ms: i64,
    last: Option<Bar>,
    atr: Atr,
    pub missing_bars: u64,
    pub rejected_bars: u64,
    recent: VecDeque<Bar>,
    kept: usize,
}

impl Tape {
    /// Keeps the newest `kept` bars.
    pub fn new(interval: Interval, kept: usize) -> Self {
        Self {
            interval_ms: interval.ms(),
            last: None,
            atr: Atr::default(),
            missing_bars: 0,
            rejected_bars: 0,
            recent: VecDeque::new(),
            kept,
        }
    }

    pub fn push(&mut self, candle: &Candle) -> Result<Bar, RejectedBar> {
        let reason = candle.defect().or_else(|| {
            let late = self.last.is_some_and(|last| candle.open_time < last.close_time);
            late.then_some("it does not open after the bar before it has closed")
        });
        if let Some(reason) = reason {
            self.rejected_bars += 1;
            return Err(RejectedBar { open_time: candle.open_time, reason });
        }
        let mut atr = None;
        if let Some(last) = self.last {
            let missing = candle.open_time.since(last.close_time) / self.interval_ms;
            self.missing_bars += u64::try_from(missing).unwrap_or(0);
            if missing > 3 * i64::from(ATR_PERIOD) {
                self.atr = Atr::default();
            } else {
                atr = self.atr.push(crate::volatility::true_range(candle, last.close));
            }
        }
        let bar = Bar {
            index: self.last.map_or(0, |last| last.index + 1),
            open_time: candle.open_time,
            close_time: candle.open_time.plus_ms(self.interval_ms),
            open: candle.open,
            high: candle.high,
            low: candle.low,
            close: candle.close,
            volume: candle.volume,
            atr,
            atr_before: self.last.and_then(|last| last.atr),
        };
        self.last = Some(bar);
        if self.recent.len() >= self.kept {
            self.recent.pop_front();
        }
        self.recent.push_back(bar);
        Ok(bar)
    }

    pub const fn last(&self) -> Option<&Bar> {
        self.last.as_ref()
    }

    /// The bar `back` before the newest.
    pub fn back(&self, back: usize) -> Option<&Bar> {
        let position = self.recent.len().checked_sub(back + 1)?;
        self.recent.get(position)
    }

    /// The newest `count` bars, ascending.
    pub fn newest(&self, count: usize) -> impl Iterator<Item = &Bar> {
        self.recent.range(self.recent.len().saturating_sub(count)..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smc::fixtures::{candle, wavy};

    #[test]
    fn the_atr_is_the_batch_one_also_over_holes() {
        let mut candles = wavy(200);
        candles.drain(90..150);
        candles.drain(40..60);
        let batch = crate::volatility::wilder_atr(&candles, 14, Some(Interval::H1.ms()));
        let mut tape = Tape::new(Interval::H1, 3);
        let streamed: Vec<_> = candles.iter().map(|candle| tape.push(candle).unwrap().atr).collect();
        assert_eq!(streamed, batch);
        assert_eq!(tape.missing_bars, 80);
        assert_eq!(tape.newest(9).count(), 3);
    }

    #[test]
    fn bad_bars_and_repeated_ones_stay_outside() {
        let mut tape = Tape::new(Interval::H1, 3);
        tape.push(&candle(0, 1.0, 2.0, 0.5, 1.5)).unwrap();
        assert!(tape.push(&candle(0, 1.0, 2.0, 0.5, 1.5)).is_err());
        let error = tape.push(&candle(1, 1.0, 0.9, 0.5, 1.5)).unwrap_err();
        assert!(error.to_string().contains("high and low"));
        assert_eq!(tape.rejected_bars, 2);
        assert_eq!(tape.push(&candle(1, 1.0, 2.0, 0.5, 1.5)).unwrap().index, 1);
    }
}
