//! True range, Wilder's ATR, the coin's own normal, volatility classes, realised volatility.

use domain::{Candle, DAY_MS};
use serde::{Deserialize, Serialize};

use crate::statistics;

/// How lively a coin is, by ATR in percent of the price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum VolatilityClass {
    /// Below the first bound.
    VeryLow,
    /// Below the second bound.
    Low,
    /// Below the third bound.
    Normal,
    /// Below the fourth bound.
    High,
    /// The fourth bound or above.
    VeryHigh,
}

impl VolatilityClass {
    /// Upper bounds, in percent, of all classes but the highest.
    pub const DEFAULT_BOUNDS_PCT: [f64; 4] = [1.0, 2.0, 4.0, 7.0];

    /// The class of an ATR in percent of the price; `bounds_pct` ascend.
    #[must_use]
    pub fn of(atr_pct: f64, bounds_pct: [f64; 4]) -> Self {
        let [very_low, low, normal, high] = bounds_pct;
        if atr_pct < very_low {
            Self::VeryLow
        } else if atr_pct < low {
            Self::Low
        } else if atr_pct < normal {
            Self::Normal
        } else if atr_pct < high {
            Self::High
        } else {
            Self::VeryHigh
        }
    }

    /// `VERY_LOW`, `LOW`, `NORMAL`, `HIGH`, `VERY_HIGH`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VeryLow => "VERY_LOW",
            Self::Low => "LOW",
            Self::Normal => "NORMAL",
            Self::High => "HIGH",
            Self::VeryHigh => "VERY_HIGH",
        }
    }
}

impl std::fmt::Display for VolatilityClass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `max(h - l, |h - previous close|, |l - previous close|)`.
#[must_use]
pub fn true_range(bar: &Candle, previous_close: f64) -> f64 {
    (bar.high - bar.low).max((bar.high - previous_close).abs()).max((bar.low - previous_close).abs())
}

/// Wilder's ATR of each bar, aligned with `bars`; `None` while it warms up.
///
/// The first value, at index `period`, is the mean of the first `period` true ranges; then
/// `(atr (period - 1) + tr) / period`. Bars ascend and have no defect; where `interval_ms` is given
/// and more than `3 period` bars are missing, it starts anew, since what came before says nothing
/// of now.
#[must_use]
pub fn wilder_atr(bars: &[Candle], period: usize, interval_ms: Option<i64>) -> Vec<Option<f64>> {
    let mut out = vec![None; bars.len()];
    if period == 0 {
        return out;
    }
    let n = period as f64;
    let longest_gap_ms = interval_ms
        .filter(|ms| *ms > 0)
        .and_then(|ms| i64::try_from(3 * period).ok()?.checked_add(1)?.checked_mul(ms))
        .unwrap_or(i64::MAX);
    let (mut seen, mut sum, mut atr) = (0_usize, 0.0, 0.0);
    for ((previous, bar), slot) in bars.iter().zip(bars.iter().skip(1)).zip(out.iter_mut().skip(1)) {
        if bar.open_time.since(previous.open_time) > longest_gap_ms {
            (seen, sum) = (0, 0.0);
            continue;
        }
        let tr = true_range(bar, previous.close);
        seen += 1;
        if seen < period {
            sum += tr;
            continue;
        }
        atr = if seen == period { (sum + tr) / n } else { atr.mul_add(n - 1.0, tr) / n };
        *slot = Some(atr).filter(|value: &f64| value.is_finite());
    }
    out
}

/// ATR now, in price and percent, and what is normal for this coin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AtrState {
    /// Wilder's ATR of the newest bar, in price.
    pub atr: f64,
    /// ATR in percent of the newest bar's close.
    pub atr_pct: f64,
    /// Median ATR percent of the window, the newest bar included; `None` when too little is known.
    pub normal_pct: Option<f64>,
    /// How many ATR values the window holds.
    pub observations: usize,
}

/// Reads the state of the newest bar.
///
/// `normal_pct` is the median of `100 ATR / close` over the bars that opened within `window_days`
/// before the newest, and is given once the values cover `minimum_days`. `None` when the newest bar
/// has no ATR yet (too few bars) or its close is not positive.
#[must_use]
pub fn atr_state(
    bars: &[Candle],
    interval_ms: i64,
    period: usize,
    window_days: f64,
    minimum_days: f64,
) -> Option<AtrState> {
    let newest = bars.last()?;
    let series = wilder_atr(bars, period, Some(interval_ms));
    let atr = series.last().copied().flatten()?;
    let percent = |atr: f64, close: f64| (close > 0.0).then(|| 100.0 * atr / close).filter(|p| p.is_finite());
    let atr_pct = percent(atr, newest.close)?;
    let window: Vec<f64> = bars
        .iter()
        .zip(&series)
        .rev()
        .take_while(|(bar, _)| (newest.open_time.since(bar.open_time) as f64) < window_days * DAY_MS as f64)
        .filter_map(|(bar, atr)| percent((*atr)?, bar.close))
        .collect();
    let known_days = window.len() as f64 * interval_ms as f64 / DAY_MS as f64;
    let normal_pct = if known_days >= minimum_days { statistics::median(&window) } else { None };
    Some(AtrState { atr, atr_pct, normal_pct: normal_pct.filter(|p| *p > 0.0), observations: window.len() })
}

/// Bars of a length that fit into a year of 365 days; crypto trades every day.
#[must_use]
pub fn bars_per_year(interval_ms: i64) -> f64 {
    365.0 * DAY_MS as f64 / interval_ms as f64
}

/// Realised volatility a year, as a fraction, of the last `returns` log returns of closes:
/// `sqrt(sum r² / n · bars per year)`, without subtracting the mean.
///
/// Where bars are missing the return over the hole counts as many bars as it spans. `None` with
/// fewer bars than `returns + 1`.
#[must_use]
pub fn realised_volatility(bars: &[Candle], interval_ms: i64, returns: usize) -> Option<f64> {
    if returns == 0 || interval_ms <= 0 {
        return None;
    }
    let tail = bars.get(bars.len().checked_sub(returns + 1)?..)?;
    let (mut squares, mut spans) = (0.0, 0.0);
    for (previous, bar) in tail.iter().zip(tail.iter().skip(1)) {
        let span = bar.open_time.since(previous.open_time) as f64 / interval_ms as f64;
        let r = statistics::log_return(previous.close, bar.close)?;
        squares += r * r;
        spans += span;
    }
    Some((squares / spans * bars_per_year(interval_ms)).sqrt()).filter(|value| value.is_finite())
}

/// Parkinson's volatility a year, from high and low of the last `count` bars: less noise than closes.
#[must_use]
pub fn parkinson_volatility(bars: &[Candle], interval_ms: i64, count: usize) -> Option<f64> {
    if count == 0 || interval_ms <= 0 {
        return None;
    }
    let tail = bars.get(bars.len().checked_sub(count)?..)?;
    let mut squares = 0.0;
    for bar in tail {
        let range = statistics::log_return(bar.low, bar.high)?;
        squares += range * range;
    }
    let variance = squares / (4.0 * count as f64 * std::f64::consts::LN_2);
    Some((variance * bars_per_year(interval_ms)).sqrt()).filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use domain::{HOUR_MS, UtcMs};

    use super::*;

    const H4: i64 = 4 * HOUR_MS;

    fn bar(index: i64, high: f64, low: f64, close: f64) -> Candle {
        Candle {
            open_time: UtcMs(index * H4),
            open: close,
            high,
            low,
            close,
            volume: 1.0,
            quote_volume: None,
            taker_buy_volume: None,
        }
    }

    fn steady(count: i64) -> Vec<Candle> {
        (0..count).map(|index| bar(index, 101.0, 99.0, 100.0)).collect()
    }

    #[test]
    fn a_steady_range_is_its_own_atr_and_normal() {
        let state = atr_state(&steady(600), H4, 14, 90.0, 30.0).unwrap();
        assert!((state.atr - 2.0).abs() < 1e-12);
        assert!((state.atr_pct - 2.0).abs() < 1e-12);
        assert_eq!(state.normal_pct, Some(2.0));
        assert_eq!(state.observations, 540);
    }

    #[test]
    fn the_normal_waits_for_thirty_days() {
        let known = |bars: i64| atr_state(&steady(bars), H4, 14, 90.0, 30.0).unwrap().normal_pct;
        assert_eq!(known(14 + 179), None);
        assert_eq!(known(14 + 180), Some(2.0));
        assert_eq!(atr_state(&steady(14), H4, 14, 90.0, 30.0), None);
    }

    #[test]
    fn wilder_by_hand() {
        let bars = [
            bar(0, 10.0, 8.0, 9.0),
            bar(1, 11.0, 9.0, 10.0),
            bar(2, 14.0, 10.0, 13.0),
            bar(3, 13.0, 7.0, 8.0),
        ];
        assert_eq!(wilder_atr(&bars, 2, None), vec![None, None, Some(3.0), Some(4.5)]);
        assert_eq!(wilder_atr(&bars, 0, None), vec![None; 4]);
    }

    #[test]
    fn a_long_hole_starts_the_warm_up_anew() {
        let mut bars = steady(20);
        bars.extend((0..20).map(|index| bar(100 + index, 210.0, 190.0, 200.0)));
        let atr = wilder_atr(&bars, 5, Some(H4));
        assert!(atr[19].is_some() && atr[20].is_none() && atr[24].is_none());
        assert!((atr[25].unwrap() - 20.0).abs() < 1e-12);
        let carried = wilder_atr(&bars, 5, None);
        assert!(carried[20].unwrap() > 20.0);
    }

    #[test]
    fn classes_change_at_their_bounds() {
        let class = |pct| VolatilityClass::of(pct, VolatilityClass::DEFAULT_BOUNDS_PCT);
        assert_eq!(class(0.99), VolatilityClass::VeryLow);
        assert_eq!(class(1.0), VolatilityClass::Low);
        assert_eq!(class(2.0), VolatilityClass::Normal);
        assert_eq!(class(4.0), VolatilityClass::High);
        assert_eq!(class(7.0), VolatilityClass::VeryHigh);
    }

    #[test]
    fn realised_volatility_counts_the_span_of_a_hole() {
        let step = 1.01_f64;
        let bars: Vec<Candle> = (0..11)
            .map(|i| {
                let p = 100.0 * step.powi(i);
                bar(i64::from(i), p, p, p)
            })
            .collect();
        let expected = step.ln() * bars_per_year(H4).sqrt();
        assert!((realised_volatility(&bars, H4, 10).unwrap() - expected).abs() < 1e-12);
        let holed = [bars[0], bars[4]];
        let expected = 4.0 * step.ln() * (bars_per_year(H4) / 4.0).sqrt();
        assert!((realised_volatility(&holed, H4, 1).unwrap() - expected).abs() < 1e-12);
        assert_eq!(realised_volatility(&bars, H4, 11), None);
        assert!(parkinson_volatility(&bars, H4, 5).unwrap().abs() < 1e-12);
    }
}
