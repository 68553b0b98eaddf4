//! Constants of confidence, data quality and the rule judge.

use serde::{Deserialize, Serialize};

use super::{ConfigError, positive, require, share};

/// What a level of confidence asks for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfidenceBar {
    /// Distance of the score from 50.
    pub distance: f64,
    /// Share of live weight that agrees with the signal.
    pub agreement: f64,
    /// Share of live weight.
    pub coverage: f64,
}

impl ConfidenceBar {
    fn validate(&self, field: &'static str) -> Result<(), ConfigError> {
        positive(self.distance, field)?;
        share(self.agreement, field)?;
        share(self.coverage, field)
    }
}

/// Least coverage of each level of data quality; below `fair` it is poor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LevelBounds {
    /// Excellent.
    pub excellent: f64,
    /// Good.
    pub good: f64,
    /// Fair.
    pub fair: f64,
}

impl Default for LevelBounds {
    fn default() -> Self {
        Self { excellent: 0.9, good: 0.75, fair: 0.5 }
    }
}

/// Confidence and data quality.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConfidenceConfig {
    /// What high asks for.
    pub high: ConfidenceBar,
    /// What medium asks for.
    pub medium: ConfidenceBar,
    /// A factor weaker than this agrees with neither side.
    pub neutral_strength: f64,
    /// Levels of data quality.
    pub levels: LevelBounds,
}

impl Default for ConfidenceConfig {
    fn default() -> Self {
        Self {
            high: ConfidenceBar { distance: 15.0, agreement: 0.6, coverage: 0.8 },
            medium: ConfidenceBar { distance: 8.0, agreement: 0.45, coverage: 0.6 },
            neutral_strength: 0.05,
            levels: LevelBounds::default(),
        }
    }
}

impl ConfidenceConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        self.high.validate("confidence.high")?;
        self.medium.validate("confidence.medium")?;
        require(self.high.distance >= self.medium.distance, "confidence.high.distance", || {
            "must not be below medium's".to_owned()
        })?;
        share(self.neutral_strength, "confidence.neutral_strength")?;
        let LevelBounds { excellent, good, fair } = self.levels;
        require(
            excellent >= good && good >= fair && fair >= 0.0 && excellent <= 1.0,
            "confidence.levels",
            || "1 >= excellent >= good >= fair >= 0 must hold".to_owned(),
        )
    }
}

/// The rule judge.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JudgeConfig {
    /// Funding's own signed rank beyond which it is crowded: one point.
    pub funding_crowded: f64,
    /// The same for two points.
    pub funding_extreme: f64,
    /// The account ratio's own signed rank beyond which it is crowded.
    pub accounts_crowded: f64,
    /// smartMoney against the position by more than this.
    pub smart_money_against: f64,
    /// Open interest down by more than this over 24h, in percent.
    pub oi_fall_pct: f64,
    /// Coverage below this: one point.
    pub thin_coverage: f64,
    /// Coverage below this: two points.
    pub very_thin_coverage: f64,
    /// Fear & Greed's own signed rank beyond which it is crowded.
    pub fear_greed_crowded: f64,
    /// Points that make AVOID.
    pub avoid_points: u32,
    /// Points that make REDUCED.
    pub reduced_points: u32,
    /// With VERY_HIGH volatility the score must be this far from 50.
    pub very_high_volatility_distance: f64,
    /// Less than the mode's threshold and this much from 50 is marginal.
    pub marginal_distance: f64,
    /// Distance from 50 that AGGRESSIVE asks for.
    pub aggressive_distance: f64,
    /// Coverage that AGGRESSIVE asks for.
    pub aggressive_coverage: f64,
    /// Multiplier of CONFIRM in AGGRESSIVE.
    pub aggressive_multiplier: f64,
    /// Multiplier of DOWNSIZE in NORMAL.
    pub cautious_multiplier: f64,
    /// Multiplier of DOWNSIZE in REDUCED.
    pub reduced_multiplier: f64,
}

impl Default for JudgeConfig {
    fn default() -> Self {
        Self {
            funding_crowded: 0.8,
            funding_extreme: 0.96,
            accounts_crowded: 0.9,
            smart_money_against: 0.3,
            oi_fall_pct: 5.0,
            thin_coverage: 0.7,
            very_thin_coverage: 0.6,
            fear_greed_crowded: 0.9,
            avoid_points: 5,
            reduced_points: 3,
            very_high_volatility_distance: 12.0,
            marginal_distance: 2.0,
            aggressive_distance: 20.0,
            aggressive_coverage: 0.9,
            aggressive_multiplier: 1.5,
            cautious_multiplier: 0.75,
            reduced_multiplier: 0.5,
        }
    }
}

impl JudgeConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        share(self.funding_crowded, "judge.funding_crowded")?;
        share(self.funding_extreme, "judge.funding_extreme")?;
        require(self.funding_extreme >= self.funding_crowded, "judge.funding_extreme", || {
            "must not be below funding_crowded".to_owned()
        })?;
        share(self.accounts_crowded, "judge.accounts_crowded")?;
        share(self.smart_money_against, "judge.smart_money_against")?;
        positive(self.oi_fall_pct, "judge.oi_fall_pct")?;
        share(self.thin_coverage, "judge.thin_coverage")?;
        share(self.very_thin_coverage, "judge.very_thin_coverage")?;
        share(self.fear_greed_crowded, "judge.fear_greed_crowded")?;
        require(
            self.avoid_points > self.reduced_points && self.reduced_points > 0,
            "judge.avoid_points",
            || "avoid_points > reduced_points > 0 must hold".to_owned(),
        )?;
        require(
            [self.very_high_volatility_distance, self.marginal_distance, self.aggressive_distance]
                .iter()
                .all(|distance| (0.0..=50.0).contains(distance)),
            "judge.aggressive_distance",
            || "distances lie between 0 and 50".to_owned(),
        )?;
        share(self.aggressive_coverage, "judge.aggressive_coverage")?;
        let multipliers = 0.0 < self.reduced_multiplier
            && self.reduced_multiplier <= self.cautious_multiplier
            && self.cautious_multiplier < 1.0
            && (1.0..=1.5).contains(&self.aggressive_multiplier);
        require(multipliers, "judge.aggressive_multiplier", || {
            "0 < reduced <= cautious < 1 <= aggressive <= 1.5 must hold".to_owned()
        })
    }
}
