//! The fit: logistic regression with the weights as parameters, inside bounds.

use analysis::tracking::{Span, uniqueness};

use super::{Sample, TuningConfig};
use crate::config::Weights;
use crate::trial::FEW;

/// Eight values in the order of the factors.
type Eight = [f64; 8];

/// Steps of the descent; the problem is convex and small.
const STEPS: usize = 400;
/// Steps of Newton's method for two parameters.
const NEWTON_STEPS: usize = 40;
/// Halvings when bounds are met: more than a double's digits.
const HALVINGS: usize = 80;
/// Least slope of the probability in the score: where the present weights say nothing, others may.
const LEAST_SLOPE: f64 = 1.0;
/// The slope is taken for small unless the outcomes say otherwise: one over the variance of a prior on it.
const SLOPE_RIDGE: f64 = 0.04;
/// The same for the intercept.
const INTERCEPT_RIDGE: f64 = 1.0;
/// Weights are proposed in hundredths of a point.
const GRID: f64 = 100.0;

fn dot(one: &Eight, other: &Eight) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

fn shares(weights: &Weights) -> Eight {
    weights.values().map(|weight| weight / 100.0)
}

/// `ln(1 + e^z)` without overflow.
fn softplus(z: f64) -> f64 {
    z.max(0.0) + (-z.abs()).exp().ln_1p()
}

fn sigmoid(z: f64) -> f64 {
    if z >= 0.0 { 1.0 / (1.0 + (-z).exp()) } else { z.exp() / (1.0 + z.exp()) }
}

/// Outcomes to be fitted, each with its worth.
pub(super) struct Rows<'a> {
    samples: &'a [&'a Sample],
    strengths: Vec<Eight>,
    worth: Vec<f64>,
    /// 1 where the price rose, 0 where it fell, a half where it stood.
    rose: Vec<f64>,
}

/// The probability of a rise: `sigmoid(intercept + slope * S)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Calibration {
    intercept: f64,
    slope: f64,
}

/// One outcome under a set of weights.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judged {
    /// S in [-1, 1].
    pub score: f64,
    /// Stated probability of a rise.
    pub stated: f64,
    /// 1, 0 or a half.
    pub rose: f64,
    /// Move of the price, %.
    pub move_pct: f64,
    /// Log loss, nats.
    pub log_loss: f64,
}

impl<'a> Rows<'a> {
    pub(super) fn of(samples: &'a [&'a Sample]) -> Self {
        let spans: Vec<Span> = samples.iter().map(|sample| sample.span()).collect();
        Self {
            samples,
            strengths: samples
                .iter()
                .map(|sample| sample.effective.map(|effective| effective.unwrap_or(0.0).clamp(-1.0, 1.0)))
                .collect(),
            worth: uniqueness(&spans),
            rose: samples
                .iter()
                .map(|sample| match sample.move_pct {
                    move_pct if move_pct > 0.0 => 1.0,
                    move_pct if move_pct < 0.0 => 0.0,
                    _ => 0.5,
                })
                .collect(),
        }
    }

    pub(super) fn spans(&self) -> Vec<Span> {
        self.samples.iter().map(|sample| sample.span()).collect()
    }

    pub(super) fn effective(&self) -> f64 {
        self.worth.iter().sum()
    }

    /// How many independent outcomes knew each factor.
    pub(super) fn known(&self) -> Eight {
        let mut known = [0.0; 8];
        for (sample, worth) in self.samples.iter().zip(&self.worth) {
            for (sum, effective) in known.iter_mut().zip(&sample.effective) {
                if effective.is_some() {
                    *sum += worth;
                }
            }
        }
        known
    }

    /// Score, worth and label of every outcome under these shares.
    fn scored(&self, shares: &Eight) -> Vec<(f64, f64, f64)> {
        self.strengths
            .iter()
            .zip(&self.worth)
            .zip(&self.rose)
            .map(|((strength, worth), rose)| (dot(shares, strength), *worth, *rose))
            .collect()
    }

    /// Intercept and slope that fit these weights best, the slope at least `least`.
    fn calibrated(&self, shares: &Eight, least: f64) -> Calibration {
        let scored = self.scored(shares);
        let free = newton(&scored, None);
        if free.slope >= least { free } else { newton(&scored, Some(least)) }
    }

    /// These outcomes under weights whose probabilities are learned on `past`.
    pub(super) fn judged(&self, past: &Rows<'_>, weights: &Weights) -> Vec<Judged> {
        let shares = shares(weights);
        let Calibration { intercept, slope } = past.calibrated(&shares, 0.0);
        self.scored(&shares)
            .into_iter()
            .zip(self.samples)
            .map(|((score, _, rose), sample)| {
                let z = intercept + slope * score;
                Judged {
                    score,
                    stated: sigmoid(z),
                    rose,
                    move_pct: sample.move_pct,
                    log_loss: softplus(z) - rose * z,
                }
            })
            .collect()
    }
}

/// Newton's method for the two parameters of the probability, or for the intercept alone under a given slope.
fn newton(scored: &[(f64, f64, f64)], fixed: Option<f64>) -> Calibration {
    let loss = |at: Calibration| {
        let fitted: f64 = scored
            .iter()
            .map(|(score, worth, rose)| {
                let z = at.intercept + at.slope * score;
                worth * (softplus(z) - rose * z)
            })
            .sum();
        fitted + 0.5 * (INTERCEPT_RIDGE * at.intercept.powi(2) + SLOPE_RIDGE * at.slope.powi(2))
    };
    let mut at = Calibration { intercept: 0.0, slope: fixed.unwrap_or(0.0) };
    let mut best = loss(at);
    for _ in 0..NEWTON_STEPS {
        let (mut ga, mut gk) = (INTERCEPT_RIDGE * at.intercept, SLOPE_RIDGE * at.slope);
        let (mut haa, mut hak, mut hkk) = (INTERCEPT_RIDGE, 0.0, SLOPE_RIDGE);
        for (score, worth, rose) in scored {
            let stated = sigmoid(at.intercept + at.slope * score);
            let (miss, spread) = (worth * (stated - rose), worth * stated * (1.0 - stated));
            ga += miss;
            gk += miss * score;
            haa += spread;
            hak += spread * score;
            hkk += spread * score * score;
        }
        let (mut da, mut dk) = if fixed.is_some() {
            (ga / haa, 0.0)
        } else {
            // Positive definite by the ridges.
            let determinant = haa * hkk - hak * hak;
            ((hkk * ga - hak * gk) / determinant, (haa * gk - hak * ga) / determinant)
        };
        let mut is_better = false;
        for _ in 0..HALVINGS {
            let next = Calibration { intercept: at.intercept - da, slope: at.slope - dk };
            let found = loss(next);
            if found < best {
                (at, best, is_better) = (next, found, true);
                break;
            }
            (da, dk) = (da / 2.0, dk / 2.0);
        }
        if !is_better {
            break;
        }
    }
    at
}

/// Least and largest share of each factor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bounds {
    low: Eight,
    high: Eight,
}

impl Bounds {
    /// Around the present weights, which always lie inside; a factor that few outcomes knew keeps its weight.
    pub(super) fn around(current: &Weights, known: &Eight, config: &TuningConfig) -> Self {
        let bound = |end: fn(f64, &TuningConfig) -> f64| {
            let mut found = current.values();
            for (weight, known) in found.iter_mut().zip(known) {
                let free = if *known < FEW { *weight } else { end(*weight, config) };
                *weight = free / 100.0;
            }
            found
        };
        Self {
            low: bound(|weight, config| config.min_weight.max(weight - config.max_change).min(weight)),
            high: bound(|weight, config| config.max_weight.min(weight + config.max_change).max(weight)),
        }
    }

    /// The nearest shares inside the bounds that sum to 1.
    fn nearest(&self, to: &Eight) -> Eight {
        let moved = |by: f64| {
            let mut found = *to;
            for ((share, low), high) in found.iter_mut().zip(&self.low).zip(&self.high) {
                *share = (*share - by).clamp(*low, *high);
            }
            found
        };
        // Two away in either direction every share is at a bound.
        let (mut less, mut more) = (-2.0_f64, 2.0_f64);
        for value in to {
            (less, more) = (less.min(value - 2.0), more.max(value + 2.0));
        }
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(less, more);
            if moved(middle).iter().sum::<f64>() > 1.0 { less = middle } else { more = middle }
        }
        moved(f64::midpoint(less, more))
    }

    /// Hundredths of a point inside the bounds that sum to 100 exactly; the present weights where there are
    /// none.
    pub(super) fn on_grid(&self, found: Eight, current: &Weights) -> Weights {
        let steps = |share: f64| share * 100.0 * GRID;
        if shares(current).iter().zip(&found).all(|(now, then)| steps(then - now).abs() < 0.5) {
            return *current;
        }
        let mut whole = [0.0; 8];
        let mut ends = [(0.0, 0.0); 8];
        for ((((whole, end), share), low), high) in
            whole.iter_mut().zip(&mut ends).zip(&found).zip(&self.low).zip(&self.high)
        {
            *end = ((steps(*low) - 1e-6).ceil(), (steps(*high) + 1e-6).floor());
            if end.0 > end.1 {
                return *current;
            }
            *whole = steps(*share).round().clamp(end.0, end.1);
        }
        let mut left = 100.0 * GRID - whole.iter().sum::<f64>();
        for (whole, (low, high)) in whole.iter_mut().zip(ends) {
            let given = left.clamp(low - *whole, high - *whole);
            *whole += given;
            left -= given;
        }
        if left != 0.0 {
            return *current;
        }
        Weights::from_values(whole.map(|whole| whole / GRID))
    }
}

/// The shares that fit best inside the bounds: accelerated projected gradient descent (FISTA).
pub(super) fn fit(
    rows: &Rows<'_>,
    current: &Weights,
    anchor: &Weights,
    bounds: &Bounds,
    config: &TuningConfig,
) -> Eight {
    let (start, anchor) = (shares(current), shares(anchor));
    let Calibration { intercept, slope } = rows.calibrated(&start, LEAST_SLOPE);
    let effective = rows.effective();
    let mut squares = 0.0;
    for (strength, worth) in rows.strengths.iter().zip(&rows.worth) {
        squares += worth * dot(strength, strength);
    }
    // What one independent outcome of the usual kind tells of a share.
    let each = 0.25 * slope * slope * squares / (8.0 * effective);
    let pull = config.prior_outcomes * each;
    let steepest = 0.25 * slope * slope * squares + pull;
    if !(steepest > 0.0 && steepest.is_finite()) {
        return start;
    }
    let gradient = |at: &Eight| {
        let mut sum = [0.0; 8];
        for ((strength, worth), rose) in rows.strengths.iter().zip(&rows.worth).zip(&rows.rose) {
            let miss = worth * slope * (sigmoid(intercept + slope * dot(at, strength)) - rose);
            for (sum, strength) in sum.iter_mut().zip(strength) {
                *sum += miss * strength;
            }
        }
        for ((sum, at), anchor) in sum.iter_mut().zip(at).zip(&anchor) {
            *sum += pull * (at - anchor);
        }
        sum
    };
    let (mut at, mut ahead, mut pace) = (start, start, 1.0_f64);
    for _ in 0..STEPS {
        let mut next = ahead;
        for (next, slope) in next.iter_mut().zip(gradient(&ahead)) {
            *next -= slope / steepest;
        }
        let next = bounds.nearest(&next);
        let faster = f64::midpoint(1.0, (1.0 + 4.0 * pace * pace).sqrt());
        let mut beyond = next;
        for (beyond, before) in beyond.iter_mut().zip(&at) {
            *beyond += (pace - 1.0) / faster * (*beyond - before);
        }
        (at, ahead, pace) = (next, beyond, faster);
    }
    at
}
