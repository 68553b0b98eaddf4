//! What the caller decides: database, spool folder, retention.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use domain::Clock;
use secrecy::SecretString;

use crate::StoreError;

/// Where the rows come from. Every row carries it, and every read sees its own kind only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DataSource {
    /// The markets, now.
    Live,
    /// Recorded history.
    Replay,
    /// The seeded simulator.
    Simulated,
}

impl DataSource {
    /// The word in answers and rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Replay => "replay",
            Self::Simulated => "simulated",
        }
    }
}

impl fmt::Display for DataSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for DataSource {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        [Self::Live, Self::Replay, Self::Simulated]
            .into_iter()
            .find(|source| source.as_str() == text)
            .ok_or_else(|| StoreError::invalid("data_source", "one of live, replay, simulated"))
    }
}

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// SQLite, in a file or in memory.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl Backend {
    /// Lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// How long own history is kept, by datum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Days for a datum that is not named below.
    pub default_days: u32,
    /// Days by datum.
    pub days_by_datum: BTreeMap<String, u32>,
}

impl Default for Retention {
    /// Two years: longer than the longest window that a factor ranks against (365 days).
    fn default() -> Self {
        Self { default_days: 730, days_by_datum: BTreeMap::new() }
    }
}

impl Retention {
    /// Days for this datum.
    #[must_use]
    pub fn days(&self, datum: &str) -> u32 {
        self.days_by_datum.get(datum).copied().unwrap_or(self.default_days)
    }
}

/// What the caller decides.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// `sqlite:///path/to/file`, `sqlite::memory:` or `postgres://…` (a pooled address is fine).
    pub url: SecretString,
    /// PostgreSQL's direct address, for migrations, where `url` is a pooler's.
    pub direct_url: Option<SecretString>,
    /// Folder of the backup lines by day; made when absent.
    pub spool_dir: PathBuf,
    /// What this run's rows are.
    pub data_source: DataSource,
    /// How long own history is kept.
    pub retention: Retention,
    /// The program's clock.
    pub clock: Arc<dyn Clock>,
}

impl StoreConfig {
    /// Settings with the default retention and no direct address.
    pub fn new(
        url: impl Into<SecretString>,
        spool_dir: impl Into<PathBuf>,
        data_source: DataSource,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            url: url.into(),
            direct_url: None,
            spool_dir: spool_dir.into(),
            data_source,
            retention: Retention::default(),
            clock,
        }
    }
}
