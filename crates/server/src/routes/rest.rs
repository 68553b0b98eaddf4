//! One route for each operation that is offered over REST.

use std::hash::{BuildHasher, Hasher};
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::{MethodRouter, delete, get, post, put};
use bytes::Bytes;
use catalog::shape::shape;
use catalog::{OpError, Operation, Verb, read_object};
use foldhash::fast::FixedState;

use super::{csv, id_in};
use crate::auth::Caller;
use crate::compression::preferred;
use crate::dispatch::{self, Done};
use crate::frame::took_route;
use crate::{State, problem, request};

/// A route for each operation.
pub(crate) fn routes(state: &Arc<State>) -> Router {
    let routes = state.catalog.directory().rest_routes();
    routes.fold(Router::new(), |router, route| {
        router.route(route.path, answering(state, route.verb, route.operation.name(), None))
    })
}

/// Answers with an operation. With `max_chars` the answer is an object, and its lists lose rows until it is
/// that small, which it tells.
pub(super) fn answering(
    state: &Arc<State>,
    verb: Verb,
    name: &str,
    max_chars: Option<usize>,
) -> MethodRouter {
    let cache_time = state.catalog.find(name).and_then(|operation| operation.meta.cache);
    let cache_control = cache_time
        .and_then(|time| HeaderValue::from_str(&format!("private, max-age={}", time.as_secs())).ok());
    let route: Arc<Route> =
        Route { state: Arc::clone(state), name: name.into(), max_chars, cache_control }.into();
    let handler = move |params: Result<RawPathParams, RawPathParamsRejection>, request: Request| {
        // Taken apart here, so that the work does not carry the request along twice.
        let (parts, body) = request.into_parts();
        answer(Arc::clone(&route), params, parts, body)
    };
    method(verb, handler)
}

fn method<H, T>(verb: Verb, handler: H) -> MethodRouter
where
    H: axum::handler::Handler<T, ()>,
    T: 'static,
{
    match verb {
        Verb::Get => get(handler),
        Verb::Post => post(handler),
        Verb::Put => put(handler),
        Verb::Delete => delete(handler),
    }
}

/// What is known of a route before it is asked.
struct Route {
    state: Arc<State>,
    name: Box<str>,
    max_chars: Option<usize>,
    /// How long an answer may be kept, if it may.
    cache_control: Option<HeaderValue>,
}

async fn answer(
    route: Arc<Route>,
    params: Result<RawPathParams, RawPathParamsRejection>,
    parts: Parts,
    body: Body,
) -> Response {
    took_route(&parts.extensions);
    let Ok(params) = params else {
        let error = OpError::malformed("The path holds bytes that are not UTF-8.");
        return problem::respond(&error, &id_in(&parts.extensions).0);
    };
    let Some(operation) = route.state.catalog.find(&route.name) else {
        return problem::respond(&OpError::unknown_operation(&route.name, &[]), &id_in(&parts.extensions).0);
    };
    // Boxed where it is used, so that the many requests without a body do not carry its reading along.
    let body = operation.meta.verb.has_body().then(|| Box::pin(request::body(body)));
    match call(&route.state, operation, &params, &parts, body, route.max_chars).await {
        Ok(Answer::Json(done)) => json(&route, done, &parts.headers),
        Ok(Answer::Csv(response)) => response,
        Err(error) => problem::respond(&error, &id_in(&parts.extensions).0),
    }
}

/// What goes out.
enum Answer {
    Json(Done),
    Csv(Response),
}

async fn call(
    state: &Arc<State>,
    operation: &Operation,
    params: &RawPathParams,
    parts: &Parts,
    body: Option<Pin<Box<impl Future<Output = Result<Bytes, OpError>>>>>,
    max_chars: Option<usize>,
) -> Result<Answer, OpError> {
    let caller = parts.extensions.get::<Caller>().ok_or_else(|| OpError::internal("no caller"))?;
    // Refused before the body is read: who may not call costs us nothing.
    caller.allow(operation.meta.scope)?;
    let object = match body {
        Some(body) => {
            request::must_be_json(&parts.headers)?;
            let bytes = body.await?;
            if bytes.is_empty() { None } else { Some(read_object(&bytes)?) }
        }
        None => None,
    };
    let mut text: Vec<(String, String)> =
        params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    text.extend(request::query_pairs(parts.uri.query())?);
    let (call, selection) = operation.accept_request(text, object)?;
    if max_chars.is_none() && operation.meta.is_csv(call.args()) {
        return Box::pin(csv::download(state, caller, operation, call)).await.map(Answer::Csv);
    }
    let done = dispatch::run(state, caller, operation, call).await?;
    let shaped = shape(done.body, &selection, max_chars)?;
    let body = if max_chars.is_some() { shaped.into_object() } else { shaped.body };
    Ok(Answer::Json(Done { body, standing: done.standing }))
}

/// Room for the headers of an answer, those of the frame included.
const HEADERS: usize = 12;

/// The answer with its caching headers; 304 where the caller has it already.
fn json(route: &Route, done: Done, asked: &HeaderMap) -> Response {
    let mut headers = HeaderMap::with_capacity(HEADERS);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let mut status = StatusCode::OK;
    let mut body = done.body;
    if let Some(cache_control) = &route.cache_control {
        headers.insert(header::CACHE_CONTROL, cache_control.clone());
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        let hash = hash(&body);
        if let Ok(tag) = HeaderValue::from_str(&etag(hash)) {
            if asked.get(header::IF_NONE_MATCH).is_some_and(|given| matches(given, &tag)) {
                status = StatusCode::NOT_MODIFIED;
                body = Bytes::new();
            }
            headers.insert(header::ETAG, tag);
        }
        let encoding = preferred(asked);
        let packed = route.state.compressed.of(hash, &body, encoding);
        if let (Some(name), Some(smaller)) = (encoding.name(), packed) {
            headers.insert(header::CONTENT_ENCODING, name);
            body = smaller;
        }
    } else {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    if let Some(standing) = done.standing {
        response.extensions_mut().insert(standing);
    }
    response
}

/// Tells one answer from the next. No secret, so no cryptographic hash, which takes several times as long.
fn hash(body: &[u8]) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    hasher.write(body);
    hasher.finish()
}

/// Weak, since the same answer may travel compressed.
fn etag(hash: u64) -> String {
    format!("W/\"{hash:016x}\"")
}

fn matches(given: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(given), Ok(tag)) = (given.to_str(), tag.to_str()) else { return false };
    given.trim() == "*" || given.split(',').any(|each| opaque(each) == opaque(tag))
}

/// A tag without the mark of a weak one: for the question "do you have it" both sorts are alike.
fn opaque(tag: &str) -> &str {
    let tag = tag.trim();
    tag.strip_prefix("W/").unwrap_or(tag)
}
