//! CoinAPI market data: endpoints, wire rows, and their domain meaning.
//!
//! Source: the provider's OpenAPI document and answers seen live in 2026. Times come as RFC 3339 text with
//! seven digits of a second, prices and sizes as bare numbers in the venue's own units.

/// The calls that the market and the operations make.
pub mod client;
/// From rows to what the engine reads.
pub mod convert;
/// Every path as a row of a table.
pub mod endpoints;
/// Rows as they come over the wire.
pub mod rows;
/// Key, errors and the day's credits.
pub mod wire;

pub use client::CoinApi;
pub use convert::{Metric, Quote, Symbol, exchange_id, period_id};
pub use endpoints::ENDPOINTS;
pub use wire::CoinApiWire;

use std::time::Duration;

use upstream::LaneConfig;

/// The lane's settings unless configured otherwise. Ten calls at once are allowed by the provider; retried
/// once at most, since every try may cost credits.
#[must_use]
pub fn lane_defaults() -> LaneConfig {
    LaneConfig {
        deadline: Duration::from_secs(5),
        max_body: 32 << 20,
        max_in_flight: 8,
        retries: 1,
        stale_for: Duration::from_mins(10),
        ..LaneConfig::at("https://rest.coinapi.io")
    }
}
