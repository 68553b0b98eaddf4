//! `admin.weights.*`: the weights of the eight factors.

use app::analytics::figures::Dimension;
use app::analytics::importance::ImportanceAnswer;
use app::analytics::{OutcomeFilter, PerformanceAnswer};
use app::weights::{Factor, WeightChange, WeightsAnswer, WeightsHistoryAnswer};
use catalog::{Catalog, NoArgs, OpError};
use domain::UtcMs;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{read, write};
use crate::tracked::{Horizon, OutcomesIn, fifty};
use crate::{Ctx, op_error};

async fn current(ctx: Ctx, _: NoArgs) -> Result<WeightsAnswer, OpError> {
    ctx.app.weights().await.map_err(op_error)
}

/// Weights by factor; absent: not named.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct WeightFields {
    /// Longs and shorts liquidated.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    liquidations: Option<f64>,
    /// Funding rate.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    funding_rate: Option<f64>,
    /// Price momentum.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    price_momentum: Option<f64>,
    /// Long/short account ratio.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    long_short_ratio: Option<f64>,
    /// Large accounts against the crowd.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    smart_money: Option<f64>,
    /// Open interest with the price.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    oi_trend: Option<f64>,
    /// Social sentiment.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    social_sentiment: Option<f64>,
    /// Crypto Fear & Greed Index.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    fear_greed: Option<f64>,
}

impl WeightFields {
    /// Those that are named.
    pub(super) fn named(self) -> Vec<(Factor, f64)> {
        let named = [
            (Factor::Liquidations, self.liquidations),
            (Factor::FundingRate, self.funding_rate),
            (Factor::PriceMomentum, self.price_momentum),
            (Factor::LongShortRatio, self.long_short_ratio),
            (Factor::SmartMoney, self.smart_money),
            (Factor::OiTrend, self.oi_trend),
            (Factor::SocialSentiment, self.social_sentiment),
            (Factor::FearGreed, self.fear_greed),
        ];
        named.into_iter().filter_map(|(factor, weight)| Some((factor, weight?))).collect()
    }
}

/// New weights; factors that are not named keep theirs. All eight must sum to 100.
#[derive(Debug, Deserialize, JsonSchema)]
struct UpdateIn {
    #[serde(flatten)]
    weights: WeightFields,
    /// Why, for the record.
    #[serde(default)]
    #[schemars(length(max = 500))]
    note: Option<String>,
}

async fn update(ctx: Ctx, input: UpdateIn) -> Result<WeightsAnswer, OpError> {
    let change = WeightChange { weights: input.weights.named(), note: input.note };
    ctx.app.change_weights(change, &ctx.caller).await.map_err(op_error)
}

async fn reset(ctx: Ctx, _: NoArgs) -> Result<WeightsAnswer, OpError> {
    ctx.app.reset_weights(&ctx.caller).await.map_err(op_error)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct HistoryIn {
    /// Versions wanted, newest first.
    #[serde(default = "fifty")]
    #[schemars(range(min = 1, max = 500))]
    limit: u32,
}

async fn history(ctx: Ctx, input: HistoryIn) -> Result<WeightsHistoryAnswer, OpError> {
    ctx.app.weights_history(input.limit).await.map_err(op_error)
}

async fn performance(ctx: Ctx, input: OutcomesIn) -> Result<PerformanceAnswer, OpError> {
    let filter = input.filter(&ctx).await;
    ctx.app.performance(&filter, &[Dimension::Weights]).await.map_err(op_error)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ImportanceIn {
    /// Time after the signal at which the price is looked at.
    #[serde(default)]
    horizon: Horizon,
    /// Signals from this time on: RFC 3339 or a date.
    #[serde(default)]
    start_date: Option<UtcMs>,
    /// Signals before this time: RFC 3339 or a date.
    #[serde(default)]
    end_date: Option<UtcMs>,
}

async fn importance(ctx: Ctx, input: ImportanceIn) -> Result<ImportanceAnswer, OpError> {
    let filter = OutcomeFilter { from: input.start_date, to: input.end_date, ..OutcomeFilter::default() };
    ctx.app.factor_importance(input.horizon.seconds(), filter).await.map_err(op_error)
}

pub(super) fn register(catalog: &mut Catalog<Ctx>) {
    catalog.add(
        read(
            "admin.weights.current",
            "/admin/weights/current",
            "The weights of the eight factors that signals are made with",
        )
        .description("They sum to 100; signals carry the version as weightsId.")
        .example("Which weights are active?", []),
        current,
    );
    catalog.add(
        write("admin.weights.update", "/admin/weights/update", "Makes a new version of the weights and uses it at once")
            .description("Factors that are not named keep their weight; all eight must sum to 100. Who and when is written down.")
            .example("A little more weight on liquidations", [("liquidations", 22.into()), ("funding_rate", 13.into())]),
        update,
    );
    catalog.add(
        write("admin.weights.reset", "/admin/weights/reset", "Back to the configured weights, at once")
            .description("Versions that were made stay in the history. Who and when is written down.")
            .example("Back to the configured weights", []),
        reset,
    );
    catalog.add(
        read(
            "admin.weights.history",
            "/admin/weights/history",
            "Versions of the weights, and who changed them when",
        )
        .description("Newest first.")
        .example("The last changes", [("limit", 10.into())]),
        history,
    );
    catalog.add(
        read(
            "admin.weights.performance",
            "/admin/weights/performance",
            "How signals did by version of the weights",
        )
        .description("Figures as in analytics.performance.summary, one group for each weightsId.")
        .example("Did the new weights do better?", []),
        performance,
    );
    catalog.add(
        read("admin.weights.importance", "/admin/weights/importance", "How each factor's score went with the price afterwards")
            .description(
                "Spearman's rank correlation of the factor's score with the price's move until the horizon, over judged \
                 signals, with how many independent ones stand behind it.",
            )
            .example("After 4 hours", [("horizon", "4h".into())]),
        importance,
    );
}
