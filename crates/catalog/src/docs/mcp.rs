//! Tools of the Model Context Protocol, as plain values.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::directory::{Directory, Operation};
use crate::error::OpError;
use crate::meta::{Effect, Surfaces, Verb};

/// One tool, as `tools/list` shows it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tool {
    /// The operation's name with underscores for dots;
    /// [`Directory::find_by_operation_id`] leads back.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// When to call it.
    pub description: String,
    /// JSON Schema 2020-12 of the arguments, without references.
    pub input_schema: Value,
    /// JSON Schema 2020-12 of the answer, an object; `None` where a provider's JSON is passed through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Value>,
    /// What the tool does to the world.
    pub annotations: ToolAnnotations,
}

/// What a tool does to the world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolAnnotations {
    /// One line for people.
    pub title: String,
    /// It changes nothing.
    pub read_only_hint: bool,
    /// It may remove or overwrite.
    pub destructive_hint: bool,
    /// A second call changes nothing more.
    pub idempotent_hint: bool,
    /// It reaches beyond our own data.
    pub open_world_hint: bool,
}

impl Directory {
    /// These operations as tools, in this order.
    ///
    /// # Errors
    /// `unknown_operation` for a name that is not offered there.
    pub fn mcp_tools(&self, names: &[&str]) -> Result<Vec<Tool>, OpError> {
        names.iter().map(|name| self.get(name, Surfaces::MCP).map(tool)).collect()
    }
}

fn tool(operation: &Operation) -> Tool {
    let meta = &operation.meta;
    let title = meta.summary.as_ref().to_owned();
    let description = match (meta.description.as_ref(), meta.deprecated) {
        ("", None) => title.clone(),
        (text, None) => format!("{title}. {text}"),
        (text, Some(instead)) => format!("{title}. {text} Deprecated: use {instead}."),
    };
    let reads = meta.effect == Effect::Read;
    Tool {
        name: meta.operation_id(),
        description,
        input_schema: Value::Object(operation.input.schema()),
        output_schema: operation.output_schema().map(answer),
        annotations: ToolAnnotations {
            title: title.clone(),
            read_only_hint: reads,
            destructive_hint: matches!(meta.verb, Verb::Delete),
            idempotent_hint: reads || matches!(meta.verb, Verb::Put | Verb::Delete),
            open_world_hint: meta.effect == Effect::External,
        },
        title,
    }
}

/// The answer's schema; what is no object stands in `data`, as the server sends it to models.
fn answer(schema: &Value) -> Value {
    let mut schema = schema.clone();
    let Value::Object(members) = &mut schema else { return json!({"type": "object"}) };
    members.remove("$schema");
    if members.get("type").and_then(Value::as_str) == Some("object") {
        return schema;
    }
    let defs = members.remove("$defs");
    let mut wrapped = Map::new();
    wrapped.insert("type".into(), "object".into());
    wrapped.insert("properties".into(), json!({"data": schema}));
    wrapped.insert("required".into(), json!(["data"]));
    if let Some(defs) = defs {
        wrapped.insert("$defs".into(), defs);
    }
    Value::Object(wrapped)
}
