//! Stored signals and checks as rows of answers.

use std::collections::HashMap;

use domain::UtcMs;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use store::{Cursor, EvaluatedOutcome, FirstTouch, OutcomeFilter, SignalFilter, StoredSignal};

use super::check_period;
use super::figures::horizon_name;
use crate::{App, AppError};

/// How many of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CountBy {
    /// The kind.
    pub key: String,
    /// How many.
    pub count: u64,
}

/// What became of a signal at one horizon. Percentages are in the signal's direction.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OutcomeRow {
    /// Time after the signal: 1h, 4h, 24h.
    pub horizon: String,
    /// The instant that was judged.
    pub due_at: UtcMs,
    /// When it was judged.
    pub evaluated_at: Option<UtcMs>,
    /// WIN, LOSS, NEUTRAL, or VOID where it cannot be judged.
    pub outcome: String,
    /// Open of the first candle at or after the signal.
    pub entry_price: Option<f64>,
    /// Close of the candle that ends at or last before the due instant.
    pub exit_price: Option<f64>,
    /// Length of the candles that judged it.
    pub interval: Option<String>,
    /// Exchange of the candles.
    pub venue: Option<String>,
    /// Gross profit or loss, %.
    pub pnl_pct: Option<f64>,
    /// After fees, slippage and funding, %.
    pub net_pnl_pct: Option<f64>,
    /// Whether anything is left after costs.
    pub net_win: Option<bool>,
    /// stop, target or none: what was touched first.
    pub first_touch: Option<String>,
    /// Best excursion, %.
    pub best_pct: Option<f64>,
    /// Worst excursion, %.
    pub worst_pct: Option<f64>,
    /// Why it is void, or what else there is to say.
    pub reason: Option<String>,
}

/// A check with its signal.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrackedRow {
    /// The signal.
    pub signal_id: String,
    /// The coin.
    pub symbol: String,
    /// LONG or SHORT.
    pub signal: String,
    /// 0 to 100.
    pub score: f64,
    /// The signal's time.
    pub timestamp: UtcMs,
    /// conservative, aggressive, ultra.
    pub mode: Option<String>,
    /// The verdict on the signal.
    pub verdict: Option<String>,
    /// The risk mode.
    pub risk_mode: Option<String>,
    /// Who judged: openai, rules.
    pub verdict_source: Option<String>,
    /// The weights' version.
    pub weights_id: Option<String>,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: OutcomeRow,
}

/// Checks with their signals, newest first.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrackedPage {
    /// Rows of this page.
    pub outcomes: Vec<TrackedRow>,
    /// Pass it as 'cursor' for the next page; absent at the end.
    pub next_cursor: Option<String>,
}

/// A stored signal.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignalRow {
    /// The id that its answer had.
    pub id: String,
    /// The coin.
    pub symbol: String,
    /// The exchange of the contract.
    pub venue: Option<String>,
    /// The contract.
    pub instrument: Option<String>,
    /// LONG or SHORT.
    pub signal: String,
    /// 0 to 100.
    pub score: f64,
    /// high, medium, low.
    pub confidence: Option<String>,
    /// Price at the decision.
    pub price: Option<f64>,
    /// The decision's time.
    pub timestamp: UtcMs,
    /// When the row was made.
    pub created_at: UtcMs,
    /// conservative, aggressive, ultra.
    pub mode: Option<String>,
    /// live, replay or simulated.
    pub data_source: String,
    /// signal, mss or import.
    pub origin: String,
    /// The engine's version.
    pub engine_version: Option<String>,
    /// The weights' version.
    pub weights_id: Option<String>,
    /// CONFIRM, DOWNSIZE, SKIP, WAIT.
    pub verdict: Option<String>,
    /// NORMAL, REDUCED, AVOID, AGGRESSIVE.
    pub risk_mode: Option<String>,
    /// openai or rules.
    pub verdict_source: Option<String>,
    /// Stop price.
    pub stop_loss: Option<f64>,
    /// Target price.
    pub take_profit: Option<f64>,
    /// The strongest factors, in sentences.
    #[schemars(with = "Option<Value>")]
    pub reasons: Option<Box<RawValue>>,
    /// Funding rate, open interest, social score, price trend.
    #[schemars(with = "Option<Value>")]
    pub metrics: Option<Box<RawValue>>,
    /// The eight factors; only where full rows are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Value>")]
    pub factors: Option<Box<RawValue>>,
    /// The verdict in full; only where full rows are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Value>")]
    pub ai_verdict_layer: Option<Box<RawValue>>,
    /// What became of it, at each horizon that is over.
    pub outcomes: Vec<OutcomeRow>,
}

/// Stored signals, newest first.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignalPage {
    /// Rows of this page.
    pub signals: Vec<SignalRow>,
    /// Rows on all pages.
    pub total: u64,
    /// Pass it as 'cursor' for the next page; absent at the end.
    pub next_cursor: Option<String>,
}

/// Which part of a list.
#[derive(Clone, Debug)]
pub struct PageRequest {
    /// Rows of a page.
    pub limit: u32,
    /// What the page before gave.
    pub cursor: Option<String>,
    /// With the factors and the verdict.
    pub full: bool,
}

impl PageRequest {
    fn after(&self) -> Result<Option<Cursor>, AppError> {
        self.cursor.as_deref().map(|text| text.parse().map_err(AppError::asked)).transpose()
    }
}

impl App {
    /// Stored signals of a filter with what became of them, newest first.
    ///
    /// # Errors
    /// A period that ends before it begins, a cursor that no page gave; the store's failures.
    pub async fn signal_page(
        &self,
        filter: &SignalFilter,
        request: &PageRequest,
    ) -> Result<SignalPage, AppError> {
        let (signals, next_cursor) = self.signals_of_page(filter, request).await?;
        Ok(SignalPage { signals, total: self.store.count(filter).await?, next_cursor })
    }

    /// The rows of a page, and the cursor of the next.
    pub(super) async fn signals_of_page(
        &self,
        filter: &SignalFilter,
        request: &PageRequest,
    ) -> Result<(Vec<SignalRow>, Option<String>), AppError> {
        check_period(filter.from, filter.to)?;
        let after = request.after()?;
        let page = self.store.list(filter, request.limit, after.as_ref()).await.map_err(AppError::asked)?;
        let next_cursor = page.next.map(|cursor| cursor.to_string());
        Ok((self.signal_rows(page.items, request.full).await?, next_cursor))
    }

    /// The newest stored signal of a coin, in full; `None` where there is none.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn latest_signal(&self, symbol: &str) -> Result<Option<SignalRow>, AppError> {
        let latest = self.store.latest(symbol).await?;
        Ok(self.signal_rows(latest.into_iter().collect(), true).await?.into_iter().next())
    }

    /// Finished checks of a filter, newest signals first.
    ///
    /// # Errors
    /// A period that ends before it begins, a cursor that no page gave; the store's failures.
    pub async fn tracked_page(
        &self,
        filter: &OutcomeFilter,
        request: &PageRequest,
    ) -> Result<TrackedPage, AppError> {
        check_period(filter.from, filter.to)?;
        let after = request.after()?;
        let page = self
            .store
            .evaluated_page(filter, request.limit, after.as_ref())
            .await
            .map_err(AppError::asked)?;
        Ok(TrackedPage {
            outcomes: page.items.into_iter().map(tracked).collect(),
            next_cursor: page.next.map(|cursor| cursor.to_string()),
        })
    }

    async fn signal_rows(&self, signals: Vec<StoredSignal>, full: bool) -> Result<Vec<SignalRow>, AppError> {
        let ids: Vec<String> = signals.iter().map(|signal| signal.id.clone()).collect();
        let mut outcomes: HashMap<String, Vec<OutcomeRow>> = HashMap::new();
        for found in self.store.outcomes_of(&ids).await? {
            outcomes.entry(found.signal_id.clone()).or_default().push(outcome(found));
        }
        Ok(signals
            .into_iter()
            .map(|signal| {
                let outcomes = outcomes.remove(&signal.id).unwrap_or_default();
                row(signal, outcomes, full)
            })
            .collect())
    }
}

fn row(signal: StoredSignal, outcomes: Vec<OutcomeRow>, full: bool) -> SignalRow {
    SignalRow {
        id: signal.id,
        symbol: signal.symbol,
        venue: signal.venue,
        instrument: signal.instrument,
        signal: signal.signal,
        score: signal.score,
        confidence: signal.confidence,
        price: signal.price,
        timestamp: signal.timestamp,
        created_at: signal.created_at,
        mode: signal.mode,
        data_source: signal.data_source.as_str().to_owned(),
        origin: signal.origin,
        engine_version: signal.engine_version,
        weights_id: signal.weights_id,
        verdict: signal.verdict,
        risk_mode: signal.risk_mode,
        verdict_source: signal.verdict_source,
        stop_loss: signal.stop_loss,
        take_profit: signal.take_profit,
        reasons: signal.reasons,
        metrics: signal.metrics,
        factors: signal.factors.filter(|_| full),
        ai_verdict_layer: signal.ai_validation.filter(|_| full),
        outcomes,
    }
}

fn outcome(found: EvaluatedOutcome) -> OutcomeRow {
    let EvaluatedOutcome { horizon_s, due_at, evaluated_at, outcome, .. } = found;
    OutcomeRow {
        horizon: horizon_name(horizon_s),
        due_at,
        evaluated_at,
        outcome: outcome.result.as_str().to_owned(),
        entry_price: outcome.entry_price,
        exit_price: outcome.exit_price,
        interval: outcome.interval,
        venue: outcome.venue,
        pnl_pct: outcome.gross_pct,
        net_pnl_pct: outcome.net_pct,
        net_win: outcome.net_win,
        first_touch: outcome.first_touch.map(FirstTouch::as_str).map(str::to_owned),
        best_pct: outcome.best_pct,
        worst_pct: outcome.worst_pct,
        reason: outcome.reason,
    }
}

fn tracked(found: EvaluatedOutcome) -> TrackedRow {
    TrackedRow {
        signal_id: found.signal_id.clone(),
        symbol: found.symbol.clone(),
        signal: found.signal.clone(),
        score: found.score,
        timestamp: found.timestamp,
        mode: found.mode.clone(),
        verdict: found.verdict.clone(),
        risk_mode: found.risk_mode.clone(),
        verdict_source: found.verdict_source.clone(),
        weights_id: found.weights_id.clone(),
        outcome: outcome(found),
    }
}
