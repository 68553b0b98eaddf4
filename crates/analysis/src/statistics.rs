//! Ranks, moments, quantiles and intervals.
//!
//! Non-finite inputs are dropped, and a result that is not finite is `None`.

/// `Some(value)` when it is finite.
fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// Mid-rank of `x` among `history`: `(#less + ½ #equal) / n`, in `[0, 1]`.
///
/// `history` must not hold `x` itself. `None` when `x` is not finite or there is no history.
/// One pass, no sorting: the order of `history` does not matter.
#[must_use]
pub fn mid_rank(x: f64, history: &[f64]) -> Option<f64> {
    if !x.is_finite() {
        return None;
    }
    let (mut below, mut up_to, mut count) = (0_u32, 0_u32, 0_u32);
    for value in history.iter().filter(|value| value.is_finite()) {
        below += u32::from(*value < x);
        up_to += u32::from(*value <= x);
        count += 1;
    }
    (count > 0).then(|| (f64::from(below) + f64::from(up_to)) / (2.0 * f64::from(count)))
}

/// The rank on a symmetric scale: `2u - 1`, in `[-1, 1]`; 0 is the middle of the own history.
#[must_use]
pub fn signed_rank(x: f64, history: &[f64]) -> Option<f64> {
    mid_rank(x, history).map(|u| 2.0 * u - 1.0)
}

/// Nothing within the deadband, then linear up to ±1: `sign(r) max(0, |r| - d) / (1 - d)`.
///
/// `d` lies in `[0, 1)`; a deadband of 1 or more leaves nothing.
#[must_use]
pub fn soft(r: f64, d: f64) -> f64 {
    let beyond = r.abs() - d;
    if beyond > 0.0 && d < 1.0 { r.signum() * beyond / (1.0 - d) } else { 0.0 }
}

/// Arithmetic mean of the finite values.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    let (sum, count) =
        values.iter().filter(|value| value.is_finite()).fold((0.0, 0.0), |(s, n), v| (s + v, n + 1.0));
    if count > 0.0 { finite(sum / count) } else { None }
}

/// Mean and sample standard deviation (divided by n - 1) of the finite values; `None` below two.
#[must_use]
pub fn mean_and_deviation(values: &[f64]) -> Option<(f64, f64)> {
    let mu = mean(values)?;
    let (squares, count) = values
        .iter()
        .filter(|value| value.is_finite())
        .fold((0.0, 0.0), |(s, n), v| ((v - mu).mul_add(v - mu, s), n + 1.0));
    if count < 2.0 {
        return None;
    }
    finite((squares / (count - 1.0)).sqrt()).map(|sigma| (mu, sigma))
}

/// Sample standard deviation of the finite values.
#[must_use]
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    mean_and_deviation(values).map(|(_, sigma)| sigma)
}

/// `(x - mean) / deviation` against the values **before** it, so that an outlier cannot shrink its
/// own score.
///
/// `None` when the history has fewer than two values or does not move
/// (deviation below `1e-12 max(1, |mean|)`).
#[must_use]
pub fn z_score(x: f64, history: &[f64]) -> Option<f64> {
    if !x.is_finite() {
        return None;
    }
    let (mu, sigma) = mean_and_deviation(history)?;
    if sigma < 1e-12 * mu.abs().max(1.0) {
        return None;
    }
    finite((x - mu) / sigma)
}

/// The `q`-quantile (`0 <= q <= 1`) of the finite values, linear between neighbours; found by
/// selection, in linear time.
#[must_use]
pub fn quantile(values: &[f64], q: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&q) {
        return None;
    }
    let mut kept: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let last = kept.len().checked_sub(1)?;
    let place = q * last as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= place <= last")]
    let below = (place.floor() as usize).min(last);
    let (_, low, above) = kept.select_nth_unstable_by(below, f64::total_cmp);
    let low = *low;
    let share = place - below as f64;
    if share <= 0.0 {
        return Some(low);
    }
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    finite(low * (1.0 - share) + high * share)
}

/// The middle of the finite values; the mean of the two middle ones when their number is even.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// `(x - median) / (1.4826 MAD)` against the values before it: a z-score that outliers in the
/// history cannot move. `None` when more than half of the history is one value.
#[must_use]
pub fn robust_z_score(x: f64, history: &[f64]) -> Option<f64> {
    if !x.is_finite() {
        return None;
    }
    let middle = median(history)?;
    let distances: Vec<f64> = history.iter().map(|value| (value - middle).abs()).collect();
    let scale = 1.4826 * median(&distances)?;
    if scale < 1e-12 * middle.abs().max(1.0) {
        return None;
    }
    finite((x - middle) / scale)
}

/// A share with its confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConfidenceInterval {
    /// Lower end, at least 0.
    pub low: f64,
    /// Upper end, at most 1.
    pub high: f64,
}

/// Two-sided 95 % of a normal distribution, in deviations.
pub const Z_95: f64 = 1.959_963_984_540_054;

/// Wilson's score interval of a share: `successes` out of `trials`, `z` deviations wide.
///
/// `None` when there are no trials, or more successes than trials.
#[must_use]
pub fn wilson(successes: u64, trials: u64, z: f64) -> Option<ConfidenceInterval> {
    if trials == 0 || successes > trials || !z.is_finite() || z < 0.0 {
        return None;
    }
    let n = trials as f64;
    let share = successes as f64 / n;
    let zz = z * z;
    let centre = (share + zz / (2.0 * n)) / (1.0 + zz / n);
    let half = z / (1.0 + zz / n) * (share * (1.0 - share) / n + zz / (4.0 * n * n)).sqrt();
    Some(ConfidenceInterval { low: (centre - half).max(0.0), high: (centre + half).min(1.0) })
}

/// `ln(x[i] / x[i-1])`, one shorter than the input; `None` beside a value that is not a positive
/// number.
#[must_use]
pub fn log_returns(prices: &[f64]) -> Vec<Option<f64>> {
    prices.iter().zip(prices.iter().skip(1)).map(|(from, to)| log_return(*from, *to)).collect()
}

/// `ln(to / from)`; `None` unless both are positive and finite.
#[must_use]
pub fn log_return(from: f64, to: f64) -> Option<f64> {
    let usable = |price: f64| price.is_finite() && price > 0.0;
    if usable(from) && usable(to) {
        finite((to / from).ln()).or_else(|| finite(to.ln() - from.ln()))
    } else {
        None
    }
}

/// Rounded to `decimals`, halves away from zero, and never `-0`.
#[must_use]
pub fn round_to(value: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    let rounded = (value * scale).round() / scale;
    if rounded.is_finite() { rounded + 0.0 } else { value }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranks_count_ties_half() {
        assert_eq!(mid_rank(3.0, &[1.0, 2.0, 3.0, 4.0]), Some(0.625));
        assert_eq!(mid_rank(0.0, &[1.0, 2.0]), Some(0.0));
        assert_eq!(mid_rank(9.0, &[1.0, 2.0]), Some(1.0));
        assert_eq!(mid_rank(1.0, &[1.0, 1.0]), Some(0.5));
        assert_eq!(signed_rank(9.0, &[1.0, f64::NAN]), Some(1.0));
        assert_eq!(mid_rank(f64::NAN, &[1.0]), None);
        assert_eq!(mid_rank(1.0, &[f64::INFINITY]), None);
        assert_eq!(mid_rank(1.0, &[]), None);
    }

    #[test]
    fn a_deadband_is_continuous_and_reaches_one() {
        assert!(soft(0.6, 0.6).abs() < f64::EPSILON);
        assert!((soft(0.8, 0.6) - 0.5).abs() < 1e-12);
        assert!((soft(-0.9, 0.6) + 0.75).abs() < 1e-12);
        assert!((soft(-1.0, 0.8) + 1.0).abs() < 1e-12);
    }

    #[test]
    fn moments_by_hand() {
        let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0, f64::NAN];
        assert_eq!(mean(&values), Some(5.0));
        let sigma = standard_deviation(&values).unwrap();
        assert!((sigma - (32.0_f64 / 7.0).sqrt()).abs() < 1e-12);
        let z = z_score(9.0, &values).unwrap();
        assert!((z - 4.0 / (32.0_f64 / 7.0).sqrt()).abs() < 1e-12);
        assert_eq!(z_score(1.0, &[3.0, 3.0, 3.0]), None);
        assert_eq!(standard_deviation(&[1.0]), None);
        assert_eq!(mean(&[]), None);
    }

    #[test]
    fn quantiles_are_linear_between_neighbours() {
        let values = [4.0, 1.0, 3.0, 2.0];
        assert_eq!(median(&values), Some(2.5));
        assert_eq!(quantile(&values, 0.0), Some(1.0));
        assert_eq!(quantile(&values, 1.0), Some(4.0));
        assert_eq!(quantile(&values, 0.25), Some(1.75));
        assert_eq!(median(&[7.0]), Some(7.0));
        assert_eq!(median(&[f64::NAN]), None);
        assert_eq!(quantile(&values, 1.1), None);
    }

    #[test]
    fn wilson_gives_the_published_intervals() {
        for (won, of, low, high) in
            [(12, 20, 0.387, 0.781), (60, 100, 0.502, 0.691), (550, 1000, 0.519, 0.581)]
        {
            let interval = wilson(won, of, Z_95).unwrap();
            assert!((interval.low - low).abs() < 1e-3 && (interval.high - high).abs() < 1e-3, "{interval:?}");
        }
        assert_eq!(wilson(0, 0, Z_95), None);
        assert!(wilson(0, 5, Z_95).unwrap().low.abs() < 1e-12);
    }

    #[test]
    fn returns_skip_what_is_no_price() {
        let returns = log_returns(&[1.0, std::f64::consts::E, 0.0, 1.0, f64::NAN]);
        assert!((returns[0].unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(&returns[1..], &[None, None, None]);
    }

    #[test]
    fn rounding_is_symmetric() {
        assert_eq!(round_to(6.25, 1).to_bits(), 6.3_f64.to_bits());
        assert_eq!(round_to(-6.25, 1).to_bits(), (-6.3_f64).to_bits());
        assert_eq!(round_to(-0.01, 1).to_bits(), 0.0_f64.to_bits());
    }

    proptest! {
        #[test]
        fn nothing_gives_nan(x in any::<f64>(), values in prop::collection::vec(any::<f64>(), 0..40), q in any::<f64>()) {
            for out in [mid_rank(x, &values), mean(&values), standard_deviation(&values), z_score(x, &values),
                        robust_z_score(x, &values), quantile(&values, q), log_return(x, q)] {
                prop_assert!(out.is_none_or(f64::is_finite), "{out:?}");
            }
        }

        #[test]
        fn a_rank_does_not_depend_on_order(x in -5.0..5.0_f64, mut values in prop::collection::vec(-5.0..5.0_f64, 1..60)) {
            let before = mid_rank(x, &values);
            values.reverse();
            prop_assert_eq!(before, mid_rank(x, &values));
            values.sort_by(f64::total_cmp);
            prop_assert_eq!(before, mid_rank(x, &values));
        }

        #[test]
        fn a_reflected_history_reflects_the_rank(x in -5.0..5.0_f64, values in prop::collection::vec(-5.0..5.0_f64, 1..60)) {
            let mirrored: Vec<f64> = values.iter().map(|value| -value).collect();
            let (one, other) = (signed_rank(x, &values).unwrap(), signed_rank(-x, &mirrored).unwrap());
            prop_assert!((one + other).abs() < 1e-12);
        }

        #[test]
        fn a_quantile_is_what_sorting_gives(values in prop::collection::vec(-1e6..1e6_f64, 1..50)) {
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let n = sorted.len();
            let expected = if n % 2 == 1 { sorted[n / 2] } else { f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]) };
            prop_assert!((median(&values).unwrap() - expected).abs() <= 1e-9 * expected.abs().max(1.0));
        }
    }
}
