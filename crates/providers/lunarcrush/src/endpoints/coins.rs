//! Coins.

use super::endpoints;
use super::params::{BUCKET, COIN as COIN_PARAM, DESC, END, FILTER, INTERVAL, LIMIT_1000, PAGE, SORT, START};

endpoints! {
    /// Coins with price (USD), market cap, galaxy score and sentiment (0-100), alt rank (lower is better),
    /// posts and interactions of 24 h; seconds fresh. Tickers are not unique.
    COINS_LIST_V2 = BUILDER, MINUTE, "coins_list_v2", "/public/coins/list/v2",
        &[SORT, FILTER, LIMIT_1000, DESC, PAGE];

    /// Coins with price (USD), market cap, galaxy score and sentiment (0-100), alt rank (lower is better),
    /// posts and interactions of 24 h; up to an hour old. Tickers are not unique.
    COINS_LIST_V1 = ANY, TEN_MINUTES, "coins_list_v1", "/public/coins/list/v1",
        &[SORT, FILTER, LIMIT_1000, DESC, PAGE];

    /// One coin's market figures: price (USD), changes in percent, volume, supply, galaxy score, alt rank.
    /// No sentiment and no interactions here.
    COIN = ANY, MINUTE, "coin", "/public/coins/{coin}/v1", &[COIN_PARAM];

    /// One coin over time by hour or day: interactions, posts, contributors, sentiment (0-100), galaxy
    /// score, alt rank, price. Times are the bucket's start in seconds; the last bucket is still running.
    COIN_TIME_SERIES = ANY, TEN_MINUTES, "coin_time_series", "/public/coins/{coin}/time-series/v2",
        &[COIN_PARAM, BUCKET, INTERVAL, START, END];

    /// One coin's description and links. The text is a third party's.
    COIN_META = ANY, DAY, "coin_meta", "/public/coins/{coin}/meta/v1", &[COIN_PARAM];
}
