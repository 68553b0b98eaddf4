//! Saving and reading.

use domain::UtcMs;
use store::{Cursor, DataSource, NewSignal, SignalFilter, StoreError, StoredWhere};

use crate::support::{NOON, Place, json, signal};

crate::on_both!(
    a_signal_comes_back_as_it_was_saved,
    saving_twice_stores_once,
    pages_show_every_signal_once,
    filters_and_statistics,
    clearing_needs_a_confirmation,
    data_sources_do_not_see_each_other,
    hostile_text_is_stored_or_refused_before_the_promise,
    many_instances_start_at_once,
    a_reopened_store_has_everything,
);

async fn a_signal_comes_back_as_it_was_saved(place: Place) {
    let store = place.open().await;
    let new = NewSignal {
        score: 0.1 + 0.2,
        price: Some(0.000_012_345_678_901_234_5),
        smc_analysis: Some(json(&serde_json::json!({"zones": [1, 2.5]}))),
        extra: Some(json(&serde_json::json!({"premiumMetrics": {}}))),
        ..signal("01A", "PEPE", NOON.plus_ms(7))
    };
    let saved = store.save(new.clone()).await.unwrap();
    assert_eq!((saved.id.as_str(), saved.stored), ("01A", StoredWhere::Database));

    let found = store.get("01A").await.unwrap().unwrap();
    assert_eq!(found.score.to_bits(), new.score.to_bits());
    assert_eq!(found.price.map(f64::to_bits), new.price.map(f64::to_bits));
    assert_eq!((found.timestamp, found.created_at), (NOON.plus_ms(7), NOON));
    assert_eq!((found.symbol.as_str(), found.signal.as_str()), ("PEPE", "LONG"));
    assert_eq!((found.score_band.as_str(), found.origin.as_str()), ("0-10", "signal"));
    assert_eq!((found.verdict.as_deref(), found.risk_mode.as_deref()), (Some("CONFIRM"), Some("NORMAL")));
    assert_eq!((found.stop_loss, found.take_profit), (new.stop_loss, new.take_profit));
    assert_eq!(found.data_source, DataSource::Live);
    let value = |json: Option<store::Json>| {
        json.map(|json| serde_json::from_str::<serde_json::Value>(json.get()).unwrap())
    };
    assert_eq!(value(found.reasons), value(new.reasons));
    assert_eq!(value(found.metrics), value(new.metrics));
    assert_eq!(value(found.smc_analysis), value(new.smc_analysis));
    assert_eq!(value(found.extra), value(new.extra));
    assert!(found.coinapi_metrics.is_none() && found.factors.is_none());

    assert_eq!(store.latest("PEPE").await.unwrap().unwrap().id, "01A");
    assert!(store.latest("BTC").await.unwrap().is_none());
    assert!(store.get("nobody").await.unwrap().is_none());
    assert_eq!(store.outcome_counts().await.unwrap().pending, 3);
    assert_eq!(store.alerts(10).await.unwrap().len(), 1);
    assert!(store.ping().await.unwrap().as_secs() < 5);
    let sizes = store.sizes().await.unwrap();
    assert_eq!((sizes.signals, sizes.outcomes), (1, 3));
    assert!(sizes.database_bytes > 0 && sizes.spool_bytes > 0);
    let status = store.spool_status();
    assert_eq!((status.pending, status.oldest, status.refused, status.last_error), (0, None, 0, None));
    store.close().await;
    assert_eq!(store.save(signal("01B", "BTC", NOON)).await, Err(StoreError::Closed));
}

async fn saving_twice_stores_once(place: Place) {
    let store = place.open().await;
    let beside = place.open_beside("other", DataSource::Live).await;
    for _ in 0..3 {
        store.save(signal("01A", "BTC", NOON)).await.unwrap();
    }
    beside.save(NewSignal { score: 1.0, ..signal("01A", "ETH", NOON) }).await.unwrap();
    let found = store.get("01A").await.unwrap().unwrap();
    assert_eq!((found.symbol.as_str(), found.score), ("BTC", 63.4));
    assert_eq!(store.count(&SignalFilter::default()).await.unwrap(), 1);
    assert_eq!(store.outcome_counts().await.unwrap().pending, 3);
    assert_eq!(store.alerts(10).await.unwrap().len(), 1);
    store.close().await;
    beside.close().await;
}

async fn pages_show_every_signal_once(place: Place) {
    let store = place.open().await;
    for index in 0..25_i64 {
        // Every five share an instant.
        let new = signal(&format!("id.{index:02}"), "BTC", NOON.plus_ms(index / 5));
        store.save(NewSignal { outcomes: Vec::new(), alerts: Vec::new(), ..new }).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut after: Option<Cursor> = None;
    for _ in 0..10 {
        let page = store.list(&SignalFilter::default(), 4, after.as_ref()).await.unwrap();
        seen.extend(page.items.iter().map(|signal| signal.id.clone()));
        // A row that arrives meanwhile does not shift the pages.
        let newer = signal(&format!("new.{}", seen.len()), "BTC", NOON.plus_ms(100));
        store.save(newer).await.unwrap();
        let Some(next) = page.next else { break };
        after = Some(next.to_string().parse().unwrap());
    }
    let expected: Vec<String> = (0..25).rev().map(|index| format!("id.{index:02}")).collect();
    assert_eq!(seen, expected);
    store.close().await;
}

async fn filters_and_statistics(place: Place) {
    let store = place.open().await;
    let empty = store.statistics(&SignalFilter::default()).await.unwrap();
    assert_eq!((empty.total, empty.mean_score, empty.first_at), (0, None, None));
    for (id, symbol, direction, score, verdict, at) in [
        ("a", "BTC", "LONG", 70.0, Some("CONFIRM"), 0),
        ("b", "BTC", "SHORT", 20.0, Some("SKIP"), 1_000),
        ("c", "ETH", "LONG", 60.0, None, 2_000),
    ] {
        let new = NewSignal {
            signal: direction.to_owned(),
            score,
            verdict: verdict.map(str::to_owned),
            ..signal(id, symbol, NOON.plus_ms(at))
        };
        store.save(new).await.unwrap();
    }
    let ids = async |filter: SignalFilter| -> Vec<String> {
        store.list(&filter, 10, None).await.unwrap().items.into_iter().map(|signal| signal.id).collect()
    };
    let any = SignalFilter::default();
    assert_eq!(ids(SignalFilter { symbol: Some("BTC".to_owned()), ..any.clone() }).await, ["b", "a"]);
    assert_eq!(ids(SignalFilter { signal: Some("LONG".to_owned()), ..any.clone() }).await, ["c", "a"]);
    assert_eq!(ids(SignalFilter { verdict: Some("SKIP".to_owned()), ..any.clone() }).await, ["b"]);
    assert_eq!(ids(SignalFilter { min_score: Some(60.0), ..any.clone() }).await, ["c", "a"]);
    let window =
        SignalFilter { from: Some(NOON.plus_ms(1_000)), to: Some(NOON.plus_ms(2_000)), ..any.clone() };
    assert_eq!(ids(window).await, ["b"]);
    let all = store.statistics(&any).await.unwrap();
    assert_eq!((all.total, all.mean_score), (3, Some(50.0)));
    assert_eq!(all.by_signal, [("LONG".to_owned(), 2), ("SHORT".to_owned(), 1)]);
    assert_eq!(all.by_symbol, [("BTC".to_owned(), 2), ("ETH".to_owned(), 1)]);
    assert_eq!(all.by_verdict.len(), 3);
    assert!(all.by_verdict.contains(&(None, 1)));
    assert_eq!((all.first_at, all.last_at), (Some(NOON), Some(NOON.plus_ms(2_000))));
    store.close().await;
}

async fn clearing_needs_a_confirmation(place: Place) {
    let store = place.open().await;
    let replay = place.open_beside("replay", DataSource::Replay).await;
    store.save(signal("a", "BTC", NOON)).await.unwrap();
    replay.save(signal("r", "BTC", NOON)).await.unwrap();
    assert_eq!(store.clear(false).await, Err(StoreError::NotConfirmed));
    assert_eq!(store.clear(true).await, Ok(1));
    assert_eq!(store.count(&SignalFilter::default()).await, Ok(0));
    assert_eq!(store.outcome_counts().await.unwrap().pending, 0);
    assert!(store.alerts(10).await.unwrap().is_empty());
    assert_eq!(replay.count(&SignalFilter::default()).await, Ok(1));
    replay.close().await;
    store.close().await;
    // What was cleared does not come back from the backup files.
    let store = place.open().await;
    assert!(store.flush(std::time::Duration::from_secs(5)).await);
    assert_eq!(store.count(&SignalFilter::default()).await, Ok(0));
    store.close().await;
}

async fn data_sources_do_not_see_each_other(place: Place) {
    let live = place.open().await;
    let replay = place.open_beside("replay", DataSource::Replay).await;
    live.save(signal("live", "BTC", NOON)).await.unwrap();
    replay.save(signal("replay", "BTC", NOON.plus_ms(5))).await.unwrap();
    assert_eq!(live.latest("BTC").await.unwrap().unwrap().id, "live");
    assert_eq!(replay.latest("BTC").await.unwrap().unwrap().id, "replay");
    assert!(live.get("replay").await.unwrap().is_none());
    let late = Some(NOON.plus_ms(1_000_000_000));
    assert_eq!(live.claim_due_outcomes(late, "w", 100, 1_000).await.unwrap().len(), 3);
    let claimed = replay.claim_due_outcomes(late, "w", 100, 1_000).await.unwrap();
    assert!(claimed.len() == 3 && claimed.iter().all(|claim| claim.signal_id == "replay"));
    assert_eq!(live.claim_alerts(late, "w", 100, 1_000).await.unwrap().len(), 1);
    live.close().await;
    replay.close().await;
}

async fn hostile_text_is_stored_or_refused_before_the_promise(place: Place) {
    let store = place.open().await;
    let raw = |text: &str| Some(serde_json::value::RawValue::from_string(text.to_owned()).unwrap());
    let new = NewSignal {
        symbol: "B'; DROP TABLE signals; --".to_owned(),
        metrics: raw("{\"nul\": \"a\\u0000b\", \"deep\": [[[[1e300]]]], \"🦀\": \"\\ud83e\\udd80\"}"),
        ..signal("$1 \"'\\", "x", NOON)
    };
    assert_eq!(store.save(new).await.unwrap().stored, StoredWhere::Database);
    let found = store.latest("B'; DROP TABLE signals; --").await.unwrap().unwrap();
    let metrics: serde_json::Value = serde_json::from_str(found.metrics.unwrap().get()).unwrap();
    assert_eq!((&metrics["nul"], &metrics["🦀"]), (&"a\u{fffd}b".into(), &"🦀".into()));
    let refused = NewSignal { metrics: raw("\"\\ud800\""), ..signal("b", "BTC", NOON) };
    assert!(matches!(store.save(refused).await, Err(StoreError::Invalid { .. })));
    let refused = NewSignal { timestamp: UtcMs(i64::MAX), outcomes: Vec::new(), ..signal("c", "BTC", NOON) };
    assert!(matches!(store.save(refused).await, Err(StoreError::Invalid { .. })));
    assert_eq!(store.spool_status().written, 1);
    store.close().await;
}

async fn many_instances_start_at_once(place: Place) {
    let stores = (0..6).map(|number| {
        let mut config = place.config(DataSource::Live);
        config.spool_dir = place.dir.path().join(format!("spool-{number}"));
        tokio::spawn(store::Store::open(config))
    });
    for store in stores.collect::<Vec<_>>() {
        let store = store.await.unwrap().unwrap();
        assert_eq!(store.count(&SignalFilter::default()).await, Ok(0));
        store.close().await;
    }
}

async fn a_reopened_store_has_everything(place: Place) {
    let store = place.open().await;
    store.save(signal("a", "BTC", NOON)).await.unwrap();
    store.close().await;
    // Without the note of what was loaded, everything is loaded again: harmless.
    std::fs::remove_file(place.spool_dir().join("loaded.json")).unwrap();
    let store = place.open().await;
    assert_eq!(store.spool_status().written, 1);
    assert!(store.flush(std::time::Duration::from_secs(5)).await);
    assert_eq!(store.count(&SignalFilter::default()).await, Ok(1));
    assert_eq!(store.outcome_counts().await.unwrap().pending, 3);
    store.close().await;
    let store = place.open().await;
    assert_eq!(store.spool_status().written, 0);
    store.close().await;
}
