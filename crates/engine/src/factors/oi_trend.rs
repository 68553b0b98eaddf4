//! Open interest with the price: leverage added backs a move, leverage removed lets it fade.
//!
//! a = z of the change of ln(open interest in coins) over 24h, m = the price's 24h move in
//! deviations. Rising (a >= 0): `s = tanh(a) tanh(m / 1.5)`; falling: `s = -0.3 tanh(-a) tanh(m / 1.5)`.
//! With too little history a = change / 0.05. Candles are those of the venue of the open interest.

use domain::{DAY_MS, HOUR_MS, MarketSnapshot, OpenInterest, OpenInterestHistory, Point, UtcMs};

use super::{Draft, Momentum, Shared, figure};
use crate::config::EngineConfig;
use crate::figures::{leaning, signed_pct, usd};
use crate::observations::{Sample, ascending, closed_candles};
use crate::{Basis, FactorOutcome};

/// Measurements known at `at`, ascending; a zero is a bad row.
pub(super) fn known_open_interest(history: &OpenInterestHistory, at: UtcMs) -> Vec<OpenInterest> {
    let kept = history
        .points
        .iter()
        .filter(|point| point.at <= at && point.coins.is_finite() && point.coins > 0.0)
        .copied()
        .collect();
    ascending(kept, |point: &OpenInterest| point.at)
}

/// The change of ln(coins) over 24h at each measurement that has one a day before it.
fn daily_changes(points: &[OpenInterest], cadence_ms: i64) -> Vec<Point> {
    let slack_ms = (2 * cadence_ms.max(0)).clamp(15 * 60_000, 4 * HOUR_MS);
    let logs: Vec<Point> =
        points.iter().map(|point| Point { at: point.at, value: point.coins.ln() }).collect();
    let mut start = logs.iter().peekable();
    let mut before: Option<Point> = None;
    let mut out = Vec::with_capacity(logs.len());
    for point in &logs {
        let target = point.at.plus_ms(-DAY_MS);
        while let Some(earlier) = start.next_if(|earlier| earlier.at <= target) {
            before = Some(*earlier);
        }
        if let Some(earlier) = before
            && target.since(earlier.at) <= slack_ms
        {
            out.push(Point { at: point.at, value: point.value - earlier.value });
        }
    }
    out
}

/// The 24h move on the venue of the open interest.
fn own_move(
    snapshot: &MarketSnapshot,
    history: &OpenInterestHistory,
    venue: Option<domain::Venue>,
    config: &EngineConfig,
    shared: &Shared,
) -> Result<Momentum, String> {
    if venue.is_none() || venue == shared.candle_venue {
        return shared.momentum.clone();
    }
    match &history.own_candles_4h {
        Some(candles) => Momentum::of(&closed_candles(candles, snapshot.at), snapshot.at, config),
        None if shared.bars.is_empty() => shared.momentum.clone(),
        None => Err("no candles of the venue that the open interest is of".to_owned()),
    }
}

pub(super) fn read(snapshot: &MarketSnapshot, config: &EngineConfig, shared: &Shared) -> FactorOutcome {
    let reading = snapshot.open_interest.as_ref().map_err(|missing| missing.reason.clone())?;
    let at = snapshot.at;
    let constants = &config.oi_trend;
    let points = known_open_interest(&reading.value, at);
    let newest = points.last().ok_or("no open interest known at the decision time")?;
    let changes = daily_changes(&points, reading.value.cadence_ms);
    let days = config.history.positioning_days;
    let sample = Sample::split(&changes, at, days, reading.value.cadence_ms, &config.history)
        .filter(|sample| sample.newest.at == newest.at)
        .ok_or("no open interest of a day ago")?;
    let momentum = own_move(snapshot, &reading.value, reading.venue, config, shared)?;
    let change = sample.newest.value;
    let (a, basis) = match sample.z() {
        Some(z) => (z, sample.own()),
        None => (change / constants.change_scale, Basis::Absolute),
    };
    let moved = (momentum.h24.m / constants.move_scale).tanh();
    let strength = if a >= 0.0 { a.tanh() * moved } else { -constants.fading_weight * (-a).tanh() * moved };
    let change_pct = 100.0 * change.exp_m1();
    let verb =
        if a >= 0.0 { "new positions back the move" } else { "positions are closed, and such a move fades" };
    let mut raw = vec![figure("openInterestCoins", newest.coins)];
    let mut size = format!("{:.0} coins", newest.coins);
    if newest.usd.is_finite() && newest.usd > 0.0 {
        raw.push(figure("openInterestUsd", newest.usd));
        size = usd(newest.usd);
    }
    raw.push(figure("change24hPct", change_pct));
    let note = format!(
        "Open interest {size}, {} in coins over 24h ({} usual changes), price {}: {verb}, {}.",
        signed_pct(change_pct),
        format_args!("{a:+.1}"),
        signed_pct(momentum.h24.percent()),
        leaning(strength)
    );
    let draft = Draft {
        strength,
        confidence: 1.0,
        basis,
        source: reading.source,
        venue: reading.venue,
        as_of: newest.at,
        raw,
        steps: vec![
            figure("change24h", change),
            figure("a", a),
            figure("m24h", momentum.h24.m),
            figure("s", strength),
        ],
        note,
    };
    draft.finish(at, &config.ages.oi_trend, config)
}
