//! The public REST endpoints of OKX v5, one row each. OKX meters every endpoint by itself over windows of
//! two seconds, so each row is its own budget.

use std::time::Duration;

use upstream::{Cost, Endpoint, Param, ParamKind, Place};

/// Prices, candles, books, trades.
mod market;
/// Contracts, funding, open interest, liquidations.
mod public;
/// Trading statistics.
mod rubik;

pub use market::*;
pub use public::*;
pub use rubik::*;

/// Every public endpoint.
pub const ENDPOINTS: &[Endpoint] = &[
    TICKERS,
    TICKER,
    CANDLES,
    HISTORY_CANDLES,
    MARK_PRICE_CANDLES,
    HISTORY_MARK_PRICE_CANDLES,
    INDEX_CANDLES,
    HISTORY_INDEX_CANDLES,
    BOOKS,
    BOOKS_FULL,
    TRADES,
    HISTORY_TRADES,
    INDEX_TICKERS,
    INDEX_COMPONENTS,
    PLATFORM_24_VOLUME,
    INSTRUMENTS,
    FUNDING_RATE,
    FUNDING_RATE_HISTORY,
    OPEN_INTEREST,
    MARK_PRICE,
    PRICE_LIMIT,
    LIQUIDATION_ORDERS,
    TIME,
    UNDERLYING,
    INSURANCE_FUND,
    POSITION_TIERS,
    SUPPORT_COIN,
    COIN_OPEN_INTEREST_VOLUME,
    COIN_LONG_SHORT_ACCOUNT_RATIO,
    COIN_TAKER_VOLUME,
    MARGIN_LOAN_RATIO,
    OPTION_OPEN_INTEREST_VOLUME,
    OPTION_OPEN_INTEREST_VOLUME_RATIO,
    OPTION_OPEN_INTEREST_VOLUME_EXPIRY,
    OPTION_OPEN_INTEREST_VOLUME_STRIKE,
    OPTION_TAKER_BLOCK_VOLUME,
    OPEN_INTEREST_HISTORY,
    TAKER_VOLUME_CONTRACT,
    LONG_SHORT_ACCOUNT_RATIO_CONTRACT,
    TOP_TRADER_ACCOUNT_RATIO,
    TOP_TRADER_POSITION_RATIO,
];

/// How many calls OKX allows in two seconds, by endpoint. Where it meters by address **and** contract, the
/// whole endpoint is held to one contract's budget. Not published for the index candles, the index
/// components, the insurance fund and the position tiers: those are held to the usual least, ten.
pub(crate) const CALLS_PER_WINDOW: &[(u32, &[Endpoint])] = &[
    (100, &[TRADES]),
    (40, &[CANDLES, BOOKS, LIQUIDATION_ORDERS]),
    (
        20,
        &[
            TICKERS,
            TICKER,
            HISTORY_CANDLES,
            MARK_PRICE_CANDLES,
            HISTORY_MARK_PRICE_CANDLES,
            HISTORY_TRADES,
            INDEX_TICKERS,
            INSTRUMENTS,
            OPEN_INTEREST,
            PRICE_LIMIT,
            UNDERLYING,
        ],
    ),
    (
        10,
        &[
            INDEX_CANDLES,
            HISTORY_INDEX_CANDLES,
            BOOKS_FULL,
            INDEX_COMPONENTS,
            FUNDING_RATE,
            FUNDING_RATE_HISTORY,
            MARK_PRICE,
            TIME,
            INSURANCE_FUND,
            POSITION_TIERS,
            OPEN_INTEREST_HISTORY,
        ],
    ),
    (
        5,
        &[
            SUPPORT_COIN,
            COIN_OPEN_INTEREST_VOLUME,
            COIN_LONG_SHORT_ACCOUNT_RATIO,
            COIN_TAKER_VOLUME,
            MARGIN_LOAN_RATIO,
            OPTION_OPEN_INTEREST_VOLUME,
            OPTION_OPEN_INTEREST_VOLUME_RATIO,
            OPTION_OPEN_INTEREST_VOLUME_EXPIRY,
            OPTION_OPEN_INTEREST_VOLUME_STRIKE,
            OPTION_TAKER_BLOCK_VOLUME,
            TAKER_VOLUME_CONTRACT,
            LONG_SHORT_ACCOUNT_RATIO_CONTRACT,
            TOP_TRADER_ACCOUNT_RATIO,
            TOP_TRADER_POSITION_RATIO,
        ],
    ),
    (2, &[PLATFORM_24_VOLUME]),
];

/// A row whose budget is its own.
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
        cost: Cost::Fixed { meter: id, weight: 1 },
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

const INST_ID: Param = must("instId", ParamKind::Pair, "Contract, for example BTC-USDT-SWAP");
const MAY_INST_ID: Param = may("instId", ParamKind::Pair, "", "Contract, for example BTC-USDT-SWAP");
const INST_FAMILY: Param =
    may("instFamily", ParamKind::Text, "", "Family of contracts, for example BTC-USDT");
const AFTER: Param = may("after", ParamKind::TimeMs, "", "Only rows older than this (Unix ms, excluded)");
const BEFORE: Param = may("before", ParamKind::TimeMs, "", "Only rows newer than this (Unix ms, excluded)");
const INST_TYPE: Param = must(
    "instType",
    ParamKind::OneOf(&["SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION"]),
    "Kind of instrument",
);

const fn limit(max: i64, default: &'static str) -> Param {
    may("limit", ParamKind::Int { min: 1, max }, default, "Number of rows")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use upstream::Args;

    use super::*;

    #[test]
    fn ids_and_paths_are_unique_and_told() {
        let mut ids = HashSet::new();
        let mut paths = HashSet::new();
        for endpoint in ENDPOINTS {
            assert!(ids.insert(endpoint.id), "{} stands twice", endpoint.id);
            assert!(paths.insert(endpoint.path), "{} stands twice", endpoint.path);
            assert!(endpoint.path.starts_with("/api/v5/"), "{}", endpoint.id);
            assert!(!endpoint.summary.is_empty() && endpoint.docs.starts_with("https://"), "{}", endpoint.id);
        }
    }

    #[test]
    fn every_endpoint_has_exactly_one_rate() {
        let rated: Vec<&str> =
            CALLS_PER_WINDOW.iter().flat_map(|(_, rows)| rows.iter().map(|row| row.id)).collect();
        assert_eq!(rated.len(), ENDPOINTS.len());
        for endpoint in ENDPOINTS {
            assert_eq!(rated.iter().filter(|id| **id == endpoint.id).count(), 1, "{}", endpoint.id);
            assert_eq!(endpoint.cost.of(&Args::new()), [upstream::Charge { meter: endpoint.id, weight: 1 }]);
        }
    }
}
