//! Reading the body of `POST /invoke`.

/// Nested and flat bodies.
mod invoke;
/// JSON from outside: no duplicate keys, no bottomless nesting.
pub(crate) mod json;

pub use invoke::{Invocation, Refusal, Style, parse_invoke};
pub use json::read_object;
