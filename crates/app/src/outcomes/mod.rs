//! What becomes of the signals: each is checked at fixed times after it. A check is a row that workers claim
//! under a lease, judge by the contract's own candles, and finish once; it ends with figures or with the
//! reason why there are none, and is never dropped.

mod funded;
mod pricing;

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{Candle, ErrorKind, HOUR_MS, Instrument, Interval, Side, UtcMs, Venue};
use engine::{Outcome, OutcomeCheck, Position, judge_outcome};
use futures_util::StreamExt as _;
use store::{
    ClaimedOutcome, DataSource, FirstTouch, Lease, NewOutcome, OutcomeResult, OutcomeVerdict, Requeue,
    StoreError,
};
use tokio_util::sync::CancellationToken;
use upstream::Ask;

use crate::App;
use funded::Funded;
pub(crate) use pricing::Prices;

/// Times after a signal at which it is checked, in seconds.
pub const HORIZONS_S: [i64; 3] = [3_600, 14_400, 86_400];
/// Candles that judge, finest first; a coarser one judges only where the venue has no finer.
const INTERVALS: [Interval; 4] = [Interval::M1, Interval::M5, Interval::H1, Interval::H4];
/// Checks taken at once.
const BATCH: u32 = 128;
/// Most checks written at once: those that are judged while the rows before them are written.
const WRITTEN_AT_ONCE: usize = 128;
/// Checks judged side by side.
const SIDE_BY_SIDE: usize = 4;
/// How long a worker may keep a check; longer than a batch can take.
const LEASE_MS: i64 = 120_000;
/// Longest time for judging a batch; what is not begun by then is handed back.
const BATCH_LIMIT: Duration = Duration::from_mins(1);
/// Longest time for the candles and funding of one check.
const CHECK_LIMIT: Duration = Duration::from_secs(20);
/// How often due checks are looked for.
const LIVE_PACE: Duration = Duration::from_secs(10);
/// The same in a replay, whose clock may run fast.
const REPLAY_PACE: Duration = Duration::from_secs(1);
/// How long after the due instant prices are asked for when the exchange does not answer.
const GIVE_UP_MS: i64 = 48 * HOUR_MS;
/// Attempts before an incomplete answer is taken as all there is.
const PATIENT_ATTEMPTS: u64 = 3;
/// Attempts in a replay, whose clock may stand still, before a check that nobody answers is void.
const REPLAY_ATTEMPTS: u64 = 60;
/// First pause before another attempt; it doubles up to the longest.
const FIRST_PAUSE_MS: i64 = 30_000;
const LONGEST_PAUSE_MS: i64 = HOUR_MS;
/// The checks of a signal, to be stored with it.
pub(crate) fn checks(signal_id: &str, at: UtcMs) -> Vec<NewOutcome> {
    HORIZONS_S
        .into_iter()
        .map(|horizon_s| NewOutcome {
            id: format!("{signal_id}-{horizon_s}"),
            horizon_s,
            due_at: at.plus_ms(horizon_s * 1_000),
        })
        .collect()
}

/// What a round of work did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutcomeRound {
    /// Checks that were judged.
    pub judged: u64,
    /// Checks that cannot be judged, with the reason in their row.
    pub void: u64,
    /// Checks that wait for another attempt.
    pub retried: u64,
    /// Checks that another worker had finished meanwhile.
    pub lost: u64,
}

impl OutcomeRound {
    fn add(&mut self, other: Self) {
        self.judged += other.judged;
        self.void += other.void;
        self.retried += other.retried;
        self.lost += other.lost;
    }
}

/// The row's end, or how it is handed back.
pub(crate) type Settled = Result<OutcomeResult, Requeue>;

/// What one attempt came to.
enum Attempt {
    Judged(Box<OutcomeResult>),
    /// Its candles are not closed yet.
    NotBefore(UtcMs),
    /// The checks before it took all the time.
    NotBegun,
    /// Nobody could be asked, or the answer is not whole yet.
    Later(String),
    /// Everyone answered, and there is no price.
    Nothing(String),
}

impl App {
    /// Judges every check that is due, in rounds, until none is left or one must wait.
    ///
    /// # Errors
    /// When the store fails; the leases run out and the checks are due again.
    pub async fn judge_due_outcomes(
        self: &Arc<Self>,
        worker: &str,
        stop: &CancellationToken,
    ) -> Result<OutcomeRound, StoreError> {
        let mut total = OutcomeRound::default();
        while !stop.is_cancelled() {
            let due_by = (!self.is_live()).then(|| self.clock.now());
            let claims = self.store.claim_due_outcomes(due_by, worker, BATCH, LEASE_MS).await?;
            if claims.is_empty() {
                break;
            }
            let round = self.judge_batch(claims).await?;
            total.add(round);
            // What is handed back in a replay is due again at once; elsewhere the others go on.
            let must_wait = if self.is_live() { round.judged + round.void == 0 } else { round.retried > 0 };
            if must_wait {
                break;
            }
        }
        Ok(total)
    }

    pub(crate) fn is_live(&self) -> bool {
        self.config.data_source == DataSource::Live
    }

    /// One attempt at a check, wherever it is kept: what it found, or how to hand it back.
    pub(crate) async fn judge_apart(&self, claim: &ClaimedOutcome, until: Instant) -> Settled {
        let attempt = self.attempt(claim, until).await;
        settled(claim, attempt, self.clock.now(), self.is_live())
    }

    /// Judges a batch. What is judged is written while the rest is still waited for.
    async fn judge_batch(self: &Arc<Self>, claims: Vec<ClaimedOutcome>) -> Result<OutcomeRound, StoreError> {
        let until = Instant::now() + BATCH_LIMIT;
        let mut settled = futures_util::stream::iter(claims)
            .map(|claim| async move {
                let settled = self.judge_apart(&claim, until).await;
                (claim.lease, settled)
            })
            .buffer_unordered(SIDE_BY_SIDE)
            .ready_chunks(WRITTEN_AT_ONCE);
        let mut round = OutcomeRound::default();
        while let Some(some) = settled.next().await {
            round.add(self.write_down(some).await?);
        }
        Ok(round)
    }

    async fn write_down(&self, settled: Vec<(Lease, Settled)>) -> Result<OutcomeRound, StoreError> {
        let (mut found, mut back) = (Vec::new(), Vec::new());
        for (lease, settled) in settled {
            match settled {
                Ok(result) => found.push((lease, result)),
                Err(again) => back.push((lease, again)),
            }
        }
        let mut round = OutcomeRound::default();
        let mut count = |is_held: bool, label: &'static str| {
            match label {
                _ if !is_held => round.lost += 1,
                "retried" => round.retried += 1,
                "VOID" => round.void += 1,
                _ => round.judged += 1,
            }
            if is_held {
                metrics::counter!("perpsignal_outcomes_total", "result" => label).increment(1);
            }
        };
        for ((_, result), is_held) in found.iter().zip(self.store.finish_outcomes(&found).await?) {
            count(is_held, result.result.as_str());
        }
        for is_held in self.store.requeue_outcomes(&back).await? {
            count(is_held, "retried");
        }
        Ok(round)
    }

    async fn attempt(&self, claim: &ClaimedOutcome, until: Instant) -> Attempt {
        let (Some(venue), Some(name)) = (&claim.venue, &claim.instrument) else {
            return Attempt::Judged(Box::new(OutcomeResult::void("the signal names no contract".to_owned())));
        };
        let Ok(venue) = venue.parse::<Venue>() else {
            return Attempt::Judged(Box::new(OutcomeResult::void(format!(
                "'{venue}' is no exchange we know"
            ))));
        };
        let side = match claim.signal.as_str() {
            "LONG" => Side::Long,
            "SHORT" => Side::Short,
            other => {
                return Attempt::Judged(Box::new(OutcomeResult::void(format!("{other} has no direction"))));
            }
        };
        let position = Position {
            side,
            signal_at: claim.timestamp,
            due_at: claim.due_at,
            stop: claim.stop_loss,
            target: claim.take_profit,
        };
        let began = Instant::now();
        if began >= until {
            return Attempt::NotBegun;
        }
        let end = until.min(began + CHECK_LIMIT);
        let ask = Ask { deadline: Some(end), fresh: false, no_waiting: false };
        let priced = self.priced(claim, &position, venue, name, ask);
        match tokio::time::timeout_at(end.into(), priced).await {
            Ok(attempt) => attempt,
            Err(_) => Attempt::Later(format!("{venue} did not answer in time")),
        }
    }

    /// Candles at the finest interval that the venue has, and the judgement by them.
    async fn priced(
        &self,
        claim: &ClaimedOutcome,
        position: &Position,
        venue: Venue,
        name: &str,
        ask: Ask,
    ) -> Attempt {
        let listing = match self.market.listing(ask).await {
            Ok(listing) => listing,
            Err(errors) => {
                return Attempt::Later(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "));
            }
        };
        let Some(instrument) = listing.directory.get(venue, name).cloned() else {
            let reason = format!("{venue} does not list {name}");
            let failed = listing.failed.iter().any(|error| error.source_ == venue.source());
            return if failed { Attempt::Later(reason) } else { Attempt::Nothing(reason) };
        };
        let horizon_ms = position.due_at.since(position.signal_at);
        let mut refused = Vec::new();
        for interval in INTERVALS.into_iter().filter(|interval| interval.ms() <= horizon_ms) {
            // A replay's clock may run fast: what the answer can hold is decided before it is asked for.
            let asked_at = self.clock.now();
            match self.candles_of(&instrument, interval, position, ask).await {
                Err(error) if is_lasting(error.kind) => {
                    refused.push(format!("{interval}: {}", error.message));
                }
                Err(error) => return Attempt::Later(error.to_string()),
                Ok(candles) => {
                    let complete_at = position.complete_at(interval);
                    if complete_at > asked_at {
                        return Attempt::NotBefore(complete_at);
                    }
                    return self.judged(claim, position, interval, &candles, &instrument, ask).await;
                }
            }
        }
        Attempt::Nothing(format!("{venue} has no candles of {name} for this time ({})", refused.join("; ")))
    }

    async fn judged(
        &self,
        claim: &ClaimedOutcome,
        position: &Position,
        interval: Interval,
        candles: &[Candle],
        instrument: &Instrument,
        ask: Ask,
    ) -> Attempt {
        let config = &self.config.engine.outcomes;
        let plain = match judge_outcome(position, interval, candles, None, config) {
            OutcomeCheck::Judged(plain) => plain,
            OutcomeCheck::Void { reason } => return Attempt::Nothing(reason),
        };
        let mut notes = Vec::new();
        if plain.missing_bars > 0 {
            let note = format!("{} of the {interval} candles on the way are missing", plain.missing_bars);
            if claim.attempt < PATIENT_ATTEMPTS {
                return Attempt::Later(note);
            }
            notes.push(note);
        }
        if plain.entry_at == plain.exit_at {
            notes.push(format!("no whole {interval} candle lies between signal and due instant"));
        }
        let found = match self.funded(instrument, &plain, ask).await {
            Funded::Known(settled) => judge_outcome(position, interval, candles, Some(&settled), config),
            Funded::Soon(reason) if claim.attempt < 2 * PATIENT_ATTEMPTS => return Attempt::Later(reason),
            Funded::Soon(reason) | Funded::Unknown(reason) => {
                notes.push(format!("net figure not known, since funding is not: {reason}"));
                OutcomeCheck::Judged(plain)
            }
        };
        match found {
            OutcomeCheck::Judged(outcome) => {
                Attempt::Judged(Box::new(result(&outcome, interval, instrument.venue, &notes)))
            }
            OutcomeCheck::Void { reason } => Attempt::Nothing(reason),
        }
    }
}

/// The row's end, or how it is handed back.
fn settled(claim: &ClaimedOutcome, attempt: Attempt, now: UtcMs, is_live: bool) -> Settled {
    let doublings = u32::try_from(claim.attempt.saturating_sub(1)).unwrap_or(u32::MAX).min(10);
    let pause_ms = FIRST_PAUSE_MS.saturating_mul(1 << doublings).min(LONGEST_PAUSE_MS);
    // A replay's clock may stand still: there the pace of the rounds is the pause.
    let after = |pause_ms| if is_live { now.plus_ms(pause_ms) } else { now };
    let again = Err(Requeue { retry_at: after(pause_ms), untried: false });
    match attempt {
        Attempt::Judged(found) => Ok(*found),
        // Neither says anything of the exchange, so neither counts.
        Attempt::NotBefore(at) => Err(Requeue { retry_at: at, untried: true }),
        Attempt::NotBegun => Err(Requeue { retry_at: after(FIRST_PAUSE_MS), untried: true }),
        Attempt::Later(reason) => {
            let is_over = if is_live {
                now.since(claim.due_at) > GIVE_UP_MS && claim.attempt >= PATIENT_ATTEMPTS
            } else {
                claim.attempt >= REPLAY_ATTEMPTS
            };
            tracing::debug!(check = claim.lease.id, attempt = claim.attempt, reason, "not judged yet");
            if is_over { Ok(OutcomeResult::void(reason)) } else { again }
        }
        Attempt::Nothing(reason) => {
            let enough = if is_live { 2 * PATIENT_ATTEMPTS } else { PATIENT_ATTEMPTS };
            if claim.attempt >= enough { Ok(OutcomeResult::void(reason)) } else { again }
        }
    }
}

/// The venue will answer the same next time.
const fn is_lasting(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Unsupported
            | ErrorKind::BadRequest
            | ErrorKind::NotFound
            | ErrorKind::NoData
            | ErrorKind::PlanLimited
    )
}

fn result(outcome: &Outcome, interval: Interval, venue: Venue, notes: &[String]) -> OutcomeResult {
    OutcomeResult {
        result: match outcome.verdict {
            engine::OutcomeVerdict::Win => OutcomeVerdict::Win,
            engine::OutcomeVerdict::Loss => OutcomeVerdict::Loss,
            engine::OutcomeVerdict::Neutral => OutcomeVerdict::Neutral,
        },
        entry_price: Some(outcome.entry),
        exit_price: Some(outcome.exit),
        interval: Some(interval.as_str().to_owned()),
        venue: Some(venue.as_str().to_owned()),
        gross_pct: Some(outcome.gross_pct),
        net_pct: outcome.net_pct,
        net_win: outcome.net_win,
        first_touch: outcome.first_touch.map(|touch| match touch {
            engine::FirstTouch::Stop => FirstTouch::Stop,
            engine::FirstTouch::Target => FirstTouch::Target,
            engine::FirstTouch::None => FirstTouch::None,
        }),
        best_pct: outcome.best_pct,
        worst_pct: outcome.worst_pct,
        reason: (!notes.is_empty()).then(|| notes.join("; ")),
    }
}

/// Judges due checks until told to stop.
pub(crate) async fn work(app: Arc<App>, stop: CancellationToken) {
    let worker = format!("{}-{}", std::process::id(), ulid::Ulid::new());
    let pace = if app.is_live() { LIVE_PACE } else { REPLAY_PACE };
    let mut ticks = tokio::time::interval(pace);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        match app.judge_due_outcomes(&worker, &stop).await {
            Ok(round) if round != OutcomeRound::default() => {
                tracing::info!(
                    judged = round.judged,
                    void = round.void,
                    retried = round.retried,
                    "outcomes of signals were checked"
                );
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "outcomes could not be checked; they stay due"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(attempt: u64) -> ClaimedOutcome {
        ClaimedOutcome {
            lease: Lease { id: "a-3600".to_owned(), token: "t".to_owned() },
            horizon_s: 3_600,
            due_at: UtcMs(3_600_000),
            attempt,
            signal_id: "a".to_owned(),
            symbol: "BTC".to_owned(),
            venue: None,
            instrument: None,
            signal: "LONG".to_owned(),
            timestamp: UtcMs(0),
            price: None,
            stop_loss: None,
            take_profit: None,
        }
    }

    #[test]
    fn only_what_was_asked_of_the_exchange_counts_as_an_attempt() {
        let now = UtcMs(3_700_000);
        let again = |attempt, number| settled(&claim(number), attempt, now, true).unwrap_err();
        let back = |after_ms: i64, untried| Requeue { retry_at: now.plus_ms(after_ms), untried };
        for number in [1, 500] {
            assert_eq!(again(Attempt::NotBegun, number), back(FIRST_PAUSE_MS, true));
            assert_eq!(again(Attempt::NotBefore(now.plus_ms(5)), number), back(5, true));
        }
        assert_eq!(again(Attempt::Later("away".to_owned()), 2), back(2 * FIRST_PAUSE_MS, false));
        assert_eq!(again(Attempt::Nothing("empty".to_owned()), 5), back(16 * FIRST_PAUSE_MS, false));
        let found = settled(&claim(6), Attempt::Nothing("empty".to_owned()), now, true).unwrap();
        assert_eq!(found, OutcomeResult::void("empty".to_owned()));
    }

    #[test]
    fn every_signal_has_three_checks() {
        let rows = checks("a", UtcMs(5));
        assert_eq!(
            rows.iter().map(|row| row.due_at.0).collect::<Vec<_>>(),
            [3_600_005, 14_400_005, 86_400_005]
        );
        assert_eq!(rows[0].id, "a-3600");
    }
}
