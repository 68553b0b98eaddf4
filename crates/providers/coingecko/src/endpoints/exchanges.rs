//! Spot exchanges.

use super::endpoints;
use super::params::{
    COIN_IDS, DEPTH, DEX_PAIR_FORMAT, EXCHANGE_ID, EXCHANGE_LOGO, FROM, PAGE, PER_PAGE, STATUS,
    TICKERS_ORDER, TO, VOLUME_DAYS,
};

endpoints! {
    /// Exchanges with trust score and volume of 24 h in BTC.
    EXCHANGES = ANY, MINUTE, "exchanges", "/exchanges", &[PER_PAGE, PAGE];

    /// Ids and names of exchanges.
    LIST = ANY, FIVE_MINUTES, "exchanges_list", "/exchanges/list", &[STATUS];

    /// One exchange with trust score, volume in BTC and its 100 largest markets.
    EXCHANGE = ANY, MINUTE, "exchange", "/exchanges/{id}", &[EXCHANGE_ID, DEX_PAIR_FORMAT];

    /// Markets of an exchange, 100 a page. Rows that are stale or anomalous say so.
    TICKERS = ANY, MINUTE, "exchange_tickers", "/exchanges/{id}/tickers",
        &[EXCHANGE_ID, COIN_IDS, EXCHANGE_LOGO, PAGE, DEPTH, TICKERS_ORDER, DEX_PAIR_FORMAT];

    /// Volume of an exchange over time in BTC, milliseconds, oldest first; volumes as text.
    VOLUME_CHART = ANY, MINUTE, "exchange_volume_chart", "/exchanges/{id}/volume_chart",
        &[EXCHANGE_ID, VOLUME_DAYS];

    /// Volume of an exchange between two times in BTC, at most 31 days.
    VOLUME_CHART_RANGE = PRO, FIVE_MINUTES, "exchange_volume_chart_range",
        "/exchanges/{id}/volume_chart/range", &[EXCHANGE_ID, FROM, TO];
}
