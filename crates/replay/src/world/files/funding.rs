use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::HOUR_MS;

use super::table::{Columns, Shelf, data_file, number, stems, utc_ms};
use crate::world::{Settlement, Window};

/// Funding settlements: `funding/<SYMBOL>.csv.gz`.
#[derive(Debug)]
pub(super) struct FundingFiles {
    dir: PathBuf,
    symbols: Vec<String>,
    files: Shelf<Vec<Settlement>>,
}

/// Hours between settlements that exchanges use; another distance is a hole in the record.
const INTERVALS_H: [i64; 4] = [1, 2, 4, 8];

impl FundingFiles {
    pub(super) fn discover(dir: &Path) -> Self {
        let dir = dir.join("funding");
        Self { symbols: stems(&dir), dir, files: Shelf::default() }
    }

    pub(super) fn symbols(&self) -> &[String] {
        &self.symbols
    }

    fn file(&self, symbol: &str) -> Arc<Vec<Settlement>> {
        self.files.get(&data_file(&self.dir, symbol), read_settlements).unwrap_or_default()
    }

    /// Settlements charged at or before `now`; none when no file is there.
    pub(super) fn settled(&self, symbol: &str, window: Window, now: i64) -> Vec<Settlement> {
        if !self.symbols.iter().any(|known| known == symbol) {
            return Vec::new();
        }
        let file = self.file(symbol);
        let past = file.get(..file.partition_point(|row| row.at_ms <= now)).unwrap_or_default();
        window.cut(past, |row| row.at_ms).to_vec()
    }

    /// Hours between the two newest settlements known at `now`, if they are neighbours.
    pub(super) fn interval_h(&self, symbol: &str, now: i64) -> Option<u32> {
        let newest = self.settled(symbol, Window::newest(2), now);
        let [before, last] = newest.as_slice() else { return None };
        let hours = (last.at_ms - before.at_ms + HOUR_MS / 2) / HOUR_MS;
        INTERVALS_H.contains(&hours).then(|| u32::try_from(hours).ok()).flatten()
    }
}

fn read_settlements(text: &str) -> Vec<Settlement> {
    let (columns, rows) = Columns::split(text);
    let (time, rate) = (columns.place("time_utc"), columns.place("funding_rate"));
    let mut settlements: Vec<Settlement> = rows
        .filter_map(|row| {
            Some(Settlement { at_ms: utc_ms(row.get(time?)?)?, rate: number(&row, rate)?, mark: None })
        })
        .collect();
    settlements.sort_by_key(|row| row.at_ms);
    settlements.dedup_by_key(|row| row.at_ms);
    settlements
}
