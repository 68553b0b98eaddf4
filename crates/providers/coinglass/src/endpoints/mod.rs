//! Every REST path, one row each. A row's doc comment is its summary: what the answer holds, in which
//! units, and what to beware of.

/// ETFs and trusts.
pub mod etf;
/// Taker volume, CVD, footprints and net flow of futures.
pub mod flow;
/// Funding rates.
pub mod funding;
/// Hyperliquid positions and wallets.
pub mod hyperliquid;
/// Indexes and on-chain cycle indicators.
pub mod indexes;
/// Technical indicators and indexes of futures.
pub mod indicators;
/// Liquidations, heat maps and maximum pain.
pub mod liquidations;
/// Reference lists, markets and candles of futures.
pub mod markets;
/// News, calendars and the account.
pub mod news;
/// Exchange balances, transfers and token supply.
pub mod onchain;
/// Open interest of futures.
pub mod open_interest;
/// Options.
pub mod options;
/// Order books and large orders of futures.
pub mod orderbook;
mod params;
/// Long/short ratios, taker sides and net positions.
pub mod positioning;
/// Spot markets.
pub mod spot;

use std::time::Duration;

use upstream::{Cost, Endpoint};

/// Answers that change within seconds.
const LIVE: Duration = Duration::from_secs(10);
/// Histories by interval, and answers made anew every minute.
const MINUTE: Duration = Duration::from_mins(1);
/// Answers made anew every hour.
const TEN_MINUTES: Duration = Duration::from_mins(10);
/// Answers made anew every day.
const HOUR: Duration = Duration::from_hours(1);

/// The budget that every call is counted in, failed ones too.
pub(crate) const METER: &str = "requests_per_minute";
const ONE_CALL: Cost = Cost::Fixed { meter: METER, weight: 1 };
const DOCS: &str = "https://docs.coinglass.com/";

/// Makes one public constant of each row, and the list of them.
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
                plan: $crate::Plan::$plan.as_str(),
                ttl: $ttl,
                cost: super::ONE_CALL,
                summary: concat!($($summary),+).trim_ascii(),
                docs: super::DOCS,
            };
        )+

        pub(super) const ROWS: &[::upstream::Endpoint] = &[$($name),+];
    };
}
use endpoints;

const SECTIONS: &[&[Endpoint]] = &[
    markets::ROWS,
    open_interest::ROWS,
    funding::ROWS,
    positioning::ROWS,
    liquidations::ROWS,
    orderbook::ROWS,
    flow::ROWS,
    hyperliquid::ROWS,
    indicators::ROWS,
    spot::ROWS,
    options::ROWS,
    onchain::ROWS,
    etf::ROWS,
    indexes::ROWS,
    news::ROWS,
];

const COUNT: usize = {
    let mut count = 0;
    let mut sections = SECTIONS;
    while let Some((section, rest)) = sections.split_first() {
        count += section.len();
        sections = rest;
    }
    count
};

#[expect(clippy::large_stack_arrays, reason = "made by the compiler, never on a stack")]
const fn joined() -> [Endpoint; COUNT] {
    let mut all = [markets::SUPPORTED_COINS; COUNT];
    let mut free: &mut [Endpoint] = &mut all;
    let mut sections = SECTIONS;
    while let Some((section, rest)) = sections.split_first() {
        let (filled, tail) = free.split_at_mut(section.len());
        filled.copy_from_slice(section);
        free = tail;
        sections = rest;
    }
    all
}

/// Every REST path that Coinglass v4 documents, in the order of its documentation.
pub const ENDPOINTS: &[Endpoint] = &joined();

/// An operation that is made from endpoints rather than being one.
#[derive(Clone, Copy, Debug)]
pub struct Derived {
    /// Its name; where an endpoint has the same, this is what stands in its place.
    pub id: &'static str,
    /// What it is made from.
    pub from: &'static [Endpoint],
    /// How.
    pub how: How,
}

/// How an operation is made from endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Call the one endpoint without the coin, and keep the rows whose `symbol` is the coin asked for
    /// (see [`crate::rows_of_coin`]).
    RowsOfCoin,
    /// Call the endpoint that stands at the place of the argument's value among `values`.
    ByArgument {
        /// Name of the argument.
        name: &'static str,
        /// What it may be, in the order of the endpoints.
        values: &'static [&'static str],
    },
    /// Call them all at once for one coin, each with the parameters it takes (exchange and contract where
    /// it wants a pair); what fails is told beside what came.
    Together,
}

/// The operations that share the answers of endpoints.
pub const DERIVED: &[Derived] = &[
    Derived { id: "markets.symbol", from: &[markets::MARKETS], how: How::RowsOfCoin },
    Derived { id: "liquidations.symbol", from: &[liquidations::LIQUIDATION_COIN_LIST], how: How::RowsOfCoin },
    Derived {
        id: "funding_rate.exchange_list",
        from: &[funding::FUNDING_RATE_EXCHANGE_LIST],
        how: How::RowsOfCoin,
    },
    Derived {
        id: "etf.flows",
        from: &[
            etf::ETF_BITCOIN_FLOW_HISTORY,
            etf::ETF_ETHEREUM_FLOW_HISTORY,
            etf::ETF_SOLANA_FLOW_HISTORY,
            etf::ETF_XRP_FLOW_HISTORY,
            etf::ETF_HYPE_FLOW_HISTORY,
        ],
        how: How::ByArgument { name: "asset", values: &["bitcoin", "ethereum", "solana", "xrp", "hype"] },
    },
    Derived {
        id: "dashboard.symbol",
        from: &[
            markets::MARKETS,
            funding::FUNDING_RATE_EXCHANGE_LIST,
            open_interest::OPEN_INTEREST_EXCHANGE_LIST,
            liquidations::LIQUIDATION_EXCHANGE_LIST,
            positioning::TAKER_BUY_SELL_EXCHANGE_LIST,
            positioning::GLOBAL_LONG_SHORT_ACCOUNT_RATIO_HISTORY,
        ],
        how: How::Together,
    },
];
