//! What is written to the bot, however it came: each update is obeyed once, for allowed chats only.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{StreamExt as _, stream};
use serde_json::value::to_raw_value;
use store::{Store, StoreError};
use telegram::{IncomingMessage, Update, WebhookError, knows_secret, parse_webhook};
use tokio::sync::Semaphore;

use super::commands::{COMMAND_LIMIT, Command, reply};
use super::sender::Sender;
use super::{App, Chats};

/// Commands of different chats that are obeyed at once.
const AT_ONCE: usize = 8;
/// Updates of the webhook that are in hand at once; beyond them Telegram is asked to come again.
const IN_HAND: usize = 32;
/// Commands older than this, in seconds, were not meant for now.
const COMMAND_AGE_S: i64 = 300;
/// Where the numbers of the newest updates are kept.
const SEEN: &str = "telegram.seen";
/// How many of them.
const SEEN_MAX: usize = 256;
/// Tries to keep one while other instances do.
const TRIES: usize = 8;

/// Updates in hand and seen.
#[derive(Debug)]
pub(super) struct Intake {
    seen: Mutex<VecDeque<i64>>,
    places: Arc<Semaphore>,
}

impl Default for Intake {
    fn default() -> Self {
        Self { seen: Mutex::default(), places: Arc::new(Semaphore::new(IN_HAND)) }
    }
}

/// Why a call of the webhook is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookRefusal {
    /// Updates do not come by webhook here.
    #[error("no webhook is configured")]
    NotConfigured,
    /// It does not know the secret.
    #[error("the webhook's secret is missing or wrong")]
    Unauthorized,
    /// It is no update.
    #[error("the body is no update")]
    Malformed,
    /// Too many updates are in hand.
    #[error("too many updates are in hand")]
    Busy,
}

impl App {
    /// Whether a call of the webhook may be read, by its header `X-Telegram-Bot-Api-Secret-Token`.
    ///
    /// # Errors
    /// Without a webhook, or without its secret.
    pub fn telegram_webhook_opens(&self, header: Option<&str>) -> Result<(), WebhookRefusal> {
        match (&self.alerts.sender, &self.alerts.config.webhook) {
            (Ok(_), Some(webhook)) if knows_secret(&webhook.secret, header) => Ok(()),
            (Ok(_), Some(_)) => Err(WebhookRefusal::Unauthorized),
            _ => Err(WebhookRefusal::NotConfigured),
        }
    }

    /// Takes an update from the webhook; it is obeyed after this returned.
    ///
    /// # Errors
    /// As [`Self::telegram_webhook_opens`]; a body that is no update; too many in hand.
    pub fn telegram_update(
        self: &Arc<Self>,
        header: Option<&str>,
        body: &[u8],
    ) -> Result<(), WebhookRefusal> {
        self.telegram_webhook_opens(header)?;
        let Some(webhook) = &self.alerts.config.webhook else { return Err(WebhookRefusal::NotConfigured) };
        let update = parse_webhook(&webhook.secret, header, body).map_err(|error| match error {
            WebhookError::Unauthorized => WebhookRefusal::Unauthorized,
            WebhookError::Malformed => WebhookRefusal::Malformed,
        })?;
        let Ok(place) = Arc::clone(&self.alerts.intake.places).try_acquire_owned() else {
            return Err(WebhookRefusal::Busy);
        };
        let app = Arc::clone(self);
        tokio::spawn(async move {
            if let Ok(sender) = &app.alerts.sender {
                obey_all(&app, sender, vec![update]).await;
            }
            drop(place);
        });
        Ok(())
    }
}

/// Obeys updates: those of one chat in their order, chats beside each other.
pub(super) async fn obey_all(app: &Arc<App>, sender: &Sender, updates: Vec<Update>) {
    let mut chats: BTreeMap<i64, Vec<(i64, IncomingMessage)>> = BTreeMap::new();
    for update in updates {
        if let Some(message) = update.message {
            chats.entry(message.chat.id).or_default().push((update.update_id, message));
        }
    }
    stream::iter(chats.into_values())
        .for_each_concurrent(AT_ONCE, |messages| async move {
            for (id, message) in messages {
                obey(app, sender, id, &message).await;
            }
        })
        .await;
}

async fn obey(app: &Arc<App>, sender: &Sender, id: i64, incoming: &IncomingMessage) {
    let chat = incoming.chat.id;
    if !app.alerts.config.allows(chat) {
        tracing::debug!(chat, "a command of a chat that is not allowed is not obeyed");
        return;
    }
    let Some(command) = incoming.text.as_deref().and_then(Command::parse) else { return };
    // Telegram's dates are the world's; a replay's clock stands elsewhere.
    let age_s = unix_now_s() - incoming.date;
    if incoming.date > 0 && age_s > COMMAND_AGE_S {
        tracing::debug!(chat, age_s, "a command of long ago is not obeyed");
        return;
    }
    if !app.alerts.intake.is_new(&app.store, id).await {
        tracing::debug!(chat, id, "an update came again");
        return;
    }
    // Whoever writes to the bot can be written to again.
    let reopened = Chats::change(&app.store, |chats| {
        chats.closed.remove(&chat);
    });
    if let Err(error) = reopened.await {
        tracing::debug!(%error, "that a chat is open again could not be kept");
    }
    let answer = tokio::time::timeout(COMMAND_LIMIT, command.run(app, chat, sender.now())).await;
    let parcel = answer.unwrap_or_else(|_| reply("That took too long; try again.".to_owned()));
    let picture = sender.picture(&parcel).await;
    if !sender.wait_turn(chat).await {
        tracing::warn!(chat, "a command's answer is dropped: the chat may not be written to for long");
        return;
    }
    if let Err(error) = sender.send_parcel(chat, parcel, picture, None).await {
        tracing::warn!(%error, "a command's answer could not be sent");
    }
}

fn unix_now_s() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

impl Intake {
    /// Whether an update was not seen before, here, by another instance or before a restart. With the store
    /// away it is enough that it was not seen here.
    async fn is_new(&self, store: &Store, id: i64) -> bool {
        {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if seen.contains(&id) {
                return false;
            }
            seen.push_back(id);
            if seen.len() > SEEN_MAX {
                seen.pop_front();
            }
        }
        is_new_to_all(store, id).await.unwrap_or_else(|error| {
            tracing::debug!(%error, "whether an update came before could not be asked");
            true
        })
    }
}

async fn is_new_to_all(store: &Store, id: i64) -> Result<bool, StoreError> {
    for _ in 0..TRIES {
        let (mut seen, version): (VecDeque<i64>, i64) = match store.state(SEEN).await? {
            Some(entry) => (serde_json::from_str(entry.value.get()).unwrap_or_default(), entry.version),
            None => (VecDeque::new(), 0),
        };
        if seen.contains(&id) {
            return Ok(false);
        }
        seen.push_back(id);
        while seen.len() > SEEN_MAX {
            seen.pop_front();
        }
        let json = to_raw_value(&seen).map_err(|fault| StoreError::Database(fault.to_string()))?;
        if store.set_state_if(SEEN, version, json).await? {
            return Ok(true);
        }
    }
    Err(StoreError::Database("the list of updates is changed by others all the time".to_owned()))
}
