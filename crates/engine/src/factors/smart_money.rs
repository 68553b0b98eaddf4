//! Large accounts against the crowd, and who takes.
//!
//! x = ln(top traders' position ratio) - ln(account ratio), y = the mean of ln(taker buy / sell) over
//! 4h. `s = 0.7 tanh(z_x / 1.5) + 0.3 tanh(z_y / 1.5)`; with too little history
//! `0.7 tanh(x / 0.5) + 0.3 tanh(y / 0.1)`. Without y, its part adds nothing.

use domain::{HOUR_MS, MarketSnapshot, Point, Series, UtcMs};

use super::{Draft, Shared, figure};
use crate::config::EngineConfig;
use crate::figures::leaning;
use crate::observations::{Sample, known, positive};
use crate::{Basis, FactorOutcome};

/// Length of the taker mean.
const TAKER_WINDOW_MS: i64 = 4 * HOUR_MS;

/// ln(positions / accounts) at each instant of the positions that has an account ratio no more
/// than one cadence old.
fn spread(positions: &[Point], accounts: &[Point], cadence_ms: i64) -> Vec<Point> {
    let mut rest = accounts.iter().copied().peekable();
    let mut latest: Option<Point> = None;
    let mut out = Vec::with_capacity(positions.len());
    for position in positions {
        while let Some(account) = rest.next_if(|account| account.at <= position.at) {
            latest = Some(account);
        }
        if let Some(account) = latest
            && position.at.since(account.at) < cadence_ms.max(1)
        {
            out.push(Point { at: position.at, value: (position.value / account.value).ln() });
        }
    }
    out
}

/// The mean over the 4h that end at each point, where at least half of them are there.
fn taker_means(points: &[Point], cadence_ms: i64) -> Vec<Point> {
    if cadence_ms <= 0 {
        return Vec::new();
    }
    let full = (TAKER_WINDOW_MS / cadence_ms).max(1) as f64;
    let mut start = 0_usize;
    let mut out = Vec::with_capacity(points.len());
    for (index, newest) in points.iter().enumerate() {
        while points
            .get(start)
            .is_some_and(|point| newest.at.since(point.at) >= TAKER_WINDOW_MS.max(cadence_ms))
        {
            start += 1;
        }
        let window = points.get(start..=index).unwrap_or_default();
        let count = window.len() as f64;
        if 2.0 * count >= full {
            let sum: f64 = window.iter().map(|point| point.value).sum();
            out.push(Point { at: newest.at, value: sum / count });
        }
    }
    out
}

/// The taker mean against its history, when it is of the same hours as the positions.
fn taker_sample(taker: &Series, at: UtcMs, positions_at: UtcMs, config: &EngineConfig) -> Option<Sample> {
    let logarithms = known(&taker.points, at, |ratio| positive(ratio).map(f64::ln));
    let means = taker_means(&logarithms, taker.cadence_ms);
    let days = config.history.positioning_days;
    Sample::split(&means, at, days, taker.cadence_ms, &config.history)
        .filter(|sample| positions_at.since(sample.newest.at).abs() <= TAKER_WINDOW_MS)
}

pub(super) fn read(snapshot: &MarketSnapshot, config: &EngineConfig, _shared: &Shared) -> FactorOutcome {
    let reading = snapshot.top_positions.as_ref().map_err(|missing| missing.reason.clone())?;
    let at = snapshot.at;
    let constants = &config.smart_money;
    let cadence_ms = reading.value.positions.cadence_ms;
    let positions = known(&reading.value.positions.points, at, positive);
    let accounts = known(&reading.value.accounts.points, at, positive);
    let points = spread(&positions, &accounts, cadence_ms);
    let sample = Sample::split(&points, at, config.history.positioning_days, cadence_ms, &config.history)
        .ok_or("no top traders' ratio with an account ratio of the same time")?;
    let x = sample.newest.value;
    let taker =
        reading.value.taker.as_ref().and_then(|taker| taker_sample(taker, at, sample.newest.at, config));
    let mut steps = vec![figure("x", x)];
    let (position_part, taker_part, basis) = if let Some(z) = sample.z() {
        steps.push(figure("zPositions", z));
        let taker_z = taker.as_ref().and_then(Sample::z);
        steps.extend(taker_z.map(|z| figure("zTaker", z)));
        ((z / constants.z_scale).tanh(), taker_z.map(|z| (z / constants.z_scale).tanh()), sample.own())
    } else {
        let taker_part = taker.as_ref().map(|taker| (taker.newest.value / constants.taker_scale).tanh());
        ((x / constants.position_scale).tanh(), taker_part, Basis::Absolute)
    };
    let strength =
        constants.position_weight * position_part + constants.taker_weight * taker_part.unwrap_or(0.0);
    steps.push(figure("s", strength));
    let positions_ratio = positions
        .iter()
        .rev()
        .find(|point| point.at == sample.newest.at)
        .map(|point| point.value)
        .ok_or("no top traders' ratio")?;
    let accounts_ratio = positions_ratio / x.exp();
    let mut raw = vec![figure("topPositionRatio", positions_ratio), figure("accountRatio", accounts_ratio)];
    let taker_ratio = taker.as_ref().filter(|_| taker_part.is_some()).map(|taker| taker.newest.value.exp());
    let takers = taker_ratio.map_or_else(String::new, |ratio| {
        raw.push(figure("takerRatio4h", ratio));
        format!(", takers bought {ratio:.2} for each sold over 4h")
    });
    let note = format!(
        "Top traders hold {positions_ratio:.2} long to short where all accounts stand at \
         {accounts_ratio:.2}{takers}: {}.",
        leaning(strength)
    );
    let draft = Draft {
        strength,
        confidence: 1.0,
        basis,
        source: reading.source,
        venue: reading.venue,
        as_of: sample.newest.at,
        raw,
        steps,
        note,
    };
    draft.finish(at, &config.ages.smart_money, config)
}
