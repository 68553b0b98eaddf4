//! The codes with their titles.

use std::fmt;

use serde::Serialize;

/// What went wrong, as a stable machine-readable code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request cannot be read at all: broken JSON, duplicate keys, too deep.
    MalformedRequest,
    /// A parameter is unknown, missing, of the wrong type or out of range.
    BadArgument,
    /// No operation of this name.
    UnknownOperation,
    /// No instrument fits this symbol.
    UnknownSymbol,
    /// What was asked for does not exist.
    NotFound,
    /// The path exists, but not with this method.
    MethodNotAllowed,
    /// The body is of a type that is not read here.
    UnsupportedMediaType,
    /// Arguments that are each acceptable contradict one another or the present state.
    Conflict,
    /// The request or the answer is larger than allowed.
    TooLarge,
    /// No valid key was given.
    Unauthorized,
    /// The key does not allow this operation.
    Forbidden,
    /// Too many requests from this caller.
    RateLimited,
    /// A provider's key is not configured.
    MissingKey,
    /// The plan of a provider's key does not include this.
    PlanLimited,
    /// A provider failed.
    UpstreamFailed,
    /// Too few inputs are known to give an honest answer.
    InsufficientData,
    /// The time limit passed.
    TimedOut,
    /// The service cannot answer now: starting, stopping, or a part of it is away.
    Unavailable,
    /// A fault of ours; the details are in the log only.
    Internal,
}

impl ErrorCode {
    /// Every code, in the order of the list.
    pub const ALL: [Self; 19] = [
        Self::MalformedRequest,
        Self::BadArgument,
        Self::UnknownOperation,
        Self::UnknownSymbol,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::UnsupportedMediaType,
        Self::Conflict,
        Self::TooLarge,
        Self::Unauthorized,
        Self::Forbidden,
        Self::RateLimited,
        Self::MissingKey,
        Self::PlanLimited,
        Self::UpstreamFailed,
        Self::InsufficientData,
        Self::TimedOut,
        Self::Unavailable,
        Self::Internal,
    ];

    /// The stable snake_case code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MalformedRequest => "malformed_request",
            Self::BadArgument => "bad_argument",
            Self::UnknownOperation => "unknown_operation",
            Self::UnknownSymbol => "unknown_symbol",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::Conflict => "conflict",
            Self::TooLarge => "too_large",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::RateLimited => "rate_limited",
            Self::MissingKey => "missing_key",
            Self::PlanLimited => "plan_limited",
            Self::UpstreamFailed => "upstream_failed",
            Self::InsufficientData => "insufficient_data",
            Self::TimedOut => "timed_out",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// The short title for people, the same for every error of this code.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::MalformedRequest => "The request cannot be read",
            Self::BadArgument => "A parameter is not acceptable",
            Self::UnknownOperation => "No such operation",
            Self::UnknownSymbol => "No such symbol",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "Method not allowed here",
            Self::UnsupportedMediaType => "This type of body is not read here",
            Self::Conflict => "In conflict with other arguments or the present state",
            Self::TooLarge => "Too large",
            Self::Unauthorized => "A valid key is needed",
            Self::Forbidden => "The key does not allow this",
            Self::RateLimited => "Too many requests",
            Self::MissingKey => "A provider's key is not configured",
            Self::PlanLimited => "Not included in the provider's plan",
            Self::UpstreamFailed => "A provider failed",
            Self::InsufficientData => "Too little data for an answer",
            Self::TimedOut => "Out of time",
            Self::Unavailable => "Not available now",
            Self::Internal => "Internal error",
        }
    }

    /// Whether the caller can cure it by changing the request.
    #[must_use]
    pub const fn is_callers_fault(self) -> bool {
        matches!(
            self,
            Self::MalformedRequest
                | Self::BadArgument
                | Self::UnknownOperation
                | Self::UnknownSymbol
                | Self::NotFound
                | Self::MethodNotAllowed
                | Self::UnsupportedMediaType
                | Self::Conflict
                | Self::TooLarge
                | Self::Unauthorized
                | Self::Forbidden
                | Self::RateLimited
        )
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_stable_and_written_as_serde_writes_them() {
        for code in ErrorCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
        let mut codes = ErrorCode::ALL.map(ErrorCode::as_str).to_vec();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), ErrorCode::ALL.len());
    }
}
