//! The market as a whole, searches, news.

use super::endpoints;
use super::params::{COIN_FILTER, DAYS, LANGUAGE, PAGE, PER_PAGE, SEARCH as WORDS, VS_CURRENCY_OPTIONAL};

endpoints! {
    /// Coins, exchanges, categories and NFT collections by name or ticker, largest first.
    SEARCH = ANY, QUARTER_HOUR, "search", "/search", &[WORDS];

    /// Coins, NFT collections and categories searched for most in 24 hours; usually 15 coins.
    TRENDING = ANY, TEN_MINUTES, "search_trending", "/search/trending", &[];

    /// The whole market: capitalisation and volume by currency, shares of the largest coins in percent.
    GLOBAL = ANY, TEN_MINUTES, "global", "/global", &[];

    /// Decentralised finance as a whole; figures are very long decimal texts.
    GLOBAL_DEFI = ANY, HOUR, "global_defi", "/global/decentralized_finance_defi", &[];

    /// Capitalisation and volume of the whole market over time.
    GLOBAL_MARKET_CAP_CHART = PRO, HOUR, "global_market_cap_chart", "/global/market_cap_chart",
        &[DAYS, VS_CURRENCY_OPTIONAL];

    /// News with title, source, time and related coins. The text is a third party's.
    NEWS = PRO, FIVE_MINUTES, "news", "/news", &[COIN_FILTER, LANGUAGE, PER_PAGE, PAGE];

    /// Short summaries of what moves the market, with related coins. The text is a third party's.
    INSIGHTS = PRO, FIVE_MINUTES, "insights", "/insights", &[COIN_FILTER, LANGUAGE, PER_PAGE, PAGE];

    /// Companies and states that hold coins.
    ENTITIES = ANY, DAY, "entities_list", "/entities/list", &[PER_PAGE, PAGE];
}
