//! `admin.auto_optimization.*`: weights proposed from what became of signals.

use app::weights::optimize::{
    ApplyMode, OptimizationAnswer, OptimizationChange, OptimizationStatus, SettingsAnswer,
};
use catalog::{Catalog, OpError};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{read, write};
use crate::tracked::Horizon;
use crate::{Ctx, op_error};

/// New settings; what is not named stays.
#[derive(Debug, Deserialize, JsonSchema)]
struct ConfigureIn {
    /// Whether it runs by itself.
    #[serde(default)]
    enabled: Option<bool>,
    /// Hours between two runs.
    #[serde(default)]
    #[schemars(range(min = 1, max = 8_760))]
    interval_hours: Option<u32>,
    /// Time after the signal at which its outcome is learned from.
    #[serde(default)]
    horizon: Option<Horizon>,
    /// Fewer independent outcomes give no proposal.
    #[serde(default)]
    #[schemars(range(min = 30, max = 1_000_000))]
    min_outcomes: Option<u32>,
    /// Most points that one run takes from or gives to a factor.
    #[serde(default)]
    #[schemars(range(min = 0.1, max = 20))]
    max_change: Option<f64>,
    /// Least weight of a factor; one that is below it already may stay.
    #[serde(default)]
    #[schemars(range(min = 0, max = 12.5))]
    min_weight: Option<f64>,
    /// Largest weight of a factor; one that is above it already may stay.
    #[serde(default)]
    #[schemars(range(min = 12.5, max = 100))]
    max_weight: Option<f64>,
    /// What is done with a proposal: kept, tried in an A/B test, or applied where it did better out of sample
    /// with confidence.
    #[serde(default)]
    apply_mode: Option<ApplyMode>,
    /// Tells what the settings would be, and changes nothing.
    #[serde(default)]
    dry_run: bool,
}

async fn configure(ctx: Ctx, input: ConfigureIn) -> Result<SettingsAnswer, OpError> {
    let change = OptimizationChange {
        enabled: input.enabled,
        interval_hours: input.interval_hours,
        horizon: input.horizon.map(|horizon| format!("{}h", horizon.seconds() / 3_600)),
        min_outcomes: input.min_outcomes,
        max_change: input.max_change,
        min_weight: input.min_weight,
        max_weight: input.max_weight,
        apply_mode: input.apply_mode,
    };
    ctx.app.configure_optimization(&change, input.dry_run, &ctx.caller).await.map_err(op_error)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct RunIn {
    /// Tells what it would propose and do, and changes and keeps nothing.
    #[serde(default)]
    dry_run: bool,
}

async fn run(ctx: Ctx, input: RunIn) -> Result<OptimizationAnswer, OpError> {
    ctx.app.optimize_weights(input.dry_run, &ctx.caller).await.map_err(op_error)
}

const fn ten() -> u32 {
    10
}

#[derive(Debug, Deserialize, JsonSchema)]
struct StatusIn {
    /// Runs wanted, newest first.
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 50))]
    limit: u32,
}

async fn status(ctx: Ctx, input: StatusIn) -> Result<OptimizationStatus, OpError> {
    ctx.app.optimization_status(input.limit).await.map_err(op_error)
}

pub(super) fn register(catalog: &mut Catalog<Ctx>) {
    catalog.add(
        write(
            "admin.auto_optimization.configure",
            "/admin/auto-optimization/configure",
            "How weights are optimised from outcomes: whether by itself, how often, within which bounds",
        )
        .description(
            "Off until enabled. What is not named stays; without a change it tells the settings. apply_mode: propose keeps a \
             proposal as a version that is not active, ab_test tries it in the shadow, apply makes it active where it did better \
             out of sample with 95 % confidence. Who and when is written down.",
        )
        .example(
            "Every week, at most two points by factor, tried in an A/B test",
            [
                ("interval_hours", 168.into()),
                ("max_change", 2.into()),
                ("apply_mode", "ab_test".into()),
                ("dry_run", true.into()),
            ],
        ),
        configure,
    );
    catalog.add(
        write(
            "admin.auto_optimization.run",
            "/admin/auto-optimization/run",
            "Proposes weights from stored signals and what became of them",
        )
        .description(
            "Logistic regression of rise or fall on the factors' effective strengths, overlapping outcomes counting less, pulled \
             towards the configured weights, within the settings' bounds. Tells log loss, Brier score, hit rate and rank \
             correlation of present and proposed weights, in sample and walking forward out of sample. With too few independent \
             outcomes the result is refused, with the reason. A minute at least lies between two runs that are not dry; sooner is a \
             conflict. Who and when is written down.",
        )
        .time_limit(std::time::Duration::from_mins(1))
        .cost(10)
        .example("What would it propose?", [("dry_run", true.into())]),
        run,
    );
    catalog.add(
        read(
            "admin.auto_optimization.status",
            "/admin/auto-optimization/status",
            "The settings of the optimisation, when it runs next, and what the last runs found",
        )
        .description("Newest run first, each with its whole report.")
        .example("The last runs", [("limit", 5.into())]),
        status,
    );
}
