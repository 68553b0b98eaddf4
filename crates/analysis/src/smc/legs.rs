//! The leg between the last two swings, and how far price has come back into it.

use domain::UtcMs;

use super::bar::{Bar, Tape};
use super::reading::{Half, PremiumDiscount};
use super::swings::Swings;
use super::{Direction, Event, EventKind, Scope};

/// Where the optimal trade entry begins and ends, in percent of the leg taken back.
const OPTIMAL_ENTRY_PCT: [f64; 2] = [62.0, 79.0];

/// A leg, as its own direction sees it: from the bottom to the top.
#[derive(Clone, Copy, Debug)]
struct Span {
    direction: Direction,
    start: u64,
    end: u64,
    end_at: UtcMs,
    top: f64,
    bottom: f64,
    /// Lowest price since the top.
    lowest: f64,
    told: bool,
}

impl Span {
    fn retraced_pct(&self, price: f64) -> f64 {
        100.0 * (self.top - price) / (self.top - self.bottom)
    }
}

/// The running leg of one scope.
#[derive(Clone, Debug)]
pub(super) struct Leg {
    scope: Scope,
    span: Option<Span>,
}

impl Leg {
    pub const fn new(scope: Scope) -> Self {
        Self { scope, span: None }
    }

    /// Takes in the newest bar.
    pub fn push(&mut self, bar: &Bar, events: &mut Vec<Event>) {
        if let Some(span) = &mut self.span {
            span.lowest = span.lowest.min(bar.facing(span.direction).low);
            tell(span, self.scope, bar, events);
        }
    }

    /// Starts anew when the newest bar confirmed a swing that moved an end of the leg.
    pub fn follow(&mut self, swings: &Swings, tape: &Tape, bar: &Bar, events: &mut Vec<Event>) {
        let Some(direction) = swings.leg() else { return };
        let (Some(end), Some(start)) = (swings.newest(direction), swings.newest(direction.opposite())) else {
            return;
        };
        let (top, bottom) = (end.level, -start.level);
        let known = self.span.is_some_and(|span| {
            span.direction == direction && span.end == end.index && span.start == start.index
        });
        if known || top <= bottom {
            return;
        }
        let since = usize::try_from(bar.index.saturating_sub(end.index)).unwrap_or(usize::MAX);
        let lowest = tape.newest(since).fold(top, |lowest, later| lowest.min(later.facing(direction).low));
        let mut span = Span {
            direction,
            start: start.index,
            end: end.index,
            end_at: end.at,
            top,
            bottom,
            lowest,
            told: false,
        };
        tell(&mut span, self.scope, bar, events);
        self.span = Some(span);
    }

    /// Where the close stands.
    pub fn reading(&self, bar: &Bar) -> Option<PremiumDiscount> {
        let span = self.span.as_ref()?;
        let retracement_pct = span.retraced_pct(bar.facing(span.direction).close);
        let (high, low) = super::gaps::upright(span.direction, span.top, span.bottom);
        let position_pct = 100.0 * (bar.close - low) / (high - low);
        let half = if position_pct > 50.0 {
            Half::Premium
        } else if position_pct < 50.0 {
            Half::Discount
        } else {
            Half::Equilibrium
        };
        let [from, to] = OPTIMAL_ENTRY_PCT;
        Some(PremiumDiscount {
            direction: span.direction,
            high,
            low,
            position_pct,
            half,
            retracement_pct,
            deepest_pct: span.retraced_pct(span.lowest),
            optimal_entry: (from..=to).contains(&retracement_pct),
        })
    }
}

fn tell(span: &mut Span, scope: Scope, bar: &Bar, events: &mut Vec<Event>) {
    let [from, _] = OPTIMAL_ENTRY_PCT;
    if span.told || span.retraced_pct(span.lowest) < from {
        return;
    }
    span.told = true;
    let (top, bottom) = super::gaps::upright(span.direction, span.top, span.bottom);
    let kind = EventKind::OptimalEntry { direction: span.direction, scope, top, bottom };
    events.push(Event { at: span.end_at, known_at: bar.close_time, kind });
}
