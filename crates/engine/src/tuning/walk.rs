//! Walking forward: proposals made from the past alone, judged on what came after.

use analysis::tracking::{Span, spearman, uniqueness};

use super::fit::{self, Bounds, Judged, Rows};
use super::{Comparison, Fitness, Sample, TuningConfig};
use crate::config::Weights;
use crate::trial::{FEW, mean_interval};

/// The first part of the outcomes is learned from only: two of five.
const FIRST_PAST: (usize, usize) = (2, 5);

/// What the walk found.
pub(super) struct Walked {
    pub comparison: Option<Comparison>,
    pub blocks: usize,
}

/// Judges block after block; `samples` by time.
pub(super) fn forward(
    samples: &[&Sample],
    current: &Weights,
    anchor: &Weights,
    config: &TuningConfig,
) -> Walked {
    let first = samples.len() * FIRST_PAST.0 / FIRST_PAST.1;
    let (_, later) = samples.split_at(first);
    let size = later.len().div_ceil(config.blocks.max(1)).max(1);
    let (mut spans, mut now, mut then, mut blocks) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for block in later.chunks(size) {
        let Some(begin) = block.first().map(|sample| sample.at) else { continue };
        // Nothing that was decided after the block began, or whose outcome reaches near it.
        let past: Vec<&Sample> = samples
            .iter()
            .copied()
            .filter(|sample| sample.due_at.plus_ms(config.embargo_ms) <= begin)
            .collect();
        let past = Rows::of(&past);
        if past.effective() < FEW {
            continue;
        }
        let bounds = Bounds::around(current, &past.known(), config);
        let proposed = bounds.on_grid(fit::fit(&past, current, anchor, &bounds, config), current);
        let block = Rows::of(block);
        now.extend(block.judged(&past, current));
        then.extend(block.judged(&past, &proposed));
        spans.extend(block.spans());
        blocks += 1;
    }
    Walked { comparison: (blocks > 0).then(|| comparison(&spans, &now, &then)), blocks }
}

/// Two sets of weights on the same outcomes.
pub(super) fn comparison(spans: &[Span], current: &[Judged], proposed: &[Judged]) -> Comparison {
    let worth = uniqueness(spans);
    let gains: Vec<f64> =
        current.iter().zip(proposed).map(|(now, then)| now.log_loss - then.log_loss).collect();
    Comparison {
        count: spans.len() as u64,
        effective: worth.iter().sum(),
        current: fitness(current, &worth),
        proposed: fitness(proposed, &worth),
        gain: mean_interval(&gains, &worth),
    }
}

fn fitness(judged: &[Judged], worth: &[f64]) -> Fitness {
    let (mut all, mut log_loss, mut brier, mut pointed, mut hits) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (row, worth) in judged.iter().zip(worth) {
        all += worth;
        log_loss += worth * row.log_loss;
        brier += worth * (row.stated - row.rose).powi(2);
        let agreement = row.score * row.move_pct;
        if agreement != 0.0 {
            pointed += worth;
            hits += if agreement > 0.0 { *worth } else { 0.0 };
        }
    }
    let pairs: Vec<(f64, f64)> = judged.iter().map(|row| (row.score, row.move_pct)).collect();
    if all > 0.0 {
        (log_loss, brier) = (log_loss / all, brier / all);
    }
    Fitness {
        log_loss,
        brier,
        hit_rate: (pointed > 0.0).then(|| hits / pointed),
        rank_correlation: spearman(&pairs),
    }
}
