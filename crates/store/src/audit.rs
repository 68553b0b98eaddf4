//! Who changed what, and when.

use domain::UtcMs;
use ulid::Ulid;

use crate::db::{Tx, Value};
use crate::signals::Json;
use crate::{Store, StoreError};

/// One change.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    /// ULID.
    pub id: String,
    /// When.
    pub at: UtcMs,
    /// Who: the name of a key, or the program itself.
    pub actor: String,
    /// What was done: `weights.activate`.
    pub action: String,
    /// To what.
    pub subject: String,
    /// More about it.
    pub detail: Option<Json>,
}

const INSERT: &str =
    "INSERT INTO audit (id, at, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5, $6)";

fn values(at: UtcMs, actor: &str, action: &str, subject: &str, detail: Option<Json>) -> Vec<Value> {
    vec![
        Ulid::new().to_string().into(),
        at.into(),
        actor.into(),
        action.into(),
        subject.into(),
        detail.into(),
    ]
}

/// Records a change in the transaction that makes it.
pub(crate) async fn record(
    tx: &mut Tx<'_>,
    at: UtcMs,
    actor: &str,
    action: &str,
    subject: &str,
    detail: Option<Json>,
) -> Result<(), StoreError> {
    tx.execute(INSERT, values(at, actor, action, subject, detail)).await.map(|_| ())
}

impl Store {
    /// Records a change that was made elsewhere.
    pub async fn record_audit(
        &self,
        actor: &str,
        action: &str,
        subject: &str,
        detail: Option<Json>,
    ) -> Result<(), StoreError> {
        self.db().execute(INSERT, values(self.now(), actor, action, subject, detail)).await.map(|_| ())
    }

    /// The newest changes, newest first.
    pub async fn audit(&self, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        let sql = "SELECT id, at, actor, action, subject, CAST(detail AS TEXT) AS detail FROM audit \
            ORDER BY at DESC, id DESC LIMIT $1";
        let rows = self.db().fetch(sql, vec![i64::from(limit).into()]).await?;
        rows.iter()
            .map(|row| {
                Ok(AuditEntry {
                    id: row.get("id")?,
                    at: row.instant("at")?,
                    actor: row.get("actor")?,
                    action: row.get("action")?,
                    subject: row.get("subject")?,
                    detail: row.json("detail")?,
                })
            })
            .collect()
    }
}
