//! Sends what waits in the outbox. A row is finished when Telegram took the message or the chat is closed;
//! until then it comes back. Only where Telegram's answer was lost can a message come twice, and then it
//! carries the same short id.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::{Clock, ErrorKind, UtcMs};
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use store::{ClaimedAlert, DataSource, Store, StoreError};
use telegram::html::{CAPTION_MAX, TEXT_MAX, length, plain};
use telegram::{Message, Photo, Reason, Telegram, TelegramError};
use upstream::Ask;

use super::chats::Chats;
use super::pacing::Pacer;
use super::pictures::{Pictures, Sketch};

/// Who sends the rows of this kind.
pub(super) const KIND: &str = "telegram";
/// How long a claimed row is ours.
const LEASE_MS: i64 = 60_000;
/// Rows of one claim.
const BATCH: u32 = 20;
/// Longest wait for a chat's turn while holding its row.
const PATIENCE: Duration = Duration::from_secs(20);
/// Longest wait for a chat's turn with an answer to a command; the commands behind it wait as well.
const ANSWER_PATIENCE: Duration = Duration::from_mins(1);
/// Longest time for one message, however often it is tried. With the wait for its turn and for its picture it
/// ends before the claim does.
const SEND_LIMIT: Duration = Duration::from_secs(15);
/// Tries to send a picture; after them the text goes alone.
const PICTURE_TRIES: u64 = 4;
/// A message this late says so.
const LATE_MS: i64 = 2 * 60_000;
/// A message this late is of no use to anyone.
const STALE_MS: i64 = 24 * 3_600_000;
/// First pause after a failure; doubled by each further one.
const FIRST_PAUSE_MS: i64 = 2_000;
/// Longest pause after a failure.
const LONGEST_PAUSE_MS: i64 = 10 * 60_000;
/// Refusals that nobody understands, after which a message is given up.
const REFUSALS_MAX: u64 = 5;

/// What a row of the outbox holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parcel {
    pub chat_id: i64,
    pub html: String,
    pub silent: bool,
    /// The text below the picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// What the picture shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sketch: Option<Sketch>,
}

/// Who sends.
#[derive(Debug)]
pub(super) struct Sender {
    pub bot: Telegram,
    pub pictures: Option<Pictures>,
    store: Store,
    clock: Arc<dyn Clock>,
    source: DataSource,
    pacer: Mutex<Pacer>,
    worker: String,
}

/// What becomes of a row.
enum Fate {
    Sent,
    Dead(String),
    Again { pause_ms: i64, reason: String },
}

impl Sender {
    pub fn new(
        bot: Telegram,
        store: Store,
        clock: Arc<dyn Clock>,
        source: DataSource,
        per_second: u32,
        pictures: Option<Pictures>,
    ) -> Self {
        let worker = format!("telegram-{}", ulid::Ulid::new());
        let pacer = Mutex::new(Pacer::new(per_second, Instant::now()));
        Self { bot, pictures, store, clock, source, pacer, worker }
    }

    fn pacer(&self) -> MutexGuard<'_, Pacer> {
        self.pacer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what is due, and tells how many rows it had in hand.
    pub async fn send_due(&self) -> Result<usize, StoreError> {
        // In live operation the database's clock says what is due; a replay has its own.
        let now = (self.source != DataSource::Live).then(|| self.clock.now());
        let claimed = self.store.claim_alerts(now, &self.worker, BATCH, LEASE_MS).await?;
        if claimed.is_empty() {
            return Ok(0);
        }
        let chats = Chats::load(&self.store).await.unwrap_or_default();
        let outcomes = join_all(claimed.iter().map(|alert| self.settle(alert, &chats))).await;
        outcomes.into_iter().collect::<Result<Vec<()>, _>>()?;
        Ok(claimed.len())
    }

    async fn settle(&self, alert: &ClaimedAlert, chats: &Chats) -> Result<(), StoreError> {
        let (label, held) = match self.deliver(alert, chats).await {
            Fate::Sent => ("sent", self.store.finish_alert(&alert.lease).await?),
            Fate::Dead(reason) => {
                tracing::warn!(id = alert.lease.id, reason, "an alert is given up");
                ("dead", self.store.bury_alert(&alert.lease, &reason).await?)
            }
            Fate::Again { pause_ms, reason } => {
                tracing::debug!(id = alert.lease.id, reason, pause_ms, "an alert is tried again later");
                let at = self.clock.now().plus_ms(pause_ms);
                ("again", self.store.retry_alert(&alert.lease, at, &reason).await?)
            }
        };
        if !held {
            tracing::warn!(id = alert.lease.id, "the claim on an alert ran out before it was settled");
        }
        metrics::counter!("perpsignal_alerts_total", "outcome" => label).increment(1);
        Ok(())
    }

    async fn deliver(&self, alert: &ClaimedAlert, chats: &Chats) -> Fate {
        if alert.kind != KIND {
            let reason = format!("nobody here sends alerts of the kind '{}'", alert.kind);
            return Fate::Again { pause_ms: LONGEST_PAUSE_MS, reason };
        }
        let Ok(parcel) = serde_json::from_str::<Parcel>(alert.payload.get()) else {
            return Fate::Dead("the row holds no message".to_owned());
        };
        let chat = chats.current(parcel.chat_id);
        if let Some(reason) = chats.closed.get(&chat) {
            return Fate::Dead(format!("the chat is closed: {reason}"));
        }
        let late_ms = self.clock.now().since(alert.created_at);
        if late_ms > STALE_MS {
            return Fate::Dead("it could not be sent for a day".to_owned());
        }
        let picture = if alert.attempt <= PICTURE_TRIES { self.picture(&parcel).await } else { None };
        let turn = {
            let now = Instant::now();
            let mut pacer = self.pacer();
            let wait = pacer.wait(chat, now);
            if wait > PATIENCE {
                let pause_ms = i64::try_from(wait.as_millis()).unwrap_or(LONGEST_PAUSE_MS);
                return Fate::Again { pause_ms, reason: "it waits for the chat's turn".to_owned() };
            }
            pacer.take(chat, now)
        };
        tokio::time::sleep_until(turn.into()).await;
        let late = (late_ms > LATE_MS).then(|| format!("\n<i>Sent {} min late.</i>", late_ms / 60_000));
        match self.send_parcel(chat, parcel, picture, late.as_deref()).await {
            Ok(()) => Fate::Sent,
            Err(error) => self.fate(error, chat, alert.attempt).await,
        }
    }

    /// The picture of a parcel, if there is to be one and it can be made. That it cannot is no reason to keep
    /// the text back.
    pub async fn picture(&self, parcel: &Parcel) -> Option<Bytes> {
        let (pictures, sketch) = (self.pictures.as_ref()?, parcel.sketch.as_ref()?);
        match pictures.of(sketch).await {
            Ok(picture) => Some(picture),
            Err(reason) => {
                tracing::debug!(reason, symbol = sketch.symbol, "an alert goes without its picture");
                metrics::counter!("perpsignal_alert_pictures_total", "outcome" => "failed").increment(1);
                None
            }
        }
    }

    /// Sends a parcel to a chat: the picture with its caption, or the text where there is no picture or Telegram
    /// refuses it.
    pub async fn send_parcel(
        &self,
        chat_id: i64,
        parcel: Parcel,
        picture: Option<Bytes>,
        late: Option<&str>,
    ) -> Result<(), TelegramError> {
        let mut chat_id = chat_id;
        let silent = parcel.silent;
        let ask = Ask { deadline: Some(Instant::now() + SEND_LIMIT), fresh: true, no_waiting: false };
        if let (Some(bytes), Some(mut caption)) = (picture, parcel.caption) {
            if let Some(late) = late
                && length(&caption) + length(late) <= CAPTION_MAX
            {
                caption.push_str(late);
            }
            let mut photo = Photo { chat_id, bytes, file_name: "chart.png".to_owned(), caption, silent };
            let mut outcome = self.bot.send_photo(&photo, ask).await;
            if let Err(TelegramError::Refused(refusal)) = &outcome
                && let Reason::Migrated(to) = refusal.reason
            {
                self.moved(chat_id, to).await;
                chat_id = to;
                photo.chat_id = to;
                outcome = self.bot.send_photo(&photo, ask).await;
            }
            match outcome {
                Ok(_) => {
                    metrics::counter!("perpsignal_alert_pictures_total", "outcome" => "sent").increment(1);
                    return Ok(());
                }
                Err(error) if refuses_picture(&error) => {
                    tracing::debug!(%error, "telegram does not take the picture; the text goes alone");
                    metrics::counter!("perpsignal_alert_pictures_total", "outcome" => "refused").increment(1);
                }
                Err(error) => return Err(error),
            }
        }
        let mut text = parcel.html;
        if let Some(late) = late
            && length(&text) + length(late) <= TEXT_MAX
        {
            text.push_str(late);
        }
        self.send(Message { chat_id, thread_id: None, text, html: true, silent }, ask).await
    }

    /// Sends a message; once more when its chat moved or its tags are refused, since nothing was sent then.
    async fn send(&self, mut message: Message, ask: Ask) -> Result<(), TelegramError> {
        for last in [false, false, true] {
            let Err(error) = self.bot.send_message(&message, ask).await else { return Ok(()) };
            let TelegramError::Refused(refusal) = &error else { return Err(error) };
            match refusal.reason {
                _ if last => return Err(error),
                Reason::Migrated(to) => {
                    self.moved(message.chat_id, to).await;
                    message.chat_id = to;
                }
                Reason::BadMarkup | Reason::TooLong if message.html => {
                    message.html = false;
                    message.text = plain(&message.text).chars().take(TEXT_MAX / 2).collect();
                }
                _ => return Err(error),
            }
        }
        Ok(())
    }

    async fn moved(&self, from: i64, to: i64) {
        let kept = Chats::change(&self.store, |chats| {
            chats.moved.insert(from, to);
        })
        .await;
        if let Err(error) = kept {
            tracing::warn!(%error, "a chat moved, and that could not be written down");
        }
    }

    async fn fate(&self, error: TelegramError, chat: i64, attempt: u64) -> Fate {
        let reason = error.to_string();
        let doublings = u32::try_from(attempt.saturating_sub(1).min(20)).unwrap_or(20);
        let pause_ms = FIRST_PAUSE_MS.saturating_mul(1 << doublings).min(LONGEST_PAUSE_MS);
        match error {
            TelegramError::Refused(refusal) => match refusal.reason {
                Reason::RetryAfter(seconds) => {
                    let pause = Duration::from_secs(seconds.min(86_400));
                    self.pacer().hold(chat, pause, Instant::now());
                    let pause_ms = i64::try_from(pause.as_millis()).unwrap_or(LONGEST_PAUSE_MS);
                    Fate::Again { pause_ms, reason }
                }
                Reason::ChatClosed => {
                    let kept = Chats::change(&self.store, |chats| {
                        chats.closed.insert(chat, refusal.description.clone());
                    });
                    if let Err(error) = kept.await {
                        tracing::warn!(%error, "a chat is closed, and that could not be written down");
                    }
                    Fate::Dead(reason)
                }
                _ if attempt >= REFUSALS_MAX => Fate::Dead(reason),
                _ => Fate::Again { pause_ms, reason },
            },
            TelegramError::Provider(error) if error.kind == ErrorKind::KeyInvalid => {
                Fate::Again { pause_ms: LONGEST_PAUSE_MS, reason }
            }
            TelegramError::Provider(error) => {
                let asked = error.retry_after_ms.and_then(|ms| i64::try_from(ms).ok()).unwrap_or_default();
                Fate::Again { pause_ms: pause_ms.max(asked.min(LONGEST_PAUSE_MS)), reason }
            }
        }
    }

    /// Waits for the next turn of a chat, for an answer to a command. `false`: that takes so long that the
    /// answer is of no use any more; no turn was taken.
    pub async fn wait_turn(&self, chat: i64) -> bool {
        let turn = {
            let now = Instant::now();
            let mut pacer = self.pacer();
            if pacer.wait(chat, now) > ANSWER_PATIENCE {
                return false;
            }
            pacer.take(chat, now)
        };
        tokio::time::sleep_until(turn.into()).await;
        true
    }

    /// The program's clock.
    pub fn now(&self) -> UtcMs {
        self.clock.now()
    }
}

/// Whether an error means that the picture was not sent and a text may be: refused for what it is, or a server
/// that does not know pictures. A pause, a chat that is gone and an unknown outcome concern the text as well.
fn refuses_picture(error: &TelegramError) -> bool {
    match error {
        TelegramError::Refused(refusal) => match refusal.reason {
            Reason::RetryAfter(_) | Reason::Migrated(_) => false,
            // A chat may take texts and no pictures.
            Reason::ChatClosed => refusal.code != 403,
            _ => true,
        },
        TelegramError::Provider(error) => {
            matches!(error.kind, ErrorKind::KeyInvalid | ErrorKind::BadRequest | ErrorKind::NotFound)
        }
    }
}
