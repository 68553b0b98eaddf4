//! Latency, sizes, backlog.

use std::time::{Duration, Instant};

use crate::{Store, StoreError};

/// How much is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// The database, as it tells.
    pub database_bytes: u64,
    /// The backup files by day.
    pub spool_bytes: u64,
    /// Signals of this data source.
    pub signals: u64,
    /// Outcome checks of this data source.
    pub outcomes: u64,
    /// Series of own history of this data source.
    pub series: u64,
    /// Points of all own history.
    pub points: u64,
}

impl Store {
    /// One round trip to the database.
    pub async fn ping(&self) -> Result<Duration, StoreError> {
        let start = Instant::now();
        self.db().fetch_one("SELECT 1 AS one", Vec::new()).await?;
        Ok(start.elapsed())
    }

    /// Whether the database answered last time, without asking it.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.db().gate().is_open()
    }

    /// How much is kept. Counts rows: not for every request.
    pub async fn sizes(&self) -> Result<Sizes, StoreError> {
        let sql = "SELECT {database_bytes} AS bytes, \
            (SELECT COUNT(*) FROM signals WHERE data_source = $1) AS signals, \
            (SELECT COUNT(*) FROM outcomes WHERE data_source = $1) AS outcomes, \
            (SELECT COUNT(*) FROM series WHERE data_source = $1) AS series, \
            (SELECT COUNT(*) FROM points) AS points";
        let row = self.db().fetch_one(sql, vec![self.data_source().as_str().into()]).await?;
        let spool_bytes = self.spool().total_bytes().map_err(|fault| StoreError::Read(fault.to_string()))?;
        Ok(Sizes {
            database_bytes: row.count("bytes")?,
            spool_bytes,
            signals: row.count("signals")?,
            outcomes: row.count("outcomes")?,
            series: row.count("series")?,
            points: row.count("points")?,
        })
    }
}
