//! The operations without their handlers: what documents and the reader of calls work on.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use crate::error::OpError;
use crate::input::{Call, InSchema, ParamSpec, Place, Typing};
use crate::meta::{Meta, Surfaces, Verb};
use crate::near::near;
use crate::shape::Selection;

/// One operation: what it says about itself, its parameters, its schemas.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Operation {
    /// What it says about itself.
    pub meta: Meta,
    /// Its parameters.
    pub input: InSchema,
    output_schema: Option<Value>,
}

impl Operation {
    pub(crate) fn new(meta: Meta, mut input: InSchema, output_schema: Option<Value>) -> Self {
        let in_path: Vec<String> = segments(&meta.path)
            .into_iter()
            .filter_map(|segment| match segment {
                Segment::Param(name) => Some(name),
                Segment::Literal(_) => None,
            })
            .collect();
        let elsewhere = if meta.verb.has_body() { Place::Body } else { Place::Query };
        input.place(|name| if in_path.iter().any(|each| each == name) { Place::Path } else { elsewhere });
        Self { meta, input, output_schema }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.meta.name
    }

    /// JSON Schema 2020-12 of the answer, with its own `$defs`; `None` where a provider's JSON is
    /// passed through.
    #[must_use]
    pub const fn output_schema(&self) -> Option<&Value> {
        self.output_schema.as_ref()
    }

    /// A call with these arguments.
    ///
    /// # Errors
    /// `bad_argument` with every field at fault.
    pub fn accept(&self, args: Map<String, Value>, typing: Typing) -> Result<Call, OpError> {
        let (json, text) = match typing {
            Typing::Strict => (args, Map::new()),
            Typing::Text => (Map::new(), args),
        };
        self.accept_both(json, text)
    }

    /// A call from a REST request: `text` holds the decoded pairs of the path, then of the query;
    /// `body` the JSON body of a `POST` or `PUT`. What the caller wants to see of the answer
    /// (`fields`, and `limit` on pass-through operations) comes back beside it.
    ///
    /// # Errors
    /// `bad_argument` with every field at fault, doubled ones included.
    pub fn accept_request(
        &self,
        text: Vec<(String, String)>,
        body: Option<Map<String, Value>>,
    ) -> Result<(Call, Selection), OpError> {
        let mut given: Map<String, Value> = Map::new();
        for (name, value) in text {
            let is_list = self.input.find(&name).is_some_and(|param| param.kind.takes_list());
            match given.get_mut(&name) {
                None => {
                    given.insert(name, Value::String(value));
                }
                // `symbols=BTC&symbols=ETH` is a list as much as `symbols=BTC,ETH` is.
                Some(Value::String(earlier)) if is_list => {
                    earlier.push(',');
                    earlier.push_str(&value);
                }
                Some(_) => return Err(OpError::bad_argument(name, "duplicate", Some(&value), "one value")),
            }
        }
        let mut body = body.unwrap_or_default();
        let in_query = Selection::take(self, &mut given)?;
        let in_body = Selection::take(self, &mut body)?;
        let selection = if in_query.is_everything() { in_body } else { in_query };
        let call = self.accept_both(body, given)?;
        Ok((call, selection))
    }

    fn accept_both(&self, json: Map<String, Value>, text: Map<String, Value>) -> Result<Call, OpError> {
        let args = self.input.accept(json, text)?;
        Ok(Call { operation: self.meta.name.clone(), args })
    }
}

/// One part of a path template.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    /// As it stands.
    Literal(String),
    /// A path parameter of this name.
    Param(String),
}

/// The parts of a path template: `/signals/{symbol}` has two, `/` none.
#[must_use]
pub fn segments(path: &str) -> Vec<Segment> {
    path.split('/')
        .filter(|part| !part.is_empty())
        .map(|part| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => Segment::Param(name.to_owned()),
            None => Segment::Literal(part.to_owned()),
        })
        .collect()
}

/// One REST route, for whatever router there is.
#[derive(Clone, Debug)]
pub struct RestRoute<'a> {
    /// Method.
    pub verb: Verb,
    /// Path template, `{name}` for parameters.
    pub path: &'a str,
    /// The template's parts.
    pub segments: Vec<Segment>,
    /// The operation behind it.
    pub operation: &'a Operation,
}

/// All operations, in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    operations: Vec<Operation>,
    by_name: HashMap<String, usize>,
    /// One specimen of every parameter that any operation takes, by name.
    parameters: BTreeMap<String, ParamSpec>,
}

impl Directory {
    /// The first of a name is kept in the index; [`Directory::check`] reports a second.
    pub(crate) fn push(&mut self, operation: Operation) {
        for param in operation.input.params() {
            self.parameters.entry(param.name.clone().into_owned()).or_insert_with(|| param.clone());
        }
        self.by_name.entry(operation.name().to_owned()).or_insert(self.operations.len());
        self.operations.push(operation);
    }

    /// The operation of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Operation> {
        self.operations.get(self.position(name)?)
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The operation of this name, offered on `surface`.
    ///
    /// # Errors
    /// `unknown_operation` with similar names.
    pub fn get(&self, name: &str, surface: Surfaces) -> Result<&Operation, OpError> {
        self.find(name).filter(|operation| operation.meta.surfaces.contains(surface)).ok_or_else(|| {
            let offered = self
                .iter()
                .filter(|operation| operation.meta.surfaces.contains(surface))
                .map(Operation::name);
            OpError::unknown_operation(name, &near(name, offered, 5))
        })
    }

    /// The operation whose name has underscores for dots, as GPTs and MCP clients write it.
    #[must_use]
    pub fn find_by_operation_id(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| {
            let name = operation.name();
            name.len() == id.len()
                && name.bytes().zip(id.bytes()).all(|(a, b)| a == b || (a == b'.' && b == b'_'))
        })
    }

    /// All operations.
    pub fn iter(&self) -> std::slice::Iter<'_, Operation> {
        self.operations.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// At most five names that resemble `name`.
    #[must_use]
    pub fn near(&self, name: &str) -> Vec<String> {
        near(name, self.operations.iter().map(Operation::name), 5)
    }

    /// The namespaces, in the order of their first operation.
    #[must_use]
    pub fn namespaces(&self) -> Vec<&str> {
        self.count_by_namespace().into_iter().map(|(namespace, _)| namespace).collect()
    }

    /// How many operations each namespace has, in the order of its first operation.
    #[must_use]
    pub fn count_by_namespace(&self) -> Vec<(&str, usize)> {
        let mut counts: Vec<(&str, usize)> = Vec::new();
        for operation in &self.operations {
            let namespace = operation.meta.namespace();
            match counts.iter_mut().find(|(known, _)| *known == namespace) {
                Some((_, count)) => *count += 1,
                None => counts.push((namespace, 1)),
            }
        }
        counts
    }

    /// One specimen of every parameter that any operation takes, by name.
    pub(crate) const fn parameters(&self) -> &BTreeMap<String, ParamSpec> {
        &self.parameters
    }

    /// The REST routes, in the order of the operations.
    pub fn rest_routes(&self) -> impl Iterator<Item = RestRoute<'_>> {
        self.operations.iter().filter(|operation| operation.meta.surfaces.contains(Surfaces::REST)).map(
            |operation| RestRoute {
                verb: operation.meta.verb,
                path: &operation.meta.path,
                segments: segments(&operation.meta.path),
                operation,
            },
        )
    }
}

impl<'a> IntoIterator for &'a Directory {
    type Item = &'a Operation;
    type IntoIter = std::slice::Iter<'a, Operation>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
