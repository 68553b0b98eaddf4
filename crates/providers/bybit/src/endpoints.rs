//! The public market endpoints of Bybit v5, one row each. All of them share one budget by address.

use std::time::Duration;

use upstream::{Cost, Endpoint, Param, ParamKind, Place};

/// Name of the one budget: calls by address over all paths.
pub(crate) const ADDRESS_METER: &str = "address";

/// Every public endpoint.
pub const ENDPOINTS: &[Endpoint] = &[
    TIME,
    INSTRUMENTS_INFO,
    KLINE,
    MARK_PRICE_KLINE,
    INDEX_PRICE_KLINE,
    PREMIUM_INDEX_PRICE_KLINE,
    ORDERBOOK,
    TICKERS,
    FUNDING_HISTORY,
    RECENT_TRADE,
    OPEN_INTEREST,
    ACCOUNT_RATIO,
    RISK_LIMIT,
    INSURANCE,
];

const fn row(
    id: &'static str,
    path: &'static str,
    params: &'static [Param],
    ttl_s: u64,
    summary: &'static str,
    docs: &'static str,
) -> Endpoint {
    Endpoint {
        id,
        path,
        params,
        plan: "",
        ttl: Duration::from_secs(ttl_s),
        cost: Cost::Fixed { meter: ADDRESS_METER, weight: 1 },
        summary,
        docs,
    }
}

const fn must(name: &'static str, kind: ParamKind, doc: &'static str) -> Param {
    Param { name, place: Place::Query, kind, required: true, default: "", doc }
}

const fn may(name: &'static str, kind: ParamKind, default: &'static str, doc: &'static str) -> Param {
    Param { name, place: Place::Query, kind, required: false, default, doc }
}

const fn limit(max: i64, default: &'static str) -> Param {
    may("limit", ParamKind::Int { min: 1, max }, default, "Number of rows")
}

const ANY_CATEGORY: ParamKind = ParamKind::OneOf(&["linear", "inverse", "spot", "option"]);
const FUTURES_CATEGORY: ParamKind = ParamKind::OneOf(&["linear", "inverse"]);
const SYMBOL: Param = must("symbol", ParamKind::Pair, "Contract, for example BTCUSDT");
const MAY_SYMBOL: Param = may("symbol", ParamKind::Pair, "", "Contract, for example BTCUSDT; all without it");
const INTERVAL: Param = must(
    "interval",
    ParamKind::OneOf(&["1", "3", "5", "15", "30", "60", "120", "240", "360", "720", "D", "W", "M"]),
    "Bar length in minutes, or D, W, M",
);
const START: Param = may("start", ParamKind::TimeMs, "", "First bar (Unix ms)");
const END: Param = may("end", ParamKind::TimeMs, "", "Last bar (Unix ms)");
const START_TIME: Param = may("startTime", ParamKind::TimeMs, "", "First row (Unix ms)");
const END_TIME: Param = may("endTime", ParamKind::TimeMs, "", "Last row (Unix ms)");
const CURSOR: Param =
    may("cursor", ParamKind::Text, "", "nextPageCursor of the page before, percent-decoded");
const PERIOD: ParamKind = ParamKind::OneOf(&["5min", "15min", "30min", "1h", "4h", "1d"]);

/// The exchange's clock.
pub const TIME: Endpoint = row(
    "market.time",
    "/v5/market/time",
    &[],
    1,
    "The exchange's clock",
    "https://bybit-exchange.github.io/docs/v5/market/time",
);

/// The list of contracts.
pub const INSTRUMENTS_INFO: Endpoint = row(
    "market.instruments_info",
    "/v5/market/instruments-info",
    &[
        must("category", ANY_CATEGORY, "Market; linear holds the USDT and USDC contracts"),
        MAY_SYMBOL,
        may(
            "status",
            ParamKind::OneOf(&["Trading", "PreLaunch", "Delivering", "Closed"]),
            "Trading",
            "State of the contracts",
        ),
        may("baseCoin", ParamKind::Text, "", "Base coin as listed"),
        limit(1_000, "500"),
        CURSOR,
    ],
    3_600,
    "Contracts with tick, lot, state, listing time and funding interval",
    "https://bybit-exchange.github.io/docs/v5/market/instrument",
);

/// Candles.
pub const KLINE: Endpoint = row(
    "market.kline",
    "/v5/market/kline",
    &[
        may("category", ParamKind::OneOf(&["linear", "inverse", "spot"]), "linear", "Market"),
        SYMBOL,
        INTERVAL,
        START,
        END,
        limit(1_000, "200"),
    ],
    10,
    "Candles, newest first, running bar included without a mark",
    "https://bybit-exchange.github.io/docs/v5/market/kline",
);

/// Mark price candles.
pub const MARK_PRICE_KLINE: Endpoint = row(
    "market.mark_price_kline",
    "/v5/market/mark-price-kline",
    &[
        may("category", FUTURES_CATEGORY, "linear", "Market"),
        SYMBOL,
        INTERVAL,
        START,
        END,
        limit(1_000, "200"),
    ],
    10,
    "Candles of the mark price, newest first",
    "https://bybit-exchange.github.io/docs/v5/market/mark-kline",
);

/// Index price candles.
pub const INDEX_PRICE_KLINE: Endpoint = row(
    "market.index_price_kline",
    "/v5/market/index-price-kline",
    &[
        may("category", FUTURES_CATEGORY, "linear", "Market"),
        SYMBOL,
        INTERVAL,
        START,
        END,
        limit(1_000, "200"),
    ],
    10,
    "Candles of the index price, newest first",
    "https://bybit-exchange.github.io/docs/v5/market/index-kline",
);

/// Premium index candles.
pub const PREMIUM_INDEX_PRICE_KLINE: Endpoint = row(
    "market.premium_index_price_kline",
    "/v5/market/premium-index-price-kline",
    &[
        may("category", ParamKind::OneOf(&["linear"]), "linear", "Market"),
        SYMBOL,
        INTERVAL,
        START,
        END,
        limit(1_000, "200"),
    ],
    10,
    "Candles of the premium index, newest first",
    "https://bybit-exchange.github.io/docs/v5/market/premium-index-kline",
);

/// Order book.
pub const ORDERBOOK: Endpoint = row(
    "market.orderbook",
    "/v5/market/orderbook",
    &[must("category", ANY_CATEGORY, "Market"), SYMBOL, limit(500, "25")],
    1,
    "Order book of one contract",
    "https://bybit-exchange.github.io/docs/v5/market/orderbook",
);

/// Tickers.
pub const TICKERS: Endpoint = row(
    "market.tickers",
    "/v5/market/tickers",
    &[
        must("category", ANY_CATEGORY, "Market"),
        MAY_SYMBOL,
        may("baseCoin", ParamKind::Text, "", "Base coin; options only"),
        may("expDate", ParamKind::Text, "", "Expiry, for example 25DEC22; options only"),
    ],
    2,
    "Price, 24 h figures, mark, index, running funding and open interest",
    "https://bybit-exchange.github.io/docs/v5/market/tickers",
);

/// Settled funding.
pub const FUNDING_HISTORY: Endpoint = row(
    "market.funding_history",
    "/v5/market/funding/history",
    &[
        must("category", FUTURES_CATEGORY, "Market"),
        SYMBOL,
        START_TIME,
        may("endTime", ParamKind::TimeMs, "", "Last row (Unix ms); startTime must not come without it"),
        limit(200, "200"),
    ],
    60,
    "Settled funding rates, newest first",
    "https://bybit-exchange.github.io/docs/v5/market/history-fund-rate",
);

/// Recent trades.
pub const RECENT_TRADE: Endpoint = row(
    "market.recent_trade",
    "/v5/market/recent-trade",
    &[
        must("category", ANY_CATEGORY, "Market"),
        MAY_SYMBOL,
        may("baseCoin", ParamKind::Text, "", "Base coin; options only"),
        may("optionType", ParamKind::OneOf(&["Call", "Put"]), "", "Options only"),
        limit(1_000, "500"),
    ],
    1,
    "Recent trades, newest first; side is the taker's",
    "https://bybit-exchange.github.io/docs/v5/market/recent-trade",
);

/// Open interest.
pub const OPEN_INTEREST: Endpoint = row(
    "market.open_interest",
    "/v5/market/open-interest",
    &[
        must("category", FUTURES_CATEGORY, "Market"),
        SYMBOL,
        must("intervalTime", PERIOD, "Distance of the rows"),
        START_TIME,
        END_TIME,
        limit(200, "50"),
        CURSOR,
    ],
    60,
    "Open interest, newest first, back to the listing; openInterest adds both sides",
    "https://bybit-exchange.github.io/docs/v5/market/open-interest",
);

/// Account ratio.
pub const ACCOUNT_RATIO: Endpoint = row(
    "market.account_ratio",
    "/v5/market/account-ratio",
    &[
        must("category", FUTURES_CATEGORY, "Market"),
        SYMBOL,
        must("period", PERIOD, "Distance of the rows"),
        START_TIME,
        END_TIME,
        limit(500, "50"),
        CURSOR,
    ],
    60,
    "Shares of accounts that are long and short, newest first, since July 2020",
    "https://bybit-exchange.github.io/docs/v5/market/long-short-ratio",
);

/// Risk limits.
pub const RISK_LIMIT: Endpoint = row(
    "market.risk_limit",
    "/v5/market/risk-limit",
    &[must("category", FUTURES_CATEGORY, "Market"), MAY_SYMBOL, CURSOR],
    3_600,
    "Position sizes, leverage and margin ratios by tier",
    "https://bybit-exchange.github.io/docs/v5/market/risk-limit",
);

/// The insurance pool.
pub const INSURANCE: Endpoint = row(
    "market.insurance",
    "/v5/market/insurance",
    &[may("coin", ParamKind::Coin, "", "Coin of the pool; all without it")],
    300,
    "Balance of the insurance pools",
    "https://bybit-exchange.github.io/docs/v5/market/insurance",
);

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_and_paths_are_unique_and_told() {
        let mut seen = HashSet::new();
        for endpoint in ENDPOINTS {
            assert!(seen.insert(endpoint.id) && seen.insert(endpoint.path), "{} stands twice", endpoint.id);
            assert!(endpoint.path.starts_with("/v5/market/"), "{}", endpoint.id);
            assert!(!endpoint.summary.is_empty() && endpoint.docs.starts_with("https://"), "{}", endpoint.id);
        }
    }
}
