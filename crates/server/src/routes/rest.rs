//! One route for each operation that is offered over REST.

use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post, put};
use bytes::Bytes;
use catalog::shape::shape;
use catalog::{OpError, Operation, Verb, read_object};
use foldhash::fast::FixedState;

use super::id_of;
use crate::auth::Caller;
use crate::dispatch::{self, Done};
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
    let (shared, name): (_, Arc<str>) = (Arc::clone(state), name.into());
    let handler = move |params: Result<RawPathParams, RawPathParamsRejection>, request: Request| {
        let (state, name) = (Arc::clone(&shared), Arc::clone(&name));
        async move {
            let Ok(params) = params else {
                let error = OpError::malformed("The path holds bytes that are not UTF-8.");
                return problem::respond(&error, &id_of(&request).0);
            };
            answer(&state, &name, &params, request, max_chars).await
        }
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

async fn answer(
    state: &Arc<State>,
    name: &str,
    params: &RawPathParams,
    request: Request,
    max_chars: Option<usize>,
) -> Response {
    let id = id_of(&request);
    let if_none_match = request.headers().get(header::IF_NONE_MATCH).cloned();
    let outcome = match state.catalog.find(name) {
        Some(operation) => {
            call(state, operation, params, request, max_chars).await.map(|done| (operation, done))
        }
        None => Err(OpError::unknown_operation(name, &[])),
    };
    match outcome {
        Ok((operation, done)) => json(operation, done, if_none_match.as_ref()),
        Err(error) => problem::respond(&error, &id.0),
    }
}

async fn call(
    state: &Arc<State>,
    operation: &Operation,
    params: &RawPathParams,
    request: Request,
    max_chars: Option<usize>,
) -> Result<Done, OpError> {
    let caller =
        request.extensions().get::<Caller>().cloned().ok_or_else(|| OpError::internal("no caller"))?;
    // Refused before the body is read: who may not call costs us nothing.
    caller.allow(operation.meta.scope)?;
    let mut text: Vec<(String, String)> =
        params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    text.extend(request::query_pairs(request.uri().query())?);
    let body = if operation.meta.verb.has_body() {
        request::must_be_json(request.headers())?;
        let bytes = request::body(request.into_body()).await?;
        if bytes.is_empty() { None } else { Some(read_object(&bytes)?) }
    } else {
        None
    };
    let (call, selection) = operation.accept_request(text, body)?;
    let done = dispatch::run(state, &caller, operation, call).await?;
    let shaped = shape(done.body, &selection, max_chars)?;
    let body = if max_chars.is_some() { shaped.into_object() } else { shaped.body };
    Ok(Done { body, standing: done.standing })
}

/// The answer with its caching headers; 304 where the caller has it already.
fn json(operation: &Operation, done: Done, if_none_match: Option<&HeaderValue>) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let mut status = StatusCode::OK;
    let mut body = done.body;
    match operation.meta.cache {
        Some(time) => {
            let age = format!("private, max-age={}", time.as_secs());
            if let Ok(value) = HeaderValue::from_str(&age) {
                headers.insert(header::CACHE_CONTROL, value);
            }
            if let Some(given) = if_none_match
                && let Ok(tag) = HeaderValue::from_str(&etag(&body))
            {
                if matches(given, &tag) {
                    status = StatusCode::NOT_MODIFIED;
                    body = Bytes::new();
                }
                headers.insert(header::ETAG, tag);
            } else if let Ok(tag) = HeaderValue::from_str(&etag(&body)) {
                headers.insert(header::ETAG, tag);
            }
        }
        None => {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
    }
    let mut response = (status, headers, body).into_response();
    if let Some(standing) = done.standing {
        response.extensions_mut().insert(standing);
    }
    response
}

/// Weak, since the same answer may travel compressed. The hash tells one answer from the next and is no
/// secret; it takes a fraction of what a cryptographic one takes.
fn etag(body: &[u8]) -> String {
    let mut hasher = FixedState::default().build_hasher();
    hasher.write(body);
    format!("W/\"{:016x}\"", hasher.finish())
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
