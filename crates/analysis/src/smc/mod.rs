//! Smart money concepts, told when they could be known.
//!
//! `Analyzer` takes closed candles one at a time and answers with `Event`s. Every event has the bar
//! it is drawn on (`at`) and the close by which it could first be told (`known_at`); what was told is
//! never changed, only followed by later events. A batch is the same code over a slice. Memory is
//! bounded, the work per candle amortised constant.
//!
//! Detectors are written for one direction only; the other one is fed with bars turned upside down
//! (prices negated, which is exact), so that both behave as mirror images.

mod analyzer;
mod bar;
/// smartmoneyconcepts' numbers as they are; they look ahead.
pub mod compat;
mod config;
mod event;
mod gaps;
mod legs;
mod liquidity;
mod order_blocks;
mod period;
mod previous;
mod reading;
mod structure;
mod swings;
mod timeframes;
mod zones;

pub use analyzer::{Analyzer, analyze};
pub use bar::RejectedBar;
pub use config::{Anchor, BreakBy, Fractal, SmcConfig};
pub use event::{
    BlockStage, Direction, Event, EventKind, GapStage, PoolStage, PreviousStage, Scope, Side, StructureBreak,
    StructureKind,
};
pub use period::Period;
pub use reading::{
    Half, LevelReading, PoolMember, PoolReading, PremiumDiscount, PreviousReading, Reading, ScopeReading,
    ZoneKind, ZoneReading,
};
pub use timeframes::{Alignment, FrameAlignment, ResampleError, multi_timeframe, resample};

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod properties;
