//! Job state: last runs, poll offsets, anything small that survives a restart, by name.

use domain::UtcMs;

use crate::db::Row;
use crate::signals::Json;
use crate::signals::record::{check_text, storable};
use crate::{Store, StoreError};

/// A value by its name.
#[derive(Clone, Debug)]
pub struct StateEntry {
    /// Its name: `job.outcomes.last_run`.
    pub name: String,
    /// The value.
    pub value: Json,
    /// Counts the changes, from 1.
    pub version: i64,
    /// When it was last changed.
    pub updated_at: UtcMs,
}

const COLUMNS: &str = "SELECT name, CAST(value AS TEXT) AS value, version, updated_at FROM kv";

impl Store {
    /// A value.
    pub async fn state(&self, name: &str) -> Result<Option<StateEntry>, StoreError> {
        let sql = format!("{COLUMNS} WHERE data_source = $1 AND name = $2");
        let values = vec![self.data_source().as_str().into(), name.into()];
        self.db().fetch_optional(sql, values).await?.as_ref().map(entry).transpose()
    }

    /// Values whose names begin with `prefix`, by name.
    pub async fn states(&self, prefix: &str) -> Result<Vec<StateEntry>, StoreError> {
        let sql = format!(
            "{COLUMNS} WHERE data_source = $1 AND substr(name, 1, CAST($2 AS INTEGER)) = $3 ORDER BY name"
        );
        let length = i64::try_from(prefix.chars().count()).unwrap_or(i64::MAX);
        let values = vec![self.data_source().as_str().into(), length.into(), prefix.into()];
        self.db().read(sql, values, entry).await
    }

    /// Sets a value.
    pub async fn set_state(&self, name: &str, value: Json) -> Result<(), StoreError> {
        let sql = "INSERT INTO kv (data_source, name, value, version, updated_at) VALUES ($1, $2, $3, 1, $4) \
            ON CONFLICT (data_source, name) DO UPDATE \
            SET value = excluded.value, version = kv.version + 1, updated_at = excluded.updated_at";
        self.write_state(sql, name, value, None).await.map(|_| ())
    }

    /// Sets a value if nobody changed it since `seen`: the version that was read, 0 for "there was
    /// none". `false`: somebody did.
    pub async fn set_state_if(&self, name: &str, seen: i64, value: Json) -> Result<bool, StoreError> {
        let sql = if seen == 0 {
            "INSERT INTO kv (data_source, name, value, version, updated_at) VALUES ($1, $2, $3, 1, $4) \
             ON CONFLICT (data_source, name) DO NOTHING"
        } else {
            "UPDATE kv SET value = $3, version = version + 1, updated_at = $4 \
             WHERE data_source = $1 AND name = $2 AND version = $5"
        };
        let seen = (seen != 0).then_some(seen);
        Ok(self.write_state(sql, name, value, seen).await? == 1)
    }

    async fn write_state(
        &self,
        sql: &'static str,
        name: &str,
        value: Json,
        seen: Option<i64>,
    ) -> Result<u64, StoreError> {
        check_text("name", name)?;
        let value = storable(value)?.ok_or_else(|| StoreError::invalid("value", "null"))?;
        let mut values =
            vec![self.data_source().as_str().into(), name.into(), value.into(), self.now().into()];
        if let Some(seen) = seen {
            values.push(seen.into());
        }
        self.db().execute(sql, values).await
    }

    /// Forgets a value. `false`: there was none.
    pub async fn forget_state(&self, name: &str) -> Result<bool, StoreError> {
        let values = vec![self.data_source().as_str().into(), name.into()];
        Ok(self.db().execute("DELETE FROM kv WHERE data_source = $1 AND name = $2", values).await? == 1)
    }
}

fn entry(row: &Row) -> Result<StateEntry, StoreError> {
    Ok(StateEntry {
        name: row.get("name")?,
        value: row
            .json("value")?
            .ok_or_else(|| StoreError::Database("a state without a value".to_owned()))?,
        version: row.get("version")?,
        updated_at: row.instant("updated_at")?,
    })
}
