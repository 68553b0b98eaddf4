//! Our own record of liquidations, from the exchanges' public streams: hourly sums per contract, and which
//! hours were watched without a gap. An hour that was watched and had none is a true zero; an hour that was
//! not is a hole.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use domain::{
    ErrorKind, HOUR_MS, Instrument, Liquidation, LiquidationBar, LiquidationHistory, Observed, Point,
    ProviderError, SECOND_MS, Series, Side, Source, UtcMs, Venue,
};
use tokio::sync::broadcast;

use crate::{Datum, Known, SeriesId};

/// How long a connection may have been away within an hour that still counts as watched.
const TOLERATED_GAP_MS: i64 = 10 * SECOND_MS;
/// Hours kept in memory; older ones are the store's.
const KEPT_HOURS: i64 = 30;
/// Hours a history needs before it says anything.
const NEEDED_HOURS: usize = 4;

#[derive(Debug, Default)]
struct Watch {
    /// When the connection came up, if it is up.
    up_at: Option<UtcMs>,
    /// Up to where the time of this connection is credited.
    credited_to: Option<UtcMs>,
    /// Milliseconds watched, by the start of the hour.
    watched_ms: BTreeMap<i64, i64>,
    /// Long and short USD by contract and start of the hour.
    sums: HashMap<String, BTreeMap<i64, (f64, f64)>>,
}

impl Watch {
    /// Credits the time from `from` to `to` to the hours it covers; where `to` lies before `from`, takes the
    /// time between them back: a connection is known to be dead only a while after its last sign of life.
    fn credit(&mut self, from: UtcMs, to: UtcMs) {
        let (mut start, end_of_all, sign) = if from <= to { (from, to, 1) } else { (to, from, -1) };
        while start < end_of_all {
            let hour = start.floor(HOUR_MS);
            let end = hour.plus_ms(HOUR_MS).0.min(end_of_all.0);
            *self.watched_ms.entry(hour.0).or_default() += sign * (end - start.0);
            start = UtcMs(end);
        }
    }

    fn settle(&mut self, now: UtcMs) {
        if let Some(since) = self.credited_to {
            let to = now.max(since);
            self.credit(since, to);
            self.credited_to = Some(to);
        }
        let oldest = now.plus_ms(-KEPT_HOURS * HOUR_MS).0;
        self.watched_ms = self.watched_ms.split_off(&oldest);
        self.sums.retain(|_, hours| {
            *hours = hours.split_off(&oldest);
            !hours.is_empty()
        });
    }

    fn is_watched(&self, hour: i64) -> bool {
        self.watched_ms.get(&hour).is_some_and(|ms| *ms >= HOUR_MS - TOLERATED_GAP_MS)
    }
}

/// A liquidation with its value in quote dollars.
#[derive(Clone, Debug)]
pub struct Valued {
    /// What the stream told.
    pub liquidation: Liquidation,
    /// Price times quantity times contract size.
    pub usd: f64,
}

/// State of one venue's watch.
#[derive(Clone, Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WatchStatus {
    /// The venue.
    pub venue: Venue,
    /// Whether the stream is up.
    pub up: bool,
    /// Since when.
    pub up_since: Option<UtcMs>,
    /// Whole hours watched without a gap, of those kept in memory.
    pub watched_hours: usize,
    /// Contracts with a liquidation in that time.
    pub contracts: usize,
}

/// The record of liquidations that the streams fill and the evaluations read.
#[derive(Debug)]
pub struct Collector {
    venues: Mutex<HashMap<Venue, Watch>>,
    listeners: broadcast::Sender<Valued>,
}

impl Default for Collector {
    fn default() -> Self {
        Self { venues: Mutex::default(), listeners: broadcast::channel(4_096).0 }
    }
}

impl Collector {
    /// A stream came up.
    pub fn up(&self, venue: Venue, now: UtcMs) {
        self.with(venue, |watch| {
            watch.settle(now);
            watch.up_at = Some(now);
            watch.credited_to = Some(now);
        });
    }

    /// A stream went away: the time from now on is a gap.
    pub fn down(&self, venue: Venue, now: UtcMs) {
        self.with(venue, |watch| {
            watch.up_at = None;
            if let Some(since) = watch.credited_to.take() {
                watch.credit(since, now);
            }
        });
    }

    /// A liquidation came in.
    pub fn record(&self, instrument: &Instrument, liquidation: Liquidation) {
        let size = rust_decimal::prelude::ToPrimitive::to_f64(&instrument.contract_size).unwrap_or(1.0);
        let usd = liquidation.price * liquidation.quantity * size;
        if !usd.is_finite() || usd <= 0.0 {
            return;
        }
        self.with(liquidation.venue, |watch| {
            let hours = watch.sums.entry(liquidation.native_symbol.clone()).or_default();
            let sums = hours.entry(liquidation.at.floor(HOUR_MS).0).or_default();
            match liquidation.side {
                Side::Long => sums.0 += usd,
                Side::Short => sums.1 += usd,
            }
        });
        // Nobody listening is fine.
        let _ = self.listeners.send(Valued { liquidation, usd });
    }

    /// Every liquidation from now on.
    pub fn listen(&self) -> broadcast::Receiver<Valued> {
        self.listeners.subscribe()
    }

    /// What is watched.
    pub fn status(&self, now: UtcMs) -> Vec<WatchStatus> {
        Venue::ALL
            .into_iter()
            .filter_map(|venue| {
                let mut venues = self.venues.lock().unwrap_or_else(PoisonError::into_inner);
                let watch = venues.get_mut(&venue)?;
                watch.settle(now);
                let hours = watch.watched_ms.keys().filter(|hour| watch.is_watched(**hour)).count();
                Some(WatchStatus {
                    venue,
                    up: watch.up_at.is_some(),
                    up_since: watch.up_at,
                    watched_hours: hours,
                    contracts: watch.sums.len(),
                })
            })
            .collect()
    }

    /// The hours that ended at or before `now`, were watched whole and are not among `kept`: their rows for
    /// the store, and the coverage row of each venue.
    pub fn finished_hours(&self, now: UtcMs, kept_until: UtcMs) -> Vec<(SeriesId, Series)> {
        let mut rows = Vec::new();
        for venue in Venue::ALL {
            self.with(venue, |watch| {
                watch.settle(now);
                let hours: Vec<i64> = watch
                    .watched_ms
                    .keys()
                    .copied()
                    .filter(|hour| hour + HOUR_MS <= now.0 && hour + HOUR_MS > kept_until.0)
                    .filter(|hour| watch.is_watched(*hour))
                    .collect();
                let ends = |pick: &dyn Fn(i64) -> Option<f64>| Series {
                    cadence_ms: HOUR_MS,
                    points: hours
                        .iter()
                        .filter_map(|hour| Some(Point { at: UtcMs(hour + HOUR_MS), value: pick(*hour)? }))
                        .collect(),
                };
                rows.push((coverage_id(venue), ends(&|_| Some(1.0))));
                for (symbol, sums) in &watch.sums {
                    for (datum, pick) in [
                        (Datum::LiquidationLongUsd, (|sums: &(f64, f64)| sums.0) as fn(&(f64, f64)) -> f64),
                        (Datum::LiquidationShortUsd, |sums| sums.1),
                    ] {
                        let series = ends(&|hour| sums.get(&hour).map(pick));
                        rows.push((hourly_id(datum, venue, symbol), series));
                    }
                }
            });
        }
        rows.retain(|(_, series)| !series.points.is_empty());
        rows
    }

    /// The contract's liquidations by the hour, back to the first hole.
    pub fn history(
        &self,
        instrument: &Instrument,
        now: UtcMs,
        known: &Known,
    ) -> Result<Observed<LiquidationHistory>, ProviderError> {
        let venue = instrument.venue;
        let symbol = &instrument.native_symbol;
        let stored = |id: &SeriesId, at: i64| {
            let point = known.get(id)?.last_at(UtcMs(at))?;
            (point.at.0 == at).then_some(point.value)
        };
        let coverage = coverage_id(venue);
        let long_id = hourly_id(Datum::LiquidationLongUsd, venue, symbol);
        let short_id = hourly_id(Datum::LiquidationShortUsd, venue, symbol);
        let newest = now.floor(HOUR_MS);
        let mut bars = self.with(venue, |watch| {
            watch.settle(now);
            let sums = watch.sums.get(symbol);
            (0..30 * 24)
                .map(|back| newest.plus_ms(-back * HOUR_MS))
                .map_while(|end| {
                    let hour = end.0 - HOUR_MS;
                    let (long_usd, short_usd) = if watch.is_watched(hour) {
                        sums.and_then(|sums| sums.get(&hour)).copied().unwrap_or_default()
                    } else {
                        stored(&coverage, end.0)?;
                        let value = |id| stored(id, end.0).unwrap_or_default();
                        (value(&long_id), value(&short_id))
                    };
                    Some(LiquidationBar { end, long_usd, short_usd })
                })
                .collect::<Vec<_>>()
        });
        if bars.len() < NEEDED_HOURS {
            return Err(ProviderError::new(
                Source::Collector,
                ErrorKind::NoData,
                format!(
                    "{venue}'s stream was watched for {} whole hours, {NEEDED_HOURS} are needed",
                    bars.len()
                ),
            ));
        }
        bars.reverse();
        let caveat = match venue {
            Venue::Binance => {
                Some("Binance pushes one order a second and contract: a lower bound".to_owned())
            }
            Venue::Okx => Some("OKX pushes one order a second and contract: a lower bound".to_owned()),
            Venue::Bybit => None,
        };
        Ok(Observed {
            value: LiquidationHistory { bar_ms: HOUR_MS, bars, open_interest_usd: Series::default(), caveat },
            source: Source::Collector,
            venue: Some(venue),
            as_of: newest,
            received_at: now,
        })
    }

    fn with<T>(&self, venue: Venue, f: impl FnOnce(&mut Watch) -> T) -> T {
        let mut venues = self.venues.lock().unwrap_or_else(PoisonError::into_inner);
        f(venues.entry(venue).or_default())
    }
}

/// The series that tells which hours of a venue were watched whole.
pub(crate) fn coverage_id(venue: Venue) -> SeriesId {
    hourly_id(Datum::LiquidationCoverage, venue, "market")
}

pub(crate) fn hourly_id(datum: Datum, venue: Venue, subject: &str) -> SeriesId {
    SeriesId {
        datum,
        source: Source::Collector,
        venue: Some(venue),
        subject: subject.to_owned(),
        cadence_ms: HOUR_MS,
    }
}

/// Bars of two series joined by their ends, ascending, back to the first hole.
pub(crate) fn bars_of(long: &Series, short: &Series) -> Vec<LiquidationBar> {
    let mut bars: Vec<LiquidationBar> = Vec::with_capacity(long.points.len());
    let mut shorts = short.points.iter().peekable();
    for point in &long.points {
        while shorts.next_if(|other| other.at < point.at).is_some() {}
        if let Some(other) = shorts.next_if(|other| other.at == point.at) {
            if bars.last().is_some_and(|last| point.at.since(last.end) != long.cadence_ms) {
                bars.clear();
            }
            bars.push(LiquidationBar { end: point.at, long_usd: point.value, short_usd: other.value });
        }
    }
    bars
}

/// The ids under which a contract's collected liquidations are kept, so that they can be loaded.
#[must_use]
pub fn kept_ids(instrument: &Instrument) -> [SeriesId; 3] {
    let venue = instrument.venue;
    let symbol = &instrument.native_symbol;
    [
        coverage_id(venue),
        hourly_id(Datum::LiquidationLongUsd, venue, symbol),
        hourly_id(Datum::LiquidationShortUsd, venue, symbol),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: UtcMs = UtcMs(1_000 * HOUR_MS);

    fn at(minutes: i64) -> UtcMs {
        START.plus_ms(minutes * 60_000)
    }

    #[test]
    fn an_hour_with_a_gap_is_a_hole_and_a_watched_quiet_hour_is_a_zero() {
        let mut watch = Watch { credited_to: Some(at(0)), ..Watch::default() };
        watch.settle(at(60));
        assert!(watch.is_watched(START.0));
        // Away from 1:10 to 1:20.
        watch.settle(at(70));
        watch.credited_to = Some(at(80));
        watch.settle(at(180));
        assert!(!watch.is_watched(START.0 + HOUR_MS));
        assert!(watch.is_watched(START.0 + 2 * HOUR_MS));
    }

    #[test]
    fn bars_go_back_to_the_first_hole() {
        let series = |ends: &[i64]| Series {
            cadence_ms: 10,
            points: ends.iter().map(|end| Point { at: UtcMs(*end), value: 1.0 }).collect(),
        };
        let bars = bars_of(&series(&[10, 20, 40, 50]), &series(&[10, 20, 30, 40, 50]));
        assert_eq!(bars.iter().map(|bar| bar.end.0).collect::<Vec<_>>(), [40, 50]);
    }
}
