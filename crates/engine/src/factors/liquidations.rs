//! Liquidations: a flush of one side is followed by the other.
//!
//! Imbalance b = (L - S) / (L + S); intensity g = max(0, r) of (L + S) / open interest, among the
//! windows that ended at each earlier bar; s = +b g. The last 4h count once and the last 24h half:
//! `s = (s_4 + 0.5 s_24) / 1.5` (the 4h alone when there are no 24h of bars), times 0.25 while the
//! cascade runs. With too little history g = min(1, ((L + S) / OI) / 0.002).
//!
//! The open interest beside a window is the newest at or before its end; where none is that old, the
//! newest there is.

use analysis::statistics;
use domain::{
    DAY_MS, HOUR_MS, LiquidationBar, LiquidationHistory, MarketSnapshot, Point, Source, UtcMs, Venue,
};

use super::oi_trend::known_open_interest;
use super::{Cascade, Draft, Shared, figure};
use crate::config::EngineConfig;
use crate::figures::{leaning, rank, usd};
use crate::observations::{ascending, days_ms, enough, freshness, known, positive};
use crate::{Basis, FactorOutcome};

/// The newest window of one length.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Window {
    long_usd: f64,
    short_usd: f64,
    /// (L + S) / open interest.
    intensity: f64,
    /// Mid-rank of the intensity among earlier windows.
    rank: Option<f64>,
    observations: usize,
    enough: bool,
}

impl Window {
    fn imbalance(&self) -> f64 {
        let total = self.long_usd + self.short_usd;
        if total > 0.0 { (self.long_usd - self.short_usd) / total } else { 0.0 }
    }
}

/// Liquidations against their history.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct View {
    four_hours: Window,
    day: Option<Window>,
    /// The cascade that runs now.
    pub cascade: Option<Cascade>,
    source: Source,
    venue: Option<Venue>,
    as_of: UtcMs,
}

/// Bars known at `at`, ascending; figures that are no amounts are dropped.
fn known_bars(history: &LiquidationHistory, at: UtcMs) -> Vec<LiquidationBar> {
    let amount = |value: f64| value.is_finite() && value >= 0.0;
    let kept = history
        .bars
        .iter()
        .filter(|bar| bar.end <= at && amount(bar.long_usd) && amount(bar.short_usd))
        .copied()
        .collect();
    ascending(kept, |bar: &LiquidationBar| bar.end)
}

/// The window of `span_ms` that ends at the newest bar, ranked among the windows that ended at
/// earlier bars of the own history. `None` when bars are missing in it or do not fit.
fn newest_window(
    bars: &[LiquidationBar],
    bar_ms: i64,
    span_ms: i64,
    open_interest: &[Point],
    at: UtcMs,
    config: &EngineConfig,
) -> Option<Window> {
    if bar_ms <= 0 || span_ms % bar_ms != 0 {
        return None;
    }
    let length = usize::try_from(span_ms / bar_ms).ok()?;
    let from = at.plus_ms(-days_ms(config.history.positioning_days));
    let fallback = open_interest.last()?.value;
    let mut coming = open_interest.iter().peekable();
    let mut beside = fallback;
    let mut earlier = Vec::with_capacity(bars.len());
    let mut newest = None;
    let last_end = bars.last()?.end;
    for window in bars.windows(length) {
        let (Some(first), Some(last)) = (window.first(), window.last()) else { continue };
        while let Some(point) = coming.next_if(|point| point.at <= last.end) {
            beside = point.value;
        }
        if last.end.since(first.end) != span_ms - bar_ms || last.end < from {
            continue;
        }
        let (long_usd, short_usd) =
            window.iter().fold((0.0, 0.0), |(long, short), bar| (long + bar.long_usd, short + bar.short_usd));
        let intensity = (long_usd + short_usd) / beside;
        if last.end == last_end {
            newest = Some((long_usd, short_usd, intensity));
        } else {
            earlier.push(intensity);
        }
    }
    let (long_usd, short_usd, intensity) = newest?;
    Some(Window {
        long_usd,
        short_usd,
        intensity,
        rank: statistics::mid_rank(intensity, &earlier),
        observations: earlier.len(),
        enough: enough(earlier.len(), config.history.positioning_days, bar_ms, &config.history),
    })
}

/// Whether the price still runs the way that liquidates the flushed side while positions vanish.
///
/// The last hour is read from the same venue's hourly open interest, whose dollars and coins give the
/// price with it. Where it is not measured hourly, nothing is said.
fn running_cascade(
    snapshot: &MarketSnapshot,
    venue: Option<Venue>,
    imbalance: f64,
    sigma: Option<f64>,
    config: &EngineConfig,
) -> Option<Cascade> {
    let reading = snapshot.open_interest.as_ref().ok()?;
    if venue.is_some() && reading.venue != venue {
        return None;
    }
    let points = known_open_interest(&reading.value, snapshot.at);
    let newest = points.last()?;
    if snapshot.at.since(newest.at) > 2 * HOUR_MS {
        return None;
    }
    let before = points.iter().rev().find(|point| newest.at.since(point.at) >= HOUR_MS)?;
    if newest.at.since(before.at) > HOUR_MS + HOUR_MS / 2 {
        return None;
    }
    let moved = statistics::log_return(before.usd / before.coins, newest.usd / newest.coins)?;
    let emptied = statistics::log_return(before.coins, newest.coins)?.exp_m1();
    let constants = &config.liquidations;
    if moved.abs() <= constants.cascade_deviations * sigma? || emptied >= -constants.cascade_oi_fall {
        return None;
    }
    if imbalance > 0.0 && moved < 0.0 {
        Some(Cascade::Down)
    } else if imbalance < 0.0 && moved > 0.0 {
        Some(Cascade::Up)
    } else {
        None
    }
}

/// Reads both windows; refuses stale ones. `sigma` is the deviation of 4h returns, where known.
pub(super) fn view(
    snapshot: &MarketSnapshot,
    config: &EngineConfig,
    sigma: Option<f64>,
) -> Result<View, String> {
    let reading = snapshot.liquidations.as_ref().map_err(|missing| missing.reason.clone())?;
    let at = snapshot.at;
    let history = &reading.value;
    let bars = known_bars(history, at);
    let as_of = bars.last().ok_or("no closed bar of liquidations")?.end;
    freshness(as_of, at, &config.ages.liquidations)?;
    let open_interest = known(&history.open_interest_usd.points, at, positive);
    let newest = open_interest.last().ok_or("no open interest of the same venue to measure them by")?;
    let age_h = as_of.since(newest.at) as f64 / HOUR_MS as f64;
    if age_h > config.liquidations.open_interest_max_age_h {
        return Err(format!("the open interest to measure them by is {age_h:.0} h old"));
    }
    let window = |span_ms| newest_window(&bars, history.bar_ms, span_ms, &open_interest, at, config);
    let four_hours = window(4 * HOUR_MS).ok_or("the last 4h of liquidations are not complete")?;
    let day = window(DAY_MS);
    let cascade = running_cascade(snapshot, reading.venue, four_hours.imbalance(), sigma, config);
    Ok(View { four_hours, day, cascade, source: reading.source, venue: reading.venue, as_of })
}

pub(super) fn read(snapshot: &MarketSnapshot, config: &EngineConfig, shared: &Shared) -> FactorOutcome {
    let view = shared.liquidations.as_ref().map_err(Clone::clone)?;
    let constants = &config.liquidations;
    let own = view.four_hours.enough && view.day.is_none_or(|day| day.enough);
    let intensity = |window: &Window| match window.rank {
        Some(u) if own => (2.0 * u - 1.0).max(0.0),
        _ => (window.intensity / constants.full_intensity).min(1.0),
    };
    let part = |window: &Window| window.imbalance() * intensity(window);
    let four_hours = part(&view.four_hours);
    let both = view.day.as_ref().map_or(four_hours, |day| {
        (four_hours + constants.day_weight * part(day)) / (1.0 + constants.day_weight)
    });
    let cascade_factor = if view.cascade.is_some() { constants.cascade_factor } else { 1.0 };
    let strength = both * cascade_factor;
    let Window { long_usd, short_usd, .. } = view.four_hours;
    let share_pct = 100.0 * view.four_hours.intensity;
    let place = match view.four_hours.rank {
        Some(u) if own => format!(", {}", rank(u, config.history.positioning_days)),
        _ => ", for want of history against fixed numbers".to_owned(),
    };
    let mut steps = vec![
        figure("imbalance4h", view.four_hours.imbalance()),
        figure("intensity4h", view.four_hours.intensity),
        figure("intensity4hPct", share_pct),
        figure("g4h", intensity(&view.four_hours)),
        figure("s4h", four_hours),
    ];
    let mut raw = vec![figure("longUsd", long_usd), figure("shortUsd", short_usd)];
    if let Some(day) = &view.day {
        raw.extend([figure("longUsd24h", day.long_usd), figure("shortUsd24h", day.short_usd)]);
        steps.extend([
            figure("imbalance24h", day.imbalance()),
            figure("intensity24h", day.intensity),
            figure("g24h", intensity(day)),
            figure("s24h", part(day)),
        ]);
    }
    steps.extend([figure("cascadeFactor", cascade_factor), figure("s", strength)]);
    let mut note = format!(
        "{} of longs and {} of shorts liquidated in 4h ({share_pct:.3} % of open interest{place}): {}",
        usd(long_usd),
        usd(short_usd),
        leaning(strength)
    );
    if view.cascade.is_some() {
        note.push_str(", weakly while the cascade runs");
    }
    note.push('.');
    if let Ok(reading) = &snapshot.liquidations
        && let Some(caveat) = &reading.value.caveat
    {
        note.push(' ');
        note.push_str(caveat);
    }
    let draft = Draft {
        strength,
        confidence: 1.0,
        basis: if own {
            Basis::OwnHistory { observations: view.four_hours.observations }
        } else {
            Basis::Absolute
        },
        source: view.source,
        venue: view.venue,
        as_of: view.as_of,
        raw,
        steps,
        note,
    };
    draft.finish(snapshot.at, &config.ages.liquidations, config)
}
