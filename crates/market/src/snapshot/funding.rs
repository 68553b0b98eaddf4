//! Funding now and its settlements.

use domain::{
    ErrorKind, Funding, FundingState, HOUR_MS, Instrument, Observed, Point, ProviderError, Reading, Series,
};
use upstream::Ask;

use super::{FUNDING_WINDOW_MS, Gather, contract_series};
use crate::Datum;
use crate::chain::Chain;

/// Under which cadence settlements are kept; contracts with shorter intervals have more rows.
const SETTLEMENT_MS: i64 = 8 * HOUR_MS;
/// Hours in a year, for annualising a rate by its own interval.
const HOURS_PER_YEAR: f64 = 8_760.0;

impl Gather<'_> {
    /// The running rate (else the last settlement) and the settlements before, of one venue.
    pub(crate) async fn funding(&self) -> Reading<FundingState> {
        let mut chain = Chain::new(self.ask, self.contracts.len() + 1);
        for instrument in self.contracts() {
            let source = instrument.venue.source();
            if let Some(got) = chain.ask(source, |ask| self.exchange_funding(instrument, ask)).await {
                return Ok(got);
            }
        }
        if let Some(instrument) = self.main()
            && let Some(got) =
                chain.ask(domain::Source::Coinglass, |ask| self.coinglass_funding(instrument, ask)).await
        {
            return Ok(got);
        }
        Err(chain.missing())
    }

    async fn exchange_funding(
        &self,
        instrument: &Instrument,
        ask: Ask,
    ) -> Result<Observed<FundingState>, ProviderError> {
        let exchange = self.market.exchanges.at(instrument.venue);
        let id = contract_series(Datum::FundingAnnualised, exchange.source(), instrument, SETTLEMENT_MS);
        let since = self.since(&id, FUNDING_WINDOW_MS);
        let (now, settled) = tokio::join!(
            exchange.funding_now(instrument, ask),
            exchange.funding_history(instrument, since, ask)
        );
        let history = match &settled {
            Ok(rows) => self.join(id, &annualised(&rows.value), FUNDING_WINDOW_MS),
            Err(_) => self.known.get(&id).map(|series| Series::clone(series)).unwrap_or_default(),
        };
        match (now, settled) {
            (Ok(now), _) => Ok(now.map(|current| FundingState { current, annualised: history })),
            (Err(error), Ok(rows)) => {
                let Some(current) = rows.value.last().copied() else { return Err(error) };
                let state = FundingState { current, annualised: history };
                Ok(Observed { as_of: current.at, ..rows.map(|_| state) })
            }
            (Err(error), Err(_)) => Err(error),
        }
    }

    async fn coinglass_funding(
        &self,
        instrument: &Instrument,
        ask: Ask,
    ) -> Result<Observed<FundingState>, ProviderError> {
        let source = domain::Source::Coinglass;
        let id = contract_series(Datum::FundingAnnualised, source, instrument, SETTLEMENT_MS);
        let since = self.since(&id, FUNDING_WINDOW_MS);
        let rows = self.market.coinglass.funding_history(instrument, since, ask).await?;
        let current = rows.value.last().copied().ok_or_else(|| {
            ProviderError::new(source, ErrorKind::NoData, "no funding rate of this contract")
        })?;
        let history = self.join(id, &annualised(&rows.value), FUNDING_WINDOW_MS);
        Ok(rows.map(|_| FundingState { current, annualised: history }))
    }
}

/// Settlements as an annualised series; its cadence is the contract's present interval.
fn annualised(rows: &[Funding]) -> Series {
    let points = rows
        .iter()
        .filter(|row| row.interval_h > 0.0 && row.rate.is_finite())
        .map(|row| Point { at: row.at, value: row.rate * HOURS_PER_YEAR / row.interval_h })
        .collect();
    let interval_h = rows.last().map_or(8.0, |row| row.interval_h);
    #[expect(clippy::cast_possible_truncation, reason = "an interval is a few hours")]
    let cadence_ms = (interval_h * HOUR_MS as f64) as i64;
    Series { cadence_ms, points }
}
