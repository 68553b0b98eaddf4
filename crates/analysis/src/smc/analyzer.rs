//! All detectors behind one door.

use domain::Candle;

use super::bar::{Bar, RejectedBar, Tape};
use super::gaps::{Gaps, upright};
use super::legs::Leg;
use super::liquidity::Liquidity;
use super::order_blocks::OrderBlocks;
use super::previous::PreviousLevels;
use super::structure::{Broken, Structure};
use super::swings::{Change, Swings};
use super::zones::{Stage, Zone};
use super::{
    Direction, Event, EventKind, LevelReading, Reading, Scope, ScopeReading, SmcConfig, ZoneKind, ZoneReading,
};

/// Most zones of a side in a reading.
const ZONES_READ: usize = 5;

/// What one width of swings needs.
#[derive(Clone, Debug)]
struct Width {
    scope: Scope,
    swings: Swings,
    structure: Structure,
    leg: Leg,
}

/// Finds smart money concepts in a stream of closed candles of one contract and interval.
#[derive(Clone, Debug)]
pub struct Analyzer {
    config: SmcConfig,
    tape: Tape,
    internal: Width,
    swing: Width,
    gaps: Gaps,
    blocks: OrderBlocks,
    pools: Liquidity,
    previous: PreviousLevels,
    events: Vec<Event>,
}

impl Analyzer {
    /// An analyzer that has seen nothing yet.
    #[must_use]
    pub fn new(config: SmcConfig) -> Self {
        let width = |scope, fractal| Width {
            scope,
            swings: Swings::new(fractal),
            structure: Structure::new(scope, &config),
            leg: Leg::new(scope),
        };
        let kept = config.internal.right.max(config.swing.right).max(1).saturating_add(2);
        Self {
            tape: Tape::new(config.interval, kept),
            internal: width(Scope::Internal, config.internal),
            swing: width(Scope::Swing, config.swing),
            gaps: Gaps::new(&config),
            blocks: OrderBlocks::new(&config),
            pools: Liquidity::new(&config),
            previous: PreviousLevels::new(&config),
            events: Vec::new(),
            config,
        }
    }

    /// The settings.
    #[must_use]
    pub const fn config(&self) -> &SmcConfig {
        &self.config
    }

    /// Takes in the next closed candle; answers with what became known by its close. A candle with a
    /// defect, or one that opens before the last one closed, is refused, counted and changes nothing.
    pub fn push(&mut self, candle: &Candle) -> Result<&[Event], RejectedBar> {
        self.events.clear();
        let bar = self.tape.push(candle)?;
        let events = &mut self.events;
        // First what the bar does to things known before it, then what it makes known.
        self.previous.push(&bar, events);
        self.gaps.push(&self.tape, &bar, events);
        self.blocks.push(&bar, events);
        self.pools.push(&bar, events);
        let wide = self.swing.structure.breaks(&bar);
        let narrow = self.internal.structure.breaks(&bar);
        for broken in wide.iter().flatten() {
            tell_break(broken, &mut self.blocks, &self.tape, &bar, events);
        }
        for broken in narrow.iter().flatten() {
            let same = |other: &Broken| {
                other.pivot == broken.pivot && other.event.direction == broken.event.direction
            };
            // One level, one event: that of the wider swing.
            if !wide.iter().flatten().any(same) {
                tell_break(broken, &mut self.blocks, &self.tape, &bar, events);
            }
        }
        for width in [&mut self.internal, &mut self.swing] {
            width.leg.push(&bar, events);
            for change in width.swings.push(&bar).iter().flatten() {
                events.push(swing_event(change, width.scope, &bar));
                width.structure.swing(change, &self.tape, events);
                if width.scope == Scope::Internal {
                    self.pools.swing(&change.swing(), &bar, events);
                }
            }
            width.leg.follow(&width.swings, &self.tape, &bar, events);
        }
        Ok(&self.events)
    }

    /// The state at the newest close; `None` before the first candle.
    #[must_use]
    pub fn snapshot(&self) -> Option<Reading> {
        let bar = self.tape.last()?;
        let internal = self.internal.reading(bar);
        let swing = self.swing.reading(bar);
        let (main, trend_scope) = match (swing.trend, internal.trend) {
            (None, Some(_)) => (&internal, Some(Scope::Internal)),
            (None, None) => (&swing, None),
            (Some(_), _) => (&swing, Some(Scope::Swing)),
        };
        let newest = [&swing, &internal]
            .into_iter()
            .filter(|scope| scope.age_bars.is_some())
            .min_by_key(|scope| scope.age_bars);
        Some(Reading {
            interval: self.config.interval,
            as_of: bar.close_time,
            close: bar.close,
            atr: bar.atr,
            bars: bar.index + 1,
            gap_bars: self.tape.missing_bars,
            rejected_bars: self.tape.rejected_bars,
            trend: main.trend,
            trend_scope,
            last_structure: newest.and_then(|scope| scope.last_structure),
            age_bars: newest.and_then(|scope| scope.age_bars),
            premium_discount_pct: main
                .premium_discount
                .or(internal.premium_discount)
                .map(|leg| leg.position_pct),
            internal,
            swing,
            zones_above: self.zones(Direction::Bearish, bar),
            zones_below: self.zones(Direction::Bullish, bar),
            pools_above: self.pools.readings(Direction::Bullish, bar),
            pools_below: self.pools.readings(Direction::Bearish, bar),
            previous: self.previous.readings(),
        })
    }

    fn zones(&self, direction: Direction, bar: &Bar) -> Vec<ZoneReading> {
        let close = bar.facing(direction).close;
        let gaps = self.gaps.zones(direction).iter();
        let blocks = self.blocks.zones(direction).iter();
        let mut near: Vec<(f64, ZoneReading)> = gaps
            .filter_map(|zone| read_zone(zone, ZoneKind::FairValueGap, direction, close, bar.atr))
            .chain(blocks.filter_map(|zone| read_zone(zone, ZoneKind::OrderBlock, direction, close, bar.atr)))
            .collect();
        near.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        near.into_iter().take(ZONES_READ).map(|(_, zone)| zone).collect()
    }
}

impl Width {
    fn reading(&self, bar: &Bar) -> ScopeReading {
        let level = |direction: Direction| {
            let swing = self.swings.newest(direction)?;
            Some(LevelReading { at: swing.at, level: direction.sign() * swing.level })
        };
        let last = self.structure.last();
        ScopeReading {
            trend: self.structure.trend(),
            last_structure: last.map(|(event, _)| event),
            age_bars: last.map(|(_, index)| bar.index.saturating_sub(index)),
            swing_high: level(Direction::Bullish),
            swing_low: level(Direction::Bearish),
            premium_discount: self.leg.reading(bar),
        }
    }
}

fn read_zone<T>(
    zone: &Zone<T>,
    kind: ZoneKind,
    direction: Direction,
    close: f64,
    atr: Option<f64>,
) -> Option<(f64, ZoneReading)> {
    let distance = (close - zone.top).max(0.0);
    let (top, bottom) = upright(direction, zone.top, zone.bottom);
    let distance_atr = atr.filter(|atr| *atr > 0.0).map(|atr| distance / atr);
    let touched = zone.stage == Stage::Near;
    (zone.stage <= Stage::Near).then_some((
        distance,
        ZoneReading { kind, direction, at: zone.at, top, bottom, touched, distance_atr },
    ))
}

fn tell_break(broken: &Broken, blocks: &mut OrderBlocks, tape: &Tape, bar: &Bar, events: &mut Vec<Event>) {
    let kind = EventKind::Structure(broken.event);
    events.push(Event { at: bar.open_time, known_at: bar.close_time, kind });
    blocks.open(broken, tape, bar, events);
}

fn swing_event(change: &Change, scope: Scope, bar: &Bar) -> Event {
    let swing = change.swing();
    let sign = swing.direction.sign();
    let (side, level) = (swing.direction.side(), sign * swing.level);
    let kind = match change {
        Change::Supersede { old, .. } => {
            EventKind::SwingSuperseded { scope, side, level, old_at: old.at, old_level: sign * old.level }
        }
        Change::Turn(_) | Change::Minor(_) => {
            EventKind::Swing { scope, side, level, minor: matches!(change, Change::Minor(_)) }
        }
    };
    Event { at: swing.at, known_at: bar.close_time, kind }
}

/// Feeds all candles to a new analyzer; answers with it and everything it told. Refused candles are
/// counted in its snapshot.
#[must_use]
pub fn analyze(candles: &[Candle], config: SmcConfig) -> (Analyzer, Vec<Event>) {
    let mut analyzer = Analyzer::new(config);
    let mut all = Vec::new();
    for candle in candles {
        if let Ok(events) = analyzer.push(candle) {
            all.extend_from_slice(events);
        }
    }
    (analyzer, all)
}
