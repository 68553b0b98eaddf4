//! Exchange balances, transfers and token supply.

use super::params::{
    COIN, COIN_OPTIONAL, END, EXCHANGE, MIN_USD, PAGE, PER_PAGE, PER_PAGE_100, START, TOKEN,
};
use super::{HOUR, LIVE, TEN_MINUTES, endpoints};

endpoints! {
    /// An exchange's known wallets: address, coin, balance in coins and in USD, in pages.
    EXCHANGE_ASSETS = Hobbyist, TEN_MINUTES, "exchange.assets",
        "/api/exchange/assets", &[EXCHANGE, PER_PAGE, PAGE];

    /// A coin's balance on each exchange, in coins, with changes over 1, 7 and 30 days in coins and
    /// percent.
    ONCHAIN_RESERVES = Hobbyist, TEN_MINUTES, "onchain.reserves",
        "/api/exchange/balance/list", &[COIN];

    /// A coin's balance on each exchange over time, as parallel arrays of times (ms), prices and one list
    /// per exchange; sometimes wrapped in a one-element array.
    EXCHANGE_BALANCE_CHART = Hobbyist, TEN_MINUTES, "exchange.balance.chart",
        "/api/exchange/balance/chart", &[COIN];

    /// ERC-20 transfers on Ethereum into (1), out of (2) and within (3) exchanges, with size in USD and
    /// coins; times in seconds.
    CHAIN_EXCHANGE_FLOWS = Hobbyist, LIVE, "chain.exchange_flows",
        "/api/exchange/chain/tx/list", &[TOKEN, START, MIN_USD, PER_PAGE_100, PAGE];

    /// On-chain transfers of 10 M USD and more of the last 6 months, with chain and addresses; amounts are
    /// text, block times in seconds.
    CHAIN_WHALE_TRANSFERS = Startup, LIVE, "chain.whale_transfers",
        "/api/chain/v2/whale-transfer", &[COIN_OPTIONAL, START, END];

    /// Tokens with their coming unlock: supply, locked and unlocked amounts and the next unlock's date (ms)
    /// and size, in pages.
    COIN_UNLOCK_LIST = Startup, TEN_MINUTES, "coin.unlock_list",
        "/api/coin/unlock-list", &[PER_PAGE, PAGE];

    /// One token's vesting plan: supply, allocations, next unlock and the whole unlock chart; amounts are
    /// text, dates in ms.
    COIN_VESTING = Startup, TEN_MINUTES, "coin.vesting",
        "/api/coin/vesting", &[COIN];

    /// A coin's price (USD), circulating supply and market cap, daily over its whole history in one answer.
    COIN_MARKET_DATA_HISTORY = Startup, HOUR, "coin.market_data_history",
        "/api/coin/market-data-history", &[COIN];
}
