//! What is around every request: an id, the caller, a measure, a line in the log, and headers.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{Extensions, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use tower::ServiceExt;

use crate::limits::Standing;
use crate::{State, auth, compression, mcp, measures, problem};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// On every answer that is not made from the live market.
const DATA_SOURCE: HeaderName = HeaderName::from_static("x-perpsignal-data-source");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// The request's id: the caller's, when it is a short plain word, else a new one.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) Arc<str>);

impl RequestId {
    fn new() -> Self {
        let mut text = [0; ulid::ULID_LEN];
        Self(Arc::from(&*ulid::Ulid::new().array_to_str(&mut text)))
    }

    fn of(request: &Request) -> Self {
        let given = request.headers().get(&REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|text| {
            (1..=64).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        });
        given.map_or_else(Self::new, |given| Self(given.into()))
    }
}

/// The pattern of the route that a request took, told by the route to the frame around it.
#[derive(Clone, Debug, Default)]
struct Label(Arc<OnceLock<MatchedPath>>);

/// Tells the frame which route the request took.
pub(crate) fn took_route(extensions: &Extensions) {
    if let (Some(label), Some(path)) = (extensions.get::<Label>(), extensions.get::<MatchedPath>()) {
        let _ = label.0.set(path.clone());
    }
}

/// The same, around routes that do not tell it themselves.
pub(crate) async fn labelled(request: Request, next: Next) -> Response {
    took_route(request.extensions());
    next.run(request).await
}

/// The service as one connection after the other asks it: the routes, and what is around all of them. Not a
/// layer of the router, which would clone and box each request's work once more.
#[derive(Clone, Debug)]
pub struct Service {
    state: Arc<State>,
    routes: Router,
}

impl Service {
    pub(crate) const fn new(state: Arc<State>, routes: Router) -> Self {
        Self { state, routes }
    }

    /// Answers a request from this address.
    pub async fn answer(&self, mut request: Request, peer: SocketAddr) -> Response {
        let started = Instant::now();
        let id = RequestId::of(&request);
        let method = request.method().clone();
        let encodings = request.headers().get(header::ACCEPT_ENCODING).cloned();
        let label = Label::default();
        let mut otherwise = "unmatched";
        let mut response = match auth::identify(&self.state.app, request.headers(), peer).await {
            Ok(caller) => {
                let extensions = request.extensions_mut();
                extensions.insert(caller);
                extensions.insert(id.clone());
                extensions.insert(label.clone());
                self.routes.clone().oneshot(request).await.unwrap_or_else(|never| match never {})
            }
            Err(error) => {
                otherwise = "unauthenticated";
                let mut response = problem::respond(&error, &id.0);
                if request.uri().path() == "/mcp" {
                    mcp::challenge(&self.state, &error, response.headers_mut());
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
        if let Some(source) = self.state.other_than_live() {
            headers.insert(DATA_SOURCE, HeaderValue::from_static(source));
        }
        if let Some(standing) = standing {
            headers.insert(LIMIT, HeaderValue::from(standing.limit));
            headers.insert(REMAINING, HeaderValue::from(standing.remaining));
            headers.insert(RESET, HeaderValue::from(standing.reset_s));
        }
        if let Some(encodings) = encodings {
            response = Box::pin(compression::where_asked(encodings, response)).await;
        }
        let status = response.status();
        let elapsed = started.elapsed();
        let route = label.0.get().map_or(otherwise, MatchedPath::as_str);
        measures::count(route, status, elapsed.as_secs_f64());
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
}
