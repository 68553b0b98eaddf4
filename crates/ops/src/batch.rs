//! `batch.*`: many coins in one call, each succeeding or failing by itself.

use std::sync::Arc;
use std::time::Duration;

use app::AppError;
use app::batch::BatchPrice;
use app::signals::{Served, SignalAnswer, SignalRequest};
use bytes::Bytes;
use catalog::{Catalog, Meta, OpError, Selection, shape};
use domain::{Mode, Source, UtcMs, Venue};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use crate::prepared::{Part, Prepared};
use crate::{Ctx, op_error};

#[derive(Debug, Deserialize, JsonSchema)]
struct SignalsIn {
    /// Coins or contracts in any spelling, at most 100.
    #[schemars(length(min = 1, max = 100))]
    symbols: Vec<String>,
    /// How far from 50 the score must be to act on it: conservative (1) most, aggressive (2), ultra (3) least.
    #[serde(default)]
    mode: Mode,
    /// Only these fields of each signal, separated by commas; dots for inner ones: signal,score,metrics.fundingRate.
    fields: Option<String>,
    /// Evaluates anew instead of serving signals of the last seconds.
    #[serde(default)]
    fresh: bool,
    /// Sends what is LONG or SHORT to the configured Telegram chats too, once; without a bot this changes nothing.
    /// Needs a key that may write.
    #[serde(default)]
    send_telegram: bool,
}

/// Why an item failed.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ItemError {
    /// The stable code.
    code: String,
    /// What happened and what to do.
    detail: String,
    /// When to try again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

impl From<AppError> for ItemError {
    fn from(error: AppError) -> Self {
        op_error(error).into()
    }
}

impl From<OpError> for ItemError {
    fn from(error: OpError) -> Self {
        Self {
            code: error.code.as_str().to_owned(),
            detail: error.detail,
            retry_after_ms: error.retry_after_ms,
        }
    }
}

#[derive(Serialize, JsonSchema)]
struct SignalItem {
    /// As asked for.
    symbol: String,
    /// The signal, whole or with the chosen fields; without it there is an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    signal: Option<Prepared<Part<SignalAnswer>>>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ItemError>,
}

#[derive(Serialize, JsonSchema)]
struct SignalsOut {
    /// Items asked for.
    requested: usize,
    /// Items with a signal.
    succeeded: usize,
    /// Items without.
    failed: usize,
    /// When the answer was made.
    timestamp: UtcMs,
    /// One item for each symbol, in their order.
    results: Vec<SignalItem>,
}

/// A signal's JSON with the chosen fields only.
fn chosen(json: &RawValue, selection: &Selection) -> Result<Box<RawValue>, OpError> {
    let shaped = shape(Bytes::copy_from_slice(json.get().as_bytes()), selection, None)?;
    serde_json::from_slice(&shaped.body).map_err(|_| OpError::internal("the chosen fields are no JSON"))
}

/// The signal with what there is to say of its symbol, or the chosen fields of that.
fn of_item(
    ctx: &Ctx,
    symbol: &str,
    served: Arc<Served>,
    selection: &Selection,
) -> Result<Prepared<Part<SignalAnswer>>, OpError> {
    let notes = ctx.app.notes_on(symbol);
    if notes.is_empty() && selection.is_everything() {
        return Ok(Prepared::new(served));
    }
    let noted = served.noted(&notes, false).map_err(op_error)?;
    if selection.is_everything() {
        Ok(Prepared::own(noted))
    } else {
        chosen(&noted, selection).map(Prepared::own)
    }
}

async fn signals(ctx: Ctx, input: SignalsIn) -> Result<SignalsOut, OpError> {
    let selection = input.fields.as_deref().map(Selection::fields).transpose()?.unwrap_or_default();
    let request = SignalRequest { mode: input.mode, fresh: input.fresh, deadline: ctx.deadline };
    let outcomes = ctx.app.signals_of(&input.symbols, request).await;
    if input.send_telegram {
        for served in outcomes.iter().flatten().filter(|served| served.answer.signal != "NEUTRAL") {
            ctx.app.tell(&served.answer).await;
        }
    }
    let mut results = Vec::with_capacity(outcomes.len());
    for (symbol, outcome) in input.symbols.into_iter().zip(outcomes) {
        let signal = match outcome {
            Ok(served) => of_item(&ctx, &symbol, served, &selection).map_err(ItemError::from),
            Err(error) => Err(error.into()),
        };
        let (signal, error) = match signal {
            Ok(signal) => (Some(signal), None),
            Err(error) => (None, Some(error)),
        };
        results.push(SignalItem { symbol, signal, error });
    }
    let succeeded = results.iter().filter(|item| item.signal.is_some()).count();
    Ok(SignalsOut {
        requested: results.len(),
        succeeded,
        failed: results.len() - succeeded,
        timestamp: ctx.app.clock.now(),
        results,
    })
}

#[derive(Debug, Deserialize, JsonSchema)]
struct PricesIn {
    /// Coins or contracts in any spelling, at most 100.
    #[schemars(length(min = 1, max = 100))]
    symbols: Vec<String>,
    /// Asks the exchanges anew instead of serving an answer that is still good.
    #[serde(default)]
    fresh: bool,
}

/// A contract's last price.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Quoted {
    /// The exchange.
    venue: Venue,
    /// The exchange's own name of the contract.
    instrument: String,
    /// Last price, as the exchange quotes it.
    price: f64,
    /// Coins per price unit.
    price_multiplier: u64,
    /// Change over 24 hours in percent, where told.
    change_24h_pct: Option<f64>,
    /// Turnover of 24 hours in quote currency, where told.
    quote_volume_24h: Option<f64>,
    /// The instant the price stands for.
    as_of: UtcMs,
    /// Who served it.
    source: Source,
}

impl From<BatchPrice> for Quoted {
    fn from(found: BatchPrice) -> Self {
        Self {
            venue: found.instrument.venue,
            instrument: found.instrument.native_symbol.clone(),
            price: found.price,
            price_multiplier: found.instrument.multiplier,
            change_24h_pct: found.change_24h_pct,
            quote_volume_24h: found.quote_volume_24h,
            as_of: found.as_of,
            source: found.source,
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct PriceItem {
    /// As asked for.
    symbol: String,
    /// The price; without it there is an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<Quoted>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ItemError>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PricesOut {
    /// Items asked for.
    requested: usize,
    /// Items with a price.
    succeeded: usize,
    /// Items without.
    failed: usize,
    /// When the answer was made.
    timestamp: UtcMs,
    /// One item for each symbol, in their order.
    results: Vec<PriceItem>,
}

async fn prices(ctx: Ctx, input: PricesIn) -> Result<PricesOut, OpError> {
    let outcomes = ctx.app.prices_of(&input.symbols, ctx.ask(input.fresh)).await;
    let results: Vec<PriceItem> = input
        .symbols
        .into_iter()
        .zip(outcomes)
        .map(|(symbol, outcome)| match outcome {
            Ok(price) => PriceItem { symbol, price: Some(price.into()), error: None },
            Err(error) => PriceItem { symbol, price: None, error: Some(error.into()) },
        })
        .collect();
    let succeeded = results.iter().filter(|item| item.price.is_some()).count();
    Ok(PricesOut {
        requested: results.len(),
        succeeded,
        failed: results.len() - succeeded,
        timestamp: ctx.app.clock.now(),
        results,
    })
}

pub(crate) fn register(catalog: &mut Catalog<Ctx>) {
    catalog.add(
        Meta::post("batch.signals", "/batch/signals")
            .writes_when("send_telegram")
            .summary("Signals of up to 100 coins in one call; each succeeds or fails by itself")
            .description(
                "One evaluation for each distinct contract, eight at once. An item without a signal has an error with \
                 code and reason; those not ready in time are told as timed out. 'fields' chooses fields of each signal.",
            )
            .cost_each("symbols")
            .time_limit(Duration::from_mins(1))
            .example("Three coins, the essentials", [
                ("symbols", json!(["BTC", "ETH", "SOL"])),
                ("fields", "signal,score,confidence,price".into()),
            ]),
        signals,
    );
    catalog.add(
        Meta::post("batch.prices", "/batch/prices")
            .summary("Last prices of up to 100 coins in one call; each succeeds or fails by itself")
            .description(
                "Out of the exchange's whole-market answer, with the change and turnover of 24 hours.",
            )
            .cost_each("symbols")
            .example("Three coins", [("symbols", json!(["BTC", "ETH", "SOL"]))]),
        prices,
    );
}
