//! Zones below the price that price may come back to, and what becomes of them.

use std::collections::VecDeque;

use domain::UtcMs;

use super::bar::Bar;

/// How far price has come into a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Opened,
    /// At the near edge.
    Near,
    /// At the middle.
    Half,
    /// At the far edge.
    Far,
    /// Closed beyond the far edge.
    Beyond,
    /// Closed back above the near edge after that.
    Reclaimed,
    /// No longer followed.
    Dropped,
}

/// A zone, as its direction's detector sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Zone<T> {
    pub index: u64,
    pub at: UtcMs,
    pub top: f64,
    pub bottom: f64,
    pub stage: Stage,
    pub detail: T,
}

impl<T> Zone<T> {
    const fn middle(&self) -> f64 {
        f64::midpoint(self.top, self.bottom)
    }

    /// The price whose touch is the next thing to happen.
    const fn next_touch(&self) -> Option<f64> {
        match self.stage {
            Stage::Opened => Some(self.top),
            Stage::Near => Some(self.middle()),
            Stage::Half => Some(self.bottom),
            _ => None,
        }
    }
}

/// Zones of one kind and direction, oldest first.
#[derive(Clone, Debug)]
pub(super) struct Zones<T> {
    live: VecDeque<Zone<T>>,
    cap: usize,
    /// Whether a zone that was closed through lives on until it is closed back through.
    reclaimable: bool,
    /// Nothing happens to any zone while the low stays above this, …
    touch: f64,
    /// … the close does not fall below this …
    close_below: f64,
    /// … and does not rise above this.
    close_above: f64,
}

impl<T> Zones<T> {
    pub fn new(cap: usize, reclaimable: bool) -> Self {
        Self {
            live: VecDeque::new(),
            cap: cap.max(1),
            reclaimable,
            touch: f64::NEG_INFINITY,
            close_below: f64::NEG_INFINITY,
            close_above: f64::INFINITY,
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Zone<T>> {
        self.live.iter()
    }

    /// Follows the zones through a closed bar, and tells each step once.
    pub fn push(&mut self, bar: &Bar, mut tell: impl FnMut(&Zone<T>)) {
        if bar.low > self.touch && bar.close >= self.close_below && bar.close <= self.close_above {
            return;
        }
        let reclaimable = self.reclaimable;
        self.live.retain_mut(|zone| advance(zone, bar, reclaimable, &mut tell));
        (self.touch, self.close_below, self.close_above) =
            (f64::NEG_INFINITY, f64::NEG_INFINITY, f64::INFINITY);
        for zone in &self.live {
            match zone.stage {
                Stage::Far => self.close_below = self.close_below.max(zone.bottom),
                Stage::Beyond => self.close_above = self.close_above.min(zone.top),
                _ => self.touch = self.touch.max(zone.next_touch().unwrap_or(f64::NEG_INFINITY)),
            }
        }
    }

    /// Adds a zone that the newest bar made known; the oldest is dropped when there are too many.
    pub fn open(&mut self, zone: Zone<T>, mut tell: impl FnMut(&Zone<T>)) {
        if self.live.len() >= self.cap
            && let Some(mut oldest) = self.live.pop_front()
        {
            oldest.stage = Stage::Dropped;
            tell(&oldest);
        }
        tell(&zone);
        self.touch = self.touch.max(zone.top);
        self.live.push_back(zone);
    }
}

/// Moves a zone on; whether it lives on.
fn advance<T>(zone: &mut Zone<T>, bar: &Bar, reclaimable: bool, tell: &mut impl FnMut(&Zone<T>)) -> bool {
    if zone.stage == Stage::Beyond {
        if bar.close > zone.top {
            zone.stage = Stage::Reclaimed;
            tell(zone);
        }
        return zone.stage == Stage::Beyond;
    }
    while let Some(price) = zone.next_touch()
        && bar.low <= price
    {
        zone.stage = match zone.stage {
            Stage::Opened => Stage::Near,
            Stage::Near => Stage::Half,
            _ => Stage::Far,
        };
        tell(zone);
    }
    if zone.stage == Stage::Far && bar.close < zone.bottom {
        zone.stage = Stage::Beyond;
        tell(zone);
        return reclaimable;
    }
    true
}
