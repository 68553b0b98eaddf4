//! The one list of errors that operations answer with. Only the server maps a code to an HTTP
//! status; everybody else chooses a code.

/// The codes with their titles.
mod code;

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

pub use code::ErrorCode;

/// What is wrong with one field of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldProblem {
    /// The parameter, with the place inside it where there is one: `symbols[3]`, `rule.name`.
    pub field: String,
    /// `missing`, `unknown`, `wrong_type`, `out_of_range`, `not_allowed`, `duplicate`, `malformed`.
    pub problem: &'static str,
    /// What was given, shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub got: Option<String>,
    /// What would have been accepted.
    pub accepted: String,
}

impl FieldProblem {
    fn members(&self) -> Value {
        let mut members = Map::new();
        members.insert("field".into(), self.field.as_str().into());
        members.insert("problem".into(), self.problem.into());
        if let Some(got) = &self.got {
            members.insert("got".into(), got.as_str().into());
        }
        members.insert("accepted".into(), self.accepted.as_str().into());
        Value::Object(members)
    }
}

impl fmt::Display for FieldProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}': {}", self.field, self.problem.replace('_', " "))?;
        if let Some(got) = &self.got {
            write!(f, ", got {got}")?;
        }
        write!(f, "; accepted: {}", self.accepted)
    }
}

/// The provider at the root of an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UpstreamCause {
    /// Who failed: `coinglass`.
    pub source: String,
    /// The kind of failure, snake_case: `rate_limited`.
    pub kind: String,
}

/// Why an operation gave no answer. Never holds a secret.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}: {detail}", code.title())]
pub struct OpError {
    /// What went wrong.
    pub code: ErrorCode,
    /// One or two sentences for the caller: what, and what to do.
    pub detail: String,
    /// The fields at fault.
    pub fields: Vec<FieldProblem>,
    /// How long to wait before trying again, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// The provider at the root of it.
    pub upstream: Option<Box<UpstreamCause>>,
    /// Further members of the problem, by name.
    pub extra: Box<Map<String, Value>>,
}

impl OpError {
    /// An error of this code with its sentence.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            fields: Vec::new(),
            retry_after_ms: None,
            upstream: None,
            extra: Box::default(),
        }
    }

    /// The title for people.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        self.code.title()
    }

    /// The same error with how long to wait.
    #[must_use]
    pub fn retry_after_ms(mut self, ms: Option<u64>) -> Self {
        self.retry_after_ms = ms;
        self
    }

    /// The same error with the provider at its root.
    #[must_use]
    pub fn upstream(mut self, source: impl Into<String>, kind: impl Into<String>) -> Self {
        self.upstream = Some(Box::new(UpstreamCause { source: source.into(), kind: kind.into() }));
        self
    }

    /// The same error with one more member of the problem.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(name.to_owned(), value.into());
        self
    }

    /// The members of an RFC 9457 problem that are known here: `title`, `detail`, `code`, and where
    /// there are any `fields`, `retryAfter` (seconds, rounded up), `upstream` and the further members.
    /// `type`, `status` and `requestId` are for the server to add.
    #[must_use]
    pub fn members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        members.insert("title".into(), self.title().into());
        members.insert("detail".into(), self.detail.as_str().into());
        members.insert("code".into(), self.code.as_str().into());
        if !self.fields.is_empty() {
            members.insert("fields".into(), self.fields.iter().map(FieldProblem::members).collect());
        }
        if let Some(ms) = self.retry_after_ms {
            members.insert("retryAfter".into(), ms.div_ceil(1_000).into());
        }
        if let Some(cause) = &self.upstream {
            let pairs = [("source", &cause.source), ("kind", &cause.kind)];
            members.insert(
                "upstream".into(),
                pairs.into_iter().map(|(name, text)| (name, text.as_str())).collect(),
            );
        }
        for (name, value) in self.extra.iter() {
            members.entry(name).or_insert_with(|| value.clone());
        }
        members
    }

    /// The request cannot be read: `detail` says where and why.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(ErrorCode::MalformedRequest, detail)
    }

    /// One field is not acceptable. `got` is shortened here.
    pub fn bad_argument(
        field: impl Into<String>,
        problem: &'static str,
        got: Option<&str>,
        accepted: impl Into<String>,
    ) -> Self {
        Self::bad_arguments(vec![FieldProblem {
            field: field.into(),
            problem,
            got: got.map(shorten),
            accepted: accepted.into(),
        }])
    }

    /// These fields are not acceptable.
    pub fn bad_arguments(fields: Vec<FieldProblem>) -> Self {
        const SHOWN: usize = 5;
        let mut detail = fields.iter().take(SHOWN).map(ToString::to_string).collect::<Vec<_>>().join(". ");
        if fields.len() > SHOWN {
            detail = format!("{detail}. And {} more", fields.len() - SHOWN);
        }
        Self { fields, ..Self::new(ErrorCode::BadArgument, detail) }
    }

    /// No operation of this name; `near` holds similar names.
    pub fn unknown_operation(name: &str, near: &[String]) -> Self {
        let hint = if near.is_empty() {
            "GET /invoke/operations lists all of them".to_owned()
        } else {
            format!("did you mean {}?", near.join(", "))
        };
        Self::new(ErrorCode::UnknownOperation, format!("there is no operation '{}'; {hint}", shorten(name)))
            .with("near", near)
    }

    /// No instrument fits this symbol; `near` holds similar symbols.
    pub fn unknown_symbol(symbol: &str, near: &[String]) -> Self {
        let hint =
            if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(", ")) };
        let mut error =
            Self::bad_argument("symbol", "unknown", Some(symbol), "a coin with a perpetual contract");
        error.code = ErrorCode::UnknownSymbol;
        error.detail = format!("no perpetual contract is known for '{}'{hint}", shorten(symbol));
        error.with("near", near)
    }

    /// A provider's key is not configured: `variable` is what to set.
    pub fn missing_key(source: &str, variable: &str) -> Self {
        Self::new(ErrorCode::MissingKey, format!("{source} needs a key; set {variable}"))
            .upstream(source, "key_missing")
            .with("variable", variable)
    }

    /// The plan of a provider's key does not include this.
    pub fn plan_limited(source: &str, detail: impl Into<String>) -> Self {
        Self::new(ErrorCode::PlanLimited, detail).upstream(source, "plan_limited")
    }

    /// A provider failed in this way.
    pub fn upstream_failed(source: &str, kind: &str, detail: impl Into<String>) -> Self {
        Self::new(ErrorCode::UpstreamFailed, detail).upstream(source, kind)
    }

    /// Too few inputs are known; `missing` lists what failed and why.
    pub fn insufficient_data(detail: impl Into<String>, missing: impl Into<Value>) -> Self {
        Self::new(ErrorCode::InsufficientData, detail).with("missing", missing)
    }

    /// The time limit passed; `ask_less` says what to ask less of.
    pub fn timed_out(limit_ms: u64, ask_less: &str) -> Self {
        let hint = if ask_less.is_empty() { String::new() } else { format!("; ask for less: {ask_less}") };
        Self::new(ErrorCode::TimedOut, format!("no answer within {limit_ms} ms{hint}"))
            .with("timeLimitMs", limit_ms)
    }

    /// Too many requests from this caller.
    pub fn rate_limited(retry_after_ms: u64, detail: impl Into<String>) -> Self {
        Self::new(ErrorCode::RateLimited, detail).retry_after_ms(Some(retry_after_ms))
    }

    /// The key does not allow this operation.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(ErrorCode::Forbidden, detail)
    }

    /// No valid key was given.
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(ErrorCode::Unauthorized, detail)
    }

    /// What was asked for does not exist.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(ErrorCode::NotFound, detail)
    }

    /// This field is well-formed, but contradicts others or the present state; `reason` tells how.
    pub fn contradiction(field: impl Into<String>, reason: impl Into<String>) -> Self {
        let (field, reason) = (field.into(), reason.into());
        let detail = format!("'{field}': {reason}");
        let field = FieldProblem { field, problem: "not_allowed", got: None, accepted: reason };
        Self { fields: vec![field], ..Self::new(ErrorCode::Conflict, detail) }
    }

    /// The request clashes with the present state.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(ErrorCode::Conflict, detail)
    }

    /// The service cannot answer now.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(ErrorCode::Unavailable, detail)
    }

    /// The request or the answer is larger than allowed.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(ErrorCode::TooLarge, detail)
    }

    /// A fault of ours. `detail` reaches the caller: no inner text in it.
    pub fn internal(detail: impl Into<String>) -> Self {
        Self::new(ErrorCode::Internal, detail)
    }
}

/// The start of a text that came from outside, on one line, fit for a message.
#[must_use]
pub fn shorten(text: &str) -> String {
    const KEPT: usize = 64;
    let mut short: String =
        text.chars().take(KEPT).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(KEPT).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_problem_names_field_given_and_accepted() {
        let error = OpError::bad_argument("limit", "out_of_range", Some("9999"), "integer from 1 to 500");
        assert_eq!(
            error.to_string(),
            "A parameter is not acceptable: 'limit': out of range, got 9999; accepted: integer from 1 to 500"
        );
        assert_eq!(error.fields.len(), 1);
    }

    #[test]
    fn an_error_knows_the_members_of_its_problem() {
        let error = OpError::missing_key("coinglass", "COINGLASS_API_KEY").retry_after_ms(Some(1_001));
        let members = Value::Object(error.members());
        let expected = serde_json::json!({
            "title": "A provider's key is not configured",
            "detail": "coinglass needs a key; set COINGLASS_API_KEY",
            "code": "missing_key",
            "retryAfter": 2,
            "upstream": {"source": "coinglass", "kind": "key_missing"},
            "variable": "COINGLASS_API_KEY"
        });
        assert_eq!(members, expected);
        let field = OpError::bad_argument("limit", "wrong_type", Some("x"), "integer").members();
        let fields = field.get("fields").cloned().unwrap_or_default();
        let derived =
            serde_json::to_value(OpError::bad_argument("limit", "wrong_type", Some("x"), "integer").fields);
        assert_eq!(fields, derived.unwrap());
    }

    #[test]
    fn texts_from_outside_are_shortened_and_stripped_of_control_characters() {
        assert_eq!(shorten("a\u{0}b\n"), "a\u{fffd}b\u{fffd}");
        assert_eq!(shorten(&"é".repeat(65)).chars().count(), 65);
        assert_eq!(shorten(&"é".repeat(64)).chars().count(), 64);
    }

    #[test]
    fn an_error_stays_small_enough_to_return_by_value() {
        assert!(size_of::<OpError>() <= 96, "{}", size_of::<OpError>());
    }
}
