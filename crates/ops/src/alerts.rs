//! `alerts.*`: alerts by hand.

use std::time::Duration;

use app::alerts::SendAnswer;
use catalog::{Catalog, Effect, Meta, OpError, Scope};
use domain::Mode;
use domain::symbols::Symbol;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Ctx, op_error};

#[derive(Debug, Deserialize, JsonSchema)]
struct SendIn {
    symbol: Symbol,
    /// How far from 50 the score must be to act on it: conservative (1) most, aggressive (2), ultra (3) least.
    #[serde(default)]
    mode: Mode,
}

async fn send(ctx: Ctx, input: SendIn) -> Result<SendAnswer, OpError> {
    ctx.app.send_alert(input.symbol.as_str(), input.mode, ctx.deadline).await.map_err(op_error)
}

pub(crate) fn register(catalog: &mut Catalog<Ctx>) {
    catalog.add(
        Meta::post("alerts.send", "/alerts/send/{symbol}")
            .summary("Sends the alert of one coin to the configured Telegram chats now")
            .description(
                "Evaluates the coin, or takes its signal of the last seconds, and sends it whatever its state and \
                 verdict. A message that could not be sent at once stays in the outbox and is sent later.",
            )
            .scope(Scope::Write)
            .effect(Effect::External)
            .cost(2)
            .time_limit(Duration::from_secs(45))
            .example("Tell the chat about Bitcoin", [("symbol", "BTC".into())]),
        send,
    );
}
