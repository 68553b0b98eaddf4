//! Swing highs and lows.

use domain::Candle;

use super::{Column, Named, at, column, set};

/// The alternating swings, the two book-ends of the library among them.
#[derive(Clone, Debug, PartialEq)]
pub struct Swings {
    /// 1 at a swing high, -1 at a swing low.
    pub high_low: Column,
    /// The high or the low of that bar.
    pub level: Column,
}

impl Swings {
    /// The columns by the library's names.
    #[must_use]
    pub fn columns(self) -> [Named; 2] {
        [("HighLow", self.high_low), ("Level", self.level)]
    }

    /// Bar, side and level of each swing, ascending.
    pub(super) fn list(&self) -> Vec<(usize, f64, f64)> {
        let rows = self.high_low.iter().zip(&self.level).enumerate();
        rows.filter_map(|(index, (side, level))| Some((index, (*side)?, (*level)?))).collect()
    }
}

/// `swing_highs_lows(swing_length)`: extremes of `swing_length - 1` bars before and `swing_length`
/// after; without any for a length of 0.
#[must_use]
pub fn swing_highs_lows(candles: &[Candle], swing_length: usize) -> Swings {
    let length = candles.len();
    let (high, low) = (column(candles, |bar| bar.high), column(candles, |bar| bar.low));
    let mut sides = vec![0.0; length];
    let mut kept: Vec<(usize, f64)> = Vec::new();
    if swing_length > 0 {
        let highest = window_extremes(&high, swing_length, |new, old| new >= old);
        let lowest = window_extremes(&low, swing_length, |new, old| new <= old);
        for index in (2 * swing_length - 1)..length.saturating_sub(swing_length) {
            let side = if Some(at(&high, index)) == highest.get(index).copied().flatten() {
                1.0
            } else if Some(at(&low, index)) == lowest.get(index).copied().flatten() {
                -1.0
            } else {
                continue;
            };
            let Some((last, _)) = kept.last().copied().filter(|(_, last_side)| last_side * side > 0.0) else {
                kept.push((index, side));
                continue;
            };
            let further = if side > 0.0 {
                at(&high, last) < at(&high, index)
            } else {
                at(&low, last) > at(&low, index)
            };
            if further {
                kept.pop();
                kept.push((index, side));
            }
        }
    }
    for (index, side) in &kept {
        set(&mut sides, *index, *side);
    }
    if let (Some((_, first)), Some((_, last))) = (kept.first(), kept.last()) {
        set(&mut sides, 0, -first);
        set(&mut sides, length.saturating_sub(1), -last);
    }
    let level = sides
        .iter()
        .zip(high.iter().zip(&low))
        .map(|(side, (high, low))| (*side != 0.0).then_some(if *side > 0.0 { *high } else { *low }))
        .collect();
    Swings { high_low: super::or_none(sides), level }
}

/// For each bar the extreme of `length - 1` bars before it, itself and `length` after it; `None`
/// where the library's rolling window is not full.
fn window_extremes(values: &[f64], length: usize, beats: impl Fn(f64, f64) -> bool) -> Column {
    let mut out = vec![None; values.len()];
    let mut queue: std::collections::VecDeque<(usize, f64)> = std::collections::VecDeque::new();
    for (newest, value) in values.iter().enumerate() {
        while queue.back().is_some_and(|(_, old)| beats(*value, *old)) {
            queue.pop_back();
        }
        queue.push_back((newest, *value));
        let Some(middle) = newest.checked_sub(length) else { continue };
        while queue.front().is_some_and(|(index, _)| *index + length <= middle) {
            queue.pop_front();
        }
        set(&mut out, middle, queue.front().map(|(_, value)| *value));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smc::fixtures::bars;

    #[test]
    fn one_high_and_one_low_with_book_ends() {
        let candles = bars(&[5.0, 6.0, 7.0, 9.0, 7.0, 6.0, 4.0, 6.0, 7.0, 8.0]);
        let swings = swing_highs_lows(&candles, 2);
        let list: Vec<_> = swings.list().into_iter().map(|(index, side, _)| (index, side)).collect();
        assert_eq!(list, vec![(0, -1.0), (3, 1.0), (6, -1.0), (9, 1.0)]);
        assert!(swing_highs_lows(&candles, 0).list().is_empty());
        assert!(swing_highs_lows(&candles, 50).list().is_empty());
        assert!(swing_highs_lows(&[], 2).high_low.is_empty());
    }
}
