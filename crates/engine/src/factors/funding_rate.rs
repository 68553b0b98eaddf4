//! Funding rate: contrarian at the extremes of the contract's own history.
//!
//! The running rate, else the last settlement, annualised by the contract's own interval, ranked
//! among the settlements of 90 days: `s = -soft(r, 0.6)`; with too little history
//! `s = -clamp((annual - 0.1095) / 0.60, -1, 1)`.

use analysis::statistics::soft;
use domain::{Funding, MarketSnapshot, Source, UtcMs, Venue};

use super::{Draft, Shared, figure};
use crate::config::EngineConfig;
use crate::figures::{leaning, rank};
use crate::observations::{Sample, freshness, known};
use crate::{Basis, FactorOutcome};

/// Hours of a year of 365 days.
const HOURS_PER_YEAR: f64 = 8_760.0;

/// The rate against its history.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct View {
    pub current: Funding,
    /// Fraction a year.
    pub annual: f64,
    /// Signed rank among earlier settlements, where there are enough.
    pub rank: Option<f64>,
    pub basis: Basis,
    pub source: Source,
    pub venue: Option<Venue>,
    pub as_of: UtcMs,
}

/// Reads and checks the rate; also refuses a stale one, so that nobody ranks against it.
pub(super) fn view(snapshot: &MarketSnapshot, config: &EngineConfig) -> Result<View, String> {
    let reading = snapshot.funding.as_ref().map_err(|missing| missing.reason.clone())?;
    let current = reading.value.current;
    if !current.rate.is_finite() || !current.interval_h.is_finite() || current.interval_h <= 0.0 {
        return Err("the funding rate or its interval is not a number".to_owned());
    }
    let ahead_s = current.at.since(snapshot.at) as f64 / 1_000.0;
    if ahead_s > config.clock_tolerance_s || (ahead_s > 0.0 && !current.running) {
        return Err("the funding rate was told after the decision time".to_owned());
    }
    let annual = current.rate * HOURS_PER_YEAR / current.interval_h;
    if annual.abs() > config.funding.max_annual {
        return Err(format!("implausible: {:.0} % a year", 100.0 * annual));
    }
    let as_of = current.at.min(snapshot.at);
    freshness(as_of, snapshot.at, &config.ages.funding_rate)?;
    let settled = known(&reading.value.annualised.points, as_of, |annual| {
        (annual.abs() <= config.funding.max_annual).then_some(annual)
    });
    let mut points: Vec<_> = settled.into_iter().filter(|point| point.at < as_of).collect();
    points.push(domain::Point { at: as_of, value: annual });
    let sample = Sample::split(
        &points,
        snapshot.at,
        config.history.funding_days,
        reading.value.annualised.cadence_ms,
        &config.history,
    )
    .ok_or("no funding rate")?;
    let rank = sample.rank();
    let basis = if rank.is_some() { sample.own() } else { Basis::Absolute };
    Ok(View { current, annual, rank, basis, source: reading.source, venue: reading.venue, as_of })
}

pub(super) fn read(snapshot: &MarketSnapshot, config: &EngineConfig, shared: &Shared) -> FactorOutcome {
    let view = shared.funding.as_ref().map_err(Clone::clone)?;
    let constants = &config.funding;
    let mut steps = vec![figure("annual", view.annual)];
    let (strength, place) = if let Some(r) = view.rank {
        steps.push(figure("r", r));
        (-soft(r, constants.deadband), rank(0.5 * (r + 1.0), config.history.funding_days))
    } else {
        let distance = (view.annual - constants.neutral_annual) / constants.span_annual;
        let neutral = 100.0 * constants.neutral_annual;
        (-distance.clamp(-1.0, 1.0), format!("against a neutral {neutral:.2} %, for want of history"))
    };
    steps.push(figure("s", strength));
    let kind = if view.current.running { "Running" } else { "Last settled" };
    let note = format!(
        "{kind} funding {:+.4} % per {} h, {:+.2} % a year, {place}: {}.",
        100.0 * view.current.rate,
        view.current.interval_h,
        100.0 * view.annual,
        leaning(strength)
    );
    let draft = Draft {
        strength,
        confidence: 1.0,
        basis: view.basis,
        source: view.source,
        venue: view.venue,
        as_of: view.as_of,
        raw: vec![
            figure("rate", view.current.rate),
            figure("annualisedPct", 100.0 * view.annual),
            figure("intervalHours", view.current.interval_h),
        ],
        steps,
        note,
    };
    draft.finish(snapshot.at, &config.ages.funding_rate, config)
}
