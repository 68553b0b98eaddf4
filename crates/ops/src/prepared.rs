//! An answer that is JSON already, with the schema of the type it was written from.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::sync::Arc;

use app::signals::Served;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

/// A signal whose JSON was written when it was made. `T` is the type of that JSON.
pub(crate) struct Prepared<T> {
    served: Arc<Served>,
    debug: bool,
    schema: PhantomData<fn() -> T>,
}

impl<T> Prepared<T> {
    pub(crate) const fn new(served: Arc<Served>, debug: bool) -> Self {
        Self { served, debug, schema: PhantomData }
    }
}

impl<T> Serialize for Prepared<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = if self.debug { &self.served.debug_json } else { &self.served.json };
        json.serialize(serializer)
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
