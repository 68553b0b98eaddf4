//! OKX's recordings, the client against a small server that pages as OKX does, and arbitrary input.
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

fn btc() -> Instrument {
    Instrument {
        venue: Venue::Okx,
        native_symbol: "BTC-USDT-SWAP".to_owned(),
        kind: Kind::Perp,
        base: CoinId("BTC".to_owned()),
        native_base: "BTC".to_owned(),
        quote: "USDT".to_owned(),
        multiplier: 1,
        contract_size: "0.01".parse().unwrap(),
        class: Class::Crypto,
        status: Status::Trading,
        tick_size: "0.1".parse().unwrap(),
        lot_step: "0.01".parse().unwrap(),
        min_notional: None,
        onboard_at: None,
        delivery_at: None,
        funding_interval_h: None,
    }
}
