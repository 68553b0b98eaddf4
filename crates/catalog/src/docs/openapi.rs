//! OpenAPI 3.1 of all REST routes.

use serde_json::{Map, Value, json};

use super::schema::{Components, merge};
use crate::directory::{Directory, Operation, RestRoute};
use crate::error::ErrorCode;
use crate::input::{Kind, ParamSpec, Place};
use crate::meta::{Csv, Scope};
use crate::shape::{FIELDS_MAX, LIMIT_MAX};

/// What a document says about the service as a whole.
#[derive(Clone, Debug)]
pub struct Info {
    /// Name of the service.
    pub title: String,
    /// Its version.
    pub version: String,
    /// What it is for.
    pub description: String,
}

/// Whether callers need a key, as a document tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Every call is taken, with a key or without.
    Open,
    /// All but public operations need one.
    Keyed,
}

impl Directory {
    /// The OpenAPI 3.1 document of all REST routes. `extra` is joined in last: paths written by hand,
    /// further components and tags.
    #[must_use]
    pub fn openapi(&self, info: &Info, server_url: &str, access: Access, extra: Option<&Value>) -> Value {
        let mut components = Components::default();
        let mut paths: Map<String, Value> = Map::new();
        let mut tags: Vec<String> = Vec::new();
        for route in self.rest_routes() {
            for tag in tags_of(route.operation) {
                if !tags.contains(&tag) {
                    tags.push(tag);
                }
            }
            let described = operation(&route, access, &mut components);
            let item = paths.entry(route.path).or_insert_with(|| json!({}));
            if let Value::Object(item) = item {
                item.insert(route.verb.as_str().to_ascii_lowercase(), described);
            }
        }
        let mut schemas = components.into_map();
        schemas.insert("Problem".into(), problem());
        let mut document = json!({
            "openapi": "3.1.0",
            "info": {"title": info.title, "version": info.version, "description": info.description},
            "servers": [{"url": server_url}],
            "tags": tags.iter().map(|tag| json!({"name": tag})).collect::<Vec<_>>(),
            "paths": paths,
            "components": {
                "schemas": schemas,
                "parameters": {"Fields": fields_parameter(), "Limit": limit_parameter()},
                "responses": {
                    "Problem": {
                        "description": "What went wrong (RFC 9457)",
                        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
                    }
                },
                "securitySchemes": {
                    "bearer": {"type": "http", "scheme": "bearer"},
                    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"}
                }
            }
        });
        if let Some(extra) = extra {
            merge(&mut document, extra);
        }
        document
    }
}

fn tags_of(operation: &Operation) -> Vec<String> {
    if operation.meta.tags.is_empty() {
        return vec![operation.meta.namespace().to_owned()];
    }
    operation.meta.tags.iter().map(|tag| tag.clone().into_owned()).collect()
}

fn operation(route: &RestRoute<'_>, access: Access, components: &mut Components) -> Value {
    let operation = route.operation;
    let meta = &operation.meta;
    let mut described = Map::new();
    let mut set = |name: &str, value: Value| {
        described.insert(name.to_owned(), value);
    };
    set("operationId", meta.operation_id().into());
    set("tags", tags_of(operation).into());
    set("summary", meta.summary.as_ref().into());
    let advice = meta.deprecated.map(|instead| format!(" Deprecated: use {instead}.")).unwrap_or_default();
    if !advice.is_empty() {
        set("deprecated", true.into());
    }
    let description = format!("{}{advice}", meta.description);
    if !description.is_empty() {
        set("description", description.trim().into());
    }
    let mut parameters: Vec<Value> = operation
        .input
        .params()
        .iter()
        .filter(|param| param.place != Place::Body)
        .map(|param| parameter(param, operation))
        .collect();
    if operation.input.find("fields").is_none() && meta.csv != Csv::Always {
        parameters.push(json!({"$ref": "#/components/parameters/Fields"}));
    }
    if meta.raw && operation.input.find("limit").is_none() {
        parameters.push(json!({"$ref": "#/components/parameters/Limit"}));
    }
    set("parameters", Value::Array(parameters));
    if let Some(body) = body(operation) {
        set("requestBody", body);
    }
    let mut content = Map::new();
    if meta.csv != Csv::Always {
        let answer = match operation.output_schema() {
            Some(schema) => components.hoist(schema, meta.namespace()),
            None => json!({"description": "The provider's own JSON."}),
        };
        content.insert("application/json".to_owned(), json!({"schema": answer}));
    }
    if meta.csv != Csv::Never {
        content.insert("text/csv".to_owned(), json!({"schema": {"type": "string"}}));
    }
    set(
        "responses",
        json!({
            "200": {"description": "The answer", "content": content},
            "4XX": {"$ref": "#/components/responses/Problem"},
            "5XX": {"$ref": "#/components/responses/Problem"}
        }),
    );
    let security = match (meta.scope, access) {
        (Scope::Public, _) => json!([]),
        (_, Access::Open) => json!([{}, {"bearer": []}, {"apiKey": []}]),
        (_, Access::Keyed) => json!([{"bearer": []}, {"apiKey": []}]),
    };
    set("security", security);
    set("x-operation", meta.name.as_ref().into());
    set("x-scope", meta.scope.as_str().into());
    set("x-effect", meta.effect.as_str().into());
    set("x-cost", meta.cost.into());
    set("x-time-limit-s", json!(meta.time_limit.as_secs_f64()));
    Value::Object(described)
}

fn parameter(param: &ParamSpec, operation: &Operation) -> Value {
    let in_path = param.place == Place::Path;
    // On the wire `a,b` is a list whether it was meant as one or as text: it is told as what it is.
    let list = match &param.kind {
        kind @ Kind::List { .. } => Some(kind),
        Kind::Either(kinds) => kinds.iter().find(|kind| matches!(kind, Kind::List { .. })),
        _ => None,
    };
    let mut schema = list.unwrap_or(&param.kind).schema();
    // An empty text in a query is no value, which a required parameter must have.
    if param.required && matches!(param.kind, Kind::Text { min: 0, .. }) {
        schema.insert("minLength".into(), 1.into());
    }
    if let Some(default) = &param.default {
        schema.insert("default".into(), if list.is_some() { as_list(default) } else { default.clone() });
    }
    let mut described = Map::new();
    described.insert("name".into(), param.name.as_ref().into());
    described.insert("in".into(), if in_path { "path" } else { "query" }.into());
    if !param.doc.is_empty() {
        described.insert("description".into(), param.doc.as_ref().into());
    }
    if param.required {
        described.insert("required".into(), true.into());
    } else if list.is_some() {
        // No words are as good as no list.
        schema.remove("minItems");
    } else {
        // An empty text stands for no value.
        described.insert("allowEmptyValue".into(), true.into());
    }
    if list.is_some() && !in_path {
        described.insert("style".into(), "form".into());
        described.insert("explode".into(), false.into());
    }
    described.insert("schema".into(), without_nul(schema));
    let example = operation.meta.examples.iter().find_map(|example| example.args.get(param.name.as_ref()));
    if let Some(example) = example {
        described.insert("example".into(), if list.is_some() { as_list(example) } else { example.clone() });
    }
    Value::Object(described)
}

/// The words of a list that is written as text with commas.
fn as_list(value: &Value) -> Value {
    match value {
        Value::String(text) => text.split(',').map(str::trim).collect(),
        other => other.clone(),
    }
}

/// The body of a `POST` or `PUT`, without what travels in the path.
fn body(operation: &Operation) -> Option<Value> {
    let in_body: Vec<&ParamSpec> =
        operation.input.params().iter().filter(|param| param.place == Place::Body).collect();
    if in_body.is_empty() {
        return None;
    }
    let properties: Map<String, Value> = in_body
        .iter()
        .map(|param| {
            let schema = param.schema();
            let schema = if param.required { schema } else { nullable(schema) };
            (param.name.clone().into_owned(), without_nul(schema))
        })
        .collect();
    let required: Vec<&str> =
        in_body.iter().filter(|param| param.required).map(|param| param.name.as_ref()).collect();
    let examples: Map<String, Value> = operation
        .meta
        .examples
        .iter()
        .map(|example| {
            let args: Map<String, Value> = example
                .args
                .iter()
                .filter(|(name, _)| in_body.iter().any(|param| param.name == name.as_str()))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            (example.title.clone().into_owned(), json!({"value": args}))
        })
        .collect();
    let mut schema = json!({"type": "object", "properties": properties, "additionalProperties": operation.input.is_open()});
    if let (Value::Object(schema), false) = (&mut schema, required.is_empty()) {
        schema.insert("required".into(), json!(required));
    }
    let mut content = json!({"schema": schema});
    if let (Value::Object(content), false) = (&mut content, examples.is_empty()) {
        content.insert("examples".into(), Value::Object(examples));
    }
    Some(json!({"required": !required.is_empty(), "content": {"application/json": content}}))
}

/// The same with what every text in it is held to.
fn without_nul(schema: Map<String, Value>) -> Value {
    let mut schema = Value::Object(schema);
    forbid_nul(&mut schema);
    schema
}

fn forbid_nul(schema: &mut Value) {
    let Value::Object(members) = schema else { return };
    let is_text = match members.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "string"),
        kind => kind.is_some_and(|kind| kind == "string"),
    };
    if is_text && !["enum", "pattern", "format"].iter().any(|name| members.contains_key(*name)) {
        members.insert("pattern".into(), "^[^\\u0000]*$".into());
    }
    if let Some(items) = members.get_mut("items") {
        forbid_nul(items);
    }
    if let Some(Value::Array(kinds)) = members.get_mut("anyOf") {
        kinds.iter_mut().for_each(forbid_nul);
    }
    if let Some(Value::Object(inner)) = members.get_mut("properties") {
        inner.values_mut().for_each(forbid_nul);
    }
}

/// The same, or null: a form's way to leave out what is optional.
fn nullable(mut schema: Map<String, Value>) -> Map<String, Value> {
    if let Some(Value::String(name)) = schema.get("type") {
        let names = json!([name, "null"]);
        schema.insert("type".into(), names);
    }
    for name in ["enum", "anyOf"] {
        if let Some(Value::Array(values)) = schema.get_mut(name) {
            values.push(if name == "enum" { Value::Null } else { json!({"type": "null"}) });
        }
    }
    schema
}

fn fields_parameter() -> Value {
    json!({
        "name": "fields", "in": "query", "allowEmptyValue": true,
        "description": "Only these fields of the answer, separated by commas; dots for inner ones: price,metrics.fundingRate. Lists are passed through. The answer then has these members only, whatever its schema requires.",
        "schema": {"type": "string", "pattern": format!("^[^,]*(,[^,]*){{0,{}}}$", FIELDS_MAX - 1)}
    })
}

fn limit_parameter() -> Value {
    json!({
        "name": "limit", "in": "query", "allowEmptyValue": true,
        "description": "Most rows of the answer's list; the newest where rows are in order of time.",
        "schema": {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX}
    })
}

fn problem() -> Value {
    let codes: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    json!({
        "type": "object",
        "description": "What went wrong (RFC 9457).",
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": {"type": "string"},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string"},
            "code": {"type": "string", "enum": codes, "description": "Stable."},
            "requestId": {"type": "string"},
            "retryAfter": {"type": "number", "description": "Seconds to wait before trying again."},
            "fields": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "field": {"type": "string"}, "problem": {"type": "string"},
                        "got": {"type": "string"}, "accepted": {"type": "string"}
                    },
                    "required": ["field", "problem", "accepted"]
                }
            },
            "upstream": {
                "type": "object",
                "properties": {"source": {"type": "string"}, "kind": {"type": "string"}},
                "required": ["source", "kind"]
            }
        },
        "required": ["type", "title", "status", "detail", "code"]
    })
}
