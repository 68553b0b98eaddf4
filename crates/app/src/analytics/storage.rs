//! What is kept, and where.

use domain::UtcMs;
use schemars::JsonSchema;
use serde::Serialize;

use super::figures::Dimension;
use super::{OutcomeFilter, PerformanceAnswer, TrackingAnswer};
use crate::health::HealthAnswer;
use crate::weights::WeightsAnswer;
use crate::{App, AppError};
use store::SignalFilter;

/// Days that the dashboard looks back.
const DASHBOARD_DAYS: i64 = 30;

/// What is kept, and where.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StorageAnswer {
    /// live, replay or simulated; rows of the others are never shown.
    pub data_source: String,
    /// sqlite or postgres.
    pub backend: String,
    /// Stored signals.
    pub signals: u64,
    /// Their checks, finished and waiting.
    pub outcomes: u64,
    /// Series of own history that factors rank against.
    pub series: u64,
    /// Points of all of them.
    pub points: u64,
    /// Size of the database.
    pub database_bytes: u64,
    /// Size of the backup files by day.
    pub backup_bytes: u64,
    /// Rows that are promised and wait for the database.
    pub waiting: u64,
    /// Time of the oldest signal.
    pub first_at: Option<UtcMs>,
    /// Time of the newest.
    pub last_at: Option<UtcMs>,
}

/// All parts in one answer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemAnswer {
    /// Database, spool, providers.
    pub health: HealthAnswer,
    /// What is kept.
    pub storage: StorageAnswer,
    /// Checks of signals by state.
    pub tracking: TrackingAnswer,
    /// What signals are made with.
    pub weights: WeightsAnswer,
}

/// The operator's page.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DashboardAnswer {
    /// ok, degraded or down.
    pub status: String,
    /// What is kept.
    pub storage: StorageAnswer,
    /// Checks of signals by state.
    pub tracking: TrackingAnswer,
    /// What signals are made with.
    pub weights: WeightsAnswer,
    /// What became of the signals of the last 30 days, by verdict, mode and weights.
    pub performance: PerformanceAnswer,
}

impl App {
    /// What is kept, and where. Counts rows.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn storage(&self) -> Result<StorageAnswer, AppError> {
        let sizes = self.store.sizes().await?;
        let totals = self.store.statistics(&SignalFilter::default()).await?;
        Ok(StorageAnswer {
            data_source: self.config.data_source.as_str().to_owned(),
            backend: self.store.backend().as_str().to_owned(),
            signals: sizes.signals,
            outcomes: sizes.outcomes,
            series: sizes.series,
            points: sizes.points,
            database_bytes: sizes.database_bytes,
            backup_bytes: sizes.spool_bytes,
            waiting: self.store.spool_status().pending,
            first_at: totals.first_at,
            last_at: totals.last_at,
        })
    }

    /// All parts in one answer, for the operator.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn system(&self) -> Result<SystemAnswer, AppError> {
        Ok(SystemAnswer {
            health: self.health().await,
            storage: self.storage().await?,
            tracking: self.tracking().await?,
            weights: self.weights().await?,
        })
    }

    /// What an operator looks at first.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn dashboard(&self) -> Result<DashboardAnswer, AppError> {
        let from = self.clock.now().plus_ms(-DASHBOARD_DAYS * domain::DAY_MS);
        let filter = OutcomeFilter { from: Some(from), ..OutcomeFilter::default() };
        let by = [Dimension::Verdict, Dimension::Mode, Dimension::Weights];
        Ok(DashboardAnswer {
            status: self.health().await.status,
            storage: self.storage().await?,
            tracking: self.tracking().await?,
            weights: self.weights().await?,
            performance: self.performance(&filter, &by).await?,
        })
    }
}
