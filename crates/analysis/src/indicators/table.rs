//! The usual indicators side by side, as TA-Lib computes them.

use domain::Candle;

use super::IndicatorError;
use super::compat::{self, Column};

/// Names of the table's columns, in order. Periods: ATR, NATR, RSI, ADX, MFI 14; Bollinger 20 wide 2;
/// MACD 12/26/9; stochastic 14/3/3; ROC 10; CCI 20.
pub const TALIB_COLUMNS: [&str; 23] = [
    "atr14_wilder",
    "natr14",
    "trange",
    "rsi14",
    "ema9",
    "ema20",
    "ema21",
    "ema50",
    "ema200",
    "sma20",
    "macd",
    "macd_signal",
    "macd_hist",
    "bb_upper",
    "bb_mid",
    "bb_lower",
    "adx14",
    "stoch_k",
    "stoch_d",
    "obv",
    "mfi14",
    "roc10",
    "cci20",
];

/// TA-Lib's numbers for each candle, by column, aligned with `candles`.
///
/// A bar with a defect, or one that does not open after the bar before it, is not fed to anything: its
/// row is empty. Holes are not looked at, as TA-Lib does not.
#[must_use]
pub fn talib_table(candles: &[Candle]) -> Vec<(&'static str, Column)> {
    let mut rows = Vec::with_capacity(candles.len());
    let mut last = None;
    for (row, candle) in candles.iter().enumerate() {
        if candle.defect().is_none() && last.is_none_or(|last| candle.open_time > last) {
            last = Some(candle.open_time);
            rows.push((row, candle));
        }
    }
    let column =
        |value: fn(&Candle) -> f64| rows.iter().map(|(_, candle)| value(candle)).collect::<Vec<f64>>();
    let high = column(|candle| candle.high);
    let low = column(|candle| candle.low);
    let close = column(|candle| candle.close);
    let volume = column(|candle| candle.volume);
    // Bars that passed the door cannot fail: lengths agree, all is finite, the periods are TA-Lib's own.
    let columns = all(&high, &low, &close, &volume).unwrap_or_else(|_| [(); 23].map(|()| Column::new()));
    TALIB_COLUMNS
        .into_iter()
        .zip(columns)
        .map(|(name, values)| {
            let mut aligned = vec![None; candles.len()];
            for ((row, _), value) in rows.iter().zip(values) {
                if let Some(slot) = aligned.get_mut(*row) {
                    *slot = value;
                }
            }
            (name, aligned)
        })
        .collect()
}

fn all(high: &[f64], low: &[f64], close: &[f64], volume: &[f64]) -> Result<[Column; 23], IndicatorError> {
    let [macd, macd_signal, macd_hist] = compat::macd(close, 12, 26, 9)?;
    let [bb_upper, bb_mid, bb_lower] = compat::bollinger(close, 20, 2.0)?;
    let [stoch_k, stoch_d] = compat::stochastic(high, low, close, 14, 3, 3)?;
    Ok([
        compat::atr(high, low, close, 14)?,
        compat::natr(high, low, close, 14)?,
        compat::true_range(high, low, close)?,
        compat::rsi(close, 14)?,
        compat::ema(close, 9)?,
        compat::ema(close, 20)?,
        compat::ema(close, 21)?,
        compat::ema(close, 50)?,
        compat::ema(close, 200)?,
        compat::sma(close, 20)?,
        macd,
        macd_signal,
        macd_hist,
        bb_upper,
        bb_mid,
        bb_lower,
        compat::adx(high, low, close, 14)?,
        stoch_k,
        stoch_d,
        compat::obv(close, volume)?,
        compat::mfi(high, low, close, volume, 14)?,
        compat::roc(close, 10)?,
        compat::cci(high, low, close, 20)?,
    ])
}
