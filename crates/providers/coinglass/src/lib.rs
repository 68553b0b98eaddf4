//! Coinglass v4: endpoints, wire rows, and their domain meaning.
//!
//! Source: the provider's documentation of 2025 and 2026, and answers seen live where the two differ.
//! Funding and shares come in percent and leave here as fractions, unless a name says `pct`.

/// The calls that the market makes.
pub mod client;
/// From rows to what the engine reads.
pub mod convert;
/// Every REST path as a row of a table.
pub mod endpoints;
/// Numbers that may come as text.
pub mod lenient;
/// Whole-market answers, for scans.
pub mod overview;
/// What the plan of a key includes.
pub mod plan;
/// Rows as they come over the wire.
pub mod rows;
/// Key, envelope, errors and the minute's budget.
pub mod wire;

pub use client::Coinglass;
pub use convert::rows_of_coin;
pub use endpoints::{DERIVED, Derived, ENDPOINTS, How};
pub use overview::{CoinLiquidations, CoinMarket, ExchangeLiquidations, Spans};
pub use plan::Plan;
pub use wire::CoinglassWire;

use std::time::Duration;

use upstream::LaneConfig;

/// The lane's settings unless configured otherwise.
#[must_use]
pub fn lane_defaults() -> LaneConfig {
    LaneConfig {
        deadline: Duration::from_secs(5),
        max_in_flight: 8,
        stale_for: Duration::from_mins(30),
        ..LaneConfig::at("https://open-api-v4.coinglass.com")
    }
}
