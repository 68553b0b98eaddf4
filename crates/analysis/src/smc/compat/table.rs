//! All columns side by side.

use domain::{Candle, Interval};

use super::{
    Column, Named, bos_choch, fvg, liquidity, ob, previous_high_low, retracements, swing_highs_lows,
};
use crate::smc::Period;

/// The library's columns for each candle, aligned with `candles`: gaps (not joined), swings, breaks by
/// the close, order blocks, liquidity within 1 % of the range, previous day, retracements.
#[must_use]
pub fn table(candles: &[Candle], swing_length: usize) -> Vec<(String, Column)> {
    let swings = swing_highs_lows(candles, swing_length);
    let mut out = Vec::with_capacity(27);
    let mut add = |prefix: &str, columns: &mut dyn Iterator<Item = Named>| {
        out.extend(columns.map(|(name, values)| (format!("{prefix}_{name}"), values)));
    };
    add("fvg", &mut fvg(candles, false).into_iter());
    add("swing", &mut swings.clone().columns().into_iter());
    add("bos_choch", &mut bos_choch(candles, &swings, true).into_iter());
    add("ob", &mut ob(candles, &swings, false).into_iter());
    add("liq", &mut liquidity(candles, &swings, 0.01).into_iter());
    add("prev_1D", &mut previous_high_low(candles, Period::Bar(Interval::D1)).into_iter());
    add("retr", &mut retracements(candles, &swings).into_iter());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_seven_columns_of_the_input_s_length() {
        for prices in [&[][..], &[1.0], &[5.0, 6.0, 7.0, 9.0, 7.0, 6.0, 4.0, 6.0, 7.0, 8.0]] {
            let candles = crate::smc::fixtures::bars(prices);
            let table = table(&candles, 2);
            assert_eq!(table.len(), 27);
            assert!(table.iter().all(|(_, values)| values.len() == candles.len()));
        }
    }
}
