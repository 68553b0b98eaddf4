//! How the bot stands.

use std::time::Instant;

use serde::Serialize;
use serde_json::{Value, json};
use telegram::{Bot, TelegramError};
use upstream::Ask;

use super::Alerts;

/// How the bot stands; asks nobody.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AlertStatus {
    /// Whether there is a bot.
    pub configured: bool,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Chats that are told of every coin.
    pub chats: usize,
    /// How updates come: polling or webhook.
    pub updates: &'static str,
    /// Whether alerts carry a picture.
    pub pictures: bool,
    /// The bot's lane: breaker, last success and failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lane: Option<Value>,
}

impl Alerts {
    /// How the bot stands; asks nobody.
    #[must_use]
    pub fn status(&self) -> AlertStatus {
        let sender = self.sender.as_ref().ok();
        AlertStatus {
            configured: sender.is_some(),
            reason: self.sender.as_ref().err().cloned(),
            chats: self.config.chats.len(),
            updates: if self.config.webhook.is_some() { "webhook" } else { "polling" },
            pictures: sender.is_some_and(|sender| sender.pictures.is_some()),
            lane: sender.map(|sender| json!(sender.bot.lane().status())),
        }
    }

    /// Asks Telegram who the bot is: a check of the token. `None` without a bot.
    pub async fn introduce(&self, deadline: Instant) -> Option<Result<Bot, TelegramError>> {
        let sender = self.sender.as_ref().ok()?;
        Some(sender.bot.me(Ask { deadline: Some(deadline), fresh: true, no_waiting: false }).await)
    }
}
