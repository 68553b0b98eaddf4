//! The usual technical figures of bars, as the providers of charts compute them.

use crate::world::Bar;

/// Wilder's relative strength, 0 to 100.
pub(super) fn rsi(bars: &[Bar], count: usize) -> Option<f64> {
    if bars.len() <= count {
        return None;
    }
    let weight = 1.0 / count as f64;
    let (mut up, mut down) = (0.0, 0.0);
    for (place, pair) in bars.windows(2).enumerate() {
        let [before, after] = pair else { continue };
        let step = after.close - before.close;
        // The first moves are averaged plainly.
        let share = if place < count { 1.0 / (place + 1) as f64 } else { weight };
        up += (step.max(0.0) - up) * share;
        down += ((-step).max(0.0) - down) * share;
    }
    Some(if down == 0.0 { 100.0 } else { 100.0 - 100.0 / (1.0 + up / down) })
}

fn tail(bars: &[Bar], count: usize) -> Option<&[Bar]> {
    bars.get(bars.len().checked_sub(count)?..)
}

pub(super) fn mean(bars: &[Bar], count: usize) -> Option<f64> {
    Some(tail(bars, count)?.iter().map(|bar| bar.close).sum::<f64>() / count as f64)
}

/// Standard deviation of the closes.
pub(super) fn deviation(bars: &[Bar], count: usize) -> Option<f64> {
    let middle = mean(bars, count)?;
    let squares: f64 = tail(bars, count)?.iter().map(|bar| (bar.close - middle).powi(2)).sum();
    Some((squares / count as f64).sqrt())
}

fn smoothed(values: impl Iterator<Item = f64>, count: usize) -> Vec<f64> {
    let weight = 2.0 / (count as f64 + 1.0);
    let mut line: Vec<f64> = Vec::new();
    for value in values {
        let next = line.last().map_or(value, |last| last + (value - last) * weight);
        line.push(next);
    }
    line
}

pub(super) fn ema(bars: &[Bar], count: usize) -> Option<f64> {
    if bars.len() < count {
        return None;
    }
    smoothed(bars.iter().map(|bar| bar.close), count).last().copied()
}

/// Wilder's average true range.
pub(super) fn true_range(bars: &[Bar], count: usize) -> Option<f64> {
    if bars.len() <= count {
        return None;
    }
    let mut average = 0.0;
    for (place, pair) in bars.windows(2).enumerate() {
        let [before, bar] = pair else { continue };
        let range = bar.high.max(before.close) - bar.low.min(before.close);
        average += (range - average) / if place < count { (place + 1) as f64 } else { count as f64 };
    }
    Some(average)
}

/// MACD and its signal line, for a fast, a slow and a signal span.
pub(super) fn macd(bars: &[Bar], [fast, slow, signal]: [usize; 3]) -> Option<(f64, f64)> {
    if bars.len() < slow {
        return None;
    }
    let closes = || bars.iter().map(|bar| bar.close);
    let (fast, slow) = (smoothed(closes(), fast), smoothed(closes(), slow));
    let line: Vec<f64> = fast.iter().zip(&slow).map(|(fast, slow)| fast - slow).collect();
    let signal = smoothed(line.iter().copied(), signal);
    line.last().copied().zip(signal.last().copied())
}

/// TD setup: closes in a row below (counted up) or above (counted down) the one four bars before.
pub(super) fn setup(bars: &[Bar]) -> i64 {
    let mut count = 0_i64;
    for five in bars.windows(5) {
        if let [before, .., bar] = five {
            count = if bar.close < before.close { count.max(0) + 1 } else { count.min(0) - 1 };
        }
    }
    count.clamp(-9, 9)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(closes: &[f64]) -> Vec<Bar> {
        closes
            .iter()
            .map(|close| Bar {
                open_ms: 0,
                end_ms: 1,
                open: *close,
                high: close + 1.0,
                low: close - 1.0,
                close: *close,
                volume: 1.0,
                quote_volume: None,
                trades: None,
                taker_buy: None,
                taker_buy_quote: None,
            })
            .collect()
    }

    #[test]
    fn figures_of_plain_series_are_known() {
        let rising = bars(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
        assert_eq!(rsi(&rising, 3), Some(100.0));
        assert_eq!(mean(&rising, 3), Some(6.0));
        assert_eq!(true_range(&rising, 3), Some(2.0));
        assert_eq!(setup(&rising), -3);
        assert!((deviation(&rising, 3).unwrap() - (2.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        let level = bars(&[5.0; 40]);
        assert_eq!((ema(&level, 10), macd(&level, [12, 26, 9])), (Some(5.0), Some((0.0, 0.0))));
        assert_eq!(rsi(&bars(&[1.0]), 14), None);
        let swinging = bars(&[2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0]);
        assert!((rsi(&swinging, 6).unwrap() - 50.0).abs() < 1e-9);
    }
}
