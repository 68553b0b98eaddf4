//! The eight factors: one file each, and what they share.

mod fear_greed;
mod funding_rate;
mod liquidations;
mod long_short_ratio;
mod momentum;
mod oi_trend;
mod price_momentum;
mod shared;
mod smart_money;
mod social_sentiment;

use domain::{MarketSnapshot, Source, UtcMs, Venue};

pub use momentum::{HorizonMove, Momentum};
pub use shared::{Cascade, Shared};

use crate::config::{Decay, EngineConfig};
use crate::factor::Figure;
use crate::observations::freshness;
use crate::{Basis, Factor, FactorOutcome, FactorReading};

/// Reads one factor.
pub fn read(
    factor: Factor,
    snapshot: &MarketSnapshot,
    config: &EngineConfig,
    shared: &Shared,
) -> FactorOutcome {
    match factor {
        Factor::Liquidations => liquidations::read(snapshot, config, shared),
        Factor::FundingRate => funding_rate::read(snapshot, config, shared),
        Factor::PriceMomentum => price_momentum::read(snapshot, config, shared),
        Factor::LongShortRatio => long_short_ratio::read(snapshot, config, shared),
        Factor::SmartMoney => smart_money::read(snapshot, config, shared),
        Factor::OiTrend => oi_trend::read(snapshot, config, shared),
        Factor::SocialSentiment => social_sentiment::read(snapshot, config, shared),
        Factor::FearGreed => fear_greed::read(snapshot, config, shared),
    }
}

/// A factor before freshness and confidence are worked out.
struct Draft {
    strength: f64,
    /// What the factor's own row says of confidence, before the basis.
    confidence: f64,
    basis: Basis,
    source: Source,
    venue: Option<Venue>,
    as_of: UtcMs,
    raw: Vec<Figure>,
    steps: Vec<Figure>,
    note: String,
}

impl Draft {
    /// Freshness from the observation's age, confidence from the basis; missing when too old or when
    /// a figure left the finite numbers.
    fn finish(self, at: UtcMs, decay: &Decay, config: &EngineConfig) -> FactorOutcome {
        let fresh = freshness(self.as_of, at, decay)?;
        self.with_freshness(fresh, config)
    }

    fn with_freshness(self, fresh: f64, config: &EngineConfig) -> FactorOutcome {
        let figures_hold = self.raw.iter().chain(&self.steps).all(|(_, value)| value.is_finite());
        if !self.strength.is_finite() || !figures_hold {
            return Err("the figures are out of range".to_owned());
        }
        let basis_confidence = match self.basis {
            Basis::OwnHistory { .. } => 1.0,
            Basis::Absolute => config.history.absolute_confidence,
        };
        Ok(FactorReading {
            strength: self.strength.clamp(-1.0, 1.0) + 0.0,
            confidence: self.confidence * basis_confidence,
            freshness: fresh,
            basis: self.basis,
            source: self.source,
            venue: self.venue,
            as_of: self.as_of,
            raw: self.raw,
            steps: self.steps,
            note: self.note,
        })
    }
}

/// A figure with a fixed name.
fn figure(name: &'static str, value: f64) -> Figure {
    (name.into(), value)
}
