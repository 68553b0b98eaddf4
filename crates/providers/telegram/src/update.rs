//! What arrives, by long polling or at a webhook.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use subtle::ConstantTimeEq;

/// Largest body of a webhook call that is read.
const UPDATE_MAX: usize = 256 * 1024;

/// Something that happened around the bot.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Update {
    /// Ascending; the same id twice is the same update.
    pub update_id: i64,
    /// A message to the bot; other kinds of updates are not read.
    #[serde(default)]
    pub message: Option<IncomingMessage>,
}

/// A message to the bot.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct IncomingMessage {
    /// Its id within the chat.
    pub message_id: i64,
    /// When, in Unix seconds.
    #[serde(default)]
    pub date: i64,
    /// Where.
    pub chat: Chat,
    /// The text; none for pictures and the like.
    #[serde(default)]
    pub text: Option<String>,
}

/// A chat.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Chat {
    /// Its id; groups and channels have negative ones.
    pub id: i64,
    /// private, group, supergroup or channel.
    #[serde(default, rename = "type")]
    pub kind: String,
}

/// Why a webhook call is not obeyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// It does not know the secret.
    #[error("the webhook's secret is missing or wrong")]
    Unauthorized,
    /// It is no update.
    #[error("the body is no update")]
    Malformed,
}

/// Reads a webhook call: `header` is that of `X-Telegram-Bot-Api-Secret-Token`.
///
/// # Errors
/// When it does not know the secret, or is no update.
pub fn parse_webhook(
    secret: &SecretString,
    header: Option<&str>,
    body: &[u8],
) -> Result<Update, WebhookError> {
    let known =
        header.is_some_and(|header| bool::from(header.as_bytes().ct_eq(secret.expose_secret().as_bytes())));
    if !known || secret.expose_secret().is_empty() {
        return Err(WebhookError::Unauthorized);
    }
    if body.len() > UPDATE_MAX {
        return Err(WebhookError::Malformed);
    }
    serde_json::from_slice(body).map_err(|_| WebhookError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_knows_the_secret_is_heard() {
        let secret = SecretString::from("s3cret");
        let body =
            br#"{"update_id":7,"message":{"message_id":1,"chat":{"id":-5,"type":"group"},"text":"/status"}}"#;
        assert_eq!(parse_webhook(&secret, Some("s3cret"), body).unwrap().message.unwrap().chat.id, -5);
        assert_eq!(parse_webhook(&secret, Some("guess"), body), Err(WebhookError::Unauthorized));
        assert_eq!(parse_webhook(&secret, None, body), Err(WebhookError::Unauthorized));
        assert_eq!(parse_webhook(&SecretString::from(""), Some(""), body), Err(WebhookError::Unauthorized));
        assert_eq!(parse_webhook(&secret, Some("s3cret"), b"[]"), Err(WebhookError::Malformed));
        assert!(
            parse_webhook(&secret, Some("s3cret"), br#"{"update_id":8,"poll":{}}"#)
                .unwrap()
                .message
                .is_none()
        );
    }
}
