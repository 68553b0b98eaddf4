//! Last price and closed candles.

use domain::{Candle, Interval, Reading};
use futures_util::FutureExt;

use super::Gather;
use crate::chain::{Step, first_of};

/// 4h bars asked for: 90 days for the median ATR, and its warm-up.
pub const CANDLES_4H: u32 = 560;

impl Gather<'_> {
    /// Last price: the exchanges in order, then the data vendors.
    pub(crate) async fn price(&self) -> Reading<f64> {
        let mut steps: Vec<Step<'_, f64>> = Vec::new();
        for instrument in self.contracts().filter(|other| self.same_unit(other)) {
            let exchange = self.market.exchanges.at(instrument.venue);
            steps
                .push((exchange.source(), Box::new(move |ask| exchange.last_price(instrument, ask).boxed())));
        }
        if let Some(instrument) = self.main() {
            steps.extend(self.market.vendors.price_steps(instrument));
        }
        first_of(self.ask, steps).await
    }

    /// Closed 4h candles, in the order of venues, then CoinAPI.
    pub(crate) async fn candles_4h(&self) -> Reading<Vec<Candle>> {
        let mut steps: Vec<Step<'_, Vec<Candle>>> = Vec::new();
        for instrument in self.contracts().filter(|other| self.same_unit(other)) {
            let exchange = self.market.exchanges.at(instrument.venue);
            steps.push((
                exchange.source(),
                Box::new(move |ask| {
                    exchange.candles(instrument, Interval::H4, CANDLES_4H, None, ask).boxed()
                }),
            ));
        }
        if let Some(instrument) = self.main() {
            steps.extend(self.market.vendors.candle_steps(instrument, Interval::H4, CANDLES_4H));
        }
        first_of(self.ask, steps).await
    }

    /// Whether a contract quotes the same number of coins as the one asked for: prices of `PEPE-USDT-SWAP`
    /// and `1000PEPEUSDT` must not stand for each other.
    fn same_unit(&self, other: &domain::Instrument) -> bool {
        self.main().is_some_and(|main| main.multiplier == other.multiplier && main.quote == other.quote)
    }
}
