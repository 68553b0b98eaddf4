//! One value against one kind.

use serde_json::{Number, Value};

use super::schema::{inside, problem};
use super::{Kind, PROBLEMS_MAX, Typing};
use crate::error::FieldProblem;
use crate::rpc::json;

/// Largest whole number that every JSON reader keeps exactly.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
/// Deepest nesting of a value of unknown shape.
const DEPTH_MAX: usize = 32;

/// Problems with their paths relative to the value: `""`, `[3]`, `name`.
type Problems = Vec<FieldProblem>;

/// The value as `kind` wants it.
pub(super) fn value(kind: &Kind, value: Value, typing: Typing) -> Result<Value, Problems> {
    match kind {
        Kind::Text { min, max, .. } => text(kind, *min, *max, value, typing),
        Kind::OneOf(words) => one_of(kind, words, &value),
        Kind::Integer { min, max } => integer(kind, (*min, *max), &value, typing),
        Kind::Integers(numbers) => one_of_integers(kind, numbers, &value, typing),
        Kind::Number { min, max } => number(kind, *min, *max, &value, typing),
        Kind::Boolean => boolean(kind, value, typing),
        Kind::Yes => match boolean(kind, value, typing)? {
            Value::Bool(true) => Ok(Value::Bool(true)),
            other => Err(refused(kind, "not_allowed", &other)),
        },
        Kind::List { item, min, max } => list(kind, item, (*min, *max), value, typing),
        Kind::Object(_) => object(kind, value, typing),
        Kind::Either(kinds) => either(kind, kinds, &value, typing),
        Kind::Any => {
            sound(&value, DEPTH_MAX)?;
            Ok(value)
        }
    }
}

fn refused(kind: &Kind, what: &'static str, got: &Value) -> Problems {
    vec![problem("", what, Some(got), kind.accepted())]
}

fn text(kind: &Kind, min: usize, max: usize, value: Value, typing: Typing) -> Result<Value, Problems> {
    let text = match value {
        Value::String(text) => text,
        // A model writes {"symbol": 1000} where a text is meant; nothing is lost by reading it so.
        Value::Number(number) if typing == Typing::Text => number.to_string(),
        other => return Err(refused(kind, "wrong_type", &other)),
    };
    if text.contains('\0') {
        return Err(refused(kind, "malformed", &Value::String(text)));
    }
    // A character takes at most four bytes: most texts need no counting.
    let fits = text.len() <= max || text.chars().nth(max).is_none();
    if !fits || (min > 0 && text.chars().nth(min - 1).is_none()) {
        return Err(refused(kind, "out_of_range", &Value::String(text)));
    }
    Ok(Value::String(text))
}

fn one_of(kind: &Kind, words: &[String], value: &Value) -> Result<Value, Problems> {
    let given = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        other => return Err(refused(kind, "wrong_type", other)),
    };
    if words.contains(&given) {
        return Ok(Value::String(given));
    }
    let mut same = words.iter().filter(|word| word.eq_ignore_ascii_case(&given));
    match (same.next(), same.next()) {
        (Some(word), None) => Ok(Value::String(word.clone())),
        _ => Err(refused(kind, "not_allowed", value)),
    }
}

fn one_of_integers(kind: &Kind, numbers: &[i64], value: &Value, typing: Typing) -> Result<Value, Problems> {
    let number = integer(kind, (i64::MIN, i64::MAX), value, typing)?;
    if number.as_i64().is_some_and(|number| numbers.contains(&number)) {
        Ok(number)
    } else {
        Err(refused(kind, "not_allowed", value))
    }
}

fn integer(kind: &Kind, (min, max): (i64, i64), value: &Value, typing: Typing) -> Result<Value, Problems> {
    let parsed = match value {
        Value::Number(number) => whole(number),
        Value::String(text) if typing == Typing::Text => {
            let text = text.trim();
            text.parse::<i64>().ok().or_else(|| decimal(text).and_then(|number| whole(&number)))
        }
        _ => None,
    };
    match parsed {
        Some(number) if (min..=max).contains(&number) => Ok(Value::Number(number.into())),
        Some(_) => Err(refused(kind, "out_of_range", value)),
        None => Err(refused(kind, "wrong_type", value)),
    }
}

/// The whole number that `number` is, be it written 10 or 10.0.
fn whole(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let float = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() <= EXACT_MAX)?;
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
        Some(float as i64)
    })
}

/// A finite number in decimal notation; not `inf`, `nan` or an empty text.
fn decimal(text: &str) -> Option<Number> {
    let digits = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'));
    if !digits {
        return None;
    }
    text.parse::<f64>().ok().and_then(Number::from_f64)
}

fn number(
    kind: &Kind,
    min: Option<f64>,
    max: Option<f64>,
    value: &Value,
    typing: Typing,
) -> Result<Value, Problems> {
    let parsed = match value {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) if typing == Typing::Text => decimal(text.trim()),
        _ => None,
    };
    let Some((number, float)) = parsed.and_then(|number| number.as_f64().map(|float| (number, float))) else {
        return Err(refused(kind, "wrong_type", value));
    };
    let within =
        float.is_finite() && min.is_none_or(|min| float >= min) && max.is_none_or(|max| float <= max);
    if within { Ok(Value::Number(number)) } else { Err(refused(kind, "out_of_range", value)) }
}

fn boolean(kind: &Kind, value: Value, typing: Typing) -> Result<Value, Problems> {
    let text = match &value {
        Value::Bool(_) => return Ok(value),
        Value::String(text) if typing == Typing::Text => text.trim().to_ascii_lowercase(),
        Value::Number(number) if typing == Typing::Text => number.to_string(),
        other => return Err(refused(kind, "wrong_type", other)),
    };
    match text.as_str() {
        "true" | "1" | "yes" | "on" => Ok(Value::Bool(true)),
        "false" | "0" | "no" | "off" => Ok(Value::Bool(false)),
        _ => Err(refused(kind, "wrong_type", &value)),
    }
}

fn list(
    kind: &Kind,
    item: &Kind,
    (min, max): (usize, usize),
    value: Value,
    typing: Typing,
) -> Result<Value, Problems> {
    let items = match value {
        Value::Array(items) => items,
        Value::String(text) if typing == Typing::Text => match written_json(&text, '[') {
            Some(Value::Array(items)) => items,
            Some(_) => return Err(refused(kind, "malformed", &Value::String(text))),
            None => text
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(|part| Value::String(part.to_owned()))
                .collect(),
        },
        other => return Err(refused(kind, "wrong_type", &other)),
    };
    if items.len() < min || items.len() > max {
        return Err(refused(kind, "out_of_range", &Value::Array(items)));
    }
    let mut accepted = Vec::with_capacity(items.len());
    let mut problems = Vec::new();
    for (index, given) in items.into_iter().enumerate() {
        match self::value(item, given, typing) {
            Ok(value) => accepted.push(value),
            Err(inner) => {
                problems.extend(inner.into_iter().map(|inner| inside(&format!("[{index}]"), inner)));
                if problems.len() >= PROBLEMS_MAX {
                    break;
                }
            }
        }
    }
    if problems.is_empty() { Ok(Value::Array(accepted)) } else { Err(problems) }
}

fn object(kind: &Kind, value: Value, typing: Typing) -> Result<Value, Problems> {
    let given = match value {
        Value::Object(given) => given,
        Value::String(text) if typing == Typing::Text => match written_json(&text, '{') {
            Some(Value::Object(given)) => given,
            _ => return Err(refused(kind, "wrong_type", &Value::String(text))),
        },
        other => return Err(refused(kind, "wrong_type", &other)),
    };
    let Kind::Object(Some(members)) = kind else {
        let value = Value::Object(given);
        sound(&value, DEPTH_MAX)?;
        return Ok(value);
    };
    let (json, text) = match typing {
        Typing::Strict => (given, serde_json::Map::new()),
        Typing::Text => (serde_json::Map::new(), given),
    };
    members.accept(json, text).map(Value::Object)
}

/// JSON inside a text, where the text begins like it. `Some(Null)` when it begins so but is broken.
fn written_json(text: &str, opening: char) -> Option<Value> {
    let text = text.trim();
    text.starts_with(opening).then(|| json::read(text.as_bytes()).unwrap_or(Value::Null))
}

fn either(kind: &Kind, kinds: &[Kind], value: &Value, typing: Typing) -> Result<Value, Problems> {
    // Text is taken apart wherever a list may stand; what is no such list is not taken for one long word.
    if typing == Typing::Text
        && value.is_string()
        && let Some(list) = kinds.iter().find(|kind| matches!(kind, Kind::List { .. }))
    {
        return self::value(list, value.clone(), typing);
    }
    for candidate in kinds {
        if let Ok(accepted) = self::value(candidate, value.clone(), typing) {
            return Ok(accepted);
        }
    }
    Err(refused(kind, "wrong_type", value))
}

/// No NUL in any text and no bottomless nesting, for values of unknown shape.
fn sound(value: &Value, depth: usize) -> Result<(), Problems> {
    let too_deep = || vec![problem("", "malformed", None, format!("nesting up to {DEPTH_MAX} levels"))];
    let no_nul = || vec![problem("", "malformed", None, "text without NUL".to_owned())];
    match value {
        Value::String(text) if text.contains('\0') => Err(no_nul()),
        Value::Array(items) => {
            let depth = depth.checked_sub(1).ok_or_else(too_deep)?;
            items.iter().try_for_each(|item| sound(item, depth))
        }
        Value::Object(members) => {
            let depth = depth.checked_sub(1).ok_or_else(too_deep)?;
            members.iter().try_for_each(|(name, member)| {
                if name.contains('\0') { Err(no_nul()) } else { sound(member, depth) }
            })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn accepted(kind: &Kind, given: Value) -> Value {
        value(kind, given, Typing::Text).unwrap()
    }

    fn refused_at(kind: &Kind, given: Value, typing: Typing) -> Vec<(String, &'static str)> {
        value(kind, given, typing).unwrap_err().into_iter().map(|it| (it.field, it.problem)).collect()
    }

    #[test]
    fn listed_numbers_and_confirmations_are_taken_literally() {
        let depths = Kind::Integers(vec![5, 10, 1_000]);
        assert_eq!(value(&depths, json!("10"), Typing::Text), Ok(json!(10)));
        assert_eq!(value(&depths, json!(1_000), Typing::Strict), Ok(json!(1_000)));
        assert_eq!(refused_at(&depths, json!(999), Typing::Strict), [(String::new(), "not_allowed")]);
        assert_eq!(refused_at(&depths, json!("10"), Typing::Strict), [(String::new(), "wrong_type")]);
        assert_eq!(value(&Kind::Yes, json!("true"), Typing::Text), Ok(json!(true)));
        assert_eq!(refused_at(&Kind::Yes, json!(false), Typing::Strict), [(String::new(), "not_allowed")]);
    }

    #[test]
    fn text_stands_for_any_type() {
        let integers = Kind::List { item: Box::new(Kind::Integer { min: 0, max: 9 }), min: 1, max: 3 };
        assert_eq!(accepted(&integers, json!("1, 2,,3")), json!([1, 2, 3]));
        assert_eq!(accepted(&integers, json!("[1,\"2\"]")), json!([1, 2]));
        assert_eq!(accepted(&Kind::Integer { min: 0, max: 1_000_000 }, json!("1e6")), json!(1_000_000));
        assert_eq!(accepted(&Kind::number(), json!("-.5")), json!(-0.5));
        assert_eq!(accepted(&Kind::text(), json!(1000)), json!("1000"));
        assert_eq!(accepted(&Kind::one_of(&["1h", "1m", "1M"]), json!("1H")), json!("1h"));
        assert_eq!(accepted(&Kind::one_of(&["1m", "1M"]), json!("1M")), json!("1M"));
        assert_eq!(accepted(&Kind::one_of(&["1", "2"]), json!(2)), json!("2"));
        let either = Kind::Either(vec![Kind::Integer { min: 0, max: 9 }, Kind::text()]);
        assert_eq!(accepted(&either, json!("7")), json!(7));
        assert_eq!(accepted(&either, json!("12")), json!("12"));
        assert_eq!(value(&either, json!("7"), Typing::Strict).unwrap(), json!("7"));
    }

    #[test]
    fn problems_name_their_place() {
        let integers = Kind::List { item: Box::new(Kind::Integer { min: 0, max: 9 }), min: 1, max: 3 };
        assert_eq!(
            refused_at(&integers, json!([1, "x", 20]), Typing::Text),
            [("[1]".into(), "wrong_type"), ("[2]".into(), "out_of_range")]
        );
        assert_eq!(refused_at(&integers, json!([]), Typing::Strict), [(String::new(), "out_of_range")]);
        assert_eq!(refused_at(&integers, json!("[1"), Typing::Text), [(String::new(), "malformed")]);
        assert_eq!(
            refused_at(&Kind::one_of(&["1m", "1M"]), json!("1mm"), Typing::Text),
            [(String::new(), "not_allowed")]
        );
        assert_eq!(
            refused_at(&Kind::Any, json!({"a": ["x\u{0}"]}), Typing::Strict),
            [(String::new(), "malformed")]
        );
        let deep = (0..40).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(
            refused_at(&Kind::Object(None), json!({"a": deep}), Typing::Strict),
            [(String::new(), "malformed")]
        );
    }
}
