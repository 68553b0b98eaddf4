//! PostgreSQL goes away and comes back.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use store::{DataSource, SignalFilter, Store, StoreError, StoredWhere};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::support::{NOON, Place, signal};

#[derive(Clone, Copy, PartialEq)]
enum State {
    Up,
    /// Connections break, new ones too.
    Cut,
    /// Connections stay open and nothing comes through.
    Frozen,
}

/// A wire to the server that can be cut and frozen.
struct Wire {
    address: std::net::SocketAddr,
    state: watch::Sender<State>,
}

impl Wire {
    async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, state) = watch::channel(State::Up);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (mut state, server) = (state.clone(), server.clone());
                tokio::spawn(async move {
                    let Ok(mut far) = TcpStream::connect(&server).await else { return };
                    tokio::select! {
                        biased;
                        _ = state.wait_for(|state| *state != State::Up) => {}
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                    }
                    let _ = state.wait_for(|state| *state != State::Frozen).await;
                });
            }
        });
        Self { address, state: sender }
    }

    fn set(&self, state: State) {
        self.state.send_replace(state);
    }
}

async fn wired() -> (Place, Wire) {
    let mut place = Place::postgres().await;
    let direct = place.url.clone();
    let (head, rest) = direct.split_once('@').unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    let wire = Wire::to(server.to_owned()).await;
    place.url = format!("{head}@{}/{database}", wire.address);
    (place, wire)
}

async fn until(limit: Duration, mut holds: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !holds().await {
        assert!(start.elapsed() < limit, "did not happen in time");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_under_load_loses_and_doubles_nothing() {
    let (place, wire) = wired().await;
    let store = place.open().await;
    let is_over = Arc::new(AtomicBool::new(false));
    let spooled = Arc::new(AtomicU64::new(0));
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..4 {
        let (store, is_over, spooled) = (store.clone(), Arc::clone(&is_over), Arc::clone(&spooled));
        writers.spawn(async move {
            let mut promised = Vec::new();
            while !is_over.load(Ordering::SeqCst) {
                let id = format!("w{writer}-{:05}", promised.len());
                let saved = store.save(signal(&id, "BTC", NOON)).await.unwrap();
                if saved.stored == StoredWhere::Spool {
                    spooled.fetch_add(1, Ordering::SeqCst);
                }
                promised.push(id);
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            promised
        });
    }
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(350)).await;
        wire.set(State::Cut);
        until(Duration::from_secs(10), async || !store.is_connected()).await;
        assert!(matches!(store.latest("BTC").await, Err(StoreError::Unavailable { .. })));
        tokio::time::sleep(Duration::from_millis(300)).await;
        wire.set(State::Up);
        until(Duration::from_secs(20), async || store.is_connected()).await;
    }
    is_over.store(true, Ordering::SeqCst);
    let promised: BTreeSet<String> = writers.join_all().await.into_iter().flatten().collect();
    assert!(store.flush(Duration::from_secs(30)).await, "{:?}", store.spool_status());
    assert!(spooled.load(Ordering::SeqCst) > 0);
    let sizes = store.sizes().await.unwrap();
    assert_eq!(sizes.signals, promised.len() as u64);
    assert_eq!(sizes.outcomes, 3 * sizes.signals);
    assert_eq!(store.alerts(u32::MAX).await.unwrap().len(), promised.len());
    let log = store.verify_log().await.unwrap();
    assert!(log.is_whole() && log.entries == sizes.signals, "{log:?}");
    eprintln!("{} rows, {} of them waited in the spool", promised.len(), spooled.load(Ordering::SeqCst));
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_starts_without_its_server_and_joins_it_later() {
    let (place, wire) = wired().await;
    wire.set(State::Cut);
    let store = place.open().await;
    assert!(!store.is_connected());
    let start = Instant::now();
    for number in 0..5 {
        let saved = store.save(signal(&format!("s{number}"), "BTC", NOON)).await.unwrap();
        assert_eq!(saved.stored, StoredWhere::Spool);
        assert!(matches!(store.latest("BTC").await, Err(StoreError::Unavailable { .. })));
        assert!(matches!(
            store.claim_due_outcomes(None, "w", 1, 1).await,
            Err(StoreError::Unavailable { .. })
        ));
    }
    // Nobody waits for an absent server.
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    let status = store.spool_status();
    assert_eq!((status.pending, status.oldest), (5, Some(NOON)));
    assert!(matches!(store.clear(true).await, Err(StoreError::Unavailable { .. })));
    store.close().await;

    // A restart during the outage forgets nothing.
    let store = place.open().await;
    assert_eq!(store.spool_status().pending, 5);
    wire.set(State::Up);
    assert!(store.flush(Duration::from_secs(20)).await);
    assert_eq!(store.count(&SignalFilter::default()).await.unwrap(), 5);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_server_is_given_up_in_bounded_time() {
    let (place, wire) = wired().await;
    let store = place.open().await;
    store.save(signal("before", "BTC", NOON)).await.unwrap();
    wire.set(State::Frozen);
    let start = Instant::now();
    let (saved, read) = tokio::join!(store.save(signal("during", "BTC", NOON)), store.latest("BTC"));
    assert_eq!(saved.unwrap().stored, StoredWhere::Spool);
    assert!(matches!(read, Err(StoreError::Unavailable { .. })), "{read:?}");
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    // Once the silence is noticed nobody waits.
    until(Duration::from_secs(15), async || !store.is_connected()).await;
    let start = Instant::now();
    assert!(matches!(store.latest("BTC").await, Err(StoreError::Unavailable { .. })));
    assert!(start.elapsed() < Duration::from_millis(500));
    wire.set(State::Up);
    assert!(store.flush(Duration::from_secs(30)).await, "{:?}", store.spool_status());
    assert_eq!(store.count(&SignalFilter::default()).await.unwrap(), 2);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_direct_address_carries_the_migrations() {
    let (place, wire) = wired().await;
    let mut config = place.config(DataSource::Live);
    config.direct_url = Some(place.url.clone().into());
    config.url = place.url.replace(&wire.address.to_string(), "127.0.0.1:1").into();
    let store = Store::open(config).await.unwrap();
    assert!(!store.is_connected());
    store.close().await;
    // The schema is there, although the usual address never answered.
    let store = place.open().await;
    assert_eq!(store.count(&SignalFilter::default()).await.unwrap(), 0);
    store.close().await;
}

#[tokio::test]
async fn wrong_settings_are_told_at_the_start() {
    let place = Place::sqlite();
    for url in ["mysql://x", "", "sqlite:///proc/none/x.db"] {
        let mut config = place.config(DataSource::Live);
        config.url = url.into();
        assert!(matches!(Store::open(config).await, Err(StoreError::Config(_))), "{url}");
    }
    let mut config = place.config(DataSource::Live);
    config.spool_dir = "/proc/none".into();
    assert!(matches!(Store::open(config).await, Err(StoreError::Config(_))));
    let mut config = place.config(DataSource::Live);
    config.url = "sqlite::memory:".into();
    let store = Store::open(config).await.unwrap();
    store.save(signal("a", "BTC", NOON)).await.unwrap();
    assert_eq!(store.count(&SignalFilter::default()).await.unwrap(), 1);
    store.close().await;
}
