//! Breaker, retries, slots.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use domain::ErrorKind;
use tokio::time::sleep;
use upstream::{BreakerState, LaneConfig};

use crate::scene::*;

fn breaking(base_url: &str) -> LaneConfig {
    LaneConfig { breaker_failures: 3, breaker_open: Duration::from_millis(300), ..quick(base_url) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_breaker_opens_probes_once_and_closes() {
    let healthy = Arc::new(AtomicBool::new(false));
    let state = healthy.clone();
    let provider = Provider::start(move |_| {
        let answer = if state.load(Ordering::SeqCst) { ok("{}") } else { status(500) };
        Box::pin(async move {
            sleep(Duration::from_millis(60)).await;
            answer
        })
    })
    .await;
    let scene = Arc::new(Scene::with(TestWire::default(), breaking(&provider.base_url)));
    for limit in 1..=3 {
        assert_eq!(scene.get(limit).await.unwrap_err().kind, ErrorKind::Unavailable);
    }
    let refused = scene.get(4).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::CircuitOpen);
    assert!(refused.retry_after_ms.is_some_and(|ms| ms > 0 && ms <= 300), "{refused:?}");
    assert_eq!(provider.hits(), 3);
    assert_eq!(scene.lane.status().breaker.state, BreakerState::Open);

    // The probe fails: open again, twice as long.
    sleep(Duration::from_millis(320)).await;
    assert_eq!(scene.get(5).await.unwrap_err().kind, ErrorKind::Unavailable);
    let refused = scene.get(6).await.unwrap_err();
    assert!(refused.retry_after_ms.is_some_and(|ms| ms > 300 && ms <= 600), "{refused:?}");
    assert_eq!(provider.hits(), 4);

    // Many callers at once: one probe.
    healthy.store(true, Ordering::SeqCst);
    sleep(Duration::from_millis(620)).await;
    let callers: Vec<_> = (10..30)
        .map(|limit| {
            let scene = scene.clone();
            tokio::spawn(async move { scene.get(limit).await.map_err(|error| error.kind) })
        })
        .collect();
    let mut passed = 0;
    for caller in callers {
        match caller.await.unwrap() {
            Ok(_) => passed += 1,
            Err(kind) => assert_eq!(kind, ErrorKind::CircuitOpen),
        }
    }
    assert_eq!((passed, provider.hits()), (1, 5));
    assert!(scene.get(31).await.is_ok());
    let status = scene.lane.status();
    assert_eq!((status.breaker.state, status.breaker.failures), (BreakerState::Closed, 0));
    assert!(status.last_success_at.is_some());
}

#[tokio::test]
async fn a_probe_whose_caller_leaves_does_not_wedge_the_breaker() {
    let provider = Provider::start(|number| {
        Box::pin(async move {
            if number == 3 {
                sleep(Duration::from_millis(200)).await;
            }
            if number < 3 { status(500) } else { ok("{}") }
        })
    })
    .await;
    let scene = Scene::with(TestWire::default(), breaking(&provider.base_url));
    for limit in 1..=3 {
        scene.get(limit).await.unwrap_err();
    }
    sleep(Duration::from_millis(320)).await;
    assert!(tokio::time::timeout(Duration::from_millis(20), scene.get(4)).await.is_err());
    sleep(Duration::from_millis(300)).await;
    assert!(scene.get(5).await.is_ok());
}

#[tokio::test]
async fn faults_of_the_call_do_not_open_the_breaker() {
    let provider = Provider::answering(|_| status(400)).await;
    let scene = Scene::with(TestWire::default(), breaking(&provider.base_url));
    for limit in 1..=10 {
        assert_eq!(scene.get(limit).await.unwrap_err().kind, ErrorKind::BadRequest);
    }
    assert_eq!(provider.hits(), 10);
}

#[tokio::test]
async fn a_blocked_region_is_taken_for_granted_for_a_while() {
    let provider = Provider::answering(|_| status(451)).await;
    let scene = Scene::new(&provider.base_url);
    for limit in 1..=5 {
        assert_eq!(scene.get(limit).await.unwrap_err().kind, ErrorKind::RegionBlocked);
    }
    assert_eq!(provider.hits(), 1);
    let breaker = scene.lane.status().breaker;
    assert_eq!((breaker.state, breaker.reason), (BreakerState::Open, Some(ErrorKind::RegionBlocked)));
    assert!(breaker.retry_after_ms.is_some_and(|ms| ms > 590_000));
}

#[tokio::test]
async fn passing_faults_are_tried_again() {
    let provider = Provider::answering(|number| if number < 2 { status(503) } else { ok("{}") }).await;
    let config = LaneConfig { retries: 2, ..quick(&provider.base_url) };
    assert!(Scene::with(TestWire::default(), config).get(5).await.is_ok());
    assert_eq!(provider.hits(), 3);
}

#[tokio::test]
async fn an_outage_is_not_multiplied_by_retries() {
    let provider = Provider::answering(|_| status(503)).await;
    let config = LaneConfig { retries: 2, ..quick(&provider.base_url) };
    let scene = Scene::with(TestWire::default(), config);
    let calls = (1..=100).map(|limit| scene.get(limit));
    let outcomes = futures_util::future::join_all(calls).await;
    assert!(
        outcomes
            .iter()
            .all(|outcome| outcome.as_ref().is_err_and(|error| error.kind == ErrorKind::Unavailable))
    );
    // 100 first tries; a burst of 10 and a trickle of 3 each second besides.
    assert!((105..=120).contains(&provider.hits()), "{}", provider.hits());
}

#[tokio::test]
async fn an_open_breaker_ends_the_retries_with_the_real_fault() {
    let provider = Provider::answering(|_| status(503)).await;
    let config = LaneConfig { retries: 5, ..breaking(&provider.base_url) };
    let error = Scene::with(TestWire::default(), config).get(5).await.unwrap_err();
    assert_eq!((error.kind, provider.hits()), (ErrorKind::Unavailable, 3));
}

#[tokio::test]
async fn only_so_many_calls_are_in_flight() {
    let present = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let (now, peak) = (present.clone(), most.clone());
    let provider = Provider::start(move |_| {
        let (now, peak) = (now.clone(), peak.clone());
        Box::pin(async move {
            peak.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            sleep(Duration::from_millis(30)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            ok("{}")
        })
    })
    .await;
    let config = LaneConfig { max_in_flight: 3, ..quick(&provider.base_url) };
    let scene = Scene::with(TestWire::default(), config);
    let outcomes = futures_util::future::join_all((1..=12).map(|limit| scene.get(limit))).await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert!(most.load(Ordering::SeqCst) <= 3);
}
