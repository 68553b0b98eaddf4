//! What is around every request: an id, the caller, a measure, a line in the log, and headers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;
use tower::ServiceExt;

use crate::auth::Caller;
use crate::limits::Standing;
use crate::routes::{self, Asked, Table};
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

/// The pattern of the route that a request took.
enum Label<'a> {
    Fixed(&'a str),
    Path(MatchedPath),
}

impl Label<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Fixed(text) => text,
            Self::Path(path) => path.as_str(),
        }
    }
}

/// The service as one connection after the other asks it: the operations, the other routes, and what is around
/// all of them.
#[derive(Clone, Debug)]
pub struct Service {
    state: Arc<State>,
    table: Arc<Table>,
    others: Router,
}

impl Service {
    pub(crate) fn new(state: Arc<State>) -> Self {
        let table = Arc::new(Table::new(state.catalog.directory()));
        let others = routes::others(&state);
        Self { state, table, others }
    }

    /// What a caller who was let in gets, and the route by which it is counted.
    async fn routed(&self, mut request: Request, caller: Caller, id: &RequestId) -> (Label<'_>, Response) {
        let Some(found) = self.table.find(request.uri().path()) else {
            let extensions = request.extensions_mut();
            extensions.insert(caller);
            extensions.insert(id.clone());
            let answered = self.others.clone().oneshot(request).await;
            let response = answered.unwrap_or_else(|never| match never {});
            let path = response.extensions().get::<MatchedPath>().cloned();
            return (path.map_or(Label::Fixed("unmatched"), Label::Path), response);
        };
        let label = Label::Fixed(found.pattern());
        let Some(route) = found.route(request.method()) else {
            return (label, routes::not_among(&found, request.method(), id));
        };
        let (parts, body) = request.into_parts();
        let asked = Asked { caller, id: id.clone(), params: found.params, parts };
        (label, routes::answer(&self.state, route, asked, body).await)
    }

    /// Answers a request from this address.
    pub async fn answer(&self, request: Request, peer: SocketAddr) -> Response {
        let started = Instant::now();
        let id = RequestId::of(&request);
        let method = request.method().clone();
        let encodings = request.headers().get(header::ACCEPT_ENCODING).cloned();
        let (label, mut response) = match auth::identify(&self.state.app, request.headers(), peer).await {
            Ok(caller) => self.routed(request, caller, &id).await,
            Err(error) => {
                let mut response = problem::respond(&error, &id.0);
                if request.uri().path() == "/mcp" {
                    mcp::challenge(&self.state, &error, response.headers_mut());
                }
                (Label::Fixed("unauthenticated"), response)
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
        let route = label.text();
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
