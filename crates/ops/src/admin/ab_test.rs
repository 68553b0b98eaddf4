//! `admin.ab_test.*`: two sets of weights side by side; only the control is served.

use app::weights::ab_test::{
    AbDecisionPage, AbPromotionAnswer, AbStopAnswer, AbTestAnswer, AbTestRequest, AbTestsAnswer,
};
use catalog::{Catalog, OpError};
use domain::UtcMs;
use schemars::JsonSchema;
use serde::Deserialize;

use super::weights::WeightFields;
use super::{read, write};
use crate::tracked::{Horizon, fifty};
use crate::{Ctx, op_error};

/// A challenger of the active weights: by factor (those that are not named are as they are now; all eight must
/// sum to 100), or a version that exists.
#[derive(Debug, Deserialize, JsonSchema)]
struct CreateIn {
    /// What people call the test.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    name: Option<String>,
    /// The challenger as a version that exists, instead of weights by factor.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    weights_id: Option<String>,
    #[serde(flatten)]
    weights: WeightFields,
    /// Time after the signal at which the arms are compared.
    #[serde(default)]
    horizon: Horizon,
    /// It ends by itself when this many independent outcomes are judged at the horizon.
    #[serde(default)]
    #[schemars(range(min = 30, max = 60_000))]
    max_outcomes: Option<u32>,
    /// It ends by itself at this time: RFC 3339 or a date.
    #[serde(default)]
    end_date: Option<UtcMs>,
    /// Ends a test that runs first; without it, one that runs is a conflict.
    #[serde(default)]
    replace: bool,
    /// Why, for the record.
    #[serde(default)]
    #[schemars(length(max = 500))]
    note: Option<String>,
}

async fn create(ctx: Ctx, input: CreateIn) -> Result<AbTestAnswer, OpError> {
    let request = AbTestRequest {
        name: input.name,
        weights: input.weights.named(),
        weights_id: input.weights_id,
        horizon_s: input.horizon.seconds(),
        max_outcomes: input.max_outcomes,
        ends_at: input.end_date,
        note: input.note.filter(|note| !note.is_empty()),
        replace: input.replace,
    };
    ctx.app.create_ab_test(request, &ctx.caller).await.map_err(op_error)
}

const fn three() -> u32 {
    3
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ListIn {
    /// One test alone.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    test_id: Option<String>,
    /// Tests wanted, newest first; the three newest come with figures, older ones where test_id names them.
    #[serde(default = "three")]
    #[schemars(range(min = 1, max = 50))]
    limit: u32,
}

async fn list(ctx: Ctx, input: ListIn) -> Result<AbTestsAnswer, OpError> {
    ctx.app.ab_tests(input.test_id.as_deref(), input.limit).await.map_err(op_error)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct DecisionsIn {
    /// Which test; the newest when absent.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    test_id: Option<String>,
    /// Rows of a page.
    #[serde(default = "fifty")]
    #[schemars(range(min = 1, max = 500))]
    limit: u32,
    /// 'nextCursor' of the page before.
    #[serde(default)]
    #[schemars(length(max = 200), regex(pattern = r"^-?[0-9]{1,18}\.[^\u0000]+$"))]
    cursor: Option<String>,
}

async fn decisions(ctx: Ctx, input: DecisionsIn) -> Result<AbDecisionPage, OpError> {
    let DecisionsIn { test_id, limit, cursor } = input;
    ctx.app.ab_decisions(test_id.as_deref(), limit, cursor.as_deref()).await.map_err(op_error)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct StopIn {
    /// Which test; the one that runs when absent.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    test_id: Option<String>,
    /// Why, for the record.
    #[serde(default)]
    #[schemars(length(max = 500))]
    note: Option<String>,
}

async fn stop(ctx: Ctx, input: StopIn) -> Result<AbStopAnswer, OpError> {
    let note = input.note.filter(|note| !note.is_empty());
    ctx.app.stop_ab_test(input.test_id.as_deref(), note.as_deref(), &ctx.caller).await.map_err(op_error)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct PromoteIn {
    /// Which test; the newest when absent.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    test_id: Option<String>,
    /// Also where the test is not over or does not show the challenger to be better.
    #[serde(default)]
    force: bool,
}

async fn promote(ctx: Ctx, input: PromoteIn) -> Result<AbPromotionAnswer, OpError> {
    ctx.app.promote_ab_test(input.test_id.as_deref(), input.force, &ctx.caller).await.map_err(op_error)
}

pub(super) fn register(catalog: &mut Catalog<Ctx>) {
    catalog.add(
        write(
            "admin.ab_test.create",
            "/admin/ab-test/create",
            "Tests other weights against the active ones, in the shadow, on the same signals",
        )
        .description(
            "The active weights are the control and stay what is served. The challenger decides on the very same snapshot of \
             every signal; its decision is stored with the signal's id, and both are judged by the same prices after 1h, 4h and \
             24h. One test runs at a time; other instances join within 20 seconds. It ends by itself at end_date or max_outcomes, where given, and when the active \
             weights change. Serving the challenger is a step of its own (admin.ab_test.promote). Who and when is written down.",
        )
        .example(
            "Does more weight on momentum do better? Ends a test that runs",
            [
                ("name", "more momentum".into()),
                ("price_momentum", 24.into()),
                ("liquidations", 16.into()),
                ("max_outcomes", 300.into()),
                ("replace", true.into()),
            ],
        ),
        create,
    );
    catalog.add(
        read(
            "admin.ab_test.list",
            "/admin/ab-test/list",
            "Tests of weights with both arms' figures and what their difference shows",
        )
        .description(
            "Newest first; figures for the three newest, or the one that is named. For each arm: signals, judged and independent \
             outcomes, win rate with its Wilson interval, expectancy; beside them the paired difference on the decisions on which the arms differ, with its interval; below 30 \
             independent ones it says too_few_to_tell.",
        )
        .example("The last tests", [("limit", 5.into())]),
        list,
    );
    catalog.add(
        read(
            "admin.ab_test.decisions",
            "/admin/ab-test/decisions",
            "What both arms of a test said of each signal, and what the price did",
        )
        .description("Newest first, of the newest test unless one is named. The signal's id is that of the answer that was served.")
        .example("The newest decisions", [("limit", 20.into())]),
        decisions,
    );
    catalog.add(
        write("admin.ab_test.stop", "/admin/ab-test/stop", "Ends a test of weights")
            .description(
                "The one that runs, unless one is named; stopped is false where none runs. What it decided is still judged when \
                 it is due. Who and when is written down.",
            )
            .example("End the test that runs", []),
        stop,
    );
    catalog.add(
        write(
            "admin.ab_test.promote",
            "/admin/ab-test/promote",
            "Makes a test's challenger the active weights, where it proved better",
        )
        .description(
            "Only where the test is over, all its outcomes are judged, its control is what is served and the paired difference is \
             above 0 with 95 % confidence; otherwise promoted is false, with the reason. force=true passes over it. Signals use the weights at once. Who and \
             when is written down.",
        )
        .example("Serve the challenger of the newest test, if it proved better", []),
        promote,
    );
}
