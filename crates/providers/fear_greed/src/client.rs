//! The client: asks through the guarded way out, turns answers into days.

use std::sync::Arc;

use domain::{Clock, Observed, ProviderError, Series, Source};
use upstream::{Args, Ask, Call, Endpoint, Fetched, Lane};

use crate::convert::{self, Day};
use crate::endpoints::FNG;

/// alternative.me's Crypto Fear & Greed Index. Its terms ask that the source be shown beside the value
/// ([`Source::attribution`]). Cheap to clone.
#[derive(Clone, Debug)]
pub struct FearGreed {
    lane: Lane,
    clock: Arc<dyn Clock>,
}

impl FearGreed {
    /// A client on a lane made with [`crate::FearGreedWire`].
    pub fn new(lane: Lane, clock: Arc<dyn Clock>) -> Self {
        Self { lane, clock }
    }

    /// The guarded way out.
    pub fn lane(&self) -> &Lane {
        &self.lane
    }

    /// Any endpoint of [`crate::ENDPOINTS`]; the answer's data as it was sent.
    pub async fn raw(&self, endpoint: &Endpoint, args: Args, ask: Ask) -> Result<Fetched, ProviderError> {
        self.lane.get(Call::new(endpoint, args).ask(ask)).await
    }

    /// The index of the last `days` days (0 is all since 2018), ascending by day, 0 to 100, each at 00:00 UTC
    /// of its day; `as_of` is the newest. Days the provider lacks are missing.
    pub async fn history(&self, days: u32, ask: Ask) -> Result<Observed<Series>, ProviderError> {
        Ok(self.days(days, ask).await?.map(|days| convert::series(&days)))
    }

    /// The same days with the provider's own word for each value.
    pub async fn days(&self, days: u32, ask: Ask) -> Result<Observed<Vec<Day>>, ProviderError> {
        let page = self.raw(&FNG, Args::new().with("limit", days), ask).await?;
        let value = convert::days(page.data(), self.clock.now())?;
        // There is at least one day, else this was an error.
        let as_of = value.last().map_or(page.received_at, |day| day.at);
        Ok(Observed {
            value,
            source: Source::AlternativeMe,
            venue: None,
            as_of,
            received_at: page.received_at,
        })
    }
}
