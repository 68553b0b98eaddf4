//! Weights: changed at once, for every instance, with who and when.

use app::AppError;
use app::weights::{Factor, WeightChange};
use domain::Mode;

use crate::support::Place;

fn change(weights: &[(Factor, f64)]) -> WeightChange {
    WeightChange { weights: weights.to_vec(), note: Some("a trial".to_owned()) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_takes_effect_at_once_and_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::simulated(7, "2026-11-20T12:00:00Z", folder.path(), "a").await;
    let beside = Place::simulated(7, "2026-11-20T12:00:00Z", folder.path(), "b").await;
    let before = place.signal("BTC", Mode::Ultra).await;
    assert_eq!(before.answer.weights_id, "default-1");
    assert_eq!(place.app.weights().await.unwrap().created_by, "configuration");

    let shifted = change(&[(Factor::Liquidations, 0.0), (Factor::PriceMomentum, 40.0)]);
    let changed = place.app.change_weights(shifted, "key k1").await.unwrap();
    assert_eq!((changed.weights.price_momentum, changed.active), (40.0, true));
    assert_eq!((changed.created_by.as_str(), changed.note.as_deref()), ("key k1", Some("a trial")));
    let after = place.signal("BTC", Mode::Ultra).await;
    assert_eq!(after.answer.weights_id, changed.weights_id);
    assert_ne!(after.answer.id, before.answer.id);
    let weight = |factor: &str| {
        after.answer.factors.iter().find(|row| row.factor == factor).map(|row| row.weight).unwrap()
    };
    assert_eq!((weight("liquidations"), weight("priceMomentum"), weight("fearGreed")), (0.0, 40.0, 5.0));

    // Another instance takes it over; a wrong sum changes nothing.
    beside.app.refresh_weights().await.unwrap();
    assert_eq!(beside.signal("BTC", Mode::Ultra).await.answer.weights_id, changed.weights_id);
    let wrong = place.app.change_weights(change(&[(Factor::FearGreed, 6.0)]), "key k1").await;
    assert!(matches!(wrong, Err(AppError::Invalid { field: "weights", .. })), "{wrong:?}");
    assert!(place.app.change_weights(change(&[]), "key k1").await.is_err());
    let negative = change(&[(Factor::FearGreed, -5.0), (Factor::OiTrend, 20.0)]);
    assert!(place.app.change_weights(negative, "key k1").await.is_err());
    assert_eq!(place.app.weights().await.unwrap().weights_id, changed.weights_id);

    let reset = place.app.reset_weights("key k2").await.unwrap();
    assert_eq!((reset.weights_id.as_str(), reset.active), ("default-1", true));
    assert_eq!(place.signal("BTC", Mode::Ultra).await.answer.weights_id, "default-1");
    let history = place.app.weights_history(10).await.unwrap();
    assert_eq!(history.versions.len(), 1);
    assert!(!history.versions[0].active);
    let mut changes: Vec<(&str, &str)> =
        history.changes.iter().map(|change| (change.action.as_str(), change.actor.as_str())).collect();
    changes.sort_unstable();
    assert_eq!(
        changes,
        [("weights.activate", "key k1"), ("weights.add", "key k1"), ("weights.reset", "key k2")]
    );
    place.leave().await;
    beside.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_at_one_moment_follow_each_other_and_the_last_is_what_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::simulated(7, "2026-11-20T12:00:00Z", folder.path(), "a").await;
    let mut changing = tokio::task::JoinSet::new();
    for by in [1.0, 2.0, 3.0] {
        for _ in 0..4 {
            let app = std::sync::Arc::clone(&place.app);
            changing.spawn(async move { app.refresh_weights().await.unwrap() });
        }
        let app = std::sync::Arc::clone(&place.app);
        changing.spawn(async move {
            let shifted = change(&[(Factor::Liquidations, 20.0 - by), (Factor::OiTrend, 10.0 + by)]);
            app.change_weights(shifted, "key k1").await.unwrap();
        });
    }
    changing.join_all().await;
    let active = place.app.store.active_weights().await.unwrap().unwrap();
    assert_eq!(place.app.engine().weights_id(), active.id);
    assert_eq!(place.app.store.weight_sets(10).await.unwrap().len(), 3, "none is lost");
    place.leave().await;
}
