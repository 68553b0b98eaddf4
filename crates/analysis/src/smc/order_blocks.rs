//! Order blocks: the candle that a break of structure started from.

use super::bar::{Bar, Both, Tape};
use super::gaps::upright;
use super::structure::Broken;
use super::zones::{Stage, Zone, Zones};
use super::{BlockStage, Direction, Event, EventKind, Scope, SmcConfig};

/// What is told of a block beside its edges.
#[derive(Clone, Copy, Debug)]
pub(super) struct Detail {
    pub scope: Scope,
    volume_recent: f64,
    volume_earlier: f64,
}

/// Order blocks of both directions.
#[derive(Clone, Debug)]
pub(super) struct OrderBlocks {
    zones: Both<Zones<Detail>>,
}

impl OrderBlocks {
    pub fn new(config: &SmcConfig) -> Self {
        Self { zones: Both::of(|| Zones::new(config.live_zones, true)) }
    }

    pub const fn zones(&self, direction: Direction) -> &Zones<Detail> {
        self.zones.get(direction)
    }

    /// Follows the blocks through a closed bar.
    pub fn push(&mut self, bar: &Bar, events: &mut Vec<Event>) {
        for direction in Direction::BOTH {
            let zones = self.zones.get_mut(direction);
            zones.push(&bar.facing(direction), |zone| events.extend(event(zone, direction, bar)));
        }
    }

    /// Opens the block of a break by the newest bar. A candle carries one block at a time.
    pub fn open(&mut self, broken: &Broken, tape: &Tape, bar: &Bar, events: &mut Vec<Event>) {
        let direction = broken.event.direction;
        let zones = self.zones.get_mut(direction);
        let Some(block) = broken.block else { return };
        if zones.iter().any(|zone| zone.index == block.index) {
            return;
        }
        let volume = |back: usize| tape.back(back).map_or(0.0, |bar| bar.volume);
        let zone = Zone {
            index: block.index,
            at: block.at,
            top: block.top,
            bottom: block.bottom,
            stage: Stage::Opened,
            detail: Detail {
                scope: broken.event.scope,
                volume_recent: volume(0) + volume(1),
                volume_earlier: volume(2),
            },
        };
        zones.open(zone, |zone| events.extend(event(zone, direction, bar)));
    }
}

fn event(zone: &Zone<Detail>, direction: Direction, bar: &Bar) -> Option<Event> {
    let stage = match zone.stage {
        Stage::Opened => BlockStage::Opened,
        Stage::Near => BlockStage::Tested,
        Stage::Half => BlockStage::Mitigated,
        // Only a close beyond says more than the middle did.
        Stage::Far => return None,
        Stage::Beyond => BlockStage::Broken,
        Stage::Reclaimed => BlockStage::BreakerInvalidated,
        Stage::Dropped => BlockStage::Dropped,
    };
    let (top, bottom) = upright(direction, zone.top, zone.bottom);
    let Detail { scope, volume_recent, volume_earlier } = zone.detail;
    let kind = EventKind::OrderBlock { stage, direction, scope, top, bottom, volume_recent, volume_earlier };
    Some(Event { at: zone.at, known_at: bar.close_time, kind })
}
