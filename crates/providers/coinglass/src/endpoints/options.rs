//! Options.

use super::params::{COIN, EXCHANGE_OPTIONS, OPTION_UNIT, RANGE_OPTION};
use super::{LIVE, MINUTE, endpoints};

endpoints! {
    /// Maximum pain price per option expiry (YYMMDD) with open calls and puts in contracts, notional USD
    /// and market value.
    OPTION_MAX_PAIN = Hobbyist, MINUTE, "option.max_pain",
        "/api/option/max-pain", &[COIN, EXCHANGE_OPTIONS];

    /// A coin's options on each exchange, the total first as "All": open interest in contracts and USD,
    /// share and change in percent, 24 h volume in USD.
    OPTIONS_OPEN_INTEREST = Hobbyist, LIVE, "options.open_interest",
        "/api/option/info", &[COIN];

    /// A coin's option open interest on each exchange over time, as parallel arrays of times (ms), prices
    /// and one list per exchange; sometimes wrapped in a one-element array.
    OPTION_EXCHANGE_OI_HISTORY = Hobbyist, MINUTE, "option.exchange_oi_history",
        "/api/option/exchange-oi-history", &[COIN, OPTION_UNIT, RANGE_OPTION];

    /// A coin's option volume on each exchange over time, as parallel arrays of times (ms), prices and one
    /// list per exchange; sometimes wrapped in a one-element array.
    OPTIONS_VOLUME = Hobbyist, MINUTE, "options.volume",
        "/api/option/exchange-vol-history", &[COIN, OPTION_UNIT];
}
