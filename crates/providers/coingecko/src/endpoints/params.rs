//! Parameters that many endpoints share.

use upstream::{Param, ParamKind, Place};

const fn query(name: &'static str, kind: ParamKind, default: &'static str, doc: &'static str) -> Param {
    Param { name, place: Place::Query, kind, required: false, default, doc }
}

const fn path(name: &'static str, kind: ParamKind, doc: &'static str) -> Param {
    Param { name, place: Place::Path, kind, required: true, default: "", doc }
}

const fn required(param: Param) -> Param {
    Param { required: true, ..param }
}

const fn flag(name: &'static str, default: &'static str, doc: &'static str) -> Param {
    query(name, ParamKind::Bool, default, doc)
}

pub(super) const COIN_ID: Param = path("id", ParamKind::Text, "CoinGecko's id of the coin: bitcoin.");
pub(super) const EXCHANGE_ID: Param =
    path("id", ParamKind::Text, "CoinGecko's id of the exchange: binance, okex, bybit_spot.");
pub(super) const DERIVATIVES_ID: Param = path(
    "id",
    ParamKind::Text,
    "CoinGecko's id of the exchange of derivatives: binance_futures, okx_swap, bybit.",
);
pub(super) const NFT_ID: Param = path("id", ParamKind::Text, "CoinGecko's id of the collection.");
pub(super) const PLATFORM_ID: Param = path("id", ParamKind::Text, "Asset platform: ethereum, solana.");
pub(super) const PLATFORM_OF_LIST: Param =
    path("asset_platform_id", ParamKind::Text, "Asset platform: ethereum, solana.");
pub(super) const CONTRACT_ADDRESS: Param =
    path("contract_address", ParamKind::Text, "Address of the token's contract.");
pub(super) const CONTRACT_ADDRESSES: Param =
    required(query("contract_addresses", ParamKind::List, "", "Addresses of tokens, comma-separated."));

pub(super) const VS_CURRENCY: Param =
    required(query("vs_currency", ParamKind::Text, "", "Currency of the figures: usd, eur, btc."));
pub(super) const VS_CURRENCY_OPTIONAL: Param = Param { required: false, default: "usd", ..VS_CURRENCY };
pub(super) const VS_CURRENCIES: Param =
    required(query("vs_currencies", ParamKind::List, "", "Currencies, comma-separated, without blanks."));
pub(super) const IDS: Param =
    query("ids", ParamKind::List, "", "CoinGecko's ids, comma-separated, without blanks.");
pub(super) const NAMES: Param = query("names", ParamKind::List, "", "Names of coins, comma-separated.");
pub(super) const SYMBOLS: Param =
    query("symbols", ParamKind::List, "", "Tickers, comma-separated; each may mean several coins.");
pub(super) const INCLUDE_TOKENS: Param = query(
    "include_tokens",
    ParamKind::OneOf(&["top", "all"]),
    "top",
    "For a ticker or name the largest coin only, or all.",
);
pub(super) const MARKET_CAP: Param = flag("include_market_cap", "false", "With market capitalisation.");
pub(super) const VOLUME_24H: Param = flag("include_24hr_vol", "false", "With the volume of 24 hours.");
pub(super) const CHANGE_24H: Param =
    flag("include_24hr_change", "false", "With the change of 24 hours, percent.");
pub(super) const UPDATED_AT: Param =
    flag("include_last_updated_at", "false", "With the time of the price, Unix seconds.");
pub(super) const PRECISION: Param =
    query("precision", ParamKind::Text, "", "Decimal places of prices: full, or 0 to 18.");
pub(super) const PLATFORMS: Param = flag("include_platform", "false", "With contract addresses by platform.");
pub(super) const STATUS: Param =
    query("status", ParamKind::OneOf(&["active", "inactive"]), "active", "Listed now, or no more.");
pub(super) const CATEGORY: Param = query("category", ParamKind::Text, "", "Id of a category of coins.");
pub(super) const MARKETS_ORDER: Param = query(
    "order",
    ParamKind::OneOf(&[
        "market_cap_desc",
        "market_cap_asc",
        "volume_asc",
        "volume_desc",
        "id_asc",
        "id_desc",
    ]),
    "market_cap_desc",
    "Order of the rows.",
);
pub(super) const PER_PAGE: Param =
    query("per_page", ParamKind::Int { min: 1, max: 250 }, "100", "Rows of a page.");
pub(super) const PAGE: Param = query("page", ParamKind::Int { min: 1, max: 100_000 }, "1", "Page, from 1.");
pub(super) const SPARKLINE: Param = flag("sparkline", "false", "With prices of 7 days.");
pub(super) const PRICE_CHANGE: Param = query(
    "price_change_percentage",
    ParamKind::List,
    "",
    "Spans of price changes, comma-separated: 1h,24h,7d,14d,30d,200d,1y.",
);
pub(super) const LOCALE: Param = query("locale", ParamKind::Text, "en", "Language.");
pub(super) const REHYPOTHECATED: Param =
    flag("include_rehypothecated", "false", "Also wrapped and staked coins in the ranks.");

pub(super) const LOCALIZATION: Param = flag("localization", "true", "With names in all languages.");
pub(super) const WITH_TICKERS: Param = flag("tickers", "true", "With markets of the coin.");
pub(super) const WITH_MARKET_DATA: Param = flag("market_data", "true", "With market figures.");
pub(super) const WITH_COMMUNITY: Param = flag("community_data", "true", "With community figures.");
pub(super) const WITH_DEVELOPERS: Param = flag("developer_data", "true", "With developer figures.");
pub(super) const CATEGORY_DETAILS: Param =
    flag("include_categories_details", "false", "With ids and names of categories.");
pub(super) const DEX_PAIR_FORMAT: Param = query(
    "dex_pair_format",
    ParamKind::OneOf(&["contract_address", "symbol"]),
    "contract_address",
    "How pairs of decentralised exchanges are named.",
);
pub(super) const EXCHANGE_IDS: Param =
    query("exchange_ids", ParamKind::List, "", "Exchanges, comma-separated.");
pub(super) const COIN_IDS: Param = query("coin_ids", ParamKind::List, "", "Coins, comma-separated.");
pub(super) const EXCHANGE_LOGO: Param =
    flag("include_exchange_logo", "false", "With the exchange's picture.");
pub(super) const DEPTH: Param = flag("depth", "false", "With the cost to move the price by 2 %, USD.");
pub(super) const TICKERS_ORDER: Param = query(
    "order",
    ParamKind::OneOf(&[
        "trust_score_desc",
        "trust_score_asc",
        "volume_desc",
        "volume_asc",
        "market_cap_asc",
        "market_cap_desc",
        "base_target",
    ]),
    "trust_score_desc",
    "Order of the rows.",
);
pub(super) const DATE: Param = required(query("date", ParamKind::Text, "", "Day, dd-mm-yyyy."));
pub(super) const DAYS: Param = required(query("days", ParamKind::Text, "", "Days back from now, or max."));
pub(super) const OHLC_DAYS: Param = required(query(
    "days",
    ParamKind::OneOf(&["1", "7", "14", "30", "90", "180", "365", "max"]),
    "",
    "Days back from now; max on paid plans only.",
));
pub(super) const VOLUME_DAYS: Param = required(query(
    "days",
    ParamKind::OneOf(&["1", "7", "14", "30", "90", "180", "365"]),
    "",
    "Days back from now.",
));
pub(super) const INTERVAL: Param = query(
    "interval",
    ParamKind::OneOf(&["5m", "hourly", "daily"]),
    "",
    "Spacing; by the span without it. On paid plans where finer than that.",
);
pub(super) const OHLC_INTERVAL: Param = query(
    "interval",
    ParamKind::OneOf(&["hourly", "daily"]),
    "",
    "Length of a bar; by the span without it. On paid plans.",
);
pub(super) const OHLC_INTERVAL_REQUIRED: Param = required(OHLC_INTERVAL);
pub(super) const FROM: Param =
    required(query("from", ParamKind::TimeSec, "", "Earliest time, Unix seconds."));
pub(super) const TO: Param = required(query("to", ParamKind::TimeSec, "", "Latest time, Unix seconds."));

pub(super) const CATEGORIES_ORDER: Param = query(
    "order",
    ParamKind::OneOf(&[
        "market_cap_desc",
        "market_cap_asc",
        "name_desc",
        "name_asc",
        "market_cap_change_24h_desc",
        "market_cap_change_24h_asc",
    ]),
    "market_cap_desc",
    "Order of the rows.",
);
pub(super) const DERIVATIVES_ORDER: Param = query(
    "order",
    ParamKind::OneOf(&[
        "name_asc",
        "name_desc",
        "open_interest_btc_asc",
        "open_interest_btc_desc",
        "trade_volume_24h_btc_asc",
        "trade_volume_24h_btc_desc",
    ]),
    "open_interest_btc_desc",
    "Order of the rows.",
);
pub(super) const NFT_ORDER: Param =
    query("order", ParamKind::Text, "market_cap_usd_desc", "Order of the rows.");
pub(super) const CONTRACTS: Param = query(
    "include_tickers",
    ParamKind::OneOf(&["all", "unexpired"]),
    "",
    "With the exchange's contracts, all or those that still run.",
);
pub(super) const SEARCH: Param = required(query("query", ParamKind::Text, "", "Words to search for."));
pub(super) const DURATION: Param = query(
    "duration",
    ParamKind::OneOf(&["1h", "24h", "7d", "14d", "30d", "60d", "1y"]),
    "24h",
    "Span of the price change.",
);
pub(super) const TOP_COINS: Param = query(
    "top_coins",
    ParamKind::OneOf(&["300", "500", "1000", "all"]),
    "1000",
    "Among the coins of the largest capitalisation.",
);
pub(super) const COIN_FILTER: Param = query("coin_id", ParamKind::Text, "", "CoinGecko's id of a coin.");
pub(super) const LANGUAGE: Param = query("language", ParamKind::Text, "en", "Language.");
