//! Settings of a lane.

use std::time::Duration;

/// Settings of one provider's lane; all of it is configuration.
#[derive(Clone, Debug)]
pub struct LaneConfig {
    /// Base URL without trailing slash.
    pub base_url: String,
    /// Longest time for one call, retries included.
    pub deadline: Duration,
    /// Largest body accepted, in bytes, after decompression.
    pub max_body: usize,
    /// Calls in flight at once.
    pub max_in_flight: usize,
    /// Tries after the first.
    pub retries: u32,
    /// Failures in a row that open the breaker.
    pub breaker_failures: u32,
    /// How long the breaker stays open before one probe is let through; doubled by each failed probe.
    pub breaker_open: Duration,
    /// Share of the provider's budgets that we allow ourselves, in percent.
    pub quota_pct: u32,
    /// How long past its time to live an answer may stand in for a failed one.
    pub stale_for: Duration,
    /// Bytes of answers kept in the cache.
    pub cache_bytes: u64,
    /// False when the operator switched this provider off.
    pub enabled: bool,
    /// Whether answers must carry the replay's mark (`x-perpsignal-replay`). False in live operation: an
    /// answer with the mark is then refused. True in a replay: an answer without it is refused.
    pub accept_replay: bool,
}

impl LaneConfig {
    /// Sensible settings for a provider at this base URL.
    #[must_use]
    pub fn at(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            deadline: Duration::from_secs(3),
            max_body: 16 << 20,
            max_in_flight: 32,
            retries: 2,
            breaker_failures: 5,
            breaker_open: Duration::from_secs(10),
            quota_pct: 80,
            stale_for: Duration::from_mins(10),
            cache_bytes: 64 << 20,
            enabled: true,
            accept_replay: false,
        }
    }
}

impl Default for LaneConfig {
    /// As [`LaneConfig::at`], with an empty base URL.
    fn default() -> Self {
        Self::at("")
    }
}
