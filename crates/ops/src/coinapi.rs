//! `coinapi.*`: books, trades, quotes, candles and metrics as CoinAPI tells them.

use std::time::Duration;

use app::App;
use app::venues::{
    BarsAnswer, BookAnswer, ListedSymbol, MetricsAnswer, MultiExchangeAnswer, QuoteAnswer, TradesAnswer,
    VenueDashboard, WHALE_USD,
};
use catalog::{Catalog, Meta, OpError};
use domain::symbols::Symbol;
use domain::{Interval, UtcMs, Venue};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Ctx, op_error};

/// Bars where no start is given.
const BARS: i64 = 200;

#[derive(Debug, Deserialize, JsonSchema)]
struct LatestIn {
    symbol: Symbol,
    /// Exchange; the main one without it.
    exchange: Option<Venue>,
    /// Length of a bar.
    #[serde(default = "hour")]
    interval: Interval,
    /// Bars wanted, the newest; each started hundred costs a credit.
    #[serde(default = "hundred")]
    #[schemars(range(min = 1, max = 5000))]
    limit: u32,
    /// Asks the provider anew instead of serving an answer that is still good.
    #[serde(default)]
    fresh: bool,
}

const fn hour() -> Interval {
    Interval::H1
}

const fn hundred() -> u32 {
    100
}

async fn latest(ctx: Ctx, input: LatestIn) -> Result<BarsAnswer, OpError> {
    let LatestIn { symbol, exchange, interval, limit, fresh } = input;
    ctx.app.bars_latest(symbol.as_str(), exchange, interval, limit, ctx.ask(fresh)).await.map_err(op_error)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct HistoricalIn {
    symbol: Symbol,
    /// Exchange; the main one without it.
    exchange: Option<Venue>,
    /// Length of a bar.
    #[serde(default = "hour")]
    interval: Interval,
    /// Earliest start of a bar; 200 bars before the end without it. At most 5000 bars, the newest.
    start_date: Option<UtcMs>,
    /// Latest end of a bar; now without it.
    end_date: Option<UtcMs>,
}

async fn historical(ctx: Ctx, input: HistoricalIn) -> Result<BarsAnswer, OpError> {
    let HistoricalIn { symbol, exchange, interval, start_date, end_date } = input;
    let end = end_date.unwrap_or_else(|| ctx.app.clock.now());
    let start = start_date.unwrap_or_else(|| end.plus_ms(-BARS * interval.ms()));
    if start >= end {
        let reason = format!("{} is not before end_date {}", start.rfc3339(), end.rfc3339());
        return Err(OpError::contradiction("start_date", reason));
    }
    ctx.app
        .bars_between(symbol.as_str(), exchange, interval, (start, end), ctx.ask(false))
        .await
        .map_err(op_error)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct BookIn {
    symbol: Symbol,
    /// Exchange; the main one without it.
    exchange: Option<Venue>,
    /// Levels on each side.
    #[serde(default = "hundred")]
    #[schemars(range(min = 1, max = 1000))]
    limit: u32,
    /// Asks the provider anew instead of serving an answer that is still good.
    #[serde(default)]
    fresh: bool,
}

async fn orderbook(ctx: Ctx, input: BookIn) -> Result<BookAnswer, OpError> {
    let BookIn { symbol, exchange, limit, fresh } = input;
    ctx.app.book_figures(symbol.as_str(), exchange, limit, ctx.ask(fresh)).await.map_err(op_error)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct TradesIn {
    symbol: Symbol,
    /// Exchange; the main one without it.
    exchange: Option<Venue>,
    /// Trades wanted, the newest; each started hundred costs a credit.
    #[serde(default = "five_hundred")]
    #[schemars(range(min = 1, max = 5000))]
    limit: u32,
    /// Value in dollars from which a trade counts as large.
    #[serde(default = "whale")]
    #[schemars(range(min = 1.0))]
    min_whale_usd: f64,
    /// Asks the provider anew instead of serving an answer that is still good.
    #[serde(default)]
    fresh: bool,
}

const fn five_hundred() -> u32 {
    500
}

const fn whale() -> f64 {
    WHALE_USD
}

async fn trades(ctx: Ctx, input: TradesIn) -> Result<TradesAnswer, OpError> {
    let TradesIn { symbol, exchange, limit, min_whale_usd, fresh } = input;
    let answer = ctx.app.trade_figures(symbol.as_str(), exchange, limit, min_whale_usd, ctx.ask(fresh)).await;
    answer.map_err(op_error)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ContractIn {
    symbol: Symbol,
    /// Exchange; the main one without it.
    exchange: Option<Venue>,
    /// Asks the provider anew instead of serving an answer that is still good.
    #[serde(default)]
    fresh: bool,
}

async fn quote(ctx: Ctx, input: ContractIn) -> Result<QuoteAnswer, OpError> {
    ctx.app.venue_quote(input.symbol.as_str(), input.exchange, ctx.ask(input.fresh)).await.map_err(op_error)
}

async fn dashboard(ctx: Ctx, input: ContractIn) -> Result<VenueDashboard, OpError> {
    ctx.app
        .venue_dashboard(input.symbol.as_str(), input.exchange, ctx.ask(input.fresh))
        .await
        .map_err(op_error)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct CoinIn {
    symbol: Symbol,
    /// Asks the provider anew instead of serving an answer that is still good.
    #[serde(default)]
    fresh: bool,
}

async fn multi_exchange(ctx: Ctx, input: CoinIn) -> Result<MultiExchangeAnswer, OpError> {
    ctx.app.multi_exchange(input.symbol.as_str(), ctx.ask(input.fresh)).await.map_err(op_error)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct SymbolsIn {
    /// Coin; BTC without it.
    symbol: Option<Symbol>,
    /// Exchange, perpetuals and futures.
    #[serde(default = "binance")]
    exchange: Venue,
}

const fn binance() -> Venue {
    Venue::Binance
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SymbolsOut {
    /// CoinAPI's name of the exchange.
    exchange_id: String,
    /// What it lists with the coin as base or quote.
    symbols: Vec<ListedSymbol>,
}

async fn symbols(ctx: Ctx, input: SymbolsIn) -> Result<SymbolsOut, OpError> {
    let coin = input.symbol.as_ref().map_or("BTC", Symbol::as_str);
    let exchange = App::coinapi_exchange(input.exchange);
    let symbols = ctx.app.listed_symbols(coin, exchange, ctx.ask(false)).await.map_err(op_error)?;
    Ok(SymbolsOut { exchange_id: exchange.to_owned(), symbols })
}

#[derive(Debug, Deserialize, JsonSchema)]
struct MetricsIn {
    symbol: Symbol,
    /// Exchange; the main one without it.
    exchange: Option<Venue>,
    /// One metric, for example `DERIVATIVES_OPEN_INTEREST`; all without it.
    metric_id: Option<String>,
    /// Asks the provider anew instead of serving an answer that is still good.
    #[serde(default)]
    fresh: bool,
}

async fn metrics(ctx: Ctx, input: MetricsIn) -> Result<MetricsAnswer, OpError> {
    let MetricsIn { symbol, exchange, metric_id, fresh } = input;
    let answer = ctx.app.venue_metrics(symbol.as_str(), exchange, metric_id.as_deref(), ctx.ask(fresh)).await;
    answer.map_err(op_error)
}

fn meta(name: &'static str, path: &'static str, seconds: u64) -> Meta {
    Meta::get(name, path).cost(5).cache(Duration::from_secs(seconds))
}

pub(crate) fn register(catalog: &mut Catalog<Ctx>) {
    catalog.add(
        meta("coinapi.ohlcv.latest", "/coinapi/ohlcv/{symbol}/latest", 10)
            .summary("Newest closed candles of a contract from CoinAPI")
            .description("Ascending, the running bar left out; bars without trades are missing. Volume in contract units.")
            .example("Bitcoin by the hour", [("symbol", "BTC".into()), ("interval", "1h".into()), ("limit", 24.into())]),
        latest,
    );
    catalog.add(
        meta("coinapi.ohlcv.historical", "/coinapi/ohlcv/{symbol}/historical", 60)
            .summary("Closed candles of a contract between two instants from CoinAPI")
            .description("Ascending, at most 5000: the newest of the span. Bars without trades are missing.")
            .example("The last 200 bars of 4 hours", [("symbol", "BTC".into()), ("interval", "4h".into())]),
        historical,
    );
    catalog.add(
        meta("coinapi.orderbook", "/coinapi/orderbook/{symbol}", 2)
            .summary("A contract's order book in figures: spread, depth, imbalance, walls")
            .description(
                "Depth within 0.1, 0.5 and 1 % of the middle in quote dollars; imbalance is (bids - asks) / (bids + \
                 asks), -1 to 1; a wall is a level at least five times its side's median.",
            )
            .example("Bitcoin, a hundred levels a side", [("symbol", "BTC".into())]),
        orderbook,
    );
    catalog.add(
        meta("coinapi.trades", "/coinapi/trades/{symbol}", 2)
            .summary("A contract's last trades in figures: taker pressure, mean price, large trades")
            .description("Pressure is (bought - sold) / (bought + sold) of takers in dollars, -1 to 1.")
            .example("Bitcoin", [("symbol", "BTC".into()), ("limit", 100.into())]),
        trades,
    );
    catalog.add(
        meta("coinapi.quote", "/coinapi/quote/{symbol}", 2)
            .summary("A contract's best bid and ask and last trade from CoinAPI")
            .description("Prices per contract unit; coinPrice is per coin.")
            .example("Bitcoin on OKX", [("symbol", "BTC".into()), ("exchange", "okx".into())]),
        quote,
    );
    catalog.add(
        meta("coinapi.multi_exchange", "/coinapi/multi-exchange/{symbol}", 2)
            .summary("A coin's price on Binance, OKX and Bybit side by side, with the spread between them")
            .description("Per coin, cheapest first. Venues that did not answer are listed under 'failed'.")
            .cost(10)
            .example("Bitcoin", [("symbol", "BTC".into())]),
        multi_exchange,
    );
    catalog.add(
        meta("coinapi.dashboard", "/coinapi/dashboard/{symbol}", 5)
            .summary("Quote, book, trades, metrics and hourly candles of one contract at once")
            .description("The parts are asked for at once; what could not be had is listed under 'failed'.")
            .cost(20)
            .example("Bitcoin", [("symbol", "BTC".into())]),
        dashboard,
    );
    catalog.add(
        meta("coinapi.symbols", "/coinapi/symbols", 600)
            .summary("What CoinAPI lists on an exchange for a coin: ids, kinds, prices, volumes")
            .description("Volumes in USD are far too large on inverse contracts.")
            .example("Bitcoin on Binance", [("symbol", "BTC".into()), ("exchange", "binance".into())]),
        symbols,
    );
    catalog.add(
        meta("coinapi.metrics", "/coinapi/metrics/{symbol}", 10)
            .summary("A contract's metrics of now from CoinAPI: funding, open interest, mark and index price")
            .description(
                "In the exchange's own units, by CoinAPI's id; which there are differs per exchange.",
            )
            .example("Bitcoin", [("symbol", "BTC".into())]),
        metrics,
    );
}
