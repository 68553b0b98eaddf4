//! A signal as a picture: closed candles with entry, stop and target, readable on a phone. Pure: the same
//! scene gives the same bytes.

mod canvas;
mod draw;
mod lettering;
mod scale;
mod theme;

use domain::{Candle, UtcMs};

pub use theme::Theme;

/// Width of the picture, in pixels.
pub const WIDTH: u32 = 1_280;
/// Height of the picture, in pixels.
pub const HEIGHT: u32 = 800;
/// Most candles shown, the newest ones.
pub const CANDLES_MAX: usize = 96;

/// Which way a signal points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Up.
    Long,
    /// Down.
    Short,
    /// Neither.
    Neutral,
}

/// A range of prices that the market left unfinished.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// From when.
    pub from: UtcMs,
    /// Lower edge, in quote currency.
    pub bottom: f64,
    /// Upper edge, in quote currency.
    pub top: f64,
    /// Below the price and expected to hold it, or above and expected to cap it.
    pub is_bullish: bool,
    /// One short word: `OB`, `FVG`.
    pub label: String,
}

/// What is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// Coin and side: `BTC LONG`.
    pub title: String,
    /// Beside it: `Score 63.4 · CONFIRM · NORMAL`.
    pub subtitle: String,
    /// Whose candles: `binance BTCUSDT · 1h`.
    pub market: String,
    /// Set across the picture where the data is not live: `simulated data`.
    pub watermark: Option<String>,
    /// Which way the signal points.
    pub side: Side,
    /// When it was made.
    pub at: UtcMs,
    /// Closed candles, ascending; those that cannot be used are left out.
    pub candles: Vec<Candle>,
    /// Decimals of a price on the contract's tick.
    pub decimals: u32,
    /// The price at the decision.
    pub entry: f64,
    /// Where the plan gives up.
    pub stop: Option<f64>,
    /// Where the plan takes profit.
    pub target: Option<f64>,
    /// Shown where they overlap the candles.
    pub zones: Vec<Zone>,
    /// Colours.
    pub theme: Theme,
}

/// Why there is no picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChartError {
    /// No candle can be used.
    #[error("there is no candle to draw")]
    NoCandles,
    /// The price at the decision is no price.
    #[error("the entry is no price")]
    BadEntry,
    /// The font or the canvas could not be made.
    #[error("the picture cannot be made: {0}")]
    Broken(&'static str),
}

/// The scene as PNG.
///
/// # Errors
/// Without a usable candle or entry.
pub fn png(scene: &Scene) -> Result<Vec<u8>, ChartError> {
    draw::scene(scene)?.png()
}
