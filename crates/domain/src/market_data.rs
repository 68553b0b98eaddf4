//! What the market tells: candles, funding, open interest, positioning, liquidations, sentiment.

use serde::Serialize;

use crate::{UtcMs, Venue};

/// A closed or running bar. Prices are per contract unit, as the venue quotes them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Candle {
    /// Open time.
    pub open_time: UtcMs,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Volume in base units.
    pub volume: f64,
    /// Volume in quote currency, where the venue tells.
    pub quote_volume: Option<f64>,
    /// Base volume bought by takers, where the venue tells.
    pub taker_buy_volume: Option<f64>,
}

impl Candle {
    /// Why the bar cannot be used, if it cannot: not finite, not positive, or high and low that do
    /// not hold open and close.
    #[must_use]
    pub fn defect(&self) -> Option<&'static str> {
        let prices = [self.open, self.high, self.low, self.close];
        if prices.iter().any(|price| !price.is_finite()) || !self.volume.is_finite() {
            return Some("a value is not finite");
        }
        if self.low <= 0.0 {
            return Some("a price is not positive");
        }
        if self.volume < 0.0 {
            return Some("the volume is negative");
        }
        if self.high < self.open.max(self.close) || self.low > self.open.min(self.close) {
            return Some("high and low do not hold open and close");
        }
        None
    }
}

/// A value at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Point {
    /// The instant at which the value was known.
    pub at: UtcMs,
    /// The value.
    pub value: f64,
}

/// A regular series: own history and the newest value in one, ascending, one venue.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Series {
    /// Distance between neighbours, in milliseconds; what the length of a window is counted in.
    pub cadence_ms: i64,
    /// Values, ascending by time, no two at one instant.
    pub points: Vec<Point>,
}

impl Series {
    /// The newest value known at `at`.
    #[must_use]
    pub fn last_at(&self, at: UtcMs) -> Option<Point> {
        let end = self.points.partition_point(|point| point.at <= at);
        end.checked_sub(1).and_then(|index| self.points.get(index)).copied()
    }
}

/// The funding rate that is running or was charged.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Funding {
    /// Fraction per interval: 0.0001 is 0.01 %. Positive: longs pay.
    pub rate: f64,
    /// The contract's own interval.
    pub interval_h: f64,
    /// True for the estimate of the coming settlement, false for a settled rate.
    pub running: bool,
    /// When it was told (running) or charged (settled).
    pub at: UtcMs,
    /// The coming settlement, where told.
    pub next_at: Option<UtcMs>,
}

/// The funding rate now, and the settlements before it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FundingState {
    /// Running rate, else the last settlement.
    pub current: Funding,
    /// Settlements, ascending, **annualised** by the interval each was charged for (fraction a year).
    pub annualised: Series,
}

/// Open interest of one contract at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OpenInterest {
    /// When it was measured.
    pub at: UtcMs,
    /// In coins (contract units times multiplier).
    pub coins: f64,
    /// In quote dollars.
    pub usd: f64,
}

/// Long and short positions liquidated in a bar, in quote dollars.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LiquidationBar {
    /// End of the bar: when the figures are complete.
    pub end: UtcMs,
    /// Longs liquidated.
    pub long_usd: f64,
    /// Shorts liquidated.
    pub short_usd: f64,
}

/// Liquidations of one coin in bars of one length, ascending and complete up to the newest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LiquidationHistory {
    /// Length of a bar.
    pub bar_ms: i64,
    /// Bars without holes inside; the newest bar is closed.
    pub bars: Vec<LiquidationBar>,
    /// Open interest in USD of the same venue, ascending, for the intensity.
    pub open_interest_usd: Series,
    /// What the feed can and cannot see, for the note ("Binance pushes one order a second").
    pub caveat: Option<String>,
}

/// Which position was liquidated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// A long position.
    Long,
    /// A short position.
    Short,
}

/// One liquidation as an exchange's stream told it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Liquidation {
    /// Where.
    pub venue: Venue,
    /// The venue's name of the contract.
    pub native_symbol: String,
    /// The **position** that was liquidated.
    pub side: Side,
    /// Price, as quoted.
    pub price: f64,
    /// Quantity in the venue's own unit (contracts at OKX).
    pub quantity: f64,
    /// Trade time.
    pub at: UtcMs,
}

/// Social figures of one coin.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SocialState {
    /// Share of positive posts, 0-100, where the source tells.
    pub sentiment: Option<Series>,
    /// Interactions (or posts) per bucket: attention.
    pub activity: Option<Series>,
    /// What `activity` counts, in words: "interactions", "posts created".
    pub activity_name: String,
    /// Galaxy score, 0-100, where told.
    pub galaxy_score: Option<f64>,
    /// Alt rank, lower is better, where told.
    pub alt_rank: Option<f64>,
}

/// One contract's row of a venue's whole-market answer. What a venue does not tell is `None`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ticker {
    /// The venue's name of the contract.
    pub native_symbol: String,
    /// Last price, as quoted.
    pub last: f64,
    /// Change over 24 h, in percent.
    pub change_24h_pct: Option<f64>,
    /// Highest price of 24 h.
    pub high_24h: Option<f64>,
    /// Lowest price of 24 h.
    pub low_24h: Option<f64>,
    /// Turnover of 24 h in quote currency.
    pub quote_volume_24h: Option<f64>,
    /// Mark price.
    pub mark: Option<f64>,
    /// Index price.
    pub index: Option<f64>,
    /// Running funding rate, a fraction per the contract's own interval.
    pub funding_rate: Option<f64>,
    /// Hours between fundings.
    pub funding_interval_h: Option<f64>,
    /// The coming settlement.
    pub next_funding_at: Option<UtcMs>,
    /// Open interest in coins.
    pub open_interest_coins: Option<f64>,
    /// Open interest in quote dollars.
    pub open_interest_usd: Option<f64>,
    /// When the row was made.
    pub at: UtcMs,
}

/// A price level of a book.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Level {
    /// Price, as quoted.
    pub price: f64,
    /// Quantity in base units (contracts are converted).
    pub quantity: f64,
}

/// An order book's best levels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OrderBook {
    /// Bids, best (highest) first.
    pub bids: Vec<Level>,
    /// Asks, best (lowest) first.
    pub asks: Vec<Level>,
    /// When it was taken.
    pub at: UtcMs,
}

/// A trade.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trade {
    /// The venue's id.
    pub id: String,
    /// Price, as quoted.
    pub price: f64,
    /// Quantity in base units (contracts are converted).
    pub quantity: f64,
    /// Whether the taker bought.
    pub taker_bought: bool,
    /// When.
    pub at: UtcMs,
}
