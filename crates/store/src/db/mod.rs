//! One face over the two databases: a statement is written once and runs on either.

pub(crate) mod connect;
pub(crate) mod migrate;
pub(crate) mod statement;
pub(crate) mod value;

use std::borrow::Cow;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, PgConnection, Postgres, Sqlite, SqliteConnection, Transaction};

pub(crate) use connect::Pools;
pub(crate) use statement::Statement;
pub(crate) use value::{Row, Value};

use crate::gate::Gate;
use crate::{Backend, StoreError};

/// The longest a statement may take; a connection that went silent is given up after it.
const STATEMENT_DEADLINE: Duration = Duration::from_secs(15);

/// The database, and whether it is there.
#[derive(Clone, Debug)]
pub(crate) struct Db {
    pools: Pools,
    gate: Arc<Gate>,
}

/// A PostgreSQL connection that goes back to the pool only when its work ended well. One that broke,
/// timed out or was abandoned in the middle is closed: it might never answer again.
#[derive(Debug)]
struct Loan {
    connection: PoolConnection<Postgres>,
    ended_well: bool,
}

impl Drop for Loan {
    fn drop(&mut self) {
        if !self.ended_well {
            self.connection.close_on_drop();
        }
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, StoreError> {
    match tokio::time::timeout(STATEMENT_DEADLINE, work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(fault)) => Err(StoreError::from_sqlx(&fault)),
        Err(_) => Err(StoreError::unavailable("the database did not answer in time")),
    }
}

async fn sqlite_fetch(
    connection: &mut SqliteConnection,
    sql: Cow<'static, str>,
    values: Vec<Value>,
) -> Result<Vec<Row>, StoreError> {
    let query = sqlx::query_with(AssertSqlSafe(sql), value::sqlite_arguments(values)?);
    let rows = in_time(query.fetch_all(connection)).await?;
    Ok(rows.into_iter().map(Row::Sqlite).collect())
}

async fn sqlite_execute(
    connection: &mut SqliteConnection,
    sql: Cow<'static, str>,
    values: Vec<Value>,
) -> Result<u64, StoreError> {
    let query = sqlx::query_with(AssertSqlSafe(sql), value::sqlite_arguments(values)?);
    in_time(query.execute(connection)).await.map(|done| done.rows_affected())
}

async fn postgres_fetch(
    connection: &mut PgConnection,
    sql: Cow<'static, str>,
    values: Vec<Value>,
) -> Result<Vec<Row>, StoreError> {
    let query = sqlx::query_with(AssertSqlSafe(sql), value::postgres_arguments(values)?);
    let rows = in_time(query.fetch_all(connection)).await?;
    Ok(rows.into_iter().map(Row::Postgres).collect())
}

async fn postgres_execute(
    connection: &mut PgConnection,
    sql: Cow<'static, str>,
    values: Vec<Value>,
) -> Result<u64, StoreError> {
    let query = sqlx::query_with(AssertSqlSafe(sql), value::postgres_arguments(values)?);
    in_time(query.execute(connection)).await.map(|done| done.rows_affected())
}

impl Db {
    pub(crate) fn new(pools: Pools, gate: Arc<Gate>) -> Self {
        Self { pools, gate }
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

    pub(crate) async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { read, write } => {
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

    /// A time-out may mean a busy pool as well as an absent server, so it only asks for a probe.
    async fn loan(&self, pool: &sqlx::PgPool) -> Result<Loan, StoreError> {
        match pool.acquire().await {
            Ok(connection) => Ok(Loan { connection, ended_well: false }),
            Err(fault @ sqlx::Error::PoolTimedOut) => {
                self.gate.question();
                Err(StoreError::from_sqlx(&fault))
            }
            Err(fault) => self.noting(Err(StoreError::from_sqlx(&fault))),
        }
    }

    /// Rows of a statement that only reads.
    pub(crate) async fn fetch(
        &self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        self.gate.check()?;
        let sql = self.render(sql);
        let result = match &self.pools {
            Pools::Sqlite { read, .. } => {
                let mut connection = read.acquire().await.map_err(|fault| StoreError::from_sqlx(&fault))?;
                sqlite_fetch(&mut connection, sql, values).await
            }
            Pools::Postgres(pool) => {
                let mut loan = self.loan(pool).await?;
                let rows = postgres_fetch(&mut loan.connection, sql, values).await;
                loan.ended_well = rows.is_ok();
                rows
            }
        };
        self.noting(result)
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
        self.gate.check()?;
        let sql = self.render(sql);
        let result = match &self.pools {
            Pools::Sqlite { write, .. } => {
                let mut connection = write.acquire().await.map_err(|fault| StoreError::from_sqlx(&fault))?;
                sqlite_execute(&mut connection, sql, values).await
            }
            Pools::Postgres(pool) => {
                let mut loan = self.loan(pool).await?;
                let done = postgres_execute(&mut loan.connection, sql, values).await;
                loan.ended_well = done.is_ok();
                done
            }
        };
        self.noting(result)
    }

    /// A transaction. Dropped without `commit`, it never happened.
    pub(crate) async fn begin(&self) -> Result<Tx<'_>, StoreError> {
        self.gate.check()?;
        let work = match &self.pools {
            Pools::Sqlite { write, .. } => {
                in_time(write.begin_with("BEGIN IMMEDIATE")).await.map(Work::Sqlite)
            }
            Pools::Postgres(pool) => {
                let mut loan = self.loan(pool).await?;
                let begun = postgres_execute(&mut loan.connection, Cow::Borrowed("BEGIN"), Vec::new()).await;
                begun.map(|_| Work::Postgres(Box::new(loan)))
            }
        };
        Ok(Tx { db: self, work: self.noting(work)? })
    }
}

#[derive(Debug)]
enum Work {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Box<Loan>),
}

/// A transaction of either database.
#[derive(Debug)]
pub(crate) struct Tx<'db> {
    db: &'db Db,
    work: Work,
}

impl Tx<'_> {
    pub(crate) async fn execute(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        let sql = self.db.render(sql);
        let result = match &mut self.work {
            Work::Sqlite(transaction) => sqlite_execute(transaction, sql, values).await,
            Work::Postgres(loan) => postgres_execute(&mut loan.connection, sql, values).await,
        };
        self.db.noting(result)
    }

    pub(crate) async fn fetch(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let sql = self.db.render(sql);
        let result = match &mut self.work {
            Work::Sqlite(transaction) => sqlite_fetch(transaction, sql, values).await,
            Work::Postgres(loan) => postgres_fetch(&mut loan.connection, sql, values).await,
        };
        self.db.noting(result)
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        let Self { db, work } = self;
        let result = match work {
            Work::Sqlite(transaction) => in_time(transaction.commit()).await,
            Work::Postgres(mut loan) => {
                let done = postgres_execute(&mut loan.connection, Cow::Borrowed("COMMIT"), Vec::new()).await;
                loan.ended_well = done.is_ok();
                done.map(|_| ())
            }
        };
        db.noting(result)
    }
}
