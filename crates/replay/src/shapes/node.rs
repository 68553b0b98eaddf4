//! Templates: JSON whose texts are formulas, and whose lists come out of the world.

use serde_json::{Map, Value};

use super::expr::{Expr, unit_ms};

/// A part of an answer before it is filled in.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// As written.
    Fixed(Value),
    /// `"=formula"`.
    Figure(Expr),
    /// `"{ticker}/USDT"`.
    Text(Vec<Piece>),
    List(Vec<Node>),
    Object(Vec<Field>),
    /// `{"*": source, "row": template}`, with `"key"` where the rows make an object, and with `"rows"` where
    /// each is a list whose members stand side by side.
    Each {
        source: Expr,
        key: Option<Box<Node>>,
        row: Box<Node>,
        flat: bool,
    },
}

/// A piece of a text.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    Fixed(String),
    Figure(Expr),
}

/// A field; one that is written `change_{1h,24h}` has been taken apart, and knows its length of time.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub name: String,
    pub length_ms: Option<i64>,
    pub node: Node,
}

impl Node {
    pub(super) fn read(template: &Value) -> Result<Self, String> {
        match template {
            Value::String(text) => match text.strip_prefix('=') {
                Some(formula) => Ok(Self::Figure(Expr::read(formula)?)),
                None if text.contains('{') => Ok(Self::Text(pieces(text)?)),
                None => Ok(Self::Fixed(template.clone())),
            },
            Value::Array(items) => Ok(Self::List(items.iter().map(Self::read).collect::<Result<_, _>>()?)),
            Value::Object(fields) => match fields.get("*") {
                Some(source) => Self::each(source, fields),
                None => Ok(Self::Object(object(fields)?)),
            },
            other => Ok(Self::Fixed(other.clone())),
        }
    }

    fn each(source: &Value, fields: &Map<String, Value>) -> Result<Self, String> {
        let source = source.as_str().ok_or("the source of rows is no text")?;
        let flat = fields.contains_key("rows");
        let row = fields.get(if flat { "rows" } else { "row" });
        let row = row.ok_or_else(|| format!("{source}: there is no row"))?;
        if let Some(odd) = fields.keys().find(|name| !matches!(name.as_str(), "*" | "row" | "rows" | "key")) {
            return Err(format!("{source}: {odd} is unknown"));
        }
        let key = fields.get("key").map(Self::read).transpose()?.map(Box::new);
        Ok(Self::Each { source: Expr::read(source)?, key, row: Box::new(Self::read(row)?), flat })
    }
}

fn object(fields: &Map<String, Value>) -> Result<Vec<Field>, String> {
    let mut read = Vec::with_capacity(fields.len());
    for (name, template) in fields {
        let node = Node::read(template)?;
        let Some((before, (lengths, after))) =
            name.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
        else {
            read.push(Field { name: name.clone(), length_ms: None, node });
            continue;
        };
        for length in lengths.split(',') {
            read.push(Field {
                name: format!("{before}{length}{after}"),
                length_ms: Some(length_ms(length).ok_or_else(|| format!("{name}: {length} is no time"))?),
                node: node.clone(),
            });
        }
    }
    Ok(read)
}

/// `15m`, `4h`, `7d`, `1w`.
pub(super) fn length_ms(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let count: i64 = text.strip_suffix(unit)?.parse().ok()?;
    Some(count * unit_ms(unit)?)
}

fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (formula, after) = after.split_once('}').ok_or_else(|| format!("{text}: a brace stays open"))?;
        if !before.is_empty() {
            pieces.push(Piece::Fixed(before.to_owned()));
        }
        pieces.push(Piece::Figure(Expr::read(formula)?));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Fixed(rest.to_owned()));
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lengths_of_time_in_a_name_make_one_field_each() {
        let Ok(Node::Object(fields)) = Node::read(&json!({"change_{5m,24h}": "=change(price, W)"})) else {
            panic!("no object")
        };
        let told: Vec<_> = fields.iter().map(|field| (field.name.as_str(), field.length_ms)).collect();
        assert_eq!(told, [("change_5m", Some(300_000)), ("change_24h", Some(86_400_000))]);
    }

    #[test]
    fn templates_that_cannot_be_read_are_told() {
        for bad in [json!("=1 +"), json!({"*": "days", "line": 1}), json!({"a_{x}": 1}), json!("{a")] {
            assert!(Node::read(&bad).is_err(), "{bad}");
        }
    }
}
