use std::fmt;
use std::str::FromStr;

use domain::Source;
use serde::{Serialize, Serializer};

/// A provider that the replay stands in for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provider {
    /// Binance USDⓈ-M futures.
    Binance,
    /// OKX v5.
    Okx,
    /// Bybit v5.
    Bybit,
    /// Coinglass v4.
    Coinglass,
    /// LunarCrush v4.
    LunarCrush,
    /// CoinAPI market data v1.
    CoinApi,
    /// CoinGecko v3.
    CoinGecko,
    /// alternative.me's Crypto Fear & Greed Index.
    AlternativeMe,
}

impl Provider {
    /// Every provider, in the order of the announcement.
    pub const ALL: [Self; 8] = [
        Self::Binance,
        Self::Okx,
        Self::Bybit,
        Self::Coinglass,
        Self::LunarCrush,
        Self::CoinApi,
        Self::CoinGecko,
        Self::AlternativeMe,
    ];

    /// The same provider in the words of the rest of the product.
    #[must_use]
    pub const fn source(self) -> Source {
        match self {
            Self::Binance => Source::Binance,
            Self::Okx => Source::Okx,
            Self::Bybit => Source::Bybit,
            Self::Coinglass => Source::Coinglass,
            Self::LunarCrush => Source::LunarCrush,
            Self::CoinApi => Source::CoinApi,
            Self::CoinGecko => Source::CoinGecko,
            Self::AlternativeMe => Source::AlternativeMe,
        }
    }

    /// First segment of its paths here: `binance`, `alternative.me`.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        self.source().as_str()
    }

    /// Whether it has a WebSocket here.
    #[must_use]
    pub const fn streams(self) -> bool {
        matches!(self, Self::Binance | Self::Okx | Self::Bybit | Self::Coinglass)
    }

    /// The address that `base` plus the slug stands for, for readers of the announcement.
    #[must_use]
    pub const fn stands_for(self) -> &'static str {
        match self {
            Self::Binance => "https://fapi.binance.com",
            Self::Okx => "https://www.okx.com",
            Self::Bybit => "https://api.bybit.com",
            Self::Coinglass => "https://open-api-v4.coinglass.com",
            Self::LunarCrush => "https://lunarcrush.com/api4",
            Self::CoinApi => "https://rest.coinapi.io",
            Self::CoinGecko => "https://api.coingecko.com/api/v3",
            Self::AlternativeMe => "https://api.alternative.me",
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.slug())
    }
}

impl FromStr for Provider {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|provider| provider.slug().eq_ignore_ascii_case(text)).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|provider| provider.slug()).collect();
            format!("'{text}' is not a provider; one of {}", names.join(", "))
        })
    }
}

impl Serialize for Provider {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.slug())
    }
}
