//! The crate against its recordings, and over a loopback server.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "clippy takes only functions marked #[test] for tests, not their helpers"
)]

mod client;
mod convert;
mod errors;
mod recordings;
mod table;

use coinapi::CoinApiWire;
use domain::ProviderError;
use http::{HeaderMap, StatusCode};
use upstream::Wire as _;

fn wire() -> CoinApiWire {
    CoinApiWire::new(Some("k-123456".into()))
}

fn judge(status: u16, body: &str) -> Result<String, ProviderError> {
    let range = wire().judge(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body.as_bytes())?;
    Ok(body[range].to_owned())
}
