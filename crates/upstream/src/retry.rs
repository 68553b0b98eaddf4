//! When a failed call is sent again: passing faults only, within the deadline, under a budget per lane.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use backon::{Backoff, BackoffBuilder, ExponentialBuilder};
use domain::{ErrorKind, ProviderError};
use rand::random;
use tokio::time::Instant;

/// Longest pause that the provider may ask for when a rate-limited call is to be sent again at all.
pub const RATE_LIMIT_PATIENCE: Duration = Duration::from_secs(1);
/// Retries per call that the budget gains.
pub const BUDGET_PER_CALL: f64 = 0.1;
/// Retries per second that the budget gains whatever the traffic.
pub const BUDGET_PER_SECOND: f64 = 3.0;
/// Most retries that the budget saves up.
pub const BUDGET_BURST: f64 = 10.0;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Pauses that grow twofold, each drawn between nothing and its bound (full jitter).
pub(crate) fn pauses(retries: u32) -> impl Backoff {
    ExponentialBuilder::default()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .with_factor(2.0)
        .with_max_times(usize::try_from(retries).unwrap_or(usize::MAX))
        .build()
        .map(|bound| bound.mul_f64(random::<f64>()))
}

/// How long to pause before the same call is sent again; `None` when it is not worth it.
pub(crate) fn pause(
    error: &ProviderError,
    planned: Duration,
    now: Instant,
    deadline: Instant,
) -> Option<Duration> {
    let left = deadline.saturating_duration_since(now);
    let asked = error.retry_after_ms.map(Duration::from_millis);
    let pause = if error.kind.is_retryable() {
        planned.max(asked.unwrap_or_default())
    } else if error.kind == ErrorKind::RateLimited {
        let asked = asked.filter(|asked| *asked <= RATE_LIMIT_PATIENCE)?;
        // Jitter on top: everyone was told the same instant.
        asked + planned
    } else {
        return None;
    };
    // As much time must remain for the call as was spent on waiting.
    (pause.saturating_mul(2) < left).then_some(pause)
}

/// Retries that a lane may still make: a share of its calls, so that an outage is not multiplied.
#[derive(Debug)]
pub(crate) struct RetryBudget(Mutex<Tokens>);

#[derive(Debug)]
struct Tokens {
    level: f64,
    at: Instant,
}

impl RetryBudget {
    pub fn new(now: Instant) -> Self {
        Self(Mutex::new(Tokens { level: BUDGET_BURST, at: now }))
    }

    /// A first call was made.
    pub fn earn(&self) {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.level = (tokens.level + BUDGET_PER_CALL).min(BUDGET_BURST);
    }

    /// Leave for one retry.
    pub fn spend(&self, now: Instant) -> bool {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let gained = now.saturating_duration_since(tokens.at).as_secs_f64() * BUDGET_PER_SECOND;
        tokens.level = (tokens.level + gained).min(BUDGET_BURST);
        tokens.at = now;
        if tokens.level < 1.0 {
            return false;
        }
        tokens.level -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use domain::Source;

    use super::*;

    fn error(kind: ErrorKind, retry_after_ms: Option<u64>) -> ProviderError {
        ProviderError::new(Source::Okx, kind, "").retry_after_ms(retry_after_ms)
    }

    #[test]
    fn pauses_stay_under_their_bounds_and_end() {
        for _ in 0..50 {
            let drawn: Vec<Duration> = pauses(3).collect();
            assert_eq!(drawn.len(), 3);
            for (pause, bound) in drawn.iter().zip([100, 200, 400]) {
                assert!(*pause <= Duration::from_millis(bound));
            }
        }
    }

    #[test]
    fn only_passing_faults_are_tried_again() {
        let now = Instant::now();
        let deadline = now + Duration::from_secs(3);
        let planned = Duration::from_millis(50);
        assert_eq!(pause(&error(ErrorKind::Unavailable, None), planned, now, deadline), Some(planned));
        for kind in [ErrorKind::BadRequest, ErrorKind::Malformed, ErrorKind::Banned, ErrorKind::PlanLimited] {
            assert_eq!(pause(&error(kind, Some(1)), planned, now, deadline), None);
        }
    }

    #[test]
    fn a_rate_limit_is_waited_out_only_when_it_is_short_and_told() {
        let now = Instant::now();
        let deadline = now + Duration::from_secs(3);
        let ask = |after| pause(&error(ErrorKind::RateLimited, after), Duration::ZERO, now, deadline);
        assert_eq!(ask(Some(1_000)), Some(Duration::from_secs(1)));
        assert_eq!(ask(Some(1_001)), None);
        assert_eq!(ask(None), None);
        let tight = now + Duration::from_millis(1_500);
        assert_eq!(pause(&error(ErrorKind::RateLimited, Some(1_000)), Duration::ZERO, now, tight), None);
    }

    #[test]
    fn the_budget_is_a_burst_then_a_trickle_and_a_tenth_of_the_calls() {
        let now = Instant::now();
        let budget = RetryBudget::new(now);
        assert_eq!((0..20).filter(|_| budget.spend(now)).count(), 10);
        assert_eq!((0..20).filter(|_| budget.spend(now + Duration::from_secs(1))).count(), 3);
        (0..21).for_each(|_| budget.earn());
        assert_eq!((0..20).filter(|_| budget.spend(now + Duration::from_secs(1))).count(), 2);
    }
}
