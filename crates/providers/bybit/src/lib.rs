//! Bybit linear perpetuals: endpoints, wire rows, and their domain meaning.
//!
//! Quantities are in units of the contract: a unit of `1000PEPEUSDT` is a thousand coins. Open interest
//! leaves this crate in coins, and of one side only.

/// The client.
pub mod client;
/// From rows to domain values.
pub mod convert;
/// What Bybit offers without a key.
pub mod endpoints;
/// Rows as Bybit sends them.
mod rows;
/// The liquidation stream.
pub mod stream;
/// Bybit's conventions.
pub mod wire;

pub use client::Bybit;
pub use convert::liquidation_usd;
pub use endpoints::ENDPOINTS;
pub use wire::BybitWire;

use upstream::LaneConfig;

/// Bybit's lane as it is without configuration.
#[must_use]
pub fn lane_defaults() -> LaneConfig {
    LaneConfig::at("https://api.bybit.com")
}
