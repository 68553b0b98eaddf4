//! A provider on loopback, its conventions, and a clock that can be set.

use std::future::Future;
use std::ops::Range;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use domain::{Clock, ErrorKind, ProviderError, Source, UtcMs};
use http::{HeaderMap, HeaderValue, StatusCode};
use tokio::net::TcpListener;
use upstream::{
    Anchor, Args, Ask, Call, Correction, Cost, Endpoint, Fetched, Lane, LaneConfig, MeterSpec, Param,
    ParamKind, Place, Wire, http_client,
};

pub type Reply = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

#[derive(Debug, Default)]
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn at(ms: i64) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(ms)))
    }

    pub fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> UtcMs {
        UtcMs(self.0.load(Ordering::SeqCst))
    }
}

#[derive(Debug, Default)]
pub struct TestWire {
    pub meters: Vec<MeterSpec>,
    pub key: Option<&'static str>,
    /// A fault of our own in reading answers.
    pub panics: bool,
}

impl Wire for TestWire {
    fn source(&self) -> Source {
        Source::Binance
    }

    fn sign(&self, headers: &mut HeaderMap) -> Result<(), ProviderError> {
        match self.key {
            Some("") => Err(ProviderError::new(Source::Binance, ErrorKind::KeyMissing, "set TEST_KEY")),
            Some(key) => {
                let mut value = HeaderValue::from_static(key);
                value.set_sensitive(true);
                headers.insert("x-key", value);
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn judge(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Range<usize>, ProviderError> {
        let retry_after_ms = headers
            .get("retry-after")
            .and_then(|value| value.to_str().ok()?.parse::<u64>().ok())
            .map(|seconds| seconds * 1_000)
            .or_else(|| headers.get("retry-after-ms")?.to_str().ok()?.parse().ok());
        assert!(!self.panics || body != b"{\"poison\":1}", "poisoned");
        let kind = match status.as_u16() {
            200 if body.starts_with(b"{") && body.ends_with(b"}") => return Ok(0..body.len()),
            200 => ErrorKind::Malformed,
            401 => ErrorKind::KeyInvalid,
            402 => ErrorKind::PlanLimited,
            404 => ErrorKind::NotFound,
            418 => ErrorKind::Banned,
            429 => ErrorKind::RateLimited,
            451 => ErrorKind::RegionBlocked,
            500.. => ErrorKind::Unavailable,
            _ => ErrorKind::BadRequest,
        };
        Err(ProviderError::new(Source::Binance, kind, format!("HTTP {status}"))
            .retry_after_ms(retry_after_ms))
    }

    fn meters(&self) -> Vec<MeterSpec> {
        self.meters.clone()
    }

    fn corrections(&self, headers: &HeaderMap) -> Vec<Correction> {
        let used = headers.get("x-used").and_then(|value| value.to_str().ok()?.parse().ok());
        used.map(|used| Correction { meter: "weight", used: Some(used), capacity: None, resets_at: None })
            .into_iter()
            .collect()
    }
}

pub fn meter(name: &'static str, capacity: u32, window_ms: u64, anchor: Anchor) -> MeterSpec {
    MeterSpec { name, capacity, window_ms, anchor }
}

/// A provider on loopback that answers as told and counts.
#[derive(Clone)]
pub struct Provider {
    pub base_url: String,
    hits: Arc<AtomicUsize>,
    targets: Arc<Mutex<Vec<String>>>,
}

impl Provider {
    /// `reply` gets the number of the request, from 0.
    pub async fn start(reply: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Self {
        let hits = Arc::new(AtomicUsize::new(0));
        let targets = Arc::new(Mutex::new(Vec::new()));
        let (count, seen, reply) = (hits.clone(), targets.clone(), Arc::new(reply));
        let app = Router::new().fallback(move |request: Request<Body>| {
            let number = count.fetch_add(1, Ordering::SeqCst);
            seen.lock().unwrap().push(request.uri().to_string());
            reply(number)
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { base_url, hits, targets }
    }

    /// Answers at once, by the number of the request.
    pub async fn answering(reply: impl Fn(usize) -> Response<Body> + Send + Sync + 'static) -> Self {
        Self::start(move |number| {
            let answer = reply(number);
            Box::pin(async move { answer })
        })
        .await
    }

    pub fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }

    pub fn targets(&self) -> Vec<String> {
        self.targets.lock().unwrap().clone()
    }
}

pub fn ok(text: impl Into<String>) -> Response<Body> {
    Response::new(Body::from(text.into()))
}

pub fn status(code: u16) -> Response<Body> {
    Response::builder().status(code).body(Body::from("{}")).unwrap()
}

pub fn with(mut response: Response<Body>, name: &'static str, value: &str) -> Response<Body> {
    response.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
    response
}

const fn param(name: &'static str, place: Place, kind: ParamKind, required: bool) -> Param {
    Param { name, place, kind, required, default: "", doc: "" }
}

pub const ENDPOINT: Endpoint = Endpoint {
    id: "rows",
    path: "/v1/{coin}/rows",
    params: &[
        param("coin", Place::Path, ParamKind::Text, true),
        param("limit", Place::Query, ParamKind::Int { min: 1, max: 1_000_000 }, false),
    ],
    plan: "",
    ttl: Duration::from_secs(10),
    cost: Cost::Fixed { meter: "weight", weight: 1 },
    summary: "rows",
    docs: "",
};

pub fn args(limit: u32) -> Args {
    Args::new().with("coin", "BTC").with("limit", limit)
}

pub const FRESH: Ask = Ask { deadline: None, fresh: true, no_waiting: false };

pub fn within(ms: u64) -> Ask {
    Ask { deadline: Some(Instant::now() + Duration::from_millis(ms)), fresh: false, no_waiting: false }
}

/// A lane to the provider, with a clock to set.
pub struct Scene {
    pub lane: Lane,
    pub clock: Arc<TestClock>,
}

impl Scene {
    pub fn new(base_url: &str) -> Self {
        Self::with(TestWire::default(), quick(base_url))
    }

    pub fn with(wire: TestWire, config: LaneConfig) -> Self {
        let clock = TestClock::at(1_763_164_800_000);
        let lane = Lane::new(http_client(), clock.clone(), Arc::new(wire), config);
        Self { lane, clock }
    }

    pub async fn get(&self, limit: u32) -> Result<Fetched, ProviderError> {
        self.lane.get(Call::new(&ENDPOINT, args(limit))).await
    }

    pub async fn ask(&self, limit: u32, ask: Ask) -> Result<Fetched, ProviderError> {
        self.lane.get(Call::new(&ENDPOINT, args(limit)).ask(ask)).await
    }
}

/// No retries, a breaker that does not get in the way, a deadline that ends a test soon.
pub fn quick(base_url: &str) -> LaneConfig {
    LaneConfig {
        retries: 0,
        breaker_failures: 1_000,
        deadline: Duration::from_millis(1_500),
        ..LaneConfig::at(base_url)
    }
}

pub fn text(fetched: &Fetched) -> &str {
    std::str::from_utf8(fetched.data()).unwrap()
}
