use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::Interval;

use super::table::{Columns, Shelf, data_file, number, stems};
use crate::world::Window;

/// Coinglass histories: `coinglass/<what>_<COIN>[_<EXCHANGE>]_<interval>.csv.gz`.
#[derive(Debug)]
pub(super) struct CoinglassFiles {
    dir: PathBuf,
    stems: Vec<String>,
    files: Shelf<History>,
}

/// Which Coinglass history is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dataset {
    /// Forced closures of one coin on Binance.
    Liquidations,
    /// Open interest of one coin on all exchanges.
    OpenInterest,
    FundingByOpenInterest,
    FundingByVolume,
    /// The running rate of one pair.
    Funding,
    AccountRatio,
    TopAccountRatio,
    TopPositionRatio,
    /// Taker volumes of one Binance pair.
    PairTaker,
    /// Taker volumes of a set of exchanges that the record does not name.
    CoinTaker,
    SpotCoinTaker,
    BookDepth,
    /// Prices of the Binance pair.
    Price,
    /// Simulated only, like the rest below.
    PairLiquidations,
    PairOpenInterest,
    PairBookDepth,
}

impl Dataset {
    const fn file_prefix(self) -> Option<&'static str> {
        Some(match self {
            Self::Liquidations => "liquidation_aggregated",
            Self::OpenInterest => "oi_aggregated",
            Self::FundingByOpenInterest => "funding_oi_weight",
            Self::FundingByVolume => "funding_vol_weight",
            Self::Funding => "funding",
            Self::AccountRatio => "global_long_short_account_ratio",
            Self::TopAccountRatio => "top_long_short_account_ratio",
            Self::TopPositionRatio => "top_long_short_position_ratio",
            Self::PairTaker => "taker_aggregated",
            Self::CoinTaker => "taker_aggregated_history",
            Self::SpotCoinTaker => "spot_taker",
            Self::BookDepth => "orderbook_aggregated",
            Self::Price => "price",
            Self::PairLiquidations | Self::PairOpenInterest | Self::PairBookDepth => return None,
        })
    }

    /// Whether a row holds the value at its time; else it covers the bar that begins there.
    const fn is_snapshot(self) -> bool {
        matches!(self, Self::AccountRatio | Self::TopAccountRatio | Self::TopPositionRatio)
    }
}

/// One file: the columns that hold figures, and the rows by time.
#[derive(Debug, Default)]
pub(super) struct History {
    columns: Vec<String>,
    rows: Vec<HistoryRow>,
}

/// A row of a Coinglass history under the provider's column names.
#[derive(Clone, Debug)]
pub(crate) struct HistoryRow {
    pub time_ms: i64,
    values: Vec<Option<f64>>,
}

/// Rows of one history.
#[derive(Clone, Debug, Default)]
pub(crate) struct Excerpt {
    pub columns: Vec<String>,
    pub rows: Vec<HistoryRow>,
}

impl HistoryRow {
    pub(crate) fn new(time_ms: i64, values: impl IntoIterator<Item = f64>) -> Self {
        Self { time_ms, values: values.into_iter().map(Some).collect() }
    }

    /// The figure in a column.
    pub(crate) fn value(&self, place: usize) -> Option<f64> {
        self.values.get(place).copied().flatten()
    }

    pub(crate) fn figures<'a>(&'a self, columns: &'a [String]) -> impl Iterator<Item = (&'a str, f64)> {
        columns.iter().zip(&self.values).filter_map(|(name, value)| Some((name.as_str(), (*value)?)))
    }
}

impl CoinglassFiles {
    pub(super) fn discover(dir: &Path) -> Self {
        let dir = dir.join("coinglass");
        Self { stems: stems(&dir), dir, files: Shelf::default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.stems.is_empty()
    }

    /// Coins that some file speaks of.
    pub(super) fn coins(&self) -> Vec<&str> {
        let mut coins: Vec<&str> = self
            .stems
            .iter()
            .flat_map(|stem| stem.split('_'))
            // Coins and exchanges are upper case; a coin stands right behind a history's name.
            .filter(|part| {
                let names = ["liquidation_aggregated", "oi_aggregated", "funding_oi_weight", "price"];
                names.iter().any(|name| {
                    let begin = format!("{name}_{part}_");
                    self.stems.iter().any(|stem| stem.starts_with(&begin))
                })
            })
            .filter(|part| part.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()))
            .collect();
        coins.sort_unstable();
        coins.dedup();
        coins
    }

    /// Rows of a history known at `now`; `exchange` where the file's name carries one. `None` when no such
    /// file is held.
    pub(super) fn rows(
        &self,
        dataset: Dataset,
        coin: &str,
        exchange: Option<&str>,
        interval: &str,
        window: Window,
        now: i64,
    ) -> Option<Excerpt> {
        let prefix = dataset.file_prefix()?;
        let stem = match exchange {
            Some(exchange) => format!("{prefix}_{coin}_{}_{interval}", exchange.to_ascii_uppercase()),
            None => format!("{prefix}_{coin}_{interval}"),
        };
        let history = self.file(&stem)?;
        // Files of one name pattern hold two kinds of taker rows, told apart by their columns.
        let aggregated = history.columns.iter().any(|name| name.starts_with("aggregated_"));
        if dataset == Dataset::PairTaker && aggregated {
            return None;
        }
        let length = interval.parse::<Interval>().ok()?.ms();
        let delay = if dataset.is_snapshot() { 0 } else { length };
        let known = history.rows.partition_point(|row| row.time_ms + delay <= now);
        let rows = window.cut(history.rows.get(..known).unwrap_or_default(), |row| row.time_ms).to_vec();
        Some(Excerpt { columns: history.columns.clone(), rows })
    }

    /// The index's republication, as captured: stamps drift by minutes and days are missing.
    pub(super) fn fear_greed(&self, now: i64) -> Option<Excerpt> {
        let history = self.file("fear_greed_1d")?;
        let known = history.rows.partition_point(|row| row.time_ms < now);
        let rows = history.rows.get(..known).unwrap_or_default().to_vec();
        Some(Excerpt { columns: history.columns.clone(), rows })
    }

    fn file(&self, stem: &str) -> Option<Arc<History>> {
        self.stems.binary_search_by(|known| known.as_str().cmp(stem)).ok()?;
        self.files.get(&data_file(&self.dir, stem), read_history)
    }
}

/// Columns of the record itself, not of the provider.
const BOOKKEEPING: [&str; 4] = ["time", "time_utc", "snapshot", "partial_bar"];

fn read_history(text: &str) -> History {
    let (columns, rows) = Columns::split(text);
    let (time, partial) = (columns.place("time"), columns.place("partial_bar"));
    let figures: Vec<(usize, &str)> =
        columns.names().iter().copied().enumerate().filter(|(_, name)| !BOOKKEEPING.contains(name)).collect();
    let mut rows: Vec<HistoryRow> = rows
        // A bar that was still running when it was captured is not its final figure.
        .filter(|row| number(row, partial).is_none_or(|partial| partial == 0.0))
        .filter_map(|row| {
            let time_ms: i64 = row.get(time?)?.trim().parse().ok()?;
            let values = figures.iter().map(|(place, _)| number(&row, Some(*place))).collect();
            Some(HistoryRow { time_ms, values })
        })
        .collect();
    rows.sort_by_key(|row| row.time_ms);
    rows.dedup_by_key(|row| row.time_ms);
    History { columns: figures.into_iter().map(|(_, name)| name.to_owned()).collect(), rows }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_bars_of_the_capture_are_left_out() {
        let history = read_history(
            "time,time_utc,open,close,snapshot,partial_bar\n\
             1000,x,1,2,20250101,0\n2000,x,3,4,20250101,1\n1500,x,5,,20250101,0\n",
        );
        assert_eq!(history.columns, ["open", "close"]);
        let times: Vec<i64> = history.rows.iter().map(|row| row.time_ms).collect();
        assert_eq!(times, [1000, 1500]);
        assert_eq!(history.rows[1].figures(&history.columns).count(), 1);
    }
}
