//! The providers whose endpoint tables become operations.

use coinapi::CoinApi;
use coingecko::CoinGecko;
use domain::{ProviderError, Source, Venue};
use market::Market;
use upstream::{Args, Ask, Endpoint, Fetched};

/// Whose table a row is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Provider {
    Binance,
    Okx,
    Bybit,
    Coinglass,
    LunarCrush,
    CoinApi,
    CoinGecko,
}

impl Provider {
    /// Those whose rows come after all other operations.
    pub(crate) const PLAIN: [Self; 6] =
        [Self::Binance, Self::Okx, Self::Bybit, Self::LunarCrush, Self::CoinApi, Self::CoinGecko];

    /// The namespace of its operations.
    pub(crate) const fn namespace(self) -> &'static str {
        self.source().as_str()
    }

    pub(crate) const fn source(self) -> Source {
        match self {
            Self::Binance => Source::Binance,
            Self::Okx => Source::Okx,
            Self::Bybit => Source::Bybit,
            Self::Coinglass => Source::Coinglass,
            Self::LunarCrush => Source::LunarCrush,
            Self::CoinApi => Source::CoinApi,
            Self::CoinGecko => Source::CoinGecko,
        }
    }

    /// Its name in sentences.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Binance => "Binance",
            Self::Okx => "OKX",
            Self::Bybit => "Bybit",
            Self::Coinglass => "Coinglass",
            Self::LunarCrush => "LunarCrush",
            Self::CoinApi => "CoinAPI",
            Self::CoinGecko => "CoinGecko",
        }
    }

    /// The exchange that it is, if it is one.
    pub(crate) const fn venue(self) -> Option<Venue> {
        match self {
            Self::Binance => Some(Venue::Binance),
            Self::Okx => Some(Venue::Okx),
            Self::Bybit => Some(Venue::Bybit),
            Self::Coinglass | Self::LunarCrush | Self::CoinApi | Self::CoinGecko => None,
        }
    }

    /// Every endpoint that reads. What changes an account at the provider is not offered.
    pub(crate) const fn endpoints(self) -> &'static [Endpoint] {
        match self {
            Self::Binance => binance::ENDPOINTS,
            Self::Okx => okx::ENDPOINTS,
            Self::Bybit => bybit::ENDPOINTS,
            Self::Coinglass => coinglass::ENDPOINTS,
            Self::LunarCrush => lunarcrush::ENDPOINTS,
            Self::CoinApi => coinapi::ENDPOINTS,
            Self::CoinGecko => coingecko::ENDPOINTS,
        }
    }

    /// What a call costs of the caller's rate limit: more where calls are bought.
    pub(crate) const fn cost(self) -> u32 {
        if self.venue().is_some() { 2 } else { 5 }
    }

    /// One call.
    pub(crate) async fn raw(
        self,
        market: &Market,
        endpoint: &Endpoint,
        args: Args,
        ask: Ask,
    ) -> Result<Fetched, ProviderError> {
        let (coinapi, coingecko): (&CoinApi, &CoinGecko) =
            (&market.vendors.coinapi, &market.vendors.coingecko);
        match self {
            Self::Binance => market.exchanges.binance.raw(endpoint, args, ask).await,
            Self::Okx => market.exchanges.okx.raw(endpoint, args, ask).await,
            Self::Bybit => market.exchanges.bybit.raw(endpoint, args, ask).await,
            Self::Coinglass => market.coinglass.raw(endpoint, args, ask).await,
            Self::LunarCrush => market.lunarcrush.raw(endpoint, args, ask).await,
            Self::CoinApi => coinapi.raw(endpoint, args, ask).await,
            Self::CoinGecko => coingecko.raw(endpoint, args, ask).await,
        }
    }
}
