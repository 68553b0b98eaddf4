//! The Model Context Protocol: a dozen tools made from the operations, over HTTP at `/mcp` in both eras of
//! the protocol and without sessions, and over standard input and output. The only place that knows the
//! protocol's library.

/// Running a tool.
mod call;
/// The protocol's requests answered.
mod handler;
/// `/mcp` and what leads a client to it.
mod http;
/// What requests take.
mod params;
/// Finding coins and operations, and reading what was found.
mod search;
/// Standard input and output.
mod stdio;
/// Which tools there are.
mod tools;

pub(crate) use http::{challenge, routes};
pub use stdio::serve as serve_stdio;
