//! Coins.

use app::social::list::{AggregatesAnswer, CoinFigures, CoinFilter, CoinsAnswer, PairAnswer, RankBy};
use app::social::series::{Bucket, Reach, SocialSeries};
use app::social::{ChangeAnswer, ChangeWindow, ComprehensiveAnswer, CorrelationAnswer, MomentumAnswer};
use catalog::{Catalog, OpError};
use domain::symbols::Symbol;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{meta, rows, ten, twenty};
use crate::{Ctx, op_error};

#[derive(Debug, Deserialize, JsonSchema)]
struct CoinIn {
    symbol: Symbol,
    /// Asks the provider anew instead of serving an answer that is still good.
    #[serde(default)]
    fresh: bool,
}

async fn coin(ctx: Ctx, input: CoinIn) -> Result<CoinFigures, OpError> {
    ctx.app.social_coin_figures(input.symbol.as_str(), ctx.ask(input.fresh)).await.map_err(op_error)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct SeriesIn {
    symbol: Symbol,
    /// Length of a bucket.
    #[serde(default)]
    bucket: Bucket,
    /// How far back the series reaches.
    #[serde(default)]
    interval: Reach,
    /// Most buckets wanted, the newest.
    #[serde(default = "thousand")]
    #[schemars(range(min = 1, max = 10000))]
    limit: u32,
    /// Asks the provider anew instead of serving an answer that is still good.
    #[serde(default)]
    fresh: bool,
}

const fn thousand() -> u32 {
    1_000
}

async fn time_series(ctx: Ctx, input: SeriesIn) -> Result<SocialSeries, OpError> {
    let ask = ctx.ask(input.fresh);
    let series = ctx.app.social_series(input.symbol.as_str(), input.bucket, input.interval, ask).await;
    let mut series = series.map_err(op_error)?;
    let surplus = series.points.len().saturating_sub(rows(input.limit));
    series.points.drain(..surplus);
    Ok(series)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ChangeIn {
    symbol: Symbol,
    /// Span of the change, against the span of the same length before it.
    #[serde(default)]
    timeframe: ChangeWindow,
    /// Asks the provider anew instead of serving an answer that is still good.
    #[serde(default)]
    fresh: bool,
}

async fn change(ctx: Ctx, input: ChangeIn) -> Result<ChangeAnswer, OpError> {
    let ask = ctx.ask(input.fresh);
    ctx.app.social_change(input.symbol.as_str(), input.timeframe, ask).await.map_err(op_error)
}

async fn momentum(ctx: Ctx, input: CoinIn) -> Result<MomentumAnswer, OpError> {
    ctx.app.social_momentum(input.symbol.as_str(), ctx.ask(input.fresh)).await.map_err(op_error)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct CorrelationIn {
    symbol: Symbol,
    /// Length of a bucket.
    #[serde(default = "day")]
    bucket: Bucket,
    /// How far back the series reaches.
    #[serde(default = "quarter")]
    interval: Reach,
    /// Asks the provider anew instead of serving an answer that is still good.
    #[serde(default)]
    fresh: bool,
}

const fn day() -> Bucket {
    Bucket::Day
}

const fn quarter() -> Reach {
    Reach::Quarter
}

async fn correlation(ctx: Ctx, input: CorrelationIn) -> Result<CorrelationAnswer, OpError> {
    let ask = ctx.ask(input.fresh);
    let answer = ctx.app.social_correlation(input.symbol.as_str(), input.bucket, input.interval, ask).await;
    answer.map_err(op_error)
}

async fn comprehensive(ctx: Ctx, input: CoinIn) -> Result<ComprehensiveAnswer, OpError> {
    ctx.app.social_comprehensive(input.symbol.as_str(), ctx.ask(input.fresh)).await.map_err(op_error)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct DiscoveryIn {
    /// Least galaxy score, 0-100.
    min_galaxy_score: Option<f64>,
    /// Highest alt rank; lower is better.
    max_alt_rank: Option<f64>,
    /// Least share of positive posts, 0-100.
    min_sentiment: Option<f64>,
    /// Least interactions of 24 h.
    min_interactions: Option<f64>,
    /// Least market cap in USD.
    min_market_cap: Option<f64>,
    /// Highest market cap in USD.
    max_market_cap: Option<f64>,
    /// Least volume of 24 h in USD.
    min_volume: Option<f64>,
    /// A sector, for example defi or layer-1.
    category: Option<String>,
    /// What the coins are ranked by.
    #[serde(default)]
    rank_by: RankBy,
    /// Rows wanted.
    #[serde(default = "twenty")]
    #[schemars(range(min = 1, max = 1000))]
    limit: u32,
}

async fn discovery(ctx: Ctx, input: DiscoveryIn) -> Result<CoinsAnswer, OpError> {
    let filter = CoinFilter {
        min_galaxy_score: input.min_galaxy_score,
        max_alt_rank: input.max_alt_rank,
        min_sentiment: input.min_sentiment,
        min_interactions: input.min_interactions,
        min_market_cap_usd: input.min_market_cap,
        max_market_cap_usd: input.max_market_cap,
        min_volume_usd: input.min_volume,
        category: input.category,
    };
    let ranking = ctx.app.social_ranking(&filter, input.rank_by, rows(input.limit), ctx.ask(false)).await;
    ranking.map_err(op_error)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct RankingsIn {
    /// What the coins are ranked by.
    #[serde(default = "alt_rank")]
    rank_by: RankBy,
    /// Rows wanted.
    #[serde(default = "twenty")]
    #[schemars(range(min = 1, max = 1000))]
    limit: u32,
}

const fn alt_rank() -> RankBy {
    RankBy::AltRank
}

async fn rankings(ctx: Ctx, input: RankingsIn) -> Result<CoinsAnswer, OpError> {
    let everything = CoinFilter::default();
    let ranking = ctx.app.social_ranking(&everything, input.rank_by, rows(input.limit), ctx.ask(false)).await;
    ranking.map_err(op_error)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct RealtimeIn {
    /// Rows wanted, largest market cap first.
    #[serde(default = "twenty")]
    #[schemars(range(min = 1, max = 1000))]
    limit: u32,
}

async fn realtime(ctx: Ctx, input: RealtimeIn) -> Result<CoinsAnswer, OpError> {
    let everything = CoinFilter::default();
    let ranking =
        ctx.app.social_ranking(&everything, RankBy::MarketCap, rows(input.limit), ctx.ask(true)).await;
    ranking.map_err(op_error)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct PairIn {
    symbol: Symbol,
    /// Coin that it is measured against, for example BTC.
    #[serde(default = "bitcoin")]
    quote: String,
    /// Asks the provider anew instead of serving an answer that is still good.
    #[serde(default)]
    fresh: bool,
}

fn bitcoin() -> String {
    "BTC".to_owned()
}

async fn market_pair(ctx: Ctx, input: PairIn) -> Result<PairAnswer, OpError> {
    let ask = ctx.ask(input.fresh);
    ctx.app.social_pair(input.symbol.as_str(), &input.quote, ask).await.map_err(op_error)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct AggregatesIn {
    /// Sectors wanted, most interactions first.
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 200))]
    limit: u32,
}

async fn aggregates(ctx: Ctx, input: AggregatesIn) -> Result<AggregatesAnswer, OpError> {
    ctx.app.social_aggregates(rows(input.limit), ctx.ask(false)).await.map_err(op_error)
}

pub(super) fn register(catalog: &mut Catalog<Ctx>) {
    catalog.add(
        meta("lunarcrush.coin", "/lunarcrush/coin/{symbol}")
            .summary("Social and market figures of one coin now: galaxy score, alt rank, sentiment, interactions, price")
            .description(
                "From LunarCrush's list of the thousand largest coins; smaller coins have market figures only. Galaxy \
                 score and sentiment are 0-100 (higher is better), alt rank counts from 1 (lower is better).",
            )
            .example("Bitcoin", [("symbol", "BTC".into())]),
        coin,
    );
    catalog.add(
        meta("lunarcrush.coin_time_series", "/lunarcrush/coin/{symbol}/time-series")
            .summary("Social figures of one coin over time by hour or day, closed buckets only")
            .description("Ascending; a bucket's time is its start; the running bucket is left out.")
            .example(
                "The last week of Bitcoin by hour",
                [("symbol", "BTC".into()), ("interval", "1w".into())],
            ),
        time_series,
    );
    catalog.add(
        meta("lunarcrush.coin_change", "/lunarcrush/coin/{symbol}/change")
            .summary("How one coin's social figures changed over 1 h to 30 d against the span before")
            .description(
                "Interactions, posts and spam are summed over the two spans; sentiment, scores, authors and price are \
                 those of the last bucket of each. A figure without two complete spans is left out.",
            )
            .example("Bitcoin over 24 hours", [("symbol", "BTC".into()), ("timeframe", "24h".into())]),
        change,
    );
    catalog.add(
        meta("lunarcrush.coin_momentum", "/lunarcrush/coin/{symbol}/momentum")
            .summary("Attention of a coin's last closed day in standard deviations from its own last 30 days")
            .description(
                "z-scores of interactions, posts, authors and sentiment against the days before (the day itself is not \
                 among them), and the change of galaxy score and alt rank over a week.",
            )
            .example("Bitcoin", [("symbol", "BTC".into())]),
        momentum,
    );
    catalog.add(
        meta("lunarcrush.coin_correlation", "/lunarcrush/correlation/{symbol}")
            .summary("How a coin's attention and price move together, and which comes first")
            .description(
                "Pearson's correlation of log changes of interactions and price in the same bucket with its 95 % \
                 interval, and shifted by up to three buckets either way. At least twenty pairs are needed.",
            )
            .example("Bitcoin by day over three months", [("symbol", "BTC".into())]),
        correlation,
    );
    catalog.add(
        meta("lunarcrush.coin_comprehensive", "/lunarcrush/coin/{symbol}/comprehensive")
            .summary("Everything social about one coin at once: figures, change, momentum, correlation, topic, news")
            .description("The parts are asked for at once; what could not be had is listed under 'failed'.")
            .cost(20)
            .example("Bitcoin", [("symbol", "BTC".into())]),
        comprehensive,
    );
    catalog.add(
        meta("lunarcrush.coins_discovery", "/lunarcrush/coins/discovery")
            .summary("Coins that pass filters on galaxy score, alt rank, sentiment, interactions, market cap, sector")
            .description(
                "Among the thousand largest coins. A coin whose figure is not told does not pass a filter on it. \
                 'matched' counts those that pass, 'coins' holds the best of them.",
            )
            .example("Healthy small coins", [("min_galaxy_score", 60.into()), ("max_market_cap", 1_000_000_000_i64.into())]),
        discovery,
    );
    catalog.add(
        meta("lunarcrush.coins_rankings", "/lunarcrush/coins/rankings")
            .summary("Coins ranked by alt rank, galaxy score, sentiment, interactions or another figure")
            .description(
                "Among the thousand largest coins, best first; coins whose figure is not told are left out.",
            )
            .example("The ten best by alt rank", [("limit", 10.into())]),
        rankings,
    );
    catalog.add(
        meta("lunarcrush.coins_realtime", "/lunarcrush/coins/realtime")
            .summary("The largest coins with their social figures, asked anew")
            .description("Passes our own cache by. LunarCrush's fresh list needs its builder plan; else its hourly list answers.")
            .cost(10)
            .example("The twenty largest", []),
        realtime,
    );
    catalog.add(
        meta("lunarcrush.market_pair", "/lunarcrush/market-pair/{symbol}")
            .summary("One coin measured against another: price ratio and its change, attention, scores")
            .description(
                "Both coins' figures, the price of the one in units of the other, and the differences.",
            )
            .example("Ethereum against Bitcoin", [("symbol", "ETH".into()), ("quote", "BTC".into())]),
        market_pair,
    );
    catalog.add(
        meta("lunarcrush.aggregates", "/lunarcrush/aggregates")
            .summary("The thousand largest coins together: market cap, volume, interactions, sentiment, sectors")
            .description(
                "Sentiment is weighted by interactions, sectors' price changes by market cap. A coin counts in each of \
                 its sectors.",
            )
            .example("The market", []),
        aggregates,
    );
}
