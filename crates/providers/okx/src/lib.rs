//! OKX swaps: endpoints, wire rows, and their domain meaning.
//!
//! Quantities of derivatives are contracts on OKX's wire: what leaves this crate is in base coins, but for
//! [`domain::Liquidation`], which keeps contracts (see [`convert::liquidation_usd`]). OKX quotes every coin
//! singly, so no contract has a multiplier; small coins have a large contract instead.

/// The client.
pub mod client;
/// From rows to domain values.
pub mod convert;
/// What OKX offers without a key.
pub mod endpoints;
/// Rows as OKX sends them.
mod rows;
/// The liquidation stream.
pub mod stream;
/// OKX's conventions.
pub mod wire;

pub use client::{Liquidations, Okx};
pub use convert::liquidation_usd;
pub use endpoints::ENDPOINTS;
pub use wire::OkxWire;

use upstream::LaneConfig;

/// OKX's lane as it is without configuration.
#[must_use]
pub fn lane_defaults() -> LaneConfig {
    LaneConfig::at("https://www.okx.com")
}
