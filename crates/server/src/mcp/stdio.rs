//! The protocol over standard input and output, for assistants that start the program themselves.

use std::sync::Arc;

use app::App;
use app::keys::KeyScopes;
use metrics_exporter_prometheus::PrometheusHandle;
use rmcp::model::{ClientRequest, GetMeta, JsonRpcMessage, ServerJsonRpcMessage};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use rmcp::transport::async_rw::AsyncRwTransport;
use rmcp::{RoleServer, ServiceExt};

use super::handler::Handler;
use super::params;
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
    let (input, output) = rmcp::transport::stdio();
    let running = match handler.serve(Checked(AsyncRwTransport::new_server(input, output))).await {
        Ok(running) => running,
        // A client that goes away before it said anything wants nothing.
        Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => return Err(std::io::Error::other(error)),
    };
    running.waiting().await.map(drop).map_err(std::io::Error::other)
}

/// Refuses what does not fit before the library sees it: until the conversation is open, the library asks no
/// handler and would name another reason.
struct Checked<T>(T);

impl<T: Transport<RoleServer>> Transport<RoleServer> for Checked<T> {
    type Error = T::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        self.0.send(item)
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            let message = self.0.receive().await?;
            let JsonRpcMessage::Request(request) = &message else { return Some(message) };
            let ClientRequest::CustomRequest(custom) = &request.request else { return Some(message) };
            let revision = custom.get_meta().protocol_version();
            let Some(error) = params::misfit(custom, revision.as_ref()) else { return Some(message) };
            let refusal = ServerJsonRpcMessage::error(error, Some(request.id.clone()));
            // Not awaited here: the library drops this future when anything else happens, and with it the answer.
            tokio::spawn(self.0.send(refusal));
        }
    }

    fn close(&mut self) -> impl Future<Output = Result<(), Self::Error>> + Send {
        self.0.close()
    }
}
