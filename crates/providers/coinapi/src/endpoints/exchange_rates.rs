//! Exchange rates: volume-weighted over 24 hours, so no tradable prices.

use super::endpoints;
use super::params::{BASE, FILTER_ASSETS, INVERT, LIMIT, PERIOD, QUOTE, TIME, TIME_END, TIME_START};

endpoints! {
    /// One asset in units of another, weighted by volume over 24 hours: no tradable price.
    RATE = CREDIT, MINUTE, "exchange_rate", "/v1/exchangerate/{asset_id_base}/{asset_id_quote}",
        &[BASE, QUOTE, TIME];

    /// One asset in units of all others, weighted by volume over 24 hours.
    RATES = CREDIT, MINUTE, "exchange_rates", "/v1/exchangerate/{asset_id_base}",
        &[BASE, FILTER_ASSETS, INVERT, TIME];

    /// Bar lengths that rates may be asked in.
    PERIODS = CREDIT, DAY, "exchange_rate_periods", "/v1/exchangerate/history/periods", &[];

    /// Bars of a rate, oldest first.
    HISTORY = BY_LIMIT, MINUTE, "exchange_rate_history",
        "/v1/exchangerate/{asset_id_base}/{asset_id_quote}/history",
        &[BASE, QUOTE, PERIOD, TIME_START, TIME_END, LIMIT];
}
