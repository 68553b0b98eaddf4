//! How a lane stands: for health pages and diagnosis.

use domain::{ErrorKind, Source, UtcMs};
use serde::Serialize;

/// A lane as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LaneStatus {
    /// Whose lane.
    pub source: Source,
    /// False when switched off by configuration.
    pub enabled: bool,
    /// The circuit breaker.
    pub breaker: BreakerStatus,
    /// Newest answer, on the program's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_success_at: Option<UtcMs>,
    /// Newest failure that speaks of the provider or our access to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<LastFailure>,
    /// The provider's budgets.
    pub meters: Vec<MeterStatus>,
    /// Answers kept.
    pub cache: CacheStatus,
    /// Calls under way.
    pub in_flight: usize,
}

/// The circuit breaker as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BreakerStatus {
    /// Its phase.
    pub state: BreakerState,
    /// Failures in a row.
    pub failures: u32,
    /// Milliseconds until a probe is let through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// The provider's own refusal that opened it, if it was one: a ban, a blocked region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<ErrorKind>,
}

/// Phases of a circuit breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// Calls pass.
    Closed,
    /// The next call, or the one under way, decides.
    HalfOpen,
    /// Nothing is sent.
    Open,
}

/// A failure in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LastFailure {
    /// When, on the program's clock.
    pub at: UtcMs,
    /// Its kind.
    pub kind: ErrorKind,
    /// Its sentence.
    pub message: String,
}

/// A budget as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MeterStatus {
    /// Its name.
    pub name: &'static str,
    /// Used in the present window.
    pub used: u32,
    /// Our share of the capacity.
    pub allowed: u32,
    /// What the provider allows in a window.
    pub capacity: u32,
    /// Length of the window, in milliseconds.
    pub window_ms: u64,
    /// Milliseconds of the pause that the provider asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_for_ms: Option<u64>,
}

/// The cache as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CacheStatus {
    /// Answers.
    pub entries: u64,
    /// Bytes, with some allowance for keeping them.
    pub bytes: u64,
}
