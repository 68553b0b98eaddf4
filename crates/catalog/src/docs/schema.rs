//! JSON Schemas moved, joined and made plain.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

const DEFS: &str = "#/$defs/";
const COMPONENTS: &str = "#/components/schemas/";

/// The schemas of a document that stand in one place under stable names.
#[derive(Debug, Default)]
pub(super) struct Components {
    /// By name and whole meaning, the name chosen.
    names: BTreeMap<(String, String), String>,
    /// By the name chosen.
    schemas: BTreeMap<String, Value>,
}

impl Components {
    /// Moves a schema with its `$defs` here and gives back what refers to it. Equal types share one
    /// place; a second type of the same name is called after its namespace.
    pub(super) fn hoist(&mut self, root: &Value, namespace: &str) -> Value {
        let none = Map::new();
        let defs = root.get("$defs").and_then(Value::as_object).unwrap_or(&none);
        let title = root.get("title").and_then(Value::as_str).unwrap_or_default();
        let body = bare(root);
        let named = body.get("properties").is_some() && !title.is_empty() && !defs.contains_key(title);
        let refers_to_itself = body.to_string().contains("\"$ref\":\"#\"");
        let mut all: BTreeMap<String, Value> =
            defs.iter().map(|(name, def)| (name.clone(), bare(def))).collect();
        let root_name = if title.is_empty() { "Root".to_owned() } else { title.to_owned() };
        if named || refers_to_itself {
            all.insert(root_name.clone(), body.clone());
        }
        let chosen: BTreeMap<String, String> =
            all.keys().map(|name| (name.clone(), self.name(name, &meaning(name, &all), namespace))).collect();
        for (name, def) in &all {
            if let Some(place) = chosen.get(name) {
                self.schemas.entry(place.clone()).or_insert_with(|| pointed(def, &chosen, &root_name));
            }
        }
        match chosen.get(&root_name).filter(|_| named || refers_to_itself) {
            Some(place) => json!({"$ref": format!("{COMPONENTS}{place}")}),
            None => pointed(&body, &chosen, &root_name),
        }
    }

    fn name(&mut self, name: &str, meaning: &str, namespace: &str) -> String {
        let key = (name.to_owned(), meaning.to_owned());
        if let Some(chosen) = self.names.get(&key) {
            return chosen.clone();
        }
        let plain: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '_' })
            .collect();
        let of_namespace = format!("{}{plain}", pascal(namespace));
        let taken: BTreeSet<&String> = self.names.values().collect();
        let mut chosen = plain;
        let mut number = 1;
        while taken.contains(&chosen) {
            chosen = if number == 1 { of_namespace.clone() } else { format!("{of_namespace}{number}") };
            number += 1;
        }
        self.names.insert(key, chosen.clone());
        chosen
    }

    /// The schemas by name.
    pub(super) fn into_map(self) -> Map<String, Value> {
        self.schemas.into_iter().collect()
    }
}

/// `new_listings` as `NewListings`.
fn pascal(name: &str) -> String {
    let mut upper = true;
    name.chars()
        .filter_map(|c| {
            if c == '_' || c == '-' {
                upper = true;
                return None;
            }
            let c = if upper { c.to_ascii_uppercase() } else { c };
            upper = false;
            Some(c)
        })
        .collect()
}

/// The schema without what belongs to its place only.
fn bare(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => Value::Object(
            members
                .iter()
                .filter(|(name, _)| !matches!(name.as_str(), "$schema" | "$defs" | "title"))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        ),
        other => other.clone(),
    }
}

/// All that a definition says, those it refers to included: two of the same name are the same type
/// only when this is equal.
fn meaning(name: &str, all: &BTreeMap<String, Value>) -> String {
    let mut reached: BTreeSet<&str> = BTreeSet::from([name]);
    let mut open = vec![name];
    while let Some(next) = open.pop() {
        let Some(def) = all.get(next) else { continue };
        each_ref(def, &mut |target| {
            if let Some(target) = target.strip_prefix(DEFS)
                && let Some((known, _)) = all.get_key_value(target)
                && reached.insert(known)
            {
                open.push(known);
            }
        });
    }
    let whole: Vec<(&str, Option<&Value>)> = reached.into_iter().map(|name| (name, all.get(name))).collect();
    json!(whole).to_string()
}

fn each_ref<'a>(schema: &'a Value, found: &mut impl FnMut(&'a str)) {
    match schema {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(target) if name == "$ref" => found(target),
                    other => each_ref(other, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| each_ref(item, found)),
        _ => {}
    }
}

/// The same schema with its references pointing at the components.
fn pointed(schema: &Value, chosen: &BTreeMap<String, String>, root_name: &str) -> Value {
    match schema {
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| {
                    let value = match value {
                        Value::String(target) if name == "$ref" => {
                            let def = if target == "#" { Some(root_name) } else { target.strip_prefix(DEFS) };
                            match def.and_then(|def| chosen.get(def)) {
                                Some(place) => format!("{COMPONENTS}{place}").into(),
                                None => value.clone(),
                            }
                        }
                        other => pointed(other, chosen, root_name),
                    };
                    (name.clone(), value)
                })
                .collect(),
        ),
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| pointed(item, chosen, root_name)).collect())
        }
        other => other.clone(),
    }
}

/// The schema of an answer as a simple importer takes it: no references, no combinations, as deep as
/// `depth`, always an object at the top (others stand in `data`, as the server sends them to models).
pub(super) fn plain_answer(schema: Option<&Value>, depth: usize) -> Value {
    let answer = schema.map(|schema| plain(schema, schema, depth));
    let mut properties = match answer {
        Some(Value::Object(mut members)) if members.contains_key("properties") => {
            match members.remove("properties") {
                Some(Value::Object(properties)) => properties,
                _ => Map::new(),
            }
        }
        Some(other) => Map::from_iter([("data".to_owned(), other)]),
        None => Map::from_iter([("data".to_owned(), json!({"description": "The provider's own data."}))]),
    };
    properties.entry("truncated").or_insert_with(|| {
        json!({
            "type": "object",
            "description": "Present when rows were cut so that the answer fits.",
            "properties": {
                "path": {"type": "string"}, "kept": {"type": "integer"},
                "of": {"type": "integer"}, "end": {"type": "string"}
            }
        })
    });
    json!({"type": "object", "properties": properties})
}

fn plain(schema: &Value, root: &Value, depth: usize) -> Value {
    let mut out = Map::new();
    if let Some(description) = schema.get("description").and_then(Value::as_str) {
        out.insert("description".into(), super::cut_at_word(&one_line(description), 300).into());
    }
    let schema = follow(schema, root);
    let alternatives = ["oneOf", "anyOf", "allOf"].iter().find_map(|name| schema.get(*name)?.as_array());
    if let Some(alternatives) = alternatives {
        let real: Vec<&Value> = alternatives
            .iter()
            .map(|each| follow(each, root))
            .filter(|each| each.get("type") != Some(&json!("null")))
            .collect();
        let words: Option<Vec<Value>> =
            real.iter().map(|each| words(each)).collect::<Option<Vec<_>>>().map(|all| all.concat());
        match (words, real.as_slice()) {
            (Some(words), _) if !words.is_empty() => {
                out.insert("type".into(), "string".into());
                out.insert("enum".into(), Value::Array(words));
            }
            (_, [only]) if depth > 0 => {
                if let Value::Object(inner) = plain(only, root, depth - 1) {
                    for (name, value) in inner {
                        out.entry(name).or_insert(value);
                    }
                }
            }
            _ => {}
        }
        return Value::Object(out);
    }
    for name in ["type", "enum", "const", "format", "minimum", "maximum"] {
        if let Some(value) = schema.get(name) {
            out.insert(name.into(), value.clone());
        }
    }
    if is_type(schema, "object") {
        let properties = schema.get("properties").and_then(Value::as_object).filter(|_| depth > 0);
        let properties: Map<String, Value> = properties
            .map(|all| {
                all.iter().map(|(name, inner)| (name.clone(), plain(inner, root, depth - 1))).collect()
            })
            .unwrap_or_default();
        out.insert("properties".into(), Value::Object(properties));
    }
    if is_type(schema, "array") {
        let items = schema
            .get("items")
            .filter(|_| depth > 0)
            .map_or_else(|| json!({}), |items| plain(items, root, depth - 1));
        out.insert("items".into(), items);
    }
    Value::Object(out)
}

fn words(schema: &Value) -> Option<Vec<Value>> {
    match (schema.get("const"), schema.get("enum")) {
        (Some(word @ Value::String(_)), _) => Some(vec![word.clone()]),
        (None, Some(Value::Array(words))) if words.iter().all(Value::is_string) => Some(words.clone()),
        _ => None,
    }
}

fn is_type(schema: &Value, name: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(only)) => only == name,
        Some(Value::Array(names)) => names.iter().any(|each| each == name),
        _ => false,
    }
}

/// The schema itself, or what its `$ref` within `root` points at.
pub(super) fn follow<'a>(schema: &'a Value, root: &'a Value) -> &'a Value {
    let mut current = schema;
    for _ in 0..8 {
        let target = current.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
        match target.and_then(|pointer| root.pointer(pointer)) {
            Some(found) => current = found,
            None => break,
        }
    }
    current
}

/// Doc comments are wrapped in the source; a description is one paragraph.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Joins `extra` into `document`: objects member by member, lists end to end, what stands already stays.
pub(super) fn merge(document: &mut Value, extra: &Value) {
    match (document, extra) {
        (Value::Object(members), Value::Object(more)) => {
            for (name, value) in more {
                match members.get_mut(name) {
                    Some(known) => merge(known, value),
                    None => {
                        members.insert(name.clone(), value.clone());
                    }
                }
            }
        }
        (Value::Array(items), Value::Array(more)) => {
            let new: Vec<Value> = more.iter().filter(|item| !items.contains(item)).cloned().collect();
            items.extend(new);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_types_share_a_place_and_others_of_the_name_do_not() {
        let mut components = Components::default();
        let inner = json!({"type": "object", "properties": {"a": {"type": "string"}}});
        let other = json!({"type": "object", "properties": {"a": {"type": "integer"}}});
        let root = |inner: &Value| json!({"title": "Outer", "type": "object", "properties": {"x": {"$ref": "#/$defs/Inner"}}, "$defs": {"Inner": inner}});
        assert_eq!(components.hoist(&root(&inner), "one"), json!({"$ref": "#/components/schemas/Outer"}));
        assert_eq!(components.hoist(&root(&inner), "two"), json!({"$ref": "#/components/schemas/Outer"}));
        // The same words, but `Inner` means something else: so `Outer` does too.
        assert_eq!(
            components.hoist(&root(&other), "new_listings"),
            json!({"$ref": "#/components/schemas/NewListingsOuter"})
        );
        let schemas = components.into_map();
        assert_eq!(
            schemas.keys().collect::<Vec<_>>(),
            ["Inner", "NewListingsInner", "NewListingsOuter", "Outer"]
        );
        assert_eq!(
            schemas["NewListingsOuter"]["properties"]["x"]["$ref"],
            "#/components/schemas/NewListingsInner"
        );
    }

    #[test]
    fn a_type_that_holds_itself_points_at_its_place() {
        let mut components = Components::default();
        let root = json!({"title": "Tree", "type": "object", "properties": {"up": {"$ref": "#"}}});
        assert_eq!(components.hoist(&root, "x"), json!({"$ref": "#/components/schemas/Tree"}));
        assert_eq!(components.into_map()["Tree"]["properties"]["up"]["$ref"], "#/components/schemas/Tree");
    }

    #[test]
    fn a_plain_schema_has_no_reference_and_no_combination() {
        let root = json!({
            "type": "object",
            "properties": {
                "side": {"anyOf": [{"$ref": "#/$defs/Side"}, {"type": "null"}]},
                "tree": {"$ref": "#/$defs/Tree"},
            },
            "$defs": {
                "Side": {"oneOf": [{"type": "string", "const": "long"}, {"type": "string", "const": "short"}]},
                "Tree": {"type": "object", "properties": {"up": {"anyOf": [{"$ref": "#/$defs/Tree"}, {"type": "null"}]}}},
            }
        });
        let plain = plain_answer(Some(&root), 6);
        let text = plain.to_string();
        assert!(!text.contains("$ref") && !text.contains("Of\""), "{text}");
        assert_eq!(plain["properties"]["side"], json!({"type": "string", "enum": ["long", "short"]}));
    }
}
