//! What a call goes through when it has to be sent: signature, breaker, slot, quota, request, judgement,
//! retries.

use std::time::Duration;

use backon::{Retryable as _, TokioSleeper};
use domain::{ErrorKind, ProviderError};
use http::HeaderMap;
use tokio::sync::SemaphorePermit;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::breaker::{Face, Refused, Verdict};
use crate::cache::Key;
use crate::flight::Lead;
use crate::lane::Inner;
use crate::meters::{Denied, Ticket};
use crate::moment::{Moment, later, millis};
use crate::transport::{Answer, Fault, Request};
use crate::{Charge, Endpoint, Fetched, Payload, retry, telemetry};

/// How long a blocked region is taken for granted.
pub const REGION_MEMORY: Duration = Duration::from_mins(10);
/// Pause after a ban whose end was not told.
pub const BAN_PAUSE: Duration = Duration::from_mins(2);
/// Pause after a rate limit whose end was not told.
pub const RATE_LIMIT_PAUSE: Duration = Duration::from_secs(5);
/// The longest pause that a provider is believed.
pub const LONGEST_PAUSE: Duration = Duration::from_hours(3 * 24);

/// A wait that is over before another source would have answered.
const HARDLY_A_WAIT: Duration = Duration::from_millis(50);

/// Whether who has another source at hand would do better to ask that one than to wait until then.
pub(crate) fn is_a_wait(until: Instant, now: Instant) -> bool {
    until > later(now, HARDLY_A_WAIT)
}

/// Time that a call needs at the least. One that is sent with less left cannot be answered, but is charged, and
/// its failure would be counted as the provider's.
const LEAST_TIME: Duration = Duration::from_millis(10);

/// Whether a call that begins then is over before its deadline at best.
pub(crate) fn is_too_late(begin: Instant, deadline: Instant) -> bool {
    later(begin, LEAST_TIME) >= deadline
}

/// A call that has been checked.
#[derive(Clone, Debug)]
pub(crate) struct Errand {
    pub endpoint: Endpoint,
    pub target: String,
    pub key: Key,
    pub charges: Vec<Charge>,
    pub fresh: bool,
    /// Whether a spent budget refuses at once (see [`crate::Ask::no_waiting`]).
    pub no_waiting: bool,
    /// What is sent; a call with a payload is repeated only when the provider cannot have got it.
    pub payload: Option<Payload>,
}

impl Inner {
    /// Sends the call, again where that is worth it, all within the deadline. `lead`: those who wait for it,
    /// where several may.
    pub async fn run(
        &self,
        errand: &Errand,
        lead: Option<&Lead>,
        deadline: Instant,
    ) -> Result<Fetched, ProviderError> {
        let mut headers = HeaderMap::new();
        self.wire.sign(&mut headers)?;
        let url = format!("{}{}{}", self.config.base_url, self.wire.path_prefix(), errand.target);
        self.budget.earn();
        (|| async {
            let outcome = self.attempt(errand, lead, &url, headers.clone(), deadline).await;
            let word = outcome.as_ref().err().map_or("ok", |fault| fault.error.kind.code());
            telemetry::call(self.source, errand.endpoint.id, word);
            outcome
        })
        .retry(retry::pauses(self.config.retries))
        .sleep(TokioSleeper)
        .adjust(|fault, planned| {
            let now = Instant::now();
            if fault.sent && errand.payload.is_some() {
                return None;
            }
            let pause = retry::pause(&fault.error, planned?, now, deadline)?;
            // Not into an open breaker: its word would hide what really happened.
            let again = self.breaker.check(now).is_ok() && self.budget.spend(now);
            again.then_some(pause)
        })
        .notify(|fault, pause| {
            let error = &fault.error;
            telemetry::retried(self.source);
            tracing::debug!(source = %self.source, endpoint = errand.endpoint.id, %error, ?pause, "trying again");
        })
        .await
        .map_err(|fault| fault.error)
    }

    async fn attempt(
        &self,
        errand: &Errand,
        lead: Option<&Lead>,
        url: &str,
        headers: HeaderMap,
        deadline: Instant,
    ) -> Result<Fetched, Fault> {
        let (slot, ticket) = self.clearance(errand, lead, deadline).await.map_err(Fault::unsent)?;
        let pass = match self.breaker.admit(Instant::now()) {
            Ok(pass) => pass,
            Err(refused) => {
                self.meters.refund(&errand.charges, ticket, Moment::now());
                return Err(Fault::unsent(self.refusal(refused)));
            }
        };
        let begun = Instant::now();
        let request = Request {
            source: self.source,
            http: &self.http,
            url,
            headers,
            payload: errand.payload.as_ref(),
            max_body: self.config.max_body,
            accept_replay: self.config.accept_replay,
            deadline,
        };
        let answer = request.send().await;
        drop(slot);
        let bytes = answer.as_ref().map_or(0, |answer| answer.body.len());
        telemetry::sent(self.source, errand.endpoint.id, begun.elapsed(), bytes);

        let outcome = answer.and_then(|answer| {
            // An answer that refuses the call for now says that nothing was done with it.
            self.judge(errand, ticket, answer).map_err(|error| {
                let sent = error.kind != ErrorKind::RateLimited;
                Fault { error, sent }
            })
        });
        let verdict = match outcome.as_ref().map_err(|fault| &fault.error) {
            Err(error) if error.kind.counts_for_breaker() => Verdict::Unhealthy,
            // Not a word of the provider: whoever answered is not it.
            Err(error) if error.kind == ErrorKind::Unsupported => Verdict::Silent,
            Ok(_) | Err(_) => Verdict::Healthy,
        };
        // Before the verdict, so that nothing slips through when a probe was refused.
        if let Err(fault) = &outcome {
            self.heed(errand, &fault.error);
        }
        pass.settle(verdict, Instant::now());
        for charge in &errand.charges {
            self.show(charge.meter);
        }
        outcome
    }

    /// Waits for a free slot and for room in the budget, never holding the slot while waiting for the
    /// budget: calls on other budgets go first.
    async fn clearance(
        &self,
        errand: &Errand,
        lead: Option<&Lead>,
        deadline: Instant,
    ) -> Result<(SemaphorePermit<'_>, Ticket), ProviderError> {
        let mut waited = false;
        loop {
            self.breaker.check(Instant::now()).map_err(|refused| self.refusal(refused))?;
            let Ok(Ok(slot)) = timeout_at(deadline, self.slots.acquire()).await else {
                let most = self.config.max_in_flight;
                let message =
                    format!("all {most} slots for calls to {} stayed taken; nothing was sent", self.source);
                return Err(self.error(ErrorKind::Timeout, message));
            };
            if is_too_late(Instant::now(), deadline) {
                if waited {
                    // Others were faster each time there was room.
                    return Err(self.quota_spent(Instant::now()));
                }
                let message = format!("too little time was left to ask {}; nothing was sent", self.source);
                return Err(self.error(ErrorKind::Timeout, message));
            }
            let until = match self.meters.take(&errand.charges, Moment::now()) {
                Ok(ticket) => {
                    if let Some(lead) = lead.filter(|_| waited) {
                        lead.running();
                    }
                    return Ok((slot, ticket));
                }
                Err(Denied::Spent(until)) => until,
                Err(Denied::Held(until)) => return Err(self.held(until)),
                Err(Denied::Never { charge, allowed }) => return Err(self.never(errand, charge, allowed)),
            };
            drop(slot);
            let is_too_long = errand.no_waiting && is_a_wait(until, Instant::now());
            if is_too_long || is_too_late(until, deadline) {
                return Err(self.quota_spent(until));
            }
            if let Some(lead) = lead {
                lead.waiting(until);
            }
            waited = true;
            sleep_until(until).await;
            if lead.is_some_and(|lead| !lead.awaited()) {
                // Whoever asked has gone; the quota is better spent on those who still wait.
                return Err(self.quota_spent(Instant::now()));
            }
        }
    }

    fn judge(&self, errand: &Errand, ticket: Ticket, answer: Answer) -> Result<Fetched, ProviderError> {
        let now = Moment::now();
        for correction in self.wire.corrections(&answer.headers) {
            self.meters.correct(&correction, ticket, now);
            if errand.charges.iter().all(|charge| charge.meter != correction.meter) {
                self.show(correction.meter);
            }
        }
        let free: Vec<Charge> = errand
            .charges
            .iter()
            .copied()
            .filter(|charge| !self.wire.is_charged(charge.meter, answer.status))
            .collect();
        self.meters.refund(&free, ticket, now);
        let data = self.wire.judge(answer.status, &answer.headers, &answer.body)?;
        if answer.body.get(data.clone()).is_none() {
            return Err(self.error(ErrorKind::Malformed, "the data lies outside of the answer"));
        }
        Ok(Fetched::new(answer.body, data, self.clock.now()))
    }

    /// What a refusal means for the calls after it.
    fn heed(&self, errand: &Errand, error: &ProviderError) {
        let now = Instant::now();
        let pause = |unless_told| {
            let told = error.retry_after_ms.map(Duration::from_millis);
            later(now, told.unwrap_or(unless_told).min(LONGEST_PAUSE))
        };
        match error.kind {
            // Which of the budgets is meant, nobody says.
            ErrorKind::RateLimited => self.meters.hold(&errand.charges, pause(RATE_LIMIT_PAUSE)),
            ErrorKind::Banned => self.breaker.trip(pause(BAN_PAUSE), error.clone()),
            ErrorKind::RegionBlocked => self.breaker.trip(pause(REGION_MEMORY), error.clone()),
            _ => return,
        }
        tracing::warn!(source = %self.source, endpoint = errand.endpoint.id, %error, "calls are held back");
    }

    fn refusal(&self, refused: Refused) -> ProviderError {
        let left_ms = millis(refused.until.saturating_duration_since(Instant::now()));
        let error = refused.cause.unwrap_or_else(|| {
            let message = format!("{} failed repeatedly; nothing is sent for {left_ms} ms", self.source);
            self.error(ErrorKind::CircuitOpen, message)
        });
        error.retry_after_ms(Some(left_ms))
    }

    fn held(&self, until: Instant) -> ProviderError {
        let left_ms = millis(until.saturating_duration_since(Instant::now()));
        let message = format!("{} asked for a pause; {left_ms} ms of it are left", self.source);
        self.error(ErrorKind::RateLimited, message).retry_after_ms(Some(left_ms))
    }

    fn never(&self, errand: &Errand, charge: Charge, allowed: u32) -> ProviderError {
        let message = format!(
            "{} weighs {} in the budget '{}', more than our whole share of {allowed}",
            errand.endpoint.id, charge.weight, charge.meter
        );
        self.error(ErrorKind::QuotaSpent, message)
    }

    /// Shows breaker and budget to the metrics.
    fn show(&self, meter: &str) {
        let now = Moment::now();
        let state = match self.breaker.face(now.mono).0 {
            Face::Closed => 0,
            Face::HalfOpen => 1,
            Face::Open => 2,
        };
        telemetry::breaker(self.source, state);
        if let Some(level) = self.meters.level(meter, now) {
            telemetry::quota(self.source, level.name, level.used, level.capacity);
        }
    }
}
