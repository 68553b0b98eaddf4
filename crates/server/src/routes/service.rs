//! Facts about the service that are no operations: liveness, readiness, metrics.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::State;

pub(crate) fn routes(state: &Arc<State>) -> Router {
    let (ready, metrics) = (Arc::clone(state), Arc::clone(state));
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(move || async move { readiness(&ready) }))
        .route("/metrics", get(move || async move { exposition(&metrics) }))
}

/// Ready when rows can be promised: the spool takes them even while the database is away.
fn readiness(state: &State) -> Response {
    let report = state.app.readiness();
    match report {
        Ok(()) => "ready\n".into_response(),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {reason}\n")).into_response(),
    }
}

fn exposition(state: &State) -> Response {
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], state.metrics.render()).into_response()
}
