//! Mark price, funding, tickers, book, trades, open interest now.

use std::time::Duration;

use upstream::{Args, Cost, Endpoint, Param, ParamKind};

use super::{
    ANY_SYMBOL, END, MINUTE, SECONDS_1, SECONDS_2, SECONDS_5, SECONDS_15, START, SYMBOL, endpoint, limit,
    one_or, query, weight, weight_by,
};
use crate::wire::FUNDING;

fn depth_weight(args: &Args) -> u32 {
    match limit(args, 500) {
        0..=50 => 2,
        51..=100 => 5,
        101..=500 => 10,
        _ => 20,
    }
}

const TRADE_LIMIT: Param = query("limit", ParamKind::Int { min: 1, max: 1000 }, "500", "Most rows");

const ONE_FUNDING: Cost = Cost::Fixed { meter: FUNDING, weight: 1 };

/// Mark price, index price and the running funding rate.
pub const PREMIUM_INDEX: Endpoint = endpoint(
    "premiumIndex",
    "/fapi/v1/premiumIndex",
    &[ANY_SYMBOL],
    SECONDS_5,
    weight_by(|args| one_or(args, 1, 10)),
    "Mark price, index price, estimate of the coming funding rate and its time",
    docs!("/Mark-Price"),
);

/// Settled funding rates.
pub const FUNDING_RATE: Endpoint = endpoint(
    "fundingRate",
    "/fapi/v1/fundingRate",
    &[
        ANY_SYMBOL,
        START,
        END,
        query(
            "limit",
            ParamKind::Int { min: 1, max: 1000 },
            "100",
            "Most rows; from startTime on where given",
        ),
    ],
    MINUTE,
    ONE_FUNDING,
    "Settled funding rates, oldest first",
    docs!("/Get-Funding-Rate-History"),
);

/// Funding intervals and caps.
pub const FUNDING_INFO: Endpoint = endpoint(
    "fundingInfo",
    "/fapi/v1/fundingInfo",
    &[],
    Duration::from_mins(10),
    ONE_FUNDING,
    "Funding interval, cap and floor by contract; contracts not listed are charged every 8 hours",
    docs!("/Get-Funding-Rate-Info"),
);

/// Rolling statistics of 24 hours.
pub const TICKER_24HR: Endpoint = endpoint(
    "ticker.24hr",
    "/fapi/v1/ticker/24hr",
    &[ANY_SYMBOL],
    SECONDS_15,
    weight_by(|args| one_or(args, 1, 40)),
    "Last price, change, range and turnover of the last 24 hours",
    docs!("/24hr-Ticker-Price-Change-Statistics"),
);

/// Last price, first version.
pub const TICKER_PRICE: Endpoint = endpoint(
    "ticker.price",
    "/fapi/v1/ticker/price",
    &[ANY_SYMBOL],
    SECONDS_2,
    weight_by(|args| one_or(args, 1, 2)),
    "Last price (deprecated in favour of version 2)",
    docs!("/Symbol-Price-Ticker"),
);

/// Last price, second version.
pub const TICKER_PRICE_V2: Endpoint = endpoint(
    "ticker.price.v2",
    "/fapi/v2/ticker/price",
    &[ANY_SYMBOL],
    SECONDS_2,
    weight_by(|args| one_or(args, 1, 2)),
    "Last price",
    docs!("/Symbol-Price-Ticker-v2"),
);

/// Best bid and ask.
pub const BOOK_TICKER: Endpoint = endpoint(
    "ticker.bookTicker",
    "/fapi/v1/ticker/bookTicker",
    &[ANY_SYMBOL],
    SECONDS_2,
    weight_by(|args| one_or(args, 2, 5)),
    "Best bid and ask with quantities; expired quarterlies linger with old prices",
    docs!("/Symbol-Order-Book-Ticker"),
);

/// Order book.
pub const DEPTH: Endpoint = endpoint(
    "depth",
    "/fapi/v1/depth",
    &[
        SYMBOL,
        query(
            "limit",
            ParamKind::OneOf(&["5", "10", "20", "50", "100", "500", "1000"]),
            "500",
            "Levels of each side",
        ),
    ],
    SECONDS_1,
    weight_by(depth_weight),
    "Order book, best levels first",
    docs!("/Order-Book"),
);

/// Newest trades.
pub const TRADES: Endpoint = endpoint(
    "trades",
    "/fapi/v1/trades",
    &[SYMBOL, TRADE_LIMIT],
    SECONDS_1,
    weight(5),
    "Newest market trades, oldest first",
    docs!("/Recent-Trades-List"),
);

/// Trades joined by taker order and price.
pub const AGG_TRADES: Endpoint = endpoint(
    "aggTrades",
    "/fapi/v1/aggTrades",
    &[
        SYMBOL,
        query("fromId", ParamKind::Int { min: 0, max: i64::MAX }, "", "First aggregate id, inclusive"),
        START,
        END,
        TRADE_LIMIT,
    ],
    SECONDS_1,
    weight(20),
    "Trades of one taker order at one price joined; by time only the last 48 hours",
    docs!("/Compressed-Aggregate-Trades-List"),
);

/// Open interest now.
pub const OPEN_INTEREST: Endpoint = endpoint(
    "openInterest",
    "/fapi/v1/openInterest",
    &[SYMBOL],
    SECONDS_5,
    weight(1),
    "Open interest now, in contract units",
    docs!("/Open-Interest"),
);
