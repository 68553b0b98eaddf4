//! `smc.*`: smart money concepts.

use std::time::Duration;

use app::structure::{FRAMES, StructureAnswer};
use catalog::{Catalog, Meta, NoArgs, OpError, Scope};
use domain::Interval;
use domain::symbols::Symbol;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Ctx, op_error};

#[derive(Debug, Deserialize, JsonSchema)]
struct AnalyzeIn {
    symbol: Symbol,
    /// Timeframes among 5m, 15m, 1h, 4h and 1d, separated by commas; 1h, 4h and 1d where left out.
    #[serde(default)]
    timeframes: Vec<Frame>,
}

/// A timeframe of the analysis.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
enum Frame {
    /// Five minutes.
    #[serde(rename = "5m")]
    M5,
    /// Fifteen minutes.
    #[serde(rename = "15m")]
    M15,
    /// One hour.
    #[serde(rename = "1h")]
    H1,
    /// Four hours.
    #[serde(rename = "4h")]
    H4,
    /// A day.
    #[serde(rename = "1d")]
    D1,
}

impl From<Frame> for Interval {
    fn from(frame: Frame) -> Self {
        match frame {
            Frame::M5 => Self::M5,
            Frame::M15 => Self::M15,
            Frame::H1 => Self::H1,
            Frame::H4 => Self::H4,
            Frame::D1 => Self::D1,
        }
    }
}

async fn analyze(ctx: Ctx, input: AnalyzeIn) -> Result<StructureAnswer, OpError> {
    let mut intervals: Vec<Interval> = input.timeframes.into_iter().map(Interval::from).collect();
    if intervals.is_empty() {
        intervals = vec![Interval::H1, Interval::H4, Interval::D1];
    }
    intervals.sort_unstable();
    intervals.dedup();
    ctx.app.structure(input.symbol.as_str(), &intervals, ctx.ask(false)).await.map_err(op_error)
}

/// What the analysis is made of.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct InfoOut {
    /// Timeframes and their weights in the alignment.
    timeframes: Vec<FrameOut>,
    /// The definitions, one sentence each.
    definitions: Vec<DefinitionOut>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FrameOut {
    /// The timeframe.
    timeframe: Interval,
    /// Its weight in the alignment.
    weight: f64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct DefinitionOut {
    /// The concept.
    concept: String,
    /// How it is found, and when it is known.
    definition: String,
}

const DEFINITIONS: [(&str, &str); 7] = [
    (
        "swing",
        "A high above the 5 (internal) or 50 (swing) bars before it and not below as many after it; known when those have closed. Lows mirrored.",
    ),
    (
        "BOS",
        "A close beyond the last confirmed swing in the direction of the trend; known at that close. A level breaks once.",
    ),
    (
        "CHoCH",
        "A close beyond the last confirmed swing against the trend, which turns it; known at that close.",
    ),
    (
        "fair value gap",
        "Three bars whose outer two do not overlap, at least 0.1 ATR(14) wide; touched, half filled, filled and inverted are told as they happen.",
    ),
    (
        "order block",
        "The extreme candle between a swing and the break it led to; tested, mitigated, broken (a breaker then) and invalidated are told as they happen.",
    ),
    (
        "liquidity pool",
        "Two and more swings of one side within 0.1 ATR; swept by a wick that comes back, or run by a close beyond.",
    ),
    (
        "premium and discount",
        "Where the close lies within the last two confirmed swings; above half is premium, 62-79 % of a retracement the optimal entry.",
    ),
];

async fn info(_: Ctx, _: NoArgs) -> Result<InfoOut, OpError> {
    Ok(InfoOut {
        timeframes: FRAMES.map(|(timeframe, weight)| FrameOut { timeframe, weight }).into(),
        definitions: DEFINITIONS
            .map(|(concept, definition)| DefinitionOut {
                concept: concept.to_owned(),
                definition: definition.to_owned(),
            })
            .into(),
    })
}

pub(crate) fn register(catalog: &mut Catalog<Ctx>) {
    catalog.add(
        Meta::get("smc.analyze", "/smc/analyze/{symbol}")
            .summary("Smart money concepts of one coin on several timeframes, with their alignment")
            .description(
                "Swings, BOS and CHoCH, fair value gaps, order blocks, liquidity pools, premium and discount, previous \
                 highs and lows, from closed candles only; each event has the close at which it was first known.",
            )
            .cost(3)
            .cache(Duration::from_secs(30))
            .example("Bitcoin on 1h, 4h and 1d", [("symbol", "BTC".into())])
            .example("Solana on 4h alone", [("symbol", "SOL".into()), ("timeframes", serde_json::json!(["4h"]))]),
        analyze,
    );
    catalog.add(
        Meta::get("smc.info", "/smc/info")
            .summary("Definitions behind smc.analyze, and the timeframes' weights")
            .description(
                "What counts as a swing, a break, a gap, a block and a pool here, and when each is known.",
            )
            .scope(Scope::Public)
            .example("What is a CHoCH here?", []),
        info,
    );
}
