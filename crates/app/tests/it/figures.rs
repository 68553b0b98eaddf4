//! Lists and pages over finished checks.

use app::analytics::figures::Dimension;
use app::analytics::rows::PageRequest;
use app::analytics::{OutcomeFilter, SignalFilter};

use crate::support::{Place, stored, utc};

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
