//! The price's moves over four horizons, in deviations of its own 4h returns.

use analysis::statistics;
use domain::{Candle, HOUR_MS, UtcMs};

use crate::config::{EngineConfig, HorizonWeights};
use crate::observations::{BAR_MS, days_ms};

/// The move over one horizon.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HorizonMove {
    /// ln(P_T / P_{T-h}).
    pub log_return: f64,
    /// The move in deviations: log return / (sigma sqrt(bars)).
    pub m: f64,
}

impl HorizonMove {
    /// The move in percent.
    #[must_use]
    pub fn percent(&self) -> f64 {
        100.0 * self.log_return.exp_m1()
    }
}

/// What closed 4h candles say of the price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Momentum {
    /// Sample deviation of 4h log returns.
    pub sigma: f64,
    /// End of the newest bar.
    pub ended_at: UtcMs,
    /// Over 4 hours.
    pub h4: Option<HorizonMove>,
    /// Over a day.
    pub h24: HorizonMove,
    /// Over a week.
    pub d7: Option<HorizonMove>,
    /// Over four weeks.
    pub d28: Option<HorizonMove>,
}

impl Momentum {
    /// Reads clean, ascending bars; or says why they do not suffice.
    ///
    /// A horizon starts at the bar that ends exactly then, else at the one before it; the bars it
    /// really spans enter the deviation.
    pub(crate) fn of(bars: &[Candle], at: UtcMs, config: &EngineConfig) -> Result<Self, String> {
        let ended_at = fresh_end(bars, at, config)?;
        let newest = bars.last().ok_or("no closed 4h candle")?;
        let from = newest.open_time.plus_ms(-days_ms(config.momentum.sigma_days));
        let start = bars.partition_point(|bar| bar.open_time < from);
        let recent = bars.get(start..).unwrap_or_default();
        if recent.len() < config.momentum.min_bars {
            return Err(format!(
                "{} closed 4h candles, and {} are needed",
                recent.len(),
                config.momentum.min_bars
            ));
        }
        let returns: Vec<f64> = recent
            .iter()
            .zip(recent.iter().skip(1))
            .filter(|(from, to)| to.open_time.since(from.open_time) == BAR_MS)
            .filter_map(|(from, to)| statistics::log_return(from.close, to.close))
            .collect();
        let sigma = statistics::standard_deviation(&returns)
            .filter(|sigma| *sigma > 1e-12)
            .ok_or("the price does not move")?;
        let over = |bars_back: i64| over_horizon(bars, newest, bars_back, sigma);
        let h24 = over(6).ok_or("no 4h candle of a day ago")?;
        Ok(Self { sigma, ended_at, h4: over(1), h24, d7: over(42), d28: over(168) })
    }

    /// s: the weighted mean of tanh(m / scale) over the horizons there are.
    pub(crate) fn strength(&self, config: &EngineConfig) -> f64 {
        let HorizonWeights { h4, h24, d7, d28 } = config.momentum.weights;
        let horizons = [(h4, self.h4), (h24, Some(self.h24)), (d7, self.d7), (d28, self.d28)];
        let (sum, weight) = horizons
            .into_iter()
            .filter_map(|(weight, horizon)| horizon.map(|horizon| (weight, horizon.m)))
            .fold((0.0, 0.0), |(sum, total), (weight, m)| {
                (sum + weight * (m / config.momentum.scale).tanh(), total + weight)
            });
        sum / weight
    }
}

/// End of the newest bar; or that there is none, or none that is recent enough.
pub(super) fn fresh_end(bars: &[Candle], at: UtcMs, config: &EngineConfig) -> Result<UtcMs, String> {
    let newest = bars.last().ok_or("no closed 4h candle")?;
    let ended_at = newest.open_time.plus_ms(BAR_MS);
    let age_ms = at.since(ended_at) as f64;
    if age_ms > config.ages.price_momentum_max_bars * BAR_MS as f64 {
        return Err(format!("stale: the newest 4h candle ended {:.1} h ago", age_ms / HOUR_MS as f64));
    }
    Ok(ended_at)
}

fn over_horizon(bars: &[Candle], newest: &Candle, bars_back: i64, sigma: f64) -> Option<HorizonMove> {
    let target = newest.open_time.plus_ms(-bars_back * BAR_MS);
    let after = bars.partition_point(|bar| bar.open_time <= target);
    let start = after.checked_sub(1).and_then(|index| bars.get(index))?;
    if target.since(start.open_time) > BAR_MS {
        return None;
    }
    let log_return = statistics::log_return(start.close, newest.close)?;
    let span = newest.open_time.since(start.open_time) as f64 / BAR_MS as f64;
    let m = log_return / (sigma * span.sqrt());
    m.is_finite().then_some(HorizonMove { log_return, m })
}
