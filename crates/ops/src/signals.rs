//! `signals.*`: the main job.

use std::time::Duration;

use app::signals::{Served, SignalAnswer, SignalRequest, SizeAsk};
use bytes::Bytes;
use catalog::{Catalog, Meta, OpError};
use domain::Mode;
use domain::symbols::Symbol;
use schemars::JsonSchema;
use serde::Deserialize;

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
    /// Account equity in US dollars; adds a position size to the trade plan.
    #[schemars(range(min = 1, max = 1e12))]
    account_usd: Option<f64>,
    /// Percent of the account that the stop may cost, with account_usd.
    #[serde(default = "one")]
    #[schemars(range(min = 0.01, max = 20))]
    risk_pct: f64,
    /// Highest leverage of the position size.
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 125))]
    max_leverage: f64,
    /// Sends the signal to the configured Telegram chats too, once; without a bot this changes nothing. Needs a key that may write.
    #[serde(default)]
    send_telegram: bool,
}

const fn one() -> f64 {
    1.0
}

const fn ten() -> f64 {
    10.0
}

async fn get(ctx: Ctx, input: SignalIn) -> Result<Bytes, OpError> {
    let request = SignalRequest { mode: input.mode, fresh: input.fresh, deadline: ctx.deadline };
    let served = ctx.app.signal(input.symbol.as_str(), request).await.map_err(op_error)?;
    if input.send_telegram {
        // Boxed, as few ask for it: its state would make room in every answer that is at hand.
        Box::pin(ctx.app.tell(&served.answer)).await;
    }
    let notes = ctx.app.notes_on(input.symbol.as_str());
    let Some(account_usd) = input.account_usd else {
        return body(&served, &notes, input.debug);
    };
    let ask = SizeAsk { account_usd, risk_pct: input.risk_pct, max_leverage: input.max_leverage };
    let sized = served.sized(ask, &notes, input.debug).map_err(op_error)?;
    Ok(Bytes::copy_from_slice(sized.get().as_bytes()))
}

/// The JSON as it was written when the signal was made, with what there is to say of the symbol.
fn body(served: &Served, notes: &[String], debug: bool) -> Result<Bytes, OpError> {
    if !notes.is_empty() {
        let noted = served.noted(notes, debug).map_err(op_error)?;
        return Ok(Bytes::copy_from_slice(noted.get().as_bytes()));
    }
    Ok(if debug { Bytes::copy_from_slice(served.debug_json.get().as_bytes()) } else { served.body.clone() })
}

#[derive(Debug, Deserialize, JsonSchema)]
struct DebugIn {
    symbol: Symbol,
    /// How far from 50 the score must be to act on it: conservative (1) most, aggressive (2), ultra (3) least.
    #[serde(default)]
    mode: Mode,
    /// Sends the signal to the configured Telegram chats too, once; without a bot this changes nothing. Needs a key that may write.
    #[serde(default)]
    send_telegram: bool,
}

async fn debug(ctx: Ctx, input: DebugIn) -> Result<Bytes, OpError> {
    let request = SignalRequest { mode: input.mode, fresh: false, deadline: ctx.deadline };
    let served = ctx.app.signal(input.symbol.as_str(), request).await.map_err(op_error)?;
    if input.send_telegram {
        Box::pin(ctx.app.tell(&served.answer)).await;
    }
    body(&served, &ctx.app.notes_on(input.symbol.as_str()), true)
}

pub(crate) fn register(catalog: &mut Catalog<Ctx>) {
    catalog.add_written::<_, SignalAnswer, _, _>(
        Meta::get("signals.get", "/signals/{symbol}")
            .writes_when("send_telegram")
            .summary("Explained LONG / SHORT / NEUTRAL signal for one coin, with score 0-100, verdict and trade plan")
            .description(
                "Fuses price momentum, funding, open interest, positioning, liquidations, social figures and the \
                 Fear & Greed Index of one perpetual into a score (50 is neutral), explains it by its three \
                 strongest factors, judges it, and plans stop and target by volatility. Missing inputs are named \
                 with the reason and lower the coverage; with too little evidence there is no signal but an error.",
            )
            .cache(Duration::from_secs(15))
            .example("Bitcoin with the usual thresholds", [("symbol", "BTC".into())])
            .example("Only wide scores count", [("symbol", "ETH".into()), ("mode", "conservative".into())])
            .example(
                "With a position for an account that risks 1 %",
                [("symbol", "BTC".into()), ("account_usd", 10_000.into()), ("risk_pct", 1.into())],
            ),
        get,
    );
    catalog.add_written::<_, SignalAnswer, _, _>(
        Meta::get("signals.debug", "/signals/debug/premium/{symbol}")
            .writes_when("send_telegram")
            .summary("The signal of one coin with the raw figures and the arithmetic of each factor")
            .description("As signals.get with debug=true: every factor's inputs, ranks, strength, freshness and confidence.")
            .cache(Duration::from_secs(15))
            .example("How Bitcoin's score comes about", [("symbol", "BTC".into())]),
        debug,
    );
}
