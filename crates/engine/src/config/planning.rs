//! Constants of stops, targets and volatility.

use analysis::volatility::VolatilityClass;
use serde::{Deserialize, Serialize};

use super::{ConfigError, positive, require};
use crate::RiskMode;

/// One number for each risk mode.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskModeTable {
    /// For AGGRESSIVE.
    pub aggressive: f64,
    /// For NORMAL.
    pub normal: f64,
    /// For REDUCED.
    pub reduced: f64,
    /// For AVOID.
    pub avoid: f64,
}

impl RiskModeTable {
    /// The number of one mode.
    #[must_use]
    pub const fn of(&self, mode: RiskMode) -> f64 {
        match mode {
            RiskMode::Aggressive => self.aggressive,
            RiskMode::Normal => self.normal,
            RiskMode::Reduced => self.reduced,
            RiskMode::Avoid => self.avoid,
        }
    }

    fn validate(&self, field: &'static str) -> Result<(), ConfigError> {
        RiskMode::ALL.into_iter().try_for_each(|mode| positive(self.of(mode), field))
    }
}

/// Bounds of the recommended position multiplier.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MultiplierClamp {
    /// At least.
    pub low: f64,
    /// At most.
    pub high: f64,
}

impl Default for MultiplierClamp {
    fn default() -> Self {
        Self { low: 0.25, high: 2.0 }
    }
}

/// Stops, targets, volatility.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlanConfig {
    /// Bars of Wilder's ATR on 4h.
    pub atr_period: usize,
    /// Days of the coin's own median ATR percent.
    pub normal_days: f64,
    /// Days that must be known for it.
    pub normal_min_days: f64,
    /// What counts as normal until then, in percent.
    pub fallback_normal_pct: f64,
    /// Bounds of normal / now.
    pub multiplier: MultiplierClamp,
    /// Stop distance, in ATR.
    pub stop_atr: RiskModeTable,
    /// Target distance, in multiples of the stop distance.
    pub target_risk: RiskModeTable,
    /// Upper bounds, in percent, of VERY_LOW, LOW, NORMAL and HIGH.
    pub class_bounds_pct: [f64; 4],
}

impl Default for PlanConfig {
    fn default() -> Self {
        Self {
            atr_period: 14,
            normal_days: 90.0,
            normal_min_days: 30.0,
            fallback_normal_pct: 3.0,
            multiplier: MultiplierClamp::default(),
            stop_atr: RiskModeTable { aggressive: 1.5, normal: 2.0, reduced: 2.5, avoid: 3.0 },
            target_risk: RiskModeTable { aggressive: 2.0, normal: 2.5, reduced: 3.0, avoid: 1.5 },
            class_bounds_pct: VolatilityClass::DEFAULT_BOUNDS_PCT,
        }
    }
}

impl PlanConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        require((1..=500).contains(&self.atr_period), "plan.atr_period", || "1 to 500".to_owned())?;
        positive(self.normal_days, "plan.normal_days")?;
        positive(self.normal_min_days, "plan.normal_min_days")?;
        require(self.normal_min_days <= self.normal_days, "plan.normal_min_days", || {
            "must not exceed normal_days".to_owned()
        })?;
        positive(self.fallback_normal_pct, "plan.fallback_normal_pct")?;
        positive(self.multiplier.low, "plan.multiplier.low")?;
        require(
            self.multiplier.high.is_finite() && self.multiplier.high >= self.multiplier.low,
            "plan.multiplier.high",
            || "must not be below low".to_owned(),
        )?;
        self.stop_atr.validate("plan.stop_atr")?;
        self.target_risk.validate("plan.target_risk")?;
        let bounds = self.class_bounds_pct;
        let ascending = bounds.iter().zip(bounds.iter().skip(1)).all(|(low, high)| low < high);
        require(
            ascending && bounds.iter().all(|b| b.is_finite() && *b > 0.0),
            "plan.class_bounds_pct",
            || "four rising percentages above 0".to_owned(),
        )
    }
}
