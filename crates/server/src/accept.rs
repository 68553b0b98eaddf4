//! The accept loop. Our own, for three things that `axum::serve` does not do: a time limit for the head of
//! a request, a bound on open connections, and a drain at shutdown with a limit.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::Service;

/// Bounds of the connections.
#[derive(Clone, Copy, Debug)]
pub struct AcceptConfig {
    /// Connections open at once; more wait in the kernel's queue.
    pub max_connections: usize,
    /// Longest time for the head of a request, also between two requests of one connection.
    pub head_timeout: Duration,
    /// How long requests under way may take to finish at shutdown.
    pub drain: Duration,
}

impl Default for AcceptConfig {
    fn default() -> Self {
        Self { max_connections: 4_096, head_timeout: Duration::from_secs(30), drain: Duration::from_secs(20) }
    }
}

/// Serves until `stop` is cancelled, then lets the requests under way finish.
pub async fn serve(listener: TcpListener, service: Service, config: AcceptConfig, stop: CancellationToken) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(config.head_timeout).keep_alive(true);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(20))
        .max_concurrent_streams(256);
    let builder = Arc::new(builder);
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(config.max_connections));
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, peer, place)) = accepted else { continue };
        let service = service.clone();
        let answering = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
            let service = service.clone();
            async move { Ok::<_, Infallible>(service.answer(request.map(Body::new), peer).await) }
        });
        let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), answering).into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%peer, %error, "connection ended");
            }
            drop(place);
        });
    }
    drop(listener);
    tracing::info!("draining");
    if tokio::time::timeout(config.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!(drain_s = config.drain.as_secs(), "some requests did not finish in time");
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // Answers are small; waiting to fill a segment only delays them.
            let _ = stream.set_nodelay(true);
            Some((stream, peer, place))
        }
        Err(error) => {
            tracing::warn!(%error, "cannot accept a connection");
            // Out of file descriptors, most likely: without a pause this loop would spin.
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}
