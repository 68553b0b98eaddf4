//! The accept loop. Our own, for three things that `axum::serve` does not do: a time limit for the head of
//! a request, a bound on open connections, and a drain at shutdown with a limit.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
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
    let answer = move |request: hyper::Request<Incoming>, peer| {
        let service = service.clone();
        async move { service.answer(request.map(Body::new), peer).await }
    };
    serve_with(listener, answer, config, stop).await;
}

async fn serve_with<F, A>(listener: TcpListener, answer: F, config: AcceptConfig, stop: CancellationToken)
where
    F: Fn(hyper::Request<Incoming>, SocketAddr) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response> + Send + 'static,
{
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
        let (answer, has_asked) = (answer.clone(), Arc::new(AtomicBool::new(false)));
        let asking = Arc::clone(&has_asked);
        let answering = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
            asking.store(true, Ordering::Relaxed);
            let answered = answer(request, peer);
            async move { Ok::<_, Infallible>(answered.await) }
        });
        let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), answering).into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            let mut connection = pin!(connection);
            // The library's own limit begins once it knows the protocol, and there is none for HTTP/2.
            let ended = match tokio::time::timeout(config.head_timeout, connection.as_mut()).await {
                Ok(ended) => Some(ended),
                Err(_) if has_asked.load(Ordering::Relaxed) => Some(connection.await),
                Err(_) => None,
            };
            match ended {
                Some(Ok(())) => {}
                Some(Err(error)) => tracing::debug!(%peer, %error, "connection ended"),
                None => tracing::debug!(%peer, "connection closed: no request came"),
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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::{Instant, sleep, timeout};

    use super::*;

    const LIMIT: Duration = Duration::from_millis(300);
    const PATIENCE: Duration = Duration::from_secs(10);

    /// A server with one place, whose every answer takes longer than a head may.
    async fn started() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answer = |_: hyper::Request<Incoming>, _: SocketAddr| async {
            sleep(LIMIT * 3).await;
            Response::new(Body::from("slow"))
        };
        let config = AcceptConfig { max_connections: 1, head_timeout: LIMIT, ..AcceptConfig::default() };
        tokio::spawn(serve_with(listener, answer, config, CancellationToken::new()));
        address
    }

    #[tokio::test]
    async fn who_never_asks_loses_the_place_whatever_the_first_bytes_are() {
        let address = started().await;
        let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
        let settings = [preface.clone(), vec![0, 0, 0, 4, 0, 0, 0, 0, 0]].concat();
        let starts =
            [vec![], b"P".to_vec(), b"PRI * HTTP/2.0\r\n".to_vec(), b"GET / HT".to_vec(), preface, settings];
        for start in starts {
            let mut silent = TcpStream::connect(address).await.unwrap();
            silent.write_all(&start).await.unwrap();
            let (opened, mut said) = (Instant::now(), Vec::new());
            let ended = timeout(PATIENCE, silent.read_to_end(&mut said)).await;
            assert!(ended.is_ok(), "{:?} is still open", String::from_utf8_lossy(&start));
            assert!(opened.elapsed() > LIMIT / 2, "{:?}", String::from_utf8_lossy(&start));
        }
    }

    #[tokio::test]
    async fn an_answer_may_take_longer_than_the_head() {
        let address = started().await;
        let mut asking = TcpStream::connect(address).await.unwrap();
        asking.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut said = String::new();
        timeout(PATIENCE, asking.read_to_string(&mut said)).await.unwrap().unwrap();
        assert!(said.starts_with("HTTP/1.1 200") && said.ends_with("slow"), "{said}");
    }
}
