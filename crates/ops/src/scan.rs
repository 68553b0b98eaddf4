//! `scan.*`: the whole market.

use std::time::Duration;

use app::scan::ScanAnswer;
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
}

const fn twenty() -> u32 {
    20
}

async fn market(ctx: Ctx, input: ScanIn) -> Result<ScanAnswer, OpError> {
    let top = usize::try_from(input.limit).unwrap_or(20);
    ctx.app.scan(input.mode, top, ctx.deadline, |_| {}).await.map_err(op_error)
}

pub(crate) fn register(catalog: &mut Catalog<Ctx>) {
    catalog.add(
        Meta::get("scan.market", "/scan/market")
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
