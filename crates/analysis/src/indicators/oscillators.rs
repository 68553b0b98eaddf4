//! Oscillators and volume.

use super::bars::{Bars, Columns};
use super::line::{Flats, Line, line, line_with_flats, lines, same, unmoved_so_far, unmoved_within};
use super::{IndicatorError, compat};

/// Relative strength index of the close; flat while the close never moved.
pub fn rsi(bars: &Bars, n: usize) -> Result<Line, IndicatorError> {
    line_with_flats(bars, n, |columns| compat::rsi(columns.close, n), |columns| unmoved_so_far(columns.close))
}

/// Money flow index; flat where the typical price did not move over the window.
pub fn mfi(bars: &Bars, n: usize) -> Result<Line, IndicatorError> {
    line_with_flats(
        bars,
        n,
        |columns| compat::mfi(columns.high, columns.low, columns.close, columns.volume, n),
        |columns| no_flow_within(columns, n),
    )
}

/// Where no bar of the last `n` has both volume and a move of its typical price.
fn no_flow_within(columns: &Columns<'_>, n: usize) -> Flats {
    let typical = columns.typical();
    let mut quiet = 0_usize;
    let mut before: Option<f64> = None;
    typical
        .iter()
        .zip(columns.volume)
        .map(|(typical, volume)| {
            let moved = before.is_some_and(|before| !same(before, *typical)) && *volume > 0.0;
            quiet = if moved { 0 } else { quiet + 1 };
            before = Some(*typical);
            quiet >= n
        })
        .collect()
}

/// Commodity channel index; flat where the typical price did not move over the window.
pub fn cci(bars: &Bars, n: usize) -> Result<Line, IndicatorError> {
    line_with_flats(
        bars,
        n,
        |columns| compat::cci(columns.high, columns.low, columns.close, n),
        |columns| unmoved_within(&columns.typical(), n),
    )
}

/// On-balance volume. Its level means nothing; its slope does.
pub fn obv(bars: &Bars) -> Result<Line, IndicatorError> {
    line(bars, bars.len(), |columns| compat::obv(columns.close, columns.volume))
}

/// Slow stochastic.
#[derive(Clone, Debug, PartialEq)]
pub struct Stochastic {
    /// Smoothed place of the close in the window's range, 0-100.
    pub k: Line,
    /// %K smoothed once more.
    pub d: Line,
}

/// Slow stochastic; flat where a smoothed value rests on a window without a range.
pub fn stochastic(bars: &Bars, k: usize, slow_k: usize, slow_d: usize) -> Result<Stochastic, IndicatorError> {
    let period = k.saturating_add(slow_k).saturating_add(slow_d);
    let [out_k, out_d] = lines(
        bars,
        period,
        |columns| compat::stochastic(columns.high, columns.low, columns.close, k, slow_k, slow_d),
        |columns| {
            let raw = no_range_within(columns, k);
            let smoothed = any_within(&raw, slow_k);
            let twice = any_within(&smoothed, slow_d);
            [smoothed, twice]
        },
    )?;
    Ok(Stochastic { k: out_k, d: out_d })
}

/// Where the last `n` bars have one price only.
fn no_range_within(columns: &Columns<'_>, n: usize) -> Flats {
    let still = columns.high.iter().zip(columns.low).map(|(high, low)| same(*high, *low));
    unmoved_within(columns.high, n)
        .into_iter()
        .zip(all_within(&still.collect::<Vec<_>>(), n))
        .map(|(unmoved, still)| unmoved && still)
        .collect()
}

fn all_within(marks: &[bool], n: usize) -> Flats {
    let mut run = 0_usize;
    marks
        .iter()
        .map(|mark| {
            run = if *mark { run + 1 } else { 0 };
            run >= n
        })
        .collect()
}

fn any_within(marks: &[bool], n: usize) -> Flats {
    let mut since = usize::MAX;
    marks
        .iter()
        .map(|mark| {
            since = if *mark { 0 } else { since.saturating_add(1) };
            since < n
        })
        .collect()
}
