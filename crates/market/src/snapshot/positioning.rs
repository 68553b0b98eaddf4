//! Who is long and who is short: all accounts, top traders, takers.

use domain::{Instrument, Observed, ProviderError, Reading, Series, Source, TopPositions, Venue};
use upstream::Ask;

use super::open_interest::positioning_cadence_ms;
use super::{Gather, POSITIONING_WINDOW_MS, contract_series, nowhere};
use crate::Datum;
use crate::chain::Chain;

impl Gather<'_> {
    /// Long/short ratio of all accounts: the venues in order, then Coinglass.
    pub(crate) async fn account_ratio(&self) -> Reading<Series> {
        let mut chain = Chain::new(self.ask, self.contracts.len() + 1);
        for instrument in self.contracts() {
            let source = instrument.venue.source();
            if let Some(got) = chain.ask(source, |ask| self.accounts_at(source, instrument, ask)).await {
                return Ok(got);
            }
        }
        let Some(instrument) = self.main() else { return nowhere("the account ratio") };
        match chain.ask(Source::Coinglass, |ask| self.accounts_at(Source::Coinglass, instrument, ask)).await {
            Some(got) => Ok(got),
            None => Err(chain.missing()),
        }
    }

    /// Top traders' positions with the same venue's accounts and takers. Bybit does not publish them.
    pub(crate) async fn top_positions(&self) -> Reading<TopPositions> {
        let venues: Vec<_> = self.contracts().filter(|instrument| instrument.venue != Venue::Bybit).collect();
        let mut chain = Chain::new(self.ask, venues.len() + 1);
        for instrument in venues {
            let source = instrument.venue.source();
            if let Some(got) = chain.ask(source, |ask| self.top_at(source, instrument, ask)).await {
                return Ok(got);
            }
        }
        let Some(instrument) = self.main() else { return nowhere("top traders' positions") };
        match chain.ask(Source::Coinglass, |ask| self.top_at(Source::Coinglass, instrument, ask)).await {
            Some(got) => Ok(got),
            None => Err(chain.missing()),
        }
    }

    async fn accounts_at(
        &self,
        source: Source,
        instrument: &Instrument,
        ask: Ask,
    ) -> Result<Observed<Series>, ProviderError> {
        let id = contract_series(Datum::AccountRatio, source, instrument, positioning_cadence_ms(source));
        let since = self.since(&id, POSITIONING_WINDOW_MS);
        let got = if source == Source::Coinglass {
            self.market.coinglass.account_ratio(instrument, since, ask).await?
        } else {
            self.market.exchanges.at(instrument.venue).account_ratio(instrument, since, ask).await?
        };
        Ok(self.join_observed(got, id, POSITIONING_WINDOW_MS))
    }

    async fn top_at(
        &self,
        source: Source,
        instrument: &Instrument,
        ask: Ask,
    ) -> Result<Observed<TopPositions>, ProviderError> {
        let cadence = positioning_cadence_ms(source);
        let top_id = contract_series(Datum::TopPositionRatio, source, instrument, cadence);
        let taker_id = contract_series(Datum::TakerRatio, source, instrument, cadence);
        let top_since = self.since(&top_id, POSITIONING_WINDOW_MS);
        let taker_since = self.since(&taker_id, POSITIONING_WINDOW_MS);
        let (top, accounts, taker) = if source == Source::Coinglass {
            let client = &self.market.coinglass;
            tokio::join!(
                client.top_position_ratio(instrument, top_since, ask),
                self.accounts_at(source, instrument, ask),
                client.taker_ratio(instrument, taker_since, ask),
            )
        } else {
            let exchange = self.market.exchanges.at(instrument.venue);
            tokio::join!(
                exchange.top_position_ratio(instrument, top_since, ask),
                self.accounts_at(source, instrument, ask),
                exchange.taker_ratio(instrument, taker_since, ask),
            )
        };
        let (top, accounts) = (top?, accounts?);
        let top = self.join_observed(top, top_id, POSITIONING_WINDOW_MS);
        // The first term alone suffices, so takers may be absent.
        let taker = taker.ok().map(|got| self.join_observed(got, taker_id, POSITIONING_WINDOW_MS).value);
        Ok(top.map(|positions| TopPositions { positions, accounts: accounts.value, taker }))
    }
}
