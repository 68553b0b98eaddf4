//! From a change of state to Telegram and back, against a Telegram on loopback.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use domain::{Clock, UtcMs};
use secrecy::SecretString;
use serde_json::{Value, json};
use store::{DataSource, NewSignal, Store, StoreConfig};
use telegram::html::TEXT_MAX;
use telegram::{Telegram, TelegramWire};
use tempfile::TempDir;
use tokio::net::TcpListener;
use upstream::{Lane, LaneConfig};

use super::chats::Chats;
use super::commands::reply;
use super::message::tests::answer;
use super::{AlertConfig, Alerts, Pictures};
use crate::signals::SignalAnswer;

const TOKEN: &str = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";
const NOON: i64 = 1_763_640_007_000;

#[derive(Debug)]
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> UtcMs {
        UtcMs(self.0.load(Ordering::SeqCst))
    }
}

#[derive(Clone)]
enum Reply {
    Ok,
    Refuse(u16, Value),
    /// Takes the message, and its answer gets lost.
    Lost,
}

#[derive(Default)]
struct Script {
    replies: VecDeque<Reply>,
    got: Vec<Value>,
}

struct Scene {
    script: Arc<Mutex<Script>>,
    alerts: Alerts,
    store: Store,
    clock: Arc<Hands>,
    _dir: TempDir,
}

impl Scene {
    async fn new(replies: impl IntoIterator<Item = Reply>, config: AlertConfig) -> Self {
        Self::with(replies, config, None).await
    }

    /// The same with a picture of the usual answer.
    async fn pictured(replies: impl IntoIterator<Item = Reply>, config: AlertConfig) -> Self {
        let pictures = Pictures::only(&answer().id, b"PICTURE").await;
        Self::with(replies, config, Some(pictures)).await
    }

    async fn with(
        replies: impl IntoIterator<Item = Reply>,
        config: AlertConfig,
        pictures: Option<Pictures>,
    ) -> Self {
        let script = Arc::new(Mutex::new(Script { replies: replies.into_iter().collect(), got: Vec::new() }));
        let clock = Arc::new(Hands(AtomicI64::new(NOON)));
        let dir = tempfile::tempdir().unwrap();
        let url = SecretString::from(format!("sqlite://{}", dir.path().join("a.db").display()));
        let settings = StoreConfig::new(
            url,
            dir.path().join("spool"),
            // Its clock is ours, so that waiting costs no time.
            DataSource::Replay,
            Arc::clone(&clock) as Arc<dyn Clock>,
        );
        let store = Store::open(settings).await.unwrap();
        let base = serve(Arc::clone(&script)).await;
        let lane = LaneConfig { base_url: base, ..telegram::lane_defaults() };
        let wire = Arc::new(TelegramWire::new(TOKEN.into()));
        let bot = Telegram::new(Lane::new(upstream::http_client(), clock.clone(), wire, lane));
        let alerts = Alerts::new(bot, config, store.clone(), clock.clone(), DataSource::Replay, pictures);
        Self { script, alerts, store, clock, _dir: dir }
    }

    fn later(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::SeqCst);
    }

    /// Keeps a signal with its alerts, as an evaluation does.
    async fn keep(&self, answer: &SignalAnswer) -> usize {
        let alerts = self.alerts.of(&self.store, answer).await;
        let count = alerts.len();
        if answer.signal != "NEUTRAL" {
            let row = NewSignal {
                id: ulid::Ulid::new().to_string(),
                symbol: answer.symbol.clone(),
                signal: answer.signal.clone(),
                score: answer.score,
                timestamp: answer.timestamp,
                alerts,
                ..NewSignal::default()
            };
            self.store.save(row).await.unwrap();
        }
        count
    }

    async fn send(&self) {
        self.alerts.sender.as_ref().unwrap().send_due().await.unwrap();
    }

    async fn states(&self) -> Vec<String> {
        self.store.alerts(50).await.unwrap().into_iter().map(|row| row.state).collect()
    }

    fn got(&self) -> Vec<Value> {
        self.script.lock().unwrap().got.clone()
    }
}

async fn serve(script: Arc<Mutex<Script>>) -> String {
    let app = Router::new().fallback(move |uri: Uri, body: Bytes| {
        let body = match uri.path().strip_prefix(&format!("/bot{TOKEN}/")) {
            Some("sendMessage") => serde_json::from_slice(&body).unwrap(),
            Some("sendPhoto") => form(&body),
            other => panic!("{other:?}"),
        };
        let reply = {
            let mut script = script.lock().unwrap();
            script.got.push(body);
            script.replies.pop_front().unwrap_or(Reply::Ok)
        };
        async move { answered(reply) }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    base
}

/// The fields of a form as an object; the file as text.
fn form(body: &[u8]) -> Value {
    let text = String::from_utf8_lossy(body);
    let boundary = text.split("\r\n").next().unwrap();
    let parts = text.split(boundary).filter_map(|part| {
        let (head, value) = part.split_once("\r\n\r\n")?;
        let name = head.split("name=\"").nth(1)?.split('"').next()?;
        Some((name.to_owned(), json!(value.trim_end_matches("\r\n"))))
    });
    Value::Object(parts.collect())
}

fn answered(reply: Reply) -> Response {
    match reply {
        Reply::Ok => axum::Json(json!({"ok": true, "result": {"message_id": 1, "date": 1}})).into_response(),
        Reply::Refuse(code, mut envelope) => {
            envelope["ok"] = json!(false);
            envelope["error_code"] = json!(code);
            (StatusCode::from_u16(code).unwrap(), axum::Json(envelope)).into_response()
        }
        Reply::Lost => (StatusCode::BAD_GATEWAY, "<html>Bad Gateway</html>").into_response(),
    }
}

fn to(chats: &[i64]) -> AlertConfig {
    AlertConfig { chats: chats.to_vec(), ..AlertConfig::default() }
}

fn with(signal: &str, verdict: &str, risk_mode: &str) -> SignalAnswer {
    let mut answer = answer();
    signal.clone_into(&mut answer.signal);
    verdict.clone_into(&mut answer.ai_verdict_layer.verdict);
    risk_mode.clone_into(&mut answer.ai_verdict_layer.risk_mode);
    answer
}

#[tokio::test]
async fn one_alert_per_change_of_state_and_none_for_what_is_avoided() {
    let scene = Scene::new([], to(&[7])).await;
    let long = with("LONG", "CONFIRM", "NORMAL");
    assert_eq!(scene.keep(&long).await, 1);
    assert_eq!(scene.keep(&long).await, 0, "nothing changed");
    assert_eq!(scene.keep(&with("LONG", "SKIP", "AVOID")).await, 0, "avoided");
    assert_eq!(scene.keep(&long).await, 0, "within the cool-down");
    assert_eq!(scene.keep(&with("SHORT", "DOWNSIZE", "REDUCED")).await, 1);
    assert_eq!(scene.keep(&with("NEUTRAL", "WAIT", "REDUCED")).await, 0);
    let after = SignalAnswer { timestamp: UtcMs(NOON + 3_600_000), ..long.clone() };
    assert_eq!(scene.keep(&after).await, 1, "after the cool-down it is news again");
    let ultra = SignalAnswer { mode: domain::Mode::Ultra, symbol: "ETH".to_owned(), ..long.clone() };
    assert_eq!(scene.keep(&ultra).await, 0, "another mode");

    // Another instance, or this one after a restart, knows what was told.
    let sender = scene.alerts.sender.as_ref().unwrap();
    let second = Alerts::new(
        sender.bot.clone(),
        to(&[7]),
        scene.store.clone(),
        scene.clock.clone(),
        DataSource::Replay,
        None,
    );
    assert!(second.of(&scene.store, &after).await.is_empty());
    let without = Alerts::off("no TELEGRAM_BOT_TOKEN");
    assert!(without.of(&scene.store, &long).await.is_empty());
}

#[tokio::test]
async fn an_alert_is_sent_once_and_carries_its_id() {
    let scene = Scene::new([], to(&[7, -9])).await;
    assert_eq!(scene.keep(&answer()).await, 2);
    scene.send().await;
    scene.send().await;
    let got = scene.got();
    assert_eq!(got.len(), 2);
    assert!(got.iter().all(|body| body["text"].as_str().unwrap().contains("#ABCDEF")));
    assert_eq!(got[0]["parse_mode"], "HTML");
    assert_eq!(scene.states().await, ["done", "done"]);
}

#[tokio::test]
async fn a_pause_is_kept_a_lost_answer_is_made_up_for_and_nothing_is_lost() {
    let pause = json!({"description": "Too Many Requests: retry after 2", "parameters": {"retry_after": 2}});
    let scene = Scene::new([Reply::Refuse(429, pause), Reply::Lost], to(&[7])).await;
    scene.keep(&answer()).await;
    let began = Instant::now();
    scene.send().await;
    assert_eq!(scene.states().await, ["pending"]);
    scene.send().await;
    assert_eq!(scene.got().len(), 1, "not before the pause is over");
    scene.later(2_000);
    scene.send().await;
    assert!(began.elapsed() >= Duration::from_secs(2), "the chat's pause is real time");
    assert_eq!(scene.states().await, ["pending"], "the answer was lost");
    scene.later(10_000);
    scene.send().await;
    assert_eq!(scene.states().await, ["done"]);
    let got = scene.got();
    assert_eq!(got.len(), 3);
    assert_eq!(got[1]["text"], got[2]["text"], "a second copy has the same short id");
    let told = format!("{:?}", scene.store.alerts(5).await.unwrap());
    assert!(!told.contains("AAHdq"), "the token is nowhere");
}

#[tokio::test]
async fn a_blocked_chat_is_left_alone_and_a_moved_one_is_followed() {
    let blocked = json!({"description": "Forbidden: bot was blocked by the user"});
    let scene = Scene::new([Reply::Refuse(403, blocked)], to(&[7])).await;
    scene.keep(&answer()).await;
    scene.send().await;
    assert_eq!(scene.states().await, ["dead"]);
    assert!(Chats::load(&scene.store).await.unwrap().closed.contains_key(&7));
    assert_eq!(scene.keep(&with("SHORT", "CONFIRM", "NORMAL")).await, 0, "nobody is left to be told");

    let moved = json!({"description": "upgraded", "parameters": {"migrate_to_chat_id": -100}});
    let scene = Scene::new([Reply::Refuse(400, moved)], to(&[-1])).await;
    scene.keep(&answer()).await;
    scene.send().await;
    assert_eq!(scene.states().await, ["done"]);
    let got = scene.got();
    assert_eq!((&got[0]["chat_id"], &got[1]["chat_id"]), (&json!(-1), &json!(-100)));
    assert_eq!(Chats::load(&scene.store).await.unwrap().current(-1), -100);
}

#[tokio::test]
async fn refused_tags_are_left_out_and_a_late_message_says_so() {
    let bad = json!({"description": "Bad Request: can't parse entities: Unclosed start tag"});
    let scene = Scene::new([Reply::Refuse(400, bad)], to(&[7])).await;
    scene.keep(&answer()).await;
    scene.later(10 * 60_000);
    scene.send().await;
    let got = scene.got();
    assert_eq!(scene.states().await, ["done"]);
    assert!(got[1].get("parse_mode").is_none());
    let text = got[1]["text"].as_str().unwrap();
    assert!(text.starts_with("LONG BTC") && text.ends_with("min late."), "{text}");
}

#[tokio::test]
async fn an_answer_is_dropped_when_the_chat_is_closed_for_long() {
    let pause = json!({"description": "Too Many Requests", "parameters": {"retry_after": 3_600}});
    let scene = Scene::new([Reply::Refuse(429, pause)], to(&[7])).await;
    scene.keep(&answer()).await;
    let sender = scene.alerts.sender.as_ref().unwrap();
    assert!(sender.wait_turn(7).await);
    scene.send().await;
    assert_eq!(scene.got().len(), 1);
    let refused = tokio::time::timeout(Duration::from_secs(5), sender.wait_turn(7)).await;
    assert_eq!(refused, Ok(false));
}

#[tokio::test]
async fn a_message_of_full_length_is_not_made_longer() {
    let scene = Scene::new([], to(&[7])).await;
    let sender = scene.alerts.sender.as_ref().unwrap();
    for (length, sent) in [(TEXT_MAX, TEXT_MAX), (TEXT_MAX - 5, TEXT_MAX)] {
        let parcel = reply("x".repeat(length));
        sender.send_parcel(7, parcel, None, Some("\nlate")).await.unwrap();
        let got = scene.got();
        assert_eq!(got.last().unwrap()["text"].as_str().unwrap().len(), sent);
    }
}

#[tokio::test]
async fn quiet_hours_make_no_sound() {
    let noon = 12 * 60;
    let scene = Scene::new([], AlertConfig { quiet_minutes: Some((noon - 60, noon + 60)), ..to(&[7]) }).await;
    scene.keep(&answer()).await;
    scene.send().await;
    assert_eq!(scene.got()[0]["disable_notification"], true);
    let night = AlertConfig { quiet_minutes: Some((22 * 60, 7 * 60)), ..AlertConfig::default() };
    assert!(!night.is_quiet(UtcMs(NOON)));
    assert!(night.is_quiet(UtcMs(NOON + 11 * 3_600_000)));
    assert!(night.is_quiet(UtcMs(NOON - 6 * 3_600_000)));
}

#[tokio::test]
async fn a_picture_carries_the_whole_message_in_one() {
    let scene = Scene::pictured([], to(&[7, -9])).await;
    scene.keep(&answer()).await;
    scene.send().await;
    scene.send().await;
    let got = scene.got();
    assert_eq!(scene.states().await, ["done", "done"]);
    assert_eq!(got.len(), 2, "one message to each chat");
    for body in got {
        assert_eq!((&body["photo"], &body["parse_mode"]), (&json!("PICTURE"), &json!("HTML")));
        let caption = body["caption"].as_str().unwrap();
        for part in ["LONG BTC", "Stop 88130.1", "Target 99051.5", "volatility is high", "#ABCDEF"] {
            assert!(caption.contains(part), "{part}: {caption}");
        }
    }
}

#[tokio::test]
async fn a_picture_that_is_refused_or_cannot_be_made_leaves_the_text() {
    let refusals = [
        Reply::Refuse(400, json!({"description": "Bad Request: IMAGE_PROCESS_FAILED"})),
        Reply::Refuse(
            400,
            json!({"description": "Bad Request: not enough rights to send photos to the chat"}),
        ),
        Reply::Refuse(400, json!({"description": "Bad Request: can't parse entities: Unclosed start tag"})),
        Reply::Refuse(404, json!({"description": "Not Found"})),
    ];
    for refusal in refusals {
        let scene = Scene::pictured([refusal], to(&[7])).await;
        scene.keep(&answer()).await;
        scene.send().await;
        let got = scene.got();
        assert_eq!(scene.states().await, ["done"]);
        assert_eq!(got.len(), 2);
        assert!(got[0]["photo"] == "PICTURE" && got[1]["text"].as_str().unwrap().contains("#ABCDEF"));
    }
    let other = SignalAnswer { id: "01JD0000000000000000ZZZZZZ".to_owned(), ..answer() };
    let scene = Scene::pictured([], to(&[7])).await;
    scene.keep(&other).await;
    scene.send().await;
    assert!(scene.got()[0]["text"].as_str().unwrap().contains("#ZZZZZZ"), "without a picture the text goes");
}

#[tokio::test]
async fn a_picture_whose_outcome_nobody_knows_is_tried_some_times_and_then_the_text_goes() {
    let scene = Scene::pictured(vec![Reply::Lost; 4], to(&[7])).await;
    scene.keep(&answer()).await;
    for _ in 0..5 {
        scene.send().await;
        scene.later(20_000);
    }
    let got = scene.got();
    assert_eq!(scene.states().await, ["done"]);
    let kinds: Vec<bool> = got.iter().map(|body| body.get("photo").is_some()).collect();
    assert_eq!(kinds, [true, true, true, true, false]);
    assert!(got[0]["caption"].as_str().unwrap().contains("#ABCDEF"));
    assert!(got[4]["text"].as_str().unwrap().contains("#ABCDEF"));
}

#[tokio::test]
async fn a_chat_that_blocked_the_bot_gets_no_text_instead_of_the_picture() {
    let blocked = json!({"description": "Forbidden: bot was blocked by the user"});
    let scene = Scene::pictured([Reply::Refuse(403, blocked)], to(&[7])).await;
    scene.keep(&answer()).await;
    scene.send().await;
    assert_eq!((scene.states().await, scene.got().len()), (vec!["dead".to_owned()], 1));

    let pause = json!({"description": "Too Many Requests: retry after 1", "parameters": {"retry_after": 1}});
    let scene = Scene::pictured([Reply::Refuse(429, pause)], to(&[7])).await;
    scene.keep(&answer()).await;
    scene.send().await;
    assert_eq!((scene.states().await, scene.got().len()), (vec!["pending".to_owned()], 1));
    scene.later(1_000);
    scene.send().await;
    assert_eq!(scene.states().await, ["done"]);
    assert_eq!(scene.got()[1]["photo"], "PICTURE", "after the pause the picture goes");
}
