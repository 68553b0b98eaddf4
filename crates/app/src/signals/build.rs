//! From the engine's report to the answer that callers read.

use std::sync::Arc;

use bytes::Bytes;
use domain::{Instrument, MarketSnapshot, Missing, Observed, Source};
use engine::{Factor, FactorReading, MissingInput, Report};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};

use super::Served;
use super::answer::{
    DataQuality, FactorAnswer, LayerChecks, Metrics, MissingFactor, SignalAnswer, VerdictAnswer,
    VolatilityMetrics,
};
use crate::{AppConfig, AppError};

/// The answer of a report, with a new id.
pub(super) fn answer(snapshot: &MarketSnapshot, report: &Report, config: &AppConfig) -> SignalAnswer {
    let verdict = &report.verdict;
    let plan = &report.volatility;
    SignalAnswer {
        id: ulid::Ulid::from_parts(u64::try_from(report.at.0).unwrap_or_default(), rand::random())
            .to_string(),
        symbol: report.symbol.clone(),
        venue: report.venue.as_str().to_owned(),
        instrument: report.instrument.clone(),
        price_multiplier: report.price_multiplier,
        timestamp: report.at,
        candle_closed_at: report.candle_closed_at,
        expires_at: report.expires_at,
        engine_version: report.engine_version.to_owned(),
        weights_id: report.weights_id.clone(),
        data_source: config.data_source.as_str().to_owned(),
        signal: report.signal.as_str().to_owned(),
        score: report.score,
        confidence: report.confidence.as_str().to_owned(),
        price: report.price,
        mode: report.mode,
        reasons: report.reasons.clone(),
        factors: report.factors.iter().map(factor).collect(),
        data_quality: DataQuality {
            coverage: report.data_quality.coverage,
            level: report.data_quality.level.as_str().to_owned(),
            missing: missing(&report.data_quality.missing),
            oldest_seconds: report.data_quality.oldest_s,
        },
        metrics: Metrics {
            funding_rate: report.metrics.funding_rate,
            open_interest: report.metrics.open_interest_usd,
            social_score: report.metrics.social_score,
            price_trend: report.metrics.price_trend.map(|trend| trend.as_str().to_owned()),
        },
        comprehensive_metrics: comprehensive(snapshot, report),
        premium_metrics: figures_of(report, Source::Coinglass),
        lunar_crush_metrics: social(snapshot),
        coin_api_metrics: coinapi(snapshot),
        notes: Vec::new(),
        smc_analysis: None,
        ai_verdict_layer: VerdictAnswer {
            verdict: verdict.verdict.as_str().to_owned(),
            risk_mode: verdict.risk_mode.as_str().to_owned(),
            risk_multiplier: verdict.risk_multiplier,
            ai_confidence: u32::from(verdict.confidence),
            ai_summary: verdict.summary.clone(),
            layer_checks: LayerChecks {
                agreements: verdict.agreements.clone(),
                conflicts: verdict.conflicts.clone(),
            },
            source: "rules".to_owned(),
            model: None,
            volatility_metrics: VolatilityMetrics {
                recommended_position_multiplier: plan.recommended_position_multiplier,
                stop_loss_price: plan.stop_loss_price,
                stop_loss_distance_pct: plan.stop_loss_distance_pct,
                take_profit_price: plan.take_profit_price,
                take_profit_distance_pct: plan.take_profit_distance_pct,
                risk_reward_ratio: plan.risk_reward_ratio,
                atr_value: plan.atr_value,
                atr_percentage: plan.atr_percentage,
                volatility_classification: plan.classification.map(|class| class.as_str().to_owned()),
                timeframe: plan.timeframe.as_str().to_owned(),
                trade_plan_summary: plan.trade_plan_summary.clone(),
                position_size: None,
            },
        },
        attribution: report.attribution.iter().map(|line| (*line).to_owned()).collect(),
        disclaimer: "Not financial advice.".to_owned(),
        debug: None,
    }
}

/// The answer with its JSON, plain and with the debug block.
pub(super) fn serve(
    mut answer: SignalAnswer,
    debug: Map<String, Value>,
    instrument: Arc<Instrument>,
) -> Result<Served, AppError> {
    let json = written(&answer)?;
    answer.debug = Some(debug);
    let debug_json = written(&answer)?;
    answer.debug = None;
    let made_at = answer.timestamp;
    let body = Bytes::copy_from_slice(json.get().as_bytes());
    Ok(Served { answer, json, debug_json, body, made_at, instrument })
}

fn written(answer: &SignalAnswer) -> Result<Box<RawValue>, AppError> {
    to_raw_value(answer).map_err(|error| {
        tracing::error!(%error, "an answer could not be written as JSON");
        AppError::Internal
    })
}

pub(super) fn missing(inputs: &[MissingInput]) -> Vec<MissingFactor> {
    inputs
        .iter()
        .map(|each| MissingFactor { factor: each.input.to_owned(), reason: each.reason.clone() })
        .collect()
}

fn factor(report: &engine::FactorReport) -> FactorAnswer {
    let base = FactorAnswer {
        factor: report.factor.as_str().to_owned(),
        score: report.score,
        weight: report.weight,
        contribution: report.contribution,
        status: "missing".to_owned(),
        source: None,
        venue: None,
        as_of: None,
        value: None,
        basis: None,
        observations: None,
        confidence: None,
        freshness: None,
        note: String::new(),
    };
    match &report.outcome {
        Err(reason) => FactorAnswer { note: reason.clone(), ..base },
        Ok(reading) => FactorAnswer {
            status: "live".to_owned(),
            source: Some(reading.source.as_str().to_owned()),
            venue: reading.venue.map(|venue| venue.as_str().to_owned()),
            as_of: Some(reading.as_of),
            value: Some(figures(&reading.raw)),
            basis: Some(reading.basis.as_str().to_owned()),
            observations: reading.basis.observations(),
            confidence: Some(rounded(reading.confidence)),
            freshness: Some(rounded(reading.freshness)),
            note: reading.note.clone(),
            ..base
        },
    }
}

fn figures(named: &[engine::Figure]) -> Map<String, Value> {
    named.iter().map(|(name, value)| (name.clone().into_owned(), json!(value))).collect()
}

/// Four decimals: shares, not prices.
fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

/// The raw figures of every live factor, and of the price.
fn comprehensive(snapshot: &MarketSnapshot, report: &Report) -> Map<String, Value> {
    let mut blocks = Map::new();
    if let Ok(price) = &snapshot.price {
        blocks.insert("price".into(), origin(price, json!({"last": price.value})));
    }
    for factor in Factor::ALL {
        if let Some(reading) = report.reading(factor) {
            blocks.insert(factor.as_str().into(), Value::Object(figures(&reading.raw)));
        }
    }
    blocks
}

/// The figures of the factors that one source served.
fn figures_of(report: &Report, source: Source) -> Option<Map<String, Value>> {
    let blocks: Map<String, Value> = Factor::ALL
        .into_iter()
        .filter_map(|factor| Some((factor, report.reading(factor)?)))
        .filter(|(_, reading)| reading.source == source)
        .map(|(factor, reading)| (factor.as_str().to_owned(), Value::Object(figures(&reading.raw))))
        .collect();
    (!blocks.is_empty()).then_some(blocks)
}

fn social(snapshot: &MarketSnapshot) -> Option<Map<String, Value>> {
    let social = snapshot.social.as_ref().ok()?;
    let newest = |series: &Option<domain::Series>| {
        series.as_ref().and_then(|series| series.points.last()).map(|point| point.value)
    };
    let mut block = Map::new();
    block.insert("sentiment".into(), json!(newest(&social.value.sentiment)));
    block.insert("activity".into(), json!(newest(&social.value.activity)));
    block.insert("activityName".into(), json!(social.value.activity_name));
    block.insert("galaxyScore".into(), json!(social.value.galaxy_score));
    block.insert("altRank".into(), json!(social.value.alt_rank));
    block.insert("asOf".into(), json!(social.as_of));
    Some(block)
}

fn coinapi(snapshot: &MarketSnapshot) -> Option<Map<String, Value>> {
    let price = snapshot.price.as_ref().ok().filter(|price| price.source == Source::CoinApi)?;
    let mut block = Map::new();
    block.insert("price".into(), json!(price.value));
    block.insert("asOf".into(), json!(price.as_of));
    Some(block)
}

fn origin<T>(observed: &Observed<T>, mut block: Value) -> Value {
    if let Value::Object(map) = &mut block {
        map.insert("source".into(), json!(observed.source));
        map.insert("asOf".into(), json!(observed.as_of));
    }
    block
}

/// The arithmetic of each factor, and what the sources that failed answered.
pub(super) fn debug(snapshot: &MarketSnapshot, report: &Report) -> Map<String, Value> {
    let mut factors = Map::new();
    for factor in Factor::ALL {
        if let Some(reading) = report.reading(factor) {
            factors.insert(factor.as_str().into(), arithmetic(reading));
        }
    }
    let mut failed = Map::new();
    let mut note = |name: &str, missing: Option<&Missing>| {
        if let Some(missing) = missing {
            failed.insert(name.into(), json!({"reason": missing.reason, "tried": missing.tried}));
        }
    };
    note("price", snapshot.price.as_ref().err());
    note("candles4h", snapshot.candles_4h.as_ref().err());
    note("funding", snapshot.funding.as_ref().err());
    note("openInterest", snapshot.open_interest.as_ref().err());
    note("accountRatio", snapshot.account_ratio.as_ref().err());
    note("topPositions", snapshot.top_positions.as_ref().err());
    note("liquidations", snapshot.liquidations.as_ref().err());
    note("social", snapshot.social.as_ref().err());
    note("fearGreed", snapshot.fear_greed.as_ref().err());
    let points: Vec<Value> = report
        .verdict
        .objections
        .iter()
        .map(|objection| json!({"points": objection.points, "reason": objection.reason}))
        .collect();
    let mut block = Map::new();
    block.insert("strength".into(), json!(report.composite.strength));
    block.insert("agreement".into(), json!(report.agreement));
    block.insert("factors".into(), Value::Object(factors));
    block.insert("judge".into(), json!({"points": points}));
    block.insert("unanswered".into(), Value::Object(failed));
    block
}

fn arithmetic(reading: &FactorReading) -> Value {
    json!({
        "strength": reading.strength,
        "confidence": reading.confidence,
        "freshness": reading.freshness,
        "effective": reading.effective(),
        "basis": reading.basis.as_str(),
        "observations": reading.basis.observations(),
        "steps": figures(&reading.steps),
    })
}
