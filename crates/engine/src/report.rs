//! One evaluation, from snapshot to report.

use domain::{MarketSnapshot, Mode, Source, UtcMs, Venue};

use crate::config::{ENGINE_VERSION, EngineConfig};
use crate::factors::{self, Shared};
use crate::judge::{self, Case, Evidence, StructureContext, Verdict};
use crate::observations::BAR_MS;
use crate::plan::{self, VolatilityMetrics, VolatilityState};
use crate::score::{self, Composite, Confidence, DataQuality, FactorReport, PriceTrend, Signal};
use crate::{Factor, FactorReading};

/// An input that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingInput {
    /// The factor's name, or `price`.
    pub input: &'static str,
    /// One sentence.
    pub reason: String,
}

/// Too little is known for a signal.
#[derive(Clone, Debug, PartialEq)]
pub struct Insufficient {
    /// Share of live weight.
    pub coverage: f64,
    /// The least that is asked for.
    pub floor: f64,
    /// What is missing and why.
    pub missing: Vec<MissingInput>,
    /// All eight factors, as far as they were read.
    pub factors: Vec<FactorReport>,
}

/// A signal, or why there is none.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// A signal, which may be NEUTRAL.
    Signal(Box<Report>),
    /// Too little is known.
    Insufficient(Insufficient),
}

/// Figures of the market beside the score.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Metrics {
    /// Funding rate, a fraction per interval.
    pub funding_rate: Option<f64>,
    /// Open interest in dollars.
    pub open_interest_usd: Option<f64>,
    /// Galaxy score, 0-100, where a social source tells it.
    pub social_score: Option<f64>,
    /// Where the price has been going.
    pub price_trend: Option<PriceTrend>,
}

/// Everything an answer tells of one evaluation.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The decision time.
    pub at: UtcMs,
    /// The coin.
    pub symbol: String,
    /// The contract's venue.
    pub venue: Venue,
    /// The contract by the venue's own name.
    pub instrument: String,
    /// Coins per unit of price.
    pub price_multiplier: u64,
    /// LONG, SHORT or NEUTRAL.
    pub signal: Signal,
    /// 0 to 100, one decimal, 50 neutral.
    pub score: f64,
    /// High, medium, low.
    pub confidence: Confidence,
    /// Last price, per contract unit.
    pub price: f64,
    /// The caller's mode.
    pub mode: Mode,
    /// The sentences of the three factors that weigh most.
    pub reasons: Vec<String>,
    /// All eight factors, in the order of [`Factor::ALL`].
    pub factors: Vec<FactorReport>,
    /// Coverage and what is missing.
    pub data_quality: DataQuality,
    /// Figures beside the score.
    pub metrics: Metrics,
    /// The rules' verdict.
    pub verdict: Verdict,
    /// Stop, target, volatility.
    pub volatility: VolatilityMetrics,
    /// End of the newest closed 4h candle in use.
    pub candle_closed_at: Option<UtcMs>,
    /// Close of the next 4h candle.
    pub expires_at: UtcMs,
    /// What the providers in use ask to be named by.
    pub attribution: Vec<&'static str>,
    /// S, A and the rest, before rounding.
    pub composite: Composite,
    /// A: share of live weight on the signal's side.
    pub agreement: f64,
    /// Ranks and strengths that the judge looked at.
    pub evidence: Evidence,
    /// Volatility as the plan saw it.
    pub volatility_state: Result<VolatilityState, String>,
    /// Smart money concepts, where given.
    pub structure: Option<StructureContext>,
    /// Version of the formulas.
    pub engine_version: &'static str,
    /// Name of the weights.
    pub weights_id: String,
}

impl Report {
    /// A factor's reading, where live.
    #[must_use]
    pub fn reading(&self, factor: Factor) -> Option<&FactorReading> {
        reading(&self.factors, factor)
    }

    /// The same report under another judge's verdict: brought within the rules' limits, with the stop
    /// and target of its risk mode.
    #[must_use]
    pub fn with_verdict(
        mut self,
        other: Verdict,
        instrument: &domain::Instrument,
        config: &EngineConfig,
    ) -> Self {
        self.verdict = judge::clamp(other, &self.verdict, config);
        self.volatility = plan::plan(
            self.signal,
            self.price,
            self.verdict.risk_mode,
            &self.volatility_state,
            instrument,
            self.structure.as_ref(),
            config,
        );
        self
    }
}

/// Close of the 4h candle that is open at `at`: strictly after it.
#[must_use]
pub fn next_close(at: UtcMs) -> UtcMs {
    at.floor(BAR_MS).plus_ms(BAR_MS)
}

/// A last price this many times the last close, or a part of it, is of another unit.
const UNIT_ERROR: f64 = 10.0;

/// The last price, when it is one, was known, and is in the candles' unit.
fn usable_price(snapshot: &MarketSnapshot, shared: &Shared, config: &EngineConfig) -> Result<f64, String> {
    let reading = snapshot.price.as_ref().map_err(|missing| missing.reason.clone())?;
    let price = reading.value;
    if !price.is_finite() || price <= 0.0 {
        return Err("the last price is not a positive number".to_owned());
    }
    if reading.as_of.since(snapshot.at) as f64 > 1_000.0 * config.clock_tolerance_s {
        return Err("the last price was told after the decision time".to_owned());
    }
    if shared.bars_end.is_ok()
        && let Some(last) = shared.bars().last()
        && !(1.0 / UNIT_ERROR..=UNIT_ERROR).contains(&(price / last.close))
    {
        return Err(format!("the last price {price} is of another unit than the candles ({})", last.close));
    }
    Ok(price)
}

/// The reading of one factor, where live.
fn reading(factors: &[FactorReport], factor: Factor) -> Option<&FactorReading> {
    factors.iter().find(|report| report.factor == factor).and_then(FactorReport::reading)
}

fn metrics(
    snapshot: &MarketSnapshot,
    factors: &[FactorReport],
    shared: &Shared,
    config: &EngineConfig,
) -> Metrics {
    let figure = |factor, name: &str| reading(factors, factor).and_then(|reading| reading.figure(name));
    let galaxy_score = snapshot.social.as_ref().ok().and_then(|social| social.value.galaxy_score);
    Metrics {
        funding_rate: figure(Factor::FundingRate, "rate"),
        open_interest_usd: figure(Factor::OiTrend, "openInterestUsd"),
        social_score: galaxy_score.filter(|score| score.is_finite()),
        price_trend: shared.momentum().and_then(|momentum| PriceTrend::of(momentum, config)),
    }
}

fn evidence(factors: &[FactorReport], shared: &Shared) -> Evidence {
    let strength = |factor| reading(factors, factor).map(|reading| reading.strength);
    Evidence {
        funding_rank: shared.funding_rank(),
        account_rank: shared.account_rank(),
        fear_greed_rank: shared.fear_greed_rank(),
        smart_money: strength(Factor::SmartMoney),
        oi_trend: strength(Factor::OiTrend),
        oi_change_24h_pct: reading(factors, Factor::OiTrend)
            .and_then(|reading| reading.figure("change24hPct")),
        cascade: shared.cascade(),
    }
}

/// Attributions of the sources in use, each once.
fn attribution(snapshot: &MarketSnapshot, factors: &[FactorReport]) -> Vec<&'static str> {
    let price = snapshot.price.as_ref().ok().map(|reading| reading.source);
    let candles = snapshot.candles_4h.as_ref().ok().map(|reading| reading.source);
    let sources = factors.iter().filter_map(FactorReport::reading).map(|reading| reading.source);
    let mut out = Vec::new();
    for line in price.into_iter().chain(candles).chain(sources).filter_map(Source::attribution) {
        if !out.contains(&line) {
            out.push(line);
        }
    }
    out
}

/// Decides: eight factors, score, signal, verdict, plan.
///
/// Too little coverage, or no price, gives [`Decision::Insufficient`].
#[must_use]
pub fn evaluate(
    snapshot: &MarketSnapshot,
    mode: Mode,
    config: &EngineConfig,
    structure: Option<&StructureContext>,
) -> Decision {
    let shared = Shared::of(snapshot, config);
    let factors: Vec<FactorReport> = Factor::ALL
        .into_iter()
        .map(|factor| FactorReport::new(factor, factors::read(factor, snapshot, config, &shared), config))
        .collect();
    let composite = Composite::of(&factors);
    let price = usable_price(snapshot, &shared, config);
    let price = match price {
        Ok(price) if composite.coverage >= config.coverage_floor => price,
        price => {
            let mut missing = score::missing(&factors);
            missing.extend(price.err().map(|reason| MissingInput { input: "price", reason }));
            let coverage = composite.coverage;
            let floor = config.coverage_floor;
            return Decision::Insufficient(Insufficient { coverage, floor, missing, factors });
        }
    };
    let signal = composite.signal(mode, config);
    let agreement = composite.agreement(signal, &factors, config);
    let confidence = composite.confidence(signal, agreement, config);
    let volatility_state =
        shared.bars_end.clone().and_then(|_| VolatilityState::of(shared.bars(), price, config));
    let evidence = evidence(&factors, &shared);
    let case = Case {
        signal,
        score: composite.score,
        distance: composite.distance,
        coverage: composite.coverage,
        threshold: config.thresholds.of(mode),
        volatility: volatility_state.as_ref().ok().map(|state| state.class),
        evidence,
        structure: structure.copied(),
    };
    let verdict = judge::judge(&case, config);
    let instrument = &snapshot.instrument;
    let volatility =
        plan::plan(signal, price, verdict.risk_mode, &volatility_state, instrument, structure, config);
    Decision::Signal(Box::new(Report {
        at: snapshot.at,
        symbol: instrument.symbol().to_owned(),
        venue: instrument.venue,
        instrument: instrument.native_symbol.clone(),
        price_multiplier: instrument.multiplier,
        signal,
        score: composite.score,
        confidence,
        price,
        mode,
        reasons: score::reasons(signal, &factors),
        data_quality: score::data_quality(&composite, &factors, snapshot.at, config),
        metrics: metrics(snapshot, &factors, &shared, config),
        verdict,
        volatility,
        candle_closed_at: shared.bars().last().map(|bar| bar.open_time.plus_ms(BAR_MS)),
        expires_at: next_close(snapshot.at),
        attribution: attribution(snapshot, &factors),
        agreement,
        evidence,
        volatility_state,
        structure: structure.copied(),
        engine_version: ENGINE_VERSION,
        weights_id: config.weights_id(),
        composite,
        factors,
    }))
}
