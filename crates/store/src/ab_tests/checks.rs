//! Checks of what the price did after a decision, given to workers by lease and token.

use domain::UtcMs;

use crate::lease::Queue;
use crate::{ClaimedOutcome, Lease, Requeue, Store, StoreError};

/// A check in a worker's hands: as a signal's, of a long without stop and target.
pub type ClaimedAbCheck = ClaimedOutcome;

/// What a check found. Percentages are those of the price, not of a position.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JudgedAbCheck {
    /// Open of the first candle at or after the decision.
    pub entry_price: Option<f64>,
    /// Close of the candle that ends at or last before the due instant.
    pub exit_price: Option<f64>,
    /// Interval of the candles.
    pub interval: Option<String>,
    /// Exchange of the candles.
    pub venue: Option<String>,
    /// Move of the price from entry to exit, %; `None`: the check is void.
    pub move_pct: Option<f64>,
    /// What a long was worth after costs, %; `None` where funding is not known.
    pub net_long_pct: Option<f64>,
    /// The same of a short.
    pub net_short_pct: Option<f64>,
    /// Why it is void, or what else there is to say.
    pub reason: Option<String>,
}

impl Store {
    /// Takes up to `limit` checks of decisions that are due, for `lease_ms` of the database's clock. `due_by`: a
    /// replay's time; `None`: the database's, for live operation.
    pub async fn claim_ab_checks(
        &self,
        due_by: Option<UtcMs>,
        worker: &str,
        limit: u32,
        lease_ms: i64,
    ) -> Result<Vec<ClaimedAbCheck>, StoreError> {
        let Some(token) = self.claim(Queue::AbChecks, due_by, worker, limit, lease_ms).await? else {
            return Ok(Vec::new());
        };
        let sql = "SELECT c.id AS id, c.horizon_s AS horizon_s, c.due_at AS due_at, c.attempt AS attempt, \
            d.signal_id AS signal_id, d.symbol AS symbol, d.venue AS venue, d.instrument AS instrument, \
            d.timestamp AS timestamp FROM ab_checks c \
            JOIN ab_decisions d ON d.test_id = c.test_id AND d.signal_id = c.signal_id \
            WHERE c.token = $1 AND c.state = 'claimed' ORDER BY c.due_at, c.id";
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
                    signal: "LONG".to_owned(),
                    timestamp: row.instant("timestamp")?,
                    price: None,
                    stop_loss: None,
                    take_profit: None,
                })
            })
            .collect()
    }

    /// Writes what a check found. `false`: the lease is no longer held, nothing was written. A check with a figure
    /// that is not finite is written as void, with that as the reason.
    pub async fn finish_ab_check(&self, lease: &Lease, found: &JudgedAbCheck) -> Result<bool, StoreError> {
        let figures =
            [found.entry_price, found.exit_price, found.move_pct, found.net_long_pct, found.net_short_pct];
        let void;
        let found = if figures.into_iter().flatten().all(f64::is_finite) {
            found
        } else {
            tracing::warn!(check = lease.id, "a figure is not finite; the check is void");
            let reason = Some("a figure is not finite".to_owned());
            void = JudgedAbCheck { reason, ..JudgedAbCheck::default() };
            &void
        };
        let sql = "UPDATE ab_checks SET state = $1, entry_price = $2, exit_price = $3, candle_interval = $4, \
            venue = $5, move_pct = $6, net_long_pct = $7, net_short_pct = $8, reason = $9, evaluated_at = $10, \
            lease_until = NULL WHERE id = $11 AND token = $12 AND state = 'claimed'";
        let values = vec![
            if found.move_pct.is_some() { "done" } else { "void" }.into(),
            found.entry_price.into(),
            found.exit_price.into(),
            found.interval.as_ref().into(),
            found.venue.as_ref().into(),
            found.move_pct.into(),
            found.net_long_pct.into(),
            found.net_short_pct.into(),
            found.reason.as_ref().into(),
            self.now().into(),
            (&lease.id).into(),
            (&lease.token).into(),
        ];
        Ok(self.db().execute(sql, values).await? == 1)
    }

    /// Gives a check back. `false`: the lease is no longer held.
    pub async fn requeue_ab_check(&self, lease: &Lease, back: Requeue) -> Result<bool, StoreError> {
        let sql = "UPDATE ab_checks SET state = 'pending', not_before = $1, lease_until = NULL, token = NULL, \
            attempt = attempt - $2 WHERE id = $3 AND token = $4 AND state = 'claimed'";
        let untried = i64::from(back.untried);
        let values = vec![back.retry_at.into(), untried.into(), (&lease.id).into(), (&lease.token).into()];
        Ok(self.db().execute(sql, values).await? == 1)
    }
}
