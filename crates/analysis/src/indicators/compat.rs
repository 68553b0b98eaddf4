//! TA-Lib's numbers as they are, on plain slices: `None` only before an indicator's first value.
//!
//! Columns must be of one length and finite; what TA-Lib answers for a flat market (0) stays.

use ta_lib::{Core, MAType, OutRange, RetCode};

use super::IndicatorError;
use super::line::unmoved_so_far;

/// One value for each bar.
pub type Column = Vec<Option<f64>>;

type Outcome = Result<OutRange, RetCode>;

/// A period as TA-Lib takes it.
fn period(n: usize) -> i32 {
    // 0 is refused by every function, so an absurd period is too.
    i32::try_from(n).unwrap_or(0)
}

/// Checks the inputs, runs `call` over all of them and places the values on their bars.
fn run<const N: usize>(
    indicator: &'static str,
    inputs: &[&[f64]],
    call: impl FnOnce(&Core, usize, [&mut [f64]; N]) -> Outcome,
) -> Result<[Column; N], IndicatorError> {
    let length = inputs.first().map_or(0, |input| input.len());
    if inputs.iter().any(|input| input.len() != length) {
        return Err(IndicatorError::Uneven { indicator });
    }
    if let Some(index) =
        inputs.iter().filter_map(|input| input.iter().position(|value| !value.is_finite())).min()
    {
        return Err(IndicatorError::NotFinite { indicator, index });
    }
    let mut columns = [(); N].map(|()| vec![None; length]);
    let Some(end) = length.checked_sub(1) else { return Ok(columns) };
    let mut buffers = [(); N].map(|()| vec![0.0; length]);
    let range = call(&Core::new(), end, buffers.each_mut().map(Vec::as_mut_slice))
        .map_err(|_| IndicatorError::BadPeriod { indicator })?;
    for (column, buffer) in columns.iter_mut().zip(&buffers) {
        for (slot, value) in column.iter_mut().skip(range.beg_idx).zip(buffer.iter().take(range.count)) {
            *slot = Some(*value).filter(|value| value.is_finite());
        }
    }
    Ok(columns)
}

/// One output.
fn run_one(
    indicator: &'static str,
    inputs: &[&[f64]],
    call: impl FnOnce(&Core, usize, &mut [f64]) -> Outcome,
) -> Result<Column, IndicatorError> {
    let [column] = run(indicator, inputs, |core, end, [out]| call(core, end, out))?;
    Ok(column)
}

/// Simple moving average; first at `n - 1`.
pub fn sma(values: &[f64], n: usize) -> Result<Column, IndicatorError> {
    run_one("SMA", &[values], |core, end, out| core.sma(0, end, values, period(n), out))
}

/// Exponential moving average, seeded with the mean of the first `n`; first at `n - 1`.
pub fn ema(values: &[f64], n: usize) -> Result<Column, IndicatorError> {
    run_one("EMA", &[values], |core, end, out| core.ema(0, end, values, period(n), out))
}

/// True range; first at 1.
pub fn true_range(high: &[f64], low: &[f64], close: &[f64]) -> Result<Column, IndicatorError> {
    run_one("TRANGE", &[high, low, close], |core, end, out| core.trange(0, end, high, low, close, out))
}

/// Wilder's average true range; first at `n`.
pub fn atr(high: &[f64], low: &[f64], close: &[f64], n: usize) -> Result<Column, IndicatorError> {
    run_one("ATR", &[high, low, close], |core, end, out| core.atr(0, end, high, low, close, period(n), out))
}

/// ATR in percent of the close; first at `n`.
pub fn natr(high: &[f64], low: &[f64], close: &[f64], n: usize) -> Result<Column, IndicatorError> {
    run_one("NATR", &[high, low, close], |core, end, out| core.natr(0, end, high, low, close, period(n), out))
}

/// Relative strength index; first at `n`; 0 in a flat market.
pub fn rsi(values: &[f64], n: usize) -> Result<Column, IndicatorError> {
    let mut column = run_one("RSI", &[values], |core, end, out| core.rsi(0, end, values, period(n), out))?;
    // TA-Lib's C library answers 0 while the price never moved; the Rust one says 50 since 0.8.3.
    for (value, unmoved) in column.iter_mut().zip(unmoved_so_far(values)) {
        if unmoved && value.is_some() {
            *value = Some(0.0);
        }
    }
    Ok(column)
}

/// Average directional index; first at `2n - 1`.
pub fn adx(high: &[f64], low: &[f64], close: &[f64], n: usize) -> Result<Column, IndicatorError> {
    run_one("ADX", &[high, low, close], |core, end, out| core.adx(0, end, high, low, close, period(n), out))
}

/// Directional movement index; first at `n`.
pub fn dx(high: &[f64], low: &[f64], close: &[f64], n: usize) -> Result<Column, IndicatorError> {
    run_one("DX", &[high, low, close], |core, end, out| core.dx(0, end, high, low, close, period(n), out))
}

/// +DI; first at `n`.
pub fn plus_di(high: &[f64], low: &[f64], close: &[f64], n: usize) -> Result<Column, IndicatorError> {
    run_one("+DI", &[high, low, close], |core, end, out| {
        core.plus_di(0, end, high, low, close, period(n), out)
    })
}

/// -DI; first at `n`.
pub fn minus_di(high: &[f64], low: &[f64], close: &[f64], n: usize) -> Result<Column, IndicatorError> {
    run_one("-DI", &[high, low, close], |core, end, out| {
        core.minus_di(0, end, high, low, close, period(n), out)
    })
}

/// MACD line, signal and histogram; all first at `(slow - 1) + (signal - 1)`.
pub fn macd(values: &[f64], fast: usize, slow: usize, signal: usize) -> Result<[Column; 3], IndicatorError> {
    run("MACD", &[values], |core, end, [line, smoothed, histogram]| {
        core.macd(0, end, values, period(fast), period(slow), period(signal), line, smoothed, histogram)
    })
}

/// Slow stochastic %K and %D by simple averages; both first at `(k - 1) + (slow_k - 1) + (slow_d - 1)`.
pub fn stochastic(
    high: &[f64],
    low: &[f64],
    close: &[f64],
    k: usize,
    slow_k: usize,
    slow_d: usize,
) -> Result<[Column; 2], IndicatorError> {
    run("STOCH", &[high, low, close], |core, end, [out_k, out_d]| {
        let (k, slow_k, slow_d) = (period(k), period(slow_k), period(slow_d));
        core.stoch(0, end, high, low, close, k, slow_k, MAType::SMA, slow_d, MAType::SMA, out_k, out_d)
    })
}

/// Upper, middle and lower band: mean ± `width` population deviations; first at `n - 1`.
pub fn bollinger(values: &[f64], n: usize, width: f64) -> Result<[Column; 3], IndicatorError> {
    run("BBANDS", &[values], |core, end, [upper, middle, lower]| {
        core.bbands(0, end, values, period(n), width, width, MAType::SMA, upper, middle, lower)
    })
}

/// Population standard deviation; first at `n - 1`.
pub fn standard_deviation(values: &[f64], n: usize) -> Result<Column, IndicatorError> {
    run_one("STDDEV", &[values], |core, end, out| core.stddev(0, end, values, period(n), 1.0, out))
}

/// On-balance volume; first at 0.
pub fn obv(close: &[f64], volume: &[f64]) -> Result<Column, IndicatorError> {
    run_one("OBV", &[close, volume], |core, end, out| core.obv(0, end, close, volume, out))
}

/// Money flow index; first at `n`; 0 without flow.
pub fn mfi(
    high: &[f64],
    low: &[f64],
    close: &[f64],
    volume: &[f64],
    n: usize,
) -> Result<Column, IndicatorError> {
    run_one("MFI", &[high, low, close, volume], |core, end, out| {
        core.mfi(0, end, high, low, close, volume, period(n), out)
    })
}

/// Rate of change in percent; first at `n`.
pub fn roc(values: &[f64], n: usize) -> Result<Column, IndicatorError> {
    run_one("ROC", &[values], |core, end, out| core.roc(0, end, values, period(n), out))
}

/// Commodity channel index; first at `n - 1`; 0 in a flat market.
pub fn cci(high: &[f64], low: &[f64], close: &[f64], n: usize) -> Result<Column, IndicatorError> {
    run_one("CCI", &[high, low, close], |core, end, out| core.cci(0, end, high, low, close, period(n), out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_short_an_input_has_no_value_and_none_at_all_is_empty() {
        assert_eq!(sma(&[1.0, 2.0], 3), Ok(vec![None, None]));
        assert_eq!(sma(&[], 3), Ok(vec![]));
        assert_eq!(adx(&[], &[], &[], 14), Ok(vec![]));
    }

    #[test]
    fn bad_calls_are_errors() {
        assert_eq!(sma(&[1.0], 0), Err(IndicatorError::BadPeriod { indicator: "SMA" }));
        assert_eq!(rsi(&[1.0, 2.0], usize::MAX), Err(IndicatorError::BadPeriod { indicator: "RSI" }));
        assert_eq!(obv(&[1.0], &[]), Err(IndicatorError::Uneven { indicator: "OBV" }));
        assert_eq!(ema(&[1.0, f64::NAN], 1), Err(IndicatorError::NotFinite { indicator: "EMA", index: 1 }));
    }

    #[test]
    fn only_up_is_one_hundred_and_flat_is_zero() {
        let up: Vec<f64> = (1..30).map(f64::from).collect();
        assert_eq!(rsi(&up, 14).unwrap().last(), Some(&Some(100.0)));
        assert_eq!(rsi(&[5.0; 30], 14).unwrap().last(), Some(&Some(0.0)));
    }

    #[test]
    fn swapped_macd_periods_are_swapped_back() {
        let values: Vec<f64> = (0..80).map(|i| 100.0 + f64::from(i % 7)).collect();
        assert_eq!(macd(&values, 26, 12, 9), macd(&values, 12, 26, 9));
    }
}
