//! `import`: the older program's history.

use anyhow::{Context, Result};
use serde_json::json;

use super::{Failure, USAGE, settings};
use crate::cli::{ImportArgs, WorldArgs};
use crate::world::World;
use crate::{output, wiring};

/// Bad rows shown one by one.
const SHOWN: usize = 20;

pub async fn run(args: ImportArgs, world: &WorldArgs) -> Result<()> {
    std::fs::File::open(&args.file).with_context(|| format!("cannot import {}", args.file.display()))?;
    if world.replay.is_some() || world.simulate.is_some() || world.replay_url.is_some() {
        return Err(Failure::with(
            USAGE,
            "saved signals are of the live market, and no replay or simulation would show them: \
             import without --replay, --simulate and --replay-url",
        ));
    }
    let (mut config, environment) = settings(world, true)?;
    let world = World::enter(world, &mut config).await?;
    let store = wiring::open_store(&config, &environment, &world).await?;
    let report =
        store.import_file(&args.file).await.with_context(|| format!("cannot import {}", args.file.display()));
    store.close().await;
    world.leave().await;
    let report = report?;
    if args.json {
        let rejected: Vec<_> =
            report.rejected.iter().map(|row| json!({"row": row.row, "reason": row.reason})).collect();
        let text = json!({
            "loaded": report.loaded,
            "waiting": report.waiting,
            "duplicates": report.duplicates,
            "rejectedTotal": report.rejected_total,
            "rejected": rejected,
        });
        return Ok(output::line(&serde_json::to_string_pretty(&text)?)?);
    }
    output::line(&format!(
        "{} loaded, {} known already, {} rejected",
        report.loaded, report.duplicates, report.rejected_total
    ))?;
    if report.waiting > 0 {
        output::say(&format!("{} rows wait in the spool: the database went away", report.waiting));
    }
    for row in report.rejected.iter().take(SHOWN) {
        output::say(&format!("  row {}: {}", row.row, row.reason));
    }
    let more = report.rejected_total.saturating_sub(SHOWN as u64);
    if more > 0 {
        output::say(&format!("  and {more} more; --json lists up to a thousand"));
    }
    Ok(())
}
