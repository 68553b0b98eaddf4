//! From factors to score, signal, confidence and report.

use domain::{Missing, Mode, Source, UtcMs};
use engine::report::next_close;
use engine::{
    Basis, Composite, Confidence, Decision, EngineConfig, Factor, FactorReading, FactorReport, PriceTrend,
    QualityLevel, Report, Signal, evaluate,
};

use crate::fixture::{AT, full};

/// A report of one factor with a given strength, confidence and freshness.
fn factor(factor: Factor, strength: f64, confidence: f64, freshness: f64) -> FactorReport {
    let reading = FactorReading {
        strength,
        confidence,
        freshness,
        basis: Basis::Absolute,
        source: Source::Binance,
        venue: None,
        as_of: AT,
        raw: Vec::new(),
        steps: Vec::new(),
        note: factor.as_str().to_owned(),
    };
    FactorReport::new(factor, Ok(reading), &EngineConfig::default())
}

fn missing(factor: Factor) -> FactorReport {
    FactorReport::new(factor, Err("no answer".to_owned()), &EngineConfig::default())
}

pub fn report(snapshot: &domain::MarketSnapshot, mode: Mode) -> Report {
    match evaluate(snapshot, mode, &EngineConfig::default(), None) {
        Decision::Signal(report) => *report,
        Decision::Insufficient(insufficient) => panic!("{insufficient:?}"),
    }
}

#[test]
fn the_composite_by_hand() {
    let factors = [
        factor(Factor::Liquidations, 0.8, 1.0, 0.5),
        factor(Factor::FundingRate, -0.5, 1.0, 1.0),
        factor(Factor::PriceMomentum, 0.6, 1.0, 1.0),
        factor(Factor::LongShortRatio, 0.0, 1.0, 1.0),
        factor(Factor::SmartMoney, 0.5, 0.5, 1.0),
        missing(Factor::OiTrend),
        missing(Factor::SocialSentiment),
        factor(Factor::FearGreed, 1.0, 1.0, 1.0),
    ];
    // 20×0.4 - 15×0.5 + 20×0.6 + 10×0.25 + 5×1 = 20, of 100.
    let composite = Composite::of(&factors);
    assert!((composite.strength - 0.2).abs() < 1e-12);
    assert_eq!((composite.score, composite.distance), (60.0, 10.0));
    assert!((composite.coverage - 0.85).abs() < 1e-12);
    assert_eq!(factors[0].score, Some(90.0));
    assert_eq!(factors[0].contribution, 4.0);
    assert_eq!(factors[1].contribution, -3.75);
    assert_eq!((factors[5].score, factors[5].contribution), (None, 0.0));

    let config = EngineConfig::default();
    assert_eq!(composite.signal(Mode::Conservative, &config), Signal::Neutral);
    assert_eq!(composite.signal(Mode::Aggressive, &config), Signal::Long);
    // Liquidations 20, momentum 20, smart money 10 and Fear & Greed 5 agree, of 85.
    let agreement = composite.agreement(Signal::Long, &factors, &config);
    assert!((agreement - 55.0 / 85.0).abs() < 1e-9);
    assert_eq!(composite.confidence(Signal::Long, agreement, &config), Confidence::Medium);
    assert_eq!(composite.confidence(Signal::Neutral, 1.0, &config), Confidence::Low);

    // Momentum 12, liquidations 8, funding -7.5: those on the signal's side first.
    let reasons = engine::score::reasons(Signal::Long, &factors);
    assert_eq!(reasons, ["priceMomentum", "liquidations", "fundingRate"]);
    let reasons = engine::score::reasons(Signal::Short, &factors);
    assert_eq!(reasons, ["fundingRate", "priceMomentum", "liquidations"]);
}

#[test]
fn the_threshold_itself_is_a_signal_on_both_sides() {
    let config = EngineConfig::default();
    for (mode, distance) in [(Mode::Conservative, 12.0), (Mode::Aggressive, 6.0), (Mode::Ultra, 3.0)] {
        for (direction, signal) in [(1.0, Signal::Long), (-1.0, Signal::Short)] {
            let at = |distance: f64| {
                let strength = direction * distance / 10.0;
                Composite::of(&[
                    factor(Factor::PriceMomentum, strength, 1.0, 1.0),
                    factor(Factor::Liquidations, 0.0, 1.0, 1.0),
                    factor(Factor::FundingRate, 0.0, 1.0, 1.0),
                    factor(Factor::LongShortRatio, strength / 1.5, 1.0, 1.0),
                    factor(Factor::SmartMoney, 0.0, 1.0, 1.0),
                    factor(Factor::OiTrend, 0.0, 1.0, 1.0),
                    factor(Factor::SocialSentiment, 0.0, 1.0, 1.0),
                    factor(Factor::FearGreed, 0.0, 1.0, 1.0),
                ])
            };
            // Momentum gives 10 points at full strength, the ratio 5.
            let composite = at(distance * 10.0 / 15.0);
            assert!((composite.distance - distance).abs() < 1e-9, "{composite:?}");
            assert_eq!(composite.signal(mode, &config), signal);
            assert_eq!(at((distance - 0.2) * 10.0 / 15.0).signal(mode, &config), Signal::Neutral);
        }
    }
}

#[test]
fn quality_levels() {
    let config = EngineConfig::default();
    for (coverage, level) in [
        (1.0, QualityLevel::Excellent),
        (0.9, QualityLevel::Excellent),
        (0.89, QualityLevel::Good),
        (0.75, QualityLevel::Good),
        (0.5, QualityLevel::Fair),
        (0.49, QualityLevel::Poor),
    ] {
        assert_eq!(QualityLevel::of(coverage, &config), level);
    }
}

#[test]
fn a_full_snapshot_gives_a_full_report() {
    let report = report(&full(), Mode::Ultra);
    assert_eq!(report.factors.len(), 8);
    assert!(report.factors.iter().all(|factor| factor.reading().is_some()));
    assert_eq!((report.data_quality.coverage, report.data_quality.level), (1.0, QualityLevel::Excellent));
    assert!(report.data_quality.missing.is_empty());
    assert_eq!(report.data_quality.oldest_s, Some(0));
    assert_eq!(report.reasons.len(), 3);
    assert_eq!(report.candle_closed_at, Some(AT));
    assert_eq!(report.expires_at, AT.plus_ms(4 * 3_600_000));
    assert_eq!(report.metrics.social_score, Some(61.0));
    assert!(report.metrics.funding_rate.is_some() && report.metrics.open_interest_usd.is_some());
    assert!(matches!(
        report.metrics.price_trend,
        Some(PriceTrend::Bullish | PriceTrend::Bearish | PriceTrend::Neutral)
    ));
    assert_eq!(
        report.attribution,
        ["Social data by LunarCrush", "Crypto Fear & Greed Index by alternative.me"]
    );
    assert_eq!((report.engine_version, report.weights_id.as_str()), ("1", "default-1"));
    let points: f64 = report.factors.iter().map(|factor| factor.contribution).sum();
    assert!((50.0 + points - report.score).abs() < 0.051, "{points} {}", report.score);
}

#[test]
fn missing_inputs_lower_coverage_and_are_named() {
    let mut snapshot = full();
    snapshot.social = Err(Missing::because("no LUNARCRUSH_API_KEY"));
    snapshot.liquidations = Err(Missing::because("no source is configured"));
    let report = report(&snapshot, Mode::Ultra);
    assert_eq!((report.data_quality.coverage, report.data_quality.level), (0.75, QualityLevel::Good));
    let missing: Vec<(&str, &str)> =
        report.data_quality.missing.iter().map(|m| (m.input, m.reason.as_str())).collect();
    assert_eq!(
        missing,
        [("liquidations", "no source is configured"), ("socialSentiment", "no LUNARCRUSH_API_KEY")]
    );
    assert_eq!(report.metrics.social_score, None);
}

#[test]
fn below_the_floor_there_is_no_signal() {
    let mut snapshot = full();
    snapshot.liquidations = Err(Missing::because("a"));
    snapshot.account_ratio = Err(Missing::because("b"));
    snapshot.funding = Err(Missing::because("c"));
    // 100 - 20 - 15 - 15 = 50: the floor itself is enough.
    assert!(matches!(evaluate(&snapshot, Mode::Ultra, &EngineConfig::default(), None), Decision::Signal(_)));
    snapshot.fear_greed = Err(Missing::because("d"));
    let Decision::Insufficient(insufficient) =
        evaluate(&snapshot, Mode::Ultra, &EngineConfig::default(), None)
    else {
        panic!("a signal with 45 % of the inputs");
    };
    assert!((insufficient.coverage - 0.45).abs() < 1e-12);
    assert_eq!(insufficient.missing.len(), 4);
}

#[test]
fn without_a_price_there_is_no_signal() {
    let mut snapshot = full();
    snapshot.price = Err(Missing::because("every venue failed"));
    let Decision::Insufficient(insufficient) =
        evaluate(&snapshot, Mode::Ultra, &EngineConfig::default(), None)
    else {
        panic!("a signal without a price");
    };
    assert_eq!(insufficient.missing.len(), 1);
    assert_eq!(
        (insufficient.missing[0].input, insufficient.missing[0].reason.as_str()),
        ("price", "every venue failed")
    );
}

#[test]
fn a_price_of_another_unit_is_refused() {
    let mut snapshot = full();
    snapshot.price.as_mut().unwrap().value /= 1_000.0;
    let Decision::Insufficient(insufficient) =
        evaluate(&snapshot, Mode::Ultra, &EngineConfig::default(), None)
    else {
        panic!("a signal at a thousandth of the price");
    };
    assert!(insufficient.missing[0].reason.contains("another unit"));
}

#[test]
fn another_judges_verdict_brings_its_own_stop() {
    let config = EngineConfig::default();
    let snapshot = full();
    let by_rules = report(&snapshot, Mode::Ultra);
    let careful = engine::Verdict {
        verdict: engine::VerdictKind::Downsize,
        risk_mode: engine::RiskMode::Reduced,
        risk_multiplier: 0.4,
        ..by_rules.verdict.clone()
    };
    let report = by_rules.clone().with_verdict(careful, &snapshot.instrument, &config);
    assert_eq!((report.signal, report.score), (by_rules.signal, by_rules.score));
    assert!(report.verdict.risk_multiplier <= by_rules.verdict.risk_multiplier.min(0.4));
    if report.signal != Signal::Neutral {
        let state = report.volatility_state.as_ref().unwrap();
        let distance = (report.price - report.volatility.stop_loss_price.unwrap()).abs();
        let wanted = config.plan.stop_atr.of(report.verdict.risk_mode) * state.atr;
        assert!((distance - wanted).abs() <= 0.0101, "{distance} {wanted}");
    }
}

#[test]
fn a_signal_expires_with_the_candle_that_is_open() {
    let at = |text: &str| text.parse::<UtcMs>().unwrap();
    assert_eq!(next_close(at("2026-11-20T12:00:07Z")), at("2026-11-20T16:00:00Z"));
    assert_eq!(next_close(at("2026-11-20T12:00:00Z")), at("2026-11-20T16:00:00Z"));
    assert_eq!(next_close(at("2026-11-20T23:59:59Z")), at("2026-11-21T00:00:00Z"));
}
