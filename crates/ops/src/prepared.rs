//! An answer that is JSON already, with the schema of the type it was written from.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::sync::Arc;

use app::signals::Served;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A signal whose JSON was written when it was made. `T` is the type of that JSON.
pub(crate) struct Prepared<T> {
    json: Json,
    schema: PhantomData<fn() -> T>,
}

enum Json {
    Served(Arc<Served>),
    Own(Box<RawValue>),
}

impl<T> Prepared<T> {
    pub(crate) const fn new(served: Arc<Served>) -> Self {
        Self { json: Json::Served(served), schema: PhantomData }
    }

    pub(crate) const fn own(json: Box<RawValue>) -> Self {
        Self { json: Json::Own(json), schema: PhantomData }
    }
}

impl<T> Serialize for Prepared<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.json {
            Json::Served(served) => served.json.serialize(serializer),
            Json::Own(json) => json.serialize(serializer),
        }
    }
}

impl<T: JsonSchema> JsonSchema for Prepared<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// A `T`, or those of its members that were chosen.
pub(crate) struct Part<T>(PhantomData<fn() -> T>);

impl<T: JsonSchema> JsonSchema for Part<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("PartOf{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [
            generator.subschema_for::<T>(),
            {"type": "object", "description": "The chosen fields only."}
        ]})
    }
}
