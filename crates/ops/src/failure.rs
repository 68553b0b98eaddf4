//! Which error code a use case's failure has, and what the caller is told to do.

use app::AppError;
use catalog::{ErrorCode, OpError};
use domain::symbols::SymbolError;
use domain::{ErrorKind, ProviderError};
use serde_json::json;

/// The operation's error for a use case's failure.
#[must_use]
pub fn op_error(error: AppError) -> OpError {
    match error {
        AppError::Symbol(error) => symbol_error(&error),
        AppError::NoListing(errors) => {
            let tried: Vec<_> = errors.iter().map(|error| json!({"source": error.source_.as_str(), "kind": error.kind.code(), "message": error.message})).collect();
            OpError::insufficient_data(
                "No exchange gave its list of contracts, so no symbol can be looked up. Check the network and 'perpsignal doctor'.",
                tried,
            )
            .retry_after_ms(Some(10_000))
        }
        AppError::InsufficientData { ref missing, .. } => {
            let detail = format!("{error}. What failed is listed under 'missing'.");
            OpError::insufficient_data(detail, json!(missing)).retry_after_ms(Some(15_000))
        }
        AppError::Provider(error) => provider_error(&error),
        AppError::Invalid { field, reason } => {
            OpError::bad_argument(field, "not_allowed", None, reason.as_str())
        }
        AppError::NotFound(what) => OpError::not_found(format!("There is no {what}.")),
        AppError::Store(error) => {
            OpError::unavailable(format!("{error}. Try again shortly.")).retry_after_ms(Some(5_000))
        }
        AppError::TimedOut { limit_ms } => OpError::timed_out(limit_ms, "leave out fresh=true"),
        AppError::Internal => {
            OpError::internal("Something went wrong on our side; it is in the log under this request id.")
        }
    }
}

fn symbol_error(error: &SymbolError) -> OpError {
    let detail = error.to_string();
    let mut op_error = match error {
        SymbolError::Unknown { input, near, .. } => return OpError::unknown_symbol(input, near),
        SymbolError::Empty | SymbolError::TooLong | SymbolError::BadCharacters { .. } => {
            OpError::bad_argument("symbol", "malformed", None, "a coin (BTC) or a contract (BTCUSDT)")
        }
        _ => OpError::new(ErrorCode::UnknownSymbol, ""),
    };
    op_error.detail = detail;
    op_error
}

/// The operation's error for a provider's failure.
#[must_use]
pub fn provider_error(error: &ProviderError) -> OpError {
    let source = error.source_.as_str();
    let kind = error.kind.code();
    let detail = error.to_string();
    let code = match error.kind {
        ErrorKind::KeyMissing | ErrorKind::KeyInvalid => ErrorCode::MissingKey,
        ErrorKind::PlanLimited => ErrorCode::PlanLimited,
        ErrorKind::NotFound | ErrorKind::NoData => ErrorCode::NotFound,
        ErrorKind::BadRequest => ErrorCode::BadArgument,
        ErrorKind::RateLimited | ErrorKind::QuotaSpent | ErrorKind::Banned => ErrorCode::RateLimited,
        ErrorKind::Timeout => ErrorCode::TimedOut,
        ErrorKind::CircuitOpen | ErrorKind::Unsupported => ErrorCode::Unavailable,
        _ => ErrorCode::UpstreamFailed,
    };
    OpError::new(code, detail).upstream(source, kind).retry_after_ms(error.retry_after_ms)
}
