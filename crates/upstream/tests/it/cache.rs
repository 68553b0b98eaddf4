//! Cache, single flight, stale answers.

use std::sync::Arc;
use std::time::Duration;

use domain::{ErrorKind, UtcMs};
use tokio::time::sleep;
use upstream::{Args, Ask, Call, Endpoint, LaneConfig};

use crate::scene::*;

async fn slow(ms: u64) -> Provider {
    Provider::start(move |number| {
        Box::pin(async move {
            sleep(Duration::from_millis(ms)).await;
            ok(format!("{{\"n\":{number}}}"))
        })
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_callers_make_one_call() {
    let provider = slow(100).await;
    let scene = Arc::new(Scene::new(&provider.base_url));
    let callers: Vec<_> = (0..100)
        .map(|_| {
            let scene = scene.clone();
            tokio::spawn(async move { scene.get(5).await })
        })
        .collect();
    for caller in callers {
        assert_eq!(text(&caller.await.unwrap().unwrap()), "{\"n\":0}");
    }
    assert_eq!(provider.hits(), 1);
    assert!(scene.get(5).await.unwrap().cached);
    scene.get(6).await.unwrap();
    assert_eq!(provider.hits(), 2, "other arguments are another call");
    let status = scene.lane.status();
    assert_eq!((status.cache.entries, status.in_flight), (2, 0));
    assert!(status.cache.bytes > 14);
}

#[tokio::test]
async fn the_program_clock_decides_how_old_an_answer_is() {
    let provider = slow(0).await;
    let scene = Scene::new(&provider.base_url);
    let first = scene.get(5).await.unwrap();
    assert_eq!(first.received_at, UtcMs(1_763_164_800_000));
    assert!(!first.cached);
    sleep(Duration::from_millis(50)).await;
    assert!(scene.get(5).await.unwrap().cached, "a clock that stands still lets nothing grow old");
    scene.clock.advance(9_999);
    assert!(scene.get(5).await.unwrap().cached);
    scene.clock.advance(1);
    let second = scene.get(5).await.unwrap();
    assert_eq!((second.cached, text(&second)), (false, "{\"n\":1}"));
    scene.clock.advance(-20_000);
    assert!(!scene.get(5).await.unwrap().cached, "an answer of the future is not known yet");
}

#[tokio::test]
async fn fresh_passes_the_cache_by_and_fills_it() {
    let provider = slow(50).await;
    let scene = Scene::new(&provider.base_url);
    scene.get(5).await.unwrap();
    let (one, two) = tokio::join!(scene.ask(5, FRESH), scene.ask(5, FRESH));
    assert_eq!((text(&one.unwrap()), text(&two.unwrap())), ("{\"n\":1}", "{\"n\":1}"));
    assert_eq!(provider.hits(), 2);
    let after = scene.get(5).await.unwrap();
    assert_eq!((after.cached, text(&after)), (true, "{\"n\":1}"));
}

#[tokio::test]
async fn a_caller_who_leaves_does_not_end_the_call() {
    let provider = slow(200).await;
    let scene = Scene::new(&provider.base_url);
    assert!(tokio::time::timeout(Duration::from_millis(30), scene.get(5)).await.is_err());
    let joined = scene.get(5).await.unwrap();
    assert_eq!((provider.hits(), joined.cached), (1, false));
    assert_eq!(scene.lane.status().in_flight, 0);
}

#[tokio::test]
async fn each_caller_has_their_own_deadline() {
    let provider = slow(300).await;
    let scene = Scene::new(&provider.base_url);
    let (short, long) = tokio::join!(scene.ask(5, within(50)), scene.get(5));
    assert_eq!(short.unwrap_err().kind, ErrorKind::Timeout);
    assert!(long.is_ok());
    assert_eq!(provider.hits(), 1);
    let over = Ask { deadline: Some(std::time::Instant::now()), fresh: false, no_waiting: false };
    assert!(scene.ask(5, over).await.is_ok(), "the cache needs no time");
    assert_eq!(scene.ask(6, over).await.unwrap_err().kind, ErrorKind::Timeout);
    assert_eq!(provider.hits(), 1, "nothing is sent when the deadline is over");
}

#[tokio::test]
async fn an_older_answer_stands_in_for_passing_failures_only() {
    let provider = Provider::answering(|number| match number {
        0 => ok("{\"n\":0}"),
        1 | 2 | 5 => status(503),
        3 => status(400),
        _ => status(404),
    })
    .await;
    let scene = Scene::new(&provider.base_url);
    let first = scene.get(5).await.unwrap();
    scene.clock.advance(60_000);
    let stale = scene.get(5).await.unwrap();
    assert_eq!((stale.stale, stale.cached, text(&stale)), (true, true, "{\"n\":0}"));
    assert_eq!(stale.received_at, first.received_at);
    assert_eq!(scene.ask(5, FRESH).await.unwrap_err().kind, ErrorKind::Unavailable);
    assert_eq!(scene.get(5).await.unwrap_err().kind, ErrorKind::BadRequest);
    assert_eq!(scene.get(5).await.unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(scene.lane.status().last_failure.unwrap().kind, ErrorKind::Unavailable);
}

#[tokio::test]
async fn an_answer_past_its_time_does_not_stand_in() {
    let provider = Provider::answering(|number| if number == 0 { ok("{}") } else { status(503) }).await;
    let scene = Scene::new(&provider.base_url);
    scene.get(5).await.unwrap();
    // Its time to live and the ten minutes of the configuration.
    scene.clock.advance(609_999);
    assert!(scene.get(5).await.unwrap().stale);
    scene.clock.advance(1);
    assert_eq!(scene.get(5).await.unwrap_err().kind, ErrorKind::Unavailable);
}

#[tokio::test]
async fn failures_are_shared_but_only_lasting_ones_are_remembered() {
    let provider = Provider::start(|number| {
        Box::pin(async move {
            sleep(Duration::from_millis(50)).await;
            match number {
                0 => status(503),
                1 => status(402),
                2 => ok("{}"),
                _ => status(401),
            }
        })
    })
    .await;
    let scene = Scene::new(&provider.base_url);
    let (one, two) = tokio::join!(scene.get(5), scene.get(5));
    assert_eq!(one.unwrap_err(), two.unwrap_err());
    assert_eq!(provider.hits(), 1);
    for _ in 0..3 {
        assert_eq!(scene.get(5).await.unwrap_err().kind, ErrorKind::PlanLimited);
    }
    assert_eq!(provider.hits(), 2);
    assert!(scene.ask(5, FRESH).await.is_ok(), "fresh asks again");
    assert!(scene.get(5).await.unwrap().cached, "and its success is remembered instead");
    for _ in 0..3 {
        assert_eq!(scene.get(6).await.unwrap_err().kind, ErrorKind::KeyInvalid);
    }
    assert_eq!(provider.hits(), 4);
}

#[tokio::test]
async fn the_cache_keeps_to_its_bytes() {
    let provider = Provider::answering(|_| ok(format!("{{\"pad\":\"{}\"}}", "x".repeat(10_000)))).await;
    let config = LaneConfig { cache_bytes: 50_000, ..quick(&provider.base_url) };
    let scene = Scene::with(TestWire::default(), config);
    for limit in 1..=20 {
        scene.get(limit).await.unwrap();
    }
    let cache = scene.lane.status().cache;
    assert!(cache.bytes <= 50_000 && cache.entries >= 2, "{cache:?}");
    assert!(scene.get(20).await.unwrap().cached, "the newest is there");
}

#[tokio::test]
async fn calls_are_checked_encoded_and_switched_off() {
    let provider = slow(0).await;
    let scene = Scene::new(&provider.base_url);
    let get = |args: Args| scene.lane.get(Call::new(&ENDPOINT, args));
    let error = get(args(0)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadRequest);
    assert_eq!(error.message, "rows: parameter 'limit' got '0', accepted: a whole number from 1 to 1000000");
    assert_eq!(get(Args::new()).await.unwrap_err().kind, ErrorKind::BadRequest);
    assert_eq!(get(args(1).with("limi", 1)).await.unwrap_err().kind, ErrorKind::BadRequest);
    assert_eq!(provider.hits(), 0);
    get(Args::new().with("coin", "币安人生USDT")).await.unwrap();
    assert_eq!(provider.targets(), ["/v1/%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT/rows"]);

    let config = LaneConfig { enabled: false, ..quick(&provider.base_url) };
    let off = Scene::with(TestWire::default(), config);
    assert_eq!(off.get(5).await.unwrap_err().kind, ErrorKind::Unsupported);
    assert!(!off.lane.status().enabled);
}

#[tokio::test]
async fn a_time_to_live_of_nothing_still_flies_once() {
    let provider = slow(50).await;
    let scene = Scene::new(&provider.base_url);
    let endpoint = Endpoint { ttl: Duration::ZERO, ..ENDPOINT };
    let call = || scene.lane.get(Call::new(&endpoint, args(5)));
    let (one, two) = tokio::join!(call(), call());
    assert!(one.is_ok() && two.is_ok());
    assert_eq!(provider.hits(), 1);
    call().await.unwrap();
    assert_eq!(provider.hits(), 2);
}
