//! A guarded WebSocket reader: reconnects with jitter, bounds frames, notices half-open connections, and
//! tells when it was deaf, so that gaps in what it read can be recorded.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use domain::{Clock, Source, UtcMs};
use futures_util::{SinkExt as _, StreamExt as _};
use http::StatusCode;
use rand::random;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::moment::later;
use crate::telemetry;
use crate::transport::{check_mark, install_crypto};

/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// What to read, and how.
#[derive(Clone, Debug)]
pub struct Socket {
    /// Whose stream.
    pub source: Source,
    /// `wss://…`, without secrets.
    pub url: String,
    /// Texts sent after each connect.
    pub subscribe: Vec<String>,
    /// A text sent at this pace, where the provider insists on one.
    pub keep_alive: Option<(Duration, String)>,
    /// Silence after which the connection counts as dead. At half of it a ping is sent; any frame, pings
    /// and pongs too, is a sign of life.
    pub idle_timeout: Duration,
    /// Longest time to connect, and to send.
    pub connect_timeout: Duration,
    /// Largest message, in bytes.
    pub max_frame: usize,
    /// Shortest pause before connecting again; grows twofold with each failure in a row.
    pub reconnect_min: Duration,
    /// Longest pause. A connection that lived this long sets the pauses back.
    pub reconnect_max: Duration,
    /// Age at which a connection is replaced, before the provider cuts it.
    pub rotate_after: Option<Duration>,
    /// As [`crate::LaneConfig::accept_replay`], for the header of the upgrade.
    pub accept_replay: bool,
}

impl Socket {
    /// A stream with sensible settings.
    #[must_use]
    pub fn at(source: Source, url: impl Into<String>) -> Self {
        Self {
            source,
            url: url.into(),
            subscribe: Vec::new(),
            keep_alive: None,
            idle_timeout: Duration::from_mins(1),
            connect_timeout: Duration::from_secs(10),
            max_frame: 4 << 20,
            reconnect_min: Duration::from_secs(1),
            reconnect_max: Duration::from_mins(1),
            rotate_after: None,
            accept_replay: false,
        }
    }
}

/// What happened on a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketEvent {
    /// Connected, and the subscriptions are sent.
    Up {
        /// When, on the program's clock.
        at: UtcMs,
    },
    /// A text frame.
    Text(String),
    /// Lost, or not connected at all; another try follows unless the reader was stopped.
    Down {
        /// The last moment at which it was known to be alive, on the program's clock: what happened after
        /// it may have been missed. Where it never was, the time of the failed try.
        at: UtcMs,
        /// Why, for people.
        reason: String,
    },
}

/// Why a connection ended.
enum End {
    Stopped,
    /// By our own wish: connect again at once.
    Rotated,
    /// `lasting` where the next try would fail as well.
    Failed {
        lasting: bool,
    },
}

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Reads a stream until `stop` is ready, connecting again whenever it breaks. Events come in order, and the
/// next frame is read when `on_event` is done with the one before.
pub async fn run<F, Fut>(config: Socket, clock: Arc<dyn Clock>, stop: impl Future<Output = ()>, on_event: F)
where
    F: FnMut(SocketEvent) -> Fut,
    Fut: Future<Output = ()>,
{
    install_crypto();
    let mut stop = pin!(stop);
    let mut reader = Reader { config, clock, on_event };
    let mut failures = 0_u32;
    loop {
        let begun = Instant::now();
        let pause = match reader.connection(stop.as_mut()).await {
            End::Stopped => return,
            End::Rotated => {
                failures = 0;
                continue;
            }
            End::Failed { lasting: true } => reader.config.reconnect_max,
            End::Failed { lasting: false } => {
                if begun.elapsed() >= reader.config.reconnect_max {
                    failures = 0;
                }
                let pause = backoff(&reader.config, failures);
                failures = failures.saturating_add(1);
                pause
            }
        };
        tokio::select! {
            biased;
            () = stop.as_mut() => return,
            () = sleep(pause) => {}
        }
    }
}

/// Drawn between the shortest pause and its bound, which doubles with each failure in a row.
fn backoff(config: &Socket, failures: u32) -> Duration {
    let least = config.reconnect_min;
    let bound = least.saturating_mul(2_u32.saturating_pow(failures.saturating_add(1)));
    let most = bound.min(config.reconnect_max).max(least);
    least + most.saturating_sub(least).mul_f64(random::<f64>())
}

struct Reader<F> {
    config: Socket,
    clock: Arc<dyn Clock>,
    on_event: F,
}

impl<F, Fut> Reader<F>
where
    F: FnMut(SocketEvent) -> Fut,
    Fut: Future<Output = ()>,
{
    /// One connection, from connect to loss.
    async fn connection(&mut self, mut stop: Pin<&mut impl Future<Output = ()>>) -> End {
        let opened = tokio::select! {
            biased;
            () = stop.as_mut() => return End::Stopped,
            opened = open(&self.config) => opened,
        };
        let mut stream = match opened {
            Ok(stream) => stream,
            Err((reason, lasting)) => {
                let now = self.clock.now();
                self.down(now, reason).await;
                return End::Failed { lasting };
            }
        };
        let mut alive_at = self.clock.now();
        telemetry::socket(self.config.source, telemetry::SOCKET_UP);
        (self.on_event)(SocketEvent::Up { at: alive_at }).await;
        let (end, reason) = self.read(&mut stream, stop, &mut alive_at).await;
        if !matches!(end, End::Failed { .. }) {
            // The peer may be gone; a farewell is only a courtesy.
            let _ = timeout(FAREWELL, stream.close(None)).await;
        }
        self.down(alive_at, reason).await;
        end
    }

    async fn read(
        &mut self,
        stream: &mut Stream,
        mut stop: Pin<&mut impl Future<Output = ()>>,
        alive_at: &mut UtcMs,
    ) -> (End, String) {
        let failed = |reason: String| (End::Failed { lasting: false }, reason);
        let begun = Instant::now();
        let mut heard = begun;
        let mut asked = false;
        let mut keep_alive_at = self.config.keep_alive.as_ref().map(|(pace, _)| later(begun, *pace));
        let rotate_at = self.config.rotate_after.map(|age| later(begun, age));
        loop {
            let patience = if asked { self.config.idle_timeout } else { self.config.idle_timeout / 2 };
            tokio::select! {
                biased;
                () = stop.as_mut() => return (End::Stopped, "stopped".to_owned()),
                () = until(rotate_at) => return (End::Rotated, "replaced before the provider cuts it".to_owned()),
                () = until(keep_alive_at) => {
                    if let Some((pace, text)) = self.config.keep_alive.clone() {
                        if let Err(reason) = say(stream, Message::text(text), self.config.connect_timeout).await {
                            return failed(reason);
                        }
                        keep_alive_at = Some(later(Instant::now(), pace));
                    }
                }
                frame = stream.next() => {
                    match frame {
                        Some(Ok(Message::Close(farewell))) => {
                            *alive_at = self.clock.now();
                            let reason = farewell.map(|frame| format!(" ({} {})", frame.code, frame.reason));
                            return failed(short(&format!("closed by the peer{}", reason.unwrap_or_default())));
                        }
                        Some(Ok(message)) => {
                            *alive_at = self.clock.now();
                            if let Message::Text(text) = message {
                                telemetry::socket(self.config.source, telemetry::SOCKET_FRAMES);
                                (self.on_event)(SocketEvent::Text(text.as_str().to_owned())).await;
                            }
                        }
                        Some(Err(error)) => return failed(describe(&error, self.config.max_frame)),
                        None => return failed("the connection ended".to_owned()),
                    }
                    // After the event is handled: a slow consumer is no silence of the peer.
                    heard = Instant::now();
                    asked = false;
                }
                () = sleep_until(later(heard, patience)) => {
                    if asked {
                        return failed(format!("silent for {} ms", self.config.idle_timeout.as_millis()));
                    }
                    let ping = Message::Ping(Vec::new().into());
                    if let Err(reason) = say(stream, ping, self.config.idle_timeout / 2).await {
                        return failed(reason);
                    }
                    asked = true;
                }
            }
        }
    }

    async fn down(&mut self, at: UtcMs, reason: String) {
        tracing::debug!(source = %self.config.source, reason, "stream down");
        telemetry::socket(self.config.source, telemetry::SOCKET_DOWN);
        (self.on_event)(SocketEvent::Down { at, reason }).await;
    }
}

/// Connects and subscribes. An error tells whether the next try would fail as well.
async fn open(config: &Socket) -> Result<Stream, (String, bool)> {
    let request = config.url.as_str().into_client_request().map_err(|error| (describe(&error, 0), true))?;
    let limits = WebSocketConfig::default()
        .max_message_size(Some(config.max_frame))
        .max_frame_size(Some(config.max_frame));
    let connected =
        timeout(config.connect_timeout, connect_async_with_config(request, Some(limits), true)).await;
    let (mut stream, response) = match connected {
        Ok(Ok(connected)) => connected,
        Ok(Err(tungstenite::Error::Http(response))) => {
            let status = response.status();
            let lasting = matches!(
                status,
                StatusCode::FORBIDDEN
                    | StatusCode::IM_A_TEAPOT
                    | StatusCode::TOO_MANY_REQUESTS
                    | StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS
            );
            return Err((format!("the upgrade was refused with HTTP {}", status.as_u16()), lasting));
        }
        Ok(Err(error)) => return Err((describe(&error, config.max_frame), false)),
        Err(_) => {
            return Err((format!("no connection within {} ms", config.connect_timeout.as_millis()), false));
        }
    };
    check_mark(config.source, response.headers(), config.accept_replay)
        .map_err(|error| (error.message, true))?;
    for text in &config.subscribe {
        say(&mut stream, Message::text(text.as_str()), config.connect_timeout)
            .await
            .map_err(|reason| (reason, false))?;
    }
    Ok(stream)
}

async fn say(stream: &mut Stream, message: Message, within: Duration) -> Result<(), String> {
    match timeout(within, stream.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(describe(&error, 0)),
        Err(_) => Err(format!("could not send within {} ms", within.as_millis())),
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

fn describe(error: &tungstenite::Error, max_frame: usize) -> String {
    match error {
        tungstenite::Error::Capacity(_) => format!("a message larger than {max_frame} bytes"),
        other => short(&other.to_string()),
    }
}

fn short(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_within_their_bounds() {
        let config = Socket::at(Source::Okx, "ws://localhost");
        for failures in 0..40 {
            let pause = backoff(&config, failures);
            assert!(pause >= config.reconnect_min && pause <= config.reconnect_max, "{pause:?}");
        }
        assert!((0..50).all(|_| backoff(&config, 0) <= Duration::from_secs(2)));
    }
}
