//! Liquidity: groups of swings at nearly one level.

use domain::Candle;

use super::{Named, Swings, column, first_from, set, single};

/// `liquidity(range_percent)`: `Liquidity`, `Level`, `End`, `Swept` (0: not yet). The library's
/// `range_percent` is a fraction: 0.01 is 1 % of the whole input's range.
#[must_use]
pub fn liquidity(candles: &[Candle], swings: &Swings, range_percent: f64) -> [Named; 4] {
    let (high, low) = (column(candles, |bar| bar.high), column(candles, |bar| bar.low));
    let highest = high.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let lowest = low.iter().copied().fold(f64::INFINITY, f64::min);
    let reach = (highest - lowest) * range_percent;
    let mut columns = [(); 4].map(|()| vec![None; candles.len()]);
    for sign in [1.0, -1.0] {
        let own: Vec<(usize, f64)> = swings
            .list()
            .into_iter()
            .filter(|(_, side, _)| side * sign > 0.0)
            .map(|(index, _, level)| (index, level))
            .collect();
        let mut taken = vec![false; own.len()];
        for (position, (start, level)) in own.iter().copied().enumerate() {
            if taken.get(position).copied().unwrap_or(true) {
                continue;
            }
            let (bottom, top) = (level - reach, level + reach);
            let swept = if sign > 0.0 {
                first_from(&high, start + 1, |high| high >= top)
            } else {
                first_from(&low, start + 1, |low| low <= bottom)
            };
            let (mut sum, mut members, mut end) = (level, 1_u32, start);
            for ((index, other), taken) in own.iter().zip(taken.iter_mut()).skip(position + 1) {
                if swept.is_some_and(|swept| *index >= swept) {
                    break;
                }
                if !*taken && bottom <= *other && *other <= top {
                    *taken = true;
                    sum += other;
                    members += 1;
                    end = *index;
                }
            }
            if members > 1 {
                let [liquidity, level, ends, sweeps] = &mut columns;
                set(liquidity, start, Some(sign));
                set(level, start, Some(single(sum / f64::from(members))));
                set(ends, start, Some(single(end as f64)));
                set(sweeps, start, Some(single(swept.unwrap_or(0) as f64)));
            }
        }
    }
    let [liquidity, level, end, swept] = columns;
    [("Liquidity", liquidity), ("Level", level), ("End", end), ("Swept", swept)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_highs_are_liquidity_until_they_are_swept() {
        let candles = crate::smc::fixtures::bars(&[1.0, 10.0, 5.0, 10.0, 4.0, 20.0, 6.0]);
        let swings = Swings {
            high_low: vec![None, Some(1.0), Some(-1.0), Some(1.0), Some(-1.0), Some(1.0), None],
            level: vec![None, Some(10.5), Some(4.5), Some(10.5), Some(3.5), Some(20.5), None],
        };
        let [(_, sign), (_, level), (_, end), (_, swept)] = liquidity(&candles, &swings, 0.01);
        assert_eq!((sign[1], level[1], end[1], swept[1]), (Some(1.0), Some(10.5), Some(3.0), Some(5.0)));
        assert_eq!(sign.iter().flatten().count(), 1);
    }
}
