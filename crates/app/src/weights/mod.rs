//! The weights of the eight factors: which are active, who changed them, and what a change does at once; two
//! sets side by side; and proposals from what became of signals.

/// Two sets of weights on the same signals.
pub mod ab_test;
/// Weights proposed from outcomes.
pub mod optimize;
mod table;

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use domain::UtcMs;
use engine::EngineConfig;
pub use engine::Factor;
use engine::config::Weights;
use schemars::JsonSchema;
use serde::Serialize;
use store::weights::{InPlaceOf, WeightSet};

pub use table::WeightTable;

use crate::{App, AppError};

/// Attempts when others change the weights at the same moment.
const ATTEMPTS: usize = 5;

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
    /// weights.add, weights.activate, weights.reset, ab_test.start, ab_test.end, ab_test.promote,
    /// auto_optimization.configure or auto_optimization.run.
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
    /// What is evaluated in the shadow; it never becomes an answer.
    trial: RwLock<Option<Arc<ab_test::Trial>>>,
    /// Held from reading the store to taking over what it said: what was read first is never set last.
    turn: tokio::sync::Mutex<()>,
    /// Of which test the outcomes were counted last, and when.
    counted: Mutex<Option<(String, UtcMs)>>,
}

impl ActiveEngine {
    pub(crate) fn new(configured: &EngineConfig) -> Self {
        Self {
            current: RwLock::new(Arc::new(configured.clone())),
            trial: RwLock::default(),
            turn: tokio::sync::Mutex::default(),
            counted: Mutex::default(),
        }
    }

    fn get(&self) -> Arc<EngineConfig> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn set(&self, config: EngineConfig) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
    }

    fn trial(&self) -> Option<Arc<ab_test::Trial>> {
        self.trial.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a test's outcomes were not counted within `apart_ms`; from now on they are.
    fn may_count(&self, test: &str, now: UtcMs, apart_ms: i64) -> bool {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let is_fresh = counted.as_ref().is_some_and(|(id, at)| id == test && (now.0 - at.0).abs() < apart_ms);
        if !is_fresh {
            *counted = Some((test.to_owned(), now));
        }
        !is_fresh
    }

    fn set_trial(&self, trial: Option<ab_test::Trial>) {
        *self.trial.write().unwrap_or_else(PoisonError::into_inner) = trial.map(Arc::new);
    }
}

impl App {
    /// Every constant of the engine, with the weights that are active now.
    #[must_use]
    pub fn engine(&self) -> Arc<EngineConfig> {
        self.active_engine.get()
    }

    /// Takes over the weights that are active in the store and the A/B test that runs, where another instance
    /// or an earlier run changed them.
    ///
    /// # Errors
    /// When the store cannot tell; what is in use stays.
    pub async fn refresh_weights(&self) -> Result<(), AppError> {
        self.take_over().await.map(drop)
    }

    /// The same; gives the version that is active.
    async fn take_over(&self) -> Result<Option<WeightSet>, AppError> {
        let _turn = self.active_engine.turn.lock().await;
        let trial = self.running_trial().await?;
        self.active_engine.set_trial(trial);
        let active = self.store.active_weights().await?;
        let config = match &active {
            Some(set) => self.engine_with(set)?,
            None => self.config.engine.clone(),
        };
        if *self.engine() != config {
            tracing::info!(weights = config.weights_id(), "these weights are active now");
            self.active_engine.set(config);
            self.signals.forget();
        }
        Ok(active)
    }

    /// The weights that signals are made with now.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn weights(&self) -> Result<WeightsAnswer, AppError> {
        match self.take_over().await? {
            Some(set) => answer(&set),
            None => Ok(self.configured_weights(true)),
        }
    }

    /// Makes a new version with these weights and makes it the active one; signals use it at once.
    ///
    /// # Errors
    /// When a weight is negative or they do not sum to 100; when others change them again and again at this moment;
    /// when the store fails.
    pub async fn change_weights(&self, change: WeightChange, actor: &str) -> Result<WeightsAnswer, AppError> {
        if change.weights.is_empty() {
            return Err(invalid("no weight is named"));
        }
        for _ in 0..ATTEMPTS {
            self.refresh_weights().await?;
            let engine = self.engine();
            let weights = changed(engine.weights, &change.weights);
            let note = change.note.as_deref();
            if self.replace_weights(weights, &engine.weights_id(), note, actor).await?.is_some() {
                return self.weights().await;
            }
        }
        Err(invalid("others change the weights at this moment; try again"))
    }

    /// Makes these weights a new version and the active one, where `instead_of` is the active one still; gives the
    /// version's name. `None`: something else is active, and nothing was written.
    async fn replace_weights(
        &self,
        weights: Weights,
        instead_of: &str,
        note: Option<&str>,
        actor: &str,
    ) -> Result<Option<String>, AppError> {
        weights.validate().map_err(|error| invalid(error.reason))?;
        let (id, json) = (new_id(), WeightTable::from(weights).json()?);
        let instead = Some(self.in_place_of(instead_of));
        let is_done =
            self.store.add_weights(&id, json, actor, note, instead).await.map_err(AppError::asked)?;
        if is_done {
            self.refresh_weights().await?;
        }
        Ok(is_done.then_some(id))
    }

    /// What the store calls weights that are served under this name.
    fn in_place_of<'a>(&self, weights_id: &'a str) -> InPlaceOf<'a> {
        if weights_id == self.config.engine.weights_id() {
            InPlaceOf::Configured
        } else {
            InPlaceOf::Version(weights_id)
        }
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
                .filter(|entry| {
                    ["weights.", "ab_test.", "auto_optimization."]
                        .iter()
                        .any(|of| entry.action.starts_with(of))
                })
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

    /// The configured engine with other weights.
    fn engine_under(&self, id: &str, weights: Weights) -> Result<EngineConfig, AppError> {
        let mut config = self.config.engine.clone();
        config.weights = weights;
        config.weights_id = Some(id.to_owned());
        config.validate().map_err(|error| {
            tracing::error!(%error, id, "stored weights are not usable");
            AppError::Internal
        })?;
        Ok(config)
    }

    fn engine_with(&self, set: &WeightSet) -> Result<EngineConfig, AppError> {
        self.engine_under(&set.id, table(set)?.into())
    }
}

fn invalid(reason: impl Into<String>) -> AppError {
    AppError::Invalid { field: "weights", reason: reason.into() }
}

/// The name of a new version.
fn new_id() -> String {
    format!("weights-{}", ulid::Ulid::new())
}

/// These weights with some changed.
fn changed(mut weights: Weights, change: &[(Factor, f64)]) -> Weights {
    for (factor, weight) in change {
        weights.set(*factor, *weight);
    }
    weights
}

fn table(set: &WeightSet) -> Result<WeightTable, AppError> {
    WeightTable::stored(&set.id, &set.weights)
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
