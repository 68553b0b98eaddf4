//! The schema, step by step. Instances that start at once take turns.

use std::borrow::Cow;

use sqlx::sqlite::SqlitePool;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};

use super::statement::render;
use crate::{Backend, StoreError};

/// Every step, in order. A released step is never changed; a later one corrects it.
const STEPS: [(i64, &str, &str); 6] = [
    (1, "signals", include_str!("../../migrations/0001_signals.sql")),
    (2, "history", include_str!("../../migrations/0002_history.sql")),
    (3, "settings", include_str!("../../migrations/0003_settings.sql")),
    (4, "issued", include_str!("../../migrations/0004_issued.sql")),
    (5, "journal", include_str!("../../migrations/0005_journal.sql")),
    (6, "ab_tests", include_str!("../../migrations/0006_ab_tests.sql")),
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

#[cfg(test)]
mod tests {
    use sqlx::ConnectOptions as _;
    use sqlx::postgres::PgConnectOptions;
    use sqlx::sqlite::SqlitePoolOptions;

    use super::*;

    /// Rows of a database before the journal: known scores, none, no list, no factors.
    const OLDER: &str = "INSERT INTO signals (id, symbol, signal, score, timestamp, created_at, data_source, origin, \
        score_band, factors) VALUES \
        ('a', 'BTC', 'LONG', 60, 1, 1, 'live', 'signal', '60-70', \
        '[{\"factor\": \"oiTrend\", \"score\": 61.25}, {\"factor\": \"fearGreed\", \"score\": null}, \
        {\"factor\": \"fundingRate\", \"score\": 7}, 5]'), \
        ('b', 'BTC', 'LONG', 60, 1, 1, 'live', 'signal', '60-70', '[{\"factor\": \"oiTrend\"}]'), \
        ('c', 'BTC', 'LONG', 60, 1, 1, 'live', 'signal', '60-70', '{\"factor\": 1}'), \
        ('d', 'BTC', 'LONG', 60, 1, 1, 'live', 'signal', '60-70', NULL)";
    const SCORES: &str = "SELECT factor_scores FROM signals WHERE journal = 0 ORDER BY id";

    fn check(scores: &[Option<String>]) {
        assert_eq!(scores, [Some("oiTrend=61.25 fundingRate=7".to_owned()), None, None, None]);
    }

    #[tokio::test]
    async fn older_signals_get_their_scores_on_sqlite() {
        let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.unwrap();
        for (version, _, sql) in STEPS.into_iter().take(5) {
            if version == 5 {
                sqlx::raw_sql(OLDER).execute(&pool).await.unwrap();
            }
            sqlx::raw_sql(text(sql, Backend::Sqlite)).execute(&pool).await.unwrap();
        }
        check(&sqlx::query_scalar(SCORES).fetch_all(&pool).await.unwrap());
    }

    #[tokio::test]
    async fn older_signals_get_their_scores_on_postgres() {
        let server = std::env::var("PERPSIGNAL_TEST_PG")
            .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
        let mut connection = server.parse::<PgConnectOptions>().unwrap().connect().await.unwrap();
        // Nothing of it stays: the transaction is never committed.
        let mut transaction = connection.begin().await.unwrap();
        sqlx::raw_sql("CREATE SCHEMA older_scores; SET LOCAL search_path TO older_scores")
            .execute(&mut *transaction)
            .await
            .unwrap();
        for (version, _, sql) in STEPS.into_iter().take(5) {
            if version == 5 {
                sqlx::raw_sql(OLDER).execute(&mut *transaction).await.unwrap();
            }
            sqlx::raw_sql(text(sql, Backend::Postgres)).execute(&mut *transaction).await.unwrap();
        }
        check(&sqlx::query_scalar(SCORES).fetch_all(&mut *transaction).await.unwrap());
        transaction.rollback().await.unwrap();
    }
}
