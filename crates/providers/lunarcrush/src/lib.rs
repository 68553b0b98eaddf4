//! LunarCrush v4: endpoints, wire rows, and their domain meaning.
//!
//! Source: the provider's generated API document of 2025 and recorded answers. Times come in Unix
//! seconds, scores and sentiment as 0-100.

/// The calls that the market makes.
pub mod client;
/// From rows to what the engine reads.
pub mod convert;
/// Every path as a row of a table.
pub mod endpoints;
/// What the plan of a key allows.
pub mod plan;
/// Rows as they come over the wire.
pub mod rows;
/// Key, envelope, errors and the budgets of minute and day.
pub mod wire;

pub use client::LunarCrush;
pub use convert::CoinSocial;
pub use endpoints::{ENDPOINTS, WRITES};
pub use plan::Plan;
pub use wire::LunarCrushWire;

use std::time::Duration;

use upstream::LaneConfig;

/// The lane's settings unless configured otherwise. Retried once at most: the quotas are small.
#[must_use]
pub fn lane_defaults() -> LaneConfig {
    LaneConfig {
        deadline: Duration::from_secs(5),
        // Every hour of a coin since its first takes some 13 MiB.
        max_body: 32 << 20,
        max_in_flight: 4,
        retries: 1,
        stale_for: Duration::from_hours(6),
        ..LaneConfig::at("https://lunarcrush.com/api4")
    }
}
