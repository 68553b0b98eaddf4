//! `/mcp`: who may call is known before the message is read; then the message is checked and handed to the
//! protocol's own service. And the documents that tell a client where keys come from.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use catalog::{ErrorCode, OpError, Scope};
use http_body_util::Full;
use rmcp::model::ClientJsonRpcMessage;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::json;

use super::handler::Handler;
use super::tools::Toolset;
use crate::auth::Caller;
use crate::dispatch::Refused;
use crate::routes::id_of;
use crate::{State, dispatch, problem, request};

/// What every message costs; a tool's own operation is charged for the rest of its cost.
const MESSAGE_COST: u32 = 1;
/// Where the document on keys stands.
const METADATA_PATH: &str = "/.well-known/oauth-protected-resource";

type Service = StreamableHttpService<Handler, NeverSessionManager>;

pub(crate) fn routes(state: &Arc<State>) -> Router {
    let service = service(state);
    let messages = {
        let state = Arc::clone(state);
        any(move |request: Request| async move { receive(&state, &service, request).await })
    };
    let metadata = {
        let state = Arc::clone(state);
        get(move |request: Request| async move { metadata(&state, &request) })
    };
    Router::new()
        .route("/mcp", messages)
        .route(METADATA_PATH, metadata.clone())
        .route("/.well-known/oauth-protected-resource/mcp", metadata)
}

fn service(state: &Arc<State>) -> Service {
    let handler = Handler {
        state: Arc::clone(state),
        tools: Arc::new(Toolset::new(state.catalog.directory())),
        local: None,
        prepaid: MESSAGE_COST,
    };
    let base: Option<Uri> = state.config.base_url.parse().ok();
    let public_host = base.as_ref().and_then(Uri::authority).map(Authority::host).map(str::to_owned);
    // A page of another site must not reach a server on this machine by a name of its own.
    let hosts = ["localhost", "127.0.0.1", "::1"].into_iter().map(str::to_owned).chain(public_host);
    let local = ["http://localhost:*", "https://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"];
    let origins = local.into_iter().map(str::to_owned).chain(base.as_ref().and_then(origin_of));
    let config = StreamableHttpServerConfig::default()
        .with_json_response(true)
        .with_legacy_session_mode(false)
        .with_allowed_hosts(hosts)
        .with_allowed_origins(origins)
        .with_max_request_body_bytes(request::MAX_BODY);
    StreamableHttpService::new(move || Ok(handler.clone()), Arc::default(), config)
}

/// Scheme, host and port of an address, the port always written.
fn origin_of(address: &Uri) -> Option<String> {
    let (scheme, authority) = (address.scheme_str()?, address.authority()?);
    let port = authority.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    Some(format!("{scheme}://{}:{port}", authority.host()))
}

async fn receive(state: &Arc<State>, service: &Service, request: Request) -> Response {
    let id = id_of(&request);
    let Some(caller) = request.extensions().get::<Caller>().cloned() else {
        return problem::respond(&OpError::internal("no caller"), &id.0);
    };
    if let Err(error) = caller.allow(Scope::Read) {
        let mut response = problem::respond(&error, &id.0);
        challenge(state, &error, response.headers_mut());
        return response;
    }
    if request.method() != Method::POST {
        return handled(service, request).await;
    }
    let standing = match dispatch::charge(state, &caller, MESSAGE_COST) {
        Ok(standing) => standing,
        Err(refused) => return problem::refuse(&refused, &id.0),
    };
    let (parts, body) = request.into_parts();
    let bytes = match request::body(body).await {
        Ok(bytes) => bytes,
        Err(error) => return problem::refuse(&Refused { error, standing }, &id.0),
    };
    let is_json = request::must_be_json(&parts.headers).is_ok();
    let mut response = match serde_json::from_slice::<ClientJsonRpcMessage>(&bytes) {
        Err(error) if is_json => unreadable(&bytes, &error),
        _ => handled(service, Request::from_parts(parts, Full::new(bytes))).await,
    };
    if let Some(standing) = standing {
        response.extensions_mut().insert(standing);
    }
    response
}

async fn handled<B>(service: &Service, request: http::Request<B>) -> Response
where
    B: axum::body::HttpBody + Send + 'static,
    B::Error: std::fmt::Display,
{
    service.handle(request).await.map(Body::new)
}

/// What is no JSON, and what is JSON but no message of the protocol.
fn unreadable(bytes: &[u8], error: &serde_json::Error) -> Response {
    let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok();
    let (code, message) = if is_json {
        (-32600, "Invalid Request: one JSON-RPC 2.0 request or notification is expected".to_owned())
    } else {
        (-32700, format!("Parse error at line {} column {}", error.line(), error.column()))
    };
    let body = json!({"jsonrpc": "2.0", "id": null, "error": {"code": code, "message": message}});
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (StatusCode::BAD_REQUEST, kind, body.to_string()).into_response()
}

/// Tells a client without a good key what is asked for.
pub(crate) fn challenge(state: &State, error: &OpError, headers: &mut HeaderMap) {
    let base = &state.config.base_url;
    let refused = match error.code {
        ErrorCode::Unauthorized => "",
        ErrorCode::Forbidden => "error=\"insufficient_scope\", ",
        _ => return,
    };
    let text = format!("Bearer {refused}resource_metadata=\"{base}{METADATA_PATH}/mcp\", scope=\"read\"");
    if let Ok(value) = HeaderValue::from_str(&text) {
        headers.insert(header::WWW_AUTHENTICATE, value);
    }
}

/// RFC 9728: what protects `/mcp`. Keys are handed out by the operator, so no authorization server is named.
fn metadata(state: &State, request: &Request) -> Response {
    if state.app.keys.is_open() {
        let detail = "This server asks for no keys, so there is nothing to tell about them.";
        return problem::respond(&OpError::not_found(detail), &id_of(request).0);
    }
    let document = json!({
        "resource": format!("{}/mcp", state.config.base_url),
        "resource_name": "perpsignal",
        "scopes_supported": ["read", "write", "admin"],
        "bearer_methods_supported": ["header"]
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    ];
    (headers, document.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_of_an_origin_is_always_written() {
        let origin = |text: &str| origin_of(&text.parse().unwrap());
        assert_eq!(origin("https://api.example.org").as_deref(), Some("https://api.example.org:443"));
        assert_eq!(origin("http://127.0.0.1:8080").as_deref(), Some("http://127.0.0.1:8080"));
        assert_eq!(origin("/relative"), None);
    }
}
