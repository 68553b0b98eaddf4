//! Break of structure and change of character.

use domain::Candle;

use super::{Named, Swings, column, first_from, or_none, set, single};

/// A pattern of four swings, on the bar of the second.
#[derive(Clone, Copy)]
struct Pattern {
    index: usize,
    bos: f64,
    choch: f64,
    level: f64,
    broken: usize,
}

/// `bos_choch(close_break)`: `BOS`, `CHOCH`, `Level`, `BrokenIndex`.
#[must_use]
pub fn bos_choch(candles: &[Candle], swings: &Swings, close_break: bool) -> [Named; 4] {
    let mut patterns: Vec<Pattern> = swings.list().windows(4).filter_map(pattern).collect();
    let up = column(candles, |bar| if close_break { bar.close } else { bar.high });
    let down = column(candles, |bar| if close_break { bar.close } else { bar.low });
    for done in 1..=patterns.len() {
        let Some((current, earlier)) = patterns.get_mut(..done).and_then(<[Pattern]>::split_last_mut) else {
            continue;
        };
        let level = current.level;
        let found = if current.bos + current.choch > 0.0 {
            first_from(&up, current.index + 2, |price| price > level)
        } else {
            first_from(&down, current.index + 2, |price| price < level)
        };
        let Some(broken) = found else { continue };
        current.broken = broken;
        for old in earlier.iter_mut().filter(|old| old.broken >= broken) {
            (old.bos, old.choch, old.level) = (0.0, 0.0, 0.0);
        }
    }
    let mut columns = [(); 4].map(|()| vec![0.0; candles.len()]);
    let [bos, choch, level, broken] = &mut columns;
    for pattern in patterns {
        // The library forgets to clear the break of a pattern that it deletes.
        set(broken, pattern.index, pattern.broken as f64);
        if pattern.broken > 0 {
            set(bos, pattern.index, pattern.bos);
            set(choch, pattern.index, pattern.choch);
            set(level, pattern.index, pattern.level);
        }
    }
    let [bos, choch, level, broken] = columns.map(or_none);
    [("BOS", bos), ("CHOCH", choch), ("Level", level), ("BrokenIndex", broken)]
}

fn pattern(window: &[(usize, f64, f64)]) -> Option<Pattern> {
    let &[(_, side_a, a), (index, side_b, b), (_, side_c, c), (_, side_d, d)] = window else { return None };
    if [side_a * side_b, side_b * side_c, side_c * side_d].iter().any(|pair| *pair > 0.0) {
        return None;
    }
    // The mirror image of a bearish pattern is a bullish one.
    let sign = side_b;
    let [a, b, c, d] = [a, b, c, d].map(|level| level * sign);
    let bos = if a < c && c < b && b < d { sign } else { 0.0 };
    let choch = if d > b && b > a && a > c { sign } else { 0.0 };
    (bos != 0.0 || choch != 0.0).then(|| Pattern { index, bos, choch, level: single(b * sign), broken: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smc::compat::swing_highs_lows;
    use crate::smc::fixtures::bars;

    #[test]
    fn a_higher_low_and_a_higher_high_are_a_break_of_structure() {
        let candles = bars(&[
            14.0, 13.0, 12.0, 10.0, 12.0, 14.0, 16.0, 14.0, 13.0, 12.5, 14.0, 15.0, 18.0, 20.0, 18.0, 17.0,
            16.0,
        ]);
        let swings = swing_highs_lows(&candles, 2);
        let [(_, bos), (_, choch), (_, level), (_, broken)] = bos_choch(&candles, &swings, true);
        let marks: Vec<_> = (0..candles.len()).filter(|index| bos[*index].is_some()).collect();
        assert_eq!(marks, vec![6]);
        assert!(choch.iter().all(Option::is_none));
        assert_eq!((level[6], broken[6]), (Some(16.5), Some(12.0)));
    }
}
