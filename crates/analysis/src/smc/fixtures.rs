//! Candles for tests.

use domain::{Candle, HOUR_MS, UtcMs};

/// An hourly candle.
pub(super) fn candle(hour: i64, open: f64, high: f64, low: f64, close: f64) -> Candle {
    Candle {
        open_time: UtcMs(hour * HOUR_MS),
        open,
        high,
        low,
        close,
        volume: 1.0,
        quote_volume: None,
        taker_buy_volume: None,
    }
}

/// Hourly candles that stand still at each price, with half a point of wick either way.
pub(super) fn bars(prices: &[f64]) -> Vec<Candle> {
    prices
        .iter()
        .zip(0..)
        .map(|(price, hour)| candle(hour, *price, price + 0.5, price - 0.5, *price))
        .collect()
}

/// A walk on a grid of quarters, the same every time, that turns and leaves gaps.
pub(super) fn wavy(count: usize) -> Vec<Candle> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |bound: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        f64::from(u32::try_from((state >> 20) % bound).unwrap())
    };
    let mut close = 4_000.0;
    (0..)
        .take(count)
        .map(|hour| {
            let open: f64 = close;
            let pull = if open > 4_400.0 {
                -2.0
            } else if open < 3_600.0 {
                2.0
            } else {
                0.0
            };
            close = open + (next(81) - 40.0 + pull) / 4.0;
            let high = open.max(close) + next(16) / 4.0;
            let low = open.min(close) - next(16) / 4.0;
            let mut bar = candle(hour, open, high, low, close);
            bar.volume = next(1_000);
            bar
        })
        .collect()
}
