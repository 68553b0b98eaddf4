//! What a run of the optimisation found, as callers read it.

use analysis::statistics::round_to;
use domain::UtcMs;
use engine::config::Weights;
use engine::trial::FEW;
use engine::tuning::{Comparison, Fitness, Tuned};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use store::optimizations::Optimization;

use super::{OptimizationSettings, SettingsAnswer};
use crate::analytics::figures::Interval95;
use crate::weights::WeightTable;

const NOTE: &str = "Out-of-sample figures are of weights fitted walking forward on the past alone, with a day between the \
     last outcome learned from and the first one judged. Only signals that were LONG or SHORT are known, so everything speaks \
     of those. Skill of this kind is tiny by nature: a log loss of 0.693 knows nothing.";

/// How well weights fit. Outcomes count by how independent they are.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FitnessAnswer {
    /// Mean log loss of the stated probabilities of a rise; 0.693 is knowing nothing, less is better.
    pub log_loss: f64,
    /// Mean squared distance of the stated probabilities from what came; 0.25 is knowing nothing.
    pub brier_score: f64,
    /// Share of moves that went where the score pointed, 0 to 1.
    pub hit_rate: Option<f64>,
    /// Spearman's rank correlation of score and move.
    pub rank_correlation: Option<f64>,
}

/// Present and proposed weights on the same outcomes.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComparisonAnswer {
    /// Outcomes.
    pub count: u64,
    /// How many independent ones they are worth.
    pub effective_count: f64,
    /// Whether that is too few (below 30) to conclude anything.
    pub too_few: bool,
    /// The weights that are served.
    pub current: FitnessAnswer,
    /// The proposed ones.
    pub proposed: FitnessAnswer,
    /// By how much the proposed ones' log loss is smaller; above 0 they are better.
    pub gain: Option<f64>,
    /// Its 95 % interval (Student), by the effective count.
    pub gain_interval: Option<Interval95>,
}

/// What a run does to one factor.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FactorChangeAnswer {
    /// The factor.
    pub factor: String,
    /// Its weight now.
    pub current: f64,
    /// Its weight as proposed.
    pub proposed: f64,
    /// How many independent outcomes knew it.
    pub effective_count: f64,
    /// Too few of them: it keeps its weight.
    pub held: bool,
}

/// What a run found and did.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OptimizationAnswer {
    /// The run.
    pub run_id: String,
    /// When.
    pub at: UtcMs,
    /// Who asked for it; auto-optimization: it ran by itself.
    pub actor: String,
    /// Whether nothing was changed or kept: the result is what would have been.
    pub dry_run: bool,
    /// proposed, ab_test, applied, unchanged, refused or failed.
    pub result: String,
    /// Why.
    pub reason: String,
    /// How weights are optimised.
    pub settings: OptimizationSettings,
    /// Judged signals that were learned from.
    pub outcomes: u64,
    /// How many independent ones they are worth.
    pub effective_outcomes: f64,
    /// The version that was served.
    pub current_weights_id: String,
    /// Its weights.
    pub current_weights: WeightTable,
    /// The version that was made of the proposal.
    pub proposed_weights_id: Option<String>,
    /// The proposal.
    pub proposed_weights: Option<WeightTable>,
    /// The A/B test that was started.
    pub test_id: Option<String>,
    /// By factor.
    pub factors: Vec<FactorChangeAnswer>,
    /// On the outcomes that were learned from: too good by nature.
    pub in_sample: Option<ComparisonAnswer>,
    /// On outcomes after those that were learned from.
    pub out_of_sample: Option<ComparisonAnswer>,
    /// Blocks of time that were judged out of sample.
    pub blocks: u64,
    /// Whether the proposal did better out of sample with confidence: the interval of the gain lies above 0.
    pub better: bool,
    /// How to read it.
    pub note: String,
}

/// A run that is kept.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OptimizationRun {
    /// The run.
    pub run_id: String,
    /// When.
    pub at: UtcMs,
    /// Who asked for it.
    pub actor: String,
    /// proposed, ab_test, applied, unchanged, refused or failed.
    pub result: String,
    /// The version that it made.
    pub weights_id: Option<String>,
    /// Its whole answer.
    #[schemars(with = "Value")]
    pub report: Box<RawValue>,
}

/// How weights are optimised, and what the newest runs found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OptimizationStatus {
    /// The settings.
    pub settings: SettingsAnswer,
    /// When it ran last, by itself or by hand, and did not fail.
    pub last_run_at: Option<UtcMs>,
    /// When it runs next by itself; absent where it does not.
    pub next_run_at: Option<UtcMs>,
    /// Runs, the newest first.
    pub runs: Vec<OptimizationRun>,
}

impl From<Optimization> for OptimizationRun {
    fn from(run: Optimization) -> Self {
        let Optimization { id, at, actor, result, weights_id, report } = run;
        Self { run_id: id, at, actor, result, weights_id, report }
    }
}

impl OptimizationAnswer {
    pub(super) fn new(
        run_id: String,
        at: UtcMs,
        actor: &str,
        dry_run: bool,
        settings: OptimizationSettings,
        (current_weights_id, current): (String, Weights),
    ) -> Self {
        Self {
            run_id,
            at,
            actor: actor.to_owned(),
            dry_run,
            result: String::new(),
            reason: String::new(),
            settings,
            outcomes: 0,
            effective_outcomes: 0.0,
            current_weights_id,
            current_weights: current.into(),
            proposed_weights_id: None,
            proposed_weights: None,
            test_id: None,
            factors: Vec::new(),
            in_sample: None,
            out_of_sample: None,
            blocks: 0,
            better: false,
            note: NOTE.to_owned(),
        }
    }

    pub(super) fn found(&mut self, tuned: &Tuned) {
        self.outcomes = tuned.in_sample.count;
        self.effective_outcomes = round_to(tuned.in_sample.effective, 2);
        self.proposed_weights = Some(tuned.proposed.into());
        self.factors = tuned
            .factors
            .iter()
            .map(|change| FactorChangeAnswer {
                factor: change.factor.as_str().to_owned(),
                current: change.current,
                proposed: change.proposed,
                effective_count: change.effective,
                held: change.is_held,
            })
            .collect();
        self.in_sample = Some(comparison(&tuned.in_sample));
        self.out_of_sample = tuned.out_of_sample.as_ref().map(comparison);
        self.blocks = tuned.blocks as u64;
        self.better = tuned.is_better();
    }
}

fn comparison(found: &Comparison) -> ComparisonAnswer {
    let six = |value: f64| round_to(value, 6);
    ComparisonAnswer {
        count: found.count,
        effective_count: round_to(found.effective, 2),
        too_few: found.effective < FEW,
        current: fitness(&found.current),
        proposed: fitness(&found.proposed),
        gain: found.gain.map(|gain| six(gain.mean)),
        gain_interval: found.gain.map(|gain| Interval95 { low: six(gain.low), high: six(gain.high) }),
    }
}

fn fitness(found: &Fitness) -> FitnessAnswer {
    FitnessAnswer {
        log_loss: round_to(found.log_loss, 6),
        brier_score: round_to(found.brier, 6),
        hit_rate: found.hit_rate.map(|share| round_to(share, 4)),
        rank_correlation: found.rank_correlation.map(|rho| round_to(rho, 4)),
    }
}
