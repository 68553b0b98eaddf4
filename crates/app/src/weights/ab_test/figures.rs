//! What the arms of a test came to, and the difference between them.

use std::collections::BTreeMap;

use analysis::statistics::round_to;
use analysis::tracking::{Span, effective_sample};
use domain::UtcMs;
use engine::Signal;
use engine::config::OutcomeConfig;
use engine::trial::{self, FEW, Finding, TrialRow};
use schemars::JsonSchema;
use serde::Serialize;
use store::ab_tests::{AbOutcome, AbTest};

use super::{WeightTable, apart};
use crate::analytics::figures::{Interval95, horizon_name};
use crate::{App, AppError};

/// Most judged checks that figures are made of, the newest first.
pub(super) const MOST_ROWS: u32 = 60_000;
/// Of how many tests of a list, the newest, figures are made: each reads all outcomes of its test.
pub(super) const WITH_FIGURES: usize = 3;

pub(super) const NOTE: &str = "Both arms decide on the same snapshots and are judged by the same prices; only the control is \
     ever served. The paired figures are of the decisions on which the arms differ, since everywhere else they are worth the \
     same; below 30 independent ones nothing is concluded. A test that is looked at again and again before its end shows a \
     difference by chance more often than one in twenty: what counts is the figure at the end (interim false).";

/// One arm.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AbArmAnswer {
    /// Version of its weights.
    pub weights_id: String,
    /// Its weights.
    pub weights: WeightTable,
    /// Its LONG and SHORT since the test began.
    pub signals: u64,
}

/// What became of one arm's LONG and SHORT at one horizon.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AbArmFigures {
    /// Judged LONG and SHORT.
    pub count: u64,
    /// How many independent outcomes they are worth.
    pub effective_count: f64,
    /// Whether that is too few (below 30) to say anything.
    pub too_few: bool,
    /// Gross gain of at least the threshold.
    pub wins: u64,
    /// Gross loss of at least the threshold.
    pub losses: u64,
    /// In between.
    pub neutral: u64,
    /// Share of wins, 0 to 1.
    pub win_rate: Option<f64>,
    /// Its interval (Wilson), by the effective count.
    pub win_rate_interval: Option<Interval95>,
    /// Mean gross result, %.
    pub average_pnl_pct: Option<f64>,
    /// Mean result after fees, slippage and funding, %.
    pub expectancy_pct: Option<f64>,
}

/// The arms against each other on the decisions on which they differ.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AbPairedFigures {
    /// Judged decisions on which the arms differ.
    pub disagreements: u64,
    /// How many independent ones they are worth.
    pub effective_count: f64,
    /// Whether that is too few (below 30) to conclude anything.
    pub too_few: bool,
    /// Share of them on which the challenger was worth more, 0 to 1.
    pub challenger_ahead_share: Option<f64>,
    /// Net result of the challenger less that of the control, percentage points per disagreement; an arm
    /// without a position is worth 0.
    pub mean_difference_pct: Option<f64>,
    /// Its 95 % interval (Student), by the effective count.
    pub difference_interval: Option<Interval95>,
    /// too_few_to_tell, challenger_better, control_better or no_difference_shown.
    pub finding: String,
}

/// Both arms at one horizon.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AbHorizonAnswer {
    /// Time after the signal: 1h, 4h, 24h.
    pub horizon: String,
    /// Judged decisions on which an arm had a position.
    pub count: u64,
    /// How many independent ones they are worth.
    pub effective_count: f64,
    /// What is served.
    pub control: AbArmFigures,
    /// What is in the shadow.
    pub challenger: AbArmFigures,
    /// Their difference.
    pub paired: AbPairedFigures,
}

/// A test with what is known of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AbTestAnswer {
    /// The test.
    pub test_id: String,
    /// What people call it.
    pub name: String,
    /// running or ended.
    pub state: String,
    /// Time after a signal at which the arms are compared: 1h, 4h, 24h.
    pub horizon: String,
    /// When it began.
    pub started_at: UtcMs,
    /// Who began it.
    pub started_by: String,
    /// When it is to end.
    pub ends_at: Option<UtcMs>,
    /// At how many independent outcomes it is to end.
    pub max_outcomes: Option<i64>,
    /// When it ended.
    pub ended_at: Option<UtcMs>,
    /// Who ended it; ab-test: it ended as planned.
    pub ended_by: Option<String>,
    /// Why it ended.
    pub end_reason: Option<String>,
    /// When the challenger was made the active weights.
    pub promoted_at: Option<UtcMs>,
    /// Who made it so.
    pub promoted_by: Option<String>,
    /// Why it was begun.
    pub note: Option<String>,
    /// Snapshots on which both arms decided.
    pub decisions: u64,
    /// Decisions on which they differ.
    pub disagreements: u64,
    /// Checks of the price that wait for their time.
    pub pending_checks: u64,
    /// Checks that are judged.
    pub judged_checks: u64,
    /// Checks that cannot be judged.
    pub void_checks: u64,
    /// Whether there are more judged checks, older ones, which the figures leave out; false without figures.
    pub truncated: bool,
    /// What is served.
    pub control: AbArmAnswer,
    /// What is in the shadow.
    pub challenger: AbArmAnswer,
    /// Figures by horizon; empty where nothing is judged, and in a list for older tests than the three newest.
    pub horizons: Vec<AbHorizonAnswer>,
    /// too_few_to_tell, challenger_better, control_better or no_difference_shown, at the test's horizon; absent
    /// where no figures were made: name the test to have them.
    pub finding: Option<String>,
    /// Whether outcomes are still to come.
    pub interim: bool,
}

/// Tests, the newest first.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AbTestsAnswer {
    /// The test that runs, if one does.
    pub running: Option<String>,
    /// Tests with their figures.
    pub tests: Vec<AbTestAnswer>,
    /// How to read it.
    pub note: String,
}

impl AbTestAnswer {
    /// Why the challenger should not be made what is served in place of the version that is.
    #[must_use]
    pub fn against_promotion(&self, served: &str) -> Option<String> {
        if self.interim {
            Some("the test is not over: it runs, or outcomes of it are still to come; force=true passes over it".to_owned())
        } else if self.control.weights_id != served {
            Some(format!(
                "the challenger was compared with {}, and {served} is what is served now; force=true passes over it",
                self.control.weights_id
            ))
        } else {
            let finding = self.finding.as_deref().unwrap_or("no figures");
            (finding != Finding::ChallengerBetter.as_str()).then(|| {
                format!("the test does not show the challenger to be better ({finding}); force=true passes over it")
            })
        }
    }
}

impl App {
    pub(super) async fn ab_test_answer(
        &self,
        test: AbTest,
        with_figures: bool,
    ) -> Result<AbTestAnswer, AppError> {
        let counts = self.store.ab_counts(&test.id).await?;
        let horizon = horizon_name(test.horizon_s);
        let (mut truncated, mut found, mut finding) = (false, Vec::new(), None);
        if with_figures {
            let rows = self.store.ab_outcomes(&test.id, None, MOST_ROWS).await?;
            truncated = rows.len() >= usize::try_from(MOST_ROWS).unwrap_or(usize::MAX);
            let config = self.config.engine.outcomes;
            found = apart(move || horizons(&rows, &config)).await?;
            let of_test = found.iter().find(|each| each.horizon == horizon);
            finding = Some(
                of_test
                    .map_or_else(|| Finding::TooFew.as_str().to_owned(), |each| each.paired.finding.clone()),
            );
        }
        let arm = |arm: &store::ab_tests::AbArm, signals| {
            Ok::<_, AppError>(AbArmAnswer {
                weights_id: arm.weights_id.clone(),
                weights: WeightTable::stored(&arm.weights_id, &arm.weights)?,
                signals,
            })
        };
        Ok(AbTestAnswer {
            state: if test.is_running { "running" } else { "ended" }.to_owned(),
            horizon,
            decisions: counts.decisions,
            disagreements: counts.disagreements,
            pending_checks: counts.pending_checks,
            judged_checks: counts.judged_checks,
            void_checks: counts.void_checks,
            truncated,
            control: arm(&test.control, counts.control_signals)?,
            challenger: arm(&test.challenger, counts.challenger_signals)?,
            horizons: found,
            finding,
            interim: test.is_running || counts.pending_checks > 0,
            test_id: test.id,
            name: test.name,
            started_at: test.started_at,
            started_by: test.started_by,
            ends_at: test.ends_at,
            max_outcomes: test.max_outcomes,
            ended_at: test.ended_at,
            ended_by: test.ended_by,
            end_reason: test.end_reason,
            promoted_at: test.promoted_at,
            promoted_by: test.promoted_by,
            note: test.note,
        })
    }
}

/// How many independent outcomes the rows at one horizon are worth.
pub(super) fn effective_at(rows: &[AbOutcome], horizon_s: i64) -> f64 {
    let spans: Vec<Span> = rows
        .iter()
        .filter(|row| row.horizon_s == horizon_s)
        .map(|row| Span { from: row.timestamp, to: row.due_at })
        .collect();
    effective_sample(&spans)
}

fn horizons(rows: &[AbOutcome], config: &OutcomeConfig) -> Vec<AbHorizonAnswer> {
    let mut by_horizon: BTreeMap<i64, Vec<TrialRow>> = BTreeMap::new();
    for row in rows {
        if let Some(found) = trial_row(row) {
            by_horizon.entry(row.horizon_s).or_default().push(found);
        }
    }
    by_horizon
        .into_iter()
        .map(|(horizon_s, found)| AbHorizonAnswer {
            horizon: horizon_name(horizon_s),
            count: found.len() as u64,
            effective_count: round_to(effective_at(rows, horizon_s), 2),
            control: arm_figures(&trial::arm(&found, |row| row.control, config)),
            challenger: arm_figures(&trial::arm(&found, |row| row.challenger, config)),
            paired: paired_figures(&trial::paired(&found)),
        })
        .collect()
}

fn trial_row(row: &AbOutcome) -> Option<TrialRow> {
    // NONE, too little evidence, is no position, as NEUTRAL is.
    let signal = |word: &str| word.parse().unwrap_or(Signal::Neutral);
    Some(TrialRow {
        at: row.timestamp,
        due_at: row.due_at,
        control: signal(&row.control_signal),
        challenger: signal(&row.challenger_signal),
        move_pct: row.move_pct?,
        net_long_pct: row.net_long_pct,
        net_short_pct: row.net_short_pct,
    })
}

fn four(value: f64) -> f64 {
    round_to(value, 4)
}

fn arm_figures(found: &trial::ArmFigures) -> AbArmFigures {
    AbArmFigures {
        count: found.count,
        effective_count: round_to(found.effective, 2),
        too_few: found.effective < FEW,
        wins: found.wins,
        losses: found.losses,
        neutral: found.neutral,
        win_rate: found.win_rate.map(four),
        win_rate_interval: found
            .win_rate_interval
            .map(|within| Interval95 { low: four(within.low), high: four(within.high) }),
        average_pnl_pct: found.average_pct.map(four),
        expectancy_pct: found.expectancy_pct.map(four),
    }
}

fn paired_figures(found: &trial::Paired) -> AbPairedFigures {
    AbPairedFigures {
        disagreements: found.disagreements,
        effective_count: round_to(found.effective, 2),
        too_few: found.effective < FEW,
        challenger_ahead_share: found.challenger_ahead.map(four),
        mean_difference_pct: found.difference.map(|difference| four(difference.mean)),
        difference_interval: found
            .difference
            .map(|within| Interval95 { low: four(within.low), high: four(within.high) }),
        finding: found.finding.as_str().to_owned(),
    }
}
