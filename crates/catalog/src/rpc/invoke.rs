//! Nested and flat bodies of `POST /invoke`.
//!
//! Nested: `{"operation": "signals.get", "args": {"symbol": "BTC"}}`, strictly typed, every unknown
//! name an error. Flat: `{"operation": "signals.get", "symbol": "BTC"}`, as models write it: they
//! fill in whole forms, so nulls and fields that only other operations know are dropped.

use serde_json::{Map, Value};

use super::read_object;
use crate::directory::{Directory, Operation};
use crate::error::{FieldProblem, OpError, shorten};
use crate::input::{Call, PROBLEMS_MAX, Typing};
use crate::meta::Surfaces;
use crate::near::near;
use crate::shape::Selection;

/// How the arguments were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// In an object of their own, `args`.
    Nested,
    /// Beside `operation`.
    Flat,
}

/// A body that was understood.
#[derive(Clone, Debug)]
pub struct Invocation<'a> {
    /// What is called.
    pub operation: &'a Operation,
    /// With which arguments.
    pub call: Call,
    /// How they were written.
    pub style: Style,
    /// What the caller wants to see of the answer.
    pub selection: Selection,
}

/// A body that was refused, with the operation's name where it could be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The name as it was given, shortened.
    pub operation: Option<String>,
    /// Why it was refused.
    pub error: OpError,
}

/// Reads the body of `POST /invoke`; its size is the caller's to bound. `permit` is asked before the
/// arguments are looked at: who may not call learns nothing about them.
///
/// # Errors
/// `malformed_request`, `unknown_operation`, what `permit` refuses with, `bad_argument`.
pub fn parse_invoke<'a>(
    body: &[u8],
    directory: &'a Directory,
    permit: impl FnOnce(&Operation) -> Result<(), OpError>,
) -> Result<Invocation<'a>, Refusal> {
    let members = read_object(body).map_err(|error| Refusal { operation: None, error })?;
    let named = members.get("operation").and_then(Value::as_str).map(shorten);
    understand(members, directory, permit).map_err(|error| Refusal { operation: named, error })
}

fn understand(
    mut members: Map<String, Value>,
    directory: &Directory,
    permit: impl FnOnce(&Operation) -> Result<(), OpError>,
) -> Result<Invocation<'_>, OpError> {
    let operation = match members.remove("operation") {
        Some(Value::String(name)) => directory.get(name.trim(), Surfaces::RPC)?,
        Some(Value::Null) | None => {
            return Err(OpError::bad_argument("operation", "missing", None, "the name of an operation"));
        }
        Some(other) => {
            return Err(OpError::bad_argument(
                "operation",
                "wrong_type",
                Some(&other.to_string()),
                "the name of an operation",
            ));
        }
    };
    permit(operation)?;
    let nested = match members.remove("args") {
        Some(Value::Object(args)) => Some(args),
        Some(Value::Null) | None => None,
        Some(other) => {
            return Err(OpError::bad_argument("args", "wrong_type", Some(&other.to_string()), "an object"));
        }
    };
    members.retain(|_, value| !value.is_null());

    let Some(mut args) = nested else {
        let selection = Selection::take(operation, &mut members)?;
        let style = if members.is_empty() { Style::Nested } else { Style::Flat };
        let call = operation.accept(known_only(members, operation, directory)?, Typing::Text)?;
        return Ok(Invocation { operation, call, style, selection });
    };
    let beside = Selection::take(operation, &mut members)?;
    if let Some(name) = members.keys().next() {
        // An empty `args` beside fields is a form's empty slot, not a second set of arguments.
        if !args.is_empty() {
            return Err(OpError::bad_argument(
                name,
                "duplicate",
                None,
                "arguments either inside 'args' or beside 'operation', not both",
            ));
        }
        let call = operation.accept(known_only(members, operation, directory)?, Typing::Text)?;
        return Ok(Invocation { operation, call, style: Style::Flat, selection: beside });
    }
    let within = Selection::take(operation, &mut args)?;
    let selection = if within.is_everything() { beside } else { within };
    let call = operation.accept(args, Typing::Strict)?;
    Ok(Invocation { operation, call, style: Style::Nested, selection })
}

/// The fields that the operation knows; those that only others know are dropped.
fn known_only(
    mut given: Map<String, Value>,
    operation: &Operation,
    directory: &Directory,
) -> Result<Map<String, Value>, OpError> {
    let known = directory.parameters();
    let mut problems: Vec<FieldProblem> = Vec::new();
    given.retain(|name, value| {
        if operation.input.is_open() || operation.input.find(name).is_some() {
            return true;
        }
        if !known.contains_key(name.as_str()) && !matches!(name.as_str(), "fields" | "limit") {
            if problems.len() >= PROBLEMS_MAX {
                return false;
            }
            let mut problem = operation.input.unknown(name, value);
            let elsewhere = near(name, known.keys().map(String::as_str), 3);
            if !problem.accepted.contains("did you mean") && !elsewhere.is_empty() {
                problem.accepted =
                    format!("{} (other operations know {})", problem.accepted, elsewhere.join(", "));
            }
            problems.push(problem);
        }
        false
    });
    if problems.is_empty() { Ok(given) } else { Err(problems.into()) }
}
