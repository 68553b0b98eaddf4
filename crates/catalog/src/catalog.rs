//! The operations with their handlers: adding, finding, calling.

use std::fmt;
use std::future::{Future, ready};

use bytes::Bytes;
use futures_util::future::{BoxFuture, FutureExt};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::directory::{Directory, Operation};
use crate::error::OpError;
use crate::input::{Call, InSchema, ParamSpec, Typing, read};
use crate::meta::Meta;

/// The answer of a call: serialised JSON.
pub type Answer = BoxFuture<'static, Result<Bytes, OpError>>;

type Handler<Ctx> = Box<dyn Fn(Ctx, Map<String, Value>) -> Answer + Send + Sync>;

/// The input of an operation that takes nothing.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
pub struct NoArgs {}

/// All operations with their handlers. `Ctx` is the application's state, cloned for every call.
pub struct Catalog<Ctx> {
    directory: Directory,
    /// One for each operation of the directory, in the same order.
    handlers: Vec<Handler<Ctx>>,
}

impl<Ctx> Default for Catalog<Ctx> {
    fn default() -> Self {
        Self { directory: Directory::default(), handlers: Vec::new() }
    }
}

impl<Ctx> fmt::Debug for Catalog<Ctx> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalog").field("operations", &self.directory.len()).finish_non_exhaustive()
    }
}

impl<Ctx: Clone + Send + Sync + 'static> Catalog<Ctx> {
    /// No operations yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an operation: its description and an ordinary async function.
    pub fn add<In, Out, F, Fut>(&mut self, meta: Meta, f: F)
    where
        In: DeserializeOwned + JsonSchema,
        Out: Serialize + JsonSchema,
        F: Fn(Ctx, In) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Out, OpError>> + Send + 'static,
    {
        self.add_written::<In, Out, _, _>(meta, move |ctx, input| {
            let answer = f(ctx, input);
            async move { serialise(&answer.await?) }
        });
    }

    /// Adds an operation whose answer is written already: JSON of the type `Out`, served as it is.
    pub fn add_written<In, Out, F, Fut>(&mut self, meta: Meta, f: F)
    where
        In: DeserializeOwned + JsonSchema,
        Out: JsonSchema,
        F: Fn(Ctx, In) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Bytes, OpError>> + Send + 'static,
    {
        let input_schema =
            SchemaSettings::draft2020_12().for_deserialize().into_generator().into_root_schema_for::<In>();
        let output_schema =
            SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Out>();
        let handler: Handler<Ctx> = Box::new(move |ctx, args| match read::<In>(args) {
            Ok(input) => f(ctx, input).boxed(),
            Err(error) => ready(Err(error)).boxed(),
        });
        self.push(meta, InSchema::from_schema(&input_schema.into()), Some(output_schema.into()), handler);
    }

    /// Adds a pass-through operation whose parameters are known at run time only, such as a row of a
    /// provider's endpoint table. Its answer is JSON text and is never parsed here.
    pub fn add_raw<F, Fut>(&mut self, mut meta: Meta, params: Vec<ParamSpec>, f: F)
    where
        F: Fn(Ctx, Map<String, Value>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Bytes, OpError>> + Send + 'static,
    {
        meta.raw = true;
        let input = InSchema::new(params);
        let handler: Handler<Ctx> = Box::new(move |ctx, args| f(ctx, args).boxed());
        self.push(meta, input, None, handler);
    }

    /// Everything after the types are erased.
    fn push(&mut self, meta: Meta, input: InSchema, output_schema: Option<Value>, handler: Handler<Ctx>) {
        self.directory.push(Operation::new(meta, input, output_schema));
        self.handlers.push(handler);
    }

    /// Runs a call that its operation accepted. Time limits are the caller's to keep.
    ///
    /// # Errors
    /// Whatever the operation answers with; `unknown_operation` for a call of another catalogue.
    pub fn run(&self, ctx: Ctx, call: Call) -> Answer {
        match self.directory.position(&call.operation).and_then(|position| self.handlers.get(position)) {
            Some(handler) => handler(ctx, call.args),
            None => ready(Err(OpError::unknown_operation(&call.operation, &[]))).boxed(),
        }
    }

    /// Finds, checks and runs in one go, with arguments of JSON types.
    ///
    /// # Errors
    /// `unknown_operation`, `bad_argument`, and whatever the operation answers with.
    pub async fn invoke(&self, ctx: Ctx, name: &str, args: Map<String, Value>) -> Result<Bytes, OpError> {
        let operation =
            self.find(name).ok_or_else(|| OpError::unknown_operation(name, &self.directory.near(name)))?;
        let call = operation.accept(args, Typing::Strict)?;
        self.run(ctx, call).await
    }
}

impl<Ctx> Catalog<Ctx> {
    /// The operations without their handlers.
    #[must_use]
    pub const fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The operation of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Operation> {
        self.directory.find(name)
    }

    /// All operations, in the order in which they were added.
    pub fn iter(&self) -> std::slice::Iter<'_, Operation> {
        self.directory.iter()
    }
}

impl<'a, Ctx> IntoIterator for &'a Catalog<Ctx> {
    type Item = &'a Operation;
    type IntoIter = std::slice::Iter<'a, Operation>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

fn serialise(answer: &impl Serialize) -> Result<Bytes, OpError> {
    serde_json::to_vec(answer)
        .map(Bytes::from)
        .map_err(|_| OpError::internal("the answer could not be written as JSON"))
}
