//! Two sets of weights on the same signals. The control is what is served; the challenger decides on the very
//! same snapshots in the shadow. Both are judged by the same prices, and the challenger is served only when
//! somebody makes it the active weights.

/// What the arms came to.
pub mod figures;
mod shadow;

use domain::UtcMs;
use engine::config::Weights;
use schemars::JsonSchema;
use serde::Serialize;
use store::Cursor;
use store::ab_tests::{AbArm, AbDecision, AbOutcome, AbTest, NewAbTest, StoredAbDecision};
use store::weights::InPlaceOf;

pub use figures::{AbTestAnswer, AbTestsAnswer};
pub(crate) use shadow::{Trial, work};

use super::{Factor, WeightTable, WeightsAnswer, changed, invalid, new_id};
use crate::analytics::figures::horizon_name;
use crate::{App, AppError};

/// A test that is asked for.
#[derive(Clone, Debug, Default)]
pub struct AbTestRequest {
    /// What people call it.
    pub name: Option<String>,
    /// The challenger's weights by factor; those that are not named are as in the active ones.
    pub weights: Vec<(Factor, f64)>,
    /// A version that exists, instead.
    pub weights_id: Option<String>,
    /// Time after a signal at which the arms are compared, in seconds.
    pub horizon_s: i64,
    /// It ends when this many independent outcomes are judged; at most 60 000, which is what figures are made of.
    pub max_outcomes: Option<u32>,
    /// It ends at this time.
    pub ends_at: Option<UtcMs>,
    /// Why.
    pub note: Option<String>,
    /// Whether a test that runs is ended first.
    pub replace: bool,
}

/// What became of a wish to end a test.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AbStopAnswer {
    /// Whether a test was ended now.
    pub stopped: bool,
    /// The test, with what is known of it.
    pub test: Option<AbTestAnswer>,
}

/// What became of a wish to serve a challenger.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AbPromotionAnswer {
    /// Whether the challenger's weights were made the active ones now.
    pub promoted: bool,
    /// Which test.
    pub test_id: Option<String>,
    /// Why, or why not.
    pub reason: String,
    /// What signals are made with now.
    pub weights: WeightsAnswer,
}

/// What both arms said of one snapshot, and what the price did.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AbDecisionRow {
    /// The signal that was served.
    pub signal_id: String,
    /// The coin.
    pub symbol: String,
    /// conservative, aggressive, ultra.
    pub mode: String,
    /// The decision's time.
    pub timestamp: UtcMs,
    /// The engine's version.
    pub engine_version: String,
    /// What was served: LONG, SHORT or NEUTRAL.
    pub control_signal: String,
    /// Its score.
    pub control_score: f64,
    /// LONG, SHORT, NEUTRAL, or NONE with too little evidence under the challenger's weights.
    pub challenger_signal: String,
    /// Its score.
    pub challenger_score: Option<f64>,
    /// What the price did until each horizon that is judged.
    pub outcomes: Vec<AbPriceRow>,
}

/// What the price did after a decision. Percentages are those of the price.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AbPriceRow {
    /// Time after the decision: 1h, 4h, 24h.
    pub horizon: String,
    /// The instant that was judged.
    pub due_at: UtcMs,
    /// Move of the price, %; absent where it cannot be judged.
    pub move_pct: Option<f64>,
    /// What a long was worth after costs, %.
    pub net_long_pct: Option<f64>,
    /// What a short was worth after costs, %.
    pub net_short_pct: Option<f64>,
    /// Why it cannot be judged, or what else there is to say.
    pub reason: Option<String>,
}

/// Decisions of a test, newest first.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AbDecisionPage {
    /// Which test; absent where there is none.
    pub test_id: Option<String>,
    /// Rows of this page.
    pub decisions: Vec<AbDecisionRow>,
    /// Pass it as 'cursor' for the next page; absent at the end.
    pub next_cursor: Option<String>,
}

impl App {
    /// Starts a test of the active weights against others.
    ///
    /// # Errors
    /// Weights that are not possible or not different, an end that is past, a test that runs already; the
    /// store's failures.
    pub async fn create_ab_test(
        &self,
        request: AbTestRequest,
        actor: &str,
    ) -> Result<AbTestAnswer, AppError> {
        self.refresh_weights().await?;
        let engine = self.engine();
        let (challenger_id, challenger) = match (&request.weights_id, request.weights.as_slice()) {
            (Some(id), []) => self.version(id).await?,
            (None, []) => return Err(invalid("name the challenger's weights, or a version by weights_id")),
            (None, change) => (None, changed(engine.weights, change)),
            (Some(_), _) => return Err(invalid("either weights or weights_id, not both")),
        };
        challenger.validate().map_err(|error| invalid(error.reason))?;
        if challenger == engine.weights {
            return Err(invalid("the challenger's weights are those that are served already"));
        }
        if let Some(end) = request.ends_at
            && end <= self.clock.now()
        {
            return Err(AppError::Invalid { field: "end_date", reason: format!("{end} is past") });
        }
        if request.max_outcomes.is_some_and(|wanted| wanted > figures::MOST_ROWS) {
            let reason = format!("at most {}: figures are made of no more", figures::MOST_ROWS);
            return Err(AppError::Invalid { field: "max_outcomes", reason });
        }
        let id = store::ab_tests::new_id();
        let control_id = engine.weights_id();
        let name = request.name.unwrap_or_else(|| format!("against {control_id}"));
        let test = NewAbTest {
            id: id.clone(),
            name,
            control: arm(control_id, engine.weights)?,
            is_new_version: challenger_id.is_none(),
            challenger: arm(challenger_id.unwrap_or_else(new_id), challenger)?,
            horizon_s: request.horizon_s,
            max_outcomes: request.max_outcomes.map(i64::from),
            ends_at: request.ends_at,
            note: request.note,
            replace: request.replace,
        };
        if !self.store.start_ab_test(test, actor).await.map_err(AppError::asked)? {
            let running = self.store.running_ab_test().await?;
            let which = running.map_or_else(String::new, |test| format!(" ({}, {})", test.id, test.name));
            return Err(AppError::Invalid {
                field: "replace",
                reason: format!("a test runs already{which}; replace=true ends it first"),
            });
        }
        self.refresh_weights().await?;
        let test = self.store.ab_test(&id).await?.ok_or(AppError::Internal)?;
        self.ab_test_answer(test, true).await
    }

    /// Tests with what is known of them, the newest first, the three newest with figures; one alone, with figures,
    /// where it is named.
    ///
    /// # Errors
    /// A test that there is not; the store's failures.
    pub async fn ab_tests(&self, test_id: Option<&str>, limit: u32) -> Result<AbTestsAnswer, AppError> {
        let tests = match test_id {
            Some(id) => vec![self.ab_test_named(id).await?],
            None => self.store.ab_tests(limit).await?,
        };
        let mut answers = Vec::with_capacity(tests.len());
        for (index, test) in tests.into_iter().enumerate() {
            answers.push(self.ab_test_answer(test, index < figures::WITH_FIGURES).await?);
        }
        let running = self.store.running_ab_test().await?;
        Ok(AbTestsAnswer {
            running: running.map(|test| test.id),
            tests: answers,
            note: figures::NOTE.to_owned(),
        })
    }

    /// Ends a test, or the one that runs. Its decisions are still judged when they are due.
    ///
    /// # Errors
    /// A test that there is not; the store's failures.
    pub async fn stop_ab_test(
        &self,
        test_id: Option<&str>,
        note: Option<&str>,
        actor: &str,
    ) -> Result<AbStopAnswer, AppError> {
        let test = match test_id {
            Some(id) => Some(self.ab_test_named(id).await?),
            None => self.store.running_ab_test().await?,
        };
        let Some(test) = test else { return Ok(AbStopAnswer { stopped: false, test: None }) };
        let reason = note.unwrap_or("stopped by hand");
        let stopped = self.store.end_ab_test(&test.id, actor, reason).await.map_err(AppError::asked)?;
        self.refresh_weights().await?;
        let test = self.ab_test_named(&test.id).await?;
        Ok(AbStopAnswer { stopped, test: Some(self.ab_test_answer(test, true).await?) })
    }

    /// Makes a challenger the active weights, where its test ended, its control is what is served and it shows the
    /// challenger to be better, or by force.
    ///
    /// # Errors
    /// A test that there is not; the store's failures.
    pub async fn promote_ab_test(
        &self,
        test_id: Option<&str>,
        force: bool,
        actor: &str,
    ) -> Result<AbPromotionAnswer, AppError> {
        let test = match test_id {
            Some(id) => Some(self.ab_test_named(id).await?),
            None => self.store.ab_tests(1).await?.into_iter().next(),
        };
        let Some(test) = test else {
            return Ok(AbPromotionAnswer {
                promoted: false,
                test_id: None,
                reason: "there is no A/B test".to_owned(),
                weights: self.weights().await?,
            });
        };
        let id = test.id.clone();
        let found = self.ab_test_answer(test, true).await?;
        self.refresh_weights().await?;
        let against = found.against_promotion(&self.engine().weights_id());
        let (promoted, reason) = if found.promoted_at.is_some() {
            (false, "it was promoted before; admin.weights.update makes weights active again".to_owned())
        } else if let Some(reason) = &against
            && !force
        {
            (false, reason.clone())
        } else {
            let instead = if force { InPlaceOf::Any } else { self.in_place_of(&found.control.weights_id) };
            let promoted =
                self.store.promote_challenger(&id, instead, actor).await.map_err(AppError::asked)?;
            let why = match (promoted, &against) {
                (false, _) => "somebody else was first: it was promoted, or the weights were changed",
                (true, Some(_)) => "by force",
                (true, None) => "the challenger was better",
            };
            (promoted, why.to_owned())
        };
        Ok(AbPromotionAnswer { promoted, test_id: Some(id), reason, weights: self.weights().await? })
    }

    /// Decisions of a test, or of the newest, with what the price did; newest first.
    ///
    /// # Errors
    /// A test that there is not, a cursor that no page gave; the store's failures.
    pub async fn ab_decisions(
        &self,
        test_id: Option<&str>,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<AbDecisionPage, AppError> {
        let after: Option<Cursor> = cursor.map(|text| text.parse().map_err(AppError::asked)).transpose()?;
        let test = match test_id {
            Some(id) => Some(self.ab_test_named(id).await?),
            None => self.store.ab_tests(1).await?.into_iter().next(),
        };
        let Some(test) = test else {
            return Ok(AbDecisionPage { test_id: None, decisions: Vec::new(), next_cursor: None });
        };
        let page = self.store.ab_decisions(&test.id, limit, after.as_ref()).await.map_err(AppError::asked)?;
        Ok(AbDecisionPage {
            test_id: Some(test.id),
            decisions: page.items.into_iter().map(decision_row).collect(),
            next_cursor: page.next.map(|cursor| cursor.to_string()),
        })
    }

    async fn ab_test_named(&self, id: &str) -> Result<AbTest, AppError> {
        let found = self.store.ab_test(id).await.map_err(AppError::asked)?;
        found.ok_or_else(|| AppError::NotFound(format!("A/B test '{id}'")))
    }

    /// The weights of a version, and its name where it is stored; the configured ones are not.
    async fn version(&self, id: &str) -> Result<(Option<String>, Weights), AppError> {
        if let Some(set) = self.store.weight_set(id).await.map_err(AppError::asked)? {
            return Ok((Some(set.id.clone()), super::table(&set)?.into()));
        }
        if id == self.config.engine.weights_id() {
            return Ok((None, self.config.engine.weights));
        }
        Err(AppError::NotFound(format!("version '{id}' of the weights")))
    }
}

/// Computes on a thread that serves nobody.
async fn apart<T: Send + 'static>(compute: impl FnOnce() -> T + Send + 'static) -> Result<T, AppError> {
    tokio::task::spawn_blocking(compute).await.map_err(|error| {
        tracing::error!(%error, "figures of an A/B test ended in a panic");
        AppError::Internal
    })
}

fn arm(weights_id: String, weights: Weights) -> Result<AbArm, AppError> {
    Ok(AbArm { weights_id, weights: WeightTable::from(weights).json()? })
}

fn decision_row(found: StoredAbDecision) -> AbDecisionRow {
    let StoredAbDecision { decision, outcomes } = found;
    let AbDecision { signal_id, symbol, mode, timestamp, engine_version, .. } = decision;
    AbDecisionRow {
        signal_id,
        symbol,
        mode,
        timestamp,
        engine_version,
        control_signal: decision.control_signal,
        control_score: decision.control_score,
        challenger_signal: decision.challenger_signal,
        challenger_score: decision.challenger_score,
        outcomes: outcomes.into_iter().map(price_row).collect(),
    }
}

fn price_row(found: AbOutcome) -> AbPriceRow {
    AbPriceRow {
        horizon: horizon_name(found.horizon_s),
        due_at: found.due_at,
        move_pct: found.move_pct,
        net_long_pct: found.net_long_pct,
        net_short_pct: found.net_short_pct,
        reason: found.reason,
    }
}
