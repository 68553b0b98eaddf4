//! Order books and option chains.

use super::endpoints;
use super::params::{DATE, EXCHANGE_PATH, FILTER_SYMBOLS, LEVELS, LIMIT, SYMBOL_PATH, TIME_END, TIME_START};

endpoints! {
    /// The order book of a contract now, best levels first. Sizes in the venue's unit: contracts on OKX.
    CURRENT = CREDIT, NOW, "orderbook_current", "/v1/orderbooks/{symbol_id}/current", &[SYMBOL_PATH, LEVELS];

    /// The newest order books of a contract, newest first, 20 levels at most.
    LATEST = BY_LIMIT, NOW, "orderbooks_latest", "/v1/orderbooks/{symbol_id}/latest",
        &[SYMBOL_PATH, LIMIT, LEVELS];

    /// Order books of a contract within one UTC day, oldest first, 20 levels at most.
    HISTORY = BY_LIMIT, MINUTE, "orderbooks_history", "/v1/orderbooks/{symbol_id}/history",
        &[SYMBOL_PATH, DATE, TIME_START, TIME_END, LIMIT, LEVELS];

    /// Number of levels and sum of sizes on each side of a contract's book now.
    DEPTH = CREDIT, NOW, "orderbook_depth", "/v1/orderbooks/{symbol_id}/depth/current",
        &[SYMBOL_PATH, LEVELS];

    /// Books of several contracts now, order by order.
    L3_ALL_CURRENT = CREDIT, NOW, "orderbooks3_current", "/v1/orderbooks3/current",
        &[FILTER_SYMBOLS, LEVELS];

    /// The book of a contract now, order by order.
    L3_CURRENT = CREDIT, NOW, "orderbook3_current", "/v1/orderbooks3/{symbol_id}/current",
        &[SYMBOL_PATH, LEVELS];

    /// Option chains of an exchange now: by underlying and expiry, calls and puts with quotes and greeks.
    OPTIONS = CREDIT, MINUTE, "options_current", "/v1/options/{exchange_id}/current", &[EXCHANGE_PATH];
}
