//! One call for all operations, `POST /invoke`, as a GPT imports it: `operation` and the flat fields
//! of every operation it may name.

use serde_json::{Map, Value, json};

use super::cut_at_word;
use super::gpt::{answers, document, fields, flat, form, limit, told};
use super::gpt_limits::PARAMETER_MAX;
use crate::directory::{Directory, Operation};
use crate::error::{ErrorCode, OpError};
use crate::input::{ParamSpec, Place};
use crate::meta::{Effect, Surfaces};

/// Most operations named in the description of a field.
const NAMED_MAX: usize = 8;

impl Directory {
    /// The OpenAPI 3.1 document of `POST /invoke` for these operations; all that read and change
    /// nothing where `names` is empty.
    ///
    /// # Errors
    /// `unknown_operation` for a name that is not offered there.
    pub fn invoke_schema(&self, title: &str, server_url: &str, names: &[&str]) -> Result<Value, OpError> {
        let operations: Vec<&Operation> = if names.is_empty() {
            self.iter()
                .filter(|operation| operation.meta.effect == Effect::Read)
                .filter(|operation| operation.meta.surfaces.contains(Surfaces::RPC))
                .collect()
        } else {
            names.iter().map(|name| self.get(name, Surfaces::RPC)).collect::<Result<_, _>>()?
        };
        let changes = operations.iter().any(|operation| operation.meta.effect != Effect::Read);
        let mut properties = Map::new();
        properties.insert("operation".into(), operation_names(&operations));
        for (name, uses) in uses(&operations) {
            properties.insert(name, Value::Object(field(&uses, operations.len())));
        }
        for (param, present) in
            [(fields(Place::Body), true), (limit(Place::Body), operations.iter().any(|it| it.meta.raw))]
        {
            if present && !properties.contains_key(param.name.as_ref()) {
                let mut schema = flat(&param);
                schema.insert("description".into(), told(&param, true).into());
                properties.insert(param.name.into_owned(), Value::Object(schema));
            }
        }
        let call = json!({
            "operationId": "invoke",
            "summary": "Calls one operation",
            "description": "Name the operation and give its parameters beside it; leave out those it does not take. GET /invoke/operations tells what each takes.",
            "x-openai-isConsequential": changes,
            "security": [{"bearer": []}],
            "requestBody": form(&properties, &["operation".to_owned()]),
            "responses": answers(&envelope())
        });
        let paths = Map::from_iter([("/invoke".to_owned(), json!({"post": call}))]);
        Ok(document(title, server_url, &paths))
    }
}

fn operation_names(operations: &[&Operation]) -> Value {
    let names: Vec<&str> = operations.iter().map(|operation| operation.name()).collect();
    json!({"type": "string", "enum": names, "description": "Which operation to call."})
}

type Uses<'a> = Vec<(&'a Operation, &'a ParamSpec)>;

/// Every parameter name with the operations that take it, in the order of their first use.
fn uses<'a>(operations: &[&'a Operation]) -> Vec<(String, Uses<'a>)> {
    let mut all: Vec<(String, Uses<'a>)> = Vec::new();
    for operation in operations {
        for param in operation.input.params() {
            match all.iter_mut().find(|(name, _)| *name == param.name) {
                Some((_, uses)) => uses.push((operation, param)),
                None => all.push((param.name.clone().into_owned(), vec![(operation, param)])),
            }
        }
    }
    all
}

/// One field for all operations that take a parameter of this name: what any of them accepts.
fn field(uses: &Uses<'_>, of: usize) -> Map<String, Value> {
    let schemas: Vec<Map<String, Value>> = uses.iter().map(|(_, param)| flat(param)).collect();
    let kind = |schema: &Map<String, Value>| schema.get("type").cloned().unwrap_or_default();
    let first = schemas.first().map(kind).unwrap_or_default();
    let mut joined = Map::new();
    if schemas.iter().all(|schema| kind(schema) == first) {
        joined.insert("type".into(), first);
        join_words(&schemas, &mut joined);
        for (name, least) in [("minimum", true), ("maximum", false)] {
            let bounds: Option<Vec<&Value>> = schemas.iter().map(|schema| schema.get(name)).collect();
            let number = |value: &&Value| value.as_f64().unwrap_or_default();
            let widest = bounds.and_then(|bounds| {
                let rank = |a: &&Value, b: &&Value| number(a).total_cmp(&number(b));
                if least { bounds.into_iter().min_by(rank) } else { bounds.into_iter().max_by(rank) }
            });
            if let Some(widest) = widest {
                joined.insert(name.into(), widest.clone());
            }
        }
    } else {
        joined.insert("type".into(), "string".into());
    }
    joined.insert("description".into(), described(uses, of).into());
    joined
}

/// The words of all, where all are words.
fn join_words(schemas: &[Map<String, Value>], joined: &mut Map<String, Value>) {
    let lists: Option<Vec<&Vec<Value>>> =
        schemas.iter().map(|schema| schema.get("enum")?.as_array()).collect();
    let mut words: Vec<Value> = Vec::new();
    for word in lists.into_iter().flatten().flatten() {
        if !words.contains(word) {
            words.push(word.clone());
        }
    }
    if !words.is_empty() {
        joined.insert("enum".into(), Value::Array(words));
    }
}

fn described(uses: &Uses<'_>, of: usize) -> String {
    let meaning = uses.iter().find(|(_, param)| !param.doc.is_empty()).or_else(|| uses.first());
    let meaning = meaning.map(|(_, param)| told(param, true)).unwrap_or_default();
    let names: Vec<&str> = uses.iter().take(NAMED_MAX).map(|(operation, _)| operation.name()).collect();
    let told = if uses.len() == of {
        meaning
    } else if uses.len() > NAMED_MAX {
        format!("{meaning} Of {} and {} more.", names.join(", "), uses.len() - NAMED_MAX)
    } else {
        format!("{meaning} Of {}.", names.join(", "))
    };
    cut_at_word(&told, PARAMETER_MAX)
}

/// What `POST /invoke` answers with.
fn envelope() -> Value {
    let codes: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    json!({
        "type": "object",
        "properties": {
            "ok": {"type": "boolean"},
            "operation": {"type": "string"},
            "data": {
                "type": "object", "description": "The answer, when ok.",
                "properties": {"truncated": {"type": "object", "description": "Present when rows were cut.", "properties": {"kept": {"type": "integer"}, "of": {"type": "integer"}}}}
            },
            "error": {
                "type": "object", "description": "What went wrong, when not ok.",
                "properties": {"code": {"type": "string", "enum": codes}, "detail": {"type": "string"}}
            },
            "meta": {"type": "object", "properties": {"executionTimeMs": {"type": "number"}}}
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Kind;
    use crate::meta::Meta;

    #[test]
    fn a_field_of_several_operations_takes_what_any_of_them_takes() {
        let operation = |kind: Kind| {
            let input = crate::InSchema::new(vec![ParamSpec::new("x", kind)]);
            Operation::new(Meta::get("a.b", "/a"), input, None)
        };
        let joined = |kinds: &[Kind]| {
            let operations: Vec<Operation> = kinds.iter().cloned().map(operation).collect();
            let uses: Uses<'_> = operations.iter().map(|it| (it, &it.input.params()[0])).collect();
            field(&uses, kinds.len())
        };
        let integers = joined(&[Kind::Integer { min: 1, max: 10 }, Kind::Integer { min: 5, max: 50 }]);
        assert_eq!((&integers["minimum"], &integers["maximum"]), (&json!(1), &json!(50)));
        let words = joined(&[Kind::one_of(&["a", "b"]), Kind::one_of(&["b", "c"])]);
        assert_eq!(words["enum"], json!(["a", "b", "c"]));
        assert!(!joined(&[Kind::one_of(&["a"]), Kind::text()]).contains_key("enum"));
        assert_eq!(joined(&[Kind::Boolean, Kind::text()])["type"], "string");
    }
}
