//! Servers that hang, break, lie and flood.

use std::io::Write as _;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::http::Response;
use domain::ErrorKind;
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use upstream::{LaneConfig, REPLAY_MARK};

use crate::scene::*;

/// A server that writes these bytes to whoever asks and hangs up.
async fn raw(bytes: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0; 2_048];
            let _ = socket.read(&mut request).await;
            let _ = socket.write_all(&bytes).await;
            let _ = socket.shutdown().await;
        }
    });
    url
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

async fn zipped(body: Vec<u8>) -> Provider {
    Provider::answering(move |_| {
        Response::builder().header("content-encoding", "gzip").body(Body::from(body.clone())).unwrap()
    })
    .await
}

async fn failure(base_url: &str) -> (ErrorKind, String) {
    let error = Scene::new(base_url).get(5).await.unwrap_err();
    assert!(!error.message.contains("127.0.0.1") && !error.message.contains("/v1"), "{}", error.message);
    (error.kind, error.message)
}

#[tokio::test]
async fn a_server_that_hangs_is_left_at_the_deadline() {
    let provider = Provider::start(|_| Box::pin(std::future::pending())).await;
    let config = LaneConfig { deadline: Duration::from_millis(200), retries: 2, ..quick(&provider.base_url) };
    let begun = Instant::now();
    let error = Scene::with(TestWire::default(), config).get(5).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Timeout);
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_body_that_trickles_is_left_at_the_deadline() {
    let provider = Provider::start(|_| {
        Box::pin(async {
            let drops = futures_util::stream::unfold((), |()| async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                Some((Ok::<_, std::io::Error>(Bytes::from_static(b" ")), ()))
            });
            Response::new(Body::from_stream(drops))
        })
    })
    .await;
    let config = LaneConfig { deadline: Duration::from_millis(200), ..quick(&provider.base_url) };
    assert_eq!(Scene::with(TestWire::default(), config).get(5).await.unwrap_err().kind, ErrorKind::Timeout);
}

#[tokio::test]
async fn garbage_is_for_the_wire_to_judge() {
    let provider = Provider::answering(|_| ok("<html>busy</html>")).await;
    assert_eq!(failure(&provider.base_url).await.0, ErrorKind::Malformed);
}

#[tokio::test]
async fn half_a_body_is_a_broken_connection() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"half\":";
    assert_eq!(failure(&raw(head.to_vec()).await).await.0, ErrorKind::Connection);
    let mut zipped = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 900\r\n\r\n".to_vec();
    zipped.extend_from_slice(&gzip(b"{\"whole\":1}"));
    assert_eq!(failure(&raw(zipped).await).await.0, ErrorKind::Connection);
}

#[tokio::test]
async fn no_answer_and_no_server_are_connection_faults() {
    assert_eq!(failure(&raw(Vec::new()).await).await.0, ErrorKind::Connection);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(failure(&url).await.0, ErrorKind::Connection);
}

#[tokio::test]
async fn a_body_larger_than_allowed_is_not_read_to_its_end() {
    let big = format!("{{\"pad\":\"{}\"}}", "x".repeat(2_000_000));
    let told = Provider::answering({
        let big = big.clone();
        move |_| ok(big.clone())
    })
    .await;
    let untold = Provider::answering({
        let big = big.clone();
        move |_| {
            let whole = Bytes::from(big.clone());
            let pieces: Vec<_> = (0..whole.len())
                .step_by(10_000)
                .map(|at| whole.slice(at..(at + 10_000).min(whole.len())))
                .collect();
            Response::new(Body::from_stream(futures_util::stream::iter(
                pieces.into_iter().map(Ok::<_, std::io::Error>),
            )))
        }
    })
    .await;
    let zipped = zipped(gzip(big.as_bytes())).await;
    for provider in [&told, &untold, &zipped] {
        let config = LaneConfig { max_body: 1_000_000, ..quick(&provider.base_url) };
        let error = Scene::with(TestWire::default(), config).get(5).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::TooLarge);
        assert_eq!(error.message, "the answer of binance is larger than 1000000 bytes");
        let config = LaneConfig { max_body: big.len(), ..quick(&provider.base_url) };
        assert!(Scene::with(TestWire::default(), config).get(5).await.is_ok());
    }
}

#[tokio::test]
async fn gzip_is_taken_and_broken_gzip_is_malformed() {
    let provider = zipped(gzip(b"{\"zipped\":true}")).await;
    let answer = Scene::new(&provider.base_url).get(5).await.unwrap();
    assert_eq!(text(&answer), "{\"zipped\":true}");
    let mut broken = gzip(&b"{\"zipped\":true}".repeat(100));
    let middle = broken.len() / 2;
    broken[middle..middle + 4].copy_from_slice(&[0xff; 4]);
    let (kind, message) = failure(&zipped(broken).await.base_url).await;
    assert_eq!(kind, ErrorKind::Malformed, "{message}");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let target = Provider::answering(|_| ok("{}")).await;
    let url = target.base_url.clone();
    let provider = Provider::answering(move |_| with(status(302), "location", &url)).await;
    assert_eq!(failure(&provider.base_url).await.0, ErrorKind::Malformed);
    assert_eq!(target.hits(), 0);
}

#[tokio::test]
async fn a_replay_and_live_data_never_mix() {
    let replay = Provider::answering(|_| with(ok("{}"), REPLAY_MARK, "1")).await;
    let live = Provider::answering(|_| ok("{}")).await;
    let get = async |provider: &Provider, accept_replay| {
        let config = LaneConfig { accept_replay, ..quick(&provider.base_url) };
        Scene::with(TestWire::default(), config).get(5).await
    };
    let refused = get(&replay, false).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Unsupported);
    assert_eq!(refused.message, "this is a replay/simulator, not binance; start with --replay-url to use it");
    assert_eq!(get(&live, true).await.unwrap_err().kind, ErrorKind::Unsupported);
    assert!(get(&replay, true).await.is_ok());
    assert!(get(&live, false).await.is_ok());
}

#[tokio::test]
async fn a_missing_key_is_told_before_anything_is_sent() {
    let provider = Provider::answering(|_| ok("{}")).await;
    let scene = Scene::with(TestWire { key: Some(""), ..TestWire::default() }, quick(&provider.base_url));
    assert_eq!(scene.get(5).await.unwrap_err().kind, ErrorKind::KeyMissing);
    assert_eq!(provider.hits(), 0);
    let scene =
        Scene::with(TestWire { key: Some("secret"), ..TestWire::default() }, quick(&provider.base_url));
    assert!(scene.get(5).await.is_ok());
}

#[tokio::test]
async fn a_fault_of_our_own_hurts_only_its_call() {
    let provider = Provider::answering(|number| ok(if number == 0 { "{\"poison\":1}" } else { "{}" })).await;
    let config = LaneConfig { max_in_flight: 1, ..quick(&provider.base_url) };
    let scene = Scene::with(TestWire { panics: true, ..TestWire::default() }, config);
    assert_eq!(scene.get(5).await.unwrap_err().kind, ErrorKind::Malformed);
    assert_eq!(scene.lane.status().in_flight, 0);
    assert!(scene.get(5).await.is_ok());
}
