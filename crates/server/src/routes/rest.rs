//! One route for each operation that is offered over REST.

use std::sync::Arc;

use axum::Router;
use axum::extract::{RawPathParams, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post, put};
use bytes::Bytes;
use catalog::shape::shape;
use catalog::{OpError, Operation, Verb, read_object};
use sha2::{Digest, Sha256};

use super::id_of;
use crate::auth::Caller;
use crate::dispatch::{self, Done};
use crate::{State, problem, request};

/// A route for each operation.
pub(crate) fn routes(state: &Arc<State>) -> Router {
    let mut router = Router::new();
    for route in state.catalog.directory().rest_routes() {
        let name: Arc<str> = route.operation.name().into();
        let shared = Arc::clone(state);
        let handler = move |params: RawPathParams, request: Request| {
            let (state, name) = (Arc::clone(&shared), Arc::clone(&name));
            async move { answer(&state, &name, &params, request).await }
        };
        router = router.route(route.path, method(route.verb, handler));
    }
    router
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

async fn answer(state: &Arc<State>, name: &str, params: &RawPathParams, request: Request) -> Response {
    let id = id_of(&request);
    let if_none_match = request.headers().get(header::IF_NONE_MATCH).cloned();
    let outcome = match state.catalog.find(name) {
        Some(operation) => call(state, operation, params, request).await.map(|done| (operation, done)),
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
    let body = shape(done.body, &selection, None)?.body;
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

fn etag(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    let short: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{short}\"")
}

fn matches(given: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(given), Ok(tag)) = (given.to_str(), tag.to_str()) else { return false };
    given.trim() == "*" || given.split(',').any(|each| each.trim().trim_start_matches("W/") == tag)
}
