//! Levels made by swings, their breaks, and the trend that follows from them.

use std::collections::VecDeque;

use domain::UtcMs;

use super::bar::{Bar, Both, Tape};
use super::swings::{Change, Swing};
use super::{Anchor, BreakBy, Direction, Event, EventKind, Scope, SmcConfig, StructureBreak, StructureKind};

/// The bar that may become an order block, as its direction's detector sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub index: u64,
    pub at: UtcMs,
    pub top: f64,
    pub bottom: f64,
}

/// A break, and the block that it makes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Broken {
    pub pivot: u64,
    pub event: StructureBreak,
    pub block: Option<Candidate>,
}

#[derive(Clone, Copy, Debug)]
struct Level {
    swing: Swing,
    broken: bool,
    candidate: Option<Candidate>,
}

/// Which bars may become blocks.
#[derive(Clone, Copy, Debug)]
struct BlockRule {
    anchor: Anchor,
    max_range_atr: Option<f64>,
}

impl BlockRule {
    /// The candidate after one more bar (facing the level's direction).
    fn update(self, candidate: Option<Candidate>, bar: &Bar) -> Option<Candidate> {
        let too_wide =
            self.max_range_atr.zip(bar.atr).is_some_and(|(most, atr)| bar.high - bar.low >= most * atr);
        let better = match self.anchor {
            Anchor::Extreme => candidate.is_none_or(|old| bar.low <= old.bottom),
            Anchor::LastOpposite => bar.close < bar.open,
        };
        if too_wide || !better {
            return candidate;
        }
        Some(Candidate { index: bar.index, at: bar.open_time, top: bar.high, bottom: bar.low })
    }
}

/// Structure of one scope.
#[derive(Clone, Debug)]
pub(super) struct Structure {
    scope: Scope,
    by: BreakBy,
    rule: BlockRule,
    levels: Both<Option<Level>>,
    trend: Option<Direction>,
    last: Option<StructureBreak>,
    last_index: u64,
    /// The newest four swings that alternate.
    swings: VecDeque<Swing>,
    /// Pivot of the newest break of each direction whose pattern is still to be confirmed.
    awaiting: Both<Option<u64>>,
}

impl Structure {
    pub fn new(scope: Scope, config: &SmcConfig) -> Self {
        Self {
            scope,
            by: config.break_by,
            rule: BlockRule {
                anchor: config.order_block_anchor,
                max_range_atr: config.order_block_max_range_atr,
            },
            levels: Both::default(),
            trend: None,
            last: None,
            last_index: 0,
            swings: VecDeque::with_capacity(4),
            awaiting: Both::default(),
        }
    }

    pub const fn trend(&self) -> Option<Direction> {
        self.trend
    }

    /// The newest break, and the number of its bar.
    pub fn last(&self) -> Option<(StructureBreak, u64)> {
        Some((self.last?, self.last_index))
    }

    /// Breaks by this bar of levels that were known before it.
    pub fn breaks(&mut self, bar: &Bar) -> [Option<Broken>; 2] {
        // A wick may break both ways; the close tells which came last.
        let first = if bar.close > bar.open {
            Direction::Bearish
        } else if bar.close < bar.open {
            Direction::Bullish
        } else {
            self.trend.unwrap_or(Direction::Bullish)
        };
        [self.broken(bar, first), self.broken(bar, first.opposite())]
    }

    fn broken(&mut self, bar: &Bar, direction: Direction) -> Option<Broken> {
        let facing = bar.facing(direction);
        let level = self.levels.get_mut(direction).as_mut()?;
        let price = match self.by {
            BreakBy::Close => facing.close,
            BreakBy::Wick => facing.high,
        };
        if !level.broken && price > level.swing.level {
            level.broken = true;
            let against = self.trend == Some(direction.opposite());
            let event = StructureBreak {
                kind: if against { StructureKind::Choch } else { StructureKind::Bos },
                direction,
                scope: self.scope,
                level: direction.sign() * level.swing.level,
                swing_at: level.swing.at,
                broken_at: bar.close_time,
                by: self.by,
            };
            self.trend = Some(direction);
            (self.last, self.last_index) = (Some(event), bar.index);
            *self.awaiting.get_mut(direction) = Some(level.swing.index);
            return Some(Broken { pivot: level.swing.index, event, block: level.candidate });
        }
        if !level.broken {
            level.candidate = self.rule.update(level.candidate, &facing);
        }
        None
    }

    /// Takes in a swing that the newest bar confirmed.
    pub fn swing(&mut self, change: &Change, tape: &Tape, events: &mut Vec<Event>) {
        let swing = match change {
            Change::Minor(_) => return,
            Change::Turn(swing) => *swing,
            Change::Supersede { new, .. } => {
                self.swings.pop_back();
                *new
            }
        };
        if self.swings.len() >= 4 {
            self.swings.pop_front();
        }
        self.swings.push_back(swing);
        // A first bar that is both high and low does not tell which came first.
        if self.swings.len() == 2 && self.swings.iter().all(|known| known.index == swing.index) {
            self.swings.clear();
        }
        self.confirm_pattern(tape, events);
        let level = self.levels.get_mut(swing.direction);
        let superseded = matches!(change, Change::Supersede { .. });
        // A further extreme of the move that broke the level is not a new level.
        if superseded && level.is_some_and(|level| level.broken) {
            return;
        }
        let newest = tape.last().map_or(swing.index, |bar| bar.index);
        let since = usize::try_from(newest.saturating_sub(swing.index)).unwrap_or(usize::MAX);
        let candidate = tape
            .newest(since)
            .fold(None, |candidate, bar| self.rule.update(candidate, &bar.facing(swing.direction)));
        *level = Some(Level { swing, broken: false, candidate });
    }

    fn confirm_pattern(&mut self, tape: &Tape, events: &mut Vec<Event>) {
        let mut four = self.swings.iter().copied();
        let (Some(a), Some(b), Some(c), Some(d), Some(bar)) =
            (four.next(), four.next(), four.next(), four.next(), tape.last())
        else {
            return;
        };
        let direction = d.direction;
        let alternating =
            a.direction != b.direction && b.direction == direction && c.direction == a.direction;
        let awaiting = self.awaiting.get_mut(direction);
        if !alternating || *awaiting != Some(b.index) {
            return;
        }
        // The other side's levels are upside down.
        let (low_a, low_c) = (-a.level, -c.level);
        let kind = if low_a < low_c && low_c < b.level && b.level < d.level {
            StructureKind::Bos
        } else if d.level > b.level && b.level > low_a && low_a > low_c {
            StructureKind::Choch
        } else {
            return;
        };
        *awaiting = None;
        events.push(Event {
            at: b.at,
            known_at: bar.close_time,
            kind: EventKind::PatternConfirmed {
                kind,
                direction,
                scope: self.scope,
                level: direction.sign() * b.level,
                swing_at: b.at,
            },
        });
    }
}
