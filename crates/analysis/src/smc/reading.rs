//! The state of the market's structure at a close.

use domain::{Interval, UtcMs};
use serde::Serialize;

use super::{Direction, Period, Scope, Side, StructureBreak};

/// A price with the open time of its bar.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LevelReading {
    /// Open time of the bar.
    pub at: UtcMs,
    /// The price.
    pub level: f64,
}

/// Which half of the leg price is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Half {
    /// Above the middle.
    Premium,
    /// Below the middle.
    Discount,
    /// At the middle.
    Equilibrium,
}

/// Where the close stands in the leg between the last two swings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PremiumDiscount {
    /// Of the leg: bullish when its high is the newer end.
    pub direction: Direction,
    /// Its high.
    pub high: f64,
    /// Its low.
    pub low: f64,
    /// The close from the low (0) to the high (100), in percent; may lie outside.
    pub position_pct: f64,
    /// Which half.
    pub half: Half,
    /// How much of the leg the close has taken back, in percent.
    pub retracement_pct: f64,
    /// How much was taken back at most since the leg ended, in percent.
    pub deepest_pct: f64,
    /// Whether the close has taken back 62 to 79 %.
    pub optimal_entry: bool,
}

/// Swings and breaks of one width.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ScopeReading {
    /// Direction of the last break.
    pub trend: Option<Direction>,
    /// The last break.
    pub last_structure: Option<StructureBreak>,
    /// Bars since then.
    pub age_bars: Option<u64>,
    /// The newest swing high: where a short's stop goes beyond.
    pub swing_high: Option<LevelReading>,
    /// The newest swing low: where a long's stop goes beyond.
    pub swing_low: Option<LevelReading>,
    /// The leg between the last two swings.
    pub premium_discount: Option<PremiumDiscount>,
}

/// What a zone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ZoneKind {
    /// A fair value gap.
    FairValueGap,
    /// An order block.
    OrderBlock,
}

/// A zone whose middle price has not come back to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ZoneReading {
    /// What it is.
    pub kind: ZoneKind,
    /// Bullish zones lie below the price.
    pub direction: Direction,
    /// Open time of its bar.
    pub at: UtcMs,
    /// Upper edge.
    pub top: f64,
    /// Lower edge.
    pub bottom: f64,
    /// Whether price has come back to the near edge.
    pub touched: bool,
    /// From the close to the near edge, in ATRs; 0 inside; `None` while there is no ATR.
    pub distance_atr: Option<f64>,
}

/// A swing of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PoolMember {
    /// Open time of its bar.
    pub at: UtcMs,
    /// Its price.
    pub level: f64,
}

/// A pool that was not swept.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PoolReading {
    /// Buy-side liquidity above highs, sell-side below lows.
    pub side: Side,
    /// Open time of the first member.
    pub at: UtcMs,
    /// Open time of the newest member.
    pub last_at: UtcMs,
    /// Mean price.
    pub level: f64,
    /// The furthest member.
    pub extreme: f64,
    /// How far apart members may be, in price.
    pub tolerance: f64,
    /// How many swings.
    pub count: u32,
    /// Bars that came within the tolerance since it opened.
    pub touches: u32,
    /// From the close to the furthest member, in ATRs.
    pub distance_atr: Option<f64>,
    /// The newest members, sixteen at most.
    pub members: Vec<PoolMember>,
}

/// High and low of the last completed period.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PreviousReading {
    /// Which period.
    pub period: Period,
    /// When it began; with holes in the data this may be long ago.
    pub start: UtcMs,
    /// Its high.
    pub high: f64,
    /// Its low.
    pub low: f64,
    /// Whether price has been above since.
    pub high_broken: bool,
    /// Whether price has been below since.
    pub low_broken: bool,
    /// Whether every bar of it was seen.
    pub complete: bool,
}

/// Everything at the newest close.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reading {
    /// Length of a candle.
    pub interval: Interval,
    /// Close time of the newest candle: nothing here is usable before.
    pub as_of: UtcMs,
    /// The newest close.
    pub close: f64,
    /// Wilder's ATR of 14 bars.
    pub atr: Option<f64>,
    /// Candles that were used.
    pub bars: u64,
    /// Candles that are missing between them.
    pub gap_bars: u64,
    /// Candles that were refused.
    pub rejected_bars: u64,
    /// Trend of the long swings; of the short ones while no long one was broken.
    pub trend: Option<Direction>,
    /// Whose trend that is.
    pub trend_scope: Option<Scope>,
    /// The newest break of either width.
    pub last_structure: Option<StructureBreak>,
    /// Bars since then.
    pub age_bars: Option<u64>,
    /// Where the close stands in the trend's scope, from the low (0) to the high (100), in percent.
    pub premium_discount_pct: Option<f64>,
    /// Short swings.
    pub internal: ScopeReading,
    /// Long swings.
    pub swing: ScopeReading,
    /// Unmitigated bearish zones, nearest first.
    pub zones_above: Vec<ZoneReading>,
    /// Unmitigated bullish zones, nearest first.
    pub zones_below: Vec<ZoneReading>,
    /// Buy-side liquidity, nearest first.
    pub pools_above: Vec<PoolReading>,
    /// Sell-side liquidity, nearest first.
    pub pools_below: Vec<PoolReading>,
    /// Previous highs and lows.
    pub previous: Vec<PreviousReading>,
}
