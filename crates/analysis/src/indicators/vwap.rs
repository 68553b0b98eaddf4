//! Volume-weighted average price with its bands.

use domain::{DAY_MS, UtcMs};

use super::bars::Bars;

/// Where the average begins anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Each day at 00:00 UTC.
    UtcDay,
    /// Each Monday at 00:00 UTC.
    IsoWeek,
    /// Once, at the first bar that opens then or later.
    At(UtcMs),
}

/// The average and the volume-weighted deviation of typical prices around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VwapPoint {
    /// Σ p v / Σ v.
    pub vwap: f64,
    /// `sqrt(Σ v (p - vwap)² / Σ v)`.
    pub deviation: f64,
}

/// Weighted mean and sum of squares, updated without cancellation (West's form of Welford's).
#[derive(Clone, Copy, Debug, Default)]
struct Weighted {
    weight: f64,
    mean: f64,
    squares: f64,
}

impl Weighted {
    fn add(&mut self, value: f64, weight: f64) {
        if weight <= 0.0 {
            return;
        }
        self.weight += weight;
        let delta = value - self.mean;
        self.mean += delta * weight / self.weight;
        self.squares += weight * delta * (value - self.mean);
    }

    fn point(&self) -> Option<VwapPoint> {
        let deviation = (self.squares.max(0.0) / self.weight).sqrt();
        (self.weight > 0.0 && self.mean.is_finite() && deviation.is_finite())
            .then_some(VwapPoint { vwap: self.mean, deviation })
    }
}

/// Average since the anchor. Bars without volume carry the value before them; before the first
/// volume there is none, nor before an [`Anchor::At`].
#[must_use]
pub fn anchored_vwap(bars: &Bars, anchor: Anchor) -> Vec<Option<VwapPoint>> {
    let columns = bars.columns();
    let key = |time: UtcMs| match anchor {
        Anchor::UtcDay => Some(time.floor(DAY_MS)),
        // 1970-01-05 was a Monday.
        Anchor::IsoWeek => Some(time.plus_ms(-4 * DAY_MS).floor(7 * DAY_MS)),
        Anchor::At(start) => (time >= start).then_some(start),
    };
    let mut current = None;
    let mut sums = Weighted::default();
    let mut last = None;
    columns
        .typical()
        .iter()
        .zip(columns.volume)
        .zip(columns.open_times)
        .map(|((price, volume), time)| {
            let period = key(*time)?;
            if current != Some(period) {
                current = Some(period);
                sums = Weighted::default();
            }
            sums.add(*price, *volume);
            last = sums.point().or(last);
            last
        })
        .collect()
}

/// Average over the last `n` bars; first at `n - 1`. A window without volume carries the value before.
#[must_use]
pub fn rolling_vwap(bars: &Bars, n: usize) -> Vec<Option<VwapPoint>> {
    let columns = bars.columns();
    let typical = columns.typical();
    let mut out = vec![None; typical.len()];
    if n == 0 {
        return out;
    }
    let mut last = None;
    let windows = typical.windows(n).zip(columns.volume.windows(n));
    for (slot, (prices, volumes)) in out.iter_mut().skip(n - 1).zip(windows) {
        let mut sums = Weighted::default();
        for (price, volume) in prices.iter().zip(volumes) {
            sums.add(*price, *volume);
        }
        last = sums.point().or(last);
        *slot = last;
    }
    out
}

#[cfg(test)]
mod tests {
    use domain::{Candle, HOUR_MS, Interval};

    use super::*;

    fn bars(rows: &[(i64, f64, f64)]) -> Bars {
        let candles: Vec<Candle> = rows
            .iter()
            .map(|(hour, price, volume)| Candle {
                open_time: UtcMs(hour * HOUR_MS),
                open: *price,
                high: *price,
                low: *price,
                close: *price,
                volume: *volume,
                quote_volume: None,
                taker_buy_volume: None,
            })
            .collect();
        Bars::new(&candles, Interval::H1).unwrap()
    }

    #[test]
    fn a_new_day_begins_a_new_average() {
        let bars = bars(&[(22, 10.0, 1.0), (23, 20.0, 3.0), (24, 40.0, 2.0), (25, 50.0, 0.0)]);
        let vwap = anchored_vwap(&bars, Anchor::UtcDay);
        let values: Vec<f64> = vwap.iter().map(|point| point.unwrap().vwap).collect();
        assert_eq!(values, vec![10.0, 17.5, 40.0, 40.0]);
        assert!((vwap[1].unwrap().deviation - (18.75_f64).sqrt()).abs() < 1e-12);
        let late = anchored_vwap(&bars, Anchor::At(UtcMs(23 * HOUR_MS)));
        assert_eq!(late[0], None);
        assert!((late[3].unwrap().vwap - 28.0).abs() < 1e-12);
    }

    #[test]
    fn rolling_windows_carry_over_silence() {
        let bars = bars(&[(0, 10.0, 0.0), (1, 10.0, 0.0), (2, 20.0, 1.0), (3, 30.0, 0.0), (4, 30.0, 0.0)]);
        let vwap = rolling_vwap(&bars, 2);
        let values: Vec<Option<f64>> = vwap.iter().map(|point| point.map(|point| point.vwap)).collect();
        assert_eq!(values, vec![None, None, Some(20.0), Some(20.0), Some(20.0)]);
        assert_eq!(rolling_vwap(&bars, 0), vec![None; 5]);
    }
}
