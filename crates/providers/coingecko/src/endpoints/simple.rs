//! Plain prices, and the key itself.

use super::endpoints;
use super::params::{
    CHANGE_24H, CONTRACT_ADDRESSES, IDS, INCLUDE_TOKENS, MARKET_CAP, NAMES, PLATFORM_ID, PLATFORM_OF_LIST,
    PRECISION, SYMBOLS, UPDATED_AT, VOLUME_24H, VS_CURRENCIES as CURRENCIES,
};

endpoints! {
    /// Whether the server answers.
    PING = ANY, HALF_MINUTE, "ping", "/ping", &[];

    /// The key's plan, calls allowed in a minute and a month, and calls made this month.
    KEY = PRO, MINUTE, "key", "/key", &[];

    /// Prices of coins by id, name or ticker, over all markets. Unknown coins and currencies are left out
    /// without a word.
    PRICE = ANY, MINUTE, "simple_price", "/simple/price",
        &[
            CURRENCIES, IDS, NAMES, SYMBOLS, INCLUDE_TOKENS, MARKET_CAP, VOLUME_24H, CHANGE_24H, UPDATED_AT,
            PRECISION,
        ];

    /// Prices of tokens by contract address on one platform.
    TOKEN_PRICE = ANY, MINUTE, "simple_token_price", "/simple/token_price/{id}",
        &[PLATFORM_ID, CONTRACT_ADDRESSES, CURRENCIES, MARKET_CAP, VOLUME_24H, CHANGE_24H, UPDATED_AT, PRECISION];

    /// Currencies that figures may be asked in.
    VS_CURRENCIES = ANY, DAY, "simple_supported_vs_currencies", "/simple/supported_vs_currencies", &[];

    /// One bitcoin in every currency.
    EXCHANGE_RATES = ANY, FIVE_MINUTES, "exchange_rates", "/exchange_rates", &[];

    /// Chains that tokens live on.
    ASSET_PLATFORMS = ANY, DAY, "asset_platforms", "/asset_platforms", &[];

    /// All tokens of a platform with addresses and decimals.
    TOKEN_LIST = ANY, FIVE_MINUTES, "token_list", "/token_lists/{asset_platform_id}/all.json",
        &[PLATFORM_OF_LIST];
}
