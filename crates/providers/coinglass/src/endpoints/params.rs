//! Parameters that many endpoints share, and lists of them.

use upstream::{Param, ParamKind, Place};

const fn optional(name: &'static str, kind: ParamKind, default: &'static str, doc: &'static str) -> Param {
    Param { name, place: Place::Query, kind, required: false, default, doc }
}

const fn required(name: &'static str, kind: ParamKind, doc: &'static str) -> Param {
    Param { name, place: Place::Query, kind, required: true, default: "", doc }
}

// Who.

pub(super) const COIN: Param = required("symbol", ParamKind::Coin, "Coin, for example BTC.");
pub(super) const COIN_OPTIONAL: Param =
    optional("symbol", ParamKind::Coin, "", "Coin, for example BTC; all coins without it.");
pub(super) const PAIR: Param = required(
    "symbol",
    ParamKind::Pair,
    "Contract by the exchange's own name, for example BTCUSDT at Binance; the list of exchange pairs has them.",
);
pub(super) const TOKEN: Param =
    optional("symbol", ParamKind::Text, "", "ERC-20 token, for example USDT; all tokens without it.");
pub(super) const TRUST: Param = required(
    "symbol",
    ParamKind::OneOf(&[
        "BTC", "ETH", "ETC", "LTC", "BCH", "SOL", "XLM", "LINK", "ZEC", "MANA", "ZEN", "FIL", "BAT", "LPT",
    ]),
    "Coin of the trust.",
);
pub(super) const BTC_OR_ETH: Param =
    required("symbol", ParamKind::OneOf(&["BTC", "ETH"]), "Coin: BTC or ETH.");
pub(super) const EXCHANGE: Param = required(
    "exchange",
    ParamKind::Text,
    "Exchange as the list of exchanges spells it, for example Binance, OKX, Bybit.",
);
pub(super) const EXCHANGE_OPTIONAL: Param =
    optional("exchange", ParamKind::Text, "", "Exchange, for example Binance; all of them without it.");
pub(super) const EXCHANGE_BINANCE: Param =
    required("exchange", ParamKind::OneOf(&["Binance"]), "Exchange; Binance only.");
pub(super) const EXCHANGE_OF_THREE: Param =
    required("exchange", ParamKind::OneOf(&["Binance", "OKX", "Bybit"]), "Exchange.");
pub(super) const EXCHANGE_OF_FOUR: Param =
    required("exchange", ParamKind::OneOf(&["Binance", "OKX", "Bybit", "Hyperliquid"]), "Exchange.");
pub(super) const EXCHANGE_OPTIONS: Param =
    required("exchange", ParamKind::OneOf(&["Deribit", "Binance", "OKX"]), "Option exchange.");
pub(super) const EXCHANGE_LIST: Param =
    required("exchange_list", ParamKind::List, "Exchanges, comma-separated, for example Binance,OKX,Bybit.");
pub(super) const EXCHANGE_LIST_OPTIONAL: Param = optional(
    "exchange_list",
    ParamKind::List,
    "",
    "Exchanges, comma-separated, for example Binance,OKX,Bybit; the provider's choice without it.",
);
pub(super) const EXCHANGE_LIST_OR_ALL: Param =
    required("exchange_list", ParamKind::List, "Exchanges, comma-separated, or ALL.");
pub(super) const TICKER: Param = required("ticker", ParamKind::Text, "Fund, for example IBIT.");
pub(super) const TICKER_OPTIONAL: Param =
    optional("ticker", ParamKind::Text, "", "Fund, for example IBIT; all funds without it.");
pub(super) const USER_ADDRESS: Param =
    required("user_address", ParamKind::Text, "Hyperliquid address, 0x and 40 hexadecimal digits.");
pub(super) const WALLET_TAG: Param = required(
    "wallet_tag",
    ParamKind::OneOf(&[
        "Shrimp",
        "Fish",
        "Dolphin",
        "Apex_Predator",
        "Small_Whale",
        "Whale",
        "Tidal_Whale",
        "Leviathan",
        "Money_Printer",
        "Smart_Money",
        "Grinder",
        "Humble_Earner",
        "Exit_Liquidity",
        "Semi_Rekt",
        "Full_Rekt",
        "Giga_Rekt",
    ]),
    "Wallet group, by size or by profit and loss.",
);

// When.

const INTERVAL_DOC: &str =
    "Length of a bar. Hobbyist keys have 4h and longer, Startup keys 30m and longer, the others all.";

pub(super) const INTERVAL: Param = required(
    "interval",
    ParamKind::OneOf(&["1m", "3m", "5m", "15m", "30m", "1h", "4h", "6h", "8h", "12h", "1d", "1w"]),
    INTERVAL_DOC,
);
pub(super) const INTERVAL_BELOW_WEEK: Param = required(
    "interval",
    ParamKind::OneOf(&["1m", "3m", "5m", "15m", "30m", "1h", "4h", "6h", "8h", "12h", "1d"]),
    INTERVAL_DOC,
);
pub(super) const INTERVAL_5M_1H_1D: Param =
    required("interval", ParamKind::OneOf(&["5m", "1h", "1d"]), "Length of a bar.");
pub(super) const INTERVAL_10M_1H_1D: Param =
    required("interval", ParamKind::OneOf(&["10m", "1h", "1d"]), "Length of a bar.");
pub(super) const START: Param =
    optional("start_time", ParamKind::TimeMs, "", "Earliest time, Unix milliseconds.");
pub(super) const END: Param = optional("end_time", ParamKind::TimeMs, "", "Latest time, Unix milliseconds.");
pub(super) const START_REQUIRED: Param =
    required("start_time", ParamKind::TimeMs, "Earliest time, Unix milliseconds.");
pub(super) const END_REQUIRED: Param =
    required("end_time", ParamKind::TimeMs, "Latest time, Unix milliseconds.");
pub(super) const CALENDAR_START: Param =
    optional("start_time", ParamKind::TimeMs, "", "Earliest time, Unix milliseconds; at most 15 days back.");
pub(super) const CALENDAR_END: Param =
    optional("end_time", ParamKind::TimeMs, "", "Latest time, Unix milliseconds; at most 15 days ahead.");

// How much.

pub(super) const LIMIT: Param =
    optional("limit", ParamKind::Int { min: 1, max: 1_000 }, "1000", "Rows, at most 1000.");
pub(super) const LIMIT_4500: Param = optional(
    "limit",
    ParamKind::Int { min: 1, max: 1_000 },
    "1000",
    "Rows, at most 1000: the endpoint's own page says 4500, the provider's newer guide 1000 everywhere.",
);
pub(super) const LIMIT_100: Param =
    optional("limit", ParamKind::Int { min: 1, max: 100 }, "100", "Rows, at most 100.");
pub(super) const LIMIT_100_REQUIRED: Param = Param { required: true, ..LIMIT_100 };
pub(super) const PAGE: Param =
    optional("page", ParamKind::Int { min: 1, max: 100_000 }, "1", "Page, from 1; a short page is the last.");
pub(super) const CURRENT_PAGE: Param =
    optional("current_page", ParamKind::Int { min: 1, max: 100_000 }, "1", "Page, from 1.");
pub(super) const PER_PAGE: Param =
    optional("per_page", ParamKind::Int { min: 1, max: 1_000 }, "", "Rows on a page.");
pub(super) const PER_PAGE_100: Param =
    optional("per_page", ParamKind::Int { min: 1, max: 100 }, "", "Rows on a page, at most 100.");
pub(super) const MIN_LIQUIDATION: Param =
    required("min_liquidation_amount", ParamKind::Number, "Smallest liquidation in USD, for example 10000.");
pub(super) const MIN_USD: Param = optional("min_usd", ParamKind::Number, "", "Smallest transfer in USD.");
pub(super) const PRINCIPAL: Param = required(
    "usd",
    ParamKind::Int { min: 1, max: 1_000_000_000 },
    "Capital to put to work in USD, for example 10000.",
);

// In which terms.

pub(super) const UNIT: Param =
    optional("unit", ParamKind::OneOf(&["usd", "coin"]), "usd", "Unit of the values: usd or coin.");
pub(super) const OPTION_UNIT: Param =
    required("unit", ParamKind::Text, "Unit of the values: USD, or the coin's own ticker.");
pub(super) const DEPTH: Param = optional(
    "range",
    ParamKind::OneOf(&["0.25", "0.5", "0.75", "1", "2", "3", "5", "10"]),
    "",
    "Distance from the middle price in percent.",
);
pub(super) const RANGE_HEATMAP: Param = required(
    "range",
    ParamKind::OneOf(&["12h", "24h", "3d", "7d", "30d", "90d", "180d", "1y"]),
    "How far back the map reaches.",
);
pub(super) const RANGE_MAP: Param =
    required("range", ParamKind::OneOf(&["1d", "7d", "30d"]), "How far back the map reaches.");
pub(super) const RANGE_CHART: Param =
    required("range", ParamKind::OneOf(&["all", "1m", "15m", "1h", "4h", "12h"]), "Range of the chart.");
pub(super) const RANGE_ACCUMULATED: Param =
    required("range", ParamKind::OneOf(&["1d", "7d", "30d", "365d"]), "Span that is summed.");
pub(super) const RANGE_TAKER: Param = required(
    "range",
    ParamKind::OneOf(&["5m", "15m", "30m", "1h", "4h", "12h", "24h"]),
    "Span that is summed.",
);
pub(super) const RANGE_LIQUIDATION: Param =
    required("range", ParamKind::OneOf(&["1h", "4h", "12h", "24h"]), "Span that is summed.");
pub(super) const RANGE_MAX_PAIN: Param = optional(
    "range",
    ParamKind::OneOf(&["12h", "24h", "48h", "3d", "7d", "14d", "30d"]),
    "",
    "How far back positions are counted.",
);
pub(super) const RANGE_OPTION: Param =
    required("range", ParamKind::OneOf(&["1h", "4h", "12h", "all"]), "Range of the chart.");
pub(super) const RANGE_ETF: Param =
    required("range", ParamKind::OneOf(&["1d", "7d", "all"]), "How far back.");
pub(super) const STATE: Param = required(
    "state",
    ParamKind::Int { min: 1, max: 3 },
    "State of the order: 1 open, 2 filled, 3 cancelled.",
);
pub(super) const SERIES_TYPE: Param = optional(
    "series_type",
    ParamKind::OneOf(&["open", "high", "low", "close"]),
    "close",
    "Price of the bar that is read.",
);
pub(super) const WINDOW: Param =
    optional("window", ParamKind::Int { min: 1, max: 1_000 }, "", "Bars in the window.");
pub(super) const FAST_WINDOW: Param = optional(
    "fast_window",
    ParamKind::Int { min: 1, max: 1_000 },
    "",
    "Bars of the fast average; usually 12.",
);
pub(super) const SLOW_WINDOW: Param = optional(
    "slow_window",
    ParamKind::Int { min: 1, max: 1_000 },
    "",
    "Bars of the slow average; usually 26.",
);
pub(super) const SIGNAL_WINDOW: Param = optional(
    "signal_window",
    ParamKind::Int { min: 1, max: 1_000 },
    "",
    "Bars of the signal line; usually 9.",
);
pub(super) const MULT: Param =
    optional("mult", ParamKind::Number, "2", "Width of the bands in standard deviations.");
pub(super) const LANGUAGE: Param =
    optional("language", ParamKind::OneOf(&["en", "zh", "zh-tw"]), "", "Language of the texts.");
pub(super) const LANGUAGE_ZH: Param =
    optional("language", ParamKind::OneOf(&["zh", "zh-tw"]), "", "Language of the texts.");
pub(super) const LANGUAGE_EN_ZH: Param =
    optional("language", ParamKind::OneOf(&["en", "zh"]), "", "Language of the texts.");

// Lists that many endpoints take.

pub(super) const PAIR_HISTORY: &[Param] = &[EXCHANGE, PAIR, INTERVAL, LIMIT, START, END];
pub(super) const COIN_HISTORY: &[Param] = &[EXCHANGE_LIST, COIN, INTERVAL, LIMIT, START, END];
pub(super) const COIN_HISTORY_UNIT: &[Param] = &[EXCHANGE_LIST, COIN, INTERVAL, LIMIT, START, END, UNIT];
pub(super) const COIN_HISTORY_ALL: &[Param] = &[COIN, INTERVAL, LIMIT, START, END];
pub(super) const PAIR_DEPTH: &[Param] = &[EXCHANGE, PAIR, INTERVAL, LIMIT, START, END, DEPTH];
pub(super) const COIN_DEPTH: &[Param] = &[EXCHANGE_LIST_OR_ALL, COIN, INTERVAL, LIMIT, START, END, DEPTH];
pub(super) const AVERAGE: &[Param] = &[EXCHANGE, PAIR, INTERVAL, LIMIT_4500, START, END, WINDOW, SERIES_TYPE];
