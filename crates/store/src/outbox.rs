//! Alerts to be sent: rows written with their signal, so that none is lost and none invented.

use domain::UtcMs;
use serde::{Deserialize, Serialize};

use crate::db::{Row, Statement, Tx};
use crate::lease::Queue;
use crate::signals::Json;
use crate::signals::record::{check_text, storable};
use crate::{Lease, Store, StoreError};

/// An alert that waits to be sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewOutbox {
    /// ULID; the same id is written once.
    pub id: String,
    /// Who sends it: `telegram`.
    pub kind: String,
    /// What the sender needs.
    pub payload: Json,
    /// Not before this time.
    pub due_at: UtcMs,
}

/// An alert in a sender's hands.
#[derive(Clone, Debug)]
pub struct ClaimedAlert {
    /// The right to finish it.
    pub lease: Lease,
    /// The signal behind it.
    pub signal_id: Option<String>,
    /// Who sends it.
    pub kind: String,
    /// What the sender needs.
    pub payload: Json,
    /// How many times it was given out, this one included.
    pub attempt: u64,
    /// When it was written.
    pub created_at: UtcMs,
}

/// An alert as it stands.
#[derive(Clone, Debug)]
pub struct AlertRow {
    /// The row.
    pub id: String,
    /// The signal behind it.
    pub signal_id: Option<String>,
    /// Who sends it.
    pub kind: String,
    /// What is sent.
    pub payload: Json,
    /// `pending`, `claimed`, `done`, `dead`.
    pub state: String,
    /// How many times it was given out.
    pub attempt: u64,
    /// The last failure to send.
    pub last_error: Option<String>,
    /// When it was written.
    pub created_at: UtcMs,
    /// When it was sent or given up.
    pub finished_at: Option<UtcMs>,
}

/// Writes alerts into the outbox of a transaction.
pub(crate) async fn insert(
    tx: &mut Tx<'_>,
    signal_id: Option<&String>,
    data_source: &str,
    created_at: UtcMs,
    alerts: &[NewOutbox],
) -> Result<(), StoreError> {
    if alerts.is_empty() {
        return Ok(());
    }
    let mut statement = Statement::new(
        "INSERT INTO outbox (id, signal_id, data_source, kind, payload, not_before, created_at) VALUES ",
    );
    statement.groups(alerts.iter().map(|alert| {
        vec![
            (&alert.id).into(),
            signal_id.into(),
            data_source.into(),
            (&alert.kind).into(),
            (&alert.payload).into(),
            alert.due_at.into(),
            created_at.into(),
        ]
    }));
    let (sql, values) = statement.text(" ON CONFLICT (id) DO NOTHING").take();
    tx.execute(sql, values).await.map(|_| ())
}

impl Store {
    /// Writes alerts that belong to no stored signal.
    pub async fn enqueue_alerts(&self, alerts: Vec<NewOutbox>) -> Result<(), StoreError> {
        let mut checked = Vec::with_capacity(alerts.len());
        for alert in alerts {
            check_text("id", &alert.id)?;
            check_text("kind", &alert.kind)?;
            let payload = storable(alert.payload)?.ok_or_else(|| StoreError::invalid("payload", "null"))?;
            checked.push(NewOutbox { payload, ..alert });
        }
        let mut tx = self.db().begin().await?;
        insert(&mut tx, None, self.data_source().as_str(), self.now(), &checked).await?;
        tx.commit().await
    }

    /// Takes up to `limit` due alerts for `lease_ms`. `now`: a replay's time; `None`: the database's.
    pub async fn claim_alerts(
        &self,
        now: Option<UtcMs>,
        worker: &str,
        limit: u32,
        lease_ms: i64,
    ) -> Result<Vec<ClaimedAlert>, StoreError> {
        let Some(token) = self.claim(Queue::Outbox, now, worker, limit, lease_ms).await? else {
            return Ok(Vec::new());
        };
        let sql = "SELECT id, signal_id, kind, CAST(payload AS TEXT) AS payload, attempt, created_at FROM outbox \
            WHERE token = $1 AND state = 'claimed' ORDER BY not_before, id";
        let rows = self.db().fetch(sql, vec![(&token).into()]).await?;
        rows.iter()
            .map(|row| {
                Ok(ClaimedAlert {
                    lease: Lease { id: row.get("id")?, token: token.clone() },
                    signal_id: row.get("signal_id")?,
                    kind: row.get("kind")?,
                    payload: payload(row)?,
                    attempt: row.count("attempt")?,
                    created_at: row.instant("created_at")?,
                })
            })
            .collect()
    }

    /// The alert is sent. `false`: the lease is no longer held.
    pub async fn finish_alert(&self, lease: &Lease) -> Result<bool, StoreError> {
        self.end_alert(lease, "done", None).await
    }

    /// The alert is given up. `false`: the lease is no longer held.
    pub async fn bury_alert(&self, lease: &Lease, reason: &str) -> Result<bool, StoreError> {
        self.end_alert(lease, "dead", Some(reason)).await
    }

    async fn end_alert(&self, lease: &Lease, state: &str, reason: Option<&str>) -> Result<bool, StoreError> {
        let sql = "UPDATE outbox SET state = $1, finished_at = $2, last_error = COALESCE($3, last_error), \
            lease_until = NULL WHERE id = $4 AND token = $5 AND state = 'claimed'";
        let values =
            vec![state.into(), self.now().into(), reason.into(), (&lease.id).into(), (&lease.token).into()];
        Ok(self.db().execute(sql, values).await? == 1)
    }

    /// Sending failed: the alert is due again at `retry_at`. `false`: the lease is no longer held.
    pub async fn retry_alert(
        &self,
        lease: &Lease,
        retry_at: UtcMs,
        reason: &str,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE outbox SET state = 'pending', not_before = $1, last_error = $2, lease_until = NULL, \
            token = NULL WHERE id = $3 AND token = $4 AND state = 'claimed'";
        let values = vec![retry_at.into(), reason.into(), (&lease.id).into(), (&lease.token).into()];
        Ok(self.db().execute(sql, values).await? == 1)
    }

    /// The newest alerts, newest first.
    pub async fn alerts(&self, limit: u32) -> Result<Vec<AlertRow>, StoreError> {
        let sql = "SELECT id, signal_id, kind, CAST(payload AS TEXT) AS payload, state, attempt, last_error, \
            created_at, finished_at FROM outbox WHERE data_source = $1 ORDER BY created_at DESC, id DESC LIMIT $2";
        let values = vec![self.data_source().as_str().into(), i64::from(limit).into()];
        let rows = self.db().fetch(sql, values).await?;
        rows.iter()
            .map(|row| {
                Ok(AlertRow {
                    id: row.get("id")?,
                    signal_id: row.get("signal_id")?,
                    kind: row.get("kind")?,
                    payload: payload(row)?,
                    state: row.get("state")?,
                    attempt: row.count("attempt")?,
                    last_error: row.get("last_error")?,
                    created_at: row.instant("created_at")?,
                    finished_at: row.instant_opt("finished_at")?,
                })
            })
            .collect()
    }
}

fn payload(row: &Row) -> Result<Json, StoreError> {
    row.json("payload")?.ok_or_else(|| StoreError::Database("an alert without a payload".to_owned()))
}
