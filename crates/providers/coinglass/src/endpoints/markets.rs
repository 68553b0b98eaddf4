//! Reference lists, markets and candles of futures.

use super::params::{COIN, EXCHANGE_LIST_OPTIONAL, EXCHANGE_OPTIONAL, PAGE, PAIR_HISTORY, PER_PAGE};
use super::{LIVE, MINUTE, TEN_MINUTES, endpoints};

endpoints! {
    /// Tickers of every coin that has a futures market; ask here before using a coin elsewhere.
    SUPPORTED_COINS = Hobbyist, MINUTE, "supported_coins",
        "/api/futures/supported-coins", &[];

    /// Names of every futures exchange, spelled as the other endpoints want them.
    SUPPORTED_EXCHANGES = Hobbyist, TEN_MINUTES, "supported_exchanges",
        "/api/futures/supported-exchanges", &[];

    /// Every futures contract by exchange: its own name, base and quote asset, and where told settlement
    /// currency, maximum leverage, hours between fundings and tick size.
    EXCHANGES = Hobbyist, MINUTE, "exchanges",
        "/api/futures/supported-exchange-pairs", &[EXCHANGE_OPTIONAL];

    /// Delisted futures contracts by exchange: the exchange's own name, base and quote asset.
    DELISTED_PAIRS = Hobbyist, MINUTE, "delisted_pairs",
        "/api/futures/delisted-exchange-pairs", &[];

    /// Exchanges ranked: open interest, volume and liquidations of 24 h, all in USD.
    EXCHANGE_RANK = Hobbyist, MINUTE, "exchange_rank",
        "/api/futures/exchange-rank", &[];

    /// All coins in pages: price, market cap, average funding (percent), open interest, volume, long/short
    /// ratio and liquidations in USD, with changes in percent over 5 m to 24 h. Small coins lack some
    /// fields.
    MARKETS = Standard, LIVE, "markets",
        "/api/futures/coins-markets", &[EXCHANGE_LIST_OPTIONAL, PER_PAGE, PAGE];

    /// One coin's contracts on every exchange: price, 24 h volume split into long and short, open interest,
    /// liquidations in USD, funding in percent per its own period. Dated futures have no funding.
    PAIRS_MARKETS_SYMBOL = Hobbyist, LIVE, "pairs_markets.symbol",
        "/api/futures/pairs-markets", &[COIN];

    /// Price change and amplitude of every coin over 5 m to 24 h, in percent.
    PRICE_CHANGE = Standard, LIVE, "price_change",
        "/api/futures/coins-price-change", &[];

    /// Candles of one futures pair: open, high, low, close and volume in USD (not in coins); time in ms is
    /// the bar's start and the last bar may still run.
    PRICE_HISTORY = Hobbyist, MINUTE, "price_history",
        "/api/futures/price/history", PAIR_HISTORY;
}
