//! Bybit's recordings, the client against a small server that pages as Bybit does, and arbitrary input.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::float_cmp,
    reason = "a test says what it expects, and fails where it is not so"
)]

mod arbitrary;
mod recordings;
mod served;

use domain::{Class, CoinId, Instrument, Kind, Status, UtcMs, Venue};

/// A moment after every recording.
const LATER: UtcMs = UtcMs(1_800_000_000_000);

fn pepe() -> Instrument {
    Instrument {
        venue: Venue::Bybit,
        native_symbol: "1000PEPEUSDT".to_owned(),
        kind: Kind::Perp,
        base: CoinId("PEPE".to_owned()),
        native_base: "1000PEPE".to_owned(),
        quote: "USDT".to_owned(),
        multiplier: 1_000,
        contract_size: "1".parse().unwrap(),
        class: Class::Crypto,
        status: Status::Trading,
        tick_size: "0.0000001".parse().unwrap(),
        lot_step: "100".parse().unwrap(),
        min_notional: None,
        onboard_at: None,
        delivery_at: None,
        funding_interval_h: Some(4),
    }
}
