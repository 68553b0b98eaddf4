//! alternative.me's Crypto Fear & Greed Index: endpoints, wire rows, and their domain meaning. One value a
//! day for the whole market, new at about 00:00 UTC.

/// The client.
pub mod client;
/// From rows to days.
pub mod convert;
/// What alternative.me offers.
pub mod endpoints;
/// Rows as alternative.me sends them.
mod rows;
/// alternative.me's conventions.
pub mod wire;

pub use client::FearGreed;
pub use convert::Day;
pub use endpoints::ENDPOINTS;
pub use wire::FearGreedWire;

use std::time::Duration;

use upstream::LaneConfig;

/// alternative.me's lane as it is without configuration. The last answer may stand in for a failed one for a
/// day and a half; how old it then is shows in `as_of`.
#[must_use]
pub fn lane_defaults() -> LaneConfig {
    LaneConfig { stale_for: Duration::from_hours(35), ..LaneConfig::at("https://api.alternative.me") }
}
