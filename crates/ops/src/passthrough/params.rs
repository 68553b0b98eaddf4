//! A provider's parameters as the catalogue takes them.

use catalog::{Kind, ParamSpec};
use serde_json::Value;
use upstream::{Param, ParamKind};

/// Longest text that a provider is sent.
const TEXT_MAX: usize = 200;
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
        let (min, max) = match param.kind {
            ParamKind::Int { min, max } => (min, max),
            _ => (i64::MIN, i64::MAX),
        };
        return Kind::Either(vec![Kind::Integer { min, max }, text(TEXT_MAX)]);
    }
    match param.kind {
        ParamKind::Text => text(TEXT_MAX),
        ParamKind::Coin | ParamKind::Pair => text(64),
        ParamKind::OneOf(words) => match bounds(words) {
            // `limit` is a number everywhere; the provider's own list of lengths is checked on the way out.
            Some((min, max)) if param.name == "limit" => Kind::Integer { min, max },
            _ if EITHER.contains(&param.name) => Kind::Either(vec![Kind::one_of(words)]),
            _ => Kind::one_of(words),
        },
        // Callers write lists as lists and as text with commas.
        ParamKind::List => Kind::Either(vec![Kind::list(), text(8_000)]),
        ParamKind::Int { min, max } => Kind::Integer { min, max },
        ParamKind::Number => Kind::number(),
        ParamKind::Bool => Kind::Boolean,
        ParamKind::TimeMs | ParamKind::TimeSec => Kind::Integer { min: 0, max: i64::MAX },
        ParamKind::TimeIso => text(40),
    }
}

const fn text(max: usize) -> Kind {
    Kind::Text { min: 1, max, format: None, pattern: None }
}

/// Least and most of words that are all whole numbers.
fn bounds(words: &[&str]) -> Option<(i64, i64)> {
    let numbers: Option<Vec<i64>> = words.iter().map(|word| word.parse().ok()).collect();
    let numbers = numbers?;
    Some((numbers.iter().min().copied()?, numbers.iter().max().copied()?))
}

/// The provider's own default, in the type of the parameter.
fn told_default(param: &Param, kind: &Kind) -> Option<Value> {
    if param.default.is_empty() {
        return None;
    }
    let text = param.default;
    match kind {
        Kind::Integer { .. } => text.parse::<i64>().ok().map(Value::from),
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
        assert_eq!(spec.kind, Kind::Integer { min: 5, max: 1_000 });
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
