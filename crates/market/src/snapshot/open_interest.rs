//! Open interest of one venue, in coins and dollars.

use domain::{
    Candle, HOUR_MS, Instrument, Interval, Observed, OpenInterest, OpenInterestHistory, Point, ProviderError,
    Reading, Series, Source, Venue,
};
use upstream::Ask;

use super::candles::CANDLES_4H;
use super::{Gather, POSITIONING_WINDOW_MS, contract_series};
use crate::Datum;
use crate::chain::Chain;

/// The order in which venues are asked for open interest.
const ORDER: [Venue; 3] = [Venue::Binance, Venue::Bybit, Venue::Okx];

impl Gather<'_> {
    /// Open interest, venue after venue, then Coinglass.
    pub(crate) async fn open_interest(&self) -> Reading<OpenInterestHistory> {
        if let Some(missing) = self.main().and_then(|main| super::other_money(main)) {
            return Err(missing);
        }
        let mut chain = Chain::new(self.ask, self.contracts.len() + 1);
        let main = self.main().map(|instrument| instrument.venue);
        let order = main.into_iter().chain(ORDER.into_iter().filter(|venue| Some(*venue) != main));
        for instrument in order.filter_map(|venue| self.contract(venue)) {
            let source = instrument.venue.source();
            if let Some(got) = chain.ask(source, |ask| self.venue_open_interest(instrument, ask)).await {
                return Ok(got);
            }
        }
        if let Some(instrument) = self.main()
            && let Some(got) =
                chain.ask(Source::Coinglass, |ask| self.coinglass_open_interest(instrument, ask)).await
        {
            return Ok(got);
        }
        Err(chain.missing())
    }

    /// Open interest of one venue's contract, joined with what is known of it.
    pub(crate) async fn venue_open_interest(
        &self,
        instrument: &Instrument,
        ask: Ask,
    ) -> Result<Observed<OpenInterestHistory>, ProviderError> {
        let exchange = self.market.exchanges.at(instrument.venue);
        let cadence_ms = positioning_cadence_ms(exchange.source());
        let id = contract_series(Datum::OpenInterestCoins, exchange.source(), instrument, cadence_ms);
        let since = self.since(&id, POSITIONING_WINDOW_MS);
        let got = exchange.open_interest_history(instrument, since, ask).await?;
        Ok(self.join_open_interest(got, instrument))
    }

    async fn coinglass_open_interest(
        &self,
        instrument: &Instrument,
        ask: Ask,
    ) -> Result<Observed<OpenInterestHistory>, ProviderError> {
        let cadence_ms = positioning_cadence_ms(Source::Coinglass);
        let id = contract_series(Datum::OpenInterestCoins, Source::Coinglass, instrument, cadence_ms);
        let since = self.since(&id, POSITIONING_WINDOW_MS);
        let got = self.market.coinglass.open_interest_history(instrument, since, ask).await?;
        Ok(self.join_open_interest(got, instrument))
    }

    fn join_open_interest(
        &self,
        got: Observed<OpenInterestHistory>,
        instrument: &Instrument,
    ) -> Observed<OpenInterestHistory> {
        let source = got.source;
        got.map(|fresh| {
            let series = |pick: fn(&OpenInterest) -> f64, datum| {
                let points = fresh.points.iter().map(|row| Point { at: row.at, value: pick(row) }).collect();
                let id = contract_series(datum, source, instrument, fresh.cadence_ms);
                let fresh = Series { cadence_ms: fresh.cadence_ms, points };
                self.join(id, &fresh, POSITIONING_WINDOW_MS)
            };
            let coins = series(|row| row.coins, Datum::OpenInterestCoins);
            let usd = series(|row| row.usd, Datum::OpenInterestUsd);
            OpenInterestHistory { points: both(&coins, &usd), ..fresh }
        })
    }

    /// Open interest of another venue than the candles' is judged with that venue's own candles.
    pub(crate) async fn with_own_candles(
        &self,
        reading: Reading<OpenInterestHistory>,
        candles: &Reading<Vec<Candle>>,
    ) -> Reading<OpenInterestHistory> {
        let mut observed = reading?;
        let candle_venue = candles.as_ref().ok().and_then(|candles| candles.venue);
        if let Some(venue) = observed.venue
            && candle_venue != Some(venue)
            && let Some(instrument) = self.contract(venue)
            && let Ok(own) = self
                .market
                .exchanges
                .at(venue)
                .candles(instrument, Interval::H4, CANDLES_4H, None, self.ask)
                .await
        {
            observed.value.own_candles_4h = Some(own.value);
        }
        Ok(observed)
    }
}

/// Rows that are known both in coins and in dollars.
fn both(coins: &Series, usd: &Series) -> Vec<OpenInterest> {
    let mut usd = usd.points.iter().peekable();
    let mut rows = Vec::with_capacity(coins.points.len());
    for point in &coins.points {
        while usd.next_if(|other| other.at < point.at).is_some() {}
        if let Some(value) = usd.next_if(|other| other.at == point.at) {
            rows.push(OpenInterest { at: point.at, coins: point.value, usd: value.value });
        }
    }
    rows
}

/// The finest cadence at which a source serves a month of positioning at little cost.
pub(crate) const fn positioning_cadence_ms(source: Source) -> i64 {
    match source {
        Source::Binance | Source::Bybit => HOUR_MS,
        _ => 4 * HOUR_MS,
    }
}
