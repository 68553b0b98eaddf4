//! From accepted arguments to the operation's own input type, with the field told where it refuses.

use serde::Deserializer;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};

use crate::error::{FieldProblem, OpError};

/// The input as its type reads it.
pub(crate) fn read<In: DeserializeOwned>(args: Map<String, Value>) -> Result<In, OpError> {
    let mut field = None;
    let entries = Members { entries: args.into_iter(), value: None, field: &mut field };
    In::deserialize(entries).map_err(|error| refusal(field, &error))
}

fn refusal(field: Option<String>, error: &serde_json::Error) -> OpError {
    let reason = error.to_string();
    let Some(field) = field else {
        return OpError::new(crate::ErrorCode::BadArgument, reason);
    };
    let mut refused = OpError::new(crate::ErrorCode::BadArgument, format!("'{field}': {reason}"));
    refused.fields.push(FieldProblem { field, problem: "not_allowed", got: None, accepted: reason });
    refused
}

/// The arguments as serde's map; remembers which one is being read.
struct Members<'a> {
    entries: serde_json::map::IntoIter,
    value: Option<Value>,
    field: &'a mut Option<String>,
}

impl<'de> Deserializer<'de> for Members<'_> {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_map(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = serde_json::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Self::Error> {
        let Some((name, value)) = self.entries.next() else {
            *self.field = None;
            return Ok(None);
        };
        self.value = Some(value);
        let name = self.field.insert(name);
        let key: StrDeserializer<'_, Self::Error> = name.as_str().into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Self::Error> {
        seed.deserialize(self.value.take().unwrap_or(Value::Null))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}
