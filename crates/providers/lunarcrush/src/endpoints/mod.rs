//! Every path, one row each. A row's doc comment is its summary: what the answer holds, in which units,
//! and what to beware of. The NFT paths of 2025 are gone from the documentation and not here.

/// Coins.
pub mod coins;
mod params;
/// Stocks, custom searches and changes of the provider's own.
pub mod rest;
/// Topics, categories, creators and posts.
pub mod social;

use std::time::Duration;

use upstream::{Cost, Endpoint};

const MINUTE: Duration = Duration::from_mins(1);
const TEN_MINUTES: Duration = Duration::from_mins(10);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// For calls that change something.
const NONE: Duration = Duration::ZERO;

/// The budget of a minute.
pub(crate) const MINUTE_METER: &str = "requests_per_minute";
/// The budget of a day.
pub(crate) const DAY_METER: &str = "requests_per_day";
/// Every call counts one in both.
const ONE_CALL: Cost =
    Cost::All(&[Cost::Fixed { meter: MINUTE_METER, weight: 1 }, Cost::Fixed { meter: DAY_METER, weight: 1 }]);
const DOCS: &str = "https://lunarcrush.com/developers/api/endpoints";
/// Plans are told for the second-fresh lists only, and by one third party.
const BUILDER: &str = crate::Plan::Builder.as_str();
const ANY: &str = "";

/// Makes one public constant of each row.
macro_rules! endpoints {
    ($(
        $(#[doc = $summary:literal])+
        $name:ident = $plan:ident, $ttl:ident, $id:literal, $path:literal, $params:expr;
    )+) => {
        $(
            $(#[doc = $summary])+
            pub const $name: ::upstream::Endpoint = ::upstream::Endpoint {
                id: $id,
                path: $path,
                params: $params,
                plan: super::$plan,
                ttl: super::$ttl,
                cost: super::ONE_CALL,
                summary: concat!($($summary),+).trim_ascii(),
                docs: super::DOCS,
            };
        )+
    };
}
use endpoints;

/// Every path that reads.
pub const ENDPOINTS: &[Endpoint] = &[
    coins::COINS_LIST_V2,
    coins::COINS_LIST_V1,
    coins::COIN,
    coins::COIN_TIME_SERIES,
    coins::COIN_META,
    social::TOPICS_LIST,
    social::TOPIC,
    social::TOPIC_WHATSUP,
    social::TOPIC_TIME_SERIES_V2,
    social::TOPIC_TIME_SERIES_V1,
    social::TOPIC_POSTS,
    social::TOPIC_NEWS,
    social::TOPIC_CREATORS,
    social::CATEGORIES_LIST,
    social::CATEGORY,
    social::CATEGORY_TOPICS,
    social::CATEGORY_TIME_SERIES,
    social::CATEGORY_POSTS,
    social::CATEGORY_NEWS,
    social::CATEGORY_CREATORS,
    social::CREATORS_LIST,
    social::CREATOR,
    social::CREATOR_TIME_SERIES,
    social::CREATOR_POSTS,
    social::POST,
    social::POST_TIME_SERIES,
    rest::STOCKS_LIST_V2,
    rest::STOCKS_LIST_V1,
    rest::STOCK,
    rest::STOCK_TIME_SERIES,
    rest::SEARCHES_LIST,
    rest::SEARCHES_SEARCH,
    rest::SEARCH,
    rest::SYSTEM_CHANGES,
];

/// The paths that change something in the account, though they too are GET. Kept apart, so that a loop
/// over [`ENDPOINTS`] never changes anything.
pub const WRITES: &[Endpoint] = &[rest::SEARCHES_CREATE, rest::SEARCH_UPDATE, rest::SEARCH_DELETE];
