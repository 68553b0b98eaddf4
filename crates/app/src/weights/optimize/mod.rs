//! Weights proposed from stored signals and what became of them: by hand or every interval; kept as a proposal,
//! tried in an A/B test, or applied where they did better out of sample.

/// What a run found.
pub mod report;
mod settings;

use std::sync::Arc;
use std::time::Duration;

use domain::UtcMs;
use engine::tuning::{Sample, TooFew, Tuned, tune};
use engine::{ENGINE_VERSION, Factor};
use serde::Deserialize;
use serde_json::value::to_raw_value;
use store::optimizations::Optimization;
use store::{Cursor, FactorOutcome};
use tokio_util::sync::CancellationToken;

pub use report::{OptimizationAnswer, OptimizationRun, OptimizationStatus};
pub use settings::{ApplyMode, OptimizationChange, OptimizationSettings, SettingsAnswer};

use super::ab_test::AbTestRequest;
use super::{WeightChange, WeightTable, new_id};
use crate::{App, AppError};

/// Most outcomes that are learned from, the newest.
const MOST_SAMPLES: usize = 20_000;
/// Outcomes read at once: their factors are long.
const PAGE: u32 = 1_000;
/// Under which name the time of the newest run is kept.
const LAST_RUN: &str = "job.auto_optimization.last_run";
/// How often it is looked whether a run is due.
const LOOK_PACE: Duration = Duration::from_secs(30);
/// Who runs by itself.
const KEEPER: &str = "auto-optimization";

/// What of a stored factor matters here.
#[derive(Deserialize)]
struct Told {
    factor: String,
    score: Option<f64>,
    #[serde(default)]
    confidence: Option<f64>,
    #[serde(default)]
    freshness: Option<f64>,
}

impl App {
    /// One run. `dry_run`: it tells what it would do, and changes and keeps nothing.
    ///
    /// # Errors
    /// Where another run has just begun; the store's failures.
    pub async fn optimize_weights(&self, dry_run: bool, actor: &str) -> Result<OptimizationAnswer, AppError> {
        if !dry_run && !self.take_run(0).await? {
            return Err(AppError::Invalid {
                field: "dry_run",
                reason: "another run has just begun; look at its result in admin.auto_optimization.status"
                    .to_owned(),
            });
        }
        self.optimize(dry_run, actor).await
    }

    /// A run where it is enabled and due; `None` where it is not.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn optimize_when_due(&self) -> Result<Option<OptimizationAnswer>, AppError> {
        let settings = self.optimization_settings().await?.settings;
        if !settings.enabled || !self.take_run(settings.interval_ms()).await? {
            return Ok(None);
        }
        self.optimize(false, KEEPER).await.map(Some)
    }

    /// Takes the place of the newest run, unless one began within `apart_ms` or begins at this moment.
    async fn take_run(&self, apart_ms: i64) -> Result<bool, AppError> {
        let known = self.store.state(LAST_RUN).await?;
        let now = self.clock.now();
        let last = known.as_ref().and_then(|entry| entry.value.get().parse::<i64>().ok());
        if last.is_some_and(|last| apart_ms > 0 && now.0 - last < apart_ms) {
            return Ok(false);
        }
        let value = to_raw_value(&now.0).map_err(|_| AppError::Internal)?;
        Ok(self.store.set_state_if(LAST_RUN, known.map_or(0, |entry| entry.version), value).await?)
    }

    async fn last_run(&self) -> Result<Option<UtcMs>, AppError> {
        let known = self.store.state(LAST_RUN).await?;
        Ok(known.and_then(|entry| entry.value.get().parse::<i64>().ok()).map(UtcMs))
    }

    async fn optimize(&self, dry_run: bool, actor: &str) -> Result<OptimizationAnswer, AppError> {
        self.refresh_weights().await?;
        let settings = self.optimization_settings().await?.settings;
        let engine = self.engine();
        let samples = self.samples(settings.horizon_s()).await?;
        let (current, anchor, config) = (engine.weights, self.config.engine.weights, settings.tuning());
        // The fit takes a while: not on a thread that serves.
        let found = tokio::task::spawn_blocking(move || tune(&samples, &current, &anchor, &config))
            .await
            .map_err(|error| {
                tracing::error!(%error, "an optimisation ended in a panic");
                AppError::Internal
            })?;
        let mut answer = OptimizationAnswer::new(
            format!("opt-{}", ulid::Ulid::new()),
            self.clock.now(),
            actor,
            dry_run,
            settings,
            (engine.weights_id(), current),
        );
        match found {
            Err(few) => answer.refused(&few),
            Ok(tuned) => {
                answer.found(&tuned);
                self.carry_out(&mut answer, &tuned, actor).await?;
            }
        }
        if !dry_run {
            self.keep_run(&answer).await?;
        }
        Ok(answer)
    }

    /// Does with a proposal what the settings say.
    async fn carry_out(
        &self,
        answer: &mut OptimizationAnswer,
        tuned: &Tuned,
        actor: &str,
    ) -> Result<(), AppError> {
        if answer.proposed_weights == Some(answer.current_weights) {
            answer.end("unchanged", "the outcomes give no reason to change a weight");
            return Ok(());
        }
        let gains = tuned.out_of_sample.and_then(|found| found.gain).is_some_and(|gain| gain.mean > 0.0);
        let running = self.store.running_ab_test().await?;
        self.refresh_weights().await?;
        let is_same = self.engine().weights_id() == answer.current_weights_id;
        let (wish, instead) = match (answer.settings.apply_mode, &running) {
            (ApplyMode::Propose, _) => ("proposed", "kept as a version that is not active"),
            (_, Some(_)) => ("proposed", "an A/B test runs, which a change would end"),
            _ if !is_same => ("proposed", "somebody changed the weights meanwhile"),
            (ApplyMode::AbTest, None) if gains => {
                ("ab_test", "tried in the shadow against the active weights")
            }
            (ApplyMode::AbTest, None) => ("proposed", "out of sample it did no better: not worth a test"),
            (ApplyMode::Apply, None) if tuned.is_better() => {
                ("applied", "better out of sample, with confidence: the active weights now")
            }
            (ApplyMode::Apply, None) => ("proposed", "not better out of sample with confidence: not applied"),
        };
        answer.end(wish, instead);
        if answer.dry_run {
            return Ok(());
        }
        let note = format!("{} of {}", wish, answer.run_id);
        let weights: Vec<(Factor, f64)> =
            Factor::ALL.into_iter().map(|factor| (factor, tuned.proposed.of(factor))).collect();
        match wish {
            "applied" => {
                let change = WeightChange { weights, note: Some(note) };
                answer.proposed_weights_id = Some(self.change_weights(change, actor).await?.weights_id);
            }
            "ab_test" => {
                let request = AbTestRequest {
                    name: Some(answer.run_id.clone()),
                    weights,
                    horizon_s: answer.settings.horizon_s(),
                    max_outcomes: Some(answer.settings.min_outcomes),
                    note: Some(note),
                    ..AbTestRequest::default()
                };
                let test = self.create_ab_test(request, actor).await?;
                answer.proposed_weights_id = Some(test.challenger.weights_id);
                answer.test_id = Some(test.test_id);
            }
            _ => {
                let id = new_id();
                let json = WeightTable::from(tuned.proposed).json()?;
                self.store.add_weights(&id, json, actor, Some(&note), false).await?;
                answer.proposed_weights_id = Some(id);
            }
        }
        Ok(())
    }

    async fn keep_run(&self, answer: &OptimizationAnswer) -> Result<(), AppError> {
        let report = to_raw_value(answer).map_err(|error| {
            tracing::error!(%error, "a run of the optimisation could not be written as JSON");
            AppError::Internal
        })?;
        let run = Optimization {
            id: answer.run_id.clone(),
            at: answer.at,
            actor: answer.actor.clone(),
            result: answer.result.clone(),
            weights_id: answer.proposed_weights_id.clone(),
            report,
        };
        Ok(self.store.keep_optimization(&run).await?)
    }

    /// The newest judged signals of this engine, as the fit reads them.
    async fn samples(&self, horizon_s: i64) -> Result<Vec<Sample>, AppError> {
        let (mut samples, mut after): (Vec<Sample>, Option<Cursor>) = (Vec::new(), None);
        while samples.len() < MOST_SAMPLES {
            let page =
                self.store.learnable_outcomes(horizon_s, ENGINE_VERSION, None, PAGE, after.as_ref()).await?;
            samples.extend(page.items.iter().filter_map(sample));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok(samples)
    }

    /// The settings, when it runs next, and what the newest runs found.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn optimization_status(&self, limit: u32) -> Result<OptimizationStatus, AppError> {
        let settings = self.optimization_settings().await?;
        let last_run_at = self.last_run().await?;
        let next_run_at = settings.settings.enabled.then(|| {
            last_run_at.map_or(self.clock.now(), |last| last.plus_ms(settings.settings.interval_ms()))
        });
        let runs = self.store.optimizations(limit).await?;
        Ok(OptimizationStatus {
            settings,
            last_run_at,
            next_run_at,
            runs: runs.into_iter().map(OptimizationRun::from).collect(),
        })
    }
}

/// Effective strengths from the factors as they were stored.
fn sample(row: &FactorOutcome) -> Option<Sample> {
    let told: Vec<Told> = serde_json::from_str(row.factors.get()).ok()?;
    let mut effective = [None; 8];
    for Told { factor, score, confidence, freshness } in told {
        let place = factor.parse::<Factor>().ok().and_then(|factor| {
            Factor::ALL.iter().position(|one| *one == factor).and_then(|index| effective.get_mut(index))
        });
        if let (Some(place), Some(score)) = (place, score) {
            *place = Some((score - 50.0) / 50.0 * confidence.unwrap_or(1.0) * freshness.unwrap_or(1.0));
        }
    }
    // The price's own move, whatever the signal's direction was.
    let move_pct = if row.signal == "SHORT" { -row.gross_pct } else { row.gross_pct };
    Some(Sample { at: row.timestamp, due_at: row.due_at, effective, move_pct })
}

/// Looks whether a run is due until told to stop.
pub(crate) async fn work(app: Arc<App>, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(LOOK_PACE);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        match app.optimize_when_due().await {
            Ok(Some(run)) => {
                tracing::info!(
                    run = run.run_id,
                    result = run.result,
                    reason = run.reason,
                    "weights were optimised"
                );
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "weights could not be optimised"),
        }
    }
}

impl OptimizationAnswer {
    fn refused(&mut self, few: &TooFew) {
        self.outcomes = few.count;
        self.effective_outcomes = analysis::statistics::round_to(few.effective, 2);
        let reason = format!(
            "{} judged signals are worth {:.1} independent ones; {:.0} are needed",
            few.count, few.effective, few.needed
        );
        self.end("refused", &reason);
    }

    fn end(&mut self, result: &str, reason: &str) {
        result.clone_into(&mut self.result);
        reason.clone_into(&mut self.reason);
    }
}
