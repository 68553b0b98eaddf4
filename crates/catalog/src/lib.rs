//! Operations as values: coercion, dispatch, and every generated document. Knows none of our
//! operations, no HTTP framework and no async runtime.
//!
//! [`Catalog::add`] takes an ordinary async function with typed input and output, derives both JSON
//! schemas and erases the types; everything after it is plain data ([`Directory`], [`Operation`]).

/// The operations with their handlers: adding, finding, calling.
pub mod catalog;
/// What must hold over all operations together.
pub mod check;
/// The operations without their handlers: what documents and the reader of calls work on.
pub mod directory;
/// The documents made from the operations: OpenAPI, GPT, MCP, command line, listings.
pub mod docs;
/// The one list of errors that operations answer with.
pub mod error;
/// Parameters: what they may be, read from schemas, checked and coerced.
pub mod input;
/// What an operation says about itself.
pub mod meta;
/// Names similar to a mistyped one.
pub mod near;
/// Reading the body of `POST /invoke`.
pub mod rpc;
/// Making an answer smaller: chosen fields, fewer rows, a cap in characters.
pub mod shape;

pub use catalog::{Catalog, NoArgs};
pub use directory::{Directory, Operation, RestRoute, Segment};
pub use docs::{Access, Info, Tool, ToolAnnotations, Violation, check_gpt, parse_cli_args, pretty};
pub use error::{ErrorCode, FieldProblem, OpError, UpstreamCause};
pub use input::{Call, InSchema, Kind, ParamSpec, Place, Typing};
pub use meta::{Csv, Effect, Example, Meta, Scope, Surfaces, Verb};
pub use rpc::{Invocation, Refusal, Style, parse_invoke, read_object};
pub use shape::{Cut, MODEL_CHARS_MAX, Selection, Shaped, shape};
