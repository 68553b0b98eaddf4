//! From strengths to score, signal and confidence.

use std::fmt;
use std::str::FromStr;

use analysis::statistics::round_to;
use domain::{Mode, UtcMs};
use serde::{Deserialize, Serialize};

use crate::config::EngineConfig;
use crate::factors::Momentum;
use crate::report::MissingInput;
use crate::{Factor, FactorOutcome, FactorReading};

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Signal {
    /// Buy.
    Long,
    /// Sell.
    Short,
    /// Neither.
    Neutral,
}

impl Signal {
    /// `LONG`, `SHORT`, `NEUTRAL`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Long => "LONG",
            Self::Short => "SHORT",
            Self::Neutral => "NEUTRAL",
        }
    }

    /// +1 for LONG, -1 for SHORT, 0 for NEUTRAL.
    #[must_use]
    pub const fn direction(self) -> f64 {
        match self {
            Self::Long => 1.0,
            Self::Short => -1.0,
            Self::Neutral => 0.0,
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Signal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Long, Self::Short, Self::Neutral]
            .into_iter()
            .find(|signal| signal.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("'{text}' is not a signal; one of LONG, SHORT, NEUTRAL"))
    }
}

/// How sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Close to neutral, divided, or thinly covered.
    Low,
    /// Between.
    Medium,
    /// Far from neutral, agreed on, well covered.
    High,
}

impl Confidence {
    /// `low`, `medium`, `high`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// How much of the input was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QualityLevel {
    /// Less than half, by default.
    Poor,
    /// Half, by default.
    Fair,
    /// Three quarters, by default.
    Good,
    /// Nine tenths, by default.
    Excellent,
}

impl QualityLevel {
    /// `poor`, `fair`, `good`, `excellent`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Poor => "poor",
            Self::Fair => "fair",
            Self::Good => "good",
            Self::Excellent => "excellent",
        }
    }

    /// The level of a coverage.
    #[must_use]
    pub fn of(coverage: f64, config: &EngineConfig) -> Self {
        let bounds = config.confidence.levels;
        if coverage >= bounds.excellent {
            Self::Excellent
        } else if coverage >= bounds.good {
            Self::Good
        } else if coverage >= bounds.fair {
            Self::Fair
        } else {
            Self::Poor
        }
    }
}

/// Where the price has been going.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PriceTrend {
    /// Up over a day and a week.
    Bullish,
    /// Down over a day and a week.
    Bearish,
    /// Neither.
    Neutral,
}

impl PriceTrend {
    /// `bullish`, `bearish`, `neutral`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bullish => "bullish",
            Self::Bearish => "bearish",
            Self::Neutral => "neutral",
        }
    }

    /// Both the 24h and the 7d move beyond the deviations asked for; `None` without a week of candles.
    #[must_use]
    pub fn of(momentum: &Momentum, config: &EngineConfig) -> Option<Self> {
        let (day, week) = (momentum.h24.m, momentum.d7?.m);
        let bound = config.momentum.trend_deviations;
        Some(if day > bound && week > bound {
            Self::Bullish
        } else if day < -bound && week < -bound {
            Self::Bearish
        } else {
            Self::Neutral
        })
    }
}

/// A factor in the report.
#[derive(Clone, Debug, PartialEq)]
pub struct FactorReport {
    /// Which.
    pub factor: Factor,
    /// Its weight, of 100.
    pub weight: f64,
    /// `50 + 50 s`, one decimal; `None` when missing.
    pub score: Option<f64>,
    /// Points it moves the score by; 0 when missing.
    pub contribution: f64,
    /// The reading, or why it is missing.
    pub outcome: FactorOutcome,
}

impl FactorReport {
    /// Joins a factor's outcome with its weight.
    #[must_use]
    pub fn new(factor: Factor, outcome: FactorOutcome, config: &EngineConfig) -> Self {
        let weight = config.weights.of(factor);
        let live = outcome.as_ref().ok();
        let score = live.map(|reading| round_to(50.0 + 50.0 * reading.strength, 1));
        let contribution =
            live.map_or(0.0, |reading| round_to(50.0 * weight * reading.effective() / 100.0, 4));
        Self { factor, weight, score, contribution, outcome }
    }

    /// The reading of a live factor.
    #[must_use]
    pub fn reading(&self) -> Option<&FactorReading> {
        self.outcome.as_ref().ok()
    }

    /// w c f s; nothing when missing.
    fn weighted(&self) -> f64 {
        self.reading().map_or(0.0, |reading| self.weight * reading.effective())
    }
}

/// How much of the input was there, and how old it is.
#[derive(Clone, Debug, PartialEq)]
pub struct DataQuality {
    /// Share of live weight.
    pub coverage: f64,
    /// Its name.
    pub level: QualityLevel,
    /// What is missing and why.
    pub missing: Vec<MissingInput>,
    /// Age of the oldest observation in use, by its own time, in seconds.
    pub oldest_s: Option<i64>,
}

/// A share without float noise, so that bounds such as 0.8 are met exactly.
fn share(part: f64, whole: f64) -> f64 {
    round_to(part / whole, 9)
}

/// All factors brought together.
#[derive(Clone, Debug, PartialEq)]
pub struct Composite {
    /// S in [-1, 1], not rounded.
    pub strength: f64,
    /// 0 to 100, one decimal, 50 neutral.
    pub score: f64,
    /// K: distance of the score from 50.
    pub distance: f64,
    /// Share of live weight.
    pub coverage: f64,
}

impl Composite {
    /// `S = sum(w c f s) / sum(w)` over all factors; a missing one adds nothing.
    #[must_use]
    pub fn of(factors: &[FactorReport]) -> Self {
        let total: f64 = factors.iter().map(|factor| factor.weight).sum();
        let live: f64 =
            factors.iter().filter(|factor| factor.reading().is_some()).map(|factor| factor.weight).sum();
        let weighted: f64 = factors.iter().map(FactorReport::weighted).sum();
        let (strength, coverage) =
            if total > 0.0 { ((weighted / total).clamp(-1.0, 1.0), share(live, total)) } else { (0.0, 0.0) };
        // The distance is rounded, not the score, so that both sides of 50 round alike.
        let offset = round_to(50.0 * strength, 1);
        Self { strength, score: round_to(50.0 + offset, 1), distance: offset.abs(), coverage }
    }

    /// LONG or SHORT when the score is at least the mode's distance from 50.
    #[must_use]
    pub fn signal(&self, mode: Mode, config: &EngineConfig) -> Signal {
        if self.distance < config.thresholds.of(mode) {
            Signal::Neutral
        } else if self.strength > 0.0 {
            Signal::Long
        } else {
            Signal::Short
        }
    }

    /// A: share of live weight whose strength has the signal's sign; for NEUTRAL, the score's.
    #[must_use]
    pub fn agreement(&self, signal: Signal, factors: &[FactorReport], config: &EngineConfig) -> f64 {
        let direction = if signal == Signal::Neutral { self.strength } else { signal.direction() };
        let (mut agreeing, mut live) = (0.0, 0.0);
        for (weight, reading) in factors.iter().filter_map(|f| f.reading().map(|reading| (f.weight, reading)))
        {
            live += weight;
            let speaks = reading.strength.abs() >= config.confidence.neutral_strength;
            if speaks && reading.strength * direction > 0.0 {
                agreeing += weight;
            }
        }
        if live > 0.0 { share(agreeing, live) } else { 0.0 }
    }

    /// High, medium or low; NEUTRAL is always low.
    #[must_use]
    pub fn confidence(&self, signal: Signal, agreement: f64, config: &EngineConfig) -> Confidence {
        let clears = |bar: &crate::config::ConfidenceBar| {
            self.distance >= bar.distance && agreement >= bar.agreement && self.coverage >= bar.coverage
        };
        if signal == Signal::Neutral {
            Confidence::Low
        } else if clears(&config.confidence.high) {
            Confidence::High
        } else if clears(&config.confidence.medium) {
            Confidence::Medium
        } else {
            Confidence::Low
        }
    }
}

/// The sentences of the three factors that weigh most, those on the signal's side first.
#[must_use]
pub fn reasons(signal: Signal, factors: &[FactorReport]) -> Vec<String> {
    let mut live: Vec<(f64, &FactorReading)> = factors
        .iter()
        .filter_map(|factor| factor.reading().map(|reading| (factor.weighted(), reading)))
        .collect();
    live.sort_by(|(one, _), (other, _)| other.abs().total_cmp(&one.abs()));
    live.truncate(3);
    live.sort_by_key(|(weighted, _)| weighted * signal.direction() <= 0.0);
    live.into_iter().map(|(_, reading)| reading.note.clone()).collect()
}

/// Coverage, its level, what is missing, and the age of the oldest observation in use.
#[must_use]
pub fn data_quality(
    composite: &Composite,
    factors: &[FactorReport],
    at: UtcMs,
    config: &EngineConfig,
) -> DataQuality {
    let oldest_s = factors
        .iter()
        .filter_map(FactorReport::reading)
        .map(|reading| at.since(reading.as_of).max(0) / 1_000)
        .max();
    DataQuality {
        coverage: round_to(composite.coverage, 4),
        level: QualityLevel::of(composite.coverage, config),
        missing: missing(factors),
        oldest_s,
    }
}

/// The missing factors and why.
#[must_use]
pub fn missing(factors: &[FactorReport]) -> Vec<MissingInput> {
    factors
        .iter()
        .filter_map(|factor| {
            let reason = factor.outcome.as_ref().err()?.clone();
            Some(MissingInput { input: factor.factor.as_str(), reason })
        })
        .collect()
}
