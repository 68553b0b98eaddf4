//! Mathematics on domain values: indicators, statistics, volatility, smart money concepts.
//!
//! Pure functions: the same input gives the same output. A value that cannot be computed is `None`
//! or carries its reason; NaN and infinity neither enter a result nor leave one.

/// Technical indicators by TA-Lib's definitions, with validated bars and reasons for what is absent.
pub mod indicators;
/// Smart money concepts: swings, structure, gaps, order blocks, liquidity, each with the time it was known.
pub mod smc;
/// Ranks, moments, quantiles, intervals: what factors and figures are made of.
pub mod statistics;
/// Figures over what became of signals.
pub mod tracking;
/// True range, ATR, its own history and class, realised volatility.
pub mod volatility;
