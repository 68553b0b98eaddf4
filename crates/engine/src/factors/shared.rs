//! What several factors and the judge need, computed once.

use domain::{Candle, MarketSnapshot, Observed, UtcMs, Venue};

use super::{
    fear_greed, funding_rate, liquidations, long_short_ratio, momentum::Momentum, momentum::fresh_end,
};
use crate::config::EngineConfig;
use crate::observations::{Sample, closed_candles};

/// A cascade of liquidations that still runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cascade {
    /// Longs are being liquidated and the price is falling.
    Down,
    /// Shorts are being liquidated and the price is rising.
    Up,
}

/// Clean candles, momentum, and the ranks that more than one factor looks at.
#[derive(Clone, Debug)]
pub struct Shared {
    /// Closed 4h candles without defect, ascending; empty when there are none.
    pub(crate) bars: Vec<Candle>,
    /// End of the newest of them, or why they are absent or too old.
    pub(crate) bars_end: Result<UtcMs, String>,
    /// Venue of the candles.
    pub(crate) candle_venue: Option<Venue>,
    /// The price's moves, or why they are not known.
    pub(crate) momentum: Result<Momentum, String>,
    /// The funding rate against its history, or why it is not known.
    pub(crate) funding: Result<funding_rate::View, String>,
    /// The account ratio against its history, or why it is not known.
    pub(crate) accounts: Result<Observed<Sample>, String>,
    /// Fear & Greed against its history, or why it is not known.
    pub(crate) fear_greed: Result<Observed<Sample>, String>,
    /// Liquidations against their history, or why they are not known.
    pub(crate) liquidations: Result<liquidations::View, String>,
}

impl Shared {
    /// Computes it once for a snapshot.
    #[must_use]
    pub fn of(snapshot: &MarketSnapshot, config: &EngineConfig) -> Self {
        let at = snapshot.at;
        let candles = snapshot.candles_4h.as_ref().map_err(|missing| missing.reason.clone());
        let candle_venue = candles.as_ref().ok().and_then(|candles| candles.venue);
        let bars = candles.as_ref().map(|candles| closed_candles(&candles.value, at)).unwrap_or_default();
        let bars_end = candles.and_then(|_| fresh_end(&bars, at, config));
        let momentum = bars_end.clone().and_then(|_| Momentum::of(&bars, at, config));
        let funding = funding_rate::view(snapshot, config);
        let accounts = long_short_ratio::view(snapshot, config);
        let fear_greed = fear_greed::view(snapshot, config);
        let sigma = momentum.as_ref().ok().map(|momentum| momentum.sigma);
        let liquidations = liquidations::view(snapshot, config, sigma);
        Self { bars, bars_end, candle_venue, momentum, funding, accounts, fear_greed, liquidations }
    }

    /// The funding rate's signed rank in its own history.
    #[must_use]
    pub fn funding_rank(&self) -> Option<f64> {
        self.funding.as_ref().ok().and_then(|view| view.rank)
    }

    /// The account ratio's signed rank in its own history.
    #[must_use]
    pub fn account_rank(&self) -> Option<f64> {
        self.accounts.as_ref().ok().and_then(|sample| sample.value.rank())
    }

    /// Fear & Greed's signed rank in its own history.
    #[must_use]
    pub fn fear_greed_rank(&self) -> Option<f64> {
        self.fear_greed.as_ref().ok().and_then(|sample| sample.value.rank())
    }

    /// The cascade that runs now.
    #[must_use]
    pub fn cascade(&self) -> Option<Cascade> {
        self.liquidations.as_ref().ok().and_then(|view| view.cascade)
    }

    /// The price's moves, where known.
    #[must_use]
    pub fn momentum(&self) -> Option<&Momentum> {
        self.momentum.as_ref().ok()
    }

    /// Closed 4h candles, ascending, without those that had a defect.
    #[must_use]
    pub fn bars(&self) -> &[Candle] {
        &self.bars
    }
}
