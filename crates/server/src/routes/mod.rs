//! The routes: those of the catalogue, and the few that are none of its operations.

mod csv;
mod documents;
mod gpt;
mod invoke;
mod packed;
mod rest;
mod service;
mod telegram;

use std::sync::Arc;

use axum::Router;
use axum::extract::{OriginalUri, Request};
use axum::http::Extensions;
use axum::http::{Method, StatusCode};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use catalog::{ErrorCode, OpError};

use crate::frame::{RequestId, labelled};
use crate::{State, mcp, problem};

/// Everything, plain and under `/v1`.
pub(crate) fn all(state: &Arc<State>) -> Router {
    let operations = rest::routes(state).merge(gpt::routes(state).layer(from_fn(labelled)));
    let others = invoke::routes(state)
        .merge(documents::routes(state))
        .merge(service::routes(state))
        .merge(telegram::routes(state))
        .merge(mcp::routes(state))
        .layer(from_fn(labelled));
    Router::new()
        .merge(operations.clone())
        .nest("/v1", operations)
        .merge(others)
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
}

/// The id of a request that the frame has seen.
pub(crate) fn id_of(request: &Request) -> RequestId {
    id_in(request.extensions())
}

/// The id among the extensions of a request that the frame has seen.
pub(crate) fn id_in(extensions: &Extensions) -> RequestId {
    extensions.get::<RequestId>().cloned().unwrap_or_else(|| RequestId("none".into()))
}

async fn not_found(OriginalUri(uri): OriginalUri, request: Request) -> Response {
    let path: String = uri.path().chars().take(100).collect();
    let detail = format!("There is nothing at {path}. GET /openapi.json lists every path.");
    problem::respond(&OpError::not_found(detail), &id_of(&request).0)
}

/// Other methods than those of a path. `OPTIONS` tells which there are, in the `Allow` header that the router
/// adds: no page of another origin may call, so a preflight gets no more.
async fn wrong_method(request: Request) -> Response {
    if request.method() == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    let detail = format!("{} is not among the methods of this path.", request.method());
    problem::respond(&OpError::new(ErrorCode::MethodNotAllowed, detail), &id_of(&request).0)
}
