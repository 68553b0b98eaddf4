//! What any other judge may do at most.

use super::{RiskMode, Verdict, VerdictKind};
use crate::config::EngineConfig;

/// The most that the rules allow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Highest multiplier.
    pub max_multiplier: f64,
    /// Highest risk mode.
    pub max_risk_mode: RiskMode,
    /// Whether the signal may be taken at all.
    pub may_take: bool,
}

/// The limits that the rules' verdict sets: never more risk than the rules allow. The direction of
/// the signal is not the judge's to change.
#[must_use]
pub fn limits(rules: &Verdict) -> Limits {
    Limits {
        max_multiplier: rules.risk_multiplier,
        max_risk_mode: rules.risk_mode,
        may_take: rules.risk_multiplier > 0.0,
    }
}

/// A model's verdict brought within the limits, and made consistent: SKIP and AVOID go together with
/// 0.0, WAIT is 0.0, DOWNSIZE stays below 1.0, CONFIRM below 1.0 becomes DOWNSIZE. The rules' points
/// stay; its words are the model's.
#[must_use]
pub fn clamp(model: Verdict, rules: &Verdict, config: &EngineConfig) -> Verdict {
    let bounds = limits(rules);
    let asked = if model.risk_multiplier.is_finite() { model.risk_multiplier.max(0.0) } else { 0.0 };
    let multiplier = asked.min(bounds.max_multiplier);
    let risk_mode = model.risk_mode.min(bounds.max_risk_mode);
    let skips = model.verdict == VerdictKind::Skip || risk_mode == RiskMode::Avoid;
    let (verdict, risk_mode, risk_multiplier) = if skips {
        (VerdictKind::Skip, RiskMode::Avoid, 0.0)
    } else if model.verdict == VerdictKind::Wait || !bounds.may_take || multiplier <= 0.0 {
        (VerdictKind::Wait, risk_mode.min(RiskMode::Reduced), 0.0)
    } else if model.verdict == VerdictKind::Downsize || multiplier < 1.0 {
        let most = config.judge.cautious_multiplier;
        (VerdictKind::Downsize, risk_mode.min(RiskMode::Normal), multiplier.min(most))
    } else if risk_mode == RiskMode::Reduced {
        (VerdictKind::Downsize, risk_mode, multiplier.min(config.judge.reduced_multiplier))
    } else {
        let most = if risk_mode == RiskMode::Aggressive { multiplier } else { multiplier.min(1.0) };
        (VerdictKind::Confirm, risk_mode, most)
    };
    Verdict {
        verdict,
        risk_mode,
        risk_multiplier,
        confidence: model.confidence.min(100),
        objections: rules.objections.clone(),
        ..model
    }
}
