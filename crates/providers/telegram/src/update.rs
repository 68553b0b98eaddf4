//! What arrives, by long polling or at a webhook.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use subtle::ConstantTimeEq;

/// Largest body of a webhook call that is read, in bytes.
pub const UPDATE_MAX: usize = 256 * 1024;

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

/// Whether a webhook call knows the secret, in a time that tells nothing about how near a guess was. An empty
/// secret is known to nobody.
#[must_use]
pub fn knows_secret(secret: &SecretString, header: Option<&str>) -> bool {
    let secret = secret.expose_secret();
    let equal = header.is_some_and(|header| bool::from(header.as_bytes().ct_eq(secret.as_bytes())));
    equal && !secret.is_empty()
}

/// Whether a text can be a webhook's secret: 1 to 256 of letters, digits, `_` and `-`.
#[must_use]
pub fn is_secret(text: &str) -> bool {
    (1..=256).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
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
    if !knows_secret(secret, header) {
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
    fn a_secret_has_letters_digits_and_two_signs() {
        assert!(is_secret("aB3_-") && is_secret(&"x".repeat(256)));
        for bad in ["", "a b", "ä", "a.b", &"x".repeat(257)] {
            assert!(!is_secret(bad), "{bad}");
        }
    }

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
