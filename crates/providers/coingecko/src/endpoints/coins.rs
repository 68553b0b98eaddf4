//! One coin, and lists of coins.

use super::endpoints;
use super::params::{
    CATEGORIES_ORDER, CATEGORY, CATEGORY_DETAILS, COIN_ID, CONTRACT_ADDRESS, DATE, DAYS, DEPTH,
    DEX_PAIR_FORMAT, DURATION, EXCHANGE_IDS, EXCHANGE_LOGO, FROM, IDS, INCLUDE_TOKENS, INTERVAL, LOCALE,
    LOCALIZATION, MARKETS_ORDER, NAMES, OHLC_DAYS, OHLC_INTERVAL, OHLC_INTERVAL_REQUIRED, PAGE, PER_PAGE,
    PLATFORM_ID as PLATFORM, PLATFORMS, PRECISION, PRICE_CHANGE, REHYPOTHECATED, SPARKLINE, STATUS, SYMBOLS,
    TICKERS_ORDER, TO, TOP_COINS, VS_CURRENCY, WITH_COMMUNITY, WITH_DEVELOPERS, WITH_MARKET_DATA,
    WITH_TICKERS,
};

endpoints! {
    /// Every coin with id, ticker and name: some 17,000 rows. Tickers are far from unique.
    LIST = ANY, FIVE_MINUTES, "coins_list", "/coins/list", &[PLATFORMS, STATUS];

    /// The 200 coins listed last.
    LIST_NEW = PRO, HALF_MINUTE, "coins_list_new", "/coins/list/new", &[];

    /// Coins with price, capitalisation, volume, supply, highest and lowest price ever; changes in percent.
    MARKETS = ANY, MINUTE, "coins_markets", "/coins/markets",
        &[
            VS_CURRENCY, IDS, NAMES, SYMBOLS, INCLUDE_TOKENS, CATEGORY, MARKETS_ORDER, PER_PAGE, PAGE, SPARKLINE,
            PRICE_CHANGE, LOCALE, PRECISION, REHYPOTHECATED,
        ];

    /// The 30 coins whose price rose most and the 30 whose price fell most.
    TOP_GAINERS_LOSERS = PRO, FIVE_MINUTES, "coins_top_gainers_losers", "/coins/top_gainers_losers",
        &[VS_CURRENCY, DURATION, PRICE_CHANGE, TOP_COINS];

    /// Categories with capitalisation and volume (USD), change of 24 h in percent, and their largest coins.
    CATEGORIES = ANY, FIVE_MINUTES, "coins_categories", "/coins/categories", &[CATEGORIES_ORDER];

    /// Ids and names of categories.
    CATEGORIES_LIST = ANY, FIVE_MINUTES, "coins_categories_list", "/coins/categories/list", &[];

    /// Everything about one coin; switch off what is not needed. The share of up votes is a weak community
    /// vote.
    COIN = ANY, MINUTE, "coin", "/coins/{id}",
        &[
            COIN_ID, LOCALIZATION, WITH_TICKERS, WITH_MARKET_DATA, WITH_COMMUNITY, WITH_DEVELOPERS, SPARKLINE,
            CATEGORY_DETAILS, DEX_PAIR_FORMAT,
        ];

    /// Markets of a coin, 100 a page. Rows that are stale or anomalous say so.
    TICKERS = ANY, TWO_MINUTES, "coin_tickers", "/coins/{id}/tickers",
        &[COIN_ID, EXCHANGE_IDS, EXCHANGE_LOGO, PAGE, TICKERS_ORDER, DEPTH, DEX_PAIR_FORMAT];

    /// A coin's figures at 00:00 UTC of a day; final 35 minutes later.
    HISTORY = ANY, HOUR, "coin_history", "/coins/{id}/history", &[COIN_ID, DATE, LOCALIZATION];

    /// Price, capitalisation and volume of a coin over time, milliseconds: every 5 minutes up to a day,
    /// hourly up to 90 days, daily beyond. The last point is now and may repeat the one before.
    MARKET_CHART = ANY, HALF_MINUTE, "coin_market_chart", "/coins/{id}/market_chart",
        &[COIN_ID, VS_CURRENCY, DAYS, INTERVAL, PRECISION];

    /// Price, capitalisation and volume of a coin between two times, milliseconds.
    MARKET_CHART_RANGE = ANY, HALF_MINUTE, "coin_market_chart_range", "/coins/{id}/market_chart/range",
        &[COIN_ID, VS_CURRENCY, FROM, TO, INTERVAL, PRECISION];

    /// Bars of a coin without volume; the time is the bar's end, and the last bar still runs.
    OHLC = ANY, QUARTER_HOUR, "coin_ohlc", "/coins/{id}/ohlc",
        &[COIN_ID, VS_CURRENCY, OHLC_DAYS, OHLC_INTERVAL, PRECISION];

    /// Bars of a coin between two times, without volume.
    OHLC_RANGE = PRO, QUARTER_HOUR, "coin_ohlc_range", "/coins/{id}/ohlc/range",
        &[COIN_ID, VS_CURRENCY, FROM, TO, OHLC_INTERVAL_REQUIRED];

    /// Coins in circulation over time.
    CIRCULATING_SUPPLY_CHART = PRO, FIVE_MINUTES, "coin_circulating_supply_chart",
        "/coins/{id}/circulating_supply_chart", &[COIN_ID, DAYS, INTERVAL];

    /// Coins in circulation between two times.
    CIRCULATING_SUPPLY_CHART_RANGE = PRO, FIVE_MINUTES, "coin_circulating_supply_chart_range",
        "/coins/{id}/circulating_supply_chart/range", &[COIN_ID, FROM, TO];

    /// All coins that exist over time.
    TOTAL_SUPPLY_CHART = PRO, FIVE_MINUTES, "coin_total_supply_chart", "/coins/{id}/total_supply_chart",
        &[COIN_ID, DAYS, INTERVAL];

    /// All coins that exist between two times.
    TOTAL_SUPPLY_CHART_RANGE = PRO, FIVE_MINUTES, "coin_total_supply_chart_range",
        "/coins/{id}/total_supply_chart/range", &[COIN_ID, FROM, TO];

    /// Who holds the part of the supply that does not circulate.
    SUPPLY_BREAKDOWN = PRO, HOUR, "coin_supply_breakdown", "/coins/{id}/supply_breakdown", &[COIN_ID];

    /// Everything about the token at a contract address.
    CONTRACT = ANY, MINUTE, "coin_contract", "/coins/{id}/contract/{contract_address}",
        &[PLATFORM, CONTRACT_ADDRESS];

    /// Price, capitalisation and volume over time of the token at a contract address.
    CONTRACT_MARKET_CHART = ANY, HALF_MINUTE, "coin_contract_market_chart",
        "/coins/{id}/contract/{contract_address}/market_chart",
        &[PLATFORM, CONTRACT_ADDRESS, VS_CURRENCY, DAYS, INTERVAL, PRECISION];

    /// Price, capitalisation and volume between two times of the token at a contract address.
    CONTRACT_MARKET_CHART_RANGE = ANY, HALF_MINUTE, "coin_contract_market_chart_range",
        "/coins/{id}/contract/{contract_address}/market_chart/range",
        &[PLATFORM, CONTRACT_ADDRESS, VS_CURRENCY, FROM, TO, INTERVAL, PRECISION];
}
