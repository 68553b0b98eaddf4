//! JSON from outside, read more strictly than serde_json does: duplicate keys, nesting beyond 32
//! levels, NUL characters and trailing text are refused.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::error::{OpError, shorten};

/// Deepest nesting that is read.
const DEPTH_MAX: usize = 32;

/// One JSON object, and nothing after it.
///
/// # Errors
/// `malformed_request` with the reason and the place.
pub fn read_object(body: &[u8]) -> Result<Map<String, Value>, OpError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(OpError::malformed("the body is empty; send one JSON object"));
    }
    match read(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(OpError::malformed("the body must be one JSON object")),
        Err(error) => Err(OpError::malformed(format!("the body is not acceptable JSON: {error}"))),
    }
}

/// One JSON value, and nothing after it.
pub(crate) fn read(text: &[u8]) -> Result<Value, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = Strict { depth: DEPTH_MAX }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth }),
            None => Err(E::custom(format_args!("nested deeper than {DEPTH_MAX} levels"))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.visit_string(value.to_owned())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        if value.contains('\0') {
            Err(E::custom("a text holds a NUL character"))
        } else {
            Ok(Value::String(value))
        }
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if name.contains('\0') {
                return Err(A::Error::custom("a name holds a NUL character"));
            }
            if map.contains_key(&name) {
                return Err(A::Error::custom(format_args!("the key '{}' stands twice", shorten(&name))));
            }
            let value = members.next_value_seed(inner)?;
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_serde_json_reads() {
        let text = br#"{"a":[1,-2,3.5,true,null,"x"],"b":{"c":18446744073709551615}}"#;
        assert_eq!(read(text).unwrap(), serde_json::from_slice::<Value>(text).unwrap());
    }

    #[test]
    fn refuses_what_is_ambiguous_or_hostile() {
        let deep = format!("{}1{}", "[".repeat(33), "]".repeat(33));
        let bottomless = "[".repeat(100_000);
        let cases: [(&str, &str); 9] = [
            (r#"{"a":1,"a":2}"#, "stands twice"),
            (r#"{"a":{"b":1,"b":1}}"#, "stands twice"),
            (r#"{"a":1e999}"#, "out of range"),
            (r#"{"a":1} x"#, "trailing"),
            (r#"{"a":"x\u0000"}"#, "NUL"),
            (r#"{"a":NaN}"#, "expected"),
            (r#"{"a":1"#, "EOF"),
            (&deep, "nested deeper"),
            (&bottomless, "nested deeper"),
        ];
        for (text, reason) in cases {
            let error = read(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(reason), "{reason}: {error}");
        }
        assert!(read(b"{\"a\":\"\xff\"}").is_err());
        assert!(read_object(b" ").is_err());
        assert!(read_object(b"[1]").is_err());
    }

    #[test]
    fn thirty_two_levels_are_fine() {
        let text = format!("{}1{}", "[".repeat(32), "]".repeat(32));
        assert!(read(text.as_bytes()).is_ok());
    }
}
