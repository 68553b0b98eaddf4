//! What a factor says: its strength, how far to trust it, and from what it was computed.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use domain::{Source, UtcMs, Venue};
use serde::{Deserialize, Serialize};

/// The eight factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Factor {
    /// Longs and shorts liquidated.
    Liquidations,
    /// Funding rate.
    FundingRate,
    /// Price momentum.
    PriceMomentum,
    /// Long/short account ratio.
    LongShortRatio,
    /// Top traders' positions against all accounts, and taker flow.
    SmartMoney,
    /// Open interest with the price.
    OiTrend,
    /// Social sentiment and activity.
    SocialSentiment,
    /// Crypto Fear & Greed Index.
    FearGreed,
}

impl Factor {
    /// Every factor, in the order of answers.
    pub const ALL: [Self; 8] = [
        Self::Liquidations,
        Self::FundingRate,
        Self::PriceMomentum,
        Self::LongShortRatio,
        Self::SmartMoney,
        Self::OiTrend,
        Self::SocialSentiment,
        Self::FearGreed,
    ];

    /// The name in answers: `fundingRate`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Liquidations => "liquidations",
            Self::FundingRate => "fundingRate",
            Self::PriceMomentum => "priceMomentum",
            Self::LongShortRatio => "longShortRatio",
            Self::SmartMoney => "smartMoney",
            Self::OiTrend => "oiTrend",
            Self::SocialSentiment => "socialSentiment",
            Self::FearGreed => "fearGreed",
        }
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no factor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a factor")]
pub struct BadFactor(pub String);

impl FromStr for Factor {
    type Err = BadFactor;

    fn from_str(text: &str) -> Result<Self, BadFactor> {
        Self::ALL
            .into_iter()
            .find(|factor| factor.as_str() == text)
            .ok_or_else(|| BadFactor(text.chars().take(32).collect()))
    }
}

/// What a factor was measured against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Basis {
    /// The coin's own history on the same venue.
    OwnHistory {
        /// Observations before the newest.
        observations: usize,
    },
    /// Fixed numbers, since too little history is known.
    Absolute,
}

impl Basis {
    /// `own history` or `absolute`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OwnHistory { .. } => "own history",
            Self::Absolute => "absolute",
        }
    }

    /// How many observations it was ranked among.
    #[must_use]
    pub const fn observations(self) -> Option<usize> {
        match self {
            Self::OwnHistory { observations } => Some(observations),
            Self::Absolute => None,
        }
    }
}

/// A named figure.
pub type Figure = (Cow<'static, str>, f64);

/// A live factor. Every number in it is finite.
#[derive(Clone, Debug, PartialEq)]
pub struct FactorReading {
    /// s in [-1, 1]; positive is bullish.
    pub strength: f64,
    /// c in [0, 1].
    pub confidence: f64,
    /// f in [0, 1]: 2^(-age / half-life).
    pub freshness: f64,
    /// What it was measured against.
    pub basis: Basis,
    /// Who served the datum.
    pub source: Source,
    /// The venue it speaks of; `None` for the whole market.
    pub venue: Option<Venue>,
    /// The newest observation's own time.
    pub as_of: UtcMs,
    /// The raw figures, in the order to show them.
    pub raw: Vec<Figure>,
    /// The steps of the arithmetic, for `debug`.
    pub steps: Vec<Figure>,
    /// One sentence with the figures.
    pub note: String,
}

impl FactorReading {
    /// c f s: what is weighted.
    #[must_use]
    pub fn effective(&self) -> f64 {
        self.strength * self.confidence * self.freshness
    }

    /// A raw figure by its name.
    #[must_use]
    pub fn figure(&self, name: &str) -> Option<f64> {
        self.raw.iter().find(|(key, _)| key == name).map(|(_, value)| *value)
    }
}

/// A live factor, or in one sentence why it is missing.
pub type FactorOutcome = Result<FactorReading, String>;
