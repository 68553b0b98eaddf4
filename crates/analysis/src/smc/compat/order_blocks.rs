//! Order blocks.

use domain::Candle;

use super::{Column, Named, Swings, at, column, single};

/// What the library keeps for the bar of a block; its two passes share it.
#[derive(Clone, Copy, Default)]
struct Slot {
    sign: f64,
    top: f64,
    bottom: f64,
    volume: f64,
    percentage: f64,
    mitigated: f64,
    breaker: bool,
}

/// The columns of one direction, turned so that a block lies below the price. `sign` is 1 for
/// bullish blocks and -1 for bearish ones.
struct Pass<'a> {
    sign: f64,
    open: Vec<f64>,
    high: Vec<f64>,
    low: Vec<f64>,
    close: Vec<f64>,
    volume: &'a [f64],
    close_mitigation: bool,
}

/// `ob(close_mitigation)`: `OB`, `Top`, `Bottom`, `OBVolume`, `MitigatedIndex`, `Percentage`.
#[must_use]
pub fn ob(candles: &[Candle], swings: &Swings, close_mitigation: bool) -> [Named; 6] {
    let volume = column(candles, |bar| bar.volume);
    let mut slots = vec![Slot::default(); candles.len()];
    for sign in [1.0, -1.0] {
        let pivots: Vec<usize> = swings
            .list()
            .iter()
            .filter(|(_, side, _)| side * sign > 0.0)
            .map(|(index, _, _)| *index)
            .collect();
        let (high, low) = if sign > 0.0 {
            (column(candles, |bar| bar.high), column(candles, |bar| bar.low))
        } else {
            (column(candles, |bar| -bar.low), column(candles, |bar| -bar.high))
        };
        let pass = Pass {
            sign,
            open: column(candles, |bar| sign * bar.open),
            high,
            low,
            close: column(candles, |bar| sign * bar.close),
            volume: &volume,
            close_mitigation,
        };
        pass.run(&pivots, &mut slots);
    }
    let show = |value: fn(&Slot) -> f64| -> Column {
        slots.iter().map(|slot| (slot.sign != 0.0).then(|| value(slot))).collect()
    };
    [
        ("OB", show(|slot| slot.sign)),
        ("Top", show(|slot| slot.top)),
        ("Bottom", show(|slot| slot.bottom)),
        ("OBVolume", show(|slot| slot.volume)),
        ("MitigatedIndex", show(|slot| slot.mitigated)),
        ("Percentage", show(|slot| slot.percentage)),
    ]
}

impl Pass<'_> {
    fn run(&self, pivots: &[usize], slots: &mut [Slot]) {
        let mut active: Vec<usize> = Vec::new();
        let mut used: Option<usize> = None;
        let mut coming = pivots.iter().copied().peekable();
        let mut pivot = None;
        for now in 0..self.close.len() {
            active.retain(|block| slots.get_mut(*block).is_some_and(|slot| self.lives_on(slot, now)));
            while let Some(next) = coming.next_if(|next| *next < now) {
                pivot = Some(next);
            }
            let Some(swing) = pivot.filter(|swing| used != Some(*swing)) else { continue };
            if at(&self.close, now) > at(&self.high, swing) {
                used = pivot;
                let block = self.open_block(swing, now, slots);
                active.push(block);
            }
        }
    }

    /// Top and bottom of the slot as this pass sees them.
    fn edges(&self, slot: &Slot) -> (f64, f64) {
        if self.sign > 0.0 { (slot.top, slot.bottom) } else { (-slot.bottom, -slot.top) }
    }

    fn lives_on(&self, slot: &mut Slot, now: usize) -> bool {
        let (top, bottom) = self.edges(slot);
        if slot.breaker {
            if at(&self.high, now) > top {
                *slot = Slot { breaker: true, ..Slot::default() };
                return false;
            }
            return true;
        }
        let lowest = if self.close_mitigation {
            at(&self.open, now).min(at(&self.close, now))
        } else {
            at(&self.low, now)
        };
        if lowest < bottom {
            slot.breaker = true;
            // The library writes the bar before for bullish blocks.
            slot.mitigated = now as f64 - if self.sign > 0.0 { 1.0 } else { 0.0 };
        }
        true
    }

    fn open_block(&self, swing: usize, now: usize, slots: &mut [Slot]) -> usize {
        let previous = now.saturating_sub(1);
        let mut block = previous;
        // Without a bar between, the library turns a bullish block upside down.
        let (mut top, mut bottom) = if self.sign > 0.0 {
            (at(&self.low, previous), at(&self.high, previous))
        } else {
            (at(&self.high, previous), at(&self.low, previous))
        };
        let mut lowest = f64::INFINITY;
        for index in swing + 1..now {
            if at(&self.low, index) <= lowest {
                lowest = at(&self.low, index);
                (block, top, bottom) = (index, at(&self.high, index), lowest);
            }
        }
        if self.sign < 0.0 {
            (top, bottom) = (-bottom, -top);
        }
        let back = |bars: usize| now.checked_sub(bars).map_or(0.0, |index| at(self.volume, index));
        let (volume, before) = (back(0) + back(1) + back(2), single(back(2)));
        let recent = single(back(0) + back(1));
        let most = recent.max(before);
        let share = if most == 0.0 { 100.0 } else { single(single(recent.min(before) / most) * 100.0) };
        if let Some(slot) = slots.get_mut(block) {
            *slot = Slot {
                sign: self.sign,
                top: single(top),
                bottom: single(bottom),
                volume: single(volume),
                percentage: share,
                ..*slot
            };
        }
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smc::compat::swing_highs_lows;
    use crate::smc::fixtures::bars;

    #[test]
    fn the_lowest_bar_before_the_break_is_the_block() {
        let candles = bars(&[10.0, 11.0, 12.0, 14.0, 13.0, 11.0, 10.0, 12.0, 13.0, 16.0, 15.0, 14.0, 13.0]);
        let swings = swing_highs_lows(&candles, 2);
        let [(_, sign), (_, top), (_, bottom), (_, volume), (_, mitigated), (_, share)] =
            ob(&candles, &swings, false);
        assert_eq!(sign[6], Some(1.0));
        assert_eq!((top[6], bottom[6]), (Some(10.5), Some(9.5)));
        assert_eq!((volume[6], mitigated[6], share[6]), (Some(3.0), Some(0.0), Some(50.0)));
    }
}
