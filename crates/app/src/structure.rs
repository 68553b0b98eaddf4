//! Smart money concepts on a coin's candles: context and levels for risk, no part of the score.

use analysis::smc::{Analyzer, Direction, Reading, SmcConfig, analyze, multi_timeframe, resample};
use domain::{Candle, HOUR_MS, Instrument, Interval, ProviderError, UtcMs};
use engine::StructureContext;
use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};
use upstream::Ask;

use crate::overview::FailureAnswer;
use crate::{App, AppError};

/// Timeframes that can be analysed, with their weight in the alignment.
pub const FRAMES: [(Interval, f64); 5] = [
    (Interval::M5, 0.5),
    (Interval::M15, 1.0),
    (Interval::H1, 2.0),
    (Interval::H4, 3.0),
    (Interval::D1, 4.0),
];
/// Candles per timeframe: ten swings of the longer fractal.
const CANDLES: u32 = 600;
/// Most events shown per timeframe, newest last.
const EVENTS: usize = 40;

/// Structure of a coin on several timeframes.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StructureAnswer {
    /// Coin ticker.
    pub symbol: String,
    /// Exchange of the candles.
    pub venue: String,
    /// The exchange's own name of the contract.
    pub instrument: String,
    /// When it was asked.
    pub timestamp: UtcMs,
    /// live, replay or simulated.
    pub data_source: String,
    /// Weighted mean of the trends, -1 (all bearish) to 1 (all bullish).
    pub alignment: Option<f64>,
    /// Each timeframe's reading: trend, last break, swings, zones, pools, previous highs and lows.
    pub timeframes: Map<String, Value>,
    /// Timeframes whose candles could not be had.
    pub failed: Vec<FailureAnswer>,
    /// Always there.
    pub note: String,
}

/// What stands beside every analysis.
const NOTE: &str = "Smart money concepts are context and levels for risk; no evidence that they predict returns is claimed. \
     Every event has the time it is drawn at and the close at which it was first known.";

impl App {
    /// Analyses a coin's structure on these timeframes, from closed candles.
    ///
    /// # Errors
    /// An unknown symbol, or no timeframe's candles can be had.
    pub async fn structure(
        &self,
        symbol: &str,
        intervals: &[Interval],
        ask: Ask,
    ) -> Result<StructureAnswer, AppError> {
        let instrument = self.resolve(symbol, ask).await?.instrument;
        let exchange = self.market.exchanges.at(instrument.venue);
        let asked =
            intervals.iter().map(|interval| exchange.candles(&instrument, *interval, CANDLES, None, ask));
        let answers = join_all(asked).await;
        let mut readings = Vec::new();
        let mut timeframes = Map::new();
        let mut failed: Vec<ProviderError> = Vec::new();
        for (interval, answer) in intervals.iter().zip(answers) {
            match answer {
                Err(error) => failed.push(error),
                Ok(candles) => {
                    let (analyzer, events) = analyze(&candles.value, SmcConfig::new(*interval));
                    let Some(reading) = analyzer.snapshot() else { continue };
                    let newest = events.len().saturating_sub(EVENTS);
                    let recent: Vec<Value> = events.iter().skip(newest).map(|event| json!(event)).collect();
                    let mut frame = as_map(&reading);
                    frame.insert("source".into(), json!(candles.source));
                    frame.insert("events".into(), Value::Array(recent));
                    timeframes.insert(interval.as_str().to_owned(), Value::Object(frame));
                    readings.push(reading);
                }
            }
        }
        if readings.is_empty() {
            return Err(failed.into_iter().next().map_or(AppError::Internal, AppError::Provider));
        }
        Ok(StructureAnswer {
            symbol: instrument.symbol().to_owned(),
            venue: instrument.venue.as_str().to_owned(),
            instrument: instrument.native_symbol.clone(),
            timestamp: self.clock.now(),
            data_source: self.config.data_source.as_str().to_owned(),
            alignment: multi_timeframe(&readings, &FRAMES).alignment,
            timeframes,
            failed: failed.into_iter().map(FailureAnswer::from).collect(),
            note: NOTE.to_owned(),
        })
    }
}

/// Structure at a decision, from the signal's own closed 4h candles.
#[derive(Debug)]
pub(crate) struct Structure {
    /// For the judge and the plan.
    pub(crate) context: StructureContext,
    /// For the answer.
    pub(crate) block: Map<String, Value>,
}

/// Structure on 4h and 1d. `None` where there are no candles.
pub(crate) fn at_decision(candles_4h: &[Candle], at: UtcMs, instrument: &Instrument) -> Option<Structure> {
    let closed: Vec<Candle> =
        candles_4h.iter().filter(|candle| candle.open_time.plus_ms(4 * HOUR_MS) <= at).copied().collect();
    let four_hours = reading_of(&closed, Interval::H4)?;
    let days = resample(&closed, Interval::H4, Interval::D1).ok();
    let day = days.and_then(|days| reading_of(&days, Interval::D1));
    let sign = |reading: &Reading| match reading.trend {
        Some(Direction::Bullish) => 1,
        Some(Direction::Bearish) => -1,
        None => 0,
    };
    let context = StructureContext {
        trend_4h: Some(sign(&four_hours)),
        trend_1d: day.as_ref().map(sign),
        swing_low: four_hours.internal.swing_low.map(|swing| swing.level),
        swing_high: four_hours.internal.swing_high.map(|swing| swing.level),
    };
    let readings: Vec<Reading> = std::iter::once(four_hours).chain(day).collect();
    let mut block = Map::new();
    block.insert("instrument".into(), json!(instrument.native_symbol));
    block.insert("alignment".into(), json!(multi_timeframe(&readings, &FRAMES).alignment));
    let frames: Map<String, Value> =
        readings.iter().map(|reading| (reading.interval.as_str().to_owned(), brief(reading))).collect();
    block.insert("timeframes".into(), Value::Object(frames));
    Some(Structure { context, block })
}

fn reading_of(candles: &[Candle], interval: Interval) -> Option<Reading> {
    let mut analyzer = Analyzer::new(SmcConfig::new(interval));
    for candle in candles {
        // A bar that cannot be used is counted by the analyser and left out.
        let _ = analyzer.push(candle);
    }
    analyzer.snapshot()
}

/// The part of a reading that a signal shows; `smc.analyze` has the rest.
fn brief(reading: &Reading) -> Value {
    json!({
        "trend": reading.trend,
        "lastBreak": reading.last_structure.map(|broken| camel(json!(broken))),
        "ageBars": reading.age_bars,
        "premiumDiscountPct": reading.premium_discount_pct,
        "swingHigh": reading.internal.swing_high.map(|swing| camel(json!(swing))),
        "swingLow": reading.internal.swing_low.map(|swing| camel(json!(swing))),
        "nearestZoneAbove": reading.zones_above.first().map(|zone| camel(json!(zone))),
        "nearestZoneBelow": reading.zones_below.first().map(|zone| camel(json!(zone))),
        "asOf": reading.as_of,
    })
}

fn as_map(reading: &Reading) -> Map<String, Value> {
    match camel(json!(reading)) {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Member names as our answers write them.
fn camel(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(name, value)| (camel_name(&name), camel(value))).collect())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(camel).collect()),
        other => other,
    }
}

fn camel_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut upper = false;
    for letter in name.chars() {
        if letter == '_' {
            upper = true;
        } else if upper {
            out.extend(letter.to_uppercase());
            upper = false;
        } else {
            out.push(letter);
        }
    }
    out
}
