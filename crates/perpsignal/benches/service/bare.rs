//! The least that an HTTP server of the same libraries can do: one route, bytes that are ready.

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::routing::get;
use bytes::Bytes;

/// Serves `<address>,<file>` until it is killed.
pub async fn serve(argument: &str) {
    let (address, file) = argument.split_once(',').unwrap();
    let body = Bytes::from(std::fs::read(file).unwrap());
    let handler = move || {
        let body = body.clone();
        async move { ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body) }
    };
    let router = Router::new().route("/signals/{symbol}", get(handler));
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    axum::serve(listener, router).await.unwrap();
}
