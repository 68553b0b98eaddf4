//! What is on disk and not yet confirmed by the database, in the order in which it came.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use domain::UtcMs;

use super::files::Segment;

/// Refusals remembered for the callers that wait for them.
const REMEMBERED_REFUSALS: usize = 256;

/// Why the spool took no lines last time.
#[derive(Debug)]
pub(crate) struct WriteError {
    pub(crate) reason: String,
    /// When it was tried last.
    pub(crate) tried_at: Instant,
}

/// Lines are numbered in the order of the segments: the first `done` of all `written` are finished.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    segments: VecDeque<Segment>,
    pub(crate) loaded: BTreeMap<String, u64>,
    written: u64,
    done: u64,
    refused: VecDeque<(u64, String)>,
    pub(crate) refused_count: u64,
    pub(crate) last_error: Option<String>,
    pub(crate) write_error: Option<WriteError>,
    /// Whether `loaded` is newer than the note on disk.
    pub(crate) is_unnoted: bool,
}

impl Backlog {
    pub(crate) fn new(segments: Vec<Segment>, loaded: BTreeMap<String, u64>) -> Self {
        let written = segments.iter().map(|segment| segment.lines).sum();
        Self { segments: segments.into(), loaded, written, ..Self::default() }
    }

    /// Takes note of one durable line at `[from, to)` of a file, and gives its number.
    pub(crate) fn push(&mut self, file: &str, from: u64, to: u64, at: UtcMs) -> u64 {
        match self.segments.back_mut() {
            Some(last) if last.file == file && last.to == from => {
                last.to = to;
                last.lines += 1;
            }
            _ => self.segments.push_back(Segment { file: file.to_owned(), from, to, lines: 1, oldest: at }),
        }
        self.written += 1;
        self.written
    }

    pub(crate) fn front(&self) -> Option<&Segment> {
        self.segments.front()
    }

    /// The first `lines` lines, which end at `to`, are finished. `next_oldest` is a time that the
    /// line after them is not older than.
    pub(crate) fn finish(&mut self, lines: u64, to: u64, next_oldest: Option<UtcMs>) -> u64 {
        if let Some(front) = self.segments.front_mut() {
            front.from = to;
            front.lines = front.lines.saturating_sub(lines);
            front.oldest = next_oldest.unwrap_or(front.oldest);
            self.loaded.insert(front.file.clone(), to);
            if front.lines == 0 {
                self.segments.pop_front();
            }
            self.is_unnoted = true;
        }
        self.done += lines;
        self.done
    }

    /// Remembers that the line with the number `self.done + ahead` was refused for good.
    pub(crate) fn refuse(&mut self, ahead: u64, reason: String) {
        if self.refused.len() >= REMEMBERED_REFUSALS {
            self.refused.pop_front();
        }
        self.refused.push_back((self.done + ahead, reason));
        self.refused_count += 1;
    }

    pub(crate) fn refusal(&self, number: u64) -> Option<&str> {
        self.refused.iter().find(|(refused, _)| *refused == number).map(|(_, reason)| reason.as_str())
    }

    pub(crate) fn pending(&self) -> u64 {
        self.written.saturating_sub(self.done)
    }

    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    pub(crate) fn oldest(&self) -> Option<UtcMs> {
        self.segments.iter().map(|segment| segment.oldest).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_order_over_files_that_alternate() {
        let old = Segment {
            file: "signals-2026-11-19.jsonl".to_owned(),
            from: 10,
            to: 30,
            lines: 2,
            oldest: UtcMs(5),
        };
        let mut backlog = Backlog::new(vec![old], BTreeMap::new());
        assert_eq!(backlog.push("signals-2026-11-20.jsonl", 0, 7, UtcMs(9)), 3);
        assert_eq!(backlog.push("signals-2026-11-20.jsonl", 7, 14, UtcMs(10)), 4);
        assert_eq!((backlog.pending(), backlog.oldest()), (4, Some(UtcMs(5))));
        backlog.refuse(2, "bad".to_owned());
        assert_eq!(backlog.finish(2, 30, None), 2);
        assert_eq!(backlog.refusal(2), Some("bad"));
        assert_eq!(backlog.front().map(|segment| segment.lines), Some(2));
        assert_eq!(backlog.finish(1, 7, Some(UtcMs(10))), 3);
        assert_eq!((backlog.pending(), backlog.oldest()), (1, Some(UtcMs(10))));
        assert_eq!(backlog.loaded.get("signals-2026-11-20.jsonl"), Some(&7));
        backlog.finish(1, 14, None);
        assert!(backlog.front().is_none());
    }
}
