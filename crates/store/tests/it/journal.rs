//! Following what is stored and finished: every row once, whatever the order in which transactions end.

use std::collections::BTreeSet;

use store::{FirstTouch, JournaledCheck, NewSignal, OutcomeResult, OutcomeVerdict, Store};

use crate::support::{NOON, Place, json, signal};

crate::on_both!(
    rows_are_numbered_as_they_come,
    a_late_transaction_is_not_passed_over,
    rows_that_others_wrote_are_read_from_the_first,
    a_deletion_turns_the_epoch_over,
);

fn won(gross_pct: f64) -> OutcomeResult {
    OutcomeResult {
        result: OutcomeVerdict::Win,
        entry_price: Some(100.0),
        exit_price: Some(100.0 + gross_pct),
        interval: Some("1m".to_owned()),
        venue: Some("binance".to_owned()),
        gross_pct: Some(gross_pct),
        net_pct: Some(gross_pct - 0.14),
        net_win: Some(true),
        first_touch: Some(FirstTouch::Target),
        best_pct: Some(gross_pct),
        worst_pct: None,
        reason: None,
    }
}

/// Finishes this many of the checks that wait, and gives their ids.
async fn finish(store: &Store, count: u32) -> BTreeSet<String> {
    let due = Some(NOON.plus_ms(100_000_000));
    let claims = store.claim_due_outcomes(due, "w", count, 60_000).await.unwrap();
    let done: Vec<_> = claims.into_iter().map(|claim| (claim.lease, won(2.0))).collect();
    assert!(store.finish_outcomes(&done).await.unwrap().into_iter().all(|held| held));
    done.into_iter().map(|(lease, _)| lease.id).collect()
}

async fn every_check(store: &Store) -> Vec<JournaledCheck> {
    let mut rows = Vec::new();
    store.every_check(|row| rows.push(row)).await.unwrap();
    rows
}

fn ids(rows: &[JournaledCheck]) -> BTreeSet<String> {
    rows.iter().map(|row| row.id.clone()).collect()
}

async fn rows_are_numbered_as_they_come(place: Place) {
    let store = place.open().await;
    let empty = store.journal_head().await.unwrap();
    assert_eq!((empty.newest_check, empty.newest_signal, empty.epoch), (0, 0, 0));
    let writes = store.writes();
    let factors = serde_json::json!([
        {"factor": "oiTrend", "score": 61.5}, {"factor": "fearGreed", "score": null}, {"factor": "fundingRate", "score": 0}
    ]);
    store.save(NewSignal { factors: Some(json(&factors)), ..signal("a", "BTC", NOON) }).await.unwrap();
    store.save(signal("b", "ETH", NOON.plus_ms(1))).await.unwrap();
    assert!(store.writes() > writes);
    let waiting = store.waiting().await.unwrap();
    assert_eq!((waiting.pending, waiting.next_due_at), (6, Some(NOON.plus_ms(3_600_000))));

    let signals = store.journaled_signals(1).await.unwrap();
    assert_eq!(signals.len(), 2);
    assert!(signals.iter().all(|row| row.number > 0 && row.weights_id.as_deref() == Some("default-1")));
    let scores: Vec<Option<&str>> = signals.iter().map(|row| row.factor_scores.as_deref()).collect();
    assert!(scores.contains(&Some("oiTrend=61.5 fundingRate=0")) && scores.contains(&None), "{scores:?}");
    // Nothing is finished yet.
    assert!(every_check(&store).await.is_empty());

    let first = finish(&store, 2).await;
    let head = store.journal_head().await.unwrap();
    let rows = store.journaled_checks(1).await.unwrap();
    assert_eq!(ids(&rows), first);
    assert!(rows.iter().all(|row| row.number <= head.newest_check && row.number > 0));
    let row = &rows[0];
    assert_eq!((row.rose, row.gross_pct, row.worst_pct), (Some(true), Some(2.0), None));
    assert_eq!(
        (row.first_touch, row.net_win, row.result),
        (Some(FirstTouch::Target), Some(true), OutcomeVerdict::Win)
    );
    assert_eq!((row.of.signal.as_str(), row.of.score_band.as_str(), row.of.score), ("LONG", "60-70", 63.4));
    let second = finish(&store, 2).await;
    let rows = store.journaled_checks(head.newest_check + 1).await.unwrap();
    assert_eq!(ids(&rows), second);
    assert_eq!(store.waiting().await.unwrap().pending, 2);

    let seen: Vec<String> = every_check(&store).await.into_iter().map(|row| row.id).collect();
    assert_eq!(seen.len(), 4);
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), first.union(&second).cloned().collect());
    store.close().await;
}

/// One reader as it should be.
#[derive(Default)]
struct Reader {
    next: i64,
    open: BTreeSet<String>,
    seen: Vec<String>,
}

impl Reader {
    async fn read(&mut self, store: &Store) {
        let head = store.journal_head().await.unwrap();
        let rows = store.journaled_checks(self.next).await.unwrap();
        let next = self.next.max(head.settled.min(head.newest_check + 1));
        self.seen.extend(rows.iter().map(|row| row.id.clone()).filter(|id| !self.open.contains(id)));
        self.open = rows.iter().filter(|row| row.number >= next).map(|row| row.id.clone()).collect();
        self.next = next;
    }
}

async fn a_late_transaction_is_not_passed_over(place: Place) {
    let store = place.open().await;
    for number in 0..20_i64 {
        store.save(signal(&format!("s{number:02}"), "BTC", NOON.plus_ms(number))).await.unwrap();
    }
    let (mut reader, mut naive) = (Reader::default(), (0_i64, BTreeSet::new()));
    finish(&store, 5).await;
    reader.read(&store).await;
    // It takes its number before others and ends after them.
    let late = place
        .hold(
            "UPDATE outcomes SET state = 'done', result = 'WIN', journal = {number} \
        WHERE id = 's19-86400' AND state = 'pending'",
        )
        .await;
    for _ in 0..4 {
        finish(&store, 6).await;
        reader.read(&store).await;
        // Who goes on from the highest number that is visible.
        for row in store.journaled_checks(naive.0 + 1).await.unwrap() {
            naive.0 = naive.0.max(row.number);
            naive.1.insert(row.id);
        }
    }
    let is_concurrent = late.is_some();
    if let Some(late) = late {
        late.commit().await;
    }
    finish(&store, 3).await;
    for _ in 0..2 {
        reader.read(&store).await;
        for row in store.journaled_checks(naive.0 + 1).await.unwrap() {
            naive.0 = naive.0.max(row.number);
            naive.1.insert(row.id);
        }
    }
    let all = ids(&store.journaled_checks(0).await.unwrap());
    assert_eq!(reader.seen.len(), all.len(), "none twice");
    assert_eq!(reader.seen.iter().cloned().collect::<BTreeSet<_>>(), all, "none left out");
    // The check above would find a reader that is careless.
    assert_eq!(naive.1 == all, !is_concurrent);
    store.close().await;
}

async fn rows_that_others_wrote_are_read_from_the_first(place: Place) {
    let store = place.open().await;
    for number in 0..3_i64 {
        store.save(signal(&format!("s{number}"), "BTC", NOON.plus_ms(number))).await.unwrap();
    }
    finish(&store, 2).await;
    // An older program, and a dump of a server that had counted further.
    place.sql("UPDATE outcomes SET state = 'void', result = 'VOID', journal = 0 WHERE id = 's2-86400'").await;
    place.sql("UPDATE outcomes SET journal = 4611686018427387904 WHERE state = 'done'").await;
    let all = every_check(&store).await;
    assert_eq!(all.len(), 3);
    assert!(all.iter().any(|row| row.result == OutcomeVerdict::Void && row.rose.is_none()));
    let is_postgres = store.backend() == store::Backend::Postgres;
    assert_eq!(store.renumber_journal().await.unwrap(), if is_postgres { 2 } else { 0 });
    let head = store.journal_head().await.unwrap();
    finish(&store, 4).await;
    let newer = store.journaled_checks(head.newest_check + 1).await.unwrap();
    assert_eq!(newer.len(), 4);
    store.close().await;
}

async fn a_deletion_turns_the_epoch_over(place: Place) {
    let store = place.open().await;
    store.save(signal("a", "BTC", NOON)).await.unwrap();
    finish(&store, 3).await;
    let before = store.journal_head().await.unwrap();
    store.clear(true).await.unwrap();
    let after = store.journal_head().await.unwrap();
    assert_eq!((after.newest_check, after.newest_signal), (0, 0));
    assert_ne!(after.epoch, before.epoch);
    // Another data source's rows are another's, and its deletion tells everybody.
    let other = place.open_beside("other", store::DataSource::Replay).await;
    assert!(other.journaled_signals(0).await.unwrap().is_empty());
    other.clear(true).await.unwrap();
    assert_ne!(store.journal_head().await.unwrap().epoch, after.epoch);
    other.close().await;
    store.close().await;
}
