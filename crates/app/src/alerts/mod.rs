//! Alerts: one message per change of a coin's state, written down with its signal and sent from there.
//! Nothing here touches an answer: whatever fails is told in the log and in the outbox.

mod bot;
mod chats;
mod commands;
mod intake;
mod message;
mod pacing;
mod pictures;
mod sender;
mod status;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{Clock, ErrorKind, Mode, ProviderError, Source, UtcMs};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::value::to_raw_value;
use sha2::{Digest, Sha256};
use store::{DataSource, NewOutbox, Store, StoreError};
use telegram::Telegram;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::signals::{SignalAnswer, SignalRequest};
use crate::{App, AppError};
use chats::Chats;
use intake::Intake;
use pictures::Sketch;
use sender::{KIND, Parcel, Sender};

pub use chart::Theme as ChartTheme;
pub use intake::WebhookRefusal;
pub use pictures::Pictures;
pub use status::AlertStatus;
pub use telegram::{UPDATE_MAX, is_secret};

/// How often the outbox is looked at.
const OUTBOX_PACE: Duration = Duration::from_secs(1);
/// How often watched coins are evaluated.
const WATCH_PACE: Duration = Duration::from_mins(5);
/// Longest time an evaluation waits for the store's word on an alert.
const DECIDE_LIMIT: Duration = Duration::from_millis(500);
/// Longest time for sending an alert by hand.
const HAND_LIMIT: Duration = Duration::from_secs(12);
/// Before the rule's state in the store.
const RULE: &str = "telegram.signal.";

/// Where Telegram posts what is written to the bot, instead of being polled.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// The public address of our route.
    pub url: String,
    /// What Telegram shows with each call.
    pub secret: SecretString,
}

impl Webhook {
    /// At this address, with this secret. Without one it is made of the bot's token, so that all instances and
    /// all restarts have the same.
    #[must_use]
    pub fn new(url: String, secret: Option<SecretString>, token: &SecretString) -> Self {
        let secret = secret.unwrap_or_else(|| {
            let digest = Sha256::digest(format!("perpsignal webhook {}", token.expose_secret()));
            let mut hex = String::with_capacity(2 * digest.len());
            for byte in digest {
                let _ = write!(hex, "{byte:02x}");
            }
            SecretString::from(hex)
        });
        Self { url, secret }
    }
}

/// Who is told what.
#[derive(Clone, Debug)]
pub struct AlertConfig {
    /// Chats that are told of every coin.
    pub chats: Vec<i64>,
    /// Further chats whose commands are obeyed.
    pub allowed: Vec<i64>,
    /// Signals of this mode make alerts.
    pub mode: Mode,
    /// Keeps SKIP and AVOID out.
    pub skip_avoided: bool,
    /// Shortest time between two alerts of the same state of a coin.
    pub cooldown: Duration,
    /// Minutes of the day in UTC, from and to, in which alerts make no sound.
    pub quiet_minutes: Option<(u16, u16)>,
    /// Messages a second in all.
    pub per_second: u32,
    /// Updates come by webhook; polled for where there is none.
    pub webhook: Option<Webhook>,
}

impl Default for AlertConfig {
    fn default() -> Self {
        Self {
            chats: Vec::new(),
            allowed: Vec::new(),
            mode: Mode::default(),
            skip_avoided: true,
            cooldown: Duration::from_hours(1),
            quiet_minutes: None,
            per_second: 30,
            webhook: None,
        }
    }
}

impl AlertConfig {
    fn is_quiet(&self, at: UtcMs) -> bool {
        let minute = at.0.div_euclid(60_000).rem_euclid(24 * 60);
        self.quiet_minutes.is_some_and(|(from, to)| {
            let (from, to) = (i64::from(from), i64::from(to));
            if from <= to { (from..to).contains(&minute) } else { minute >= from || minute < to }
        })
    }

    fn allows(&self, chat: i64) -> bool {
        self.chats.contains(&chat) || self.allowed.contains(&chat)
    }
}

/// The bot, or why there is none.
#[derive(Debug)]
pub struct Alerts {
    config: AlertConfig,
    sender: Result<Sender, String>,
    /// Each coin's state as it was last seen; loaded from the store at first.
    states: Mutex<Option<HashMap<String, String>>>,
    /// What was written to the bot and is obeyed.
    intake: Intake,
}

/// What became of an alert sent by hand.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SendAnswer {
    /// Coin ticker.
    pub symbol: String,
    /// The signal's id.
    pub signal_id: String,
    /// LONG, SHORT or NEUTRAL.
    pub signal: String,
    /// The id that the message shows.
    pub short_id: String,
    /// One message per chat.
    pub messages: Vec<SentAnswer>,
}

/// One message.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SentAnswer {
    /// The message's id in the outbox.
    pub id: String,
    /// done (sent), pending or claimed (it will be), dead (given up).
    pub state: String,
    /// Why it is not sent, where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Alerts {
    /// No alerts, for this reason.
    #[must_use]
    pub fn off(reason: impl Into<String>) -> Self {
        Self::with(AlertConfig::default(), Err(reason.into()))
    }

    /// Alerts by this bot, from this store's outbox, with pictures where there are any.
    #[must_use]
    pub fn new(
        bot: Telegram,
        config: AlertConfig,
        store: Store,
        clock: Arc<dyn Clock>,
        source: DataSource,
        pictures: Option<Pictures>,
    ) -> Self {
        let sender = Sender::new(bot, store, clock, source, config.per_second, pictures);
        Self::with(config, Ok(sender))
    }

    fn with(config: AlertConfig, sender: Result<Sender, String>) -> Self {
        Self { config, sender, states: Mutex::default(), intake: Intake::default() }
    }

    /// The messages of a signal that is to be kept: none unless the coin's state changed. Never fails and
    /// never takes long.
    pub(crate) async fn of(&self, store: &Store, answer: &SignalAnswer) -> Vec<NewOutbox> {
        if self.sender.is_err() || answer.mode != self.config.mode {
            return Vec::new();
        }
        if !self.fires(store, answer).await {
            return Vec::new();
        }
        let audience = match in_time(Chats::load(store)).await {
            Some(chats) => chats.audience(&self.config.chats, &answer.symbol, answer.timestamp),
            None => self.config.chats.iter().copied().collect(),
        };
        self.messages(answer, audience)
    }

    /// Whether the coin's state is a new one that is worth an alert, and nobody else has told of it.
    async fn fires(&self, store: &Store, answer: &SignalAnswer) -> bool {
        let verdict = &answer.ai_verdict_layer;
        let state = if answer.signal == "NEUTRAL" {
            answer.signal.clone()
        } else {
            format!("{}:{}", answer.signal, verdict.verdict)
        };
        let mut states = self.states.lock().await;
        if states.is_none()
            && let Some(fired) = in_time(store.alert_states()).await
        {
            // Newest first: the first of a coin is its last state.
            let mut known = HashMap::new();
            for each in fired {
                if let Some(state) = each.rule.strip_prefix(RULE) {
                    known.entry(each.symbol).or_insert_with(|| state.to_owned());
                }
            }
            *states = Some(known);
        }
        let known = states.get_or_insert_with(HashMap::new);
        let before = known.insert(answer.symbol.clone(), state.clone());
        if before.as_ref() == Some(&state) {
            return false;
        }
        let neutral = answer.signal == "NEUTRAL";
        if neutral && before.is_none() {
            return false;
        }
        drop(states);
        let avoided = verdict.verdict == "SKIP" || verdict.risk_mode == "AVOID";
        let cooldown_ms =
            if neutral { 0 } else { i64::try_from(self.config.cooldown.as_millis()).unwrap_or(i64::MAX) };
        let rule = format!("{RULE}{state}");
        let detail = to_raw_value(&answer.id).ok();
        let fired = store.try_fire(&rule, &answer.symbol, answer.timestamp, cooldown_ms, detail);
        // With the database away the row waits in the spool, and so does the alert.
        let first = in_time(fired).await.unwrap_or(true);
        first && !neutral && !(avoided && self.config.skip_avoided)
    }

    fn messages(&self, answer: &SignalAnswer, audience: BTreeSet<i64>) -> Vec<NewOutbox> {
        let silent = self.config.is_quiet(answer.timestamp);
        let parcel = Parcel::of(answer, silent);
        audience
            .into_iter()
            .filter_map(|chat_id| {
                let payload = to_raw_value(&Parcel { chat_id, ..parcel.clone() }).ok()?;
                Some(NewOutbox {
                    // One signal is told to a chat once, whoever asks for it.
                    id: format!("{}{chat_id}", answer.id),
                    kind: KIND.to_owned(),
                    payload,
                    due_at: answer.timestamp,
                })
            })
            .collect()
    }
}

impl App {
    /// Evaluates a coin and sends its alert to the configured chats, whatever its state. A signal that a chat was
    /// told of already is not told again.
    ///
    /// # Errors
    /// Without a bot or a chat, for an unknown symbol, or with too little evidence.
    pub async fn send_alert(
        self: &Arc<Self>,
        symbol: &str,
        mode: Mode,
        deadline: Option<Instant>,
    ) -> Result<SendAnswer, AppError> {
        let sender = match &self.alerts.sender {
            Ok(sender) if !self.alerts.config.chats.is_empty() => sender,
            Ok(_) => return Err(unsent("no TELEGRAM_CHAT_ID")),
            Err(reason) => return Err(unsent(reason)),
        };
        let served = self.signal(symbol, SignalRequest { mode, fresh: false, deadline }).await?;
        let answer = &served.answer;
        let chats = Chats::load(&self.store).await?;
        let audience = self.alerts.config.chats.iter().map(|chat| chats.current(*chat)).collect();
        let rows = self.alerts.messages(answer, audience);
        let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
        self.store.enqueue_alerts(rows).await?;
        let sending = tokio::time::timeout(HAND_LIMIT, sender.send_due());
        if let Ok(Err(error)) = sending.await {
            tracing::debug!(%error, "the outbox is sent later");
        }
        let states = self.store.alerts(200).await?;
        let messages = ids
            .into_iter()
            .map(|id| {
                let row = states.iter().find(|row| row.id == id);
                SentAnswer {
                    state: row.map_or_else(|| "pending".to_owned(), |row| row.state.clone()),
                    reason: row.filter(|row| row.state != "done").and_then(|row| row.last_error.clone()),
                    id,
                }
            })
            .collect();
        Ok(SendAnswer {
            symbol: answer.symbol.clone(),
            signal_id: answer.id.clone(),
            signal: answer.signal.clone(),
            short_id: message::short_id(&answer.id),
            messages,
        })
    }
}

impl App {
    /// Has the alert of a signal sent to the configured chats, whatever its state; once, however often it is
    /// asked for. Neither that there is no bot nor that the outbox is away is any trouble of the caller's.
    pub async fn tell(&self, answer: &SignalAnswer) {
        if self.alerts.sender.is_err() {
            return;
        }
        let Some(chats) = in_time(Chats::load(&self.store)).await else { return };
        let audience = chats.audience(&self.alerts.config.chats, &answer.symbol, answer.timestamp);
        let rows = self.alerts.messages(answer, audience);
        if in_time(self.store.enqueue_alerts(rows)).await.is_none() {
            tracing::warn!(symbol = answer.symbol, "an alert that was asked for could not be kept");
        }
    }
}

/// Why no alert can be sent at all.
fn unsent(reason: &str) -> AppError {
    let message = format!("no alert can be sent: {reason}");
    AppError::Provider(ProviderError::new(Source::Telegram, ErrorKind::KeyMissing, message))
}

/// What the store says in time, if it does.
async fn in_time<T>(asked: impl Future<Output = Result<T, StoreError>>) -> Option<T> {
    match tokio::time::timeout(DECIDE_LIMIT, asked).await {
        Ok(Ok(value)) => Some(value),
        Ok(Err(error)) => {
            tracing::debug!(%error, "the store could not be asked about an alert");
            None
        }
        Err(_) => None,
    }
}

impl Parcel {
    /// The alert of a signal, to no chat yet.
    fn of(answer: &SignalAnswer, silent: bool) -> Self {
        Self {
            chat_id: 0,
            html: message::render(answer),
            silent,
            caption: Some(message::caption(answer)),
            sketch: Some(Sketch::of(answer)),
        }
    }
}

/// Sends, listens and watches until stopped.
pub(crate) async fn work(app: Arc<App>, stop: CancellationToken) {
    let Ok(sender) = &app.alerts.sender else { return };
    tokio::join!(send(sender, &stop), bot::listen(&app, sender, &stop), watch(&app, &stop));
}

async fn send(sender: &Sender, stop: &CancellationToken) {
    let mut ticks = tokio::time::interval(OUTBOX_PACE);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        // Not within the select: what is begun is finished.
        if let Err(error) = sender.send_due().await {
            tracing::warn!(%error, "the outbox cannot be read");
        }
    }
}

/// Evaluates what the chats watch, which makes the alerts.
async fn watch(app: &Arc<App>, stop: &CancellationToken) {
    let mut ticks = tokio::time::interval(WATCH_PACE);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let Ok(chats) = Chats::load(&app.store).await else { continue };
        for symbol in chats.all_watched() {
            if stop.is_cancelled() {
                return;
            }
            let deadline = Some(Instant::now() + Duration::from_secs(30));
            let request = SignalRequest { mode: app.alerts.config.mode, fresh: false, deadline };
            if let Err(error) = app.signal(&symbol, request).await {
                tracing::debug!(symbol, %error, "a watched coin gave no signal");
            }
        }
    }
}
