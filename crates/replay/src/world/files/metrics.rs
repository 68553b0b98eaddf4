use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::{HOUR_MS, MINUTE_MS};

use super::table::{Columns, Shelf, data_file, number, stems, utc_ms};
use crate::world::{Lack, Stat, StatRow, Window, grid_floor};

/// Open interest and positioning: `metrics/<5m|1h>/<SYMBOL>.csv.gz`.
#[derive(Debug)]
pub(super) struct Metrics {
    dir: PathBuf,
    five_minutes: Vec<String>,
    hours: Vec<String>,
    files: Shelf<Vec<Row>>,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    /// When the row became known; may lie some seconds behind the grid.
    known_ms: i64,
    /// Its place on the file's grid.
    grid_ms: i64,
    open_interest: Option<f64>,
    value: Option<f64>,
    top_accounts: Option<f64>,
    top_positions: Option<f64>,
    accounts: Option<f64>,
    /// Buy/sell volume of the five minutes before the stamp, or the mean over the hour before it.
    taker: Option<f64>,
}

const FIVE_MINUTES: i64 = 5 * MINUTE_MS;

impl Metrics {
    pub(super) fn discover(dir: &Path) -> Self {
        let dir = dir.join("metrics");
        let (five_minutes, hours) = (stems(&dir.join("5m")), stems(&dir.join("1h")));
        Self { dir, five_minutes, hours, files: Shelf::default() }
    }

    pub(super) fn symbols(&self) -> impl Iterator<Item = &str> {
        self.five_minutes.iter().chain(&self.hours).map(String::as_str)
    }

    fn five_minutes(&self, symbol: &str) -> Option<Arc<Vec<Row>>> {
        self.five_minutes.iter().any(|known| known == symbol).then_some(())?;
        let path = data_file(&self.dir.join("5m"), symbol);
        self.files.get(&path, |text| read_rows(text, "sum_taker_long_short_vol_ratio", FIVE_MINUTES))
    }

    fn hours(&self, symbol: &str) -> Option<Arc<Vec<Row>>> {
        self.hours.iter().any(|known| known == symbol).then_some(())?;
        let path = data_file(&self.dir.join("1h"), symbol);
        self.files.get(&path, |text| read_rows(text, "taker_ratio_mean_1h", HOUR_MS))
    }

    /// Rows known at `now`, on the grid of `period`. Periods below an hour come from the 5m file, an hour
    /// and above from the 1h file. Flows of other periods than a file holds are not made up from ratios.
    pub(super) fn rows(
        &self,
        symbol: &str,
        stat: Stat,
        period: i64,
        window: Window,
        now: i64,
    ) -> Result<Vec<StatRow>, Lack> {
        let is_flow = stat == Stat::Taker;
        let file = match period {
            FIVE_MINUTES => self.five_minutes(symbol),
            HOUR_MS if is_flow => self.hours(symbol),
            _ if is_flow => None,
            _ if period < HOUR_MS => self.five_minutes(symbol),
            _ => self.hours(symbol).or_else(|| self.five_minutes(symbol)),
        };
        let Some(file) = file else { return Err(Lack::Datum) };
        let known = file.get(..file.partition_point(|row| row.known_ms <= now)).unwrap_or_default();
        let rows: Vec<StatRow> = known
            .iter()
            .filter(|row| grid_floor(row.grid_ms, period, 0) == row.grid_ms)
            .filter_map(|row| figure(row, stat, period))
            .collect();
        Ok(window.cut(&rows, |row| row.at_ms).to_vec())
    }
}

fn figure(row: &Row, stat: Stat, period: i64) -> Option<StatRow> {
    let at = |at_ms, a, b| Some(StatRow { at_ms, a, b, c: None });
    match stat {
        Stat::OpenInterest => at(row.grid_ms, row.open_interest?, Some(row.value?)),
        Stat::AccountRatio => at(row.grid_ms, row.accounts?, None),
        Stat::TopAccountRatio => at(row.grid_ms, row.top_accounts?, None),
        Stat::TopPositionRatio => at(row.grid_ms, row.top_positions?, None),
        // The file stamps a flow at its end, the provider at its start.
        Stat::Taker => at(row.grid_ms - period, row.taker?, None),
    }
}

fn read_rows(text: &str, taker_column: &str, grid: i64) -> Vec<Row> {
    let (columns, rows) = Columns::split(text);
    let time = columns.place("create_time").or_else(|| columns.place("time_utc"));
    let open_interest = columns.place("sum_open_interest");
    let value = columns.place("sum_open_interest_value");
    let top_accounts = columns.place("count_toptrader_long_short_ratio");
    let top_positions = columns.place("sum_toptrader_long_short_ratio");
    let accounts = columns.place("count_long_short_ratio");
    let taker = columns.place(taker_column);
    let mut rows: Vec<Row> = rows
        .filter_map(|row| {
            // A zero in any of these columns is a bad row of the record, not a figure.
            let positive = |place| number(&row, place).filter(|value| *value > 0.0);
            let known_ms = utc_ms(row.get(time?)?)?;
            Some(Row {
                known_ms,
                grid_ms: grid_floor(known_ms, grid, 0),
                open_interest: positive(open_interest),
                value: positive(value),
                top_accounts: positive(top_accounts),
                top_positions: positive(top_positions),
                accounts: positive(accounts),
                taker: positive(taker),
            })
        })
        .collect();
    rows.sort_by_key(|row| row.known_ms);
    rows.dedup_by_key(|row| row.grid_ms);
    rows
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // Exactness is what is tested.
mod tests {
    use super::*;

    const TEXT: &str = "create_time,sum_open_interest,sum_open_interest_value,\
        count_toptrader_long_short_ratio,sum_toptrader_long_short_ratio,count_long_short_ratio,\
        sum_taker_long_short_vol_ratio\n\
        2024-11-13 00:00:00,10,100,0.9,1.8,0.7,0.6\n\
        2024-11-13 00:05:07,0.0,0.0,0.9,1.8,,1.2\n";

    #[test]
    fn zero_open_interest_is_missing_and_late_stamps_stand_on_the_grid() {
        let rows = read_rows(TEXT, "sum_taker_long_short_vol_ratio", FIVE_MINUTES);
        let second = rows[1];
        assert_eq!(second.known_ms - second.grid_ms, 7_000);
        assert!(figure(&second, Stat::OpenInterest, FIVE_MINUTES).is_none());
        assert!(figure(&second, Stat::AccountRatio, FIVE_MINUTES).is_none());
        let flow = figure(&second, Stat::Taker, FIVE_MINUTES).unwrap();
        assert_eq!(flow.at_ms, rows[0].grid_ms);
        assert_eq!(flow.a, 1.2);
    }
}
