//! Fair value gaps: what the bars before and after a candle leave open between them.

use super::bar::{Bar, Both, Tape};
use super::zones::{Stage, Zone, Zones};
use super::{Direction, Event, EventKind, GapStage, SmcConfig};

/// Fair value gaps of both directions.
#[derive(Clone, Debug)]
pub(super) struct Gaps {
    /// The detail is the size in ATRs.
    zones: Both<Zones<Option<f64>>>,
    min_atr: f64,
}

impl Gaps {
    pub fn new(config: &SmcConfig) -> Self {
        Self { zones: Both::of(|| Zones::new(config.live_zones, false)), min_atr: config.min_gap_atr }
    }

    pub const fn zones(&self, direction: Direction) -> &Zones<Option<f64>> {
        self.zones.get(direction)
    }

    pub fn push(&mut self, tape: &Tape, bar: &Bar, events: &mut Vec<Event>) {
        for direction in Direction::BOTH {
            let zones = self.zones.get_mut(direction);
            let mut tell = |zone: &Zone<Option<f64>>| events.push(event(zone, direction, bar));
            let now = bar.facing(direction);
            zones.push(&now, &mut tell);
            let (Some(middle), Some(first)) = (tape.back(1), tape.back(2)) else { continue };
            let (middle, first) = (middle.facing(direction), first.facing(direction));
            if !(first.high < now.low && middle.close > middle.open) {
                continue;
            }
            let size = now.low - first.high;
            let large_enough =
                self.min_atr <= 0.0 || bar.atr_before.is_some_and(|atr| size >= self.min_atr * atr);
            if large_enough {
                let zone = Zone {
                    index: middle.index,
                    at: middle.open_time,
                    top: now.low,
                    bottom: first.high,
                    stage: Stage::Opened,
                    detail: bar.atr_before.filter(|atr| *atr > 0.0).map(|atr| size / atr),
                };
                zones.open(zone, &mut tell);
            }
        }
    }
}

fn event(zone: &Zone<Option<f64>>, direction: Direction, bar: &Bar) -> Event {
    let stage = match zone.stage {
        Stage::Opened => GapStage::Opened,
        Stage::Near => GapStage::Touched,
        Stage::Half => GapStage::HalfFilled,
        Stage::Far => GapStage::Filled,
        Stage::Beyond | Stage::Reclaimed => GapStage::Inverted,
        Stage::Dropped => GapStage::Dropped,
    };
    let (top, bottom) = upright(direction, zone.top, zone.bottom);
    let kind = EventKind::FairValueGap { stage, direction, top, bottom, size_atr: zone.detail };
    Event { at: zone.at, known_at: bar.close_time, kind }
}

/// Top and bottom as the candles have them.
pub(super) fn upright(direction: Direction, top: f64, bottom: f64) -> (f64, f64) {
    match direction {
        Direction::Bullish => (top, bottom),
        Direction::Bearish => (-bottom, -top),
    }
}
