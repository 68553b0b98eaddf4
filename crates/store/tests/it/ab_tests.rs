//! Tests of weights side by side: one at a time, decisions once, checks once, and everything on record.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use domain::UtcMs;
use store::ab_tests::{AbArm, AbDecision, JudgedAbCheck, NewAbTest};
use store::optimizations::Optimization;
use store::weights::InPlaceOf;
use store::{DataSource, NewOutcome, OutcomeResult, OutcomeVerdict, Requeue, Store, StoreError};
use tokio::task::JoinSet;

use crate::support::{NOON, Place, finish, json, signal, tried};

crate::on_both!(
    one_test_at_most_runs_however_many_start_at_once,
    decisions_are_kept_once_and_only_while_the_test_runs,
    checks_are_judged_once_by_any_number_of_workers,
    changing_the_active_weights_ends_the_test_and_promotion_changes_them,
    a_test_survives_a_restart_and_worlds_do_not_mix,
    settings_are_changed_by_one_at_a_time_and_runs_are_kept,
    outcomes_to_learn_from_come_page_by_page,
);

fn weights(momentum: f64) -> store::Json {
    json(&serde_json::json!({"priceMomentum": momentum, "liquidations": 40.0 - momentum}))
}

fn test(id: &str) -> NewAbTest {
    NewAbTest {
        id: id.to_owned(),
        name: format!("test {id}"),
        control: AbArm { weights_id: "default-1".to_owned(), weights: weights(20.0) },
        challenger: AbArm { weights_id: format!("weights-{id}"), weights: weights(25.0) },
        horizon_s: 14_400,
        max_outcomes: Some(300),
        ends_at: Some(NOON.plus_ms(1_000_000)),
        note: None,
        is_new_version: true,
        replace: false,
    }
}

fn said(test_id: &str, signal_id: &str, at: UtcMs) -> AbDecision {
    AbDecision {
        test_id: test_id.to_owned(),
        signal_id: signal_id.to_owned(),
        symbol: "BTC".to_owned(),
        venue: "binance".to_owned(),
        instrument: "BTCUSDT".to_owned(),
        mode: "ultra".to_owned(),
        timestamp: at,
        engine_version: "1".to_owned(),
        control_id: "default-1".to_owned(),
        control_signal: "LONG".to_owned(),
        control_score: 57.0,
        challenger_id: format!("weights-{test_id}"),
        challenger_signal: "NEUTRAL".to_owned(),
        challenger_score: Some(51.5),
    }
}

fn checks(signal_id: &str, at: UtcMs) -> Vec<NewOutcome> {
    [3_600, 14_400]
        .into_iter()
        .map(|horizon_s| NewOutcome {
            id: format!("{signal_id}-{horizon_s}"),
            horizon_s,
            due_at: at.plus_ms(horizon_s * 1_000),
        })
        .collect()
}

fn rose() -> JudgedAbCheck {
    JudgedAbCheck {
        entry_price: Some(100.0),
        exit_price: Some(102.0),
        interval: Some("1m".to_owned()),
        venue: Some("binance".to_owned()),
        move_pct: Some(2.0),
        net_long_pct: Some(1.85),
        net_short_pct: Some(-2.13),
        reason: None,
    }
}

async fn actions(store: &Store) -> Vec<String> {
    let mut found: Vec<String> =
        store.audit(100).await.unwrap().into_iter().map(|entry| entry.action).collect();
    found.sort();
    found
}

async fn one_test_at_most_runs_however_many_start_at_once(place: Place) {
    let mut starting = JoinSet::new();
    for number in 0..8 {
        let store = place.open_beside(&format!("spool-{number}"), DataSource::Live).await;
        starting.spawn(async move {
            let mut started = Vec::new();
            for round in 0..4 {
                let id = format!("{number}-{round}");
                if store.start_ab_test(test(&id), "key").await.unwrap() {
                    started.push(id);
                }
            }
            store.close().await;
            started
        });
    }
    let started: Vec<String> = starting.join_all().await.into_iter().flatten().collect();
    assert_eq!(started.len(), 1, "{started:?}");
    let store = place.open().await;
    let running = store.running_ab_test().await.unwrap().unwrap();
    assert_eq!((&running.id, running.is_running, running.started_at), (&started[0], true, NOON));
    assert_eq!((running.max_outcomes, running.horizon_s), (Some(300), 14_400));
    // Those that lost left nothing behind: no test, no version, no record.
    assert_eq!(store.ab_tests(100).await.unwrap().len(), 1);
    assert_eq!(store.weight_sets(100).await.unwrap().len(), 1);
    assert_eq!(actions(&store).await, ["ab_test.start", "weights.add"]);
    assert!(store.active_weights().await.unwrap().is_none(), "a challenger is not active");

    // Replacing is one step; many at once leave one that runs.
    let mut replacing = JoinSet::new();
    for number in 0..6 {
        let store = store.clone();
        replacing.spawn(async move {
            store.start_ab_test(NewAbTest { replace: true, ..test(&format!("r{number}")) }, "key").await
        });
    }
    let replaced = replacing.join_all().await.into_iter().map(Result::unwrap).filter(|done| *done).count();
    assert!(replaced >= 1);
    let tests = store.ab_tests(100).await.unwrap();
    assert_eq!(tests.len(), 1 + replaced);
    assert_eq!(tests.iter().filter(|test| test.is_running).count(), 1);
    let first = store.ab_test(&started[0]).await.unwrap().unwrap();
    assert!(first.end_reason.unwrap().starts_with("replaced by r"));
    let taken = NewAbTest { is_new_version: true, replace: true, ..test("r0") };
    let taken = NewAbTest {
        challenger: AbArm { weights_id: first.challenger.weights_id, ..taken.challenger.clone() },
        ..taken
    };
    assert!(matches!(store.start_ab_test(taken, "key").await, Err(StoreError::Invalid { .. })));
    assert!(store.running_ab_test().await.unwrap().is_some(), "what failed ended nothing");
    for text in ["", "a\0b"] {
        assert!(matches!(store.ab_test(text).await, Err(StoreError::Invalid { field: "test_id", .. })));
        assert!(matches!(store.weight_set(text).await, Err(StoreError::Invalid { field: "weights_id", .. })));
        let named = NewAbTest { name: text.to_owned(), ..test("n") };
        assert!(matches!(
            store.start_ab_test(named, "key").await,
            Err(StoreError::Invalid { field: "name", .. })
        ));
    }
    store.close().await;
}

async fn decisions_are_kept_once_and_only_while_the_test_runs(place: Place) {
    let store = place.open().await;
    store.save(signal("s1", "BTC", NOON)).await.unwrap();
    assert!(!store.keep_ab_decision(&said("a", "s1", NOON), &checks("s1", NOON)).await.unwrap());
    assert!(store.start_ab_test(test("a"), "key").await.unwrap());
    let first = said("a", "s1", NOON);
    assert!(store.keep_ab_decision(&first, &checks("s1", NOON)).await.unwrap());
    assert!(!store.keep_ab_decision(&first, &checks("s1", NOON)).await.unwrap());
    let later = NOON.plus_ms(1);
    let none = AbDecision {
        control_signal: "NEUTRAL".to_owned(),
        challenger_signal: "NONE".to_owned(),
        challenger_score: None,
        ..said("a", "s2", later)
    };
    assert!(store.keep_ab_decision(&none, &[]).await.unwrap());
    let broken = AbDecision { control_score: f64::NAN, ..said("a", "s3", later) };
    assert!(store.keep_ab_decision(&broken, &[]).await.is_err());
    let counts = store.ab_counts("a").await.unwrap();
    assert_eq!((counts.decisions, counts.control_signals, counts.challenger_signals), (2, 1, 0));
    assert_eq!((counts.disagreements, counts.pending_checks, counts.judged_checks), (1, 2, 0));

    assert!(store.end_ab_test("a", "key", "enough").await.unwrap());
    assert!(!store.end_ab_test("a", "key", "enough").await.unwrap());
    assert!(!store.keep_ab_decision(&said("a", "s4", later), &[]).await.unwrap());
    let page = store.ab_decisions("a", 1, None).await.unwrap();
    assert_eq!(page.items[0].decision, none);
    let page = store.ab_decisions("a", 1, page.next.as_ref()).await.unwrap();
    assert_eq!((&page.items[0].decision, page.next), (&first, None));
    assert!(page.items[0].outcomes.is_empty());

    // What was decided is still judged, though the signals themselves are cleared.
    assert_eq!(store.clear(true).await, Ok(1));
    let claimed = store.claim_ab_checks(Some(NOON.plus_ms(3_600_000)), "w", 10, 60_000).await.unwrap();
    assert_eq!(claimed.len(), 1);
    let claim = &claimed[0];
    assert_eq!((claim.signal.as_str(), claim.signal_id.as_str(), claim.attempt), ("LONG", "s1", 1));
    assert_eq!((claim.venue.as_deref(), claim.instrument.as_deref()), (Some("binance"), Some("BTCUSDT")));
    assert!(store.requeue_ab_check(&claim.lease, tried(NOON.plus_ms(4_000_000))).await.unwrap());
    assert!(!store.finish_ab_check(&claim.lease, &rose()).await.unwrap());
    let claimed = store.claim_ab_checks(Some(NOON.plus_ms(20_000_000)), "w", 10, 60_000).await.unwrap();
    assert_eq!(claimed.iter().map(|claim| claim.attempt).collect::<Vec<_>>(), [2, 1]);
    // A claim that came to nothing counts for nothing.
    let untried = Requeue { retry_at: NOON.plus_ms(4_000_000), untried: true };
    assert!(store.requeue_ab_check(&claimed[0].lease, untried).await.unwrap());
    let again = store.claim_ab_checks(Some(NOON.plus_ms(20_000_000)), "w", 10, 60_000).await.unwrap();
    assert_eq!((again.len(), again[0].attempt), (1, 2));
    let claimed = [again[0].clone(), claimed[1].clone()];
    assert!(store.finish_ab_check(&claimed[0].lease, &rose()).await.unwrap());
    let nan = JudgedAbCheck { move_pct: Some(f64::NAN), ..rose() };
    // Void, as no database keeps it: it is not among the outcomes, and nothing waits for it.
    assert!(store.finish_ab_check(&claimed[1].lease, &nan).await.unwrap());
    let rows = store.ab_outcomes("a", None, 10).await.unwrap();
    assert_eq!((rows.len(), rows[0].horizon_s, rows[0].move_pct), (1, 3_600, Some(2.0)));
    assert_eq!((rows[0].net_long_pct, rows[0].net_short_pct), (Some(1.85), Some(-2.13)));
    assert_eq!(store.ab_outcomes("a", Some(3_600), 10).await.unwrap(), rows);
    assert!(store.ab_outcomes("a", Some(14_400), 10).await.unwrap().is_empty());
    assert_eq!(store.ab_judged_at("a", 3_600).await, Ok(1));
    assert_eq!(store.ab_judged_at("a", 14_400).await, Ok(0));
    let page = store.ab_decisions("a", 10, None).await.unwrap();
    let found: Vec<_> = page.items[1].outcomes.iter().map(|row| (row.horizon_s, row.move_pct)).collect();
    assert_eq!(found, [(3_600, Some(2.0)), (14_400, None)]);
    let counts = store.ab_counts("a").await.unwrap();
    assert_eq!((counts.pending_checks, counts.judged_checks, counts.void_checks), (0, 1, 1));
    store.close().await;
}

async fn checks_are_judged_once_by_any_number_of_workers(place: Place) {
    let store = place.open().await;
    store.start_ab_test(test("a"), "key").await.unwrap();
    for number in 0..100_i64 {
        let (id, at) = (format!("s{number}"), NOON.plus_ms(number));
        assert!(store.keep_ab_decision(&said("a", &id, at), &checks(&id, at)).await.unwrap());
    }
    let due = Some(NOON.plus_ms(100_000_000));
    // Dies at once: its lease has run out when the others come.
    let dead = store.claim_ab_checks(due, "dead", 30, 0).await.unwrap();
    assert_eq!(dead.len(), 30);
    let finished: Arc<Mutex<HashMap<String, u32>>> = Arc::default();
    let mut workers = JoinSet::new();
    for worker in 0..4 {
        let beside = place.open_beside(&format!("worker-{worker}"), DataSource::Live).await;
        let finished = Arc::clone(&finished);
        workers.spawn(async move {
            for _ in 0..200 {
                let claimed = beside.claim_ab_checks(due, &worker.to_string(), 7, 60_000).await.unwrap();
                if claimed.is_empty() {
                    break;
                }
                for claim in claimed {
                    if beside.finish_ab_check(&claim.lease, &rose()).await.unwrap() {
                        *finished.lock().unwrap().entry(claim.lease.id).or_default() += 1;
                    }
                }
            }
            beside.close().await;
        });
    }
    workers.join_all().await;
    for claim in &dead {
        assert!(!store.finish_ab_check(&claim.lease, &rose()).await.unwrap());
    }
    let finished = finished.lock().unwrap().clone();
    assert_eq!(finished.len(), 200);
    assert!(finished.values().all(|times| *times == 1));
    assert_eq!(store.ab_counts("a").await.unwrap().judged_checks, 200);
    store.close().await;
}

async fn changing_the_active_weights_ends_the_test_and_promotion_changes_them(place: Place) {
    let store = place.open().await;
    store.start_ab_test(test("a"), "one").await.unwrap();
    store.add_weights("other", weights(10.0), "two", None, Some(InPlaceOf::Any)).await.unwrap();
    let ended = store.ab_test("a").await.unwrap().unwrap();
    assert!(!ended.is_running);
    assert_eq!(ended.ended_by.as_deref(), Some("two"));
    assert_eq!(ended.end_reason.as_deref(), Some("other became the active weights"));
    store.start_ab_test(test("b"), "one").await.unwrap();
    store.deactivate_weights("two").await.unwrap();
    let ended = store.ab_test("b").await.unwrap().unwrap();
    assert_eq!(ended.end_reason.as_deref(), Some("the weights were reset"));

    store.start_ab_test(test("c"), "one").await.unwrap();
    let elsewhere = store.promote_challenger("c", InPlaceOf::Version("other"), "three").await;
    assert_eq!(elsewhere, Ok(false), "it was not compared with what is active");
    assert!(store.ab_test("c").await.unwrap().unwrap().promoted_at.is_none());
    let mut promoting = JoinSet::new();
    for _ in 0..6 {
        let store = store.clone();
        promoting.spawn(async move {
            store.promote_challenger("c", InPlaceOf::Configured, "three").await.unwrap()
        });
    }
    assert_eq!(promoting.join_all().await.into_iter().filter(|done| *done).count(), 1);
    assert_eq!(store.active_weights().await.unwrap().unwrap().id, "weights-c");
    let promoted = store.ab_test("c").await.unwrap().unwrap();
    assert_eq!((promoted.is_running, promoted.promoted_by.as_deref()), (false, Some("three")));
    assert!(promoted.promoted_at.is_some());
    assert!(matches!(
        store.promote_challenger("z", InPlaceOf::Any, "three").await,
        Err(StoreError::NotFound { .. })
    ));
    let actions = actions(&store).await;
    let count = |action: &str| actions.iter().filter(|one| *one == action).count();
    assert_eq!((count("ab_test.start"), count("ab_test.end"), count("ab_test.promote")), (3, 3, 1));
    assert_eq!((count("weights.activate"), count("weights.reset")), (2, 1));
    store.close().await;
}

async fn a_test_survives_a_restart_and_worlds_do_not_mix(place: Place) {
    let store = place.open().await;
    store.start_ab_test(test("a"), "key").await.unwrap();
    store.keep_ab_decision(&said("a", "s1", NOON), &checks("s1", NOON)).await.unwrap();
    store.close().await;
    let store = place.open().await;
    assert_eq!(store.running_ab_test().await.unwrap().unwrap().id, "a");
    assert_eq!(store.ab_counts("a").await.unwrap().pending_checks, 2);
    let replay = place.open_beside("replay", DataSource::Replay).await;
    assert!(replay.running_ab_test().await.unwrap().is_none());
    assert!(replay.ab_test("a").await.unwrap().is_none());
    let due = Some(NOON.plus_ms(100_000_000));
    assert!(replay.claim_ab_checks(due, "w", 10, 1_000).await.unwrap().is_empty());
    assert!(!replay.keep_ab_decision(&said("a", "s2", NOON), &[]).await.unwrap());
    assert!(replay.start_ab_test(test("b"), "key").await.unwrap());
    assert_eq!(store.running_ab_test().await.unwrap().unwrap().id, "a");
    replay.close().await;
    store.close().await;
}

async fn settings_are_changed_by_one_at_a_time_and_runs_are_kept(place: Place) {
    let store = place.open().await;
    let value = |number: i32| json(&serde_json::json!({"maxChange": number}));
    let mut writing = JoinSet::new();
    for number in 0..6 {
        let store = store.clone();
        writing.spawn(async move {
            store.set_state_recorded("settings", None, value(number), "key", "configure").await.unwrap()
        });
    }
    assert_eq!(writing.join_all().await.into_iter().filter(|done| *done).count(), 1);
    let seen = store.state("settings").await.unwrap().unwrap();
    assert!(store.set_state_recorded("settings", Some(&seen), value(7), "key", "configure").await.unwrap());
    assert!(!store.set_state_recorded("settings", Some(&seen), value(8), "key", "configure").await.unwrap());
    let now = store.state("settings").await.unwrap().unwrap();
    assert_eq!((now.version, now.value.get().replace(' ', "")), (2, r#"{"maxChange":7}"#.to_owned()));
    for number in 0..3 {
        let run = Optimization {
            id: format!("opt-{number}"),
            at: NOON.plus_ms(number),
            actor: "key".to_owned(),
            result: "refused".to_owned(),
            weights_id: None,
            report: value(0),
        };
        store.keep_optimization(&run).await.unwrap();
    }
    let runs = store.optimizations(2).await.unwrap();
    assert_eq!(runs.iter().map(|run| run.id.as_str()).collect::<Vec<_>>(), ["opt-2", "opt-1"]);
    let actions = actions(&store).await;
    assert_eq!(actions.iter().filter(|one| *one == "configure").count(), 2);
    assert_eq!(actions.iter().filter(|one| *one == "auto_optimization.run").count(), 3);
    store.close().await;
}

async fn outcomes_to_learn_from_come_page_by_page(place: Place) {
    let store = place.open().await;
    let factors = json(&serde_json::json!([{"factor": "oiTrend", "score": 61.0}]));
    for number in 0..5_i64 {
        let new = signal(&format!("s{number}"), "BTC", NOON.plus_ms(number));
        let engine_version = if number == 4 { "0" } else { "1" };
        store
            .save(store::NewSignal {
                factors: Some(factors.clone()),
                engine_version: Some(engine_version.to_owned()),
                ..new
            })
            .await
            .unwrap();
    }
    let due = Some(NOON.plus_ms(3_700_000));
    let found = OutcomeResult {
        result: OutcomeVerdict::Neutral,
        entry_price: Some(100.0),
        exit_price: Some(100.5),
        interval: None,
        venue: None,
        gross_pct: Some(0.5),
        net_pct: None,
        net_win: None,
        first_touch: None,
        best_pct: None,
        worst_pct: None,
        reason: None,
    };
    for claim in store.claim_due_outcomes(due, "w", 10, 60_000).await.unwrap() {
        assert!(finish(&store, &claim.lease, &found).await);
    }
    let (mut times, mut after) = (Vec::new(), None);
    for _ in 0..10 {
        let page = store.learnable_outcomes(3_600, "1", None, 3, after.as_ref()).await.unwrap();
        times.extend(page.items.iter().map(|row| row.timestamp.since(NOON)));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(times, [3, 2, 1, 0], "newest first, of this engine alone");
    assert!(store.learnable_outcomes(14_400, "1", None, 10, None).await.unwrap().items.is_empty());
    let early = store.learnable_outcomes(3_600, "1", Some(NOON.plus_ms(2)), 10, None).await.unwrap();
    assert_eq!((early.items.len(), early.items[0].gross_pct), (2, 0.5));
    store.close().await;
}
