//! Decisions: factors, score, signal, rule judge, trade plan. Input values in, report out.
//!
//! [`evaluate`] is the whole way. No clock, no I/O, no randomness: the same snapshot and the same
//! configuration give the same report, bit for bit.

/// Every constant, with its default.
pub mod config;
/// What a factor says.
pub mod factor;
/// The eight factors.
pub mod factors;
/// How numbers read in sentences.
mod figures;
/// The rule judge, and the limits it sets to any other.
pub mod judge;
/// Cleaning what was known.
mod observations;
/// What became of a signal.
pub mod outcome;
/// Stop, target, volatility.
pub mod plan;
/// One evaluation, from snapshot to report.
pub mod report;
/// From strengths to score, signal and confidence.
pub mod score;
/// How large a position the risk allows.
pub mod sizing;
/// Two sets of weights on the same signals.
pub mod trial;
/// Weights proposed from what became of signals.
pub mod tuning;

pub use config::{ConfigError, ENGINE_VERSION, EngineConfig};
pub use factor::{BadFactor, Basis, Factor, FactorOutcome, FactorReading, Figure};
pub use factors::{Cascade, Shared};
pub use judge::{
    Case, Evidence, Limits, Objection, RiskMode, StructureContext, Verdict, VerdictKind, clamp, limits,
};
pub use outcome::{FirstTouch, Outcome, OutcomeCheck, OutcomeVerdict, Position, judge_outcome};
pub use plan::{VolatilityMetrics, VolatilityState};
pub use report::{Decision, Insufficient, Metrics, MissingInput, Report, evaluate};
pub use score::{Composite, Confidence, DataQuality, FactorReport, PriceTrend, QualityLevel, Signal};
pub use sizing::{PositionSize, SizeRefusal, SizeRequest, position_size};
