//! The crate against its documentation, against real captures, and over a loopback server.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "clippy takes only functions marked #[test] for tests, not their helpers"
)]

mod captures;
mod client;
mod errors;
mod fixtures;
mod table;

use std::fs;
use std::path::PathBuf;

use coinglass::{CoinglassWire, Plan};
use domain::ProviderError;
use http::{HeaderMap, StatusCode};
use upstream::Wire as _;

/// A documented body, whole envelope.
fn fixture(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(format!("{name}.json"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn judge(status: u16, body: &str) -> Result<String, ProviderError> {
    let wire = CoinglassWire::new(Some("k-123456".into()), Plan::Startup);
    let range = wire.judge(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body.as_bytes())?;
    Ok(body[range].to_owned())
}

/// The data inside a documented body.
fn data(name: &str) -> String {
    judge(200, &fixture(name)).unwrap()
}
