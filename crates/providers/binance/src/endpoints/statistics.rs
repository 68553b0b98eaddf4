//! Statistics of the last 30 days, with a budget of their own.

use upstream::{Cost, Endpoint, Param, ParamKind};

use super::{END, MINUTE, PAIR, START, SYMBOL, endpoint, query, required};
use crate::wire::STATISTICS;

const PERIODS: ParamKind = ParamKind::OneOf(&["5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d"]);

const PERIOD: Param = required("period", PERIODS, "Length of a period");

const STATISTICS_LIMIT: Param = query("limit", ParamKind::Int { min: 1, max: 500 }, "30", "Most rows");

const STATISTICS_PARAMS: &[Param] = &[SYMBOL, PERIOD, START, END, STATISTICS_LIMIT];

const ONE_STATISTIC: Cost = Cost::Fixed { meter: STATISTICS, weight: 1 };

const fn statistics(
    id: &'static str,
    path: &'static str,
    summary: &'static str,
    docs: &'static str,
) -> Endpoint {
    endpoint(id, path, STATISTICS_PARAMS, MINUTE, ONE_STATISTIC, summary, docs)
}

/// Open interest over time.
pub const OPEN_INTEREST_HIST: Endpoint = statistics(
    "openInterestHist",
    "/futures/data/openInterestHist",
    "Open interest in contract units and in USDT, last 30 days",
    docs!("/Open-Interest-Statistics"),
);

/// Accounts of the top traders.
pub const TOP_ACCOUNT_RATIO: Endpoint = statistics(
    "topLongShortAccountRatio",
    "/futures/data/topLongShortAccountRatio",
    "Long/short ratio of the top 20 % traders by accounts, last 30 days",
    docs!("/Top-Long-Short-Account-Ratio"),
);

/// Positions of the top traders.
pub const TOP_POSITION_RATIO: Endpoint = statistics(
    "topLongShortPositionRatio",
    "/futures/data/topLongShortPositionRatio",
    "Long/short ratio of the top 20 % traders by positions, last 30 days",
    docs!("/Top-Trader-Long-Short-Ratio"),
);

/// Accounts of everyone.
pub const GLOBAL_ACCOUNT_RATIO: Endpoint = statistics(
    "globalLongShortAccountRatio",
    "/futures/data/globalLongShortAccountRatio",
    "Long/short ratio of all accounts, last 30 days",
    docs!("/Long-Short-Ratio"),
);

/// Taker volumes.
pub const TAKER_RATIO: Endpoint = statistics(
    "takerlongshortRatio",
    "/futures/data/takerlongshortRatio",
    "Taker buy and sell volume and their ratio, last 30 days",
    docs!("/Taker-BuySell-Volume"),
);

/// Basis over time.
pub const BASIS: Endpoint = endpoint(
    "basis",
    "/futures/data/basis",
    &[
        PAIR,
        required(
            "contractType",
            ParamKind::OneOf(&["PERPETUAL", "CURRENT_QUARTER", "NEXT_QUARTER"]),
            "Which contract of the pair",
        ),
        PERIOD,
        START,
        END,
        STATISTICS_LIMIT,
    ],
    MINUTE,
    ONE_STATISTIC,
    "Futures price against index price, last 30 days",
    docs!("/Basis"),
);
