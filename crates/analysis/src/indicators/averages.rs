//! Averages, bands and rates of change of the close.

use super::bars::Bars;
use super::line::{Flats, Line, line, lines, unmoved_within};
use super::{IndicatorError, compat};

/// Simple moving average of the close.
pub fn sma(bars: &Bars, n: usize) -> Result<Line, IndicatorError> {
    line(bars, n, |columns| compat::sma(columns.close, n))
}

/// Exponential moving average of the close, seeded with the mean of the first `n`.
pub fn ema(bars: &Bars, n: usize) -> Result<Line, IndicatorError> {
    line(bars, n, |columns| compat::ema(columns.close, n))
}

/// Population standard deviation of the close.
pub fn standard_deviation(bars: &Bars, n: usize) -> Result<Line, IndicatorError> {
    line(bars, n, |columns| compat::standard_deviation(columns.close, n))
}

/// Rate of change of the close, in percent.
pub fn roc(bars: &Bars, n: usize) -> Result<Line, IndicatorError> {
    line(bars, n, |columns| compat::roc(columns.close, n))
}

/// Moving average convergence / divergence.
#[derive(Clone, Debug, PartialEq)]
pub struct Macd {
    /// Fast minus slow.
    pub line: Line,
    /// The line's own average.
    pub signal: Line,
    /// Line minus signal.
    pub histogram: Line,
}

/// MACD of the close.
pub fn macd(bars: &Bars, fast: usize, slow: usize, signal: usize) -> Result<Macd, IndicatorError> {
    let period = fast.max(slow).saturating_add(signal);
    let [line, signal, histogram] = lines(
        bars,
        period,
        |columns| compat::macd(columns.close, fast, slow, signal),
        |_| [(); 3].map(|()| Flats::new()),
    )?;
    Ok(Macd { line, signal, histogram })
}

/// Bollinger bands.
#[derive(Clone, Debug, PartialEq)]
pub struct Bollinger {
    /// Mean plus the width.
    pub upper: Line,
    /// Mean.
    pub middle: Line,
    /// Mean minus the width.
    pub lower: Line,
    /// `(close - lower) / (upper - lower)`; flat when the bands meet.
    pub percent_b: Line,
    /// `(upper - lower) / middle`; flat when the bands meet.
    pub bandwidth: Line,
}

/// Bands of `width` population deviations around the mean close.
pub fn bollinger(bars: &Bars, n: usize, width: f64) -> Result<Bollinger, IndicatorError> {
    let [upper, middle, lower, percent_b, bandwidth] = lines(
        bars,
        n,
        |columns| {
            let [upper, middle, lower] = compat::bollinger(columns.close, n, width)?;
            let bands = || upper.iter().zip(&lower);
            let percent_b = bands()
                .zip(columns.close)
                .map(|((upper, lower), close)| Some(ratio(close - (*lower)?, (*upper)? - (*lower)?)))
                .collect();
            let bandwidth = bands()
                .zip(&middle)
                .map(|((upper, lower), middle)| Some(ratio((*upper)? - (*lower)?, (*middle)?)))
                .collect();
            Ok([upper, middle, lower, percent_b, bandwidth])
        },
        |columns| {
            let flat = unmoved_within(columns.close, n);
            [Flats::new(), Flats::new(), Flats::new(), flat.clone(), flat]
        },
    )?;
    Ok(Bollinger { upper, middle, lower, percent_b, bandwidth })
}

/// A quotient; bands that meet give 0, which the flat mark hides.
fn ratio(part: f64, whole: f64) -> f64 {
    let quotient = part / whole;
    if quotient.is_finite() { quotient } else { 0.0 }
}
