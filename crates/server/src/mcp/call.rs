//! Running a tool for a caller.

use std::sync::Arc;
use std::time::Duration;

use catalog::{
    Effect, MODEL_CHARS_MAX, OpError, Operation, Selection, Surfaces, Typing, parse_invoke, shape::shape,
};
use serde_json::{Map, Value, json};

use super::search;
use super::tools::Action;
use crate::State;
use crate::auth::Caller;
use crate::dispatch::{self, Terms};

/// Clients give up after about a minute; an answer must come before.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// For whom tools run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run<'a> {
    pub(super) state: &'a Arc<State>,
    pub(super) caller: &'a Caller,
    /// Units that the transport has charged for the message.
    pub(super) prepaid: u32,
}

impl Run<'_> {
    /// The answer of a tool, always an object.
    pub(super) async fn tool(self, action: &Action, mut args: Map<String, Value>) -> Result<Value, OpError> {
        // Models fill in whole forms: what they left empty was not given.
        args.retain(|_, value| !value.is_null());
        match action {
            Action::Operation(name) => {
                let operation = self.state.catalog.directory().get(name, Surfaces::MCP)?;
                self.caller.allow(operation.meta.scope)?;
                let call = operation.accept(args, Typing::Text)?;
                self.operation(operation, call, &Selection::default()).await
            }
            Action::List => self.list(args),
            Action::Describe => self.describe(&taken(args, "operation", "the name of an operation")?),
            Action::Invoke => self.invoke(args, false).await,
            Action::InvokeChange => self.invoke(args, true).await,
            Action::Search => search::search(self, &taken(args, "query", "words to search for")?).await,
            Action::Fetch => search::fetch(self, &taken(args, "id", "an id from search")?).await,
        }
    }

    /// An operation's answer as an object that fits a model.
    pub(super) async fn operation(
        self,
        operation: &Operation,
        call: catalog::Call,
        selection: &Selection,
    ) -> Result<Value, OpError> {
        let terms = Terms { prepaid: self.prepaid, time_limit: Some(TIME_LIMIT) };
        let done = dispatch::run_on(self.state, self.caller, operation, call, terms).await?;
        let body = shape(done.body, selection, Some(MODEL_CHARS_MAX))?.into_object();
        serde_json::from_slice(&body).map_err(|_| OpError::internal("the answer is not JSON text"))
    }

    /// Charges for work that is no operation's.
    pub(super) fn charge(self, units: u32) -> Result<(), OpError> {
        dispatch::charge(self.state, self.caller, units.saturating_sub(self.prepaid))?;
        Ok(())
    }

    async fn invoke(self, args: Map<String, Value>, may_change: bool) -> Result<Value, OpError> {
        let directory = self.state.catalog.directory();
        let body = Value::Object(args).to_string();
        let permit = |operation: &Operation| {
            let name = operation.name();
            directory.get(name, Surfaces::MCP)?;
            self.caller.allow(operation.meta.scope)?;
            if operation.meta.effect == Effect::Read || may_change {
                return Ok(());
            }
            Err(OpError::forbidden(format!(
                "{name} changes something or sends a message; call it with invoke_change."
            )))
        };
        let invocation = parse_invoke(body.as_bytes(), directory, permit).map_err(|refusal| refusal.error)?;
        self.operation(invocation.operation, invocation.call, &invocation.selection).await
    }

    fn list(self, mut args: Map<String, Value>) -> Result<Value, OpError> {
        let namespace = match args.remove("namespace") {
            None => None,
            Some(Value::String(text)) if text.trim().is_empty() => None,
            Some(Value::String(text)) => Some(text),
            Some(other) => {
                return Err(OpError::bad_argument(
                    "namespace",
                    "wrong_type",
                    Some(&other.to_string()),
                    "text",
                ));
            }
        };
        nothing_more(&args)?;
        let directory = self.state.catalog.directory();
        let listing = directory.listing(namespace.as_deref().map(str::trim))?;
        let operations: Vec<Value> = directory
            .iter()
            .filter(|operation| operation.meta.surfaces.contains(Surfaces::MCP))
            // Hundreds of pass-through rows would fill a model's memory: they are told by namespace.
            .filter(|operation| match namespace.as_deref() {
                Some(name) => operation.meta.namespace() == name.trim(),
                None => !operation.meta.raw,
            })
            .map(|operation| {
                json!({"operation": operation.name(), "summary": operation.meta.summary, "effect": operation.meta.effect})
            })
            .collect();
        let namespaces = listing.get("namespaces").cloned().unwrap_or_else(|| json!({}));
        let mut out = json!({"count": operations.len(), "namespaces": namespaces, "operations": operations});
        if namespace.is_none()
            && let Value::Object(out) = &mut out
        {
            let note =
                "Operations that pass a provider's data through are listed when their namespace is named.";
            out.insert("note".to_owned(), note.into());
        }
        Ok(out)
    }

    /// What an operation takes.
    pub(super) fn describe(self, name: &str) -> Result<Value, OpError> {
        let directory = self.state.catalog.directory();
        let operation = directory.get(name.trim(), Surfaces::MCP)?;
        let listing = directory.listing(Some(operation.meta.namespace()))?;
        let found = listing.get("operations").and_then(Value::as_array).and_then(|operations| {
            operations
                .iter()
                .find(|listed| listed.get("operation").and_then(Value::as_str) == Some(operation.name()))
        });
        found.cloned().ok_or_else(|| OpError::unknown_operation(name, &directory.near(name)))
    }
}

/// The one text argument of a tool.
fn taken(mut args: Map<String, Value>, name: &str, accepted: &str) -> Result<String, OpError> {
    let text = match args.remove(name) {
        Some(Value::String(text)) => text,
        None => return Err(OpError::bad_argument(name, "missing", None, accepted)),
        Some(other) => {
            return Err(OpError::bad_argument(name, "wrong_type", Some(&other.to_string()), accepted));
        }
    };
    nothing_more(&args)?;
    Ok(text)
}

fn nothing_more(args: &Map<String, Value>) -> Result<(), OpError> {
    match args.iter().next() {
        None => Ok(()),
        Some((name, value)) => {
            Err(OpError::bad_argument(name, "unknown", Some(&value.to_string()), "nothing of this name"))
        }
    }
}
