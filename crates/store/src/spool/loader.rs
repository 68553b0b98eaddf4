//! The one task that brings the spool's lines into the database, in their order.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::Shared;
use super::files::{self, Segment};
use crate::StoreError;
use crate::db::Db;
use crate::issued;
use crate::signals::record::Record;
use crate::signals::write;

const BATCH_LINES: usize = 128;
const BATCH_BYTES: u64 = 4 * 1024 * 1024;
/// The note on disk may be this much behind; what it lacks is loaded twice after a kill, harmlessly.
const NOTE_EVERY: Duration = Duration::from_secs(2);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Loads until told to stop. An outage is waited for, a fault that passes is tried again with growing
/// pauses, a row that is refused for good is set aside.
pub(crate) async fn run(shared: Arc<Shared>, db: Db, mut stop: watch::Receiver<bool>) {
    let mut pause = FIRST_PAUSE;
    let mut noted = Instant::now();
    while !*stop.borrow() {
        let front = shared.backlog().front().cloned();
        let Some(segment) = front else {
            let is_unnoted = shared.backlog().is_unnoted;
            tokio::select! {
                () = shared.work.notified() => {}
                () = tokio::time::sleep(NOTE_EVERY.saturating_sub(noted.elapsed())), if is_unnoted => {
                    note(&shared).await;
                    noted = Instant::now();
                }
                _ = stop.changed() => {}
            }
            continue;
        };
        tokio::select! {
            () = db.gate().opened() => {}
            _ = stop.changed() => continue,
        }
        match load_front(&shared, &db, segment).await {
            Ok(()) => {
                pause = FIRST_PAUSE;
                shared.backlog().last_error = None;
                shared.is_stalled.send_replace(false);
                if noted.elapsed() >= NOTE_EVERY {
                    note(&shared).await;
                    noted = Instant::now();
                }
            }
            Err(fault) => {
                tracing::warn!(%fault, pending = shared.backlog().pending(), "the spool's rows wait");
                shared.backlog().last_error = Some(fault.to_string());
                shared.is_stalled.send_replace(true);
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    _ = stop.changed() => {}
                }
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
    note(&shared).await;
}

async fn note(shared: &Arc<Shared>) {
    let shared = Arc::clone(shared);
    // It touches the disk; the blocking pool only refuses when the program ends, and then a note is
    // not needed.
    let _ = tokio::task::spawn_blocking(move || shared.note()).await;
}

/// Loads the next lines of the first segment.
async fn load_front(shared: &Arc<Shared>, db: &Db, segment: Segment) -> Result<(), StoreError> {
    let lines = {
        let (shared, segment) = (Arc::clone(shared), segment.clone());
        tokio::task::spawn_blocking(move || {
            files::read_lines(&shared.dir, &segment, BATCH_LINES, BATCH_BYTES)
        })
        .await
        .map_err(|fault| StoreError::Read(fault.to_string()))?
    };
    let lines = match lines {
        Ok(lines) if !lines.is_empty() => lines,
        Err(fault) if fault.kind() != io::ErrorKind::NotFound => {
            return Err(StoreError::Read(format!("{}: {fault}", segment.file)));
        }
        _ => {
            tracing::error!(
                file = segment.file,
                lines = segment.lines,
                "a spool file was taken away before it was loaded"
            );
            finish(shared, segment.lines, segment.to, None);
            return Ok(());
        }
    };
    let records: Option<Vec<Record>> = lines.iter().map(|(line, _)| Record::parse(line).ok()).collect();
    if let Some(records) = records {
        match insert_all(db, &records).await {
            Ok(()) => {
                let end = lines.last().map_or(segment.to, |(_, end)| *end);
                let newest = records.last().map(|record| record.created_at);
                finish(shared, u64::try_from(lines.len()).unwrap_or(u64::MAX), end, newest);
                return Ok(());
            }
            Err(StoreError::Refused { .. }) => {}
            Err(fault) => return Err(fault),
        }
    }
    one_by_one(shared, db, lines).await
}

async fn insert_all(db: &Db, records: &[Record]) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    let mut fresh = Vec::with_capacity(records.len());
    for record in records {
        if write::insert(&mut tx, record).await? {
            fresh.push(record);
        }
    }
    issued::append(&mut tx, &fresh).await?;
    tx.commit().await
}

/// At least one line of the batch is refused: finds out which, and sets it aside.
async fn one_by_one(shared: &Arc<Shared>, db: &Db, lines: Vec<(Vec<u8>, u64)>) -> Result<(), StoreError> {
    for (line, end) in lines {
        let (refusal, created_at) = match Record::parse(&line) {
            Ok(record) => match insert_all(db, std::slice::from_ref(&record)).await {
                Ok(()) => (None, Some(record.created_at)),
                Err(StoreError::Refused { reason }) => (Some(reason), Some(record.created_at)),
                Err(fault) => return Err(fault),
            },
            Err(reason) => (Some(reason), None),
        };
        if let Some(reason) = refusal {
            tracing::error!(reason, "a row of the spool is refused and kept in refused.jsonl");
            metrics::counter!("store_refused_rows_total").increment(1);
            shared.keep_refused(&line, &reason).map_err(|fault| StoreError::spool(&fault))?;
            shared.backlog().refuse(1, reason);
        }
        finish(shared, 1, end, created_at);
    }
    Ok(())
}

fn finish(shared: &Shared, lines: u64, end: u64, newest: Option<domain::UtcMs>) {
    let (done, pending) = {
        let mut backlog = shared.backlog();
        (backlog.finish(lines, end, newest), backlog.pending())
    };
    metrics::gauge!("store_spool_pending_lines").set(pending as f64);
    shared.done.send_replace(done);
}
