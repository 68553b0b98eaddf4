use upstream::{Endpoint, Param, ParamKind};

use super::{AFTER, BEFORE, INST_FAMILY, INST_ID, limit, may, must, row};

const TRADED_TYPE: Param =
    must("instType", ParamKind::OneOf(&["SPOT", "SWAP", "FUTURES", "OPTION"]), "Kind of instrument");
const BAR: Param = may(
    "bar",
    ParamKind::OneOf(&[
        "1s", "1m", "3m", "5m", "15m", "30m", "1H", "2H", "4H", "6H", "12H", "1D", "2D", "3D", "1W", "1M",
        "3M", "6Hutc", "12Hutc", "1Dutc", "2Dutc", "3Dutc", "1Wutc", "1Mutc", "3Mutc",
    ]),
    "1m",
    "Bar length; 1m is a minute, 1M a month; days are cut at UTC+8 unless the name ends in utc",
);

/// All tickers of a kind.
pub const TICKERS: Endpoint = row(
    "market.tickers",
    "/api/v5/market/tickers",
    &[TRADED_TYPE, INST_FAMILY],
    5,
    "Last price, 24 h range and volume of every contract of a kind",
    "https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-tickers",
);

/// One ticker.
pub const TICKER: Endpoint = row(
    "market.ticker",
    "/api/v5/market/ticker",
    &[INST_ID],
    2,
    "Last price, 24 h range and volume of one contract",
    "https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-ticker",
);

/// Candles, the newest 1440 of a size.
pub const CANDLES: Endpoint = row(
    "market.candles",
    "/api/v5/market/candles",
    &[INST_ID, BAR, AFTER, BEFORE, limit(300, "100")],
    10,
    "Candles, newest first, running bar included; reaches the newest 1440 of a size",
    "https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-candlesticks",
);

/// Candles, years back.
pub const HISTORY_CANDLES: Endpoint = row(
    "market.history_candles",
    "/api/v5/market/history-candles",
    &[INST_ID, BAR, AFTER, BEFORE, limit(300, "100")],
    60,
    "Completed candles, newest first, years back",
    "https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-candlesticks-history",
);

/// Mark price candles.
pub const MARK_PRICE_CANDLES: Endpoint = row(
    "market.mark_price_candles",
    "/api/v5/market/mark-price-candles",
    &[INST_ID, BAR, AFTER, BEFORE, limit(100, "100")],
    10,
    "Candles of the mark price, newest first",
    "https://www.okx.com/docs-v5/en/#public-data-rest-api-get-mark-price-candlesticks",
);

/// Mark price candles, years back.
pub const HISTORY_MARK_PRICE_CANDLES: Endpoint = row(
    "market.history_mark_price_candles",
    "/api/v5/market/history-mark-price-candles",
    &[INST_ID, BAR, AFTER, BEFORE, limit(100, "100")],
    60,
    "Completed candles of the mark price, newest first, years back",
    "https://www.okx.com/docs-v5/en/#public-data-rest-api-get-mark-price-candlesticks-history",
);

const INDEX_ID: Param = must("instId", ParamKind::Pair, "Index, for example BTC-USDT");

/// Index candles.
pub const INDEX_CANDLES: Endpoint = row(
    "market.index_candles",
    "/api/v5/market/index-candles",
    &[INDEX_ID, BAR, AFTER, BEFORE, limit(100, "100")],
    10,
    "Candles of an index, newest first",
    "https://www.okx.com/docs-v5/en/#public-data-rest-api-get-index-candlesticks",
);

/// Index candles, years back.
pub const HISTORY_INDEX_CANDLES: Endpoint = row(
    "market.history_index_candles",
    "/api/v5/market/history-index-candles",
    &[INDEX_ID, BAR, AFTER, BEFORE, limit(100, "100")],
    60,
    "Completed candles of an index, newest first, years back",
    "https://www.okx.com/docs-v5/en/#public-data-rest-api-get-index-candlesticks-history",
);

/// Order book, up to 400 levels.
pub const BOOKS: Endpoint = row(
    "market.books",
    "/api/v5/market/books",
    &[INST_ID, may("sz", ParamKind::Int { min: 1, max: 400 }, "1", "Levels a side")],
    1,
    "Order book of one contract; sizes are contracts",
    "https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-order-book",
);

/// Order book, up to 5000 levels.
pub const BOOKS_FULL: Endpoint = row(
    "market.books_full",
    "/api/v5/market/books-full",
    &[INST_ID, may("sz", ParamKind::Int { min: 1, max: 5000 }, "1", "Levels a side")],
    1,
    "Deep order book of one contract; sizes are contracts",
    "https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-full-order-book",
);

/// Recent trades.
pub const TRADES: Endpoint = row(
    "market.trades",
    "/api/v5/market/trades",
    &[INST_ID, limit(500, "100")],
    1,
    "Recent trades of one contract; side is the taker's, sizes are contracts",
    "https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-trades",
);

/// Trades of the last three months.
pub const HISTORY_TRADES: Endpoint = row(
    "market.history_trades",
    "/api/v5/market/history-trades",
    &[
        INST_ID,
        may("type", ParamKind::OneOf(&["1", "2"]), "1", "Page by 1 trade id or 2 time"),
        may("after", ParamKind::Text, "", "Only trades older than this id or time"),
        may("before", ParamKind::Text, "", "Only trades newer than this id or time"),
        limit(100, "100"),
    ],
    60,
    "Trades of one contract, three months back",
    "https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-trades-history",
);

/// Index prices.
pub const INDEX_TICKERS: Endpoint = row(
    "market.index_tickers",
    "/api/v5/market/index-tickers",
    &[
        may("quoteCcy", ParamKind::OneOf(&["USD", "USDT", "BTC", "USDC"]), "", "Quote of the indices"),
        may("instId", ParamKind::Pair, "", "Index, for example BTC-USDT; one of the two is needed"),
    ],
    5,
    "Index prices and their 24 h range",
    "https://www.okx.com/docs-v5/en/#public-data-rest-api-get-index-tickers",
);

/// What an index is made of.
pub const INDEX_COMPONENTS: Endpoint = row(
    "market.index_components",
    "/api/v5/market/index-components",
    &[must("index", ParamKind::Pair, "Index, for example BTC-USD")],
    60,
    "Exchanges, prices and weights behind an index",
    "https://www.okx.com/docs-v5/en/#public-data-rest-api-get-index-components",
);

/// Turnover of the whole exchange.
pub const PLATFORM_24_VOLUME: Endpoint = row(
    "market.platform_24_volume",
    "/api/v5/market/platform-24-volume",
    &[],
    60,
    "Turnover of the whole exchange over 24 h",
    "https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-24h-total-volume",
);
