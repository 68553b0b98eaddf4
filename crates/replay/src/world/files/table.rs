use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chrono::NaiveDate;
use flate2::read::MultiGzDecoder;

/// Largest text taken from one compressed file, against a bomb.
const MOST_BYTES: u64 = 512 * 1024 * 1024;

/// The text of a gzip file, or of a plain one.
pub(super) fn read_text(path: &Path) -> io::Result<String> {
    let file = File::open(path)?;
    let mut text = String::new();
    if path.extension().is_some_and(|extension| extension == "gz") {
        MultiGzDecoder::new(file).take(MOST_BYTES).read_to_string(&mut text)?;
    } else {
        file.take(MOST_BYTES).read_to_string(&mut text)?;
    }
    Ok(text)
}

/// The columns of a comma-separated file by name. The files hold no quoted commas.
pub(super) struct Columns<'a> {
    names: Vec<&'a str>,
}

impl<'a> Columns<'a> {
    /// The header's columns and the lines after it.
    pub(super) fn split(text: &'a str) -> (Self, impl Iterator<Item = Vec<&'a str>>) {
        let mut lines = text.lines();
        let names = lines.next().unwrap_or_default().split(',').map(str::trim).collect();
        let rows = lines.filter(|line| !line.is_empty()).map(|line| line.split(',').collect());
        (Self { names }, rows)
    }

    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| *known == name)
    }

    pub(super) fn names(&self) -> &[&'a str] {
        &self.names
    }
}

/// A number in a row; empty, unreadable and not finite are `None`.
pub(super) fn number(row: &[&str], place: Option<usize>) -> Option<f64> {
    row.get(place?)?.trim().parse::<f64>().ok().filter(|value| value.is_finite())
}

/// `2025-03-03 12:00:00` or `2025-03-03` as UTC milliseconds. Read by hand: the files hold half a million.
pub(super) fn utc_ms(text: &str) -> Option<i64> {
    let (date, time) = text.trim().split_once([' ', 'T']).unwrap_or((text.trim(), "00:00:00"));
    let three = |text: &str, separator: char| -> Option<[u32; 3]> {
        let mut parts = text.split(separator).map(str::parse::<u32>);
        let numbers = [parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?];
        parts.next().is_none().then_some(numbers)
    };
    let [year, month, day] = three(date, '-')?;
    let [hour, minute, second] = three(time, ':')?;
    let day = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    Some(day.and_hms_opt(hour, minute, second)?.and_utc().timestamp_millis())
}

/// Files read once, when first asked for. Two readers of one file wait for each other, not for all.
pub(super) struct Shelf<T> {
    slots: Mutex<HashMap<String, Slot<T>>>,
}

type Slot<T> = Arc<OnceLock<Option<Arc<T>>>>;

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { slots: Mutex::default() }
    }
}

impl<T> fmt::Debug for Shelf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shelf").finish_non_exhaustive()
    }
}

impl<T> Shelf<T> {
    /// What `read` makes of the file's text; `None` when the file is not there or cannot be read.
    pub(super) fn get(&self, path: &Path, read: impl FnOnce(&str) -> T) -> Option<Arc<T>> {
        let key = path.to_string_lossy().into_owned();
        let slot = self.slots.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
        slot.get_or_init(|| match read_text(path) {
            Ok(text) => Some(Arc::new(read(&text))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "a file of recorded history cannot be read");
                None
            }
        })
        .clone()
    }
}

/// Stems of the data files in a folder (`BTCUSDT` for `BTCUSDT.csv.gz`), sorted; none when it is not there.
pub(super) fn stems(dir: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let mut stems: Vec<String> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let stem = name.strip_suffix(".csv.gz").or_else(|| name.strip_suffix(".csv"))?;
            Some(stem.to_owned())
        })
        .collect();
    stems.sort_unstable();
    stems.dedup();
    stems
}

/// The data file of a stem: compressed, or plain.
pub(super) fn data_file(dir: &Path, stem: &str) -> std::path::PathBuf {
    let packed = dir.join(format!("{stem}.csv.gz"));
    if packed.exists() { packed } else { dir.join(format!("{stem}.csv")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_numbers_are_read_as_the_files_hold_them() {
        assert_eq!(utc_ms("2025-03-03 12:00:00"), Some(1_741_003_200_000));
        assert_eq!(utc_ms("2025-03-03"), Some(1_740_960_000_000));
        for bad in ["now", "", "2025-13-01", "2025-03-03 25:00:00", "2025-03-03 12:00", "2025-03-03-01"] {
            assert_eq!(utc_ms(bad), None, "{bad}");
        }
        let (columns, mut rows) = Columns::split("a,b,c\n1.5,,-2.5e-07\n");
        let row = rows.next().unwrap();
        assert_eq!(number(&row, columns.place("a")), Some(1.5));
        assert_eq!(number(&row, columns.place("b")), None);
        assert_eq!(number(&row, columns.place("c")), Some(-2.5e-7));
        assert_eq!(number(&row, columns.place("d")), None);
    }
}
