//! The routes: those of the catalogue, and the few that are none of its operations.

mod csv;
mod described;
mod documents;
mod gpt;
mod invoke;
mod packed;
mod rest;
mod service;
mod table;
mod telegram;

use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, OriginalUri, Request};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use catalog::{ErrorCode, OpError};

pub use described::openapi;
pub(crate) use rest::{Asked, answer};
pub(crate) use table::{Found, Table};

use crate::frame::RequestId;
use crate::{State, mcp, problem};

/// What is none of the catalogue's own routes.
pub(crate) fn others(state: &Arc<State>) -> Router {
    let gpt = gpt::routes(state);
    invoke::routes(state)
        .merge(gpt.clone())
        .nest("/v1", gpt)
        .merge(documents::routes(state))
        .merge(service::routes(state))
        .merge(telegram::routes(state))
        .merge(mcp::routes(state))
        .layer(from_fn(labelled))
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
}

/// Tells the frame which route the request took.
async fn labelled(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

/// The id of a request that the frame has seen.
pub(crate) fn id_of(request: &Request) -> RequestId {
    request.extensions().get::<RequestId>().cloned().unwrap_or_else(|| RequestId("none".into()))
}

async fn not_found(OriginalUri(uri): OriginalUri, request: Request) -> Response {
    let path: String = uri.path().chars().take(100).collect();
    let detail = format!("There is nothing at {path}. GET /openapi.json lists every path.");
    problem::respond(&OpError::not_found(detail), &id_of(&request).0)
}

/// Other methods than those of a path. `OPTIONS` tells which there are, in the `Allow` header that the router
/// adds: no page of another origin may call, so a preflight gets no more.
async fn wrong_method(request: Request) -> Response {
    no_such_method(request.method(), &id_of(&request))
}

fn no_such_method(method: &Method, id: &RequestId) -> Response {
    if method == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    let detail = format!("{method} is not among the methods of this path.");
    problem::respond(&OpError::new(ErrorCode::MethodNotAllowed, detail), &id.0)
}

/// The same for a path of the catalogue.
pub(crate) fn not_among(found: &Found<'_>, method: &Method, id: &RequestId) -> Response {
    let mut response = no_such_method(method, id);
    if let Ok(methods) = HeaderValue::try_from(found.methods()) {
        response.headers_mut().insert(header::ALLOW, methods);
    }
    response
}
