//! Signals: what is written and what is read.

pub(crate) mod record;
pub(crate) mod write;

mod cursor;
mod read;

use domain::UtcMs;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{DataSource, NewOutbox, NewOutcome};

pub use cursor::Cursor;
pub use read::{Page, SignalFilter, Statistics};

/// JSON that is already text.
pub type Json = Box<RawValue>;

/// Where a row was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The signal engine.
    #[default]
    Signal,
    /// The Multi-Modal Signal Score.
    Mss,
    /// The older program's history.
    Import,
}

impl Origin {
    /// The word in rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signal => "signal",
            Self::Mss => "mss",
            Self::Import => "import",
        }
    }
}

/// One evaluation, to be stored with its outcome checks and alerts. JSON columns are `None` where
/// their source did not answer.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct NewSignal {
    /// ULID; saving the same id again changes nothing.
    pub id: String,
    /// The coin: `BTC`.
    pub symbol: String,
    /// The exchange of the instrument.
    pub venue: Option<String>,
    /// The contract's native name.
    pub instrument: Option<String>,
    /// `LONG` or `SHORT` (older history may hold `NEUTRAL`).
    pub signal: String,
    /// 0 to 100, 50 is neutral.
    #[serde(deserialize_with = "record::exact")]
    pub score: f64,
    /// `high`, `medium`, `low`.
    pub confidence: Option<String>,
    /// Price at the decision, in quote currency per contract unit.
    #[serde(deserialize_with = "record::exact_opt")]
    pub price: Option<f64>,
    /// The decision's time.
    pub timestamp: UtcMs,
    /// `conservative`, `aggressive`, `ultra`.
    pub mode: Option<String>,
    /// The engine's version.
    pub engine_version: Option<String>,
    /// The weights' version.
    pub weights_id: Option<String>,
    /// Where the row was made.
    #[serde(default)]
    pub origin: Origin,
    /// `CONFIRM`, `DOWNSIZE`, `SKIP`, `WAIT`.
    pub verdict: Option<String>,
    /// `NORMAL`, `REDUCED`, `AVOID`, `AGGRESSIVE`.
    pub risk_mode: Option<String>,
    /// `openai` or `rules`.
    pub verdict_source: Option<String>,
    /// Stop price.
    #[serde(deserialize_with = "record::exact_opt")]
    pub stop_loss: Option<f64>,
    /// Target price.
    #[serde(deserialize_with = "record::exact_opt")]
    pub take_profit: Option<f64>,
    /// Sentences.
    pub reasons: Option<Json>,
    /// The short metrics.
    pub metrics: Option<Json>,
    /// `comprehensiveMetrics`.
    pub comprehensive_metrics: Option<Json>,
    /// `lunarCrushMetrics`.
    pub lunarcrush_metrics: Option<Json>,
    /// `coinAPIMetrics`.
    pub coinapi_metrics: Option<Json>,
    /// `smcAnalysis`.
    pub smc_analysis: Option<Json>,
    /// `aiVerdictLayer`.
    pub ai_validation: Option<Json>,
    /// The eight factors.
    pub factors: Option<Json>,
    /// Everything else worth keeping (`premiumMetrics`, `dataQuality`, older fields).
    pub extra: Option<Json>,
    /// Checks of what became of it.
    #[serde(default)]
    pub outcomes: Vec<NewOutcome>,
    /// Alerts to be sent.
    #[serde(default)]
    pub alerts: Vec<NewOutbox>,
}

/// A stored evaluation.
#[derive(Clone, Debug)]
pub struct StoredSignal {
    /// ULID, or the older program's id.
    pub id: String,
    /// The coin.
    pub symbol: String,
    /// `LONG`, `SHORT` (older history may hold `NEUTRAL`).
    pub signal: String,
    /// 0 to 100.
    pub score: f64,
    /// `0-10` … `90-100`.
    pub score_band: String,
    /// `high`, `medium`, `low`.
    pub confidence: Option<String>,
    /// Price at the decision.
    pub price: Option<f64>,
    /// The decision's time.
    pub timestamp: UtcMs,
    /// When the row was made.
    pub created_at: UtcMs,
    /// The caller's mode.
    pub mode: Option<String>,
    /// The exchange.
    pub venue: Option<String>,
    /// The contract.
    pub instrument: Option<String>,
    /// The engine's version.
    pub engine_version: Option<String>,
    /// The weights' version.
    pub weights_id: Option<String>,
    /// What kind of run.
    pub data_source: DataSource,
    /// `signal`, `mss`, `import`.
    pub origin: String,
    /// The verdict.
    pub verdict: Option<String>,
    /// The risk mode.
    pub risk_mode: Option<String>,
    /// Who judged.
    pub verdict_source: Option<String>,
    /// Stop price.
    pub stop_loss: Option<f64>,
    /// Target price.
    pub take_profit: Option<f64>,
    /// Sentences.
    pub reasons: Option<Json>,
    /// The short metrics.
    pub metrics: Option<Json>,
    /// `comprehensiveMetrics`.
    pub comprehensive_metrics: Option<Json>,
    /// `lunarCrushMetrics`.
    pub lunarcrush_metrics: Option<Json>,
    /// `coinAPIMetrics`.
    pub coinapi_metrics: Option<Json>,
    /// `smcAnalysis`.
    pub smc_analysis: Option<Json>,
    /// `aiVerdictLayer`.
    pub ai_validation: Option<Json>,
    /// The factors.
    pub factors: Option<Json>,
    /// Everything else.
    pub extra: Option<Json>,
}

/// How far a promised row has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredWhere {
    /// In the database: reads see it.
    Database,
    /// On disk, on its way to the database.
    Spool,
}

/// The promise: the row survives from here on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The row's id.
    pub id: String,
    /// How far it has come.
    pub stored: StoredWhere,
}

/// The band of ten points that a score lies in: `60-70` holds 60 up to, but not with, 70; the last
/// holds 100 as well.
#[must_use]
pub fn score_band(score: f64) -> &'static str {
    const BANDS: [&str; 10] =
        ["0-10", "10-20", "20-30", "30-40", "40-50", "50-60", "60-70", "70-80", "80-90", "90-100"];
    let above =
        [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0].iter().filter(|edge| score >= **edge).count();
    BANDS.get(above).copied().unwrap_or("90-100")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_hold_their_lower_edge() {
        assert_eq!(score_band(0.0), "0-10");
        assert_eq!(score_band(69.999), "60-70");
        assert_eq!(score_band(70.0), "70-80");
        assert_eq!(score_band(100.0), "90-100");
    }
}
