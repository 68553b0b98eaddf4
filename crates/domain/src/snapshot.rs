//! Everything known of one contract at one instant: what the engine decides on.

use crate::{
    Candle, FundingState, Instrument, LiquidationHistory, OpenInterest, Reading, Series, SocialState, UtcMs,
};

/// All inputs of the eight factors, each with its origin or the reason of its absence.
///
/// Only what was known at `at` is in here: candles are closed, points lie at or before `at`.
/// Each reading holds one venue's data from one source; history and newest value come together.
#[derive(Clone, Debug)]
pub struct MarketSnapshot {
    /// The decision time.
    pub at: UtcMs,
    /// The contract the signal speaks of.
    pub instrument: Instrument,
    /// Last price, per contract unit.
    pub price: Reading<f64>,
    /// Closed 4h candles, ascending, 28 days and more where there are that many.
    pub candles_4h: Reading<Vec<Candle>>,
    /// Funding now and 90 days of settlements.
    pub funding: Reading<FundingState>,
    /// Open interest, ascending, 30 days.
    pub open_interest: Reading<OpenInterestHistory>,
    /// Global account long/short ratio, 30 days.
    pub account_ratio: Reading<Series>,
    /// Top traders' position long/short ratio, 30 days, and the account ratio of the same venue.
    pub top_positions: Reading<TopPositions>,
    /// Liquidations of one venue, 30 days.
    pub liquidations: Reading<LiquidationHistory>,
    /// Social figures.
    pub social: Reading<SocialState>,
    /// Fear & Greed, daily, 365 days.
    pub fear_greed: Reading<Series>,
}

/// Open interest of one venue's contract.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OpenInterestHistory {
    /// Distance between neighbours.
    pub cadence_ms: i64,
    /// Ascending by time.
    pub points: Vec<OpenInterest>,
    /// The same venue's closed 4h candles, when they are not those of the snapshot.
    pub own_candles_4h: Option<Vec<Candle>>,
}

/// What "smart money" is read from; all series are of one venue.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopPositions {
    /// Long/short ratio of the top traders' positions.
    pub positions: Series,
    /// Long/short ratio of all accounts.
    pub accounts: Series,
    /// Taker buy / sell volume ratio per bar, where served.
    pub taker: Option<Series>,
}
