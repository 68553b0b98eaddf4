//! `market.*`: raw data, nothing fused.

use std::time::Duration;

use app::overview::{FailureAnswer, MarketAnswer};
use catalog::{Catalog, Meta, NoArgs, OpError};
use domain::symbols::Symbol;
use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Ctx, op_error};

#[derive(Debug, Deserialize, JsonSchema)]
struct MarketIn {
    symbol: Symbol,
    /// Asks the providers anew instead of serving answers of the last seconds.
    #[serde(default)]
    fresh: bool,
}

async fn get(ctx: Ctx, input: MarketIn) -> Result<MarketAnswer, OpError> {
    ctx.app.overview(input.symbol.as_str(), ctx.ask(input.fresh)).await.map_err(op_error)
}

/// The coins of the summary.
const SUMMARY: [&str; 5] = ["BTC", "ETH", "SOL", "XRP", "BNB"];

#[derive(Debug, Serialize, JsonSchema)]
struct SummaryOut {
    /// Raw data of the coins that could be had.
    coins: Vec<MarketAnswer>,
    /// Coins that could not be had, and why.
    failed: Vec<FailureAnswer>,
}

async fn summary(ctx: Ctx, _: NoArgs) -> Result<SummaryOut, OpError> {
    let ask = ctx.ask(false);
    let answers = join_all(SUMMARY.map(|symbol| ctx.app.overview(symbol, ask))).await;
    let mut out = SummaryOut { coins: Vec::new(), failed: Vec::new() };
    let mut last = None;
    for (symbol, answer) in SUMMARY.into_iter().zip(answers) {
        match answer {
            Ok(answer) => out.coins.push(answer),
            Err(error) => {
                let error = op_error(error);
                out.failed.push(FailureAnswer {
                    source: symbol.to_owned(),
                    kind: error.code.as_str().to_owned(),
                    message: error.detail.clone(),
                });
                last = Some(error);
            }
        }
    }
    match last {
        Some(error) if out.coins.is_empty() => Err(error),
        _ => Ok(out),
    }
}

pub(crate) fn register(catalog: &mut Catalog<Ctx>) {
    catalog.add(
        Meta::get("market.get", "/market/{symbol}")
            .summary("Raw market data of one coin from every provider that answered")
            .description(
                "Price, funding, open interest and ratios of each exchange, liquidations, social figures and the \
                 Fear & Greed Index, each with its source and time, nothing fused. Who did not answer is listed.",
            )
            .cost(2)
            .cache(Duration::from_secs(10))
            .example("All raw figures of Solana", [("symbol", "SOL".into())]),
        get,
    );
    catalog.add(
        Meta::get("market.summary", "/market/summary")
            .summary("Raw market data of BTC, ETH, SOL, XRP and BNB in one answer")
            .description("The same figures as market.get for the five largest coins at once.")
            .cost(5)
            .cache(Duration::from_secs(10))
            .example("The five largest coins", []),
        summary,
    );
}
