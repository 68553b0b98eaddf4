//! What is computed from a coin's social series: changes, momentum, correlation with the price. Pure.

use analysis::statistics::{log_return, robust_z_score, z_score};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::series::SocialPoint;

/// Days that momentum is measured against, and the fewest that will do.
pub const MOMENTUM_DAYS: usize = 30;
const MOMENTUM_FEWEST: usize = 14;
/// Fewest pairs for a correlation.
const PAIRS_FEWEST: usize = 20;
/// Buckets that attention may lead or lag the price by.
const LAGS: i64 = 3;
/// Two-sided 95 % of a normal distribution, in deviations.
const Z_95: f64 = analysis::statistics::Z_95;

type Read = fn(&SocialPoint) -> Option<f64>;

/// How a figure of a window is made of its buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Summing {
    /// Summed over the window.
    Sum,
    /// Of the last bucket.
    Last,
}

const METRICS: [(&str, Summing, Read); 9] = [
    ("interactions", Summing::Sum, |point| point.interactions),
    ("postsCreated", Summing::Sum, |point| point.posts_created),
    ("spam", Summing::Sum, |point| point.spam),
    ("contributorsActive", Summing::Last, |point| point.contributors_active),
    ("sentiment", Summing::Last, |point| point.sentiment),
    ("galaxyScore", Summing::Last, |point| point.galaxy_score),
    ("altRank", Summing::Last, |point| point.alt_rank),
    ("socialDominancePct", Summing::Last, |point| point.social_dominance_pct),
    ("price", Summing::Last, |point| point.price),
];

/// One figure now and a window earlier.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Which figure.
    pub metric: String,
    /// sum: of the window's buckets against the window before; last: of its last bucket.
    pub kind: Summing,
    /// In the newest window.
    pub now: f64,
    /// In the window before.
    pub before: f64,
    /// Now minus before.
    pub change: f64,
    /// The change in percent of before, where before is not 0.
    pub change_pct: Option<f64>,
}

/// Changes over the last `window_ms` of a series in buckets of `bucket_ms`. A figure is left out where one of
/// the two windows is not complete.
#[must_use]
pub fn changes(points: &[SocialPoint], bucket_ms: i64, window_ms: i64) -> Vec<Change> {
    let Some(newest) = points.last().map(|point| point.time) else { return Vec::new() };
    let buckets = usize::try_from(window_ms / bucket_ms.max(1)).unwrap_or(0);
    METRICS
        .iter()
        .filter_map(|(metric, kind, read)| {
            // Of the window whose last bucket begins `back` before the newest.
            let of = |back: i64| -> Option<f64> {
                let last = newest.plus_ms(-back);
                match kind {
                    Summing::Last => points.iter().find(|point| point.time == last).and_then(read),
                    Summing::Sum => {
                        let first = last.plus_ms(bucket_ms - window_ms);
                        let within = points.iter().filter(|point| first <= point.time && point.time <= last);
                        let values: Vec<f64> = within.filter_map(read).collect();
                        (buckets > 0 && values.len() == buckets).then(|| values.iter().sum())
                    }
                }
            };
            let (now, before) = (of(0)?, of(window_ms)?);
            let change = now - before;
            let change_pct = (before.abs() > f64::EPSILON).then(|| change / before.abs() * 100.0);
            Some(Change { metric: (*metric).to_owned(), kind: *kind, now, before, change, change_pct })
        })
        .collect()
}

/// Attention of the last closed day against the coin's own days before.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Momentum {
    /// Days that the last one is measured against.
    pub days: usize,
    /// Interactions of the last closed day, in standard deviations from the mean of the days before.
    pub interactions_z: Option<f64>,
    /// The same by median and median deviation, which outliers do not move.
    pub interactions_robust_z: Option<f64>,
    /// The same z-score a day earlier.
    pub interactions_z_previous: Option<f64>,
    /// New posts, in standard deviations.
    pub posts_z: Option<f64>,
    /// Authors, in standard deviations.
    pub contributors_z: Option<f64>,
    /// Sentiment, in standard deviations.
    pub sentiment_z: Option<f64>,
    /// Change of the galaxy score over 7 days.
    pub galaxy_score_change_7d: Option<f64>,
    /// Change of the alt rank over 7 days; negative is better.
    pub alt_rank_change_7d: Option<f64>,
    /// surging (z of 2 or more), rising (1), steady, fading (-1 or less), collapsing (-2 or less).
    pub state: String,
}

/// Momentum of a daily series; `None` with fewer than 15 days of interactions.
#[must_use]
pub fn momentum(days: &[SocialPoint]) -> Option<Momentum> {
    // Of the day `back` days ago against up to thirty before it.
    let scored = |read: Read, back: usize, score: fn(f64, &[f64]) -> Option<f64>| -> Option<f64> {
        let end = days.len().checked_sub(back)?;
        let (last, before) = days.get(..end)?.split_last()?;
        let history: Vec<f64> = before.iter().rev().take(MOMENTUM_DAYS).filter_map(read).collect();
        (history.len() >= MOMENTUM_FEWEST).then(|| score(read(last)?, &history)).flatten()
    };
    let interactions: Read = |point| point.interactions;
    let before = days.len().checked_sub(1)?;
    let history = days.iter().take(before).rev().take(MOMENTUM_DAYS).filter_map(interactions).count();
    if history < MOMENTUM_FEWEST {
        return None;
    }
    let interactions_z = scored(interactions, 0, z_score);
    let week = |read: Read| -> Option<f64> {
        let now = read(days.last()?)?;
        let then = days.len().checked_sub(8).and_then(|place| days.get(place)).and_then(read)?;
        Some(now - then)
    };
    let state = match interactions_z {
        None => "unknown",
        Some(z) if z >= 2.0 => "surging",
        Some(z) if z >= 1.0 => "rising",
        Some(z) if z <= -2.0 => "collapsing",
        Some(z) if z <= -1.0 => "fading",
        Some(_) => "steady",
    };
    Some(Momentum {
        days: history,
        interactions_z,
        interactions_robust_z: scored(interactions, 0, robust_z_score),
        interactions_z_previous: scored(interactions, 1, z_score),
        posts_z: scored(|point| point.posts_created, 0, z_score),
        contributors_z: scored(|point| point.contributors_active, 0, z_score),
        sentiment_z: scored(|point| point.sentiment, 0, z_score),
        galaxy_score_change_7d: week(|point| point.galaxy_score),
        alt_rank_change_7d: week(|point| point.alt_rank),
        state: state.to_owned(),
    })
}

/// Correlation at one shift.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Lagged {
    /// Buckets that attention comes before the price; negative: the price comes first.
    pub lead_buckets: i64,
    /// Pearson's coefficient, -1 to 1.
    pub correlation: f64,
    /// Pairs it was computed from.
    pub samples: usize,
}

/// How attention and price move together.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Correlation {
    /// Pearson's coefficient of log changes of price and of interactions in the same bucket.
    pub correlation: f64,
    /// Lower end of its 95 % interval (Fisher's transformation).
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Pairs it was computed from.
    pub samples: usize,
    /// The same against the size of price moves, up or down.
    pub with_price_move_size: Option<f64>,
    /// The same with attention up to three buckets before and after the price.
    pub lags: Vec<Lagged>,
}

/// Correlation of log changes over neighbouring buckets; `None` with fewer than twenty pairs, or where one
/// of the two does not move.
#[must_use]
pub fn correlation(points: &[SocialPoint], bucket_ms: i64) -> Option<Correlation> {
    let changes = |read: Read| -> Vec<(i64, f64)> {
        points
            .iter()
            .zip(points.iter().skip(1))
            .filter(|(from, to)| to.time.since(from.time) == bucket_ms)
            .filter_map(|(from, to)| Some((to.time.0 / bucket_ms, log_return(read(from)?, read(to)?)?)))
            .collect()
    };
    let (prices, attention) = (changes(|point| point.price), changes(|point| point.interactions));
    let pairs = |lead: i64, size: bool| -> Vec<(f64, f64)> {
        prices
            .iter()
            .filter_map(|(at, price)| {
                let place = attention.binary_search_by_key(&(at - lead), |(at, _)| *at).ok()?;
                let (_, attention) = attention.get(place)?;
                Some((if size { price.abs() } else { *price }, *attention))
            })
            .collect()
    };
    let now = pairs(0, false);
    let value = enough(&now)?;
    let spread = Z_95 / (now.len() as f64 - 3.0).sqrt();
    let middle = value.clamp(-0.999_999, 0.999_999).atanh();
    let lags = (-LAGS..=LAGS)
        .filter_map(|lead| {
            let pairs = pairs(lead, false);
            Some(Lagged { lead_buckets: lead, correlation: enough(&pairs)?, samples: pairs.len() })
        })
        .collect();
    Some(Correlation {
        correlation: value,
        low: (middle - spread).tanh(),
        high: (middle + spread).tanh(),
        samples: now.len(),
        with_price_move_size: enough(&pairs(0, true)),
        lags,
    })
}

fn enough(pairs: &[(f64, f64)]) -> Option<f64> {
    (pairs.len() >= PAIRS_FEWEST).then(|| pearson(pairs)).flatten()
}

/// Pearson's coefficient; `None` below two pairs or where one side does not move.
#[must_use]
pub fn pearson(pairs: &[(f64, f64)]) -> Option<f64> {
    let n = pairs.len() as f64;
    if pairs.len() < 2 {
        return None;
    }
    let (sum_x, sum_y) = pairs.iter().fold((0.0, 0.0), |(x, y), pair| (x + pair.0, y + pair.1));
    let (mean_x, mean_y) = (sum_x / n, sum_y / n);
    let (mut xx, mut yy, mut xy) = (0.0_f64, 0.0_f64, 0.0_f64);
    for (x, y) in pairs {
        let (dx, dy) = (x - mean_x, y - mean_y);
        xx = dx.mul_add(dx, xx);
        yy = dy.mul_add(dy, yy);
        xy = dx.mul_add(dy, xy);
    }
    let scale = (xx * yy).sqrt();
    (scale > 1e-18).then(|| (xy / scale).clamp(-1.0, 1.0)).filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use domain::{DAY_MS, UtcMs};

    use super::*;

    fn day(index: i64, interactions: f64, price: f64) -> SocialPoint {
        SocialPoint {
            time: UtcMs(index * DAY_MS),
            interactions: Some(interactions),
            price: Some(price),
            galaxy_score: Some(50.0 + index as f64),
            ..SocialPoint::default()
        }
    }

    #[test]
    fn changes_compare_complete_windows_only() {
        let points: Vec<SocialPoint> =
            (0..4).map(|index| day(index, 10.0 * (index + 1) as f64, 100.0)).collect();
        let found = changes(&points, DAY_MS, 2 * DAY_MS);
        let interactions = found.iter().find(|change| change.metric == "interactions").unwrap();
        assert_eq!((interactions.now, interactions.before), (70.0, 30.0));
        assert!((interactions.change_pct.unwrap() - 133.333_333).abs() < 1e-3);
        let score = found.iter().find(|change| change.metric == "galaxyScore").unwrap();
        assert!((score.change - 2.0).abs() < 1e-12);
        assert!(found.iter().all(|change| change.metric != "sentiment"));
        assert!(changes(&points, DAY_MS, 3 * DAY_MS).iter().all(|change| change.metric != "interactions"));
        assert!(changes(&[], DAY_MS, DAY_MS).is_empty());
    }

    #[test]
    fn momentum_is_measured_against_the_days_before() {
        let mut days: Vec<SocialPoint> =
            (0..31).map(|index| day(index, if index % 2 == 0 { 90.0 } else { 110.0 }, 1.0)).collect();
        days.push(day(31, 200.0, 1.0));
        let found = momentum(&days).unwrap();
        assert_eq!((found.days, found.state.as_str()), (30, "surging"));
        assert!(found.interactions_z.unwrap() > 9.0);
        assert_eq!(found.galaxy_score_change_7d, Some(7.0));
        assert_eq!(momentum(&days[..10]), None);
        assert_eq!(momentum(&[]), None);
    }

    #[test]
    fn a_shift_shows_at_its_lag() {
        // Attention of a day is the price change of the day after.
        let noise = |index: i64| f64::from(u32::try_from((index * 7919) % 101).unwrap()) / 101.0 - 0.5;
        let (mut price, mut attention) = (100.0_f64, 1_000.0_f64);
        let points: Vec<SocialPoint> = (0..60)
            .map(|index| {
                price *= noise(index).exp();
                attention *= noise(index + 1).exp();
                day(index, attention, price)
            })
            .collect();
        let found = correlation(&points, DAY_MS).unwrap();
        let leading = found.lags.iter().find(|lag| lag.lead_buckets == 1).unwrap();
        assert!(leading.correlation > 0.999, "{leading:?}");
        assert!(found.low < found.correlation && found.correlation < found.high);
        assert_eq!(correlation(&points[..10], DAY_MS), None);
    }

    #[test]
    fn pearson_by_hand() {
        assert!((pearson(&[(1.0, 2.0), (2.0, 4.0), (3.0, 6.0)]).unwrap() - 1.0).abs() < 1e-12);
        assert!((pearson(&[(1.0, 1.0), (2.0, 3.0), (3.0, 2.0)]).unwrap() - 0.5).abs() < 1e-12);
        assert_eq!(pearson(&[(1.0, 2.0), (1.0, 3.0)]), None);
    }
}
