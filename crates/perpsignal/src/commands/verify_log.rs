//! `verify-log`: whether the log of issued signals is whole.

use anyhow::Result;
use serde_json::json;
use store::LogReport;

use super::{Failure, settings};
use crate::cli::{JsonFlag, WorldArgs};
use crate::world::World;
use crate::{output, wiring};

/// The log is not whole.
const BROKEN: u8 = 1;

pub async fn run(flag: JsonFlag, world: &WorldArgs) -> Result<()> {
    let (mut config, environment) = settings(world, true)?;
    let world = World::enter(world, &mut config).await?;
    let store = wiring::open_store(&config, &environment, &world).await?;
    let report = store.verify_log().await;
    store.close().await;
    world.leave().await;
    let report = report?;
    if flag.json {
        output::line(&serde_json::to_string_pretty(&document(&report))?)?;
    } else {
        output::data(&text(&report))?;
    }
    if report.is_whole() {
        return Ok(());
    }
    let found = if report.faults_total == 1 {
        "1 fault".to_owned()
    } else {
        format!("{} faults", report.faults_total)
    };
    Err(Failure::with(BROKEN, format!("the log is not whole: {found}")))
}

fn document(report: &LogReport) -> serde_json::Value {
    let faults: Vec<_> = report
        .faults
        .iter()
        .map(|fault| json!({"seq": fault.seq, "signalId": fault.signal_id, "what": fault.what}))
        .collect();
    json!({
        "whole": report.is_whole(),
        "dataSource": report.data_source.as_str(),
        "entries": report.entries,
        "firstAt": report.first_at,
        "lastAt": report.last_at,
        "headHash": report.head_hash,
        "cleared": report.cleared,
        "beforeLog": report.before_log,
        "faultsTotal": report.faults_total,
        "faults": faults,
    })
}

fn text(report: &LogReport) -> String {
    use std::fmt::Write as _;
    let mut text = format!("{} entries ({})", report.entries, report.data_source);
    if let (Some(first), Some(last)) = (report.first_at, report.last_at) {
        // Writing to a String cannot fail.
        let _ = write!(text, ", {first} to {last}");
    }
    text.push('\n');
    if let Some(hash) = &report.head_hash {
        let _ = writeln!(text, "head {hash}");
    }
    if report.cleared > 0 {
        let _ = writeln!(text, "{} of them cleared by order: only the log has them", report.cleared);
    }
    if report.before_log > 0 {
        let _ = writeln!(text, "{} signals are older than the log and cannot be checked", report.before_log);
    }
    for fault in &report.faults {
        let entry = fault.seq.map_or_else(|| "no entry".to_owned(), |seq| format!("entry {seq}"));
        let signal = fault.signal_id.as_ref().map_or_else(String::new, |id| format!(", signal {id}"));
        let _ = writeln!(text, "{entry}{signal}: {}", fault.what);
    }
    let untold = report.faults_total.saturating_sub(u64::try_from(report.faults.len()).unwrap_or(u64::MAX));
    if untold > 0 {
        let _ = writeln!(text, "and {untold} more faults");
    }
    if report.is_whole() {
        text.push_str("whole\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use domain::UtcMs;
    use store::{DataSource, LogFault};

    use super::*;

    fn report() -> LogReport {
        LogReport {
            data_source: DataSource::Live,
            entries: 2,
            first_at: Some(UtcMs(1_763_640_000_000)),
            last_at: Some(UtcMs(1_763_640_001_000)),
            head_hash: Some("ab".to_owned()),
            cleared: 1,
            before_log: 0,
            faults_total: 0,
            faults: Vec::new(),
        }
    }

    #[test]
    fn a_whole_log_says_so() {
        assert_eq!(
            text(&report()),
            "2 entries (live), 2025-11-20T12:00:00Z to 2025-11-20T12:00:01Z\nhead ab\n\
             1 of them cleared by order: only the log has them\nwhole\n"
        );
        assert_eq!(document(&report())["whole"], true);
    }

    #[test]
    fn each_fault_is_told() {
        let fault = |seq, id: Option<&str>, what: &str| LogFault {
            seq,
            signal_id: id.map(str::to_owned),
            what: what.to_owned(),
        };
        let faults = vec![fault(Some(3), None, "missing"), fault(None, Some("s9"), "never logged")];
        let broken = LogReport { cleared: 0, faults_total: 5, faults, ..report() };
        let told = text(&broken);
        assert!(told.ends_with("entry 3: missing\nno entry, signal s9: never logged\nand 3 more faults\n"));
        let document = document(&broken);
        assert_eq!((&document["whole"], &document["faultsTotal"]), (&false.into(), &5.into()));
        assert_eq!(document["faults"][1], json!({"seq": null, "signalId": "s9", "what": "never logged"}));
    }
}
