//! The client: asks through the guarded way out, turns answers into domain values.

/// Running and settled funding.
mod funding;
/// Open interest and ratios.
mod positioning;
/// Contracts, candles, tickers, books, trades.
mod prices;

use std::sync::Arc;

use domain::{Clock, ErrorKind, Instrument, Observed, ProviderError, Source, UtcMs, Venue};
use upstream::{Args, Ask, Call, Endpoint, Fetched, Lane};

use crate::wire::error;

/// Bybit's public market data of USDT perpetuals. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Bybit {
    lane: Lane,
    clock: Arc<dyn Clock>,
}

impl Bybit {
    /// A client on a lane made with [`crate::BybitWire`].
    pub fn new(lane: Lane, clock: Arc<dyn Clock>) -> Self {
        Self { lane, clock }
    }

    /// The guarded way out.
    pub fn lane(&self) -> &Lane {
        &self.lane
    }

    /// Any endpoint of [`crate::ENDPOINTS`]; the answer's result as Bybit sent it.
    pub async fn raw(&self, endpoint: &Endpoint, args: Args, ask: Ask) -> Result<Fetched, ProviderError> {
        self.lane.get(Call::new(endpoint, args).ask(ask)).await
    }

    fn now(&self) -> UtcMs {
        self.clock.now()
    }
}

/// The arguments that name one linear contract.
fn linear(instrument: &Instrument) -> Args {
    Args::new().with("category", "linear").with("symbol", &instrument.native_symbol)
}

/// A value of this exchange with its times.
fn observed<T>(value: T, as_of: UtcMs, received_at: UtcMs) -> Observed<T> {
    Observed { value, source: Source::Bybit, venue: Some(Venue::Bybit), as_of, received_at }
}

fn no_data(what: &str, symbol: &str) -> ProviderError {
    error(ErrorKind::NoData, format!("Bybit has no {what} of {symbol}"))
}

/// Pages that arrived together were all there when the last one arrived.
fn last_received(pages: &[Fetched]) -> UtcMs {
    pages.iter().map(|page| page.received_at).max().unwrap_or_default()
}
