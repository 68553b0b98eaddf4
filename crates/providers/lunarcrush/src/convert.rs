//! From rows to what the engine reads.

use std::collections::BTreeMap;

use domain::{DAY_MS, Point, Series, SocialState, UtcMs};
use upstream::lenient::Text;

use crate::rows::{CoinRow, Envelope, SeriesRow};

/// What activity is called where it counts likes, comments, views and shares.
pub const INTERACTIONS: &str = "interactions";
/// What activity is called where it counts posts.
pub const POSTS_CREATED: &str = "posts created";

/// One coin of the list. What the provider does not tell is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CoinSocial {
    /// The provider's stable number of the coin.
    pub id: Option<i64>,
    /// Ticker, upper case; several coins may share it.
    pub symbol: String,
    /// Name.
    pub name: String,
    /// Topic words, for the topic endpoints.
    pub topic: Option<String>,
    /// Sectors.
    pub categories: Vec<String>,
    /// Price in USD.
    pub price: Option<f64>,
    /// Volume of 24 h in USD.
    pub volume_24h_usd: Option<f64>,
    /// Market cap in USD.
    pub market_cap_usd: Option<f64>,
    /// 1 is the largest.
    pub market_cap_rank: Option<i64>,
    /// Change of price over an hour, in percent.
    pub change_1h_pct: Option<f64>,
    /// Change of price over 24 hours, in percent.
    pub change_24h_pct: Option<f64>,
    /// Change of price over 7 days, in percent.
    pub change_7d_pct: Option<f64>,
    /// Likes, comments, views and shares of 24 h.
    pub interactions_24h: Option<f64>,
    /// Posts with interactions in the last 24 h.
    pub posts_24h: Option<f64>,
    /// Share of all crypto posts, in percent.
    pub social_dominance_pct: Option<f64>,
    /// 0-100, higher is better.
    pub galaxy_score: Option<f64>,
    /// The same a day before.
    pub galaxy_score_previous: Option<f64>,
    /// Lower is better.
    pub alt_rank: Option<f64>,
    /// The same a day before.
    pub alt_rank_previous: Option<f64>,
    /// Share of positive posts, 0-100.
    pub sentiment: Option<f64>,
}

/// When an answer was computed, as its `config` tells.
#[must_use]
pub fn generated_at(body: &[u8]) -> Option<UtcMs> {
    serde_json::from_slice::<Envelope<'_>>(body).ok()?.config?.generated.instant()
}

/// The ticker that an answer says it is for.
#[must_use]
pub fn answered_symbol(body: &[u8]) -> Option<String> {
    let config = serde_json::from_slice::<Envelope<'_>>(body).ok()?.config?;
    config.symbol.value().map(str::to_ascii_uppercase)
}

/// Social figures by day. A row's time is its day's start, so it is known at the day's end; a day that
/// ends after `complete_to` (the present, or the moment the answer was computed, whichever is earlier)
/// was still running and is left out. `None` when no day has any figure.
///
/// Without interactions in any row, activity is the number of posts created.
#[must_use]
pub fn social_state(
    rows: &[SeriesRow<'_>],
    since: UtcMs,
    complete_to: UtcMs,
) -> Option<(UtcMs, SocialState)> {
    let days: BTreeMap<UtcMs, &SeriesRow<'_>> = rows
        .iter()
        .filter_map(|row| Some((row.time.instant()?.floor(DAY_MS).plus_ms(DAY_MS), row)))
        .filter(|(end, _)| since <= *end && *end <= complete_to)
        .collect();
    let series = |value: &dyn Fn(&SeriesRow<'_>) -> Option<f64>| {
        let points: Vec<Point> =
            days.iter().filter_map(|(end, row)| Some(Point { at: *end, value: value(row)? })).collect();
        (!points.is_empty()).then_some(Series { cadence_ms: DAY_MS, points })
    };
    let count = |text: &Text<'_>| text.number().filter(|count| *count >= 0.0);

    let sentiment = series(&|row| percentage(&row.sentiment));
    let (activity, activity_name) = match series(&|row| count(&row.interactions)) {
        Some(interactions) => (Some(interactions), INTERACTIONS),
        None => (series(&|row| count(&row.posts_created)), POSTS_CREATED),
    };
    let newest = [&sentiment, &activity].into_iter().flatten().filter_map(|series| series.points.last());
    let as_of = newest.map(|point| point.at).max()?;
    let latest =
        |value: &dyn Fn(&SeriesRow<'_>) -> Option<f64>| days.values().rev().find_map(|row| value(row));
    let state = SocialState {
        sentiment,
        activity,
        activity_name: activity_name.to_owned(),
        galaxy_score: latest(&|row| percentage(&row.galaxy_score)),
        alt_rank: latest(&|row| rank(&row.alt_rank)),
    };
    Some((as_of, state))
}

/// The coins of the list, largest market cap first: of several that share a ticker the first is meant.
#[must_use]
pub fn coins(rows: &[CoinRow<'_>]) -> Vec<CoinSocial> {
    let mut coins: Vec<CoinSocial> = rows.iter().filter_map(coin).collect();
    coins.sort_by_key(|coin| coin.market_cap_rank.unwrap_or(i64::MAX));
    coins
}

fn coin(row: &CoinRow<'_>) -> Option<CoinSocial> {
    let positive = |text: &Text<'_>| text.number().filter(|number| *number >= 0.0);
    Some(CoinSocial {
        id: row.id.integer(),
        symbol: row.symbol.value()?.to_ascii_uppercase(),
        name: row.name.as_str().trim().to_owned(),
        topic: row.topic.value().map(str::to_owned),
        categories: row
            .categories
            .as_str()
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect(),
        price: positive(&row.price),
        volume_24h_usd: positive(&row.volume_24h),
        market_cap_usd: positive(&row.market_cap),
        market_cap_rank: row.market_cap_rank.integer().filter(|rank| *rank > 0),
        change_1h_pct: row.percent_change_1h.number(),
        change_24h_pct: row.percent_change_24h.number(),
        change_7d_pct: row.percent_change_7d.number(),
        interactions_24h: positive(&row.interactions_24h),
        posts_24h: positive(&row.social_volume_24h),
        social_dominance_pct: positive(&row.social_dominance),
        galaxy_score: percentage(&row.galaxy_score),
        galaxy_score_previous: percentage(&row.galaxy_score_previous),
        alt_rank: rank(&row.alt_rank),
        alt_rank_previous: rank(&row.alt_rank_previous),
        sentiment: percentage(&row.sentiment),
    })
}

fn percentage(text: &Text<'_>) -> Option<f64> {
    text.number().filter(|share| (0.0..=100.0).contains(share))
}

fn rank(text: &Text<'_>) -> Option<f64> {
    text.number().filter(|rank| *rank >= 1.0)
}
