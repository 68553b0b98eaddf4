//! Keys, weights, job state, audit.

use secrecy::ExposeSecret as _;
use store::weights::InPlaceOf;
use store::{NewKey, Scope, StoreError};

use crate::support::{NOON, Place, json};

crate::on_both!(keys_live_and_end, weights_have_versions, job_state_is_kept);

async fn keys_live_and_end(place: Place) {
    let store = place.open().await;
    assert!(!store.has_keys().await.unwrap());
    let new = NewKey {
        name: "dashboard".to_owned(),
        scopes: vec![Scope::Write, Scope::Read, Scope::Read],
        expires_at: Some(NOON.plus_ms(3_600_000)),
    };
    assert!(store.create_key(NewKey { scopes: Vec::new(), ..new.clone() }, "cli").await.is_err());
    // A key that is dead from the start, and names that would break a list.
    let ended = NewKey { expires_at: Some(NOON), ..new.clone() };
    let fault = store.create_key(ended, "cli").await.unwrap_err();
    assert!(matches!(&fault, StoreError::Invalid { field: "expires_at", .. }), "{fault}");
    for name in ["", "  ", "two\nlines", "nul\0", &"x".repeat(513)] {
        let fault = store.create_key(NewKey { name: name.to_owned(), ..new.clone() }, "cli").await;
        let told = fault.unwrap_err().to_string();
        assert!(told.contains("1 to 512 bytes of text on one line"), "{name:?}: {told}");
    }
    let plain = store.create_key(new, "cli").await.unwrap();
    let key = plain.key.expose_secret();
    assert!(key.starts_with(&format!("ps_{}_", plain.info.prefix)));
    assert!(store.has_keys().await.unwrap());

    let info = store.verify_key(key).await.unwrap().unwrap();
    assert_eq!(
        (info.name.as_str(), info.scopes.as_slice()),
        ("dashboard", [Scope::Read, Scope::Write].as_slice())
    );
    assert_eq!(store.keys().await.unwrap()[0].last_used_at, Some(NOON));
    place.clock.set(NOON.plus_ms(59_000));
    store.verify_key(key).await.unwrap().unwrap();
    assert_eq!(store.keys().await.unwrap()[0].last_used_at, Some(NOON));
    place.clock.set(NOON.plus_ms(60_000));
    store.verify_key(key).await.unwrap().unwrap();
    assert_eq!(store.keys().await.unwrap()[0].last_used_at, Some(NOON.plus_ms(60_000)));

    let mut wrong = key.to_owned();
    let last = wrong.pop().unwrap();
    wrong.push(if last == '0' { '1' } else { '0' });
    for text in [wrong.as_str(), "", "ps_", "ps_' OR 1=1 --_x", &key.to_uppercase()] {
        assert!(store.verify_key(text).await.unwrap().is_none(), "{text}");
    }

    let rotated = store.rotate_key(&info.id, "cli").await.unwrap();
    assert!(store.verify_key(key).await.unwrap().is_none());
    assert_eq!(store.verify_key(rotated.key.expose_secret()).await.unwrap().unwrap().id, info.id);
    assert!(matches!(store.rotate_key("nobody", "cli").await, Err(StoreError::NotFound { .. })));

    place.clock.set(NOON.plus_ms(3_600_000));
    assert!(store.verify_key(rotated.key.expose_secret()).await.unwrap().is_none());
    assert!(!store.has_keys().await.unwrap());
    assert!(matches!(store.rotate_key(&info.id, "cli").await, Err(StoreError::NotFound { .. })));

    let forever = NewKey { name: "ops".to_owned(), scopes: vec![Scope::Admin], expires_at: None };
    let forever = store.create_key(forever, "cli").await.unwrap();
    assert!(store.verify_key(forever.key.expose_secret()).await.unwrap().is_some());
    assert!(store.revoke_key(&forever.info.id, "cli").await.unwrap());
    assert!(!store.revoke_key(&forever.info.id, "cli").await.unwrap());
    assert!(store.verify_key(forever.key.expose_secret()).await.unwrap().is_none());
    assert_eq!(store.keys().await.unwrap().len(), 2);
    let actions: Vec<String> = store.audit(10).await.unwrap().into_iter().map(|entry| entry.action).collect();
    assert_eq!(actions.iter().filter(|action| *action == "key.create").count(), 2);
    assert!(actions.contains(&"key.rotate".to_owned()) && actions.contains(&"key.revoke".to_owned()));
    store.close().await;
}

async fn weights_have_versions(place: Place) {
    let store = place.open().await;
    assert!(store.active_weights().await.unwrap().is_none());
    let weights = |value: i32| json(&serde_json::json!({"liquidations": value}));
    store.add_weights("v1", weights(20), "ops", Some("first"), Some(InPlaceOf::Any)).await.unwrap();
    place.clock.set(NOON.plus_ms(1_000));
    store.add_weights("v2", weights(25), "ops", None, None).await.unwrap();
    assert!(store.add_weights("v2", weights(30), "ops", None, None).await.is_err());
    assert!(store.add_weights("v2", weights(30), "ops", None, Some(InPlaceOf::Any)).await.is_err());
    assert_eq!(store.active_weights().await.unwrap().unwrap().id, "v1");
    // In place of what is not active: refused, and nothing is written.
    for instead in [InPlaceOf::Configured, InPlaceOf::Version("v2"), InPlaceOf::Version("v9")] {
        assert!(!store.add_weights("v3", weights(25), "ops", None, Some(instead)).await.unwrap());
    }
    assert_eq!(store.weight_sets(10).await.unwrap().len(), 2);
    let instead = Some(InPlaceOf::Version("v1"));
    assert!(store.add_weights("v3", weights(25), "ops", None, instead).await.unwrap());
    let active = store.active_weights().await.unwrap().unwrap();
    assert_eq!((active.id.as_str(), active.active_since), ("v3", Some(NOON.plus_ms(1_000))));
    let value: serde_json::Value = serde_json::from_str(active.weights.get()).unwrap();
    assert_eq!(value["liquidations"], 25);
    let ids: Vec<String> = store.weight_sets(10).await.unwrap().into_iter().map(|set| set.id).collect();
    assert_eq!(ids, ["v3", "v2", "v1"]);
    store.deactivate_weights("ops").await.unwrap();
    assert!(store.active_weights().await.unwrap().is_none());
    // Of many that replace the same one a single one does.
    let mut replacing = tokio::task::JoinSet::new();
    for number in 0..6 {
        let store = store.clone();
        replacing.spawn(async move {
            let (id, instead) = (format!("w{number}"), Some(InPlaceOf::Configured));
            store.add_weights(&id, weights(number), "ops", None, instead).await.unwrap()
        });
    }
    assert_eq!(replacing.join_all().await.into_iter().filter(|done| *done).count(), 1);
    assert_eq!(store.weight_sets(10).await.unwrap().len(), 4);
    assert!(store.audit(10).await.unwrap().iter().all(|entry| entry.actor == "ops"));
    store.close().await;
}

async fn job_state_is_kept(place: Place) {
    let store = place.open().await;
    let value = |number: i32| json(&serde_json::json!({"offset": number}));
    assert!(store.state("job.a").await.unwrap().is_none());
    store.set_state("job.a", value(1)).await.unwrap();
    store.set_state("job.a", value(2)).await.unwrap();
    store.set_state("job_b", value(3)).await.unwrap();
    let entry = store.state("job.a").await.unwrap().unwrap();
    assert_eq!((entry.version, entry.updated_at), (2, NOON));
    assert!(!store.set_state_if("job.a", 1, value(9)).await.unwrap());
    assert!(store.set_state_if("job.a", 2, value(9)).await.unwrap());
    assert!(!store.set_state_if("job.a", 0, value(9)).await.unwrap());
    assert!(store.set_state_if("job.c", 0, value(1)).await.unwrap());
    let names: Vec<String> =
        store.states("job.").await.unwrap().into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["job.a", "job.c"]);
    assert!(store.forget_state("job.a").await.unwrap());
    assert!(!store.forget_state("job.a").await.unwrap());
    store.close().await;
}
