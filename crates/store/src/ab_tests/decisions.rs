//! What both arms of a test said of the same snapshot, by the signal's id.

use domain::UtcMs;

use crate::db::{Row, Statement, Value};
use crate::signals::record::check_text;
use crate::{Cursor, NewOutcome, Page, Store, StoreError};

/// The longest page.
const MAX_LIMIT: u32 = 1_000;

/// What both arms said.
#[derive(Clone, Debug, PartialEq)]
pub struct AbDecision {
    /// The test.
    pub test_id: String,
    /// The id of the signal that was served.
    pub signal_id: String,
    /// The coin.
    pub symbol: String,
    /// The exchange of the contract.
    pub venue: String,
    /// The contract's native name.
    pub instrument: String,
    /// The caller's mode.
    pub mode: String,
    /// The decision's time.
    pub timestamp: UtcMs,
    /// The engine's version.
    pub engine_version: String,
    /// The weights that were served.
    pub control_id: String,
    /// What was served: LONG, SHORT or NEUTRAL.
    pub control_signal: String,
    /// Its score.
    pub control_score: f64,
    /// The weights in the shadow.
    pub challenger_id: String,
    /// What they would have said: LONG, SHORT, NEUTRAL, or NONE with too little evidence under them.
    pub challenger_signal: String,
    /// Their score; `None` with too little evidence.
    pub challenger_score: Option<f64>,
}

/// A decision with what the price did afterwards.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredAbDecision {
    /// What both arms said.
    pub decision: AbDecision,
    /// Judged and void checks, by horizon.
    pub outcomes: Vec<AbOutcome>,
}

/// A finished check of a decision. Percentages are those of the price, not of a position.
#[derive(Clone, Debug, PartialEq)]
pub struct AbOutcome {
    /// The signal.
    pub signal_id: String,
    /// The decision's time.
    pub timestamp: UtcMs,
    /// What was served.
    pub control_signal: String,
    /// What the challenger said.
    pub challenger_signal: String,
    /// Seconds after the decision.
    pub horizon_s: i64,
    /// The instant that was judged.
    pub due_at: UtcMs,
    /// Move of the price from entry to exit, %; `None` when void.
    pub move_pct: Option<f64>,
    /// What a long was worth after costs, %.
    pub net_long_pct: Option<f64>,
    /// What a short was worth after costs, %.
    pub net_short_pct: Option<f64>,
    /// Why it is void, or what else there is to say.
    pub reason: Option<String>,
}

/// A test's decisions in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AbCounts {
    /// Decisions of both arms on one snapshot.
    pub decisions: u64,
    /// LONG and SHORT of the control.
    pub control_signals: u64,
    /// LONG and SHORT of the challenger.
    pub challenger_signals: u64,
    /// Decisions on which they differ.
    pub disagreements: u64,
    /// Checks that wait for their time or a worker.
    pub pending_checks: u64,
    /// Checks that are judged.
    pub judged_checks: u64,
    /// Checks that cannot be judged.
    pub void_checks: u64,
}

const OUTCOMES: &str = "SELECT d.signal_id AS signal_id, d.timestamp AS timestamp, \
    d.control_signal AS control_signal, d.challenger_signal AS challenger_signal, c.horizon_s AS horizon_s, \
    c.due_at AS due_at, c.move_pct AS move_pct, c.net_long_pct AS net_long_pct, \
    c.net_short_pct AS net_short_pct, c.reason AS reason FROM ab_checks c \
    JOIN ab_decisions d ON d.test_id = c.test_id AND d.signal_id = c.signal_id WHERE ";

impl Store {
    /// Keeps what both arms said, with checks of the price, while the test runs. `false`: it runs no more, or
    /// this signal is kept already.
    ///
    /// # Errors
    /// `Invalid` for a text or figure that cannot be stored.
    pub async fn keep_ab_decision(
        &self,
        said: &AbDecision,
        checks: &[NewOutcome],
    ) -> Result<bool, StoreError> {
        check_text("signal_id", &said.signal_id)?;
        if !said.control_score.is_finite() || said.challenger_score.is_some_and(|score| !score.is_finite()) {
            return Err(StoreError::invalid("score", "not finite"));
        }
        let mut tx = self.db().begin().await?;
        // Locked until all rows are in: a test that ends meanwhile ends after them.
        let sql =
            "SELECT id FROM ab_tests WHERE id = $1 AND data_source = $2 AND state = 'running'{for_share}";
        let source = self.data_source().as_str();
        if tx.fetch(sql, vec![(&said.test_id).into(), source.into()]).await?.is_empty() {
            return Ok(false);
        }
        let sql = "INSERT INTO ab_decisions (test_id, signal_id, symbol, venue, instrument, mode, timestamp, \
            engine_version, control_id, control_signal, control_score, challenger_id, challenger_signal, \
            challenger_score) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
            ON CONFLICT DO NOTHING";
        let values: Vec<Value> = vec![
            (&said.test_id).into(),
            (&said.signal_id).into(),
            (&said.symbol).into(),
            (&said.venue).into(),
            (&said.instrument).into(),
            (&said.mode).into(),
            said.timestamp.into(),
            (&said.engine_version).into(),
            (&said.control_id).into(),
            (&said.control_signal).into(),
            said.control_score.into(),
            (&said.challenger_id).into(),
            (&said.challenger_signal).into(),
            said.challenger_score.into(),
        ];
        if tx.execute(sql, values).await? == 0 {
            return Ok(false);
        }
        if !checks.is_empty() {
            let mut statement = Statement::new(
                "INSERT INTO ab_checks (id, test_id, signal_id, data_source, horizon_s, due_at, not_before) VALUES ",
            );
            statement.groups(checks.iter().map(|check| {
                vec![
                    (&check.id).into(),
                    (&said.test_id).into(),
                    (&said.signal_id).into(),
                    source.into(),
                    check.horizon_s.into(),
                    check.due_at.into(),
                    check.due_at.into(),
                ]
            }));
            let (sql, values) = statement.take();
            tx.execute(sql, values).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// A test's judged checks, at one horizon or at all, the newest decisions first, at most `limit`.
    pub async fn ab_outcomes(
        &self,
        test_id: &str,
        horizon_s: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AbOutcome>, StoreError> {
        let mut statement = Statement::new(OUTCOMES);
        statement.push("c.test_id = ?", test_id).text(" AND c.state = 'done'");
        if let Some(horizon_s) = horizon_s {
            statement.push(" AND c.horizon_s = ?", horizon_s);
        }
        statement.push(" ORDER BY d.timestamp DESC, c.id DESC LIMIT ?", i64::from(limit));
        let (sql, values) = statement.take();
        self.db().read(sql, values, outcome).await
    }

    /// How many of a test's checks at one horizon are judged.
    pub async fn ab_judged_at(&self, test_id: &str, horizon_s: i64) -> Result<u64, StoreError> {
        let sql = "SELECT COUNT(*) AS judged FROM ab_checks \
            WHERE test_id = $1 AND state = 'done' AND horizon_s = $2";
        self.db().fetch_one(sql, vec![test_id.into(), horizon_s.into()]).await?.count("judged")
    }

    /// A test's decisions in numbers.
    pub async fn ab_counts(&self, test_id: &str) -> Result<AbCounts, StoreError> {
        let sql = "SELECT COUNT(*) AS decisions, \
            COUNT(CASE WHEN control_signal IN ('LONG', 'SHORT') THEN 1 END) AS control_signals, \
            COUNT(CASE WHEN challenger_signal IN ('LONG', 'SHORT') THEN 1 END) AS challenger_signals, \
            COUNT(CASE WHEN control_signal <> challenger_signal AND (control_signal IN ('LONG', 'SHORT') \
            OR challenger_signal IN ('LONG', 'SHORT')) THEN 1 END) AS disagreements \
            FROM ab_decisions WHERE test_id = $1";
        let said = self.db().fetch_one(sql, vec![test_id.into()]).await?;
        let sql = "SELECT COUNT(CASE WHEN state IN ('pending', 'claimed') THEN 1 END) AS pending, \
            COUNT(CASE WHEN state = 'done' THEN 1 END) AS judged, \
            COUNT(CASE WHEN state = 'void' THEN 1 END) AS void FROM ab_checks WHERE test_id = $1";
        let checked = self.db().fetch_one(sql, vec![test_id.into()]).await?;
        Ok(AbCounts {
            decisions: said.count("decisions")?,
            control_signals: said.count("control_signals")?,
            challenger_signals: said.count("challenger_signals")?,
            disagreements: said.count("disagreements")?,
            pending_checks: checked.count("pending")?,
            judged_checks: checked.count("judged")?,
            void_checks: checked.count("void")?,
        })
    }

    /// A test's decisions with their finished checks, the newest first, `limit` (1 to 1000) at a time; `after`
    /// is the cursor of the page before.
    pub async fn ab_decisions(
        &self,
        test_id: &str,
        limit: u32,
        after: Option<&Cursor>,
    ) -> Result<Page<StoredAbDecision>, StoreError> {
        let limit = limit.clamp(1, MAX_LIMIT);
        let mut statement = Statement::new(
            "SELECT test_id, signal_id, symbol, venue, instrument, mode, timestamp, engine_version, control_id, \
             control_signal, control_score, challenger_id, challenger_signal, challenger_score FROM ab_decisions",
        );
        statement.condition("test_id = ?", test_id);
        if let Some(Cursor { timestamp, id }) = after {
            statement.condition("(timestamp < ?", *timestamp).push(" OR (timestamp = ?", *timestamp);
            statement.push(" AND signal_id < ?))", id);
        }
        statement.push(" ORDER BY timestamp DESC, signal_id DESC LIMIT ?", i64::from(limit) + 1);
        let (sql, values) = statement.take();
        let rows = self.db().fetch(sql, values).await?;
        let mut said = rows.iter().map(decision).collect::<Result<Vec<_>, _>>()?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let is_more = said.len() > limit;
        said.truncate(limit);
        let next = said
            .last()
            .filter(|_| is_more)
            .map(|last| Cursor { timestamp: last.timestamp, id: last.signal_id.clone() });
        let mut items: Vec<StoredAbDecision> =
            said.into_iter().map(|decision| StoredAbDecision { decision, outcomes: Vec::new() }).collect();
        if items.is_empty() {
            return Ok(Page { items, next });
        }
        let mut statement = Statement::new(OUTCOMES);
        statement.push("c.test_id = ? AND c.state IN ('done', 'void') AND c.signal_id IN (VALUES ", test_id);
        statement.groups(items.iter().map(|item| vec![(&item.decision.signal_id).into()]));
        let (sql, values) = statement.text(") ORDER BY c.horizon_s").take();
        for row in self.db().fetch(sql, values).await? {
            let found = outcome(&row)?;
            if let Some(item) = items.iter_mut().find(|item| item.decision.signal_id == found.signal_id) {
                item.outcomes.push(found);
            }
        }
        Ok(Page { items, next })
    }
}

fn decision(row: &Row) -> Result<AbDecision, StoreError> {
    Ok(AbDecision {
        test_id: row.get("test_id")?,
        signal_id: row.get("signal_id")?,
        symbol: row.get("symbol")?,
        venue: row.get("venue")?,
        instrument: row.get("instrument")?,
        mode: row.get("mode")?,
        timestamp: row.instant("timestamp")?,
        engine_version: row.get("engine_version")?,
        control_id: row.get("control_id")?,
        control_signal: row.get("control_signal")?,
        control_score: row.get("control_score")?,
        challenger_id: row.get("challenger_id")?,
        challenger_signal: row.get("challenger_signal")?,
        challenger_score: row.get("challenger_score")?,
    })
}

fn outcome(row: &Row) -> Result<AbOutcome, StoreError> {
    Ok(AbOutcome {
        signal_id: row.get("signal_id")?,
        timestamp: row.instant("timestamp")?,
        control_signal: row.get("control_signal")?,
        challenger_signal: row.get("challenger_signal")?,
        horizon_s: row.get("horizon_s")?,
        due_at: row.instant("due_at")?,
        move_pct: row.get("move_pct")?,
        net_long_pct: row.get("net_long_pct")?,
        net_short_pct: row.get("net_short_pct")?,
        reason: row.get("reason")?,
    })
}
