//! CoinGecko: endpoints, wire rows, and their domain meaning.
#![allow(missing_docs)]
use std::sync::Arc;
use domain::*;
use upstream::*;
#[derive(Clone, Debug)]
pub struct CoinGecko { lane: Lane }
impl CoinGecko {
    pub fn new(lane: Lane, _clock: Arc<dyn Clock>) -> Self { Self { lane } }
    pub fn lane(&self) -> &Lane { &self.lane }
    pub async fn last_price(&self, _i: &Instrument, _ask: Ask) -> Result<Observed<f64>, ProviderError> {
        std::future::pending().await
    }
}
#[derive(Debug)]
pub struct CoinGeckoWire;
impl CoinGeckoWire { pub fn new(_k: Option<secrecy::SecretString>, _t: Tier) -> Self { Self } }
impl Wire for CoinGeckoWire {
    fn source(&self) -> Source { Source::CoinGecko }
    fn sign(&self, _: &mut http::HeaderMap) -> Result<(), ProviderError> { Ok(()) }
    fn judge(&self, _: http::StatusCode, _: &http::HeaderMap, body: &[u8]) -> Result<std::ops::Range<usize>, ProviderError> { Ok(0..body.len()) }
    fn meters(&self) -> Vec<MeterSpec> { vec![] }
}
#[derive(Clone, Copy, Debug, Default)]
pub enum Tier { #[default] Demo }
impl std::str::FromStr for Tier { type Err = String; fn from_str(_: &str) -> Result<Self, String> { Ok(Self::Demo) } }
pub fn base_url(_: Tier) -> &'static str { "" }
pub fn lane_defaults() -> LaneConfig { LaneConfig::at("") }
