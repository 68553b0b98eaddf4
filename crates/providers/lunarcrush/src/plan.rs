//! What the plan of a key allows.

use std::fmt;
use std::str::FromStr;

/// A LunarCrush plan, cheapest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Plan {
    /// Free: 4 calls a minute, 100 a day.
    Hobby,
    /// 10 calls a minute, 2,000 a day.
    #[default]
    Individual,
    /// 100 calls a minute, 20,000 a day.
    Builder,
    /// 500 calls a minute, 100,000 a day.
    Scale,
    /// By contract; taken as Scale until the answers' headers tell the limits.
    Enterprise,
}

impl Plan {
    /// Every plan, cheapest first.
    pub const ALL: [Self; 5] = [Self::Hobby, Self::Individual, Self::Builder, Self::Scale, Self::Enterprise];

    /// Its name in configuration and in the endpoint table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hobby => "hobby",
            Self::Individual => "individual",
            Self::Builder => "builder",
            Self::Scale => "scale",
            Self::Enterprise => "enterprise",
        }
    }

    /// Calls allowed in a minute.
    #[must_use]
    pub const fn calls_per_minute(self) -> u32 {
        match self {
            Self::Hobby => 4,
            Self::Individual => 10,
            Self::Builder => 100,
            Self::Scale | Self::Enterprise => 500,
        }
    }

    /// Calls allowed in a day.
    #[must_use]
    pub const fn calls_per_day(self) -> u32 {
        match self {
            Self::Hobby => 100,
            Self::Individual => 2_000,
            Self::Builder => 20_000,
            Self::Scale | Self::Enterprise => 100_000,
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Plan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|plan| plan.as_str().eq_ignore_ascii_case(text)).ok_or_else(|| {
            format!("'{text}' is not a LunarCrush plan; one of hobby, individual, builder, scale, enterprise")
        })
    }
}
