//! Which error code a use case's failure has, and what the caller is told to do.

use app::{AppError, StoreFault};
use catalog::{ErrorCode, OpError};
use domain::symbols::SymbolError;
use domain::{ErrorKind, ProviderError};
use serde_json::json;

const IN_THE_LOG: &str = "Something went wrong on our side; it is in the log under this request id.";

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
        AppError::Invalid { field: "cursor", .. } => {
            OpError::bad_argument("cursor", "malformed", None, "the nextCursor of an earlier page")
        }
        AppError::Invalid { field, reason } => OpError::contradiction(field, reason),
        AppError::NotFound(what) => OpError::not_found(format!("There is no {what}.")),
        AppError::Store(ref fault) => {
            let kind = error.code();
            if !matches!(StoreFault::of(fault), StoreFault::Passing { .. }) {
                tracing::error!(%error, code = kind, "the store failed");
            }
            store_error(StoreFault::of(fault), &error.to_string()).with("store", kind)
        }
        AppError::TimedOut { limit_ms } => OpError::timed_out(limit_ms, "leave out fresh=true"),
        AppError::Internal => OpError::internal(IN_THE_LOG),
    }
}

fn store_error(fault: StoreFault, words: &str) -> OpError {
    match fault {
        StoreFault::Passing { retry_after_ms } => {
            OpError::unavailable(format!("{words}. Try again shortly.")).retry_after_ms(Some(retry_after_ms))
        }
        StoreFault::Full => {
            OpError::unavailable(format!("{words}. Nothing was stored; the operator has to make room."))
                .retry_after_ms(Some(60_000))
        }
        // The database's own words may hold what others stored.
        StoreFault::Conflict => {
            OpError::conflict("What was to be stored does not fit what is stored already; the log tells why.")
        }
        StoreFault::Ours => OpError::internal(IN_THE_LOG),
    }
}

fn symbol_error(error: &SymbolError) -> OpError {
    let detail = error.to_string();
    let mut op_error = match error {
        SymbolError::Unknown { input, near, .. } => return OpError::unknown_symbol(input, near),
        SymbolError::Empty | SymbolError::TooLong => {
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
        ErrorKind::NotFound | ErrorKind::NoData | ErrorKind::Unsupported => ErrorCode::NotFound,
        // What we can tell to be wrong was refused before: these it does not take together, or not now.
        ErrorKind::BadRequest => ErrorCode::Conflict,
        ErrorKind::RateLimited | ErrorKind::QuotaSpent | ErrorKind::Banned => ErrorCode::RateLimited,
        ErrorKind::Timeout => ErrorCode::TimedOut,
        ErrorKind::CircuitOpen => ErrorCode::Unavailable,
        _ => ErrorCode::UpstreamFailed,
    };
    OpError::new(code, detail).upstream(source, kind).retry_after_ms(error.retry_after_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_of_the_store_says_whether_and_when_to_come_again() {
        for (fault, code, retry_after_ms, tells_the_words) in [
            (StoreFault::Passing { retry_after_ms: 1_000 }, ErrorCode::Unavailable, Some(1_000), true),
            (StoreFault::Full, ErrorCode::Unavailable, Some(60_000), true),
            (StoreFault::Conflict, ErrorCode::Conflict, None, false),
            (StoreFault::Ours, ErrorCode::Internal, None, false),
        ] {
            let told = store_error(fault, "the disk is full");
            assert_eq!((told.code, told.retry_after_ms), (code, retry_after_ms), "{fault:?}");
            assert_eq!(told.detail.contains("the disk is full"), tells_the_words, "{}", told.detail);
        }
    }
}
