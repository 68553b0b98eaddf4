//! Reading signals back. Every read sees the rows of its own data source only.

use domain::UtcMs;

use super::{Cursor, StoredSignal};
use crate::db::{Row, Statement};
use crate::{Store, StoreError};

const COLUMNS: &str = "SELECT id, symbol, signal, score, score_band, confidence, price, timestamp, created_at, mode, \
    venue, instrument, engine_version, weights_id, data_source, origin, verdict, risk_mode, verdict_source, \
    stop_loss, take_profit, CAST(reasons AS TEXT) AS reasons, CAST(metrics AS TEXT) AS metrics, \
    CAST(comprehensive_metrics AS TEXT) AS comprehensive_metrics, \
    CAST(lunarcrush_metrics AS TEXT) AS lunarcrush_metrics, CAST(coinapi_metrics AS TEXT) AS coinapi_metrics, \
    CAST(smc_analysis AS TEXT) AS smc_analysis, CAST(ai_validation AS TEXT) AS ai_validation, \
    CAST(factors AS TEXT) AS factors, CAST(extra AS TEXT) AS extra FROM signals";
/// The longest page.
const MAX_LIMIT: u32 = 1_000;

/// Which signals; everything that is `None` is not asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SignalFilter {
    /// The coin.
    pub symbol: Option<String>,
    /// `LONG`, `SHORT`, `NEUTRAL`.
    pub signal: Option<String>,
    /// The caller's mode.
    pub mode: Option<String>,
    /// The verdict.
    pub verdict: Option<String>,
    /// The risk mode.
    pub risk_mode: Option<String>,
    /// `high`, `medium`, `low`.
    pub confidence: Option<String>,
    /// `signal`, `mss`, `import`.
    pub origin: Option<String>,
    /// Lowest score, inclusive.
    pub min_score: Option<f64>,
    /// Highest score, inclusive.
    pub max_score: Option<f64>,
    /// First instant, inclusive.
    pub from: Option<UtcMs>,
    /// Last instant, exclusive.
    pub to: Option<UtcMs>,
}

/// A part of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// Newest first.
    pub items: Vec<T>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<Cursor>,
}

/// Figures over the stored signals.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// All of them.
    pub total: u64,
    /// By `LONG`, `SHORT`, …, most frequent first.
    pub by_signal: Vec<(String, u64)>,
    /// By coin, most frequent first, at most 50.
    pub by_symbol: Vec<(String, u64)>,
    /// By verdict, most frequent first; signals without one are under `None`.
    pub by_verdict: Vec<(Option<String>, u64)>,
    /// By mode, most frequent first; signals without one are under `None`.
    pub by_mode: Vec<(Option<String>, u64)>,
    /// Mean score; `None` without signals.
    pub mean_score: Option<f64>,
    /// Time of the oldest.
    pub first_at: Option<UtcMs>,
    /// Time of the newest.
    pub last_at: Option<UtcMs>,
}

impl Store {
    fn filtered(&self, head: &str, filter: &SignalFilter) -> Statement {
        let mut statement = Statement::new(head);
        statement
            .condition("data_source = ?", self.data_source().as_str())
            .condition_opt("symbol = ?", filter.symbol.as_ref())
            .condition_opt("signal = ?", filter.signal.as_ref())
            .condition_opt("mode = ?", filter.mode.as_ref())
            .condition_opt("verdict = ?", filter.verdict.as_ref())
            .condition_opt("risk_mode = ?", filter.risk_mode.as_ref())
            .condition_opt("confidence = ?", filter.confidence.as_ref())
            .condition_opt("origin = ?", filter.origin.as_ref())
            .condition_opt("score >= ?", filter.min_score)
            .condition_opt("score <= ?", filter.max_score)
            .condition_opt("timestamp >= ?", filter.from)
            .condition_opt("timestamp < ?", filter.to);
        statement
    }

    /// The newest signal of a coin.
    pub async fn latest(&self, symbol: &str) -> Result<Option<StoredSignal>, StoreError> {
        let filter = SignalFilter { symbol: Some(symbol.to_owned()), ..SignalFilter::default() };
        Ok(self.list(&filter, 1, None).await?.items.into_iter().next())
    }

    /// One signal by its id.
    pub async fn get(&self, id: &str) -> Result<Option<StoredSignal>, StoreError> {
        let mut statement = Statement::new(COLUMNS);
        statement.condition("id = ?", id).condition("data_source = ?", self.data_source().as_str());
        let (sql, values) = statement.take();
        self.db().fetch_optional(sql, values).await?.as_ref().map(stored).transpose()
    }

    /// Signals, newest first, `limit` (1 to 1000) at a time; `after` is the cursor of the page before.
    pub async fn list(
        &self,
        filter: &SignalFilter,
        limit: u32,
        after: Option<&Cursor>,
    ) -> Result<Page<StoredSignal>, StoreError> {
        let limit = limit.clamp(1, MAX_LIMIT);
        let mut statement = self.filtered(COLUMNS, filter);
        if let Some(Cursor { timestamp, id }) = after {
            statement.condition("(timestamp < ?", *timestamp).push(" OR (timestamp = ?", *timestamp);
            statement.push(" AND id < ?))", id);
        }
        statement.push(" ORDER BY timestamp DESC, id DESC LIMIT ?", i64::from(limit) + 1);
        let (sql, values) = statement.take();
        let rows = self.db().fetch(sql, values).await?;
        let mut items = rows.iter().map(stored).collect::<Result<Vec<_>, _>>()?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let is_more = items.len() > limit;
        items.truncate(limit);
        let next = if is_more { items.last().map(cursor_of) } else { None };
        Ok(Page { items, next })
    }

    /// How many signals there are.
    pub async fn count(&self, filter: &SignalFilter) -> Result<u64, StoreError> {
        let (sql, values) = self.filtered("SELECT COUNT(*) AS n FROM signals", filter).take();
        self.db().fetch_one(sql, values).await?.count("n")
    }

    /// Figures over the signals of a filter.
    pub async fn statistics(&self, filter: &SignalFilter) -> Result<Statistics, StoreError> {
        let head = "SELECT COUNT(*) AS n, AVG(score) AS mean, MIN(timestamp) AS first, MAX(timestamp) AS last FROM signals";
        let (sql, values) = self.filtered(head, filter).take();
        let row = self.db().fetch_one(sql, values).await?;
        let by_signal =
            self.counts("SELECT signal AS k, COUNT(*) AS n FROM signals", filter, u32::MAX).await?;
        let by_symbol = self.counts("SELECT symbol AS k, COUNT(*) AS n FROM signals", filter, 50).await?;
        let named = |counts: Vec<(Option<String>, u64)>| {
            counts.into_iter().filter_map(|(key, count)| Some((key?, count))).collect()
        };
        Ok(Statistics {
            total: row.count("n")?,
            by_signal: named(by_signal),
            by_symbol: named(by_symbol),
            by_verdict: self
                .counts("SELECT verdict AS k, COUNT(*) AS n FROM signals", filter, u32::MAX)
                .await?,
            by_mode: self.counts("SELECT mode AS k, COUNT(*) AS n FROM signals", filter, u32::MAX).await?,
            mean_score: row.get("mean")?,
            first_at: row.instant_opt("first")?,
            last_at: row.instant_opt("last")?,
        })
    }

    async fn counts(
        &self,
        head: &str,
        filter: &SignalFilter,
        limit: u32,
    ) -> Result<Vec<(Option<String>, u64)>, StoreError> {
        let mut statement = self.filtered(head, filter);
        statement.text(" GROUP BY 1 ORDER BY 2 DESC, 1").push(" LIMIT ?", i64::from(limit));
        let (sql, values) = statement.take();
        let rows = self.db().fetch(sql, values).await?;
        rows.iter().map(|row| Ok((row.get("k")?, row.count("n")?))).collect()
    }
}

fn cursor_of(signal: &StoredSignal) -> Cursor {
    Cursor { timestamp: signal.timestamp, id: signal.id.clone() }
}

fn stored(row: &Row) -> Result<StoredSignal, StoreError> {
    Ok(StoredSignal {
        id: row.get("id")?,
        symbol: row.get("symbol")?,
        signal: row.get("signal")?,
        score: row.get("score")?,
        score_band: row.get("score_band")?,
        confidence: row.get("confidence")?,
        price: row.get("price")?,
        timestamp: row.instant("timestamp")?,
        created_at: row.instant("created_at")?,
        mode: row.get("mode")?,
        venue: row.get("venue")?,
        instrument: row.get("instrument")?,
        engine_version: row.get("engine_version")?,
        weights_id: row.get("weights_id")?,
        data_source: row.get::<String>("data_source")?.parse()?,
        origin: row.get("origin")?,
        verdict: row.get("verdict")?,
        risk_mode: row.get("risk_mode")?,
        verdict_source: row.get("verdict_source")?,
        stop_loss: row.get("stop_loss")?,
        take_profit: row.get("take_profit")?,
        reasons: row.json("reasons")?,
        metrics: row.json("metrics")?,
        comprehensive_metrics: row.json("comprehensive_metrics")?,
        lunarcrush_metrics: row.json("lunarcrush_metrics")?,
        coinapi_metrics: row.json("coinapi_metrics")?,
        smc_analysis: row.json("smc_analysis")?,
        ai_validation: row.json("ai_validation")?,
        factors: row.json("factors")?,
        extra: row.json("extra")?,
    })
}
