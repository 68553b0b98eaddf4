//! Which kind of key, and so which host, header and budget. Keys look alike: only the account knows.

use std::fmt;
use std::str::FromStr;

/// A kind of access.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tier {
    /// Without a key; the limit is shared by address and not predictable.
    Keyless,
    /// A free key.
    #[default]
    Demo,
    /// A paid key of any plan.
    Pro,
}

impl Tier {
    /// Every tier.
    pub const ALL: [Self; 3] = [Self::Keyless, Self::Demo, Self::Pro];

    /// Its name in configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Keyless => "keyless",
            Self::Demo => "demo",
            Self::Pro => "pro",
        }
    }

    /// Calls in a minute that surely are allowed: of the cheapest paid plan, of Demo the older figure.
    #[must_use]
    pub const fn calls_per_minute(self) -> u32 {
        match self {
            Self::Keyless => 5,
            Self::Demo => 30,
            Self::Pro => 250,
        }
    }

    /// Calls in a month that surely are allowed: of the cheapest paid plan. Without a key nobody counts
    /// them.
    #[must_use]
    pub const fn calls_per_month(self) -> Option<u32> {
        match self {
            Self::Keyless => None,
            Self::Demo => Some(10_000),
            Self::Pro => Some(100_000),
        }
    }
}

/// The host that takes such keys.
#[must_use]
pub const fn base_url(tier: Tier) -> &'static str {
    match tier {
        Tier::Keyless | Tier::Demo => "https://api.coingecko.com/api/v3",
        Tier::Pro => "https://pro-api.coingecko.com/api/v3",
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Tier {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|tier| tier.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("'{text}' is not a CoinGecko tier; one of keyless, demo, pro"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for tier in Tier::ALL {
            assert_eq!(tier.to_string().parse(), Ok(tier));
        }
        assert_eq!("PRO".parse(), Ok(Tier::Pro));
        assert!("paid".parse::<Tier>().unwrap_err().contains("demo"));
        assert!(base_url(Tier::Pro).contains("pro-api") && !base_url(Tier::Demo).contains("pro-api"));
    }
}
