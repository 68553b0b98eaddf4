//! What a refusal means for the sender.

use domain::ProviderError;
use serde::Deserialize;

/// Why a call did not do what it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TelegramError {
    /// On the way, or Telegram is in trouble. Whether the call was carried out is not known.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// Telegram answered, and refused. The call was not carried out.
    #[error("{0}")]
    Refused(Refusal),
}

/// A refusal in Telegram's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("telegram refused ({code}): {description}")]
pub struct Refusal {
    /// HTTP status.
    pub code: u16,
    /// Telegram's words, shortened.
    pub description: String,
    /// What they mean.
    pub reason: Reason,
}

/// What a refusal means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Too fast: again after so many seconds.
    RetryAfter(u64),
    /// The group became a supergroup with this id.
    Migrated(i64),
    /// The chat does not exist, blocked the bot, or lets it not write. That does not pass by itself.
    ChatClosed,
    /// The tags of the text cannot be read.
    BadMarkup,
    /// The text is too long.
    TooLong,
    /// Somebody else reads this bot's updates, or a webhook does.
    Conflict,
    /// Something else.
    Other,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Parameters {
    pub retry_after: Option<u64>,
    pub migrate_to_chat_id: Option<i64>,
}

/// Words that tell of a chat where nothing can be sent.
const CLOSED: [&str; 11] = [
    "chat not found",
    "bot was blocked",
    "user is deactivated",
    "can't initiate conversation",
    "bot was kicked",
    "bot is not a member",
    "bots can't send messages to bots",
    "can't send messages to bots",
    "not enough rights",
    "need administrator rights",
    "chat_write_forbidden",
];

impl Reason {
    pub(crate) fn of(code: u16, description: &str, parameters: &Parameters) -> Self {
        let words = description.to_lowercase();
        if let Some(chat) = parameters.migrate_to_chat_id {
            Self::Migrated(chat)
        } else if code == 429 || parameters.retry_after.is_some() {
            Self::RetryAfter(parameters.retry_after.unwrap_or(5))
        } else if code == 403 || CLOSED.iter().any(|closed| words.contains(closed)) {
            Self::ChatClosed
        } else if words.contains("can't parse entities") {
            Self::BadMarkup
        } else if words.contains("too long") || words.contains("message_too_long") {
            Self::TooLong
        } else if code == 409 {
            Self::Conflict
        } else {
            Self::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_apart() {
        let none = Parameters::default;
        let cases = [
            (400, "Bad Request: chat not found", none(), Reason::ChatClosed),
            (403, "Forbidden: bot was blocked by the user", none(), Reason::ChatClosed),
            (
                400,
                "Bad Request: not enough rights to send text messages to the chat",
                none(),
                Reason::ChatClosed,
            ),
            (400, "Bad Request: can't parse entities: Unclosed start tag", none(), Reason::BadMarkup),
            (400, "Bad Request: message is too long", none(), Reason::TooLong),
            (409, "Conflict: terminated by other getUpdates request", none(), Reason::Conflict),
            (400, "Bad Request: message text is empty", none(), Reason::Other),
            (
                429,
                "Too Many Requests: retry after 7",
                Parameters { retry_after: Some(7), ..none() },
                Reason::RetryAfter(7),
            ),
            (429, "Too Many Requests", none(), Reason::RetryAfter(5)),
            (
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                Parameters { migrate_to_chat_id: Some(-100), ..none() },
                Reason::Migrated(-100),
            ),
        ];
        for (code, words, parameters, reason) in cases {
            assert_eq!(Reason::of(code, words, &parameters), reason, "{words}");
        }
    }
}
