//! Every path, one row each. A row's doc comment is its summary: what the answer holds, in which units,
//! and what to beware of. Times to live follow the provider's own refresh.

/// One coin, and lists of coins.
pub mod coins;
/// Derivatives and their exchanges.
pub mod derivatives;
/// Spot exchanges.
pub mod exchanges;
/// The market as a whole, searches, news.
pub mod market;
/// NFT collections.
pub mod nfts;
mod params;
/// Plain prices, and the key itself.
pub mod simple;

use std::time::Duration;

use upstream::{Cost, Endpoint};

const HALF_MINUTE: Duration = Duration::from_secs(30);
const MINUTE: Duration = Duration::from_mins(1);
const TWO_MINUTES: Duration = Duration::from_mins(2);
const FIVE_MINUTES: Duration = Duration::from_mins(5);
const TEN_MINUTES: Duration = Duration::from_mins(10);
const QUARTER_HOUR: Duration = Duration::from_mins(15);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// The budget of a minute, in which every call counts one, failed ones too.
pub(crate) const MINUTE_METER: &str = "requests_per_minute";
/// The budget of a month, in which every answered call counts one, failed ones not.
pub(crate) const MONTH_METER: &str = "credits_per_month";
const ONE_CALL: Cost = Cost::All(&[
    Cost::Fixed { meter: MINUTE_METER, weight: 1 },
    Cost::Fixed { meter: MONTH_METER, weight: 1 },
]);
const DOCS: &str = "https://docs.coingecko.com/reference/";

/// For every tier.
const ANY: &str = "";
/// For paid keys only.
const PRO: &str = crate::Tier::Pro.as_str();

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

/// Every path.
pub const ENDPOINTS: &[Endpoint] = &[
    simple::PING,
    simple::KEY,
    simple::PRICE,
    simple::TOKEN_PRICE,
    simple::VS_CURRENCIES,
    simple::EXCHANGE_RATES,
    simple::ASSET_PLATFORMS,
    simple::TOKEN_LIST,
    coins::LIST,
    coins::LIST_NEW,
    coins::MARKETS,
    coins::TOP_GAINERS_LOSERS,
    coins::CATEGORIES,
    coins::CATEGORIES_LIST,
    coins::COIN,
    coins::TICKERS,
    coins::HISTORY,
    coins::MARKET_CHART,
    coins::MARKET_CHART_RANGE,
    coins::OHLC,
    coins::OHLC_RANGE,
    coins::CIRCULATING_SUPPLY_CHART,
    coins::CIRCULATING_SUPPLY_CHART_RANGE,
    coins::TOTAL_SUPPLY_CHART,
    coins::TOTAL_SUPPLY_CHART_RANGE,
    coins::SUPPLY_BREAKDOWN,
    coins::CONTRACT,
    coins::CONTRACT_MARKET_CHART,
    coins::CONTRACT_MARKET_CHART_RANGE,
    market::SEARCH,
    market::TRENDING,
    market::GLOBAL,
    market::GLOBAL_DEFI,
    market::GLOBAL_MARKET_CAP_CHART,
    market::NEWS,
    market::INSIGHTS,
    market::ENTITIES,
    exchanges::EXCHANGES,
    exchanges::LIST,
    exchanges::EXCHANGE,
    exchanges::TICKERS,
    exchanges::VOLUME_CHART,
    exchanges::VOLUME_CHART_RANGE,
    derivatives::TICKERS,
    derivatives::EXCHANGES,
    derivatives::EXCHANGE,
    derivatives::LIST,
    nfts::LIST,
    nfts::NFT,
    nfts::MARKETS,
    nfts::MARKET_CHART,
    nfts::TICKERS,
];
