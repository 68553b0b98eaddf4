//! A provider's lane: cache, single flight, stale answers; what happens to a call that has to be sent is
//! in [`crate::errand`].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{Clock, ErrorKind, ProviderError, Source, UtcMs};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, timeout_at};

use crate::breaker::{Breaker, Face};
use crate::cache::{self, Answers, Failures};
use crate::errand::{Errand, is_a_wait, is_too_late};
use crate::flight::{Boarding, Flights, Lead, Progress};
use crate::meters::Meters;
use crate::moment::{Moment, later, millis};
use crate::retry::RetryBudget;
use crate::status::{BreakerState, BreakerStatus, CacheStatus, LaneStatus, LastFailure, MeterStatus};
use crate::{Call, Fetched, LaneConfig, Payload, Tally, Wire, check, telemetry};

/// A flight ends by itself at the provider's deadline and then knows best why; those who wait for it
/// without a deadline of their own grant it this much more.
const GRACE: Duration = Duration::from_millis(250);

/// One provider's guarded way out. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Lane {
    inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub http: reqwest::Client,
    pub clock: Arc<dyn Clock>,
    pub wire: Arc<dyn Wire>,
    pub config: LaneConfig,
    pub source: Source,
    pub answers: Answers,
    pub failures: Failures,
    pub flights: Flights,
    pub meters: Meters,
    pub breaker: Arc<Breaker>,
    pub budget: RetryBudget,
    pub slots: Semaphore,
    log: Mutex<Log>,
}

#[derive(Debug, Default)]
struct Log {
    last_success_at: Option<UtcMs>,
    last_failure: Option<LastFailure>,
}

impl Lane {
    /// A lane for a provider on a shared HTTP client.
    pub fn new(
        http: reqwest::Client,
        clock: Arc<dyn Clock>,
        wire: Arc<dyn Wire>,
        mut config: LaneConfig,
    ) -> Self {
        config.base_url.truncate(config.base_url.trim_end_matches('/').len());
        let inner = Inner {
            http,
            clock,
            source: wire.source(),
            answers: Answers::new(config.cache_bytes),
            failures: Failures::new(),
            flights: Flights::default(),
            meters: Meters::new(&wire.meters(), wire.kept_meters(), config.quota_pct),
            breaker: Arc::new(Breaker::new(config.breaker_failures, config.breaker_open, config.deadline)),
            budget: RetryBudget::new(Instant::now()),
            slots: Semaphore::new(config.max_in_flight.clamp(1, Semaphore::MAX_PERMITS)),
            log: Mutex::default(),
            wire,
            config,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Makes a call, or serves it from the cache, or joins the same call under way. When the call fails in
    /// a passing way, an older answer stands in for it where there is one, marked `stale`.
    ///
    /// Fails with `Unsupported` when switched off, `BadRequest` before anything is sent when the
    /// arguments do not fit the endpoint, and otherwise with what went wrong on the way.
    pub async fn get(&self, call: Call<'_>) -> Result<Fetched, ProviderError> {
        let inner = &self.inner;
        let source = inner.source;
        inner.check_enabled()?;
        let endpoint = *call.endpoint;
        let target = check::target(source, &endpoint, &call.args)?;
        let key = cache::key(endpoint.id, &target);
        let fresh = call.ask.fresh;
        if !fresh {
            if let Some(answer) = inner.answers.fresh(&key, endpoint.ttl, inner.clock.now()).await {
                telemetry::served(source, "hit");
                return Ok(answer);
            }
            if let Some(error) = inner.failures.recall(&key, Instant::now()).await {
                telemetry::served(source, "remembered");
                return Err(error);
            }
        }

        let longest = later(Instant::now(), inner.config.deadline + GRACE);
        let deadline = call.ask.deadline.map_or(longest, |own| longest.min(Instant::from_std(own)));
        let charges = endpoint.cost.of(&call.args);
        let no_waiting = call.ask.no_waiting;
        let errand = Errand { endpoint, target, key, charges, fresh, no_waiting, payload: None };
        let outcome = inner.fly(&errand, deadline).await;
        if let Err(error) = &outcome
            && !fresh
            && is_passing(error.kind)
        {
            let age = endpoint.ttl.saturating_add(inner.config.stale_for);
            if let Some(answer) = inner.answers.stale(&errand.key, age, inner.clock.now()).await {
                telemetry::served(source, "stale");
                tracing::debug!(%source, endpoint = endpoint.id, %error, "an older answer stands in");
                return Ok(answer);
            }
        }
        outcome
    }

    /// Sends something (POST), with the lane's breaker, slots, budgets and bounds, within its deadline and
    /// the caller's. Nothing is cached or shared. It is sent again only when it cannot have arrived: no
    /// connection was made, or the provider refused it for now. An abandoned call is given up.
    ///
    /// Fails as [`Lane::get`] does.
    pub async fn post(&self, call: Call<'_>, payload: Payload) -> Result<Fetched, ProviderError> {
        let inner = &self.inner;
        inner.check_enabled()?;
        let endpoint = *call.endpoint;
        let target = check::target(inner.source, &endpoint, &call.args)?;
        let key = cache::key(endpoint.id, "");
        let longest = later(Instant::now(), inner.config.deadline);
        let deadline = call.ask.deadline.map_or(longest, |own| longest.min(Instant::from_std(own)));
        if Instant::now() >= deadline {
            return Err(inner.error(ErrorKind::Timeout, "the deadline was over before the call was sent"));
        }
        let charges = endpoint.cost.of(&call.args);
        let no_waiting = call.ask.no_waiting;
        let errand =
            Errand { endpoint, target, key, charges, fresh: true, no_waiting, payload: Some(payload) };
        let outcome = inner.run(&errand, None, deadline).await;
        match &outcome {
            Ok(answer) => inner.log().last_success_at = Some(answer.received_at),
            Err(error) => inner.note_failure(error),
        }
        outcome
    }

    /// The budgets whose use has to be kept over a restart (see [`Wire::kept_meters`]).
    pub fn kept_meters(&self) -> &'static [&'static str] {
        self.inner.wire.kept_meters()
    }

    /// What was used of a kept budget and not drawn yet; to be added to what is kept.
    pub fn draw(&self, meter: &str) -> Tally {
        self.inner.meters.draw(meter)
    }

    /// Gives back what was drawn and could not be kept.
    pub fn put_back(&self, meter: &str, drawn: &Tally) {
        self.inner.meters.put_back(meter, drawn);
    }

    /// Takes what is kept of a budget, everyone's use of it, for the truth.
    pub fn adopt(&self, meter: &str, kept: &Tally) {
        self.inner.meters.adopt(meter, kept, Moment::now());
    }

    /// Whose lane.
    pub fn source(&self) -> Source {
        self.inner.source
    }

    /// Its settings.
    pub fn config(&self) -> &LaneConfig {
        &self.inner.config
    }

    /// How it stands.
    pub fn status(&self) -> LaneStatus {
        let inner = &self.inner;
        let now = Moment::now();
        let (face, failures, refused) = inner.breaker.face(now.mono);
        let left_ms = |until: Instant| millis(until.saturating_duration_since(now.mono));
        let (entries, bytes) = inner.answers.size();
        let log = inner.log();
        LaneStatus {
            source: inner.source,
            enabled: inner.config.enabled,
            breaker: BreakerStatus {
                state: match face {
                    Face::Closed => BreakerState::Closed,
                    Face::HalfOpen => BreakerState::HalfOpen,
                    Face::Open => BreakerState::Open,
                },
                failures,
                retry_after_ms: refused
                    .as_ref()
                    .filter(|_| face == Face::Open)
                    .map(|refused| left_ms(refused.until)),
                reason: refused.and_then(|refused| refused.cause).map(|cause| cause.kind),
            },
            last_success_at: log.last_success_at,
            last_failure: log.last_failure.clone(),
            meters: inner
                .meters
                .levels(now)
                .into_iter()
                .map(|level| MeterStatus {
                    name: level.name,
                    used: level.used,
                    allowed: level.allowed,
                    capacity: level.capacity,
                    window_ms: level.window_ms,
                    held_for_ms: level.held_until.map(left_ms),
                })
                .collect(),
            cache: CacheStatus { entries, bytes },
            in_flight: inner.flights.count(),
        }
    }
}

impl Inner {
    /// Starts the call, or joins it, and waits for its end.
    async fn fly(self: &Arc<Self>, errand: &Errand, deadline: Instant) -> Result<Fetched, ProviderError> {
        loop {
            if Instant::now() >= deadline {
                return Err(self.error(ErrorKind::Timeout, "the deadline was over before the call was sent"));
            }
            let (seat, is_hurried) = match self.flights.board(&errand.key, errand.no_waiting) {
                Boarding::Joined { seat, is_hurried } => {
                    telemetry::served(self.source, "join");
                    (seat, is_hurried)
                }
                Boarding::Leading(seat, lead) => {
                    telemetry::served(self.source, "miss");
                    // On its own: the call must not end with the caller who happened to be first.
                    tokio::spawn(Arc::clone(self).lead(errand.clone(), lead));
                    (seat, errand.no_waiting)
                }
            };
            match self.wait(seat, errand.no_waiting, deadline).await {
                // A flight that found the cache filled in the meantime made no call.
                Ok(answer) if errand.fresh && answer.cached => {}
                // A flight that would not wait speaks for those alone who would not either.
                Err(error) if is_hurried && !errand.no_waiting && is_free_before(&error, deadline) => {}
                outcome => return outcome,
            }
        }
    }

    async fn wait(
        &self,
        mut seat: watch::Receiver<Progress>,
        no_waiting: bool,
        deadline: Instant,
    ) -> Result<Fetched, ProviderError> {
        loop {
            let progress = seat.borrow_and_update().clone();
            match progress {
                Progress::Done(outcome) => return outcome,
                Progress::Waiting { until }
                    if is_too_late(until, deadline) || (no_waiting && is_a_wait(until, Instant::now())) =>
                {
                    return Err(self.quota_spent(until));
                }
                Progress::Waiting { .. } | Progress::Running => {}
            }
            match timeout_at(deadline, seat.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => {
                    let message = "the call ended without an outcome: its answer could not be processed";
                    return Err(self.error(ErrorKind::Malformed, message));
                }
                Err(_) => {
                    let message = format!("no answer of {} before the caller's deadline", self.source);
                    return Err(self.error(ErrorKind::Timeout, message));
                }
            }
        }
    }

    /// Makes the call for everyone who waits for it.
    async fn lead(self: Arc<Self>, errand: Errand, lead: Lead) {
        if !errand.fresh {
            // The flight before may have landed between the look into the cache and the boarding.
            let now = self.clock.now();
            if let Some(answer) = self.answers.fresh(&errand.key, errand.endpoint.ttl, now).await {
                lead.land(Ok(answer));
                return;
            }
        }
        let deadline = later(Instant::now(), self.config.deadline);
        let outcome = self.run(&errand, Some(&lead), deadline).await;
        match &outcome {
            Ok(answer) => {
                self.failures.forget(&errand.key).await;
                self.answers.keep(Arc::clone(&errand.key), answer.clone()).await;
                self.log().last_success_at = Some(answer.received_at);
            }
            Err(error) => {
                self.failures.remember(Arc::clone(&errand.key), error, Instant::now()).await;
                self.note_failure(error);
            }
        }
        lead.land(outcome);
    }

    fn note_failure(&self, error: &ProviderError) {
        // Faults of the call itself say nothing about the provider; our own refusals have a cause that
        // is noted already.
        let telling = !matches!(
            error.kind,
            ErrorKind::BadRequest
                | ErrorKind::NotFound
                | ErrorKind::NoData
                | ErrorKind::QuotaSpent
                | ErrorKind::CircuitOpen
        );
        if telling {
            let at = self.clock.now();
            self.log().last_failure =
                Some(LastFailure { at, kind: error.kind, message: error.message.clone() });
        }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_enabled(&self) -> Result<(), ProviderError> {
        if self.config.enabled {
            return Ok(());
        }
        let message = format!("{} is switched off by configuration", self.source);
        Err(self.error(ErrorKind::Unsupported, message))
    }

    pub fn error(&self, kind: ErrorKind, message: impl Into<String>) -> ProviderError {
        ProviderError::new(self.source, kind, message)
    }

    pub fn quota_spent(&self, until: Instant) -> ProviderError {
        let left_ms = millis(until.saturating_duration_since(Instant::now()));
        let message =
            format!("our share of the quota of {} is spent, free again in {left_ms} ms", self.source);
        self.error(ErrorKind::QuotaSpent, message).retry_after_ms(Some(left_ms))
    }
}

/// Whether a refusal for want of budget ends while its caller can still wait.
fn is_free_before(error: &ProviderError, deadline: Instant) -> bool {
    let left = error.retry_after_ms.filter(|_| error.kind == ErrorKind::QuotaSpent);
    left.is_some_and(|left_ms| later(Instant::now(), Duration::from_millis(left_ms)) < deadline)
}

/// Faults that pass by themselves, so that an older answer is better than none.
const fn is_passing(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Timeout
            | ErrorKind::Connection
            | ErrorKind::Unavailable
            | ErrorKind::RateLimited
            | ErrorKind::Banned
            | ErrorKind::QuotaSpent
            | ErrorKind::CircuitOpen
    )
}
