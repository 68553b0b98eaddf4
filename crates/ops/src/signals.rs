//! `signals.*`: the main job.

use std::time::Duration;

use app::signals::{SignalAnswer, SignalRequest};
use catalog::{Catalog, Meta, OpError};
use domain::Mode;
use domain::symbols::Symbol;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::prepared::Prepared;
use crate::{Ctx, op_error};

#[derive(Debug, Deserialize, JsonSchema)]
struct SignalIn {
    symbol: Symbol,
    /// How far from 50 the score must be to act on it: conservative (1) most, aggressive (2), ultra (3) least.
    #[serde(default)]
    mode: Mode,
    /// Adds the raw figures and the arithmetic of each factor.
    #[serde(default)]
    debug: bool,
    /// Evaluates anew instead of serving a signal of the last seconds.
    #[serde(default)]
    fresh: bool,
}

async fn get(ctx: Ctx, input: SignalIn) -> Result<Prepared<SignalAnswer>, OpError> {
    let request = SignalRequest { mode: input.mode, fresh: input.fresh, deadline: ctx.deadline };
    let served = ctx.app.signal(input.symbol.as_str(), request).await.map_err(op_error)?;
    Ok(Prepared::new(served, input.debug))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct DebugIn {
    symbol: Symbol,
    /// How far from 50 the score must be to act on it: conservative (1) most, aggressive (2), ultra (3) least.
    #[serde(default)]
    mode: Mode,
}

async fn debug(ctx: Ctx, input: DebugIn) -> Result<Prepared<SignalAnswer>, OpError> {
    let DebugIn { symbol, mode } = input;
    get(ctx, SignalIn { symbol, mode, debug: true, fresh: false }).await
}

pub(crate) fn register(catalog: &mut Catalog<Ctx>) {
    catalog.add(
        Meta::get("signals.get", "/signals/{symbol}")
            .summary("Explained LONG / SHORT / NEUTRAL signal for one coin, with score 0-100, verdict and trade plan")
            .description(
                "Fuses price momentum, funding, open interest, positioning, liquidations, social figures and the \
                 Fear & Greed Index of one perpetual into a score (50 is neutral), explains it by its three \
                 strongest factors, judges it, and plans stop and target by volatility. Missing inputs are named \
                 with the reason and lower the coverage; with too little evidence there is no signal but an error.",
            )
            .cache(Duration::from_secs(15))
            .example("Bitcoin with the usual thresholds", [("symbol", "BTC".into())])
            .example("Only wide scores count", [("symbol", "ETH".into()), ("mode", "conservative".into())]),
        get,
    );
    catalog.add(
        Meta::get("signals.debug", "/signals/debug/premium/{symbol}")
            .summary("The signal of one coin with the raw figures and the arithmetic of each factor")
            .description("As signals.get with debug=true: every factor's inputs, ranks, strength, freshness and confidence.")
            .cache(Duration::from_secs(15))
            .example("How Bitcoin's score comes about", [("symbol", "BTC".into())]),
        debug,
    );
}
