//! From JSON Schema, as schemars writes it, to parameters.

use serde_json::Value;

use super::kind::{LIST_MAX, TEXT_MAX};
use super::{InSchema, Kind, ParamSpec};

/// Deepest nesting that is looked into; below it anything goes and the type itself decides.
const DEPTH_MAX: usize = 8;
/// Longest instant, in characters.
const INSTANT_MAX: usize = 64;

/// The members of an object schema that carries its own `$defs`.
pub(super) fn members(root: &Value) -> InSchema {
    members_at(root, root, DEPTH_MAX)
}

fn members_at(schema: &Value, root: &Value, depth: usize) -> InSchema {
    let mut params = Vec::new();
    let mut open = false;
    collect(resolve(schema, root), root, depth, true, &mut params, &mut open);
    InSchema::with_openness(params, open)
}

/// Own properties, those of every `allOf` part, and those of alternatives (which no call needs to give).
fn collect(
    schema: &Value,
    root: &Value,
    depth: usize,
    certain: bool,
    params: &mut Vec<ParamSpec>,
    open: &mut bool,
) {
    if depth == 0 {
        *open = true;
        return;
    }
    if let Some(Value::Bool(true) | Value::Object(_)) = schema.get("additionalProperties") {
        *open = true;
    }
    let required: Vec<&str> =
        list(schema, "required").iter().filter_map(Value::as_str).filter(|_| certain).collect();
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        for (name, property) in properties {
            if params.iter().any(|param| param.name == name.as_str()) {
                continue;
            }
            params.push(param(name, property, root, depth - 1, required.contains(&name.as_str())));
        }
    }
    for part in list(schema, "allOf") {
        collect(resolve(part, root), root, depth - 1, certain, params, open);
    }
    for alternative in list(schema, "oneOf").iter().chain(list(schema, "anyOf")) {
        collect(resolve(alternative, root), root, depth - 1, false, params, open);
    }
}

fn param(name: &str, property: &Value, root: &Value, depth: usize, required: bool) -> ParamSpec {
    let described = property
        .get("description")
        .or_else(|| resolve(property, root).get("description"))
        .and_then(Value::as_str)
        .unwrap_or_default();
    let (kind, nullable) = kind(property, root, depth);
    let default = property.get("default").filter(|value| !value.is_null()).cloned();
    ParamSpec {
        required: required && !nullable && default.is_none(),
        default,
        ..ParamSpec::new(name.to_owned(), kind).doc(one_line(described))
    }
}

/// Doc comments are wrapped in the source; a description is one paragraph.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a schema accepts, and whether null is among it.
fn kind(schema: &Value, root: &Value, depth: usize) -> (Kind, bool) {
    let schema = resolve(schema, root);
    if depth == 0 {
        return (Kind::Any, true);
    }
    if let Some(value) = schema.get("const") {
        if value == &Value::Bool(true) {
            return (Kind::Yes, false);
        }
        return words(std::slice::from_ref(value));
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return words(values);
    }
    for combiner in ["oneOf", "anyOf"] {
        let alternatives = list(schema, combiner);
        if !alternatives.is_empty() {
            return either(alternatives.iter().map(|each| kind(each, root, depth - 1)));
        }
    }
    if let [only] = list(schema, "allOf") {
        return kind(only, root, depth - 1);
    }
    match schema.get("type") {
        Some(Value::String(name)) => of_type(name, schema, root, depth),
        Some(Value::Array(names)) => {
            either(names.iter().filter_map(Value::as_str).map(|name| of_type(name, schema, root, depth)))
        }
        _ => (Kind::Any, true),
    }
}

fn of_type(name: &str, schema: &Value, root: &Value, depth: usize) -> (Kind, bool) {
    let kind = match name {
        "null" => return (Kind::Either(Vec::new()), true),
        "string" => Kind::Text {
            min: count(schema, "minLength").unwrap_or(0),
            max: count(schema, "maxLength").unwrap_or(match text(schema, "format").as_deref() {
                Some("date-time") => INSTANT_MAX,
                _ => TEXT_MAX,
            }),
            format: text(schema, "format"),
            pattern: text(schema, "pattern"),
        },
        "integer" => integer(schema),
        "number" => Kind::Number { min: bound(schema, "minimum"), max: bound(schema, "maximum") },
        "boolean" => Kind::Boolean,
        "array" => Kind::List {
            item: Box::new(schema.get("items").map_or(Kind::Any, |items| kind(items, root, depth - 1).0)),
            min: count(schema, "minItems").unwrap_or(0),
            max: count(schema, "maxItems").unwrap_or(LIST_MAX),
        },
        "object" => {
            let inner = members_at(schema, root, depth - 1);
            Kind::Object((!inner.params().is_empty()).then(|| Box::new(inner)))
        }
        _ => return (Kind::Any, true),
    };
    (kind, false)
}

/// Bounds are those written, within those of the format.
fn integer(schema: &Value) -> Kind {
    let (least, most) = match schema.get("format").and_then(Value::as_str) {
        Some("int8") => (i8::MIN.into(), i8::MAX.into()),
        Some("uint8") => (0, u8::MAX.into()),
        Some("int16") => (i16::MIN.into(), i16::MAX.into()),
        Some("uint16") => (0, u16::MAX.into()),
        Some("int32") => (i32::MIN.into(), i32::MAX.into()),
        Some("uint32") => (0, u32::MAX.into()),
        Some("uint" | "uint64") => (0, i64::MAX),
        _ => (i64::MIN, i64::MAX),
    };
    let written = |name: &str| schema.get(name).and_then(Value::as_i64);
    Kind::Integer {
        min: written("minimum").map_or(least, |min| min.max(least)),
        max: written("maximum").map_or(most, |max| max.min(most)),
    }
}

fn words(values: &[Value]) -> (Kind, bool) {
    let nullable = values.iter().any(Value::is_null);
    let words: Option<Vec<String>> = values
        .iter()
        .filter(|value| !value.is_null())
        .map(|value| value.as_str().map(str::to_owned))
        .collect();
    (words.map_or(Kind::Any, Kind::OneOf), nullable)
}

/// One kind out of several: words are joined, text comes last since it takes everything.
fn either(kinds: impl Iterator<Item = (Kind, bool)>) -> (Kind, bool) {
    let mut nullable = false;
    let mut words: Vec<String> = Vec::new();
    let mut others: Vec<Kind> = Vec::new();
    let mut texts: Vec<Kind> = Vec::new();
    for (kind, null) in kinds {
        nullable |= null;
        match kind {
            Kind::OneOf(more) => {
                for word in more {
                    if !words.contains(&word) {
                        words.push(word);
                    }
                }
            }
            Kind::Either(more) => others.extend(more),
            Kind::Text { .. } => texts.push(kind),
            other => others.push(other),
        }
    }
    if !words.is_empty() {
        others.push(Kind::OneOf(words));
    }
    others.extend(texts);
    match others.len() {
        1 => (others.pop().unwrap_or(Kind::Any), nullable),
        _ => (Kind::Either(others), nullable),
    }
}

/// The schema itself, or what its `$ref` points at.
fn resolve<'a>(schema: &'a Value, root: &'a Value) -> &'a Value {
    let mut current = schema;
    for _ in 0..DEPTH_MAX {
        let Some(target) = current.get("$ref").and_then(Value::as_str) else { return current };
        let Some(found) = target.strip_prefix('#').and_then(|pointer| root.pointer(pointer)) else {
            return current;
        };
        current = found;
    }
    current
}

fn list<'a>(schema: &'a Value, name: &str) -> &'a [Value] {
    schema.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn count(schema: &Value, name: &str) -> Option<usize> {
    schema.get(name).and_then(Value::as_u64).and_then(|count| usize::try_from(count).ok())
}

fn text(schema: &Value, name: &str) -> Option<String> {
    schema.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn bound(schema: &Value, name: &str) -> Option<f64> {
    schema.get(name).and_then(Value::as_f64)
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde_json::json;

    use super::*;

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is used")]
    struct Sample {
        /// A coin,
        /// any spelling.
        #[schemars(length(min = 1, max = 20))]
        symbol: String,
        /// How many rows.
        #[serde(default = "ten")]
        #[schemars(range(min = 1, max = 500))]
        limit: u32,
        min_score: Option<f64>,
        debug: Option<bool>,
        side: Option<Side>,
        shade: Option<Shade>,
        symbols: Option<Vec<String>>,
        rule: Option<Rule>,
        id: Id,
        #[serde(flatten)]
        page: Page,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is used")]
    #[serde(rename_all = "lowercase")]
    enum Side {
        /// Up.
        Long,
        /// Down.
        Short,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is used")]
    enum Shade {
        Dark,
        Light,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is used")]
    struct Rule {
        name: String,
        level: u8,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is used")]
    #[serde(untagged)]
    enum Id {
        Text(String),
        Number(i64),
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is used")]
    struct Page {
        page: Option<u16>,
    }

    fn ten() -> u32 {
        10
    }

    #[test]
    fn a_derived_schema_becomes_parameters() {
        let schema = serde_json::to_value(schemars::schema_for!(Sample)).unwrap();
        let input = members(&schema);
        let kind = |name: &str| input.find(name).unwrap().kind.clone();
        assert_eq!(kind("symbol"), Kind::Text { min: 1, max: 20, format: None, pattern: None });
        assert_eq!(input.find("symbol").unwrap().doc, "A coin, any spelling.");
        assert!(input.find("symbol").unwrap().required);
        assert_eq!(kind("limit"), Kind::Integer { min: 1, max: 500 });
        assert_eq!(input.find("limit").unwrap().default, Some(json!(10)));
        assert!(!input.find("limit").unwrap().required);
        assert_eq!(kind("min_score"), Kind::number());
        assert_eq!(kind("debug"), Kind::Boolean);
        assert_eq!(kind("side"), Kind::one_of(&["long", "short"]));
        assert_eq!(kind("shade"), Kind::one_of(&["Dark", "Light"]));
        assert!(!input.find("side").unwrap().required);
        assert_eq!(kind("symbols").json_type(), "array");
        let Kind::Object(Some(rule)) = kind("rule") else { panic!("{:?}", kind("rule")) };
        assert_eq!(rule.find("level").unwrap().kind, Kind::Integer { min: 0, max: 255 });
        assert!(
            matches!(&kind("id"), Kind::Either(kinds) if kinds.len() == 2 && kinds[1].json_type() == "string")
        );
        assert_eq!(kind("page"), Kind::Integer { min: 0, max: 65_535 });
        assert!(!input.is_open());
    }

    #[test]
    fn a_recursive_type_ends() {
        #[derive(JsonSchema)]
        #[expect(dead_code, reason = "only its schema is used")]
        struct Tree {
            children: Vec<Tree>,
            parent: Option<Box<Tree>>,
        }
        let schema = serde_json::to_value(schemars::schema_for!(Tree)).unwrap();
        assert_eq!(members(&schema).params().len(), 2);
    }
}
