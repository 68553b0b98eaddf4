//! What the tests of several crates need. A dev-dependency only.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that cannot be set up fails, and one without recordings says so"
)]

/// Contracts to ask for.
pub mod contract;
/// Recorded market data, where there is any.
pub mod recordings;
/// A provider on loopback.
pub mod server;

pub use contract::bitcoin;
pub use recordings::recordings;
pub use server::Server;

use domain::{Clock, UtcMs};

/// A clock that stands.
#[derive(Clone, Copy, Debug)]
pub struct Stopped(pub UtcMs);

impl Clock for Stopped {
    fn now(&self) -> UtcMs {
        self.0
    }
}
