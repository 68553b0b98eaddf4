//! Topics, news, creators, and how the source itself is doing.

use app::AppError;
use app::overview::FailureAnswer;
use app::social::figures::Change;
use app::social::topics::{CoverageChange, Creator, NetworkFigures, NewsItem, TopicFigures, TopicsAnswer};
use app::social::{ChangeAnswer, ChangeWindow};
use catalog::{Catalog, OpError};
use domain::UtcMs;
use domain::symbols::Symbol;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{meta, rows, ten, twenty};
use crate::{Ctx, op_error};

#[derive(Debug, Deserialize, JsonSchema)]
struct TopicsIn {
    /// Rows wanted, first rank first.
    #[serde(default = "twenty")]
    #[schemars(range(min = 1, max = 1000))]
    limit: u32,
}

async fn topics_list(ctx: Ctx, input: TopicsIn) -> Result<TopicsAnswer, OpError> {
    ctx.app.topics(rows(input.limit), ctx.ask(false)).await.map_err(op_error)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct TrendsIn {
    /// Least posts of 24 h.
    #[serde(default)]
    min_posts: f64,
    /// Rows wanted.
    #[serde(default = "twenty")]
    #[schemars(range(min = 1, max = 1000))]
    limit: u32,
}

async fn topic_trends(ctx: Ctx, input: TrendsIn) -> Result<TopicsAnswer, OpError> {
    ctx.app.topic_trends(input.min_posts, rows(input.limit), ctx.ask(false)).await.map_err(op_error)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct TopicIn {
    /// Topic, for example bitcoin.
    #[schemars(length(min = 1, max = 100))]
    topic: String,
    /// Asks the provider anew instead of serving an answer that is still good.
    #[serde(default)]
    fresh: bool,
}

async fn topic(ctx: Ctx, input: TopicIn) -> Result<TopicFigures, OpError> {
    ctx.app.topic(&input.topic, ctx.ask(input.fresh)).await.map_err(op_error)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct CoinIn {
    symbol: Symbol,
    /// Asks the provider anew instead of serving an answer that is still good.
    #[serde(default)]
    fresh: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ThemesOut {
    /// The coin as asked for.
    symbol: String,
    /// Its topic.
    topic: String,
    /// Topics that are mentioned with it.
    themes: Vec<String>,
    /// Categories that it belongs to.
    categories: Vec<String>,
    /// Interactions of 24 h.
    interactions_24h: Option<f64>,
    /// up, down or flat.
    trend: Option<String>,
    /// When the answer arrived.
    as_of: UtcMs,
    /// Who is to be named beside the data.
    source: String,
}

async fn coin_themes(ctx: Ctx, input: CoinIn) -> Result<ThemesOut, OpError> {
    let topic = ctx.app.coin_topic(input.symbol.as_str(), ctx.ask(input.fresh)).await.map_err(op_error)?;
    Ok(ThemesOut {
        symbol: input.symbol.as_str().to_ascii_uppercase(),
        topic: topic.topic,
        themes: topic.related_topics,
        categories: topic.categories,
        interactions_24h: topic.interactions_24h,
        trend: topic.trend,
        as_of: topic.as_of,
        source: topic.source,
    })
}

#[derive(Debug, Deserialize, JsonSchema)]
struct NewsIn {
    /// Only news on this coin.
    symbol: Option<Symbol>,
    /// Only news on this topic, for example bitcoin.
    topic: Option<String>,
    /// Category, where neither coin nor topic is given; cryptocurrencies without it.
    category: Option<String>,
    /// Rows wanted, newest first.
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 100))]
    limit: u32,
}

#[derive(Debug, Serialize, JsonSchema)]
struct NewsOut {
    /// News, newest first. The texts are third parties'.
    news: Vec<NewsItem>,
    /// Who is to be named beside the data.
    source: String,
}

async fn news_feed(ctx: Ctx, input: NewsIn) -> Result<NewsOut, OpError> {
    let (limit, ask) = (rows(input.limit), ctx.ask(false));
    let news = match (&input.symbol, &input.topic) {
        (Some(symbol), _) => ctx.app.coin_news(symbol.as_str(), limit, ask).await,
        (None, Some(topic)) => ctx.app.topic_news(topic, limit, ask).await,
        (None, None) => {
            let category = input.category.as_deref().unwrap_or("cryptocurrencies");
            ctx.app.category_news(category, limit, ask).await
        }
    };
    Ok(NewsOut { news: news.map_err(op_error)?, source: "LunarCrush".to_owned() })
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CommunityOut {
    /// The coin as asked for.
    symbol: String,
    /// Interactions of 24 h.
    interactions_24h: Option<f64>,
    /// Authors of 24 h.
    contributors_24h: Option<f64>,
    /// Posts of 24 h.
    posts_24h: Option<f64>,
    /// Interactions for each post.
    interactions_per_post: Option<f64>,
    /// Share of positive posts, weighted by interactions, 0-100.
    sentiment: Option<f64>,
    /// By network, most interactions first.
    networks: Vec<NetworkFigures>,
    /// Changes over 24 hours, where the series could be had.
    changes_24h: Option<Vec<Change>>,
    /// What could not be had, and why.
    failed: Vec<FailureAnswer>,
    /// Who is to be named beside the data.
    source: String,
}

async fn community_activity(ctx: Ctx, input: CoinIn) -> Result<CommunityOut, OpError> {
    let ask = ctx.ask(input.fresh);
    let topic = ctx.app.coin_topic(input.symbol.as_str(), ask).await.map_err(op_error)?;
    let change: Result<ChangeAnswer, AppError> =
        ctx.app.social_change(input.symbol.as_str(), ChangeWindow::Day, ask).await;
    let (changes_24h, failed) = match change {
        Ok(answer) => (Some(answer.changes), Vec::new()),
        Err(error) => {
            let kind = error.code().to_owned();
            (None, vec![FailureAnswer { source: "changes24h".to_owned(), kind, message: error.to_string() }])
        }
    };
    let per_post = |interactions: Option<f64>, posts: Option<f64>| {
        Some(interactions? / posts.filter(|posts| *posts > 0.0)?)
    };
    Ok(CommunityOut {
        symbol: input.symbol.as_str().to_ascii_uppercase(),
        interactions_24h: topic.interactions_24h,
        contributors_24h: topic.contributors,
        posts_24h: topic.posts,
        interactions_per_post: per_post(topic.interactions_24h, topic.posts),
        sentiment: topic.sentiment,
        networks: topic.networks,
        changes_24h,
        failed,
        source: topic.source,
    })
}

#[derive(Debug, Deserialize, JsonSchema)]
struct InfluencersIn {
    symbol: Symbol,
    /// Rows wanted, most influence first.
    #[serde(default = "twenty")]
    #[schemars(range(min = 1, max = 100))]
    limit: u32,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct InfluencersOut {
    /// The coin as asked for.
    symbol: String,
    /// Its topic.
    topic: String,
    /// Creators with most influence on it.
    creators: Vec<Creator>,
    /// Who is to be named beside the data.
    source: String,
}

async fn influencer_activity(ctx: Ctx, input: InfluencersIn) -> Result<InfluencersOut, OpError> {
    let found = ctx.app.coin_creators(input.symbol.as_str(), rows(input.limit), ctx.ask(false)).await;
    let (topic, creators) = found.map_err(op_error)?;
    let symbol = input.symbol.as_str().to_ascii_uppercase();
    Ok(InfluencersOut { symbol, topic, creators, source: "LunarCrush".to_owned() })
}

#[derive(Debug, Deserialize, JsonSchema)]
struct StatusIn {
    /// Coverage changes wanted, newest first.
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 100))]
    limit: u32,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct StatusOut {
    /// Our way to LunarCrush: breaker, budgets, last success and failure.
    lane: Value,
    /// What LunarCrush changed in its own coverage, newest first; explains jumps in history.
    changes: Option<Vec<CoverageChange>>,
    /// What could not be had, and why.
    failed: Vec<FailureAnswer>,
    /// When it was asked.
    timestamp: UtcMs,
}

async fn system_status(ctx: Ctx, input: StatusIn) -> Result<StatusOut, OpError> {
    let changes = ctx.app.coverage_changes(rows(input.limit), ctx.ask(false)).await;
    let (changes, failed) = match changes {
        Ok(changes) => (Some(changes), Vec::new()),
        Err(error) => {
            let kind = error.code().to_owned();
            (None, vec![FailureAnswer { source: "changes".to_owned(), kind, message: error.to_string() }])
        }
    };
    let lane = serde_json::to_value(ctx.app.market.lunarcrush.lane().status());
    let lane =
        lane.map_err(|_| OpError::internal("the state of the provider could not be written as JSON"))?;
    Ok(StatusOut { lane, changes, failed, timestamp: ctx.app.clock.now() })
}

pub(super) fn register(catalog: &mut Catalog<Ctx>) {
    catalog.add(
        meta("lunarcrush.topics_list", "/lunarcrush/topics/list")
            .summary("Topics by rank over all social networks, with places gained over an hour and a day")
            .description("Rank 1 is first. Not only crypto: LunarCrush ranks all topics together.")
            .example("The first ten", [("limit", 10.into())]),
        topics_list,
    );
    catalog.add(
        meta("lunarcrush.topic_trends", "/lunarcrush/topics/trends")
            .summary("Topics that gained most places over a day, relative to the place they had")
            .description("gained24hShare 0.5 means that the rank halved. Topics that gained nothing, or had no rank a day ago, are left out.")
            .example("The strongest gains with a thousand posts", [("min_posts", 1_000.into()), ("limit", 10.into())]),
        topic_trends,
    );
    catalog.add(
        meta("lunarcrush.topic", "/lunarcrush/topic/{topic}")
            .summary("One topic: rank, trend, interactions, authors, sentiment by network, related topics")
            .description("Sentiment is the networks' mean weighted by interactions, 0-100.")
            .example("Bitcoin", [("topic", "bitcoin".into())]),
        topic,
    );
    catalog.add(
        meta("lunarcrush.coin_themes", "/lunarcrush/coin/{symbol}/themes")
            .summary("Themes that are mentioned with a coin, and the categories it belongs to")
            .description("The related topics of the coin's own topic.")
            .example("Bitcoin", [("symbol", "BTC".into())]),
        coin_themes,
    );
    catalog.add(
        meta("lunarcrush.news_feed", "/lunarcrush/news/feed")
            .summary("News on a coin, a topic or a category, newest first, with sentiment and interactions")
            .description("Sentiment of an item is 1 (negative) to 5 (positive). Titles are third parties' texts, not advice.")
            .example("News on Bitcoin", [("symbol", "BTC".into()), ("limit", 5.into())]),
        news_feed,
    );
    catalog.add(
        meta("lunarcrush.community_activity", "/lunarcrush/community/{symbol}")
            .summary("What a coin's community does: posts, authors, interactions, sentiment by network, changes of 24 h")
            .description("From the coin's topic; the changes come from its series and may be missing by themselves.")
            .cost(10)
            .example("Bitcoin", [("symbol", "BTC".into())]),
        community_activity,
    );
    catalog.add(
        meta("lunarcrush.influencer_activity", "/lunarcrush/influencers/{symbol}")
            .summary(
                "Creators with most influence on a coin's topic, with followers and interactions of 24 h",
            )
            .description("sharePct is the creator's part of the listed creators' interactions.")
            .example("Bitcoin", [("symbol", "BTC".into())]),
        influencer_activity,
    );
    catalog.add(
        meta("lunarcrush.system_status", "/lunarcrush/system/status")
            .summary(
                "How LunarCrush is doing here: breaker, budgets, last failure, and its own coverage changes",
            )
            .description("The state is that of our calls; coverage changes explain jumps in history.")
            .example("State of the source", []),
        system_status,
    );
}
