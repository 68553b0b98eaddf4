//! Technical indicators by TA-Lib's definitions.
//!
//! Two faces: [`compat`] gives TA-Lib's very numbers on plain slices, for files that compare with it;
//! the functions re-exported here take validated [`Bars`] and tell why a value is absent: a flat
//! market has no RSI, where TA-Lib says 0. After a hole of more than three periods an indicator
//! starts anew. Only closed bars belong in here.

mod averages;
mod bars;
/// TA-Lib's numbers as they are.
pub mod compat;
mod line;
mod oscillators;
mod table;
mod trend;
mod vwap;

pub use averages::{Bollinger, Macd, bollinger, ema, macd, roc, sma, standard_deviation};
pub use bars::{BadBar, Bars, Columns};
pub use line::{Absent, Line, Value};
pub use oscillators::{Stochastic, cci, mfi, obv, rsi, stochastic};
pub use table::{TALIB_COLUMNS, talib_table};
pub use trend::{adx, atr, dx, minus_di, natr, plus_di, true_range};
pub use vwap::{Anchor, VwapPoint, anchored_vwap, rolling_vwap};

/// A call that cannot be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IndicatorError {
    /// A period that TA-Lib refuses.
    #[error("{indicator}: the period is out of range")]
    BadPeriod {
        /// Which indicator.
        indicator: &'static str,
    },
    /// Input columns of different lengths.
    #[error("{indicator}: the columns differ in length")]
    Uneven {
        /// Which indicator.
        indicator: &'static str,
    },
    /// An input that is not finite: TA-Lib would carry it on for ever.
    #[error("{indicator}: value {index} is not finite")]
    NotFinite {
        /// Which indicator.
        indicator: &'static str,
        /// Position of the first such value.
        index: usize,
    },
}

#[cfg(test)]
mod golden;
