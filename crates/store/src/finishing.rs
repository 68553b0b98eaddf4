//! Checks that workers hold are finished or handed back, many at once: one transaction, one statement.

use std::collections::HashSet;

use domain::UtcMs;

use crate::db::{Statement, Value};
use crate::{FirstTouch, Lease, OutcomeResult, OutcomeVerdict, Store, StoreError};

/// Rows of one statement; the bound values stay below what either database takes.
const ROWS: usize = 256;

const FOUND: &str = "WITH found (id, token, state, result, entry_price, exit_price, candle_interval, venue, \
    gross_pct, net_pct, net_win, first_touch, best_pct, worst_pct, reason, evaluated_at) AS (VALUES ";
/// A row that somebody else holds locked is being taken over: it is not waited for, so that finishing never
/// waits in a circle.
const FINISH: &str = "), held AS MATERIALIZED (SELECT o.id AS id FROM outcomes o JOIN found ON found.id = o.id \
    AND found.token = o.token WHERE o.state = 'claimed'{skip_locked}) \
    UPDATE outcomes SET state = found.state, result = found.result, entry_price = found.entry_price, \
    exit_price = found.exit_price, candle_interval = found.candle_interval, venue = found.venue, \
    gross_pct = found.gross_pct, net_pct = found.net_pct, net_win = found.net_win, \
    first_touch = found.first_touch, best_pct = found.best_pct, worst_pct = found.worst_pct, \
    reason = found.reason, evaluated_at = found.evaluated_at, lease_until = NULL, \
    journal = {outcome_number} FROM found \
    WHERE outcomes.id = found.id AND outcomes.token = found.token AND outcomes.state = 'claimed' \
    AND outcomes.id IN (SELECT id FROM held) RETURNING outcomes.id AS id, outcomes.token AS token";

const BACK: &str = "WITH back (id, token, not_before, untried) AS (VALUES ";
const HAND_BACK: &str = "), held AS MATERIALIZED (SELECT o.id AS id FROM outcomes o JOIN back ON back.id = o.id \
    AND back.token = o.token WHERE o.state = 'claimed'{skip_locked}) \
    UPDATE outcomes SET state = 'pending', not_before = back.not_before, lease_until = NULL, \
    attempt = outcomes.attempt - back.untried FROM back WHERE outcomes.id = back.id AND outcomes.token = back.token AND outcomes.state = 'claimed' \
    AND outcomes.id IN (SELECT id FROM held) RETURNING outcomes.id AS id, outcomes.token AS token";

/// How a check is handed back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requeue {
    /// From when on it may be claimed again.
    pub retry_at: UtcMs,
    /// Nothing was tried: the claim does not count as an attempt.
    pub untried: bool,
}

impl Store {
    /// Writes what checks found, all in one transaction. Each answer tells whether that check's lease was
    /// still held; where it was not, nothing was written of it. A check with a figure that is not finite is
    /// written as void, with that as the reason.
    pub async fn finish_outcomes(&self, found: &[(Lease, OutcomeResult)]) -> Result<Vec<bool>, StoreError> {
        let now = self.now();
        let row = |(lease, result): &(Lease, OutcomeResult)| match not_finite(result) {
            None => row_of(lease, result, now),
            Some(figure) => {
                tracing::warn!(check = lease.id, figure, "a figure is not finite; the check is void");
                row_of(lease, &OutcomeResult::void(format!("its figure {figure} is not finite")), now)
            }
        };
        let rows = found.iter().map(row).collect();
        let written = self.write_held(FOUND, FINISH, rows).await?;
        Ok(found.iter().map(|(lease, _)| written.contains(lease)).collect())
    }

    /// Gives checks back, each to be claimed from its instant on; what they judge stays their `due_at`. Each
    /// answer tells whether that check's lease was still held.
    pub async fn requeue_outcomes(&self, back: &[(Lease, Requeue)]) -> Result<Vec<bool>, StoreError> {
        let rows = back
            .iter()
            .map(|(lease, Requeue { retry_at, untried })| {
                let untried = i64::from(*untried);
                vec![(&lease.id).into(), (&lease.token).into(), (*retry_at).into(), untried.into()]
            })
            .collect();
        let written = self.write_held(BACK, HAND_BACK, rows).await?;
        Ok(back.iter().map(|(lease, _)| written.contains(lease)).collect())
    }

    /// Those of the rows that were still held, and are written.
    async fn write_held(
        &self,
        head: &'static str,
        tail: &'static str,
        mut rows: Vec<Vec<Value>>,
    ) -> Result<HashSet<Lease>, StoreError> {
        let mut written = HashSet::with_capacity(rows.len());
        if rows.is_empty() {
            return Ok(written);
        }
        let mut tx = self.db().begin().await?;
        while !rows.is_empty() {
            let mut some: Vec<Vec<Value>> = rows.drain(..rows.len().min(ROWS)).collect();
            // Few lengths, so that the databases know the statement again; a row told twice is written once.
            if let Some(last) = some.last().cloned() {
                some.resize(some.len().next_power_of_two(), last);
            }
            let mut statement = Statement::new(head);
            statement.groups(some);
            let (sql, values) = statement.text(tail).take();
            for row in tx.fetch(sql, values).await? {
                written.insert(Lease { id: row.get("id")?, token: row.get("token")? });
            }
        }
        tx.commit().await?;
        Ok(written)
    }
}

/// The name of a figure that no database keeps as it is.
fn not_finite(found: &OutcomeResult) -> Option<&'static str> {
    let figures = [
        ("entryPrice", found.entry_price),
        ("exitPrice", found.exit_price),
        ("grossPct", found.gross_pct),
        ("netPct", found.net_pct),
        ("bestPct", found.best_pct),
        ("worstPct", found.worst_pct),
    ];
    figures
        .into_iter()
        .find(|(_, figure)| figure.is_some_and(|figure| !figure.is_finite()))
        .map(|(name, _)| name)
}

fn row_of(lease: &Lease, found: &OutcomeResult, now: UtcMs) -> Vec<Value> {
    let state = if found.result == OutcomeVerdict::Void { "void" } else { "done" };
    vec![
        (&lease.id).into(),
        (&lease.token).into(),
        state.into(),
        found.result.as_str().into(),
        found.entry_price.into(),
        found.exit_price.into(),
        found.interval.as_ref().into(),
        found.venue.as_ref().into(),
        found.gross_pct.into(),
        found.net_pct.into(),
        found.net_win.into(),
        found.first_touch.map(FirstTouch::as_str).into(),
        found.best_pct.into(),
        found.worst_pct.into(),
        found.reason.as_ref().into(),
        now.into(),
    ]
}
