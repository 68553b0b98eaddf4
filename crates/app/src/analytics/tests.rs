//! Figures by hand.

use domain::{HOUR_MS, UtcMs};
use store::{FirstTouch, JournaledCheck, JournaledSignal, OutcomeFilter, OutcomeVerdict};

use super::columns::Columns;
use super::figures::{
    Dimension, Figures, GroupFigures, HorizonFigures, Reliability, groups, horizons, reliability,
};

/// A finished check `hour` hours after the epoch.
fn check(hour: i64, horizon_h: i64, score: f64, gross: f64) -> JournaledCheck {
    let is_long = score >= 50.0;
    JournaledCheck {
        id: format!("{hour}-{horizon_h}"),
        number: 1,
        horizon_s: horizon_h * 3_600,
        result: match gross {
            gross if gross >= 1.0 => OutcomeVerdict::Win,
            gross if gross <= -1.0 => OutcomeVerdict::Loss,
            _ => OutcomeVerdict::Neutral,
        },
        rose: Some((gross > 0.0) == is_long),
        gross_pct: Some(gross),
        net_pct: Some(gross - 0.14),
        net_win: Some(gross > 0.14),
        first_touch: Some(if gross > 0.0 { FirstTouch::Target } else { FirstTouch::Stop }),
        best_pct: Some(gross.max(0.0)),
        worst_pct: Some(gross.min(0.0)),
        of: JournaledSignal {
            id: hour.to_string(),
            number: 1,
            timestamp: UtcMs(hour * HOUR_MS),
            symbol: "BTC".to_owned(),
            signal: if is_long { "LONG" } else { "SHORT" }.to_owned(),
            score,
            score_band: store::score_band(score).to_owned(),
            mode: Some("ultra".to_owned()),
            confidence: None,
            verdict: Some(if hour % 2 == 0 { "CONFIRM" } else { "SKIP" }.to_owned()),
            risk_mode: None,
            verdict_source: Some("rules".to_owned()),
            weights_id: Some("default-1".to_owned()),
            origin: "signal".to_owned(),
            factor_scores: Some(format!("oiTrend={score} fearGreed=50")),
        },
    }
}

fn columns(rows: &[JournaledCheck]) -> Columns {
    let mut columns = Columns::default();
    // In any order.
    for row in rows.iter().rev() {
        columns.add_check(row);
    }
    columns.settle();
    columns
}

fn all_horizons(rows: &[JournaledCheck]) -> Vec<HorizonFigures> {
    let columns = columns(rows);
    horizons(&columns.rows(&columns.select(&OutcomeFilter::default())))
}

fn grouped(rows: &[JournaledCheck], by: Dimension, most: usize) -> Vec<GroupFigures> {
    let columns = columns(rows);
    groups(&columns.rows(&columns.select(&OutcomeFilter::default())), &columns.names, by, most)
}

fn told(rows: &[JournaledCheck]) -> Vec<Reliability> {
    let columns = columns(rows);
    reliability(&columns.rows(&columns.select(&OutcomeFilter::default())), &columns.names)
}

#[test]
fn figures_by_hand() {
    let rows =
        [check(0, 1, 60.0, 2.0), check(1, 1, 60.0, -1.0), check(2, 1, 40.0, 0.5), check(3, 1, 60.0, 2.5)];
    let found: &Figures = &all_horizons(&rows)[0].figures;
    assert_eq!((found.count, found.wins, found.losses, found.neutral), (4, 2, 1, 1));
    assert_eq!((found.win_rate, found.net_win_rate), (Some(0.5), Some(0.75)));
    assert_eq!((found.effective_count, found.too_few), (4.0, true));
    assert_eq!((found.average_pnl_pct, found.median_pnl_pct), (Some(1.0), Some(1.25)));
    assert_eq!(found.expectancy_pct, Some(0.86));
    // (1.86 + 0.36 + 2.36) / 1.14.
    assert_eq!(found.profit_factor, Some(4.0175));
    assert_eq!((found.best_pnl_pct, found.worst_pnl_pct), (Some(2.5), Some(-1.0)));
    assert_eq!((found.target_first, found.stop_first), (3, 1));
    // Wilson for 2 of 4.
    let interval = found.win_rate_interval.unwrap();
    assert!((interval.low - 0.15).abs() < 1e-3 && (interval.high - 0.85).abs() < 1e-3, "{interval:?}");
    // Without any, nothing is made up.
    assert!(all_horizons(&[]).is_empty());
    let void = JournaledCheck { result: OutcomeVerdict::Void, ..check(0, 1, 60.0, 0.0) };
    assert!(all_horizons(&[void]).is_empty());
}

#[test]
fn what_is_not_known_is_not_counted_as_nothing() {
    let unpriced = JournaledCheck { net_pct: None, net_win: None, best_pct: None, ..check(9, 1, 60.0, 3.0) };
    let found = &all_horizons(&[check(0, 1, 60.0, 1.0), unpriced])[0].figures;
    assert_eq!((found.count, found.win_rate, found.net_win_rate), (2, Some(1.0), Some(1.0)));
    assert_eq!((found.expectancy_pct, found.average_best_excursion_pct), (Some(0.86), Some(1.0)));
    // One loss is needed for a ratio.
    assert_eq!(found.profit_factor, None);
}

#[test]
fn overlapping_outcomes_do_not_make_a_large_sample() {
    let rows: Vec<JournaledCheck> = (0..240).map(|hour| check(hour, 24, 60.0, 2.0)).collect();
    let found = &all_horizons(&rows)[0].figures;
    assert_eq!((found.count, found.too_few), (240, true));
    assert!(found.effective_count < 12.5, "{}", found.effective_count);
    assert!(found.win_rate_interval.unwrap().low < 0.80);
    let apart: Vec<JournaledCheck> = (0..240).map(|hour| check(hour, 1, 60.0, 2.0)).collect();
    assert!(!all_horizons(&apart)[0].figures.too_few);
}

#[test]
fn groups_keep_horizons_apart() {
    let rows = [check(0, 1, 60.0, 2.0), check(0, 4, 60.0, -2.0), check(1, 1, 60.0, 2.0)];
    let found = grouped(&rows, Dimension::Verdict, 24);
    let named: Vec<(&str, &str, u64, u64)> = found
        .iter()
        .map(|group| (group.key.as_str(), group.horizon.as_str(), group.figures.count, group.figures.wins))
        .collect();
    assert_eq!(named, [("CONFIRM", "1h", 1, 1), ("CONFIRM", "4h", 1, 0), ("SKIP", "1h", 1, 1)]);
    assert_eq!(grouped(&rows, Dimension::RiskMode, 24)[0].key, "unknown");
    assert_eq!(grouped(&rows, Dimension::Hour, 1).len(), 2);
}

#[test]
fn factors_are_grouped_by_how_they_stood_to_the_signal() {
    let rows = [check(0, 1, 60.0, 2.0), check(1, 1, 40.0, -2.0), check(2, 1, 50.0, 2.0)];
    let mut against = check(3, 1, 70.0, 2.0);
    against.of.factor_scores = Some("oiTrend=49.9".to_owned());
    let found = grouped(&[&rows[..], &[against]].concat(), Dimension::Factor, usize::MAX);
    let of = |key: &str| {
        found.iter().find(|group| group.key == key).map(|group| (group.figures.count, group.figures.wins))
    };
    // A SHORT at 40 agrees as much as a LONG at 60.
    assert_eq!((of("oiTrend agrees"), of("oiTrend neutral")), (Some((2, 1)), Some((1, 1))));
    assert_eq!((of("oiTrend conflicts"), of("oiTrend missing")), (Some((1, 1)), None));
    assert_eq!((of("fearGreed neutral"), of("fearGreed missing")), (Some((3, 2)), Some((1, 1))));
    assert_eq!(of("liquidations missing"), Some((4, 3)));
}

#[test]
fn filters_choose_rows() {
    let columns = columns(&(0..48).map(|hour| check(hour, 4, 60.0, 2.0)).collect::<Vec<_>>());
    let count =
        |filter: &OutcomeFilter| columns.rows(&columns.select(filter)).values().map(Vec::len).sum::<usize>();
    let at = |hour: i64| Some(UtcMs(hour * HOUR_MS));
    let any = OutcomeFilter::default();
    assert_eq!(count(&any), 48);
    // From inclusive, to exclusive.
    assert_eq!(count(&OutcomeFilter { from: at(10), to: at(20), ..any.clone() }), 10);
    assert_eq!(count(&OutcomeFilter { from: at(20), to: at(10), ..any.clone() }), 0);
    assert_eq!(count(&OutcomeFilter { horizon_s: Some(3_600), ..any.clone() }), 0);
    let skip = OutcomeFilter { verdict: Some("SKIP".to_owned()), ..any.clone() };
    assert_eq!(count(&OutcomeFilter { from: at(10), to: at(20), ..skip }), 5);
    assert_eq!(count(&OutcomeFilter { symbol: Some("ETH".to_owned()), ..any.clone() }), 0);
    // Instants that mean the same rows are one question.
    let from = |ms: i64| columns.select(&OutcomeFilter { from: Some(UtcMs(ms)), ..any.clone() });
    assert_eq!(from(10 * HOUR_MS - 5), from(10 * HOUR_MS));
    assert_ne!(from(10 * HOUR_MS), from(10 * HOUR_MS + 1));
}

#[test]
fn reliability_sets_the_score_against_what_came() {
    let rows =
        [check(0, 4, 80.0, 1.0), check(5, 4, 60.0, -1.0), check(10, 4, 40.0, 1.0), check(15, 4, 65.0, 2.0)];
    let found = told(&rows);
    let of = &found[0];
    // Up, down, down (a SHORT that gained), up: 0.2², 0.6², 0.4², 0.35².
    assert_eq!((of.count, of.base_rate, of.base_score), (4, 0.5, 0.25));
    assert!((of.brier_score - (0.04 + 0.36 + 0.16 + 0.1225) / 4.0).abs() < 1e-9);
    assert!((of.skill.unwrap() - (1.0 - of.brier_score / 0.25)).abs() < 1e-5);
    let bands: Vec<(&str, u64, f64)> =
        of.bands.iter().map(|band| (band.score_band.as_str(), band.count, band.realised)).collect();
    assert_eq!(bands, [("40-50", 1, 0.0), ("60-70", 2, 0.5), ("80-90", 1, 1.0)]);
}
