use std::net::SocketAddr;
use std::path::PathBuf;

use domain::UtcMs;

use crate::faults::Fault;

/// What a replay is made of.
#[derive(Clone, Debug)]
pub struct ReplayConfig {
    /// Where the answers come from.
    pub world: World,
    /// A loopback address; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Failures on purpose, from the start.
    pub faults: Vec<Fault>,
    /// Whether the providers' rate limits refuse calls, as the real ones do. Page sizes and the reach of
    /// histories hold in any case.
    pub enforce_limits: bool,
}

/// Where the answers come from.
#[derive(Clone, Debug)]
pub enum World {
    /// Recorded history. Formats and rules: `docs/replay.md`.
    Files {
        /// The folder.
        dir: PathBuf,
        /// The instant at which the world begins.
        at: UtcMs,
        /// World seconds per real second; 0 is frozen.
        speed: f64,
    },
    /// A market computed from a seed: the same seed and instant give the same answers.
    Simulated {
        /// Any number.
        seed: u64,
        /// The instant at which the world begins; the present when absent.
        at: Option<UtcMs>,
        /// World seconds per real second.
        speed: f64,
    },
}
