//! Figures, lists and pages over finished checks.

use app::analytics::figures::{Dimension, figures, groups, horizons, reliability};
use app::analytics::rows::PageRequest;
use app::analytics::{OutcomeFilter, SignalFilter};
use domain::{HOUR_MS, UtcMs};
use store::{EvaluatedOutcome, FirstTouch, OutcomeResult, OutcomeVerdict};

use crate::support::{Place, stored, utc};

/// A finished check `hour` hours after the epoch.
fn check(hour: i64, horizon_h: i64, score: f64, gross: f64) -> EvaluatedOutcome {
    let signal = if score >= 50.0 { "LONG" } else { "SHORT" };
    let move_pct = if signal == "LONG" { gross } else { -gross };
    EvaluatedOutcome {
        id: format!("{hour}-{horizon_h}"),
        signal_id: hour.to_string(),
        horizon_s: horizon_h * 3_600,
        due_at: UtcMs((hour + horizon_h) * HOUR_MS),
        evaluated_at: None,
        outcome: OutcomeResult {
            result: match gross {
                gross if gross >= 1.0 => OutcomeVerdict::Win,
                gross if gross <= -1.0 => OutcomeVerdict::Loss,
                _ => OutcomeVerdict::Neutral,
            },
            entry_price: Some(100.0),
            exit_price: Some(100.0 + move_pct),
            interval: Some("1m".to_owned()),
            venue: Some("binance".to_owned()),
            gross_pct: Some(gross),
            net_pct: Some(gross - 0.14),
            net_win: Some(gross > 0.14),
            first_touch: Some(if gross > 0.0 { FirstTouch::Target } else { FirstTouch::Stop }),
            best_pct: Some(gross.max(0.0)),
            worst_pct: Some(gross.min(0.0)),
            reason: None,
        },
        symbol: "BTC".to_owned(),
        signal: signal.to_owned(),
        score,
        score_band: store::score_band(score).to_owned(),
        timestamp: UtcMs(hour * HOUR_MS),
        mode: Some("ultra".to_owned()),
        confidence: None,
        verdict: Some(if hour % 2 == 0 { "CONFIRM" } else { "SKIP" }.to_owned()),
        risk_mode: None,
        verdict_source: Some("rules".to_owned()),
        weights_id: Some("default-1".to_owned()),
        origin: "signal".to_owned(),
    }
}

#[test]
fn figures_by_hand() {
    let rows =
        [check(0, 1, 60.0, 2.0), check(1, 1, 60.0, -1.0), check(2, 1, 40.0, 0.5), check(3, 1, 60.0, 2.5)];
    let all: Vec<&EvaluatedOutcome> = rows.iter().collect();
    let found = figures(&all);
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
    let none = figures(&[]);
    assert_eq!((none.count, none.win_rate, none.expectancy_pct, none.too_few), (0, None, None, true));
}

#[test]
fn overlapping_outcomes_do_not_make_a_large_sample() {
    let rows: Vec<EvaluatedOutcome> = (0..240).map(|hour| check(hour, 24, 60.0, 2.0)).collect();
    let found = &horizons(&rows)[0].figures;
    assert_eq!((found.count, found.too_few), (240, true));
    assert!(found.effective_count < 12.5, "{}", found.effective_count);
    assert!(found.win_rate_interval.unwrap().low < 0.80);
    let apart: Vec<EvaluatedOutcome> = (0..240).map(|hour| check(hour, 1, 60.0, 2.0)).collect();
    assert!(!horizons(&apart)[0].figures.too_few);
}

#[test]
fn groups_keep_horizons_apart() {
    let rows = [check(0, 1, 60.0, 2.0), check(0, 4, 60.0, -2.0), check(1, 1, 60.0, 2.0)];
    let found = groups(&rows, Dimension::Verdict, 24);
    let named: Vec<(&str, &str, u64, u64)> = found
        .iter()
        .map(|group| (group.key.as_str(), group.horizon.as_str(), group.figures.count, group.figures.wins))
        .collect();
    assert_eq!(named, [("CONFIRM", "1h", 1, 1), ("CONFIRM", "4h", 1, 0), ("SKIP", "1h", 1, 1)]);
    assert_eq!(groups(&rows, Dimension::RiskMode, 24)[0].key, "unknown");
    assert_eq!(groups(&rows, Dimension::Hour, 1).len(), 2);
}

#[test]
fn reliability_sets_the_score_against_what_came() {
    let rows =
        [check(0, 4, 80.0, 1.0), check(5, 4, 60.0, -1.0), check(10, 4, 40.0, 1.0), check(15, 4, 65.0, 2.0)];
    let found = reliability(&rows);
    let of = &found[0];
    // Up, down, down (a SHORT that gained), up: 0.2², 0.6², 0.4², 0.35².
    assert_eq!((of.count, of.base_rate, of.base_score), (4, 0.5, 0.25));
    assert!((of.brier_score - (0.04 + 0.36 + 0.16 + 0.1225) / 4.0).abs() < 1e-9);
    assert!((of.skill.unwrap() - (1.0 - of.brier_score / 0.25)).abs() < 1e-5);
    let bands: Vec<(&str, u64, f64)> =
        of.bands.iter().map(|band| (band.score_band.as_str(), band.count, band.realised)).collect();
    assert_eq!(bands, [("40-50", 1, 0.0), ("60-70", 2, 0.5), ("80-90", 1, 1.0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_signals_come_by_pages_with_what_became_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let at = utc("2026-11-20T12:00:00Z");
    let place = Place::simulated(7, "2026-11-22T00:00:00Z", folder.path(), "a").await;
    for number in 0..7 {
        let signal = if number % 2 == 0 { "LONG" } else { "SHORT" };
        let row = stored(&format!("s{number}"), "BTC", signal, at.plus_ms(number * 1_000), None);
        place.app.store.save(row).await.unwrap();
    }
    assert!(place.app.store.flush(std::time::Duration::from_secs(10)).await);
    assert_eq!(place.judge("a").await.judged, 21);

    let filter = SignalFilter { symbol: Some("BTC".to_owned()), ..SignalFilter::default() };
    let (mut seen, mut cursor) = (Vec::new(), None);
    for _ in 0..4 {
        let page =
            place.app.signal_page(&filter, &PageRequest { limit: 3, cursor, full: false }).await.unwrap();
        assert_eq!(page.total, 7);
        for row in &page.signals {
            assert_eq!(
                row.outcomes.iter().map(|o| o.horizon.as_str()).collect::<Vec<_>>(),
                ["1h", "4h", "24h"]
            );
        }
        seen.extend(page.signals.into_iter().map(|row| row.id));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["s6", "s5", "s4", "s3", "s2", "s1", "s0"]);

    let (mut checks, mut cursor) = (Vec::new(), None);
    loop {
        let request = PageRequest { limit: 5, cursor, full: false };
        let page = place.app.tracked_page(&OutcomeFilter::default(), &request).await.unwrap();
        checks.extend(
            page.outcomes.into_iter().map(|row| format!("{} {}", row.signal_id, row.outcome.horizon)),
        );
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    checks.sort();
    checks.dedup();
    assert_eq!(checks.len(), 21);
    let bad = PageRequest { limit: 5, cursor: Some("x".to_owned()), full: false };
    assert!(matches!(
        place.app.signal_page(&filter, &bad).await,
        Err(app::AppError::Invalid { field: "cursor", .. })
    ));
    let backwards = OutcomeFilter { from: Some(at), to: Some(at), ..OutcomeFilter::default() };
    assert!(place.app.performance(&backwards, &[]).await.is_err());

    let performance = place.app.performance(&OutcomeFilter::default(), &[Dimension::Signal]).await.unwrap();
    assert_eq!((performance.based_on, performance.overall.len(), performance.groups.len()), (21, 3, 6));
    assert_eq!(performance.data_source, "simulated");
    let overview = place.app.performance_overview(&OutcomeFilter::default()).await.unwrap();
    assert_eq!((overview.signals.total, overview.tracking.judged, overview.reliability.len()), (7, 21, 3));
    assert!(place.app.clear_history(false, "me").await.is_err());
    assert_eq!(place.app.clear_history(true, "me").await.unwrap(), 7);
    assert_eq!(place.app.storage().await.unwrap().outcomes, 0);
    assert!(place.app.latest_signal("BTC").await.unwrap().is_none());
    place.leave().await;
}
