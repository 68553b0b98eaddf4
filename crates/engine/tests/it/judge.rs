//! The rule judge by its table, and what it lets others do.

use analysis::volatility::VolatilityClass;
use engine::judge::judge;
use engine::{
    Cascade, Case, EngineConfig, Evidence, RiskMode, Signal, StructureContext, Verdict, VerdictKind, clamp,
    limits,
};

fn case(distance: f64) -> Case {
    Case {
        signal: Signal::Long,
        score: 50.0 + distance,
        distance,
        coverage: 1.0,
        threshold: 6.0,
        volatility: Some(VolatilityClass::Normal),
        evidence: Evidence::default(),
        structure: None,
    }
}

fn verdict(case: &Case) -> Verdict {
    judge(case, &EngineConfig::default())
}

fn outcome(case: &Case) -> (VerdictKind, RiskMode, f64) {
    let verdict = verdict(case);
    (verdict.verdict, verdict.risk_mode, verdict.risk_multiplier)
}

fn with(distance: f64, evidence: Evidence) -> Case {
    Case { evidence, ..case(distance) }
}

/// The same case for the other side.
fn mirrored(case: &Case) -> Case {
    let evidence = case.evidence;
    let turn = |value: Option<f64>| value.map(|value| -value);
    Case {
        signal: Signal::Short,
        score: 100.0 - case.score,
        evidence: Evidence {
            funding_rank: turn(evidence.funding_rank),
            account_rank: turn(evidence.account_rank),
            fear_greed_rank: turn(evidence.fear_greed_rank),
            smart_money: turn(evidence.smart_money),
            oi_trend: turn(evidence.oi_trend),
            oi_change_24h_pct: evidence.oi_change_24h_pct,
            cascade: evidence.cascade.map(|cascade| match cascade {
                Cascade::Down => Cascade::Up,
                Cascade::Up => Cascade::Down,
            }),
        },
        structure: case.structure.map(|structure| StructureContext {
            trend_4h: structure.trend_4h.map(|trend| -trend),
            trend_1d: structure.trend_1d.map(|trend| -trend),
            swing_low: None,
            swing_high: None,
        }),
        ..*case
    }
}

#[test]
fn each_point_of_the_table_counts_on_both_sides() {
    let none = Evidence::default();
    let structure = |trend_4h, trend_1d| {
        let structure = Some(StructureContext { trend_4h, trend_1d, ..StructureContext::default() });
        Case { structure, ..case(15.0) }
    };
    let cases = [
        (with(15.0, none), 0),
        (with(15.0, Evidence { funding_rank: Some(0.8), ..none }), 0),
        (with(15.0, Evidence { funding_rank: Some(0.81), ..none }), 1),
        (with(15.0, Evidence { funding_rank: Some(0.97), ..none }), 2),
        (with(15.0, Evidence { funding_rank: Some(-0.97), ..none }), 0),
        (with(15.0, Evidence { account_rank: Some(0.91), ..none }), 1),
        (with(15.0, Evidence { smart_money: Some(-0.31), ..none }), 1),
        (with(15.0, Evidence { smart_money: Some(-0.3), ..none }), 0),
        (with(15.0, Evidence { oi_change_24h_pct: Some(-5.1), ..none }), 1),
        (with(15.0, Evidence { fear_greed_rank: Some(0.91), ..none }), 1),
        (with(15.0, Evidence { cascade: Some(Cascade::Down), ..none }), 2),
        (with(15.0, Evidence { cascade: Some(Cascade::Up), ..none }), 0),
        (Case { coverage: 0.69, ..case(15.0) }, 1),
        (Case { coverage: 0.59, ..case(15.0) }, 2),
        (Case { volatility: Some(VolatilityClass::High), ..case(15.0) }, 1),
        (Case { volatility: Some(VolatilityClass::VeryHigh), ..case(15.0) }, 2),
        (Case { volatility: None, ..case(15.0) }, 0),
        (structure(Some(-1), None), 1),
        (structure(Some(-1), Some(-1)), 2),
        (structure(Some(1), Some(0)), 0),
    ];
    for (case, points) in cases {
        let long = verdict(&case);
        assert_eq!(long.total_points(), points, "{case:?}");
        assert_eq!(long.conflicts.len(), long.objections.len());
        let short = verdict(&mirrored(&case));
        assert_eq!(short.total_points(), points, "{case:?}");
        assert_eq!(
            (short.verdict, short.risk_mode, short.risk_multiplier, short.confidence),
            (long.verdict, long.risk_mode, long.risk_multiplier, long.confidence)
        );
    }
}

/// A case with so many points: one each from six sources.
fn points(distance: f64, count: usize) -> Case {
    let on = |at: usize, value: f64| (count > at).then_some(value);
    with(
        distance,
        Evidence {
            account_rank: on(0, 0.95),
            smart_money: on(1, -0.5),
            oi_change_24h_pct: on(2, -9.0),
            fear_greed_rank: on(3, 0.95),
            funding_rank: on(4, 0.9),
            ..Evidence::default()
        },
    )
}

#[test]
fn verdicts_by_the_table() {
    use RiskMode::{Aggressive, Avoid, Normal, Reduced};
    use VerdictKind::{Confirm, Downsize, Skip, Wait};
    assert_eq!(outcome(&points(30.0, 5)), (Skip, Avoid, 0.0));
    let wild = |distance| Case { volatility: Some(VolatilityClass::VeryHigh), ..case(distance) };
    assert_eq!(outcome(&wild(11.9)), (Skip, Avoid, 0.0));
    assert_eq!(outcome(&wild(12.0)), (Downsize, Normal, 0.75));
    assert_eq!(outcome(&points(30.0, 4)), (Downsize, Reduced, 0.5));
    assert_eq!(outcome(&points(30.0, 3)), (Downsize, Reduced, 0.5));
    assert_eq!(outcome(&points(7.9, 0)), (Downsize, Reduced, 0.5));
    assert_eq!(outcome(&points(7.9, 1)), (Wait, Reduced, 0.0));
    assert_eq!(outcome(&points(8.0, 0)), (Confirm, Normal, 1.0));
    assert_eq!(outcome(&points(8.0, 1)), (Confirm, Normal, 1.0));
    assert_eq!(outcome(&points(30.0, 2)), (Downsize, Normal, 0.75));
    assert_eq!(outcome(&points(20.0, 0)), (Confirm, Aggressive, 1.5));
    assert_eq!(outcome(&points(19.9, 0)), (Confirm, Normal, 1.0));
    assert_eq!(outcome(&Case { coverage: 0.89, ..case(25.0) }), (Confirm, Normal, 1.0));
    let neutral = Case { signal: Signal::Neutral, ..points(3.0, 5) };
    assert_eq!(outcome(&neutral).0, Wait);
    assert_eq!(outcome(&neutral).2, 0.0);
}

#[test]
fn confidence_rises_with_conviction_and_falls_with_points() {
    // 60 × 15/25 + 40 = 76, minus 10 for each point.
    assert_eq!(verdict(&points(15.0, 0)).confidence, 76);
    assert_eq!(verdict(&points(15.0, 2)).confidence, 56);
    assert_eq!(verdict(&points(30.0, 0)).confidence, 100);
    assert_eq!(verdict(&points(3.0, 5)).confidence, 0);
}

#[test]
fn agreements_are_told() {
    let evidence = Evidence {
        funding_rank: Some(-0.9),
        smart_money: Some(0.6),
        oi_trend: Some(0.4),
        oi_change_24h_pct: Some(3.0),
        ..Evidence::default()
    };
    let verdict = verdict(&with(15.0, evidence));
    assert_eq!(verdict.agreements.len(), 4, "{:?}", verdict.agreements);
    assert!(verdict.conflicts.is_empty());
    assert!(verdict.summary.contains("nothing speaks against it"), "{}", verdict.summary);
}

#[test]
fn no_other_judge_exceeds_the_rules() {
    let config = EngineConfig::default();
    let model = |verdict, risk_mode, risk_multiplier| Verdict {
        verdict,
        risk_mode,
        risk_multiplier,
        confidence: 99,
        summary: "mine".to_owned(),
        agreements: vec!["a".to_owned()],
        conflicts: vec![],
        objections: vec![],
    };
    for rules in
        [points(30.0, 5), points(7.9, 1), points(7.9, 0), points(15.0, 2), points(15.0, 0), points(25.0, 0)]
    {
        let rules = verdict(&rules);
        let bounds = limits(&rules);
        for kind in VerdictKind::ALL {
            for mode in RiskMode::ALL {
                for multiplier in [-1.0, 0.0, 0.3, 0.75, 1.0, 1.5, 9.0, f64::NAN, f64::INFINITY] {
                    let out = clamp(model(kind, mode, multiplier), &rules, &config);
                    assert!(out.risk_multiplier <= bounds.max_multiplier && out.risk_multiplier >= 0.0);
                    assert!(out.risk_mode <= bounds.max_risk_mode);
                    let taken = matches!(out.verdict, VerdictKind::Confirm | VerdictKind::Downsize);
                    assert_eq!(taken, out.risk_multiplier > 0.0, "{out:?}");
                    assert_eq!(out.verdict == VerdictKind::Skip, out.risk_mode == RiskMode::Avoid, "{out:?}");
                    if out.verdict == VerdictKind::Downsize {
                        assert!(out.risk_multiplier < 1.0);
                    }
                    if out.verdict == VerdictKind::Confirm {
                        assert!(out.risk_multiplier >= 1.0 && out.risk_mode >= RiskMode::Normal, "{out:?}");
                    }
                    assert_eq!(out.objections, rules.objections);
                    assert_eq!(out.summary, "mine");
                    assert_eq!(clamp(out.clone(), &rules, &config), out);
                }
            }
        }
        // What the rules themselves say is within their limits.
        let same = clamp(rules.clone(), &rules, &config);
        assert_eq!(
            (same.verdict, same.risk_mode, same.risk_multiplier),
            (rules.verdict, rules.risk_mode, rules.risk_multiplier)
        );
    }
}
