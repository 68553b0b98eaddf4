//! Long/short ratios, taker sides and net positions.

use super::params::{
    COIN, END, EXCHANGE_BINANCE, EXCHANGE_OF_FOUR, INTERVAL, INTERVAL_BELOW_WEEK, LIMIT, PAIR, PAIR_HISTORY,
    RANGE_TAKER, START,
};
use super::{LIVE, MINUTE, endpoints};

endpoints! {
    /// Share of all accounts of an exchange that are long and short a pair (percent, 0-100) and their
    /// ratio; the value holds at the row's time.
    GLOBAL_LONG_SHORT_ACCOUNT_RATIO_HISTORY = Hobbyist, MINUTE, "global_long_short_account_ratio.history",
        "/api/futures/global-long-short-account-ratio/history", PAIR_HISTORY;

    /// Share of the top traders' accounts that are long and short a pair (percent, 0-100) and their ratio;
    /// the value holds at the row's time.
    LONG_SHORT_RATIO_ACCOUNT_HISTORY = Hobbyist, MINUTE, "long_short_ratio.account_history",
        "/api/futures/top-long-short-account-ratio/history", PAIR_HISTORY;

    /// Share of the top traders' positions that are long and short a pair (percent, 0-100) and their ratio;
    /// the value holds at the row's time.
    LONG_SHORT_RATIO_POSITION_HISTORY = Hobbyist, MINUTE, "long_short_ratio.position_history",
        "/api/futures/top-long-short-position-ratio/history", PAIR_HISTORY;

    /// Taker buys and sells of a coin over the chosen range, in USD and percent, in total and per exchange.
    TAKER_BUY_SELL_EXCHANGE_LIST = Hobbyist, LIVE, "taker_buy_sell.exchange_list",
        "/api/futures/taker-buy-sell-volume/exchange-list", &[COIN, RANGE_TAKER];

    /// Change of net long and net short positions of a pair per bar, with running sums where told (version
    /// 1; Binance, OKX, Bybit and Hyperliquid).
    NET_POSITION_HISTORY_V1 = Startup, MINUTE, "net_position.history_v1",
        "/api/futures/net-position/history",
        &[EXCHANGE_OF_FOUR, PAIR, INTERVAL_BELOW_WEEK, LIMIT, START, END];

    /// Change of net long and net short positions of a pair per bar, with running sums where told. Binance
    /// only.
    NET_POSITION_HISTORY = Startup, MINUTE, "net_position.history",
        "/api/futures/v2/net-position/history", &[EXCHANGE_BINANCE, PAIR, INTERVAL, LIMIT, START, END];
}
