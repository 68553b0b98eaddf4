//! Settings of one provider.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use upstream::LaneConfig;

/// What a provider's section may hold; everything has the provider's own default.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProviderSettings {
    /// `false` switches the provider off.
    pub enabled: Option<bool>,
    /// Where its REST API is.
    pub base_url: Option<String>,
    /// Where its WebSocket is (exchanges only).
    pub stream_url: Option<String>,
    /// The key, where the provider needs one. Better given by its environment variable.
    pub key: Option<SecretString>,
    /// The plan of the key, where plans differ.
    pub plan: Option<String>,
    /// Calls allowed in a minute, where the key's differ from its plan's (Coinglass, LunarCrush, CoinGecko).
    pub calls_per_minute: Option<u32>,
    /// Calls allowed in a day (LunarCrush).
    pub calls_per_day: Option<u32>,
    /// Calls allowed in a month (CoinGecko).
    pub calls_per_month: Option<u32>,
    /// Credits allowed in 24 hours (CoinAPI).
    pub credits_per_day: Option<u32>,
    /// Longest time for one call, retries included, in milliseconds.
    pub deadline_ms: Option<u64>,
    /// Tries after the first.
    pub retries: Option<u32>,
    /// Calls in flight at once.
    pub max_in_flight: Option<usize>,
    /// Largest answer accepted, in bytes.
    pub max_body_bytes: Option<usize>,
    /// Share of the provider's budgets that we allow ourselves, in percent.
    pub quota_pct: Option<u32>,
    /// Failures in a row that open the breaker.
    pub breaker_failures: Option<u32>,
    /// How long the breaker stays open, in milliseconds.
    pub breaker_open_ms: Option<u64>,
    /// How old an answer may be that stands in for a failed one, in seconds.
    pub stale_for_s: Option<u64>,
    /// Bytes of answers kept in the cache.
    pub cache_bytes: Option<u64>,
}

impl ProviderSettings {
    /// The provider's defaults with these settings over them.
    pub fn lane(&self, defaults: LaneConfig) -> LaneConfig {
        LaneConfig {
            base_url: self
                .base_url
                .clone()
                .map_or(defaults.base_url, |url| url.trim_end_matches('/').to_owned()),
            deadline: self.deadline_ms.map_or(defaults.deadline, Duration::from_millis),
            max_body: self.max_body_bytes.unwrap_or(defaults.max_body),
            max_in_flight: self.max_in_flight.unwrap_or(defaults.max_in_flight),
            retries: self.retries.unwrap_or(defaults.retries),
            breaker_failures: self.breaker_failures.unwrap_or(defaults.breaker_failures),
            breaker_open: self.breaker_open_ms.map_or(defaults.breaker_open, Duration::from_millis),
            quota_pct: self.quota_pct.unwrap_or(defaults.quota_pct),
            stale_for: self.stale_for_s.map_or(defaults.stale_for, Duration::from_secs),
            cache_bytes: self.cache_bytes.unwrap_or(defaults.cache_bytes),
            enabled: self.enabled.unwrap_or(defaults.enabled),
            accept_replay: defaults.accept_replay,
        }
    }

    /// What is wrong with the settings, if anything.
    pub fn faults(&self, name: &str) -> Vec<String> {
        let mut faults = Vec::new();
        let mut check = |bad: bool, text: &str| {
            if bad {
                faults.push(format!("providers.{name}.{text}"));
            }
        };
        check(
            self.base_url
                .as_ref()
                .is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://")),
            "base_url must begin with http:// or https://",
        );
        check(
            self.stream_url
                .as_ref()
                .is_some_and(|url| !url.starts_with("ws://") && !url.starts_with("wss://")),
            "stream_url must begin with ws:// or wss://",
        );
        check(self.quota_pct.is_some_and(|pct| pct == 0 || pct > 100), "quota_pct must be 1 to 100");
        check(self.max_in_flight == Some(0), "max_in_flight must be at least 1");
        check(self.deadline_ms == Some(0), "deadline_ms must be at least 1");
        check(self.max_body_bytes == Some(0), "max_body_bytes must be at least 1");
        check(self.breaker_failures == Some(0), "breaker_failures must be at least 1");
        if let Some(error) = self.plan.as_deref().and_then(|plan| wrong_plan(name, plan)) {
            check(true, &format!("plan: {error}"));
        }
        let known = known_keys(name);
        for (key, is_set) in [
            ("stream_url", self.stream_url.is_some()),
            ("key", self.key.is_some()),
            ("plan", self.plan.is_some()),
        ] {
            check(is_set && !known.contains(&key), &format!("{key} is nothing that this provider has"));
        }
        for (key, limit) in [
            ("calls_per_minute", self.calls_per_minute),
            ("calls_per_day", self.calls_per_day),
            ("calls_per_month", self.calls_per_month),
            ("credits_per_day", self.credits_per_day),
        ] {
            check(
                limit.is_some() && !known.contains(&key),
                &format!("{key} is no limit that this provider has"),
            );
            check(limit == Some(0), &format!("{key} must be at least 1; enabled = false switches off"));
        }
        faults
    }
}

/// What is wrong with a plan's name.
fn wrong_plan(name: &str, plan: &str) -> Option<String> {
    match name {
        "coinglass" => plan.parse::<coinglass::Plan>().err(),
        "lunarcrush" => plan.parse::<lunarcrush::Plan>().err(),
        "coingecko" => plan.parse::<coingecko::Tier>().err(),
        _ => None,
    }
}

/// The keys of a section that not every provider has.
fn known_keys(name: &str) -> &'static [&'static str] {
    match name {
        "binance" | "okx" | "bybit" => &["stream_url"],
        "coinglass" => &["key", "plan", "calls_per_minute"],
        "lunarcrush" => &["key", "plan", "calls_per_minute", "calls_per_day"],
        "coinapi" => &["key", "credits_per_day"],
        "coingecko" => &["key", "plan", "calls_per_minute", "calls_per_month"],
        _ => &[],
    }
}
