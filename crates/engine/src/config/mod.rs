//! Every constant of the decision, with its default. Read from configuration, checked at the start.

mod factors;
mod judging;
mod planning;
mod tracking;

pub use factors::{
    Ages, Decay, FearGreedConfig, FundingConfig, History, HorizonWeights, LiquidationConfig, MomentumConfig,
    OiTrendConfig, RatioConfig, SmartMoneyConfig, SocialConfig,
};
pub use judging::{ConfidenceBar, ConfidenceConfig, JudgeConfig, LevelBounds};
pub use planning::{MultiplierClamp, PlanConfig, RiskModeTable};
pub use tracking::OutcomeConfig;

use domain::Mode;
use serde::{Deserialize, Serialize};

use crate::Factor;

/// The version of the formulas. The constants are told by [`EngineConfig::weights_id`].
pub const ENGINE_VERSION: &str = "1";

/// Name of the default weights.
const DEFAULT_WEIGHTS_ID: &str = "default-1";

/// A setting that makes no sense.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("engine.{field}: {reason}")]
pub struct ConfigError {
    /// Dotted path of the setting.
    pub field: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

/// Fails with `reason` unless `holds`.
fn require(holds: bool, field: &'static str, reason: impl FnOnce() -> String) -> Result<(), ConfigError> {
    if holds { Ok(()) } else { Err(ConfigError { field, reason: reason() }) }
}

/// Fails unless `value` is finite and above zero.
fn positive(value: f64, field: &'static str) -> Result<(), ConfigError> {
    require(value.is_finite() && value > 0.0, field, || format!("{value} must be above 0"))
}

/// Fails unless `value` lies in `[0, 1]`.
fn share(value: f64, field: &'static str) -> Result<(), ConfigError> {
    require((0.0..=1.0).contains(&value), field, || format!("{value} must lie between 0 and 1"))
}

/// Weight of each factor; they sum to 100.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Weights {
    /// Liquidations.
    pub liquidations: f64,
    /// Funding rate.
    pub funding_rate: f64,
    /// Price momentum.
    pub price_momentum: f64,
    /// Long/short account ratio.
    pub long_short_ratio: f64,
    /// Large accounts against the crowd.
    pub smart_money: f64,
    /// Open interest with the price.
    pub oi_trend: f64,
    /// Social sentiment.
    pub social_sentiment: f64,
    /// Fear & Greed.
    pub fear_greed: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            liquidations: 20.0,
            funding_rate: 15.0,
            price_momentum: 20.0,
            long_short_ratio: 15.0,
            smart_money: 10.0,
            oi_trend: 10.0,
            social_sentiment: 5.0,
            fear_greed: 5.0,
        }
    }
}

impl Weights {
    /// The weight of one factor.
    #[must_use]
    pub const fn of(&self, factor: Factor) -> f64 {
        match factor {
            Factor::Liquidations => self.liquidations,
            Factor::FundingRate => self.funding_rate,
            Factor::PriceMomentum => self.price_momentum,
            Factor::LongShortRatio => self.long_short_ratio,
            Factor::SmartMoney => self.smart_money,
            Factor::OiTrend => self.oi_trend,
            Factor::SocialSentiment => self.social_sentiment,
            Factor::FearGreed => self.fear_greed,
        }
    }

    /// All weights, in the order of [`Factor::ALL`].
    #[must_use]
    pub fn values(&self) -> [f64; 8] {
        Factor::ALL.map(|factor| self.of(factor))
    }

    /// Weights in the order of [`Factor::ALL`].
    #[must_use]
    pub fn from_values(values: [f64; 8]) -> Self {
        let mut weights = Self::default();
        for (factor, value) in Factor::ALL.into_iter().zip(values) {
            weights.set(factor, value);
        }
        weights
    }

    /// Gives one factor a weight.
    pub const fn set(&mut self, factor: Factor, weight: f64) {
        let place = match factor {
            Factor::Liquidations => &mut self.liquidations,
            Factor::FundingRate => &mut self.funding_rate,
            Factor::PriceMomentum => &mut self.price_momentum,
            Factor::LongShortRatio => &mut self.long_short_ratio,
            Factor::SmartMoney => &mut self.smart_money,
            Factor::OiTrend => &mut self.oi_trend,
            Factor::SocialSentiment => &mut self.social_sentiment,
            Factor::FearGreed => &mut self.fear_greed,
        };
        *place = weight;
    }

    /// Fails unless each is 0 or more and they sum to 100.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let values = self.values();
        require(values.iter().all(|weight| weight.is_finite() && *weight >= 0.0), "weights", || {
            "each weight must be 0 or more".to_owned()
        })?;
        let sum: f64 = values.iter().sum();
        require((sum - 100.0).abs() < 1e-9, "weights", || format!("they sum to {sum}, and must sum to 100"))
    }
}

/// Distance from 50 that makes LONG or SHORT, the same on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// The widest.
    pub conservative: f64,
    /// The default mode's.
    pub aggressive: f64,
    /// The least.
    pub ultra: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { conservative: 12.0, aggressive: 6.0, ultra: 3.0 }
    }
}

impl Thresholds {
    /// The distance of one mode.
    #[must_use]
    pub const fn of(&self, mode: Mode) -> f64 {
        match mode {
            Mode::Conservative => self.conservative,
            Mode::Aggressive => self.aggressive,
            Mode::Ultra => self.ultra,
        }
    }

    fn validate(&self) -> Result<(), ConfigError> {
        let ordered = self.conservative > self.aggressive
            && self.aggressive > self.ultra
            && self.ultra > 0.0
            && self.conservative < 50.0;
        require(ordered, "thresholds", || {
            format!(
                "50 > conservative ({}) > aggressive ({}) > ultra ({}) > 0 must hold",
                self.conservative, self.aggressive, self.ultra
            )
        })
    }
}

/// All constants of the decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EngineConfig {
    /// Name of the weights in answers; made from the weights when absent.
    pub weights_id: Option<String>,
    /// Weight of each factor.
    pub weights: Weights,
    /// Distance from 50 by mode.
    pub thresholds: Thresholds,
    /// Below this share of live weight there is no signal.
    pub coverage_floor: f64,
    /// How far ahead of the decision time a running figure (funding, last price) may be stamped:
    /// clocks differ, and the figure is fetched a moment after the decision began. Seconds.
    pub clock_tolerance_s: f64,
    /// Length of own histories, and how much of one is needed.
    pub history: History,
    /// Half-life and maximum age of each factor.
    pub ages: Ages,
    /// priceMomentum.
    pub momentum: MomentumConfig,
    /// fundingRate.
    pub funding: FundingConfig,
    /// liquidations.
    pub liquidations: LiquidationConfig,
    /// longShortRatio.
    pub long_short_ratio: RatioConfig,
    /// smartMoney.
    pub smart_money: SmartMoneyConfig,
    /// oiTrend.
    pub oi_trend: OiTrendConfig,
    /// socialSentiment.
    pub social: SocialConfig,
    /// fearGreed.
    pub fear_greed: FearGreedConfig,
    /// When confidence is high or medium, and the names of coverage levels.
    pub confidence: ConfidenceConfig,
    /// The rule judge.
    pub judge: JudgeConfig,
    /// Stops, targets, volatility.
    pub plan: PlanConfig,
    /// When a signal won, and what a trade costs.
    pub outcomes: OutcomeConfig,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            weights_id: None,
            weights: Weights::default(),
            thresholds: Thresholds::default(),
            coverage_floor: 0.5,
            clock_tolerance_s: 30.0,
            history: History::default(),
            ages: Ages::default(),
            momentum: MomentumConfig::default(),
            funding: FundingConfig::default(),
            liquidations: LiquidationConfig::default(),
            long_short_ratio: RatioConfig::default(),
            smart_money: SmartMoneyConfig::default(),
            oi_trend: OiTrendConfig::default(),
            social: SocialConfig::default(),
            fear_greed: FearGreedConfig::default(),
            confidence: ConfidenceConfig::default(),
            judge: JudgeConfig::default(),
            plan: PlanConfig::default(),
            outcomes: OutcomeConfig::default(),
        }
    }
}

impl EngineConfig {
    /// Checks every constant; the program does not start with a configuration that fails.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.weights.validate()?;
        self.thresholds.validate()?;
        share(self.coverage_floor, "coverage_floor")?;
        require((0.0..=300.0).contains(&self.clock_tolerance_s), "clock_tolerance_s", || {
            "must lie between 0 and 300".to_owned()
        })?;
        require(self.weights_id.as_ref().is_none_or(|id| !id.trim().is_empty()), "weights_id", || {
            "must not be empty".to_owned()
        })?;
        self.history.validate()?;
        self.ages.validate()?;
        self.momentum.validate()?;
        self.funding.validate()?;
        self.liquidations.validate()?;
        self.long_short_ratio.validate()?;
        self.smart_money.validate()?;
        self.oi_trend.validate()?;
        self.social.validate()?;
        self.fear_greed.validate()?;
        self.confidence.validate()?;
        self.judge.validate()?;
        self.plan.validate()?;
        self.outcomes.validate()
    }

    /// The name of the weights in answers: the configured one, else `default-1` for the default
    /// weights, else `custom-` and the weights in the order of [`Factor::ALL`].
    #[must_use]
    pub fn weights_id(&self) -> String {
        if let Some(id) = &self.weights_id {
            return id.clone();
        }
        if self.weights == Weights::default() {
            return DEFAULT_WEIGHTS_ID.to_owned();
        }
        let weights = self.weights.values().map(|weight| weight.to_string());
        format!("custom-{}", weights.join("-"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid_and_named() {
        let config = EngineConfig::default();
        assert_eq!(config.validate(), Ok(()));
        assert_eq!(config.weights_id(), "default-1");
    }

    #[test]
    fn weights_must_sum_to_one_hundred() {
        let mut config = EngineConfig::default();
        config.weights.fear_greed = 6.0;
        assert_eq!(config.validate().unwrap_err().field, "weights");
        config.weights.social_sentiment = 4.0;
        assert_eq!(config.validate(), Ok(()));
        assert_eq!(config.weights_id(), "custom-20-15-20-15-10-10-4-6");
        config.weights_id = Some("mine".to_owned());
        assert_eq!(config.weights_id(), "mine");
        config.weights.liquidations = f64::NAN;
        assert!(config.validate().is_err());
    }

    #[test]
    fn thresholds_must_be_ordered() {
        let mut config = EngineConfig::default();
        config.thresholds.aggressive = 13.0;
        assert_eq!(config.validate().unwrap_err().field, "thresholds");
        config.thresholds = Thresholds { conservative: 60.0, aggressive: 6.0, ultra: 3.0 };
        assert!(config.validate().is_err());
    }

    #[test]
    fn unknown_keys_are_errors_and_absent_ones_keep_their_default() {
        let config: EngineConfig = serde_json::from_str(
            r#"{"thresholds": {"ultra": 2.0}, "ages": {"funding_rate": {"half_life_h": 4.0}}}"#,
        )
        .unwrap();
        assert!((config.thresholds.ultra - 2.0).abs() < 1e-12);
        assert!((config.thresholds.conservative - 12.0).abs() < 1e-12);
        assert!((config.ages.funding_rate.half_life_h - 4.0).abs() < 1e-12);
        assert!((config.ages.funding_rate.max_age_h - 24.0).abs() < 1e-12);
        assert!(serde_json::from_str::<EngineConfig>(r#"{"treshold": 1}"#).is_err());
        assert!(serde_json::from_str::<EngineConfig>(r#"{"weights": {"oi": 1}}"#).is_err());
    }

    #[test]
    fn a_configuration_survives_writing_and_reading() {
        let config = EngineConfig::default();
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<EngineConfig>(&text).unwrap(), config);
    }
}
