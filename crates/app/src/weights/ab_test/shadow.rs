//! The challenger at work: it decides on the control's snapshots, and what it says is written down and judged,
//! never answered.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{MINUTE_MS, MarketSnapshot};
use engine::{Decision, EngineConfig, Signal, StructureContext};
use futures_util::StreamExt as _;
use store::ab_tests::{AbDecision, AbTest, JudgedAbCheck};
use store::{OutcomeResult, OutcomeVerdict};
use tokio_util::sync::CancellationToken;

use super::WeightTable;
use super::apart;
use super::figures::{MOST_ROWS, effective_at};
use crate::signals::SignalAnswer;
use crate::{App, AppError, outcomes};

/// Longest time for writing a decision down: an answer waits for it.
const KEEP_LIMIT: Duration = Duration::from_millis(200);
/// Checks taken at once, and judged side by side.
const BATCH: u32 = 16;
const SIDE_BY_SIDE: usize = 4;
/// Longest time for a batch, and how long a worker may keep it.
const BATCH_LIMIT: Duration = Duration::from_mins(1);
const LEASE_MS: i64 = 120_000;
/// How often due checks and the test's end are looked for.
const LIVE_PACE: Duration = Duration::from_secs(20);
/// The same in a replay, whose clock may run fast.
const REPLAY_PACE: Duration = Duration::from_secs(1);
/// How long a count of a test's independent outcomes holds: it reads them all.
const COUNT_APART_MS: i64 = 10 * MINUTE_MS;
/// Who ends tests as planned.
const KEEPER: &str = "ab-test";

/// The test that runs, ready to decide.
#[derive(Debug)]
pub(crate) struct Trial {
    test_id: String,
    control_id: String,
    challenger: EngineConfig,
}

impl App {
    /// The test that runs; one whose weights cannot be used is left out, with an error in the log.
    pub(in crate::weights) async fn running_trial(&self) -> Result<Option<Trial>, AppError> {
        let Some(AbTest { id, control, challenger, .. }) = self.store.running_ab_test().await? else {
            return Ok(None);
        };
        let table = WeightTable::stored(&challenger.weights_id, &challenger.weights);
        let config = table.and_then(|table| self.engine_under(&challenger.weights_id, table.into()));
        Ok(config.ok().map(|challenger| Trial { test_id: id, control_id: control.weights_id, challenger }))
    }

    /// Writes down what the challenger says of the snapshot that a signal was made of. A failure never touches
    /// the answer: then the decision is left out for both arms.
    pub(crate) async fn observe_challenger(
        &self,
        served: &SignalAnswer,
        snapshot: &MarketSnapshot,
        structure: Option<&StructureContext>,
    ) {
        let Some(trial) = self.active_engine.trial() else { return };
        if trial.control_id != served.weights_id {
            return;
        }
        let (signal, score) = match engine::evaluate(snapshot, served.mode, &trial.challenger, structure) {
            Decision::Signal(report) => (report.signal.as_str(), Some(report.score)),
            Decision::Insufficient(_) => ("NONE", None),
        };
        let said = AbDecision {
            test_id: trial.test_id.clone(),
            signal_id: served.id.clone(),
            symbol: served.symbol.clone(),
            venue: served.venue.clone(),
            instrument: served.instrument.clone(),
            mode: served.mode.as_str().to_owned(),
            timestamp: served.timestamp,
            engine_version: served.engine_version.clone(),
            control_id: served.weights_id.clone(),
            control_signal: served.signal.clone(),
            control_score: served.score,
            challenger_id: trial.challenger.weights_id(),
            challenger_signal: signal.to_owned(),
            challenger_score: score,
        };
        let has_position = |word: &str| [Signal::Long, Signal::Short].iter().any(|one| one.as_str() == word);
        let mut checks = Vec::new();
        if has_position(&said.control_signal) || has_position(&said.challenger_signal) {
            checks = outcomes::checks(&served.id, served.timestamp);
        }
        let label = match tokio::time::timeout(KEEP_LIMIT, self.store.keep_ab_decision(&said, &checks)).await
        {
            Ok(Ok(true)) => "kept",
            Ok(Ok(false)) => "over",
            Ok(Err(error)) => {
                tracing::warn!(%error, signal = served.id, "a decision of the A/B test is left out");
                "left_out"
            }
            Err(_) => {
                tracing::warn!(signal = served.id, "a decision of the A/B test is left out: no time");
                "left_out"
            }
        };
        metrics::counter!("perpsignal_ab_decisions_total", "outcome" => label).increment(1);
    }

    /// Judges what the price did after the decisions whose time has come; gives how many checks ended.
    ///
    /// # Errors
    /// When the store fails; the leases run out and the checks are due again.
    pub async fn judge_due_ab_checks(
        self: &Arc<Self>,
        worker: &str,
        stop: &CancellationToken,
    ) -> Result<u64, AppError> {
        let mut ended = 0;
        while !stop.is_cancelled() {
            let due_by = (!self.is_live()).then(|| self.clock.now());
            let claims = self.store.claim_ab_checks(due_by, worker, BATCH, LEASE_MS).await?;
            if claims.is_empty() {
                break;
            }
            let until = Instant::now() + BATCH_LIMIT;
            let mut settled = futures_util::stream::iter(claims)
                .map(|claim| async move {
                    let found = self.judge_apart(&claim, until).await;
                    (claim.lease, found)
                })
                .buffer_unordered(SIDE_BY_SIDE);
            let mut must_wait = false;
            while let Some((lease, found)) = settled.next().await {
                match found {
                    Ok(found) => {
                        let found = self.judged_check(found);
                        ended += u64::from(self.store.finish_ab_check(&lease, &found).await?);
                    }
                    Err(again) => {
                        self.store.requeue_ab_check(&lease, again).await?;
                        must_wait = true;
                    }
                }
            }
            // What is handed back in a replay is due again at once.
            if must_wait && !self.is_live() {
                break;
            }
        }
        Ok(ended)
    }

    /// Of a long's result, what the price did and what either side was worth.
    fn judged_check(&self, long: OutcomeResult) -> JudgedAbCheck {
        let move_pct = long.gross_pct.filter(|_| long.result != OutcomeVerdict::Void);
        // What a long receives in funding a short pays; both pay fees and slippage.
        let both = 2.0 * self.config.engine.outcomes.round_trip_pct();
        JudgedAbCheck {
            entry_price: long.entry_price,
            exit_price: long.exit_price,
            interval: long.interval,
            venue: long.venue,
            move_pct,
            net_long_pct: move_pct.and(long.net_pct),
            net_short_pct: move_pct.and(long.net_pct).map(|net| -net - both),
            reason: long.reason,
        }
    }

    /// Ends the test that runs when its time is over, its outcomes are complete, or its control is no longer
    /// what is served.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn tend_ab_test(&self) -> Result<(), AppError> {
        // Read before the weights: whoever changes those ends the test in the same transaction.
        let Some(test) = self.store.running_ab_test().await? else { return Ok(()) };
        self.refresh_weights().await?;
        let reason = if self.engine().weights_id() != test.control.weights_id {
            Some("its control is no longer what is served".to_owned())
        } else if test.ends_at.is_some_and(|end| end <= self.clock.now()) {
            Some("its time was over".to_owned())
        } else {
            self.is_complete(&test).await?
        };
        if let Some(reason) = reason {
            if self.store.end_ab_test(&test.id, KEEPER, &reason).await? {
                tracing::info!(test = test.id, reason, "the A/B test ended");
            }
            self.refresh_weights().await?;
        }
        Ok(())
    }

    async fn is_complete(&self, test: &AbTest) -> Result<Option<String>, AppError> {
        let Some(wanted) = test.max_outcomes else { return Ok(None) };
        if !self.active_engine.may_count(&test.id, self.clock.now(), COUNT_APART_MS) {
            return Ok(None);
        }
        let judged = self.store.ab_judged_at(&test.id, test.horizon_s).await?;
        if i64::try_from(judged).unwrap_or(i64::MAX) < wanted {
            return Ok(None);
        }
        let horizon_s = test.horizon_s;
        let rows = self.store.ab_outcomes(&test.id, Some(horizon_s), MOST_ROWS).await?;
        let effective = apart(move || effective_at(&rows, horizon_s)).await?;
        Ok((effective >= wanted as f64)
            .then(|| format!("{effective:.0} independent outcomes were judged, {wanted} were wanted")))
    }
}

/// Judges due checks and tends the test until told to stop.
pub(crate) async fn work(app: Arc<App>, stop: CancellationToken) {
    let worker = format!("{}-{}", std::process::id(), ulid::Ulid::new());
    let mut ticks = tokio::time::interval(if app.is_live() { LIVE_PACE } else { REPLAY_PACE });
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = app.judge_due_ab_checks(&worker, &stop).await {
            tracing::warn!(%error, "decisions of the A/B test could not be judged; they stay due");
        }
        if let Err(error) = app.tend_ab_test().await {
            tracing::warn!(%error, "the A/B test could not be looked at");
        }
    }
}
