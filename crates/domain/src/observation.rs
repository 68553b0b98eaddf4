//! A value with its origin: what every number in an answer is traced to.

use serde::Serialize;

use crate::{ProviderError, Source, UtcMs, Venue};

/// A value as a provider gave it, with where and when it comes from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Observed<T> {
    /// The value.
    pub value: T,
    /// Who served it.
    pub source: Source,
    /// The venue it speaks of; `None` where it speaks of the whole market or of a coin.
    pub venue: Option<Venue>,
    /// The instant the value stands for (a bar's end, a snapshot's time).
    pub as_of: UtcMs,
    /// When we received it.
    pub received_at: UtcMs,
}

impl<T> Observed<T> {
    /// The same origin with another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Observed<U> {
        Observed {
            value: f(self.value),
            source: self.source,
            venue: self.venue,
            as_of: self.as_of,
            received_at: self.received_at,
        }
    }

    /// Seconds from the value's own time to `now`, never negative.
    #[must_use]
    pub fn age_s(&self, now: UtcMs) -> i64 {
        now.since(self.as_of).max(0) / 1_000
    }
}

/// Why a datum is not there, with what each source answered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Missing {
    /// One sentence for people.
    pub reason: String,
    /// The failures behind it, in the order the sources were asked.
    pub tried: Vec<ProviderError>,
}

impl Missing {
    /// Missing for a reason of our own, nobody was asked.
    pub fn because(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), tried: Vec::new() }
    }

    /// Missing since every source failed.
    #[must_use]
    pub fn after(tried: Vec<ProviderError>) -> Self {
        let reason = if tried.is_empty() {
            "no source is configured".to_owned()
        } else {
            tried.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        };
        Self { reason, tried }
    }
}

/// A datum, or why it is not there. Never a made-up default.
pub type Reading<T> = Result<Observed<T>, Missing>;
