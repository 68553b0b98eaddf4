//! The routes: those of the catalogue, and the few that are none of its operations.

mod documents;
mod gpt;
mod invoke;
mod rest;
mod service;

use std::sync::Arc;

use axum::Router;
use axum::extract::{OriginalUri, Request};
use axum::response::Response;
use catalog::{ErrorCode, OpError};

use crate::frame::RequestId;
use crate::{State, mcp, problem};

/// Everything, plain and under `/v1`.
pub(crate) fn all(state: &Arc<State>) -> Router {
    let operations = rest::routes(state).merge(gpt::routes(state));
    Router::new()
        .merge(operations.clone())
        .nest("/v1", operations)
        .merge(invoke::routes(state))
        .merge(documents::routes(state))
        .merge(service::routes(state))
        .merge(mcp::routes(state))
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
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

async fn wrong_method(request: Request) -> Response {
    let detail = format!("{} is not among the methods of this path.", request.method());
    problem::respond(&OpError::new(ErrorCode::MethodNotAllowed, detail), &id_of(&request).0)
}
