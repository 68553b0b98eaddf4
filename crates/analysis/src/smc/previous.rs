//! High and low of the last completed day, week, month.

use domain::{Interval, UtcMs};

use super::bar::{Bar, Both};
use super::reading::PreviousReading;
use super::{Direction, Event, EventKind, Period, PreviousStage, SmcConfig};

#[derive(Clone, Copy, Debug)]
struct Range {
    start: UtcMs,
    end: UtcMs,
    high: f64,
    low: f64,
    bars: i64,
}

#[derive(Clone, Debug)]
struct Track {
    period: Period,
    /// The period that is running; gone once it is over.
    running: Option<Range>,
    previous: Option<Range>,
    broken: Both<bool>,
}

/// Previous highs and lows of several periods.
#[derive(Clone, Debug)]
pub(super) struct PreviousLevels {
    interval: Interval,
    tracks: Vec<Track>,
}

impl PreviousLevels {
    pub fn new(config: &SmcConfig) -> Self {
        let longer = config.periods.iter().filter(|period| period.is_longer_than(config.interval));
        let tracks = longer.map(|period| Track {
            period: *period,
            running: None,
            previous: None,
            broken: Both::default(),
        });
        Self { interval: config.interval, tracks: tracks.collect() }
    }

    pub fn push(&mut self, bar: &Bar, events: &mut Vec<Event>) {
        let interval_ms = self.interval.ms();
        for track in &mut self.tracks {
            // The last bars of a period may be missing: then the first bar after it tells.
            if track.running.is_some_and(|running| bar.open_time >= running.end) {
                track.complete(interval_ms, bar, events);
            }
            track.check(interval_ms, bar, events);
            let running = track.running.get_or_insert_with(|| Range {
                start: track.period.start(bar.open_time),
                end: track.period.end(bar.open_time),
                high: bar.high,
                low: bar.low,
                bars: 0,
            });
            running.high = running.high.max(bar.high);
            running.low = running.low.min(bar.low);
            running.bars += 1;
            if bar.close_time >= running.end {
                track.complete(interval_ms, bar, events);
            }
        }
    }

    pub fn readings(&self) -> Vec<PreviousReading> {
        let interval_ms = self.interval.ms();
        let read = |track: &Track| {
            let range = track.previous?;
            Some(PreviousReading {
                period: track.period,
                start: range.start,
                high: range.high,
                low: range.low,
                high_broken: *track.broken.get(Direction::Bullish),
                low_broken: *track.broken.get(Direction::Bearish),
                complete: range.is_complete(interval_ms),
            })
        };
        self.tracks.iter().filter_map(read).collect()
    }
}

impl Range {
    const fn is_complete(&self, interval_ms: i64) -> bool {
        self.bars.saturating_mul(interval_ms) >= self.end.since(self.start)
    }

    const fn level(&self, direction: Direction) -> f64 {
        match direction {
            Direction::Bullish => self.high,
            Direction::Bearish => self.low,
        }
    }

    fn event(
        &self,
        stage: PreviousStage,
        period: Period,
        to: Direction,
        interval_ms: i64,
        bar: &Bar,
    ) -> Event {
        let kind = EventKind::PreviousLevel {
            stage,
            period,
            side: to.side(),
            level: self.level(to),
            complete: self.is_complete(interval_ms),
        };
        Event { at: self.start, known_at: bar.close_time, kind }
    }
}

impl Track {
    fn complete(&mut self, interval_ms: i64, bar: &Bar, events: &mut Vec<Event>) {
        let Some(range) = self.running.take() else { return };
        self.previous = Some(range);
        self.broken = Both::default();
        for direction in Direction::BOTH {
            events.push(range.event(PreviousStage::Formed, self.period, direction, interval_ms, bar));
        }
    }

    fn check(&mut self, interval_ms: i64, bar: &Bar, events: &mut Vec<Event>) {
        let Some(previous) = self.previous else { return };
        for direction in Direction::BOTH {
            let beyond = match direction {
                Direction::Bullish => bar.high > previous.high,
                Direction::Bearish => bar.low < previous.low,
            };
            let broken = self.broken.get_mut(direction);
            if beyond && !*broken {
                *broken = true;
                events.push(previous.event(PreviousStage::Broken, self.period, direction, interval_ms, bar));
            }
        }
    }
}
