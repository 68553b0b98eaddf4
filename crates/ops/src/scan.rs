//! `scan.*`: the whole market.

use std::time::Duration;

use app::scan::ScanAnswer;
use app::signals::SignalRequest;
use catalog::{Catalog, Meta, OpError};
use domain::Mode;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Ctx, op_error};

#[derive(Debug, Deserialize, JsonSchema)]
struct ScanIn {
    /// How far from 50 the score must be to act on it: conservative (1) most, aggressive (2), ultra (3) least.
    #[serde(default)]
    mode: Mode,
    /// Rows wanted, farthest from neutral first.
    #[serde(default = "twenty")]
    #[schemars(range(min = 1, max = 100))]
    limit: u32,
    /// Sends the five strongest of LONG and SHORT to the configured Telegram chats too, each once; without a bot this
    /// changes nothing. Needs a key that may write.
    #[serde(default)]
    send_telegram: bool,
}

/// Signals of a scan that are told at most: more messages at once are read by nobody.
const TOLD: usize = 5;

const fn twenty() -> u32 {
    20
}

async fn market(ctx: Ctx, input: ScanIn) -> Result<ScanAnswer, OpError> {
    let top = usize::try_from(input.limit).unwrap_or(20);
    let answer = ctx.app.scan(input.mode, top, ctx.deadline, |_| {}).await.map_err(op_error)?;
    if input.send_telegram {
        let request = SignalRequest { mode: input.mode, fresh: false, deadline: ctx.deadline };
        let decided = answer.results.iter().filter(|row| row.signal != "NEUTRAL");
        for row in decided.take(TOLD) {
            // Evaluated a moment ago, and still at hand.
            if let Ok(served) = ctx.app.signal(&row.instrument, request).await {
                ctx.app.tell(&served.answer).await;
            }
        }
    }
    Ok(answer)
}

pub(crate) fn register(catalog: &mut Catalog<Ctx>) {
    catalog.add(
        Meta::get("scan.market", "/scan/market")
            .writes_when("send_telegram")
            .summary("Scans all USDT perpetuals and evaluates the most promising ones in full")
            .description(
                "Bulk calls for the whole market choose the coins where most is going on; those are evaluated like \
                 signals.get. The answer lists which coins were evaluated in full.",
            )
            .cost(30)
            .time_limit(Duration::from_secs(40))
            .cache(Duration::from_secs(30))
            .example("The ten strongest signals of the market", [("limit", 10.into())]),
        market,
    );
}
