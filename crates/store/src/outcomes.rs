//! What became of the signals: checks at fixed times after each, one row per check.

use domain::UtcMs;
use serde::{Deserialize, Serialize};

use crate::db::{Row, Statement};
use crate::{Lease, Store, StoreError};

/// A check to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewOutcome {
    /// ULID.
    pub id: String,
    /// Seconds after the signal's time.
    pub horizon_s: i64,
    /// The instant that is judged.
    pub due_at: UtcMs,
}

/// A check in a worker's hands, with what it needs of its signal.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimedOutcome {
    /// The right to finish it.
    pub lease: Lease,
    /// Seconds after the signal's time.
    pub horizon_s: i64,
    /// The instant that is judged.
    pub due_at: UtcMs,
    /// How many times it was given out, this one included.
    pub attempt: u64,
    /// The signal.
    pub signal_id: String,
    /// The coin.
    pub symbol: String,
    /// The exchange of the signal's contract.
    pub venue: Option<String>,
    /// The contract's native name.
    pub instrument: Option<String>,
    /// `LONG` or `SHORT`.
    pub signal: String,
    /// The signal's time.
    pub timestamp: UtcMs,
    /// Price at the decision.
    pub price: Option<f64>,
    /// Stop price.
    pub stop_loss: Option<f64>,
    /// Target price.
    pub take_profit: Option<f64>,
}

/// The judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum OutcomeVerdict {
    /// Gained at least the threshold.
    Win,
    /// Lost at least the threshold.
    Loss,
    /// In between.
    Neutral,
    /// Cannot be judged: no candles, delisted.
    Void,
}

impl OutcomeVerdict {
    /// The word in rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Win => "WIN",
            Self::Loss => "LOSS",
            Self::Neutral => "NEUTRAL",
            Self::Void => "VOID",
        }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, StoreError> {
        [Self::Win, Self::Loss, Self::Neutral, Self::Void]
            .into_iter()
            .find(|verdict| verdict.as_str() == text)
            .ok_or_else(|| StoreError::Database(format!("'{text}' is no outcome")))
    }
}

/// What the price touched first on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FirstTouch {
    /// The stop.
    Stop,
    /// The target.
    Target,
    /// Neither.
    None,
}

impl FirstTouch {
    /// The word in rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Target => "target",
            Self::None => "none",
        }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, StoreError> {
        [Self::Stop, Self::Target, Self::None]
            .into_iter()
            .find(|touch| touch.as_str() == text)
            .ok_or_else(|| StoreError::Database(format!("'{text}' is no first touch")))
    }
}

/// What a check found. Percentages are in the signal's direction.
#[derive(Clone, Debug, PartialEq)]
pub struct OutcomeResult {
    /// The judgement.
    pub result: OutcomeVerdict,
    /// Open of the first candle at or after the signal.
    pub entry_price: Option<f64>,
    /// Close of the candle that ends at or last before the due instant.
    pub exit_price: Option<f64>,
    /// Interval of the candles.
    pub interval: Option<String>,
    /// Exchange of the candles.
    pub venue: Option<String>,
    /// Gross profit or loss, %.
    pub gross_pct: Option<f64>,
    /// After fees, slippage and funding, %.
    pub net_pct: Option<f64>,
    /// Whether the net figure wins.
    pub net_win: Option<bool>,
    /// What was touched first; `None` without stop and target.
    pub first_touch: Option<FirstTouch>,
    /// Best excursion, %.
    pub best_pct: Option<f64>,
    /// Worst excursion, %.
    pub worst_pct: Option<f64>,
    /// Why it is void, or what else there is to say.
    pub reason: Option<String>,
}

impl OutcomeResult {
    /// A check that cannot be judged, and why.
    #[must_use]
    pub const fn void(reason: String) -> Self {
        Self {
            result: OutcomeVerdict::Void,
            entry_price: None,
            exit_price: None,
            interval: None,
            venue: None,
            gross_pct: None,
            net_pct: None,
            net_win: None,
            first_touch: None,
            best_pct: None,
            worst_pct: None,
            reason: Some(reason),
        }
    }
}

/// A finished check with the facts of its signal that figures are grouped by.
#[derive(Clone, Debug, PartialEq)]
pub struct EvaluatedOutcome {
    /// The check.
    pub id: String,
    /// The signal.
    pub signal_id: String,
    /// Seconds after the signal's time.
    pub horizon_s: i64,
    /// The instant that was judged.
    pub due_at: UtcMs,
    /// When it was judged.
    pub evaluated_at: Option<UtcMs>,
    /// What was found.
    pub outcome: OutcomeResult,
    /// The coin.
    pub symbol: String,
    /// `LONG` or `SHORT`.
    pub signal: String,
    /// The signal's score.
    pub score: f64,
    /// The signal's band.
    pub score_band: String,
    /// The signal's time.
    pub timestamp: UtcMs,
    /// The caller's mode.
    pub mode: Option<String>,
    /// `high`, `medium`, `low`.
    pub confidence: Option<String>,
    /// The verdict on the signal.
    pub verdict: Option<String>,
    /// The risk mode.
    pub risk_mode: Option<String>,
    /// Who judged the signal.
    pub verdict_source: Option<String>,
    /// The weights' version.
    pub weights_id: Option<String>,
    /// `signal`, `mss`.
    pub origin: String,
}

/// Which finished checks; everything that is `None` is not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutcomeFilter {
    /// Seconds after the signal's time.
    pub horizon_s: Option<i64>,
    /// The coin.
    pub symbol: Option<String>,
    /// `LONG` or `SHORT`.
    pub signal: Option<String>,
    /// The caller's mode.
    pub mode: Option<String>,
    /// The verdict on the signal.
    pub verdict: Option<String>,
    /// The risk mode.
    pub risk_mode: Option<String>,
    /// Who judged the signal.
    pub verdict_source: Option<String>,
    /// The weights' version.
    pub weights_id: Option<String>,
    /// `signal`, `mss`.
    pub origin: Option<String>,
    /// Earliest time of the signal, inclusive.
    pub from: Option<UtcMs>,
    /// Latest time of the signal, exclusive.
    pub to: Option<UtcMs>,
    /// Void ones too.
    pub with_void: bool,
}

/// How many checks are in which state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutcomeCounts {
    /// Waiting for their time, or for a worker.
    pub pending: u64,
    /// In a worker's hands.
    pub claimed: u64,
    /// Judged.
    pub done: u64,
    /// Cannot be judged.
    pub void: u64,
    /// The earliest instant among those that wait.
    pub next_due_at: Option<UtcMs>,
}

pub(crate) const EVALUATED: &str = "SELECT o.id AS id, o.signal_id AS signal_id, o.horizon_s AS horizon_s, o.due_at AS due_at, \
    o.evaluated_at AS evaluated_at, o.entry_price AS entry_price, o.exit_price AS exit_price, \
    o.candle_interval AS candle_interval, o.venue AS venue, o.gross_pct AS gross_pct, o.net_pct AS net_pct, \
    o.result AS result, o.net_win AS net_win, o.first_touch AS first_touch, o.best_pct AS best_pct, \
    o.worst_pct AS worst_pct, o.reason AS reason, s.symbol AS symbol, s.signal AS signal, s.score AS score, \
    s.score_band AS score_band, s.timestamp AS timestamp, s.mode AS mode, s.confidence AS confidence, \
    s.verdict AS verdict, s.risk_mode AS risk_mode, s.verdict_source AS verdict_source, \
    s.weights_id AS weights_id, s.origin AS origin FROM outcomes o JOIN signals s ON s.id = o.signal_id";

impl Store {
    /// The checks that were given out under a token.
    pub(crate) async fn claimed_outcomes(&self, token: String) -> Result<Vec<ClaimedOutcome>, StoreError> {
        let sql = "SELECT o.id AS id, o.horizon_s AS horizon_s, o.due_at AS due_at, o.attempt AS attempt, \
            s.id AS signal_id, s.symbol AS symbol, s.venue AS venue, s.instrument AS instrument, \
            s.signal AS signal, s.timestamp AS timestamp, s.price AS price, s.stop_loss AS stop_loss, \
            s.take_profit AS take_profit FROM outcomes o JOIN signals s ON s.id = o.signal_id \
            WHERE o.token = $1 AND o.state = 'claimed' ORDER BY o.due_at, o.id";
        let rows = self.db().fetch(sql, vec![(&token).into()]).await?;
        rows.iter()
            .map(|row| {
                Ok(ClaimedOutcome {
                    lease: Lease { id: row.get("id")?, token: token.clone() },
                    horizon_s: row.get("horizon_s")?,
                    due_at: row.instant("due_at")?,
                    attempt: row.count("attempt")?,
                    signal_id: row.get("signal_id")?,
                    symbol: row.get("symbol")?,
                    venue: row.get("venue")?,
                    instrument: row.get("instrument")?,
                    signal: row.get("signal")?,
                    timestamp: row.instant("timestamp")?,
                    price: row.get("price")?,
                    stop_loss: row.get("stop_loss")?,
                    take_profit: row.get("take_profit")?,
                })
            })
            .collect()
    }

    /// The finished checks of a filter; more may be added to the statement.
    pub(crate) fn evaluated_where(&self, head: &str, filter: &OutcomeFilter) -> Statement {
        let mut statement = Statement::new(head);
        statement
            .condition("o.data_source = ?", self.data_source().as_str())
            .condition("(o.state = 'done' OR o.state = ?)", if filter.with_void { "void" } else { "done" })
            .condition_opt("o.horizon_s = ?", filter.horizon_s)
            .condition_opt("s.symbol = ?", filter.symbol.as_ref())
            .condition_opt("s.signal = ?", filter.signal.as_ref())
            .condition_opt("s.mode = ?", filter.mode.as_ref())
            .condition_opt("s.verdict = ?", filter.verdict.as_ref())
            .condition_opt("s.risk_mode = ?", filter.risk_mode.as_ref())
            .condition_opt("s.verdict_source = ?", filter.verdict_source.as_ref())
            .condition_opt("s.weights_id = ?", filter.weights_id.as_ref())
            .condition_opt("s.origin = ?", filter.origin.as_ref())
            .condition_opt("s.timestamp >= ?", filter.from)
            .condition_opt("s.timestamp < ?", filter.to);
        statement
    }

    /// How many checks are in which state.
    pub async fn outcome_counts(&self) -> Result<OutcomeCounts, StoreError> {
        let sql = "SELECT state, COUNT(*) AS n, MIN(due_at) AS first FROM outcomes WHERE data_source = $1 GROUP BY state";
        let mut counts = OutcomeCounts::default();
        for row in self.db().fetch(sql, vec![self.data_source().as_str().into()]).await? {
            let count = row.count("n")?;
            match row.get::<String>("state")?.as_str() {
                "pending" => {
                    counts.pending = count;
                    counts.next_due_at = row.instant_opt("first")?;
                }
                "claimed" => counts.claimed = count,
                "done" => counts.done = count,
                _ => counts.void += count,
            }
        }
        Ok(counts)
    }
}

pub(crate) fn evaluated(row: &Row) -> Result<EvaluatedOutcome, StoreError> {
    let first_touch: Option<String> = row.get("first_touch")?;
    Ok(EvaluatedOutcome {
        id: row.get("id")?,
        signal_id: row.get("signal_id")?,
        horizon_s: row.get("horizon_s")?,
        due_at: row.instant("due_at")?,
        evaluated_at: row.instant_opt("evaluated_at")?,
        outcome: OutcomeResult {
            result: OutcomeVerdict::parse(&row.get::<String>("result")?)?,
            entry_price: row.get("entry_price")?,
            exit_price: row.get("exit_price")?,
            interval: row.get("candle_interval")?,
            venue: row.get("venue")?,
            gross_pct: row.get("gross_pct")?,
            net_pct: row.get("net_pct")?,
            net_win: row.get("net_win")?,
            first_touch: first_touch.as_deref().map(FirstTouch::parse).transpose()?,
            best_pct: row.get("best_pct")?,
            worst_pct: row.get("worst_pct")?,
            reason: row.get("reason")?,
        },
        symbol: row.get("symbol")?,
        signal: row.get("signal")?,
        score: row.get("score")?,
        score_band: row.get("score_band")?,
        timestamp: row.instant("timestamp")?,
        mode: row.get("mode")?,
        confidence: row.get("confidence")?,
        verdict: row.get("verdict")?,
        risk_mode: row.get("risk_mode")?,
        verdict_source: row.get("verdict_source")?,
        weights_id: row.get("weights_id")?,
        origin: row.get("origin")?,
    })
}
