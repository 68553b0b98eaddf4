//! The parameters of an operation, and a call's arguments against them.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{Kind, Typing, coerce, digest};
use crate::error::{FieldProblem, OpError, shorten};
use crate::near::near;

/// Most problems told of one call; looking for similar names takes time that a caller cannot have for
/// thousands of them.
pub(crate) const PROBLEMS_MAX: usize = 20;

/// Where a parameter travels on the REST route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In the JSON body.
    Body,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamSpec {
    /// Its name, the same on every surface.
    pub name: Cow<'static, str>,
    /// What it may be.
    pub kind: Kind,
    /// Whether a call without it is refused.
    pub required: bool,
    /// What stands in when it is absent.
    pub default: Option<Value>,
    /// What it means, with units.
    pub doc: Cow<'static, str>,
    /// Where it travels; set when the operation is added.
    pub place: Place,
}

impl ParamSpec {
    /// An optional parameter without default.
    pub fn new(name: impl Into<Cow<'static, str>>, kind: Kind) -> Self {
        Self {
            name: name.into(),
            kind,
            required: false,
            default: None,
            doc: Cow::Borrowed(""),
            place: Place::Query,
        }
    }

    /// The same, required.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The same with a default, for documents only: whoever answers applies it.
    #[must_use]
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(value.into());
        self
    }

    /// The same with what it means.
    #[must_use]
    pub fn doc(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.doc = text.into();
        self
    }

    /// As JSON Schema with description and default.
    #[must_use]
    pub fn schema(&self) -> Map<String, Value> {
        let mut schema = self.kind.schema();
        if !self.doc.is_empty() {
            schema.insert("description".into(), self.doc.as_ref().into());
        }
        if let Some(default) = &self.default {
            schema.insert("default".into(), default.clone());
        }
        schema
    }
}

/// The parameters of an operation, digested once when it is added.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InSchema {
    params: Vec<ParamSpec>,
    open: bool,
}

impl InSchema {
    /// Exactly these parameters.
    #[must_use]
    pub const fn new(params: Vec<ParamSpec>) -> Self {
        Self { params, open: false }
    }

    /// The parameters that a JSON Schema (2020-12, with its `$defs`) of an object describes.
    #[must_use]
    pub fn from_schema(schema: &Value) -> Self {
        digest::members(schema)
    }

    pub(super) const fn with_openness(params: Vec<ParamSpec>, open: bool) -> Self {
        Self { params, open }
    }

    /// The parameters, in the order of their declaration.
    #[must_use]
    pub fn params(&self) -> &[ParamSpec] {
        &self.params
    }

    /// The parameter of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&ParamSpec> {
        self.params.iter().find(|param| param.name == name)
    }

    /// Whether names that are not listed are let through.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.open
    }

    pub(crate) fn place(&mut self, place: impl Fn(&str) -> Place) {
        for param in &mut self.params {
            param.place = place(&param.name);
            param.required |= param.place == Place::Path;
        }
    }

    /// The names, for a message.
    pub(crate) fn names_text(&self) -> String {
        if self.params.is_empty() {
            return "no parameters".to_owned();
        }
        self.params.iter().map(|param| param.name.as_ref()).collect::<Vec<_>>().join(", ")
    }

    /// As JSON Schema of one object, without references.
    #[must_use]
    pub fn schema(&self) -> Map<String, Value> {
        let properties: Map<String, Value> = self
            .params
            .iter()
            .map(|param| (param.name.clone().into_owned(), Value::Object(param.schema())))
            .collect();
        let required: Vec<Value> = self
            .params
            .iter()
            .filter(|param| param.required)
            .map(|param| param.name.as_ref().into())
            .collect();
        let mut schema = Map::new();
        schema.insert("type".into(), "object".into());
        if !properties.is_empty() {
            schema.insert("properties".into(), Value::Object(properties));
        }
        if !required.is_empty() {
            schema.insert("required".into(), Value::Array(required));
        }
        if !self.open {
            schema.insert("additionalProperties".into(), false.into());
        }
        schema
    }

    /// Checks and coerces what was given: `json` strictly, `text` leniently. The result has the
    /// parameters in the order of their declaration, so equal calls serialise alike.
    ///
    /// # Errors
    /// Every field that is unknown, missing, doubled, of the wrong type or out of range.
    pub fn accept(
        &self,
        mut json: Map<String, Value>,
        mut text: Map<String, Value>,
    ) -> Result<Map<String, Value>, Vec<FieldProblem>> {
        let mut accepted = Map::with_capacity(json.len() + text.len());
        let mut problems = Vec::new();
        for param in &self.params {
            let from_json = json.remove(param.name.as_ref()).filter(|value| !value.is_null());
            let from_text = text.remove(param.name.as_ref()).filter(|value| !is_blank(value));
            let (value, typing) = match (from_json, from_text) {
                (Some(_), Some(_)) => {
                    problems.push(problem(
                        &param.name,
                        "duplicate",
                        None,
                        "one value, in one place".to_owned(),
                    ));
                    continue;
                }
                (Some(value), None) => (value, Typing::Strict),
                (None, Some(value)) => (value, Typing::Text),
                (None, None) => {
                    if param.required {
                        problems.push(problem(&param.name, "missing", None, param.kind.accepted()));
                    }
                    continue;
                }
            };
            match coerce::value(&param.kind, value, typing) {
                Ok(value) => {
                    accepted.insert(param.name.clone().into_owned(), value);
                }
                Err(inner) => problems.extend(inner.into_iter().map(|inner| inside(&param.name, inner))),
            }
        }
        for (name, value) in json.into_iter().chain(text) {
            if problems.len() >= PROBLEMS_MAX {
                break;
            }
            if self.open {
                if let Err(inner) = coerce::value(&Kind::Any, value.clone(), Typing::Strict) {
                    problems.extend(inner.into_iter().map(|inner| inside(&name, inner)));
                }
                accepted.insert(name, value);
            } else {
                problems.push(self.unknown(&name, &value));
            }
        }
        if problems.is_empty() { Ok(accepted) } else { Err(problems) }
    }

    /// The problem of a name that is no parameter here.
    pub(crate) fn unknown(&self, name: &str, value: &Value) -> FieldProblem {
        let near = near(name, self.params.iter().map(|param| param.name.as_ref()), 3);
        let accepted = if near.is_empty() {
            self.names_text()
        } else {
            format!("{} (did you mean {}?)", self.names_text(), near.join(", "))
        };
        problem(name, "unknown", Some(value), accepted)
    }
}

/// An empty text, or nothing: a form's way to say that there is no value.
pub(crate) fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// A problem of a field; the value is shown shortened.
pub(super) fn problem(
    field: &str,
    what: &'static str,
    got: Option<&Value>,
    accepted: String,
) -> FieldProblem {
    FieldProblem { field: shorten(field), problem: what, got: got.map(shown), accepted }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("'{}'", shorten(text)),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(members) => format!("an object of {}", members.len()),
        other => shorten(&other.to_string()),
    }
}

/// A problem found inside `outer`, told with its whole path.
pub(super) fn inside(outer: &str, mut inner: FieldProblem) -> FieldProblem {
    let joint = if inner.field.is_empty() || inner.field.starts_with('[') { "" } else { "." };
    inner.field = format!("{}{joint}{}", shorten(outer), inner.field);
    inner
}

/// The arguments of one call, checked against their operation. Only
/// [`Operation::accept`](crate::Operation::accept) and its relatives make one.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub(crate) operation: Cow<'static, str>,
    pub(crate) args: Map<String, Value>,
}

impl Call {
    /// The operation's name.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// The arguments, in the order of their declaration.
    #[must_use]
    pub const fn args(&self) -> &Map<String, Value> {
        &self.args
    }

    /// The same call for the page that begins at this cursor.
    #[must_use]
    pub fn at_cursor(mut self, cursor: String) -> Self {
        self.args.insert("cursor".to_owned(), Value::String(cursor));
        self
    }

    /// A text that is equal for equal calls: a key for caches.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{} {}", self.operation, Value::Object(self.args.clone()))
    }
}

impl From<Vec<FieldProblem>> for OpError {
    fn from(problems: Vec<FieldProblem>) -> Self {
        Self::bad_arguments(problems)
    }
}
