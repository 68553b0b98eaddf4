use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a replay could not start.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The replay serves made or old data: it listens on loopback only.
    #[error("a replay listens on loopback only, not on {0}")]
    NotLoopback(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {addr}: {source}")]
    Bind {
        /// The address asked for.
        addr: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The folder of recorded history is not there.
    #[error("no folder of recorded history at {}: {source}", path.display())]
    NoFolder {
        /// The folder asked for.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The folder is there but holds nothing that can be replayed.
    #[error("{} holds no candles, funding, metrics or other history that can be replayed", .0.display())]
    EmptyFolder(PathBuf),
    /// The clock's speed is negative or no number.
    #[error("the speed of a replay's clock must be a number from 0 (frozen) up, not {0}")]
    BadSpeed(f64),
    /// The simulator has no market at that instant.
    #[error("the simulator knows the years 2019 to 2036, not {0}")]
    OutOfRange(domain::UtcMs),
}
