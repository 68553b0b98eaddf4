//! Social and market figures of all coins that LunarCrush lists.

use std::collections::BTreeMap;

use analysis::statistics::median;
use domain::{ErrorKind, Observed, UtcMs};
use lunarcrush::CoinSocial;
use lunarcrush::endpoints::coins;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use upstream::lenient::Text;
use upstream::{Args, Ask};

use super::{SOURCE, failure, read};
use crate::{App, AppError};

/// One coin's figures of now. What LunarCrush does not tell is missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoinFigures {
    /// Coin ticker.
    pub symbol: String,
    /// Name.
    pub name: String,
    /// LunarCrush's stable number of the coin.
    pub id: Option<i64>,
    /// Sectors.
    pub categories: Vec<String>,
    /// Price in USD.
    pub price: Option<f64>,
    /// Change of price over an hour, in percent.
    pub change_1h_pct: Option<f64>,
    /// Over 24 hours.
    pub change_24h_pct: Option<f64>,
    /// Over 7 days.
    pub change_7d_pct: Option<f64>,
    /// Volume of 24 h in USD.
    pub volume_24h_usd: Option<f64>,
    /// Market cap in USD.
    pub market_cap_usd: Option<f64>,
    /// 1 is the largest.
    pub market_cap_rank: Option<i64>,
    /// 0-100, higher is better.
    pub galaxy_score: Option<f64>,
    /// Against a day before.
    pub galaxy_score_change: Option<f64>,
    /// Lower is better.
    pub alt_rank: Option<f64>,
    /// Against a day before; negative is better.
    pub alt_rank_change: Option<f64>,
    /// Share of positive posts, 0-100.
    pub sentiment: Option<f64>,
    /// Likes, comments, views and shares of 24 h.
    pub interactions_24h: Option<f64>,
    /// Posts with interactions in the last 24 h.
    pub posts_24h: Option<f64>,
    /// Share of all crypto posts, in percent.
    pub social_dominance_pct: Option<f64>,
}

impl From<CoinSocial> for CoinFigures {
    fn from(coin: CoinSocial) -> Self {
        let change = |now: Option<f64>, before: Option<f64>| Some(now? - before?);
        Self {
            galaxy_score_change: change(coin.galaxy_score, coin.galaxy_score_previous),
            alt_rank_change: change(coin.alt_rank, coin.alt_rank_previous),
            symbol: coin.symbol,
            name: coin.name,
            id: coin.id,
            categories: coin.categories,
            price: coin.price,
            change_1h_pct: coin.change_1h_pct,
            change_24h_pct: coin.change_24h_pct,
            change_7d_pct: coin.change_7d_pct,
            volume_24h_usd: coin.volume_24h_usd,
            market_cap_usd: coin.market_cap_usd,
            market_cap_rank: coin.market_cap_rank,
            galaxy_score: coin.galaxy_score,
            alt_rank: coin.alt_rank,
            sentiment: coin.sentiment,
            interactions_24h: coin.interactions_24h,
            posts_24h: coin.posts_24h,
            social_dominance_pct: coin.social_dominance_pct,
        }
    }
}

/// What coins are ranked by, best first: alt rank and its change from the least, all others from the most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RankBy {
    /// Combined price and social health.
    #[default]
    GalaxyScore,
    /// Its change over a day.
    GalaxyScoreChange,
    /// Least first.
    AltRank,
    /// Places gained over a day.
    AltRankChange,
    /// Share of positive posts.
    Sentiment,
    /// Interactions of 24 h.
    Interactions,
    /// Posts of 24 h.
    Posts,
    /// Share of all posts.
    SocialDominance,
    /// Market cap.
    MarketCap,
    /// Change of price over 24 h.
    Change24h,
}

impl RankBy {
    fn value(self, coin: &CoinFigures) -> Option<f64> {
        match self {
            Self::GalaxyScore => coin.galaxy_score,
            Self::GalaxyScoreChange => coin.galaxy_score_change,
            Self::AltRank => coin.alt_rank.map(|rank| -rank),
            Self::AltRankChange => coin.alt_rank_change.map(|change| -change),
            Self::Sentiment => coin.sentiment,
            Self::Interactions => coin.interactions_24h,
            Self::Posts => coin.posts_24h,
            Self::SocialDominance => coin.social_dominance_pct,
            Self::MarketCap => coin.market_cap_usd,
            Self::Change24h => coin.change_24h_pct,
        }
    }
}

/// Which coins are wanted. A coin whose figure is not told does not pass a filter on it.
#[derive(Clone, Debug, Default)]
pub struct CoinFilter {
    /// Least galaxy score.
    pub min_galaxy_score: Option<f64>,
    /// Highest alt rank.
    pub max_alt_rank: Option<f64>,
    /// Least share of positive posts.
    pub min_sentiment: Option<f64>,
    /// Least interactions of 24 h.
    pub min_interactions: Option<f64>,
    /// Least market cap in USD.
    pub min_market_cap_usd: Option<f64>,
    /// Highest market cap in USD.
    pub max_market_cap_usd: Option<f64>,
    /// Least volume of 24 h in USD.
    pub min_volume_usd: Option<f64>,
    /// A sector's name.
    pub category: Option<String>,
}

impl CoinFilter {
    fn takes(&self, coin: &CoinFigures) -> bool {
        let least = |bound: Option<f64>, value: Option<f64>| {
            bound.is_none_or(|bound| value.is_some_and(|value| value >= bound))
        };
        let most = |bound: Option<f64>, value: Option<f64>| {
            bound.is_none_or(|bound| value.is_some_and(|value| value <= bound))
        };
        least(self.min_galaxy_score, coin.galaxy_score)
            && most(self.max_alt_rank, coin.alt_rank)
            && least(self.min_sentiment, coin.sentiment)
            && least(self.min_interactions, coin.interactions_24h)
            && least(self.min_market_cap_usd, coin.market_cap_usd)
            && most(self.max_market_cap_usd, coin.market_cap_usd)
            && least(self.min_volume_usd, coin.volume_24h_usd)
            && self.category.as_ref().is_none_or(|wanted| {
                coin.categories.iter().any(|category| category.eq_ignore_ascii_case(wanted.trim()))
            })
    }
}

/// Coins chosen out of LunarCrush's list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoinsAnswer {
    /// When LunarCrush computed the list.
    pub as_of: UtcMs,
    /// Coins looked at: the thousand largest.
    pub considered: usize,
    /// Coins that passed the filters, before the limit.
    pub matched: usize,
    /// The coins, best first.
    pub coins: Vec<CoinFigures>,
    /// Who is to be named beside the data.
    pub source: String,
}

/// The market as a whole.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AggregatesAnswer {
    /// When LunarCrush computed the list.
    pub as_of: UtcMs,
    /// Coins that were summed: the thousand largest.
    pub coins: usize,
    /// Market cap in USD.
    pub market_cap_usd: f64,
    /// Volume of 24 h in USD.
    pub volume_24h_usd: f64,
    /// Interactions of 24 h.
    pub interactions_24h: f64,
    /// Posts of 24 h.
    pub posts_24h: f64,
    /// Share of positive posts, weighted by interactions, 0-100.
    pub sentiment: Option<f64>,
    /// Median galaxy score.
    pub median_galaxy_score: Option<f64>,
    /// Coins whose price rose over 24 h, in percent of those whose change is told.
    pub rising_24h_pct: Option<f64>,
    /// Sectors with most interactions. A coin counts in each of its sectors.
    pub categories: Vec<CategoryFigures>,
    /// Who is to be named beside the data.
    pub source: String,
}

/// A sector's coins together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CategoryFigures {
    /// Its name.
    pub category: String,
    /// Coins.
    pub coins: usize,
    /// Market cap in USD.
    pub market_cap_usd: f64,
    /// Interactions of 24 h.
    pub interactions_24h: f64,
    /// Change of price over 24 h in percent, weighted by market cap.
    pub change_24h_pct: Option<f64>,
}

/// Two coins beside each other.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PairAnswer {
    /// When LunarCrush computed the list.
    pub as_of: UtcMs,
    /// The coin.
    pub base: CoinFigures,
    /// What it is measured against.
    pub quote: CoinFigures,
    /// Price of the coin in units of the other.
    pub price: Option<f64>,
    /// Change of that price over 24 hours, in percent.
    pub change_24h_pct: Option<f64>,
    /// Over 7 days.
    pub change_7d_pct: Option<f64>,
    /// Interactions of the coin as a multiple of the other's.
    pub interactions_ratio: Option<f64>,
    /// Galaxy score of the coin minus the other's.
    pub galaxy_score_difference: Option<f64>,
    /// Sentiment of the coin minus the other's, in percentage points.
    pub sentiment_difference: Option<f64>,
    /// Who is to be named beside the data.
    pub source: String,
}

/// The coin's own page: market figures only.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Page<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    symbol: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    price: Text<'a>,
    #[serde(borrow)]
    market_cap: Text<'a>,
    #[serde(borrow)]
    market_cap_rank: Text<'a>,
    #[serde(borrow)]
    volume_24h: Text<'a>,
    #[serde(borrow)]
    percent_change_24h: Text<'a>,
    #[serde(borrow)]
    percent_change_7d: Text<'a>,
    #[serde(borrow)]
    galaxy_score: Text<'a>,
    #[serde(borrow)]
    alt_rank: Text<'a>,
}

/// The change of a ratio from both sides' changes, in percent.
fn relative_pct(base: Option<f64>, quote: Option<f64>) -> Option<f64> {
    let (base, quote) = (1.0 + base? / 100.0, 1.0 + quote? / 100.0);
    (quote > 0.0).then(|| (base / quote - 1.0) * 100.0)
}

fn aggregates(coins: &[CoinFigures], as_of: UtcMs, top: usize) -> AggregatesAnswer {
    let sum = |read: fn(&CoinFigures) -> Option<f64>| {
        coins.iter().filter_map(read).fold(0.0, |sum, value| sum + value)
    };
    let weighted = coins.iter().filter_map(|coin| Some((coin.sentiment?, coin.interactions_24h?)));
    let (weight, mood) = weighted.fold((0.0, 0.0), |(weight, mood), (sentiment, interactions)| {
        (weight + interactions, mood + sentiment * interactions)
    });
    let scores: Vec<f64> = coins.iter().filter_map(|coin| coin.galaxy_score).collect();
    let moves: Vec<f64> = coins.iter().filter_map(|coin| coin.change_24h_pct).collect();
    let rising = moves.iter().filter(|change| **change > 0.0).count();

    let mut sectors: BTreeMap<&str, Vec<&CoinFigures>> = BTreeMap::new();
    for coin in coins {
        for category in &coin.categories {
            sectors.entry(category).or_default().push(coin);
        }
    }
    let mut categories: Vec<CategoryFigures> =
        sectors.into_iter().map(|(category, members)| sector(category, &members)).collect();
    categories.sort_by(|a, b| b.interactions_24h.total_cmp(&a.interactions_24h));
    categories.truncate(top);
    AggregatesAnswer {
        as_of,
        coins: coins.len(),
        market_cap_usd: sum(|coin| coin.market_cap_usd),
        volume_24h_usd: sum(|coin| coin.volume_24h_usd),
        interactions_24h: sum(|coin| coin.interactions_24h),
        posts_24h: sum(|coin| coin.posts_24h),
        sentiment: (weight > 0.0).then(|| mood / weight),
        median_galaxy_score: median(&scores),
        rising_24h_pct: (!moves.is_empty()).then(|| rising as f64 / moves.len() as f64 * 100.0),
        categories,
        source: SOURCE.to_owned(),
    }
}

fn sector(category: &str, members: &[&CoinFigures]) -> CategoryFigures {
    let told = members.iter().filter_map(|coin| Some((coin.change_24h_pct?, coin.market_cap_usd?)));
    let sum = |read: fn(&CoinFigures) -> Option<f64>| {
        members.iter().filter_map(|coin| read(coin)).fold(0.0, |sum, value| sum + value)
    };
    let (weight, change) = told.fold((0.0, 0.0), |(w, c), (change, cap)| (w + cap, c + change * cap));
    CategoryFigures {
        category: category.to_owned(),
        coins: members.len(),
        market_cap_usd: sum(|coin| coin.market_cap_usd),
        interactions_24h: sum(|coin| coin.interactions_24h),
        change_24h_pct: (weight > 0.0).then(|| change / weight),
    }
}

impl App {
    /// The thousand largest coins with their figures, largest first.
    ///
    /// # Errors
    /// LunarCrush's failure.
    pub async fn social_coins(&self, ask: Ask) -> Result<Observed<Vec<CoinFigures>>, AppError> {
        let list = self.market.lunarcrush.coins_list(ask).await?;
        Ok(list.map(|coins| coins.into_iter().map(CoinFigures::from).collect()))
    }

    /// The coins that pass a filter, best first.
    ///
    /// # Errors
    /// LunarCrush's failure.
    pub async fn social_ranking(
        &self,
        filter: &CoinFilter,
        by: RankBy,
        limit: usize,
        ask: Ask,
    ) -> Result<CoinsAnswer, AppError> {
        let list = self.social_coins(ask).await?;
        let considered = list.value.len();
        let mut ranked: Vec<(f64, CoinFigures)> = list
            .value
            .into_iter()
            .filter(|coin| filter.takes(coin))
            .filter_map(|coin| Some((by.value(&coin)?, coin)))
            .collect();
        ranked.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        let matched = ranked.len();
        let coins = ranked.into_iter().take(limit).map(|(_, coin)| coin).collect();
        Ok(CoinsAnswer { as_of: list.as_of, considered, matched, coins, source: SOURCE.to_owned() })
    }

    /// One coin's figures: of the list where it is among the thousand largest, else its market figures.
    ///
    /// # Errors
    /// A malformed symbol, or LunarCrush's failure.
    pub async fn social_coin_figures(&self, symbol: &str, ask: Ask) -> Result<CoinFigures, AppError> {
        let wanted = self.social_coin(symbol, ask).await?;
        let list = self.social_coins(ask).await;
        if let Ok(list) = list {
            let is_it = |coin: &CoinFigures| {
                coin.symbol == wanted || coin.id.is_some_and(|id| id.to_string() == wanted)
            };
            if let Some(coin) = list.value.into_iter().find(is_it) {
                return Ok(coin);
            }
        }
        let args = Args::new().with("coin", &wanted);
        let answer = match self.market.lunarcrush.raw(&coins::COIN, args, ask).await {
            Err(error) if error.kind == ErrorKind::NotFound => {
                return Err(failure(ErrorKind::NotFound, format!("LunarCrush knows no coin '{wanted}'")));
            }
            answer => answer?,
        };
        let page: Page<'_> = read(answer.data())?;
        let Some(symbol) = page.symbol.value() else {
            return Err(failure(ErrorKind::NoData, format!("LunarCrush tells nothing of {wanted}")));
        };
        Ok(CoinFigures {
            symbol: symbol.to_ascii_uppercase(),
            name: page.name.as_str().to_owned(),
            id: page.id.integer(),
            price: page.price.number(),
            change_24h_pct: page.percent_change_24h.number(),
            change_7d_pct: page.percent_change_7d.number(),
            volume_24h_usd: page.volume_24h.number(),
            market_cap_usd: page.market_cap.number(),
            market_cap_rank: page.market_cap_rank.integer(),
            galaxy_score: page.galaxy_score.number(),
            alt_rank: page.alt_rank.number(),
            ..CoinFigures::default()
        })
    }

    /// The market as a whole, and its `top` sectors.
    ///
    /// # Errors
    /// LunarCrush's failure.
    pub async fn social_aggregates(&self, top: usize, ask: Ask) -> Result<AggregatesAnswer, AppError> {
        let list = self.social_coins(ask).await?;
        Ok(aggregates(&list.value, list.as_of, top))
    }

    /// Two coins beside each other.
    ///
    /// # Errors
    /// LunarCrush's failure for either.
    pub async fn social_pair(&self, base: &str, quote: &str, ask: Ask) -> Result<PairAnswer, AppError> {
        let as_of = self.social_coins(ask).await?.as_of;
        let (base, quote) =
            tokio::try_join!(self.social_coin_figures(base, ask), self.social_coin_figures(quote, ask))?;
        let ratio = |a: Option<f64>, b: Option<f64>| Some(a? / b.filter(|b| *b > 0.0)?);
        let difference = |a: Option<f64>, b: Option<f64>| Some(a? - b?);
        Ok(PairAnswer {
            as_of,
            price: ratio(base.price, quote.price),
            change_24h_pct: relative_pct(base.change_24h_pct, quote.change_24h_pct),
            change_7d_pct: relative_pct(base.change_7d_pct, quote.change_7d_pct),
            interactions_ratio: ratio(base.interactions_24h, quote.interactions_24h),
            galaxy_score_difference: difference(base.galaxy_score, quote.galaxy_score),
            sentiment_difference: difference(base.sentiment, quote.sentiment),
            base,
            quote,
            source: SOURCE.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coin(symbol: &str, score: Option<f64>, interactions: f64, change: f64) -> CoinFigures {
        CoinFigures {
            symbol: symbol.to_owned(),
            galaxy_score: score,
            interactions_24h: Some(interactions),
            sentiment: Some(80.0),
            change_24h_pct: Some(change),
            market_cap_usd: Some(100.0),
            categories: vec!["defi".to_owned()],
            ..CoinFigures::default()
        }
    }

    #[test]
    fn a_figure_that_is_not_told_passes_no_filter() {
        let filter = CoinFilter {
            min_galaxy_score: Some(50.0),
            category: Some("DeFi".into()),
            ..CoinFilter::default()
        };
        assert!(filter.takes(&coin("A", Some(60.0), 1.0, 1.0)));
        assert!(!filter.takes(&coin("B", None, 1.0, 1.0)));
        assert!(!filter.takes(&coin("C", Some(40.0), 1.0, 1.0)));
    }

    #[test]
    fn sums_and_sectors_by_hand() {
        let coins = [coin("A", Some(60.0), 30.0, 2.0), coin("B", Some(40.0), 10.0, -4.0)];
        let found = aggregates(&coins, UtcMs(0), 5);
        assert_eq!((found.interactions_24h, found.sentiment), (40.0, Some(80.0)));
        assert_eq!((found.median_galaxy_score, found.rising_24h_pct), (Some(50.0), Some(50.0)));
        assert_eq!(found.categories[0].change_24h_pct, Some(-1.0));
    }

    #[test]
    fn a_pairs_change_is_that_of_the_ratio() {
        assert!((relative_pct(Some(10.0), Some(-10.0)).unwrap() - 22.222_222).abs() < 1e-4);
        assert_eq!(relative_pct(Some(10.0), None), None);
    }
}
