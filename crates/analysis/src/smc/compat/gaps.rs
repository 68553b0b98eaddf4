//! Fair value gaps.

use domain::Candle;

use super::{Named, column, first_from};

#[derive(Clone, Copy)]
struct Gap {
    sign: f64,
    top: f64,
    bottom: f64,
}

/// `fvg(join_consecutive)`: `FVG`, `Top`, `Bottom`, `MitigatedIndex` (0: not yet).
#[must_use]
pub fn fvg(candles: &[Candle], join_consecutive: bool) -> [Named; 4] {
    let mut gaps: Vec<Option<Gap>> = vec![None; candles.len()];
    for (triple, slot) in candles.windows(3).zip(gaps.iter_mut().skip(1)) {
        let [before, middle, after] = triple else { continue };
        *slot = if before.high < after.low && middle.close > middle.open {
            Some(Gap { sign: 1.0, top: after.low, bottom: before.high })
        } else if before.low > after.high && middle.close < middle.open {
            Some(Gap { sign: -1.0, top: before.low, bottom: after.high })
        } else {
            None
        };
    }
    if join_consecutive {
        join(&mut gaps);
    }
    let (high, low) = (column(candles, |bar| bar.high), column(candles, |bar| bar.low));
    let mitigated = gaps.iter().enumerate().map(|(index, gap)| {
        let gap = (*gap)?;
        let found = if gap.sign > 0.0 {
            first_from(&low, index + 2, |low| low <= gap.top)
        } else {
            first_from(&high, index + 2, |high| high >= gap.bottom)
        };
        Some(found.unwrap_or(0) as f64)
    });
    [
        ("FVG", gaps.iter().map(|gap| gap.map(|gap| gap.sign)).collect()),
        ("Top", gaps.iter().map(|gap| gap.map(|gap| gap.top)).collect()),
        ("Bottom", gaps.iter().map(|gap| gap.map(|gap| gap.bottom)).collect()),
        ("MitigatedIndex", mitigated.collect()),
    ]
}

/// Neighbours of one sign become one, on the later bar.
fn join(gaps: &mut [Option<Gap>]) {
    let mut carried: Option<Gap> = None;
    for index in 0..gaps.len() {
        let Some(slot) = gaps.get_mut(index) else { return };
        let mut joined = false;
        if let (Some(old), Some(new)) = (carried, slot.as_mut())
            && old.sign * new.sign > 0.0
        {
            new.top = old.top.max(new.top);
            new.bottom = old.bottom.min(new.bottom);
            joined = true;
        }
        carried = *slot;
        if joined && let Some(before) = index.checked_sub(1).and_then(|before| gaps.get_mut(before)) {
            *before = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smc::fixtures::candle;

    #[test]
    fn two_gaps_in_a_row_become_one() {
        let candles = [
            candle(0, 10.0, 11.0, 9.0, 10.5),
            candle(1, 10.5, 13.0, 10.4, 12.8),
            candle(2, 12.8, 15.0, 12.0, 14.8),
            candle(3, 14.8, 17.0, 14.0, 16.0),
            candle(4, 16.0, 16.5, 13.5, 14.0),
        ];
        let [(_, sign), (_, top), (_, bottom), (_, mitigated)] = fvg(&candles, false);
        assert_eq!(sign, vec![None, Some(1.0), Some(1.0), None, None]);
        assert_eq!((top[1], bottom[1], mitigated[1]), (Some(12.0), Some(11.0), Some(0.0)));
        assert_eq!((top[2], bottom[2], mitigated[2]), (Some(14.0), Some(13.0), Some(4.0)));
        let [(_, sign), (_, top), (_, bottom), _] = fvg(&candles, true);
        assert_eq!(sign, vec![None, None, Some(1.0), None, None]);
        assert_eq!((top[2], bottom[2]), (Some(14.0), Some(11.0)));
    }
}
