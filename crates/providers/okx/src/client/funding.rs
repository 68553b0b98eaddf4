use domain::{ErrorKind, Funding, Instrument, Observed, ProviderError, Settlement, UtcMs};
use upstream::{Args, Ask};

use super::{Okx, no_data, observed};
use crate::convert;
use crate::endpoints::{FUNDING_RATE, FUNDING_RATE_HISTORY};
use crate::wire::error;

/// Most rows of a page of settlements.
const SETTLEMENTS_PER_PAGE: usize = 400;
/// Hourly settlements over OKX's three months fill this many pages.
const MOST_PAGES: usize = 6;

impl Okx {
    /// The running funding rate.
    pub async fn funding_now(
        &self,
        instrument: &Instrument,
        ask: Ask,
    ) -> Result<Observed<Funding>, ProviderError> {
        let args = Args::new().with("instId", &instrument.native_symbol);
        let page = self.raw(&FUNDING_RATE, args, ask).await?;
        let (_, funding) = convert::running(page.data(), page.received_at)?
            .into_iter()
            .find(|(symbol, _)| *symbol == instrument.native_symbol)
            .ok_or_else(|| no_data("running funding", &instrument.native_symbol))?;
        Ok(observed(funding, funding.at, page.received_at))
    }

    /// The running funding of every swap (and of the dated contracts that pay funding), by OKX's name.
    pub async fn funding_all(&self, ask: Ask) -> Result<Observed<Vec<(String, Funding)>>, ProviderError> {
        let page = self.raw(&FUNDING_RATE, Args::new().with("instId", "ANY"), ask).await?;
        let list = convert::running(page.data(), page.received_at)?;
        let as_of = list
            .iter()
            .map(|(_, funding)| funding.at)
            .max()
            .ok_or_else(|| error(ErrorKind::NoData, "OKX has no running funding"))?;
        Ok(observed(list, as_of, page.received_at))
    }

    /// Settled rates from `since` on, ascending; OKX keeps about three months.
    pub async fn funding_history(
        &self,
        instrument: &Instrument,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Observed<Vec<Funding>>, ProviderError> {
        let mut settlements: Vec<Settlement> = Vec::new();
        let mut received_at = UtcMs::default();
        // How many pages there are depends on the interval, which only the rows tell: one after the other.
        // Four months of 8 h settlements fit into the first.
        for _ in 0..MOST_PAGES {
            let oldest = settlements.iter().map(|settlement| settlement.at).min();
            let args = Args::new()
                .with("instId", &instrument.native_symbol)
                .with_opt("after", oldest.map(|at| at.0))
                .with("limit", SETTLEMENTS_PER_PAGE);
            let page = self.raw(&FUNDING_RATE_HISTORY, args, ask).await?;
            received_at = received_at.max(page.received_at);
            let rows = convert::settlements(page.data(), self.now())?;
            let full = rows.len() >= SETTLEMENTS_PER_PAGE;
            // One before `since` too: it tells how long the first interval was.
            let reached = rows.iter().any(|settlement| settlement.at < since);
            settlements.extend(rows);
            if !full || reached {
                break;
            }
        }
        let mut list = Settlement::into_funding(settlements, instrument.funding_interval_h);
        list.retain(|funding| funding.at >= since);
        let as_of = list.last().ok_or_else(|| no_data("settled funding", &instrument.native_symbol))?.at;
        Ok(observed(list, as_of, received_at))
    }
}
