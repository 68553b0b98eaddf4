//! The schema, step by step. Instances that start at once take turns.

use std::borrow::Cow;

use sqlx::sqlite::SqlitePool;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};

use super::statement::render;
use crate::{Backend, StoreError};

/// Every step, in order. A released step is never changed; a later one corrects it.
const STEPS: [(i64, &str, &str); 4] = [
    (1, "signals", include_str!("../../migrations/0001_signals.sql")),
    (2, "history", include_str!("../../migrations/0002_history.sql")),
    (3, "settings", include_str!("../../migrations/0003_settings.sql")),
    (4, "issued", include_str!("../../migrations/0004_issued.sql")),
];

const LEDGER: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (\
    version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)";
const NEWEST: &str = "SELECT COALESCE(MAX(version), 0) AS version FROM schema_migrations";
const RECORD: &str = "INSERT INTO schema_migrations (version, name, applied_at) VALUES ($1, $2, {now_ms})";
/// Any number will do, as long as all instances use the same: "perpsig" in ASCII.
const LOCK_KEY: i64 = 0x70_65_72_70_73_69_67;

/// The steps that a database at `version` lacks. One from a newer program is left alone.
fn missing(version: i64) -> Result<impl Iterator<Item = (i64, &'static str, &'static str)>, StoreError> {
    let newest = STEPS.last().map_or(0, |step| step.0);
    if version > newest {
        return Err(StoreError::Migration(format!(
            "the database's schema is version {version}, this program knows {newest}: use a newer program"
        )));
    }
    Ok(STEPS.into_iter().filter(move |step| step.0 > version))
}

fn text(sql: &'static str, backend: Backend) -> AssertSqlSafe<Cow<'static, str>> {
    AssertSqlSafe(render(Cow::Borrowed(sql), backend))
}

fn fault(fault: &sqlx::Error) -> StoreError {
    match StoreError::from_sqlx(fault) {
        StoreError::Database(reason) => StoreError::Migration(reason),
        passing => passing,
    }
}

/// Brings PostgreSQL up to date. The lock belongs to the transaction, so that it holds through a
/// transaction pooler as well.
pub(crate) async fn postgres(connection: &mut PgConnection) -> Result<(), StoreError> {
    let mut transaction = connection.begin().await.map_err(|error| fault(&error))?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(LOCK_KEY)
        .execute(&mut *transaction)
        .await
        .map_err(|error| fault(&error))?;
    sqlx::query(LEDGER).execute(&mut *transaction).await.map_err(|error| fault(&error))?;
    let row = sqlx::query(NEWEST).fetch_one(&mut *transaction).await.map_err(|error| fault(&error))?;
    for (version, name, sql) in missing(row.try_get("version").map_err(|error| fault(&error))?)? {
        sqlx::raw_sql(text(sql, Backend::Postgres))
            .execute(&mut *transaction)
            .await
            .map_err(|error| fault(&error))?;
        sqlx::query(text(RECORD, Backend::Postgres))
            .bind(version)
            .bind(name)
            .execute(&mut *transaction)
            .await
            .map_err(|error| fault(&error))?;
        tracing::info!(version, name, "schema step applied");
    }
    transaction.commit().await.map_err(|error| fault(&error))
}

/// Brings a SQLite file up to date, holding its write lock.
pub(crate) async fn sqlite(pool: &SqlitePool) -> Result<(), StoreError> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.map_err(|error| fault(&error))?;
    sqlx::query(LEDGER).execute(&mut *transaction).await.map_err(|error| fault(&error))?;
    let row = sqlx::query(NEWEST).fetch_one(&mut *transaction).await.map_err(|error| fault(&error))?;
    for (version, name, sql) in missing(row.try_get("version").map_err(|error| fault(&error))?)? {
        sqlx::raw_sql(text(sql, Backend::Sqlite))
            .execute(&mut *transaction)
            .await
            .map_err(|error| fault(&error))?;
        sqlx::query(text(RECORD, Backend::Sqlite))
            .bind(version)
            .bind(name)
            .execute(&mut *transaction)
            .await
            .map_err(|error| fault(&error))?;
        tracing::info!(version, name, "schema step applied");
    }
    transaction.commit().await.map_err(|error| fault(&error))
}
