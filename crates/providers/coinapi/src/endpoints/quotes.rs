//! Best bid and ask.

use super::endpoints;
use super::params::{DATE, FILTER_SYMBOLS, LIMIT, SYMBOL_PATH, TIME_END, TIME_START};

endpoints! {
    /// Best bid, best ask and last trade of several contracts now.
    CURRENT = CREDIT, NOW, "quotes_current", "/v1/quotes/current", &[FILTER_SYMBOLS];

    /// Best bid, best ask and last trade of a contract now; one object or a list of one.
    CURRENT_OF_SYMBOL = CREDIT, NOW, "quote_current", "/v1/quotes/{symbol_id}/current", &[SYMBOL_PATH];

    /// The newest quotes of several contracts, newest first.
    LATEST = BY_LIMIT, NOW, "quotes_latest", "/v1/quotes/latest", &[FILTER_SYMBOLS, LIMIT];

    /// The newest quotes of a contract, newest first.
    LATEST_OF_SYMBOL = BY_LIMIT, NOW, "quotes_latest_of_symbol", "/v1/quotes/{symbol_id}/latest",
        &[SYMBOL_PATH, LIMIT];

    /// Quotes of a contract within one UTC day, oldest first.
    HISTORY = BY_LIMIT, MINUTE, "quotes_history", "/v1/quotes/{symbol_id}/history",
        &[SYMBOL_PATH, DATE, TIME_START, TIME_END, LIMIT];
}
