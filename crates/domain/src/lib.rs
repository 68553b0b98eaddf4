//! What exists: assets, venues, instruments, candles, funding, positioning, liquidations, sentiment,
//! each value with its origin. No I/O, no clock of its own, no randomness: same input, same output.

/// The ways in which a provider can fail.
pub mod error;
/// Contracts and ticks.
pub mod instrument;
/// Candles, funding, open interest, positioning, liquidations, social figures.
pub mod market_data;
/// The caller's appetite for signals.
pub mod mode;
/// A value with its origin.
pub mod observation;
/// Funding charged, and for how long.
pub mod settlement;
/// All inputs of a decision.
pub mod snapshot;
/// Any spelling of a coin to the one contract it means.
pub mod symbols;
/// Instants, intervals, the clock's shape.
pub mod time;
/// Exchanges and providers.
pub mod venue;

pub use error::{ErrorKind, ProviderError};
pub use instrument::{Class, CoinId, Instrument, Kind, Status, on_step};
pub use market_data::{
    Candle, Funding, FundingState, Level, Liquidation, LiquidationBar, LiquidationHistory, OpenInterest,
    OrderBook, Point, Series, Side, SocialState, Ticker, Trade,
};
pub use mode::Mode;
pub use observation::{Missing, Observed, Reading};
pub use settlement::Settlement;
pub use snapshot::{MarketSnapshot, OpenInterestHistory, TopPositions};
pub use symbols::{Directory, Resolved, Symbol, SymbolError, multiplier_of};
pub use time::{Clock, DAY_MS, HOUR_MS, Interval, MINUTE_MS, SECOND_MS, UtcMs};
pub use venue::{Source, Venue};
