//! What must hold over all operations together.

use std::collections::BTreeMap;

use crate::directory::{Directory, Operation, Segment, segments};
use crate::input::{Kind, Place, Typing};
use crate::meta::{Effect, Scope, Surfaces};

/// Longest summary, in characters.
const SUMMARY_MAX: usize = 300;

impl Directory {
    /// Every rule that the operations break, one sentence each; empty when all is well.
    ///
    /// Names are unique; routes do not clash; every operation has a summary and an example that its
    /// own parameters accept; a parameter name means the same JSON type everywhere; whatever changes
    /// something needs the scope `write` or `admin`; path parameters exist; no parameter of a query is
    /// an object; none is called like a member of `POST /invoke`.
    #[must_use]
    pub fn check(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.names(&mut found);
        self.routes(&mut found);
        self.parameter_types(&mut found);
        for operation in self {
            one(operation, &mut found);
        }
        found
    }

    fn names(&self, found: &mut Vec<String>) {
        let mut ids: BTreeMap<String, &str> = BTreeMap::new();
        for operation in self {
            if let Some(other) = ids.insert(operation.meta.operation_id(), operation.name()) {
                found.push(format!("{}: the name clashes with {other}", operation.name()));
            }
        }
    }

    fn routes(&self, found: &mut Vec<String>) {
        let mut taken: BTreeMap<(&'static str, String), &str> = BTreeMap::new();
        let mut spelled: BTreeMap<String, &str> = BTreeMap::new();
        for route in self.rest_routes() {
            let shape = shape_of(&route.segments);
            let name = route.operation.name();
            if let Some(other) = taken.insert((route.verb.as_str(), shape.clone()), name) {
                found.push(format!("{name}: {} {} is the route of {other} too", route.verb, route.path));
            }
            // Routers keep one spelling of a path for all methods.
            match spelled.get(&shape) {
                Some(other) if *other != route.path => {
                    found.push(format!(
                        "{name}: {} is the same path as {other}, spelled differently",
                        route.path
                    ));
                }
                _ => {
                    spelled.insert(shape, route.path);
                }
            }
        }
    }

    /// What makes flat calls possible: a name means one type.
    fn parameter_types(&self, found: &mut Vec<String>) {
        let mut first: BTreeMap<&str, (&'static str, &str)> = BTreeMap::new();
        for operation in self {
            for param in operation.input.params() {
                let base = base_type(&param.kind);
                if base == "any" {
                    continue;
                }
                let (known, of) = *first.entry(param.name.as_ref()).or_insert((base, operation.name()));
                if known != base {
                    found.push(format!(
                        "{}: '{}' is {base} here and {known} in {of}",
                        operation.name(),
                        param.name
                    ));
                }
            }
        }
    }
}

/// Whole numbers are numbers; bounds and words may differ.
fn base_type(kind: &Kind) -> &'static str {
    match kind.json_type() {
        "integer" => "number",
        other => other,
    }
}

fn shape_of(segments: &[Segment]) -> String {
    segments
        .iter()
        .map(|segment| match segment {
            Segment::Literal(text) => format!("/{text}"),
            Segment::Param(_) => "/{}".to_owned(),
        })
        .collect()
}

fn one(operation: &Operation, found: &mut Vec<String>) {
    let meta = &operation.meta;
    let mut say = |what: String| found.push(format!("{}: {what}", meta.name));

    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.');
    if !meta.name.contains('.') || !meta.name.chars().all(plain) {
        say("the name must be namespace.action in lower case".to_owned());
    }
    if meta.operation_id().len() > 64 {
        say("the name is longer than 64 characters".to_owned());
    }
    if meta.summary.is_empty() || meta.summary.chars().count() > SUMMARY_MAX {
        say(format!("a summary of 1 to {SUMMARY_MAX} characters is needed"));
    }
    if meta.effect != Effect::Read && meta.scope < Scope::Write {
        say(format!("its effect is {}, so it needs the scope write or admin", meta.effect.as_str()));
    }
    if let Some(flag) = meta.writes_when
        && operation.input.find(flag).is_none_or(|param| param.kind != Kind::Boolean)
    {
        say(format!("'{flag}', which makes it do more, is no flag of it"));
    }
    if meta.time_limit.is_zero() {
        say("a time limit is needed".to_owned());
    }
    if !meta.path.starts_with('/') || (meta.path.len() > 1 && meta.path.ends_with('/')) {
        say(format!("the path '{}' must begin with / and not end with it", meta.path));
    }
    for segment in segments(&meta.path) {
        match segment {
            Segment::Param(name) if operation.input.find(&name).is_none() => {
                say(format!("the path parameter '{name}' is no parameter"));
            }
            Segment::Literal(text) if text.contains(['{', '}']) => {
                say(format!("the path part '{text}' is neither text nor parameter"));
            }
            _ => {}
        }
    }
    for param in operation.input.params() {
        if param.place == Place::Query && matches!(param.kind, Kind::Object(_)) {
            say(format!("'{}' is an object, which a query cannot carry", param.name));
        }
        if meta.surfaces.contains(Surfaces::RPC) && matches!(param.name.as_ref(), "operation" | "args") {
            say(format!("'{}' is a member of POST /invoke and cannot be a parameter", param.name));
        }
    }
    if meta.examples.is_empty() {
        say("an example is needed".to_owned());
    }
    for example in &meta.examples {
        if let Err(error) = operation.accept(example.args.clone(), Typing::Strict) {
            say(format!("the example '{}' is refused: {}", example.title, error.detail));
        }
    }
}

impl<Ctx> crate::Catalog<Ctx> {
    /// Every rule that the operations break; see [`Directory::check`].
    #[must_use]
    pub fn check(&self) -> Vec<String> {
        self.directory().check()
    }
}
