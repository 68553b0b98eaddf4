//! Settings of the alerts.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use app::alerts::{AlertConfig, ChartTheme, Webhook, is_secret};
use domain::Mode;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// Alerts by Telegram.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AlertSettings {
    /// `false` switches them off though there is a token.
    pub enabled: bool,
    /// Whether replayed and simulated markets make alerts too. A server named by `base_url` gets them in any
    /// case.
    pub in_replay: bool,
    /// Where the bot API is; a server of one's own, for instance.
    pub base_url: Option<String>,
    /// The bot's token; better given by `TELEGRAM_BOT_TOKEN`.
    pub token: Option<SecretString>,
    /// Chats that are told of every coin; their commands are obeyed.
    pub chats: Vec<i64>,
    /// Further chats whose commands are obeyed.
    pub allowed: Vec<i64>,
    /// Signals of this mode make alerts.
    pub mode: Mode,
    /// Keeps SKIP and AVOID out.
    pub skip_avoided: bool,
    /// Shortest time between two alerts of the same state of a coin, in seconds.
    pub cooldown_s: u64,
    /// Hours of the day in UTC in which alerts make no sound: `22:00-07:00`.
    pub quiet_hours: Option<String>,
    /// Messages a second in all; Telegram takes about 30.
    pub per_second: u32,
    /// Whether alerts carry a picture of the candles with the plan.
    pub charts: bool,
    /// Its colours: `dark` or `light`.
    pub chart_theme: ChartTheme,
    /// The public address of `/telegram/webhook` of this server; the bot polls where there is none.
    pub webhook_url: Option<String>,
    /// What Telegram shows there; made of the token where there is none. Better given by
    /// `TELEGRAM_WEBHOOK_SECRET`.
    pub webhook_secret: Option<SecretString>,
}

impl Default for AlertSettings {
    fn default() -> Self {
        let config = AlertConfig::default();
        Self {
            enabled: true,
            in_replay: false,
            base_url: None,
            token: None,
            chats: Vec::new(),
            allowed: Vec::new(),
            mode: config.mode,
            skip_avoided: config.skip_avoided,
            cooldown_s: config.cooldown.as_secs(),
            quiet_hours: None,
            per_second: config.per_second,
            charts: true,
            chart_theme: ChartTheme::default(),
            webhook_url: None,
            webhook_secret: None,
        }
    }
}

impl AlertSettings {
    /// The token, or why nothing is sent in this world.
    pub fn token(&self, replay: bool) -> Result<SecretString, String> {
        if !self.enabled {
            return Err("alerts are switched off by configuration".to_owned());
        }
        let token = self.token.clone().ok_or("no TELEGRAM_BOT_TOKEN")?;
        if replay && !self.in_replay && self.base_url.is_none() {
            return Err("a replayed or simulated market makes no alerts".to_owned());
        }
        Ok(token)
    }

    /// What the use case is told, of a bot with this token.
    pub fn config(&self, token: &SecretString) -> AlertConfig {
        let webhook =
            self.webhook_url.clone().map(|url| Webhook::new(url, self.webhook_secret.clone(), token));
        AlertConfig {
            webhook,
            chats: self.chats.clone(),
            allowed: self.allowed.clone(),
            mode: self.mode,
            skip_avoided: self.skip_avoided,
            cooldown: Duration::from_secs(self.cooldown_s),
            quiet_minutes: self.quiet_hours.as_deref().and_then(|text| hours(text).ok()),
            per_second: self.per_second,
        }
    }

    /// What is wrong with the settings, if anything.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if let Some(Err(error)) = self.quiet_hours.as_deref().map(hours) {
            faults.push(format!("alerts.quiet_hours: {error}"));
        }
        if self.per_second == 0 || self.per_second > 1_000 {
            faults.push("alerts.per_second must be 1 to 1000".to_owned());
        }
        let bad_url = |url: &String| !url.starts_with("http://") && !url.starts_with("https://");
        if self.base_url.as_ref().is_some_and(bad_url) {
            faults.push("alerts.base_url must begin with http:// or https://".to_owned());
        }
        // A Bot API server of one's own posts to plain addresses too; Telegram's does not.
        let plain = self.base_url.is_some();
        let reachable = |url: &String| url.starts_with("https://") || (plain && url.starts_with("http://"));
        if self.webhook_url.as_ref().is_some_and(|url| !reachable(url)) {
            faults.push("alerts.webhook_url must begin with https://".to_owned());
        }
        if self.webhook_secret.as_ref().is_some_and(|secret| !is_secret(secret.expose_secret())) {
            faults.push("alerts.webhook_secret must be 1 to 256 letters, digits, _ and -".to_owned());
        }
        faults
    }
}

/// Chat ids, comma-separated.
pub fn chats(value: &str) -> Result<Vec<i64>> {
    let ids = value.split(',').map(str::trim).filter(|id| !id.is_empty());
    ids.map(|id| id.parse().with_context(|| format!("'{id}' is no chat id (a number, negative for groups)")))
        .collect()
}

/// `22:00-07:00` as minutes of the day.
fn hours(text: &str) -> Result<(u16, u16)> {
    let (from, to) = text.split_once('-').context("not of the form 22:00-07:00")?;
    let minute = |time: &str| -> Result<u16> {
        let (hour, minute) = time.trim().split_once(':').context("not of the form 22:00-07:00")?;
        let (hour, minute): (u16, u16) = (hour.parse()?, minute.parse()?);
        if hour > 24 || minute > 59 {
            bail!("'{time}' is no time of day");
        }
        Ok(60 * hour + minute)
    };
    Ok((minute(from)?, minute(to)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chats_and_hours_read_as_people_write_them() {
        assert_eq!(chats("7, -1001234567890,").unwrap(), [7, -1_001_234_567_890]);
        assert!(chats("@channel").is_err());
        assert_eq!(hours("22:00-07:30").unwrap(), (1_320, 450));
        for bad in ["22-7", "25:00-07:00", "22:61-07:00", "night"] {
            assert!(hours(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_webhook_needs_a_secure_address_and_has_a_secret_in_any_case() {
        let token = SecretString::from("1:a");
        let settings =
            AlertSettings { webhook_url: Some("http://x/y".to_owned()), ..AlertSettings::default() };
        assert_eq!(settings.faults().len(), 1);
        let settings = AlertSettings { base_url: Some("http://127.0.0.1:8081".to_owned()), ..settings };
        assert!(settings.faults().is_empty());
        let secret = |settings: &AlertSettings| {
            settings.config(&token).webhook.map(|webhook| webhook.secret.expose_secret().to_owned()).unwrap()
        };
        let made = secret(&settings);
        assert!(is_secret(&made) && made.len() == 64 && made == secret(&settings), "{made}");
        let named = AlertSettings { webhook_secret: Some("s3".into()), ..settings };
        assert_eq!(secret(&named), "s3");
        let bad = AlertSettings { webhook_secret: Some("a b".into()), ..named };
        assert_eq!(bad.faults().len(), 1);
        assert!(AlertSettings::default().config(&token).webhook.is_none());
    }

    #[test]
    fn a_replay_sends_nothing_unless_told_to() {
        let settings = AlertSettings { token: Some(SecretString::from("1:a")), ..AlertSettings::default() };
        assert!(settings.token(false).is_ok() && settings.token(true).is_err());
        assert!(AlertSettings { in_replay: true, ..settings.clone() }.token(true).is_ok());
        assert!(AlertSettings { enabled: false, ..settings }.token(false).is_err());
        assert!(AlertSettings::default().token(false).is_err());
    }
}
