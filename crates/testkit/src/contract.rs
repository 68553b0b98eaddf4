//! Contracts to ask for.

use domain::{Class, CoinId, Instrument, Kind, Status, Venue};
use rust_decimal::Decimal;

/// The bitcoin perpetual in USDT as the venue lists it.
#[must_use]
pub fn bitcoin(venue: Venue) -> Instrument {
    let is_okx = venue == Venue::Okx;
    Instrument {
        venue,
        native_symbol: if is_okx { "BTC-USDT-SWAP" } else { "BTCUSDT" }.to_owned(),
        kind: Kind::Perp,
        base: CoinId("BTC".to_owned()),
        native_base: "BTC".to_owned(),
        quote: "USDT".to_owned(),
        multiplier: 1,
        contract_size: if is_okx { Decimal::new(1, 2) } else { Decimal::ONE },
        class: Class::Crypto,
        status: Status::Trading,
        tick_size: Decimal::new(1, 1),
        lot_step: Decimal::new(1, 3),
        min_notional: None,
        onboard_at: None,
        delivery_at: None,
        funding_interval_h: None,
    }
}
