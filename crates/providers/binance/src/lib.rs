//! Binance USDⓈ-M futures: endpoints, wire rows, and their domain meaning.
//!
//! Public market data only: no key, no signature. Three budgets are metered: request weight, funding
//! requests, statistics requests.

/// The client: raw calls and domain reads.
pub mod client;
/// From wire rows to domain values.
pub mod convert;
/// The public endpoints as a table.
pub mod endpoints;
/// Rows as they stand on the wire.
pub mod rows;
/// The liquidation stream.
pub mod stream;
/// How answers are judged and budgets metered.
pub mod wire;

pub use client::Binance;
pub use endpoints::ENDPOINTS;
pub use stream::{Frame, STREAM_BASE, parse_frame, stream_url};
pub use wire::BinanceWire;

use std::time::Duration;

use upstream::LaneConfig;

/// Where the REST interface lives.
pub const BASE_URL: &str = "https://fapi.binance.com";

/// Settings of the lane to Binance, before configuration.
#[must_use]
pub fn lane_defaults() -> LaneConfig {
    LaneConfig {
        deadline: Duration::from_secs(5),
        max_body: 8 << 20,
        max_in_flight: 24,
        retries: 2,
        breaker_failures: 8,
        breaker_open: Duration::from_secs(10),
        quota_pct: 80,
        stale_for: Duration::from_mins(5),
        ..LaneConfig::at(BASE_URL)
    }
}
