//! Why a use case gave no answer.

use domain::symbols::SymbolError;
use domain::{ErrorKind, ProviderError};
use store::StoreError;

use crate::signals::MissingFactor;

/// What a failure of the store means for who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreFault {
    /// It passes by itself: come again in so many milliseconds.
    Passing {
        /// How long to wait.
        retry_after_ms: u64,
    },
    /// There is no room, or no right, to write: it passes when the operator makes some.
    Full,
    /// What was to be stored does not fit what is stored already.
    Conflict,
    /// A fault of ours: settings, schema, program, or rows that cannot be read.
    Ours,
}

impl StoreFault {
    /// What this failure means. A value that the store will not take is ours too, unless the caller chose it;
    /// then it is [`AppError::Invalid`].
    #[must_use]
    pub const fn of(error: &StoreError) -> Self {
        match error {
            StoreError::Unavailable { .. } | StoreError::Closed => Self::Passing { retry_after_ms: 5_000 },
            StoreError::Busy { .. } => Self::Passing { retry_after_ms: 1_000 },
            StoreError::SpoolFull { .. } | StoreError::SpoolIo { .. } => Self::Full,
            StoreError::Refused { .. } => Self::Conflict,
            StoreError::Invalid { .. }
            | StoreError::NotConfirmed
            | StoreError::NotFound { .. }
            | StoreError::Config(_)
            | StoreError::Migration(_)
            | StoreError::Database(_)
            | StoreError::Read(_) => Self::Ours,
        }
    }
}

/// Why a use case gave no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AppError {
    /// The symbol means no contract that trades.
    #[error(transparent)]
    Symbol(#[from] SymbolError),
    /// No venue gave its list of contracts, so no symbol can be looked up.
    #[error("no exchange gave its list of contracts: {}", listed(.0))]
    NoListing(Vec<ProviderError>),
    /// Too little is known for a signal.
    #[error("only {:.0} % of the evidence could be had, {:.0} % are needed", .coverage * 100.0, .floor * 100.0)]
    InsufficientData {
        /// Share of the weights that was live.
        coverage: f64,
        /// Share that is needed.
        floor: f64,
        /// What is missing and why.
        missing: Vec<MissingFactor>,
    },
    /// An argument that contradicts others or the present state.
    #[error("{field}: {reason}")]
    Invalid {
        /// Which.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// What was asked for is not there.
    #[error("there is no {0}")]
    NotFound(String),
    /// A provider failed, and nobody else serves this.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The time limit passed.
    #[error("no answer within {limit_ms} ms")]
    TimedOut {
        /// The limit.
        limit_ms: u64,
    },
    /// A fault of ours; details are in the log.
    #[error("internal error")]
    Internal,
}

impl AppError {
    /// A store's failure where the caller chose what it was asked: its words are for the caller.
    pub(crate) fn asked(error: StoreError) -> Self {
        match error {
            StoreError::Invalid { field, reason } => Self::Invalid { field, reason },
            StoreError::NotConfirmed => {
                Self::Invalid { field: "confirm", reason: "the deletion needs confirm=true".to_owned() }
            }
            StoreError::NotFound { what } => Self::NotFound(what),
            other => Self::Store(other),
        }
    }

    /// The stable code of the failure.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Symbol(_) => "unknown_symbol",
            Self::NoListing(_) | Self::InsufficientData { .. } => "insufficient_data",
            Self::Provider(error) => error.kind.code(),
            Self::Invalid { .. } => "conflict",
            Self::NotFound(_) => "not_found",
            Self::Store(error) => error.code(),
            Self::TimedOut { .. } => "timed_out",
            Self::Internal => "internal",
        }
    }

    /// The kind of the provider's failure at the root, if there is one.
    #[must_use]
    pub fn provider_kind(&self) -> Option<ErrorKind> {
        match self {
            Self::Provider(error) => Some(error.kind),
            Self::NoListing(errors) => errors.first().map(|error| error.kind),
            _ => None,
        }
    }
}

fn listed(errors: &[ProviderError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_of_the_store_has_its_meaning_and_its_own_code() {
        let reason = || "words".to_owned();
        let soon = |retry_after_ms| StoreFault::Passing { retry_after_ms };
        for (error, fault, code) in [
            (StoreError::Unavailable { reason: reason() }, soon(5_000), "database_unavailable"),
            (StoreError::Closed, soon(5_000), "store_closed"),
            (StoreError::Busy { reason: reason() }, soon(1_000), "database_busy"),
            (StoreError::SpoolFull { reason: reason() }, StoreFault::Full, "spool_full"),
            (StoreError::SpoolIo { reason: reason() }, StoreFault::Full, "spool_io"),
            (StoreError::Refused { reason: reason() }, StoreFault::Conflict, "row_refused"),
            (StoreError::Invalid { field: "days", reason: reason() }, StoreFault::Ours, "invalid"),
            (StoreError::NotFound { what: reason() }, StoreFault::Ours, "not_found"),
            (StoreError::NotConfirmed, StoreFault::Ours, "not_confirmed"),
            (StoreError::Config(reason()), StoreFault::Ours, "store_config"),
            (StoreError::Migration(reason()), StoreFault::Ours, "migration"),
            (StoreError::Database(reason()), StoreFault::Ours, "database"),
            (StoreError::Read(reason()), StoreFault::Ours, "read"),
        ] {
            assert_eq!(StoreFault::of(&error), fault, "{error}");
            assert_eq!(AppError::from(error).code(), code);
        }
    }

    #[test]
    fn what_the_caller_chose_wrong_is_told_to_the_caller() {
        let wrong = StoreError::Invalid { field: "days", reason: "too many".to_owned() };
        assert_eq!(AppError::asked(wrong).to_string(), "days: too many");
        let unconfirmed = AppError::asked(StoreError::NotConfirmed);
        assert!(matches!(unconfirmed, AppError::Invalid { field: "confirm", .. }), "{unconfirmed}");
        assert_eq!(AppError::asked(StoreError::NotFound { what: "signal x".to_owned() }).code(), "not_found");
        assert_eq!(AppError::asked(StoreError::Closed).code(), "store_closed");
    }
}
