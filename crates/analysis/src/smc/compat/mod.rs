//! smartmoneyconcepts 0.0.27's numbers as they are, whole input at once, for files that compare with it.
//!
//! These columns look ahead (its order blocks are erased later, its liquidity range is taken over the
//! whole input, its first and last swing are no swings): never decide by them, use the streaming
//! detectors of the parent module. Bars are taken as they come and counted from 0; prices that the
//! library keeps as 32-bit floats are rounded to them here too.

mod gaps;
mod liquidity;
mod order_blocks;
mod periods;
mod retracements;
mod sessions;
mod structure;
mod swings;
mod table;

pub use gaps::fvg;
pub use liquidity::liquidity;
pub use order_blocks::ob;
pub use periods::previous_high_low;
pub use retracements::retracements;
pub use sessions::{Session, sessions};
pub use structure::bos_choch;
pub use swings::{Swings, swing_highs_lows};
pub use table::table;

/// One value for each bar.
pub type Column = Vec<Option<f64>>;

/// The library's name of a column, and its values.
pub type Named = (&'static str, Column);

/// The value at `index`; NaN, which every comparison answers with no, where there is none.
fn at(values: &[f64], index: usize) -> f64 {
    values.get(index).copied().unwrap_or(f64::NAN)
}

fn set<T>(values: &mut [T], index: usize, value: T) {
    if let Some(slot) = values.get_mut(index) {
        *slot = value;
    }
}

/// The first index from `start` on whose value passes.
fn first_from(values: &[f64], start: usize, passes: impl Fn(f64) -> bool) -> Option<usize> {
    let rest = values.get(start..)?;
    rest.iter().position(|value| passes(*value)).map(|offset| start + offset)
}

/// Rounded to a 32-bit float, as the library keeps it.
#[expect(clippy::cast_possible_truncation, reason = "the library's own rounding")]
fn single(value: f64) -> f64 {
    f64::from(value as f32)
}

/// 0 stands for "nothing" in the library's working columns.
fn or_none(values: Vec<f64>) -> Column {
    values.into_iter().map(|value| (value != 0.0).then_some(value)).collect()
}

fn column(candles: &[domain::Candle], value: impl Fn(&domain::Candle) -> f64) -> Vec<f64> {
    candles.iter().map(value).collect()
}
