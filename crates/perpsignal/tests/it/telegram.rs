use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::program::{Answer, Place, Server, client, send};

const TOKEN: &str = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";
/// A simulated market whose time runs as ours does.
const LIVELY: [&str; 6] = ["--simulate", "7", "--at", "2026-01-01T00:00:00Z", "--speed", "1"];
/// The same twenty times as fast: a claim runs out in three seconds.
const FAST: [&str; 6] = ["--simulate", "7", "--at", "2026-01-01T00:00:00Z", "--speed", "20"];
/// A coin of that market that is LONG or SHORT in the widest mode.
const COIN: &str = "RUNE";

/// What the server in Telegram's place answers next.
enum Reply {
    Refuse(u16, Value),
    /// No envelope at all.
    Garbage,
    /// Takes it, and the connection is cut before the answer.
    Lost,
    /// Takes it and never answers.
    Hang,
}

#[derive(Default)]
struct Desk {
    /// Method and parameters of every call but polls; a picture stands as `photo` with its first bytes.
    calls: Vec<(String, Value)>,
    /// For messages and pictures.
    replies: VecDeque<Reply>,
    /// For polls.
    polls: VecDeque<Reply>,
    updates: Vec<Value>,
    polled: usize,
}

/// A server in Telegram's place.
#[derive(Clone)]
struct Telegram {
    base: String,
    desk: Arc<Mutex<Desk>>,
}

impl Telegram {
    async fn up() -> Self {
        let desk = Arc::new(Mutex::new(Desk::default()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::clone(&desk);
        let app = Router::new()
            .fallback(move |uri: Uri, body: Bytes| answer(Arc::clone(&shared), uri, body))
            .layer(axum::extract::DefaultBodyLimit::max(10 << 20));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { base, desk }
    }

    fn place(&self) -> Place {
        let place = Place::new()
            .with("TELEGRAM_BOT_TOKEN", TOKEN)
            .with("TELEGRAM_CHAT_ID", "7")
            .with("TELEGRAM_BASE_URL", &self.base);
        place.write("perpsignal.toml", "[alerts]\nmode = \"ultra\"\nskip_avoided = false\n");
        place
    }

    fn script(&self, replies: impl IntoIterator<Item = Reply>) {
        self.desk.lock().unwrap().replies.extend(replies);
    }

    fn write(&self, id: i64, chat: i64, text: &str) {
        self.desk.lock().unwrap().updates.push(update(id, chat, text));
    }

    /// Messages and pictures that arrived, whatever became of their answer.
    fn messages(&self) -> Vec<Value> {
        let desk = self.desk.lock().unwrap();
        let sent = desk.calls.iter().filter(|(method, _)| method.starts_with("send"));
        sent.map(|(_, body)| body.clone()).collect()
    }

    fn called(&self, method: &str) -> Vec<Value> {
        let desk = self.desk.lock().unwrap();
        desk.calls.iter().filter(|(name, _)| name == method).map(|(_, body)| body.clone()).collect()
    }

    async fn until(&self, what: &str, server: &Server, found: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !found(self) {
            assert!(
                began.elapsed() < Duration::from_mins(2),
                "{what}: {:?}\n{}",
                self.messages(),
                server.running.said()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn update(id: i64, chat: i64, text: &str) -> Value {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    json!({"update_id": id, "message": {"message_id": id, "date": now,
        "chat": {"id": chat, "type": "private"}, "text": text}})
}

async fn answer(desk: Arc<Mutex<Desk>>, uri: Uri, body: Bytes) -> Response {
    let method = uri.path().strip_prefix(&format!("/bot{TOKEN}/")).unwrap_or("").to_owned();
    if method == "getUpdates" {
        return polled(&desk, &serde_json::from_slice(&body).unwrap()).await;
    }
    let body = if method == "sendPhoto" { form(&body) } else { serde_json::from_slice(&body).unwrap() };
    let reply = {
        let mut desk = desk.lock().unwrap();
        desk.calls.push((method.clone(), body));
        if method.starts_with("send") { desk.replies.pop_front() } else { None }
    };
    let result = match method.as_str() {
        "getMe" => json!({"id": 123_456, "is_bot": true, "first_name": "b", "username": "the_bot"}),
        "sendMessage" | "sendPhoto" => json!({"message_id": 1, "date": 1}),
        "setWebhook" | "deleteWebhook" => json!(true),
        _ => return refuse(404, json!({"description": "Not Found"})),
    };
    match reply {
        None => ok(&result),
        Some(reply) => replied(reply).await,
    }
}

async fn polled(desk: &Mutex<Desk>, body: &Value) -> Response {
    let offset = body["offset"].as_i64().unwrap();
    let reply = {
        let mut desk = desk.lock().unwrap();
        desk.polled += 1;
        desk.polls.pop_front()
    };
    if let Some(reply) = reply {
        return replied(reply).await;
    }
    for _ in 0..20 {
        let due: Vec<Value> = {
            let desk = desk.lock().unwrap();
            desk.updates
                .iter()
                .filter(|update| update["update_id"].as_i64() >= Some(offset))
                .cloned()
                .collect()
        };
        if !due.is_empty() {
            return ok(&json!(due));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    ok(&json!([]))
}

fn ok(result: &Value) -> Response {
    axum::Json(json!({"ok": true, "result": result})).into_response()
}

fn refuse(code: u16, mut envelope: Value) -> Response {
    envelope["ok"] = json!(false);
    envelope["error_code"] = json!(code);
    (StatusCode::from_u16(code).unwrap(), axum::Json(envelope)).into_response()
}

async fn replied(reply: Reply) -> Response {
    match reply {
        Reply::Refuse(code, envelope) => refuse(code, envelope),
        Reply::Garbage => (StatusCode::OK, "<html>\u{fffd}").into_response(),
        // A body that breaks off ends the connection.
        Reply::Lost => {
            let broken = futures_util::stream::once(async { Err::<Bytes, _>(std::io::Error::other("cut")) });
            Response::new(axum::body::Body::from_stream(broken))
        }
        Reply::Hang => std::future::pending().await,
    }
}

/// The fields of a form; of the picture, whether it is a PNG and how large.
fn form(body: &[u8]) -> Value {
    let find = |from: usize, what: &[u8]| {
        body[from..].windows(what.len()).position(|window| window == what).map(|at| from + at)
    };
    let boundary = &body[..find(0, b"\r\n").unwrap()];
    let mut fields = serde_json::Map::new();
    let mut at = 0;
    while let Some(head) = find(at, b"name=\"") {
        let name_end = find(head + 6, b"\"").unwrap();
        let name = String::from_utf8(body[head + 6..name_end].to_vec()).unwrap();
        let from = find(name_end, b"\r\n\r\n").unwrap() + 4;
        let to = find(from, boundary).unwrap() - 2;
        let value = &body[from..to];
        let value = if name == "photo" {
            show(value);
            json!({"isPng": value.starts_with(b"\x89PNG\r\n\x1a\n"), "bytes": value.len()})
        } else {
            json!(String::from_utf8_lossy(value))
        };
        fields.insert(name, value);
        at = to;
    }
    Value::Object(fields)
}

/// Puts a picture where it can be looked at, if anywhere.
fn show(picture: &[u8]) {
    if let Some(folder) = std::env::var_os("PERPSIGNAL_SHOW_CHARTS") {
        let name = format!("sent-{}.png", picture.len());
        std::fs::write(std::path::PathBuf::from(folder).join(name), picture).unwrap();
    }
}

/// The short id at the end of a message.
fn short_id(message: &Value) -> String {
    let text = message["caption"].as_str().or(message["text"].as_str()).unwrap();
    text.rsplit_once("<code>#").unwrap().1.chars().take(6).collect()
}

async fn decide(server: &Server) -> Value {
    let signal = server.get(&format!("/signals/{COIN}?mode=ultra")).await.ok();
    assert_ne!(signal["signal"], "NEUTRAL", "{signal}");
    signal
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_arrives_once_with_its_picture_whatever_telegram_says_first() {
    let telegram = Telegram::up().await;
    telegram.script([
        Reply::Refuse(429, json!({"description": "Too Many Requests", "parameters": {"retry_after": 1}})),
        Reply::Lost,
    ]);
    let place = telegram.place();
    let server = place.serve(&LIVELY).await;
    let signal = decide(&server).await;
    telegram.until("the alert", &server, |telegram| telegram.messages().len() >= 3).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let got = telegram.messages();
    assert_eq!(got.len(), 3, "refused, lost, taken: {got:?}");
    for message in &got {
        assert_eq!((&message["chat_id"], &message["photo"]["isPng"]), (&json!("7"), &json!(true)));
        assert!(message["photo"]["bytes"].as_u64().unwrap() > 10_000);
        let caption = message["caption"].as_str().unwrap();
        assert!(caption.starts_with("<b>simulated data") && caption.contains(COIN), "{caption}");
        assert!(signal["id"].as_str().unwrap().ends_with(&short_id(message)));
    }
    // The same coin in the same state is no news.
    server.get(&format!("/signals/{COIN}?mode=ultra&fresh=true")).await.ok();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(telegram.messages().len(), 3);
    assert!(!server.running.said().contains("AAHdq"), "the token is nowhere");
    let health = server.get("/health").await.ok();
    let lane = |name: &str| {
        health["providers"].as_array().unwrap().iter().find(|each| each["source"] == name).unwrap().clone()
    };
    assert_eq!(
        (&lane("telegram")["configured"], &lane("openai")["configured"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(lane("telegram")["breaker"]["state"], "closed");
    assert!(lane("openai")["reason"].as_str().unwrap().contains("ENABLE_AI_JUDGE"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_loses_no_alert_and_doubles_only_the_one_whose_answer_was_lost() {
    let telegram = Telegram::up().await;
    let place = telegram.place();

    // Killed when the answer was there: never again.
    let mut server = place.serve(&FAST).await;
    let first = decide(&server).await;
    telegram.until("the first alert", &server, |telegram| telegram.messages().len() == 1).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    server.running.kill().await;

    // Killed while Telegram has the picture and has not answered.
    telegram.script([Reply::Hang]);
    let mut server = place.serve(&FAST).await;
    let by_hand = client().post(server.url("/alerts/send/ETH")).header("content-type", "application/json");
    let asking = tokio::spawn(send(by_hand.body(r#"{"mode": "ultra"}"#)));
    telegram.until("the second alert", &server, |telegram| telegram.messages().len() == 2).await;
    server.running.kill().await;
    assert!(asking.await.unwrap().is_err(), "nobody was told that it was sent");

    // The claim of the killed one runs by the database's clock, however fast the market's is.
    let server = place.serve(&FAST).await;
    telegram.until("the second alert again", &server, |telegram| telegram.messages().len() == 3).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let got = telegram.messages();
    assert_eq!(got.len(), 3, "{got:?}");
    assert!(first["id"].as_str().unwrap().ends_with(&short_id(&got[0])));
    assert_ne!(short_id(&got[0]), short_id(&got[1]));
    assert_eq!(short_id(&got[1]), short_id(&got[2]), "a second copy has the same short id");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_are_obeyed_once_in_allowed_chats_whatever_the_polls_bring() {
    let telegram = Telegram::up().await;
    telegram.desk.lock().unwrap().polls.extend([
        Reply::Refuse(429, json!({"description": "Too Many Requests", "parameters": {"retry_after": 1}})),
        Reply::Garbage,
        Reply::Lost,
    ]);
    for (id, text) in (11..).zip(["/status", "/signal RUNE", "/performance", "/watch ETH", "/mute BTC 2h"]) {
        telegram.write(id, 7, text);
    }
    telegram.write(16, 99, "/status");
    telegram.desk.lock().unwrap().updates.push(json!({"update_id": 17, "poll": {}}));
    for (id, text) in (18..).zip(["/unwatch ETH", "/signal NOSUCHCOIN", "/scan", "hello"]) {
        telegram.write(id, 7, text);
    }
    let place = telegram.place();
    let server = place.serve(&LIVELY).await;
    // One answer to each, and the alert that the first evaluation of a coin may make.
    let answered = |telegram: &Telegram| {
        let texts = telegram.messages();
        texts
            .iter()
            .any(|message| message["text"].as_str().is_some_and(|text| text.contains("looked at in full")))
    };
    telegram.until("the last answer", &server, answered).await;
    let got = telegram.messages();
    assert!(got.iter().all(|message| message["chat_id"] == 7 || message["chat_id"] == "7"), "{got:?}");
    let count = |part: &str| {
        let says = |message: &&Value| {
            message["caption"].as_str().or(message["text"].as_str()).is_some_and(|text| text.contains(part))
        };
        got.iter().filter(says).count()
    };
    for (part, times) in [
        ("database answers", 1),
        ("Signals of 30 days", 1),
        ("Alerts of ETH come here", 1),
        ("No alerts of BTC until", 1),
        ("ETH is no longer watched here", 1),
        ("looked at in full", 1),
    ] {
        assert_eq!(count(part), times, "{part}: {got:?}");
    }
    assert!(count("RUNE</b> ·") >= 1 && count("NOSUCHCOIN") == 1, "{got:?}");
    assert_eq!(telegram.called("deleteWebhook").len(), 1);

    // After a restart Telegram sends them once more: nobody obeys twice.
    let before = telegram.messages().len();
    let mut server = server;
    server.running.kill().await;
    let server = place.serve(&LIVELY).await;
    telegram.write(30, 7, "/mute 1h");
    let muted = |telegram: &Telegram| {
        let texts = telegram.messages();
        texts.iter().any(|message| message["text"].as_str().is_some_and(|text| text.contains("any coin")))
    };
    telegram.until("the new answer", &server, muted).await;
    let commands =
        telegram.messages().iter().skip(before).filter(|message| message["caption"].is_null()).count();
    assert_eq!(commands, 1, "{:?}", telegram.messages());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_webhook_takes_updates_that_know_the_secret_each_once() {
    let telegram = Telegram::up().await;
    let place = telegram.place().with("TELEGRAM_WEBHOOK_URL", "http://127.0.0.1/telegram/webhook");
    let server = place.serve(&LIVELY).await;
    telegram.until("setWebhook", &server, |telegram| !telegram.called("setWebhook").is_empty()).await;
    let set = telegram.called("setWebhook")[0].clone();
    let secret = set["secret_token"].as_str().unwrap().to_owned();
    assert_eq!(set["url"], "http://127.0.0.1/telegram/webhook");

    let call = async |secret: Option<&str>, body: String| -> Answer {
        let mut request = client().post(server.url("/telegram/webhook")).body(body);
        if let Some(secret) = secret {
            request = request.header("x-telegram-bot-api-secret-token", secret);
        }
        send(request.header("content-type", "application/json")).await.unwrap()
    };
    let status = update(5, 7, "/status").to_string();
    call(None, status.clone()).await.problem(401, "unauthorized");
    call(Some(&secret.replace(|_: char| true, "0")), status.clone()).await.problem(401, "unauthorized");
    call(Some(&secret), "[]".to_owned()).await.problem(400, "malformed_request");
    let large = format!("{{\"update_id\": 1, \"x\": \"{}\"}}", "x".repeat(300_000));
    call(Some(&secret), large).await.problem(413, "too_large");
    assert!(telegram.messages().is_empty(), "nobody who does not know the secret is heard");

    for body in
        [status.clone(), status, update(6, 99, "/status").to_string(), "{\"update_id\": 9}".to_owned()]
    {
        let began = Instant::now();
        assert_eq!(call(Some(&secret), body).await.status, 200);
        assert!(began.elapsed() < Duration::from_secs(2));
    }
    telegram.until("the answer", &server, |telegram| !telegram.messages().is_empty()).await;
    call(Some(&secret), update(7, 7, "/performance").to_string()).await;
    telegram.until("the next answer", &server, |telegram| telegram.messages().len() >= 2).await;
    let got = telegram.messages();
    assert_eq!(got.len(), 2, "{got:?}");
    assert!(got[0]["text"].as_str().unwrap().contains("database answers"));
    assert_eq!(telegram.desk.lock().unwrap().polled, 0, "nobody polls beside a webhook");

    let plain = Place::new();
    let server = plain.serve(&LIVELY).await;
    server.post("/telegram/webhook", &json!({"update_id": 1})).await.problem(404, "not_found");
    let unsent = server.post("/alerts/send/BTC", &json!({})).await;
    assert!(unsent.status >= 400 && unsent.text.contains("TELEGRAM_BOT_TOKEN"), "{}", unsent.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_by_hand_tells_what_became_of_it_and_send_telegram_sends_once() {
    let telegram = Telegram::up().await;
    let place = telegram.place();
    let server = place.serve(&LIVELY).await;
    let sent = server.post("/alerts/send/BTC", &json!({"mode": "conservative"})).await.ok();
    assert_eq!((&sent["symbol"], &sent["messages"][0]["state"]), (&json!("BTC"), &json!("done")), "{sent}");
    let got = telegram.messages();
    assert_eq!(got.len(), 1);
    assert_eq!(got[0]["photo"]["isPng"], true);
    assert_eq!(sent["shortId"], short_id(&got[0]));

    // In another mode than that of the alerts: it is only sent because it is asked for.
    for _ in 0..3 {
        let signal = server.get("/signals/SOL?mode=conservative&send_telegram=true").await.ok();
        assert_eq!(signal["symbol"], "SOL");
    }
    telegram.until("SOL", &server, |telegram| telegram.messages().len() >= 2).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(telegram.messages().len(), 2, "{:?}", telegram.messages());

    // A chat that blocked the bot is told nothing more.
    telegram.script([Reply::Refuse(403, json!({"description": "Forbidden: bot was blocked by the user"}))]);
    let refused = server.post("/alerts/send/ETH", &json!({})).await.ok();
    assert_eq!(refused["messages"][0]["state"], "dead", "{refused}");
    assert!(refused["messages"][0]["reason"].as_str().unwrap().contains("blocked"));
    decide(&server).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(telegram.messages().len(), 3, "{:?}", telegram.messages());

    let doctor = place.run(LIVELY.iter().chain(&["doctor", "--json"])).await.json();
    let part =
        |name: &str| doctor.as_array().unwrap().iter().find(|each| each["part"] == name).unwrap().clone();
    assert_eq!(part("telegram")["state"], "ok", "{doctor}");
    assert!(part("telegram")["detail"].as_str().unwrap().contains("the_bot"));
    assert_eq!(part("openai")["state"], "off");
}
