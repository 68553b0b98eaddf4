//! Weights proposed from what became of signals.

use app::AppError;
use app::weights::Factor;
use app::weights::optimize::{ApplyMode, OptimizationChange};
use domain::{HOUR_MS, UtcMs};
use store::weights::InPlaceOf;
use store::{NewOutcome, NewSignal, OutcomeResult, OutcomeVerdict};
use tokio::task::JoinSet;

use crate::support::{Place, stored, utc};

const NOON: &str = "2026-11-20T12:00:00Z";

/// Signals every four hours before noon, with what became of them: open interest leads, the rest is noise.
async fn fill(place: &Place, count: i64) {
    let mut dice = 12_345_u64;
    let mut roll = move || {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(dice >> 33).unwrap()) / f64::from(1_u32 << 31) * 2.0 - 1.0
    };
    let noon = utc(NOON);
    let (mut saving, mut moves) = (JoinSet::new(), Vec::new());
    for number in 0..count {
        let at = noon.plus_ms(-(number + 2) * 4 * HOUR_MS);
        let strengths: Vec<f64> = Factor::ALL.iter().map(|_| roll()).collect();
        let lead = Factor::ALL.iter().position(|factor| *factor == Factor::OiTrend).unwrap();
        moves.push(2.0 * strengths[lead] + roll());
        let factors: Vec<serde_json::Value> = Factor::ALL
            .iter()
            .zip(&strengths)
            .map(|(factor, strength)| {
                if *factor == Factor::SocialSentiment {
                    return serde_json::json!({"factor": factor.as_str(), "score": null, "note": "no key"});
                }
                serde_json::json!({"factor": factor.as_str(), "score": 50.0 + 50.0 * strength,
                    "confidence": 1.0, "freshness": 0.9})
            })
            .collect();
        let id = format!("s{number:05}");
        let row = NewSignal {
            outcomes: vec![NewOutcome {
                id: format!("{number:05}"),
                horizon_s: 14_400,
                due_at: at.plus_ms(4 * HOUR_MS),
            }],
            factors: Some(serde_json::value::to_raw_value(&factors).unwrap()),
            engine_version: Some("1".to_owned()),
            weights_id: Some("default-1".to_owned()),
            ..stored(&id, "BTC", if number % 2 == 0 { "LONG" } else { "SHORT" }, at, None)
        };
        let store = place.app.store.clone();
        saving.spawn(async move { store.save(row).await.unwrap() });
    }
    saving.join_all().await;
    assert!(place.app.store.flush(std::time::Duration::from_secs(30)).await);
    for _ in 0..count {
        let claims = place.app.store.claim_due_outcomes(Some(noon), "w", 200, 600_000).await.unwrap();
        if claims.is_empty() {
            break;
        }
        let found: Vec<_> = claims
            .into_iter()
            .map(|claim| {
                let number: usize = claim.lease.id.parse().unwrap();
                let move_pct = moves[number];
                let gross = if claim.signal == "LONG" { move_pct } else { -move_pct };
                let result = OutcomeResult {
                    result: OutcomeVerdict::Neutral,
                    entry_price: Some(100.0),
                    exit_price: Some(100.0 + move_pct),
                    interval: None,
                    venue: None,
                    gross_pct: Some(gross),
                    net_pct: None,
                    net_win: None,
                    first_touch: None,
                    best_pct: None,
                    worst_pct: None,
                    reason: None,
                };
                (claim.lease, result)
            })
            .collect();
        assert!(place.app.store.finish_outcomes(&found).await.unwrap().into_iter().all(|done| done));
    }
}

fn mode(apply_mode: ApplyMode) -> OptimizationChange {
    OptimizationChange { apply_mode: Some(apply_mode), ..OptimizationChange::default() }
}

/// As if a minute had passed since the newest run.
async fn a_minute_later(place: &Place) {
    assert!(place.app.store.forget_state("job.auto_optimization.last_try").await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn too_few_outcomes_are_refused_and_nothing_changes() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::simulated(7, NOON, folder.path(), "a").await;
    let app = &place.app;
    fill(&place, 40).await;
    let run = app.optimize_weights(false, "key k1").await.unwrap();
    assert_eq!((run.result.as_str(), run.outcomes, run.effective_outcomes), ("refused", 40, 40.0));
    assert!(run.reason.contains("200 are needed"), "{}", run.reason);
    assert!(run.proposed_weights.is_none() && run.proposed_weights_id.is_none());
    let status = app.optimization_status(5).await.unwrap();
    assert_eq!((status.runs.len(), status.runs[0].result.as_str()), (1, "refused"));
    assert_eq!((status.settings.version, status.next_run_at), (0, None));
    assert_eq!(app.weights().await.unwrap().weights_id, "default-1");

    // Settings that make no sense change nothing; a dry run tells and leaves.
    for wrong in [
        OptimizationChange { min_outcomes: Some(5), ..OptimizationChange::default() },
        OptimizationChange { max_change: Some(90.0), ..OptimizationChange::default() },
        OptimizationChange { interval_hours: Some(0), ..OptimizationChange::default() },
        OptimizationChange { horizon: Some("5h".to_owned()), ..OptimizationChange::default() },
    ] {
        let refused = app.configure_optimization(&wrong, false, "key k1").await;
        assert!(matches!(refused, Err(AppError::Invalid { .. })), "{wrong:?}");
    }
    let would = app.configure_optimization(&mode(ApplyMode::Apply), true, "key k1").await.unwrap();
    assert_eq!((would.settings.apply_mode, would.version, would.dry_run), (ApplyMode::Apply, 0, true));
    assert_eq!(app.optimization_settings().await.unwrap().settings.apply_mode, ApplyMode::Propose);
    place.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_led_gets_more_weight_by_the_way_that_is_configured() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::simulated(7, NOON, folder.path(), "a").await;
    let app = &place.app;
    fill(&place, 600).await;
    let before = app.weights().await.unwrap();

    // A dry run tells everything and leaves no trace.
    let dry = app.optimize_weights(true, "key k1").await.unwrap();
    assert_eq!((dry.result.as_str(), dry.outcomes, dry.effective_outcomes), ("proposed", 600, 600.0));
    let proposed = dry.proposed_weights.unwrap();
    assert!((proposed.oi_trend - 13.0).abs() < 1e-9, "{proposed:?}");
    let held = dry.factors.iter().find(|change| change.factor == "socialSentiment").unwrap();
    assert!(held.held && held.proposed == 5.0 && held.effective_count == 0.0);
    let (inside, outside) = (dry.in_sample.clone().unwrap(), dry.out_of_sample.clone().unwrap());
    assert_eq!((inside.count, outside.count, dry.blocks), (600, 360, 5));
    assert!(outside.proposed.log_loss < outside.current.log_loss && dry.better, "{outside:?}");
    assert!(dry.proposed_weights_id.is_none());
    assert!(app.store.weight_sets(10).await.unwrap().is_empty());
    assert!(app.optimization_status(5).await.unwrap().runs.is_empty());
    assert!(app.store.audit(10).await.unwrap().is_empty());

    // Proposed: a version that is not active.
    let run = app.optimize_weights(false, "key k1").await.unwrap();
    assert_eq!(run.result, "proposed");
    let id = run.proposed_weights_id.unwrap();
    assert_eq!(app.weights().await.unwrap().weights_id, before.weights_id);
    let versions = app.weights_history(10).await.unwrap().versions;
    assert_eq!((versions[0].weights_id.as_str(), versions[0].active), (id.as_str(), false));
    assert_eq!(versions[0].weights, proposed, "the same outcomes give the same weights");

    // Another at once is a conflict, and leaves nothing.
    let at_once = app.optimize_weights(false, "key k1").await;
    assert!(matches!(at_once, Err(AppError::Invalid { field: "dry_run", .. })), "{at_once:?}");
    assert_eq!(app.optimization_status(5).await.unwrap().runs.len(), 1);

    // In the shadow: one test, and while it runs nothing is started or applied.
    app.configure_optimization(&mode(ApplyMode::AbTest), false, "key k2").await.unwrap();
    a_minute_later(&place).await;
    let run = app.optimize_weights(false, "key k1").await.unwrap();
    assert_eq!(run.result, "ab_test");
    let running = app.store.running_ab_test().await.unwrap().unwrap();
    assert_eq!(
        (Some(&running.id), Some(&running.challenger.weights_id)),
        (run.test_id.as_ref(), run.proposed_weights_id.as_ref())
    );
    app.configure_optimization(&mode(ApplyMode::Apply), false, "key k2").await.unwrap();
    a_minute_later(&place).await;
    let run = app.optimize_weights(false, "key k1").await.unwrap();
    assert_eq!((run.result.as_str(), run.test_id), ("proposed", None));
    assert!(run.reason.contains("A/B test runs"), "{}", run.reason);
    assert!(app.store.running_ab_test().await.unwrap().is_some());

    // Applied, and no further than the configuration's weights allow in many runs.
    app.stop_ab_test(None, None, "key k1").await.unwrap();
    a_minute_later(&place).await;
    let run = app.optimize_weights(false, "key k1").await.unwrap();
    assert_eq!((run.result.as_str(), run.better), ("applied", true));
    let now = app.weights().await.unwrap();
    assert_eq!((Some(&now.weights_id), now.active), (run.proposed_weights_id.as_ref(), true));
    assert_eq!(now.weights, proposed);
    let status = app.optimization_status(10).await.unwrap();
    assert_eq!(
        status.runs.iter().map(|run| run.result.as_str()).collect::<Vec<_>>(),
        ["applied", "proposed", "ab_test", "proposed"]
    );
    assert_eq!(status.settings.version, 2);
    let history = app.weights_history(100).await.unwrap();
    let count = |action: &str| history.changes.iter().filter(|change| change.action == action).count();
    assert_eq!((count("auto_optimization.run"), count("auto_optimization.configure")), (4, 2));
    place.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_itself_it_runs_once_an_interval_however_many_instances_look() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::simulated(7, NOON, folder.path(), "a").await;
    let beside = Place::simulated(7, NOON, folder.path(), "b").await;
    assert!(place.app.optimize_when_due().await.unwrap().is_none(), "off unless enabled");
    let on =
        OptimizationChange { enabled: Some(true), interval_hours: Some(24), ..OptimizationChange::default() };
    place.app.configure_optimization(&on, false, "key k1").await.unwrap();
    let mut looking = JoinSet::new();
    for number in 0..8 {
        let app = std::sync::Arc::clone(if number % 2 == 0 { &place.app } else { &beside.app });
        looking.spawn(async move { app.optimize_when_due().await.unwrap().is_some() });
    }
    assert_eq!(looking.join_all().await.into_iter().filter(|ran| *ran).count(), 1);
    let status = beside.app.optimization_status(10).await.unwrap();
    assert_eq!((status.runs.len(), status.runs[0].actor.as_str()), (1, "auto-optimization"));
    assert_eq!(status.last_run_at, Some(utc(NOON)));
    assert_eq!(status.next_run_at, Some(UtcMs(utc(NOON).0 + 24 * HOUR_MS)));
    place.leave().await;
    beside.leave().await;
    // A day later, after a restart.
    let later = Place::simulated(7, "2026-11-21T12:00:00Z", folder.path(), "a").await;
    assert!(later.app.optimize_when_due().await.unwrap().is_some());
    assert!(later.app.optimize_when_due().await.unwrap().is_none());
    later.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_fails_is_kept_and_made_up_for_within_the_interval() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::simulated(7, NOON, folder.path(), "a").await;
    let on =
        OptimizationChange { enabled: Some(true), interval_hours: Some(24), ..OptimizationChange::default() };
    place.app.configure_optimization(&on, false, "key k1").await.unwrap();
    // Weights that nobody can use, as another version of the program might leave them.
    let unusable = serde_json::value::to_raw_value(&serde_json::json!({"liquidations": 1})).unwrap();
    let instead = Some(InPlaceOf::Configured);
    assert!(place.app.store.add_weights("unusable", unusable, "key k1", None, instead).await.unwrap());
    assert!(place.app.optimize_when_due().await.is_err());
    let status = place.app.optimization_status(5).await.unwrap();
    assert_eq!((status.runs.len(), status.runs[0].result.as_str()), (1, "failed"));
    assert_eq!((status.last_run_at, status.next_run_at), (None, Some(utc(NOON).plus_ms(HOUR_MS))));
    assert!(place.app.optimize_when_due().await.unwrap().is_none(), "not again at once");
    place.app.reset_weights("key k1").await.unwrap();
    place.leave().await;

    let later = Place::simulated(7, "2026-11-20T13:00:00Z", folder.path(), "a").await;
    assert_eq!(later.app.optimize_when_due().await.unwrap().unwrap().result, "refused");
    let status = later.app.optimization_status(5).await.unwrap();
    assert_eq!(status.last_run_at, Some(utc("2026-11-20T13:00:00Z")));
    assert_eq!(status.next_run_at, Some(utc("2026-11-21T13:00:00Z")));
    later.leave().await;
}
