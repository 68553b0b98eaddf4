//! The first listing while a venue is slow or hangs.

use std::time::{Duration, Instant};

use domain::{ErrorKind, Source, Venue};
use upstream::Ask;

use crate::support::Place;

/// A fresh service with this fault in force.
async fn place(fault: &str, folder: &tempfile::TempDir) -> Place {
    let place = Place::simulated(7, "2026-11-22T00:00:00Z", folder.path(), "a").await;
    place.replay.faults().set(fault.parse().unwrap());
    place
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_venue_behind_the_main_one_is_not_waited_for_and_comes_in_later() {
    let folder = tempfile::tempdir().unwrap();
    let place = place("okx:latency=1800", &folder).await;
    let market = &place.app.market;
    let begun = Instant::now();
    // Both callers share the round, the second one too gets its first outcome.
    let (first, second) = tokio::join!(market.listing(Ask::default()), market.listing(Ask::default()));
    assert!(begun.elapsed() < Duration::from_millis(1_700), "{:?}", begun.elapsed());
    let (first, second) = (first.unwrap(), second.unwrap());
    for listing in [&first, &second] {
        assert_eq!(listing.main_venue, Venue::Binance);
        assert!(listing.directory.instruments(Venue::Okx).is_empty());
        assert_eq!(listing.failed.iter().map(|failed| failed.source_).collect::<Vec<_>>(), [Source::Okx]);
    }
    let bitcoin = place.app.resolve("BTC", Ask::default()).await.unwrap().instrument;
    for _ in 0..100 {
        if market.known_listing().unwrap().failed.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let whole = market.known_listing().unwrap();
    assert!(whole.failed.is_empty(), "{:?}", whole.failed);
    let there = whole.directory.resolve(Venue::Okx, "BTC").unwrap().instrument;
    assert_eq!(there.venue, Venue::Okx);
    // What the symbol meant is what it means.
    assert_eq!(place.app.resolve("BTC", Ask::default()).await.unwrap().instrument, bitcoin);
    place.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_venue_is_waited_for_since_it_decides_what_a_symbol_means() {
    let folder = tempfile::tempdir().unwrap();
    let place = place("binance:latency=1200", &folder).await;
    let begun = Instant::now();
    let listing = place.app.market.listing(Ask::default()).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(1_200));
    assert_eq!(listing.main_venue, Venue::Binance);
    assert!(listing.failed.is_empty(), "the others came long before: {:?}", listing.failed);
    place.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_in_a_hurry_goes_and_the_round_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let place = place("binance:hang", &folder).await;
    let hurry =
        Ask { deadline: Some(Instant::now() + Duration::from_millis(300)), fresh: false, no_waiting: false };
    let failed = place.app.market.listing(hurry).await.unwrap_err();
    assert!(failed.iter().all(|error| error.kind == ErrorKind::Timeout) && failed.len() == 3);
    let listing = place.app.market.listing(Ask::default()).await.unwrap();
    assert_eq!(listing.main_venue, Venue::Okx, "the first that gave its list");
    assert_eq!(listing.failed.iter().map(|failed| failed.source_).collect::<Vec<_>>(), [Source::Binance]);
    place.leave().await;
}
