//! True range and directional movement.

use super::bars::{Bars, Columns};
use super::line::{Flats, Line, line, line_with_flats, unmoved_so_far};
use super::{IndicatorError, compat};

/// True range.
pub fn true_range(bars: &Bars) -> Result<Line, IndicatorError> {
    line(bars, 1, |columns| compat::true_range(columns.high, columns.low, columns.close))
}

/// Wilder's average true range.
pub fn atr(bars: &Bars, n: usize) -> Result<Line, IndicatorError> {
    line(bars, n, |columns| compat::atr(columns.high, columns.low, columns.close, n))
}

/// ATR in percent of the close.
pub fn natr(bars: &Bars, n: usize) -> Result<Line, IndicatorError> {
    line(bars, n, |columns| compat::natr(columns.high, columns.low, columns.close, n))
}

/// +DI; flat while there was no true range at all.
pub fn plus_di(bars: &Bars, n: usize) -> Result<Line, IndicatorError> {
    let compute = |columns: &Columns<'_>| compat::plus_di(columns.high, columns.low, columns.close, n);
    line_with_flats(bars, n, compute, no_range_so_far)
}

/// -DI; flat while there was no true range at all.
pub fn minus_di(bars: &Bars, n: usize) -> Result<Line, IndicatorError> {
    let compute = |columns: &Columns<'_>| compat::minus_di(columns.high, columns.low, columns.close, n);
    line_with_flats(bars, n, compute, no_range_so_far)
}

/// DX; flat while highs and lows never moved apart.
pub fn dx(bars: &Bars, n: usize) -> Result<Line, IndicatorError> {
    let compute = |columns: &Columns<'_>| compat::dx(columns.high, columns.low, columns.close, n);
    line_with_flats(bars, n, compute, no_direction_so_far)
}

/// ADX; flat while highs and lows never moved apart.
pub fn adx(bars: &Bars, n: usize) -> Result<Line, IndicatorError> {
    let compute = |columns: &Columns<'_>| compat::adx(columns.high, columns.low, columns.close, n);
    line_with_flats(bars, n.saturating_mul(2), compute, no_direction_so_far)
}

/// Where highs, lows and closes never left the first bar's close.
fn no_range_so_far(columns: &Columns<'_>) -> Flats {
    let (high, low, close) =
        (unmoved_so_far(columns.high), unmoved_so_far(columns.low), unmoved_so_far(columns.close));
    let point = columns.high.first().zip(columns.low.first()).is_some_and(|(high, low)| high <= low);
    high.into_iter().zip(low).zip(close).map(|((h, l), c)| point && h && l && c).collect()
}

/// Where neither +DM nor -DM was ever above zero.
fn no_direction_so_far(columns: &Columns<'_>) -> Flats {
    let mut none = true;
    let bars = || columns.high.iter().zip(columns.low);
    let moved = bars().zip(bars().skip(1)).map(|((h0, l0), (h1, l1))| {
        let (up, down) = (h1 - h0, l0 - l1);
        (up > 0.0 && up > down) || (down > 0.0 && down > up)
    });
    std::iter::once(false)
        .chain(moved)
        .take(columns.len())
        .map(|moved| {
            none = none && !moved;
            none
        })
        .collect()
}
