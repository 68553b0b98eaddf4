//! One face over the two databases: a statement is written once and runs on either.

pub(crate) mod connect;
pub(crate) mod migrate;
pub(crate) mod statement;
pub(crate) mod value;

use std::borrow::Cow;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{Stream, TryStreamExt as _};
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Database, Pool, Postgres, Sqlite};

pub(crate) use connect::Pools;
pub(crate) use statement::Statement;
pub(crate) use value::{Row, Value};

use crate::gate::Gate;
use crate::{Backend, StoreError};

/// The longest that a statement may be silent: before it ends, or between two of its rows. A connection that is
/// silent for longer is given up.
const LONGEST_SILENCE: Duration = Duration::from_secs(10);

/// The database, and whether it is there.
#[derive(Clone, Debug)]
pub(crate) struct Db {
    pools: Pools,
    gate: Arc<Gate>,
    /// Writes of this process that ended well.
    writes: Arc<AtomicU64>,
}

/// A connection that goes back to its pool only when its work ended well. One that broke, timed out,
/// was abandoned in the middle or failed in a transaction is closed, which ends the transaction too: it
/// might never answer again, or be in a state that the driver does not know.
#[derive(Debug)]
struct Loan<D: Database> {
    connection: PoolConnection<D>,
    ended_well: bool,
}

impl<D: Database> Drop for Loan<D> {
    fn drop(&mut self) {
        if !self.ended_well {
            self.connection.close_on_drop();
        }
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, StoreError> {
    match tokio::time::timeout(LONGEST_SILENCE, work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(fault)) => Err(StoreError::from_sqlx(&fault)),
        Err(_) => Err(StoreError::unavailable("the database did not answer in time")),
    }
}

/// Every row handed to `take`, as it comes. Where one is refused, the others are still waited for, so that the
/// connection is good for the next statement.
async fn each<R>(
    mut rows: impl Stream<Item = Result<R, sqlx::Error>> + Unpin,
    mut take: impl FnMut(R) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut outcome = Ok(());
    while let Some(row) = in_time(rows.try_next()).await? {
        if outcome.is_ok() {
            outcome = take(row);
        }
    }
    outcome
}

/// A connection to either database.
#[derive(Debug)]
enum Link {
    Sqlite(Loan<Sqlite>),
    Postgres(Loan<Postgres>),
}

impl Link {
    /// Each row of a statement is handed to `take` while the next are on their way: the driver's copies of rows
    /// take several times as much memory as what is read from them.
    async fn each(
        &mut self,
        sql: Cow<'static, str>,
        values: Vec<Value>,
        mut take: impl FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(loan) => {
                let query = sqlx::query_with(AssertSqlSafe(sql), value::sqlite_arguments(values)?);
                each(query.fetch(&mut *loan.connection), |row| take(Row::Sqlite(row))).await
            }
            Self::Postgres(loan) => {
                let query = sqlx::query_with(AssertSqlSafe(sql), value::postgres_arguments(values)?);
                each(query.fetch(&mut *loan.connection), |row| take(Row::Postgres(row))).await
            }
        }
    }

    async fn fetch(&mut self, sql: Cow<'static, str>, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        let keep = |row| {
            rows.push(row);
            Ok(())
        };
        self.each(sql, values, keep).await.map(|()| rows)
    }

    async fn execute(&mut self, sql: Cow<'static, str>, values: Vec<Value>) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(loan) => {
                let query = sqlx::query_with(AssertSqlSafe(sql), value::sqlite_arguments(values)?);
                Ok(in_time(query.execute(&mut *loan.connection)).await?.rows_affected())
            }
            Self::Postgres(loan) => {
                let query = sqlx::query_with(AssertSqlSafe(sql), value::postgres_arguments(values)?);
                Ok(in_time(query.execute(&mut *loan.connection)).await?.rows_affected())
            }
        }
    }

    /// A statement of its own may fail and leave the connection good; a silent one may not.
    fn ended<T>(&mut self, result: &Result<T, StoreError>) {
        let ended_well = !matches!(result, Err(StoreError::Unavailable { .. }));
        match self {
            Self::Sqlite(loan) => loan.ended_well = ended_well,
            Self::Postgres(loan) => loan.ended_well = ended_well,
        }
    }
}

impl Db {
    pub(crate) fn new(pools: Pools, gate: Arc<Gate>) -> Self {
        Self { pools, gate, writes: Arc::default() }
    }

    pub(crate) fn backend(&self) -> Backend {
        match self.pools {
            Pools::Sqlite { .. } => Backend::Sqlite,
            Pools::Postgres(_) => Backend::Postgres,
        }
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.gate
    }

    pub(crate) fn writes(&self) -> u64 {
        self.writes.load(Ordering::Acquire)
    }

    fn wrote<T>(&self, result: &Result<T, StoreError>) {
        if result.is_ok() {
            self.writes.fetch_add(1, Ordering::Release);
        }
    }

    pub(crate) async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { read, write, .. } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    fn render(&self, sql: impl Into<Cow<'static, str>>) -> Cow<'static, str> {
        statement::render(sql.into(), self.backend())
    }

    /// A fault that passes puts the gate in doubt: the next calls fail at once until a probe succeeds.
    /// SQLite has nobody to be away.
    fn noting<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let (Pools::Postgres(_), Err(StoreError::Unavailable { reason })) = (&self.pools, &result) {
            self.gate.shut(reason);
        }
        result
    }

    async fn link(&self, writing: bool) -> Result<Link, StoreError> {
        self.gate.check()?;
        let link = match &self.pools {
            Pools::Sqlite { write, .. } if writing => loan(write).await.map(Link::Sqlite),
            Pools::Sqlite { read, .. } => loan(read).await.map(Link::Sqlite),
            Pools::Postgres(pool) => loan(pool).await.map(Link::Postgres),
        };
        match link {
            // A busy pool is like an absent server from here: somebody has to look.
            Err(sqlx::Error::PoolTimedOut) => {
                self.gate.question();
                Err(StoreError::from_sqlx(&sqlx::Error::PoolTimedOut))
            }
            Err(fault) => self.noting(Err(StoreError::from_sqlx(&fault))),
            Ok(link) => Ok(link),
        }
    }

    /// Rows of a statement that only reads.
    pub(crate) async fn fetch(
        &self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let sql = self.render(sql);
        let mut link = self.link(false).await?;
        let rows = link.fetch(sql, values).await;
        link.ended(&rows);
        self.noting(rows)
    }

    /// What `read` makes of each row of a statement that only reads.
    pub(crate) async fn read<T>(
        &self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
        read: impl Fn(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut all = Vec::new();
        let keep = |row: &Row| {
            all.push(read(row)?);
            Ok(())
        };
        self.each(sql, values, keep).await.map(|()| all)
    }

    /// Hands each row of a statement that only reads to `take`, however many there are. A call that fails has
    /// handed out some of them.
    pub(crate) async fn each(
        &self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
        mut take: impl FnMut(&Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let sql = self.render(sql);
        let mut link = self.link(false).await?;
        let done = link.each(sql, values, |row| take(&row)).await;
        link.ended(&done);
        self.noting(done)
    }

    /// The first row, if there is one.
    pub(crate) async fn fetch_optional(
        &self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.fetch(sql, values).await?.into_iter().next())
    }

    /// The one row of an aggregate.
    pub(crate) async fn fetch_one(
        &self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<Row, StoreError> {
        let row = self.fetch_optional(sql, values).await?;
        row.ok_or_else(|| StoreError::Database("the statement gave no row".to_owned()))
    }

    /// How many rows the statement touched.
    pub(crate) async fn execute(
        &self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        let sql = self.render(sql);
        let mut link = self.link(true).await?;
        let touched = link.execute(sql, values).await;
        link.ended(&touched);
        self.wrote(&touched);
        self.noting(touched)
    }

    /// A transaction. Dropped without `commit`, it never happened.
    pub(crate) async fn begin(&self) -> Result<Tx<'_>, StoreError> {
        let mut link = self.link(true).await?;
        let begun = link.execute(self.render("{begin}"), Vec::new()).await;
        self.noting(begun)?;
        Ok(Tx { db: self, link })
    }
}

async fn loan<D: Database>(pool: &Pool<D>) -> Result<Loan<D>, sqlx::Error> {
    Ok(Loan { connection: pool.acquire().await?, ended_well: false })
}

/// A transaction of either database. The statements are our own, since the driver's account of a
/// transaction goes wrong when SQLite ends one by itself (a full disk), and does not recover.
#[derive(Debug)]
pub(crate) struct Tx<'db> {
    db: &'db Db,
    link: Link,
}

impl Tx<'_> {
    pub(crate) async fn execute(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        let touched = self.link.execute(self.db.render(sql), values).await;
        self.db.noting(touched)
    }

    pub(crate) async fn fetch(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let rows = self.link.fetch(self.db.render(sql), values).await;
        self.db.noting(rows)
    }

    /// Only to be called when every statement succeeded: PostgreSQL answers `COMMIT` of a failed
    /// transaction with a silent `ROLLBACK`.
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        let done = self.link.execute(Cow::Borrowed("COMMIT"), Vec::new()).await;
        if done.is_ok() {
            self.link.ended(&done);
        }
        self.db.wrote(&done);
        self.db.noting(done).map(|_| ())
    }
}
