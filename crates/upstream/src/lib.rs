//! The one guarded way out. Every call to a provider passes here: arguments checked, deadline, bounded
//! body, jittered retries under a budget, circuit breaker, the provider's quota kept on our side,
//! cache with single flight, stale-while-error, metrics. Knows no provider.
//!
//! Two clocks run here. The program's clock, which a replay may stop or hasten, decides how old an answer
//! is. Real time runs deadlines, pauses, the breaker and the quota, since those concern a real server.

/// One call and its answer.
pub mod call;
/// Settings of a lane.
pub mod config;
/// Endpoints as rows of a table.
pub mod endpoint;
/// A provider's key.
pub mod key;
/// Reading what providers send, as loosely as they send it.
pub mod lenient;
/// Cutting long reads into pages that can be asked for at once.
pub mod paging;
/// The body of a call that sends something.
pub mod payload;
/// How a lane stands, for health pages.
pub mod status;
/// What was used of a budget, in a form that can be kept.
pub mod tally;
/// Names of the metrics.
pub mod telemetry;
/// A guarded, reconnecting WebSocket reader.
pub mod websocket;
/// A provider's conventions.
pub mod wire;

mod breaker;
mod cache;
mod check;
mod errand;
mod flight;
mod lane;
mod meter;
mod meters;
mod moment;
mod retry;
mod transport;

pub use call::{Ask, Call, Fetched};
pub use check::{LIST_MAX, MILLIS_END, NAME_MAX, SECONDS_END, TEXT_MAX, check};
pub use config::LaneConfig;
pub use endpoint::{Args, Charge, Cost, Endpoint, Param, ParamKind, Place};
pub use key::ApiKey;
pub use lane::Lane;
pub use payload::Payload;
pub use status::{BreakerState, BreakerStatus, CacheStatus, LaneStatus, LastFailure, MeterStatus};
pub use tally::Tally;
pub use transport::{REPLAY_MARK, http_client};
pub use websocket::{Socket, SocketEvent};
pub use wire::{Anchor, Correction, MeterSpec, Wire};
