//! Retracements.

use domain::Candle;

use super::{Named, Swings, at, set};

/// `retracements()`: `Direction`, `CurrentRetracement%`, `DeepestRetracement%`.
#[must_use]
pub fn retracements(candles: &[Candle], swings: &Swings) -> [Named; 3] {
    let mut columns = [(); 3].map(|()| vec![0.0; candles.len()]);
    let [directions, currents, deepests] = &mut columns;
    let (mut top, mut bottom) = (0.0, 0.0);
    let (mut before, mut deepest_before) = (0.0, 0.0);
    let rows = candles.iter().zip(swings.high_low.iter().zip(&swings.level));
    for (index, (candle, (side, level))) in rows.enumerate() {
        let mut direction = before;
        if let (Some(side), Some(level)) = (side, level) {
            direction = *side;
            if *side > 0.0 { top = *level } else { bottom = *level }
        }
        let (mut current, mut deepest) = (0.0, 0.0);
        // The library looks at the direction of the bar before for one side and of this for the other.
        if before > 0.0 {
            current = retraced(candle.low - bottom, top - bottom);
            deepest = current.max(deepest_before);
        }
        if direction < 0.0 {
            current = retraced(candle.high - top, bottom - top);
            deepest = current.max(if before < 0.0 { deepest_before } else { 0.0 });
        }
        set(directions, index, direction);
        set(currents, index, current);
        set(deepests, index, deepest);
        (before, deepest_before) = (direction, deepest);
    }
    for column in &mut columns {
        if !column.is_empty() {
            column.rotate_right(1);
        }
    }
    let [directions, currents, deepests] = &mut columns;
    let mut changes = 0;
    for index in 0..candles.len().saturating_sub(1) {
        if (at(directions, index) - at(directions, index + 1)).abs() > 0.0 {
            changes += 1;
        }
        let last = if changes == 3 { index + 1 } else { index };
        for column in [&mut *directions, &mut *currents, &mut *deepests] {
            set(column, index, 0.0);
            set(column, last, 0.0);
        }
        if changes == 3 {
            break;
        }
    }
    let [direction, current, deepest] = columns.map(|column| column.into_iter().map(Some).collect());
    [("Direction", direction), ("CurrentRetracement%", current), ("DeepestRetracement%", deepest)]
}

/// Percent of the leg taken back, to one digit, halves to even.
fn retraced(way: f64, leg: f64) -> f64 {
    if leg == 0.0 {
        return 0.0;
    }
    let percent = 100.0 - way / leg * 100.0;
    (percent * 10.0).round_ties_even() / 10.0
}
