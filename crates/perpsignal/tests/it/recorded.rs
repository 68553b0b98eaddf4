use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use domain::UtcMs;
use flate2::read::GzDecoder;

/// A row of a table: value by column.
pub type Row = HashMap<String, String>;

/// The folder of recorded history; `None`, with a word, where there is none.
pub fn folder() -> Option<PathBuf> {
    let shared = std::env::var_os("PERPSIGNAL_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let data = shared.join("data");
    if data.is_dir() {
        return Some(data.canonicalize().unwrap());
    }
    eprintln!("skipped: no recordings at {}", data.display());
    None
}

/// The rows of a packed table.
pub fn rows(path: &Path) -> Vec<Row> {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).unwrap();
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

/// A time column: `2025-03-03 12:00:00`, a date, or milliseconds.
pub fn time(row: &Row, column: &str) -> UtcMs {
    let text = &row[column];
    match text.parse::<i64>() {
        Ok(ms) => UtcMs(ms),
        Err(_) if text.len() == 10 => format!("{text}T00:00:00Z").parse().unwrap(),
        Err(_) => format!("{}Z", text.replacen(' ', "T", 1)).parse().unwrap(),
    }
}

/// A number; `None` where the file has nothing.
pub fn number(row: &Row, column: &str) -> Option<f64> {
    Some(row[column].as_str()).filter(|text| !text.is_empty()).map(|text| text.parse().unwrap())
}
