//! The older program's history.

use std::io::Cursor;
use std::time::Duration;

use store::{SignalFilter, StoreError};

use crate::support::Place;

crate::on_both!(
    good_rows_load_once_and_bad_ones_are_told,
    a_large_file_is_read_piece_by_piece,
    rows_of_any_spelling_are_found_by_coin,
    no_array_is_an_error
);

fn row(id: &str, at: &str) -> String {
    format!(
        r#"{{"id": "{id}", "saved_at": "2025-11-12T10:15:30+07:00", "data": {{"symbol": "BTC", "timestamp": "{at}",
        "signal": "LONG", "score": 58.3, "confidence": "medium", "price": 103250.1, "reasons": ["x"],
        "metrics": {{"fundingRate": 0.0001, "socialScore": 61.0}}, "coinAPIMetrics": {{"spread": 1}}, "older": true}}}}"#
    )
}

async fn good_rows_load_once_and_bad_ones_are_told(place: Place) {
    let store = place.open().await;
    let offset = "2025-11-12T10:15:29+07:00";
    let text = format!(
        "[{}, {{\"id\": 5}}, {}, {}, {{broken}}, {}, 7, {}]",
        row("a", offset),
        row("b", "2025-11-12T10:15:29"),
        row("a", offset),
        row("nul\\u0000", offset),
        row("c", "2025-11-12T03:15:31Z"),
    );
    let report = store.import(Cursor::new(text.clone())).await.unwrap();
    assert_eq!((report.loaded, report.duplicates, report.rejected_total, report.waiting), (2, 1, 5, 0));
    let told: Vec<(u64, &str)> = report.rejected.iter().map(|r| (r.row, r.reason.as_str())).collect();
    assert_eq!(told[0], (2, "data is missing"));
    assert!(told[1].0 == 3 && told[1].1.starts_with("timestamp: "), "{told:?}");
    assert!(told[2].0 == 5 && told[2].1.starts_with("not a JSON object"), "{told:?}");
    assert_eq!(told[3], (6, "id: holds a NUL character"));
    assert_eq!(told[4].0, 7);

    let found = store.get("a").await.unwrap().unwrap();
    assert_eq!(found.timestamp.rfc3339(), "2025-11-12T03:15:29Z");
    assert_eq!(found.created_at.rfc3339(), "2025-11-12T03:15:30Z");
    assert_eq!((found.origin.as_str(), found.data_source.as_str(), found.score), ("import", "live", 58.3));
    assert!(found.coinapi_metrics.is_some());
    let extra: serde_json::Value = serde_json::from_str(found.extra.unwrap().get()).unwrap();
    assert_eq!(extra, serde_json::json!({"older": true}));
    assert_eq!(store.outcome_counts().await.unwrap().pending, 0);

    let again = store.import(Cursor::new(text)).await.unwrap();
    assert_eq!((again.loaded, again.duplicates, again.rejected_total), (0, 3, 5));
    assert_eq!(store.count(&SignalFilter::default()).await.unwrap(), 2);
    store.close().await;
}

async fn a_large_file_is_read_piece_by_piece(place: Place) {
    let store = place.open().await;
    let rows: Vec<String> =
        (0..1_001).map(|n| row(&format!("old-{n}"), "2025-11-12T10:15:29+07:00")).collect();
    let path = place.dir.path().join("history.json");
    // Cut off in the middle of the last row.
    let whole = format!("[{}]", rows.join(",\n"));
    std::fs::write(&path, &whole.as_bytes()[..whole.len() - 30]).unwrap();
    let report = store.import_file(&path).await.unwrap();
    assert_eq!((report.loaded, report.rejected_total), (1_000, 1));
    assert_eq!(report.rejected[0].row, 1_001);
    std::fs::write(&path, &whole).unwrap();
    let report = store.import_file(&path).await.unwrap();
    assert_eq!((report.loaded, report.duplicates), (1, 1_000));
    assert!(store.flush(Duration::from_secs(10)).await);
    assert_eq!(store.count(&SignalFilter::default()).await.unwrap(), 1_001);
    store.close().await;
}

async fn rows_of_any_spelling_are_found_by_coin(place: Place) {
    let store = place.open().await;
    let spelled = |id: &str, symbol: &str| {
        row(id, "2025-11-12T10:15:29+07:00")
            .replace(r#""symbol": "BTC""#, &format!(r#""symbol": "{symbol}""#))
    };
    let rows = [("a", "BTC"), ("b", "BTCUSDT"), ("c", "btc/usdt"), ("d", "1000pepeusdt"), ("e", "PEPE")];
    let text = format!("[{}]", rows.map(|(id, symbol)| spelled(id, symbol)).join(","));
    assert_eq!(store.import(Cursor::new(text)).await.unwrap().loaded, 5);
    for (coin, count) in [("BTC", 3), ("PEPE", 2)] {
        let filter = SignalFilter { symbol: Some(coin.to_owned()), ..SignalFilter::default() };
        assert_eq!(store.count(&filter).await.unwrap(), count, "{coin}");
    }
    store.close().await;
}

async fn no_array_is_an_error(place: Place) {
    let store = place.open().await;
    assert!(matches!(store.import(Cursor::new("{\"a\": 1}")).await, Err(StoreError::Read(_))));
    assert!(matches!(store.import_file(&place.dir.path().join("none.json")).await, Err(StoreError::Read(_))));
    assert_eq!(store.import(Cursor::new("[]")).await, Ok(store::ImportReport::default()));
    store.close().await;
}
