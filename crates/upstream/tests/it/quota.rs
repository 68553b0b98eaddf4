//! The provider's budgets, kept on our side.

use std::time::{Duration, Instant};

use domain::ErrorKind;
use upstream::{Anchor, Ask, Call, Cost, Endpoint, LaneConfig};

use crate::scene::*;

fn metered(base_url: &str, capacity: u32, window_ms: u64, anchor: Anchor) -> Scene {
    let wire = TestWire {
        meters: vec![
            meter("weight", capacity, window_ms, anchor),
            meter("other", 100, 60_000, Anchor::Sliding),
        ],
        ..TestWire::default()
    };
    Scene::with(wire, LaneConfig { quota_pct: 100, ..quick(base_url) })
}

const OTHER: Endpoint = Endpoint { id: "other", cost: Cost::Fixed { meter: "other", weight: 1 }, ..ENDPOINT };

#[tokio::test]
async fn a_spent_budget_refuses_at_once_and_says_for_how_long() {
    let provider = Provider::answering(|_| ok("{}")).await;
    for anchor in [Anchor::Sliding, Anchor::UtcGrid] {
        let before = provider.hits();
        // A day: the wait does not fit in any deadline.
        let scene = metered(&provider.base_url, 3, 86_400_000, anchor);
        for limit in 1..=3 {
            scene.get(limit).await.unwrap();
        }
        let begun = Instant::now();
        let error = scene.get(4).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::QuotaSpent);
        assert!(error.retry_after_ms.is_some_and(|ms| ms > 0), "{error:?}");
        assert!(begun.elapsed() < Duration::from_millis(500));
        assert_eq!(provider.hits() - before, 3);
        assert!(scene.get(3).await.unwrap().cached, "the cache costs nothing");
        let meters = scene.lane.status().meters;
        assert_eq!((meters[0].used, meters[0].capacity, meters[0].window_ms), (3, 3, 86_400_000));
    }
}

#[tokio::test]
async fn a_call_waits_for_room_when_its_deadline_allows() {
    let provider = Provider::answering(|_| ok("{}")).await;
    let scene = metered(&provider.base_url, 2, 400, Anchor::Sliding);
    let begun = Instant::now();
    scene.get(1).await.unwrap();
    scene.get(2).await.unwrap();
    let (short, long) = tokio::join!(scene.ask(3, within(100)), scene.get(3));
    let short = short.unwrap_err();
    assert_eq!(short.kind, ErrorKind::QuotaSpent, "{short:?}");
    assert!(long.is_ok());
    assert!(begun.elapsed() >= Duration::from_millis(400), "{:?}", begun.elapsed());
    assert_eq!(provider.hits(), 3);
}

#[tokio::test]
async fn what_cannot_be_answered_in_time_is_neither_sent_nor_charged() {
    let provider = Provider::answering(|_| ok("{}")).await;
    let config = LaneConfig { deadline: Duration::from_millis(8), ..quick(&provider.base_url) };
    let wire =
        TestWire { meters: vec![meter("weight", 3, 86_400_000, Anchor::Sliding)], ..TestWire::default() };
    let scene = Scene::with(wire, config);
    assert_eq!(scene.get(1).await.unwrap_err().kind, ErrorKind::Timeout);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let status = scene.lane.status();
    assert_eq!((provider.hits(), status.meters[0].used), (0, 0));
}

#[tokio::test]
async fn who_has_another_source_at_hand_does_not_wait_for_room() {
    let provider = Provider::answering(|_| ok("{}")).await;
    let scene = metered(&provider.base_url, 1, 600, Anchor::Sliding);
    scene.get(1).await.unwrap();
    let begun = Instant::now();
    let hurried = scene.ask(2, Ask { no_waiting: true, ..within(2_000) }).await.unwrap_err();
    assert_eq!(hurried.kind, ErrorKind::QuotaSpent);
    assert!(hurried.retry_after_ms.is_some_and(|ms| ms > 300), "{hurried:?}");
    assert!(begun.elapsed() < Duration::from_millis(300), "{:?}", begun.elapsed());
    assert!(scene.ask(2, within(2_000)).await.is_ok());
    assert_eq!(provider.hits(), 2);
}

#[tokio::test]
async fn the_patient_and_the_hurried_share_a_call_and_not_its_refusal() {
    let provider = Provider::answering(|_| ok("{}")).await;
    let hurried = || Ask { no_waiting: true, ..within(2_000) };
    // The patient one leads, and the hurried one leaves a flight that waits.
    let scene = metered(&provider.base_url, 1, 600, Anchor::Sliding);
    scene.get(1).await.unwrap();
    let leaving = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let begun = Instant::now();
        (scene.ask(2, hurried()).await.unwrap_err(), begun.elapsed())
    };
    let (patient, (left, after)) = tokio::join!(scene.ask(2, within(1_400)), leaving);
    assert!(patient.is_ok(), "{patient:?}");
    assert_eq!(left.kind, ErrorKind::QuotaSpent);
    assert!(left.retry_after_ms.is_some_and(|ms| ms > 100), "{left:?}");
    assert!(after < Duration::from_millis(250), "{after:?}");
    assert_eq!(provider.hits(), 2);
    // The hurried one leads; the patient ones who joined wait for room in a flight of their own.
    let scene = metered(&provider.base_url, 1, 600, Anchor::Sliding);
    scene.get(1).await.unwrap();
    let (refused, one, other, short) = tokio::join!(
        scene.ask(2, hurried()),
        scene.ask(2, within(1_400)),
        scene.ask(2, within(1_400)),
        scene.ask(2, within(150))
    );
    assert_eq!(refused.unwrap_err().kind, ErrorKind::QuotaSpent);
    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    assert_eq!(short.unwrap_err().kind, ErrorKind::QuotaSpent);
    assert_eq!(provider.hits(), 4);
}

#[tokio::test]
async fn quota_is_not_spent_on_callers_who_have_gone() {
    let provider = Provider::answering(|_| ok("{}")).await;
    let scene = metered(&provider.base_url, 1, 300, Anchor::Sliding);
    scene.get(1).await.unwrap();
    assert_eq!(scene.ask(2, within(50)).await.unwrap_err().kind, ErrorKind::QuotaSpent);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(provider.hits(), 1);
    assert!(scene.get(3).await.is_ok());
}

#[tokio::test]
async fn the_providers_own_count_is_believed() {
    let provider = Provider::answering(|_| with(ok("{}"), "x-used", "9")).await;
    let scene = metered(&provider.base_url, 10, 86_400_000, Anchor::UtcGrid);
    scene.get(1).await.unwrap();
    assert_eq!(scene.lane.status().meters[0].used, 9);
    scene.get(2).await.unwrap();
    assert_eq!(scene.get(3).await.unwrap_err().kind, ErrorKind::QuotaSpent);
}

#[tokio::test]
async fn a_rate_limit_holds_its_budget_and_no_other() {
    let provider = Provider::answering(|number| match number {
        0 => with(status(429), "retry-after", "2"),
        _ => ok("{}"),
    })
    .await;
    let scene = metered(&provider.base_url, 100, 60_000, Anchor::Sliding);
    let first = scene.get(1).await.unwrap_err();
    assert_eq!((first.kind, first.retry_after_ms), (ErrorKind::RateLimited, Some(2_000)));
    let second = scene.get(2).await.unwrap_err();
    assert_eq!(second.kind, ErrorKind::RateLimited);
    assert!(second.retry_after_ms.is_some_and(|ms| ms > 1_000 && ms <= 2_000), "{second:?}");
    assert_eq!(provider.hits(), 1);
    assert!(scene.lane.status().meters[0].held_for_ms.is_some());
    assert!(scene.lane.get(Call::new(&OTHER, args(1))).await.is_ok());
    tokio::time::sleep(Duration::from_millis(2_050)).await;
    assert!(scene.get(3).await.is_ok());
}

#[tokio::test]
async fn a_rate_limit_of_a_moment_is_waited_out() {
    let provider = Provider::answering(|number| match number {
        0 => with(status(429), "retry-after-ms", "200"),
        _ => ok("{}"),
    })
    .await;
    let wire =
        TestWire { meters: vec![meter("weight", 100, 60_000, Anchor::Sliding)], ..TestWire::default() };
    let scene = Scene::with(wire, LaneConfig { retries: 1, ..quick(&provider.base_url) });
    let begun = Instant::now();
    assert!(scene.get(1).await.is_ok());
    assert!(begun.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn a_ban_holds_the_whole_lane() {
    let provider = Provider::answering(|_| with(status(418), "retry-after", "120")).await;
    let scene = metered(&provider.base_url, 100, 60_000, Anchor::Sliding);
    assert_eq!(scene.get(1).await.unwrap_err().kind, ErrorKind::Banned);
    let other = scene.lane.get(Call::new(&OTHER, args(1))).await.unwrap_err();
    assert_eq!(other.kind, ErrorKind::Banned);
    assert!(other.retry_after_ms.is_some_and(|ms| ms > 110_000 && ms <= 120_000), "{other:?}");
    assert_eq!(provider.hits(), 1);
}

#[tokio::test]
async fn weights_come_from_the_arguments() {
    let provider = Provider::answering(|_| ok("{}")).await;
    let scene = metered(&provider.base_url, 10, 86_400_000, Anchor::Sliding);
    let heavy = Endpoint {
        cost: Cost::ByArgs {
            meter: "weight",
            weight: |args| args.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(1),
        },
        ..ENDPOINT
    };
    let get = |limit| scene.lane.get(Call::new(&heavy, args(limit)));
    get(7).await.unwrap();
    assert_eq!(get(4).await.unwrap_err().kind, ErrorKind::QuotaSpent);
    get(3).await.unwrap();
    let never = get(11).await.unwrap_err();
    assert_eq!((never.kind, never.retry_after_ms), (ErrorKind::QuotaSpent, None));
}
