//! Every path, one row each. A row's doc comment is its summary: what the answer holds, in which units,
//! and what to beware of.

/// Exchange rates.
pub mod exchange_rates;
/// What exists: assets and exchanges.
pub mod metadata;
/// Funding, open interest and other figures beside prices.
pub mod metrics;
/// Bars.
pub mod ohlcv;
/// Order books and option chains.
pub mod orderbooks;
mod params;
/// Best bid and ask.
pub mod quotes;
/// Contracts and pairs.
pub mod symbols;
/// Trades.
pub mod trades;

use std::time::Duration;

use upstream::{Args, Cost, Endpoint};

const NOW: Duration = Duration::from_secs(2);
const RECENT: Duration = Duration::from_secs(10);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// The budget of 24 hours.
pub(crate) const METER: &str = "credits_per_day";
/// Rows that a credit pays for where a limit is given.
const ROWS_PER_CREDIT: u32 = 100;
/// What a whole day's rows cost without a limit.
const WHOLE_DAY_CREDITS: u32 = 10;

const CREDIT: Cost = Cost::Fixed { meter: METER, weight: 1 };
const BY_LIMIT: Cost = Cost::ByArgs { meter: METER, weight: credits };
const DOCS: &str = "https://docs.coinapi.io/market-data/rest-api/";

/// A call costs one credit; with a limit, one for each started hundred of rows; a whole day of rows without
/// a limit ten.
fn credits(args: &Args) -> u32 {
    match args.get("limit").and_then(|limit| limit.parse::<u32>().ok()) {
        Some(limit) => limit.div_ceil(ROWS_PER_CREDIT).max(1),
        None if args.get("date").is_some() => WHOLE_DAY_CREDITS,
        None => 1,
    }
}

/// Makes one public constant of each row.
macro_rules! endpoints {
    ($(
        $(#[doc = $summary:literal])+
        $name:ident = $cost:ident, $ttl:ident, $id:literal, $path:literal, $params:expr;
    )+) => {
        $(
            $(#[doc = $summary])+
            pub const $name: ::upstream::Endpoint = ::upstream::Endpoint {
                id: $id,
                path: $path,
                params: $params,
                plan: "",
                ttl: super::$ttl,
                cost: super::$cost,
                summary: concat!($($summary),+).trim_ascii(),
                docs: super::DOCS,
            };
        )+
    };
}
use endpoints;

/// Every path.
pub const ENDPOINTS: &[Endpoint] = &[
    metadata::ASSETS,
    metadata::ASSET,
    metadata::ASSET_ICONS,
    metadata::EXCHANGES,
    metadata::EXCHANGE,
    metadata::EXCHANGE_ICONS,
    symbols::ALL,
    symbols::OF_EXCHANGE,
    symbols::ACTIVE_OF_EXCHANGE,
    symbols::MAP,
    exchange_rates::RATE,
    exchange_rates::RATES,
    exchange_rates::PERIODS,
    exchange_rates::HISTORY,
    ohlcv::PERIODS,
    ohlcv::LATEST,
    ohlcv::HISTORY,
    ohlcv::EXCHANGE_HISTORY,
    trades::LATEST,
    trades::LATEST_OF_SYMBOL,
    trades::HISTORY,
    quotes::CURRENT,
    quotes::CURRENT_OF_SYMBOL,
    quotes::LATEST,
    quotes::LATEST_OF_SYMBOL,
    quotes::HISTORY,
    orderbooks::CURRENT,
    orderbooks::LATEST,
    orderbooks::HISTORY,
    orderbooks::DEPTH,
    orderbooks::L3_ALL_CURRENT,
    orderbooks::L3_CURRENT,
    orderbooks::OPTIONS,
    metrics::LISTING,
    metrics::SYMBOL_LISTING,
    metrics::SYMBOL_CURRENT,
    metrics::SYMBOL_HISTORY,
    metrics::EXCHANGE_LISTING,
    metrics::EXCHANGE_CURRENT,
    metrics::EXCHANGE_HISTORY,
    metrics::ASSET_LISTING,
    metrics::ASSET_CURRENT,
    metrics::ASSET_HISTORY,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_started_hundred_of_rows_costs_a_credit() {
        let of = |limit: u32| credits(&Args::new().with("limit", limit));
        assert_eq!([1, 100, 101, 1_000, 100_000].map(of), [1, 1, 2, 10, 1_000]);
        assert_eq!(credits(&Args::new()), 1);
        assert_eq!(credits(&Args::new().with("date", "2026-09-23")), 10);
        assert_eq!(credits(&Args::new().with("date", "2026-09-23").with("limit", 50)), 1);
    }
}
