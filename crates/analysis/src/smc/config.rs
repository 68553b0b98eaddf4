//! What the detectors are told to look for.

use domain::Interval;
use serde::{Deserialize, Serialize};

use super::Period;

/// Bars a swing must stand out from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fractal {
    /// Bars before it; 0 counts as 1.
    pub left: usize,
    /// Bars after it, which is also how late it is known; 0 counts as 1.
    pub right: usize,
}

/// What it takes to break a level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BreakBy {
    /// A close beyond.
    #[default]
    Close,
    /// A trade beyond.
    Wick,
}

/// Which candle between the broken swing and the break is the order block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// The furthest one against the move, the newest of equals.
    #[default]
    Extreme,
    /// The last one that closed against the move.
    LastOpposite,
}

/// Settings of an analyzer. A bound that is not a number lets nothing pass.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SmcConfig {
    /// Length of a candle.
    pub interval: Interval,
    /// Short swings.
    pub internal: Fractal,
    /// Long swings.
    pub swing: Fractal,
    /// What breaks a level.
    pub break_by: BreakBy,
    /// Smallest fair value gap, in ATRs; 0 for all of them.
    pub min_gap_atr: f64,
    /// Which candle is the order block.
    pub order_block_anchor: Anchor,
    /// Candles with a range of this many ATRs or more are no order blocks.
    pub order_block_max_range_atr: Option<f64>,
    /// How far apart the swings of a pool may be, in ATRs when the first became known.
    pub pool_tolerance_atr: f64,
    /// A pool is given up when its first member is older.
    pub pool_max_age_bars: u64,
    /// Most zones, and most pools, followed per kind and direction; 0 counts as 1.
    pub live_zones: usize,
    /// Periods whose previous high and low are followed; those not longer than a candle are left out.
    pub periods: Vec<Period>,
}

impl SmcConfig {
    /// Usual settings: swings of 5 and 50 bars, breaks by the close, gaps of at least 0.1 ATR, pools
    /// within 0.1 ATR, previous day and week.
    #[must_use]
    pub fn new(interval: Interval) -> Self {
        Self {
            interval,
            internal: Fractal { left: 5, right: 5 },
            swing: Fractal { left: 50, right: 50 },
            break_by: BreakBy::Close,
            min_gap_atr: 0.1,
            order_block_anchor: Anchor::Extreme,
            order_block_max_range_atr: None,
            pool_tolerance_atr: 0.1,
            pool_max_age_bars: 1_000,
            live_zones: 64,
            periods: vec![Period::Bar(Interval::D1), Period::Bar(Interval::W1)],
        }
    }
}
