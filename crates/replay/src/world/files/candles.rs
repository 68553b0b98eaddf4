use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::{DAY_MS, Interval};

use super::table::{Columns, Shelf, data_file, number, stems, utc_ms};
use crate::world::{Bar, DayTicker, Lack, Window, bar_phase, grid_floor};

/// Candles by interval and symbol: `candles/<interval>/<SYMBOL>.csv.gz`.
#[derive(Debug)]
pub(super) struct Candles {
    dir: PathBuf,
    /// What is held, finest first.
    held: Vec<(Interval, Vec<String>)>,
    files: Shelf<Vec<Bar>>,
}

impl Candles {
    pub(super) fn discover(dir: &Path) -> Self {
        let dir = dir.join("candles");
        let held = Interval::ALL
            .into_iter()
            .map(|interval| (interval, stems(&dir.join(interval.as_str()))))
            .filter(|(_, symbols)| !symbols.is_empty())
            .collect();
        Self { dir, held, files: Shelf::default() }
    }

    pub(super) fn symbols(&self) -> Vec<&str> {
        let mut symbols: Vec<&str> =
            self.held.iter().flat_map(|(_, symbols)| symbols.iter().map(String::as_str)).collect();
        symbols.sort_unstable();
        symbols.dedup();
        symbols
    }

    fn intervals_of(&self, symbol: &str) -> impl DoubleEndedIterator<Item = Interval> {
        self.held
            .iter()
            .filter(|(_, symbols)| symbols.binary_search_by(|known| known.as_str().cmp(symbol)).is_ok())
            .map(|(interval, _)| *interval)
    }

    fn file(&self, interval: Interval, symbol: &str) -> Arc<Vec<Bar>> {
        let path = data_file(&self.dir.join(interval.as_str()), symbol);
        self.files.get(&path, |text| read_bars(text, interval.ms())).unwrap_or_default()
    }

    /// Whether candles surround the instant: the contract trades then.
    pub(super) fn cover(&self, symbol: &str, at: i64) -> bool {
        // The coarsest file is the shortest to read; a finer one may begin earlier or end later.
        self.intervals_of(symbol).rev().any(|interval| {
            let bars = self.file(interval, symbol);
            let begins = bars.first().is_some_and(|bar| bar.open_ms <= at);
            begins && bars.last().is_some_and(|bar| at <= bar.end_ms)
        })
    }

    /// Closed bars of `step` that ended at or before `now`: as recorded, and where the record of that
    /// length does not reach, put together from complete finer ones.
    pub(super) fn bars(&self, symbol: &str, step: i64, window: Window, now: i64) -> Result<Vec<Bar>, Lack> {
        let direct = self.intervals_of(symbol).find(|interval| interval.ms() == step);
        let finer =
            self.intervals_of(symbol).rfind(|interval| interval.ms() < step && step % interval.ms() == 0);
        if direct.is_none() && finer.is_none() {
            return Err(if self.intervals_of(symbol).next().is_none() {
                Lack::Symbol
            } else {
                Lack::Interval
            });
        }
        let closed = |bars: &[Bar]| bars.partition_point(|bar| bar.end_ms <= now);
        let recorded = direct.map(|interval| self.file(interval, symbol)).unwrap_or_default();
        let recorded = recorded.get(..closed(&recorded)).unwrap_or_default();
        let Some(finer) = finer else { return Ok(window.cut(recorded, |bar| bar.open_ms).to_vec()) };
        let parts = self.file(finer, symbol);
        let parts = parts.get(..closed(&parts)).unwrap_or_default();
        let per_bar = usize::try_from(step / finer.ms()).unwrap_or(1);
        // One bar more at each side: the parts of a bar at the edge may be cut.
        let needed = Window {
            from: window.from,
            to: window.to.map(|to| to.saturating_add(step)),
            limit: window.limit.saturating_add(2).saturating_mul(per_bar),
            oldest: window.oldest,
        };
        let mut rows: Vec<Bar> = match (recorded.first(), recorded.last()) {
            (Some(first), Some(last)) => {
                let before = parts.partition_point(|part| part.open_ms < first.open_ms);
                let after = parts.partition_point(|part| part.open_ms < last.end_ms);
                let outside = [parts.get(..before), parts.get(after..)];
                let made = outside
                    .into_iter()
                    .flatten()
                    .flat_map(|parts| put_together(needed.cut(parts, |part| part.open_ms), step));
                made.chain(window.cut(recorded, |bar| bar.open_ms).iter().copied()).collect()
            }
            _ => put_together(needed.cut(parts, |part| part.open_ms), step),
        };
        rows.sort_unstable_by_key(|bar| bar.open_ms);
        Ok(window.cut(&rows, |bar| bar.open_ms).to_vec())
    }

    /// The rolling 24 hours up to the newest closed bar of the finest length held. The quote volume, where
    /// that length does not hold it, is of the newest 24 hours of the finest length that does.
    pub(super) fn ticker(&self, symbol: &str, now: i64) -> Result<DayTicker, Lack> {
        if !self.cover(symbol, now) {
            return Err(Lack::Symbol);
        }
        let mut ticker: Option<DayTicker> = None;
        for interval in self.intervals_of(symbol).filter(|interval| DAY_MS % interval.ms() == 0) {
            let bars = self.file(interval, symbol);
            let bars = bars.get(..bars.partition_point(|bar| bar.end_ms <= now)).unwrap_or_default();
            let Some(last) = bars.last() else { continue };
            let begin = bars.partition_point(|bar| bar.open_ms < last.end_ms - DAY_MS);
            let Some(day) = bars.get(begin..).and_then(merge) else { continue };
            match &mut ticker {
                None => {
                    let last_ms = day.end_ms;
                    ticker = Some(DayTicker { bar: day, last_ms, last_qty: None, top: None });
                }
                Some(known) => known.bar.quote_volume = day.quote_volume,
            }
            if ticker.as_ref().is_some_and(|known| known.bar.quote_volume.is_some()) {
                break;
            }
        }
        ticker.ok_or(Lack::Symbol)
    }
}

fn read_bars(text: &str, step: i64) -> Vec<Bar> {
    let (columns, rows) = Columns::split(text);
    let place = |name| columns.place(name);
    let (time, open, high, low, close) =
        (place("open_time"), place("open"), place("high"), place("low"), place("close"));
    let volume = place("volume");
    let quote = place("quote_vol").or_else(|| place("quote_volume"));
    let mut bars: Vec<Bar> = rows
        .filter_map(|row| {
            let open_ms = utc_ms(row.get(time?)?)?;
            Some(Bar {
                open_ms,
                end_ms: open_ms + step,
                open: number(&row, open)?,
                high: number(&row, high)?,
                low: number(&row, low)?,
                close: number(&row, close)?,
                volume: number(&row, volume)?,
                quote_volume: number(&row, quote),
                trades: None,
                taker_buy: None,
                taker_buy_quote: None,
            })
        })
        .collect();
    bars.sort_by_key(|bar| bar.open_ms);
    bars.dedup_by_key(|bar| bar.open_ms);
    bars
}

/// Bars of `step` from finer ones; a bar that lacks a part is left out.
fn put_together(parts: &[Bar], step: i64) -> Vec<Bar> {
    let phase = bar_phase(step);
    parts
        .chunk_by(|a, b| grid_floor(a.open_ms, step, phase) == grid_floor(b.open_ms, step, phase))
        .filter_map(|group| {
            let bar = merge(group)?;
            let covered: i64 = group.iter().map(|part| part.end_ms - part.open_ms).sum();
            (covered == step).then_some(bar)
        })
        .collect()
}

/// Neighbouring bars as one.
fn merge(parts: &[Bar]) -> Option<Bar> {
    let (first, last) = (parts.first()?, parts.last()?);
    Some(Bar {
        open_ms: first.open_ms,
        end_ms: last.end_ms,
        open: first.open,
        high: parts.iter().map(|part| part.high).fold(f64::MIN, f64::max),
        low: parts.iter().map(|part| part.low).fold(f64::MAX, f64::min),
        close: last.close,
        volume: parts.iter().map(|part| part.volume).sum(),
        quote_volume: parts.iter().map(|part| part.quote_volume).sum(),
        trades: None,
        taker_buy: None,
        taker_buy_quote: None,
    })
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // Exactness is what is tested.
mod tests {
    use super::*;
    use domain::HOUR_MS;

    fn hour(n: i64, close: f64) -> Bar {
        Bar {
            open_ms: n * HOUR_MS,
            end_ms: (n + 1) * HOUR_MS,
            open: close - 1.0,
            high: close + 2.0,
            low: close - 3.0,
            close,
            volume: 1.0,
            quote_volume: None,
            trades: None,
            taker_buy: None,
            taker_buy_quote: None,
        }
    }

    #[test]
    fn coarser_bars_are_made_of_complete_ones_only() {
        let mut hours: Vec<Bar> = (0..8_u32).map(|n| hour(i64::from(n), 10.0 + f64::from(n))).collect();
        hours.remove(5);
        let bars = put_together(&hours, 4 * HOUR_MS);
        assert_eq!(bars.len(), 1);
        let bar = bars[0];
        assert_eq!((bar.open, bar.high, bar.low, bar.close), (9.0, 15.0, 7.0, 13.0));
        assert_eq!(bar.volume, 4.0);
        assert_eq!(bar.quote_volume, None);
    }
}
