//! Arguments that the operations on stored signals and their outcomes share.

use app::analytics::figures::Dimension;
use app::analytics::rows::PageRequest;
use app::analytics::{OutcomeFilter, SignalFilter};
use domain::symbols::Symbol;
use domain::{Mode, UtcMs};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::Ctx;

/// LONG or SHORT.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
pub(crate) enum Direction {
    Long,
    Short,
}

impl Direction {
    pub(crate) fn word(self) -> String {
        match self {
            Self::Long => "LONG",
            Self::Short => "SHORT",
        }
        .to_owned()
    }
}

/// CONFIRM, DOWNSIZE, SKIP or WAIT.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
pub(crate) enum VerdictWord {
    Confirm,
    Downsize,
    Skip,
    Wait,
}

impl VerdictWord {
    pub(crate) fn word(self) -> String {
        match self {
            Self::Confirm => "CONFIRM",
            Self::Downsize => "DOWNSIZE",
            Self::Skip => "SKIP",
            Self::Wait => "WAIT",
        }
        .to_owned()
    }
}

/// Time after the signal at which it is judged.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) enum Horizon {
    /// One hour.
    #[serde(rename = "1h")]
    H1,
    /// Four hours.
    #[default]
    #[serde(rename = "4h")]
    H4,
    /// A day.
    #[serde(rename = "24h")]
    H24,
}

impl Horizon {
    pub(crate) const fn seconds(self) -> i64 {
        match self {
            Self::H1 => 3_600,
            Self::H4 => 14_400,
            Self::H24 => 86_400,
        }
    }
}

/// Which outcomes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(crate) struct OutcomesIn {
    /// Signals from this time on: RFC 3339 or a date.
    #[serde(default)]
    pub start_date: Option<UtcMs>,
    /// Signals before this time: RFC 3339 or a date.
    #[serde(default)]
    pub end_date: Option<UtcMs>,
    /// One coin only.
    #[serde(default)]
    pub symbol: Option<Symbol>,
    /// LONG or SHORT only.
    #[serde(default)]
    pub signal: Option<Direction>,
    /// One mode only: conservative, aggressive or ultra.
    #[serde(default)]
    pub mode: Option<Mode>,
    /// One verdict only.
    #[serde(default)]
    pub verdict: Option<VerdictWord>,
    /// Judged at this time after the signal only; all horizons when absent.
    #[serde(default)]
    pub horizon: Option<Horizon>,
}

impl OutcomesIn {
    pub(crate) async fn filter(self, ctx: &Ctx) -> OutcomeFilter {
        let symbol = match &self.symbol {
            Some(symbol) => Some(ctx.app.stored_symbol(symbol.as_str(), ctx.ask(false)).await),
            None => None,
        };
        OutcomeFilter {
            horizon_s: self.horizon.map(Horizon::seconds),
            symbol,
            signal: self.signal.map(Direction::word),
            mode: self.mode.map(|mode| mode.as_str().to_owned()),
            verdict: self.verdict.map(VerdictWord::word),
            from: self.start_date,
            to: self.end_date,
            ..OutcomeFilter::default()
        }
    }
}

/// Which stored signals, and which part of them.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct SignalsIn {
    /// Signals from this time on: RFC 3339 or a date.
    #[serde(default)]
    pub start_date: Option<UtcMs>,
    /// Signals before this time: RFC 3339 or a date.
    #[serde(default)]
    pub end_date: Option<UtcMs>,
    /// One coin only.
    #[serde(default)]
    pub symbol: Option<Symbol>,
    /// LONG or SHORT only.
    #[serde(default)]
    pub signal: Option<Direction>,
    /// One mode only: conservative, aggressive or ultra.
    #[serde(default)]
    pub mode: Option<Mode>,
    /// One verdict only.
    #[serde(default)]
    pub verdict: Option<VerdictWord>,
    /// Lowest score.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    pub min_score: Option<f64>,
    /// Highest score.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    pub max_score: Option<f64>,
    /// Rows of a page.
    #[serde(default = "fifty")]
    #[schemars(range(min = 1, max = 500))]
    pub limit: u32,
    /// 'nextCursor' of the page before.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub cursor: Option<String>,
    /// With all factors and the whole verdict of each signal.
    #[serde(default)]
    pub full: bool,
}

pub(crate) const fn fifty() -> u32 {
    50
}

impl SignalsIn {
    pub(crate) async fn filter(self, ctx: &Ctx) -> (SignalFilter, PageRequest) {
        let symbol = match &self.symbol {
            Some(symbol) => Some(ctx.app.stored_symbol(symbol.as_str(), ctx.ask(false)).await),
            None => None,
        };
        let filter = SignalFilter {
            symbol,
            signal: self.signal.map(Direction::word),
            mode: self.mode.map(|mode| mode.as_str().to_owned()),
            verdict: self.verdict.map(VerdictWord::word),
            min_score: self.min_score,
            max_score: self.max_score,
            from: self.start_date,
            to: self.end_date,
            ..SignalFilter::default()
        };
        (filter, PageRequest { limit: self.limit, cursor: self.cursor, full: self.full })
    }
}

/// What figures are grouped by where the caller does not say.
pub(crate) const USUAL: [Dimension; 6] = [
    Dimension::Verdict,
    Dimension::RiskMode,
    Dimension::Judge,
    Dimension::Mode,
    Dimension::Signal,
    Dimension::ScoreBand,
];
