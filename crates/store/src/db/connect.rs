//! Pools and their settings.

use std::path::Path;
use std::str::FromStr;
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use crate::{Backend, StoreError};

/// How long a call waits for a connection.
pub(crate) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
const MAX_CONNECTIONS: u32 = 10;
const MIN_CONNECTIONS: u32 = 2;
/// How long a statement waits for another process that writes to the same SQLite file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Between two tries to open a file that others open.
const OPEN_PAUSE: Duration = Duration::from_millis(20);

/// The connections. SQLite has one writer: a second would only wait for its lock.
#[derive(Clone, Debug)]
pub(crate) enum Pools {
    Sqlite { read: SqlitePool, write: SqlitePool, _anchor: Option<SqlitePool> },
    Postgres(PgPool),
}

/// Which database a URL means.
pub(crate) fn backend(url: &SecretString) -> Result<Backend, StoreError> {
    let url = url.expose_secret();
    if url.starts_with("sqlite:") {
        Ok(Backend::Sqlite)
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        Ok(Backend::Postgres)
    } else {
        Err(StoreError::Config("the database URL begins with none of sqlite:, postgres://".to_owned()))
    }
}

/// PostgreSQL's options. `extra_float_digits` goes unsent, since poolers refuse unknown parameters and
/// values travel in binary form anyway.
pub(crate) fn postgres_options(url: &SecretString) -> Result<PgConnectOptions, StoreError> {
    let options = PgConnectOptions::from_str(url.expose_secret())
        .map_err(|_| StoreError::Config("the PostgreSQL URL cannot be read".to_owned()))?;
    Ok(options.extra_float_digits(None).application_name("perpsignal"))
}

/// A pool that connects when it is first used: the program may start before its database.
pub(crate) fn postgres(url: &SecretString) -> Result<Pools, StoreError> {
    let pool = PgPoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .min_connections(MIN_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_lazy_with(postgres_options(url)?);
    Ok(Pools::Postgres(pool))
}

/// SQLite's pools: in WAL mode readers do not wait for the writer. `FULL` makes every commit durable,
/// since the spool's position may run ahead of the file after a power cut otherwise.
pub(crate) async fn sqlite(url: &SecretString) -> Result<Pools, StoreError> {
    let options = SqliteConnectOptions::from_str(url.expose_secret())
        .map_err(|_| StoreError::Config("the SQLite URL cannot be read".to_owned()))?
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true);
    if is_in_memory(url) {
        let one = || SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        let cannot_open = |fault| StoreError::Config(format!("SQLite in memory: {fault}"));
        // The database lives as long as a connection to it: one is kept that nobody uses.
        let anchor = one().min_connections(1).connect_with(options.clone()).await.map_err(cannot_open)?;
        let pool = one().acquire_timeout(BUSY_TIMEOUT).connect_with(options).await.map_err(cannot_open)?;
        return Ok(Pools::Sqlite { read: pool.clone(), write: pool, _anchor: Some(anchor) });
    }
    let path = options.get_filename().to_path_buf();
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        make_folder(folder)?;
    }
    let options = options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let cannot_open =
        |fault: sqlx::Error| StoreError::Config(format!("SQLite file {}: {fault}", path.display()));
    let write = opened(|| {
        let one = SqlitePoolOptions::new().max_connections(1).acquire_timeout(BUSY_TIMEOUT);
        one.connect_with(options.clone())
    });
    let write = write.await.map_err(cannot_open)?;
    let read = SqlitePoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await
        .map_err(cannot_open)?;
    Ok(Pools::Sqlite { read, write, _anchor: None })
}

/// Opens a file that others may open at the same moment: where several switch it to WAL, SQLite refuses all but one
/// at once, whatever the busy timeout.
async fn opened<F>(open: impl Fn() -> F) -> Result<SqlitePool, sqlx::Error>
where
    F: Future<Output = Result<SqlitePool, sqlx::Error>>,
{
    let begun = Instant::now();
    loop {
        match open().await {
            Err(sqlx::Error::Database(fault)) if is_busy(&*fault) && begun.elapsed() < BUSY_TIMEOUT => {
                tokio::time::sleep(OPEN_PAUSE).await;
            }
            outcome => return outcome,
        }
    }
}

/// SQLite's codes 5 (busy) and 6 (locked); the higher bytes tell of which sort.
fn is_busy(fault: &dyn DatabaseError) -> bool {
    let code: Option<u32> = fault.code().and_then(|code| code.parse().ok());
    code.is_some_and(|code| matches!(code & 0xff, 5 | 6))
}

fn is_in_memory(url: &SecretString) -> bool {
    let url = url.expose_secret();
    url.contains(":memory:") || url.contains("mode=memory")
}

fn make_folder(folder: &Path) -> Result<(), StoreError> {
    std::fs::create_dir_all(folder)
        .map_err(|fault| StoreError::Config(format!("folder {}: {fault}", folder.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_names_the_backend_and_is_not_told_in_errors() {
        assert_eq!(backend(&"sqlite::memory:".into()), Ok(Backend::Sqlite));
        assert_eq!(backend(&"postgresql://u:p@h/d".into()), Ok(Backend::Postgres));
        let fault = backend(&"mysql://user:hunter2@host/db".into()).unwrap_err();
        assert!(!fault.to_string().contains("hunter2"));
        let fault = postgres_options(&"postgres://user:hunter2@host:notaport/db".into()).unwrap_err();
        assert!(!fault.to_string().contains("hunter2"));
    }
}
