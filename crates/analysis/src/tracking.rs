//! Figures over what became of signals: how many observations overlapping ones are worth, intervals,
//! profit factor, rank correlation, forecasts against what came.

use domain::UtcMs;

use crate::statistics::{ConfidenceInterval, mean};

/// The time over which something was held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Begin.
    pub from: UtcMs,
    /// End, after the begin.
    pub to: UtcMs,
}

/// How many independent observations overlapping ones are worth: the sum of their [`uniqueness`].
///
/// Ten that share the same hour are worth one; ten that follow one another are worth ten. Spans without
/// length are left out.
#[must_use]
pub fn effective_sample(spans: &[Span]) -> f64 {
    uniqueness(spans).iter().sum()
}

/// What each of overlapping observations is worth: the mean of `1 / (number held at that moment)` over the
/// time it was held, in the order given; 0 for a span without length.
#[must_use]
pub fn uniqueness(spans: &[Span]) -> Vec<f64> {
    let held = spans.iter().copied().filter(|span| span.to > span.from);
    let mut edges: Vec<(UtcMs, i64)> = held.flat_map(|span| [(span.from, 1), (span.to, -1)]).collect();
    edges.sort_unstable();
    // The integral of 1 / concurrency up to each edge, in milliseconds.
    let mut integral: Vec<(UtcMs, f64)> = Vec::with_capacity(edges.len());
    let (mut sum, mut open, mut at) = (0.0, 0_i64, None::<UtcMs>);
    for (edge, step) in edges {
        if let Some(before) = at
            && open > 0
        {
            sum += edge.since(before) as f64 / open as f64;
        }
        open += step;
        at = Some(edge);
        match integral.last_mut() {
            Some(last) if last.0 == edge => last.1 = sum,
            _ => integral.push((edge, sum)),
        }
    }
    let up_to = |instant: UtcMs| {
        let place = integral.partition_point(|(edge, _)| *edge < instant);
        integral.get(place).map_or(sum, |(_, value)| *value)
    };
    spans
        .iter()
        .map(|span| {
            let long_ms = span.to.since(span.from);
            if long_ms > 0 { (up_to(span.to) - up_to(span.from)) / long_ms as f64 } else { 0.0 }
        })
        .collect()
}

/// [`effective_sample`] of spans of one length, told in the order of their begin.
///
/// At each moment the spans held then share it, so that together they are worth the time that any of them
/// covers, in lengths: one pass, and nothing to keep but the last begin.
#[derive(Clone, Copy, Debug)]
pub struct EqualSpans {
    length_ms: i64,
    covered_ms: i64,
    last: Option<UtcMs>,
}

impl EqualSpans {
    /// No spans yet of this length, in milliseconds.
    #[must_use]
    pub const fn new(length_ms: i64) -> Self {
        Self { length_ms, covered_ms: 0, last: None }
    }

    /// One more, which begins no earlier than the one before.
    pub fn add(&mut self, from: UtcMs) {
        let fresh_ms = self.last.map_or(self.length_ms, |last| from.since(last).clamp(0, self.length_ms));
        self.covered_ms += fresh_ms;
        self.last = Some(from);
    }

    /// What they are worth; 0 without any.
    #[must_use]
    pub fn worth(&self) -> f64 {
        if self.length_ms > 0 { self.covered_ms as f64 / self.length_ms as f64 } else { 0.0 }
    }
}

/// Wilson's score interval of a share of `n` observations, where `n` need not be whole.
///
/// `None` when `n` is not positive or the share is none.
#[must_use]
pub fn wilson_share(share: f64, n: f64, z: f64) -> Option<ConfidenceInterval> {
    if !(0.0..=1.0).contains(&share) || !n.is_finite() || n <= 0.0 || !z.is_finite() || z < 0.0 {
        return None;
    }
    let zz = z * z;
    let centre = (share + zz / (2.0 * n)) / (1.0 + zz / n);
    let half = z / (1.0 + zz / n) * (share * (1.0 - share) / n + zz / (4.0 * n * n)).sqrt();
    Some(ConfidenceInterval { low: (centre - half).max(0.0), high: (centre + half).min(1.0) })
}

/// Sum of gains over sum of losses; `None` without a loss.
#[must_use]
pub fn profit_factor(results: &[f64]) -> Option<f64> {
    let (mut gains, mut losses) = (0.0, 0.0);
    for result in results.iter().filter(|result| result.is_finite()) {
        if *result > 0.0 { gains += result } else { losses -= result }
    }
    let factor = gains / losses;
    (losses > 0.0 && factor.is_finite()).then_some(factor)
}

/// Spearman's rank correlation of the pairs, ties by their mid-rank; `None` below three pairs or where one
/// side does not move.
#[must_use]
pub fn spearman(pairs: &[(f64, f64)]) -> Option<f64> {
    let pairs: Vec<(f64, f64)> =
        pairs.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
    if pairs.len() < 3 {
        return None;
    }
    let left = ranks(&pairs.iter().map(|(x, _)| *x).collect::<Vec<_>>());
    let right = ranks(&pairs.iter().map(|(_, y)| *y).collect::<Vec<_>>());
    let (mean_left, mean_right) = (mean(&left)?, mean(&right)?);
    let (mut both, mut squares_left, mut squares_right) = (0.0, 0.0, 0.0);
    for (x, y) in left.iter().zip(&right) {
        let (dx, dy) = (x - mean_left, y - mean_right);
        both += dx * dy;
        squares_left += dx * dx;
        squares_right += dy * dy;
    }
    let spread = (squares_left * squares_right).sqrt();
    (spread > 0.0).then(|| (both / spread).clamp(-1.0, 1.0))
}

/// The rank of each value, ties sharing the middle of their places.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    values
        .iter()
        .map(|value| {
            let below = sorted.partition_point(|other| other < value);
            let up_to = sorted.partition_point(|other| other <= value);
            f64::midpoint(below as f64, up_to as f64)
        })
        .collect()
}

/// Probabilities that were stated, against what came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Brier {
    /// Mean squared distance between the stated probability and what came (1 or 0).
    pub score: f64,
    /// Share of those that came.
    pub base_rate: f64,
    /// What always stating the base rate would have scored.
    pub base_score: f64,
    /// `1 - score / base_score`; `None` where everything or nothing came.
    pub skill: Option<f64>,
}

/// Brier's score of forecasts `(stated probability, whether it came)`; `None` without any.
#[must_use]
pub fn brier(forecasts: &[(f64, bool)]) -> Option<Brier> {
    let came = |is: bool| if is { 1.0 } else { 0.0 };
    let usable: Vec<(f64, f64)> = forecasts
        .iter()
        .filter(|(stated, _)| (0.0..=1.0).contains(stated))
        .map(|(stated, is)| (*stated, came(*is)))
        .collect();
    let score = mean(&usable.iter().map(|(stated, is)| (stated - is).powi(2)).collect::<Vec<_>>())?;
    let base_rate = mean(&usable.iter().map(|(_, is)| *is).collect::<Vec<_>>())?;
    let base_score = base_rate * (1.0 - base_rate);
    let skill = (base_score > 0.0).then(|| 1.0 - score / base_score);
    Some(Brier { score, base_rate, base_score, skill })
}

#[cfg(test)]
mod tests {
    use domain::HOUR_MS;
    use proptest::prelude::*;

    use super::*;
    use crate::statistics::{Z_95, wilson};

    fn span(from_h: i64, to_h: i64) -> Span {
        Span { from: UtcMs(from_h * HOUR_MS), to: UtcMs(to_h * HOUR_MS) }
    }

    #[test]
    fn overlapping_observations_count_less() {
        let apart: Vec<Span> = (0..10).map(|h| span(h, h + 1)).collect();
        assert!((effective_sample(&apart) - 10.0).abs() < 1e-9);
        assert!((effective_sample(&[span(0, 4); 10]) - 1.0).abs() < 1e-9);
        // Half of each overlaps the other: 0.75 each.
        assert!((effective_sample(&[span(0, 2), span(1, 3)]) - 1.5).abs() < 1e-9);
        assert_eq!(uniqueness(&[span(0, 2), span(5, 5), span(1, 2)]), [0.75, 0.0, 0.5]);
        // A day's checks of hourly signals over 10 days are worth about ten.
        let hourly: Vec<Span> = (0..240).map(|h| span(h, h + 24)).collect();
        let worth = effective_sample(&hourly);
        assert!((10.0..12.5).contains(&worth), "{worth}");
        assert!(effective_sample(&[]).abs() < f64::EPSILON);
        assert!(effective_sample(&[span(3, 3)]).abs() < f64::EPSILON);
    }

    #[test]
    fn intervals_agree_with_whole_counts() {
        let (by_share, by_count) = (wilson_share(0.6, 100.0, Z_95).unwrap(), wilson(60, 100, Z_95).unwrap());
        assert!((by_share.low - by_count.low).abs() < 1e-12 && (by_share.high - by_count.high).abs() < 1e-12);
        assert_eq!(wilson_share(0.5, 0.0, Z_95), None);
        assert_eq!(wilson_share(1.5, 3.0, Z_95), None);
    }

    #[test]
    fn figures_by_hand() {
        assert_eq!(profit_factor(&[2.0, -1.0, 1.0, -0.5]), Some(2.0));
        assert_eq!(profit_factor(&[2.0]), None);
        assert_eq!(spearman(&[(1.0, 10.0), (2.0, 20.0), (3.0, 400.0)]), Some(1.0));
        assert_eq!(spearman(&[(1.0, 3.0), (2.0, 2.0), (3.0, 1.0)]), Some(-1.0));
        assert_eq!(spearman(&[(1.0, 3.0), (1.0, 2.0), (1.0, 1.0)]), None);
        // d² = 0, 1, 1, 0 over four: 1 - 6·2 / (4·15).
        let rho = spearman(&[(1.0, 1.0), (2.0, 3.0), (3.0, 2.0), (4.0, 4.0)]).unwrap();
        assert!((rho - 0.8).abs() < 1e-12);
        let scored = brier(&[(0.8, true), (0.6, false)]).unwrap();
        assert!((scored.score - 0.2).abs() < 1e-12 && (scored.base_score - 0.25).abs() < 1e-12);
        assert!((scored.skill.unwrap() - 0.2).abs() < 1e-12);
        assert_eq!(brier(&[]), None);
        assert_eq!(brier(&[(0.7, true)]).unwrap().skill, None);
    }

    proptest! {
        #[test]
        fn equal_spans_are_worth_what_any_are(mut starts in prop::collection::vec(0_i64..500, 0..80), long in 1_i64..30) {
            starts.sort_unstable();
            let mut equal = EqualSpans::new(long * HOUR_MS);
            for from in &starts {
                equal.add(UtcMs(from * HOUR_MS));
            }
            let spans: Vec<Span> = starts.iter().map(|from| span(*from, from + long)).collect();
            prop_assert!((equal.worth() - effective_sample(&spans)).abs() < 1e-6);
        }

        #[test]
        fn worth_lies_between_one_and_all(starts in prop::collection::vec((0_i64..500, 1_i64..30), 1..60)) {
            let spans: Vec<Span> = starts.iter().map(|(from, long)| span(*from, from + long)).collect();
            let worth = effective_sample(&spans);
            prop_assert!(worth >= 1.0 - 1e-9 && worth <= spans.len() as f64 + 1e-9, "{worth}");
        }
    }
}
