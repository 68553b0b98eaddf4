//! The public REST endpoints. Weights are the documented ones; where measured ones differ they are lower,
//! and the used-weight header corrects our count.

/// Documentation root.
macro_rules! docs {
    ($page:literal) => {
        concat!(
            "https://developers.binance.com/docs/derivatives/usds-margined-futures/market-data/rest-api",
            $page
        )
    };
}

mod candles;
mod general;
mod prices;
mod statistics;

pub use candles::{CONTINUOUS_KLINES, INDEX_PRICE_KLINES, KLINES, MARK_PRICE_KLINES, PREMIUM_INDEX_KLINES};
pub use general::{ASSET_INDEX, CONSTITUENTS, EXCHANGE_INFO, INDEX_INFO, PING, TIME};
pub use prices::{
    AGG_TRADES, BOOK_TICKER, DEPTH, FUNDING_INFO, FUNDING_RATE, OPEN_INTEREST, PREMIUM_INDEX, TICKER_24HR,
    TICKER_PRICE, TICKER_PRICE_V2, TRADES,
};
pub use statistics::{
    BASIS, GLOBAL_ACCOUNT_RATIO, OPEN_INTEREST_HIST, TAKER_RATIO, TOP_ACCOUNT_RATIO, TOP_POSITION_RATIO,
};

use std::time::Duration;

use upstream::{Args, Cost, Endpoint, Param, ParamKind, Place};

use crate::wire::WEIGHT;

const fn query(name: &'static str, kind: ParamKind, default: &'static str, doc: &'static str) -> Param {
    Param { name, place: Place::Query, kind, required: false, default, doc }
}

const fn required(name: &'static str, kind: ParamKind, doc: &'static str) -> Param {
    Param { name, place: Place::Query, kind, required: true, default: "", doc }
}

const SYMBOL: Param = required("symbol", ParamKind::Pair, "Contract, for example BTCUSDT");

const ANY_SYMBOL: Param = query("symbol", ParamKind::Pair, "", "Contract; without it all contracts");

const PAIR: Param = required("pair", ParamKind::Pair, "Pair, for example BTCUSDT");

const START: Param = query("startTime", ParamKind::TimeMs, "", "First instant, inclusive, Unix milliseconds");

const END: Param = query("endTime", ParamKind::TimeMs, "", "Last instant, inclusive, Unix milliseconds");

const fn weight(weight: u32) -> Cost {
    Cost::Fixed { meter: WEIGHT, weight }
}

const fn weight_by(of: fn(&Args) -> u32) -> Cost {
    Cost::ByArgs { meter: WEIGHT, weight: of }
}

fn limit(args: &Args, default: u32) -> u32 {
    args.get("limit").and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn one_or(args: &Args, one: u32, all: u32) -> u32 {
    if args.get("symbol").is_some() { one } else { all }
}

const fn endpoint(
    id: &'static str,
    path: &'static str,
    params: &'static [Param],
    ttl: Duration,
    cost: Cost,
    summary: &'static str,
    docs: &'static str,
) -> Endpoint {
    Endpoint { id, path, params, plan: "", ttl, cost, summary, docs }
}

const SECONDS_1: Duration = Duration::from_secs(1);

const SECONDS_2: Duration = Duration::from_secs(2);

const SECONDS_5: Duration = Duration::from_secs(5);

const SECONDS_15: Duration = Duration::from_secs(15);

const MINUTE: Duration = Duration::from_mins(1);

/// Every public endpoint.
pub const ENDPOINTS: &[Endpoint] = &[
    PING,
    TIME,
    EXCHANGE_INFO,
    KLINES,
    CONTINUOUS_KLINES,
    MARK_PRICE_KLINES,
    PREMIUM_INDEX_KLINES,
    INDEX_PRICE_KLINES,
    PREMIUM_INDEX,
    FUNDING_RATE,
    FUNDING_INFO,
    TICKER_24HR,
    TICKER_PRICE,
    TICKER_PRICE_V2,
    BOOK_TICKER,
    DEPTH,
    TRADES,
    AGG_TRADES,
    OPEN_INTEREST,
    INDEX_INFO,
    CONSTITUENTS,
    ASSET_INDEX,
    OPEN_INTEREST_HIST,
    TOP_ACCOUNT_RATIO,
    TOP_POSITION_RATIO,
    GLOBAL_ACCOUNT_RATIO,
    TAKER_RATIO,
    BASIS,
];

#[cfg(test)]
mod tests {
    use upstream::Charge;

    use super::*;
    use crate::wire::{FUNDING, STATISTICS};

    fn cost(endpoint: &Endpoint, limit: Option<u32>) -> u32 {
        endpoint.cost.of(&Args::new().with("symbol", "BTCUSDT").with_opt("limit", limit))[0].weight
    }

    #[test]
    fn ids_and_paths_are_unique() {
        for (index, endpoint) in ENDPOINTS.iter().enumerate() {
            for other in &ENDPOINTS[index + 1..] {
                assert_ne!(endpoint.id, other.id);
                assert_ne!(endpoint.path, other.path);
            }
        }
        assert_eq!(ENDPOINTS.len(), 28);
    }

    #[test]
    fn candles_weigh_by_limit() {
        for (limit, weight) in [
            (Some(1), 1),
            (Some(99), 1),
            (Some(100), 2),
            (Some(499), 2),
            (Some(500), 5),
            (Some(1000), 5),
            (Some(1001), 10),
            (Some(1500), 10),
            (None, 5),
        ] {
            assert_eq!(cost(&KLINES, limit), weight, "{limit:?}");
        }
    }

    #[test]
    fn books_weigh_by_limit_and_lists_by_symbol() {
        for (limit, weight) in [(5, 2), (50, 2), (100, 5), (500, 10), (1000, 20)] {
            assert_eq!(cost(&DEPTH, Some(limit)), weight, "{limit}");
        }
        for (endpoint, one, all) in [
            (&PREMIUM_INDEX, 1, 10),
            (&TICKER_24HR, 1, 40),
            (&TICKER_PRICE_V2, 1, 2),
            (&BOOK_TICKER, 2, 5),
            (&ASSET_INDEX, 1, 10),
        ] {
            assert_eq!(cost(endpoint, None), one, "{}", endpoint.id);
            let expected = [Charge { meter: WEIGHT, weight: all }];
            assert_eq!(endpoint.cost.of(&Args::new()), expected, "{}", endpoint.id);
        }
    }

    #[test]
    fn families_have_their_own_budgets() {
        for endpoint in ENDPOINTS {
            let meter = endpoint.cost.of(&Args::new())[0].meter;
            let expected = if endpoint.path.starts_with("/futures/data/") {
                STATISTICS
            } else if endpoint.id.starts_with("funding") {
                FUNDING
            } else {
                WEIGHT
            };
            assert_eq!(meter, expected, "{}", endpoint.id);
        }
    }
}
