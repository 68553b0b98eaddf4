//! How weights are optimised: kept in the store, changed by whoever may, with who and when.

use domain::{HOUR_MS, UtcMs};
use engine::tuning::TuningConfig;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::to_raw_value;
use store::job_state::StateEntry;

use crate::{App, AppError};

/// Under which name they are kept.
const NAME: &str = "auto_optimization.settings";
/// Attempts when others change them at the same moment.
const ATTEMPTS: usize = 5;

/// What is done with a proposal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ApplyMode {
    /// It is kept as a version that is not active.
    #[default]
    Propose,
    /// It becomes the challenger of an A/B test, where it did better out of sample and none runs.
    AbTest,
    /// It becomes the active weights, where it did better out of sample with confidence.
    Apply,
}

/// How weights are optimised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct OptimizationSettings {
    /// Whether it runs by itself.
    pub enabled: bool,
    /// Hours between two runs.
    pub interval_hours: u32,
    /// Time after a signal at which its outcome is learned from: 1h, 4h, 24h.
    pub horizon: String,
    /// Fewer independent outcomes give no proposal.
    pub min_outcomes: u32,
    /// Most points that one run takes from or gives to a factor.
    pub max_change: f64,
    /// Least weight of a factor.
    pub min_weight: f64,
    /// Largest weight of a factor.
    pub max_weight: f64,
    /// What is done with a proposal: propose, ab_test or apply.
    pub apply_mode: ApplyMode,
}

impl Default for OptimizationSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            interval_hours: 168,
            horizon: "4h".to_owned(),
            min_outcomes: 200,
            max_change: 3.0,
            min_weight: 2.0,
            max_weight: 40.0,
            apply_mode: ApplyMode::Propose,
        }
    }
}

/// A change of the settings; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct OptimizationChange {
    /// Whether it runs by itself.
    pub enabled: Option<bool>,
    /// Hours between two runs.
    pub interval_hours: Option<u32>,
    /// 1h, 4h, 24h.
    pub horizon: Option<String>,
    /// Independent outcomes that are needed.
    pub min_outcomes: Option<u32>,
    /// Most points by factor and run.
    pub max_change: Option<f64>,
    /// Least weight of a factor.
    pub min_weight: Option<f64>,
    /// Largest weight of a factor.
    pub max_weight: Option<f64>,
    /// What is done with a proposal.
    pub apply_mode: Option<ApplyMode>,
}

/// The settings, and since when they hold.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SettingsAnswer {
    /// How weights are optimised.
    #[serde(flatten)]
    pub settings: OptimizationSettings,
    /// How often they were changed; 0: as they come.
    pub version: i64,
    /// When they were changed last.
    pub updated_at: Option<UtcMs>,
    /// Whether this call would change them, but was a dry run.
    pub dry_run: bool,
}

impl OptimizationSettings {
    pub(super) fn horizon_s(&self) -> i64 {
        match self.horizon.as_str() {
            "1h" => 3_600,
            "24h" => 86_400,
            _ => 14_400,
        }
    }

    pub(super) fn interval_ms(&self) -> i64 {
        i64::from(self.interval_hours) * HOUR_MS
    }

    pub(super) fn tuning(&self) -> TuningConfig {
        TuningConfig {
            max_change: self.max_change,
            min_weight: self.min_weight,
            max_weight: self.max_weight,
            min_outcomes: f64::from(self.min_outcomes),
            ..TuningConfig::default()
        }
    }

    fn with(mut self, change: &OptimizationChange) -> Self {
        let OptimizationChange { horizon, .. } = change;
        self.enabled = change.enabled.unwrap_or(self.enabled);
        self.interval_hours = change.interval_hours.unwrap_or(self.interval_hours);
        self.horizon = horizon.clone().unwrap_or(self.horizon);
        self.min_outcomes = change.min_outcomes.unwrap_or(self.min_outcomes);
        self.max_change = change.max_change.unwrap_or(self.max_change);
        self.min_weight = change.min_weight.unwrap_or(self.min_weight);
        self.max_weight = change.max_weight.unwrap_or(self.max_weight);
        self.apply_mode = change.apply_mode.unwrap_or(self.apply_mode);
        self
    }

    fn validate(&self) -> Result<(), AppError> {
        let wrong = |field: &'static str, reason: String| AppError::Invalid { field, reason };
        if !(1..=8_760).contains(&self.interval_hours) {
            return Err(wrong("interval_hours", "must lie between 1 and 8760".to_owned()));
        }
        if !["1h", "4h", "24h"].contains(&self.horizon.as_str()) {
            return Err(wrong("horizon", "1h, 4h or 24h".to_owned()));
        }
        self.tuning().validate().map_err(|error| wrong(error.field, error.reason))
    }
}

impl App {
    /// The settings.
    ///
    /// # Errors
    /// The store's failures; settings that another version of the program wrote and this one cannot read.
    pub async fn optimization_settings(&self) -> Result<SettingsAnswer, AppError> {
        Ok(self.kept_settings().await?.1)
    }

    async fn kept_settings(&self) -> Result<(Option<StateEntry>, SettingsAnswer), AppError> {
        let entry = self.store.state(NAME).await?;
        let settings = match &entry {
            None => OptimizationSettings::default(),
            Some(entry) => serde_json::from_str(entry.value.get()).map_err(|error| {
                tracing::error!(%error, "the settings of the optimisation cannot be read");
                AppError::Internal
            })?,
        };
        let answer = SettingsAnswer {
            settings,
            version: entry.as_ref().map_or(0, |entry| entry.version),
            updated_at: entry.as_ref().map(|entry| entry.updated_at),
            dry_run: false,
        };
        Ok((entry, answer))
    }

    /// Changes the settings; without a change it tells them. `dry_run`: it tells what they would be.
    ///
    /// # Errors
    /// Settings that make no sense; the store's failures.
    pub async fn configure_optimization(
        &self,
        change: &OptimizationChange,
        dry_run: bool,
        actor: &str,
    ) -> Result<SettingsAnswer, AppError> {
        for _ in 0..ATTEMPTS {
            let (seen, known) = self.kept_settings().await?;
            let settings = known.settings.clone().with(change);
            settings.validate()?;
            if dry_run {
                return Ok(SettingsAnswer { settings, dry_run, ..known });
            }
            if settings == known.settings {
                return Ok(known);
            }
            let value = to_raw_value(&settings).map_err(|_| AppError::Internal)?;
            let action = "auto_optimization.configure";
            if self.store.set_state_recorded(NAME, seen.as_ref(), value, actor, action).await? {
                return self.optimization_settings().await;
            }
        }
        Err(AppError::Invalid {
            field: "enabled",
            reason: "others change the settings at this moment; try again".to_owned(),
        })
    }
}
