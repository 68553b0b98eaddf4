//! Order books and large orders of futures.

use super::params::{
    COIN_DEPTH, END, END_REQUIRED, EXCHANGE, INTERVAL_BELOW_WEEK, LIMIT_100_REQUIRED, PAIR, PAIR_DEPTH,
    START, START_REQUIRED, STATE,
};
use super::{LIVE, MINUTE, endpoints};

endpoints! {
    /// Bids and asks of a futures pair within a distance of the middle price, per bar, in USD and in coins.
    ORDERBOOK_ASK_BIDS_HISTORY = Hobbyist, MINUTE, "orderbook.ask_bids_history",
        "/api/futures/orderbook/ask-bids-history", PAIR_DEPTH;

    /// Bids and asks of a coin's futures within a distance of the middle price, summed over the exchanges
    /// named, per bar, in USD and in coins.
    ORDERBOOK_AGGREGATED_HISTORY = Hobbyist, MINUTE, "orderbook.aggregated_history",
        "/api/futures/orderbook/aggregated-ask-bids-history", COIN_DEPTH;

    /// Order book snapshots of a futures pair: (time in seconds, bids, asks) with (price, quantity) levels.
    /// At most 100 rows a call.
    ORDERBOOK_DETAILED_HISTORY = Standard, MINUTE, "orderbook.detailed_history",
        "/api/futures/orderbook/history",
        &[EXCHANGE, PAIR, INTERVAL_BELOW_WEEK, LIMIT_100_REQUIRED, START, END];

    /// Large resting limit orders of a futures pair (BTC from 1 M USD, ETH from 500 k, others from 50 k)
    /// with what is left and executed. Side 1 sells, 2 buys; the price key is price or limit_price.
    ORDERBOOK_WHALE_WALLS = Standard, LIVE, "orderbook.whale_walls",
        "/api/futures/orderbook/large-limit-order", &[EXCHANGE, PAIR];

    /// Large limit orders of a futures pair that ended or still rest between two times, with what was
    /// executed. Side 1 sells, 2 buys; state 1 open, 2 filled, 3 cancelled.
    ORDERBOOK_WHALE_HISTORY = Standard, LIVE, "orderbook.whale_history",
        "/api/futures/orderbook/large-limit-order-history",
        &[EXCHANGE, PAIR, START_REQUIRED, END_REQUIRED, STATE];
}
