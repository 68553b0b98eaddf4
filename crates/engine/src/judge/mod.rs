//! The rule judge: points against the position, and what they leave of it.

mod limits;
mod verdict;

use analysis::volatility::VolatilityClass;

pub use limits::{Limits, clamp, limits};
pub use verdict::{Objection, RiskMode, Verdict, VerdictKind};

use crate::config::EngineConfig;
use crate::factors::Cascade;
use crate::score::Signal;

/// What smart money concepts say, where they were computed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StructureContext {
    /// Trend of the 4h structure: 1 up, -1 down, 0 none.
    pub trend_4h: Option<i8>,
    /// Trend of the daily structure: 1 up, -1 down, 0 none.
    pub trend_1d: Option<i8>,
    /// The 4h structure's last confirmed swing low: below it a LONG's structure no longer holds.
    pub swing_low: Option<f64>,
    /// Its last confirmed swing high: above it a SHORT's structure no longer holds.
    pub swing_high: Option<f64>,
}

/// What the factors know beyond their strengths; all that a judge needs besides the score.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evidence {
    /// Funding's signed rank in its own history.
    pub funding_rank: Option<f64>,
    /// The account ratio's signed rank in its own history.
    pub account_rank: Option<f64>,
    /// Fear & Greed's signed rank in its own history.
    pub fear_greed_rank: Option<f64>,
    /// smartMoney's strength.
    pub smart_money: Option<f64>,
    /// oiTrend's strength.
    pub oi_trend: Option<f64>,
    /// Change of open interest in coins over 24h, in percent.
    pub oi_change_24h_pct: Option<f64>,
    /// The cascade of liquidations that runs.
    pub cascade: Option<Cascade>,
}

/// Everything a judgement looks at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Case {
    /// The signal.
    pub signal: Signal,
    /// The score, 0 to 100.
    pub score: f64,
    /// K: its distance from 50.
    pub distance: f64,
    /// Share of live weight.
    pub coverage: f64,
    /// The mode's distance from 50.
    pub threshold: f64,
    /// Class by ATR percent, where known.
    pub volatility: Option<VolatilityClass>,
    /// Ranks, strengths, the cascade.
    pub evidence: Evidence,
    /// Smart money concepts, where computed.
    pub structure: Option<StructureContext>,
}

/// What speaks for and against.
#[derive(Debug, Default)]
struct Arguments {
    objections: Vec<Objection>,
    agreements: Vec<String>,
}

impl Arguments {
    fn against(&mut self, points: u32, reason: String) {
        self.objections.push(Objection { points, reason });
    }

    fn agree(&mut self, reason: impl Into<String>) {
        self.agreements.push(reason.into());
    }
}

/// Collects the points of the table. Everything is mirrored: what counts against LONG at a high rank
/// counts against SHORT at a low one.
fn argue(case: &Case, config: &EngineConfig) -> Arguments {
    let rules = &config.judge;
    let direction = case.signal.direction();
    let side = if direction > 0.0 { "long" } else { "short" };
    let mut out = Arguments::default();

    let evidence = &case.evidence;
    if let Some(r) = evidence.funding_rank {
        let crowded = r * direction;
        let points = u32::from(crowded > rules.funding_crowded) + u32::from(crowded > rules.funding_extreme);
        let place = 50.0 * (r + 1.0);
        if points > 0 {
            out.against(points, format!("funding is crowded {side} (above {place:.0} % of its history)"));
        } else if crowded < -rules.funding_crowded {
            out.agree(format!("funding pays the {side} side (above {place:.0} % of its history)"));
        }
    }
    if let Some(r) = evidence.account_rank {
        let crowded = r * direction;
        let place = 50.0 * (r + 1.0);
        if crowded > rules.accounts_crowded {
            out.against(1, format!("accounts are crowded {side} (ratio above {place:.0} % of its history)"));
        } else if crowded < -rules.accounts_crowded {
            out.agree(format!("accounts stand on the other side (ratio above {place:.0} % of its history)"));
        }
    }
    if let Some(strength) = evidence.smart_money {
        let with = strength * direction;
        if with < -rules.smart_money_against {
            out.against(1, format!("top traders lean against it ({strength:+.2})"));
        } else if with > rules.smart_money_against {
            out.agree(format!("top traders lean with it ({strength:+.2})"));
        }
    }
    if let Some(change) = evidence.oi_change_24h_pct {
        if change < -rules.oi_fall_pct {
            out.against(1, format!("open interest fell {:.1} % in 24h", -change));
        } else if change > 0.0 && evidence.oi_trend.is_some_and(|strength| strength * direction > 0.05) {
            out.agree(format!("open interest backs the move ({change:+.1} % in 24h)"));
        }
    }
    let coverage = case.coverage;
    let thin = u32::from(coverage < rules.thin_coverage) + u32::from(coverage < rules.very_thin_coverage);
    if thin > 0 {
        out.against(thin, format!("only {:.0} % of the inputs are there", 100.0 * coverage));
    } else if coverage >= rules.aggressive_coverage {
        out.agree(format!("{:.0} % of the inputs are there", 100.0 * coverage));
    }
    match case.volatility {
        Some(VolatilityClass::High) => out.against(1, "volatility is high".to_owned()),
        Some(VolatilityClass::VeryHigh) => out.against(2, "volatility is very high".to_owned()),
        _ => {}
    }
    if let Some(structure) = &case.structure {
        for (label, trend) in [("4h", structure.trend_4h), ("1d", structure.trend_1d)] {
            let with = trend.map_or(0.0, |trend| f64::from(trend.signum()) * direction);
            if with < 0.0 {
                out.against(1, format!("the {label} structure points the other way"));
            } else if with > 0.0 {
                out.agree(format!("the {label} structure points the same way"));
            }
        }
    }
    if let Some(r) = evidence.fear_greed_rank {
        let crowded = r * direction;
        let place = 50.0 * (r + 1.0);
        if crowded > rules.fear_greed_crowded {
            out.against(
                1,
                format!("sentiment is crowded {side} (Fear & Greed above {place:.0} % of its year)"),
            );
        } else if crowded < -rules.fear_greed_crowded {
            out.agree(format!("Fear & Greed is at the other extreme (above {place:.0} % of its year)"));
        }
    }
    match (evidence.cascade, case.signal) {
        (Some(Cascade::Down), Signal::Long) => {
            out.against(2, "a cascade of long liquidations runs".to_owned());
        }
        (Some(Cascade::Up), Signal::Short) => {
            out.against(2, "a cascade of short liquidations runs".to_owned());
        }
        _ => {}
    }
    out
}

/// The confidence of a verdict: `60 min(1, K / 25) + 40 coverage - 10 per point`, within 0-100.
fn confidence(case: &Case, points: u32) -> u8 {
    let conviction = 60.0 * (case.distance / 25.0).min(1.0);
    let raw = conviction + 40.0 * case.coverage - 10.0 * f64::from(points);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0-100")]
    let rounded = raw.clamp(0.0, 100.0).round() as u8;
    rounded
}

/// Judges by the table of version 1.
///
/// K is the distance of the score from 50, so a strong SHORT is as good as a strong LONG.
/// The confidence is `60 min(1, K / 25) + 40 coverage - 10 per point`, within 0-100.
#[must_use]
pub fn judge(case: &Case, config: &EngineConfig) -> Verdict {
    let rules = &config.judge;
    if case.signal == Signal::Neutral {
        return Verdict {
            verdict: VerdictKind::Wait,
            risk_mode: RiskMode::Reduced,
            risk_multiplier: 0.0,
            confidence: confidence(case, 0),
            summary: format!(
                "Score {:.1} is {:.1} from neutral, and {} are needed: wait.",
                case.score, case.distance, case.threshold
            ),
            agreements: Vec::new(),
            conflicts: Vec::new(),
            objections: Vec::new(),
        };
    }
    let Arguments { objections, agreements } = argue(case, config);
    let total: u32 = objections.iter().map(|objection| objection.points).sum();
    let distance = case.distance;
    let marginal = distance < case.threshold + rules.marginal_distance;
    let too_wild =
        case.volatility == Some(VolatilityClass::VeryHigh) && distance < rules.very_high_volatility_distance;
    let (verdict, risk_mode, risk_multiplier) = if total >= rules.avoid_points || too_wild {
        (VerdictKind::Skip, RiskMode::Avoid, 0.0)
    } else if marginal && total > 0 {
        (VerdictKind::Wait, RiskMode::Reduced, 0.0)
    } else if marginal || total >= rules.reduced_points {
        (VerdictKind::Downsize, RiskMode::Reduced, rules.reduced_multiplier)
    } else if total == 0
        && distance >= rules.aggressive_distance
        && case.coverage >= rules.aggressive_coverage
    {
        (VerdictKind::Confirm, RiskMode::Aggressive, rules.aggressive_multiplier)
    } else if total == 2 {
        (VerdictKind::Downsize, RiskMode::Normal, rules.cautious_multiplier)
    } else {
        (VerdictKind::Confirm, RiskMode::Normal, 1.0)
    };
    let conflicts: Vec<String> = objections.iter().map(|objection| objection.reason.clone()).collect();
    let summary = summary(case, verdict, total, &conflicts);
    Verdict {
        verdict,
        risk_mode,
        risk_multiplier,
        confidence: confidence(case, total),
        summary,
        agreements,
        conflicts,
        objections,
    }
}

fn summary(case: &Case, verdict: VerdictKind, total: u32, conflicts: &[String]) -> String {
    let what = match verdict {
        VerdictKind::Confirm => "confirmed",
        VerdictKind::Downsize => "taken smaller",
        VerdictKind::Skip => "skipped",
        VerdictKind::Wait => "put off",
    };
    let against = match (total, conflicts.is_empty()) {
        (0, _) | (_, true) => "nothing speaks against it".to_owned(),
        (1, _) => format!("one point against it: {}", conflicts.join("; ")),
        (n, _) => format!("{n} points against it: {}", conflicts.join("; ")),
    };
    format!("{} at {:.1}, {:.1} from neutral, is {what}; {against}.", case.signal, case.score, case.distance)
}
