//! CoinGecko v3: endpoints, wire rows, and their domain meaning.
//!
//! Source: the provider's OpenAPI documents of 2026 and recorded answers. Prices in the currency asked for,
//! changes in percent. Its terms ask that it be named beside its data ([`domain::Source::attribution`]).

/// The calls that the market and the operations make.
pub mod client;
/// From rows to what the engine reads.
pub mod convert;
/// Every path as a row of a table.
pub mod endpoints;
/// Rows as they come over the wire.
pub mod rows;
/// Which kind of key, and so which host.
pub mod tier;
/// Key, errors and the minute's budget.
pub mod wire;

pub use client::{CoinGecko, MarketsQuery};
pub use convert::{Category, Coin, CoinMarket, Global, Trending, exchange_id};
pub use endpoints::ENDPOINTS;
pub use tier::{Tier, base_url};
pub use wire::CoinGeckoWire;

use std::time::Duration;

use upstream::LaneConfig;

/// The lane's settings unless configured otherwise; the host is the public one of keyless and Demo use
/// ([`base_url`]). Retried once at most: failed calls count toward the minute's limit.
#[must_use]
pub fn lane_defaults() -> LaneConfig {
    LaneConfig {
        deadline: Duration::from_secs(5),
        max_in_flight: 4,
        retries: 1,
        stale_for: Duration::from_mins(30),
        ..LaneConfig::at(base_url(Tier::Demo))
    }
}
