//! The signal as callers read it. Field names are a contract with saved calls: they never change.

use domain::{Mode, UtcMs};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

/// One signal: what to think of a coin's perpetual now, why, and what to do about it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignalAnswer {
    /// Unique id (ULID); a cached answer served again keeps it.
    pub id: String,
    /// Coin ticker; the contract's own name where it is no coin's perpetual in dollars.
    pub symbol: String,
    /// Exchange of the contract.
    pub venue: String,
    /// The exchange's own name of the contract.
    pub instrument: String,
    /// Coins per price unit: 1000 for 1000PEPEUSDT.
    pub price_multiplier: u64,
    /// Decision time.
    pub timestamp: UtcMs,
    /// Close of the newest 4h candle that entered.
    pub candle_closed_at: Option<UtcMs>,
    /// Close of the next 4h candle.
    pub expires_at: UtcMs,
    /// Version of the engine's rules.
    pub engine_version: String,
    /// Which set of weights made it.
    pub weights_id: String,
    /// live, replay or simulated.
    pub data_source: String,
    /// LONG, SHORT or NEUTRAL.
    pub signal: String,
    /// 0-100; 50 is neutral, above is bullish.
    pub score: f64,
    /// high, medium or low.
    pub confidence: String,
    /// Last price, per contract unit, in quote currency.
    pub price: f64,
    /// conservative, aggressive or ultra.
    pub mode: Mode,
    /// The three strongest factors, one sentence each.
    pub reasons: Vec<String>,
    /// All eight factors.
    pub factors: Vec<FactorAnswer>,
    /// How much of the evidence was there.
    pub data_quality: DataQuality,
    /// The figures most asked for.
    pub metrics: Metrics,
    /// The raw figures behind the factors, by factor.
    pub comprehensive_metrics: Map<String, Value>,
    /// Figures from Coinglass, when it answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub premium_metrics: Option<Map<String, Value>>,
    /// Figures from LunarCrush, when it answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lunar_crush_metrics: Option<Map<String, Value>>,
    /// Figures from CoinAPI, when it answered.
    #[serde(rename = "coinAPIMetrics", skip_serializing_if = "Option::is_none")]
    pub coin_api_metrics: Option<Map<String, Value>>,
    /// Smart Money Concepts on the candles, when there are enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smc_analysis: Option<Map<String, Value>>,
    /// The verdict on the signal, and the trade plan.
    pub ai_verdict_layer: VerdictAnswer,
    /// What the providers' terms ask to be shown beside their data.
    pub attribution: Vec<String>,
    /// Always there.
    pub disclaimer: String,
    /// What one should know of the contract that the symbol was taken for: its unit, another name, another asset
    /// of the same ticker.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// With `debug=true`: the arithmetic of each factor, and what each source answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub debug: Option<Map<String, Value>>,
}

/// One factor's part in the score.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FactorAnswer {
    /// liquidations, fundingRate, priceMomentum, longShortRatio, smartMoney, oiTrend, socialSentiment,
    /// fearGreed.
    pub factor: String,
    /// 0-100 with 50 neutral; null when missing.
    pub score: Option<f64>,
    /// Points of 100.
    pub weight: f64,
    /// Points it moves the score away from 50.
    pub contribution: f64,
    /// live or missing.
    pub status: String,
    /// Who served it.
    pub source: Option<String>,
    /// The venue its figures are of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub venue: Option<String>,
    /// The instant its newest figure stands for.
    pub as_of: Option<UtcMs>,
    /// Raw figures as observed, by name with unit.
    pub value: Option<Map<String, Value>>,
    /// "own history" with the number of observations, or "absolute".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// How many observations of own history it ranks against.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observations: Option<usize>,
    /// 0-1: basis times what the factor says of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// 0-1: halves with each half-life of age.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freshness: Option<f64>,
    /// One readable sentence with the figures, or why it is missing.
    pub note: String,
}

/// How much of the evidence was there.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DataQuality {
    /// Share of the weights that is live, 0-1.
    pub coverage: f64,
    /// excellent, good, fair or poor.
    pub level: String,
    /// What is missing, and why.
    pub missing: Vec<MissingFactor>,
    /// Age of the oldest live figure.
    pub oldest_seconds: Option<i64>,
}

/// A factor that could not be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MissingFactor {
    /// Which.
    pub factor: String,
    /// Why.
    pub reason: String,
}

/// The figures most asked for.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Metrics {
    /// Fraction per the contract's own interval.
    pub funding_rate: Option<f64>,
    /// In quote dollars.
    pub open_interest: Option<f64>,
    /// LunarCrush's galaxy score, 0-100.
    pub social_score: Option<f64>,
    /// bullish, bearish or neutral.
    pub price_trend: Option<String>,
}

/// The verdict on the signal.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerdictAnswer {
    /// CONFIRM, DOWNSIZE, SKIP or WAIT.
    pub verdict: String,
    /// NORMAL, REDUCED, AVOID or AGGRESSIVE.
    pub risk_mode: String,
    /// 0.0-1.5.
    pub risk_multiplier: f64,
    /// 0-100: how sure the judge is of its verdict.
    pub ai_confidence: u32,
    /// The verdict in a sentence or two.
    pub ai_summary: String,
    /// What speaks for and against.
    pub layer_checks: LayerChecks,
    /// openai or rules.
    pub source: String,
    /// The model, where one judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Size, stop and target by volatility.
    pub volatility_metrics: VolatilityMetrics,
}

/// What speaks for and against the position.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LayerChecks {
    /// For.
    pub agreements: Vec<String>,
    /// Against.
    pub conflicts: Vec<String>,
}

/// The trade plan by volatility. A figure that cannot be given is null.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VolatilityMetrics {
    /// Normal ATR % over ATR %, 0.25-2.0.
    pub recommended_position_multiplier: Option<f64>,
    /// On the exchange's tick.
    pub stop_loss_price: Option<f64>,
    /// Percent of the entry.
    pub stop_loss_distance_pct: Option<f64>,
    /// On the exchange's tick.
    pub take_profit_price: Option<f64>,
    /// Percent of the entry.
    pub take_profit_distance_pct: Option<f64>,
    /// Target distance over stop distance.
    pub risk_reward_ratio: Option<f64>,
    /// Wilder ATR(14), in price units.
    pub atr_value: Option<f64>,
    /// ATR in percent of the price.
    pub atr_percentage: Option<f64>,
    /// VERY_LOW, LOW, NORMAL, HIGH or VERY_HIGH.
    pub volatility_classification: Option<String>,
    /// Candles it is computed on.
    pub timeframe: String,
    /// The plan in a sentence.
    pub trade_plan_summary: String,
    /// The position that the risk allows, when an account is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position_size: Option<PositionSizeAnswer>,
}

/// A position that keeps the risk, or why there is none.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PositionSizeAnswer {
    /// In units of the price's base, floored to the exchange's step.
    pub quantity: Option<f64>,
    /// As the exchange counts them.
    pub contracts: Option<f64>,
    /// Value at entry.
    pub notional_usd: Option<f64>,
    /// Value over account.
    pub leverage: Option<f64>,
    /// Loss at the stop, fees and slippage included.
    pub risk_usd: Option<f64>,
    /// Estimated, for isolated margin.
    pub liquidation_price: Option<f64>,
    /// Whether the leverage limit made it smaller than the risk would allow.
    pub capped_by_leverage: bool,
    /// Why there is no size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What is assumed.
    pub assumptions: String,
}
