//! Documents made from the catalogue, each written once, and the pages that show them. Everything is served
//! from the binary; the content security policy forbids requests to anybody else.

use std::future::ready;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use bytes::Bytes;
use catalog::docs::{Info, pretty};
use serde_json::Value;

use crate::State;

/// A file in the binary.
struct Asset {
    name: &'static str,
    kind: &'static str,
    body: &'static [u8],
}

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

const ASSETS: &[Asset] = &[
    Asset {
        name: "swagger-ui-bundle.js",
        kind: JAVASCRIPT,
        body: include_bytes!("../../assets/vendor/swagger-ui-bundle.js"),
    },
    Asset { name: "swagger-ui.css", kind: CSS, body: include_bytes!("../../assets/vendor/swagger-ui.css") },
    Asset {
        name: "redoc.standalone.js",
        kind: JAVASCRIPT,
        body: include_bytes!("../../assets/vendor/redoc.standalone.js"),
    },
    Asset { name: "docs.js", kind: JAVASCRIPT, body: include_bytes!("../../assets/pages/docs.js") },
    Asset { name: "redoc.js", kind: JAVASCRIPT, body: include_bytes!("../../assets/pages/redoc.js") },
    Asset { name: "redoc.css", kind: CSS, body: include_bytes!("../../assets/pages/redoc.css") },
];

/// Both viewers write style attributes; Redoc searches in a worker made from a blob.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     font-src 'self' data:; connect-src 'self'; worker-src blob:; frame-ancestors 'none'; base-uri 'none'",
);

pub(crate) fn routes(state: &Arc<State>) -> Router {
    Router::new()
        .route("/openapi.json", document(state, openapi))
        .route("/docs", get(|| async { page(include_str!("../../assets/pages/docs.html")) }))
        .route("/redoc", get(|| async { page(include_str!("../../assets/pages/redoc.html")) }))
        .route("/assets/{name}", get(asset))
}

fn openapi(state: &State) -> Value {
    let info = Info {
        title: "perpsignal".into(),
        version: state.config.version.into(),
        description: crate::DESCRIPTION.into(),
    };
    state.catalog.directory().openapi(&info, &state.config.base_url, None)
}

/// A document that is written when it is first asked for, and kept: the program starts without it. Any page
/// may read it, since importers run in browsers.
pub(super) fn document(state: &Arc<State>, write: fn(&State) -> Value) -> MethodRouter {
    let (state, kept) = (Arc::clone(state), Arc::new(OnceLock::new()));
    get(move || {
        let body: &Bytes = kept.get_or_init(|| Bytes::from(pretty(&write(&state))));
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
            (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
        ];
        ready((headers, body.clone()).into_response())
    })
}

fn page(html: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(HTML)),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (headers, html)
}

async fn asset(Path(name): Path<String>) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400")),
    ];
    (headers, Bytes::from_static(asset.body)).into_response()
}
