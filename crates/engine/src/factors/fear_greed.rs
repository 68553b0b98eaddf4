//! Fear & Greed: contrarian, against its own year.
//!
//! `s = -soft(r, 0.5)`; with too little history `s = -soft((value - 50) / 50, 0.4)`.

use analysis::statistics::soft;
use domain::{MarketSnapshot, Observed};

use super::{Draft, Shared, figure};
use crate::config::EngineConfig;
use crate::figures::{leaning, rank};
use crate::observations::{Sample, freshness, known};
use crate::{Basis, FactorOutcome};

/// The index against its history; refuses a stale one.
pub(super) fn view(snapshot: &MarketSnapshot, config: &EngineConfig) -> Result<Observed<Sample>, String> {
    let reading = snapshot.fear_greed.as_ref().map_err(|missing| missing.reason.clone())?;
    let points =
        known(&reading.value.points, snapshot.at, |value| (0.0..=100.0).contains(&value).then_some(value));
    let days = config.history.fear_greed_days;
    let sample = Sample::split(&points, snapshot.at, days, reading.value.cadence_ms, &config.history)
        .ok_or("no Fear & Greed value known at the decision time")?;
    freshness(sample.newest.at, snapshot.at, &config.ages.fear_greed)?;
    Ok(Observed {
        as_of: sample.newest.at,
        source: reading.source,
        venue: reading.venue,
        received_at: reading.received_at,
        value: sample,
    })
}

/// The index's customary words.
fn words(value: f64) -> &'static str {
    match value {
        v if v < 26.0 => "extreme fear",
        v if v < 47.0 => "fear",
        v if v < 55.0 => "neutral",
        v if v < 76.0 => "greed",
        _ => "extreme greed",
    }
}

pub(super) fn read(snapshot: &MarketSnapshot, config: &EngineConfig, shared: &Shared) -> FactorOutcome {
    let reading = shared.fear_greed.as_ref().map_err(Clone::clone)?;
    let sample = &reading.value;
    let value = sample.newest.value;
    let (strength, basis, place, step) = if let Some(r) = sample.rank() {
        let place = rank(0.5 * (r + 1.0), config.history.fear_greed_days);
        (-soft(r, config.fear_greed.deadband), sample.own(), place, figure("r", r))
    } else {
        let x = (value - 50.0) / 50.0;
        let place = "against its middle of 50, for want of history".to_owned();
        (-soft(x, config.fear_greed.absolute_deadband), Basis::Absolute, place, figure("x", x))
    };
    let note = format!("Fear & Greed at {value:.0} ({}), {place}: {}.", words(value), leaning(strength));
    let draft = Draft {
        strength,
        confidence: 1.0,
        basis,
        source: reading.source,
        venue: reading.venue,
        as_of: reading.as_of,
        raw: vec![figure("value", value)],
        steps: vec![step, figure("s", strength)],
        note,
    };
    draft.finish(snapshot.at, &config.ages.fear_greed, config)
}
