//! Documents made from the catalogue, each written once, and the pages that show them. Everything is served
//! from the binary; the content security policy forbids requests to anybody else.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use bytes::Bytes;
use catalog::docs::{Access, pretty};
use serde_json::Value;

use super::described::openapi;
use super::packed::Packed;
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
    let assets: Arc<[_]> =
        ASSETS.iter().map(|asset| (asset, Arc::new(Packed::new(Bytes::from_static(asset.body))))).collect();
    let asset = move |Path(name): Path<String>, headers: HeaderMap| {
        let assets = Arc::clone(&assets);
        async move { asset(&assets, &name, &headers).await }
    };
    Router::new()
        .route(
            "/openapi.json",
            document(state, |state, access| {
                openapi(state.catalog.directory(), state.config.version, &state.config.base_url, access)
            }),
        )
        .route("/docs", get(|| async { page(include_str!("../../assets/pages/docs.html")) }))
        .route("/redoc", get(|| async { page(include_str!("../../assets/pages/redoc.html")) }))
        .route("/assets/{name}", get(asset))
}

/// A document that is written when it is first asked for, and kept: the program starts without it. Any page
/// may read it, since importers run in browsers. A server that asks for no keys says so; the first key changes
/// what it says.
pub(super) fn document(state: &Arc<State>, write: fn(&State, Access) -> Value) -> MethodRouter {
    let (state, kept) = (Arc::clone(state), Arc::new([OnceLock::new(), OnceLock::new()]));
    get(move |asked: HeaderMap| {
        let (state, kept) = (Arc::clone(&state), Arc::clone(&kept));
        async move {
            let [open, keyed] = kept.as_ref();
            let (place, access) =
                if state.app.keys.is_open() { (open, Access::Open) } else { (keyed, Access::Keyed) };
            let packed: &Arc<Packed> =
                place.get_or_init(|| Arc::new(Packed::new(Bytes::from(pretty(&write(&state, access))))));
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
                (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
                (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
            ];
            (headers, packed.answer(&asked).await).into_response()
        }
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

async fn asset(assets: &[(&Asset, Arc<Packed>)], name: &str, asked: &HeaderMap) -> Response {
    let Some((asset, packed)) = assets.iter().find(|(asset, _)| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400")),
    ];
    (headers, packed.answer(asked).await).into_response()
}
