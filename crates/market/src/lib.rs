//! Which provider serves which datum, in which order, at which cadence. One snapshot of a contract gathers
//! every observation that the engine needs, all at once, each with its origin or the reason of its absence.

mod chain;
/// The record of the exchanges' liquidation streams.
pub mod collector;
mod directory;
/// The three exchanges behind one face.
pub mod exchange;
/// Raw data of one coin from everyone who answers.
pub mod overview;
/// Series as they are kept.
pub mod series;
/// Everything the engine needs of one contract.
pub mod snapshot;
mod streams;
/// Data vendors behind the exchanges.
pub mod vendors;

use std::sync::Arc;

use coinglass::Coinglass;
use domain::{Clock, Instrument};
use fear_greed::FearGreed;
use lunarcrush::LunarCrush;
use upstream::Lane;

pub use collector::{Collector, Valued, WatchStatus};
pub use directory::Listing;
pub use exchange::{Exchange, Exchanges};
pub use series::{Datum, Known, SeriesId};
pub use snapshot::Gathered;
pub use streams::StreamBases;
pub use vendors::Vendors;

/// All providers, and what is known of the market between calls.
#[derive(Debug)]
pub struct Market {
    /// The program's clock.
    pub clock: Arc<dyn Clock>,
    /// Binance, OKX, Bybit.
    pub exchanges: Exchanges,
    /// Coinglass.
    pub coinglass: Coinglass,
    /// LunarCrush.
    pub lunarcrush: LunarCrush,
    /// alternative.me.
    pub fear_greed: FearGreed,
    /// CoinAPI and CoinGecko.
    pub vendors: Vendors,
    /// Liquidations as the streams told them.
    pub collector: Arc<Collector>,
    listings: Arc<directory::Listings>,
}

impl Market {
    /// A market over these clients.
    #[must_use]
    pub fn new(
        clock: Arc<dyn Clock>,
        exchanges: Exchanges,
        coinglass: Coinglass,
        lunarcrush: LunarCrush,
        fear_greed: FearGreed,
        vendors: Vendors,
    ) -> Self {
        Self {
            clock,
            exchanges,
            coinglass,
            lunarcrush,
            fear_greed,
            vendors,
            collector: Arc::default(),
            listings: Arc::default(),
        }
    }

    /// The lanes of all providers, for health and for `doctor`.
    pub fn lanes(&self) -> [&Lane; 8] {
        [
            self.exchanges.binance.lane(),
            self.exchanges.okx.lane(),
            self.exchanges.bybit.lane(),
            self.coinglass.lane(),
            self.lunarcrush.lane(),
            self.vendors.coinapi.lane(),
            self.vendors.coingecko.lane(),
            self.fear_greed.lane(),
        ]
    }

    /// The ids of every series that an evaluation of this contract may want from the store.
    #[must_use]
    pub fn wanted_series(&self, instrument: &Arc<Instrument>) -> Vec<SeriesId> {
        snapshot::wanted_series(&self.contracts_of(instrument))
    }
}
