//! The schema that a GPT imports: a few operations, flat parameters, short texts.

use serde_json::{Map, Value, json};

use super::cut_at_word;
use super::gpt_limits::{DESCRIPTION_MAX, PARAMETER_MAX};
use super::schema::plain_answer;
use crate::directory::{Directory, Operation};
use crate::error::OpError;
use crate::input::{Kind, ParamSpec, Place};
use crate::meta::{Effect, Scope, Surfaces};

/// How deep answers are described.
const ANSWER_DEPTH: usize = 4;

impl Directory {
    /// The OpenAPI 3.1 document of these operations' REST routes, as a GPT's importer takes it.
    /// [`check_gpt`](super::check_gpt) tells whether it keeps the importer's limits.
    ///
    /// # Errors
    /// `unknown_operation` for a name that is not offered to GPTs.
    pub fn gpt_schema(&self, title: &str, server_url: &str, names: &[&str]) -> Result<Value, OpError> {
        let mut paths: Map<String, Value> = Map::new();
        for name in names {
            let operation = self.get(name, Surfaces::GPT | Surfaces::REST)?;
            let item = paths.entry(operation.meta.path.as_ref()).or_insert_with(|| json!({}));
            if let Value::Object(item) = item {
                item.insert(operation.meta.verb.as_str().to_ascii_lowercase(), described(operation));
            }
        }
        Ok(document(title, server_url, &paths))
    }
}

/// The frame of a GPT's document.
pub(super) fn document(title: &str, server_url: &str, paths: &Map<String, Value>) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1"},
        "servers": [{"url": server_url}],
        "paths": paths,
        "components": {
            "schemas": {},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}
        }
    })
}

fn described(operation: &Operation) -> Value {
    let meta = &operation.meta;
    let mut out = Map::new();
    out.insert("operationId".into(), meta.operation_id().into());
    out.insert("summary".into(), cut_at_word(&meta.summary, DESCRIPTION_MAX).into());
    if !meta.description.is_empty() {
        out.insert("description".into(), cut_at_word(&meta.description, DESCRIPTION_MAX).into());
    }
    out.insert("x-openai-isConsequential".into(), (meta.effect != Effect::Read).into());
    out.insert(
        "security".into(),
        if meta.scope == Scope::Public { json!([]) } else { json!([{"bearer": []}]) },
    );
    let mut parameters = Vec::new();
    let mut body = Map::new();
    let mut required = Vec::new();
    for param in operation.input.params().iter().chain(&shaping(operation)) {
        if param.place == Place::Body {
            let structured = matches!(param.kind, Kind::List { .. } | Kind::Object(_));
            let mut schema = if structured { param.kind.schema() } else { flat(param) };
            schema.insert("description".into(), told(param, false).into());
            body.insert(param.name.clone().into_owned(), Value::Object(schema));
            if param.required {
                required.push(param.name.clone().into_owned());
            }
            continue;
        }
        parameters.push(json!({
            "name": param.name,
            "in": if param.place == Place::Path { "path" } else { "query" },
            "description": told(param, true),
            "required": param.required,
            "schema": flat(param)
        }));
    }
    if !parameters.is_empty() {
        out.insert("parameters".into(), Value::Array(parameters));
    }
    if !body.is_empty() {
        out.insert("requestBody".into(), form(&body, &required));
    }
    out.insert("responses".into(), answers(&plain_answer(operation.output_schema(), ANSWER_DEPTH)));
    Value::Object(out)
}

/// A flat JSON body.
pub(super) fn form(properties: &Map<String, Value>, required: &[String]) -> Value {
    let mut schema = json!({"type": "object", "properties": properties});
    if let (Value::Object(schema), false) = (&mut schema, required.is_empty()) {
        schema.insert("required".into(), json!(required));
    }
    json!({"required": !required.is_empty(), "content": {"application/json": {"schema": schema}}})
}

/// The responses of an operation that answers with this.
pub(super) fn answers(schema: &Value) -> Value {
    json!({"200": {"description": "The answer", "content": {"application/json": {"schema": schema}}}})
}

/// The parameters that make an answer smaller, where the operation has none of their names.
fn shaping(operation: &Operation) -> Vec<ParamSpec> {
    let place = if operation.meta.verb.has_body() { Place::Body } else { Place::Query };
    let mut params = Vec::new();
    if operation.input.find("fields").is_none() {
        params.push(fields(place));
    }
    if operation.meta.raw && operation.input.find("limit").is_none() {
        params.push(limit(place));
    }
    params
}

pub(super) fn fields(place: Place) -> ParamSpec {
    let doc = "Only these fields of the answer, separated by commas; dots for inner ones: price,metrics.fundingRate.";
    ParamSpec { place, ..ParamSpec::new("fields", Kind::text()).doc(doc) }
}

pub(super) fn limit(place: Place) -> ParamSpec {
    let doc = "Most rows of the answer's list; 20 is a good start.";
    ParamSpec { place, ..ParamSpec::new("limit", Kind::Integer { min: 1, max: 100_000 }).doc(doc) }
}

/// The schema as a model fills it in: one plain type, lists and objects as text.
pub(super) fn flat(param: &ParamSpec) -> Map<String, Value> {
    let mut schema = match &param.kind {
        Kind::List { .. } | Kind::Object(_) | Kind::Either(_) | Kind::Any => {
            Map::from_iter([("type".to_owned(), "string".into())])
        }
        plain => plain.schema(),
    };
    // Patterns and lengths are for programs; to a model they are noise that importers trip over.
    for name in ["pattern", "minLength", "maxLength", "format"] {
        schema.remove(name);
    }
    let is_plain = param.default.as_ref().is_some_and(|value| !value.is_array() && !value.is_object());
    if let (Some(default), true) = (&param.default, is_plain) {
        schema.insert("default".into(), default.clone());
    }
    schema
}

/// The parameter's meaning; `as_text` adds how to write what is no plain type.
pub(super) fn told(param: &ParamSpec, as_text: bool) -> String {
    let how = match &param.kind {
        Kind::List { .. } if as_text => " Separate several by commas.",
        Kind::Object(_) if as_text => " Write it as JSON text.",
        Kind::Text { format: Some(format), .. } if format == "date-time" => " RFC 3339, UTC.",
        _ => "",
    };
    let told = format!("{}{how}", param.doc);
    let told = if told.trim().is_empty() { param.kind.accepted() } else { told };
    cut_at_word(told.trim(), PARAMETER_MAX)
}
