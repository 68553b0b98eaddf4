//! Places to open stores at, a settable clock, and signals to store.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::{Clock, UtcMs};
use sqlx::{ConnectOptions as _, Connection as _};
use store::{
    DataSource, Json, Lease, NewOutbox, NewOutcome, NewSignal, OutcomeResult, Requeue, Store, StoreConfig,
};
use tempfile::TempDir;
use ulid::Ulid;

/// 2026-11-20T12:00:00Z.
pub const NOON: UtcMs = UtcMs(1_795_176_000_000);

#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn set(&self, at: UtcMs) {
        self.0.store(at.0, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> UtcMs {
        UtcMs(self.0.load(Ordering::SeqCst))
    }
}

/// A database of its own and a spool folder; both go when the test ends.
pub struct Place {
    pub url: String,
    pub dir: TempDir,
    pub clock: Arc<TestClock>,
    database: Option<(String, String)>,
}

impl Place {
    pub fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", dir.path().join("data/perpsignal.db").display());
        Self { url, dir, clock: Arc::new(TestClock(AtomicI64::new(NOON.0))), database: None }
    }

    pub async fn postgres() -> Self {
        let server = std::env::var("PERPSIGNAL_TEST_PG")
            .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432".to_owned());
        // A name of a database behind the address is left out: each test makes one of its own.
        let server = server.trim_end_matches("/postgres").trim_end_matches('/').to_owned();
        let name = format!("perpsignal_test_{}", Ulid::new().to_string().to_lowercase());
        run_sql(&server, &format!("CREATE DATABASE {name} TEMPLATE template0")).await.unwrap_or_else(|fault| {
            panic!("these tests need PostgreSQL; start one at {server}, or name it in PERPSIGNAL_TEST_PG: {fault}")
        });
        Self {
            url: format!("{server}/{name}"),
            dir: tempfile::tempdir().unwrap(),
            clock: Arc::new(TestClock(AtomicI64::new(NOON.0))),
            database: Some((server, name)),
        }
    }

    pub fn spool_dir(&self) -> PathBuf {
        self.dir.path().join("spool")
    }

    pub fn config(&self, source: DataSource) -> StoreConfig {
        StoreConfig::new(self.url.clone(), self.spool_dir(), source, self.clock.clone())
    }

    pub async fn open(&self) -> Store {
        Store::open(self.config(DataSource::Live)).await.unwrap()
    }

    /// A store as another instance would open it: same database, a spool of its own.
    pub async fn open_beside(&self, name: &str, source: DataSource) -> Store {
        let mut config = self.config(source);
        config.spool_dir = self.dir.path().join(name);
        Store::open(config).await.unwrap()
    }

    /// Runs a statement behind the store's back.
    pub async fn sql(&self, sql: &str) {
        let statement = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()));
        if self.database.is_some() {
            let options: sqlx::postgres::PgConnectOptions = self.url.parse().unwrap();
            let mut connection = options.connect().await.unwrap();
            statement.execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        } else {
            let options: sqlx::sqlite::SqliteConnectOptions = self.url.parse().unwrap();
            let mut connection = options.connect().await.unwrap();
            statement.execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
    }

    /// A transaction of PostgreSQL that has run this statement and is still open; `{number}` in it is the
    /// journal's next. `None` for SQLite, where nobody can write beside it.
    pub async fn hold(&self, sql: &str) -> Option<Held> {
        self.database.as_ref()?;
        let options: sqlx::postgres::PgConnectOptions = self.url.parse().unwrap();
        let mut connection = options.connect().await.unwrap();
        let sql = sql.replace("{number}", "CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)");
        sqlx::raw_sql("BEGIN").execute(&mut connection).await.unwrap();
        let touched = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        assert_eq!(touched.rows_affected(), 1);
        Some(Held(connection))
    }
}

/// An open transaction.
pub struct Held(sqlx::PgConnection);

impl Held {
    pub async fn commit(mut self) {
        sqlx::raw_sql("COMMIT").execute(&mut self.0).await.unwrap();
        self.0.close().await.unwrap();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((server, name)) = self.database.take() else { return };
        // Dropping happens inside a runtime, which must not be blocked on.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(run_sql(&server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")))
        });
        if let Err(fault) = dropping.join().unwrap() {
            eprintln!("a test database stays behind: {fault}");
        }
    }
}

async fn run_sql(server: &str, sql: &str) -> Result<(), sqlx::Error> {
    let options: sqlx::postgres::PgConnectOptions = format!("{server}/postgres").parse()?;
    let mut connection = options.connect().await?;
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await?;
    connection.close().await
}

pub fn json(value: &serde_json::Value) -> Json {
    serde_json::value::to_raw_value(value).unwrap()
}

/// A signal with three checks and one alert.
pub fn signal(id: &str, symbol: &str, timestamp: UtcMs) -> NewSignal {
    NewSignal {
        id: id.to_owned(),
        symbol: symbol.to_owned(),
        venue: Some("binance".to_owned()),
        instrument: Some(format!("{symbol}USDT")),
        signal: "LONG".to_owned(),
        score: 63.4,
        confidence: Some("medium".to_owned()),
        price: Some(91_250.5),
        timestamp,
        mode: Some("aggressive".to_owned()),
        engine_version: Some("1".to_owned()),
        weights_id: Some("default-1".to_owned()),
        verdict: Some("CONFIRM".to_owned()),
        risk_mode: Some("NORMAL".to_owned()),
        verdict_source: Some("rules".to_owned()),
        stop_loss: Some(88_130.1),
        take_profit: Some(99_051.5),
        reasons: Some(json(&serde_json::json!(["liquidations of longs: $12,000,000"]))),
        metrics: Some(json(&serde_json::json!({"fundingRate": 0.0001, "socialScore": null}))),
        outcomes: [3_600, 14_400, 86_400]
            .into_iter()
            .map(|horizon_s| NewOutcome {
                id: format!("{id}-{horizon_s}"),
                horizon_s,
                due_at: timestamp.plus_ms(horizon_s * 1_000),
            })
            .collect(),
        alerts: vec![NewOutbox {
            id: format!("{id}-alert"),
            kind: "telegram".to_owned(),
            payload: json(&serde_json::json!({"text": "LONG"})),
            due_at: timestamp,
        }],
        ..NewSignal::default()
    }
}

/// This test binary again, running one test alone as a child with these variables.
pub fn child(test: &str, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]);
    command.envs(variables.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// Whole lines `word rest` of a child's output, until it ends.
pub fn lines_of(child: &mut Child) -> impl Iterator<Item = (String, String)> + use<> {
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    std::iter::from_fn(move || {
        let mut line = String::new();
        // A line without its end was being written when the child died.
        let is_whole = reader.read_line(&mut line).is_ok() && line.ends_with('\n');
        let (word, rest) = line.trim_end().split_once(' ').unwrap_or(("", ""));
        is_whole.then(|| (word.to_owned(), rest.to_owned()))
    })
}

/// The one file of the spool for the clock's day.
pub fn day_file(dir: &Path) -> PathBuf {
    dir.join("signals-2026-11-20.jsonl")
}

/// Writes what one check found; whether its lease was still held.
pub async fn finish(store: &Store, lease: &Lease, found: &OutcomeResult) -> bool {
    store.finish_outcomes(&[(lease.clone(), found.clone())]).await.unwrap() == [true]
}

/// Gives one check back; whether its lease was still held.
pub async fn hand_back(store: &Store, lease: &Lease, back: Requeue) -> bool {
    store.requeue_outcomes(&[(lease.clone(), back)]).await.unwrap() == [true]
}

/// Due again at this time, after an attempt.
pub const fn tried(retry_at: UtcMs) -> Requeue {
    Requeue { retry_at, untried: false }
}
