//! `history.*`: stored signals.

use app::analytics::storage::StorageAnswer;
use app::analytics::{SignalFilter, SignalTotals};
use catalog::{Catalog, Effect, Meta, NoArgs, OpError, Scope};
use domain::UtcMs;
use domain::symbols::Symbol;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Ctx, op_error};

#[derive(Debug, Deserialize, JsonSchema)]
struct StatisticsIn {
    /// One coin only.
    #[serde(default)]
    symbol: Option<Symbol>,
    /// Signals from this time on: RFC 3339 or a date.
    #[serde(default)]
    start_date: Option<UtcMs>,
    /// Signals before this time: RFC 3339 or a date.
    #[serde(default)]
    end_date: Option<UtcMs>,
}

async fn statistics(ctx: Ctx, input: StatisticsIn) -> Result<SignalTotals, OpError> {
    let symbol = match &input.symbol {
        Some(symbol) => Some(ctx.app.stored_symbol(symbol.as_str(), ctx.ask(false)).await),
        None => None,
    };
    let filter =
        SignalFilter { symbol, from: input.start_date, to: input.end_date, ..SignalFilter::default() };
    ctx.app.signal_totals(&filter).await.map_err(op_error)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ClearIn {
    /// Must be true: every stored signal is deleted.
    #[serde(default)]
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
    catalog.add(
        Meta::get("history.signals", "/history/signals")
            .summary("Stored signals with what became of them, newest first, by pages")
            .description("LONG and SHORT signals; pass 'nextCursor' as 'cursor' for the next page.")
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
