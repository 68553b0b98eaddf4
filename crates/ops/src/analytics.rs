//! `analytics.*` and `performance.*`: stored signals and what became of them.

use std::sync::Arc;
use std::time::Duration;

use app::analytics::csv::CsvPage;
use app::analytics::figures::Dimension;
use app::analytics::rows::{SignalPage, SignalRow, TrackedPage};
use app::analytics::{
    OutcomeFilter, OverviewAnswer, PerformanceAnswer, SignalFilter, SignalTotals, TrackingAnswer, Written,
};
use bytes::Bytes;
use catalog::{Catalog, Meta, NoArgs, OpError};
use domain::symbols::Symbol;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::tracked::{
    Direction, ExportIn, Format, Horizon, OutcomesIn, PageIn, PeriodIn, SignalsIn, USUAL, VerdictWord,
    WhichIn, written,
};
use crate::{Ctx, op_error, tracked};

/// How long figures may be served again.
const CACHE: Duration = Duration::from_secs(15);

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SummaryOut {
    /// Stored signals.
    signals: Arc<Written<SignalTotals>>,
    /// Checks by state.
    tracking: TrackingAnswer,
    /// What became of the signals.
    performance: PerformanceAnswer,
}

async fn summary(ctx: Ctx, input: PeriodIn) -> Result<SummaryOut, OpError> {
    let (from, to) = input.bounds(ctx.app.clock.now());
    let outcomes = OutcomeFilter { from, to, ..OutcomeFilter::default() };
    Ok(SummaryOut {
        signals: ctx.app.signal_totals(None, from, to).await.map_err(op_error)?,
        tracking: ctx.app.tracking().await.map_err(op_error)?,
        performance: ctx.app.performance(&outcomes, &[Dimension::Verdict]).await.map_err(op_error)?,
    })
}

#[derive(Debug, Deserialize, JsonSchema)]
struct LatestIn {
    symbol: Symbol,
}

#[derive(Debug, Serialize, JsonSchema)]
struct LatestOut {
    /// The coin.
    symbol: String,
    /// Its newest stored signal with what became of it; absent where none is stored.
    signal: Option<SignalRow>,
}

async fn latest(ctx: Ctx, input: LatestIn) -> Result<LatestOut, OpError> {
    let symbol = ctx.app.stored_symbol(input.symbol.as_str(), ctx.ask(false)).await;
    let signal = ctx.app.latest_signal(&symbol).await.map_err(op_error)?;
    Ok(LatestOut { symbol, signal })
}

#[derive(Debug, Deserialize, JsonSchema)]
struct OfSymbolIn {
    symbol: Symbol,
    #[serde(flatten)]
    when: PeriodIn,
    /// LONG or SHORT only.
    #[serde(default)]
    signal: Option<Direction>,
    #[serde(flatten)]
    page: PageIn,
}

async fn of_symbol(ctx: Ctx, input: OfSymbolIn) -> Result<Bytes, OpError> {
    let (from, to) = input.when.bounds(ctx.app.clock.now());
    let filter = SignalFilter {
        symbol: tracked::stored(&ctx, Some(&input.symbol)).await,
        signal: input.signal.map(Direction::word),
        from,
        to,
        ..SignalFilter::default()
    };
    let format = input.page.format;
    tracked::signals(&ctx, &filter, &input.page.request(false), format).await
}

pub(crate) async fn signals(ctx: Ctx, input: SignalsIn) -> Result<Bytes, OpError> {
    input.answer(&ctx).await
}

async fn export(ctx: Ctx, input: ExportIn) -> Result<Bytes, OpError> {
    input.answer(&ctx).await
}

#[derive(Debug, Deserialize, JsonSchema)]
struct SymbolPerformanceIn {
    symbol: Symbol,
    #[serde(flatten)]
    when: PeriodIn,
}

async fn symbol_performance(ctx: Ctx, input: SymbolPerformanceIn) -> Result<PerformanceAnswer, OpError> {
    let (from, to) = input.when.bounds(ctx.app.clock.now());
    let symbol = tracked::stored(&ctx, Some(&input.symbol)).await;
    let filter = OutcomeFilter { symbol, from, to, ..OutcomeFilter::default() };
    ctx.app.performance(&filter, &USUAL).await.map_err(op_error)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct PerformanceIn {
    #[serde(flatten)]
    which: OutcomesIn,
    /// What to group by: verdict, risk_mode, judge, symbol, mode, score_band, hour, signal, confidence, weights,
    /// scanner, factor.
    #[serde(default = "usual")]
    #[schemars(length(max = 12))]
    by: Vec<Dimension>,
}

fn usual() -> Vec<Dimension> {
    USUAL.to_vec()
}

async fn performance(ctx: Ctx, input: PerformanceIn) -> Result<PerformanceAnswer, OpError> {
    let filter = input.which.filter(&ctx).await;
    ctx.app.performance(&filter, &input.by).await.map_err(op_error)
}

async fn overview(ctx: Ctx, input: OutcomesIn) -> Result<OverviewAnswer, OpError> {
    let filter = input.filter(&ctx).await;
    ctx.app.performance_overview(&filter).await.map_err(op_error)
}

async fn verdicts(ctx: Ctx, input: OutcomesIn) -> Result<PerformanceAnswer, OpError> {
    by(ctx, input, &[Dimension::Verdict, Dimension::RiskMode]).await
}

async fn judges(ctx: Ctx, input: OutcomesIn) -> Result<PerformanceAnswer, OpError> {
    by(ctx, input, &[Dimension::Judge, Dimension::Verdict]).await
}

async fn by(ctx: Ctx, input: OutcomesIn, by: &[Dimension]) -> Result<PerformanceAnswer, OpError> {
    let filter = input.filter(&ctx).await;
    ctx.app.performance(&filter, by).await.map_err(op_error)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct OutcomesHistoryIn {
    #[serde(flatten)]
    when: PeriodIn,
    /// One coin only.
    #[serde(default)]
    symbol: Option<Symbol>,
    /// One verdict only.
    #[serde(default)]
    verdict: Option<VerdictWord>,
    /// Judged at this time after the signal only; all horizons when absent.
    #[serde(default)]
    horizon: Option<Horizon>,
    /// Those that cannot be judged too.
    #[serde(default = "yes")]
    include_void: bool,
    #[serde(flatten)]
    page: PageIn,
}

const fn yes() -> bool {
    true
}

async fn outcomes_history(ctx: Ctx, input: OutcomesHistoryIn) -> Result<Bytes, OpError> {
    let OutcomesHistoryIn { when, symbol, verdict, horizon, include_void, page } = input;
    let which = OutcomesIn { which: WhichIn { when, symbol, verdict, ..WhichIn::default() }, horizon };
    let filter = OutcomeFilter { with_void: include_void, ..which.filter(&ctx).await };
    let format = page.format;
    let page = page.request(false);
    match format {
        Format::Json => written(&ctx.app.tracked_page(&filter, &page).await.map_err(op_error)?),
        Format::Csv => written(&ctx.app.checks_csv(&filter, &page).await.map_err(op_error)?),
    }
}

async fn tracking(ctx: Ctx, _: NoArgs) -> Result<TrackingAnswer, OpError> {
    ctx.app.tracking().await.map_err(op_error)
}

const FIGURES: &str = "Count, win rate with its 95 % interval, average and median profit and loss, expectancy after \
    fees, slippage and funding, profit factor, excursions, and whether stop or target came first, at 1 h, 4 h and \
    24 h after the signals. Small samples are marked.";

pub(crate) fn register(catalog: &mut Catalog<Ctx>) {
    catalog.add(
        Meta::get("analytics.summary", "/analytics/summary")
            .summary("Stored signals in numbers, and what became of them by verdict")
            .description(FIGURES)
            .cache(CACHE)
            .example("Everything stored so far", []),
        summary,
    );
    catalog.add(
        Meta::get("analytics.history.latest", "/analytics/history/latest/{symbol}")
            .summary("The newest stored signal of a coin, in full, with what became of it")
            .description(
                "The signal is null where none of the coin is stored; NEUTRAL answers are not stored.",
            )
            .example("Bitcoin's last signal", [("symbol", "BTC".into())]),
        latest,
    );
    catalog.add_written::<_, SignalPage, _, _>(
        Meta::get("analytics.history.symbol", "/analytics/history/{symbol}")
            .summary("Stored signals of a coin with what became of them, newest first, by pages")
            .description("LONG and SHORT signals; pass 'nextCursor' as 'cursor' for the next page. format=csv downloads them.")
            .csv()
            .example("Bitcoin's last signals", [("symbol", "BTC".into()), ("limit", 10.into())]),
        of_symbol,
    );
    catalog.add_written::<_, SignalPage, _, _>(
        Meta::get("analytics.history.date_range", "/analytics/history/date-range")
            .summary("Stored signals of a period with what became of them, newest first, by pages")
            .description(
                "From start_date on, before end_date; pass 'nextCursor' as 'cursor' for the next page. format=csv downloads \
                 them.",
            )
            .csv()
            .example(
                "The first half of March 2025",
                [("start_date", "2025-03-01".into()), ("end_date", "2025-03-16".into())],
            ),
        signals,
    );
    catalog.add(
        Meta::get("analytics.performance.symbol", "/analytics/performance/{symbol}")
            .summary(
                "How a coin's signals did, in all and by verdict, risk mode, judge, mode, direction, score",
            )
            .description(FIGURES)
            .cache(CACHE)
            .example("How Bitcoin's signals did", [("symbol", "BTC".into())]),
        symbol_performance,
    );
    catalog.add(
        Meta::get("analytics.performance.summary", "/analytics/performance/summary")
            .summary("How signals did, in all and by any grouping")
            .description(FIGURES)
            .cache(CACHE)
            .example(
                "By hour of the day, judged after 4 hours",
                [("by", serde_json::json!(["hour"])), ("horizon", "4h".into())],
            ),
        performance,
    );
    catalog.add(
        Meta::get("analytics.stats.overview", "/analytics/stats/overview")
            .summary("Signals, checks, figures, and how well the score foretold a rise")
            .description(
                "Beside the figures, the reliability of the score: for each band how often the price rose, and the \
                 Brier score of score / 100 against that of the base rate.",
            )
            .cache(CACHE)
            .example("How reliable the score is", []),
        overview,
    );
    catalog.add(
        Meta::get("analytics.verdict_performance", "/analytics/verdict-performance")
            .summary("How signals did by verdict and risk mode")
            .description(FIGURES)
            .cache(CACHE)
            .example("Did confirmed signals do better?", []),
        verdicts,
    );
    catalog.add(
        Meta::get("analytics.verdict_compare", "/analytics/verdict-compare")
            .summary("How signals did by who judged them: the model beside the rules")
            .description(FIGURES)
            .cache(CACHE)
            .example("Model against rules", []),
        judges,
    );
    catalog.add_written::<_, TrackedPage, _, _>(
        Meta::get("analytics.outcomes_history", "/analytics/outcomes-history")
            .summary("What became of each signal: entry, exit, profit and loss, first touch, by pages")
            .description(
                "Entry is the open of the first candle at or after the signal, exit the close of the candle that ends \
                 at or last before the due instant. Checks that cannot be judged are VOID with the reason. format=csv \
                 downloads them.",
            )
            .csv()
            .example("The last ten checks", [("limit", 10.into())]),
        outcomes_history,
    );
    catalog.add(
        Meta::get("analytics.tracking_stats", "/analytics/tracking-stats")
            .summary("Checks of signals by state: waiting, judged, void, overdue")
            .description("Each LONG and SHORT signal is checked 1 h, 4 h and 24 h after it.")
            .example("Is the tracking up to date?", []),
        tracking,
    );
    catalog.add_written::<_, CsvPage, _, _>(
        Meta::get("analytics.export", "/analytics/export")
            .summary("Stored signals row by row with what became of them, as CSV")
            .description(
                "One line for each signal, newest first, with its figures at 1 h, 4 h and 24 h. Over REST a text/csv \
                 download of all rows that are asked for; elsewhere in parts, each with the cursor of the next.",
            )
            .csv_only()
            .example("The signals of the last week", [("period", "7d".into())]),
        export,
    );
    register_performance(catalog);
}

async fn by_scanner(ctx: Ctx, input: OutcomesIn) -> Result<PerformanceAnswer, OpError> {
    by(ctx, input, &[Dimension::Scanner]).await
}

async fn by_tier(ctx: Ctx, input: OutcomesIn) -> Result<PerformanceAnswer, OpError> {
    by(ctx, input, &[Dimension::Confidence]).await
}

async fn by_interval(ctx: Ctx, input: OutcomesIn) -> Result<PerformanceAnswer, OpError> {
    by(ctx, input, &[]).await
}

async fn by_signal(ctx: Ctx, input: OutcomesIn) -> Result<PerformanceAnswer, OpError> {
    by(ctx, input, &[Dimension::Signal]).await
}

fn register_performance(catalog: &mut Catalog<Ctx>) {
    let meta = |name: &'static str, path: &'static str, summary: &'static str| {
        Meta::get(name, path).summary(summary).description(FIGURES).cache(CACHE).example("All signals", [])
    };
    catalog.add(
        meta("performance.summary", "/performance/summary", "How signals did by verdict and risk mode"),
        verdicts,
    );
    catalog.add(
        meta(
            "performance.scanner",
            "/performance/scanner",
            "How signals did by what made them: the engine or the MSS",
        ),
        by_scanner,
    );
    catalog.add(
        meta("performance.tier", "/performance/tier", "How signals did by confidence: high, medium, low"),
        by_tier,
    );
    catalog.add(
        meta("performance.interval", "/performance/interval", "How signals did 1 h, 4 h and 24 h after them"),
        by_interval,
    );
    catalog.add(
        meta("performance.signal_type", "/performance/signal-type", "How LONG and SHORT signals did"),
        by_signal,
    );
}
