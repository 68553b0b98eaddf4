//! Contracts and pairs.

use super::endpoints;
use super::params::{EXCHANGE_PATH, FILTER_ASSETS, FILTER_EXCHANGES, FILTER_SYMBOLS};

endpoints! {
    /// Contracts and pairs of all exchanges. Very long: always filter.
    ALL = CREDIT, HOUR, "symbols", "/v1/symbols", &[FILTER_SYMBOLS, FILTER_EXCHANGES, FILTER_ASSETS];

    /// Contracts and pairs of one exchange with the exchange's own names, steps, price and volumes.
    /// Volumes in USD are far too large on inverse contracts.
    OF_EXCHANGE = CREDIT, HOUR, "symbols_of_exchange", "/v1/symbols/{exchange_id}",
        &[EXCHANGE_PATH, FILTER_SYMBOLS, FILTER_ASSETS];

    /// Contracts and pairs of one exchange that still trade. Not in the provider's document.
    ACTIVE_OF_EXCHANGE = CREDIT, HOUR, "symbols_active", "/v1/symbols/{exchange_id}/active", &[EXCHANGE_PATH];

    /// The exchange's own names of contracts and assets beside CoinAPI's.
    MAP = CREDIT, HOUR, "symbols_map", "/v1/symbols/map/{exchange_id}", &[EXCHANGE_PATH];
}
