//! What a GPT's importer accepts, as a check over a document.

use std::fmt;

use serde_json::{Map, Value};

use super::schema::follow;

/// Most characters of an operation's summary and description.
pub(super) const DESCRIPTION_MAX: usize = 300;
/// Most characters of a parameter's description.
pub(super) const PARAMETER_MAX: usize = 700;
/// Most operations of one document.
const OPERATIONS_MAX: usize = 30;
/// Largest document with its references written out, in bytes.
const BYTES_MAX: usize = 1_000_000;
/// Longest `operationId`.
const ID_MAX: usize = 64;
/// Most references followed while measuring; beyond it the document is too large in any case.
const EXPANSIONS_MAX: usize = 20_000;

/// One limit of the importer that a document breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where in the document.
    pub place: String,
    /// Which limit.
    pub rule: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.rule)
    }
}

/// Every limit of the GPT importer that `document` breaks.
#[must_use]
pub fn check_gpt(document: &Value) -> Vec<Violation> {
    let mut check = Check { root: document, found: Vec::new(), ids: Vec::new() };
    check.whole();
    let none = Map::new();
    for (path, item) in document.get("paths").and_then(Value::as_object).unwrap_or(&none) {
        for (verb, operation) in item.as_object().unwrap_or(&none) {
            if matches!(verb.as_str(), "get" | "post" | "put" | "delete" | "patch") {
                check.operation(&format!("{} {path}", verb.to_uppercase()), operation);
            }
        }
    }
    if check.ids.is_empty() {
        check.add("paths", "at least one operation");
    }
    if check.ids.len() > OPERATIONS_MAX {
        check.add("paths", format!("at most {OPERATIONS_MAX} operations, there are {}", check.ids.len()));
    }
    check.references("#", document);
    check.size();
    check.found
}

struct Check<'a> {
    root: &'a Value,
    found: Vec<Violation>,
    ids: Vec<String>,
}

impl<'a> Check<'a> {
    fn add(&mut self, place: impl Into<String>, rule: impl Into<String>) {
        self.found.push(Violation { place: place.into(), rule: rule.into() });
    }

    fn whole(&mut self) {
        if self.root.get("openapi").and_then(Value::as_str) != Some("3.1.0") {
            self.add("openapi", "must be 3.1.0");
        }
        let servers = self.root.get("servers").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        match servers {
            [only] => {
                let url = only.get("url").and_then(Value::as_str).unwrap_or_default();
                if !url.starts_with("https://") || url.contains('{') {
                    self.add("servers", format!("one absolute https URL without variables, got '{url}'"));
                }
            }
            _ => self.add("servers", "exactly one"),
        }
    }

    fn operation(&mut self, place: &str, operation: &'a Value) {
        let text = |name: &str| operation.get(name).and_then(Value::as_str).unwrap_or_default();
        let id = text("operationId");
        let fine = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if id.is_empty() || id.len() > ID_MAX || !id.chars().all(fine) {
            self.add(place, format!("operationId of 1 to {ID_MAX} letters, digits, underscores; got '{id}'"));
        }
        if self.ids.iter().any(|known| known == id) {
            self.add(place, format!("operationId '{id}' stands twice"));
        }
        self.ids.push(id.to_owned());
        for name in ["summary", "description"] {
            if text(name).chars().count() > DESCRIPTION_MAX {
                self.add(place, format!("{name} of at most {DESCRIPTION_MAX} characters"));
            }
        }
        if text("summary").is_empty() {
            self.add(place, "a summary");
        }
        if !operation.get("x-openai-isConsequential").is_some_and(Value::is_boolean) {
            self.add(place, "x-openai-isConsequential, true or false");
        }
        for parameter in operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
            self.parameter(place, parameter);
        }
        if let Some(body) = operation.get("requestBody") {
            self.body(place, body);
        }
        self.answer(place, operation);
    }

    fn parameter(&mut self, place: &str, parameter: &'a Value) {
        let root = self.root;
        let parameter = follow(parameter, root);
        let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
        let place = format!("{place} parameter {name}");
        match parameter.get("in").and_then(Value::as_str) {
            Some("path" | "query") => {}
            other => self.add(&place, format!("in path or query, got {}", other.unwrap_or("nothing"))),
        }
        let schema = parameter.get("schema").map_or(&Value::Null, |schema| follow(schema, root));
        match schema.get("type").and_then(Value::as_str) {
            Some("string" | "integer" | "number" | "boolean") => {}
            other => self.add(&place, format!("a plain type, got {}", other.unwrap_or("none"))),
        }
        let length = parameter.get("description").and_then(Value::as_str).unwrap_or_default().chars().count();
        self.request_schema(&place, schema, length);
    }

    fn body(&mut self, place: &str, body: &'a Value) {
        let root = self.root;
        let place = format!("{place} body");
        let schema =
            body.pointer("/content/application~1json/schema").map_or(&Value::Null, |it| follow(it, root));
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            self.add(place, "an object with properties");
            return;
        };
        if !matches!(schema.get("additionalProperties"), None | Some(Value::Bool(_))) {
            self.add(&place, "no map of additional properties");
        }
        for (name, property) in properties {
            let property = follow(property, root);
            let place = format!("{place} property {name}");
            let length =
                property.get("description").and_then(Value::as_str).unwrap_or_default().chars().count();
            if property.get("type") == Some(&Value::from("object")) {
                self.add(&place, "flat: no object inside the body");
            }
            self.request_schema(&place, property, length);
        }
    }

    fn request_schema(&mut self, place: &str, schema: &Value, description: usize) {
        if description > PARAMETER_MAX {
            self.add(place, format!("description of at most {PARAMETER_MAX} characters, has {description}"));
        }
        if schema.get("type").is_some_and(Value::is_array) {
            self.add(place, "one type, not several");
        }
        if has_combination(schema, 16) {
            self.add(place, "no oneOf, anyOf, allOf in a request");
        }
    }

    fn answer(&mut self, place: &str, operation: &'a Value) {
        let root = self.root;
        let responses = operation.get("responses").and_then(Value::as_object);
        let fine = responses.and_then(|all| all.iter().find(|(status, _)| status.starts_with('2')));
        let schema = fine
            .and_then(|(_, answer)| follow(answer, root).pointer("/content/application~1json/schema"))
            .map_or(&Value::Null, |schema| follow(schema, root));
        let is_object = schema.get("type").and_then(Value::as_str) == Some("object");
        if !is_object || !schema.get("properties").is_some_and(Value::is_object) {
            self.add(place, "an answer of type object with properties");
        }
    }

    fn references(&mut self, place: &str, value: &Value) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(target)) = members.get("$ref")
                    && target.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer)).is_none()
                {
                    self.add(place, format!("'{target}' points nowhere"));
                }
                for (name, inner) in members {
                    self.references(&format!("{place}/{name}"), inner);
                }
            }
            Value::Array(items) => {
                for (index, inner) in items.iter().enumerate() {
                    self.references(&format!("{place}/{index}"), inner);
                }
            }
            _ => {}
        }
    }

    fn size(&mut self) {
        let mut left = EXPANSIONS_MAX;
        let expanded = self.expanded(self.root, &mut left, 24);
        if left == 0 || super::pretty(&expanded).len() > BYTES_MAX {
            self.add("#", "at most 1 MB with references written out");
        }
    }

    fn expanded(&self, value: &Value, left: &mut usize, depth: usize) -> Value {
        if depth == 0 || *left == 0 {
            return Value::Null;
        }
        match value {
            Value::Object(members) if members.get("$ref").is_some_and(Value::is_string) => {
                *left -= 1;
                let target = follow(value, self.root);
                if target.get("$ref").is_some() {
                    Value::Null
                } else {
                    self.expanded(target, left, depth - 1)
                }
            }
            Value::Object(members) => members
                .iter()
                .map(|(name, inner)| (name.clone(), self.expanded(inner, left, depth - 1)))
                .collect::<Map<_, _>>()
                .into(),
            Value::Array(items) => items.iter().map(|inner| self.expanded(inner, left, depth - 1)).collect(),
            other => other.clone(),
        }
    }
}

fn has_combination(schema: &Value, depth: usize) -> bool {
    if depth == 0 {
        return false;
    }
    match schema {
        Value::Object(members) => members.iter().any(|(name, inner)| {
            matches!(name.as_str(), "oneOf" | "anyOf" | "allOf") || has_combination(inner, depth - 1)
        }),
        Value::Array(items) => items.iter().any(|inner| has_combination(inner, depth - 1)),
        _ => false,
    }
}
