//! How the judge stands.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::Judge;

/// How the judge stands.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JudgeStatus {
    /// Whether a model is asked at all.
    pub enabled: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The model's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// chat or responses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
    /// Longest time for a verdict.
    pub timeout_ms: u64,
    /// Questions under way.
    pub under_way: usize,
    /// Questions at once; beyond them the rules judge.
    pub at_once: usize,
    /// Questions put since midnight UTC.
    pub calls_today: u32,
    /// Most questions a day.
    pub calls_per_day: u32,
    /// Tokens spent since midnight UTC.
    pub tokens_today: u64,
    /// Most tokens a day.
    pub tokens_per_day: u64,
    /// Failures in a row.
    pub failures: u32,
    /// Seconds for which the model is left alone after failures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused_for_s: Option<u64>,
    /// Why it is left alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused_because: Option<String>,
    /// The model server's lane: breaker, budget, last success and failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lane: Option<Value>,
}

impl Judge {
    /// How it stands; asks nobody.
    #[must_use]
    pub fn status(&self) -> JudgeStatus {
        let counts = self.guard.counts();
        let model = self.model.as_ref().ok();
        let (paused_for_s, paused_because) = counts.paused.unzip();
        JudgeStatus {
            enabled: model.is_some(),
            reason: self.model.as_ref().err().cloned(),
            model: model.map(|model| model.settings().model.clone()),
            api: model.map(|model| model.settings().api.as_str().to_owned()),
            timeout_ms: u64::try_from(self.config.timeout.as_millis()).unwrap_or(u64::MAX),
            under_way: self.config.at_once.saturating_sub(self.places.available_permits()),
            at_once: self.config.at_once,
            calls_today: counts.calls,
            calls_per_day: self.config.calls_per_day,
            tokens_today: counts.tokens,
            tokens_per_day: self.config.tokens_per_day,
            failures: counts.failures,
            paused_for_s,
            paused_because,
            lane: model.and_then(|model| serde_json::to_value(model.lane().status()).ok()),
        }
    }
}
