//! Why a use case gave no answer.

use domain::symbols::SymbolError;
use domain::{ErrorKind, ProviderError};
use store::StoreError;

use crate::signals::MissingFactor;

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
    /// An argument that makes no sense.
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
            Self::Invalid { .. } => "bad_argument",
            Self::NotFound(_) => "not_found",
            Self::Store(_) => "unavailable",
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
