//! A thin client for any OpenAI-compatible model server: one question, one answer in JSON, by Chat
//! Completions or by Responses.

/// The JSON inside a model's words.
mod answer;
/// What is sent.
mod body;
/// The client.
pub mod client;
/// What a model server offers.
pub mod endpoints;
/// What the server was found not to take.
mod learned;
/// Answers as servers send them.
pub mod reply;
/// How the server is to be asked.
pub mod settings;
/// The servers' conventions.
pub mod wire;

pub use client::{ModelInfo, OpenAi};
pub use endpoints::ENDPOINTS;
pub use reply::{Reply, Unusable, Usage};
pub use settings::{Api, AuthHeader, ModelSettings, Question, Structured};
pub use wire::OpenAiWire;

use std::time::Duration;

use upstream::LaneConfig;

/// OpenAI's lane as it is without configuration. The longest time for a call is the caller's to set.
#[must_use]
pub fn lane_defaults() -> LaneConfig {
    LaneConfig {
        deadline: Duration::from_mins(2),
        max_body: 1 << 20,
        max_in_flight: 16,
        retries: 1,
        quota_pct: 100,
        stale_for: Duration::ZERO,
        cache_bytes: 1 << 20,
        ..LaneConfig::at("https://api.openai.com/v1")
    }
}
