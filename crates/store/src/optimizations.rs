//! Runs of the weights' optimisation: what each proposed, and the outcomes that it learns from.

use domain::UtcMs;

use crate::db::{Row, Statement};
use crate::job_state::StateEntry;
use crate::signals::Json;
use crate::{Cursor, FactorOutcome, Page, Store, StoreError, audit};

/// The longest page.
const MAX_LIMIT: u32 = 5_000;

/// A run.
#[derive(Clone, Debug)]
pub struct Optimization {
    /// ULID.
    pub id: String,
    /// When.
    pub at: UtcMs,
    /// Who asked for it: the name of a key, or the program itself.
    pub actor: String,
    /// proposed, ab_test, applied, unchanged, refused or failed.
    pub result: String,
    /// The version of the weights that it made.
    pub weights_id: Option<String>,
    /// Everything it found.
    pub report: Json,
}

impl Store {
    /// Keeps a run.
    pub async fn keep_optimization(&self, run: &Optimization) -> Result<(), StoreError> {
        let mut tx = self.db().begin().await?;
        let sql = "INSERT INTO optimizations (id, data_source, at, actor, result, weights_id, report) \
            VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let values = vec![
            (&run.id).into(),
            self.data_source().as_str().into(),
            run.at.into(),
            (&run.actor).into(),
            (&run.result).into(),
            run.weights_id.as_ref().into(),
            (&run.report).into(),
        ];
        tx.execute(sql, values).await?;
        let detail = serde_json::value::to_raw_value(&(&run.result, &run.weights_id)).ok();
        audit::record(&mut tx, run.at, &run.actor, "auto_optimization.run", &run.id, detail).await?;
        tx.commit().await
    }

    /// Runs, the newest first.
    pub async fn optimizations(&self, limit: u32) -> Result<Vec<Optimization>, StoreError> {
        let sql = "SELECT id, at, actor, result, weights_id, CAST(report AS TEXT) AS report FROM optimizations \
            WHERE data_source = $1 ORDER BY at DESC, id DESC LIMIT $2";
        let values = vec![self.data_source().as_str().into(), i64::from(limit).into()];
        self.db().read(sql, values, run).await
    }

    /// Sets a value if nobody changed it since `seen`, and records who did, in one transaction. `false`:
    /// somebody changed it.
    pub async fn set_state_recorded(
        &self,
        name: &str,
        seen: Option<&StateEntry>,
        value: Json,
        actor: &str,
        action: &str,
    ) -> Result<bool, StoreError> {
        let (now, source) = (self.now(), self.data_source().as_str());
        let mut tx = self.db().begin().await?;
        let mut values = vec![source.into(), name.into(), (&value).into(), now.into()];
        let sql = match seen {
            None => {
                "INSERT INTO kv (data_source, name, value, version, updated_at) VALUES ($1, $2, $3, 1, $4) \
                 ON CONFLICT (data_source, name) DO NOTHING"
            }
            Some(entry) => {
                values.push(entry.version.into());
                "UPDATE kv SET value = $3, version = version + 1, updated_at = $4 \
                 WHERE data_source = $1 AND name = $2 AND version = $5"
            }
        };
        if tx.execute(sql, values).await? == 0 {
            return Ok(false);
        }
        audit::record(&mut tx, now, actor, action, name, Some(value)).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Judged checks of the engine's own signals at one horizon, with the factors as stored, the newest first,
    /// `limit` (1 to 5000) at a time; of signals that this version of the engine made, before `to`.
    pub async fn learnable_outcomes(
        &self,
        horizon_s: i64,
        engine_version: &str,
        to: Option<UtcMs>,
        limit: u32,
        after: Option<&Cursor>,
    ) -> Result<Page<FactorOutcome>, StoreError> {
        let limit = limit.clamp(1, MAX_LIMIT);
        let mut statement = Statement::new(
            "SELECT s.timestamp AS timestamp, o.id AS id, o.due_at AS due_at, s.signal AS signal, \
             o.gross_pct AS gross_pct, CAST(s.factors AS TEXT) AS factors \
             FROM outcomes o JOIN signals s ON s.id = o.signal_id",
        );
        statement
            .condition("o.data_source = ?", self.data_source().as_str())
            .condition("o.state = ?", "done")
            .condition("o.horizon_s = ?", horizon_s)
            .condition("s.origin = ?", "signal")
            .condition("s.engine_version = ?", engine_version)
            .condition_opt("s.timestamp < ?", to)
            .text(" AND s.factors IS NOT NULL AND o.gross_pct IS NOT NULL");
        if let Some(Cursor { timestamp, id }) = after {
            statement.condition("(s.timestamp < ?", *timestamp).push(" OR (s.timestamp = ?", *timestamp);
            statement.push(" AND o.id < ?))", id);
        }
        statement.push(" ORDER BY s.timestamp DESC, o.id DESC LIMIT ?", i64::from(limit) + 1);
        let (sql, values) = statement.take();
        let rows = self.db().fetch(sql, values).await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let (mut items, mut next) = (Vec::with_capacity(rows.len().min(limit)), None);
        for (index, row) in rows.iter().enumerate().take(limit) {
            if index + 1 == limit && rows.len() > limit {
                next = Some(Cursor { timestamp: row.instant("timestamp")?, id: row.get("id")? });
            }
            if let Some(factors) = row.json("factors")? {
                items.push(FactorOutcome {
                    timestamp: row.instant("timestamp")?,
                    due_at: row.instant("due_at")?,
                    signal: row.get("signal")?,
                    gross_pct: row.get("gross_pct")?,
                    factors,
                });
            }
        }
        Ok(Page { items, next })
    }
}

fn run(row: &Row) -> Result<Optimization, StoreError> {
    Ok(Optimization {
        id: row.get("id")?,
        at: row.instant("at")?,
        actor: row.get("actor")?,
        result: row.get("result")?,
        weights_id: row.get("weights_id")?,
        report: row
            .json("report")?
            .ok_or_else(|| StoreError::Database("a run without its report".to_owned()))?,
    })
}
