/// Recorded history.
pub(crate) mod files;
/// A market computed from a seed.
pub(crate) mod sim;

use domain::{DAY_MS, UtcMs, Venue};
use serde_json::Value;

/// Why a world has no answer; each provider words it in its own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    /// No such contract.
    Symbol,
    /// Bars of that length, or finer ones that make them up, are not there.
    Interval,
    /// The contract is there, this kind of figure is not.
    Datum,
}

/// One bar of prices; the fields that the source does not hold are `None`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bar {
    pub open_ms: i64,
    /// First instant after the bar.
    pub end_ms: i64,
    pub open: f64,
    pub high: f64,
    pub low: f64,
    pub close: f64,
    /// Contract units of the venue (OKX: coins).
    pub volume: f64,
    pub quote_volume: Option<f64>,
    pub trades: Option<u64>,
    pub taker_buy: Option<f64>,
    pub taker_buy_quote: Option<f64>,
}

/// The rolling 24 hours.
#[derive(Clone, Debug)]
pub(crate) struct DayTicker {
    /// All of the window; its close is the last price.
    pub bar: Bar,
    /// When the last price was made.
    pub last_ms: i64,
    pub last_qty: Option<f64>,
    /// Best bid and ask with their sizes.
    pub top: Option<[(f64, f64); 2]>,
}

/// A charged funding rate, as a fraction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Settlement {
    pub at_ms: i64,
    pub rate: f64,
    pub mark: Option<f64>,
}

/// Mark, index and the running funding rate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Premium {
    pub mark: f64,
    pub index: f64,
    /// Fraction for the period that ends at `next_ms`.
    pub running_rate: f64,
    pub last_settled: Settlement,
    pub interest: f64,
    pub next_ms: i64,
    pub interval_h: u32,
}

/// A statistic that exchanges publish on a time grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stat {
    /// `a` contract units (OKX: coins), `b` quote value.
    OpenInterest,
    /// `a` long/short of all accounts.
    AccountRatio,
    /// `a` long/short of the top traders' accounts.
    TopAccountRatio,
    /// `a` long/short of the top traders' positions.
    TopPositionRatio,
    /// `a` buy/sell ratio, `b` bought, `c` sold, both in contract units; the time is the period's start.
    Taker,
}

/// One row of a statistic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct StatRow {
    pub at_ms: i64,
    pub a: f64,
    pub b: Option<f64>,
    pub c: Option<f64>,
}

/// An order book, best first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    pub at_ms: i64,
    pub update_id: u64,
    pub bids: Vec<(f64, f64)>,
    pub asks: Vec<(f64, f64)>,
}

/// One trade.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fill {
    pub id: u64,
    pub at_ms: i64,
    pub price: f64,
    pub quantity: f64,
    /// The taker sold.
    pub buyer_is_maker: bool,
}

/// One forced order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Forced {
    pub symbol: String,
    pub at_ms: i64,
    pub long: bool,
    /// Average fill price.
    pub price: f64,
    /// The order's limit, off the market.
    pub bankruptcy_price: f64,
    /// Contract units (OKX: contracts).
    pub quantity: f64,
    /// Dollars, as histories count them; `quantity` is this rounded to the lot.
    pub usd: f64,
}

/// Which rows are asked for: inclusive bounds of the row's own time, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub from: Option<i64>,
    pub to: Option<i64>,
    pub limit: usize,
    /// Of too many rows, keep the oldest (else the newest).
    pub oldest: bool,
}

impl Window {
    pub(crate) const fn newest(limit: usize) -> Self {
        Self { from: None, to: None, limit, oldest: false }
    }

    /// The part of `rows`, ascending by `time`, that is asked for.
    pub(crate) fn cut<'a, T>(&self, rows: &'a [T], time: impl Fn(&T) -> i64) -> &'a [T] {
        let begin = self.from.map_or(0, |from| rows.partition_point(|row| time(row) < from));
        let end = self.to.map_or(rows.len(), |to| rows.partition_point(|row| time(row) <= to));
        let rows = rows.get(begin..end).unwrap_or_default();
        let surplus = rows.len().saturating_sub(self.limit);
        let kept = if self.oldest { rows.get(..rows.len() - surplus) } else { rows.get(surplus..) };
        kept.unwrap_or_default()
    }

    /// The same choice on the regular grid `phase + n * step` between `first` and `last`: the first
    /// instant and how many.
    pub(crate) fn grid(&self, step: i64, phase: i64, first: i64, last: i64) -> (i64, usize) {
        let low = self.from.map_or(first, |from| from.max(first));
        let high = self.to.map_or(last, |to| to.min(last));
        let begin = grid_ceil(low, step, phase);
        let end = grid_floor(high, step, phase);
        if end < begin {
            return (begin, 0);
        }
        let rows = usize::try_from((end - begin) / step + 1).unwrap_or(usize::MAX);
        let kept = rows.min(self.limit);
        let skipped = if self.oldest { 0 } else { rows - kept };
        (begin + i64::try_from(skipped).unwrap_or(0) * step, kept)
    }
}

/// The last grid instant at or before `at`.
pub(crate) const fn grid_floor(at: i64, step: i64, phase: i64) -> i64 {
    at - (at - phase).rem_euclid(step)
}

/// The first grid instant at or after `at`.
pub(crate) const fn grid_ceil(at: i64, step: i64, phase: i64) -> i64 {
    let floor = grid_floor(at, step, phase);
    if floor == at { floor } else { floor + step }
}

/// Where bars of a length begin: weeks on Monday, the rest on the UTC grid.
pub(crate) const fn bar_phase(step: i64) -> i64 {
    if step == 7 * DAY_MS { 4 * DAY_MS } else { 0 }
}

/// What exchanges tell. What a world does not hold is a [`Lack`].
pub(crate) trait Market: Send + Sync + std::fmt::Debug {
    /// Rows of the venue's own instrument list that trade at `now`.
    fn listings(&self, _venue: Venue, _now: UtcMs) -> Vec<Value> {
        Vec::new()
    }

    /// Whether anything is held of the contract.
    fn knows(&self, venue: Venue, symbol: &str) -> bool;

    /// Bars of `step` milliseconds, ascending; the running one too where the world has it.
    fn bars(
        &self,
        venue: Venue,
        symbol: &str,
        step: i64,
        window: Window,
        now: UtcMs,
    ) -> Result<Vec<Bar>, Lack>;

    fn ticker(&self, venue: Venue, symbol: &str, now: UtcMs) -> Result<DayTicker, Lack>;

    /// Every trading contract with its ticker.
    fn tickers(&self, _venue: Venue, _now: UtcMs) -> Vec<(String, DayTicker)> {
        Vec::new()
    }

    fn settlements(
        &self,
        _venue: Venue,
        _symbol: &str,
        _window: Window,
        _now: UtcMs,
    ) -> Result<Vec<Settlement>, Lack> {
        Err(Lack::Symbol)
    }

    /// Contracts whose funding is known at `now`, with hours between settlements.
    fn funding_intervals(&self, _venue: Venue, _now: UtcMs) -> Vec<(String, u32)> {
        Vec::new()
    }

    fn premium(&self, _venue: Venue, _symbol: &str, _now: UtcMs) -> Result<Premium, Lack> {
        Err(Lack::Symbol)
    }

    /// Every trading contract with its premium.
    fn premiums(&self, _venue: Venue, _now: UtcMs) -> Vec<(String, Premium)> {
        Vec::new()
    }

    /// Open interest of this instant: contract units and quote value.
    fn open_interest(&self, _venue: Venue, _symbol: &str, _now: UtcMs) -> Result<(f64, f64), Lack> {
        Err(Lack::Symbol)
    }

    fn stat(
        &self,
        _venue: Venue,
        _symbol: &str,
        _stat: Stat,
        _period_ms: i64,
        _window: Window,
        _now: UtcMs,
    ) -> Result<Vec<StatRow>, Lack> {
        Err(Lack::Symbol)
    }

    fn book(&self, _venue: Venue, _symbol: &str, _levels: usize, _now: UtcMs) -> Result<Book, Lack> {
        Err(Lack::Symbol)
    }

    /// The newest fills, ascending.
    fn fills(&self, _venue: Venue, _symbol: &str, _limit: usize, _now: UtcMs) -> Result<Vec<Fill>, Lack> {
        Err(Lack::Symbol)
    }

    /// Forced orders after `after` and up to `until`, ascending; of one contract or of the whole venue.
    fn forced(&self, _venue: Venue, _symbol: Option<&str>, _after: UtcMs, _until: UtcMs) -> Vec<Forced> {
        Vec::new()
    }
}

/// The two worlds.
#[derive(Debug)]
pub(crate) enum Ground {
    Files(Box<files::FilesWorld>),
    Simulated(sim::SimWorld),
}

impl Ground {
    pub(crate) fn market(&self) -> &dyn Market {
        match self {
            Self::Files(world) => world.as_ref(),
            Self::Simulated(world) => world,
        }
    }

    pub(crate) const fn data_source(&self) -> &'static str {
        match self {
            Self::Files(_) => "replay",
            Self::Simulated(_) => "simulated",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_keeps_the_end_that_is_asked_for() {
        let rows = [10, 20, 30, 40, 50];
        let all = Window { from: Some(20), to: Some(50), limit: 2, oldest: true };
        assert_eq!(all.cut(&rows, |row| *row), &[20, 30]);
        assert_eq!(Window { oldest: false, ..all }.cut(&rows, |row| *row), &[40, 50]);
        assert!(Window { from: Some(60), ..all }.cut(&rows, |row| *row).is_empty());
        assert!(Window { from: Some(40), to: Some(20), ..all }.cut(&rows, |row| *row).is_empty());
        assert_eq!(all.grid(10, 0, 10, 50), (20, 2));
        assert_eq!(Window { oldest: false, ..all }.grid(10, 0, 10, 50), (40, 2));
        assert_eq!(Window { from: Some(21), ..all }.grid(10, 0, 10, 25).1, 0);
    }

    #[test]
    fn weeks_begin_on_monday() {
        let monday = 1_741_564_800_000; // 2025-03-10
        let step = 7 * DAY_MS;
        assert_eq!(grid_floor(monday + DAY_MS, step, bar_phase(step)), monday);
        assert_eq!(grid_floor(monday - 1, step, bar_phase(step)), monday - step);
    }
}
