//! Weights proposed from what became of signals, and how they would have done.
//!
//! The probability that the price rises is a logistic function of the score; the weights are those under
//! which what came was likeliest, pulled towards the configured ones as if by outcomes already seen, and
//! never further from those in use than one run may go. What such proposals are worth is measured walking
//! forward: fitted on the past alone, without the outcomes that reach into the block that is judged.

mod fit;
mod walk;

use analysis::statistics::round_to;
use analysis::tracking::Span;
use domain::{DAY_MS, UtcMs};

use crate::Factor;
use crate::config::{ConfigError, Weights};
use crate::trial::{FEW, MeanInterval};

use fit::{Bounds, Rows};

/// One judged signal: what its factors said, and what the price did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The signal's time.
    pub at: UtcMs,
    /// The instant that was judged.
    pub due_at: UtcMs,
    /// c f s of each factor in the order of [`Factor::ALL`]; `None` where it was missing.
    pub effective: [Option<f64>; 8],
    /// Move of the price, %.
    pub move_pct: f64,
}

impl Sample {
    const fn span(&self) -> Span {
        Span { from: self.at, to: self.due_at }
    }
}

/// How far weights may go, and what is asked of the evidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TuningConfig {
    /// Most points that one run may take from or give to a factor.
    pub max_change: f64,
    /// Least weight of a factor; one that is below it already may stay.
    pub min_weight: f64,
    /// Largest weight of a factor; one that is above it already may stay.
    pub max_weight: f64,
    /// Fewer independent outcomes give no proposal.
    pub min_outcomes: f64,
    /// How many independent outcomes the configured weights count for.
    pub prior_outcomes: f64,
    /// Blocks that are judged walking forward.
    pub blocks: usize,
    /// Time between the last outcome that is learned from and the block that is judged.
    pub embargo_ms: i64,
}

impl Default for TuningConfig {
    fn default() -> Self {
        Self {
            max_change: 3.0,
            min_weight: 2.0,
            max_weight: 40.0,
            min_outcomes: 200.0,
            prior_outcomes: 200.0,
            blocks: 5,
            embargo_ms: DAY_MS,
        }
    }
}

impl TuningConfig {
    /// Checks every bound.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let within = |value: f64, low: f64, high: f64, field: &'static str| {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(ConfigError { field, reason: format!("{value} must lie between {low} and {high}") })
            }
        };
        within(self.max_change, 0.1, 20.0, "max_change")?;
        within(self.min_weight, 0.0, 12.5, "min_weight")?;
        within(self.max_weight, 12.5, 100.0, "max_weight")?;
        within(self.min_outcomes, FEW, 1e6, "min_outcomes")?;
        within(self.prior_outcomes, 1.0, 1e6, "prior_outcomes")?;
        within(self.blocks as f64, 2.0, 20.0, "blocks")?;
        within(self.embargo_ms as f64, 0.0, 30.0 * DAY_MS as f64, "embargo_ms")
    }
}

/// How well a set of weights fits. Outcomes count by their worth.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Fitness {
    /// Mean log loss of the stated probabilities, in nats; `ln 2` is knowing nothing.
    pub log_loss: f64,
    /// Mean squared distance of the stated probabilities from what came; 0.25 is knowing nothing.
    pub brier: f64,
    /// Share of moves that went where the score pointed, 0 to 1; `None` where it pointed nowhere.
    pub hit_rate: Option<f64>,
    /// Spearman's rank correlation of score and move; `None` where one of them does not vary.
    pub rank_correlation: Option<f64>,
}

/// Present and proposed weights on the same outcomes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// Outcomes.
    pub count: u64,
    /// How many independent ones they are worth.
    pub effective: f64,
    /// The present weights.
    pub current: Fitness,
    /// The proposed ones.
    pub proposed: Fitness,
    /// By how much the proposed ones' log loss is smaller; above 0 they are better.
    pub gain: Option<MeanInterval>,
}

/// What happens to one factor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FactorChange {
    /// Which.
    pub factor: Factor,
    /// Its weight now.
    pub current: f64,
    /// Its weight as proposed.
    pub proposed: f64,
    /// How many independent outcomes knew it.
    pub effective: f64,
    /// Too few of them: its weight is left as it is.
    pub is_held: bool,
}

/// A proposal.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuned {
    /// The weights; they sum to 100.
    pub proposed: Weights,
    /// By factor, in the order of [`Factor::ALL`].
    pub factors: Vec<FactorChange>,
    /// On the outcomes that it was fitted on: too good, by nature.
    pub in_sample: Comparison,
    /// Fitted on the past alone and judged on what came after; `None` where no block had enough past.
    pub out_of_sample: Option<Comparison>,
    /// Blocks that were judged.
    pub blocks: usize,
}

impl Tuned {
    /// Whether weights found in this way did better out of sample, with confidence: the 95 % interval of the
    /// gain lies above 0, on at least 30 independent outcomes.
    #[must_use]
    pub fn is_better(&self) -> bool {
        self.out_of_sample
            .is_some_and(|found| found.effective >= FEW && found.gain.is_some_and(|gain| gain.low > 0.0))
    }
}

/// Too little is known for a proposal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TooFew {
    /// Outcomes there are.
    pub count: u64,
    /// How many independent ones they are worth.
    pub effective: f64,
    /// How many are asked for.
    pub needed: f64,
}

/// Proposes weights. `current`: those in use; `anchor`: the configured ones, towards which the fit is pulled.
///
/// # Errors
/// When fewer independent outcomes are known than asked for.
pub fn tune(
    samples: &[Sample],
    current: &Weights,
    anchor: &Weights,
    config: &TuningConfig,
) -> Result<Tuned, TooFew> {
    let mut samples: Vec<&Sample> = samples
        .iter()
        .filter(|sample| {
            sample.move_pct.is_finite()
                && sample.effective.iter().flatten().all(|effective| effective.is_finite())
        })
        .collect();
    samples.sort_by_key(|sample| (sample.at, sample.due_at));
    let rows = Rows::of(&samples);
    let effective = rows.effective();
    if effective < config.min_outcomes.max(FEW) {
        return Err(TooFew { count: samples.len() as u64, effective, needed: config.min_outcomes.max(FEW) });
    }
    let known = rows.known();
    let bounds = Bounds::around(current, &known, config);
    let proposed = bounds.on_grid(fit::fit(&rows, current, anchor, &bounds, config), current);
    let in_sample = {
        let (now, then) = (rows.judged(&rows, current), rows.judged(&rows, &proposed));
        walk::comparison(&rows.spans(), &now, &then)
    };
    let walked = walk::forward(&samples, current, anchor, config);
    let factors = Factor::ALL
        .into_iter()
        .zip(known)
        .map(|(factor, effective)| FactorChange {
            factor,
            current: current.of(factor),
            proposed: proposed.of(factor),
            effective: round_to(effective, 2),
            is_held: effective < FEW,
        })
        .collect();
    Ok(Tuned { proposed, factors, in_sample, out_of_sample: walked.comparison, blocks: walked.blocks })
}

#[cfg(test)]
mod tests;
