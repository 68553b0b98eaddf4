//! Long/short account ratio: contrarian beyond the 90th percentile of its own history.
//!
//! `s = -soft(r, 0.8)` on ln(ratio), halved unless the same venue's funding is extreme on the same
//! side; with too little history `s = -clamp(ln(ratio / 1.5) / ln 3, -1, 1)`.

use analysis::statistics::soft;
use domain::{MarketSnapshot, Observed};

use super::{Draft, Shared, figure};
use crate::config::EngineConfig;
use crate::figures::{leaning, rank};
use crate::observations::{Sample, freshness, known, positive};
use crate::{Basis, FactorOutcome};

/// The ratio against its history; refuses a stale one.
pub(super) fn view(snapshot: &MarketSnapshot, config: &EngineConfig) -> Result<Observed<Sample>, String> {
    let reading = snapshot.account_ratio.as_ref().map_err(|missing| missing.reason.clone())?;
    // Ranks are the same on the ratio and on its logarithm.
    let points = known(&reading.value.points, snapshot.at, positive);
    let days = config.history.positioning_days;
    let sample = Sample::split(&points, snapshot.at, days, reading.value.cadence_ms, &config.history)
        .ok_or("no account ratio known at the decision time")?;
    freshness(sample.newest.at, snapshot.at, &config.ages.long_short_ratio)?;
    Ok(Observed {
        as_of: sample.newest.at,
        source: reading.source,
        venue: reading.venue,
        received_at: reading.received_at,
        value: sample,
    })
}

pub(super) fn read(snapshot: &MarketSnapshot, config: &EngineConfig, shared: &Shared) -> FactorOutcome {
    let reading = shared.accounts.as_ref().map_err(Clone::clone)?;
    let sample = &reading.value;
    let constants = &config.long_short_ratio;
    let ratio = sample.newest.value;
    let mut steps = vec![figure("lnRatio", ratio.ln())];
    let (strength, basis, place) = if let Some(r) = sample.rank() {
        let confirmed = shared.funding.as_ref().is_ok_and(|funding| {
            funding.venue == reading.venue && funding.rank.is_some_and(|funding_r| funding_r * r > 0.0)
        });
        let factor = if confirmed { 1.0 } else { constants.unconfirmed_factor };
        steps.extend([figure("r", r), figure("fundingFactor", factor)]);
        let place = rank(0.5 * (r + 1.0), config.history.positioning_days);
        let place = if r.abs() > constants.deadband && !confirmed {
            format!("{place}, funding not on that side")
        } else {
            place
        };
        (-soft(r, constants.deadband) * factor, sample.own(), place)
    } else {
        let distance = (ratio / constants.neutral_ratio).ln() / constants.full_ratio.ln();
        let neutral = constants.neutral_ratio;
        let place = format!("against a neutral {neutral}, for want of history");
        (-distance.clamp(-1.0, 1.0), Basis::Absolute, place)
    };
    steps.push(figure("s", strength));
    let note = format!(
        "{ratio:.2} accounts long for each one short ({:.0} % long), {place}: {}.",
        100.0 / (1.0 + ratio.recip()),
        leaning(strength)
    );
    let draft = Draft {
        strength,
        confidence: 1.0,
        basis,
        source: reading.source,
        venue: reading.venue,
        as_of: reading.as_of,
        raw: vec![figure("ratio", ratio)],
        steps,
        note,
    };
    draft.finish(snapshot.at, &config.ages.long_short_ratio, config)
}
