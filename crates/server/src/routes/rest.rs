//! An operation asked for by its route.

use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use catalog::shape::shape;
use catalog::{OpError, read_object};
use foldhash::fast::FixedState;
use hyper::body::Body as _;

use super::csv;
use super::table::Route;
use crate::auth::Caller;
use crate::compression::preferred;
use crate::dispatch::{self, Done, Refused};
use crate::frame::RequestId;
use crate::{State, problem, request};

/// A request for an operation, by a caller who was let in.
pub(crate) struct Asked {
    pub(crate) caller: Caller,
    pub(crate) id: RequestId,
    /// The parameters of the path.
    pub(crate) params: Result<Vec<(String, String)>, OpError>,
    pub(crate) parts: Parts,
}

/// Answers with an operation.
pub(crate) async fn answer(state: &Arc<State>, route: &Route, asked: Asked, body: Body) -> Response {
    let Asked { caller, id, params, parts } = asked;
    let head_only = parts.method == Method::HEAD;
    let response = match call(state, route, &caller, params, &parts, body).await {
        Ok(Answer::Json(done)) => json(state, route, done, &parts.headers),
        Ok(Answer::Csv(response)) => response,
        Err(refused) => problem::refuse(&refused, &id.0),
    };
    if head_only { without_body(response) } else { response }
}

/// The head alone, with the length that the body would have. Not on a 304: there the length would be that of
/// the 200, which is not at hand.
fn without_body(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    if let Some(length) = body.size_hint().exact()
        && parts.status != StatusCode::NOT_MODIFIED
    {
        parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    Response::from_parts(parts, Body::empty())
}

/// What goes out.
enum Answer {
    Json(Done),
    Csv(Response),
}

async fn call(
    state: &Arc<State>,
    route: &Route,
    caller: &Caller,
    params: Result<Vec<(String, String)>, OpError>,
    parts: &Parts,
    body: Body,
) -> Result<Answer, Refused> {
    let unknown = || OpError::unknown_operation(&route.operation, &[]);
    let operation = state.catalog.find(&route.operation).ok_or_else(unknown)?;
    // Boxed where it is used, so that the many requests without a body do not carry its reading along.
    let body = operation.meta.verb.has_body().then(|| Box::pin(request::body(body)));
    // Refused before the body is read: who may not call costs us nothing.
    caller.allow(operation.meta.scope)?;
    let mut text = params?;
    let object = match body {
        Some(body) => {
            request::must_be_json(&parts.headers)?;
            let bytes = body.await?;
            if bytes.is_empty() { None } else { Some(read_object(&bytes)?) }
        }
        None => None,
    };
    text.extend(request::query_pairs(parts.uri.query())?);
    let (call, selection) = operation.accept_request(text, object)?;
    if route.max_chars.is_none() && operation.meta.is_csv(call.args()) {
        if !selection.fields.is_empty() {
            return Err(OpError::contradiction("fields", "CSV has all columns").into());
        }
        return Box::pin(csv::download(state, caller, operation, call)).await.map(Answer::Csv);
    }
    let done = dispatch::run(state, caller, operation, call).await?;
    let standing = done.standing;
    let shaped =
        shape(done.body, &selection, route.max_chars).map_err(|error| Refused { error, standing })?;
    let body = if route.max_chars.is_some() { shaped.into_object() } else { shaped.body };
    Ok(Answer::Json(Done { body, standing }))
}

/// Room for the headers of an answer, those of the frame included.
const HEADERS: usize = 12;

/// The answer with its caching headers; 304 where the caller has it already.
fn json(state: &State, route: &Route, done: Done, asked: &HeaderMap) -> Response {
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
        let packed = state.compressed.of(hash, &body, encoding);
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
