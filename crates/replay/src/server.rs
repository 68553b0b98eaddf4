use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequestParts, Request, WebSocketUpgrade};
use axum::response::{IntoResponse, Response};
use domain::{Clock, UtcMs};
use futures_util::{StreamExt, stream};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, UPGRADE};
use http::{HeaderValue, Method, StatusCode};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use percent_encoding::percent_decode_str;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admin;
use crate::answer::Answer;
use crate::clock::{WorldClock, real_now_ms};
use crate::config::{ReplayConfig, World};
use crate::error::ReplayError;
use crate::faults::{FaultBook, FaultKind};
use crate::limits::Windows;
use crate::provider::Provider;
use crate::query::Query;
use crate::stats::Stats;
use crate::wire::{self, Ask, Keys, Till};
use crate::world::Ground;
use crate::world::files::FilesWorld;
use crate::world::sim::SimWorld;
use crate::ws;

/// Every answer says that it is no live data.
const MARK: &str = "x-perpsignal-replay";
/// How long a hanging call is held at most.
const LONGEST_HANG: Duration = Duration::from_mins(2);
/// How long a stopping replay waits for its calls.
const GRACE: Duration = Duration::from_secs(2);
/// Between the half of an answer and the end of its connection.
const BEFORE_THE_CUT: Duration = Duration::from_millis(20);
/// Largest body of `POST /faults`.
const MOST_BODY: usize = 64 * 1024;

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub ground: Arc<Ground>,
    pub clock: Arc<WorldClock>,
    pub faults: FaultBook,
    pub stats: Stats,
    pub enforce_limits: bool,
    pub base_url: String,
    windows: Windows,
    stop: CancellationToken,
}

/// A running replay. It ends with [`Replay::stop`], or when dropped.
#[derive(Debug)]
pub struct Replay {
    addr: SocketAddr,
    shared: Arc<Shared>,
    tasks: TaskTracker,
}

impl Replay {
    /// Where it listens.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://127.0.0.1:<port>`; a provider is found at `<base>/<name>`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.shared.base_url
    }

    /// The clock that the program under it must live by.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.shared.clock.clone()
    }

    /// `replay` or `simulated`.
    #[must_use]
    pub fn data_source(&self) -> &'static str {
        self.shared.ground.data_source()
    }

    /// The faults in force, to be changed at any time.
    #[must_use]
    pub fn faults(&self) -> &FaultBook {
        &self.shared.faults
    }

    /// What was asked so far.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.shared.stats
    }

    /// Takes no more calls, closes the sockets, and waits up to two seconds for what is under way.
    pub async fn stop(self) {
        self.shared.stop.cancel();
        self.tasks.close();
        // What hangs longer is dropped with the runtime.
        let _ = tokio::time::timeout(GRACE, self.tasks.wait()).await;
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

/// Opens the world and listens. Files are only looked at by name; they are read when first asked for.
pub async fn start(config: ReplayConfig) -> Result<Replay, ReplayError> {
    if !config.listen.ip().is_loopback() {
        return Err(ReplayError::NotLoopback(config.listen));
    }
    let (World::Files { speed, .. } | World::Simulated { speed, .. }) = config.world;
    if !(speed >= 0.0 && speed.is_finite()) {
        return Err(ReplayError::BadSpeed(speed));
    }
    let (ground, begins) = match config.world {
        World::Files { dir, at, .. } => (Ground::Files(Box::new(FilesWorld::open(&dir)?)), at),
        World::Simulated { seed, at, .. } => {
            let begins = at.unwrap_or_else(|| UtcMs(real_now_ms()));
            (Ground::Simulated(SimWorld::new(seed, begins)?), begins)
        }
    };
    let bind = |source| ReplayError::Bind { addr: config.listen, source };
    let listener = TcpListener::bind(config.listen).await.map_err(bind)?;
    let addr = listener.local_addr().map_err(bind)?;
    let shared = Arc::new(Shared {
        ground: Arc::new(ground),
        clock: Arc::new(WorldClock::new(begins, speed)),
        faults: FaultBook::new(config.faults),
        stats: Stats::default(),
        windows: Windows::default(),
        enforce_limits: config.enforce_limits,
        base_url: format!("http://{addr}"),
        stop: CancellationToken::new(),
    });
    let tasks = TaskTracker::new();
    tasks.spawn(accept(listener, shared.clone(), tasks.clone()));
    Ok(Replay { addr, shared, tasks })
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, tasks: TaskTracker) {
    loop {
        let stream = tokio::select! {
            () = shared.stop.cancelled() => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "the replay could not take a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        // Small answers must not wait for more.
        let _ = stream.set_nodelay(true);
        tasks.spawn(connection(stream, shared.clone(), tasks.clone()));
    }
}

async fn connection(stream: tokio::net::TcpStream, shared: Arc<Shared>, tasks: TaskTracker) {
    let stop = shared.stop.clone();
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let (shared, tasks) = (shared.clone(), tasks.clone());
        async move { Ok::<_, std::convert::Infallible>(respond(&shared, &tasks, request.map(Body::new)).await) }
    });
    let serving = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(30))
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(serving);
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = stop.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.as_mut().await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection to the replay broke");
    }
}

async fn respond(shared: &Arc<Shared>, tasks: &TaskTracker, request: Request) -> Response {
    let mut response = route(shared, tasks, request).await;
    let mark = HeaderValue::from_static(shared.ground.data_source());
    response.headers_mut().insert(MARK, mark);
    response
}

async fn route(shared: &Arc<Shared>, tasks: &TaskTracker, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    if let Ok(provider) = first.parse::<Provider>() {
        let below = path.get(1 + first.len()..).unwrap_or_default();
        let below = percent_decode_str(below).decode_utf8_lossy().into_owned();
        return provider_call(shared, tasks, provider, &below, request).await;
    }
    let answer = match (request.method().as_str(), path.as_str()) {
        ("GET", "/") => admin::announcement(shared),
        ("GET", "/clock") => admin::clock(shared),
        ("GET", "/stats") => admin::stats(shared),
        ("GET", "/faults") => admin::faults(shared),
        ("POST", "/faults") => match axum::body::to_bytes(request.into_body(), MOST_BODY).await {
            Ok(body) => admin::set_faults(shared, &body),
            Err(_) => Answer::json_text(413, r#"{"error":"the body is too large"}"#),
        },
        _ => Answer::json_text(404, r#"{"error":"no such page; see / for what is here"}"#),
    };
    whole(answer)
}

async fn provider_call(
    shared: &Arc<Shared>,
    tasks: &TaskTracker,
    provider: Provider,
    path: &str,
    request: Request,
) -> Response {
    let query = Query::of(request.uri());
    let verdict = shared.faults.verdict(provider);
    verdict.wait().await;
    let struck = match verdict.strike {
        Some(FaultKind::Hang) => {
            shared.stats.count(provider, path, 0, true);
            tokio::select! {
                () = tokio::time::sleep(LONGEST_HANG) => {}
                () = shared.stop.cancelled() => {}
            }
            return broken_off(b"", 1);
        }
        Some(FaultKind::Error { status }) => Some(wire::failure(provider, status, None)),
        Some(FaultKind::RateLimit { retry_after_s }) => {
            Some(wire::failure(provider, 429, Some(retry_after_s)))
        }
        _ => None,
    };
    if let Some(answer) = struck {
        shared.stats.count(provider, path, 0, true);
        return whole(answer);
    }
    if request.headers().contains_key(UPGRADE) {
        return upgrade(shared, tasks, provider, path, &query, request).await;
    }
    let answer = if request.method() == Method::GET {
        rest(shared, provider, path, query).await
    } else {
        shared.stats.count(provider, path, 0, true);
        wire::failure(provider, 405, None)
    };
    match verdict.strike {
        Some(FaultKind::Garbage) => {
            let body = shared.faults.garbage(&answer.body);
            whole(Answer { status: 200, body, ..answer })
        }
        Some(FaultKind::HalfBody) => {
            let half = answer.body.len() / 2;
            broken_off(answer.body.get(..half).unwrap_or_default(), answer.body.len() - half)
        }
        _ => whole(answer),
    }
}

async fn rest(shared: &Arc<Shared>, provider: Provider, path: &str, query: Query) -> Answer {
    let keys = Keys::of(&shared.ground);
    let till = Till { windows: &shared.windows, enforce: shared.enforce_limits, keys };
    let charge = wire::charge(provider, till, path, &query);
    let now = shared.clock.now();
    let mut answer = if let Some(refusal) = charge.refusal {
        refusal
    } else {
        let (ground, below) = (shared.ground.clone(), path.to_owned());
        let work = move || wire::answer(provider, &Ask { ground: &ground, now, path: &below, query: &query });
        // An exchange's answer is computed in no time. A file may have to be read first, and long lists
        // over the whole market take their while: others must not wait for them.
        let quick = matches!(provider, Provider::Binance | Provider::Okx | Provider::Bybit);
        match shared.ground.as_ref() {
            Ground::Simulated(_) if quick => work(),
            _ => {
                tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| wire::failure(provider, 500, None))
            }
        }
    };
    answer.headers.extend(charge.headers);
    shared.stats.count(provider, path, charge.weight, answer.status >= 400);
    answer
}

async fn upgrade(
    shared: &Arc<Shared>,
    tasks: &TaskTracker,
    provider: Provider,
    path: &str,
    query: &Query,
    request: Request,
) -> Response {
    let Some(session) = ws::session(provider, path, query, shared.clock.now()) else {
        shared.stats.count(provider, path, 0, true);
        return whole(wire::failure(provider, 404, None));
    };
    let (mut parts, _) = request.into_parts();
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    shared.stats.count(provider, path, 0, false);
    let around = ws::Surroundings {
        ground: shared.ground.clone(),
        clock: shared.clock.clone(),
        faults: shared.faults.clone(),
        provider,
        stop: shared.stop.clone(),
    };
    let tasks = tasks.clone();
    upgrade.on_upgrade(move |socket| async move {
        // Counted among the tasks, so that a stop waits for the close frame.
        tasks.track_future(ws::serve(socket, session, around)).await;
    })
}

fn whole(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
    response
}

/// An answer that promises `missing` bytes more than it sends; then the connection closes.
fn broken_off(sent: &[u8], missing: usize) -> Response {
    let length = sent.len() + missing.max(1);
    let sent = bytes::Bytes::copy_from_slice(sent);
    let cut = async {
        // The head and the first half must be out before the connection goes.
        tokio::time::sleep(BEFORE_THE_CUT).await;
        Err(std::io::Error::new(std::io::ErrorKind::ConnectionAborted, "broken off on purpose"))
    };
    let pieces = stream::once(async { Ok(sent) }).chain(stream::once(cut));
    let mut response = Response::new(Body::from_stream(pieces));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(crate::answer::JSON));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    response
}
