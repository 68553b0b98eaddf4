//! Stocks, custom searches and changes of the provider's own.

use super::endpoints;
use super::params::{
    BUCKET, DESC, END, INTERVAL, LIMIT_100, NAME, NAME_REQUIRED, PAGE, PRIORITY, SEARCH_JSON,
    SEARCH_JSON_REQUIRED, SLUG, SORT, START, STOCK as STOCK_PARAM, TERM,
};

endpoints! {
    /// Stocks with price (USD), market cap, galaxy score and sentiment (0-100), alt rank, interactions of
    /// 24 h; seconds fresh. Price and market cap are sometimes text.
    STOCKS_LIST_V2 = BUILDER, MINUTE, "stocks_list_v2", "/public/stocks/list/v2",
        &[SORT, LIMIT_100, DESC, PAGE];

    /// Stocks with price (USD), market cap, galaxy score and sentiment (0-100), alt rank, interactions of
    /// 24 h; up to an hour old. Price and market cap are sometimes text.
    STOCKS_LIST_V1 = ANY, TEN_MINUTES, "stocks_list_v1", "/public/stocks/list/v1",
        &[SORT, LIMIT_100, DESC, PAGE];

    /// One stock's market figures: price (USD), change in percent, volume, market cap.
    STOCK = ANY, TEN_MINUTES, "stock", "/public/stocks/{stock}/v1", &[STOCK_PARAM];

    /// One stock over time: interactions, posts, contributors, sentiment (0-100). Times are the bucket's start
    /// in seconds; the last bucket is still running.
    STOCK_TIME_SERIES = ANY, TEN_MINUTES, "stock_time_series", "/public/stocks/{stock}/time-series/v2",
        &[STOCK_PARAM, BUCKET, INTERVAL, START, END];

    /// The account's custom searches: id, name, terms, when created.
    SEARCHES_LIST = ANY, MINUTE, "searches_list", "/public/searches/list", &[];

    /// Posts that a word or a search definition finds.
    SEARCHES_SEARCH = ANY, TEN_MINUTES, "searches_search", "/public/searches/search", &[TERM, SEARCH_JSON];

    /// One custom search's answer; for topics the provider asks to use the topic endpoints.
    SEARCH = ANY, TEN_MINUTES, "search", "/public/searches/{slug}", &[SLUG];

    /// Makes a custom search in the account.
    SEARCHES_CREATE = ANY, NONE, "searches_create", "/public/searches/create",
        &[NAME_REQUIRED, SEARCH_JSON_REQUIRED, PRIORITY];

    /// Changes a custom search of the account.
    SEARCH_UPDATE = ANY, NONE, "search_update", "/public/searches/{slug}/update",
        &[SLUG, NAME, SEARCH_JSON_REQUIRED, PRIORITY];

    /// Deletes a custom search of the account.
    SEARCH_DELETE = ANY, NONE, "search_delete", "/public/searches/{slug}/delete", &[SLUG];

    /// What the provider changed in its own coverage, by asset and time (seconds): explains jumps in history.
    SYSTEM_CHANGES = ANY, HOUR, "system_changes", "/public/system/changes", &[];
}
