use upstream::{Endpoint, ParamKind};

use super::{AFTER, BEFORE, INST_FAMILY, INST_ID, INST_TYPE, MAY_INST_ID, limit, may, must, row};

/// The list of contracts.
pub const INSTRUMENTS: Endpoint = row(
    "public.instruments",
    "/api/v5/public/instruments",
    &[INST_TYPE, INST_FAMILY, MAY_INST_ID],
    3_600,
    "Contracts with size, tick, state and listing time",
    "https://www.okx.com/docs-v5/en/#public-data-rest-api-get-instruments",
);

/// Running funding.
pub const FUNDING_RATE: Endpoint = row(
    "public.funding_rate",
    "/api/v5/public/funding-rate",
    &[must("instId", ParamKind::Pair, "Swap, for example BTC-USDT-SWAP, or ANY for all")],
    15,
    "Running funding estimate, last settled rate and the coming settlements",
    "https://www.okx.com/docs-v5/en/#public-data-rest-api-get-funding-rate",
);

/// Settled funding.
pub const FUNDING_RATE_HISTORY: Endpoint = row(
    "public.funding_rate_history",
    "/api/v5/public/funding-rate-history",
    &[INST_ID, BEFORE, AFTER, limit(400, "400")],
    60,
    "Settled funding rates, newest first, about three months back",
    "https://www.okx.com/docs-v5/en/#public-data-rest-api-get-funding-rate-history",
);

/// Open interest now.
pub const OPEN_INTEREST: Endpoint = row(
    "public.open_interest",
    "/api/v5/public/open-interest",
    &[
        must("instType", ParamKind::OneOf(&["SWAP", "FUTURES", "OPTION"]), "Kind of contract"),
        INST_FAMILY,
        MAY_INST_ID,
    ],
    10,
    "Open interest now in contracts, coins and dollars",
    "https://www.okx.com/docs-v5/en/#public-data-rest-api-get-open-interest",
);

/// Mark price.
pub const MARK_PRICE: Endpoint = row(
    "public.mark_price",
    "/api/v5/public/mark-price",
    &[
        must(
            "instType",
            ParamKind::OneOf(&["MARGIN", "SWAP", "FUTURES", "OPTION", "EVENTS"]),
            "Kind of instrument",
        ),
        INST_FAMILY,
        MAY_INST_ID,
    ],
    5,
    "Mark prices",
    "https://www.okx.com/docs-v5/en/#public-data-rest-api-get-mark-price",
);

/// Price bounds.
pub const PRICE_LIMIT: Endpoint = row(
    "public.price_limit",
    "/api/v5/public/price-limit",
    &[INST_ID],
    5,
    "Highest buy and lowest sell price allowed now",
    "https://www.okx.com/docs-v5/en/#public-data-rest-api-get-limit-price",
);

/// Liquidations of the last day.
pub const LIQUIDATION_ORDERS: Endpoint = row(
    "public.liquidation_orders",
    "/api/v5/public/liquidation-orders",
    &[
        must("instType", ParamKind::OneOf(&["SWAP", "FUTURES", "MARGIN", "OPTION"]), "Kind of contract"),
        INST_FAMILY,
        may("uly", ParamKind::Text, "", "Underlying, in place of the family"),
        may("state", ParamKind::OneOf(&["filled", "unfilled"]), "", "filled; needed for swaps and futures"),
        AFTER,
        BEFORE,
        limit(100, "100"),
    ],
    15,
    "Liquidation orders, newest first, one to seven days back; no longer documented by the exchange",
    "https://www.okx.com/docs-v5/en/#public-data-rest-api",
);

/// The exchange's clock.
pub const TIME: Endpoint = row(
    "public.time",
    "/api/v5/public/time",
    &[],
    1,
    "The exchange's clock",
    "https://www.okx.com/docs-v5/en/#public-data-rest-api-get-system-time",
);

/// Underlyings of a kind.
pub const UNDERLYING: Endpoint = row(
    "public.underlying",
    "/api/v5/public/underlying",
    &[must("instType", ParamKind::OneOf(&["SWAP", "FUTURES", "OPTION"]), "Kind of contract")],
    3_600,
    "Underlyings of a kind of contract",
    "https://www.okx.com/docs-v5/en/#public-data-rest-api-get-underlying",
);

/// The insurance fund.
pub const INSURANCE_FUND: Endpoint = row(
    "public.insurance_fund",
    "/api/v5/public/insurance-fund",
    &[
        must("instType", ParamKind::OneOf(&["MARGIN", "SWAP", "FUTURES", "OPTION"]), "Kind of contract"),
        may("type", ParamKind::Text, "", "Kind of entry, for example liquidation_balance_deposit or adl"),
        INST_FAMILY,
        may("ccy", ParamKind::Coin, "", "Currency; only for MARGIN"),
        BEFORE,
        AFTER,
        limit(100, "100"),
    ],
    60,
    "Balance and entries of the insurance fund",
    "https://www.okx.com/docs-v5/en/#public-data-rest-api-get-insurance-fund",
);

/// Leverage tiers.
pub const POSITION_TIERS: Endpoint = row(
    "public.position_tiers",
    "/api/v5/public/position-tiers",
    &[
        must("instType", ParamKind::OneOf(&["MARGIN", "SWAP", "FUTURES", "OPTION"]), "Kind of contract"),
        must("tdMode", ParamKind::OneOf(&["cross", "isolated"]), "Margin mode"),
        INST_FAMILY,
        MAY_INST_ID,
        may("ccy", ParamKind::Coin, "", "Margin currency; only for MARGIN in cross mode"),
        may("tier", ParamKind::Text, "", "Tiers, for example 1"),
    ],
    3_600,
    "Position sizes, leverage and margin ratios by tier",
    "https://www.okx.com/docs-v5/en/#public-data-rest-api-get-position-tiers",
);
