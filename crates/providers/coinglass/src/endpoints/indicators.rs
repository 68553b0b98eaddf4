//! Technical indicators and indexes of futures.

use super::params::{
    AVERAGE, END, EXCHANGE, FAST_WINDOW, INTERVAL, LIMIT, LIMIT_4500, MULT, PAIR, PAIR_HISTORY, SERIES_TYPE,
    SIGNAL_WINDOW, SLOW_WINDOW, START, WINDOW,
};
use super::{LIVE, MINUTE, endpoints};

endpoints! {
    /// RSI and price change (percent) of every coin over 15 m to 1 w, in one answer.
    INDICATORS_RSI_LIST = Standard, LIVE, "indicators.rsi_list",
        "/api/futures/rsi/list", &[];

    /// RSI of one futures pair per bar. Send window (14 is usual): the provider publishes no default.
    INDICATORS_RSI = Startup, MINUTE, "indicators.rsi",
        "/api/futures/indicators/rsi", AVERAGE;

    /// Simple moving average of one futures pair per bar, in price units. Send window: the provider
    /// publishes no default.
    INDICATORS_MA = Startup, MINUTE, "indicators.ma",
        "/api/futures/indicators/ma", AVERAGE;

    /// Simple moving averages and closing price of every coin over 1 m to 1 w, in one answer.
    MA_LIST = Standard, MINUTE, "ma.list",
        "/api/futures/ma/list", &[];

    /// Exponential moving average of one futures pair per bar, in price units. Send window: the provider
    /// publishes no default.
    INDICATORS_EMA = Startup, MINUTE, "indicators.ema",
        "/api/futures/indicators/ema", AVERAGE;

    /// Exponential moving averages and closing price of every coin over 1 m to 1 w, in one answer.
    EMA_LIST = Standard, MINUTE, "ema.list",
        "/api/futures/ema/list", &[];

    /// Bollinger bands of one futures pair per bar: middle (mb), upper (ub) and lower (lb), in price units.
    /// Send window: the provider publishes no default.
    INDICATORS_BOLLINGER = Startup, MINUTE, "indicators.bollinger",
        "/api/futures/indicators/boll",
        &[EXCHANGE, PAIR, INTERVAL, LIMIT_4500, START, END, SERIES_TYPE, WINDOW, MULT];

    /// MACD of one futures pair per bar; signal and histogram are not always there. Send the three windows
    /// (12, 26, 9 are usual).
    INDICATORS_MACD = Startup, MINUTE, "indicators.macd",
        "/api/futures/indicators/macd",
        &[
            EXCHANGE, PAIR, INTERVAL, LIMIT_4500, START, END, SERIES_TYPE, FAST_WINDOW, SLOW_WINDOW,
            SIGNAL_WINDOW
        ];

    /// MACD and signal of every coin over 1 m to 1 w, in one answer.
    MACD_LIST = Standard, MINUTE, "macd.list",
        "/api/futures/macd/list", &[];

    /// Average true range of one futures pair per bar, in price units. Send window: the provider publishes
    /// no default.
    INDICATORS_AVG_TRUE_RANGE = Startup, MINUTE, "indicators.avg_true_range",
        "/api/futures/indicators/avg-true-range", &[EXCHANGE, PAIR, INTERVAL, LIMIT, START, END, WINDOW];

    /// Average true range of every coin over 1 m to 1 w, in price units, in one answer.
    AVG_TRUE_RANGE_LIST = Standard, MINUTE, "avg_true_range.list",
        "/api/futures/avg-true-range/list", &[];

    /// TD Sequential setup counts of one futures pair per bar, buy and sell apart.
    INDICATORS_TD = Startup, MINUTE, "indicators.td",
        "/api/futures/indicators/td", &[EXCHANGE, PAIR, INTERVAL, LIMIT_4500, START, END];

    /// TD Sequential counts of every coin over 1 m to 1 w, in one answer: positive counts buys, negative
    /// sells.
    TD_LIST = Standard, LIVE, "td.list",
        "/api/futures/td/list", &[];

    /// Basis of one futures pair per bar, at open and close, in percent; the unit of the *_change fields is
    /// doubtful (they look like USD).
    INDICATORS_BASIS = Hobbyist, MINUTE, "indicators.basis",
        "/api/futures/basis/history", PAIR_HISTORY;

    /// Whale index of one futures pair per bar: the provider's own measure of large traders' activity.
    INDICATORS_WHALE_INDEX = Startup, MINUTE, "indicators.whale_index",
        "/api/futures/whale-index/history", PAIR_HISTORY;

    /// Coinglass Derivatives Index (CGDI), daily, 1000 at 2024-01-01: the price level of the derivatives
    /// market.
    INDICATORS_CGDI = Hobbyist, MINUTE, "indicators.cgdi",
        "/api/futures/cgdi-index/history", &[];

    /// Coinglass Derivatives Risk Index (CDRI), daily, 0-100 with 50 in the middle as it seems: how risky
    /// the derivatives market is.
    INDICATORS_CDRI = Hobbyist, MINUTE, "indicators.cdri",
        "/api/futures/cdri-index/history", &[];
}
