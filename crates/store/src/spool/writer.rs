//! The one thread that appends. It writes whatever has gathered while it was syncing, syncs once for
//! all of it, and only then says yes: an fdatasync costs milliseconds, a line microseconds.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use domain::UtcMs;
use tokio::sync::{mpsc, oneshot};

use super::backlog::WriteError;
use super::{Shared, files};
use crate::StoreError;

const MAX_GROUP_LINES: usize = 512;
const MAX_GROUP_BYTES: usize = 4 * 1024 * 1024;

/// A line that somebody waits for.
#[derive(Debug)]
pub(crate) struct Append {
    /// One JSON text with its line end.
    pub(crate) line: Vec<u8>,
    pub(crate) file: String,
    pub(crate) at: UtcMs,
    /// Gets the line's number once it is durable.
    pub(crate) reply: oneshot::Sender<Result<u64, StoreError>>,
}

/// What the writer is asked to do.
#[derive(Debug)]
pub(crate) enum Order {
    /// To make a line durable.
    Append(Append),
    /// To find out whether what was refused last would be taken now.
    Probe,
}

/// The file of the day. `len` is the end of its last durable line.
#[derive(Debug)]
struct DayFile {
    name: String,
    handle: File,
    len: u64,
}

#[derive(Debug)]
pub(crate) struct Writer {
    dir: PathBuf,
    open: Option<DayFile>,
    shared: Arc<Shared>,
    /// The file and the size of the lines that were refused last.
    refused: Option<(String, usize)>,
}

impl Writer {
    pub(crate) fn new(dir: &Path, shared: Arc<Shared>) -> Self {
        Self { dir: dir.to_path_buf(), open: None, shared, refused: None }
    }

    /// Works until every sender is gone.
    pub(crate) fn run(mut self, mut queue: mpsc::Receiver<Order>) {
        let mut ahead = None;
        while let Some(first) = ahead.take().or_else(|| queue.blocking_recv()) {
            let Order::Append(first) = first else {
                self.probe();
                continue;
            };
            let mut bytes = first.line.len();
            let mut group = vec![first];
            while group.len() < MAX_GROUP_LINES && bytes < MAX_GROUP_BYTES {
                let Ok(next) = queue.try_recv() else { break };
                match next {
                    Order::Append(next) if group.first().is_some_and(|first| first.file == next.file) => {
                        bytes += next.line.len();
                        group.push(next);
                    }
                    other => {
                        ahead = Some(other);
                        break;
                    }
                }
            }
            self.commit(group);
        }
    }

    fn commit(&mut self, group: Vec<Append>) {
        let lines: Vec<u8> = group.iter().flat_map(|append| append.line.iter().copied()).collect();
        let name = group.first().map(|append| append.file.clone()).unwrap_or_default();
        match self.append(&name, &lines) {
            Ok(start) => {
                let mut position = start;
                let mut numbers = Vec::with_capacity(group.len());
                {
                    let mut backlog = self.shared.backlog();
                    backlog.write_error = None;
                    for append in &group {
                        let end = position + u64::try_from(append.line.len()).unwrap_or(u64::MAX);
                        numbers.push(backlog.push(&name, position, end, append.at));
                        position = end;
                    }
                }
                self.shared.work.notify_one();
                for (append, number) in group.into_iter().zip(numbers) {
                    // A caller that went away has its row all the same.
                    let _ = append.reply.send(Ok(number));
                }
            }
            Err(fault) => {
                let error = StoreError::spool(&fault);
                tracing::error!(%error, lines = group.len(), "the spool took no rows");
                self.refused = Some((name, lines.len()));
                self.tell(&error);
                for append in group {
                    let _ = append.reply.send(Err(error.clone()));
                }
            }
        }
    }

    fn tell(&self, error: &StoreError) {
        let error = WriteError { reason: error.to_string(), tried_at: Instant::now() };
        self.shared.backlog().write_error = Some(error);
    }

    /// Writes as many bytes as were refused last, and cuts them off again. They hold no line end: should the
    /// program be killed in between, they are a torn line, which nobody was promised.
    fn probe(&mut self) {
        let Some((name, bytes)) =
            self.refused.clone().filter(|_| self.shared.backlog().write_error.is_some())
        else {
            return;
        };
        let tried = self.append(&name, &vec![b' '; bytes]).and_then(|start| self.cut(&name, start));
        match tried {
            Ok(()) => {
                tracing::info!("the spool takes rows again");
                self.shared.backlog().write_error = None;
            }
            Err(fault) => self.tell(&StoreError::spool(&fault)),
        }
    }

    /// Cuts the open file back to `end`.
    fn cut(&mut self, name: &str, end: u64) -> io::Result<()> {
        self.shared.set_durable_end(name, end);
        // Left closed on a fault: the next line opens it anew, which cuts it.
        let Some(mut day) = self.open.take() else { return Ok(()) };
        day.handle.set_len(end)?;
        day.handle.sync_data()?;
        day.len = end;
        self.open = Some(day);
        Ok(())
    }

    /// Appends and syncs. On a fault the file is cut back to its last durable line, so that nothing is
    /// half there and nothing refused comes back later; when even that fails, the file is opened anew,
    /// which cuts it, before the next line.
    fn append(&mut self, name: &str, lines: &[u8]) -> io::Result<u64> {
        let mut day = match self.open.take() {
            Some(day) if day.name == name => day,
            _ => {
                let day = open_day(&self.dir, name, self.shared.durable_end(name))?;
                self.shared.set_durable_end(name, day.len);
                day
            }
        };
        let start = day.len;
        let written = day.handle.write_all(lines).and_then(|()| day.handle.sync_data());
        if let Err(fault) = written {
            if let Err(second) = day.handle.set_len(start).and_then(|()| day.handle.sync_data()) {
                tracing::error!(%second, file = name, "the spool's half-written end could not be cut off yet");
            }
            return Err(fault);
        }
        day.len += u64::try_from(lines.len()).unwrap_or(u64::MAX);
        self.shared.set_durable_end(name, day.len);
        self.open = Some(day);
        Ok(start)
    }
}

/// Opens the file of a day at its durable end, when that is known from earlier in this run.
fn open_day(dir: &Path, name: &str, durable_end: Option<u64>) -> io::Result<DayFile> {
    let handle = OpenOptions::new().create(true).append(true).open(dir.join(name))?;
    let mut len = handle.metadata()?.len();
    if let Some(end) = durable_end
        && end < len
    {
        handle.set_len(end)?;
        len = end;
    }
    // The file's name must be as durable as its lines.
    files::sync_folder(dir)?;
    Ok(DayFile { name: name.to_owned(), handle, len })
}
