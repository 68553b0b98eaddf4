//! Rows as they come over the wire, for what is read here. Every key may be missing, and integers,
//! decimals and text alternate.

use serde::Deserialize;
use upstream::lenient::Text;

/// The part beside the data.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Config<'a> {
    /// When the answer was computed, Unix seconds.
    #[serde(borrow)]
    pub generated: Text<'a>,
    /// The asset's ticker, on answers for one.
    #[serde(borrow)]
    pub symbol: Text<'a>,
    /// Length of a bucket, on series.
    #[serde(borrow)]
    pub bucket: Text<'a>,
}

/// An answer for its [`Config`] alone.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Envelope<'a> {
    /// Missing on some endpoints.
    #[serde(borrow)]
    pub config: Option<Config<'a>>,
}

/// A bucket of a coin's series.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SeriesRow<'a> {
    /// Start of the bucket, Unix seconds.
    #[serde(borrow)]
    pub time: Text<'a>,
    /// Likes, comments, views, shares.
    #[serde(borrow)]
    pub interactions: Text<'a>,
    /// New posts.
    #[serde(borrow)]
    pub posts_created: Text<'a>,
    /// Share of positive posts, 0-100.
    #[serde(borrow)]
    pub sentiment: Text<'a>,
    /// 0-100.
    #[serde(borrow)]
    pub galaxy_score: Text<'a>,
    /// Lower is better.
    #[serde(borrow)]
    pub alt_rank: Text<'a>,
}

/// A coin of the list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the keys tell themselves; units are at `CoinSocial`")]
pub struct CoinRow<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub symbol: Text<'a>,
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub price: Text<'a>,
    #[serde(borrow)]
    pub volume_24h: Text<'a>,
    #[serde(borrow)]
    pub market_cap: Text<'a>,
    #[serde(borrow)]
    pub market_cap_rank: Text<'a>,
    #[serde(borrow)]
    pub percent_change_1h: Text<'a>,
    #[serde(borrow)]
    pub percent_change_24h: Text<'a>,
    #[serde(borrow)]
    pub percent_change_7d: Text<'a>,
    #[serde(borrow)]
    pub interactions_24h: Text<'a>,
    #[serde(borrow)]
    pub social_volume_24h: Text<'a>,
    #[serde(borrow)]
    pub social_dominance: Text<'a>,
    #[serde(borrow)]
    pub galaxy_score: Text<'a>,
    #[serde(borrow)]
    pub galaxy_score_previous: Text<'a>,
    #[serde(borrow)]
    pub alt_rank: Text<'a>,
    #[serde(borrow)]
    pub alt_rank_previous: Text<'a>,
    #[serde(borrow)]
    pub sentiment: Text<'a>,
    #[serde(borrow)]
    pub categories: Text<'a>,
    #[serde(borrow)]
    pub topic: Text<'a>,
}
