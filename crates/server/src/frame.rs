//! What is around every request: an id, the caller, a measure, a line in the log, and headers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{ConnectInfo, MatchedPath, Request, State as Extract};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::auth;
use crate::limits::Standing;
use crate::{State, mcp, problem};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// The request's id: the caller's, when it is a short plain word, else a new one.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) Arc<str>);

impl RequestId {
    fn of(request: &Request) -> Self {
        let given = request.headers().get(&REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|text| {
            (1..=64).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        });
        Self(given.map_or_else(|| ulid::Ulid::new().to_string().into(), Into::into))
    }
}

/// Around every request.
pub(crate) async fn around(
    Extract(state): Extract<Arc<State>>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let id = RequestId::of(&request);
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or_else(|| SocketAddr::from(([0, 0, 0, 0], 0)), |info| info.0);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = match auth::identify(&state.app, request.headers(), peer).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            request.extensions_mut().insert(id.clone());
            next.run(request).await
        }
        Err(error) => {
            let mut response = problem::respond(&error, &id.0);
            if request.uri().path() == "/mcp" {
                mcp::challenge(&state, &error, response.headers_mut());
            }
            response
        }
    };
    let standing = response.extensions().get::<Standing>().copied();
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(standing) = standing {
        headers.insert(LIMIT, HeaderValue::from(standing.limit));
        headers.insert(REMAINING, HeaderValue::from(standing.remaining));
        headers.insert(RESET, HeaderValue::from(standing.reset_s));
    }
    let status = response.status();
    let elapsed = started.elapsed();
    let route = route.as_ref().map_or("unmatched", MatchedPath::as_str);
    measure(route, status.as_u16(), elapsed.as_secs_f64());
    tracing::debug!(
        request_id = %id.0,
        %method,
        route,
        status = status.as_u16(),
        duration_ms = elapsed.as_secs_f64() * 1_000.0,
        "request"
    );
    response
}

fn measure(route: &str, status: u16, seconds: f64) {
    let class = match status {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    };
    metrics::counter!("perpsignal_http_requests_total", "route" => route.to_owned(), "status" => class)
        .increment(1);
    metrics::histogram!("perpsignal_http_request_seconds", "route" => route.to_owned()).record(seconds);
}
