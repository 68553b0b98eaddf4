//! Spot markets.

use super::params::{
    COIN, COIN_DEPTH, COIN_HISTORY_UNIT, END, END_REQUIRED, EXCHANGE, EXCHANGE_LIST, EXCHANGE_OF_THREE,
    INTERVAL, INTERVAL_BELOW_WEEK, LIMIT, LIMIT_100, LIMIT_4500, PAGE, PAIR, PAIR_DEPTH, PAIR_HISTORY,
    PER_PAGE, START, START_REQUIRED, STATE, UNIT,
};
use super::{LIVE, MINUTE, endpoints};

endpoints! {
    /// Tickers of every coin with a spot market.
    SPOT_SUPPORTED_COINS = Hobbyist, MINUTE, "spot.supported_coins",
        "/api/spot/supported-coins", &[];

    /// Every spot pair by exchange: the exchange's own name, base and quote asset.
    SPOT_SUPPORTED_EXCHANGE_PAIRS = Hobbyist, MINUTE, "spot.supported_exchange_pairs",
        "/api/spot/supported-exchange-pairs", &[];

    /// All coins' spot markets in pages: price, market cap, volume, buys, sells and flow in USD, with
    /// changes over 5 m to 1 w.
    SPOT_COINS_MARKETS = Standard, LIVE, "spot.coins_markets",
        "/api/spot/coins-markets", &[PER_PAGE, PAGE];

    /// One coin's spot pairs on every exchange: price, volume, buys, sells and net flow in USD over 1 h to
    /// 1 w. The USD volume change keys are spelled unevenly.
    SPOT_PAIRS_MARKETS = Hobbyist, LIVE, "spot.pairs_markets",
        "/api/spot/pairs-markets", &[COIN];

    /// Candles of one spot pair: open, high, low, close and volume in USD (not in coins); time in ms is the
    /// bar's start.
    SPOT_PRICE_HISTORY = Hobbyist, MINUTE, "spot.price.history",
        "/api/spot/price/history", PAIR_HISTORY;

    /// Bids and asks of a spot pair within a distance of the middle price, per bar, in USD and in coins.
    SPOT_ORDERBOOK_ASK_BIDS_HISTORY = Hobbyist, MINUTE, "spot.orderbook.ask_bids_history",
        "/api/spot/orderbook/ask-bids-history", PAIR_DEPTH;

    /// Bids and asks of a coin's spot markets within a distance of the middle price, summed over the
    /// exchanges named, per bar, in USD and in coins.
    SPOT_ORDERBOOK_AGGREGATED_ASK_BIDS_HISTORY =
        Hobbyist, MINUTE, "spot.orderbook.aggregated_ask_bids_history",
        "/api/spot/orderbook/aggregated-ask-bids-history", COIN_DEPTH;

    /// Order book snapshots of a spot pair: (time in seconds, bids, asks) with (price, quantity) levels. At
    /// most 100 rows a call.
    SPOT_ORDERBOOK_HISTORY = Standard, MINUTE, "spot.orderbook.history",
        "/api/spot/orderbook/history", &[EXCHANGE, PAIR, INTERVAL_BELOW_WEEK, LIMIT_100, START, END];

    /// Large resting limit orders of a spot pair (BTC from 350 k USD, ETH from 250 k, others from 10 k).
    /// Side 1 sells, 2 buys; the price key is price or limit_price.
    SPOT_ORDERBOOK_LARGE_LIMIT_ORDER = Standard, LIVE, "spot.orderbook.large_limit_order",
        "/api/spot/orderbook/large-limit-order", &[EXCHANGE, PAIR];

    /// Large limit orders of a spot pair that ended or still rest between two times. Side 1 sells, 2 buys;
    /// state 1 open, 2 filled, 3 cancelled.
    SPOT_ORDERBOOK_LARGE_LIMIT_ORDER_HISTORY = Standard, LIVE, "spot.orderbook.large_limit_order_history",
        "/api/spot/orderbook/large-limit-order-history",
        &[EXCHANGE, PAIR, START_REQUIRED, END_REQUIRED, STATE];

    /// Taker buys and sells of one spot pair per bar, in USD.
    SPOT_TAKER_BUY_SELL_VOLUME_HISTORY = Hobbyist, MINUTE, "spot.taker_buy_sell_volume.history",
        "/api/spot/taker-buy-sell-volume/history", PAIR_HISTORY;

    /// Taker buys and sells of a coin's spot markets per bar over the exchanges named, in USD, or coins
    /// with unit=coin (the keys then still end in _usd).
    SPOT_AGGREGATED_TAKER_BUY_SELL_VOLUME_HISTORY =
        Hobbyist, MINUTE, "spot.aggregated_taker_buy_sell_volume.history",
        "/api/spot/aggregated-taker-buy-sell-volume/history", COIN_HISTORY_UNIT;

    /// Footprint of a spot pair: per bar (time in seconds) rows of price from, price to, taker buys and
    /// sells and trade counts, by position. Binance, OKX, Bybit.
    SPOT_VOLUME_FOOTPRINT_HISTORY = Professional, MINUTE, "spot.volume.footprint_history",
        "/api/spot/volume/footprint-history", &[EXCHANGE_OF_THREE, PAIR, INTERVAL, LIMIT, START, END];

    /// Taker buys, sells and their running difference (CVD) of a spot pair; the sum begins anew at
    /// start_time, and times come in ms or in seconds.
    SPOT_CVD_HISTORY = Startup, MINUTE, "spot.cvd.history",
        "/api/spot/cvd/history", &[EXCHANGE, PAIR, INTERVAL, LIMIT, START, END, UNIT];

    /// Taker buys, sells and their running difference (CVD) of a coin's spot markets over the exchanges
    /// named; the sum begins anew at start_time, and times come in ms or in seconds.
    SPOT_AGGREGATED_CVD_HISTORY = Startup, MINUTE, "spot.aggregated_cvd.history",
        "/api/spot/aggregated-cvd/history", &[EXCHANGE_LIST, COIN, INTERVAL, LIMIT_4500, START, END, UNIT];

    /// Taker buys, sells and net flow of every coin's spot markets over 5 m to 30 d, in USD, in pages. The
    /// 7-day net flow key is net_flow_usd_1w.
    SPOT_NETFLOW_LIST = Startup, MINUTE, "spot.netflow_list",
        "/api/spot/netflow-list", &[PER_PAGE, PAGE];

    /// Taker buys, sells and net flow of one coin's spot markets over 5 m to 1 y, in USD (text numbers),
    /// with change in percent and ratio to market cap.
    SPOT_COIN_NETFLOW = Startup, MINUTE, "spot.coin.netflow",
        "/api/spot/coin/netflow", &[COIN, EXCHANGE_LIST];
}
