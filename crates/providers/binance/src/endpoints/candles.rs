//! Candles of trades, mark price, index and premium.

use upstream::{Args, Endpoint, Param, ParamKind};

use super::{END, PAIR, SECONDS_15, START, SYMBOL, endpoint, limit, query, required, weight_by};

const CANDLE_INTERVALS: ParamKind = ParamKind::OneOf(&[
    "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M",
]);

const INTERVAL: Param = required("interval", CANDLE_INTERVALS, "Length of a bar (1M is a month)");

const CANDLE_LIMIT: Param =
    query("limit", ParamKind::Int { min: 1, max: 1500 }, "500", "Most rows, newest kept");

const CANDLE_PARAMS: &[Param] = &[SYMBOL, INTERVAL, START, END, CANDLE_LIMIT];

const PAIR_CANDLE_PARAMS: &[Param] = &[PAIR, INTERVAL, START, END, CANDLE_LIMIT];

fn candle_weight(args: &Args) -> u32 {
    match limit(args, 500) {
        0..=99 => 1,
        100..=499 => 2,
        500..=1000 => 5,
        _ => 10,
    }
}

/// Candles of a contract.
pub const KLINES: Endpoint = endpoint(
    "klines",
    "/fapi/v1/klines",
    CANDLE_PARAMS,
    SECONDS_15,
    weight_by(candle_weight),
    "Candles of a contract, oldest first, the running one last",
    docs!("/Kline-Candlestick-Data"),
);

/// Candles of a pair's perpetual or quarterly.
pub const CONTINUOUS_KLINES: Endpoint = endpoint(
    "continuousKlines",
    "/fapi/v1/continuousKlines",
    &[
        PAIR,
        required(
            "contractType",
            ParamKind::OneOf(&["PERPETUAL", "CURRENT_QUARTER", "NEXT_QUARTER", "TRADIFI_PERPETUAL"]),
            "Which contract of the pair",
        ),
        INTERVAL,
        START,
        END,
        CANDLE_LIMIT,
    ],
    SECONDS_15,
    weight_by(candle_weight),
    "Candles of a pair's perpetual, current or next quarterly contract",
    docs!("/Continuous-Contract-Kline-Candlestick-Data"),
);

/// Candles of the mark price.
pub const MARK_PRICE_KLINES: Endpoint = endpoint(
    "markPriceKlines",
    "/fapi/v1/markPriceKlines",
    CANDLE_PARAMS,
    SECONDS_15,
    weight_by(candle_weight),
    "Candles of the mark price; volumes are zero",
    docs!("/Mark-Price-Kline-Candlestick-Data"),
);

/// Candles of the premium index.
pub const PREMIUM_INDEX_KLINES: Endpoint = endpoint(
    "premiumIndexKlines",
    "/fapi/v1/premiumIndexKlines",
    CANDLE_PARAMS,
    SECONDS_15,
    weight_by(candle_weight),
    "Candles of the premium over the index, a signed fraction",
    docs!("/Premium-Index-Kline-Data"),
);

/// Candles of the index price.
pub const INDEX_PRICE_KLINES: Endpoint = endpoint(
    "indexPriceKlines",
    "/fapi/v1/indexPriceKlines",
    PAIR_CANDLE_PARAMS,
    SECONDS_15,
    weight_by(candle_weight),
    "Candles of a pair's index price; volumes are zero",
    docs!("/Index-Price-Kline-Candlestick-Data"),
);
