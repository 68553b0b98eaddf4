//! Opening, saving, closing.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{Clock, UtcMs};
use secrecy::SecretString;
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::db::{Db, Pools, connect, migrate};
use crate::gate::Gate;
use crate::issued;
use crate::journal;
use crate::signals::record::Record;
use crate::spool::{self, Spool};
use crate::{
    Backend, DataSource, NewSignal, Retention, Saved, SeriesKey, SpoolStatus, StoreConfig, StoreError,
    StoredWhere,
};

/// How long `save` waits for the database after the row is safe on disk.
const CONFIRM_WAIT: Duration = Duration::from_secs(3);
/// How long an attempt to reach PostgreSQL may take, with the migrations.
const PROBE_DEADLINE: Duration = Duration::from_secs(30);
/// How long the start waits for PostgreSQL before it goes on without.
const START_WAIT: Duration = Duration::from_secs(5);
const CLOSE_WAIT: Duration = Duration::from_secs(5);
const CLEAR_WAIT: Duration = Duration::from_secs(10);
const FIRST_PROBE_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PROBE_PAUSE: Duration = Duration::from_secs(5);
const MIGRATION_ATTEMPTS: u32 = 5;

/// The store. Clones share it; close it once at the end.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    spool: Spool,
    clock: Arc<dyn Clock>,
    data_source: DataSource,
    retention: Retention,
    series_ids: Mutex<HashMap<SeriesKey, i64>>,
    stop: watch::Sender<bool>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("backend", &self.backend())
            .field("data_source", &self.data_source())
            .finish_non_exhaustive()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

impl Store {
    /// Takes the spool, opens the database and brings its schema up to date.
    ///
    /// A PostgreSQL server that does not answer is no error: rows wait in the spool, reads answer
    /// `Unavailable`, and the store joins when it answers. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// Unusable settings, a spool folder or SQLite file that cannot be opened, a failing migration.
    pub async fn open(config: StoreConfig) -> Result<Self, StoreError> {
        let backend = connect::backend(&config.url)?;
        let dir = config.spool_dir.clone();
        let spool = tokio::task::spawn_blocking(move || Spool::open(&dir))
            .await
            .map_err(|fault| StoreError::Config(fault.to_string()))?
            .map_err(|fault| {
                StoreError::Config(format!("spool folder {}: {fault}", config.spool_dir.display()))
            })?;
        let (stop, stopped) = watch::channel(false);
        let mut tasks = Vec::new();
        let (pools, gate) = match backend {
            Backend::Sqlite => {
                let pools = connect::sqlite(&config.url).await?;
                migrate_sqlite(&pools).await?;
                (pools, Arc::new(Gate::new(true)))
            }
            Backend::Postgres => {
                let pools = connect::postgres(&config.url)?;
                let gate = Arc::new(Gate::new(false));
                let mut probe = Probe { url: config.url, direct_url: config.direct_url, is_migrated: false };
                match tokio::time::timeout(START_WAIT, probe.attempt()).await {
                    Ok(Ok(())) => gate.open(),
                    Ok(Err(fault)) if !fault.is_passing() => return Err(fault),
                    Ok(Err(fault)) => gate.shut(&fault.to_string()),
                    Err(_) => gate.shut("no answer within the time allowed at the start"),
                }
                tasks.push(tokio::spawn(keep_looking(probe, Arc::clone(&gate), stopped.clone())));
                (pools, gate)
            }
        };
        let db = Db::new(pools, gate);
        tasks.push(tokio::spawn(spool::run_loader(Arc::clone(&spool.shared), db.clone(), stopped)));
        let inner = Inner {
            db,
            spool,
            clock: config.clock,
            data_source: config.data_source,
            retention: config.retention,
            series_ids: Mutex::default(),
            stop,
            tasks: Mutex::new(tasks),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Makes the signal durable, then brings it into the database with its outcome checks and alerts
    /// in one transaction. Saving an id again changes nothing.
    ///
    /// With `Ok` the row is promised: it survives `kill -9` and an absent database. `Saved::stored`
    /// tells whether reads see it already.
    ///
    /// # Errors
    /// `Invalid` for a value no database takes, `SpoolFull` and `SpoolIo` when the disk did not take
    /// the row; then nothing was promised. `Refused` when the database itself refused it, which the
    /// checks before should not let happen; the row is kept in the spool's `refused.jsonl`.
    pub async fn save(&self, signal: NewSignal) -> Result<Saved, StoreError> {
        let now = self.now();
        let id = signal.id.clone();
        let line = Record::new(signal, self.data_source(), now)?.line()?;
        let number = self.inner.spool.append(line, now).await?;
        let is_loaded = tokio::select! {
            biased;
            loaded = self.inner.spool.loaded(number, CONFIRM_WAIT) => loaded?,
            () = self.db().gate().closed() => false,
            () = self.inner.spool.stalled() => false,
        };
        let stored = if is_loaded { StoredWhere::Database } else { StoredWhere::Spool };
        Ok(Saved { id, stored })
    }

    /// What waits for the database.
    #[must_use]
    pub fn spool_status(&self) -> SpoolStatus {
        self.inner.spool.status()
    }

    /// Waits until every row written so far is in the database. `false`: not within `limit`.
    pub async fn flush(&self, limit: Duration) -> bool {
        self.inner.spool.flush(limit).await
    }

    /// Deletes all signals of this data source, with their outcomes and alerts. The backup files by day
    /// stay where they are, and so does the log of issued signals. Gives the number of signals.
    ///
    /// # Errors
    /// `NotConfirmed` without `confirm`; `Unavailable` while rows still wait for the database.
    pub async fn clear(&self, confirm: bool) -> Result<u64, StoreError> {
        if !confirm {
            return Err(StoreError::NotConfirmed);
        }
        self.db().gate().check()?;
        if !self.flush(CLEAR_WAIT).await {
            return Err(StoreError::unavailable("rows of the spool still wait for the database"));
        }
        // Written down first: what is deleted must not be loaded again after a kill.
        let store = self.clone();
        tokio::task::spawn_blocking(move || store.inner.spool.note())
            .await
            .map_err(|fault| StoreError::Read(fault.to_string()))?;
        let source = self.data_source().as_str();
        let mut tx = self.db().begin().await?;
        issued::note_clearing(&mut tx, source).await?;
        let deleted = tx.execute("DELETE FROM signals WHERE data_source = $1", vec![source.into()]).await?;
        journal::turn_over(&mut tx, source).await?;
        tx.commit().await?;
        Ok(deleted)
    }

    /// Lets the spool reach the database for a moment, stops the tasks, frees the folder and closes
    /// the connections. Rows that are not loaded by then wait for the next start.
    pub async fn close(&self) {
        if let Some(writer) = self.inner.spool.stop_writing() {
            // A panic of the thread would have been reported already.
            let _ = tokio::task::spawn_blocking(move || writer.join()).await;
        }
        if self.db().gate().is_open() {
            self.flush(CLOSE_WAIT).await;
        }
        self.inner.stop.send_replace(true);
        let tasks = std::mem::take(&mut *self.inner.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            let _ = task.await;
        }
        self.inner.spool.unlock();
        self.db().close().await;
    }

    /// Which database.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.db().backend()
    }

    /// What this run's rows are.
    #[must_use]
    pub fn data_source(&self) -> DataSource {
        self.inner.data_source
    }

    pub(crate) fn db(&self) -> &Db {
        &self.inner.db
    }

    pub(crate) fn spool(&self) -> &Spool {
        &self.inner.spool
    }

    pub(crate) fn now(&self) -> UtcMs {
        self.inner.clock.now()
    }

    pub(crate) fn retention(&self) -> &Retention {
        &self.inner.retention
    }

    pub(crate) fn series_ids(&self) -> MutexGuard<'_, HashMap<SeriesKey, i64>> {
        self.inner.series_ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn migrate_sqlite(pools: &Pools) -> Result<(), StoreError> {
    let Pools::Sqlite { write, .. } = pools else { return Ok(()) };
    let mut attempt = 1;
    loop {
        match migrate::sqlite(write).await {
            Err(fault) if fault.is_passing() && attempt < MIGRATION_ATTEMPTS => attempt += 1,
            result => return result,
        }
    }
}

/// Looks for PostgreSQL over a connection of its own, so that a busy pool is not taken for an outage.
struct Probe {
    url: SecretString,
    direct_url: Option<SecretString>,
    is_migrated: bool,
}

impl Probe {
    async fn attempt(&mut self) -> Result<(), StoreError> {
        if !self.is_migrated {
            let url = self.direct_url.as_ref().unwrap_or(&self.url);
            let mut connection = Self::connect(url).await?;
            migrate::postgres(&mut connection).await?;
            self.is_migrated = true;
            // The server closes what the program does not.
            let _ = connection.close().await;
        }
        let mut connection = Self::connect(&self.url).await?;
        connection.ping().await.map_err(|fault| StoreError::from_sqlx(&fault))?;
        let _ = connection.close().await;
        Ok(())
    }

    async fn connect(url: &SecretString) -> Result<sqlx::PgConnection, StoreError> {
        let options = connect::postgres_options(url)?;
        match tokio::time::timeout(connect::ACQUIRE_TIMEOUT, options.connect()).await {
            Ok(connection) => connection.map_err(|fault| StoreError::from_sqlx(&fault)),
            Err(_) => Err(StoreError::unavailable("no connection within the time allowed")),
        }
    }
}

/// Keeps the gate true to the server's state until told to stop.
async fn keep_looking(mut probe: Probe, gate: Arc<Gate>, mut stop: watch::Receiver<bool>) {
    let mut pause = FIRST_PROBE_PAUSE;
    while !*stop.borrow() {
        if gate.is_open() {
            tokio::select! {
                () = gate.doubted() => {}
                _ = stop.changed() => continue,
            }
        }
        let attempt = async {
            match tokio::time::timeout(PROBE_DEADLINE, probe.attempt()).await {
                Ok(result) => result,
                Err(_) => Err(StoreError::unavailable("the probe did not end in time")),
            }
        };
        let result = tokio::select! {
            result = attempt => result,
            _ = stop.changed() => continue,
        };
        match result {
            Ok(()) => {
                gate.open();
                pause = FIRST_PROBE_PAUSE;
            }
            Err(fault) => {
                if !fault.is_passing() {
                    tracing::error!(%fault, "the database cannot be used");
                }
                gate.shut(&fault.to_string());
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    _ = stop.changed() => {}
                }
                pause = (pause * 2).min(LONGEST_PROBE_PAUSE);
            }
        }
    }
}
