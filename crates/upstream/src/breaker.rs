//! The circuit breaker: after a row of failures nothing is sent for a while, then one probe decides.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::ProviderError;
use tokio::time::Instant;

use crate::moment::later;

/// Longest time open after repeated failed probes.
pub const LONGEST_OPEN: Duration = Duration::from_mins(5);

/// A provider's breaker. All methods take the present real time.
#[derive(Debug)]
pub(crate) struct Breaker {
    threshold: u32,
    open_for: Duration,
    probe_for: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    failures: u32,
    next_open: Duration,
    /// Raised by every change of phase: calls admitted before it have no more say.
    era: u64,
}

#[derive(Debug)]
enum Phase {
    Closed,
    Open { until: Instant, cause: Option<ProviderError> },
    HalfOpen { until: Instant, cause: Option<ProviderError> },
}

/// What the outside sees of the phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    Closed,
    HalfOpen,
    Open,
}

/// Why nothing may be sent now.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    /// When to ask again.
    pub until: Instant,
    /// The provider's own refusal that opened the breaker (a ban, a blocked region), if it was one.
    pub cause: Option<ProviderError>,
}

/// What an admitted call says about the provider's health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Healthy,
    Unhealthy,
    /// Nothing was learnt: nothing was sent, or the call was given up.
    Silent,
}

/// Leave to send one call. Dropped without a verdict it counts as silent, so that an abandoned probe does
/// not keep the breaker half-open.
#[derive(Debug)]
pub(crate) struct Pass {
    breaker: Arc<Breaker>,
    era: u64,
    settled: bool,
}

impl Breaker {
    /// `probe_for`: the longest time that a probe may take before another one is let through.
    pub fn new(threshold: u32, open_for: Duration, probe_for: Duration) -> Self {
        let state = State { phase: Phase::Closed, failures: 0, next_open: open_for, era: 0 };
        Self { threshold: threshold.max(1), open_for, probe_for, state: Mutex::new(state) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a call would be let through; takes nothing.
    pub fn check(&self, now: Instant) -> Result<(), Refused> {
        match &self.lock().phase {
            Phase::Open { until, cause } | Phase::HalfOpen { until, cause } if now < *until => {
                Err(Refused { until: *until, cause: cause.clone() })
            }
            _ => Ok(()),
        }
    }

    /// Leave to send one call; in an open breaker whose time is over, leave to send the probe.
    pub fn admit(self: &Arc<Self>, now: Instant) -> Result<Pass, Refused> {
        let mut state = self.lock();
        if let Phase::Open { until, cause } | Phase::HalfOpen { until, cause } = &state.phase {
            if now < *until {
                return Err(Refused { until: *until, cause: cause.clone() });
            }
            let cause = cause.clone();
            state.phase = Phase::HalfOpen { until: later(now, self.probe_for), cause };
            state.era += 1;
        }
        Ok(Pass { breaker: Arc::clone(self), era: state.era, settled: false })
    }

    /// Opens at once for a refusal that concerns every call: a ban, a blocked region.
    pub fn trip(&self, until: Instant, cause: ProviderError) {
        let mut state = self.lock();
        state.phase = Phase::Open { until, cause: Some(cause) };
        state.failures = 0;
        state.era += 1;
    }

    /// The phase, failures in a row, when an open breaker lets the probe through, and what opened it.
    pub fn face(&self, now: Instant) -> (Face, u32, Option<Refused>) {
        let state = self.lock();
        match &state.phase {
            Phase::Closed => (Face::Closed, state.failures, None),
            Phase::Open { until, cause } | Phase::HalfOpen { until, cause } => {
                let waiting = matches!(state.phase, Phase::Open { .. }) && now < *until;
                let face = if waiting { Face::Open } else { Face::HalfOpen };
                (face, state.failures, Some(Refused { until: *until, cause: cause.clone() }))
            }
        }
    }

    fn settle(&self, era: u64, verdict: Verdict, now: Instant) {
        let mut guard = self.lock();
        let state = &mut *guard;
        if state.era != era {
            return;
        }
        match (&state.phase, verdict) {
            (Phase::Closed, Verdict::Healthy) => state.failures = 0,
            (Phase::Closed, Verdict::Unhealthy) => {
                state.failures = state.failures.saturating_add(1);
                if state.failures >= self.threshold {
                    state.phase = Phase::Open { until: later(now, state.next_open), cause: None };
                    state.era += 1;
                }
            }
            (Phase::HalfOpen { .. }, Verdict::Healthy) => {
                state.phase = Phase::Closed;
                state.failures = 0;
                state.next_open = self.open_for;
                state.era += 1;
            }
            (Phase::HalfOpen { .. }, Verdict::Unhealthy) => {
                let longest = LONGEST_OPEN.max(self.open_for);
                state.failures = state.failures.saturating_add(1);
                state.next_open = state.next_open.saturating_mul(2).min(longest);
                state.phase = Phase::Open { until: later(now, state.next_open), cause: None };
                state.era += 1;
            }
            (Phase::HalfOpen { cause, .. }, Verdict::Silent) => {
                state.phase = Phase::Open { until: now, cause: cause.clone() };
                state.era += 1;
            }
            (Phase::Open { .. }, _) | (Phase::Closed, Verdict::Silent) => {}
        }
    }
}

impl Pass {
    /// Gives the verdict.
    pub fn settle(mut self, verdict: Verdict, now: Instant) {
        self.settled = true;
        self.breaker.settle(self.era, verdict, now);
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if !self.settled {
            self.breaker.settle(self.era, Verdict::Silent, Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{ErrorKind, Source};

    use super::*;

    const OPEN: Duration = Duration::from_secs(10);

    fn breaker() -> Arc<Breaker> {
        Arc::new(Breaker::new(3, OPEN, Duration::from_secs(3)))
    }

    fn fail(breaker: &Arc<Breaker>, at: Instant) {
        breaker.admit(at).unwrap().settle(Verdict::Unhealthy, at);
    }

    #[test]
    fn opens_after_failures_in_a_row_only() {
        let (breaker, now) = (breaker(), Instant::now());
        fail(&breaker, now);
        fail(&breaker, now);
        breaker.admit(now).unwrap().settle(Verdict::Healthy, now);
        fail(&breaker, now);
        fail(&breaker, now);
        assert!(breaker.check(now).is_ok());
        fail(&breaker, now);
        assert_eq!(breaker.check(now).unwrap_err().until, now + OPEN);
        assert_eq!(breaker.face(now).0, Face::Open);
    }

    #[test]
    fn half_open_lets_exactly_one_probe_through_and_its_success_closes() {
        let (breaker, now) = (breaker(), Instant::now());
        (0..3).for_each(|_| fail(&breaker, now));
        let then = now + OPEN;
        let probe = breaker.admit(then).unwrap();
        assert!(breaker.admit(then).is_err());
        assert!(breaker.check(then).is_err());
        probe.settle(Verdict::Healthy, then);
        assert!(breaker.admit(then).is_ok());
        assert_eq!(breaker.face(then).0, Face::Closed);
    }

    #[test]
    fn a_failed_probe_doubles_the_time_up_to_a_bound() {
        let (breaker, mut now) = (breaker(), Instant::now());
        (0..3).for_each(|_| fail(&breaker, now));
        let mut spans = Vec::new();
        for _ in 0..7 {
            now = breaker.check(now).unwrap_err().until;
            fail(&breaker, now);
            spans.push((breaker.check(now).unwrap_err().until - now).as_secs());
        }
        assert_eq!(spans, [20, 40, 80, 160, 300, 300, 300]);
    }

    #[test]
    fn an_abandoned_probe_makes_room_for_the_next() {
        let (breaker, now) = (breaker(), Instant::now());
        (0..3).for_each(|_| fail(&breaker, now - OPEN));
        drop(breaker.admit(now).unwrap());
        assert!(breaker.admit(Instant::now()).is_ok());
    }

    #[test]
    fn a_probe_that_never_reports_is_replaced_after_its_time() {
        let (breaker, now) = (breaker(), Instant::now());
        (0..3).for_each(|_| fail(&breaker, now));
        let lost = breaker.admit(now + OPEN).unwrap();
        let after = now + OPEN + Duration::from_secs(3);
        let second = breaker.admit(after).unwrap();
        lost.settle(Verdict::Healthy, after);
        assert!(breaker.check(after).is_err(), "the lost probe has no more say");
        second.settle(Verdict::Healthy, after);
        assert!(breaker.check(after).is_ok());
    }

    #[test]
    fn calls_sent_before_it_opened_have_no_say_after() {
        let (breaker, now) = (breaker(), Instant::now());
        let early = breaker.admit(now).unwrap();
        (0..3).for_each(|_| fail(&breaker, now));
        early.settle(Verdict::Healthy, now);
        assert!(breaker.check(now).is_err());
    }

    #[test]
    fn a_ban_holds_everything_with_its_own_reason() {
        let (breaker, now) = (breaker(), Instant::now());
        let ban = ProviderError::new(Source::Binance, ErrorKind::Banned, "banned");
        breaker.trip(now + Duration::from_mins(2), ban.clone());
        assert_eq!(breaker.check(now).unwrap_err().cause, Some(ban));
        assert!(breaker.admit(now + Duration::from_mins(2)).is_ok());
    }
}
