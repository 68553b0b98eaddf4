use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use domain::{Clock, UtcMs};
use futures_util::{SinkExt, StreamExt};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::faults::{FaultBook, FaultKind};
use crate::provider::Provider;
use crate::query::Query;
use crate::wire;
use crate::world::Ground;

/// What a session sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Text(String),
    Close(u16, &'static str),
}

/// A provider's side of one connection.
pub(crate) trait Session: Send + std::fmt::Debug {
    /// The answers to a text message.
    fn hear(&mut self, ground: &Ground, text: &str, now: UtcMs) -> Vec<Reply>;
    /// What happened since the last call.
    fn tick(&mut self, ground: &Ground, now: UtcMs) -> Vec<Reply>;
}

/// The session at a path, if the provider has a socket there.
pub(crate) fn session(provider: Provider, path: &str, query: &Query, now: UtcMs) -> Option<Box<dyn Session>> {
    match provider {
        Provider::Binance => wire::binance_stream::open(path, query, now),
        Provider::Okx => wire::okx_stream::open(path, now),
        Provider::Bybit => wire::bybit_stream::open(path, now),
        Provider::Coinglass => wire::coinglass_stream::open(path, now),
        _ => None,
    }
}

/// What a connection lives in.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    pub ground: Arc<Ground>,
    pub clock: Arc<dyn Clock>,
    pub faults: FaultBook,
    pub provider: Provider,
    pub stop: CancellationToken,
}

const TICK: Duration = Duration::from_millis(250);
/// How often the exchanges ping.
const PING: Duration = Duration::from_mins(3);

/// Serves a connection until it closes or the replay stops.
pub(crate) async fn serve(socket: WebSocket, mut session: Box<dyn Session>, around: Surroundings) {
    let (mut sink, mut stream) = socket.split();
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut last_ping = Instant::now();
    loop {
        let replies = tokio::select! {
            () = around.stop.cancelled() => vec![Reply::Close(1001, "going away")],
            _ = ticks.tick() => {
                if last_ping.elapsed() >= PING {
                    last_ping = Instant::now();
                    if sink.send(Message::Ping(bytes::Bytes::new())).await.is_err() {
                        return;
                    }
                }
                session.tick(&around.ground, around.clock.now())
            }
            message = stream.next() => match message {
                Some(Ok(Message::Text(text))) => session.hear(&around.ground, &text, around.clock.now()),
                // Pings are answered below us.
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_))) => Vec::new(),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            },
        };
        for reply in replies {
            let verdict = around.faults.verdict(around.provider);
            verdict.wait().await;
            let message = match (verdict.strike, reply) {
                (_, Reply::Close(code, reason)) => {
                    let frame = CloseFrame { code, reason: reason.into() };
                    // The other side may be gone already.
                    let _ = sink.send(Message::Close(Some(frame))).await;
                    return;
                }
                // Silence while the fault lasts; the connection stays open.
                (Some(FaultKind::Hang), _) => continue,
                (Some(FaultKind::Garbage), Reply::Text(text)) => {
                    let bytes = around.faults.garbage(text.as_bytes());
                    Message::Text(String::from_utf8_lossy(&bytes).into_owned().into())
                }
                (Some(FaultKind::HalfBody | FaultKind::Error { .. } | FaultKind::RateLimit { .. }), _) => {
                    return;
                }
                (Some(FaultKind::Latency { .. } | FaultKind::None) | None, Reply::Text(text)) => {
                    Message::Text(text.into())
                }
            };
            if sink.send(message).await.is_err() {
                return;
            }
        }
    }
}
