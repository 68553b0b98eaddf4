//! Answers kept, by the program's clock; and failures remembered for a short while, by the real one.

use std::sync::Arc;
use std::time::Duration;

use domain::{ErrorKind, ProviderError, UtcMs};
use futures_util::FutureExt as _;
use moka::future::Cache;
use moka::policy::EvictionPolicy;
use tokio::time::Instant;

use crate::Fetched;
use crate::moment::later;

/// How long a refusal of the key or the plan is remembered, so that quota is not burned on it.
pub const KEY_MEMORY: Duration = Duration::from_mins(5);
/// How long an unknown symbol is remembered.
pub const NOT_FOUND_MEMORY: Duration = Duration::from_mins(1);

/// Bytes that an entry costs beside its body and key.
const ENTRY_OVERHEAD: usize = 256;
const FAILURES_MAX: u64 = 4_096;

/// Tells calls apart: endpoint and address.
pub(crate) type Key = Arc<str>;

/// The key of a call.
pub(crate) fn key(endpoint: &str, target: &str) -> Key {
    format!("{endpoint} {target}").into()
}

/// Answers, weighed by their bytes. Whether one is still good is decided by the program's clock at the
/// time of asking: that clock may stand still or run fast, so nothing here expires by itself; the
/// least recently used leave when the room is full.
#[derive(Clone, Debug)]
pub(crate) struct Answers(Cache<Key, Fetched>);

impl Answers {
    pub fn new(bytes: u64) -> Self {
        let cache = Cache::builder()
            .max_capacity(bytes)
            .eviction_policy(EvictionPolicy::lru())
            .weigher(|key: &Key, answer: &Fetched| {
                u32::try_from(answer.body_len() + key.len() + ENTRY_OVERHEAD).unwrap_or(u32::MAX)
            })
            .build();
        Self(cache)
    }

    /// An answer that is younger than its time to live.
    pub async fn fresh(&self, key: &Key, ttl: Duration, now: UtcMs) -> Option<Fetched> {
        self.within(key, ttl, now).await
    }

    /// An answer good enough to stand in for a failed one.
    pub async fn stale(&self, key: &Key, age: Duration, now: UtcMs) -> Option<Fetched> {
        let mut answer = self.within(key, age, now).await?;
        answer.stale = true;
        Some(answer)
    }

    async fn within(&self, key: &Key, age: Duration, now: UtcMs) -> Option<Fetched> {
        let mut answer = self.0.get(key).await?;
        // Negative when the program's clock was set back: then the answer is not known yet.
        let old = u64::try_from(now.since(answer.received_at)).ok()?;
        answer.cached = true;
        (u128::from(old) < age.as_millis()).then_some(answer)
    }

    pub async fn keep(&self, key: Key, answer: Fetched) {
        self.0.insert(key, answer).await;
    }

    /// Entries and bytes held.
    pub fn size(&self) -> (u64, u64) {
        // Counts lag behind until the housekeeping has run; it seldom has to wait for anything.
        let _ = self.0.run_pending_tasks().now_or_never();
        (self.0.entry_count(), self.0.weighted_size())
    }
}

/// Failures that would only repeat themselves.
#[derive(Clone, Debug)]
pub(crate) struct Failures(Cache<Key, (ProviderError, Instant)>);

impl Failures {
    pub fn new() -> Self {
        Self(
            Cache::builder()
                .max_capacity(FAILURES_MAX)
                .time_to_live(KEY_MEMORY.max(NOT_FOUND_MEMORY))
                .build(),
        )
    }

    pub async fn recall(&self, key: &Key, now: Instant) -> Option<ProviderError> {
        let (error, until) = self.0.get(key).await?;
        (now < until).then_some(error)
    }

    /// Remembers a failure if it is of a lasting kind.
    pub async fn remember(&self, key: Key, error: &ProviderError, now: Instant) {
        let span = match error.kind {
            ErrorKind::KeyInvalid | ErrorKind::PlanLimited => KEY_MEMORY,
            ErrorKind::NotFound => NOT_FOUND_MEMORY,
            _ => return,
        };
        self.0.insert(key, (error.clone(), later(now, span))).await;
    }

    pub async fn forget(&self, key: &Key) {
        self.0.invalidate(key).await;
    }
}
