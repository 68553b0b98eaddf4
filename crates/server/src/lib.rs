//! HTTP: the router built from the catalogue, who may call and how much, problems, pages. The only crate that
//! knows HTTP status codes of ours.

/// The accept loop.
pub mod accept;
/// Who is calling.
mod auth;
/// Smaller bodies for those who ask.
mod compression;
/// Running an operation for a caller.
mod dispatch;
/// What is around every request.
mod frame;
/// How much a caller may ask for.
pub mod limits;
/// The Model Context Protocol.
mod mcp;
/// How many requests, and how long they took.
mod measures;
/// Errors as problems.
pub mod problem;
/// Reading requests.
mod request;
/// The routes.
mod routes;

use std::sync::Arc;

use app::App;
use catalog::Catalog;
use metrics_exporter_prometheus::PrometheusHandle;
use ops::Ctx;

pub use accept::{AcceptConfig, serve};
pub use frame::Service;
pub use limits::Allowance;
pub use mcp::serve_stdio;
pub use routes::openapi;

/// What the surfaces can be told.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// The public address, for documents; without trailing slash.
    pub base_url: String,
    /// Allowance of a key.
    pub key_allowance: Allowance,
    /// Allowance of an address without a key.
    pub address_allowance: Allowance,
    /// The program's version.
    pub version: &'static str,
}

/// What every route sees.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) app: Arc<App>,
    pub(crate) catalog: Catalog<Ctx>,
    pub(crate) config: ServerConfig,
    pub(crate) limits: limits::Limits,
    pub(crate) compressed: compression::Compressed,
    pub(crate) metrics: PrometheusHandle,
}

impl State {
    fn new(app: Arc<App>, config: ServerConfig, metrics: PrometheusHandle) -> Arc<Self> {
        let (catalog, limits) = (ops::catalog(), limits::Limits::default());
        Arc::new(Self {
            app,
            catalog,
            config,
            limits,
            compressed: compression::Compressed::default(),
            metrics,
        })
    }

    /// `replay` or `simulated`, where the answers are not made from the live market.
    fn other_than_live(&self) -> Option<&'static str> {
        self.app.config.other_than_live()
    }
}

/// The service with all its routes.
pub fn service(app: Arc<App>, config: ServerConfig, metrics: PrometheusHandle) -> Service {
    Service::new(State::new(app, config, metrics))
}
