//! Open interest of futures.

use super::params::{COIN, COIN_HISTORY, END, EXCHANGE, INTERVAL, LIMIT, PAIR, RANGE_CHART, START, UNIT};
use super::{LIVE, MINUTE, endpoints};

endpoints! {
    /// Open interest of one futures pair as open, high, low, close per bar; USD, or coins with unit=coin.
    /// Time is the bar's start.
    OPEN_INTEREST_HISTORY = Hobbyist, MINUTE, "open_interest.history",
        "/api/futures/open-interest/history", &[EXCHANGE, PAIR, INTERVAL, LIMIT, START, END, UNIT];

    /// Open interest of one coin over all exchanges as open, high, low, close per bar; USD, or coins with
    /// unit=coin. Time is the bar's start.
    OPEN_INTEREST_AGGREGATED_HISTORY = Hobbyist, MINUTE, "open_interest.aggregated_history",
        "/api/futures/open-interest/aggregated-history", &[COIN, INTERVAL, LIMIT, START, END, UNIT];

    /// Open interest of a coin's stablecoin-margined contracts as open, high, low, close per bar. Trap: the
    /// values are coins, not USD, though the documentation does not say so.
    OPEN_INTEREST_AGGREGATED_STABLECOIN_HISTORY =
        Hobbyist, MINUTE, "open_interest.aggregated_stablecoin_history",
        "/api/futures/open-interest/aggregated-stablecoin-history", COIN_HISTORY;

    /// Open interest of a coin's coin-margined contracts as open, high, low, close per bar, in USD.
    OPEN_INTEREST_AGGREGATED_COIN_MARGIN_HISTORY =
        Hobbyist, MINUTE, "open_interest.aggregated_coin_margin_history",
        "/api/futures/open-interest/aggregated-coin-margin-history", COIN_HISTORY;

    /// A coin's open interest now on each exchange, the total first as "All": USD and coins, split by
    /// margin, with changes in percent over 5 m to 24 h.
    OPEN_INTEREST_EXCHANGE_LIST = Hobbyist, LIVE, "open_interest.exchange_list",
        "/api/futures/open-interest/exchange-list", &[COIN];

    /// A coin's open interest on each exchange over time, as parallel arrays of times (ms), prices and one
    /// list per exchange; USD, or coins with unit=coin. The last time is now, off the grid.
    OPEN_INTEREST_EXCHANGE_HISTORY_CHART = Hobbyist, LIVE, "open_interest.exchange_history_chart",
        "/api/futures/open-interest/exchange-history-chart", &[COIN, RANGE_CHART, UNIT];
}
