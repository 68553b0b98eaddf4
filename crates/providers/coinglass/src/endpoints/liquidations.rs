//! Liquidations, heat maps and maximum pain.

use super::params::{
    COIN, COIN_HISTORY, COIN_OPTIONAL, END, EXCHANGE, MIN_LIQUIDATION, PAIR, PAIR_HISTORY, RANGE_HEATMAP,
    RANGE_LIQUIDATION, RANGE_MAP, RANGE_MAX_PAIN, START,
};
use super::{LIVE, MINUTE, endpoints};

endpoints! {
    /// Long and short positions of one pair liquidated per bar, in USD; long means that longs were closed
    /// by force. Time is the bar's start.
    LIQUIDATION_HISTORY = Hobbyist, MINUTE, "liquidation.history",
        "/api/futures/liquidation/history", PAIR_HISTORY;

    /// Long and short positions of one coin liquidated per bar over the exchanges named, in USD. Time is
    /// the bar's start.
    LIQUIDATION_AGGREGATED_HISTORY = Hobbyist, MINUTE, "liquidation.aggregated_history",
        "/api/futures/liquidation/aggregated-history", COIN_HISTORY;

    /// Liquidations of every coin on one exchange over 1, 4, 12 and 24 h, in USD, longs and shorts apart.
    LIQUIDATION_COIN_LIST = Startup, LIVE, "liquidation.coin_list",
        "/api/futures/liquidation/coin-list", &[EXCHANGE];

    /// Liquidations on each exchange over the chosen range, the total first as "All", in USD; without a
    /// coin, of the whole market. Live answers spell the keys longLiquidation_usd, shortLiquidation_usd.
    LIQUIDATION_EXCHANGE_LIST = Hobbyist, LIVE, "liquidation.exchange_list",
        "/api/futures/liquidation/exchange-list", &[COIN_OPTIONAL, RANGE_LIQUIDATION];

    /// Single liquidations of a coin above a size in USD, at most 200 of the last 7 days. Side is taken as
    /// 1 long liquidated, 2 short liquidated; the documentation contradicts itself.
    LIQUIDATION_ORDER = Standard, LIVE, "liquidation.order",
        "/api/futures/liquidation/order", &[EXCHANGE, COIN, MIN_LIQUIDATION, START, END];

    /// Liquidation heat map of a pair, model 1: price levels, (candle, level, value) triples and candles
    /// (times in seconds).
    LIQUIDATION_HEATMAP_MODEL1 = Professional, LIVE, "liquidation.heatmap.model1",
        "/api/futures/liquidation/heatmap/model1", &[EXCHANGE, PAIR, RANGE_HEATMAP];

    /// Liquidation heat map of a pair, model 2: price levels, (candle, level, value) triples and candles
    /// (times in seconds).
    LIQUIDATION_HEATMAP_MODEL2 = Professional, LIVE, "liquidation.heatmap.model2",
        "/api/futures/liquidation/heatmap/model2", &[EXCHANGE, PAIR, RANGE_HEATMAP];

    /// Liquidation heat map of a pair, model 3: price levels, (candle, level, value) triples and candles
    /// (times in seconds).
    LIQUIDATION_HEATMAP_MODEL3 = Professional, LIVE, "liquidation.heatmap.model3",
        "/api/futures/liquidation/heatmap/model3", &[EXCHANGE, PAIR, RANGE_HEATMAP];

    /// Liquidation heat map of a coin over all exchanges, model 1: price levels, (candle, level, value)
    /// triples and candles (times in seconds).
    LIQUIDATION_AGGREGATED_HEATMAP_MODEL1 = Professional, LIVE, "liquidation.aggregated_heatmap.model1",
        "/api/futures/liquidation/aggregated-heatmap/model1", &[COIN, RANGE_HEATMAP];

    /// Liquidation heat map of a coin over all exchanges, model 2: price levels, (candle, level, value)
    /// triples and candles (times in seconds).
    LIQUIDATION_AGGREGATED_HEATMAP_MODEL2 = Professional, LIVE, "liquidation.aggregated_heatmap.model2",
        "/api/futures/liquidation/aggregated-heatmap/model2", &[COIN, RANGE_HEATMAP];

    /// Liquidation heat map of a coin over all exchanges, model 3: price levels, (candle, level, value)
    /// triples and candles (times in seconds).
    LIQUIDATION_AGGREGATED_HEATMAP_MODEL3 = Professional, LIVE, "liquidation.aggregated_heatmap.model3",
        "/api/futures/liquidation/aggregated-heatmap/model3", &[COIN, RANGE_HEATMAP];

    /// Liquidation map of a pair: per price the USD that would be liquidated there and at which leverage.
    LIQUIDATIONS_HEATMAP = Professional, LIVE, "liquidations.heatmap",
        "/api/futures/liquidation/map", &[EXCHANGE, PAIR, RANGE_MAP];

    /// Liquidation map of a coin over all exchanges: per price the USD that would be liquidated there.
    LIQUIDATION_AGGREGATED_MAP = Professional, LIVE, "liquidation.aggregated_map",
        "/api/futures/liquidation/aggregated-map", &[COIN, RANGE_MAP];

    /// Per coin the prices at which most longs and most shorts would be liquidated, with the amounts in
    /// USD.
    LIQUIDATION_MAX_PAIN = Professional, LIVE, "liquidation.max_pain",
        "/api/futures/liquidation/max-pain", &[RANGE_MAX_PAIN];
}
