//! Trades.

use super::endpoints;
use super::params::{DATE, FILTER_SYMBOLS, LIMIT, SYMBOL_PATH, TIME_END, TIME_START, WITH_ID};

endpoints! {
    /// The newest trades of several contracts, newest first.
    LATEST = BY_LIMIT, NOW, "trades_latest", "/v1/trades/latest", &[FILTER_SYMBOLS, WITH_ID, LIMIT];

    /// The newest trades of a contract, newest first, with the taker's side where known. Sizes in the
    /// venue's unit: contracts on OKX.
    LATEST_OF_SYMBOL = BY_LIMIT, NOW, "trades_latest_of_symbol", "/v1/trades/{symbol_id}/latest",
        &[SYMBOL_PATH, LIMIT, WITH_ID];

    /// Trades of a contract within one UTC day, oldest first.
    HISTORY = BY_LIMIT, MINUTE, "trades_history", "/v1/trades/{symbol_id}/history",
        &[SYMBOL_PATH, DATE, TIME_START, TIME_END, LIMIT, WITH_ID];
}
