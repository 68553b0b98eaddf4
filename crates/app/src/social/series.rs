//! A coin's social figures over time.

use domain::{DAY_MS, ErrorKind, HOUR_MS, UtcMs};
use lunarcrush::convert::{answered_symbol, generated_at};
use lunarcrush::endpoints::coins;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use upstream::lenient::Text;
use upstream::{Args, Ask};

use super::{failure, read};
use crate::{App, AppError};

/// Length of a bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Bucket {
    /// An hour.
    #[default]
    Hour,
    /// A UTC day.
    Day,
}

impl Bucket {
    /// Its length in milliseconds.
    #[must_use]
    pub const fn ms(self) -> i64 {
        match self {
            Self::Hour => HOUR_MS,
            Self::Day => DAY_MS,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }
}

/// How far back a series reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Reach {
    /// A day.
    #[serde(rename = "1d")]
    Day,
    /// A week.
    #[default]
    #[serde(rename = "1w")]
    Week,
    /// A month.
    #[serde(rename = "1m")]
    Month,
    /// Three months.
    #[serde(rename = "3m")]
    Quarter,
    /// Six months.
    #[serde(rename = "6m")]
    HalfYear,
    /// A year.
    #[serde(rename = "1y")]
    Year,
    /// All there is.
    #[serde(rename = "all")]
    All,
}

impl Reach {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "1d",
            Self::Week => "1w",
            Self::Month => "1m",
            Self::Quarter => "3m",
            Self::HalfYear => "6m",
            Self::Year => "1y",
            Self::All => "all",
        }
    }
}

/// A coin's figures of one closed bucket. What LunarCrush does not tell is missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SocialPoint {
    /// Start of the bucket.
    pub time: UtcMs,
    /// Likes, comments, views and shares.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interactions: Option<f64>,
    /// Posts with interactions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub posts_active: Option<f64>,
    /// New posts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub posts_created: Option<f64>,
    /// Distinct authors with interactions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contributors_active: Option<f64>,
    /// Distinct authors of new posts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contributors_created: Option<f64>,
    /// Share of positive posts, 0-100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentiment: Option<f64>,
    /// Posts judged spam.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spam: Option<f64>,
    /// 0-100, higher is better.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub galaxy_score: Option<f64>,
    /// Lower is better.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alt_rank: Option<f64>,
    /// Share of all crypto posts, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub social_dominance_pct: Option<f64>,
    /// Last price in USD.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<f64>,
    /// Market cap in USD.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub market_cap_usd: Option<f64>,
    /// Volume of 24 h in USD.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_24h_usd: Option<f64>,
}

/// A coin's figures over time, ascending; the running bucket is left out.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SocialSeries {
    /// Coin ticker.
    pub symbol: String,
    /// Length of a bucket.
    pub bucket: Bucket,
    /// When LunarCrush computed it.
    pub computed_at: UtcMs,
    /// Buckets, ascending.
    pub points: Vec<SocialPoint>,
    /// Who is to be named beside the data.
    pub source: String,
}

/// A bucket over the wire.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Row<'a> {
    #[serde(borrow)]
    time: Text<'a>,
    #[serde(borrow)]
    interactions: Text<'a>,
    #[serde(borrow)]
    posts_active: Text<'a>,
    #[serde(borrow)]
    posts_created: Text<'a>,
    #[serde(borrow)]
    contributors_active: Text<'a>,
    #[serde(borrow)]
    contributors_created: Text<'a>,
    #[serde(borrow)]
    sentiment: Text<'a>,
    #[serde(borrow)]
    spam: Text<'a>,
    #[serde(borrow)]
    galaxy_score: Text<'a>,
    #[serde(borrow)]
    alt_rank: Text<'a>,
    #[serde(borrow)]
    social_dominance: Text<'a>,
    #[serde(borrow)]
    close: Text<'a>,
    #[serde(borrow)]
    market_cap: Text<'a>,
    #[serde(borrow)]
    volume_24h: Text<'a>,
}

/// Closed buckets, ascending, each once.
fn points(rows: &[Row<'_>], bucket_ms: i64, complete_to: UtcMs) -> Vec<SocialPoint> {
    let count = |text: &Text<'_>| text.number().filter(|count| *count >= 0.0);
    let share = |text: &Text<'_>| text.number().filter(|share| (0.0..=100.0).contains(share));
    let mut points: Vec<SocialPoint> = rows
        .iter()
        .filter_map(|row| {
            let time = row.time.instant()?.floor(bucket_ms);
            (time.plus_ms(bucket_ms) <= complete_to).then(|| SocialPoint {
                time,
                interactions: count(&row.interactions),
                posts_active: count(&row.posts_active),
                posts_created: count(&row.posts_created),
                contributors_active: count(&row.contributors_active),
                contributors_created: count(&row.contributors_created),
                sentiment: share(&row.sentiment),
                spam: count(&row.spam),
                galaxy_score: share(&row.galaxy_score),
                alt_rank: row.alt_rank.number().filter(|rank| *rank >= 1.0),
                social_dominance_pct: share(&row.social_dominance),
                price: row.close.number().filter(|price| *price > 0.0),
                market_cap_usd: count(&row.market_cap),
                volume_24h_usd: count(&row.volume_24h),
            })
        })
        .collect();
    points.sort_by_key(|point| point.time);
    points.dedup_by_key(|point| point.time);
    points
}

impl App {
    /// A coin's social figures in closed buckets.
    ///
    /// # Errors
    /// A malformed symbol, LunarCrush's failure, or no closed bucket.
    pub async fn social_series(
        &self,
        symbol: &str,
        bucket: Bucket,
        reach: Reach,
        ask: Ask,
    ) -> Result<SocialSeries, AppError> {
        let coin = self.social_coin(symbol, ask).await?;
        let args =
            Args::new().with("coin", &coin).with("bucket", bucket.as_str()).with("interval", reach.as_str());
        let answer = self.market.lunarcrush.raw(&coins::COIN_TIME_SERIES, args, ask).await?;
        let answered = answered_symbol(answer.body());
        if let Some(other) = answered.filter(|other| *other != coin && !super::is_number(&coin)) {
            return Err(failure(
                ErrorKind::NotFound,
                format!("asked for {coin}, LunarCrush answered for {other}"),
            ));
        }
        let now = self.clock.now();
        let computed_at = generated_at(answer.body()).unwrap_or(answer.received_at).min(now);
        let rows: Vec<Row<'_>> = read(answer.data())?;
        let points = points(&rows, bucket.ms(), computed_at);
        if points.is_empty() {
            let text = format!("no closed {} of social figures for {coin}", bucket.as_str());
            return Err(failure(ErrorKind::NoData, text));
        }
        Ok(SocialSeries { symbol: coin, bucket, computed_at, points, source: super::SOURCE.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_running_bucket_and_doubles_are_left_out() {
        let body = r#"[{"time":7200,"interactions":"5","sentiment":82},{"time":3600,"interactions":3,"galaxy_score":null},
            {"time":3600,"interactions":9},{"time":10800,"interactions":1},{"interactions":4}]"#;
        let rows: Vec<Row<'_>> = serde_json::from_str(body).unwrap();
        let points = points(&rows, HOUR_MS, UtcMs(10_800_000));
        assert_eq!(points.iter().map(|point| point.time.0).collect::<Vec<_>>(), [3_600_000, 7_200_000]);
        assert_eq!(points[0].interactions, Some(3.0));
        assert_eq!((points[1].sentiment, points[0].galaxy_score), (Some(82.0), None));
    }
}
