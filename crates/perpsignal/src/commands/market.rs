//! `scan`: the whole market.

use std::time::Duration;

use anyhow::Result;
use app::scan::ScanAnswer;
use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, Table};
use indicatif::{ProgressBar, ProgressStyle};

use super::Once;
use crate::cli::{ScanArgs, WorldArgs};
use crate::output;

pub async fn scan(args: ScanArgs, world: &WorldArgs) -> Result<()> {
    let once = Once::start(world).await?;
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template("{spinner} {pos}/{len} coins {wide_bar} {eta}")?);
    bar.enable_steady_tick(Duration::from_millis(120));
    let top = usize::try_from(args.top).unwrap_or(20);
    let outcome = once
        .service
        .app
        .scan(args.mode, top, None, |progress| {
            bar.set_length(progress.total as u64);
            bar.set_position(progress.done as u64);
        })
        .await;
    bar.finish_and_clear();
    let printed = match outcome {
        Ok(answer) if args.json => output::line(&serde_json::to_string_pretty(&answer)?).map_err(Into::into),
        Ok(answer) => print(&answer),
        Err(error) => Err(error.into()),
    };
    once.end().await;
    printed
}

fn print(answer: &ScanAnswer) -> Result<()> {
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY);
    table.set_header([
        "coin",
        "signal",
        "score",
        "confidence",
        "price",
        "24h %",
        "verdict",
        "evidence",
        "strongest reason",
    ]);
    for row in &answer.results {
        table.add_row([
            row.symbol.clone(),
            row.signal.clone(),
            format!("{:.1}", row.score),
            row.confidence.clone(),
            row.price.to_string(),
            row.change_24h_pct.map_or_else(|| "-".to_owned(), |change| format!("{change:+.2}")),
            row.verdict.clone(),
            format!("{:.0} %", row.coverage * 100.0),
            row.reason.clone().unwrap_or_default(),
        ]);
    }
    for index in [2, 4, 5, 7] {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    output::line(&table.to_string())?;
    output::say(&format!(
        "{} contracts on {}, {} liquid enough, {} evaluated in full, {} gave no signal, {:.1} s ({} data)",
        answer.listed,
        answer.venue,
        answer.considered,
        answer.evaluated.len(),
        answer.failed.len(),
        answer.duration_ms as f64 / 1_000.0,
        answer.data_source,
    ));
    for failure in &answer.failed {
        output::say(&format!("  {}: {}", failure.source, failure.message));
    }
    Ok(())
}
