//! The exchanges' streams of a simulated market, subscribed and confirmed.

use std::sync::Arc;
use std::time::Duration;

use domain::Venue;
use market::StreamBases;
use tokio_util::sync::CancellationToken;

use crate::support::Place;

#[tokio::test(flavor = "multi_thread")]
async fn every_venue_confirms_its_subscriptions_and_counts_as_watched() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::simulated(7, "2026-11-22T00:00:00Z", folder.path(), "a").await;
    let base = place.replay.base_url().replacen("http", "ws", 1);
    let bases = StreamBases {
        binance: format!("{base}/binance"),
        okx: format!("{base}/okx"),
        bybit: format!("{base}/bybit"),
        accept_replay: true,
    };
    let stop = CancellationToken::new();
    let tasks = Venue::ALL.map(|venue| {
        let (market, bases, stop) = (Arc::clone(&place.app.market), bases.clone(), stop.clone());
        tokio::spawn(async move { market.watch_liquidations(venue, &bases, stop).await })
    });
    let up = || {
        let status = place.app.market.collector.status(place.app.clock.now());
        status.into_iter().filter(|status| status.up).count()
    };
    for _ in 0..200 {
        if up() == Venue::ALL.len() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(up(), Venue::ALL.len());
    stop.cancel();
    for task in tasks {
        tokio::time::timeout(Duration::from_secs(5), task).await.unwrap().unwrap();
    }
    assert_eq!(up(), 0);
    place.leave().await;
}
