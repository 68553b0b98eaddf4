//! Parameters that many endpoints share.

use upstream::{Param, ParamKind, Place};

const fn query(name: &'static str, kind: ParamKind, default: &'static str, doc: &'static str) -> Param {
    Param { name, place: Place::Query, kind, required: false, default, doc }
}

const fn path(name: &'static str, kind: ParamKind, doc: &'static str) -> Param {
    Param { name, place: Place::Path, kind, required: true, default: "", doc }
}

pub(super) const COIN: Param =
    path("coin", ParamKind::Coin, "Coin by ticker, without a contract's multiplier, or by numeric id.");
pub(super) const TOPIC: Param = path("topic", ParamKind::Text, "Topic in lower case, for example bitcoin.");
pub(super) const CATEGORY: Param =
    path("category", ParamKind::Text, "Category in lower case, for example cryptocurrencies.");
pub(super) const STOCK: Param = path("stock", ParamKind::Text, "Stock by ticker or by numeric id.");
pub(super) const NETWORK: Param = path(
    "network",
    ParamKind::OneOf(&["twitter", "youtube", "instagram", "reddit", "tiktok"]),
    "Social network.",
);
pub(super) const CREATOR_ID: Param =
    path("id", ParamKind::Text, "The creator's id or screen name on that network.");
pub(super) const POST_TYPE: Param =
    path("post_type", ParamKind::Text, "Kind of post, for example tweet, youtube-video, reddit-post, news.");
pub(super) const POST_ID: Param = path("post_id", ParamKind::Text, "The post's id on its network.");
pub(super) const SLUG: Param = path("slug", ParamKind::Text, "Id of the custom search.");

pub(super) const BUCKET: Param =
    query("bucket", ParamKind::OneOf(&["hour", "day"]), "hour", "Length of a bucket.");
pub(super) const INTERVAL: Param = query(
    "interval",
    ParamKind::OneOf(&["1d", "1w", "1m", "3m", "6m", "1y", "all"]),
    "1w",
    "How far back the series reaches; not used when start or end is given.",
);
pub(super) const START: Param = query("start", ParamKind::TimeSec, "", "Earliest time, Unix seconds.");
pub(super) const END: Param = query("end", ParamKind::TimeSec, "", "Latest time, Unix seconds.");

pub(super) const SORT: Param = query(
    "sort",
    ParamKind::Text,
    "market_cap_rank",
    "Metric to sort by, for example market_cap_rank, galaxy_score, alt_rank, sentiment, interactions_24h.",
);
pub(super) const FILTER: Param =
    query("filter", ParamKind::List, "", "Sectors, comma-separated, for example layer-1,defi.");
pub(super) const LIMIT_1000: Param =
    query("limit", ParamKind::Int { min: 1, max: 1_000 }, "10", "Rows, at most 1000.");
pub(super) const LIMIT_100: Param =
    query("limit", ParamKind::Int { min: 1, max: 100 }, "", "Rows, at most 100.");
pub(super) const DESC: Param = query(
    "desc",
    ParamKind::Bool,
    "",
    "Reverses the order, whatever the value; seen without effect, so check the order.",
);
pub(super) const PAGE: Param = query("page", ParamKind::Int { min: 0, max: 100_000 }, "0", "Page, from 0.");

pub(super) const TERM: Param = query("term", ParamKind::Text, "", "Word to search for.");
pub(super) const SEARCH_JSON: Param =
    query("search_json", ParamKind::Text, "", "Search definition as JSON text.");
pub(super) const SEARCH_JSON_REQUIRED: Param = Param { required: true, ..SEARCH_JSON };
pub(super) const NAME: Param = query("name", ParamKind::Text, "", "Name of the search.");
pub(super) const NAME_REQUIRED: Param = Param { required: true, ..NAME };
pub(super) const PRIORITY: Param =
    query("priority", ParamKind::Bool, "", "Whether the search is refreshed first.");
