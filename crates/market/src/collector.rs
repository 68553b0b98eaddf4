//! Our own record of liquidations, from the exchanges' public streams: hourly sums per contract, and which
//! hours were watched without a gap. An hour that was watched and had none is a true zero; an hour that was
//! not is a hole.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use domain::{
    ErrorKind, HOUR_MS, Instrument, Kind, Liquidation, LiquidationBar, LiquidationHistory, Observed, Point,
    ProviderError, SECOND_MS, Series, Side, Source, UtcMs, Venue,
};
use tokio::sync::broadcast;

use crate::{Datum, Known, SeriesId};

/// How long a connection may have been away within an hour that still counts as watched.
const TOLERATED_GAP_MS: i64 = 10 * SECOND_MS;
/// Hours kept in memory; older ones are the store's.
const KEPT_HOURS: i64 = 30;
/// Newest hours that must be watched whole before a history says anything.
const NEEDED_HOURS: usize = 4;
/// What the contracts are quoted in that Bybit's stream is asked for.
pub(crate) const BYBIT_QUOTE: &str = "USDT";
/// How far back a history goes, in hours.
const REACH_HOURS: i64 = 30 * 24;

#[derive(Debug, Default)]
struct Watch {
    /// When the connection came up, if it is up.
    up_at: Option<UtcMs>,
    /// Up to where the time of this connection is credited.
    credited_to: Option<UtcMs>,
    /// The connection before, where it is away: from when to when it is credited.
    credited_before: Option<(UtcMs, UtcMs)>,
    /// Where contracts are subscribed by name: since when each has been among them.
    named_since: Option<HashMap<String, UtcMs>>,
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

    fn up(&mut self, now: UtcMs, named: Option<&BTreeSet<String>>) {
        self.settle(now);
        self.up_at = Some(now);
        self.credited_to = Some(now);
        self.credited_before = None;
        self.named_since = named.map(|symbols| {
            let old = self.named_since.take().unwrap_or_default();
            symbols.iter().map(|symbol| (symbol.clone(), old.get(symbol).copied().unwrap_or(now))).collect()
        });
    }

    fn down(&mut self, at: UtcMs) {
        if let (Some(from), Some(to)) = (self.up_at.take(), self.credited_to.take()) {
            let end = at.max(from);
            self.credit(to, end);
            self.credited_before = Some((from, end));
        } else if let Some((from, to)) = self.credited_before {
            // Of several connections, another was dead even earlier.
            let end = at.max(from).min(to);
            self.credit(to, end);
            self.credited_before = Some((from, end));
        }
    }

    /// Whether the contract was among the subscribed ones for all of an hour.
    fn is_named(&self, symbol: &str, hour: i64) -> bool {
        let Some(named) = &self.named_since else { return true };
        named.get(symbol).is_some_and(|since| since.0 <= hour + TOLERATED_GAP_MS)
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
    /// A venue's stream came up and is subscribed; to these contracts only, where they are told by name.
    pub fn up(&self, venue: Venue, now: UtcMs, named: Option<&BTreeSet<String>>) {
        self.with(venue, |watch| watch.up(now, named));
    }

    /// A stream went away: the time from `at` on is a gap.
    pub fn down(&self, venue: Venue, at: UtcMs) {
        self.with(venue, |watch| watch.down(at));
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

    /// The hours that ended at or before `now` and after `kept_until` and were watched whole: their rows for
    /// the store, and the coverage rows of each venue. Coverage comes last: once it is stored, an hour
    /// without a row counts as a zero.
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
                for (symbol, sums) in &watch.sums {
                    for (datum, pick) in [
                        (Datum::LiquidationLongUsd, (|sums: &(f64, f64)| sums.0) as fn(&(f64, f64)) -> f64),
                        (Datum::LiquidationShortUsd, |sums| sums.1),
                    ] {
                        let series = ends(&|hour| sums.get(&hour).map(pick));
                        rows.push((hourly_id(datum, venue, symbol), series));
                    }
                }
                for symbol in watch.named_since.iter().flat_map(HashMap::keys) {
                    let series = ends(&|hour| (!watch.is_named(symbol, hour)).then_some(0.0));
                    rows.push((hourly_id(Datum::LiquidationCoverage, venue, symbol), series));
                }
                rows.push((coverage_id(venue), ends(&|_| Some(1.0))));
            });
        }
        rows.retain(|(_, series)| !series.points.is_empty());
        rows
    }

    /// The contract's liquidations by the hour, of every hour in the last 30 days that was watched.
    pub fn history(
        &self,
        instrument: &Instrument,
        now: UtcMs,
        known: &Known,
    ) -> Result<Observed<LiquidationHistory>, ProviderError> {
        let venue = instrument.venue;
        let symbol = &instrument.native_symbol;
        let nothing = |message| Err(ProviderError::new(Source::Collector, ErrorKind::NoData, message));
        if !is_streamed(instrument) {
            return nothing(format!("{venue}'s liquidations of {symbol} are not collected"));
        }
        let newest = now.floor(HOUR_MS);
        let mut bars = self.with(venue, |watch| {
            watch.settle(now);
            (0..REACH_HOURS)
                .map(|back| newest.plus_ms(-back * HOUR_MS))
                // Before its first trade there was nothing to liquidate, which says nothing of the contract.
                .take_while(|end| instrument.onboard_at.is_none_or(|at| at.0 <= end.0 - HOUR_MS))
                .filter_map(|end| {
                    let hour = end.0 - HOUR_MS;
                    let (long_usd, short_usd) = if watch.is_watched(hour) {
                        let sums = watch.is_named(symbol, hour).then(|| watch.sums.get(symbol))?;
                        sums.and_then(|sums| sums.get(&hour)).copied().unwrap_or_default()
                    } else {
                        stored(instrument, end, known)?
                    };
                    Some(LiquidationBar { end, long_usd, short_usd })
                })
                .collect::<Vec<_>>()
        });
        let whole =
            (0_i64..).zip(&bars).take_while(|(back, bar)| newest.since(bar.end) == back * HOUR_MS).count();
        if whole < NEEDED_HOURS {
            return nothing(format!(
                "{venue}'s stream was watched for {whole} whole hours up to now, {NEEDED_HOURS} are needed"
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

/// Whether the streams speak of this contract: OKX is asked for swaps, Bybit for each contract by its name.
fn is_streamed(instrument: &Instrument) -> bool {
    match instrument.venue {
        Venue::Binance => true,
        Venue::Okx => instrument.kind == Kind::Perp,
        Venue::Bybit => {
            instrument.kind == Kind::Perp && instrument.is_of_a_coin() && instrument.quote == BYBIT_QUOTE
        }
    }
}

/// Long and short USD of the hour that ended at `end`, as stored. Without a row a watched hour is a zero, and
/// a series that could not be loaded is unknown.
fn stored(instrument: &Instrument, end: UtcMs, known: &Known) -> Option<(f64, f64)> {
    let value = |id: &SeriesId| {
        let point = known.get(id)?.last_at(end).filter(|point| point.at == end);
        Some(point.map(|point| point.value))
    };
    let [coverage, long, short, exceptions] = kept_ids(instrument);
    let is_left_out = value(&exceptions)?.is_some_and(|covered| covered <= 0.0);
    value(&coverage)?.filter(|covered| *covered > 0.0 && !is_left_out)?;
    Some((value(&long)?.unwrap_or_default(), value(&short)?.unwrap_or_default()))
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

/// The ids under which a contract's collected liquidations are kept, so that they can be loaded: the venue's
/// coverage, longs, shorts, and the hours that were watched for others but not for this contract (0).
#[must_use]
pub fn kept_ids(instrument: &Instrument) -> [SeriesId; 4] {
    let venue = instrument.venue;
    let symbol = &instrument.native_symbol;
    [
        coverage_id(venue),
        hourly_id(Datum::LiquidationLongUsd, venue, symbol),
        hourly_id(Datum::LiquidationShortUsd, venue, symbol),
        hourly_id(Datum::LiquidationCoverage, venue, symbol),
    ]
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::float_cmp, reason = "a test may stop")]
mod tests {
    use std::sync::Arc;

    use domain::{Class, CoinId, Status};
    use rust_decimal::Decimal;

    use super::*;

    const START: UtcMs = UtcMs(1_000 * HOUR_MS);

    fn at(minutes: i64) -> UtcMs {
        START.plus_ms(minutes * 60_000)
    }

    fn contract(venue: Venue, symbol: &str) -> Instrument {
        Instrument {
            venue,
            native_symbol: symbol.to_owned(),
            kind: Kind::Perp,
            base: CoinId("BTC".to_owned()),
            native_base: "BTC".to_owned(),
            quote: "USDT".to_owned(),
            multiplier: 1,
            contract_size: Decimal::ONE,
            class: Class::Crypto,
            status: Status::Trading,
            tick_size: Decimal::ONE,
            lot_step: Decimal::ONE,
            min_notional: None,
            onboard_at: None,
            delivery_at: None,
            funding_interval_h: None,
        }
    }

    fn named(symbols: &[&str]) -> BTreeSet<String> {
        symbols.iter().map(|symbol| (*symbol).to_owned()).collect()
    }

    fn liquidation(venue: Venue, symbol: &str, at: UtcMs) -> Liquidation {
        let native_symbol = symbol.to_owned();
        Liquidation { venue, native_symbol, side: Side::Long, price: 10.0, quantity: 2.0, at }
    }

    /// Every series of the contract as the store gives it: those of `rows`, and the others empty.
    fn loaded(instrument: &Instrument, rows: &[(SeriesId, Series)]) -> Known {
        let mut known = Known::default();
        for id in kept_ids(instrument) {
            let row = rows.iter().find(|(of, _)| *of == id).map(|(_, series)| series.clone());
            known.insert(id, Arc::new(row.unwrap_or_default()));
        }
        known
    }

    fn hours(collector: &Collector, instrument: &Instrument, now: UtcMs, known: &Known) -> Vec<(i64, f64)> {
        let got = collector.history(instrument, now, known).unwrap();
        got.value.bars.iter().map(|bar| (bar.end.since(START) / HOUR_MS, bar.long_usd)).collect()
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
    fn a_connection_that_was_dead_before_another_takes_its_time_back_once() {
        let mut watch = Watch::default();
        watch.up(at(0), None);
        watch.down(at(90));
        watch.down(at(50));
        watch.down(at(55));
        watch.up(at(91), None);
        watch.settle(at(180));
        assert_eq!(watch.watched_ms.get(&START.0), Some(&(50 * 60_000)));
        assert_eq!(watch.watched_ms.get(&(START.0 + HOUR_MS)), Some(&(29 * 60_000)));
    }

    #[test]
    fn a_hole_costs_its_own_hours_only() {
        let instrument = contract(Venue::Binance, "BTCUSDT");
        let collector = Collector::default();
        collector.up(Venue::Binance, at(0), None);
        collector.record(&instrument, liquidation(Venue::Binance, "BTCUSDT", at(30)));
        let rows = collector.finished_hours(at(150), UtcMs(0));
        assert_eq!(rows.last().unwrap().0, coverage_id(Venue::Binance), "coverage is stored last");
        // A restart within the third hour.
        let collector = Collector::default();
        collector.up(Venue::Binance, at(160), None);
        let known = loaded(&instrument, &rows);
        let got = hours(&collector, &instrument, at(7 * 60), &known);
        assert_eq!(got, [(1, 20.0), (2, 0.0), (4, 0.0), (5, 0.0), (6, 0.0), (7, 0.0)]);
        let error = collector.history(&instrument, at(6 * 60 + 59), &known).unwrap_err();
        assert!(error.message.contains("watched for 3 whole hours"), "{}", error.message);
    }

    #[test]
    fn a_series_that_could_not_be_loaded_is_no_zero() {
        let instrument = contract(Venue::Binance, "BTCUSDT");
        let collector = Collector::default();
        collector.up(Venue::Binance, at(0), None);
        let rows = collector.finished_hours(at(300), UtcMs(0));
        let full = loaded(&instrument, &rows);
        let restarted = Collector::default();
        assert_eq!(hours(&restarted, &instrument, at(300), &full).len(), 5);
        let mut known = Known::default();
        let coverage = coverage_id(Venue::Binance);
        known.insert(coverage.clone(), Arc::clone(full.get(&coverage).unwrap()));
        assert!(restarted.history(&instrument, at(300), &known).is_err());
    }

    #[test]
    fn a_contract_that_was_not_subscribed_was_not_watched() {
        let (old, new) = (contract(Venue::Bybit, "BTCUSDT"), contract(Venue::Bybit, "NEWUSDT"));
        let collector = Collector::default();
        collector.up(Venue::Bybit, at(0), Some(&named(&["BTCUSDT"])));
        let none = Known::default();
        assert!(collector.history(&new, at(300), &none).is_err());
        // Listed, and subscribed with the connection that follows at once.
        collector.down(Venue::Bybit, at(300));
        collector.up(Venue::Bybit, at(300).plus_ms(2_000), Some(&named(&["BTCUSDT", "NEWUSDT"])));
        assert!(collector.history(&new, at(8 * 60), &none).is_err());
        let ends = |from: i64, to: i64| (from..=to).map(|hour| (hour, 0.0)).collect::<Vec<_>>();
        assert_eq!(hours(&collector, &new, at(9 * 60), &none), ends(6, 9));
        assert_eq!(hours(&collector, &old, at(9 * 60), &none), ends(1, 9));
        // As stored, after a restart.
        let rows = collector.finished_hours(at(9 * 60), UtcMs(0));
        let restarted = Collector::default();
        assert_eq!(hours(&restarted, &new, at(9 * 60), &loaded(&new, &rows)), ends(6, 9));
        assert_eq!(hours(&restarted, &old, at(9 * 60), &loaded(&old, &rows)), ends(1, 9));
    }

    #[test]
    fn hours_before_the_first_trade_and_contracts_that_no_stream_names_are_left_out() {
        let young = Instrument { onboard_at: Some(at(90)), ..contract(Venue::Binance, "BTCUSDT") };
        let collector = Collector::default();
        for venue in Venue::ALL {
            collector.up(venue, at(0), None);
        }
        let got = hours(&collector, &young, at(7 * 60), &Known::default());
        assert_eq!(got.first(), Some(&(3, 0.0)));
        let dated = Instrument { kind: Kind::Quarterly, ..contract(Venue::Okx, "BTC-USDT-270326") };
        let other = Instrument { quote: "USDC".to_owned(), ..contract(Venue::Bybit, "BTCPERP") };
        let share = Instrument { class: Class::TradFi, ..contract(Venue::Bybit, "TSLAUSDT") };
        for instrument in [dated, other, share] {
            let error = collector.history(&instrument, at(7 * 60), &Known::default()).unwrap_err();
            assert!(error.message.contains("not collected"), "{}", error.message);
        }
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
