//! What holds for any input.

use domain::{Candle, Funding, MarketSnapshot, Missing, Mode, OpenInterest, Point, Series, UtcMs};
use engine::{Composite, Decision, EngineConfig, Factor, FactorReport, Shared, Signal, evaluate};
use proptest::prelude::*;

use crate::fixture::{AT, full, waves};

/// A full snapshot whose newest values and shapes vary.
fn varied() -> impl Strategy<Value = MarketSnapshot> {
    (
        0.0..6.3_f64,
        (-0.6..1.2_f64, 0.3..3.0_f64, 0.3..3.0_f64),
        (0.0..1e7_f64, 0.0..1e7_f64),
        (0.0..100.0_f64, 0.0..100.0_f64),
        0.9..1.1_f64,
    )
        .prop_map(|(phase, (annual, accounts, positions), (long, short), (mood, index), coins)| {
            let mut snapshot = full();
            let mut price = 100.0;
            let closes: Vec<f64> = waves(400, phase, |w| 0.012 * w)
                .into_iter()
                .map(|step| {
                    price *= 1.0 + step;
                    price
                })
                .collect();
            snapshot.candles_4h.as_mut().unwrap().value = crate::fixture::candles(&closes);
            snapshot.price.as_mut().unwrap().value = price;
            snapshot.funding.as_mut().unwrap().value.current.rate = annual * 8.0 / 8_760.0;
            let set = |series: &mut Series, value: f64| series.points.last_mut().unwrap().value = value;
            set(&mut snapshot.account_ratio.as_mut().unwrap().value, accounts);
            let top = &mut snapshot.top_positions.as_mut().unwrap().value;
            set(&mut top.accounts, accounts);
            set(&mut top.positions, positions);
            let bar = snapshot.liquidations.as_mut().unwrap().value.bars.last_mut().unwrap();
            (bar.long_usd, bar.short_usd) = (long, short);
            set(snapshot.social.as_mut().unwrap().value.sentiment.as_mut().unwrap(), mood);
            set(&mut snapshot.fear_greed.as_mut().unwrap().value, index);
            let newest = snapshot.open_interest.as_mut().unwrap().value.points.last_mut().unwrap();
            newest.coins *= coins;
            newest.usd *= coins;
            snapshot
        })
}

fn read_all(snapshot: &MarketSnapshot) -> Vec<FactorReport> {
    let config = EngineConfig::default();
    let shared = Shared::of(snapshot, &config);
    Factor::ALL
        .into_iter()
        .map(|factor| {
            FactorReport::new(factor, engine::factors::read(factor, snapshot, &config, &shared), &config)
        })
        .collect()
}

fn strength(snapshot: &MarketSnapshot, factor: Factor) -> f64 {
    let config = EngineConfig::default();
    engine::factors::read(factor, snapshot, &config, &Shared::of(snapshot, &config)).unwrap().strength
}

fn turn(series: &mut Series, value: impl Fn(f64) -> f64) {
    for point in &mut series.points {
        point.value = value(point.value);
    }
}

/// The mirror image: prices and ratios inverted, long and short exchanged, sentiment reflected.
fn mirrored(mut snapshot: MarketSnapshot) -> MarketSnapshot {
    let invert = |price: f64| 1e4 / price;
    let price = &mut snapshot.price.as_mut().unwrap().value;
    *price = invert(*price);
    for bar in &mut snapshot.candles_4h.as_mut().unwrap().value {
        *bar = Candle {
            open: invert(bar.open),
            high: invert(bar.low),
            low: invert(bar.high),
            close: invert(bar.close),
            ..*bar
        };
    }
    let funding = &mut snapshot.funding.as_mut().unwrap().value;
    funding.current.rate = -funding.current.rate;
    turn(&mut funding.annualised, |annual| -annual);
    for point in &mut snapshot.open_interest.as_mut().unwrap().value.points {
        point.usd = point.coins * invert(point.usd / point.coins);
    }
    turn(&mut snapshot.account_ratio.as_mut().unwrap().value, |ratio| 1.0 / ratio);
    let top = &mut snapshot.top_positions.as_mut().unwrap().value;
    turn(&mut top.positions, |ratio| 1.0 / ratio);
    turn(&mut top.accounts, |ratio| 1.0 / ratio);
    turn(top.taker.as_mut().unwrap(), |ratio| 1.0 / ratio);
    for bar in &mut snapshot.liquidations.as_mut().unwrap().value.bars {
        (bar.long_usd, bar.short_usd) = (bar.short_usd, bar.long_usd);
    }
    turn(snapshot.social.as_mut().unwrap().value.sentiment.as_mut().unwrap(), |value| 100.0 - value);
    turn(&mut snapshot.fear_greed.as_mut().unwrap().value, |value| 100.0 - value);
    snapshot
}

/// Takes away the inputs whose bit is set.
fn without(mut snapshot: MarketSnapshot, bits: u16) -> MarketSnapshot {
    fn gone<T>(bits: u16, at: u16, slot: &mut domain::Reading<T>) {
        if bits & (1 << at) != 0 {
            *slot = Err(Missing::because("taken away"));
        }
    }
    gone(bits, 0, &mut snapshot.candles_4h);
    gone(bits, 1, &mut snapshot.funding);
    gone(bits, 2, &mut snapshot.open_interest);
    gone(bits, 3, &mut snapshot.account_ratio);
    gone(bits, 4, &mut snapshot.top_positions);
    gone(bits, 5, &mut snapshot.liquidations);
    gone(bits, 6, &mut snapshot.social);
    gone(bits, 7, &mut snapshot.fear_greed);
    gone(bits, 8, &mut snapshot.price);
    snapshot
}

fn assert_finite(decision: &Decision) -> Result<(), TestCaseError> {
    let factors = match decision {
        Decision::Signal(report) => {
            prop_assert!((0.0..=100.0).contains(&report.score));
            prop_assert!((0.0..=1.0).contains(&report.agreement));
            prop_assert!((0.0..=1.5).contains(&report.verdict.risk_multiplier));
            prop_assert!(report.price.is_finite() && report.price > 0.0);
            let plan = &report.volatility;
            for value in [
                plan.recommended_position_multiplier,
                plan.stop_loss_price,
                plan.stop_loss_distance_pct,
                plan.take_profit_price,
                plan.take_profit_distance_pct,
                plan.risk_reward_ratio,
                plan.atr_value,
                plan.atr_percentage,
                plan.normal_atr_percentage,
                report.metrics.funding_rate,
                report.metrics.open_interest_usd,
                report.metrics.social_score,
            ] {
                prop_assert!(value.is_none_or(f64::is_finite));
            }
            prop_assert_eq!(report.signal == Signal::Neutral, report.distance_below_threshold());
            &report.factors
        }
        Decision::Insufficient(insufficient) => {
            prop_assert!(!insufficient.missing.is_empty());
            &insufficient.factors
        }
    };
    for reading in factors.iter().filter_map(FactorReport::reading) {
        prop_assert!((-1.0..=1.0).contains(&reading.strength));
        prop_assert!((0.0..=1.0).contains(&reading.confidence) && (0.0..=1.0).contains(&reading.freshness));
        prop_assert!(reading.raw.iter().chain(&reading.steps).all(|(_, value)| value.is_finite()));
        prop_assert!(!reading.note.contains("NaN") && !reading.note.contains("inf "));
    }
    Ok(())
}

trait Below {
    fn distance_below_threshold(&self) -> bool;
}

impl Below for engine::Report {
    fn distance_below_threshold(&self) -> bool {
        self.composite.distance < EngineConfig::default().thresholds.of(self.mode)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn mirrored_inputs_give_mirrored_scores(snapshot in varied()) {
        let (one, other) = (read_all(&snapshot), read_all(&mirrored(snapshot)));
        for (one, other) in one.iter().zip(&other) {
            let (a, b) = (one.reading().unwrap().strength, other.reading().unwrap().strength);
            prop_assert!((a + b).abs() < 1e-6, "{}: {a} and {b}", one.factor);
        }
        let (one, other) = (Composite::of(&one), Composite::of(&other));
        prop_assert!((one.strength + other.strength).abs() < 1e-6);
        prop_assert!((one.score + other.score - 100.0).abs() < 0.1001);
    }

    #[test]
    fn removing_an_input_never_raises_coverage(snapshot in varied(), bits in 0_u16..256, more in 0_u16..256) {
        let coverage = |bits| Composite::of(&read_all(&without(snapshot.clone(), bits))).coverage;
        prop_assert!(coverage(bits | more) <= coverage(bits) + 1e-12);
    }

    #[test]
    fn the_order_of_history_does_not_matter(snapshot in varied()) {
        let mut shuffled = snapshot.clone();
        shuffled.account_ratio.as_mut().unwrap().value.points.reverse();
        shuffled.funding.as_mut().unwrap().value.annualised.points.reverse();
        shuffled.fear_greed.as_mut().unwrap().value.points.reverse();
        shuffled.open_interest.as_mut().unwrap().value.points.reverse();
        shuffled.liquidations.as_mut().unwrap().value.bars.reverse();
        shuffled.candles_4h.as_mut().unwrap().value.reverse();
        shuffled.top_positions.as_mut().unwrap().value.positions.points.reverse();
        prop_assert_eq!(read_all(&snapshot), read_all(&shuffled));

        // Exchanging values among the instants before the newest changes no rank.
        let mut exchanged = snapshot.clone();
        let points = &mut exchanged.account_ratio.as_mut().unwrap().value.points;
        let values: Vec<f64> = points.iter().rev().skip(1).map(|point| point.value).collect();
        for (point, value) in points.iter_mut().zip(values) {
            point.value = value;
        }
        prop_assert_eq!(strength(&snapshot, Factor::LongShortRatio), strength(&exchanged, Factor::LongShortRatio));
    }

    #[test]
    fn contrarian_factors_never_rise_with_what_they_oppose(snapshot in varied(), low in 0.0..1.0_f64, high in 0.0..1.0_f64) {
        let (low, high) = (low.min(high), low.max(high));
        let with = |change: &dyn Fn(&mut MarketSnapshot)| {
            let mut snapshot = snapshot.clone();
            change(&mut snapshot);
            snapshot
        };
        let funding = |annual: f64| with(&|s| {
            s.funding.as_mut().unwrap().value.current.rate = (annual - 0.4) * 8.0 / 8_760.0;
        });
        prop_assert!(strength(&funding(high), Factor::FundingRate) <= strength(&funding(low), Factor::FundingRate));
        let index = |value: f64| with(&|s| {
            s.fear_greed.as_mut().unwrap().value.points.last_mut().unwrap().value = 100.0 * value;
        });
        prop_assert!(strength(&index(high), Factor::FearGreed) <= strength(&index(low), Factor::FearGreed));
        let positions = |ratio: f64| with(&|s| {
            s.top_positions.as_mut().unwrap().value.positions.points.last_mut().unwrap().value = 0.5 + 2.0 * ratio;
        });
        prop_assert!(strength(&positions(high), Factor::SmartMoney) >= strength(&positions(low), Factor::SmartMoney));
        let mood = |value: f64| with(&|s| {
            let sentiment = s.social.as_mut().unwrap().value.sentiment.as_mut().unwrap();
            sentiment.points.last_mut().unwrap().value = 100.0 * value;
        });
        prop_assert!(strength(&mood(high), Factor::SocialSentiment) >= strength(&mood(low), Factor::SocialSentiment));
    }

    #[test]
    fn whatever_comes_in_nothing_but_numbers_goes_out(
        values in prop::collection::vec(any::<f64>(), 60..120),
        times in prop::collection::vec(any::<i64>(), 4),
        bits in 0_u16..512,
        more in 0_u16..512,
        mode in prop::sample::select(Mode::ALL.to_vec()),
        everywhere in any::<bool>(),
    ) {
        let mut snapshot = full();
        let mut next = values.iter().copied().cycle();
        let mut value = || next.next().unwrap();
        let mut scatter = |series: &mut Series| {
            let step = if everywhere { 1 } else { 7 };
            for point in series.points.iter_mut().step_by(step) {
                point.value = value();
            }
            series.points.push(Point { at: UtcMs(times[0]), value: value() });
        };
        scatter(&mut snapshot.account_ratio.as_mut().unwrap().value);
        scatter(&mut snapshot.fear_greed.as_mut().unwrap().value);
        scatter(&mut snapshot.funding.as_mut().unwrap().value.annualised);
        scatter(&mut snapshot.top_positions.as_mut().unwrap().value.positions);
        scatter(snapshot.top_positions.as_mut().unwrap().value.taker.as_mut().unwrap());
        scatter(snapshot.social.as_mut().unwrap().value.sentiment.as_mut().unwrap());
        scatter(snapshot.social.as_mut().unwrap().value.activity.as_mut().unwrap());
        scatter(&mut snapshot.liquidations.as_mut().unwrap().value.open_interest_usd);
        snapshot.funding.as_mut().unwrap().value.current =
            Funding { rate: value(), interval_h: value(), running: true, at: AT, next_at: None };
        for bar in snapshot.liquidations.as_mut().unwrap().value.bars.iter_mut().step_by(5) {
            bar.long_usd = value().abs();
        }
        for point in snapshot.open_interest.as_mut().unwrap().value.points.iter_mut().step_by(3) {
            *point = OpenInterest { at: point.at, coins: value().abs(), usd: value() };
        }
        for bar in snapshot.candles_4h.as_mut().unwrap().value.iter_mut().step_by(3) {
            let price = value().abs();
            *bar = Candle { open: price, high: price, low: price, close: price, ..*bar };
        }
        snapshot.candles_4h.as_mut().unwrap().value.push(Candle {
            open_time: UtcMs(times[1]), open: 1.0, high: 1.0, low: 1.0, close: 1.0, volume: 1.0,
            quote_volume: None, taker_buy_volume: None,
        });
        if more % 2 == 0 {
            snapshot.price.as_mut().unwrap().value = value().abs();
        }
        snapshot.social.as_mut().unwrap().value.galaxy_score = Some(value());
        if times[2] % 4 == 0 {
            snapshot.at = UtcMs(times[3]);
        }
        let snapshot = without(snapshot, bits & more);
        assert_finite(&evaluate(&snapshot, mode, &EngineConfig::default(), None))?;
    }
}
