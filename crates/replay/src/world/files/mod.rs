mod candles;
mod coinglass;
mod daily;
mod funding;
mod listing;
mod metrics;
mod table;

use std::path::{Path, PathBuf};

use domain::{UtcMs, Venue};
use serde_json::Value;

use self::candles::Candles;
use self::coinglass::CoinglassFiles;
use self::daily::Daily;
use self::funding::FundingFiles;
use self::listing::Listing;
use self::metrics::Metrics;
use super::{Bar, DayTicker, Lack, Market, Settlement, Stat, StatRow, Window};
use crate::error::ReplayError;

pub(crate) use self::coinglass::{Dataset, Excerpt, HistoryRow};
pub(crate) use self::daily::SocialDay;

/// A folder of recorded history. Files are read when first asked for; nothing later than the instant asked
/// about is told.
#[derive(Debug)]
pub(crate) struct FilesWorld {
    dir: PathBuf,
    candles: Candles,
    metrics: Metrics,
    funding: FundingFiles,
    listing: Listing,
    coinglass: CoinglassFiles,
    daily: Daily,
}

impl FilesWorld {
    /// Looks at the names in the folder; reads no file.
    pub(crate) fn open(dir: &Path) -> Result<Self, ReplayError> {
        std::fs::read_dir(dir).map_err(|source| ReplayError::NoFolder { path: dir.to_owned(), source })?;
        let world = Self {
            dir: dir.to_owned(),
            candles: Candles::discover(dir),
            metrics: Metrics::discover(dir),
            funding: FundingFiles::discover(dir),
            listing: Listing::discover(dir),
            coinglass: CoinglassFiles::discover(dir),
            daily: Daily::discover(dir),
        };
        if world.symbols().is_empty() && world.coinglass.is_empty() && !world.daily.has_any() {
            return Err(ReplayError::EmptyFolder(dir.to_owned()));
        }
        Ok(world)
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Binance contracts of which anything is held, sorted.
    pub(crate) fn symbols(&self) -> Vec<&str> {
        let mut symbols = self.candles.symbols();
        symbols.extend(self.metrics.symbols());
        symbols.extend(self.funding.symbols().iter().map(String::as_str));
        symbols.sort_unstable();
        symbols.dedup();
        symbols
    }

    pub(crate) fn coinglass_coins(&self) -> Vec<&str> {
        self.coinglass.coins()
    }

    pub(crate) fn coinglass_rows(
        &self,
        dataset: Dataset,
        coin: &str,
        exchange: Option<&str>,
        interval: &str,
        window: Window,
        now: UtcMs,
    ) -> Option<Excerpt> {
        self.coinglass.rows(dataset, coin, exchange, interval, window, now.0)
    }

    pub(crate) fn coinglass_fear_greed(&self, now: UtcMs) -> Option<Excerpt> {
        self.coinglass.fear_greed(now.0)
    }

    pub(crate) fn fear_greed(&self, now: UtcMs) -> Vec<(i64, u8)> {
        self.daily.fear_greed(now.0)
    }

    pub(crate) fn social_coins(&self) -> impl Iterator<Item = &str> {
        self.daily.social_coins()
    }

    pub(crate) fn social(&self, coin: &str, now: UtcMs) -> Option<Vec<SocialDay>> {
        self.daily.social(coin, now.0)
    }
}

impl Market for FilesWorld {
    fn listings(&self, venue: Venue, now: UtcMs) -> Vec<Value> {
        if venue != Venue::Binance {
            return Vec::new();
        }
        self.listing.trading(now, |symbol| self.candles.cover(symbol, now.0))
    }

    fn knows(&self, venue: Venue, symbol: &str) -> bool {
        venue == Venue::Binance && self.symbols().binary_search(&symbol).is_ok()
    }

    fn bars(
        &self,
        venue: Venue,
        symbol: &str,
        step: i64,
        window: Window,
        now: UtcMs,
    ) -> Result<Vec<Bar>, Lack> {
        if venue != Venue::Binance {
            return Err(Lack::Symbol);
        }
        self.candles.bars(symbol, step, window, now.0)
    }

    fn ticker(&self, venue: Venue, symbol: &str, now: UtcMs) -> Result<DayTicker, Lack> {
        if venue != Venue::Binance {
            return Err(Lack::Symbol);
        }
        self.candles.ticker(symbol, now.0)
    }

    fn tickers(&self, venue: Venue, now: UtcMs) -> Vec<(String, DayTicker)> {
        if venue != Venue::Binance {
            return Vec::new();
        }
        self.candles
            .symbols()
            .into_iter()
            .filter_map(|symbol| Some((symbol.to_owned(), self.candles.ticker(symbol, now.0).ok()?)))
            .collect()
    }

    fn settlements(
        &self,
        venue: Venue,
        symbol: &str,
        window: Window,
        now: UtcMs,
    ) -> Result<Vec<Settlement>, Lack> {
        if !self.knows(venue, symbol) {
            return Err(Lack::Symbol);
        }
        Ok(self.funding.settled(symbol, window, now.0))
    }

    fn funding_intervals(&self, venue: Venue, now: UtcMs) -> Vec<(String, u32)> {
        if venue != Venue::Binance {
            return Vec::new();
        }
        self.funding
            .symbols()
            .iter()
            .filter_map(|symbol| Some((symbol.clone(), self.funding.interval_h(symbol, now.0)?)))
            .collect()
    }

    fn stat(
        &self,
        venue: Venue,
        symbol: &str,
        stat: Stat,
        period_ms: i64,
        window: Window,
        now: UtcMs,
    ) -> Result<Vec<StatRow>, Lack> {
        if !self.knows(venue, symbol) {
            return Err(Lack::Symbol);
        }
        self.metrics.rows(symbol, stat, period_ms, window, now.0)
    }
}
