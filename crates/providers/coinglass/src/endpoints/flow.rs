//! Taker volume, CVD, footprints and net flow of futures.

use super::params::{
    COIN, COIN_HISTORY_UNIT, END, EXCHANGE_LIST, EXCHANGE_OF_FOUR, INTERVAL, LIMIT, LIMIT_4500, PAGE, PAIR,
    PAIR_HISTORY, PER_PAGE, START, UNIT,
};
use super::{MINUTE, endpoints};

endpoints! {
    /// Taker buys and sells of one futures pair per bar, in USD. Trap: some captures held coins under these
    /// names, so compare with price times volume or use the ratio only.
    TAKER_BUY_SELL_VOLUME_HISTORY = Hobbyist, MINUTE, "taker_buy_sell_volume.history",
        "/api/futures/v2/taker-buy-sell-volume/history", PAIR_HISTORY;

    /// Taker buys and sells of a coin's futures per bar over the exchanges named, in USD, or coins with
    /// unit=coin (the keys then still end in _usd).
    VOLUME_TAKER_BUY_SELL = Hobbyist, MINUTE, "volume.taker_buy_sell",
        "/api/futures/aggregated-taker-buy-sell-volume/history", COIN_HISTORY_UNIT;

    /// Footprint of a futures pair: per bar (time in seconds) rows of price from, price to, taker buys and
    /// sells in base, quote and USDT, and trade counts, by position. 90 days.
    VOLUME_FOOTPRINT_HISTORY = Professional, MINUTE, "volume.footprint_history",
        "/api/futures/volume/footprint-history", &[EXCHANGE_OF_FOUR, PAIR, INTERVAL, LIMIT, START, END];

    /// Taker buys, sells and their running difference (CVD) of a futures pair; the sum begins anew at
    /// start_time, and times come in ms or in seconds.
    CVD_HISTORY = Startup, MINUTE, "cvd.history",
        "/api/futures/cvd/history", PAIR_HISTORY;

    /// Taker buys, sells and their running difference (CVD) of a coin's futures over the exchanges named;
    /// the sum begins anew at start_time, and times come in ms or in seconds.
    AGGREGATED_CVD_HISTORY = Startup, MINUTE, "aggregated_cvd.history",
        "/api/futures/aggregated-cvd/history", &[EXCHANGE_LIST, COIN, INTERVAL, LIMIT_4500, START, END, UNIT];

    /// Taker buys, sells and net flow of every coin's futures over 5 m to 120 d, in USD, in pages.
    NETFLOW_LIST = Startup, MINUTE, "netflow_list",
        "/api/futures/netflow-list", &[PER_PAGE, PAGE];

    /// Taker buys, sells and net flow of one coin's futures over 5 m to 1 y, in USD (text numbers), with
    /// change in percent and ratio to market cap.
    COIN_NETFLOW = Startup, MINUTE, "coin.netflow",
        "/api/futures/coin/netflow", &[COIN, EXCHANGE_LIST];
}
