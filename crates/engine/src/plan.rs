//! Stop, target and volatility: Wilder's ATR on closed 4h candles.

use analysis::statistics::round_to;
use analysis::volatility::{self, VolatilityClass};
use domain::{Candle, Instrument, Interval};

use crate::config::EngineConfig;
use crate::figures::price as plain;
use crate::judge::{RiskMode, StructureContext};
use crate::observations::{BAR, BAR_MS};
use crate::score::Signal;

/// How the coin moves now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VolatilityState {
    /// Wilder's ATR(14), in price.
    pub atr: f64,
    /// In percent of the price.
    pub atr_pct: f64,
    /// What is normal for it, in percent.
    pub normal_pct: f64,
    /// Whether `normal_pct` is the coin's own median, not the general one.
    pub own_normal: bool,
    /// Class by percent.
    pub class: VolatilityClass,
    /// normal / now, clamped.
    pub multiplier: f64,
}

impl VolatilityState {
    /// Reads clean, ascending closed candles at a price; or says why it cannot.
    pub fn of(bars: &[Candle], price: f64, config: &EngineConfig) -> Result<Self, String> {
        let plan = &config.plan;
        let state =
            volatility::atr_state(bars, BAR_MS, plan.atr_period, plan.normal_days, plan.normal_min_days)
                .ok_or_else(|| {
                    format!(
                        "{} closed 4h candles, and {} are needed for ATR",
                        bars.len(),
                        plan.atr_period + 1
                    )
                })?;
        let atr_pct = 100.0 * state.atr / price;
        if !atr_pct.is_finite() || atr_pct <= 0.0 {
            return Err("the price does not move".to_owned());
        }
        let normal_pct = state.normal_pct.unwrap_or(plan.fallback_normal_pct);
        Ok(Self {
            atr: state.atr,
            atr_pct,
            normal_pct,
            own_normal: state.normal_pct.is_some(),
            class: VolatilityClass::of(atr_pct, plan.class_bounds_pct),
            multiplier: (normal_pct / atr_pct).clamp(plan.multiplier.low, plan.multiplier.high),
        })
    }
}

/// The trade plan. Absent prices have their reason in `reason`.
#[derive(Clone, Debug, PartialEq)]
pub struct VolatilityMetrics {
    /// normal ATR % / ATR %, clamped; independent of the verdict's multiplier.
    pub recommended_position_multiplier: Option<f64>,
    /// Stop, on the tick, away from the entry.
    pub stop_loss_price: Option<f64>,
    /// Its distance in percent of the entry.
    pub stop_loss_distance_pct: Option<f64>,
    /// Target, on the tick, towards the entry.
    pub take_profit_price: Option<f64>,
    /// Its distance in percent of the entry.
    pub take_profit_distance_pct: Option<f64>,
    /// Target distance / stop distance, of the rounded prices.
    pub risk_reward_ratio: Option<f64>,
    /// Wilder's ATR(14), in price.
    pub atr_value: Option<f64>,
    /// In percent of the price.
    pub atr_percentage: Option<f64>,
    /// What is normal for the coin, in percent.
    pub normal_atr_percentage: Option<f64>,
    /// Class by percent.
    pub classification: Option<VolatilityClass>,
    /// Bars it was computed on.
    pub timeframe: Interval,
    /// One sentence.
    pub trade_plan_summary: String,
    /// Why something above is absent.
    pub reason: Option<String>,
}

/// A stop and a target on the tick.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Levels {
    stop: f64,
    target: f64,
}

/// Stop away from the entry, target towards it; both positive and on their side of the entry.
fn levels(
    signal: Signal,
    entry: f64,
    atr: f64,
    risk_mode: RiskMode,
    instrument: &Instrument,
    config: &EngineConfig,
) -> Result<Levels, String> {
    let direction = signal.direction();
    let risk = config.plan.stop_atr.of(risk_mode) * atr;
    let reward = config.plan.target_risk.of(risk_mode) * risk;
    // Away from the entry is down for a long's stop and up for a short's; towards it is down for a
    // long's target and up for a short's.
    let up = direction < 0.0;
    let stop = instrument.on_tick(entry - direction * risk, up).ok_or("the stop is no price")?;
    let target = instrument.on_tick(entry + direction * reward, up).ok_or("the target is no price")?;
    if stop <= 0.0 {
        return Err("the stop would lie at or below zero".to_owned());
    }
    if target <= 0.0 {
        return Err("the target would lie at or below zero".to_owned());
    }
    if (entry - stop) * direction <= 0.0 {
        return Err("the stop does not fit between two ticks".to_owned());
    }
    if (target - entry) * direction <= 0.0 {
        return Err("the target does not fit between two ticks".to_owned());
    }
    Ok(Levels { stop, target })
}

/// The plan for a signal at a price and a risk mode. NEUTRAL has neither stop nor target.
#[must_use]
pub fn plan(
    signal: Signal,
    entry: f64,
    risk_mode: RiskMode,
    volatility: &Result<VolatilityState, String>,
    instrument: &Instrument,
    structure: Option<&StructureContext>,
    config: &EngineConfig,
) -> VolatilityMetrics {
    let mut out = VolatilityMetrics {
        recommended_position_multiplier: None,
        stop_loss_price: None,
        stop_loss_distance_pct: None,
        take_profit_price: None,
        take_profit_distance_pct: None,
        risk_reward_ratio: None,
        atr_value: None,
        atr_percentage: None,
        normal_atr_percentage: None,
        classification: None,
        timeframe: BAR,
        trade_plan_summary: String::new(),
        reason: None,
    };
    let state = match volatility {
        Ok(state) => state,
        Err(reason) => {
            out.trade_plan_summary = format!("No plan: {reason}.");
            out.reason = Some(reason.clone());
            return out;
        }
    };
    out.recommended_position_multiplier = Some(round_to(state.multiplier, 4));
    out.atr_value = Some(state.atr);
    out.atr_percentage = Some(round_to(state.atr_pct, 4));
    out.normal_atr_percentage = Some(round_to(state.normal_pct, 4));
    out.classification = Some(state.class);
    let whose = if state.own_normal { "its own" } else { "a general" };
    let calm = format!(
        "volatility {} (ATR {:.2} % of the price on 4h, {whose} normal is {:.2} %), so {:.2} times the usual size",
        state.class, state.atr_pct, state.normal_pct, state.multiplier
    );
    if signal == Signal::Neutral {
        out.trade_plan_summary = format!("No position; {calm} when there is one.");
        out.reason = Some("a neutral signal has no stop and no target".to_owned());
        return out;
    }
    match levels(signal, entry, state.atr, risk_mode, instrument, config) {
        Ok(Levels { stop, target }) => {
            let (risk, reward) = ((entry - stop).abs(), (target - entry).abs());
            let (risk_pct, reward_pct) = (100.0 * risk / entry, 100.0 * reward / entry);
            out.stop_loss_price = Some(stop);
            out.take_profit_price = Some(target);
            out.stop_loss_distance_pct = Some(round_to(risk_pct, 4));
            out.take_profit_distance_pct = Some(round_to(reward_pct, 4));
            out.risk_reward_ratio = Some(round_to(reward / risk, 4));
            out.trade_plan_summary = format!(
                "{signal} from {}: stop {} ({risk_pct:.2} % away, {} ATR), target {} ({reward_pct:.2} % away), \
                 {:.2} to gain for each 1 at risk; {calm}.",
                plain(entry),
                plain(stop),
                config.plan.stop_atr.of(risk_mode),
                plain(target),
                reward / risk,
            );
            let level = structure.and_then(|structure| match signal {
                Signal::Long => structure.swing_low,
                Signal::Short => structure.swing_high,
                Signal::Neutral => None,
            });
            // A level on the far side of the entry is broken already and protects nothing.
            if let Some(level) = level.filter(|level| (entry - level) * signal.direction() > 0.0) {
                out.trade_plan_summary.push_str(&beyond(signal, stop, level));
            }
        }
        Err(reason) => {
            out.trade_plan_summary = format!("No stop and target: {reason}; {calm}.");
            out.reason = Some(reason);
        }
    }
    out
}

/// Whether the stop clears the level at which the market's structure no longer holds.
fn beyond(signal: Signal, stop: f64, level: f64) -> String {
    if !level.is_finite() || level <= 0.0 {
        return String::new();
    }
    let clears = (level - stop) * signal.direction() > 0.0;
    let how = if clears { "beyond" } else { "before" };
    format!(" The stop lies {how} {}, where the structure breaks.", plain(level))
}
