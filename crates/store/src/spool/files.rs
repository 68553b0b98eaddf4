//! The spool's folder: names, locks, recovery, and the note of what has been loaded.
//!
//! One process writes `signals-YYYY-MM-DD.jsonl`. A second one beside it (a command next to the
//! server) takes the next slot and writes `signals-YYYY-MM-DD.2.jsonl`, and so on; whoever starts
//! later loads what a slot whose owner died has left.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use domain::UtcMs;
use serde::{Deserialize, Serialize};

const MAX_SLOTS: u32 = 16;
const PREFIX: &str = "signals-";
const SUFFIX: &str = ".jsonl";

/// Lines of one file that the database has not confirmed, as `[from, to)` in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) file: String,
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) lines: u64,
    /// When the oldest of them was written, as far as known.
    pub(crate) oldest: UtcMs,
}

/// A locked slot of the folder.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) number: u32,
    /// Held, not read: the lock ends with the handle, also when the process is killed.
    _lock: File,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Note {
    loaded: BTreeMap<String, u64>,
}

/// What the folder held at start.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) own: Slot,
    /// Slots whose owners are gone, held until this process ends.
    pub(crate) adopted: Vec<Slot>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) loaded: BTreeMap<String, u64>,
    /// Where each file's last whole line ends.
    pub(crate) ends: BTreeMap<String, u64>,
}

/// The name of the file for a day.
pub(crate) fn file_name(now: UtcMs, slot: u32) -> String {
    let text = now.rfc3339();
    let day = text.get(..10).unwrap_or("unknown-day");
    if slot == 1 { format!("{PREFIX}{day}{SUFFIX}") } else { format!("{PREFIX}{day}.{slot}{SUFFIX}") }
}

/// The slot that a file belongs to; `None` for a file that is not ours.
fn slot_of(name: &str) -> Option<u32> {
    let middle = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    let (day, slot) =
        middle.split_once('.').map_or((middle, Some(1)), |(day, slot)| (day, slot.parse().ok()));
    day.parse::<UtcMs>().ok()?;
    slot.filter(|slot| (1..=MAX_SLOTS).contains(slot))
}

fn note_path(dir: &Path, slot: u32) -> PathBuf {
    dir.join(if slot == 1 { "loaded.json".to_owned() } else { format!("loaded.{slot}.json") })
}

fn lock(dir: &Path, number: u32) -> io::Result<Option<Slot>> {
    let name = if number == 1 { "spool.lock".to_owned() } else { format!("spool.{number}.lock") };
    let file = OpenOptions::new().create(true).append(true).open(dir.join(name))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Slot { number, _lock: file })),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(fault)) => Err(fault),
    }
}

/// Takes the first free slot, and with it the backlog of every slot that nobody holds.
pub(crate) fn open(dir: &Path) -> io::Result<Found> {
    fs::create_dir_all(dir)?;
    let mut names = BTreeMap::<u32, Vec<String>>::new();
    for entry in fs::read_dir(dir)? {
        if let Some(name) = entry?.file_name().to_str()
            && let Some(slot) = slot_of(name)
        {
            names.entry(slot).or_default().push(name.to_owned());
        }
    }
    let mut own = None;
    let mut adopted = Vec::new();
    for number in 1..=MAX_SLOTS {
        let wanted = own.is_none() || names.contains_key(&number);
        let Some(slot) = (if wanted { lock(dir, number)? } else { None }) else { continue };
        if own.is_none() {
            own = Some(slot);
        } else {
            adopted.push(slot);
        }
    }
    let own = own.ok_or_else(|| io::Error::other(format!("all {MAX_SLOTS} slots of the spool are taken")))?;

    let mut segments = Vec::new();
    let mut loaded = BTreeMap::new();
    let mut ends = BTreeMap::new();
    for slot in std::iter::once(&own).chain(&adopted) {
        let note = read_note(&note_path(dir, slot.number))?;
        for name in names.remove(&slot.number).unwrap_or_default() {
            let from = note.loaded.get(&name).copied().unwrap_or(0);
            let segment = recover(dir, &name, from)?;
            loaded.insert(name.clone(), segment.from);
            ends.insert(name, segment.to);
            if segment.lines > 0 {
                segments.push(segment);
            }
        }
    }
    segments.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(Found { own, adopted, segments, loaded, ends })
}

/// A note that is absent or unreadable means "nothing is known to be loaded": the lines are loaded
/// again, which their ids make harmless.
fn read_note(path: &Path) -> io::Result<Note> {
    match fs::read(path) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).unwrap_or_else(|fault| {
            tracing::warn!(%fault, path = %path.display(), "the spool's note is unreadable, loading everything again");
            Note::default()
        })),
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(Note::default()),
        Err(fault) => Err(fault),
    }
}

/// Counts the whole lines from `from` on, and cuts off a last line without its end: it was being
/// written when the program died, so nobody was promised it.
fn recover(dir: &Path, name: &str, from: u64) -> io::Result<Segment> {
    let mut file = OpenOptions::new().read(true).write(true).open(dir.join(name))?;
    let len = file.metadata()?.len();
    let from = if from > len {
        tracing::warn!(
            file = name,
            noted = from,
            len,
            "a spool file is shorter than what was loaded from it"
        );
        len
    } else {
        from
    };
    file.seek(SeekFrom::Start(from))?;
    let (mut position, mut whole, mut lines) = (from, from, 0_u64);
    let mut chunk = vec![0_u8; 64 * 1024];
    loop {
        let count = file.read(&mut chunk)?;
        if count == 0 {
            break;
        }
        for byte in chunk.iter().take(count) {
            position += 1;
            if *byte == b'\n' {
                whole = position;
                lines += 1;
            }
        }
    }
    if whole < len {
        tracing::warn!(file = name, bytes = len - whole, "the spool's last line was torn and is dropped");
        file.set_len(whole)?;
        file.sync_all()?;
    }
    let oldest = name.strip_prefix(PREFIX).and_then(|rest| rest.get(..10)).and_then(|day| day.parse().ok());
    Ok(Segment { file: name.to_owned(), from, to: whole, lines, oldest: oldest.unwrap_or_default() })
}

/// Writes down what has been loaded, durably, one note per slot.
pub(crate) fn write_notes(dir: &Path, slots: &[u32], loaded: &BTreeMap<String, u64>) -> io::Result<()> {
    for slot in slots {
        let own = loaded.iter().filter(|(name, _)| slot_of(name) == Some(*slot));
        let note = Note { loaded: own.map(|(name, offset)| (name.clone(), *offset)).collect() };
        let path = note_path(dir, *slot);
        let draft = path.with_extension("json.new");
        let mut file = File::create(&draft)?;
        file.write_all(&serde_json::to_vec(&note)?)?;
        file.sync_all()?;
        fs::rename(&draft, &path)?;
    }
    sync_folder(dir)
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Up to `max_lines` whole lines (without their ends) of a segment, in at most about `max_bytes`, and
/// the offset after each.
pub(crate) fn read_lines(
    dir: &Path,
    segment: &Segment,
    max_lines: usize,
    max_bytes: u64,
) -> io::Result<Vec<(Vec<u8>, u64)>> {
    let mut file = File::open(dir.join(&segment.file))?;
    file.seek(SeekFrom::Start(segment.from))?;
    let mut reader = io::BufReader::new(file.take(segment.to.saturating_sub(segment.from)));
    let mut lines = Vec::new();
    let mut position = segment.from;
    while lines.len() < max_lines && position - segment.from < max_bytes {
        let mut line = Vec::new();
        let count = io::BufRead::read_until(&mut reader, b'\n', &mut line)?;
        if count == 0 {
            break;
        }
        position += u64::try_from(count).unwrap_or(u64::MAX);
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        lines.push((line, position));
    }
    Ok(lines)
}

/// Bytes of all backup files.
pub(crate) fn total_bytes(dir: &Path) -> io::Result<u64> {
    let mut total = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().to_str().and_then(slot_of).is_some() {
            total += entry.metadata()?.len();
        }
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_day_and_slot() {
        let noon = "2026-11-20T12:00:00Z".parse().unwrap();
        assert_eq!(file_name(noon, 1), "signals-2026-11-20.jsonl");
        assert_eq!(file_name(noon, 3), "signals-2026-11-20.3.jsonl");
        assert_eq!(slot_of("signals-2026-11-20.3.jsonl"), Some(3));
        assert_eq!(slot_of("signals-2026-11-20.jsonl"), Some(1));
        for name in ["signals-rejected.jsonl", "signals-2026-11-20.99.jsonl", "loaded.json", "signals-.jsonl"]
        {
            assert_eq!(slot_of(name), None, "{name}");
        }
    }

    #[test]
    fn a_torn_last_line_is_cut_off_and_whole_lines_are_counted() {
        let dir = tempfile::tempdir().unwrap();
        let name = "signals-2026-11-20.jsonl";
        fs::write(dir.path().join(name), b"{\"a\":1}\n{\"b\":2}\n{\"c\":").unwrap();
        let found = open(dir.path()).unwrap();
        let segment = found.segments.first().unwrap();
        assert_eq!((segment.from, segment.to, segment.lines), (0, 16, 2));
        assert_eq!(fs::read(dir.path().join(name)).unwrap(), b"{\"a\":1}\n{\"b\":2}\n");
        let lines = read_lines(dir.path(), segment, 10, 1_000).unwrap();
        assert_eq!(lines.last().unwrap(), &(b"{\"b\":2}".to_vec(), 16));
    }

    #[test]
    fn what_is_noted_as_loaded_is_not_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let name = "signals-2026-11-20.jsonl";
        fs::write(dir.path().join(name), b"1\n2\n3\n").unwrap();
        write_notes(dir.path(), &[1], &BTreeMap::from([(name.to_owned(), 4)])).unwrap();
        let found = open(dir.path()).unwrap();
        assert_eq!(found.segments.first().map(|segment| (segment.from, segment.lines)), Some((4, 1)));
        drop(found);
        fs::write(dir.path().join("loaded.json"), b"").unwrap();
        let found = open(dir.path()).unwrap();
        assert_eq!(found.segments.first().map(|segment| segment.lines), Some(3));
    }

    #[test]
    fn a_second_process_takes_the_next_slot_and_a_dead_ones_backlog_is_adopted() {
        let dir = tempfile::tempdir().unwrap();
        let first = open(dir.path()).unwrap();
        let second = open(dir.path()).unwrap();
        assert_eq!((first.own.number, second.own.number), (1, 2));
        fs::write(dir.path().join("signals-2026-11-20.2.jsonl"), b"1\n").unwrap();
        drop((first, second));
        let third = open(dir.path()).unwrap();
        assert_eq!(third.own.number, 1);
        assert_eq!(third.adopted.len(), 1);
        assert_eq!(third.segments.len(), 1);
    }
}
