//! Endpoints as rows of a table: what a provider offers, told once.

use std::time::Duration;

/// One endpoint of a provider. Provider crates keep `const` tables of these.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint {
    /// Stable id within the provider: `openInterestHist`, `liquidation.aggregated_history`.
    pub id: &'static str,
    /// Path below the base URL, with `{name}` holes that path parameters fill.
    pub path: &'static str,
    /// Its parameters, in the order they are sent.
    pub params: &'static [Param],
    /// Lowest plan of the provider that includes it; `""` where plans do not matter.
    pub plan: &'static str,
    /// How long an answer stays good.
    pub ttl: Duration,
    /// What a call costs, and in which of the provider's budgets.
    pub cost: Cost,
    /// One sentence on what it answers.
    pub summary: &'static str,
    /// Where the provider documents it.
    pub docs: &'static str,
}

/// A parameter of an endpoint.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Name on the wire.
    pub name: &'static str,
    /// Where it goes.
    pub place: Place,
    /// What it may be.
    pub kind: ParamKind,
    /// Whether the provider insists on it.
    pub required: bool,
    /// The provider's default, for documentation; `""` where there is none.
    pub default: &'static str,
    /// What it means, with units.
    pub doc: &'static str,
}

/// Where a parameter travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the path.
    Path,
    /// In the query.
    Query,
}

/// What a parameter may be; checked before any call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParamKind {
    /// Any text of 1 to 200 characters.
    Text,
    /// A coin in any spelling, sent as the bare ticker.
    Coin,
    /// An exchange's own contract name.
    Pair,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A comma-separated list of words.
    List,
    /// A whole number within bounds, both inclusive.
    Int {
        /// Least.
        min: i64,
        /// Most.
        max: i64,
    },
    /// A number.
    Number,
    /// true or false.
    Bool,
    /// Unix milliseconds.
    TimeMs,
    /// Unix seconds.
    TimeSec,
    /// RFC 3339 text.
    TimeIso,
}

/// What a call costs.
#[derive(Clone, Copy, Debug)]
pub enum Cost {
    /// Always the same weight in one budget.
    Fixed {
        /// Name of the budget among the provider's meters.
        meter: &'static str,
        /// Weight.
        weight: u32,
    },
    /// A weight decided by the arguments (klines by `limit`, premiumIndex with or without symbol).
    ByArgs {
        /// Name of the budget.
        meter: &'static str,
        /// The weight of a call with these arguments.
        weight: fn(&Args) -> u32,
    },
    /// Each of these at once (a minute's budget and a day's): a call passes when all of them have room, and
    /// then counts in all.
    All(&'static [Cost]),
}

/// What a call weighs in one budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Name of the budget.
    pub meter: &'static str,
    /// Weight.
    pub weight: u32,
}

impl Cost {
    /// What a call with `args` weighs, each budget named once.
    #[must_use]
    pub fn of(&self, args: &Args) -> Vec<Charge> {
        let mut charges = Vec::new();
        self.collect(args, &mut charges);
        charges
    }

    fn collect(&self, args: &Args, charges: &mut Vec<Charge>) {
        let charge = match *self {
            Self::Fixed { meter, weight } => Charge { meter, weight },
            Self::ByArgs { meter, weight } => Charge { meter, weight: weight(args) },
            Self::All(parts) => return parts.iter().for_each(|part| part.collect(args, charges)),
        };
        match charges.iter_mut().find(|known| known.meter == charge.meter) {
            Some(known) => known.weight = known.weight.saturating_add(charge.weight),
            None => charges.push(charge),
        }
    }
}

/// Arguments of one call, in a stable order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Args(Vec<(String, String)>);

impl Args {
    /// No arguments.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// These arguments and one more; a second value of a name replaces the first.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.set(name, value);
        self
    }

    /// These arguments and, where there is a value, one more.
    #[must_use]
    pub fn with_opt(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Sets one argument.
    #[allow(clippy::needless_pass_by_value, reason = "numbers and words are given by value at every call")]
    pub fn set(&mut self, name: &str, value: impl ToString) {
        let value = value.to_string();
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// The value of an argument.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All of them, in the order given.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}
