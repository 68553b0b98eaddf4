//! Checks by two clocks, and finished ones by pages.

use std::time::Duration;

use store::{NewSignal, OutcomeFilter, OutcomeResult, OutcomeVerdict};

use crate::support::{NOON, Place, finish, hand_back, json, signal, tried};

crate::on_both!(
    a_lease_ends_though_the_replay_clock_stands_still,
    checks_are_finished_many_at_once_those_still_held_alone,
    finished_checks_come_by_pages_and_by_signal,
    factors_come_with_what_the_price_did,
);

fn gained(gross_pct: f64) -> OutcomeResult {
    OutcomeResult {
        result: OutcomeVerdict::Win,
        entry_price: Some(100.0),
        exit_price: Some(100.0 + gross_pct),
        interval: Some("1m".to_owned()),
        venue: Some("binance".to_owned()),
        gross_pct: Some(gross_pct),
        net_pct: None,
        net_win: None,
        first_touch: None,
        best_pct: None,
        worst_pct: None,
        reason: None,
    }
}

async fn a_lease_ends_though_the_replay_clock_stands_still(place: Place) {
    let store = place.open().await;
    store.save(signal("a", "BTC", NOON)).await.unwrap();
    let due = NOON.plus_ms(3_600_000);
    assert!(store.claim_due_outcomes(Some(due.plus_ms(-1)), "w", 10, 60_000).await.unwrap().is_empty());
    let taken = store.claim_due_outcomes(Some(due), "dies", 10, 1_000).await.unwrap();
    assert_eq!((taken.len(), taken[0].horizon_s), (1, 3_600));
    assert!(store.claim_due_outcomes(Some(due), "w", 10, 60_000).await.unwrap().is_empty());
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let again = store.claim_due_outcomes(Some(due), "w", 10, 60_000).await.unwrap();
    assert_eq!((again.len(), again[0].attempt), (1, 2));
    assert!(!finish(&store, &taken[0].lease, &gained(2.0)).await);
    assert!(finish(&store, &again[0].lease, &gained(2.0)).await);
    assert!(store.claim_due_outcomes(Some(due), "w", 10, 60_000).await.unwrap().is_empty());
    store.close().await;
}

async fn checks_are_finished_many_at_once_those_still_held_alone(place: Place) {
    let store = place.open().await;
    for number in 0..120_i64 {
        store.save(signal(&format!("s{number:03}"), "BTC", NOON.plus_ms(number))).await.unwrap();
    }
    let due = NOON.plus_ms(100_000_000);
    let lost = store.claim_due_outcomes(Some(due), "slow", 7, 0).await.unwrap();
    let held = store.claim_due_outcomes(Some(due), "w", 1_000, 60_000).await.unwrap();
    assert_eq!((lost.len(), held.len()), (7, 360), "those of the slow one first, then all others");
    assert!(held[..7].iter().all(|claim| lost.iter().any(|other| other.lease.id == claim.lease.id)));
    // Everything at once, the lost ones among them, each of its own figure.
    let figure = |index: usize| gained(index as f64 / 100.0);
    let mut found: Vec<_> =
        held.iter().enumerate().map(|(index, claim)| (claim.lease.clone(), figure(index))).collect();
    // A figure that no database keeps voids its own check, and no other.
    found[9].1.best_pct = Some(f64::INFINITY);
    found.extend(lost.iter().map(|claim| (claim.lease.clone(), gained(-9.0))));
    let back: Vec<_> = found.drain(300..350).map(|(lease, _)| (lease, tried(due.plus_ms(5)))).collect();
    let written = store.finish_outcomes(&found).await.unwrap();
    assert_eq!(written.iter().filter(|done| **done).count(), 310);
    assert!(written[310..].iter().all(|done| !done));
    assert!(store.requeue_outcomes(&back).await.unwrap().into_iter().all(|done| done));
    assert!(!hand_back(&store, &found[0].0, tried(due)).await);
    assert!(store.finish_outcomes(&[]).await.unwrap().is_empty());
    let rows = store.evaluated_page(&OutcomeFilter::default(), 1_000, None).await.unwrap().items;
    assert_eq!(rows.len(), 309);
    let of = OutcomeFilter { with_void: true, ..OutcomeFilter::default() };
    let all = store.evaluated_page(&of, 1_000, None).await.unwrap().items;
    let void: Vec<_> = all.iter().filter(|row| row.outcome.result == OutcomeVerdict::Void).collect();
    assert_eq!((all.len(), void.len(), &void[0].id), (310, 1, &held[9].lease.id));
    assert_eq!(void[0].outcome.reason.as_deref(), Some("its figure bestPct is not finite"));
    for row in rows {
        let index = held.iter().position(|claim| claim.lease.id == row.id).unwrap();
        assert_eq!(row.outcome, figure(index), "{}", row.id);
    }
    assert!(store.claim_due_outcomes(Some(due), "w", 100, 60_000).await.unwrap().is_empty());
    let again = store.claim_due_outcomes(Some(due.plus_ms(5)), "w", 100, 60_000).await.unwrap();
    assert_eq!((again.len(), again[0].attempt), (50, 2));
    store.close().await;
}

async fn finished_checks_come_by_pages_and_by_signal(place: Place) {
    let store = place.open().await;
    for number in 0..4_i64 {
        store.save(signal(&format!("s{number}"), "BTC", NOON.plus_ms(number))).await.unwrap();
    }
    let due = NOON.plus_ms(100_000_000);
    for claim in store.claim_due_outcomes(Some(due), "w", 100, 60_000).await.unwrap() {
        assert!(finish(&store, &claim.lease, &gained(1.0)).await);
    }
    let filter = OutcomeFilter { horizon_s: Some(14_400), ..OutcomeFilter::default() };
    let first = store.evaluated_page(&filter, 3, None).await.unwrap();
    let ids: Vec<&str> = first.items.iter().map(|row| row.signal_id.as_str()).collect();
    assert_eq!(ids, ["s3", "s2", "s1"]);
    let second = store.evaluated_page(&filter, 3, first.next.as_ref()).await.unwrap();
    assert_eq!((second.items.len(), second.next), (1, None));
    let of = store.outcomes_of(&["s1".to_owned(), "s2".to_owned(), "none".to_owned()]).await.unwrap();
    assert_eq!(of.len(), 6);
    assert!(store.outcomes_of(&[]).await.unwrap().is_empty());
    store.close().await;
}

async fn factors_come_with_what_the_price_did(place: Place) {
    let store = place.open().await;
    let factors = serde_json::json!([{"factor": "oiTrend", "score": 61.5}]);
    store.save(NewSignal { factors: Some(json(&factors)), ..signal("a", "BTC", NOON) }).await.unwrap();
    store.save(signal("b", "BTC", NOON)).await.unwrap();
    let due = NOON.plus_ms(100_000_000);
    for claim in store.claim_due_outcomes(Some(due), "w", 100, 60_000).await.unwrap() {
        assert!(finish(&store, &claim.lease, &gained(1.5)).await);
    }
    let filter = OutcomeFilter { horizon_s: Some(3_600), ..OutcomeFilter::default() };
    let rows = store.factor_outcomes(&filter, 10).await.unwrap();
    assert_eq!((rows.len(), rows[0].gross_pct, rows[0].timestamp), (1, 1.5, NOON));
    let read: serde_json::Value = serde_json::from_str(rows[0].factors.get()).unwrap();
    assert_eq!(read, factors);
    store.close().await;
}
