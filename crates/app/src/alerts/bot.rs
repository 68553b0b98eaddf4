//! How the bot hears: by long polling, or by a webhook that Telegram calls.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::value::to_raw_value;
use telegram::{Reason, TelegramError};
use tokio_util::sync::CancellationToken;
use upstream::Ask;

use super::sender::Sender;
use super::{App, Webhook, intake};

/// How long one poll waits.
const POLL: Duration = Duration::from_secs(25);
/// Pause after a poll that failed.
const PAUSE: Duration = Duration::from_secs(5);
/// Pause when somebody else reads the updates.
const CONFLICT_PAUSE: Duration = Duration::from_secs(30);
/// Longest pause that Telegram can ask of us.
const PAUSE_MAX: Duration = Duration::from_mins(5);
/// Longest time for setting or ending the webhook.
const WEBHOOK_LIMIT: Duration = Duration::from_secs(15);
/// Where the number of the next update is kept.
const OFFSET: &str = "telegram.offset";

/// Hears and obeys until stopped.
pub(super) async fn listen(app: &Arc<App>, sender: &Sender, stop: &CancellationToken) {
    let hear = async {
        match &app.alerts.config.webhook {
            Some(webhook) => {
                register(sender, webhook).await;
                std::future::pending::<()>().await;
            }
            None => poll(app, sender).await,
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = hear => {}
    }
}

/// Tells Telegram where to post updates; tries until it took the address.
async fn register(sender: &Sender, webhook: &Webhook) {
    loop {
        let Err(error) = sender.bot.set_webhook(&webhook.url, &webhook.secret, ask()).await else {
            tracing::info!(url = webhook.url, "telegram posts updates here");
            return;
        };
        tracing::warn!(%error, "telegram does not take the webhook's address");
        tokio::time::sleep(pause_after(&error)).await;
    }
}

/// A webhook of earlier times would keep the updates from us.
async fn unregister(sender: &Sender) {
    if let Err(error) = sender.bot.delete_webhook(ask()).await {
        tracing::debug!(%error, "a webhook of earlier times, if there is one, could not be ended");
    }
}

async fn poll(app: &Arc<App>, sender: &Sender) {
    unregister(sender).await;
    let mut offset = match app.store.state(OFFSET).await {
        Ok(Some(entry)) => entry.value.get().parse().unwrap_or_default(),
        _ => 0_i64,
    };
    loop {
        match sender.bot.updates(offset, POLL).await {
            Ok(updates) if updates.is_empty() => {}
            Ok(updates) => {
                let next = updates.iter().map(|update| update.update_id.saturating_add(1)).max();
                offset = offset.max(next.unwrap_or(offset));
                intake::obey_all(app, sender, updates).await;
                if let Ok(value) = to_raw_value(&offset)
                    && let Err(error) = app.store.set_state(OFFSET, value).await
                {
                    tracing::debug!(%error, "the number of the next update could not be kept");
                }
            }
            Err(error) => {
                if let TelegramError::Refused(refusal) = &error
                    && refusal.reason == Reason::Conflict
                {
                    tracing::warn!(%refusal, "another program reads this bot's messages");
                    if refusal.description.to_lowercase().contains("webhook") {
                        unregister(sender).await;
                    }
                } else {
                    tracing::debug!(%error, "the bot's messages cannot be read");
                }
                tokio::time::sleep(pause_after(&error)).await;
            }
        }
    }
}

fn ask() -> Ask {
    Ask { deadline: Some(Instant::now() + WEBHOOK_LIMIT), fresh: true, no_waiting: false }
}

/// How long to leave Telegram alone after an error.
fn pause_after(error: &TelegramError) -> Duration {
    match error {
        TelegramError::Refused(refusal) => match refusal.reason {
            Reason::RetryAfter(seconds) => Duration::from_secs(seconds.max(1)).min(PAUSE_MAX),
            _ => CONFLICT_PAUSE,
        },
        TelegramError::Provider(error) => {
            PAUSE.max(Duration::from_millis(error.retry_after_ms.unwrap_or_default())).min(PAUSE_MAX)
        }
    }
}
