//! Swings: the first of the highest bars among `left` before and `right` after.

use std::collections::VecDeque;

use domain::UtcMs;

use super::bar::{Bar, Both};
use super::{Direction, Fractal};

/// A swing, its level as its direction's detectors see it (negated for lows).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Swing {
    pub index: u64,
    pub at: UtcMs,
    /// Bullish for highs.
    pub direction: Direction,
    pub level: f64,
}

/// What a confirmed swing means for the ones before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Change {
    /// It alternates.
    Turn(Swing),
    /// It replaces the swing before, which was less extreme.
    Supersede { old: Swing, new: Swing },
    /// Same side, not more extreme.
    Minor(Swing),
}

impl Change {
    pub const fn swing(&self) -> Swing {
        match self {
            Self::Turn(swing) | Self::Minor(swing) | Self::Supersede { new: swing, .. } => *swing,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Peak {
    index: u64,
    at: UtcMs,
    level: f64,
}

/// Swings of one width.
#[derive(Clone, Debug)]
pub(super) struct Swings {
    left: u64,
    right: u64,
    /// Candidates for the highest bar of the window, falling; the front is the first of the highest.
    windows: Both<VecDeque<Peak>>,
    newest: Both<Option<Swing>>,
    leg: Option<Direction>,
}

impl Swings {
    pub fn new(fractal: Fractal) -> Self {
        let width = |bars: usize| u64::try_from(bars.max(1)).unwrap_or(u64::MAX / 4).min(u64::MAX / 4);
        Self {
            left: width(fractal.left),
            right: width(fractal.right),
            windows: Both::default(),
            newest: Both::default(),
            leg: None,
        }
    }

    /// The newest swing of a side that alternates.
    pub const fn newest(&self, direction: Direction) -> Option<Swing> {
        *self.newest.get(direction)
    }

    /// The side of the newest swing.
    pub const fn leg(&self) -> Option<Direction> {
        self.leg
    }

    pub fn push(&mut self, bar: &Bar) -> [Option<Change>; 2] {
        let up = self.confirmed(bar, Direction::Bullish);
        let down = self.confirmed(bar, Direction::Bearish);
        let (Some(high), Some(low)) = (up, down) else {
            return [up.or(down).map(|swing| self.place(swing)), None];
        };
        // One bar is both: it first lengthens the leg that is running, then turns it.
        match self.leg {
            Some(Direction::Bullish) => [Some(self.place(high)), Some(self.place(low))],
            Some(Direction::Bearish) => [Some(self.place(low)), Some(self.place(high))],
            None => {
                *self.newest.get_mut(Direction::Bullish) = Some(high);
                *self.newest.get_mut(Direction::Bearish) = Some(low);
                [Some(Change::Turn(high)), Some(Change::Turn(low))]
            }
        }
    }

    fn confirmed(&mut self, bar: &Bar, direction: Direction) -> Option<Swing> {
        let level = bar.facing(direction).high;
        let window = self.windows.get_mut(direction);
        while window.back().is_some_and(|peak| peak.level < level) {
            window.pop_back();
        }
        window.push_back(Peak { index: bar.index, at: bar.open_time, level });
        let oldest = bar.index.checked_sub(self.left + self.right)?;
        while window.front().is_some_and(|peak| peak.index < oldest) {
            window.pop_front();
        }
        let peak = window.front().filter(|peak| peak.index + self.right == bar.index)?;
        Some(Swing { index: peak.index, at: peak.at, direction, level: peak.level })
    }

    fn place(&mut self, swing: Swing) -> Change {
        let newest = self.newest.get_mut(swing.direction);
        let running = self.leg == Some(swing.direction);
        self.leg = Some(swing.direction);
        match (*newest).filter(|_| running) {
            Some(old) if swing.level > old.level => {
                *newest = Some(swing);
                Change::Supersede { old, new: swing }
            }
            Some(_) => Change::Minor(swing),
            None => {
                *newest = Some(swing);
                Change::Turn(swing)
            }
        }
    }
}
