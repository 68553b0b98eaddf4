//! How large a position a given risk allows.
//!
//! `quantity = risk / (stop distance + entry (2 fee + slippage) + expected funding)`, floored to the
//! lot step; leverage capped; the stop must be hit well before the liquidation.

use domain::{Instrument, on_step};
use rust_decimal::prelude::ToPrimitive;

use crate::score::Signal;

/// What the size depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SizeRequest {
    /// LONG or SHORT.
    pub signal: Signal,
    /// Entry price, per contract unit.
    pub entry: f64,
    /// Stop price.
    pub stop: f64,
    /// Account equity in quote currency.
    pub account_usd: f64,
    /// Share of the account that the stop may cost, in percent.
    pub risk_pct: f64,
    /// Taker fee of one side, a fraction.
    pub taker_fee: f64,
    /// Slippage of the whole trade, a fraction.
    pub slippage: f64,
    /// Funding expected to be paid until the horizon, a fraction of the position; 0 when received.
    pub expected_funding: f64,
    /// Highest leverage.
    pub max_leverage: f64,
    /// Maintenance margin rate, a fraction.
    pub maintenance_margin: f64,
}

/// A position that keeps the risk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PositionSize {
    /// Units of the price's base (contract units).
    pub quantity: f64,
    /// As the venue counts: equal to `quantity` where a contract is one unit.
    pub contracts: f64,
    /// Value at entry.
    pub notional_usd: f64,
    /// Value / account.
    pub leverage: f64,
    /// Loss at the stop, with fees, slippage and funding.
    pub risk_usd: f64,
    /// Where an isolated position would be liquidated; `None` when it cannot be.
    pub liquidation_price: Option<f64>,
    /// Whether the leverage cap made it smaller than the risk would allow.
    pub capped_by_leverage: bool,
}

/// Why there is no size.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SizeRefusal {
    /// A request that makes no sense.
    #[error("{0}")]
    BadRequest(&'static str),
    /// Not even one step of quantity.
    #[error("the risk allows less than the smallest quantity, {lot_step}")]
    BelowLotStep {
        /// Smallest quantity step.
        lot_step: String,
    },
    /// Below what the venue accepts.
    #[error("{notional_usd:.2} is below the smallest order, {min_notional}")]
    BelowMinNotional {
        /// The order's value.
        notional_usd: f64,
        /// Smallest order value.
        min_notional: String,
    },
    /// Liquidation would come too close to the stop.
    #[error(
        "the stop is too close to the liquidation price {liquidation_price:.8}: lower the risk or the leverage"
    )]
    LiquidationTooClose {
        /// Estimated liquidation price.
        liquidation_price: f64,
    },
}

/// The stop may use at most this share of the way to the liquidation.
const STOP_SHARE_OF_LIQUIDATION: f64 = 0.6;

/// Computes the size, or says why there is none.
pub fn position_size(request: &SizeRequest, instrument: &Instrument) -> Result<PositionSize, SizeRefusal> {
    let SizeRequest { entry, stop, account_usd, .. } = *request;
    let direction = request.signal.direction();
    check(request)?;
    let stop_distance = (entry - stop) * direction;
    let cost = entry * (2.0 * request.taker_fee + request.slippage + request.expected_funding.max(0.0));
    let loss_per_unit = stop_distance + cost;
    let by_risk = account_usd * request.risk_pct / 100.0 / loss_per_unit;
    let by_leverage = request.max_leverage * account_usd / entry;
    let wanted = by_risk.min(by_leverage);

    let contract = instrument.contract_size.to_f64().filter(|size| *size > 0.0).unwrap_or(1.0);
    let contracts = on_step(wanted / contract, instrument.lot_step, false)
        .filter(|contracts| *contracts > 0.0)
        .ok_or_else(|| SizeRefusal::BelowLotStep { lot_step: instrument.lot_step.to_string() })?;
    let quantity = contracts * contract;
    let notional_usd = quantity * entry;
    if let Some(least) = instrument.min_notional
        && least.to_f64().is_some_and(|least| notional_usd < least)
    {
        return Err(SizeRefusal::BelowMinNotional { notional_usd, min_notional: least.to_string() });
    }
    let leverage = notional_usd / account_usd;
    let liquidation_price = liquidation_price(entry, leverage, request.maintenance_margin, direction);
    if let Some(price) = liquidation_price
        && stop_distance >= STOP_SHARE_OF_LIQUIDATION * (entry - price) * direction
    {
        return Err(SizeRefusal::LiquidationTooClose { liquidation_price: price });
    }
    Ok(PositionSize {
        quantity,
        contracts,
        notional_usd,
        leverage,
        risk_usd: quantity * loss_per_unit,
        liquidation_price,
        capped_by_leverage: by_leverage < by_risk,
    })
}

fn check(request: &SizeRequest) -> Result<(), SizeRefusal> {
    let positive = |value: f64| value.is_finite() && value > 0.0;
    let fraction = |value: f64| (0.0..1.0).contains(&value);
    let bad = SizeRefusal::BadRequest;
    if request.signal == Signal::Neutral {
        return Err(bad("a neutral signal has no position"));
    }
    if !positive(request.entry) || !positive(request.stop) {
        return Err(bad("entry and stop must be prices"));
    }
    if (request.entry - request.stop) * request.signal.direction() <= 0.0 {
        return Err(bad("the stop is on the wrong side of the entry"));
    }
    if !positive(request.account_usd) {
        return Err(bad("the account must be above 0"));
    }
    if !positive(request.risk_pct) || request.risk_pct > 100.0 {
        return Err(bad("the risk must lie above 0 and up to 100 %"));
    }
    if !fraction(request.taker_fee) || !fraction(request.slippage) || !fraction(request.maintenance_margin) {
        return Err(bad("fee, slippage and maintenance margin are fractions of 1"));
    }
    if !request.expected_funding.is_finite() || request.expected_funding.abs() >= 1.0 {
        return Err(bad("the expected funding is a fraction of 1"));
    }
    if !positive(request.max_leverage) {
        return Err(bad("the leverage must be above 0"));
    }
    Ok(())
}

/// `entry (1 ∓ (1 / leverage - maintenance))` of an isolated position; `None` where that is no price.
fn liquidation_price(entry: f64, leverage: f64, maintenance: f64, direction: f64) -> Option<f64> {
    let price = entry * (1.0 - direction * (1.0 / leverage - maintenance));
    (price.is_finite() && price > 0.0).then_some(price)
}
