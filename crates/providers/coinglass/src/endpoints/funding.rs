//! Funding rates; all of them in percent per funding period.

use super::params::{COIN_HISTORY_ALL, EXCHANGE_LIST_OPTIONAL, PAIR_HISTORY, PRINCIPAL, RANGE_ACCUMULATED};
use super::{LIVE, MINUTE, TEN_MINUTES, endpoints};

endpoints! {
    /// Funding rate of one pair as open, high, low, close per bar, in percent per funding period (0.01 is
    /// 0.01 %). It is the running estimate, not the settled rate.
    FUNDING_RATE_HISTORY = Hobbyist, MINUTE, "funding_rate.history",
        "/api/futures/funding-rate/history", PAIR_HISTORY;

    /// A coin's funding rate weighted by open interest over the exchanges, as open, high, low, close per
    /// bar, in percent per funding period.
    FUNDING_RATE_OI_WEIGHT_HISTORY = Hobbyist, MINUTE, "funding_rate.oi_weight_history",
        "/api/futures/funding-rate/oi-weight-history", COIN_HISTORY_ALL;

    /// A coin's funding rate weighted by volume over the exchanges, as open, high, low, close per bar, in
    /// percent per funding period.
    FUNDING_RATE_VOL_WEIGHT_HISTORY = Hobbyist, MINUTE, "funding_rate.vol_weight_history",
        "/api/futures/funding-rate/vol-weight-history", COIN_HISTORY_ALL;

    /// Funding rate now of every coin on every exchange, in percent per funding period, with hours between
    /// fundings and the next settlement; stablecoin- and coin-margined apart. Values may be null.
    FUNDING_RATE_EXCHANGE_LIST = Hobbyist, LIVE, "funding_rate.exchange_list",
        "/api/futures/funding-rate/exchange-list", &[];

    /// Sum of the funding charged over 1 to 365 days, every coin on every exchange, in percent. Exchange
    /// names come in upper case and many values are null.
    FUNDING_RATE_ACCUMULATED_EXCHANGE_LIST = Hobbyist, TEN_MINUTES, "funding_rate.accumulated_exchange_list",
        "/api/futures/funding-rate/accumulated-exchange-list", &[RANGE_ACCUMULATED];

    /// Funding arbitrage: where to be long (buy) and short (sell) a coin, with the rates, the spread
    /// between the venues and the yearly yield in percent.
    FUNDING_RATE_ARBITRAGE = Startup, LIVE, "funding_rate.arbitrage",
        "/api/futures/funding-rate/arbitrage", &[PRINCIPAL, EXCHANGE_LIST_OPTIONAL];
}
