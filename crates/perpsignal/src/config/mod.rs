//! Configuration: defaults, then a TOML file, then the environment (with `.env`), then flags. Unknown keys
//! are errors. Only this module reads the environment.

mod alerts;
mod environment;
mod judge;
mod provider;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use domain::Mode;
use engine::EngineConfig;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tracing_subscriber::EnvFilter;

pub use alerts::AlertSettings;
pub use environment::{Environment, VARIABLES};
pub use judge::JudgeSettings;
pub use provider::ProviderSettings;

/// Everything that can be set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The HTTP server.
    pub server: ServerSettings,
    /// What is told while running.
    pub log: LogSettings,
    /// Where rows are kept.
    pub database: DatabaseSettings,
    /// How signals are made and served.
    pub signal: SignalSettings,
    /// How the market is scanned.
    pub scan: ScanSettings,
    /// Evaluations without a caller.
    pub background: BackgroundSettings,
    /// The judge beside the rules.
    pub judge: JudgeSettings,
    /// Alerts by Telegram.
    pub alerts: AlertSettings,
    /// Every constant of the engine.
    pub engine: EngineConfig,
    /// The providers.
    pub providers: Providers,
}

/// The HTTP server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerSettings {
    /// Address and port.
    pub listen: SocketAddr,
    /// The public address, for documents: `https://signals.example.org`.
    pub base_url: Option<String>,
    /// Refuse to start without keys.
    pub production: bool,
    /// Serve other addresses than loopback without any key.
    pub open: bool,
    /// Keys, each `KEY` or `KEY:scope`; better given by `API_KEYS`.
    pub api_keys: Vec<SecretString>,
    /// Cost units a key may spend per minute; 0 is no limit.
    pub key_units_per_minute: u32,
    /// Cost units an address without a key may spend per minute; 0 is no limit.
    pub address_units_per_minute: u32,
    /// How long requests under way may take to finish at shutdown, in seconds.
    pub drain_s: u64,
    /// Connections open at once.
    pub max_connections: usize,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            base_url: None,
            production: false,
            open: false,
            api_keys: Vec::new(),
            key_units_per_minute: 600,
            address_units_per_minute: 120,
            drain_s: 20,
            max_connections: 4_096,
        }
    }
}

/// What is told while running.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSettings {
    /// `pretty` or `json`.
    pub format: LogFormat,
    /// A filter such as `info` or `perpsignal=debug,upstream=trace`.
    pub level: String,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { format: LogFormat::Pretty, level: "info".to_owned() }
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// Where rows are kept.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseSettings {
    /// `postgres://…` or `sqlite:///path`; by default SQLite in the data folder.
    pub url: Option<SecretString>,
    /// PostgreSQL's direct address where `url` is a pooler's; used for migrations.
    pub direct_url: Option<SecretString>,
    /// Folder of the embedded database and of the backup lines.
    pub data_dir: Option<PathBuf>,
    /// Days of own history kept.
    pub history_days: Option<u32>,
}

/// How signals are made and served.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignalSettings {
    /// Longest time for the observations of one signal, in milliseconds.
    pub deadline_ms: u64,
    /// How long a signal is served again, in seconds.
    pub cache_s: u64,
}

impl Default for SignalSettings {
    fn default() -> Self {
        Self { deadline_ms: 4_000, cache_s: 20 }
    }
}

impl SignalSettings {
    /// Longest time for the observations of one signal.
    pub const fn deadline(&self) -> Duration {
        Duration::from_millis(self.deadline_ms)
    }
}

/// How the market is scanned.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScanSettings {
    /// Coins evaluated in full.
    pub full: usize,
    /// Evaluations at once.
    pub at_once: usize,
    /// Least 24 h turnover of a coin that is looked at, in USD.
    pub min_quote_volume_usd: f64,
}

impl Default for ScanSettings {
    fn default() -> Self {
        Self { full: 60, at_once: 16, min_quote_volume_usd: 1_000_000.0 }
    }
}

/// Evaluations without a caller; off unless `every_s` is set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BackgroundSettings {
    /// Seconds between two rounds.
    pub every_s: Option<u32>,
    /// Coins to evaluate; the market's most promising ones where none is named.
    pub symbols: Vec<String>,
    /// Thresholds: conservative, aggressive or ultra.
    pub mode: Mode,
}

/// The providers' sections.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Providers {
    /// Binance USDⓈ-M.
    pub binance: ProviderSettings,
    /// OKX.
    pub okx: ProviderSettings,
    /// Bybit.
    pub bybit: ProviderSettings,
    /// Coinglass.
    pub coinglass: ProviderSettings,
    /// LunarCrush.
    pub lunarcrush: ProviderSettings,
    /// CoinAPI.
    pub coinapi: ProviderSettings,
    /// CoinGecko.
    pub coingecko: ProviderSettings,
    /// alternative.me.
    pub fear_greed: ProviderSettings,
}

impl Providers {
    /// The sections with their names.
    pub fn each(&self) -> [(&'static str, &ProviderSettings); 8] {
        [
            ("binance", &self.binance),
            ("okx", &self.okx),
            ("bybit", &self.bybit),
            ("coinglass", &self.coinglass),
            ("lunarcrush", &self.lunarcrush),
            ("coinapi", &self.coinapi),
            ("coingecko", &self.coingecko),
            ("fear_greed", &self.fear_greed),
        ]
    }
}

/// Where a configuration file is looked for when none is named.
const DEFAULT_FILE: &str = "perpsignal.toml";
/// More connections or evaluations at once than this no machine has room for.
const MOST_CONNECTIONS: usize = 1_000_000;

impl Config {
    /// The file (named, or `perpsignal.toml` here if there is one), then the environment over it.
    pub fn load(file: Option<&Path>, environment: &Environment) -> Result<Self> {
        let path = match file {
            Some(path) => Some(path.to_path_buf()),
            None => Some(PathBuf::from(DEFAULT_FILE)).filter(|path| path.exists()),
        };
        let mut config = match path {
            Some(path) => {
                let text = std::fs::read_to_string(&path)
                    .with_context(|| format!("cannot read the configuration {}", path.display()))?;
                toml::from_str(&text)
                    .with_context(|| format!("the configuration {} is not right", path.display()))?
            }
            None => Self::default(),
        };
        environment.apply(&mut config)?;
        config.check()?;
        Ok(config)
    }

    /// Refuses what cannot work, naming every fault.
    pub fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        if let Err(error) = self.engine.validate() {
            faults.push(format!("engine: {error}"));
        }
        for (name, provider) in self.providers.each() {
            faults.extend(provider.faults(name));
        }
        faults.extend(self.judge.faults());
        faults.extend(self.alerts.faults());
        if let Some(url) = &self.server.base_url
            && !url.starts_with("http://")
            && !url.starts_with("https://")
        {
            faults.push("server.base_url must begin with http:// or https://".to_owned());
        }
        if !(1..=MOST_CONNECTIONS).contains(&self.server.max_connections) {
            faults.push(format!("server.max_connections must be 1 to {MOST_CONNECTIONS}"));
        }
        for (index, key) in self.server.api_keys.iter().enumerate() {
            if let Err(reason) = app::keys::listed_key(key.expose_secret()) {
                faults.push(format!("server.api_keys (API_KEYS): key {}: {reason}", index + 1));
            }
        }
        if let Err(error) = EnvFilter::try_new(&self.log.level) {
            faults.push(format!(
                "log.level (PERPSIGNAL_LOG): '{}' is not a log filter: {error}",
                self.log.level
            ));
        }
        if self.signal.deadline_ms == 0 {
            faults.push("signal.deadline_ms must be at least 1".to_owned());
        }
        if self.background.every_s.is_some_and(|seconds| seconds < 10) {
            faults.push("background.every_s must be at least 10".to_owned());
        }
        if self.scan.full == 0 || !(1..=MOST_CONNECTIONS).contains(&self.scan.at_once) {
            faults.push(format!("scan.full must be at least 1, scan.at_once 1 to {MOST_CONNECTIONS}"));
        }
        if !self.scan.min_quote_volume_usd.is_finite() || self.scan.min_quote_volume_usd < 0.0 {
            faults.push("scan.min_quote_volume_usd must be a number from 0 up".to_owned());
        }
        if self.database.history_days == Some(0) {
            faults.push("database.history_days must be at least 1".to_owned());
        }
        if faults.is_empty() {
            return Ok(());
        }
        bail!("the configuration is not right:\n  {}", faults.join("\n  "))
    }

    /// Folder of the embedded database and of the backup lines.
    pub fn data_dir(&self, environment: &Environment) -> PathBuf {
        self.database.data_dir.clone().unwrap_or_else(|| environment.default_data_dir())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_right_and_names_every_section() {
        let text = include_str!("../../../../docs/perpsignal.example.toml");
        let config: Config = toml::from_str(text).unwrap();
        config.check().unwrap();
        assert_eq!(config.server.listen, ServerSettings::default().listen);
        assert_eq!(config.scan.full, ScanSettings::default().full);
        assert_eq!(config.engine.weights, EngineConfig::default().weights);
    }

    #[test]
    fn unknown_keys_and_impossible_values_are_refused_by_name() {
        let unknown = toml::from_str::<Config>("[server]\nlisten_on = \"x\"").unwrap_err();
        assert!(unknown.to_string().contains("listen_on"), "{unknown}");
        let mut config = Config::default();
        config.engine.weights.fear_greed = 50.0;
        config.providers.okx.quota_pct = Some(0);
        let faults = config.check().unwrap_err().to_string();
        assert!(faults.contains("weights") && faults.contains("providers.okx.quota_pct"), "{faults}");
        for (text, name) in [
            ("[server]\nmax_connections = 0", "server.max_connections"),
            ("[server]\nmax_connections = 9223372036854775807", "server.max_connections"),
            ("[server]\napi_keys = ['some-secret', ':admin']", "server.api_keys (API_KEYS): key 2"),
            ("[log]\nlevel = 'nonsense=[['", "log.level"),
            ("[scan]\nat_once = 9223372036854775807", "scan.at_once"),
            ("[scan]\nmin_quote_volume_usd = nan", "scan.min_quote_volume_usd"),
            ("[database]\nhistory_days = 0", "database.history_days"),
            ("[providers.okx]\nmax_body_bytes = 0", "providers.okx.max_body_bytes"),
            ("[providers.okx]\nbreaker_failures = 0", "providers.okx.breaker_failures"),
            ("[providers.coinglass]\nplan = 'gold'", "providers.coinglass.plan"),
        ] {
            let faults = toml::from_str::<Config>(text).unwrap().check().unwrap_err().to_string();
            assert!(faults.contains(name), "{text}: {faults}");
        }
    }
}
