//! The client.

use std::time::{Duration, Instant};

use domain::ErrorKind;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use upstream::lenient::excerpt;
use upstream::{Args, Ask, Call, Endpoint, Lane, Payload};

use crate::endpoints::{DELETE_WEBHOOK, GET_ME, GET_UPDATES, SEND_MESSAGE, SEND_PHOTO, SET_WEBHOOK};
use crate::message::{Message, Photo, Sent};
use crate::refusal::{Parameters, Reason, Refusal, TelegramError};
use crate::update::Update;
use crate::wire::error;

/// How much longer than it was asked to wait Telegram may take to answer a poll.
const POLL_MARGIN: Duration = Duration::from_secs(10);
/// Most updates of one poll.
const UPDATES_MAX: u32 = 100;

/// A bot. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Telegram {
    lane: Lane,
}

/// The bot itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bot {
    /// Its id.
    pub id: i64,
    /// Its name.
    #[serde(default)]
    pub username: Option<String>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "T: DeserializeOwned"))]
struct Envelope<T> {
    ok: bool,
    #[serde(default)]
    result: Option<T>,
    #[serde(default)]
    error_code: Option<u16>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    parameters: Option<Parameters>,
}

impl Telegram {
    /// A bot on a lane made with [`crate::TelegramWire`].
    #[must_use]
    pub const fn new(lane: Lane) -> Self {
        Self { lane }
    }

    /// The guarded way out.
    #[must_use]
    pub const fn lane(&self) -> &Lane {
        &self.lane
    }

    /// The bot itself; a check of the token.
    ///
    /// # Errors
    /// When the token is wrong, or Telegram cannot be reached.
    pub async fn me(&self, ask: Ask) -> Result<Bot, TelegramError> {
        self.call(&GET_ME, self.json(&json!({}))?, ask).await
    }

    /// Sends a text.
    ///
    /// # Errors
    /// A refusal means that nothing was sent; after any other error that is not known, except when no
    /// connection was made.
    pub async fn send_message(&self, message: &Message, ask: Ask) -> Result<Sent, TelegramError> {
        self.call(&SEND_MESSAGE, self.json(&message.body())?, ask).await
    }

    /// Sends a picture.
    ///
    /// # Errors
    /// As [`Telegram::send_message`].
    pub async fn send_photo(&self, photo: &Photo, ask: Ask) -> Result<Sent, TelegramError> {
        self.call(&SEND_PHOTO, photo.payload()?, ask).await
    }

    /// Waits up to `wait` for updates from `offset` on, which confirms all before it.
    ///
    /// # Errors
    /// When Telegram cannot be reached, or somebody else reads the updates.
    pub async fn updates(&self, offset: i64, wait: Duration) -> Result<Vec<Update>, TelegramError> {
        let body = json!({
            "offset": offset,
            "limit": UPDATES_MAX,
            "timeout": wait.as_secs(),
            "allowed_updates": ["message"],
        });
        let ask = Ask { deadline: Some(Instant::now() + wait + POLL_MARGIN), fresh: true, no_waiting: false };
        self.call(&GET_UPDATES, self.json(&body)?, ask).await
    }

    /// Has updates posted to `url`, each with the secret in its header, one at a time so that they keep
    /// their order. What waits already is not dropped.
    ///
    /// # Errors
    /// When Telegram cannot be reached or does not take the address.
    pub async fn set_webhook(
        &self,
        url: &str,
        secret: &SecretString,
        ask: Ask,
    ) -> Result<bool, TelegramError> {
        let body = json!({
            "url": url,
            "secret_token": secret.expose_secret(),
            "allowed_updates": ["message"],
            "max_connections": 1,
        });
        self.call(&SET_WEBHOOK, self.json(&body)?, ask).await
    }

    /// Ends the posting of updates; those that wait can be polled for.
    ///
    /// # Errors
    /// When Telegram cannot be reached.
    pub async fn delete_webhook(&self, ask: Ask) -> Result<bool, TelegramError> {
        self.call(&DELETE_WEBHOOK, self.json(&json!({}))?, ask).await
    }

    fn json(&self, body: &serde_json::Value) -> Result<Payload, TelegramError> {
        Ok(Payload::json(self.lane.source(), body)?)
    }

    async fn call<T: DeserializeOwned>(
        &self,
        endpoint: &Endpoint,
        payload: Payload,
        ask: Ask,
    ) -> Result<T, TelegramError> {
        let answer = self.lane.post(Call::new(endpoint, Args::new()).ask(ask), payload).await?;
        result(answer.data())
    }
}

/// The result in an envelope, or the refusal.
fn result<T: DeserializeOwned>(body: &[u8]) -> Result<T, TelegramError> {
    let envelope: Envelope<T> = serde_json::from_slice(body)
        .map_err(|fault| error(ErrorKind::Malformed, format!("telegram's answer cannot be read: {fault}")))?;
    if envelope.ok {
        return envelope
            .result
            .ok_or_else(|| error(ErrorKind::Malformed, "telegram answered without a result").into());
    }
    let code = envelope.error_code.unwrap_or_default();
    let description = excerpt(&envelope.description.unwrap_or_default());
    let reason = Reason::of(code, &description, &envelope.parameters.unwrap_or_default());
    Err(TelegramError::Refused(Refusal { code, description, reason }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_holds_a_result_or_a_refusal() {
        assert_eq!(result::<bool>(br#"{"ok":true,"result":true}"#), Ok(true));
        let gone = br#"{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}"#;
        assert!(matches!(
            result::<Sent>(gone),
            Err(TelegramError::Refused(Refusal { code: 400, reason: Reason::ChatClosed, .. }))
        ));
        assert!(matches!(result::<bool>(br#"{"ok":true}"#), Err(TelegramError::Provider(_))));
    }
}
