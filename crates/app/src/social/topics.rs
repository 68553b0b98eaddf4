//! Topics, news and creators.

use std::collections::BTreeMap;

use domain::{ErrorKind, UtcMs};
use lunarcrush::endpoints::{coins, rest, social};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use upstream::lenient::Text;
use upstream::{Args, Ask, Endpoint, Fetched};

use super::{SOURCE, failure, read};
use crate::{App, AppError};

/// A topic of the list.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TopicRank {
    /// The topic, as the topic operations take it.
    pub topic: String,
    /// Its title.
    pub title: String,
    /// 1 is first.
    pub rank: i64,
    /// Places gained over an hour.
    pub gained_1h: Option<i64>,
    /// Places gained over a day.
    pub gained_24h: Option<i64>,
    /// The gain of a day as a share of the place before: 0.5 halves the rank.
    pub gained_24h_share: Option<f64>,
    /// Authors.
    pub contributors: Option<f64>,
    /// Posts of 24 h.
    pub posts_24h: Option<f64>,
    /// Interactions of 24 h.
    pub interactions_24h: Option<f64>,
}

/// Topics.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TopicsAnswer {
    /// When the answer arrived.
    pub as_of: UtcMs,
    /// Topics that LunarCrush listed.
    pub listed: usize,
    /// The topics.
    pub topics: Vec<TopicRank>,
    /// Who is to be named beside the data.
    pub source: String,
}

/// One network's share of a topic.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NetworkFigures {
    /// Kind of post: tweet, news, reddit-post, …
    pub network: String,
    /// Posts.
    pub posts: Option<f64>,
    /// Interactions of 24 h.
    pub interactions: Option<f64>,
    /// Share of positive posts, 0-100.
    pub sentiment: Option<f64>,
}

/// A topic of now.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TopicFigures {
    /// The topic.
    pub topic: String,
    /// Its title.
    pub title: String,
    /// 1 is first.
    pub rank: Option<i64>,
    /// up, down or flat.
    pub trend: Option<String>,
    /// Interactions of 24 h.
    pub interactions_24h: Option<f64>,
    /// Authors of 24 h.
    pub contributors: Option<f64>,
    /// Posts of 24 h.
    pub posts: Option<f64>,
    /// Share of positive posts, the mean of the networks weighted by interactions, 0-100.
    pub sentiment: Option<f64>,
    /// By network, most interactions first.
    pub networks: Vec<NetworkFigures>,
    /// Topics that are mentioned with it.
    pub related_topics: Vec<String>,
    /// Categories.
    pub categories: Vec<String>,
    /// When the answer arrived.
    pub as_of: UtcMs,
    /// Who is to be named beside the data.
    pub source: String,
}

/// A news item. The text is a third party's.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewsItem {
    /// Title.
    pub title: String,
    /// Where it stands.
    pub link: Option<String>,
    /// Who published it.
    pub publisher: Option<String>,
    /// When.
    pub published_at: Option<UtcMs>,
    /// 1 (negative) to 5 (positive), 3 is neutral.
    pub sentiment: Option<f64>,
    /// Interactions of 24 h.
    pub interactions_24h: Option<f64>,
}

/// A creator with influence on a topic.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Creator {
    /// Screen name.
    pub name: String,
    /// twitter, youtube, …
    pub network: Option<String>,
    /// Followers.
    pub followers: Option<f64>,
    /// 1 is first on the topic.
    pub rank: Option<i64>,
    /// Interactions of 24 h.
    pub interactions_24h: Option<f64>,
    /// Share of the listed creators' interactions, in percent.
    pub share_pct: Option<f64>,
}

/// What LunarCrush changed in its own coverage.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoverageChange {
    /// Name of the asset.
    pub asset: String,
    /// coins, stocks, …
    pub kind: String,
    /// What changed.
    pub change: String,
    /// When.
    pub at: Option<UtcMs>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TopicRow<'a> {
    #[serde(borrow)]
    topic: Text<'a>,
    #[serde(borrow)]
    title: Text<'a>,
    #[serde(borrow)]
    topic_rank: Text<'a>,
    #[serde(borrow)]
    topic_rank_1h_previous: Text<'a>,
    #[serde(borrow)]
    topic_rank_24h_previous: Text<'a>,
    #[serde(borrow)]
    num_contributors: Text<'a>,
    #[serde(borrow)]
    num_posts: Text<'a>,
    #[serde(borrow)]
    interactions_24h: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TopicPage<'a> {
    #[serde(borrow)]
    topic: Text<'a>,
    #[serde(borrow)]
    title: Text<'a>,
    #[serde(borrow)]
    topic_rank: Text<'a>,
    #[serde(borrow)]
    trend: Text<'a>,
    #[serde(borrow)]
    interactions_24h: Text<'a>,
    #[serde(borrow)]
    num_contributors: Text<'a>,
    #[serde(borrow)]
    num_posts: Text<'a>,
    #[serde(borrow)]
    related_topics: Vec<Text<'a>>,
    #[serde(borrow)]
    categories: Vec<Text<'a>>,
    #[serde(borrow)]
    types_count: BTreeMap<String, Text<'a>>,
    #[serde(borrow)]
    types_interactions: BTreeMap<String, Text<'a>>,
    #[serde(borrow)]
    types_sentiment: BTreeMap<String, Text<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PostRow<'a> {
    #[serde(borrow)]
    post_title: Text<'a>,
    #[serde(borrow)]
    post_link: Text<'a>,
    #[serde(borrow)]
    post_created: Text<'a>,
    #[serde(borrow)]
    post_sentiment: Text<'a>,
    #[serde(borrow)]
    creator_display_name: Text<'a>,
    #[serde(borrow)]
    interactions_24h: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CreatorRow<'a> {
    #[serde(borrow)]
    creator_id: Text<'a>,
    #[serde(borrow)]
    creator_name: Text<'a>,
    #[serde(borrow)]
    creator_followers: Text<'a>,
    #[serde(borrow)]
    creator_rank: Text<'a>,
    #[serde(borrow)]
    interactions_24h: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ChangeRow<'a> {
    #[serde(borrow)]
    asset_type: Text<'a>,
    #[serde(borrow)]
    asset_name: Text<'a>,
    #[serde(borrow)]
    change: Text<'a>,
    #[serde(borrow)]
    time: Text<'a>,
}

fn owned(text: &Text<'_>) -> Option<String> {
    text.value().map(str::to_owned)
}

fn ranks(rows: &[TopicRow<'_>]) -> Vec<TopicRank> {
    rows.iter()
        .filter_map(|row| {
            let rank = row.topic_rank.integer().filter(|rank| *rank > 0)?;
            let gained =
                |before: &Text<'_>| before.integer().filter(|before| *before > 0).map(|before| before - rank);
            let gained_24h = gained(&row.topic_rank_24h_previous);
            Some(TopicRank {
                topic: owned(&row.topic)?,
                title: row.title.as_str().to_owned(),
                rank,
                gained_1h: gained(&row.topic_rank_1h_previous),
                gained_24h,
                gained_24h_share: gained_24h.map(|gained| gained as f64 / (rank + gained) as f64),
                contributors: row.num_contributors.number(),
                posts_24h: row.num_posts.number(),
                interactions_24h: row.interactions_24h.number(),
            })
        })
        .collect()
}

fn figures(page: &TopicPage<'_>, as_of: UtcMs) -> Option<TopicFigures> {
    let number = |map: &BTreeMap<String, Text<'_>>, name: &str| map.get(name).and_then(Text::number);
    let names = page.types_interactions.keys().chain(page.types_count.keys());
    let names: std::collections::BTreeSet<&String> = names.collect();
    let mut networks: Vec<NetworkFigures> = names
        .into_iter()
        .map(|name| NetworkFigures {
            network: name.clone(),
            posts: number(&page.types_count, name),
            interactions: number(&page.types_interactions, name),
            sentiment: number(&page.types_sentiment, name),
        })
        .collect();
    networks.sort_by(|a, b| b.interactions.unwrap_or(-1.0).total_cmp(&a.interactions.unwrap_or(-1.0)));
    let told = networks.iter().filter_map(|network| Some((network.sentiment?, network.interactions?)));
    let (weight, mood) = told.fold((0.0, 0.0), |(w, m), (mood, weight)| (w + weight, m + mood * weight));
    Some(TopicFigures {
        topic: owned(&page.topic)?,
        title: page.title.as_str().to_owned(),
        rank: page.topic_rank.integer(),
        trend: owned(&page.trend),
        interactions_24h: page.interactions_24h.number(),
        contributors: page.num_contributors.number(),
        posts: page.num_posts.number(),
        sentiment: (weight > 0.0).then(|| mood / weight),
        networks,
        related_topics: page.related_topics.iter().filter_map(owned).collect(),
        categories: page.categories.iter().filter_map(owned).collect(),
        as_of,
        source: SOURCE.to_owned(),
    })
}

fn news(rows: &[PostRow<'_>], limit: usize) -> Vec<NewsItem> {
    let mut items: Vec<NewsItem> = rows
        .iter()
        .filter_map(|row| {
            Some(NewsItem {
                title: owned(&row.post_title)?,
                link: owned(&row.post_link),
                publisher: owned(&row.creator_display_name),
                published_at: row.post_created.instant(),
                sentiment: row.post_sentiment.number().filter(|mood| (1.0..=5.0).contains(mood)),
                interactions_24h: row.interactions_24h.number(),
            })
        })
        .collect();
    items.sort_by_key(|item| std::cmp::Reverse(item.published_at));
    items.truncate(limit);
    items
}

fn creators(rows: &[CreatorRow<'_>], limit: usize) -> Vec<Creator> {
    let all: f64 = rows.iter().filter_map(|row| row.interactions_24h.number()).sum();
    rows.iter()
        .filter_map(|row| {
            let interactions = row.interactions_24h.number();
            Some(Creator {
                name: owned(&row.creator_name)?,
                network: row
                    .creator_id
                    .value()
                    .and_then(|id| id.split_once("::"))
                    .map(|(network, _)| network.to_owned()),
                followers: row.creator_followers.number(),
                rank: row.creator_rank.integer(),
                interactions_24h: interactions,
                share_pct: interactions.filter(|_| all > 0.0).map(|own| own / all * 100.0),
            })
        })
        .take(limit)
        .collect()
}

impl App {
    async fn topic_call(&self, endpoint: &Endpoint, topic: &str, ask: Ask) -> Result<Fetched, AppError> {
        let args = Args::new().with("topic", topic.trim().to_lowercase());
        Ok(self.market.lunarcrush.raw(endpoint, args, ask).await?)
    }

    /// All topics of LunarCrush's list, by rank.
    ///
    /// # Errors
    /// LunarCrush's failure.
    pub async fn topics(&self, limit: usize, ask: Ask) -> Result<TopicsAnswer, AppError> {
        let answer = self.market.lunarcrush.raw(&social::TOPICS_LIST, Args::new(), ask).await?;
        let mut topics = ranks(&read::<Vec<TopicRow<'_>>>(answer.data())?);
        topics.sort_by_key(|topic| topic.rank);
        let listed = topics.len();
        topics.truncate(limit);
        Ok(TopicsAnswer { as_of: answer.received_at, listed, topics, source: SOURCE.to_owned() })
    }

    /// Topics that gained most places over a day, relative to the place they had.
    ///
    /// # Errors
    /// LunarCrush's failure.
    pub async fn topic_trends(
        &self,
        min_posts: f64,
        limit: usize,
        ask: Ask,
    ) -> Result<TopicsAnswer, AppError> {
        let mut answer = self.topics(usize::MAX, ask).await?;
        answer.topics.retain(|topic| {
            topic.gained_24h.is_some_and(|gained| gained > 0)
                && topic.posts_24h.unwrap_or_default() >= min_posts
        });
        let share = |topic: &TopicRank| topic.gained_24h_share.unwrap_or(f64::MIN);
        answer.topics.sort_by(|a, b| share(b).total_cmp(&share(a)).then(a.rank.cmp(&b.rank)));
        answer.topics.truncate(limit);
        Ok(answer)
    }

    /// One topic.
    ///
    /// # Errors
    /// LunarCrush's failure.
    pub async fn topic(&self, topic: &str, ask: Ask) -> Result<TopicFigures, AppError> {
        let answer = self.topic_call(&social::TOPIC, topic, ask).await?;
        figures(&read::<TopicPage<'_>>(answer.data())?, answer.received_at).ok_or_else(|| {
            failure(ErrorKind::NoData, format!("LunarCrush tells nothing of the topic '{topic}'"))
        })
    }

    /// The topic of a coin: what LunarCrush names on the coin's own page.
    async fn topic_name(&self, symbol: &str, ask: Ask) -> Result<String, AppError> {
        #[derive(Deserialize)]
        struct Named {
            #[serde(default)]
            config: Value,
        }
        let coin = self.social_coin(symbol, ask).await?;
        let args = Args::new().with("coin", &coin);
        let answer = match self.market.lunarcrush.raw(&coins::COIN, args, ask).await {
            Err(error) if error.kind == ErrorKind::NotFound => {
                return Err(failure(ErrorKind::NotFound, format!("LunarCrush knows no coin '{coin}'")));
            }
            answer => answer?,
        };
        let named: Named = read(answer.body())?;
        let topic = named.config.get("topic").and_then(Value::as_str).map(str::trim).unwrap_or_default();
        if topic.is_empty() {
            return Err(failure(ErrorKind::NoData, format!("LunarCrush names no topic for {coin}")));
        }
        Ok(topic.to_owned())
    }

    /// The topic of a coin.
    ///
    /// # Errors
    /// LunarCrush's failure, or a coin without a topic.
    pub async fn coin_topic(&self, symbol: &str, ask: Ask) -> Result<TopicFigures, AppError> {
        let name = self.topic_name(symbol, ask).await?;
        self.topic(&name, ask).await
    }

    /// Newest news on a coin.
    ///
    /// # Errors
    /// LunarCrush's failure, or a coin without a topic.
    pub async fn coin_news(&self, symbol: &str, limit: usize, ask: Ask) -> Result<Vec<NewsItem>, AppError> {
        let name = self.topic_name(symbol, ask).await?;
        self.topic_news(&name, limit, ask).await
    }

    /// Newest news on a topic.
    ///
    /// # Errors
    /// LunarCrush's failure.
    pub async fn topic_news(&self, topic: &str, limit: usize, ask: Ask) -> Result<Vec<NewsItem>, AppError> {
        let answer = self.topic_call(&social::TOPIC_NEWS, topic, ask).await?;
        Ok(news(&read::<Vec<PostRow<'_>>>(answer.data())?, limit))
    }

    /// Newest news in a category.
    ///
    /// # Errors
    /// LunarCrush's failure.
    pub async fn category_news(
        &self,
        category: &str,
        limit: usize,
        ask: Ask,
    ) -> Result<Vec<NewsItem>, AppError> {
        let args = Args::new().with("category", category.trim().to_lowercase());
        let answer = self.market.lunarcrush.raw(&social::CATEGORY_NEWS, args, ask).await?;
        Ok(news(&read::<Vec<PostRow<'_>>>(answer.data())?, limit))
    }

    /// Creators with most influence on a coin's topic.
    ///
    /// # Errors
    /// LunarCrush's failure, or a coin without a topic.
    pub async fn coin_creators(
        &self,
        symbol: &str,
        limit: usize,
        ask: Ask,
    ) -> Result<(String, Vec<Creator>), AppError> {
        let name = self.topic_name(symbol, ask).await?;
        let answer = self.topic_call(&social::TOPIC_CREATORS, &name, ask).await?;
        Ok((name, creators(&read::<Vec<CreatorRow<'_>>>(answer.data())?, limit)))
    }

    /// What LunarCrush changed in its own coverage, newest first.
    ///
    /// # Errors
    /// LunarCrush's failure.
    pub async fn coverage_changes(&self, limit: usize, ask: Ask) -> Result<Vec<CoverageChange>, AppError> {
        let answer = self.market.lunarcrush.raw(&rest::SYSTEM_CHANGES, Args::new(), ask).await?;
        let rows: Vec<ChangeRow<'_>> = read(answer.data())?;
        let mut changes: Vec<CoverageChange> = rows
            .iter()
            .map(|row| CoverageChange {
                asset: row.asset_name.as_str().to_owned(),
                kind: row.asset_type.as_str().to_owned(),
                change: row.change.as_str().to_owned(),
                at: row.time.instant(),
            })
            .collect();
        changes.sort_by_key(|change| std::cmp::Reverse(change.at));
        changes.truncate(limit);
        Ok(changes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topics_sentiment_is_weighted_by_interactions() {
        let page: TopicPage<'_> = serde_json::from_str(
            r#"{"topic":"bitcoin","title":"Bitcoin","topic_rank":20,"related_topics":["eth"],
            "types_count":{"tweet":10},"types_interactions":{"tweet":300,"news":100},
            "types_sentiment":{"tweet":80,"news":40},"categories":[],"trend":"up"}"#,
        )
        .unwrap();
        let found = figures(&page, UtcMs(0)).unwrap();
        assert_eq!((found.sentiment, found.rank), (Some(70.0), Some(20)));
        assert_eq!(found.networks[0].network, "tweet");
        assert_eq!(figures(&TopicPage::default(), UtcMs(0)), None);
    }

    #[test]
    fn places_gained_are_relative_to_the_place_before() {
        let rows: Vec<TopicRow<'_>> = serde_json::from_str(
            r#"[{"topic":3038,"topic_rank":10,"topic_rank_24h_previous":40,"topic_rank_1h_previous":null},{"title":"x"}]"#,
        )
        .unwrap();
        let found = ranks(&rows);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].gained_24h, found[0].gained_24h_share, found[0].gained_1h),
            (Some(30), Some(0.75), None)
        );
    }

    #[test]
    fn creators_share_and_news_come_newest_first() {
        let rows: Vec<CreatorRow<'_>> = serde_json::from_str(
            r#"[{"creator_id":"twitter::1","creator_name":"a","creator_followers":"12","interactions_24h":75},
            {"creator_name":"b","interactions_24h":25}]"#,
        )
        .unwrap();
        let found = creators(&rows, 5);
        assert_eq!(
            (found[0].share_pct, found[0].network.as_deref(), found[0].followers),
            (Some(75.0), Some("twitter"), Some(12.0))
        );
        let rows: Vec<PostRow<'_>> = serde_json::from_str(
            r#"[{"post_title":"old","post_created":1760000000},{"post_title":"new","post_created":1760600000,"post_sentiment":2.5},{"post_link":"x"}]"#,
        )
        .unwrap();
        let found = news(&rows, 5);
        assert_eq!((found.len(), found[0].title.as_str(), found[0].sentiment), (2, "new", Some(2.5)));
    }
}
