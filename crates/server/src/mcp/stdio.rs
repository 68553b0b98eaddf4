//! The protocol over standard input and output, for assistants that start the program themselves.

use std::sync::Arc;

use app::App;
use app::keys::KeyScopes;
use metrics_exporter_prometheus::PrometheusHandle;
use rmcp::ServiceExt;

use super::handler::Handler;
use super::tools::Toolset;
use crate::auth::Caller;
use crate::limits::Metered;
use crate::{ServerConfig, State};

/// Serves one client until it closes the input. Whoever starts the program may do everything.
///
/// # Errors
/// When the client does not open the conversation as the protocol wants it.
pub async fn serve(app: Arc<App>, config: ServerConfig, metrics: PrometheusHandle) -> std::io::Result<()> {
    let state = State::new(app, config, metrics);
    let tools = Arc::new(Toolset::new(state.catalog.directory()));
    let operator = Caller {
        metered: Metered::Address(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST)),
        scopes: KeyScopes::ALL,
        has_key: false,
    };
    let handler = Handler { state, tools, local: Some(operator), prepaid: 0 };
    let running = match handler.serve(rmcp::transport::stdio()).await {
        Ok(running) => running,
        // A client that goes away before it said anything wants nothing.
        Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => return Err(std::io::Error::other(error)),
    };
    running.waiting().await.map(drop).map_err(std::io::Error::other)
}
