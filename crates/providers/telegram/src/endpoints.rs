//! What of the bot API is used. All of it is POST; pacing per chat is the sender's.

use std::time::Duration;

use upstream::{Cost, Endpoint};

/// Name of the one budget: calls, far above what a sender that keeps to Telegram's pace ever makes.
pub(crate) const CALLS_METER: &str = "calls";

const fn method(id: &'static str, path: &'static str, summary: &'static str) -> Endpoint {
    Endpoint {
        id,
        path,
        params: &[],
        plan: "",
        ttl: Duration::ZERO,
        cost: Cost::Fixed { meter: CALLS_METER, weight: 1 },
        summary,
        docs: "https://core.telegram.org/bots/api",
    }
}

/// Every method in use.
pub const ENDPOINTS: &[Endpoint] =
    &[GET_ME, SEND_MESSAGE, SEND_PHOTO, GET_UPDATES, SET_WEBHOOK, DELETE_WEBHOOK];

/// The bot itself.
pub const GET_ME: Endpoint = method("getMe", "/getMe", "The bot itself, as a check of the token");
/// A text to a chat.
pub const SEND_MESSAGE: Endpoint = method("sendMessage", "/sendMessage", "Sends a text to a chat");
/// A picture to a chat.
pub const SEND_PHOTO: Endpoint = method("sendPhoto", "/sendPhoto", "Sends a picture to a chat");
/// What was written to the bot.
pub const GET_UPDATES: Endpoint = method("getUpdates", "/getUpdates", "Waits for messages to the bot");
/// Where updates are to be posted.
pub const SET_WEBHOOK: Endpoint =
    method("setWebhook", "/setWebhook", "Has updates posted to an address instead of polled for");
/// Back to polling.
pub const DELETE_WEBHOOK: Endpoint =
    method("deleteWebhook", "/deleteWebhook", "Ends the posting of updates, so that they can be polled for");
