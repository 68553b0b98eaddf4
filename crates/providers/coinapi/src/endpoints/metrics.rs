//! Funding, open interest and other figures beside prices. What there is differs per venue.

use super::endpoints;
use super::params::{
    ASSET, ASSET_EXTERNAL, CHAIN, EXCHANGE, EXCHANGE_REQUIRED, LIMIT, METRIC, METRIC_PERIOD, METRIC_REQUIRED,
    NETWORK, SYMBOL, SYMBOL_REQUIRED, TIME_END, TIME_FORMAT, TIME_START,
};

endpoints! {
    /// All metrics with a description.
    LISTING = CREDIT, DAY, "metrics_listing", "/v1/metrics/listing", &[];

    /// Which metrics there are on which contracts.
    SYMBOL_LISTING = CREDIT, HOUR, "metrics_symbol_listing", "/v1/metrics/symbol/listing",
        &[METRIC, EXCHANGE, SYMBOL];

    /// Present values on contracts: funding rates (fractions), open interest, mark and index prices, in the
    /// venue's own units. By exchange and metric, all contracts in one call.
    SYMBOL_CURRENT = CREDIT, RECENT, "metrics_symbol_current", "/v1/metrics/symbol/current",
        &[METRIC, SYMBOL, EXCHANGE];

    /// A metric of a contract over time: points, or bars of a period.
    SYMBOL_HISTORY = BY_LIMIT, MINUTE, "metrics_symbol_history", "/v1/metrics/symbol/history",
        &[METRIC_REQUIRED, SYMBOL_REQUIRED, TIME_START, TIME_END, TIME_FORMAT, METRIC_PERIOD, LIMIT];

    /// Which metrics there are of an exchange as a whole.
    EXCHANGE_LISTING = CREDIT, HOUR, "metrics_exchange_listing", "/v1/metrics/exchange/listing",
        &[METRIC, EXCHANGE_REQUIRED];

    /// Present values of an exchange as a whole.
    EXCHANGE_CURRENT = CREDIT, RECENT, "metrics_exchange_current", "/v1/metrics/exchange/current",
        &[METRIC, EXCHANGE_REQUIRED];

    /// A metric of an exchange over time: points, or bars of a period.
    EXCHANGE_HISTORY = BY_LIMIT, MINUTE, "metrics_exchange_history", "/v1/metrics/exchange/history",
        &[METRIC_REQUIRED, EXCHANGE_REQUIRED, TIME_START, TIME_END, TIME_FORMAT, METRIC_PERIOD, LIMIT];

    /// Which metrics there are of assets.
    ASSET_LISTING = CREDIT, HOUR, "metrics_asset_listing", "/v1/metrics/asset/listing",
        &[METRIC, ASSET, ASSET_EXTERNAL, EXCHANGE, CHAIN, NETWORK];

    /// Present values of assets.
    ASSET_CURRENT = CREDIT, RECENT, "metrics_asset_current", "/v1/metrics/asset/current",
        &[METRIC, ASSET, ASSET_EXTERNAL, EXCHANGE, CHAIN, NETWORK];

    /// A metric of an asset over time: points, or bars of a period.
    ASSET_HISTORY = BY_LIMIT, MINUTE, "metrics_asset_history", "/v1/metrics/asset/history",
        &[
            METRIC_REQUIRED, ASSET, ASSET_EXTERNAL, EXCHANGE, CHAIN, NETWORK, TIME_START, TIME_END,
            TIME_FORMAT, METRIC_PERIOD, LIMIT,
        ];
}
