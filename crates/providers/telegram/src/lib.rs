//! Telegram's bot API: sending messages and pictures, reading updates by long polling or from a webhook, and
//! telling refusals apart: a pause, a chat that moved, a chat that is gone.

/// The client.
pub mod client;
/// What of the API is used.
pub mod endpoints;
/// Text that Telegram's HTML takes.
pub mod html;
/// What is sent.
pub mod message;
/// What a refusal means.
pub mod refusal;
/// What arrives.
pub mod update;
/// Telegram's conventions.
pub mod wire;

pub use client::{Bot, Telegram};
pub use endpoints::ENDPOINTS;
pub use message::{Message, Photo, Sent};
pub use refusal::{Reason, Refusal, TelegramError};
pub use update::{
    Chat, IncomingMessage, UPDATE_MAX, Update, WebhookError, is_secret, knows_secret, parse_webhook,
};
pub use wire::TelegramWire;

use std::time::Duration;

use upstream::LaneConfig;

/// Telegram's lane as it is without configuration. Its deadline leaves room for long polling; whoever sends
/// gives a shorter one.
#[must_use]
pub fn lane_defaults() -> LaneConfig {
    LaneConfig {
        deadline: Duration::from_secs(75),
        max_body: 4 << 20,
        max_in_flight: 16,
        retries: 1,
        quota_pct: 100,
        stale_for: Duration::ZERO,
        cache_bytes: 1 << 20,
        ..LaneConfig::at("https://api.telegram.org")
    }
}
