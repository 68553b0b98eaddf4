//! What the caller wants to see of an answer.

use serde_json::{Map, Value};

use crate::directory::Operation;
use crate::error::OpError;
use crate::input::is_blank;

/// Most fields that can be chosen at once.
pub(crate) const FIELDS_MAX: usize = 50;
/// Most rows that can be asked for.
pub(crate) const LIMIT_MAX: u64 = 100_000;

/// What the caller wants to see of an answer; everything by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Paths of the fields wanted, each as its parts: `metrics.fundingRate` is two.
    pub fields: Vec<Vec<String>>,
    /// Most rows wanted of the answer's list.
    pub limit: Option<usize>,
}

impl Selection {
    /// Whether nothing was left out.
    #[must_use]
    pub const fn is_everything(&self) -> bool {
        self.fields.is_empty() && self.limit.is_none()
    }

    /// The fields of a comma-separated text.
    ///
    /// # Errors
    /// `bad_argument` for too many fields.
    pub fn fields(text: &str) -> Result<Self, OpError> {
        const ACCEPTED: &str =
            "up to 50 field names separated by commas, dots for inner ones: price,metrics.fundingRate";
        if text.split(',').count() > FIELDS_MAX {
            return Err(OpError::bad_argument("fields", "malformed", Some(text), ACCEPTED));
        }
        let mut fields = Vec::new();
        for path in text.split(',') {
            let parts: Vec<String> =
                path.split('.').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect();
            if !parts.is_empty() && !fields.contains(&parts) {
                fields.push(parts);
            }
        }
        Ok(Self { fields, limit: None })
    }

    /// Takes `fields` out of the arguments, and `limit` where a provider's own JSON is passed through,
    /// unless the operation has a parameter of that name itself.
    ///
    /// # Errors
    /// `bad_argument` when they cannot be read.
    pub(crate) fn take(operation: &Operation, args: &mut Map<String, Value>) -> Result<Self, OpError> {
        let mut selection = Self::default();
        if operation.input.find("fields").is_none() {
            match args.remove("fields") {
                None | Some(Value::Null) => {}
                Some(Value::String(text)) => selection = Self::fields(&text)?,
                Some(Value::Array(names)) => {
                    let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
                    selection = Self::fields(&names.join(","))?;
                }
                Some(other) => {
                    let got = other.to_string();
                    return Err(OpError::bad_argument("fields", "wrong_type", Some(&got), "text"));
                }
            }
        }
        if operation.meta.raw && operation.input.find("limit").is_none() {
            selection.limit = match args.remove("limit") {
                None => None,
                Some(value) if is_blank(&value) => None,
                Some(value) => Some(limit(&value)?),
            };
        }
        Ok(selection)
    }
}

fn limit(value: &Value) -> Result<usize, OpError> {
    let number = match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number
        .filter(|number| (1..=LIMIT_MAX).contains(number))
        .and_then(|number| usize::try_from(number).ok())
        .ok_or_else(|| {
            let got = value.to_string();
            OpError::bad_argument(
                "limit",
                "out_of_range",
                Some(&got),
                format!("integer from 1 to {LIMIT_MAX}"),
            )
        })
}
