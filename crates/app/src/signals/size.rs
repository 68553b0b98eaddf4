//! The position that an account's risk allows, on top of a signal that is there.

use engine::{Signal, SizeRequest, position_size};
use serde_json::value::{RawValue, to_raw_value};

use super::Served;
use super::answer::PositionSizeAnswer;
use crate::AppError;

/// Taker fee of one side, as the larger venues charge it without discounts.
const TAKER_FEE: f64 = 0.000_5;
/// Slippage of entry and exit together.
const SLIPPAGE: f64 = 0.000_4;
/// Maintenance margin of the smallest bracket, rounded up; larger positions need more.
const MAINTENANCE_MARGIN: f64 = 0.01;
/// What is assumed, in the answer's words.
const ASSUMED: &str =
    "isolated margin, taker fee 0.05 % a side, slippage 0.04 %, maintenance margin 1 %, no funding";

/// An account and what it may lose.
#[derive(Clone, Copy, Debug)]
pub struct SizeAsk {
    /// Equity in quote dollars.
    pub account_usd: f64,
    /// Percent of it that the stop may cost.
    pub risk_pct: f64,
    /// Highest leverage.
    pub max_leverage: f64,
}

impl Served {
    /// The signal's JSON with the position size for an account.
    ///
    /// # Errors
    /// Only when JSON cannot be written.
    pub fn sized(&self, ask: SizeAsk, notes: &[String], debug: bool) -> Result<Box<RawValue>, AppError> {
        let mut answer = self.answer.clone();
        answer.notes = notes.to_vec();
        if debug {
            answer.debug = serde_json::from_str::<serde_json::Value>(self.debug_json.get())
                .ok()
                .and_then(|value| value.get("debug")?.as_object().cloned());
        }
        answer.ai_verdict_layer.volatility_metrics.position_size = Some(self.size(ask));
        to_raw_value(&answer).map_err(|error| {
            tracing::error!(%error, "an answer could not be written as JSON");
            AppError::Internal
        })
    }

    fn size(&self, ask: SizeAsk) -> PositionSizeAnswer {
        let verdict = &self.answer.ai_verdict_layer;
        if !self.instrument.is_quoted_in_dollars() {
            let reason = format!("prices are in {}, not in dollars", self.instrument.quote);
            return PositionSizeAnswer::refused(&reason);
        }
        let Some(stop) = verdict.volatility_metrics.stop_loss_price else {
            return PositionSizeAnswer::refused("there is no stop to size by");
        };
        let signal: Signal = match self.answer.signal.parse() {
            Ok(signal) => signal,
            Err(_) => return PositionSizeAnswer::refused("there is no position to take"),
        };
        if verdict.risk_multiplier <= 0.0 {
            return PositionSizeAnswer::refused("the verdict allows no position");
        }
        let request = SizeRequest {
            signal,
            entry: self.answer.price,
            stop,
            account_usd: ask.account_usd,
            // The stop is a multiple of the coin's own ATR, so volatility is in it already. The verdict only
            // ever makes a position smaller than the risk asked for.
            risk_pct: ask.risk_pct * verdict.risk_multiplier.min(1.0),
            taker_fee: TAKER_FEE,
            slippage: SLIPPAGE,
            expected_funding: 0.0,
            max_leverage: ask.max_leverage,
            maintenance_margin: MAINTENANCE_MARGIN,
        };
        match position_size(&request, &self.instrument) {
            Ok(size) => PositionSizeAnswer {
                quantity: Some(size.quantity),
                contracts: Some(size.contracts),
                notional_usd: Some(size.notional_usd),
                leverage: Some(size.leverage),
                risk_usd: Some(size.risk_usd),
                liquidation_price: size.liquidation_price,
                capped_by_leverage: size.capped_by_leverage,
                reason: None,
                assumptions: ASSUMED.to_owned(),
            },
            Err(refusal) => PositionSizeAnswer::refused(&refusal.to_string()),
        }
    }
}

impl PositionSizeAnswer {
    fn refused(reason: &str) -> Self {
        Self {
            quantity: None,
            contracts: None,
            notional_usd: None,
            leverage: None,
            risk_usd: None,
            liquidation_price: None,
            capped_by_leverage: false,
            reason: Some(reason.to_owned()),
            assumptions: ASSUMED.to_owned(),
        }
    }
}
