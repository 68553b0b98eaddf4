//! Arguments that the operations on stored signals and their outcomes share.

use app::analytics::figures::Dimension;
use app::analytics::rows::PageRequest;
use app::analytics::{OutcomeFilter, SignalFilter};
use bytes::Bytes;
use catalog::OpError;
use domain::symbols::Symbol;
use domain::{DAY_MS, Mode, UtcMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Ctx, op_error};

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

/// How far back.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) enum Period {
    /// The last 24 hours.
    #[serde(rename = "24h")]
    Day,
    /// The last 7 days.
    #[serde(rename = "7d")]
    Week,
    /// The last 30 days.
    #[serde(rename = "30d")]
    Month,
    /// The last 90 days.
    #[serde(rename = "90d")]
    Quarter,
    /// Everything.
    #[serde(rename = "all")]
    All,
}

/// Signals of which time.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
pub(crate) struct PeriodIn {
    /// Signals from this time on: RFC 3339 or a date.
    #[serde(default)]
    pub start_date: Option<UtcMs>,
    /// Signals before this time: RFC 3339 or a date.
    #[serde(default)]
    pub end_date: Option<UtcMs>,
    /// Signals of the last 24h, 7d, 30d, 90d, or all; left aside where start_date is given.
    #[serde(default)]
    pub period: Option<Period>,
}

impl PeriodIn {
    /// The first instant, and the one before which it ends.
    pub(crate) fn bounds(self, now: UtcMs) -> (Option<UtcMs>, Option<UtcMs>) {
        let days = match self.period {
            None | Some(Period::All) => None,
            Some(Period::Day) => Some(1),
            Some(Period::Week) => Some(7),
            Some(Period::Month) => Some(30),
            Some(Period::Quarter) => Some(90),
        };
        (self.start_date.or(days.map(|days: i64| now.plus_ms(-days * DAY_MS))), self.end_date)
    }
}

/// Which signals.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub(crate) struct WhichIn {
    #[serde(flatten)]
    pub when: PeriodIn,
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
}

/// The name that a coin is stored under.
pub(crate) async fn stored(ctx: &Ctx, symbol: Option<&Symbol>) -> Option<String> {
    match symbol {
        Some(symbol) => Some(ctx.app.stored_symbol(symbol.as_str(), ctx.ask(false)).await),
        None => None,
    }
}

impl WhichIn {
    async fn outcomes(self, ctx: &Ctx) -> OutcomeFilter {
        let (from, to) = self.when.bounds(ctx.app.clock.now());
        OutcomeFilter {
            symbol: stored(ctx, self.symbol.as_ref()).await,
            signal: self.signal.map(Direction::word),
            mode: self.mode.map(|mode| mode.as_str().to_owned()),
            verdict: self.verdict.map(VerdictWord::word),
            from,
            to,
            ..OutcomeFilter::default()
        }
    }

    async fn signals(self, ctx: &Ctx) -> SignalFilter {
        let OutcomeFilter { symbol, signal, mode, verdict, from, to, .. } = self.outcomes(ctx).await;
        SignalFilter { symbol, signal, mode, verdict, from, to, ..SignalFilter::default() }
    }
}

/// Which outcomes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(crate) struct OutcomesIn {
    #[serde(flatten)]
    pub which: WhichIn,
    /// Judged at this time after the signal only; all horizons when absent.
    #[serde(default)]
    pub horizon: Option<Horizon>,
}

impl OutcomesIn {
    pub(crate) async fn filter(self, ctx: &Ctx) -> OutcomeFilter {
        let horizon_s = self.horizon.map(Horizon::seconds);
        OutcomeFilter { horizon_s, ..self.which.outcomes(ctx).await }
    }
}

/// How rows are given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum Format {
    /// An object with the rows.
    #[default]
    Json,
    /// Comma-separated values.
    Csv,
}

/// Which part of a list.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct PartIn {
    /// Rows of a page: 50 when absent. As CSV, all rows when absent.
    #[serde(default)]
    #[schemars(range(min = 1, max = 500))]
    limit: Option<u32>,
    /// 'nextCursor' of the page before.
    #[serde(default)]
    #[schemars(length(max = 200), regex(pattern = r"^-?[0-9]{1,18}\.[^\u0000]+$"))]
    cursor: Option<String>,
}

/// Which part of a list, and how.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct PageIn {
    #[serde(flatten)]
    part: PartIn,
    /// json, or csv: over REST a text/csv download, elsewhere the lines in 'csv'.
    #[serde(default)]
    pub format: Format,
}

/// Rows of a page of JSON.
const USUAL_ROWS: u32 = 50;
/// Rows of a part of CSV; whoever wants all asks for the next part with the cursor.
const CSV_ROWS: u32 = 500;

impl PartIn {
    fn request(self, format: Format, full: bool) -> PageRequest {
        let usual = if format == Format::Csv { CSV_ROWS } else { USUAL_ROWS };
        PageRequest { limit: self.limit.unwrap_or(usual), cursor: self.cursor, full }
    }
}

impl PageIn {
    pub(crate) fn request(self, full: bool) -> PageRequest {
        self.part.request(self.format, full)
    }
}

/// Which stored signals.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct RowsIn {
    #[serde(flatten)]
    which: WhichIn,
    /// Lowest score.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    min_score: Option<f64>,
    /// Highest score.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    max_score: Option<f64>,
}

impl RowsIn {
    async fn filter(self, ctx: &Ctx) -> SignalFilter {
        let (min_score, max_score) = (self.min_score, self.max_score);
        SignalFilter { min_score, max_score, ..self.which.signals(ctx).await }
    }
}

/// Which stored signals, and which part of them.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct SignalsIn {
    #[serde(flatten)]
    rows: RowsIn,
    #[serde(flatten)]
    page: PageIn,
    /// With all factors and the whole verdict of each signal.
    #[serde(default)]
    full: bool,
}

/// The same where every part is CSV.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct ExportIn {
    #[serde(flatten)]
    rows: RowsIn,
    #[serde(flatten)]
    part: PartIn,
}

pub(crate) const fn fifty() -> u32 {
    USUAL_ROWS
}

impl SignalsIn {
    pub(crate) async fn answer(self, ctx: &Ctx) -> Result<Bytes, OpError> {
        let (filter, format) = (self.rows.filter(ctx).await, self.page.format);
        signals(ctx, &filter, &self.page.request(self.full), format).await
    }
}

impl ExportIn {
    pub(crate) async fn answer(self, ctx: &Ctx) -> Result<Bytes, OpError> {
        let filter = self.rows.filter(ctx).await;
        signals(ctx, &filter, &self.part.request(Format::Csv, false), Format::Csv).await
    }
}

/// A page of signals, in the form that is asked for.
pub(crate) async fn signals(
    ctx: &Ctx,
    filter: &SignalFilter,
    page: &PageRequest,
    format: Format,
) -> Result<Bytes, OpError> {
    match format {
        Format::Json => written(&ctx.app.signal_page(filter, page).await.map_err(op_error)?),
        Format::Csv => written(&ctx.app.signals_csv(filter, page).await.map_err(op_error)?),
    }
}

/// An answer as JSON text.
pub(crate) fn written(answer: &impl Serialize) -> Result<Bytes, OpError> {
    serde_json::to_vec(answer)
        .map(Bytes::from)
        .map_err(|_| OpError::internal("the answer could not be written as JSON"))
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
