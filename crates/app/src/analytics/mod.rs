//! How well signals did: stored signals and their checks, in lists and in figures. Every figure comes with
//! how many independent outcomes stand behind it.

mod columns;
/// Rows as CSV.
pub mod csv;
/// Figures over finished checks.
pub mod figures;
/// Which factor said what came.
pub mod importance;
pub(crate) mod ledger;
mod memo;
/// Stored signals and checks as rows.
pub mod rows;
/// What is kept, and where.
pub mod storage;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::UtcMs;
use schemars::JsonSchema;
use serde::Serialize;
use store::StoreError;
use upstream::Ask;

pub use memo::Written;
pub use store::{OutcomeFilter, SignalFilter};

use crate::{App, AppError};
use columns::{Columns, Name, Selected};
use figures::{Dimension, GroupFigures, HorizonFigures, Reliability};
use memo::Facts;
use rows::CountBy;

/// Most groups of one dimension.
const MOST_GROUPS: usize = 24;
/// Most coins in a list of counts.
const MOST_SYMBOLS: usize = 50;
/// Rows that are summed on the spot; more are summed beside the tasks that answer.
const FEW_ROWS: usize = 4_000;

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
    /// What wins, and what a trade costs.
    pub rules: Rules,
    /// All of them, by horizon.
    pub overall: Arc<Written<Vec<HorizonFigures>>>,
    /// By group and horizon.
    pub groups: Arc<Written<Vec<GroupFigures>>>,
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
    pub signals: Arc<Written<SignalTotals>>,
    /// Checks and what became of them.
    pub tracking: TrackingAnswer,
    /// Figures by horizon.
    pub overall: Arc<Written<Vec<HorizonFigures>>>,
    /// Scores read as probabilities of a rise, against what came.
    pub reliability: Arc<Written<Vec<Reliability>>>,
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
            Ok(resolved) => resolved.instrument.symbol().to_owned(),
            Err(_) => symbol.trim().to_ascii_uppercase(),
        }
    }

    /// Figures over the finished checks of a filter, in all and by groups. Void checks are left out.
    ///
    /// # Errors
    /// A period that ends before it begins; the store's failures.
    pub async fn performance(
        &self,
        filter: &OutcomeFilter,
        by: &[Dimension],
    ) -> Result<PerformanceAnswer, AppError> {
        check_period(filter.from, filter.to)?;
        let facts = self.ledger.now().await?.facts;
        let selected = facts.columns.select(filter);
        let known = facts.known_overall(&selected).zip(facts.known_groups(&selected, by));
        let (overall, groups) = if let Some(known) = known {
            known
        } else {
            let (asked, by, span) = (filter.clone(), by.to_vec(), selected.span());
            summed(facts, span, move |facts| {
                let groups = facts.groups(&selected, &by, &asked, true);
                (facts.overall(&selected, &asked, true), groups)
            })
            .await?
        };
        Ok(PerformanceAnswer {
            data_source: self.config.data_source.as_str().to_owned(),
            from: filter.from,
            to: filter.to,
            based_on: overall.iter().map(|of| of.figures.count).sum(),
            rules: self.rules(),
            overall,
            groups,
            note: NOTE.to_owned(),
        })
    }

    /// Signals, checks, figures, and scores against what came.
    ///
    /// # Errors
    /// A period that ends before it begins; the store's failures.
    pub async fn performance_overview(&self, filter: &OutcomeFilter) -> Result<OverviewAnswer, AppError> {
        check_period(filter.from, filter.to)?;
        let facts = self.ledger.now().await?.facts;
        let selected = facts.columns.select(filter);
        let known = facts.known_overall(&selected).zip(facts.known_reliability(&selected));
        let (overall, reliability) = if let Some(known) = known {
            known
        } else {
            let (asked, span) = (filter.clone(), selected.span());
            summed(facts, span, move |facts| {
                let reliability = facts.reliability(&selected, &asked, true);
                (facts.overall(&selected, &asked, true), reliability)
            })
            .await?
        };
        Ok(OverviewAnswer {
            data_source: self.config.data_source.as_str().to_owned(),
            signals: self.signal_totals(filter.symbol.as_deref(), filter.from, filter.to).await?,
            tracking: self.tracking().await?,
            overall,
            reliability,
            note: format!(
                "{NOTE} The score is no calibrated probability; 'reliability' shows how far it is from one."
            ),
        })
    }

    /// Stored signals in numbers: of one coin or all, from an instant on, before another.
    ///
    /// # Errors
    /// A period that ends before it begins; the store's failures.
    pub async fn signal_totals(
        &self,
        symbol: Option<&str>,
        from: Option<UtcMs>,
        to: Option<UtcMs>,
    ) -> Result<Arc<Written<SignalTotals>>, AppError> {
        check_period(from, to)?;
        let asked = OutcomeFilter { symbol: symbol.map(str::to_owned), from, to, ..OutcomeFilter::default() };
        let facts = self.ledger.now().await?.facts;
        let selected = facts.columns.select_signals(&asked);
        if let Some(known) = facts.known_totals(&selected) {
            return Ok(known);
        }
        let span = selected.span();
        summed(facts, span, move |facts| facts.totals(&selected, &asked, true)).await
    }

    /// Checks by state.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn tracking(&self) -> Result<TrackingAnswer, AppError> {
        let moment = self.ledger.now().await?;
        let (columns, waiting) = (&moment.facts.columns, moment.waiting);
        let now = self.clock.now();
        Ok(TrackingAnswer {
            timestamp: now,
            pending: waiting.pending,
            claimed: waiting.claimed,
            judged: columns.judged(),
            void: columns.void,
            next_due_at: waiting.next_due_at,
            overdue_seconds: waiting.next_due_at.map_or(0, |due| now.since(due).max(0) / 1_000),
            horizons: crate::outcomes::HORIZONS_S.into_iter().map(figures::horizon_name).collect(),
            rules: self.rules(),
        })
    }

    /// Takes in every signal and check that is stored by now, so that the next who asks for figures gets those
    /// of now and need not wait.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn catch_up_figures(&self) -> Result<(), AppError> {
        self.ledger.catch_up().await.map(|_| ())
    }

    /// Deletes every stored signal of this data source with its checks, and writes down who did it.
    ///
    /// # Errors
    /// Without confirmation; the store's failures.
    pub async fn clear_history(&self, confirm: bool, actor: &str) -> Result<u64, AppError> {
        let deleted = self.store.clear(confirm).await.map_err(AppError::asked)?;
        let detail = serde_json::value::to_raw_value(&serde_json::json!({"signals": deleted})).ok();
        let subject = self.config.data_source.as_str();
        self.ledger.forget();
        self.signals.forget();
        self.store.record_audit(actor, "history.clear", subject, detail).await?;
        Ok(deleted)
    }
}

/// Sums beside the tasks that answer, unless it is little.
async fn summed<T: Send + 'static>(
    facts: Arc<Facts>,
    rows: usize,
    sum: impl FnOnce(&Facts) -> T + Send + 'static,
) -> Result<T, AppError> {
    if rows <= FEW_ROWS {
        return Ok(sum(&facts));
    }
    let work = tokio::task::spawn_blocking(move || sum(&facts)).await;
    work.map_err(|fault| AppError::Store(StoreError::Read(fault.to_string())))
}

impl SignalTotals {
    fn of(columns: &Columns, selected: &Selected) -> Self {
        let mut counts: [BTreeMap<Name, u64>; 4] = Default::default();
        let (mut total, mut scores, mut first_at, mut last_at) = (0_u64, 0.0, None, None);
        for signal in columns.signals(selected) {
            total += 1;
            scores += signal.score;
            first_at = first_at.or(Some(signal.at));
            last_at = Some(signal.at);
            let keys = &signal.keys;
            for (count, key) in counts.iter_mut().zip([keys.signal, keys.symbol, keys.verdict, keys.mode]) {
                *count.entry(key).or_default() += 1;
            }
        }
        let [by_signal, by_symbol, by_verdict, by_mode] = counts.map(|counts| {
            let named = counts.into_iter().map(|(key, count)| (columns.names.text(key).to_owned(), count));
            let mut rows: Vec<CountBy> = named.map(|(key, count)| CountBy { key, count }).collect();
            rows.sort_by(|one, other| (other.count, &one.key).cmp(&(one.count, &other.key)));
            rows
        });
        Self {
            total,
            by_signal,
            by_symbol: by_symbol.into_iter().take(MOST_SYMBOLS).collect(),
            by_verdict,
            by_mode,
            average_score: (total > 0).then(|| analysis::statistics::round_to(scores / total as f64, 2)),
            first_at,
            last_at,
        }
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
