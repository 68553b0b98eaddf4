//! Errors as RFC 9457 problems. The one place that knows which HTTP status an error code has.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use catalog::{ErrorCode, OpError};
use serde_json::{Map, Value};

use crate::dispatch::Refused;

/// Media type of problems.
pub const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// The HTTP status of an error code.
#[must_use]
pub const fn status_of(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::MalformedRequest | ErrorCode::BadArgument => StatusCode::BAD_REQUEST,
        ErrorCode::UnknownOperation | ErrorCode::UnknownSymbol | ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        // The operator can cure the one by a key, the caller the other by other arguments.
        ErrorCode::Conflict | ErrorCode::MissingKey => StatusCode::CONFLICT,
        ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::Unauthorized => StatusCode::UNAUTHORIZED,
        ErrorCode::Forbidden | ErrorCode::PlanLimited => StatusCode::FORBIDDEN,
        ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::UpstreamFailed => StatusCode::BAD_GATEWAY,
        ErrorCode::InsufficientData | ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::TimedOut => StatusCode::GATEWAY_TIMEOUT,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The problem document of an error, as one JSON object.
#[must_use]
pub fn document(error: &OpError, request_id: &str) -> Map<String, Value> {
    let code = error.code.as_str();
    let mut problem = Map::new();
    problem.insert("type".into(), format!("urn:perpsignal:problem:{code}").into());
    problem.insert("status".into(), status_of(error.code).as_u16().into());
    problem.insert("requestId".into(), request_id.into());
    problem.extend(error.members());
    problem
}

/// Whole seconds, at least one.
fn retry_after_s(ms: u64) -> u64 {
    ms.div_ceil(1_000).max(1)
}

/// An error as an HTTP answer.
#[must_use]
pub fn respond(error: &OpError, request_id: &str) -> Response {
    let body = Value::Object(document(error, request_id)).to_string();
    let mut response = (status_of(error.code), body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, PROBLEM_JSON);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(ms) = error.retry_after_ms {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after_s(ms)));
    }
    if error.code == ErrorCode::Unauthorized {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// The same for a caller who was charged or has too little: the frame tells them what is left.
pub(crate) fn refuse(refused: &Refused, request_id: &str) -> Response {
    let mut response = respond(&refused.error, request_id);
    if let Some(standing) = refused.standing {
        response.extensions_mut().insert(standing);
    }
    response
}
