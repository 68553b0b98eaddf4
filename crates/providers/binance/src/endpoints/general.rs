//! Service, list of contracts, baskets and collateral.

use std::time::Duration;

use upstream::Endpoint;

use super::{ANY_SYMBOL, MINUTE, SECONDS_15, SYMBOL, endpoint, one_or, weight, weight_by};

/// Whether the interface answers.
pub const PING: Endpoint = endpoint(
    "ping",
    "/fapi/v1/ping",
    &[],
    Duration::ZERO,
    weight(1),
    "Whether the interface answers (an empty object)",
    docs!(""),
);

/// The exchange's clock.
pub const TIME: Endpoint = endpoint(
    "time",
    "/fapi/v1/time",
    &[],
    Duration::ZERO,
    weight(1),
    "The exchange's clock in Unix milliseconds",
    docs!("/Check-Server-Time"),
);

/// All contracts.
pub const EXCHANGE_INFO: Endpoint = endpoint(
    "exchangeInfo",
    "/fapi/v1/exchangeInfo",
    &[],
    Duration::from_mins(30),
    weight(1),
    "All contracts with status, filters and listing dates; delisted ones stay listed",
    docs!("/Exchange-Information"),
);

/// Members of the basket contracts.
pub const INDEX_INFO: Endpoint = endpoint(
    "indexInfo",
    "/fapi/v1/indexInfo",
    &[ANY_SYMBOL],
    MINUTE,
    weight(1),
    "Members and weights of basket contracts (BTCDOMUSDT)",
    docs!("/Composite-Index-Symbol-Information"),
);

/// Exchanges behind an index price.
pub const CONSTITUENTS: Endpoint = endpoint(
    "constituents",
    "/fapi/v1/constituents",
    &[SYMBOL],
    Duration::from_mins(10),
    weight(2),
    "Exchanges and pairs that make up an index price",
    docs!("/Index-Constituents"),
);

/// Collateral valuation.
pub const ASSET_INDEX: Endpoint = endpoint(
    "assetIndex",
    "/fapi/v1/assetIndex",
    &[ANY_SYMBOL],
    SECONDS_15,
    weight_by(|args| one_or(args, 1, 10)),
    "Valuation of collateral assets in dollars (SOLUSD)",
    docs!("/Multi-Assets-Mode-Asset-Index"),
);
