//! `POST /invoke`: any operation by name, its arguments nested or beside the name.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::{BufMut, Bytes, BytesMut};
use catalog::{ErrorCode, MODEL_CHARS_MAX, OpError, Operation, Scope, Style, parse_invoke, shape::shape};
use serde_json::{Value, json};

use super::id_of;
use crate::auth::Caller;
use crate::dispatch::{self, Done, Refused};
use crate::{State, problem, request};

/// Largest body that is read from a caller without a key where keys are needed, in bytes.
const STRANGERS_BODY: usize = 4 * 1024;

pub(crate) fn routes(state: &Arc<State>) -> Router {
    let (invoked, listed) = (Arc::clone(state), Arc::clone(state));
    let call = post(move |request: Request| async move { invoke(&invoked, request).await });
    let list = get(move |request: Request| async move { operations(&listed, &request) });
    Router::new()
        .route("/invoke", call.clone())
        .route("/v1/invoke", call)
        .route("/invoke/operations", list.clone())
        .route("/v1/invoke/operations", list)
}

async fn invoke(state: &Arc<State>, request: Request) -> Response {
    let started = Instant::now();
    let id = id_of(&request);
    let mut name = None;
    let outcome = call(state, request, &mut name).await;
    let elapsed_ms = started.elapsed().as_secs_f64() * 1_000.0;
    let mut meta = json!({"executionTimeMs": (elapsed_ms * 1_000.0).round() / 1_000.0, "requestId": &*id.0});
    if let (Some(source), Some(members)) = (state.other_than_live(), meta.as_object_mut()) {
        members.insert("dataSource".into(), source.into());
    }
    match outcome {
        Ok(Done { body, standing }) => {
            let mut response = json_body(&wrap(name.as_deref(), &body, &meta)).into_response();
            if let Some(standing) = standing {
                response.extensions_mut().insert(standing);
            }
            response
        }
        Err(Refused { error, standing }) => {
            let body = json!({
                "ok": false,
                "operation": name,
                "error": problem::document(&error, &id.0),
                "meta": meta,
            });
            let mut response = json_body(&Bytes::from(body.to_string())).into_response();
            *response.status_mut() = problem::status_of(error.code);
            if let Some(ms) = error.retry_after_ms {
                response
                    .headers_mut()
                    .insert(header::RETRY_AFTER, HeaderValue::from(ms.div_ceil(1_000).max(1)));
            }
            if error.code == ErrorCode::Unauthorized {
                response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            if let Some(standing) = standing {
                response.extensions_mut().insert(standing);
            }
            response
        }
    }
}

async fn call(state: &Arc<State>, request: Request, name: &mut Option<String>) -> Result<Done, Refused> {
    let caller =
        request.extensions().get::<Caller>().cloned().ok_or_else(|| OpError::internal("no caller"))?;
    request::must_be_json(request.headers())?;
    let body = if caller.is_stranger() {
        strangers_body(&caller, request.into_body()).await?
    } else {
        request::body(request.into_body()).await?
    };
    let permit = |operation: &Operation| caller.allow(operation.meta.scope);
    let invocation = parse_invoke(&body, state.catalog.directory(), permit).map_err(|refusal| {
        name.clone_from(&refusal.operation);
        refusal.error
    })?;
    *name = Some(invocation.operation.name().to_owned());
    let done = dispatch::run(state, &caller, invocation.operation, invocation.call).await?;
    // Flat calls are a model's: what is longer than its client takes would be refused there.
    let max_chars = (invocation.style == Style::Flat).then_some(MODEL_CHARS_MAX);
    let standing = done.standing;
    let shaped =
        shape(done.body, &invocation.selection, max_chars).map_err(|error| Refused { error, standing })?;
    let is_cut = max_chars.is_some() && !shaped.cuts.is_empty();
    Ok(Done { body: if is_cut { shaped.into_object() } else { shaped.body }, standing })
}

/// The body of a caller to whom the few public operations alone are open, which take next to nothing. What is
/// larger must be meant for another operation, and needs a key.
async fn strangers_body(caller: &Caller, body: Body) -> Result<Bytes, OpError> {
    let read = request::body_up_to(STRANGERS_BODY, body).await;
    read.map_err(|error| match error.code {
        ErrorCode::TooLarge => caller.allow(Scope::Read).err().unwrap_or(error),
        _ => error,
    })
}

/// The envelope around an answer that is JSON already; the answer is copied, never parsed.
fn wrap(name: Option<&str>, data: &[u8], meta: &Value) -> Bytes {
    let mut body = BytesMut::with_capacity(data.len() + 256);
    body.put_slice(b"{\"ok\":true,\"operation\":");
    body.put_slice(json!(name).to_string().as_bytes());
    body.put_slice(b",\"data\":");
    body.put_slice(data);
    body.put_slice(b",\"meta\":");
    body.put_slice(meta.to_string().as_bytes());
    body.put_slice(b"}");
    body.freeze()
}

fn json_body(body: &Bytes) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body.clone())
}

fn operations(state: &Arc<State>, request: &Request) -> Response {
    let id = id_of(request);
    let pairs = match request::query_pairs(request.uri().query()) {
        Ok(pairs) => pairs,
        Err(error) => return problem::respond(&error, &id.0),
    };
    let mut namespace = None;
    for (name, value) in pairs {
        if name == "namespace" {
            namespace = Some(value);
        } else {
            let error = OpError::bad_argument(name, "unknown", Some(&value), "namespace");
            return problem::respond(&error, &id.0);
        }
    }
    let listing = state.catalog.directory().listing(namespace.as_deref());
    match listing {
        Ok(listing) => json_body(&Bytes::from(listing.to_string())).into_response(),
        Err(error) => problem::respond(&error, &id.0),
    }
}
