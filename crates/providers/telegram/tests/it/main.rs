//! Recorded answers, and a Telegram on loopback that loses connections.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test says what it expects, and fails where it is not so"
)]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::Uri;
use domain::{Clock, ErrorKind, UtcMs};
use http::{HeaderMap, StatusCode};
use proptest::prelude::*;
use serde_json::json;
use telegram::{Message, Photo, Reason, Telegram, TelegramError, TelegramWire, Update, lane_defaults};
use tokio::net::TcpListener;
use upstream::{Ask, Lane, LaneConfig, Wire, http_client};

const TOKEN: &str = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";

#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now(&self) -> UtcMs {
        UtcMs(1_763_640_000_000)
    }
}

fn bot(base_url: &str) -> Telegram {
    let config = LaneConfig { base_url: base_url.to_owned(), ..lane_defaults() };
    Telegram::new(Lane::new(
        http_client(),
        Arc::new(Still),
        Arc::new(TelegramWire::new(TOKEN.into())),
        config,
    ))
}

fn soon(ms: u64) -> Ask {
    Ask { deadline: Some(Instant::now() + Duration::from_millis(ms)), fresh: true, no_waiting: false }
}

fn message() -> Message {
    Message { chat_id: -5, thread_id: None, text: "<b>x</b>".to_owned(), html: true, silent: true }
}

#[test]
fn every_recorded_answer_is_an_envelope() {
    let shared = std::env::var_os("PERPSIGNAL_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../../shared")),
        PathBuf::from,
    );
    let folder = shared.join("data/recordings/telegram/frankenstein-2021");
    if !folder.is_dir() {
        eprintln!("skipped: no recordings at {}", folder.display());
        return;
    }
    let wire = TelegramWire::new(TOKEN.into());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(status) = name.split('-').nth(1).and_then(|part| part.parse::<u16>().ok()) else { continue };
        let body = std::fs::read(&path).unwrap();
        let judged = wire.judge(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), &body);
        if name.starts_with("close") {
            assert_eq!(judged.unwrap_err().kind, ErrorKind::KeyInvalid, "{name}");
        } else {
            assert!(judged.is_ok(), "{name}: {judged:?}");
        }
        if name.starts_with("getUpdates") {
            let envelope: serde_json::Value = serde_json::from_slice(&body).unwrap();
            let updates: Vec<Update> = serde_json::from_value(envelope["result"].clone()).unwrap();
            assert_eq!(updates[0].message.as_ref().unwrap().text.as_deref(), Some("dsaf"));
        }
    }
}

async fn serve(reply: impl Fn(&str, &Bytes) -> (u16, String) + Clone + Send + Sync + 'static) -> String {
    let app = Router::new().fallback(move |uri: Uri, body: Bytes| {
        let (status, text) = reply(uri.path(), &body);
        async move { (StatusCode::from_u16(status).unwrap(), text) }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    base
}

#[tokio::test]
async fn messages_pictures_and_updates_go_their_way() {
    let base = serve(|path, body| {
        let method = path.strip_prefix(&format!("/bot{TOKEN}/")).unwrap().to_owned();
        let text = String::from_utf8_lossy(body);
        let result = match method.as_str() {
            "getMe" => json!({"id": 5, "is_bot": true, "username": "b"}),
            "sendMessage" => {
                assert!(text.contains(r#""parse_mode":"HTML""#) && text.contains(r#""chat_id":-5"#));
                json!({"message_id": 9, "date": 1})
            }
            "sendPhoto" => {
                assert!(text.contains("name=\"photo\"; filename=\"c.png\"") && text.contains("PICTURE"));
                json!({"message_id": 10, "date": 1})
            }
            "getUpdates" => {
                assert!(text.contains(r#""offset":7"#));
                json!([{"update_id": 7, "callback_query": {}}])
            }
            other => panic!("{other}"),
        };
        (200, json!({"ok": true, "result": result}).to_string())
    })
    .await;
    let bot = bot(&base);
    assert_eq!(bot.me(soon(2_000)).await.unwrap().id, 5);
    assert_eq!(bot.send_message(&message(), soon(2_000)).await.unwrap().message_id, 9);
    let photo = Photo {
        chat_id: -5,
        bytes: Bytes::from_static(b"PICTURE perpsignal-picture"),
        file_name: "c.p\"n\ng".to_owned(),
        caption: "x".to_owned(),
        silent: false,
    };
    assert_eq!(bot.send_photo(&photo, soon(2_000)).await.unwrap().message_id, 10);
    assert_eq!(bot.updates(7, Duration::ZERO).await.unwrap()[0].update_id, 7);
}

#[tokio::test]
async fn a_refusal_is_told_apart_and_does_not_hold_back_other_chats() {
    let base = serve(|_, body| {
        if String::from_utf8_lossy(body).contains(r#""chat_id":-5"#) {
            let refusal = json!({"ok": false, "error_code": 429, "description": "Too Many Requests",
                "parameters": {"retry_after": 30}});
            (429, refusal.to_string())
        } else {
            (200, json!({"ok": true, "result": {"message_id": 1, "date": 1}}).to_string())
        }
    })
    .await;
    let bot = bot(&base);
    let refused = bot.send_message(&message(), soon(2_000)).await.unwrap_err();
    assert!(matches!(&refused, TelegramError::Refused(refusal) if refusal.reason == Reason::RetryAfter(30)));
    assert!(bot.send_message(&Message { chat_id: 8, ..message() }, soon(2_000)).await.is_ok());
}

#[tokio::test]
async fn an_unclear_outcome_is_not_repeated_and_the_token_is_never_told() {
    let hits = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&hits);
    let base = serve(move |_, _| {
        count.fetch_add(1, Ordering::SeqCst);
        (502, "<html></html>".to_owned())
    })
    .await;
    let errors = [
        bot(&base).send_message(&message(), soon(2_000)).await.unwrap_err(),
        bot("http://127.0.0.1:9").send_message(&message(), soon(1_000)).await.unwrap_err(),
    ];
    assert_eq!(hits.load(Ordering::SeqCst), 1);
    for error in errors {
        assert!(!format!("{error:?} {error}").contains("AAHdq"), "{error:?}");
    }
}

proptest! {
    #[test]
    fn no_bytes_upset_the_readers(body in proptest::collection::vec(any::<u8>(), 0..200), status in 100_u16..600) {
        let wire = TelegramWire::new(TOKEN.into());
        let _ = wire.judge(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), &body);
        let _ = telegram::parse_webhook(&"s".into(), Some("s"), &body);
    }
}
