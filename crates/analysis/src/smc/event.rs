//! What the detectors tell.

use domain::UtcMs;
use serde::Serialize;

use super::Period;

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Up.
    Bullish,
    /// Down.
    Bearish,
}

impl Direction {
    /// Bullish, then bearish.
    pub const BOTH: [Self; 2] = [Self::Bullish, Self::Bearish];

    /// 1 or -1.
    #[must_use]
    pub const fn sign(self) -> f64 {
        match self {
            Self::Bullish => 1.0,
            Self::Bearish => -1.0,
        }
    }

    /// The other one.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Bullish => Self::Bearish,
            Self::Bearish => Self::Bullish,
        }
    }

    /// The side of the levels that a move this way breaks: highs by a rise.
    pub(super) const fn side(self) -> Side {
        match self {
            Self::Bullish => Side::High,
            Self::Bearish => Side::Low,
        }
    }
}

/// High or low.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Above: buy-side liquidity rests here.
    High,
    /// Below: sell-side liquidity rests here.
    Low,
}

/// How wide the swings are that a thing is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Short swings.
    Internal,
    /// Long swings.
    Swing,
}

/// With the trend or against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StructureKind {
    /// Break of structure: along the trend, or the first break of all.
    Bos,
    /// Change of character: against the trend so far.
    Choch,
}

/// A level that was broken.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StructureBreak {
    /// With or against the trend.
    pub kind: StructureKind,
    /// Which way it broke.
    pub direction: Direction,
    /// Width of the swings.
    pub scope: Scope,
    /// The broken price.
    pub level: f64,
    /// Open time of the swing that made the level.
    pub swing_at: UtcMs,
    /// Close time of the breaking bar.
    pub broken_at: UtcMs,
    /// Whether the close or the wick decided.
    pub by: super::BreakBy,
}

/// Life of a fair value gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GapStage {
    /// It was formed.
    Opened,
    /// Price came back to the near edge.
    Touched,
    /// Price reached the middle.
    HalfFilled,
    /// Price reached the far edge.
    Filled,
    /// A close beyond the far edge: the gap now works the other way. Nothing follows.
    Inverted,
    /// Too many newer gaps; it is no longer followed.
    Dropped,
}

/// Life of an order block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockStage {
    /// A break of structure made it.
    Opened,
    /// The first trade inside.
    Tested,
    /// Price reached the middle.
    Mitigated,
    /// A close beyond the far edge: it becomes a breaker, working the other way.
    Broken,
    /// A close back beyond the near edge of a breaker. Nothing follows.
    BreakerInvalidated,
    /// Too many newer blocks; it is no longer followed.
    Dropped,
}

/// Life of a liquidity pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolStage {
    /// A second swing at nearly the same level was confirmed.
    Opened,
    /// One more swing joined.
    Grew,
    /// The wick went beyond the furthest member, the close came back. Nothing follows.
    SweepReclaim,
    /// The close went beyond the furthest member. Nothing follows.
    Run,
    /// Too old, or too many newer pools. Nothing follows.
    Expired,
}

/// Life of a previous high or low.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PreviousStage {
    /// The period is over; its extreme is the previous one now.
    Formed,
    /// Price went strictly beyond.
    Broken,
}

/// What happened. Prices are as the candles have them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    /// A swing was confirmed.
    Swing {
        /// Its width.
        scope: Scope,
        /// High or low.
        side: Side,
        /// Its price.
        level: f64,
        /// The leg had a further extreme already: it does not alternate and makes no level.
        minor: bool,
    },
    /// A further extreme of the same side replaced the swing before the other side appeared.
    SwingSuperseded {
        /// Its width.
        scope: Scope,
        /// High or low.
        side: Side,
        /// The new price.
        level: f64,
        /// Open time of the replaced swing.
        old_at: UtcMs,
        /// The replaced price.
        old_level: f64,
    },
    /// A level was broken.
    Structure(StructureBreak),
    /// Swings confirmed a break after the fact: higher low and higher high (bos), or a lower low and
    /// then a higher high (choch); mirrored for falls.
    PatternConfirmed {
        /// Which of the two.
        kind: StructureKind,
        /// Which way.
        direction: Direction,
        /// Width of the swings.
        scope: Scope,
        /// The price that was broken.
        level: f64,
        /// Open time of the swing that made the level.
        swing_at: UtcMs,
    },
    /// A fair value gap.
    FairValueGap {
        /// What happened to it.
        stage: GapStage,
        /// Bullish gaps lie below the price.
        direction: Direction,
        /// Upper edge.
        top: f64,
        /// Lower edge.
        bottom: f64,
        /// Its height in ATRs of the bar before it was known; `None` while there is no ATR.
        size_atr: Option<f64>,
    },
    /// An order block.
    OrderBlock {
        /// What happened to it.
        stage: BlockStage,
        /// Bullish blocks lie below the price.
        direction: Direction,
        /// Of the break that made it.
        scope: Scope,
        /// Upper edge.
        top: f64,
        /// Lower edge.
        bottom: f64,
        /// Volume of the breaking bar and the one before.
        volume_recent: f64,
        /// Volume of the bar before these.
        volume_earlier: f64,
    },
    /// A liquidity pool; `at` is its first member.
    Pool {
        /// What happened to it.
        stage: PoolStage,
        /// Buy-side liquidity above highs, sell-side below lows.
        side: Side,
        /// Mean price of the members.
        level: f64,
        /// The furthest member.
        extreme: f64,
        /// How far apart members may be, in price.
        tolerance: f64,
        /// How many swings.
        members: u32,
        /// Bars that came within the tolerance since it opened.
        touches: u32,
        /// Open time of the newest member.
        last_at: UtcMs,
    },
    /// High or low of the last completed period; `at` is the period's start.
    PreviousLevel {
        /// What happened to it.
        stage: PreviousStage,
        /// Which period.
        period: Period,
        /// High or low.
        side: Side,
        /// Its price.
        level: f64,
        /// Whether every bar of the period was seen.
        complete: bool,
    },
    /// A retracement reached the optimal trade entry, 62 % of the leg; `at` is the leg's end.
    OptimalEntry {
        /// Of the leg, not of the retracement.
        direction: Direction,
        /// Width of the swings.
        scope: Scope,
        /// Leg's high.
        top: f64,
        /// Leg's low.
        bottom: f64,
    },
}

/// Something that became known by the close of a candle.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Event {
    /// Open time of the bar (or start of the period) it is drawn on; with the rest of what does not
    /// change, the name of the thing.
    pub at: UtcMs,
    /// Close time of the bar that told.
    pub known_at: UtcMs,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}
