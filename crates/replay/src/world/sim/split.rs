use super::days::{Stretch, Sums};
use super::hash::{at, gauss, join, unit};

/// Most parts that a stretch is cut into.
pub(crate) const MOST_PARTS: usize = 12;

/// Lengths in seconds, each a whole number of the next: a day, 4 h, 1 h, 15 min, 5 min, 1 min, 5 s, 1 s.
pub(crate) const LEVELS: [i64; 8] = [86_400, 14_400, 3_600, 900, 300, 60, 5, 1];

/// Typical range of a walk, in deviations of its end.
const RANGE_PER_SIGMA: f64 = 1.6;

/// Cuts a stretch into `parts` equal ones whose prices meet, whose extremes are its extremes and whose
/// amounts add up to its amounts. `key` names the coin, `begin` the stretch.
pub(crate) fn cut(
    whole: &Stretch,
    parts: usize,
    key: u64,
    venue_key: u64,
    begin: i64,
) -> [Stretch; MOST_PARTS] {
    let mut cut = [Stretch::default(); MOST_PARTS];
    let word = join(at(key, begin), parts as u64);
    let range = whole.high - whole.low;
    let step = range / RANGE_PER_SIGMA / (parts as f64).sqrt();
    let mut last = whole.open;
    let (mut top, mut bottom) = (0, 0);
    let (mut highest, mut lowest) = (f64::MIN, f64::MAX);
    for (place, part) in cut.iter_mut().enumerate().take(parts) {
        let left = (parts - place) as f64;
        let draw = at(word, i64::try_from(place).unwrap_or(0));
        let close = if place + 1 == parts {
            whole.close
        } else {
            // A walk that knows where it must end.
            let mean = last + (whole.close - last) / left;
            let free = step * ((left - 1.0) / left).sqrt();
            gauss(draw).mul_add(free, mean).clamp(whole.low, whole.high)
        };
        let wick = |salt| unit(join(draw, salt)).powi(2) * step * 0.8;
        part.open = last;
        part.close = close;
        part.high = (last.max(close) + wick(1)).min(whole.high);
        part.low = (last.min(close) - wick(2)).max(whole.low);
        if part.high > highest {
            (highest, top) = (part.high, place);
        }
        if part.low < lowest {
            (lowest, bottom) = (part.low, place);
        }
        last = close;
    }
    if let Some(part) = cut.get_mut(top) {
        part.high = whole.high;
    }
    if let Some(part) = cut.get_mut(bottom) {
        part.low = whole.low;
    }
    share_amounts(&mut cut, parts, whole, join(word, venue_key));
    cut
}

fn share_amounts(cut: &mut [Stretch; MOST_PARTS], parts: usize, whole: &Stretch, word: u64) {
    let range = (whole.high - whole.low).max(f64::MIN_POSITIVE);
    let mut weights = [[0.0_f64; 5]; MOST_PARTS];
    for (place, (part, weight)) in cut.iter().zip(&mut weights).enumerate().take(parts) {
        let draw = at(word, i64::try_from(place).unwrap_or(0));
        let moved = (part.high - part.low) / range;
        let busy = unit(draw).mul_add(1.2, 0.3) * (0.4 + moved);
        let tilt = ((part.close - part.open) / range).mul_add(0.25, 0.5) + gauss(join(draw, 1)) * 0.05;
        let tilt = tilt.clamp(0.05, 0.95);
        // Positions are closed where the price runs against them; quiet parts close few.
        let down = ((part.open - part.low) / range).powi(2) + 0.002;
        let up = ((part.high - part.open) / range).powi(2) + 0.002;
        *weight = [busy * tilt, busy * (1.0 - tilt), busy, down, up];
    }
    let parts_of = |total: u64, column: usize| {
        share(total, parts, weights.iter().map(|weight| weight.get(column).copied().unwrap_or(0.0)))
    };
    let bought = parts_of(whole.sums.bought, 0);
    let sold = parts_of(whole.sums.sold, 1);
    let trades = parts_of(whole.sums.trades, 2);
    let longs = parts_of(whole.sums.longs, 3);
    let shorts = parts_of(whole.sums.shorts, 4);
    let worth = |lots: &[u64; MOST_PARTS], cents: u64| {
        let typical = cut.iter().map(|part| (part.open + part.high + part.low + part.close) / 4.0);
        share(cents, parts, lots.iter().zip(typical).map(|(lots, price)| *lots as f64 * price))
    };
    let bought_cents = worth(&bought, whole.sums.bought_cents);
    let sold_cents = worth(&sold, whole.sums.sold_cents);
    let columns = bought.into_iter().zip(sold).zip(trades).zip(longs).zip(shorts);
    let cents = bought_cents.into_iter().zip(sold_cents);
    for (part, (((((bought, sold), trades), longs), shorts), (bought_cents, sold_cents))) in
        cut.iter_mut().zip(columns.zip(cents))
    {
        part.sums = Sums { bought, sold, bought_cents, sold_cents, trades, longs, shorts };
    }
}

/// A whole number shared out by weight, to the last one.
fn share(total: u64, parts: usize, weights: impl Iterator<Item = f64> + Clone) -> [u64; MOST_PARTS] {
    let mut shares = [0; MOST_PARTS];
    if total == 0 {
        return shares;
    }
    let sum: f64 = weights.clone().take(parts).sum();
    let per_weight = if sum > 0.0 { total as f64 / sum } else { 0.0 };
    let (mut weight_so_far, mut given) = (0.0, 0_u64);
    for (place, (share, weight)) in shares.iter_mut().zip(weights).enumerate().take(parts) {
        weight_so_far += weight;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let due = if place + 1 == parts { total } else { (weight_so_far * per_weight) as u64 };
        let due = due.clamp(given, total);
        *share = due - given;
        given = due;
    }
    shares
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // Exactness is what is tested.
mod tests {
    use super::*;

    #[test]
    fn parts_make_the_whole() {
        let whole = Stretch {
            open: 100.0,
            high: 108.0,
            low: 97.0,
            close: 103.0,
            sums: Sums {
                bought: 1_234_567,
                sold: 1_111_111,
                bought_cents: 98_765_432_101,
                sold_cents: 87_654_321_012,
                trades: 5_001,
                longs: 77,
                shorts: 13,
            },
        };
        for (key, parts) in [(1, 6), (2, 4), (3, 3), (4, 5), (5, 12)] {
            let cut = cut(&whole, parts, key, 9, 1_000);
            let used = &cut[..parts];
            assert_eq!(used[0].open, whole.open);
            assert_eq!(used[parts - 1].close, whole.close);
            assert!(used.windows(2).all(|pair| pair[0].close == pair[1].open));
            assert_eq!(used.iter().map(|part| part.high).fold(f64::MIN, f64::max), whole.high);
            assert_eq!(used.iter().map(|part| part.low).fold(f64::MAX, f64::min), whole.low);
            let mut sums = Sums::default();
            for part in used {
                sums.add(&part.sums);
            }
            assert_eq!(sums, whole.sums);
            for part in used {
                assert!(part.high >= part.open.max(part.close) && part.low <= part.open.min(part.close));
            }
        }
    }
}
