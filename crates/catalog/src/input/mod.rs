//! Parameters: what they may be, read once from schemas, then checked and coerced per call.

/// One value against one kind.
mod coerce;
/// From JSON Schema to parameters.
mod digest;
/// What a value may be.
mod kind;
/// From accepted arguments to the operation's own type.
mod read;
/// The parameters of an operation, and a call's arguments against them.
mod schema;

pub use kind::Kind;
pub(crate) use read::read;
pub use schema::{Call, InSchema, ParamSpec, Place};
pub(crate) use schema::{PROBLEMS_MAX, is_blank};

/// How literally values are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typing {
    /// JSON types as they are: `"10"` is no integer.
    Strict,
    /// Text stands for any type, as in a path, a query, a command line or a model's flat form; an
    /// empty text stands for no value.
    Text,
}
