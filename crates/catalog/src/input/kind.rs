//! What a value may be.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::InSchema;

/// Longest text accepted where the type sets no bound of its own, in characters: percent-encoded, a longer
/// one would not fit into an address.
pub(super) const TEXT_MAX: usize = 4_096;
/// Most items accepted where the type sets no bound of its own.
pub(super) const LIST_MAX: usize = 1_000;

/// What a value may be, as far as can be told before the type itself reads it.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Text of so many characters.
    Text {
        /// Least.
        min: usize,
        /// Most.
        max: usize,
        /// JSON Schema's `format`, such as `date-time`; for documents, the type itself decides.
        format: Option<String>,
        /// JSON Schema's `pattern`; for documents, the type itself decides.
        pattern: Option<String>,
    },
    /// One of these words, in any case where that is unambiguous.
    OneOf(Vec<String>),
    /// A whole number within these bounds, both inclusive.
    Integer {
        /// Least.
        min: i64,
        /// Most.
        max: i64,
    },
    /// One of these whole numbers.
    Integers(Vec<i64>),
    /// A finite number within these bounds, both inclusive.
    Number {
        /// Least.
        min: Option<f64>,
        /// Most.
        max: Option<f64>,
    },
    /// true or false.
    Boolean,
    /// true: a confirmation.
    Yes,
    /// A list; as text, separated by commas.
    List {
        /// What its items may be.
        item: Box<Self>,
        /// Fewest items.
        min: usize,
        /// Most items.
        max: usize,
    },
    /// An object with these members; any members where `None`.
    Object(Option<Box<InSchema>>),
    /// Any of these; text comes last.
    Either(Vec<Self>),
    /// Anything.
    Any,
}

impl Kind {
    /// Any text that is not empty.
    #[must_use]
    pub const fn text() -> Self {
        Self::Text { min: 1, max: TEXT_MAX, format: None, pattern: None }
    }

    /// One of these words.
    #[must_use]
    pub fn one_of(words: &[&str]) -> Self {
        Self::OneOf(words.iter().map(|&word| word.to_owned()).collect())
    }

    /// Any number.
    #[must_use]
    pub const fn number() -> Self {
        Self::Number { min: None, max: None }
    }

    /// Whether a text of a path or a query is taken apart into a list.
    pub(crate) fn takes_list(&self) -> bool {
        match self {
            Self::List { .. } => true,
            Self::Either(kinds) => kinds.iter().any(Self::takes_list),
            _ => false,
        }
    }

    /// A list of texts.
    #[must_use]
    pub fn list() -> Self {
        Self::List { item: Box::new(Self::text()), min: 0, max: LIST_MAX }
    }

    /// JSON's name of the type; `any` where it may be more than one.
    #[must_use]
    pub fn json_type(&self) -> &'static str {
        match self {
            Self::Text { .. } | Self::OneOf(_) => "string",
            Self::Integer { .. } | Self::Integers(_) => "integer",
            Self::Number { .. } => "number",
            Self::Boolean | Self::Yes => "boolean",
            Self::List { .. } => "array",
            Self::Object(_) => "object",
            Self::Either(_) | Self::Any => "any",
        }
    }

    /// What is accepted, in words for a message.
    #[must_use]
    pub fn accepted(&self) -> String {
        match self {
            Self::Text { format: Some(format), .. } if format == "date-time" => {
                "RFC 3339 time, for example 2025-03-03T12:00:00Z".to_owned()
            }
            Self::Text { min: 0 | 1, max, .. } if *max == TEXT_MAX => "text".to_owned(),
            Self::Text { min, max, .. } => format!("text of {min} to {max} characters"),
            Self::OneOf(words) => {
                const SHOWN: usize = 40;
                let mut text = format!(
                    "one of {}",
                    words.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ")
                );
                if words.len() > SHOWN {
                    let _ = write!(text, " and {} more", words.len() - SHOWN);
                }
                text
            }
            Self::Integer { min, max } => match (*min, *max) {
                (i64::MIN, i64::MAX) => "integer".to_owned(),
                (i64::MIN, max) => format!("integer up to {max}"),
                (min, i64::MAX) => format!("integer from {min}"),
                (min, max) => format!("integer from {min} to {max}"),
            },
            Self::Integers(numbers) => {
                format!("one of {}", numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(", "))
            }
            Self::Number { min, max } => match (min, max) {
                (None, None) => "number".to_owned(),
                (None, Some(max)) => format!("number up to {max}"),
                (Some(min), None) => format!("number from {min}"),
                (Some(min), Some(max)) => format!("number from {min} to {max}"),
            },
            Self::Boolean => "true or false".to_owned(),
            Self::Yes => "true".to_owned(),
            Self::List { item, max, .. } => {
                format!("list of up to {max} items, each {}", item.accepted())
            }
            Self::Object(Some(members)) => format!("object with {}", members.names_text()),
            Self::Object(None) => "object".to_owned(),
            Self::Either(kinds) => kinds.iter().map(Self::accepted).collect::<Vec<_>>().join(", or "),
            Self::Any => "any value".to_owned(),
        }
    }

    /// As JSON Schema 2020-12 without references.
    #[must_use]
    pub fn schema(&self) -> Map<String, Value> {
        let value = match self {
            Self::Text { min, max, format, pattern } => {
                let mut schema = Map::new();
                schema.insert("type".into(), "string".into());
                for (name, text) in [("format", format), ("pattern", pattern)] {
                    if let Some(text) = text {
                        schema.insert(name.into(), text.as_str().into());
                    }
                }
                if *min > 0 {
                    schema.insert("minLength".into(), (*min).into());
                }
                schema.insert("maxLength".into(), (*max).into());
                return schema;
            }
            Self::OneOf(words) => json!({"type": "string", "enum": words}),
            Self::Integer { min, max } => {
                let mut schema = Map::new();
                schema.insert("type".into(), "integer".into());
                if *min != i64::MIN {
                    schema.insert("minimum".into(), (*min).into());
                }
                if *max != i64::MAX {
                    schema.insert("maximum".into(), (*max).into());
                }
                if *min == i64::MIN || *max == i64::MAX {
                    schema.insert("format".into(), "int64".into());
                }
                return schema;
            }
            Self::Integers(numbers) => json!({"type": "integer", "enum": numbers}),
            Self::Number { min, max } => {
                let mut schema = Map::new();
                schema.insert("type".into(), "number".into());
                for (name, bound) in [("minimum", min), ("maximum", max)] {
                    if let Some(bound) = bound {
                        schema.insert(name.into(), json!(bound));
                    }
                }
                return schema;
            }
            Self::Boolean => json!({"type": "boolean"}),
            Self::Yes => json!({"type": "boolean", "const": true}),
            Self::List { item, min, max } => {
                let mut schema = Map::new();
                schema.insert("type".into(), "array".into());
                schema.insert("items".into(), Value::Object(item.schema()));
                if *min > 0 {
                    schema.insert("minItems".into(), (*min).into());
                }
                schema.insert("maxItems".into(), (*max).into());
                return schema;
            }
            Self::Object(Some(members)) => return members.schema(),
            Self::Object(None) => json!({"type": "object"}),
            Self::Either(kinds) => {
                json!({"anyOf": kinds.iter().map(|kind| Value::Object(kind.schema())).collect::<Vec<_>>()})
            }
            Self::Any => json!({}),
        };
        match value {
            Value::Object(schema) => schema,
            _ => Map::new(),
        }
    }
}
