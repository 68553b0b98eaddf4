//! The spool: every row is a durable line in a file before it is promised, and goes to the database
//! from there.

mod backlog;
mod files;
mod loader;
mod writer;

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::UtcMs;
use tokio::sync::{Notify, mpsc, oneshot, watch};

use crate::StoreError;
use backlog::Backlog;
pub(crate) use loader::run as run_loader;
use writer::{Append, Order, Writer};

/// Appends that may wait for the disk before callers have to.
const QUEUE: usize = 4_096;
/// While the disk takes no rows, it is tried at most this often for who asks whether it does.
const PROBE_EVERY: Duration = Duration::from_secs(2);
const REFUSED_FILE: &str = "refused.jsonl";

/// What waits for the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpoolStatus {
    /// Rows on disk that the database has not confirmed.
    pub pending: u64,
    /// When the oldest of them was written; after a restart, the start of its day until it is read.
    pub oldest: Option<UtcMs>,
    /// Rows written since the start, with those found at the start.
    pub written: u64,
    /// Rows that the database refused for good since the start; they are kept in `refused.jsonl`.
    pub refused: u64,
    /// The last failure to load, until one succeeds.
    pub last_error: Option<String>,
    /// Why rows cannot be promised: the last failure to write, until one succeeds.
    pub write_error: Option<String>,
}

/// What writer, loader and callers share.
#[derive(Debug)]
pub(crate) struct Shared {
    dir: PathBuf,
    backlog: Mutex<Backlog>,
    durable_ends: Mutex<BTreeMap<String, u64>>,
    /// Wakes the loader.
    work: Notify,
    /// How many lines are finished.
    done: watch::Sender<u64>,
    /// Whether the last attempt to load failed.
    is_stalled: watch::Sender<bool>,
    slots: Mutex<Vec<files::Slot>>,
}

impl Shared {
    fn backlog(&self) -> MutexGuard<'_, Backlog> {
        self.backlog.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn durable_end(&self, file: &str) -> Option<u64> {
        self.durable_ends.lock().unwrap_or_else(PoisonError::into_inner).get(file).copied()
    }

    fn set_durable_end(&self, file: &str, end: u64) {
        self.durable_ends.lock().unwrap_or_else(PoisonError::into_inner).insert(file.to_owned(), end);
    }

    /// Writes down what is loaded, if the note on disk is behind. A failure costs no row: the lines
    /// would be loaded once more.
    fn note(&self) {
        let loaded = {
            let mut backlog = self.backlog();
            if !backlog.is_unnoted {
                return;
            }
            backlog.is_unnoted = false;
            backlog.loaded.clone()
        };
        let slots: Vec<u32> = {
            let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            slots.iter().map(|slot| slot.number).collect()
        };
        if let Err(fault) = files::write_notes(&self.dir, &slots, &loaded) {
            tracing::warn!(%fault, "the spool's note could not be written");
            self.backlog().is_unnoted = true;
        }
    }

    /// Keeps a line that the database refused for good, for a person to look at.
    fn keep_refused(&self, line: &[u8], reason: &str) -> io::Result<()> {
        let mut file = OpenOptions::new().create(true).append(true).open(self.dir.join(REFUSED_FILE))?;
        let row = String::from_utf8_lossy(line);
        let entry = serde_json::json!({"reason": reason, "row": row});
        file.write_all(format!("{entry}\n").as_bytes())?;
        file.sync_data()
    }
}

/// The callers' handle.
#[derive(Debug)]
pub(crate) struct Spool {
    pub(crate) shared: Arc<Shared>,
    queue: Mutex<Option<mpsc::Sender<Order>>>,
    slot: u32,
    writer: Mutex<Option<std::thread::JoinHandle<()>>>,
}

impl Spool {
    /// Takes a slot of the folder, finds its backlog, and starts the writer.
    pub(crate) fn open(dir: &Path) -> io::Result<Self> {
        let found = files::open(dir)?;
        let slot = found.own.number;
        let slots = std::iter::once(found.own).chain(found.adopted).collect();
        let shared = Arc::new(Shared {
            dir: dir.to_path_buf(),
            backlog: Mutex::new(Backlog::new(found.segments, found.loaded)),
            durable_ends: Mutex::new(found.ends),
            work: Notify::new(),
            done: watch::Sender::new(0),
            is_stalled: watch::Sender::new(false),
            slots: Mutex::new(slots),
        });
        let (sender, receiver) = mpsc::channel(QUEUE);
        let writer = Writer::new(dir, Arc::clone(&shared));
        let thread =
            std::thread::Builder::new().name("spool".to_owned()).spawn(move || writer.run(receiver))?;
        Ok(Self { shared, queue: Mutex::new(Some(sender)), slot, writer: Mutex::new(Some(thread)) })
    }

    /// Makes one line durable and gives its number.
    pub(crate) async fn append(&self, line: Vec<u8>, at: UtcMs) -> Result<u64, StoreError> {
        let mut numbers = self.append_all(vec![line], at).await?;
        numbers.pop().ok_or(StoreError::Closed)
    }

    /// Makes several lines durable, in as few groups as possible.
    pub(crate) async fn append_all(&self, lines: Vec<Vec<u8>>, at: UtcMs) -> Result<Vec<u64>, StoreError> {
        let queue =
            self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or(StoreError::Closed)?;
        let file = files::file_name(at, self.slot);
        let mut answers = Vec::with_capacity(lines.len());
        for line in lines {
            let (reply, answer) = oneshot::channel();
            let append = Append { line, file: file.clone(), at, reply };
            queue.send(Order::Append(append)).await.map_err(|_| StoreError::Closed)?;
            answers.push(answer);
        }
        drop(queue);
        let mut numbers = Vec::with_capacity(answers.len());
        for answer in answers {
            numbers.push(answer.await.map_err(|_| StoreError::Closed)??);
        }
        metrics::counter!("store_spool_lines_total")
            .increment(u64::try_from(numbers.len()).unwrap_or(u64::MAX));
        Ok(numbers)
    }

    /// Waits until the database has the line, or refused it (an error). `false`: not within `limit`.
    pub(crate) async fn loaded(&self, number: u64, limit: Duration) -> Result<bool, StoreError> {
        let mut done = self.shared.done.subscribe();
        let waited = tokio::time::timeout(limit, done.wait_for(|done| *done >= number)).await;
        if !matches!(waited, Ok(Ok(_))) {
            return Ok(false);
        }
        match self.shared.backlog().refusal(number) {
            Some(reason) => Err(StoreError::Refused { reason: reason.to_owned() }),
            None => Ok(true),
        }
    }

    /// Resolves when an attempt to load failed and none has succeeded since.
    pub(crate) async fn stalled(&self) {
        let mut is_stalled = self.shared.is_stalled.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = is_stalled.wait_for(|is_stalled| *is_stalled).await;
    }

    /// Waits until everything written so far is loaded. `false`: not within `limit`.
    pub(crate) async fn flush(&self, limit: Duration) -> bool {
        let written = self.shared.backlog().written();
        let mut done = self.shared.done.subscribe();
        matches!(tokio::time::timeout(limit, done.wait_for(|done| *done >= written)).await, Ok(Ok(_)))
    }

    pub(crate) fn note(&self) {
        self.shared.note();
    }

    /// What waits. After a failure to write, asking has the disk tried again: an instance that is sent no more
    /// work because it is not ready would never find out otherwise.
    pub(crate) fn status(&self) -> SpoolStatus {
        let mut backlog = self.shared.backlog();
        if let Some(error) = backlog.write_error.as_mut()
            && error.tried_at.elapsed() >= PROBE_EVERY
        {
            error.tried_at = Instant::now();
            let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
            // A full queue holds lines, which try the disk as well.
            let _ = queue.map(|queue| queue.try_send(Order::Probe));
        }
        SpoolStatus {
            pending: backlog.pending(),
            oldest: backlog.oldest(),
            written: backlog.written(),
            refused: backlog.refused_count,
            last_error: backlog.last_error.clone(),
            write_error: backlog.write_error.as_ref().map(|error| error.reason.clone()),
        }
    }

    pub(crate) fn total_bytes(&self) -> io::Result<u64> {
        files::total_bytes(&self.shared.dir)
    }

    /// Takes no more lines; ends when those already taken are on disk.
    pub(crate) fn stop_writing(&self) -> Option<std::thread::JoinHandle<()>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.writer.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Gives the folder's slots free.
    pub(crate) fn unlock(&self) {
        self.shared.slots.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
