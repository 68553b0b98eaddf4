//! From OKX's rows to domain values. Each function takes the data of an answer (without its envelope) and
//! gives values ascending by time. A row without a value it needs is left out; an answer of another shape
//! is an error.

/// The list of contracts.
pub mod contracts;
/// Funding, running and settled.
pub mod funding;
/// Liquidation orders.
pub mod liquidations;
/// Open interest and ratios.
pub mod positioning;
/// Candles, tickers, books, trades.
pub mod prices;

pub use contracts::instruments;
pub use funding::{running, settlements};
pub use liquidations::{liquidation_usd, liquidations};
pub use positioning::{PERIOD_MS, open_interest_history, open_interest_now, ratios, taker_ratios};
pub use prices::{candles, order_book, ticker_list, trades};

use domain::{ErrorKind, ProviderError, UtcMs};
use serde::Deserialize;
use upstream::lenient::Text;

use crate::wire::error;

/// The answer as rows of a shape.
pub(crate) fn rows<'a, T: Deserialize<'a>>(data: &'a [u8], what: &str) -> Result<Vec<T>, ProviderError> {
    serde_json::from_slice(data)
        .map_err(|fault| error(ErrorKind::Malformed, format!("OKX's {what} cannot be read: {fault}")))
}

/// When a snapshot was taken: its own stamp, never later than it was received.
pub(crate) fn stamped(ts: &Text<'_>, received_at: UtcMs) -> UtcMs {
    ts.instant().map_or(received_at, |told| told.min(received_at))
}
