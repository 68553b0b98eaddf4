//! From Bybit's rows to domain values. Each function takes the result of an answer (without its envelope)
//! and gives values ascending by time. A row without a value it needs is left out; a result of another
//! shape is an error.

/// The list of contracts.
pub mod contracts;
/// Settled funding.
pub mod funding;
/// Open interest and account ratios.
pub mod positioning;
/// Candles, tickers, books, trades.
pub mod prices;

pub use contracts::{InstrumentPage, instruments};
pub use funding::settlements;
pub use positioning::{CADENCE_MS, Holding, account_ratios, holdings, priced};
pub use prices::{candles, order_book, ticker_list, trades};

use domain::{ErrorKind, Instrument, Liquidation, ProviderError};
use serde::Deserialize;

use crate::rows::Listed;
use crate::wire::error;

/// A result as rows of a shape.
pub(crate) fn listed<'a, T: Deserialize<'a>>(
    data: &'a [u8],
    what: &str,
) -> Result<Listed<'a, T>, ProviderError> {
    serde_json::from_slice(data).map_err(|fault| unreadable(what, &fault))
}

pub(crate) fn unreadable(what: &str, fault: &serde_json::Error) -> ProviderError {
    error(ErrorKind::Malformed, format!("Bybit's {what} cannot be read: {fault}"))
}

/// The dollar value of a liquidation of a linear contract: quantity × bankruptcy price. Both are told per
/// unit of the contract, so a multiplier (`1000PEPEUSDT`) cancels out.
#[must_use]
pub fn liquidation_usd(_: &Instrument, liquidation: &Liquidation) -> f64 {
    liquidation.quantity * liquidation.price
}
