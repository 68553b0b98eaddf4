//! A provider's parameters as the catalogue takes them.

use catalog::{Kind, ParamSpec};
use serde_json::Value;
use upstream::{LIST_MAX, MILLIS_END, NAME_MAX, Param, ParamKind, SECONDS_END, TEXT_MAX};

/// Longest coin in any spelling, in characters.
const COIN_MAX: usize = 40;
/// Most words of a list, and the longest of them, in characters: together they fit into what a provider
/// is sent.
const WORDS_MAX: usize = 120;
/// No control characters.
const PLAIN: &str = r"^[^\u0000-\u001f\u007f-\u009f]+$";
/// No control characters, and something besides dots, which would climb out of the path.
const SEGMENT: &str =
    r"^[^\u0000-\u001f\u007f-\u009f]*[^.\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$";
/// Neither control characters nor blanks.
const SOLID: &str = r"^[^\s\u0000-\u001f\u007f-\u009f]+$";
/// One word of a list: no comma, and something besides blanks.
const WORD: &str =
    r"^[^,\[\u0000-\u001f\u007f-\u009f]*[^,\[\s\u0000-\u001f\u007f-\u009f][^,\[\u0000-\u001f\u007f-\u009f]*$";
/// Names that are a number at one provider and text at another: both are taken.
const EITHER: [&str; 5] = ["after", "before", "days", "state", "tier"];

/// The parameter, with the value that stands in for it where there is one.
pub(super) fn spec_of(param: &Param, stand_in: Option<&Value>) -> ParamSpec {
    let kind = kind_of(param);
    let default = stand_in.cloned().or_else(|| told_default(param, &kind));
    let spec = ParamSpec::new(param.name, kind).doc(param.doc);
    let spec = match default {
        Some(default) => spec.default(default),
        None => spec,
    };
    if param.required && stand_in.is_none() { spec.required() } else { spec }
}

fn kind_of(param: &Param) -> Kind {
    if EITHER.contains(&param.name) && !matches!(param.kind, ParamKind::OneOf(_)) {
        return Kind::Either(match number(param.kind) {
            Some(number) => vec![number],
            None => vec![Kind::Integer { min: i64::MIN, max: i64::MAX }, text(TEXT_MAX, PLAIN)],
        });
    }
    match param.kind {
        ParamKind::Text if param.place == upstream::Place::Path => text(TEXT_MAX, SEGMENT),
        ParamKind::Text => text(TEXT_MAX, PLAIN),
        ParamKind::Coin => text(COIN_MAX, SOLID),
        ParamKind::Pair => text(NAME_MAX, SOLID),
        ParamKind::OneOf(words) => match numbers(words) {
            // `limit` is a number everywhere.
            Some(numbers) if param.name == "limit" => Kind::Integers(numbers),
            _ if EITHER.contains(&param.name) => Kind::Either(vec![Kind::one_of(words)]),
            _ => Kind::one_of(words),
        },
        // Callers write lists as lists and as text with commas.
        ParamKind::List => {
            let word = text(NAME_MAX, WORD);
            let list = Kind::List { item: Box::new(word), min: 1, max: WORDS_MAX };
            Kind::Either(vec![list, text(LIST_MAX, PLAIN)])
        }
        ParamKind::Number => Kind::number(),
        ParamKind::Bool => Kind::Boolean,
        ParamKind::TimeIso => {
            Kind::Text { min: 1, max: COIN_MAX, format: Some("date-time".to_owned()), pattern: None }
        }
        ParamKind::Int { .. } | ParamKind::TimeMs | ParamKind::TimeSec => {
            number(param.kind).unwrap_or_else(Kind::number)
        }
    }
}

/// The whole numbers that a kind takes, where it takes those only.
const fn number(kind: ParamKind) -> Option<Kind> {
    let (min, max) = match kind {
        ParamKind::Int { min, max } => (min, max),
        ParamKind::TimeMs => (SECONDS_END, MILLIS_END - 1),
        ParamKind::TimeSec => (0, SECONDS_END - 1),
        _ => return None,
    };
    Some(Kind::Integer { min, max })
}

fn text(max: usize, pattern: &str) -> Kind {
    Kind::Text { min: 1, max, format: None, pattern: Some(pattern.to_owned()) }
}

/// Words that are all whole numbers, as such.
fn numbers(words: &[&str]) -> Option<Vec<i64>> {
    words.iter().map(|word| word.parse().ok()).collect()
}

/// The provider's own default, in the type of the parameter.
fn told_default(param: &Param, kind: &Kind) -> Option<Value> {
    if param.default.is_empty() {
        return None;
    }
    let text = param.default;
    match kind {
        Kind::Integer { .. } | Kind::Integers(_) => text.parse::<i64>().ok().map(Value::from),
        Kind::Number { .. } => text.parse::<f64>().ok().map(Value::from),
        Kind::Boolean => text.parse::<bool>().ok().map(Value::from),
        _ => Some(Value::from(text)),
    }
}

/// An accepted argument as a provider takes it.
pub(super) fn on_the_wire(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Object(_) => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(items) => {
            let words: Vec<String> = items.iter().filter_map(on_the_wire).collect();
            (!words.is_empty()).then(|| words.join(","))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use upstream::Place;

    use super::*;

    #[test]
    fn limits_are_numbers_and_defaults_have_the_type() {
        let param = Param {
            name: "limit",
            place: Place::Query,
            kind: ParamKind::OneOf(&["5", "1000", "20"]),
            required: false,
            default: "20",
            doc: "",
        };
        let spec = spec_of(&param, None);
        assert_eq!(spec.kind, Kind::Integers(vec![5, 1_000, 20]));
        assert_eq!(spec.default, Some(json!(20)));
        let required = Param { name: "range", required: true, default: "", ..param };
        assert!(spec_of(&required, None).required);
        assert!(!spec_of(&required, Some(&json!("5"))).required);
    }

    #[test]
    fn lists_are_joined() {
        assert_eq!(on_the_wire(&json!(["Binance", "OKX"])).as_deref(), Some("Binance,OKX"));
        assert_eq!(on_the_wire(&json!("Binance,OKX")).as_deref(), Some("Binance,OKX"));
        assert_eq!(on_the_wire(&json!(3)).as_deref(), Some("3"));
        assert_eq!(on_the_wire(&json!(true)).as_deref(), Some("true"));
        assert_eq!(on_the_wire(&json!([])), None);
    }
}
