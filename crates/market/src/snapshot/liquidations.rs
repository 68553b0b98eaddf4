//! Liquidations of one venue: Coinglass with a key, else our own collector, else OKX's list.

use domain::{
    HOUR_MS, Instrument, LiquidationBar, LiquidationHistory, Missing, Observed, OpenInterestHistory, Point,
    ProviderError, Reading, Series, Side, Source, UtcMs, Venue,
};
use upstream::Ask;

use super::{Gather, POSITIONING_WINDOW_MS, contract_series};
use crate::Datum;
use crate::chain::Chain;
use crate::collector::bars_of;

/// Length of the vendor's bars (the smallest plan gives no shorter ones).
const VENDOR_BAR_MS: i64 = 4 * HOUR_MS;
/// How far OKX's list is read back.
const OKX_REACH_MS: i64 = 25 * HOUR_MS;

impl Gather<'_> {
    /// Liquidations of the asked contract's venue where possible; open interest is joined afterwards.
    pub(crate) async fn liquidations(&self) -> Reading<LiquidationHistory> {
        let Some(main) = self.main() else { return super::nowhere("liquidations") };
        if let Some(missing) = super::other_money(main) {
            return Err(missing);
        }
        let mut chain = Chain::new(self.ask, 2);
        // Kept by coin there: a share's ticker would give some coin's.
        if main.is_of_a_coin()
            && let Some(got) =
                chain.ask(Source::Coinglass, |ask| self.coinglass_liquidations(main, ask)).await
        {
            return Ok(got);
        }
        for instrument in self.contracts() {
            match self.market.collector.history(instrument, self.market.clock.now(), self.known) {
                Ok(got) => return Ok(got),
                Err(error) => chain.note(error),
            }
        }
        if let Some(instrument) = self.contract(Venue::Okx)
            && let Some(got) = chain.ask(Source::Okx, |ask| self.okx_liquidations(instrument, ask)).await
        {
            return Ok(got);
        }
        Err(chain.missing())
    }

    async fn coinglass_liquidations(
        &self,
        instrument: &Instrument,
        ask: Ask,
    ) -> Result<Observed<LiquidationHistory>, ProviderError> {
        let long_id =
            contract_series(Datum::LiquidationLongUsd, Source::Coinglass, instrument, VENDOR_BAR_MS);
        let short_id =
            contract_series(Datum::LiquidationShortUsd, Source::Coinglass, instrument, VENDOR_BAR_MS);
        let since = self.since(&long_id, POSITIONING_WINDOW_MS);
        let client = &self.market.coinglass;
        let got = client.liquidation_history(&instrument.base, instrument.venue, since, ask).await?;
        Ok(got.map(|bars| {
            let series = |pick: fn(&LiquidationBar) -> f64| Series {
                cadence_ms: VENDOR_BAR_MS,
                points: bars.iter().map(|bar| Point { at: bar.end, value: pick(bar) }).collect(),
            };
            let long = self.join(long_id, &series(|bar| bar.long_usd), POSITIONING_WINDOW_MS);
            let short = self.join(short_id, &series(|bar| bar.short_usd), POSITIONING_WINDOW_MS);
            LiquidationHistory {
                bar_ms: VENDOR_BAR_MS,
                bars: bars_of(&long, &short),
                open_interest_usd: Series::default(),
                caveat: None,
            }
        }))
    }

    async fn okx_liquidations(
        &self,
        instrument: &Instrument,
        ask: Ask,
    ) -> Result<Observed<LiquidationHistory>, ProviderError> {
        let now = self.market.clock.now();
        let got = self.market.exchanges.okx.liquidations(instrument, now.plus_ms(-OKX_REACH_MS), ask).await?;
        let newest = now.floor(HOUR_MS);
        let first = UtcMs(got.value.complete_since.0 + HOUR_MS - 1).floor(HOUR_MS);
        let mut bars: Vec<_> = (1..)
            .map(|hour| first.plus_ms(hour * HOUR_MS))
            .take_while(|end| *end <= newest)
            .take(usize::try_from(OKX_REACH_MS / HOUR_MS).unwrap_or_default())
            .map(|end| LiquidationBar { end, long_usd: 0.0, short_usd: 0.0 })
            .collect();
        for row in &got.value.liquidations {
            let end = row.at.floor(HOUR_MS).plus_ms(HOUR_MS);
            if let Ok(index) = bars.binary_search_by_key(&end, |bar| bar.end)
                && let Some(bar) = bars.get_mut(index)
            {
                let usd = okx::liquidation_usd(instrument, row);
                match row.side {
                    Side::Long => bar.long_usd += usd,
                    Side::Short => bar.short_usd += usd,
                }
            }
        }
        if bars.len() < 4 {
            return Err(ProviderError::new(
                Source::Okx,
                domain::ErrorKind::NoData,
                format!("the list reaches back {} h only, 4 are needed", bars.len()),
            ));
        }
        let history = LiquidationHistory {
            bar_ms: HOUR_MS,
            bars,
            open_interest_usd: Series::default(),
            caveat: Some("OKX lists at most one order a second and contract".to_owned()),
        };
        Ok(Observed { as_of: newest, ..got.map(|_| history) })
    }

    /// Sets the open interest against which liquidations are measured: the same venue's.
    pub(crate) async fn with_open_interest(
        &self,
        reading: Reading<LiquidationHistory>,
        open_interest: &Reading<OpenInterestHistory>,
    ) -> Reading<LiquidationHistory> {
        let mut observed = reading?;
        let usd = |history: &OpenInterestHistory| Series {
            cadence_ms: history.cadence_ms,
            points: history.points.iter().map(|row| Point { at: row.at, value: row.usd }).collect(),
        };
        let same_venue = open_interest.as_ref().ok().filter(|got| got.venue == observed.venue);
        if let Some(got) = same_venue {
            observed.value.open_interest_usd = usd(&got.value);
            return Ok(observed);
        }
        let venue = observed.venue;
        let Some(instrument) = venue.and_then(|venue| self.contract(venue)) else {
            return Err(Missing::because(
                "no open interest of the same venue to measure liquidations against",
            ));
        };
        match self.venue_open_interest(instrument, self.ask).await {
            Ok(got) => {
                observed.value.open_interest_usd = usd(&got.value);
                Ok(observed)
            }
            Err(error) => Err(Missing {
                reason: format!("no open interest of {} to measure liquidations against", instrument.venue),
                tried: vec![error],
            }),
        }
    }
}
