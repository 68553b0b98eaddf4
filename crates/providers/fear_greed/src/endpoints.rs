//! The public endpoints of alternative.me's API.

use std::time::Duration;

use upstream::{Cost, Endpoint, Param, ParamKind, Place};

/// Name of the one budget: calls by address.
pub(crate) const ADDRESS_METER: &str = "address";

/// Every public endpoint.
pub const ENDPOINTS: &[Endpoint] = &[FNG, TICKER, GLOBAL];

const fn may(name: &'static str, kind: ParamKind, default: &'static str, doc: &'static str) -> Param {
    Param { name, place: Place::Query, kind, required: false, default, doc }
}

const CONVERT: Param = may("convert", ParamKind::Text, "USD", "Currency of the prices");
const COST: Cost = Cost::Fixed { meter: ADDRESS_METER, weight: 1 };

/// The index. The service's `format` and `date_format` are not offered: the one breaks the JSON, the other
/// turns the stamps into text.
pub const FNG: Endpoint = Endpoint {
    id: "fng",
    // Without the slash the service redirects.
    path: "/fng/",
    params: &[may("limit", ParamKind::Int { min: 0, max: 100_000 }, "1", "Number of newest days; 0 is all")],
    plan: "",
    ttl: Duration::from_hours(1),
    cost: COST,
    summary: "Crypto Fear & Greed Index by day, newest first, since February 2018",
    docs: "https://alternative.me/crypto/fear-and-greed-index/#api",
};

/// Prices of coins.
pub const TICKER: Endpoint = Endpoint {
    id: "ticker",
    path: "/v2/ticker/",
    params: &[
        may("limit", ParamKind::Int { min: 0, max: 100_000 }, "100", "Number of coins; 0 is all"),
        may("start", ParamKind::Int { min: 0, max: 100_000 }, "", "First rank"),
        CONVERT,
        may("structure", ParamKind::OneOf(&["dictionary", "array"]), "dictionary", "Shape of the data"),
    ],
    plan: "",
    ttl: Duration::from_mins(5),
    cost: COST,
    summary: "Price, volume and market capitalisation by coin",
    docs: "https://alternative.me/crypto/api/",
};

/// Figures of the whole market.
pub const GLOBAL: Endpoint = Endpoint {
    id: "global",
    path: "/v2/global/",
    params: &[CONVERT],
    plan: "",
    ttl: Duration::from_mins(5),
    cost: COST,
    summary: "Market capitalisation, volume and Bitcoin's share of the whole market",
    docs: "https://alternative.me/crypto/api/",
};
