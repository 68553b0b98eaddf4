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

pub(super) const ASSET_PATH: Param = path("asset_id", ParamKind::Text, "Asset, for example BTC.");
pub(super) const EXCHANGE_PATH: Param =
    path("exchange_id", ParamKind::Text, "Exchange under CoinAPI's name, for example BINANCEFTS.");
pub(super) const SYMBOL_PATH: Param =
    path("symbol_id", ParamKind::Text, "CoinAPI's id of the contract, for example BINANCEFTS_PERP_BTC_USDT.");
pub(super) const SIZE: Param =
    path("size", ParamKind::Int { min: 1, max: 4_096 }, "Width of the picture in pixels.");
pub(super) const BASE: Param = path("asset_id_base", ParamKind::Text, "Asset that is priced.");
pub(super) const QUOTE: Param = path("asset_id_quote", ParamKind::Text, "Asset it is priced in.");

pub(super) const FILTER_ASSETS: Param =
    query("filter_asset_id", ParamKind::List, "", "Assets, comma-separated: base or quote.");
pub(super) const FILTER_EXCHANGES: Param =
    query("filter_exchange_id", ParamKind::List, "", "Exchanges, comma-separated.");
pub(super) const FILTER_SYMBOLS: Param =
    query("filter_symbol_id", ParamKind::List, "", "Ids or parts of ids, comma-separated.");

const PERIODS: &[&str] = &[
    "1SEC", "2SEC", "3SEC", "4SEC", "5SEC", "6SEC", "10SEC", "15SEC", "20SEC", "30SEC", "1MIN", "2MIN",
    "3MIN", "4MIN", "5MIN", "6MIN", "10MIN", "15MIN", "20MIN", "30MIN", "1HRS", "2HRS", "3HRS", "4HRS",
    "6HRS", "8HRS", "12HRS", "1DAY", "2DAY", "3DAY", "5DAY", "7DAY", "10DAY", "1MTH", "2MTH", "3MTH", "4MTH",
    "6MTH", "1YRS", "2YRS", "3YRS", "4YRS", "5YRS",
];
pub(super) const PERIOD: Param = query("period_id", ParamKind::OneOf(PERIODS), "", "Length of a bar.");
pub(super) const PERIOD_REQUIRED: Param = required(PERIOD);
pub(super) const METRIC_PERIOD: Param = Param { default: "1SEC", ..PERIOD };
pub(super) const TIME: Param = query("time", ParamKind::TimeIso, "", "Instant; now without it.");
pub(super) const TIME_START: Param =
    query("time_start", ParamKind::TimeIso, "", "Earliest instant, inclusive.");
pub(super) const TIME_END: Param = query("time_end", ParamKind::TimeIso, "", "Latest instant, exclusive.");
pub(super) const TIME_START_REQUIRED: Param = required(TIME_START);
pub(super) const TIME_END_REQUIRED: Param = required(TIME_END);
pub(super) const DATE: Param =
    query("date", ParamKind::TimeIso, "", "A whole UTC day, YYYY-MM-DD, instead of start and end.");
pub(super) const LIMIT: Param = query(
    "limit",
    ParamKind::Int { min: 1, max: 100_000 },
    "100",
    "Rows at most; each started hundred costs a credit.",
);
pub(super) const LEVELS: Param =
    query("limit_levels", ParamKind::Int { min: 1, max: 10_000 }, "", "Levels on each side at most.");
pub(super) const EMPTY_ITEMS: Param =
    query("include_empty_items", ParamKind::Bool, "false", "Also bars without trades, without prices.");
pub(super) const WITH_ID: Param =
    query("include_id", ParamKind::Bool, "false", "With the exchange's ids of trade and orders.");
pub(super) const INVERT: Param =
    query("invert", ParamKind::Bool, "false", "The base in units of the quotes, turned over.");

pub(super) const METRIC: Param =
    query("metric_id", ParamKind::Text, "", "Metric, for example DERIVATIVES_FUNDING_RATE_CURRENT.");
pub(super) const METRIC_REQUIRED: Param = required(METRIC);
pub(super) const SYMBOL: Param = query("symbol_id", ParamKind::Text, "", "CoinAPI's id of the contract.");
pub(super) const SYMBOL_REQUIRED: Param = required(SYMBOL);
pub(super) const EXCHANGE: Param =
    query("exchange_id", ParamKind::Text, "", "Exchange under CoinAPI's name, for example BINANCEFTS.");
pub(super) const EXCHANGE_REQUIRED: Param = required(EXCHANGE);
pub(super) const ASSET: Param = query("asset_id", ParamKind::Text, "", "Asset, for example BTC.");
pub(super) const ASSET_EXTERNAL: Param =
    query("asset_id_external", ParamKind::Text, "", "The exchange's own name of the asset.");
pub(super) const CHAIN: Param = query("chain_id", ParamKind::Text, "", "Chain.");
pub(super) const NETWORK: Param = query("network_id", ParamKind::Text, "", "Network of the chain.");
pub(super) const TIME_FORMAT: Param = query(
    "time_format",
    ParamKind::OneOf(&["unix_sec", "unix_millisec", "unix_microsec", "unix_nanosec"]),
    "",
    "Times as numbers; RFC 3339 text without it.",
);
