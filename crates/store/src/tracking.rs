//! Giving checks to workers by two clocks, and reading finished ones page by page.

use domain::UtcMs;

use crate::lease::Queue;
use crate::outcomes::{EVALUATED, evaluated};
use crate::signals::Json;
use crate::{ClaimedOutcome, Cursor, EvaluatedOutcome, OutcomeFilter, Page, Store, StoreError};

/// The longest page.
const MAX_LIMIT: u32 = 1_000;
/// Most signals whose checks are read at once.
const MAX_SIGNALS: usize = 1_000;

/// What a factor said, beside what the price did.
#[derive(Clone, Debug)]
pub struct FactorOutcome {
    /// The signal's time.
    pub timestamp: UtcMs,
    /// The instant that was judged.
    pub due_at: UtcMs,
    /// `LONG` or `SHORT`.
    pub signal: String,
    /// Gross profit or loss in the signal's direction, %.
    pub gross_pct: f64,
    /// The signal's factors as they were stored.
    pub factors: Json,
}

impl Store {
    /// Takes up to `limit` checks that are due, those of dead workers first, then the longest due, for
    /// `lease_ms` of the database's clock. `due_by`: a replay's time; `None`: the database's, for live
    /// operation.
    pub async fn claim_due_outcomes(
        &self,
        due_by: Option<UtcMs>,
        worker: &str,
        limit: u32,
        lease_ms: i64,
    ) -> Result<Vec<ClaimedOutcome>, StoreError> {
        match self.claim(Queue::Outcomes, due_by, worker, limit, lease_ms).await? {
            Some(token) => self.claimed_outcomes(token).await,
            None => Ok(Vec::new()),
        }
    }

    /// Finished checks, the newest signals first, `limit` (1 to 1000) at a time; `after` is the cursor of the
    /// page before.
    pub async fn evaluated_page(
        &self,
        filter: &OutcomeFilter,
        limit: u32,
        after: Option<&Cursor>,
    ) -> Result<Page<EvaluatedOutcome>, StoreError> {
        let limit = limit.clamp(1, MAX_LIMIT);
        let mut statement = self.evaluated_where(EVALUATED, filter);
        if let Some(Cursor { timestamp, id }) = after {
            statement.condition("(s.timestamp < ?", *timestamp).push(" OR (s.timestamp = ?", *timestamp);
            statement.push(" AND o.id < ?))", id);
        }
        statement.push(" ORDER BY s.timestamp DESC, o.id DESC LIMIT ?", i64::from(limit) + 1);
        let (sql, values) = statement.take();
        let rows = self.db().fetch(sql, values).await?;
        let mut items = rows.iter().map(evaluated).collect::<Result<Vec<_>, _>>()?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let is_more = items.len() > limit;
        items.truncate(limit);
        let cursor_of = |row: &EvaluatedOutcome| Cursor { timestamp: row.timestamp, id: row.id.clone() };
        let next = if is_more { items.last().map(cursor_of) } else { None };
        Ok(Page { items, next })
    }

    /// The finished checks of these signals, void ones too, by signal and horizon; at most of 1000 signals.
    pub async fn outcomes_of(&self, signals: &[String]) -> Result<Vec<EvaluatedOutcome>, StoreError> {
        if signals.is_empty() {
            return Ok(Vec::new());
        }
        let filter = OutcomeFilter { with_void: true, ..OutcomeFilter::default() };
        let mut statement = self.evaluated_where(EVALUATED, &filter);
        statement.text(" AND o.signal_id IN (VALUES ");
        statement.groups(signals.iter().take(MAX_SIGNALS).map(|id| vec![id.into()]));
        let (sql, values) = statement.text(") ORDER BY o.signal_id, o.horizon_s").take();
        self.db().read(sql, values, evaluated).await
    }

    /// Judged checks with the factors of their signals, the newest signals first, at most `limit`.
    pub async fn factor_outcomes(
        &self,
        filter: &OutcomeFilter,
        limit: u32,
    ) -> Result<Vec<FactorOutcome>, StoreError> {
        let head = "SELECT s.timestamp AS timestamp, o.due_at AS due_at, s.signal AS signal, \
            o.gross_pct AS gross_pct, CAST(s.factors AS TEXT) AS factors \
            FROM outcomes o JOIN signals s ON s.id = o.signal_id";
        let filter = OutcomeFilter { with_void: false, ..filter.clone() };
        let mut statement = self.evaluated_where(head, &filter);
        statement.text(" AND s.factors IS NOT NULL AND o.gross_pct IS NOT NULL");
        statement.push(" ORDER BY s.timestamp DESC, o.id DESC LIMIT ?", i64::from(limit));
        let (sql, values) = statement.take();
        let rows = self.db().fetch(sql, values).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            if let Some(factors) = row.json("factors")? {
                found.push(FactorOutcome {
                    timestamp: row.instant("timestamp")?,
                    due_at: row.instant("due_at")?,
                    signal: row.get("signal")?,
                    gross_pct: row.get("gross_pct")?,
                    factors,
                });
            }
        }
        Ok(found)
    }
}
