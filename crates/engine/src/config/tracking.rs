//! Constants of what became of signals.

use serde::{Deserialize, Serialize};

use super::{ConfigError, positive, require};
use crate::outcome::OutcomeVerdict;

/// Figures that sit on a threshold but for float noise count as on it.
const NOISE_PCT: f64 = 1e-9;

/// When a signal won, and what a trade costs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutcomeConfig {
    /// Gross gain from which on it is a WIN, %.
    pub win_pct: f64,
    /// Gross loss from which on it is a LOSS, %, as a positive number.
    pub loss_pct: f64,
    /// Taker fee of each side, %.
    pub fee_pct: f64,
    /// Slippage of each side, %.
    pub slippage_pct: f64,
}

impl Default for OutcomeConfig {
    fn default() -> Self {
        Self { win_pct: 1.0, loss_pct: 1.0, fee_pct: 0.05, slippage_pct: 0.02 }
    }
}

impl OutcomeConfig {
    /// Fees and slippage of entry and exit together, %.
    #[must_use]
    pub fn round_trip_pct(&self) -> f64 {
        2.0 * (self.fee_pct + self.slippage_pct)
    }

    /// The judgement of a gross figure.
    #[must_use]
    pub fn verdict(&self, gross_pct: f64) -> OutcomeVerdict {
        if gross_pct >= self.win_pct - NOISE_PCT {
            OutcomeVerdict::Win
        } else if gross_pct <= NOISE_PCT - self.loss_pct {
            OutcomeVerdict::Loss
        } else {
            OutcomeVerdict::Neutral
        }
    }

    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        positive(self.win_pct, "outcomes.win_pct")?;
        positive(self.loss_pct, "outcomes.loss_pct")?;
        for (cost, field) in
            [(self.fee_pct, "outcomes.fee_pct"), (self.slippage_pct, "outcomes.slippage_pct")]
        {
            require((0.0..=5.0).contains(&cost), field, || format!("{cost} must lie between 0 and 5"))?;
        }
        Ok(())
    }
}
