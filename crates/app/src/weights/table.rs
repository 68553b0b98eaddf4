//! Weights as callers and the store read them.

use engine::config::Weights;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use crate::AppError;

/// The weight of each factor; they sum to 100.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WeightTable {
    /// Longs and shorts liquidated.
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
    /// Crypto Fear & Greed Index.
    pub fear_greed: f64,
}

impl From<Weights> for WeightTable {
    fn from(weights: Weights) -> Self {
        Self {
            liquidations: weights.liquidations,
            funding_rate: weights.funding_rate,
            price_momentum: weights.price_momentum,
            long_short_ratio: weights.long_short_ratio,
            smart_money: weights.smart_money,
            oi_trend: weights.oi_trend,
            social_sentiment: weights.social_sentiment,
            fear_greed: weights.fear_greed,
        }
    }
}

impl From<WeightTable> for Weights {
    fn from(table: WeightTable) -> Self {
        Self {
            liquidations: table.liquidations,
            funding_rate: table.funding_rate,
            price_momentum: table.price_momentum,
            long_short_ratio: table.long_short_ratio,
            smart_money: table.smart_money,
            oi_trend: table.oi_trend,
            social_sentiment: table.social_sentiment,
            fear_greed: table.fear_greed,
        }
    }
}

impl WeightTable {
    /// As it is stored.
    pub(super) fn json(self) -> Result<Box<RawValue>, AppError> {
        to_raw_value(&self).map_err(|error| {
            tracing::error!(%error, "weights could not be written as JSON");
            AppError::Internal
        })
    }

    /// From what was stored under this name.
    pub(super) fn stored(id: &str, json: &RawValue) -> Result<Self, AppError> {
        serde_json::from_str(json.get()).map_err(|error| {
            tracing::error!(%error, id, "stored weights cannot be read");
            AppError::Internal
        })
    }
}
