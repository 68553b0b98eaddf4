//! `coinglass.*`: the operations that are made from endpoints rather than being one.

use std::collections::BTreeMap;
use std::time::Duration;

use app::overview::FailureAnswer;
use bytes::Bytes;
use catalog::{Catalog, Kind, Meta, OpError, ParamSpec};
use coinglass::endpoints::{funding, liquidations, markets, positioning};
use coinglass::{DERIVED, Derived, How, rows_of_coin};
use domain::{ErrorKind, ProviderError, Source, UtcMs, Venue};
use futures_util::future::join_all;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use upstream::{Args, Ask, Endpoint, Fetched};

use crate::Ctx;
use crate::failure::provider_error;
use crate::passthrough::{self, Provider};

/// Rows on a page of the market list, and pages looked through at most.
const PAGE_ROWS: usize = 100;
const PAGES: usize = 30;
/// Tickers of the assets that have funds, in the order of [`DERIVED`]'s values.
const FUND_TICKERS: [&str; 5] = ["BTC", "ETH", "SOL", "XRP", "HYPE"];

pub(crate) fn register(catalog: &mut Catalog<Ctx>) {
    one_coin(
        catalog,
        Meta::get("coinglass.markets.symbol", "/coinglass/markets/{symbol}")
            .summary("Coinglass: one coin's row of the market list")
            .description(
                "Price, market cap, average funding (percent), open interest, volume, long/short ratio and \
                 liquidations in USD with changes in percent over 5 m to 24 h, over all exchanges. A list of one row, \
                 as Coinglass wrote it. Needs Coinglass's standard plan or a higher one.",
            ),
        &markets::MARKETS,
    );
    one_coin(
        catalog,
        Meta::get("coinglass.liquidations.symbol", "/coinglass/liquidations/{symbol}")
            .summary("Coinglass: one coin's liquidations of 1, 4, 12 and 24 hours")
            .description(
                "Longs and shorts liquidated on one exchange, in USD. A list of one row, as Coinglass wrote it. \
                 Needs Coinglass's startup plan or a higher one.",
            ),
        &liquidations::LIQUIDATION_COIN_LIST,
    );
    one_coin(
        catalog,
        Meta::get("coinglass.funding_rate.exchange_list", "/coinglass/funding-rate/exchange-list/{symbol}")
            .summary("Coinglass: one coin's funding rate on every exchange now")
            .description(
                "In percent per funding period, with hours between fundings and the next settlement; stablecoin- and \
                 coin-margined apart. A list of one row, as Coinglass wrote it.",
            ),
        &funding::FUNDING_RATE_EXCHANGE_LIST,
    );
    flows(catalog);
    dashboard(catalog);
    passthrough::register(catalog, Provider::Coinglass);
}

fn fresh_param() -> ParamSpec {
    ParamSpec::new("fresh", Kind::Boolean)
        .default(false)
        .doc("Asks the provider anew instead of serving an answer that is still good.")
}

fn symbol_param() -> ParamSpec {
    let kind = Kind::Text { min: 1, max: 40, format: None, pattern: None };
    ParamSpec::new("symbol", kind).required().doc("Coin in any spelling, for example BTC.")
}

fn text<'a>(given: &'a Map<String, Value>, name: &str) -> &'a str {
    given.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn ask_of(ctx: &Ctx, given: &Map<String, Value>) -> Ask {
    ctx.ask(given.get("fresh").and_then(Value::as_bool).unwrap_or(false))
}

/// An operation that answers with the rows of one coin out of a list of all.
fn one_coin(catalog: &mut Catalog<Ctx>, meta: Meta, endpoint: &'static Endpoint) {
    let exchange = endpoint.params.iter().any(|param| param.name == "exchange");
    let mut params = vec![symbol_param()];
    if exchange {
        let kind = Kind::Text { min: 1, max: 64, format: None, pattern: None };
        params.push(
            ParamSpec::new("exchange", kind)
                .default("Binance")
                .doc("Exchange, for example Binance, OKX, Bybit."),
        );
    }
    params.push(fresh_param());
    let meta = meta
        .cost(Provider::Coinglass.cost())
        .cache(endpoint.ttl)
        .example("Bitcoin", [("symbol", json!("BTC"))]);
    catalog.add_raw(meta, params, move |ctx, given| async move {
        let ask = ask_of(&ctx, &given);
        let coin =
            passthrough::coin(&ctx, Provider::Coinglass, text(&given, "symbol"), ctx.ask(false)).await?;
        let mut args = Args::new();
        if exchange {
            let named = text(&given, "exchange");
            args.set("exchange", if named.is_empty() { "Binance" } else { named });
        }
        let rows = rows(&ctx, endpoint, args, &coin, ask).await.map_err(|error| provider_error(&error))?;
        Ok(Bytes::from(rows))
    });
}

/// The rows of a coin, page after page where the list comes in pages.
async fn rows(
    ctx: &Ctx,
    endpoint: &Endpoint,
    args: Args,
    coin: &str,
    ask: Ask,
) -> Result<String, ProviderError> {
    let paged = endpoint.params.iter().any(|param| param.name == "page");
    let mut longest = 0;
    for page in 1..=if paged { PAGES } else { 1 } {
        let args =
            if paged { args.clone().with("per_page", PAGE_ROWS).with("page", page) } else { args.clone() };
        let answer = ctx.app.market.coinglass.raw(endpoint, args, ask).await?;
        let kept = rows_of_coin(answer.data(), coin).map_err(|error| malformed(&error))?;
        if kept != "[]" {
            return Ok(kept);
        }
        let count = serde_json::from_slice::<Vec<&RawValue>>(answer.data()).map_or(0, |rows| rows.len());
        longest = longest.max(count);
        // The server may give fewer rows a page than asked for: a shorter page than those before is the last.
        if count == 0 || count < longest {
            break;
        }
    }
    Err(failure(ErrorKind::NoData, format!("{} has no row of {coin}", endpoint.id)))
}

fn failure(kind: ErrorKind, message: String) -> ProviderError {
    ProviderError::new(Source::Coinglass, kind, message)
}

fn malformed(error: &serde_json::Error) -> ProviderError {
    failure(ErrorKind::Malformed, format!("the rows are not as documented: {error}"))
}

fn derived(id: &str) -> Option<&'static Derived> {
    DERIVED.iter().find(|derived| derived.id == id)
}

fn flows(catalog: &mut Catalog<Ctx>) {
    let Some(Derived { from, how: How::ByArgument { name, values }, .. }) = derived("etf.flows").copied()
    else {
        return;
    };
    let words: Vec<&str> = values.iter().copied().chain(FUND_TICKERS).collect();
    let params = vec![
        ParamSpec::new(name, Kind::one_of(&words)).required().doc("Asset of the funds, by name or ticker."),
        fresh_param(),
    ];
    let meta = Meta::get("coinglass.etf.flows", "/coinglass/etf/flows/{asset}")
        .summary("Coinglass: daily net flow of the US spot ETFs of one asset")
        .description(
            "In USD, in total and per fund, for Bitcoin, Ethereum, Solana, XRP or HYPE. A fund without flow_usd has not \
             reported yet. The answer is Coinglass's own JSON.",
        )
        .cost(Provider::Coinglass.cost())
        .cache(Duration::from_mins(10))
        .example("Flows of the Bitcoin ETFs", [("asset", json!("bitcoin"))]);
    catalog.add_raw(meta, params, move |ctx, given| async move {
        let asset = text(&given, name);
        let place = values
            .iter()
            .position(|value| *value == asset)
            .or_else(|| FUND_TICKERS.iter().position(|ticker| *ticker == asset));
        let Some(endpoint) = place.and_then(|place| from.get(place)) else {
            return Err(OpError::bad_argument(name, "not_allowed", Some(asset), values.join(", ")));
        };
        let answer = ctx.app.market.coinglass.raw(endpoint, Args::new(), ask_of(&ctx, &given)).await;
        Ok(answer.map_err(|error| provider_error(&error))?.data_bytes())
    });
}

/// One part of the dashboard.
struct Part {
    name: &'static str,
    answer: Result<Box<RawValue>, ProviderError>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dashboard<'a> {
    symbol: &'a str,
    timestamp: UtcMs,
    /// Coinglass's own JSON, by part.
    data: BTreeMap<&'static str, Box<RawValue>>,
    failed: Vec<FailureAnswer>,
}

fn dashboard(catalog: &mut Catalog<Ctx>) {
    let meta = Meta::get("coinglass.dashboard.symbol", "/coinglass/dashboard/{symbol}")
        .summary("Coinglass: market, funding, open interest, liquidations, taker volume and long/short ratio of one coin at once")
        .description(
            "The parts come from several endpoints at once, each in Coinglass's own JSON under its name: markets, \
             fundingRate, openInterest, liquidations (24 h), takerBuySell (24 h), longShortRatio (4 h bars on Binance). \
             What the plan or the provider refused is listed under 'failed' with the reason.",
        )
        .cost(15)
        .cache(Duration::from_secs(10))
        .example("Bitcoin", [("symbol", json!("BTC"))]);
    catalog.add_raw(meta, vec![symbol_param(), fresh_param()], |ctx, given| async move {
        let ask = ask_of(&ctx, &given);
        let coin =
            passthrough::coin(&ctx, Provider::Coinglass, text(&given, "symbol"), ctx.ask(false)).await?;
        let parts = parts(&ctx, &coin, ask).await;
        board(&ctx, &coin, parts)
    });
}

async fn parts(ctx: &Ctx, coin: &str, ask: Ask) -> Vec<Part> {
    let contract = passthrough::pair(ctx, Some(Venue::Binance), coin, ctx.ask(false)).await;
    let endpoints = derived("dashboard.symbol").map_or(&[][..], |derived| derived.from);
    let calls =
        endpoints.iter().map(|endpoint| {
            let contract = contract.as_str();
            async move {
                Part { name: part_name(endpoint), answer: part(ctx, endpoint, coin, contract, ask).await }
            }
        });
    join_all(calls).await
}

/// The name of a part: what it tells, whatever the endpoint is called.
fn part_name(endpoint: &Endpoint) -> &'static str {
    match endpoint.id {
        "markets" => "markets",
        "funding_rate.exchange_list" => "fundingRate",
        "open_interest.exchange_list" => "openInterest",
        "liquidation.exchange_list" => "liquidations",
        "taker_buy_sell.exchange_list" => "takerBuySell",
        id if id == positioning::GLOBAL_LONG_SHORT_ACCOUNT_RATIO_HISTORY.id => "longShortRatio",
        id => id,
    }
}

async fn part(
    ctx: &Ctx,
    endpoint: &Endpoint,
    coin: &str,
    contract: &str,
    ask: Ask,
) -> Result<Box<RawValue>, ProviderError> {
    let takes = |name: &str| endpoint.params.iter().any(|param| param.name == name);
    if !takes("symbol") {
        let rows = rows(ctx, endpoint, Args::new(), coin, ask).await?;
        return RawValue::from_string(rows).map_err(|error| malformed(&error));
    }
    let args = if takes("exchange") {
        Args::new()
            .with("exchange", "Binance")
            .with("symbol", contract)
            .with("interval", "4h")
            .with("limit", 42)
    } else {
        Args::new().with("symbol", coin).with_opt("range", takes("range").then_some("24h"))
    };
    let answer: Fetched = ctx.app.market.coinglass.raw(endpoint, args, ask).await?;
    serde_json::from_slice::<Box<RawValue>>(answer.data()).map_err(|error| malformed(&error))
}

fn board(ctx: &Ctx, coin: &str, parts: Vec<Part>) -> Result<Bytes, OpError> {
    let mut data = BTreeMap::new();
    let mut failed: Vec<FailureAnswer> = Vec::new();
    let mut last: Option<ProviderError> = None;
    for part in parts {
        match part.answer {
            Ok(json) => {
                data.insert(part.name, json);
            }
            Err(error) => {
                let mut told = FailureAnswer::from(error.clone());
                told.message = format!("{}: {}", part.name, told.message);
                failed.push(told);
                last = Some(error);
            }
        }
    }
    if let (true, Some(error)) = (data.is_empty(), last) {
        return Err(provider_error(&error));
    }
    let dashboard = Dashboard { symbol: coin, timestamp: ctx.app.clock.now(), data, failed };
    serde_json::to_vec(&dashboard)
        .map(Bytes::from)
        .map_err(|_| OpError::internal("the dashboard could not be written as JSON"))
}
