//! Work that is given out, once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use store::{
    FirstTouch, NewSignal, OutcomeFilter, OutcomeResult, OutcomeVerdict, Requeue, SignalFilter, Store,
};
use tokio::task::JoinSet;

use crate::support::{NOON, Place, finish, hand_back, signal, tried};

crate::on_both!(
    checks_are_claimed_when_due_and_finished_once,
    the_database_clock_decides_live,
    four_workers_and_paused_ones_finish_each_check_once,
    alerts_are_sent_once,
);

fn won() -> OutcomeResult {
    OutcomeResult {
        result: OutcomeVerdict::Win,
        entry_price: Some(100.0),
        exit_price: Some(102.0),
        interval: Some("1m".to_owned()),
        venue: Some("binance".to_owned()),
        gross_pct: Some(2.0),
        net_pct: Some(1.8),
        net_win: Some(true),
        first_touch: Some(FirstTouch::None),
        best_pct: Some(2.5),
        worst_pct: Some(-0.4),
        reason: None,
    }
}

async fn checks_are_claimed_when_due_and_finished_once(place: Place) {
    let store = place.open().await;
    store.save(signal("a", "BTC", NOON)).await.unwrap();
    let at = |seconds: i64| Some(NOON.plus_ms(seconds * 1_000));
    assert!(store.claim_due_outcomes(at(3_599), "w", 10, 1_000).await.unwrap().is_empty());
    let claimed = store.claim_due_outcomes(at(3_600), "w", 10, 60_000).await.unwrap();
    let claim = claimed.first().unwrap();
    assert_eq!((claimed.len(), claim.horizon_s, claim.attempt), (1, 3_600, 1));
    assert_eq!((claim.symbol.as_str(), claim.instrument.as_deref()), ("BTC", Some("BTCUSDT")));
    assert_eq!((claim.timestamp, claim.stop_loss), (NOON, Some(88_130.1)));
    assert!(store.claim_due_outcomes(at(3_601), "other", 10, 1_000).await.unwrap().is_empty());

    // Given back for later: the judged instant stays.
    assert!(hand_back(&store, &claim.lease, tried(NOON.plus_ms(4_000_000))).await);
    assert!(!hand_back(&store, &claim.lease, tried(NOON)).await);
    assert!(store.claim_due_outcomes(at(3_999), "w", 10, 1_000).await.unwrap().is_empty());
    let again = store.claim_due_outcomes(at(4_000), "w", 10, 1_000).await.unwrap();
    assert_eq!((again[0].attempt, again[0].due_at), (2, NOON.plus_ms(3_600_000)));
    // A claim that came to nothing counts for nothing.
    let untried = Requeue { retry_at: NOON.plus_ms(4_000_000), untried: true };
    assert!(hand_back(&store, &again[0].lease, untried).await);
    let again = store.claim_due_outcomes(at(4_000), "w", 10, 1).await.unwrap();
    assert_eq!(again[0].attempt, 2);

    // The lease runs out though this clock stands still, another takes over: the first finishes nothing any more.
    tokio::time::sleep(Duration::from_millis(10)).await;
    let taken = store.claim_due_outcomes(at(4_000), "other", 10, 60_000).await.unwrap();
    assert!(!finish(&store, &again[0].lease, &won()).await);
    assert!(finish(&store, &taken[0].lease, &won()).await);
    assert!(!finish(&store, &taken[0].lease, &won()).await);
    assert!(store.claim_due_outcomes(at(14_399), "w", 10, 1_000).await.unwrap().is_empty());

    let void = OutcomeResult::void("delisted".to_owned());
    let next = store.claim_due_outcomes(at(14_400), "w", 10, 1_000).await.unwrap();
    assert!(finish(&store, &next[0].lease, &void).await);

    let done = store.evaluated_page(&OutcomeFilter::default(), 10, None).await.unwrap().items;
    assert_eq!((done.len(), &done[0].outcome), (1, &won()));
    assert_eq!((done[0].score_band.as_str(), done[0].verdict.as_deref()), ("60-70", Some("CONFIRM")));
    assert_eq!(done[0].evaluated_at, Some(NOON));
    let filter =
        OutcomeFilter { with_void: true, symbol: Some("BTC".to_owned()), ..OutcomeFilter::default() };
    let all = store.evaluated_page(&filter, 10, None).await.unwrap().items;
    assert!(all.iter().any(|outcome| outcome.outcome == void));
    assert_eq!(all.len(), 2);
    let none = OutcomeFilter { horizon_s: Some(86_400), ..filter };
    assert!(store.evaluated_page(&none, 10, None).await.unwrap().items.is_empty());
    let counts = store.outcome_counts().await.unwrap();
    assert_eq!((counts.pending, counts.claimed, counts.done, counts.void), (1, 0, 1, 1));
    assert_eq!(counts.next_due_at, Some(NOON.plus_ms(86_400_000)));
    store.close().await;
}

async fn the_database_clock_decides_live(place: Place) {
    let store = place.open().await;
    let wall = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let now = domain::UtcMs(i64::try_from(wall.as_millis()).unwrap());
    // One hour and a bit ago: the first check is due, the others are not, whatever our clock says.
    place.clock.set(domain::UtcMs(5));
    store.save(signal("a", "BTC", now.plus_ms(-3_700_000))).await.unwrap();
    let claimed = store.claim_due_outcomes(None, "w", 10, 60_000).await.unwrap();
    assert_eq!(claimed.iter().map(|claim| claim.horizon_s).collect::<Vec<_>>(), [3_600]);
    assert!(store.claim_due_outcomes(None, "w", 10, 60_000).await.unwrap().is_empty());
    store.close().await;
}

async fn fill(store: &Store, signals: usize) {
    let mut saving = JoinSet::new();
    for number in 0..signals {
        let store = store.clone();
        saving.spawn(async move {
            let new = signal(&format!("s{number:04}"), "BTC", NOON);
            store.save(NewSignal { alerts: Vec::new(), ..new }).await.unwrap();
        });
    }
    saving.join_all().await;
    assert!(store.flush(Duration::from_mins(1)).await);
}

async fn four_workers_and_paused_ones_finish_each_check_once(place: Place) {
    let store = place.open().await;
    fill(&store, 667).await;
    let total = 667 * 3;
    let due = NOON.plus_ms(100_000_000);
    // Claims 150 and pauses; its lease runs out while the others work on.
    let paused = store.claim_due_outcomes(Some(due), "paused", 150, 200).await.unwrap();
    assert_eq!(paused.len(), 150);
    let finished: Arc<Mutex<HashMap<String, u32>>> = Arc::default();
    let mut workers = JoinSet::new();
    for worker in 0..4 {
        let beside = place.open_beside(&format!("worker-{worker}"), store::DataSource::Live).await;
        let finished = Arc::clone(&finished);
        workers.spawn(async move {
            let name = format!("w{worker}");
            let mut idle = 0;
            while idle < 3 {
                let claimed = beside.claim_due_outcomes(Some(due), &name, 37, 100).await.unwrap();
                if claimed.is_empty() {
                    idle += 1;
                    // Every lease of a paused worker ends.
                    tokio::time::sleep(Duration::from_millis(250)).await;
                }
                for (index, claim) in claimed.iter().enumerate() {
                    // Now and then a worker drops its row, as if it had died.
                    if idle == 0 && index % 19 == 18 {
                        continue;
                    }
                    if finish(&beside, &claim.lease, &won()).await {
                        *finished.lock().unwrap().entry(claim.lease.id.clone()).or_default() += 1;
                    }
                }
            }
            beside.close().await;
        });
    }
    workers.join_all().await;
    // The paused one wakes up: it no longer holds anything that others finished.
    for claim in &paused {
        if finish(&store, &claim.lease, &won()).await {
            *finished.lock().unwrap().entry(claim.lease.id.clone()).or_default() += 1;
        }
    }
    tokio::time::sleep(Duration::from_millis(150)).await;
    for claim in store.claim_due_outcomes(Some(due), "last", 5_000, 60_000).await.unwrap() {
        assert!(finish(&store, &claim.lease, &won()).await);
        *finished.lock().unwrap().entry(claim.lease.id).or_default() += 1;
    }
    let finished = finished.lock().unwrap().clone();
    assert_eq!(finished.len(), total);
    assert!(finished.values().all(|times| *times == 1));
    assert_eq!(store.outcome_counts().await.unwrap().done, 2_001);
    assert_eq!(store.count(&SignalFilter::default()).await.unwrap(), 667);
    store.close().await;
}

async fn alerts_are_sent_once(place: Place) {
    let store = place.open().await;
    store.save(signal("a", "BTC", NOON)).await.unwrap();
    let alone = store::NewOutbox {
        id: "alone".to_owned(),
        kind: "telegram".to_owned(),
        payload: crate::support::json(&serde_json::json!({"text": "hello"})),
        due_at: NOON.plus_ms(10),
    };
    store.enqueue_alerts(vec![alone.clone()]).await.unwrap();
    store.enqueue_alerts(vec![alone]).await.unwrap();
    let first = store.claim_alerts(Some(NOON), "w", 10, 1_000).await.unwrap();
    assert_eq!((first.len(), first[0].signal_id.as_deref()), (1, Some("a")));
    assert!(store.retry_alert(&first[0].lease, NOON.plus_ms(5_000), "timeout").await.unwrap());
    assert!(!store.finish_alert(&first[0].lease).await.unwrap());
    let second = store.claim_alerts(Some(NOON.plus_ms(5_000)), "w", 10, 1_000).await.unwrap();
    let ids: Vec<&str> = second.iter().map(|alert| alert.lease.id.as_str()).collect();
    assert_eq!(ids, ["alone", "a-alert"]);
    assert!(store.finish_alert(&second[0].lease).await.unwrap());
    assert!(store.bury_alert(&second[1].lease, "chat is gone").await.unwrap());
    let rows = store.alerts(10).await.unwrap();
    let dead = rows.iter().find(|row| row.id == "a-alert").unwrap();
    assert_eq!(
        (dead.state.as_str(), dead.attempt, dead.last_error.as_deref()),
        ("dead", 2, Some("chat is gone"))
    );
    assert!(store.claim_alerts(Some(NOON.plus_ms(9_999_999)), "w", 10, 1_000).await.unwrap().is_empty());

    assert!(store.try_fire("spike", "BTC", NOON, 60_000, None).await.unwrap());
    assert!(!store.try_fire("spike", "BTC", NOON.plus_ms(59_999), 60_000, None).await.unwrap());
    assert!(store.try_fire("spike", "ETH", NOON, 60_000, None).await.unwrap());
    assert!(store.try_fire("spike", "BTC", NOON.plus_ms(60_000), 60_000, None).await.unwrap());
    assert_eq!(store.alert_states().await.unwrap()[0].fired_at, NOON.plus_ms(60_000));
    store.close().await;
}
