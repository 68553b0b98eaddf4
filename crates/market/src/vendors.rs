//! Data vendors that stand in where the exchanges do not answer.

use coinapi::CoinApi;
use coingecko::CoinGecko;
use domain::{Candle, Instrument, Interval, Source};
use futures_util::FutureExt;

use crate::chain::Step;

/// Vendors with a key.
#[derive(Clone, Debug)]
pub struct Vendors {
    /// CoinAPI market data.
    pub coinapi: CoinApi,
    /// CoinGecko.
    pub coingecko: CoinGecko,
}

impl Vendors {
    /// Last price, per contract unit: CoinAPI for the very contract, CoinGecko for the coin.
    pub(crate) fn price_steps<'a>(&'a self, instrument: &'a Instrument) -> Vec<Step<'a, f64>> {
        vec![
            (Source::CoinApi, Box::new(move |ask| self.coinapi.last_price(instrument, ask).boxed())),
            (Source::CoinGecko, Box::new(move |ask| self.coingecko.last_price(instrument, ask).boxed())),
        ]
    }

    /// Closed candles of the very contract.
    pub(crate) fn candle_steps<'a>(
        &'a self,
        instrument: &'a Instrument,
        interval: Interval,
        limit: u32,
    ) -> Vec<Step<'a, Vec<Candle>>> {
        vec![(
            Source::CoinApi,
            Box::new(move |ask| self.coinapi.candles(instrument, interval, limit, None, ask).boxed()),
        )]
    }
}
