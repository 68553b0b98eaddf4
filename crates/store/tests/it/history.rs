//! Own history.

use std::time::Instant;

use domain::{DAY_MS, HOUR_MS, UtcMs};
use store::{DataSource, SeriesKey, Store};

use crate::support::{NOON, Place};

crate::on_both!(points_are_kept_once_and_come_back_in_order, many_points_are_quick, old_points_are_pruned);

fn key(datum: &str) -> SeriesKey {
    SeriesKey::new("binance", "BTCUSDT", datum, HOUR_MS)
}

async fn points_are_kept_once_and_come_back_in_order(place: Place) {
    let store = place.open().await;
    let oi = key("open_interest");
    assert_eq!(store.load_history(&oi, UtcMs(0), NOON).await.unwrap(), []);
    assert_eq!(store.last_history_at(&oi).await.unwrap(), None);
    let points = [(3_000, 3.0), (1_000, 1.0), (2_000, 2.0), (2_000, 2.5), (4_000, f64::NAN)];
    assert_eq!(store.append_history(&oi, &points).await.unwrap(), 3);
    assert_eq!(store.append_history(&oi, &points).await.unwrap(), 0);
    assert_eq!(store.append_history(&oi, &[(3_000, 3.5), (5_000, 5.0)]).await.unwrap(), 2);
    let loaded = store.load_history(&oi, UtcMs(1_500), UtcMs(5_000)).await.unwrap();
    let loaded: Vec<(i64, f64)> = loaded.iter().map(|point| (point.at.0, point.value)).collect();
    assert_eq!(loaded, [(2_000, 2.5), (3_000, 3.5), (5_000, 5.0)]);
    assert_eq!(store.last_history_at(&oi).await.unwrap(), Some(UtcMs(5_000)));

    let other = SeriesKey { venue: "okx".to_owned(), ..oi.clone() };
    store.append_history(&other, &[(1_000, 9.0)]).await.unwrap();
    let several = store
        .load_histories(&[other.clone(), key("unknown"), oi.clone(), other.clone()], UtcMs(0), NOON)
        .await
        .unwrap();
    assert_eq!(several.iter().map(Vec::len).collect::<Vec<_>>(), [1, 0, 4, 1]);

    let replay = place.open_beside("replay", DataSource::Replay).await;
    assert_eq!(replay.load_history(&oi, UtcMs(0), NOON).await.unwrap(), []);
    replay.close().await;
    // Two instances that meet a new series at once agree on it.
    let beside = place.open_beside("other", DataSource::Live).await;
    let fresh = key("fresh");
    let (first, second) =
        tokio::join!(store.append_history(&fresh, &[(1, 1.0)]), beside.append_history(&fresh, &[(2, 2.0)]));
    assert_eq!((first, second), (Ok(1), Ok(1)));
    assert_eq!(store.load_history(&fresh, UtcMs(0), NOON).await.unwrap().len(), 2);
    beside.close().await;
    store.close().await;
}

async fn many_points_are_quick(place: Place) {
    let store = place.open().await;
    let points: Vec<(i64, f64)> =
        (0..10_000_i32).map(|i| (i64::from(i) * HOUR_MS, f64::from(i) / 3.0)).collect();
    store.append_history(&key("warm"), &points[..10]).await.unwrap();
    let start = Instant::now();
    assert_eq!(store.append_history(&key("bulk"), &points).await.unwrap(), 10_000);
    let written = start.elapsed();
    let start = Instant::now();
    let loaded = store.load_history(&key("bulk"), UtcMs(0), UtcMs(i64::MAX)).await.unwrap();
    eprintln!("{:?}: 10,000 points written in {written:?}, read in {:?}", store.backend(), start.elapsed());
    assert!(loaded.len() == 10_000 && loaded.iter().zip(&points).all(|(a, b)| (a.at.0, a.value) == *b));
    // An unoptimised build on a busy machine: an order of magnitude above what it takes.
    assert!(written.as_millis() < 2_000, "{written:?}");
    store.close().await;
}

async fn old_points_are_pruned(place: Place) {
    let mut config = place.config(DataSource::Live);
    config.retention.default_days = 10;
    config.retention.days_by_datum.insert("funding".to_owned(), 30);
    let store = Store::open(config).await.unwrap();
    let days_ago = |days: i64| NOON.plus_ms(-days * DAY_MS).0;
    let points = [(days_ago(40), 1.0), (days_ago(20), 2.0), (days_ago(5), 3.0)];
    store.append_history(&key("funding"), &points).await.unwrap();
    store.append_history(&key("ratio"), &points).await.unwrap();
    assert_eq!(store.prune_history(NOON).await.unwrap(), 3);
    assert_eq!(store.load_history(&key("funding"), UtcMs(0), NOON).await.unwrap().len(), 2);
    assert_eq!(store.load_history(&key("ratio"), UtcMs(0), NOON).await.unwrap().len(), 1);
    store.close().await;
}
