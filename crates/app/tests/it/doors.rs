//! Who is let in, and what the service says of itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use app::keys::{KeyCheck, Keys};
use domain::{Clock, UtcMs};
use secrecy::{ExposeSecret as _, SecretString};
use store::{DataSource, NewKey, Scope, Store, StoreConfig};

use crate::support::utc;

#[derive(Debug)]
struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> UtcMs {
        UtcMs(self.0.load(Ordering::SeqCst))
    }
}

/// A store of its own at an instant, and its clock.
async fn kept(dir: &std::path::Path) -> (Store, Arc<HandClock>) {
    let clock = Arc::new(HandClock(AtomicI64::new(utc("2026-11-20T12:00:00Z").0)));
    let url = format!("sqlite://{}", dir.join("perpsignal.db").display());
    let config = StoreConfig::new(url, dir.join("spool"), DataSource::Live, clock.clone());
    (Store::open(config).await.unwrap(), clock)
}

#[tokio::test]
async fn a_key_ends_at_its_end_though_it_was_checked_just_before() {
    let dir = tempfile::tempdir().unwrap();
    let (store, clock) = kept(dir.path()).await;
    let end = clock.now().plus_ms(1_000);
    let new = NewKey { name: "short".to_owned(), scopes: vec![Scope::Read], expires_at: Some(end) };
    let made = store.create_key(new, "test").await.unwrap();
    let keys = Keys::new(&[], store.clone());
    let shown = made.key.expose_secret();
    assert!(matches!(keys.check(shown).await, KeyCheck::Known { .. }));
    clock.0.store(end.0, Ordering::SeqCst);
    assert_eq!(keys.check(shown).await, KeyCheck::Unknown);
    store.close().await;
}

#[tokio::test]
async fn a_listed_key_that_is_wrong_opens_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = kept(dir.path()).await;
    let listed = [":admin", "some-secret:amdin", "other-secret:read"].map(SecretString::from);
    let keys = Keys::new(&listed, store.clone());
    for shown in ["", ":admin", "some-secret", "some-secret:amdin"] {
        assert_eq!(keys.check(shown).await, KeyCheck::Unknown, "{shown}");
    }
    let KeyCheck::Known { scopes, .. } = keys.check("other-secret").await else { panic!("not known") };
    assert!(scopes.read && !scopes.write && !scopes.admin);
    let wrong_alone = Keys::new(&listed[..1], store.clone());
    assert!(wrong_alone.any().await.unwrap(), "a wrong key must not leave the door open");
    store.close().await;
}
