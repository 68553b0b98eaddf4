//! An indicator's values, each with its reason where there is none.

use serde::Serialize;

use super::IndicatorError;
use super::bars::{Bars, Columns};
use super::compat::Column;

/// Why there is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Absent {
    /// Too few bars so far.
    WarmingUp,
    /// A long hole made it start anew.
    Gap,
    /// The market did not move, so that the figure has no meaning.
    Flat,
    /// The input was unusable.
    BadInput,
}

/// A value, or why there is none.
pub type Value = Result<f64, Absent>;

/// Values aligned with the bars.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// One for each bar; every number is finite.
    pub values: Vec<Value>,
    /// Bars since the indicator last began.
    pub bars_used: usize,
    /// Bars after which a value no longer depends on where the history begins (20 periods, at least 250).
    pub warm_after: usize,
}

impl Line {
    /// The newest value.
    pub fn last(&self) -> Value {
        self.values.last().copied().unwrap_or(Err(Absent::WarmingUp))
    }

    /// Whether the newest value is the one that a full history would give.
    #[must_use]
    pub const fn is_warm(&self) -> bool {
        self.bars_used >= self.warm_after
    }

    /// The values without the reasons.
    #[must_use]
    pub fn to_options(&self) -> Vec<Option<f64>> {
        self.values.iter().map(|value| value.ok()).collect()
    }
}

/// Bars in which a value means nothing, since the market did not move.
pub(super) type Flats = Vec<bool>;

/// Computes columns piece by piece and joins them; `flats` marks what TA-Lib answers with 0.
pub(super) fn lines<const N: usize>(
    bars: &Bars,
    period: usize,
    compute: impl Fn(&Columns<'_>) -> Result<[Column; N], IndicatorError>,
    flats: impl Fn(&Columns<'_>) -> [Flats; N],
) -> Result<[Line; N], IndicatorError> {
    let segments = bars.segments(period.saturating_mul(3));
    let bars_used = segments.last().map_or(0, Columns::len);
    let warm_after = period.saturating_mul(20).max(250);
    let mut out = [(); N].map(|()| Line { values: Vec::with_capacity(bars.len()), bars_used, warm_after });
    for (index, segment) in segments.iter().enumerate() {
        let waiting = if index == 0 { Absent::WarmingUp } else { Absent::Gap };
        let columns = compute(segment)?;
        for ((line, column), flat) in out.iter_mut().zip(columns).zip(flats(segment)) {
            let flat = flat.into_iter().chain(std::iter::repeat(false));
            line.values.extend(column.into_iter().zip(flat).map(|(value, flat)| match value {
                None => Err(waiting),
                Some(_) if flat => Err(Absent::Flat),
                Some(value) => Ok(value),
            }));
        }
    }
    Ok(out)
}

/// One column, with no flat bars.
pub(super) fn line(
    bars: &Bars,
    period: usize,
    compute: impl Fn(&Columns<'_>) -> Result<Column, IndicatorError>,
) -> Result<Line, IndicatorError> {
    line_with_flats(bars, period, compute, |_| Vec::new())
}

/// One column.
pub(super) fn line_with_flats(
    bars: &Bars,
    period: usize,
    compute: impl Fn(&Columns<'_>) -> Result<Column, IndicatorError>,
    flats: impl Fn(&Columns<'_>) -> Flats,
) -> Result<Line, IndicatorError> {
    let [line] = lines(bars, period, |columns| Ok([compute(columns)?]), |columns| [flats(columns)])?;
    Ok(line)
}

/// Where every value up to and including this one equals the first.
pub(super) fn unmoved_so_far(values: &[f64]) -> Flats {
    let first = values.first().copied();
    let mut unmoved = true;
    values
        .iter()
        .map(|value| {
            unmoved = unmoved && first.is_some_and(|first| same(first, *value));
            unmoved
        })
        .collect()
}

/// Where the last `n` values are all equal; false before there are so many.
pub(super) fn unmoved_within(values: &[f64], n: usize) -> Flats {
    let mut run = 0_usize;
    let mut before: Option<f64> = None;
    values
        .iter()
        .map(|value| {
            run = if before.is_some_and(|before| same(before, *value)) { run + 1 } else { 1 };
            before = Some(*value);
            run >= n
        })
        .collect()
}

/// Exact equality: flat means that nothing moved at all.
pub(super) fn same(one: f64, other: f64) -> bool {
    one.total_cmp(&other).is_eq()
}
