//! What the tests ask with.

use std::net::SocketAddr;
use std::path::PathBuf;

use domain::UtcMs;
use replay::{Replay, ReplayConfig, World, start};
use serde_json::Value;

/// The folder of recorded history, or a note that it is not there.
pub fn recordings() -> Option<PathBuf> {
    let root = std::env::var_os("PERPSIGNAL_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let data = root.join("data");
    if data.join("candles").is_dir() {
        return Some(data);
    }
    eprintln!("skipped: no recordings at {}", data.display());
    None
}

pub fn utc(text: &str) -> UtcMs {
    text.parse().unwrap()
}

pub const fn loopback() -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0)
}

pub async fn replay_of(world: World) -> Replay {
    start(ReplayConfig { world, listen: loopback(), faults: Vec::new(), enforce_limits: true }).await.unwrap()
}

pub async fn files_at(dir: PathBuf, at: &str) -> Replay {
    replay_of(World::Files { dir, at: utc(at), speed: 0.0 }).await
}

pub async fn simulated(seed: u64, at: &str) -> Replay {
    let world = World::Simulated { seed, at: Some(utc(at)), speed: 0.0 };
    let config = ReplayConfig { world, listen: loopback(), faults: Vec::new(), enforce_limits: false };
    start(config).await.unwrap()
}

/// An answer: status, headers, JSON.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub json: Value,
}

impl Got {
    pub fn rows(&self) -> &[Value] {
        self.json.as_array().unwrap_or_else(|| panic!("no list: {}", self.json))
    }

    pub fn data(&self) -> &[Value] {
        self.json["data"].as_array().unwrap_or_else(|| panic!("no data: {}", self.json))
    }
}

thread_local! {
    /// One for each test: connections belong to its runtime.
    static CLIENT: reqwest::Client = {
        // Cryptography must be there even for loopback; a second installation changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::new()
    };
}

pub fn client() -> reqwest::Client {
    CLIENT.with(Clone::clone)
}

pub async fn get(replay: &Replay, path: &str) -> Got {
    let response = client().get(format!("{}{path}", replay.base_url())).send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    assert_eq!(headers["x-perpsignal-replay"], replay.data_source(), "{path}");
    let body = response.bytes().await.unwrap();
    Got { status, headers, json: serde_json::from_slice(&body).unwrap_or(Value::Null) }
}

pub fn number(value: &Value) -> f64 {
    match value {
        Value::String(text) => text.parse().unwrap(),
        value => value.as_f64().unwrap_or_else(|| panic!("{value} is no number")),
    }
}
