//! The crate against its recordings, and over a loopback server.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "clippy takes only functions marked #[test] for tests, not their helpers"
)]

mod client;
mod convert;
mod errors;
mod recordings;
mod server;
mod table;

use coingecko::{CoinGeckoWire, Tier};
use domain::{Class, CoinId, Instrument, Kind, ProviderError, Status, Venue};
use http::{HeaderMap, StatusCode};
use rust_decimal::Decimal;
use upstream::Wire as _;

fn wire() -> CoinGeckoWire {
    CoinGeckoWire::new(Some("k-123456".into()), Tier::Demo)
}

fn judge(status: u16, body: &str) -> Result<String, ProviderError> {
    let range = wire().judge(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body.as_bytes())?;
    Ok(body[range].to_owned())
}

fn bitcoin(venue: Venue) -> Instrument {
    let native_symbol = if venue == Venue::Okx { "BTC-USDT-SWAP" } else { "BTCUSDT" };
    Instrument {
        venue,
        native_symbol: native_symbol.to_owned(),
        kind: Kind::Perp,
        base: CoinId("BTC".to_owned()),
        native_base: "BTC".to_owned(),
        quote: "USDT".to_owned(),
        multiplier: 1,
        contract_size: if venue == Venue::Okx { Decimal::new(1, 2) } else { Decimal::ONE },
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
