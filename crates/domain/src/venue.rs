//! Exchanges and data providers.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An exchange whose perpetuals we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Venue {
    /// Binance USDⓈ-M futures.
    Binance,
    /// OKX swaps.
    Okx,
    /// Bybit linear perpetuals.
    Bybit,
}

impl Venue {
    /// Every venue, in the order they are asked.
    pub const ALL: [Self; 3] = [Self::Binance, Self::Okx, Self::Bybit];

    /// Lower-case name: `binance`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Binance => "binance",
            Self::Okx => "okx",
            Self::Bybit => "bybit",
        }
    }

    /// The exchange itself as a source of its own data.
    #[must_use]
    pub const fn source(self) -> Source {
        match self {
            Self::Binance => Source::Binance,
            Self::Okx => Source::Okx,
            Self::Bybit => Source::Bybit,
        }
    }
}

impl fmt::Display for Venue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Venue {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|venue| venue.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("'{text}' is not a venue; one of binance, okx, bybit"))
    }
}

/// Who serves a datum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Binance USDⓈ-M futures.
    Binance,
    /// OKX.
    Okx,
    /// Bybit.
    Bybit,
    /// Coinglass v4.
    Coinglass,
    /// LunarCrush v4.
    LunarCrush,
    /// CoinAPI market data.
    CoinApi,
    /// CoinGecko.
    CoinGecko,
    /// alternative.me's Crypto Fear & Greed Index.
    #[serde(rename = "alternative.me")]
    AlternativeMe,
    /// An OpenAI-compatible model server.
    OpenAi,
    /// Telegram's bot API.
    Telegram,
    /// Our own collector of the exchanges' liquidation streams.
    Collector,
}

impl Source {
    /// Every outside provider (the collector is our own).
    pub const PROVIDERS: [Self; 10] = [
        Self::Binance,
        Self::Okx,
        Self::Bybit,
        Self::Coinglass,
        Self::LunarCrush,
        Self::CoinApi,
        Self::CoinGecko,
        Self::AlternativeMe,
        Self::OpenAi,
        Self::Telegram,
    ];

    /// The name in answers, logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Binance => "binance",
            Self::Okx => "okx",
            Self::Bybit => "bybit",
            Self::Coinglass => "coinglass",
            Self::LunarCrush => "lunarcrush",
            Self::CoinApi => "coinapi",
            Self::CoinGecko => "coingecko",
            Self::AlternativeMe => "alternative.me",
            Self::OpenAi => "openai",
            Self::Telegram => "telegram",
            Self::Collector => "collector",
        }
    }

    /// The attribution that the provider's terms demand beside its data.
    #[must_use]
    pub const fn attribution(self) -> Option<&'static str> {
        match self {
            Self::AlternativeMe => Some("Crypto Fear & Greed Index by alternative.me"),
            Self::CoinGecko => Some("Data provided by CoinGecko"),
            Self::LunarCrush => Some("Social data by LunarCrush"),
            Self::Coinglass => Some("Derivatives data by Coinglass"),
            _ => None,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
