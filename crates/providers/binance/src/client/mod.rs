//! The client: raw calls to any endpoint, and reads in domain terms.

mod derivatives;
mod prices;

use std::sync::Arc;

use domain::{Clock, ErrorKind, Instrument, Observed, ProviderError, Source, UtcMs, Venue};
use serde::Deserialize;
use upstream::{Args, Ask, Call, Endpoint, Fetched, Lane};

use crate::convert;
use crate::endpoints::{EXCHANGE_INFO, TIME};
use crate::rows::{ExchangeInfo, ServerTime};

/// Binance USDⓈ-M futures behind its guarded lane.
///
/// Each read fails with the [`ProviderError`] of the lane, with `Malformed` when the answer cannot be read,
/// and with `NoData` when it holds no usable row. Rows that lie after the answer's arrival are dropped.
#[derive(Clone, Debug)]
pub struct Binance {
    lane: Lane,
    clock: Arc<dyn Clock>,
}

impl Binance {
    /// A client on a lane that was made with [`crate::BinanceWire`].
    #[must_use]
    pub fn new(lane: Lane, clock: Arc<dyn Clock>) -> Self {
        Self { lane, clock }
    }

    /// The lane, for its state and figures.
    #[must_use]
    pub const fn lane(&self) -> &Lane {
        &self.lane
    }

    /// Calls any endpoint of [`crate::ENDPOINTS`]; the answer is the exchange's JSON as it came.
    pub async fn raw(&self, endpoint: &Endpoint, args: Args, ask: Ask) -> Result<Fetched, ProviderError> {
        self.lane.get(Call::new(endpoint, args).ask(ask)).await
    }

    /// All perpetuals and dated futures, delisted ones too. Source: `exchangeInfo`.
    pub async fn instruments(&self, ask: Ask) -> Result<Vec<Instrument>, ProviderError> {
        let fetched = self.raw(&EXCHANGE_INFO, Args::new(), ask).await?;
        let instruments =
            convert::instruments::instruments(&read::<ExchangeInfo<'_>>(&EXCHANGE_INFO, &fetched)?);
        if instruments.is_empty() { Err(no_data(&EXCHANGE_INFO)) } else { Ok(instruments) }
    }

    /// The exchange's clock. Source: `time`.
    pub async fn server_time(&self, ask: Ask) -> Result<UtcMs, ProviderError> {
        let fetched = self.raw(&TIME, Args::new(), ask).await?;
        Ok(UtcMs(read::<ServerTime>(&TIME, &fetched)?.server_time))
    }

    /// Until when an answer can know anything: its arrival, and never later than the present.
    fn known_at(&self, fetched: &Fetched) -> UtcMs {
        fetched.received_at.min(self.clock.now())
    }
}

/// The answer as wire rows, borrowed from it.
fn read<'a, T: Deserialize<'a>>(endpoint: &Endpoint, fetched: &'a Fetched) -> Result<T, ProviderError> {
    serde_json::from_slice(fetched.data()).map_err(|error| {
        ProviderError::new(
            Source::Binance,
            ErrorKind::Malformed,
            format!("{} is not what it should be: {error}", endpoint.id),
        )
    })
}

fn no_data(endpoint: &Endpoint) -> ProviderError {
    ProviderError::new(Source::Binance, ErrorKind::NoData, format!("{} holds no usable row", endpoint.id))
}

const fn observed<T>(value: T, as_of: UtcMs, received_at: UtcMs) -> Observed<T> {
    Observed { value, source: Source::Binance, venue: Some(Venue::Binance), as_of, received_at }
}

/// When the last of several answers that are only good together is known: by the oldest of them.
fn oldest_arrival(answers: &[Fetched]) -> Option<UtcMs> {
    answers.iter().map(|fetched| fetched.received_at).min()
}
