//! A local server that speaks the providers' wire formats, from recorded history or from a seeded
//! simulator. Everything above it works as in live operation: only base addresses and the clock differ.
//!
//! Two worlds: [`World::Files`] answers from a folder of recorded history at one instant and never tells
//! anything later than that instant; [`World::Simulated`] computes a whole market from a seed. Both obey
//! the providers' limits, page sizes and error bodies, and both can be made to fail on purpose.

/// The world's clock: frozen, or running at a speed.
pub mod clock;
/// What a replay is made of.
pub mod config;
/// Why a replay could not start.
pub mod error;
/// Failures on purpose.
pub mod faults;
/// The providers' own rate limits.
pub mod limits;
/// Who can be asked.
pub mod provider;
/// The listening server.
pub mod server;
/// What was asked so far.
pub mod stats;

mod admin;
mod answer;
mod query;
mod shapes;
mod wire;
mod world;
mod ws;

pub use clock::WorldClock;
pub use config::{ReplayConfig, World};
pub use error::ReplayError;
pub use faults::{BadFault, Fault, FaultBook, FaultKind};
pub use provider::Provider;
pub use server::{Replay, start};
