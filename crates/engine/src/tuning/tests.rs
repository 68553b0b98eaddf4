use analysis::statistics::round_to;
use domain::HOUR_MS;

use super::*;

/// A small generator, so that the cases are the same every time (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        f64::from(u32::try_from(mixed >> 32).unwrap()) / f64::from(u32::MAX) * 2.0 - 1.0
    }
}

/// Hourly signals whose move follows the factors by these effects, with noise; `missing` is never known.
fn market(seed: u64, count: i64, effects: [f64; 8], missing: Option<usize>) -> Vec<Sample> {
    let mut dice = Dice(seed);
    (0..count)
        .map(|hour| {
            let strengths: [f64; 8] = std::array::from_fn(|_| dice.roll());
            let drift: f64 = strengths.iter().zip(&effects).map(|(one, other)| one * other).sum();
            let noise: f64 = (0..6).map(|_| dice.roll()).sum();
            let mut effective = strengths.map(Some);
            if let Some(index) = missing {
                effective[index] = None;
            }
            Sample {
                at: UtcMs(hour * 4 * HOUR_MS),
                due_at: UtcMs((hour * 4 + 4) * HOUR_MS),
                effective,
                move_pct: drift + noise,
            }
        })
        .collect()
}

/// Open interest and smart money lead, momentum misleads.
const LEADING: [f64; 8] = [0.0, 0.0, -0.8, 0.0, 1.5, 1.5, 0.0, 0.0];

#[test]
fn weight_goes_to_the_factors_that_led_within_the_bounds() {
    let now = Weights::default();
    let config = TuningConfig::default();
    let samples = market(7, 2_000, LEADING, None);
    let tuned = tune(&samples, &now, &now, &config).unwrap();
    let of = |factor: Factor| tuned.proposed.of(factor);
    assert!((of(Factor::SmartMoney) - 13.0).abs() < 1e-9, "{:?}", tuned.proposed);
    assert!((of(Factor::OiTrend) - 13.0).abs() < 1e-9, "{:?}", tuned.proposed);
    assert!((of(Factor::PriceMomentum) - 17.0).abs() < 1e-9, "{:?}", tuned.proposed);
    assert_eq!(tuned.proposed.validate(), Ok(()));
    for change in &tuned.factors {
        assert!((change.proposed - change.current).abs() <= config.max_change + 1e-9, "{change:?}");
        assert!(!change.is_held);
    }
    let found = tuned.out_of_sample.unwrap();
    assert_eq!((tuned.blocks, found.count), (5, 1_200));
    assert!(found.proposed.log_loss < found.current.log_loss);
    assert!(found.proposed.rank_correlation > found.current.rank_correlation);
    assert!(found.proposed.hit_rate > found.current.hit_rate);
    assert!(found.gain.unwrap().low > 0.0 && tuned.is_better(), "{found:?}");
    // The same again, bit for bit, in any order.
    let mut mixed = samples.clone();
    mixed.reverse();
    assert_eq!(tune(&mixed, &now, &now, &config).unwrap(), tuned);
}

#[test]
fn noise_moves_little_and_convinces_nobody() {
    let now = Weights::default();
    let config = TuningConfig { prior_outcomes: 2_000.0, ..TuningConfig::default() };
    let mut convinced = 0;
    for seed in 0..40 {
        let tuned = tune(&market(seed, 400, [0.0; 8], None), &now, &now, &config).unwrap();
        convinced += usize::from(tuned.is_better());
        assert_eq!(tuned.proposed.validate(), Ok(()));
    }
    // One side of a 95 % interval: one in forty by chance.
    assert!(convinced <= 4, "{convinced} of 40");
}

#[test]
fn a_factor_that_nobody_knew_keeps_its_weight() {
    let now = Weights::default();
    let samples = market(3, 1_000, LEADING, Some(4));
    let tuned = tune(&samples, &now, &now, &TuningConfig::default()).unwrap();
    let held = tuned.factors.iter().find(|change| change.factor == Factor::SmartMoney).unwrap();
    assert!(held.is_held);
    assert_eq!((held.effective, held.proposed), (0.0, 10.0));
    assert!(tuned.proposed.of(Factor::OiTrend) > 10.0);
}

#[test]
fn too_few_independent_outcomes_give_no_proposal() {
    let now = Weights::default();
    let config = TuningConfig { min_outcomes: 100.0, ..TuningConfig::default() };
    let few = tune(&market(1, 99, LEADING, None), &now, &now, &config).unwrap_err();
    assert_eq!((few.count, round_to(few.effective, 6), few.needed), (99, 99.0, 100.0));
    // A thousand at the same hour are worth one.
    let crowd: Vec<Sample> = market(1, 1_000, LEADING, None)
        .into_iter()
        .map(|sample| Sample { at: UtcMs(0), due_at: UtcMs(HOUR_MS), ..sample })
        .collect();
    let few = tune(&crowd, &now, &now, &config).unwrap_err();
    assert_eq!((few.count, round_to(few.effective, 6)), (1_000, 1.0));
    assert!(tune(&[], &now, &now, &config).is_err());
}

#[test]
fn what_comes_after_a_block_never_enters_its_proposal() {
    // The market turns round at half time; a walk that looked ahead would do well after it.
    let mut samples = market(5, 1_000, LEADING, None);
    for sample in samples.iter_mut().skip(400) {
        sample.move_pct = -sample.move_pct;
    }
    let now = Weights::default();
    let config = TuningConfig { blocks: 2, max_change: 8.0, ..TuningConfig::default() };
    let tuned = tune(&samples, &now, &now, &config).unwrap();
    let walked = tuned.out_of_sample.unwrap();
    assert!(walked.gain.unwrap().high < 0.0, "{walked:?}");
    assert!(!tuned.is_better());
    // An embargo as long as all of the past leaves nothing to learn from.
    let patient = TuningConfig { embargo_ms: 30 * DAY_MS, blocks: 2, ..TuningConfig::default() };
    let early: Vec<Sample> = samples.iter().copied().take(300).collect();
    assert_eq!(tune(&early, &now, &now, &patient).unwrap().blocks, 1);
}

#[test]
fn odd_weights_stay_possible() {
    let mut now = Weights::default();
    // Thirds are no hundredths; one factor is below the least weight and one above the largest.
    for (factor, weight) in
        Factor::ALL.into_iter().zip([0.0, 50.0, 50.0 / 3.0, 50.0 / 3.0, 50.0 / 3.0, 0.0, 0.0, 0.0])
    {
        now.set(factor, weight);
    }
    assert_eq!(now.validate(), Ok(()));
    let anchor = Weights::default();
    let tuned = tune(&market(11, 1_000, LEADING, None), &now, &anchor, &TuningConfig::default()).unwrap();
    assert_eq!(tuned.proposed.validate(), Ok(()));
    for change in &tuned.factors {
        assert!((change.proposed - change.current).abs() <= 3.0 + 1e-9, "{change:?}");
    }
    let flat: Vec<Sample> = market(11, 1_000, LEADING, None)
        .into_iter()
        .map(|sample| Sample { move_pct: 0.0, effective: [Some(0.0); 8], ..sample })
        .collect();
    assert_eq!(tune(&flat, &now, &anchor, &TuningConfig::default()).unwrap().proposed, now);
    let broken: Vec<Sample> =
        flat.into_iter().map(|sample| Sample { move_pct: f64::NAN, ..sample }).collect();
    assert!(tune(&broken, &now, &anchor, &TuningConfig::default()).is_err());
}

#[test]
fn bounds_are_checked() {
    assert_eq!(TuningConfig::default().validate(), Ok(()));
    let wrong = TuningConfig { max_change: 30.0, ..TuningConfig::default() };
    assert_eq!(wrong.validate().unwrap_err().field, "max_change");
    assert!(TuningConfig { min_outcomes: 5.0, ..TuningConfig::default() }.validate().is_err());
    assert!(TuningConfig { blocks: 1, ..TuningConfig::default() }.validate().is_err());
}
