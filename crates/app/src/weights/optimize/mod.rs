//! Weights proposed from stored signals and what became of them: by hand or every interval; kept as a proposal,
//! tried in an A/B test, or applied where they did better out of sample.

/// What a run found.
pub mod report;
mod settings;

use std::sync::Arc;
use std::time::Duration;

use domain::{HOUR_MS, MINUTE_MS, UtcMs};
use engine::config::Weights;
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
use super::{WeightTable, new_id};
use crate::{App, AppError};

/// Most outcomes that are learned from, the newest.
const MOST_SAMPLES: usize = 20_000;
/// Outcomes read at once: their factors are long.
const PAGE: u32 = 1_000;
/// Under which name the time of the newest run that did not fail is kept.
const LAST_RUN: &str = "job.auto_optimization.last_run";
/// Under which name the time of the newest attempt is kept, whatever came of it.
const LAST_TRY: &str = "job.auto_optimization.last_try";
/// Least distance of two attempts.
const APART_MS: i64 = MINUTE_MS;
/// Least distance where it runs by itself: after so long a run that failed or never ended is made up for.
const RETRY_MS: i64 = HOUR_MS;
/// How often it is looked whether a run is due.
const LOOK_PACE: Duration = Duration::from_secs(30);
/// Who runs by itself.
const KEEPER: &str = "auto-optimization";
/// Why a proposal is only kept.
const MEANWHILE: &str = "somebody changed the weights meanwhile";

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
    /// Where another run began within the last minute; the store's failures.
    pub async fn optimize_weights(&self, dry_run: bool, actor: &str) -> Result<OptimizationAnswer, AppError> {
        if dry_run {
            return self.optimize(true, actor).await;
        }
        let Some(began) = self.take_turn(APART_MS).await? else {
            return Err(AppError::Invalid {
                field: "dry_run",
                reason: "another run began within the last minute; look at its result in \
                         admin.auto_optimization.status"
                    .to_owned(),
            });
        };
        self.run_kept(began, actor).await
    }

    /// A run where it is enabled and due; `None` where it is not.
    ///
    /// # Errors
    /// What made the run fail: it is kept as such, and due again in an hour.
    pub async fn optimize_when_due(&self) -> Result<Option<OptimizationAnswer>, AppError> {
        let settings = self.optimization_settings().await?.settings;
        if !settings.enabled {
            return Ok(None);
        }
        // Read before the attempts: whoever ran meanwhile has left one.
        let last = self.time_of(LAST_RUN).await?.1;
        if last.is_some_and(|last| self.clock.now().0 - last.0 < settings.interval_ms()) {
            return Ok(None);
        }
        let Some(began) = self.take_turn(RETRY_MS).await? else { return Ok(None) };
        self.run_kept(began, KEEPER).await.map(Some)
    }

    /// Takes the turn of an attempt and gives its time, unless one began within `apart_ms` or begins at this moment.
    async fn take_turn(&self, apart_ms: i64) -> Result<Option<UtcMs>, AppError> {
        let (version, last) = self.time_of(LAST_TRY).await?;
        let now = self.clock.now();
        // Instances' clocks differ a little, and a replay may begin anew at an earlier time.
        if last.is_some_and(|last| (now.0 - last.0).abs() < apart_ms) {
            return Ok(None);
        }
        let value = to_raw_value(&now.0).map_err(|_| AppError::Internal)?;
        Ok(self.store.set_state_if(LAST_TRY, version, value).await?.then_some(now))
    }

    /// A time that is kept, with its version.
    async fn time_of(&self, name: &str) -> Result<(i64, Option<UtcMs>), AppError> {
        let Some(known) = self.store.state(name).await? else { return Ok((0, None)) };
        Ok((known.version, known.value.get().parse::<i64>().ok().map(UtcMs)))
    }

    /// A run that is kept, also where it fails. The interval begins anew only where it does not.
    async fn run_kept(&self, began: UtcMs, actor: &str) -> Result<OptimizationAnswer, AppError> {
        let found = self.optimize(false, actor).await;
        let kept = match &found {
            Ok(_) => self.keep_last_run(began).await,
            Err(error) => self.keep_failure(error, actor).await,
        };
        if let Err(error) = kept {
            tracing::warn!(%error, "what became of an optimisation is not kept");
        }
        found
    }

    async fn keep_last_run(&self, began: UtcMs) -> Result<(), AppError> {
        let value = to_raw_value(&began.0).map_err(|_| AppError::Internal)?;
        Ok(self.store.set_state(LAST_RUN, value).await?)
    }

    async fn keep_failure(&self, error: &AppError, actor: &str) -> Result<(), AppError> {
        let mut answer = self.blank_answer(false, actor).await?;
        let why = match error {
            AppError::Invalid { .. } | AppError::NotFound(_) => error.to_string(),
            other => format!("{}; details are in the log", other.code()),
        };
        answer.end("failed", &why);
        self.keep_run(&answer).await
    }

    /// A run that has found nothing yet, under the weights that are in use.
    async fn blank_answer(&self, dry_run: bool, actor: &str) -> Result<OptimizationAnswer, AppError> {
        let settings = self.optimization_settings().await?.settings;
        let (id, engine) = (format!("opt-{}", ulid::Ulid::new()), self.engine());
        let current = (engine.weights_id(), engine.weights);
        Ok(OptimizationAnswer::new(id, self.clock.now(), actor, dry_run, settings, current))
    }

    async fn optimize(&self, dry_run: bool, actor: &str) -> Result<OptimizationAnswer, AppError> {
        self.refresh_weights().await?;
        let mut answer = self.blank_answer(dry_run, actor).await?;
        let samples = self.samples(answer.settings.horizon_s()).await?;
        let current = Weights::from(answer.current_weights);
        let (anchor, config) = (self.config.engine.weights, answer.settings.tuning());
        // The fit takes a while: not on a thread that serves.
        let found = tokio::task::spawn_blocking(move || tune(&samples, &current, &anchor, &config))
            .await
            .map_err(|error| {
                tracing::error!(%error, "an optimisation ended in a panic");
                AppError::Internal
            })?;
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
            _ if !is_same => ("proposed", MEANWHILE),
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
        match wish {
            "applied" => {
                let (note, instead_of) = (note_of(answer), answer.current_weights_id.clone());
                let made = self.replace_weights(tuned.proposed, &instead_of, Some(&note), actor).await?;
                if made.is_some() {
                    answer.proposed_weights_id = made;
                } else {
                    answer.end("proposed", MEANWHILE);
                    self.keep_proposal(answer, tuned, actor).await?;
                }
            }
            "ab_test" => {
                let request = AbTestRequest {
                    name: Some(answer.run_id.clone()),
                    weights: Factor::ALL.map(|factor| (factor, tuned.proposed.of(factor))).to_vec(),
                    horizon_s: answer.settings.horizon_s(),
                    max_outcomes: Some(answer.settings.min_outcomes),
                    note: Some(note_of(answer)),
                    ..AbTestRequest::default()
                };
                let test = self.create_ab_test(request, actor).await?;
                answer.proposed_weights_id = Some(test.challenger.weights_id);
                answer.test_id = Some(test.test_id);
            }
            _ => self.keep_proposal(answer, tuned, actor).await?,
        }
        Ok(())
    }

    /// Keeps a proposal as a version that is not active.
    async fn keep_proposal(
        &self,
        answer: &mut OptimizationAnswer,
        tuned: &Tuned,
        actor: &str,
    ) -> Result<(), AppError> {
        let (id, json) = (new_id(), WeightTable::from(tuned.proposed).json()?);
        self.store.add_weights(&id, json, actor, Some(&note_of(answer)), None).await?;
        answer.proposed_weights_id = Some(id);
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
        let last_run_at = self.time_of(LAST_RUN).await?.1;
        let last_try_at = self.time_of(LAST_TRY).await?.1;
        let next_run_at = settings.settings.enabled.then(|| {
            let due = last_run_at.map(|last| last.plus_ms(settings.settings.interval_ms()));
            let retry = last_try_at.map(|last| last.plus_ms(RETRY_MS));
            due.max(retry).unwrap_or_else(|| self.clock.now())
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

/// What is written down beside a version that a run made.
fn note_of(answer: &OptimizationAnswer) -> String {
    format!("{} of {}", answer.result, answer.run_id)
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
