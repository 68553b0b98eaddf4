//! Settings of the judge beside the rules.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use app::judging::JudgeConfig;
use openai::{AuthHeader, ModelSettings};
use secrecy::SecretString;
use serde::Deserialize;

/// The judge.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JudgeSettings {
    /// Whether a model judges at all; better given by `ENABLE_AI_JUDGE`.
    pub enabled: bool,
    /// Whether it also judges replayed and simulated markets. A server named by `base_url` does in any case.
    pub in_replay: bool,
    /// Where the model server is: any OpenAI-compatible one.
    pub base_url: Option<String>,
    /// Its key; better given by `OPENAI_API_KEY`.
    pub key: Option<SecretString>,
    /// The key's header: `authorization` or `api-key`.
    pub auth_header: AuthHeader,
    /// The model and how it is asked.
    pub model: ModelSettings,
    /// Longest time for a verdict, everything included, in seconds.
    pub timeout_s: f64,
    /// Questions at once; beyond them the rules judge.
    pub at_once: usize,
    /// Questions a day.
    pub calls_per_day: u32,
    /// Tokens a day.
    pub tokens_per_day: u64,
    /// Failures in a row after which the model is left alone for a while.
    pub failures: u32,
    /// For how long, in seconds.
    pub pause_s: u64,
}

impl Default for JudgeSettings {
    fn default() -> Self {
        let config = JudgeConfig::default();
        Self {
            enabled: false,
            in_replay: false,
            base_url: None,
            key: None,
            auth_header: AuthHeader::default(),
            model: ModelSettings::default(),
            timeout_s: config.timeout.as_secs_f64(),
            at_once: config.at_once,
            calls_per_day: config.calls_per_day,
            tokens_per_day: config.tokens_per_day,
            failures: config.failures,
            pause_s: config.pause.as_secs(),
        }
    }
}

impl JudgeSettings {
    /// Why no model is asked in this world; `None` where one is.
    pub fn why_not(&self, replay: bool) -> Option<String> {
        if !self.enabled {
            return Some("ENABLE_AI_JUDGE is not true".to_owned());
        }
        if self.key.is_none() && self.base_url.is_none() {
            return Some("no OPENAI_API_KEY".to_owned());
        }
        (replay && !self.in_replay && self.base_url.is_none())
            .then(|| "no model is asked about a replayed or simulated market".to_owned())
    }

    /// What the use case is told.
    pub fn config(&self) -> JudgeConfig {
        JudgeConfig {
            timeout: Duration::try_from_secs_f64(self.timeout_s).unwrap_or_default(),
            at_once: self.at_once,
            calls_per_day: self.calls_per_day,
            tokens_per_day: self.tokens_per_day,
            failures: self.failures,
            pause: Duration::from_secs(self.pause_s),
        }
    }

    /// What is wrong with the settings, if anything.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut check = |bad: bool, text: &str| {
            if bad {
                faults.push(format!("judge.{text}"));
            }
        };
        check(!(0.05..=600.0).contains(&self.timeout_s), "timeout_s must be 0.05 to 600");
        check(self.at_once == 0, "at_once must be at least 1");
        check(self.failures == 0, "failures must be at least 1");
        check(self.model.model.trim().is_empty(), "model.model must name a model");
        check(self.model.max_output_tokens == 0, "model.max_output_tokens must be at least 1");
        check(
            self.base_url
                .as_ref()
                .is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://")),
            "base_url must begin with http:// or https://",
        );
        faults
    }
}

/// `true`, `1`, `yes`, `on` and their opposites.
pub fn switch(value: &str) -> Result<bool> {
    match value.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => bail!("true or false"),
    }
}

/// Seconds, such as `15`, `0.5` or `15s`.
pub fn seconds(value: &str) -> Result<f64> {
    let value = value.trim();
    value.strip_suffix('s').unwrap_or(value).trim().parse().context("seconds, such as 15")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_judges_where_it_is_wanted_and_paid_for_only() {
        let off = JudgeSettings::default();
        assert!(off.why_not(false).is_some());
        let keyed =
            JudgeSettings { enabled: true, key: Some(SecretString::from("k")), ..JudgeSettings::default() };
        assert_eq!(keyed.why_not(false), None);
        assert!(keyed.why_not(true).is_some(), "a replay costs no money unless it was asked for");
        assert_eq!(JudgeSettings { in_replay: true, ..keyed.clone() }.why_not(true), None);
        let local = JudgeSettings {
            enabled: true,
            base_url: Some("http://localhost:11434/v1".to_owned()),
            ..JudgeSettings::default()
        };
        assert_eq!(local.why_not(true), None);
        assert!(!format!("{keyed:?}").contains("\"k\""));
    }

    #[test]
    fn switches_and_seconds_read_as_people_write_them() {
        assert!(switch("TRUE").unwrap() && !switch("0").unwrap());
        assert!(switch("maybe").is_err());
        assert!((seconds("15s").unwrap() - 15.0).abs() < f64::EPSILON);
        assert!((seconds("0.5").unwrap() - 0.5).abs() < f64::EPSILON);
        assert!(seconds("soon").is_err());
        let wrong = JudgeSettings { timeout_s: f64::NAN, ..JudgeSettings::default() };
        assert_eq!(wrong.faults().len(), 1);
    }
}
