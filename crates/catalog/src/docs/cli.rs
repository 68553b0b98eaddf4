//! Help and arguments of the command line: `perpsignal call signals.get symbol=BTC`.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::directory::{Directory, Operation};
use crate::error::OpError;
use crate::input::{Call, Typing};
use crate::meta::Surfaces;
use crate::shape::Selection;

impl Directory {
    /// The names of the operations that the command line offers, for completion; those that begin
    /// with `prefix`.
    pub fn cli_names(&self, prefix: &str) -> impl Iterator<Item = &str> {
        self.iter()
            .filter(|operation| operation.meta.surfaces.contains(Surfaces::CLI))
            .map(Operation::name)
            .filter(move |name| name.starts_with(prefix))
    }
}

impl Operation {
    /// What the operation does and takes, for a terminal.
    #[must_use]
    pub fn cli_help(&self) -> String {
        let meta = &self.meta;
        let mut help = format!("{}: {}\n", meta.name, meta.summary);
        if !meta.description.is_empty() {
            let _ = write!(help, "\n{}\n", meta.description);
        }
        if let Some(instead) = meta.deprecated {
            let _ = write!(help, "\nDeprecated: use {instead}.\n");
        }
        let params = self.input.params();
        if params.is_empty() {
            help.push_str("\nTakes no parameters.\n");
        } else {
            help.push_str("\nParameters, as name=value:\n");
            let width = params.iter().map(|param| param.name.chars().count()).max().unwrap_or_default();
            for param in params {
                let need = if param.required { " (required)" } else { "" };
                let default = match &param.default {
                    Some(Value::String(text)) => format!(" [default {text}]"),
                    Some(value) => format!(" [default {value}]"),
                    None => String::new(),
                };
                let doc = if param.doc.is_empty() { String::new() } else { format!("{} ", param.doc) };
                let _ = writeln!(
                    help,
                    "  {:width$}  {doc}{}{default}{need}",
                    param.name,
                    bracketed(&param.kind.accepted())
                );
            }
        }
        if !meta.examples.is_empty() {
            help.push_str("\nExamples:\n");
        }
        for example in &meta.examples {
            let _ = write!(help, "  {}", meta.name);
            for (name, value) in &example.args {
                let _ = write!(help, " {name}={}", shell(value));
            }
            let _ = writeln!(help, "    # {}", example.title);
        }
        help
    }
}

fn bracketed(accepted: &str) -> String {
    format!("({accepted})")
}

/// A value as a shell takes it.
fn shell(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")
        }
        other => other.to_string(),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ',' | '-' | '_' | ':' | '/' | '+');
    if !text.is_empty() && text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// A call from `name=value` words.
///
/// # Errors
/// `bad_argument` for a word without `=`, and for every field at fault.
pub fn parse_cli_args(operation: &Operation, words: &[String]) -> Result<(Call, Selection), OpError> {
    let mut args = Map::new();
    for word in words {
        let Some((name, value)) = word.split_once('=') else {
            return Err(OpError::bad_argument(word, "malformed", None, "name=value, for example symbol=BTC"));
        };
        if args.insert(name.trim().to_owned(), Value::from(value)).is_some() {
            return Err(OpError::bad_argument(name, "duplicate", Some(value), "one value"));
        }
    }
    let selection = Selection::take(operation, &mut args)?;
    operation.accept(args, Typing::Text).map(|call| (call, selection))
}
