//! Previous high and low.

use domain::{Candle, DAY_MS, UtcMs};

use super::{Named, at, single};
use crate::smc::Period;

/// `previous_high_low(time_frame)`: `PreviousHigh`, `PreviousLow`, `BrokenHigh`, `BrokenLow`.
///
/// A week is the library's `1W` and a month its `1M`: they are labelled by their last day, so that
/// "previous" is mostly the week (month) before the previous one.
#[must_use]
pub fn previous_high_low(candles: &[Candle], time_frame: Period) -> [Named; 4] {
    // Label, high and low of each period that has bars.
    let mut periods: Vec<(UtcMs, f64, f64)> = Vec::new();
    for candle in candles {
        let label = label(candle.open_time, time_frame);
        match periods.last_mut() {
            Some((last, high, low)) if *last == label => {
                (*high, *low) = (high.max(candle.high), low.min(candle.low));
            }
            _ => periods.push((label, candle.high, candle.low)),
        }
    }
    let highs: Vec<f64> = periods.iter().map(|(_, high, _)| *high).collect();
    let lows: Vec<f64> = periods.iter().map(|(_, _, low)| *low).collect();
    let mut columns = [(); 4].map(|()| Vec::with_capacity(candles.len()));
    let [previous_high, previous_low, broken_high, broken_low] = &mut columns;
    let (mut group, mut highest, mut lowest) = (usize::MAX, f64::NEG_INFINITY, f64::INFINITY);
    for candle in candles {
        let before = periods.partition_point(|(label, _, _)| *label < candle.open_time);
        if before != group {
            (group, highest, lowest) = (before, f64::NEG_INFINITY, f64::INFINITY);
        }
        highest = highest.max(candle.high);
        lowest = lowest.min(candle.low);
        let reference = before.checked_sub(2);
        let high = reference.map(|index| single(at(&highs, index)));
        let low = reference.map(|index| single(at(&lows, index)));
        broken_high.push(Some(f64::from(u8::from(high.is_some_and(|high| highest > high)))));
        broken_low.push(Some(f64::from(u8::from(low.is_some_and(|low| lowest < low)))));
        previous_high.push(high);
        previous_low.push(low);
    }
    let [previous_high, previous_low, broken_high, broken_low] = columns;
    [
        ("PreviousHigh", previous_high),
        ("PreviousLow", previous_low),
        ("BrokenHigh", broken_high),
        ("BrokenLow", broken_low),
    ]
}

/// How the library stamps the period of an instant.
fn label(at: UtcMs, period: Period) -> UtcMs {
    if period.is_labelled_by_its_end() { period.end(at).plus_ms(-DAY_MS) } else { period.start(at) }
}
