//! The log of issued signals: whole under load and kills, and no change to it goes unseen.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use store::{DataSource, LogReport, NewSignal, Origin, SignalFilter, Store};
use tokio::task::JoinSet;

use crate::support::{NOON, Place, signal};

crate::on_both!(
    each_engine_signal_is_logged_once,
    two_thousand_saves_make_one_chain,
    four_stores_make_one_chain,
    a_spool_that_is_loaded_again_adds_nothing,
    clearing_keeps_the_log,
    changes_are_found,
    missing_entries_are_found,
    a_lost_head_stops_no_signal,
    signals_from_before_the_log_are_told_apart,
);

async fn whole(store: &Store, entries: u64) -> LogReport {
    let report = store.verify_log().await.unwrap();
    assert!(report.is_whole(), "{report:?}");
    assert_eq!(report.entries, entries);
    report
}

/// What is wrong, as `(entry, signal, words)`.
async fn faults(store: &Store) -> Vec<(Option<i64>, String, String)> {
    let report = store.verify_log().await.unwrap();
    assert_eq!(report.faults_total, report.faults.len() as u64);
    let told = report.faults.into_iter();
    told.map(|fault| (fault.seq, fault.signal_id.unwrap_or_default(), fault.what)).collect()
}

async fn fill(store: &Store, names: impl IntoIterator<Item = String>) {
    for name in names {
        store.save(signal(&name, "BTC", NOON)).await.unwrap();
    }
    assert!(store.flush(Duration::from_secs(20)).await);
}

async fn each_engine_signal_is_logged_once(place: Place) {
    let store = place.open().await;
    assert_eq!(store.log_head().await.unwrap(), None);
    let empty = whole(&store, 0).await;
    assert_eq!((empty.first_at, empty.head_hash), (None, None));

    // The smallest row that there may be, and figures of many digits.
    let bare = NewSignal {
        id: "bare".to_owned(),
        symbol: "ÆTHER\"\\".to_owned(),
        signal: "SHORT".to_owned(),
        score: 0.1 + 0.2,
        price: Some(1.0e-11 / 3.0),
        stop_loss: Some(-0.0),
        timestamp: NOON.plus_ms(7),
        ..NewSignal::default()
    };
    store.save(bare.clone()).await.unwrap();
    store.save(bare).await.unwrap();
    let first = store.log_head().await.unwrap().unwrap();
    assert_eq!((first.seq, first.hash.len()), (1, 64));
    place.clock.set(NOON.plus_ms(60_000));
    store.save(signal("a", "BTC", NOON)).await.unwrap();
    store.save(NewSignal { origin: Origin::Mss, ..signal("mss", "BTC", NOON) }).await.unwrap();
    let older = br#"[{"id": "old", "saved_at": "2025-11-12T10:15:30+07:00", "data": {"symbol": "BTC",
        "timestamp": "2025-11-12T10:15:29+07:00", "signal": "LONG", "score": 58.3, "price": 103250.1}}]"#;
    assert_eq!(store.import(&older[..]).await.unwrap().loaded, 1);
    // Another kind of run has a chain of its own.
    let replay = place.open_beside("replay", DataSource::Replay).await;
    replay.save(signal("r", "BTC", NOON)).await.unwrap();
    whole(&replay, 1).await;
    replay.close().await;

    let report = whole(&store, 2).await;
    assert_eq!((report.first_at, report.last_at), (Some(NOON), Some(NOON.plus_ms(60_000))));
    let head = store.log_head().await.unwrap().unwrap();
    assert_eq!((head.seq, Some(&head.hash)), (2, report.head_hash.as_ref()));
    assert_ne!(head.hash, first.hash);
    store.close().await;
}

async fn two_thousand_saves_make_one_chain(place: Place) {
    let store = place.open().await;
    let start = Instant::now();
    let mut saving = JoinSet::new();
    for number in 0..2_000 {
        let store: Store = store.clone();
        saving.spawn(async move { store.save(signal(&format!("s{number:04}"), "BTC", NOON)).await.unwrap() });
    }
    saving.join_all().await;
    assert!(store.flush(Duration::from_mins(1)).await);
    let together = start.elapsed();
    let start = Instant::now();
    fill(&store, (0..200).map(|number| format!("t{number:04}"))).await;
    eprintln!(
        "{:?}: 2000 saves at once in {together:?}, 200 one after another in {:?}",
        store.backend(),
        start.elapsed()
    );
    assert_eq!(store.count(&SignalFilter::default()).await, Ok(2_200));
    let start = Instant::now();
    whole(&store, 2_200).await;
    eprintln!("{:?}: checked in {:?}", store.backend(), start.elapsed());
    store.close().await;
}

async fn four_stores_make_one_chain(place: Place) {
    let mut savers = JoinSet::new();
    for number in 0..4 {
        let store = place.open_beside(&format!("spool-{number}"), DataSource::Live).await;
        savers.spawn(async move {
            for turn in 0..50 {
                // Now and then two stores have the same signal.
                let owner = if turn % 10 == 9 { 0 } else { number };
                store.save(signal(&format!("s{owner}-{turn}"), "BTC", NOON)).await.unwrap();
                if turn % 17 == 0 {
                    // A check beside the savers is no disturbance and sees no fault.
                    let report = store.verify_log().await.unwrap();
                    assert!(report.is_whole(), "{report:?}");
                }
            }
            assert!(store.flush(Duration::from_mins(1)).await, "{:?}", store.spool_status());
            assert_eq!(store.spool_status().refused, 0);
            store.close().await;
        });
    }
    savers.join_all().await;
    let store = place.open().await;
    whole(&store, 200 - 3 * 5).await;
    assert_eq!(store.log_head().await.unwrap().unwrap().seq, 185);
    store.close().await;
}

async fn a_spool_that_is_loaded_again_adds_nothing(place: Place) {
    let store = place.open().await;
    fill(&store, (0..20).map(|number| format!("s{number}"))).await;
    let before = whole(&store, 20).await;
    store.close().await;
    std::fs::remove_file(place.spool_dir().join("loaded.json")).unwrap();
    let store = place.open().await;
    assert_eq!(store.spool_status().written, 20);
    assert!(store.flush(Duration::from_secs(10)).await);
    assert_eq!(whole(&store, 20).await, before);

    // Also when the rows had been cleared in between: they come back under their first entries.
    assert_eq!(store.clear(true).await, Ok(20));
    assert_eq!(whole(&store, 20).await.cleared, 20);
    store.close().await;
    std::fs::remove_file(place.spool_dir().join("loaded.json")).unwrap();
    let store = place.open().await;
    assert!(store.flush(Duration::from_secs(10)).await);
    assert_eq!(store.spool_status().refused, 0);
    assert_eq!(store.count(&SignalFilter::default()).await, Ok(20));
    assert_eq!(whole(&store, 20).await, before);
    fill(&store, ["after".to_owned()]).await;
    whole(&store, 21).await;
    store.close().await;
}

async fn clearing_keeps_the_log(place: Place) {
    let store = place.open().await;
    fill(&store, (0..3).map(|number| format!("s{number}"))).await;
    let head = store.log_head().await.unwrap();
    assert_eq!(store.clear(true).await, Ok(3));
    assert_eq!(store.log_head().await.unwrap(), head);
    fill(&store, (3..5).map(|number| format!("s{number}"))).await;
    assert_eq!(whole(&store, 5).await.cleared, 3);
    // What was stored after the clearing has no such excuse.
    place.sql("DELETE FROM signals WHERE id = 's3'").await;
    assert_eq!(
        faults(&store).await,
        [(Some(4), "s3".to_owned(), "the logged signal is no longer stored".to_owned())]
    );
    store.close().await;
}

async fn changes_are_found(place: Place) {
    let store = place.open().await;
    fill(&store, (1..=6).map(|number| format!("s{number}"))).await;
    whole(&store, 6).await;
    // Each change and its reversal; the words that must be told, at which entry.
    let cases = [
        (
            "UPDATE signals SET score = 99.0 WHERE id = 's2'",
            "UPDATE signals SET score = 63.4 WHERE id = 's2'",
            2,
            "score was 63.4 and is 99.0",
        ),
        (
            "UPDATE signals SET stop_loss = NULL WHERE id = 's3'",
            "UPDATE signals SET stop_loss = 88130.1 WHERE id = 's3'",
            3,
            "stopLoss was 88130.1 and is null",
        ),
        (
            "UPDATE signals SET verdict = 'SKIP' WHERE id = 's1'",
            "UPDATE signals SET verdict = 'CONFIRM' WHERE id = 's1'",
            1,
            "verdict was \"CONFIRM\" and is \"SKIP\"",
        ),
        (
            "UPDATE signals SET timestamp = timestamp - 1 WHERE id = 's4'",
            "UPDATE signals SET timestamp = timestamp + 1 WHERE id = 's4'",
            4,
            "timestamp was",
        ),
        (
            "UPDATE signals SET created_at = created_at - 1 WHERE id = 's4'",
            "UPDATE signals SET created_at = created_at + 1 WHERE id = 's4'",
            4,
            "issuedAt was",
        ),
        (
            "UPDATE signals SET origin = 'mss' WHERE id = 's5'",
            "UPDATE signals SET origin = 'signal' WHERE id = 's5'",
            5,
            "its origin is now mss",
        ),
        (
            "UPDATE issued_log SET payload = replace(payload, 'LONG', 'SHORT') WHERE seq = 2",
            "UPDATE issued_log SET payload = replace(payload, 'SHORT', 'LONG') WHERE seq = 2",
            2,
            "the logged payload was changed",
        ),
        (
            "UPDATE issued_log SET digest = hash WHERE seq = 3",
            "UPDATE issued_log SET digest = (SELECT digest FROM kept) WHERE seq = 3",
            3,
            "the digest is not",
        ),
        (
            "UPDATE issued_log SET issued_at = issued_at - 5 WHERE seq = 6",
            "UPDATE issued_log SET issued_at = issued_at + 5 WHERE seq = 6",
            6,
            "the entry's columns",
        ),
        ("UPDATE issued_heads SET seq = 4", "UPDATE issued_heads SET seq = 6", 5, "the head ends at 4"),
    ];
    place.sql("CREATE TABLE kept AS SELECT digest FROM issued_log WHERE seq = 3").await;
    for (change, reversal, seq, words) in cases {
        place.sql(change).await;
        let found = faults(&store).await;
        assert_eq!(found.len(), 1, "{change}: {found:?}");
        assert!(found[0].0 == Some(seq) && found[0].2.contains(words), "{change}: {found:?}");
        place.sql(reversal).await;
        whole(&store, 6).await;
    }
    // A hash that was made anew for a changed payload no longer leads to the next entry.
    place.sql("UPDATE issued_log SET hash = digest WHERE seq = 4").await;
    let found = faults(&store).await;
    assert_eq!(found.iter().map(|fault| fault.0).collect::<Vec<_>>(), [Some(4), Some(5)], "{found:?}");
    assert!(found[1].2.contains("does not follow"));
    // A row that was put there by hand.
    place
        .sql(
            "INSERT INTO signals (id, symbol, signal, score, timestamp, created_at, data_source, origin, score_band) \
             VALUES ('forged', 'BTC', 'LONG', 90, 5, 5, 'live', 'signal', '90-100')",
        )
        .await;
    let found = faults(&store).await;
    let forged = (None, "forged".to_owned(), "the stored signal was never logged".to_owned());
    assert!(found.len() == 3 && found.contains(&forged), "{found:?}");
    store.close().await;
}

async fn missing_entries_are_found(place: Place) {
    let store = place.open().await;
    fill(&store, (1..=9).map(|number| format!("s{number}"))).await;
    // One inside, with its signal, and the last two.
    place.sql("DELETE FROM issued_log WHERE seq IN (3, 8, 9)").await;
    place.sql("DELETE FROM signals WHERE id = 's3'").await;
    let expected = [
        (Some(3), String::new(), "the entry is missing".to_owned()),
        (Some(8), String::new(), "the entries 8 to 9 are missing".to_owned()),
        (None, "s8".to_owned(), "the stored signal was never logged".to_owned()),
        (None, "s9".to_owned(), "the stored signal was never logged".to_owned()),
    ];
    assert_eq!(faults(&store).await, expected);
    // The chain goes on after the last one that was issued, so the gap stays to be seen.
    fill(&store, ["s10".to_owned()]).await;
    assert_eq!(store.log_head().await.unwrap().unwrap().seq, 10);
    assert_eq!(faults(&store).await, expected);
    place.sql("DELETE FROM issued_log WHERE seq = 1").await;
    assert_eq!(faults(&store).await.iter().filter(|fault| fault.0 == Some(1)).count(), 1);
    store.close().await;
}

async fn a_lost_head_stops_no_signal(place: Place) {
    let store = place.open().await;
    fill(&store, (1..=3).map(|number| format!("s{number}"))).await;
    place.sql("DELETE FROM issued_heads").await;
    assert_eq!(faults(&store).await, [(None, String::new(), "the log's head is missing".to_owned())]);
    fill(&store, ["s4".to_owned()]).await;
    // A head that was set back does not either.
    place.sql("UPDATE issued_heads SET seq = 1").await;
    fill(&store, ["s5".to_owned()]).await;
    assert_eq!(store.spool_status().refused, 0);
    whole(&store, 5).await;
    store.close().await;
}

async fn signals_from_before_the_log_are_told_apart(place: Place) {
    let store = place.open().await;
    fill(&store, ["early".to_owned()]).await;
    store.close().await;
    // Back to the schema before the log, and forth again.
    for sql in [
        "DROP TABLE issued_log",
        "DROP TABLE issued_heads",
        "DROP TABLE issued_before",
        "DROP INDEX outcomes_journal",
        "ALTER TABLE outcomes DROP COLUMN journal",
        "DROP INDEX signals_journal",
        "ALTER TABLE signals DROP COLUMN journal",
        "ALTER TABLE signals DROP COLUMN factor_scores",
        "DROP TABLE journal_epochs",
        "DROP TABLE ab_checks",
        "DROP TABLE ab_decisions",
        "DROP TABLE ab_tests",
        "DROP TABLE optimizations",
        "DELETE FROM schema_migrations WHERE version >= 4",
    ] {
        place.sql(sql).await;
    }
    let store = place.open().await;
    fill(&store, ["late".to_owned()]).await;
    let report = whole(&store, 1).await;
    assert_eq!((report.before_log, report.cleared), (1, 0));
    let ids: BTreeSet<String> = store
        .list(&SignalFilter::default(), 10, None)
        .await
        .unwrap()
        .items
        .into_iter()
        .map(|row| row.id)
        .collect();
    assert_eq!(ids.len(), 2);
    store.close().await;
}
