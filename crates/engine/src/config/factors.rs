//! Constants of the eight factors.

use serde::{Deserialize, Deserializer, Serialize};

use super::{ConfigError, positive, require, share};

/// How long own histories are, and how much of one is needed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct History {
    /// Positioning, open interest, liquidations, social figures. Days.
    pub positioning_days: f64,
    /// Funding settlements. Days.
    pub funding_days: f64,
    /// Fear & Greed. Days.
    pub fear_greed_days: f64,
    /// Share of the window, in observations at the series' cadence, below which the absolute form
    /// is used.
    pub min_share: f64,
    /// Confidence of the absolute form.
    pub absolute_confidence: f64,
}

impl Default for History {
    fn default() -> Self {
        Self {
            positioning_days: 30.0,
            funding_days: 90.0,
            fear_greed_days: 365.0,
            min_share: 0.2,
            absolute_confidence: 0.5,
        }
    }
}

impl History {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        positive(self.positioning_days, "history.positioning_days")?;
        positive(self.funding_days, "history.funding_days")?;
        positive(self.fear_greed_days, "history.fear_greed_days")?;
        share(self.min_share, "history.min_share")?;
        share(self.absolute_confidence, "history.absolute_confidence")
    }
}

/// How an observation loses weight with age.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Decay {
    /// After this many hours it counts half.
    pub half_life_h: f64,
    /// Older than this many hours it does not count.
    pub max_age_h: f64,
}

impl Decay {
    const fn new(half_life_h: f64, max_age_h: f64) -> Self {
        Self { half_life_h, max_age_h }
    }

    fn validate(&self, field: &'static str) -> Result<(), ConfigError> {
        positive(self.half_life_h, field)?;
        positive(self.max_age_h, field)
    }
}

/// What configuration says of a [`Decay`]; what it does not say keeps that factor's default.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PartialDecay {
    half_life_h: Option<f64>,
    max_age_h: Option<f64>,
}

impl PartialDecay {
    fn over(&self, default: Decay) -> Decay {
        Decay {
            half_life_h: self.half_life_h.unwrap_or(default.half_life_h),
            max_age_h: self.max_age_h.unwrap_or(default.max_age_h),
        }
    }
}

/// Half-life and maximum age of each factor's newest observation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Ages {
    /// Closed 4h candles do not decay; more than this many bars after the last close they are stale.
    pub price_momentum_max_bars: f64,
    /// fundingRate.
    pub funding_rate: Decay,
    /// liquidations.
    pub liquidations: Decay,
    /// longShortRatio.
    pub long_short_ratio: Decay,
    /// smartMoney.
    pub smart_money: Decay,
    /// oiTrend.
    pub oi_trend: Decay,
    /// socialSentiment.
    pub social_sentiment: Decay,
    /// fearGreed.
    pub fear_greed: Decay,
}

impl Default for Ages {
    fn default() -> Self {
        Self {
            price_momentum_max_bars: 2.0,
            funding_rate: Decay::new(8.0, 24.0),
            liquidations: Decay::new(2.0, 8.0),
            long_short_ratio: Decay::new(8.0, 24.0),
            smart_money: Decay::new(8.0, 24.0),
            oi_trend: Decay::new(4.0, 12.0),
            social_sentiment: Decay::new(24.0, 72.0),
            fear_greed: Decay::new(72.0, 48.0),
        }
    }
}

impl<'de> Deserialize<'de> for Ages {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        struct Partial {
            price_momentum_max_bars: Option<f64>,
            funding_rate: PartialDecay,
            liquidations: PartialDecay,
            long_short_ratio: PartialDecay,
            smart_money: PartialDecay,
            oi_trend: PartialDecay,
            social_sentiment: PartialDecay,
            fear_greed: PartialDecay,
        }
        let said = Partial::deserialize(deserializer)?;
        let default = Self::default();
        Ok(Self {
            price_momentum_max_bars: said.price_momentum_max_bars.unwrap_or(default.price_momentum_max_bars),
            funding_rate: said.funding_rate.over(default.funding_rate),
            liquidations: said.liquidations.over(default.liquidations),
            long_short_ratio: said.long_short_ratio.over(default.long_short_ratio),
            smart_money: said.smart_money.over(default.smart_money),
            oi_trend: said.oi_trend.over(default.oi_trend),
            social_sentiment: said.social_sentiment.over(default.social_sentiment),
            fear_greed: said.fear_greed.over(default.fear_greed),
        })
    }
}

impl Ages {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        positive(self.price_momentum_max_bars, "ages.price_momentum_max_bars")?;
        self.funding_rate.validate("ages.funding_rate")?;
        self.liquidations.validate("ages.liquidations")?;
        self.long_short_ratio.validate("ages.long_short_ratio")?;
        self.smart_money.validate("ages.smart_money")?;
        self.oi_trend.validate("ages.oi_trend")?;
        self.social_sentiment.validate("ages.social_sentiment")?;
        self.fear_greed.validate("ages.fear_greed")
    }
}

/// Weight of each horizon's move; renormalised over the horizons there are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HorizonWeights {
    /// Four hours.
    pub h4: f64,
    /// A day.
    pub h24: f64,
    /// A week.
    pub d7: f64,
    /// Four weeks.
    pub d28: f64,
}

impl Default for HorizonWeights {
    fn default() -> Self {
        Self { h4: 0.15, h24: 0.30, d7: 0.35, d28: 0.20 }
    }
}

/// priceMomentum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MomentumConfig {
    /// Weight of each horizon.
    pub weights: HorizonWeights,
    /// Days of 4h returns behind sigma.
    pub sigma_days: f64,
    /// Fewest bars for sigma.
    pub min_bars: usize,
    /// The move, in deviations, is divided by this before tanh.
    pub scale: f64,
    /// `priceTrend` is bullish or bearish beyond this many deviations on 24h and 7d.
    pub trend_deviations: f64,
}

impl Default for MomentumConfig {
    fn default() -> Self {
        Self {
            weights: HorizonWeights::default(),
            sigma_days: 30.0,
            min_bars: 50,
            scale: 1.5,
            trend_deviations: 0.5,
        }
    }
}

impl MomentumConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let HorizonWeights { h4, h24, d7, d28 } = self.weights;
        require([h4, h24, d7, d28].iter().all(|w| w.is_finite() && *w >= 0.0), "momentum.weights", || {
            "each weight must be 0 or more".to_owned()
        })?;
        require(h24 > 0.0, "momentum.weights.h24", || "must be above 0".to_owned())?;
        require(self.min_bars >= 8, "momentum.min_bars", || "at least 8".to_owned())?;
        positive(self.sigma_days, "momentum.sigma_days")?;
        positive(self.scale, "momentum.scale")?;
        positive(self.trend_deviations, "momentum.trend_deviations")
    }
}

/// fundingRate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FundingConfig {
    /// Ranks within this of the middle score nothing.
    pub deadband: f64,
    /// Neutral annual rate of the absolute form (0.01 % every 8 h).
    pub neutral_annual: f64,
    /// Distance from neutral at which the absolute form is full.
    pub span_annual: f64,
    /// A rate beyond this many times a year is a unit error, not a rate.
    pub max_annual: f64,
}

impl Default for FundingConfig {
    fn default() -> Self {
        Self { deadband: 0.6, neutral_annual: 0.1095, span_annual: 0.60, max_annual: 30.0 }
    }
}

impl FundingConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        deadband(self.deadband, "funding.deadband")?;
        require(self.neutral_annual.is_finite(), "funding.neutral_annual", || "must be a number".to_owned())?;
        positive(self.span_annual, "funding.span_annual")?;
        positive(self.max_annual, "funding.max_annual")
    }
}

/// liquidations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LiquidationConfig {
    /// Weight of the last 24h beside the last 4h.
    pub day_weight: f64,
    /// Share of open interest liquidated at which the absolute intensity is full.
    pub full_intensity: f64,
    /// Factor while the cascade runs.
    pub cascade_factor: f64,
    /// The last hour's move, in deviations of a 4h return, beyond which the cascade runs.
    pub cascade_deviations: f64,
    /// The last hour's fall of open interest, as a fraction, beyond which the cascade runs.
    pub cascade_oi_fall: f64,
    /// Oldest open interest that the newest bar may be set against. Hours.
    pub open_interest_max_age_h: f64,
}

impl Default for LiquidationConfig {
    fn default() -> Self {
        Self {
            day_weight: 0.5,
            full_intensity: 0.002,
            cascade_factor: 0.25,
            cascade_deviations: 0.5,
            cascade_oi_fall: 0.01,
            open_interest_max_age_h: 24.0,
        }
    }
}

impl LiquidationConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        share(self.day_weight, "liquidations.day_weight")?;
        positive(self.full_intensity, "liquidations.full_intensity")?;
        share(self.cascade_factor, "liquidations.cascade_factor")?;
        positive(self.cascade_deviations, "liquidations.cascade_deviations")?;
        positive(self.cascade_oi_fall, "liquidations.cascade_oi_fall")?;
        positive(self.open_interest_max_age_h, "liquidations.open_interest_max_age_h")
    }
}

/// longShortRatio.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RatioConfig {
    /// Ranks within this of the middle score nothing.
    pub deadband: f64,
    /// Factor unless funding is extreme on the same side.
    pub unconfirmed_factor: f64,
    /// Neutral ratio of the absolute form: most coins have more accounts long than short.
    pub neutral_ratio: f64,
    /// The absolute form is full at `neutral_ratio` times or divided by this.
    pub full_ratio: f64,
}

impl Default for RatioConfig {
    fn default() -> Self {
        Self { deadband: 0.8, unconfirmed_factor: 0.5, neutral_ratio: 1.5, full_ratio: 3.0 }
    }
}

impl RatioConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        deadband(self.deadband, "long_short_ratio.deadband")?;
        share(self.unconfirmed_factor, "long_short_ratio.unconfirmed_factor")?;
        positive(self.neutral_ratio, "long_short_ratio.neutral_ratio")?;
        require(self.full_ratio.is_finite() && self.full_ratio > 1.0, "long_short_ratio.full_ratio", || {
            "must be above 1".to_owned()
        })
    }
}

/// smartMoney.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmartMoneyConfig {
    /// Weight of positions against accounts.
    pub position_weight: f64,
    /// Weight of taker flow.
    pub taker_weight: f64,
    /// A z-score is divided by this before tanh.
    pub z_scale: f64,
    /// The spread of logarithms is divided by this in the absolute form.
    pub position_scale: f64,
    /// The taker's log ratio is divided by this in the absolute form.
    pub taker_scale: f64,
}

impl Default for SmartMoneyConfig {
    fn default() -> Self {
        Self { position_weight: 0.7, taker_weight: 0.3, z_scale: 1.5, position_scale: 0.5, taker_scale: 0.1 }
    }
}

impl SmartMoneyConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        share(self.position_weight, "smart_money.position_weight")?;
        share(self.taker_weight, "smart_money.taker_weight")?;
        share(self.position_weight + self.taker_weight, "smart_money.taker_weight")?;
        positive(self.z_scale, "smart_money.z_scale")?;
        positive(self.position_scale, "smart_money.position_scale")?;
        positive(self.taker_scale, "smart_money.taker_scale")
    }
}

/// oiTrend.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OiTrendConfig {
    /// How much falling open interest counts, against the price's move.
    pub fading_weight: f64,
    /// The price's move, in deviations, is divided by this before tanh.
    pub move_scale: f64,
    /// The change is divided by this in the absolute form.
    pub change_scale: f64,
}

impl Default for OiTrendConfig {
    fn default() -> Self {
        Self { fading_weight: 0.3, move_scale: 1.5, change_scale: 0.05 }
    }
}

impl OiTrendConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        share(self.fading_weight, "oi_trend.fading_weight")?;
        positive(self.move_scale, "oi_trend.move_scale")?;
        positive(self.change_scale, "oi_trend.change_scale")
    }
}

/// socialSentiment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SocialConfig {
    /// Weight of sentiment.
    pub sentiment_weight: f64,
    /// Weight of abnormal activity in the direction of the price.
    pub activity_weight: f64,
    /// A z-score is divided by this before tanh.
    pub z_scale: f64,
    /// Confidence when only activity is known.
    pub activity_confidence: f64,
    /// Neutral sentiment of the absolute form.
    pub neutral_sentiment: f64,
    /// Distance from it at which the absolute form is full.
    pub sentiment_span: f64,
    /// Confidence of the absolute form, beside that of every absolute form.
    pub absolute_confidence: f64,
}

impl Default for SocialConfig {
    fn default() -> Self {
        Self {
            sentiment_weight: 0.6,
            activity_weight: 0.4,
            z_scale: 1.5,
            activity_confidence: 0.5,
            neutral_sentiment: 75.0,
            sentiment_span: 25.0,
            absolute_confidence: 0.5,
        }
    }
}

impl SocialConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        share(self.sentiment_weight, "social.sentiment_weight")?;
        share(self.activity_weight, "social.activity_weight")?;
        share(self.sentiment_weight + self.activity_weight, "social.activity_weight")?;
        positive(self.z_scale, "social.z_scale")?;
        share(self.activity_confidence, "social.activity_confidence")?;
        require(self.neutral_sentiment.is_finite(), "social.neutral_sentiment", || {
            "must be a number".to_owned()
        })?;
        positive(self.sentiment_span, "social.sentiment_span")?;
        share(self.absolute_confidence, "social.absolute_confidence")
    }
}

/// fearGreed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FearGreedConfig {
    /// Ranks within this of the middle score nothing.
    pub deadband: f64,
    /// The same for the absolute form, around 50.
    pub absolute_deadband: f64,
}

impl Default for FearGreedConfig {
    fn default() -> Self {
        Self { deadband: 0.5, absolute_deadband: 0.4 }
    }
}

impl FearGreedConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        deadband(self.deadband, "fear_greed.deadband")?;
        deadband(self.absolute_deadband, "fear_greed.absolute_deadband")
    }
}

/// Fails unless `value` lies in `[0, 1)`.
fn deadband(value: f64, field: &'static str) -> Result<(), ConfigError> {
    require((0.0..1.0).contains(&value), field, || format!("{value} must be at least 0 and below 1"))
}
