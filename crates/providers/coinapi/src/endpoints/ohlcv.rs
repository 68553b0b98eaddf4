//! Bars.

use super::endpoints;
use super::params::{
    EMPTY_ITEMS, EXCHANGE_PATH, LIMIT, PERIOD_REQUIRED, SYMBOL_PATH, TIME_END, TIME_END_REQUIRED, TIME_START,
    TIME_START_REQUIRED,
};

endpoints! {
    /// Bar lengths that exist.
    PERIODS = CREDIT, DAY, "ohlcv_periods", "/v1/ohlcv/periods", &[];

    /// The newest bars, newest first; the first usually still runs. Volume in the venue's unit: contracts
    /// on OKX.
    LATEST = BY_LIMIT, RECENT, "ohlcv_latest", "/v1/ohlcv/{symbol_id}/latest",
        &[SYMBOL_PATH, PERIOD_REQUIRED, LIMIT, EMPTY_ITEMS];

    /// Bars of a window, oldest first; an empty window may bring bars from beside it. Volume in the venue's
    /// unit: contracts on OKX.
    HISTORY = BY_LIMIT, RECENT, "ohlcv_history", "/v1/ohlcv/{symbol_id}/history",
        &[SYMBOL_PATH, PERIOD_REQUIRED, TIME_START, TIME_END, LIMIT, EMPTY_ITEMS];

    /// Bars of all contracts of an exchange in a window.
    EXCHANGE_HISTORY = CREDIT, MINUTE, "ohlcv_exchange_history", "/v1/ohlcv/exchanges/{exchange_id}/history",
        &[EXCHANGE_PATH, PERIOD_REQUIRED, TIME_START_REQUIRED, TIME_END_REQUIRED];
}
