//! The catalogue for callers: JSON for `GET /invoke/operations`, Markdown for the reference.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::directory::{Directory, Operation};
use crate::error::OpError;
use crate::input::ParamSpec;
use crate::near::near;

impl Directory {
    /// What every operation is and takes; of one namespace only where one is named.
    ///
    /// # Errors
    /// `not_found` for an unknown namespace, with similar names.
    pub fn listing(&self, namespace: Option<&str>) -> Result<Value, OpError> {
        if let Some(wanted) = namespace
            && !self.namespaces().contains(&wanted)
        {
            let similar = near(wanted, self.namespaces(), 3);
            let known = if similar.is_empty() { self.namespaces().join(", ") } else { similar.join(", ") };
            let wanted = crate::error::shorten(wanted);
            return Err(OpError::not_found(format!("there is no namespace '{wanted}'; there is {known}"))
                .with("near", similar));
        }
        let wanted = |operation: &&Operation| namespace.is_none_or(|name| operation.meta.namespace() == name);
        let operations: Vec<Value> = self.iter().filter(wanted).map(listed).collect();
        let namespaces: Map<String, Value> = self
            .count_by_namespace()
            .into_iter()
            .map(|(name, count)| (name.to_owned(), count.into()))
            .collect();
        Ok(json!({"count": operations.len(), "namespaces": namespaces, "operations": operations}))
    }

    /// The reference of all operations, Markdown.
    #[must_use]
    pub fn reference_markdown(&self) -> String {
        let mut text = format!(
            "# Operations\n\nGenerated from the catalogue. {} operations, each by its REST route, by `POST /invoke`, and from the command line.\n",
            self.len()
        );
        for (namespace, count) in self.count_by_namespace() {
            let _ = write!(text, "\n## {namespace} ({count})\n");
            for operation in self.iter().filter(|operation| operation.meta.namespace() == namespace) {
                section(operation, &mut text);
            }
        }
        text
    }
}

fn listed(operation: &Operation) -> Value {
    let meta = &operation.meta;
    let params: Vec<Value> = operation.input.params().iter().map(listed_param).collect();
    let examples: Vec<Value> =
        meta.examples.iter().map(|example| json!({"title": example.title, "args": example.args})).collect();
    let mut out = json!({
        "operation": meta.name,
        "method": meta.verb,
        "path": meta.path,
        "summary": meta.summary,
        "scope": meta.scope,
        "effect": meta.effect,
        "surfaces": meta.surfaces.names().collect::<Vec<_>>(),
        "cost": meta.cost,
        "timeLimitMs": millis(meta.time_limit),
        "params": params,
        "examples": examples
    });
    if let Value::Object(out) = &mut out {
        if !meta.description.is_empty() {
            out.insert("description".into(), meta.description.as_ref().into());
        }
        if let Some(instead) = meta.deprecated {
            out.insert("deprecated".into(), instead.into());
        }
        if let Some(cache) = meta.cache {
            out.insert("cacheMs".into(), millis(cache));
        }
    }
    out
}

fn millis(time: std::time::Duration) -> Value {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).into()
}

fn listed_param(param: &ParamSpec) -> Value {
    let mut out = Map::new();
    out.insert("name".into(), param.name.as_ref().into());
    out.insert("required".into(), param.required.into());
    out.insert("accepted".into(), param.kind.accepted().into());
    out.extend(param.schema());
    Value::Object(out)
}

fn section(operation: &Operation, text: &mut String) {
    let meta = &operation.meta;
    let _ = write!(text, "\n### `{}`\n\n{}", meta.name, sentence(&meta.summary));
    if !meta.description.is_empty() {
        let _ = write!(text, " {}", meta.description);
    }
    if let Some(instead) = meta.deprecated {
        let _ = write!(text, " **Deprecated: use {instead}.**");
    }
    let _ = write!(
        text,
        "\n\n`{} {}` · scope {} · cost {} · {} s",
        meta.verb,
        meta.path,
        meta.scope,
        meta.cost,
        meta.time_limit.as_secs_f64()
    );
    if let Some(cache) = meta.cache {
        let _ = write!(text, " · cached {} s", cache.as_secs_f64());
    }
    text.push('\n');
    if !operation.input.params().is_empty() {
        text.push_str("\n| parameter | accepted | default | meaning |\n|---|---|---|---|\n");
    }
    for param in operation.input.params() {
        let need = if param.required { " (required)" } else { "" };
        let default = param.default.as_ref().map(|value| format!("`{value}`")).unwrap_or_default();
        let accepted = cell(&param.kind.accepted());
        let _ = writeln!(text, "| `{}`{need} | {accepted} | {default} | {} |", param.name, cell(&param.doc));
    }
    if let Some(example) = meta.examples.first() {
        let call = json!({"operation": meta.name, "args": example.args});
        let _ = write!(text, "\n{}: `{call}`\n", example.title);
    }
}

fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
