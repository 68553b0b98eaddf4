//! Several timeframes side by side, and longer bars made of shorter ones.

use domain::{Candle, Interval, UtcMs};
use serde::Serialize;

use super::{Direction, Period, Reading, StructureBreak, ZoneReading};

/// One timeframe's part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FrameAlignment {
    /// Length of its candles.
    pub interval: Interval,
    /// The close that the reading stands for.
    pub as_of: UtcMs,
    /// Its trend.
    pub trend: Option<Direction>,
    /// Its newest break.
    pub last_event: Option<StructureBreak>,
    /// Its own bars since then.
    pub age_bars: Option<u64>,
    /// Its nearest unmitigated bearish zone.
    pub nearest_above: Option<ZoneReading>,
    /// Its nearest unmitigated bullish zone.
    pub nearest_below: Option<ZoneReading>,
    /// What its trend weighs.
    pub weight: f64,
}

/// How far the timeframes agree.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alignment {
    /// Weighted mean of the trends, from -1 (all bearish) to 1 (all bullish); a timeframe without a
    /// trend counts as neither. `None` when nothing weighs anything.
    pub alignment: Option<f64>,
    /// The timeframes, shortest first; those without a weight weigh 0.
    pub frames: Vec<FrameAlignment>,
}

/// Weighs the trends of several timeframes. Every reading must have been known at the decision, that
/// is, come from closed candles only. Of several readings of one interval the newest counts. Weights
/// that are negative or not finite count as 0.
#[must_use]
pub fn multi_timeframe(readings: &[Reading], weights: &[(Interval, f64)]) -> Alignment {
    let mut newest: Vec<&Reading> = Vec::new();
    for reading in readings {
        match newest.iter_mut().find(|known| known.interval == reading.interval) {
            Some(known) if known.as_of < reading.as_of => *known = reading,
            Some(_) => {}
            None => newest.push(reading),
        }
    }
    newest.sort_by_key(|reading| reading.interval);
    let weight_of = |interval: Interval| {
        let found = weights.iter().find(|(of, _)| *of == interval).map_or(0.0, |(_, weight)| *weight);
        if found.is_finite() && found > 0.0 { found } else { 0.0 }
    };
    let frames: Vec<FrameAlignment> = newest
        .into_iter()
        .map(|reading| FrameAlignment {
            interval: reading.interval,
            as_of: reading.as_of,
            trend: reading.trend,
            last_event: reading.last_structure,
            age_bars: reading.age_bars,
            nearest_above: reading.zones_above.first().copied(),
            nearest_below: reading.zones_below.first().copied(),
            weight: weight_of(reading.interval),
        })
        .collect();
    let total: f64 = frames.iter().map(|frame| frame.weight).sum();
    let sum: f64 = frames.iter().map(|frame| frame.weight * frame.trend.map_or(0.0, Direction::sign)).sum();
    Alignment { alignment: (total > 0.0 && total.is_finite()).then(|| sum / total), frames }
}

/// Bars that cannot be made longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("bars of {from} do not make up bars of {to}")]
pub struct ResampleError {
    /// Length of the candles.
    pub from: Interval,
    /// Length that was asked for.
    pub to: Interval,
}

/// Makes closed bars of `to` from ascending closed candles of `from`, on the UTC grid, weeks from Monday.
///
/// A longer bar is given once its last candle, or any candle after it, is there. A first bar whose
/// beginning is missing is left out; holes inside a bar are passed over. Candles with a defect, and
/// those not after the one before, are skipped.
pub fn resample(candles: &[Candle], from: Interval, to: Interval) -> Result<Vec<Candle>, ResampleError> {
    if to.ms() % from.ms() != 0 {
        return Err(ResampleError { from, to });
    }
    let period = Period::Bar(to);
    let mut out: Vec<Candle> = Vec::with_capacity(candles.len() / 8);
    let mut last: Option<UtcMs> = None;
    for candle in candles {
        if candle.defect().is_some() || last.is_some_and(|last| candle.open_time <= last) {
            continue;
        }
        let open_time = period.start(candle.open_time);
        let first = out.is_empty();
        match out.last_mut().filter(|bar| bar.open_time == open_time) {
            Some(bar) => {
                bar.high = bar.high.max(candle.high);
                bar.low = bar.low.min(candle.low);
                bar.close = candle.close;
                bar.volume += candle.volume;
                bar.quote_volume = bar.quote_volume.zip(candle.quote_volume).map(|(a, b)| a + b);
                bar.taker_buy_volume = bar.taker_buy_volume.zip(candle.taker_buy_volume).map(|(a, b)| a + b);
            }
            // Of the first bar of all, the beginning must be there.
            None if first && candle.open_time != open_time => {}
            None => out.push(Candle { open_time, ..*candle }),
        }
        last = Some(candle.open_time);
    }
    let closed_until = last.map(|last| last.plus_ms(from.ms()));
    let still_open =
        out.last().zip(closed_until).is_some_and(|(bar, until)| until < period.end(bar.open_time));
    if still_open {
        out.pop();
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smc::fixtures::{candle, wavy};
    use crate::smc::{Analyzer, SmcConfig, analyze};

    #[test]
    fn four_hours_make_one_bar_and_only_when_they_are_over() {
        let hours: Vec<Candle> = [2, 3, 4, 5, 7, 8, 9, 10, 11, 12]
            .map(|hour| candle(hour, 10.0, 11.0 + hour as f64, 9.0, 10.5))
            .to_vec();
        let bars = resample(&hours, Interval::H1, Interval::H4).unwrap();
        let starts: Vec<_> = bars.iter().map(|bar| bar.open_time.0 / 3_600_000).collect();
        assert_eq!(starts, vec![4, 8]);
        assert_eq!((bars[0].high, bars[0].volume), (18.0, 3.0));
        assert_eq!((bars[1].high, bars[1].volume), (22.0, 4.0));
        assert!(resample(&hours, Interval::H1, Interval::M5).is_err());
        assert!(resample(&[], Interval::H1, Interval::D1).unwrap().is_empty());
    }

    #[test]
    fn trends_are_weighed() {
        let hours = wavy(3_000);
        let four = resample(&hours, Interval::H1, Interval::H4).unwrap();
        let read =
            |candles: &[Candle], interval| analyze(candles, SmcConfig::new(interval)).0.snapshot().unwrap();
        let mut readings = [read(&four, Interval::H4), read(&hours, Interval::H1)];
        readings[0].trend = Some(Direction::Bullish);
        readings[1].trend = Some(Direction::Bearish);
        let answer = multi_timeframe(&readings, &[(Interval::H1, 1.0), (Interval::H4, 3.0)]);
        assert_eq!(answer.alignment, Some(0.5));
        assert_eq!(answer.frames[0].interval, Interval::H1);
        assert_eq!(multi_timeframe(&readings, &[]).alignment, None);
        assert!(Analyzer::new(SmcConfig::new(Interval::H1)).snapshot().is_none());
    }
}
