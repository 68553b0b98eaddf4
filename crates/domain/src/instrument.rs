//! Contracts, and prices on their tick.

use std::fmt;

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Serialize;

use crate::{UtcMs, Venue};

/// A coin by its upper-case ticker, without a contract's multiplier: `PEPE`, never `1000PEPE`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct CoinId(pub String);

impl fmt::Display for CoinId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What kind of contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A perpetual swap.
    Perp,
    /// A dated future.
    Quarterly,
    /// Spot.
    Spot,
}

/// What stands behind the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// A coin.
    Crypto,
    /// A share, metal, currency or other asset of the old markets.
    TradFi,
    /// A basket of coins.
    Index,
}

/// Whether it trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Open.
    Trading,
    /// Announced, or parked: not open yet.
    Pending,
    /// Delisted, settling or delivered.
    Delisted,
}

/// One contract on one venue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Instrument {
    /// The exchange.
    pub venue: Venue,
    /// The exchange's own name: `1000PEPEUSDT`, `PEPE-USDT-SWAP`.
    pub native_symbol: String,
    /// Perpetual, dated or spot.
    pub kind: Kind,
    /// The coin, without multiplier.
    pub base: CoinId,
    /// The exchange's base asset as listed (`1000PEPE`).
    pub native_base: String,
    /// Quote asset.
    pub quote: String,
    /// Coins per unit of price and quantity (1000 for `1000PEPEUSDT`).
    pub multiplier: u64,
    /// Units of `native_base` per contract of quantity (OKX `ctVal × ctMult`; 1 elsewhere).
    pub contract_size: Decimal,
    /// What stands behind it.
    pub class: Class,
    /// Whether it trades.
    pub status: Status,
    /// Smallest price step.
    pub tick_size: Decimal,
    /// Smallest quantity step.
    pub lot_step: Decimal,
    /// Smallest order value in quote currency, where published.
    pub min_notional: Option<Decimal>,
    /// First trading moment.
    pub onboard_at: Option<UtcMs>,
    /// Delisting or delivery moment, where one is set.
    pub delivery_at: Option<UtcMs>,
    /// Hours between fundings, where the list tells.
    pub funding_interval_h: Option<u32>,
}

impl Instrument {
    /// Whether its prices are dollars, more or less.
    #[must_use]
    pub fn is_quoted_in_dollars(&self) -> bool {
        crate::symbols::is_dollar(&self.quote)
    }

    /// Whether figures that are kept by coin speak of it: a share or an index may have a coin's ticker.
    #[must_use]
    pub fn is_of_a_coin(&self) -> bool {
        self.class == Class::Crypto
    }

    /// What answers and rows call it: the coin of a perpetual that is quoted in dollars, else the contract's own
    /// name, so that assets which share a ticker are never counted as one.
    #[must_use]
    pub fn symbol(&self) -> &str {
        let is_plain = self.is_of_a_coin() && self.kind == Kind::Perp && self.is_quoted_in_dollars();
        if is_plain { &self.base.0 } else { &self.native_symbol }
    }

    /// A price rounded onto the tick. `up` chooses the direction.
    /// Not finite or not representable gives `None`.
    #[must_use]
    pub fn on_tick(&self, price: f64, up: bool) -> Option<f64> {
        on_step(price, self.tick_size, up)
    }
}

/// `value` rounded to a multiple of `step`, upwards or downwards. A zero step leaves it as it is.
/// A value that already sits on the grid but for float noise (1e-9 of a step) stays there.
#[must_use]
pub fn on_step(value: f64, step: Decimal, up: bool) -> Option<f64> {
    if !value.is_finite() {
        return None;
    }
    if step.is_zero() {
        return Some(value);
    }
    let exact = Decimal::from_f64_retain(value)?;
    let steps = exact.checked_div(step)?;
    let nearest = steps.round();
    let noise = Decimal::new(1, 9);
    let whole = if (steps - nearest).abs() <= noise {
        nearest
    } else if up {
        steps.round_dp_with_strategy(0, RoundingStrategy::ToPositiveInfinity)
    } else {
        steps.round_dp_with_strategy(0, RoundingStrategy::ToNegativeInfinity)
    };
    whole.checked_mul(step)?.normalize().to_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_land_on_the_tick_in_the_direction_asked() {
        let tick = Decimal::new(1, 1);
        assert_eq!(on_step(91_250.537, tick, false), Some(91_250.5));
        assert_eq!(on_step(91_250.537, tick, true), Some(91_250.6));
        assert_eq!(on_step(91_250.5, tick, true), Some(91_250.5));
        assert_eq!(on_step(0.1 + 0.2, tick, true), Some(0.3));
        assert_eq!(on_step(f64::NAN, tick, true), None);
    }

    #[test]
    fn tiny_ticks_keep_their_digits() {
        let tick = Decimal::new(1, 7);
        assert_eq!(on_step(0.010_912_345, tick, false), Some(0.010_912_3));
    }
}
