//! Loading the older program's history: a JSON array of saved signals. Good rows load, bad ones are
//! reported by number and reason, and a second run adds nothing.

mod elements;
mod row;
mod symbol;

use std::collections::HashSet;
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::db::{Statement, Value};
use crate::signals::record::Record;
use crate::{DataSource, Store, StoreError};
use elements::{Element, Elements};

const BATCH_ROWS: usize = 200;
/// Rejected rows told one by one; the rest is only counted.
const TOLD_REJECTIONS: usize = 1_000;
/// How long a batch of rows may take to reach the database.
const LOAD_WAIT: Duration = Duration::from_secs(30);

/// A row that was not loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedRow {
    /// Its place in the array, from 1.
    pub row: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// What became of the rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// New in the database.
    pub loaded: u64,
    /// Safe in the spool; the database went away meanwhile and gets them when it is back.
    pub waiting: u64,
    /// There already.
    pub duplicates: u64,
    /// Not loaded, all of them.
    pub rejected_total: u64,
    /// Not loaded, the first thousand.
    pub rejected: Vec<RejectedRow>,
}

impl ImportReport {
    fn reject(&mut self, row: u64, reason: impl Into<String>) {
        self.rejected_total += 1;
        if self.rejected.len() < TOLD_REJECTIONS {
            self.rejected.push(RejectedRow { row, reason: reason.into() });
        }
    }
}

/// A row read from the file, or what is wrong with it.
type Reading = (u64, Result<row::OlderSignal, String>);

impl Store {
    /// Loads a file, see [`Store::import`].
    pub async fn import_file(&self, path: &Path) -> Result<ImportReport, StoreError> {
        let file = std::fs::File::open(path)
            .map_err(|fault| StoreError::Read(format!("{}: {fault}", path.display())))?;
        self.import(file).await
    }

    /// Loads the older program's history, reading it piece by piece. Rows are live ones and get no
    /// outcome checks.
    ///
    /// # Errors
    /// `Read` when it is no JSON array or reading fails; `Unavailable` without a database, which alone
    /// knows what is there already; the spool's errors. Rows before the failure are loaded.
    pub async fn import(&self, reader: impl Read + Send + 'static) -> Result<ImportReport, StoreError> {
        let (sender, mut receiver) = mpsc::channel::<Vec<Reading>>(2);
        let reading = tokio::task::spawn_blocking(move || read_rows(reader, &sender));
        let mut report = ImportReport::default();
        while let Some(batch) = receiver.recv().await {
            self.import_batch(batch, &mut report).await?;
        }
        reading.await.map_err(|fault| StoreError::Read(fault.to_string()))??;
        report.rejected.sort_by_key(|rejected| rejected.row);
        Ok(report)
    }

    async fn import_batch(&self, batch: Vec<Reading>, report: &mut ImportReport) -> Result<(), StoreError> {
        let now = self.now();
        let mut ids = HashSet::new();
        let mut fresh = Vec::with_capacity(batch.len());
        for (number, reading) in batch {
            let readied = reading.and_then(|older| {
                let id = older.signal.id.clone();
                let created_at = older.saved_at.unwrap_or(now);
                let record = Record::new(older.signal, DataSource::Live, created_at);
                let line = record.and_then(|record| record.line()).map_err(|fault| fault.to_string())?;
                Ok((id, line))
            });
            match readied {
                Ok((id, line)) if ids.insert(id.clone()) => fresh.push((number, id, line)),
                Ok(_) => report.duplicates += 1,
                Err(reason) => report.reject(number, reason),
            }
        }
        let existing = self.existing_signals(&ids).await?;
        report.duplicates += u64::try_from(existing.len()).unwrap_or(u64::MAX);
        fresh.retain(|(_, id, _)| !existing.contains(id));
        let (numbers, lines): (Vec<u64>, Vec<Vec<u8>>) =
            fresh.into_iter().map(|(number, _, line)| (number, line)).collect();
        let spooled = self.spool().append_all(lines, now).await?;
        let start = Instant::now();
        for (number, line) in numbers.into_iter().zip(spooled) {
            match self.spool().loaded(line, LOAD_WAIT.saturating_sub(start.elapsed())).await {
                Ok(true) => report.loaded += 1,
                Ok(false) => report.waiting += 1,
                Err(StoreError::Refused { reason }) => report.reject(number, reason),
                Err(fault) => return Err(fault),
            }
        }
        Ok(())
    }

    /// Those of the ids that the database has.
    async fn existing_signals(&self, ids: &HashSet<String>) -> Result<HashSet<String>, StoreError> {
        if ids.is_empty() {
            return Ok(HashSet::new());
        }
        let mut statement = Statement::new("SELECT id FROM signals WHERE id IN ");
        let (sql, values) = statement.groups([ids.iter().map(Value::from).collect()]).take();
        self.db().fetch(sql, values).await?.iter().map(|row| row.get("id")).collect()
    }
}

/// Reads on a thread of its own, since files block.
fn read_rows(reader: impl Read, sender: &mpsc::Sender<Vec<Reading>>) -> Result<(), StoreError> {
    let mut batch = Vec::with_capacity(BATCH_ROWS);
    let mut elements = Elements::new(reader);
    while let Some(element) = elements.next_element()? {
        let Element { number, content } = element;
        batch.push((number, content.and_then(|bytes| row::parse(&bytes))));
        if batch.len() >= BATCH_ROWS && sender.blocking_send(std::mem::take(&mut batch)).is_err() {
            // The loading side gave up and tells why.
            return Ok(());
        }
    }
    let _ = sender.blocking_send(batch);
    Ok(())
}
