//! Values on their way into statements, and rows on their way out, for both databases.

use domain::UtcMs;
use serde_json::value::RawValue;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, Decode, Postgres, Row as _, Sqlite, Type};

use crate::StoreError;

/// A bound argument. `None` is NULL of that type.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(Option<String>),
    Int(Option<i64>),
    Float(Option<f64>),
    Bool(Option<bool>),
    /// JSONB on PostgreSQL, text on SQLite.
    Json(Option<Box<RawValue>>),
}

macro_rules! value_from {
    ($($from:ty => $variant:ident, $of:expr;)*) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                let of: fn($from) -> _ = $of;
                Self::$variant(Some(of(value)))
            }
        }
        impl From<Option<$from>> for Value {
            fn from(value: Option<$from>) -> Self {
                Self::$variant(value.map($of))
            }
        }
    )*};
}

value_from! {
    String => Text, |value| value;
    &str => Text, str::to_owned;
    &String => Text, String::clone;
    i64 => Int, |value| value;
    UtcMs => Int, |value| value.0;
    f64 => Float, |value| value;
    bool => Bool, |value| value;
    Box<RawValue> => Json, |value| value;
    &Box<RawValue> => Json, Box::clone;
}

fn encode_fault(fault: impl std::fmt::Display) -> StoreError {
    StoreError::Refused { reason: format!("a value cannot be bound: {fault}") }
}

pub(crate) fn sqlite_arguments(values: Vec<Value>) -> Result<SqliteArguments, StoreError> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        match value {
            Value::Text(value) => arguments.add(value),
            Value::Int(value) => arguments.add(value),
            Value::Float(value) => arguments.add(value),
            Value::Bool(value) => arguments.add(value),
            Value::Json(value) => arguments.add(value.map(|json| Box::<str>::from(json).into_string())),
        }
        .map_err(encode_fault)?;
    }
    Ok(arguments)
}

pub(crate) fn postgres_arguments(values: Vec<Value>) -> Result<PgArguments, StoreError> {
    let mut arguments = PgArguments::default();
    for value in values {
        match value {
            Value::Text(value) => arguments.add(value),
            Value::Int(value) => arguments.add(value),
            Value::Float(value) => arguments.add(value),
            Value::Bool(value) => arguments.add(value),
            Value::Json(value) => arguments.add(value.map(sqlx::types::Json)),
        }
        .map_err(encode_fault)?;
    }
    Ok(arguments)
}

/// A type that both databases give.
pub(crate) trait Column:
    for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>
{
}

impl<T> Column for T where
    T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>
{
}

/// A row of either database.
#[derive(Debug)]
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// The value of a column, by its name.
    pub(crate) fn get<T: Column>(&self, column: &str) -> Result<T, StoreError> {
        match self {
            // SQLite types values, not columns: an expression's whole number is an integer.
            Self::Sqlite(row) => row.try_get_unchecked(column),
            Self::Postgres(row) => row.try_get(column),
        }
        .map_err(|fault| StoreError::Database(format!("column {column}: {fault}")))
    }

    /// An instant.
    pub(crate) fn instant(&self, column: &str) -> Result<UtcMs, StoreError> {
        self.get(column).map(UtcMs)
    }

    /// An instant that may be absent.
    pub(crate) fn instant_opt(&self, column: &str) -> Result<Option<UtcMs>, StoreError> {
        Ok(self.get::<Option<i64>>(column)?.map(UtcMs))
    }

    /// A count, which is never negative.
    pub(crate) fn count(&self, column: &str) -> Result<u64, StoreError> {
        let count: i64 = self.get(column)?;
        u64::try_from(count)
            .map_err(|_| StoreError::Database(format!("column {column}: {count} is negative")))
    }

    /// JSON that was selected as `CAST(column AS TEXT)`.
    pub(crate) fn json(&self, column: &str) -> Result<Option<Box<RawValue>>, StoreError> {
        let Some(text) = self.get::<Option<String>>(column)? else { return Ok(None) };
        let json = RawValue::from_string(text)
            .map_err(|fault| StoreError::Database(format!("column {column} holds no JSON: {fault}")))?;
        Ok(Some(json))
    }
}
