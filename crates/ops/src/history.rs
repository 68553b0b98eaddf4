//! `history.*`: stored signals.

use std::sync::Arc;

use app::analytics::rows::SignalPage;
use app::analytics::storage::StorageAnswer;
use app::analytics::{SignalTotals, Written};
use catalog::{Catalog, Effect, Meta, NoArgs, OpError, Scope};
use domain::symbols::Symbol;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::tracked::PeriodIn;
use crate::{Ctx, op_error, tracked};

#[derive(Debug, Deserialize, JsonSchema)]
struct StatisticsIn {
    /// One coin only.
    #[serde(default)]
    symbol: Option<Symbol>,
    #[serde(flatten)]
    when: PeriodIn,
}

async fn statistics(ctx: Ctx, input: StatisticsIn) -> Result<Arc<Written<SignalTotals>>, OpError> {
    let (from, to) = input.when.bounds(ctx.app.clock.now());
    let symbol = tracked::stored(&ctx, input.symbol.as_ref()).await;
    ctx.app.signal_totals(symbol.as_deref(), from, to).await.map_err(op_error)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ClearIn {
    /// Must be true: every stored signal is deleted.
    #[schemars(extend("const" = true))]
    confirm: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ClearOut {
    /// Signals that were deleted, with their checks.
    deleted: u64,
    /// Whose rows they were: live, replay or simulated.
    data_source: String,
}

async fn clear(ctx: Ctx, input: ClearIn) -> Result<ClearOut, OpError> {
    let deleted = ctx.app.clear_history(input.confirm, &ctx.caller).await.map_err(op_error)?;
    Ok(ClearOut { deleted, data_source: ctx.app.config.data_source.as_str().to_owned() })
}

async fn info(ctx: Ctx, _: NoArgs) -> Result<StorageAnswer, OpError> {
    ctx.app.storage().await.map_err(op_error)
}

pub(crate) fn register(catalog: &mut Catalog<Ctx>) {
    catalog.add_written::<_, SignalPage, _, _>(
        Meta::get("history.signals", "/history/signals")
            .summary("Stored signals with what became of them, newest first, by pages")
            .description("LONG and SHORT signals; pass 'nextCursor' as 'cursor' for the next page. format=csv downloads them.")
            .csv()
            .example("The last ten signals", [("limit", 10.into())])
            .example("Strong LONGs", [("signal", "LONG".into()), ("min_score", 65.into())]),
        crate::analytics::signals,
    );
    catalog.add(
        Meta::get("history.statistics", "/history/statistics")
            .summary("Stored signals in numbers: by direction, coin, verdict, mode")
            .description("Counts, the mean score, and the times of the oldest and newest signal.")
            .example("All stored signals", []),
        statistics,
    );
    catalog.add(
        Meta::delete("history.clear", "/history/clear")
            .summary("Deletes every stored signal of this data source with its checks")
            .description("Needs confirm=true. The backup files by day stay. Who did it is written down.")
            .scope(Scope::Admin)
            .effect(Effect::Write)
            .example("Delete everything", [("confirm", true.into())]),
        clear,
    );
    catalog.add(
        Meta::get("history.info", "/history/info")
            .summary("What is kept and where: rows, sizes, backlog")
            .description("Signals, checks, own history, size of the database and of the backup files.")
            .example("How much is stored?", []),
        info,
    );
}
