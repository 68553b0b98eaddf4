//! The weights of the eight factors: which are active, who changed them, and what a change does at once.

use std::sync::{Arc, PoisonError, RwLock};

use domain::UtcMs;
use engine::EngineConfig;
pub use engine::Factor;
use engine::config::Weights;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::to_raw_value;
use store::weights::WeightSet;

use crate::{App, AppError};

/// The weight of each factor; they sum to 100.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WeightTable {
    /// Longs and shorts liquidated.
    pub liquidations: f64,
    /// Funding rate.
    pub funding_rate: f64,
    /// Price momentum.
    pub price_momentum: f64,
    /// Long/short account ratio.
    pub long_short_ratio: f64,
    /// Large accounts against the crowd.
    pub smart_money: f64,
    /// Open interest with the price.
    pub oi_trend: f64,
    /// Social sentiment.
    pub social_sentiment: f64,
    /// Crypto Fear & Greed Index.
    pub fear_greed: f64,
}

impl From<Weights> for WeightTable {
    fn from(weights: Weights) -> Self {
        Self {
            liquidations: weights.liquidations,
            funding_rate: weights.funding_rate,
            price_momentum: weights.price_momentum,
            long_short_ratio: weights.long_short_ratio,
            smart_money: weights.smart_money,
            oi_trend: weights.oi_trend,
            social_sentiment: weights.social_sentiment,
            fear_greed: weights.fear_greed,
        }
    }
}

impl From<WeightTable> for Weights {
    fn from(table: WeightTable) -> Self {
        Self {
            liquidations: table.liquidations,
            funding_rate: table.funding_rate,
            price_momentum: table.price_momentum,
            long_short_ratio: table.long_short_ratio,
            smart_money: table.smart_money,
            oi_trend: table.oi_trend,
            social_sentiment: table.social_sentiment,
            fear_greed: table.fear_greed,
        }
    }
}

/// New weights; factors that are not named keep theirs.
#[derive(Clone, Debug, Default)]
pub struct WeightChange {
    /// Weights by factor.
    pub weights: Vec<(Factor, f64)>,
    /// Why.
    pub note: Option<String>,
}

/// A version of the weights.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WeightsAnswer {
    /// The name that signals carry.
    pub weights_id: String,
    /// Weight of each factor.
    pub weights: WeightTable,
    /// Whether signals are made with it.
    pub active: bool,
    /// Since when; absent for the configured ones.
    pub active_since: Option<UtcMs>,
    /// When it was made; absent for the configured ones.
    pub created_at: Option<UtcMs>,
    /// Who made it; `configuration` for the configured ones.
    pub created_by: String,
    /// Why.
    pub note: Option<String>,
}

/// A change of weights.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WeightsChangeAnswer {
    /// When.
    pub at: UtcMs,
    /// Who.
    pub actor: String,
    /// weights.add, weights.activate or weights.reset.
    pub action: String,
    /// Which version.
    pub subject: String,
}

/// Versions and changes, the newest first.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WeightsHistoryAnswer {
    /// What signals are made with now.
    pub current: WeightsAnswer,
    /// Versions that were made.
    pub versions: Vec<WeightsAnswer>,
    /// Who changed what, and when.
    pub changes: Vec<WeightsChangeAnswer>,
}

/// The engine's constants with the weights that are active.
#[derive(Debug)]
pub(crate) struct ActiveEngine {
    current: RwLock<Arc<EngineConfig>>,
}

impl ActiveEngine {
    pub(crate) fn new(configured: &EngineConfig) -> Self {
        Self { current: RwLock::new(Arc::new(configured.clone())) }
    }

    fn get(&self) -> Arc<EngineConfig> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn set(&self, config: EngineConfig) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
    }
}

impl App {
    /// Every constant of the engine, with the weights that are active now.
    #[must_use]
    pub fn engine(&self) -> Arc<EngineConfig> {
        self.active_engine.get()
    }

    /// Takes over the weights that are active in the store, where another instance or an earlier run changed
    /// them.
    ///
    /// # Errors
    /// When the store cannot tell; the weights in use stay.
    pub async fn refresh_weights(&self) -> Result<(), AppError> {
        let config = match self.store.active_weights().await? {
            Some(set) => self.engine_with(&set)?,
            None => self.config.engine.clone(),
        };
        if *self.engine() != config {
            tracing::info!(weights = config.weights_id(), "these weights are active now");
            self.active_engine.set(config);
            self.signals.forget();
        }
        Ok(())
    }

    /// The weights that signals are made with now.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn weights(&self) -> Result<WeightsAnswer, AppError> {
        self.refresh_weights().await?;
        match self.store.active_weights().await? {
            Some(set) => answer(&set),
            None => Ok(self.configured_weights(true)),
        }
    }

    /// Makes a new version with these weights and makes it the active one; signals use it at once.
    ///
    /// # Errors
    /// When a weight is negative or they do not sum to 100; when the store fails.
    pub async fn change_weights(&self, change: WeightChange, actor: &str) -> Result<WeightsAnswer, AppError> {
        if change.weights.is_empty() {
            return Err(invalid("no weight is named"));
        }
        self.refresh_weights().await?;
        let mut config = (*self.engine()).clone();
        for (factor, weight) in change.weights {
            let place = match factor {
                Factor::Liquidations => &mut config.weights.liquidations,
                Factor::FundingRate => &mut config.weights.funding_rate,
                Factor::PriceMomentum => &mut config.weights.price_momentum,
                Factor::LongShortRatio => &mut config.weights.long_short_ratio,
                Factor::SmartMoney => &mut config.weights.smart_money,
                Factor::OiTrend => &mut config.weights.oi_trend,
                Factor::SocialSentiment => &mut config.weights.social_sentiment,
                Factor::FearGreed => &mut config.weights.fear_greed,
            };
            *place = weight;
        }
        let id = format!("weights-{}", ulid::Ulid::new());
        config.weights_id = Some(id.clone());
        config.validate().map_err(|error| invalid(error.reason))?;
        let json = to_raw_value(&WeightTable::from(config.weights)).map_err(|error| {
            tracing::error!(%error, "weights could not be written as JSON");
            AppError::Internal
        })?;
        self.store.add_weights(&id, json, actor, change.note.as_deref(), true).await?;
        self.weights().await
    }

    /// Back to the configured weights; signals use them at once.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn reset_weights(&self, actor: &str) -> Result<WeightsAnswer, AppError> {
        self.store.deactivate_weights(actor).await?;
        self.weights().await
    }

    /// Versions and changes, the newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn weights_history(&self, limit: u32) -> Result<WeightsHistoryAnswer, AppError> {
        let current = self.weights().await?;
        let sets = self.store.weight_sets(limit).await?;
        let changes = self.store.audit(limit.saturating_mul(10).min(1_000)).await?;
        Ok(WeightsHistoryAnswer {
            current,
            versions: sets.iter().map(answer).collect::<Result<_, _>>()?,
            changes: changes
                .into_iter()
                .filter(|entry| entry.action.starts_with("weights."))
                .take(usize::try_from(limit).unwrap_or(usize::MAX))
                .map(|entry| WeightsChangeAnswer {
                    at: entry.at,
                    actor: entry.actor,
                    action: entry.action,
                    subject: entry.subject,
                })
                .collect(),
        })
    }

    fn configured_weights(&self, active: bool) -> WeightsAnswer {
        let config = &self.config.engine;
        WeightsAnswer {
            weights_id: config.weights_id(),
            weights: config.weights.into(),
            active,
            active_since: None,
            created_at: None,
            created_by: "configuration".to_owned(),
            note: None,
        }
    }

    fn engine_with(&self, set: &WeightSet) -> Result<EngineConfig, AppError> {
        let mut config = self.config.engine.clone();
        config.weights = table(set)?.into();
        config.weights_id = Some(set.id.clone());
        config.validate().map_err(|error| {
            tracing::error!(%error, id = set.id, "stored weights are not usable");
            AppError::Internal
        })?;
        Ok(config)
    }
}

fn invalid(reason: impl Into<String>) -> AppError {
    AppError::Invalid { field: "weights", reason: reason.into() }
}

fn table(set: &WeightSet) -> Result<WeightTable, AppError> {
    serde_json::from_str(set.weights.get()).map_err(|error| {
        tracing::error!(%error, id = set.id, "stored weights cannot be read");
        AppError::Internal
    })
}

fn answer(set: &WeightSet) -> Result<WeightsAnswer, AppError> {
    Ok(WeightsAnswer {
        weights_id: set.id.clone(),
        weights: table(set)?,
        active: set.active_since.is_some(),
        active_since: set.active_since,
        created_at: Some(set.created_at),
        created_by: set.created_by.clone(),
        note: set.note.clone(),
    })
}
