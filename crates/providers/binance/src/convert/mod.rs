//! From wire rows to domain values. Nothing here asks a clock: `known_at` is the instant up to which rows
//! count as known, and what lies after it is dropped.

/// Candles.
pub mod candles;
/// Funding rates and intervals.
pub mod funding;
/// The list of contracts.
pub mod instruments;
/// Open interest and the ratios.
pub mod positioning;
/// Last prices, mark prices, books, trades.
pub mod prices;
