//! What the plan of a key includes.

use std::fmt;
use std::str::FromStr;

use upstream::{Args, Endpoint};

/// A Coinglass plan, cheapest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Plan {
    /// 30 calls a minute, bars of 4 hours and longer.
    Hobbyist,
    /// 80 calls a minute, bars of 30 minutes and longer.
    #[default]
    Startup,
    /// 300 calls a minute, all bars.
    Standard,
    /// 1200 calls a minute, heat maps and footprints too.
    Professional,
    /// By contract; taken as Professional until the answers' headers tell the limit.
    Enterprise,
}

impl Plan {
    /// Every plan, cheapest first.
    pub const ALL: [Self; 5] =
        [Self::Hobbyist, Self::Startup, Self::Standard, Self::Professional, Self::Enterprise];

    /// Its name in configuration and in the endpoint table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hobbyist => "hobbyist",
            Self::Startup => "startup",
            Self::Standard => "standard",
            Self::Professional => "professional",
            Self::Enterprise => "enterprise",
        }
    }

    /// Calls that the provider allows in a minute.
    #[must_use]
    pub const fn calls_per_minute(self) -> u32 {
        match self {
            Self::Hobbyist => 30,
            Self::Startup => 80,
            Self::Standard => 300,
            Self::Professional | Self::Enterprise => 1_200,
        }
    }

    /// Length in minutes of the shortest bar that it serves.
    #[must_use]
    pub const fn shortest_bar_min(self) -> u32 {
        match self {
            Self::Hobbyist => 240,
            Self::Startup => 30,
            Self::Standard | Self::Professional | Self::Enterprise => 1,
        }
    }

    /// Why a call lies above this plan, if it does.
    #[must_use]
    pub fn refusal(self, endpoint: &Endpoint, args: &Args) -> Option<String> {
        if let Ok(needed) = endpoint.plan.parse::<Self>()
            && self < needed
        {
            return Some(format!(
                "{} needs the {needed} plan and the configured plan is {self}",
                endpoint.id
            ));
        }
        let interval = args.get("interval")?;
        let shortest = self.shortest_bar_min();
        (bar_minutes(interval)? < shortest).then(|| {
            format!(
                "the {self} plan has no bars of {interval}; its shortest are {}",
                if shortest < 60 { format!("{shortest}m") } else { format!("{}h", shortest / 60) }
            )
        })
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
            format!("'{text}' is not a Coinglass plan; one of hobbyist, startup, standard, professional, enterprise")
        })
    }
}

/// Minutes of `15m`, `4h`, `1d`, `1w`; `None` where the text is no such length.
fn bar_minutes(interval: &str) -> Option<u32> {
    let split = interval.len().checked_sub(1)?;
    let (count, unit) = interval.split_at_checked(split)?;
    let unit = match unit {
        "m" => 1,
        "h" => 60,
        "d" => 1_440,
        "w" => 10_080,
        _ => return None,
    };
    count.parse::<u32>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoints::{liquidations, markets};

    #[test]
    fn endpoints_above_the_plan_are_refused_by_name() {
        let map = &liquidations::LIQUIDATIONS_HEATMAP;
        for plan in [Plan::Hobbyist, Plan::Startup, Plan::Standard] {
            let told = plan.refusal(map, &Args::new()).unwrap();
            assert!(told.contains("professional") && told.contains(plan.as_str()), "{told}");
        }
        assert_eq!(Plan::Professional.refusal(map, &Args::new()), None);
        assert_eq!(Plan::Enterprise.refusal(map, &Args::new()), None);
    }

    #[test]
    fn bars_below_the_plan_are_refused() {
        let history = &markets::PRICE_HISTORY;
        let refused = |plan: Plan, interval: &str| {
            plan.refusal(history, &Args::new().with("interval", interval)).is_some()
        };
        assert!(refused(Plan::Hobbyist, "1h") && !refused(Plan::Hobbyist, "4h"));
        assert!(refused(Plan::Startup, "15m") && !refused(Plan::Startup, "30m"));
        assert!(!refused(Plan::Standard, "1m") && !refused(Plan::Hobbyist, "1w"));
    }

    #[test]
    fn lengths_are_read_and_nonsense_is_none() {
        assert_eq!(bar_minutes("10m"), Some(10));
        assert_eq!(bar_minutes("1w"), Some(10_080));
        for text in ["", "m", "4", "4x", "9999999999h", "4ħ", "999999999w"] {
            assert_eq!(bar_minutes(text), None, "{text}");
        }
    }
}
