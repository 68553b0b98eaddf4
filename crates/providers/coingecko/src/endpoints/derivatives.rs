//! Derivatives and their exchanges.

use super::endpoints;
use super::params::{CONTRACTS, DERIVATIVES_ID, DERIVATIVES_ORDER, PAGE, PER_PAGE};

endpoints! {
    /// Contracts of all exchanges, one very long list: prices as text, funding in percent per period, open
    /// interest and volume in USD.
    TICKERS = ANY, HALF_MINUTE, "derivatives", "/derivatives", &[];

    /// Exchanges of derivatives with open interest and volume in BTC.
    EXCHANGES = ANY, MINUTE, "derivatives_exchanges", "/derivatives/exchanges",
        &[DERIVATIVES_ORDER, PER_PAGE, PAGE];

    /// One exchange of derivatives and, when asked, its contracts with the coin that each stands for. Kept
    /// for an hour: it serves to tell coins, not prices.
    EXCHANGE = ANY, HOUR, "derivatives_exchange", "/derivatives/exchanges/{id}", &[DERIVATIVES_ID, CONTRACTS];

    /// Ids and names of exchanges of derivatives.
    LIST = ANY, FIVE_MINUTES, "derivatives_exchanges_list", "/derivatives/exchanges/list", &[];
}
