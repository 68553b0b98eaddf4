//! The client: asks through the guarded way out, turns answers into domain values.

/// Contracts and funding.
mod funding;
/// Liquidation orders.
mod liquidations;
/// Open interest and ratios.
mod positioning;
/// Candles, tickers, books, trades.
mod prices;

pub use liquidations::Liquidations;

use std::sync::Arc;

use domain::{Clock, ErrorKind, Observed, ProviderError, Source, UtcMs, Venue};
use upstream::{Args, Ask, Call, Endpoint, Fetched, Lane};

use crate::wire::error;

/// OKX's public market data. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Okx {
    lane: Lane,
    clock: Arc<dyn Clock>,
}

impl Okx {
    /// A client on a lane made with [`crate::OkxWire`].
    pub fn new(lane: Lane, clock: Arc<dyn Clock>) -> Self {
        Self { lane, clock }
    }

    /// The guarded way out.
    pub fn lane(&self) -> &Lane {
        &self.lane
    }

    /// Any endpoint of [`crate::ENDPOINTS`]; the answer's data as OKX sent it.
    pub async fn raw(&self, endpoint: &Endpoint, args: Args, ask: Ask) -> Result<Fetched, ProviderError> {
        self.lane.get(Call::new(endpoint, args).ask(ask)).await
    }

    fn now(&self) -> UtcMs {
        self.clock.now()
    }
}

/// A value of this exchange with its times.
fn observed<T>(value: T, as_of: UtcMs, received_at: UtcMs) -> Observed<T> {
    Observed { value, source: Source::Okx, venue: Some(Venue::Okx), as_of, received_at }
}

fn no_data(what: &str, symbol: &str) -> ProviderError {
    error(ErrorKind::NoData, format!("OKX has no {what} of {symbol}"))
}

/// Pages that arrived together were all there when the last one arrived.
fn last_received(pages: &[Fetched]) -> UtcMs {
    pages.iter().map(|page| page.received_at).max().unwrap_or_default()
}
