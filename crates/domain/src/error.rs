//! One list of the ways in which a provider can fail to give a datum.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Source;

/// Why a provider gave nothing. The kind decides what happens next; the text is for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// No key configured for this provider.
    KeyMissing,
    /// The provider refused the key.
    KeyInvalid,
    /// The plan of the key does not include this endpoint or interval.
    PlanLimited,
    /// The provider refuses this region (HTTP 451, or 403 with such a text).
    RegionBlocked,
    /// The provider banned this address for a while (HTTP 418, 403 from its front).
    Banned,
    /// The provider's rate limit was hit (HTTP 429, or such a body under HTTP 200).
    RateLimited,
    /// Our own side of the provider's quota is spent; nothing was sent.
    QuotaSpent,
    /// Our circuit breaker is open; nothing was sent.
    CircuitOpen,
    /// The provider does not know this symbol, coin or path.
    NotFound,
    /// The provider does not accept these parameters.
    BadRequest,
    /// No answer before the deadline.
    Timeout,
    /// No connection, or it broke.
    Connection,
    /// The provider is in trouble (HTTP 5xx, busy).
    Unavailable,
    /// The answer could not be read as what it should be.
    Malformed,
    /// The answer was larger than allowed.
    TooLarge,
    /// The answer held no row.
    NoData,
    /// The provider does not offer this datum, or it is switched off by configuration.
    Unsupported,
}

impl ErrorKind {
    /// The stable snake_case code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::KeyMissing => "key_missing",
            Self::KeyInvalid => "key_invalid",
            Self::PlanLimited => "plan_limited",
            Self::RegionBlocked => "region_blocked",
            Self::Banned => "banned",
            Self::RateLimited => "rate_limited",
            Self::QuotaSpent => "quota_spent",
            Self::CircuitOpen => "circuit_open",
            Self::NotFound => "not_found",
            Self::BadRequest => "bad_request",
            Self::Timeout => "timeout",
            Self::Connection => "connection",
            Self::Unavailable => "unavailable",
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::NoData => "no_data",
            Self::Unsupported => "unsupported",
        }
    }

    /// Whether the very same read may be sent again at once: the fault is passing and costs nothing.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::Timeout | Self::Connection | Self::Unavailable)
    }

    /// Whether the fault speaks against the provider's health, and so counts for its breaker.
    #[must_use]
    pub const fn counts_for_breaker(self) -> bool {
        matches!(
            self,
            Self::Timeout | Self::Connection | Self::Unavailable | Self::Malformed | Self::TooLarge
        )
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// One provider's failure at one call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[error("{source_}: {message}")]
pub struct ProviderError {
    /// Who failed.
    #[serde(rename = "source")]
    pub source_: Source,
    /// What kind of failure.
    pub kind: ErrorKind,
    /// One sentence for people; never holds a secret, a full URL with a key, or a provider's HTML.
    pub message: String,
    /// How long the provider asks to be left alone, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl ProviderError {
    /// A failure with its sentence.
    pub fn new(source: Source, kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { source_: source, kind, message: message.into(), retry_after_ms: None }
    }

    /// The same failure with the pause that the provider asks for.
    #[must_use]
    pub fn retry_after_ms(mut self, ms: Option<u64>) -> Self {
        self.retry_after_ms = ms;
        self
    }
}
