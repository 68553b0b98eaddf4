//! How well signals did: stored signals and their checks, in lists and in figures. Every figure comes with
//! how many independent outcomes stand behind it.

/// Figures over finished checks.
pub mod figures;
/// Which factor said what came.
pub mod importance;
/// Stored signals and checks as rows.
pub mod rows;
/// What is kept, and where.
pub mod storage;

use domain::UtcMs;
use schemars::JsonSchema;
use serde::Serialize;
use store::EvaluatedOutcome;
use upstream::Ask;

pub use store::{OutcomeFilter, SignalFilter};

use crate::{App, AppError};
use figures::{Dimension, GroupFigures, HorizonFigures, Reliability};
use rows::CountBy;

/// Most checks that figures are made of, the newest first.
pub const MOST_ROWS: u32 = 60_000;
/// Most groups of one dimension.
const MOST_GROUPS: usize = 24;

/// What wins, and what a trade costs.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rules {
    /// Gross gain from which on it is a WIN, %.
    pub win_pct: f64,
    /// Gross loss from which on it is a LOSS, %.
    pub loss_pct: f64,
    /// Taker fee of each side, %.
    pub fee_pct: f64,
    /// Slippage of each side, %.
    pub slippage_pct: f64,
}

/// Figures over a period.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PerformanceAnswer {
    /// live, replay or simulated: figures never mix them.
    pub data_source: String,
    /// Signals from here on.
    pub from: Option<UtcMs>,
    /// Signals before this.
    pub to: Option<UtcMs>,
    /// Finished checks that the figures are made of.
    pub based_on: u64,
    /// Whether there are more, older ones, which are left out.
    pub truncated: bool,
    /// What wins, and what a trade costs.
    pub rules: Rules,
    /// All of them, by horizon.
    pub overall: Vec<HorizonFigures>,
    /// By group and horizon.
    pub groups: Vec<GroupFigures>,
    /// How to read it.
    pub note: String,
}

/// Scores against what came.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OverviewAnswer {
    /// live, replay or simulated.
    pub data_source: String,
    /// Stored signals.
    pub signals: SignalTotals,
    /// Checks and what became of them.
    pub tracking: TrackingAnswer,
    /// Figures by horizon.
    pub overall: Vec<HorizonFigures>,
    /// Scores read as probabilities of a rise, against what came.
    pub reliability: Vec<Reliability>,
    /// How to read it.
    pub note: String,
}

/// Stored signals in numbers.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignalTotals {
    /// All of them.
    pub total: u64,
    /// By LONG, SHORT.
    pub by_signal: Vec<CountBy>,
    /// By coin, the 50 most frequent.
    pub by_symbol: Vec<CountBy>,
    /// By verdict.
    pub by_verdict: Vec<CountBy>,
    /// By mode.
    pub by_mode: Vec<CountBy>,
    /// Mean score.
    pub average_score: Option<f64>,
    /// Time of the oldest.
    pub first_at: Option<UtcMs>,
    /// Time of the newest.
    pub last_at: Option<UtcMs>,
}

/// Checks by state.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrackingAnswer {
    /// The program's clock.
    pub timestamp: UtcMs,
    /// Waiting for their time, or for a worker.
    pub pending: u64,
    /// In a worker's hands.
    pub claimed: u64,
    /// Judged.
    pub judged: u64,
    /// Cannot be judged; the reason stands in their row.
    pub void: u64,
    /// The earliest instant among those that wait.
    pub next_due_at: Option<UtcMs>,
    /// Seconds by which it is past; 0 when it is still to come.
    pub overdue_seconds: i64,
    /// Times after a signal at which it is checked.
    pub horizons: Vec<String>,
    /// What wins, and what a trade costs.
    pub rules: Rules,
}

const NOTE: &str = "effectiveCount counts outcomes that were held at the same time as one, whatever their coin; \
    below 30 (tooFew) a rate says little. Win rates are of all judged signals; expectancyPct is the mean after \
    fees, slippage and funding.";

impl App {
    fn rules(&self) -> Rules {
        let config = &self.config.engine.outcomes;
        Rules {
            win_pct: config.win_pct,
            loss_pct: config.loss_pct,
            fee_pct: config.fee_pct,
            slippage_pct: config.slippage_pct,
        }
    }

    /// The stored name of a coin in any spelling. Where no exchange's list is to be had, or no list has it any
    /// more, the text itself in upper case.
    pub async fn stored_symbol(&self, symbol: &str, ask: Ask) -> String {
        match self.resolve(symbol, ask).await {
            Ok(resolved) => resolved.instrument.base.0.clone(),
            Err(_) => symbol.trim().to_ascii_uppercase(),
        }
    }

    async fn judged_rows(&self, filter: &OutcomeFilter) -> Result<(Vec<EvaluatedOutcome>, bool), AppError> {
        check_period(filter.from, filter.to)?;
        let rows = self.store.evaluated(filter, MOST_ROWS).await.map_err(AppError::asked)?;
        let truncated = rows.len() >= usize::try_from(MOST_ROWS).unwrap_or(usize::MAX);
        Ok((rows, truncated))
    }

    /// Figures over the finished checks of a filter, in all and by groups.
    ///
    /// # Errors
    /// A period that ends before it begins; the store's failures.
    pub async fn performance(
        &self,
        filter: &OutcomeFilter,
        by: &[Dimension],
    ) -> Result<PerformanceAnswer, AppError> {
        let (rows, truncated) = self.judged_rows(filter).await?;
        Ok(PerformanceAnswer {
            data_source: self.config.data_source.as_str().to_owned(),
            from: filter.from,
            to: filter.to,
            based_on: rows.len() as u64,
            truncated,
            rules: self.rules(),
            overall: figures::horizons(&rows),
            groups: by.iter().flat_map(|by| figures::groups(&rows, *by, MOST_GROUPS)).collect(),
            note: NOTE.to_owned(),
        })
    }

    /// Signals, checks, figures, and scores against what came.
    ///
    /// # Errors
    /// A period that ends before it begins; the store's failures.
    pub async fn performance_overview(&self, filter: &OutcomeFilter) -> Result<OverviewAnswer, AppError> {
        let (rows, _) = self.judged_rows(filter).await?;
        let signals = SignalFilter {
            from: filter.from,
            to: filter.to,
            symbol: filter.symbol.clone(),
            ..SignalFilter::default()
        };
        Ok(OverviewAnswer {
            data_source: self.config.data_source.as_str().to_owned(),
            signals: self.signal_totals(&signals).await?,
            tracking: self.tracking().await?,
            overall: figures::horizons(&rows),
            reliability: figures::reliability(&rows),
            note: format!(
                "{NOTE} The score is no calibrated probability; 'reliability' shows how far it is from one."
            ),
        })
    }

    /// Stored signals in numbers.
    ///
    /// # Errors
    /// A period that ends before it begins; the store's failures.
    pub async fn signal_totals(&self, filter: &SignalFilter) -> Result<SignalTotals, AppError> {
        check_period(filter.from, filter.to)?;
        let totals = self.store.statistics(filter).await.map_err(AppError::asked)?;
        let named = |counts: Vec<(String, u64)>| {
            counts.into_iter().map(|(key, count)| CountBy { key, count }).collect::<Vec<_>>()
        };
        let known = |counts: Vec<(Option<String>, u64)>| {
            counts
                .into_iter()
                .map(|(key, count)| CountBy { key: key.unwrap_or_else(|| "unknown".to_owned()), count })
                .collect::<Vec<_>>()
        };
        Ok(SignalTotals {
            total: totals.total,
            by_signal: named(totals.by_signal),
            by_symbol: named(totals.by_symbol),
            by_verdict: known(totals.by_verdict),
            by_mode: known(totals.by_mode),
            average_score: totals.mean_score.map(|mean| analysis::statistics::round_to(mean, 2)),
            first_at: totals.first_at,
            last_at: totals.last_at,
        })
    }

    /// Checks by state.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn tracking(&self) -> Result<TrackingAnswer, AppError> {
        let counts = self.store.outcome_counts().await?;
        let now = self.clock.now();
        Ok(TrackingAnswer {
            timestamp: now,
            pending: counts.pending,
            claimed: counts.claimed,
            judged: counts.done,
            void: counts.void,
            next_due_at: counts.next_due_at,
            overdue_seconds: counts.next_due_at.map_or(0, |due| now.since(due).max(0) / 1_000),
            horizons: crate::outcomes::HORIZONS_S.into_iter().map(figures::horizon_name).collect(),
            rules: self.rules(),
        })
    }

    /// Deletes every stored signal of this data source with its checks, and writes down who did it.
    ///
    /// # Errors
    /// Without confirmation; the store's failures.
    pub async fn clear_history(&self, confirm: bool, actor: &str) -> Result<u64, AppError> {
        let deleted = self.store.clear(confirm).await.map_err(AppError::asked)?;
        let detail = serde_json::value::to_raw_value(&serde_json::json!({"signals": deleted})).ok();
        let subject = self.config.data_source.as_str();
        self.store.record_audit(actor, "history.clear", subject, detail).await?;
        self.signals.forget();
        Ok(deleted)
    }
}

fn check_period(from: Option<UtcMs>, to: Option<UtcMs>) -> Result<(), AppError> {
    match (from, to) {
        (Some(from), Some(to)) if to <= from => Err(AppError::Invalid {
            field: "end_date",
            reason: format!("{to} is not after start_date {from}"),
        }),
        _ => Ok(()),
    }
}
