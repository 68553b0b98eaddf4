//! The WebSocket reader.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use domain::{Source, UtcMs};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use upstream::{REPLAY_MARK, Socket, SocketEvent, websocket};

use crate::scene::TestClock;

/// A server that serves each connection with `serve`, which gets the number of the connection.
async fn server<F, Fut>(serve: F) -> String
where
    F: Fn(usize, WebSocket) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let count = Arc::new(AtomicUsize::new(0));
    let app = Router::new().fallback(move |upgrade: WebSocketUpgrade| {
        let (serve, number) = (serve.clone(), count.fetch_add(1, Ordering::SeqCst));
        async move { upgrade.on_upgrade(move |socket| serve(number, socket)) }
    });
    bind(app).await
}

async fn bind(app: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/ws", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

fn socket(url: &str) -> Socket {
    Socket {
        reconnect_min: Duration::from_millis(10),
        reconnect_max: Duration::from_millis(50),
        ..Socket::at(Source::Bybit, url)
    }
}

struct Reader {
    events: mpsc::UnboundedReceiver<SocketEvent>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
    clock: Arc<TestClock>,
}

impl Reader {
    fn start(config: Socket) -> Self {
        let (sender, events) = mpsc::unbounded_channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let clock = TestClock::at(1_000);
        let stopped = async move {
            let _ = stopped.await;
        };
        let task = tokio::spawn(websocket::run(config, clock.clone(), stopped, move |event| {
            let _ = sender.send(event);
            std::future::ready(())
        }));
        Self { events, stop: Some(stop), task, clock }
    }

    async fn next(&mut self) -> SocketEvent {
        timeout(Duration::from_secs(5), self.events.recv()).await.unwrap().unwrap()
    }

    async fn up(&mut self) {
        let event = self.next().await;
        assert!(matches!(event, SocketEvent::Up { .. }), "{event:?}");
    }

    async fn text(&mut self) -> String {
        match self.next().await {
            SocketEvent::Text(text) => text,
            other => panic!("{other:?}"),
        }
    }

    async fn down(&mut self) -> (UtcMs, String) {
        match self.next().await {
            SocketEvent::Down { at, reason } => (at, reason),
            other => panic!("{other:?}"),
        }
    }

    async fn stop(mut self) -> Option<SocketEvent> {
        self.stop.take().unwrap().send(()).unwrap();
        timeout(Duration::from_secs(5), self.task).await.unwrap().unwrap();
        self.events.recv().await
    }
}

async fn send(socket: &mut WebSocket, text: &str) {
    let _ = socket.send(Message::text(text)).await;
}

async fn drain(mut socket: WebSocket) {
    while let Some(Ok(_)) = socket.recv().await {}
}

#[tokio::test]
async fn subscribes_reads_connects_again_and_tells_the_gap() {
    let url = server(|number, mut socket| async move {
        let Some(Ok(Message::Text(asked))) = socket.recv().await else { return };
        send(&mut socket, &format!("{number} {}", asked.as_str())).await;
        if number == 0 {
            let _ = socket.send(Message::Close(None)).await;
        } else {
            drain(socket).await;
        }
    })
    .await;
    let mut reader = Reader::start(Socket { subscribe: vec!["liquidations".to_owned()], ..socket(&url) });
    assert_eq!(reader.next().await, SocketEvent::Up { at: UtcMs(1_000) });
    assert_eq!(reader.text().await, "0 liquidations");
    let (at, reason) = reader.down().await;
    assert_eq!(at, UtcMs(1_000));
    assert!(reason.starts_with("closed by the peer"), "{reason}");
    reader.clock.advance(500);
    reader.up().await;
    assert_eq!(reader.text().await, "1 liquidations");
    assert!(matches!(reader.stop().await, Some(SocketEvent::Down { reason, .. }) if reason == "stopped"));
}

#[tokio::test]
async fn a_half_open_connection_is_noticed_and_its_last_sign_of_life_is_told() {
    let url = server(|number, mut socket| async move {
        send(&mut socket, "hello").await;
        if number == 0 {
            // Reads nothing, so answers no ping.
            sleep(Duration::from_mins(1)).await;
        } else {
            drain(socket).await;
        }
    })
    .await;
    let mut reader = Reader::start(Socket { idle_timeout: Duration::from_millis(200), ..socket(&url) });
    reader.up().await;
    reader.text().await;
    reader.clock.advance(9_000);
    let (at, reason) = reader.down().await;
    assert_eq!((at, reason.as_str()), (UtcMs(1_000), "silent for 200 ms"));
    reader.up().await;
    reader.text().await;
    // The second connection is as quiet, but answers pings.
    sleep(Duration::from_millis(700)).await;
    assert!(reader.events.try_recv().is_err());
}

#[tokio::test]
async fn keeps_alive_with_the_providers_text() {
    let url = server(|_, mut socket| async move {
        while let Some(Ok(message)) = socket.recv().await {
            if let Message::Text(text) = message {
                send(&mut socket, &format!("got {}", text.as_str())).await;
            }
        }
    })
    .await;
    let keep_alive = Some((Duration::from_millis(50), "ping".to_owned()));
    let mut reader = Reader::start(Socket { keep_alive, ..socket(&url) });
    reader.up().await;
    for _ in 0..3 {
        assert_eq!(reader.text().await, "got ping");
    }
}

#[tokio::test]
async fn a_message_too_large_ends_the_connection_and_the_next_one_works() {
    let url = server(|number, mut socket| async move {
        let text = if number == 0 { "x".repeat(5_000) } else { "small".to_owned() };
        send(&mut socket, &text).await;
        drain(socket).await;
    })
    .await;
    let mut reader = Reader::start(Socket { max_frame: 1_000, ..socket(&url) });
    reader.up().await;
    assert_eq!(reader.down().await.1, "a message larger than 1000 bytes");
    reader.up().await;
    assert_eq!(reader.text().await, "small");
}

#[tokio::test]
async fn rotates_before_the_provider_cuts() {
    let url = server(|_, socket| drain(socket)).await;
    let mut reader = Reader::start(Socket { rotate_after: Some(Duration::from_millis(100)), ..socket(&url) });
    for _ in 0..2 {
        reader.up().await;
        assert!(reader.down().await.1.starts_with("replaced"));
    }
}

#[tokio::test]
async fn tries_again_while_there_is_no_server_and_stops_when_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    drop(listener);
    let mut reader = Reader::start(socket(&url));
    for _ in 0..3 {
        reader.down().await;
    }
    reader.stop().await;
}

#[tokio::test]
async fn a_refused_upgrade_is_told_with_its_status() {
    let refusing = Router::new().fallback(async || StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS);
    let mut reader = Reader::start(socket(&bind(refusing).await));
    assert_eq!(reader.down().await.1, "the upgrade was refused with HTTP 451");
}

#[tokio::test]
async fn a_replay_stream_and_a_live_one_never_mix() {
    let marked = Router::new().fallback(async |upgrade: WebSocketUpgrade| {
        let mut response = upgrade.on_upgrade(drain).into_response();
        response.headers_mut().insert(REPLAY_MARK, "1".parse().unwrap());
        response
    });
    let (replay, live) = (bind(marked).await, server(|_, socket| drain(socket)).await);
    for (url, accept_replay, welcome) in
        [(&replay, false, false), (&replay, true, true), (&live, false, true), (&live, true, false)]
    {
        let mut reader = Reader::start(Socket { accept_replay, ..socket(url) });
        if welcome {
            reader.up().await;
        } else {
            assert!(reader.down().await.1.contains("replay"));
        }
    }
}
