//! One request over HTTP: bounded, unredirected, with errors that tell no address and no key.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use domain::{ErrorKind, ProviderError, Source};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use reqwest::redirect::Policy;
use tokio::time::{Instant, timeout_at};

use crate::Payload;

/// The header by which a replay or simulator owns up to being one.
pub const REPLAY_MARK: &str = "x-perpsignal-replay";

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// The HTTP client that all lanes share: rustls with ring, HTTP/2 where the server offers it, gzip, no
/// redirects, no proxy from the environment. Roots of trust are the system's; where it has none (an
/// empty container), those of the Mozilla programme.
pub fn http_client() -> reqwest::Client {
    install_crypto();
    match builder().build() {
        Ok(client) => client,
        Err(error) => {
            tracing::warn!(%error, "no roots of trust on this system, using the built-in ones");
            let mut roots = rustls::RootCertStore::empty();
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
            let mut tls = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
            tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
            builder().tls_backend_preconfigured(tls).build().unwrap_or_default()
        }
    }
}

/// Makes ring the process's cryptography, unless the program has chosen already.
pub(crate) fn install_crypto() {
    // An error only means that one is installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("perpsignal/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .no_proxy()
        .gzip(true)
        .tcp_nodelay(true)
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_keepalive(Duration::from_secs(30))
        .pool_idle_timeout(Duration::from_secs(50))
        .pool_max_idle_per_host(32)
        .http2_keep_alive_interval(Duration::from_secs(20))
        .http2_keep_alive_timeout(Duration::from_secs(5))
}

/// How a request is sent.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub source: Source,
    pub http: &'a reqwest::Client,
    pub url: &'a str,
    pub headers: HeaderMap,
    /// Sent with POST; without one it is a GET.
    pub payload: Option<&'a Payload>,
    pub max_body: usize,
    pub accept_replay: bool,
    pub deadline: Instant,
}

/// A call without an answer.
#[derive(Debug)]
pub(crate) struct Fault {
    pub error: ProviderError,
    /// Whether the provider may have got the call.
    pub sent: bool,
}

impl Fault {
    fn sent(error: ProviderError) -> Self {
        Self { error, sent: true }
    }

    pub fn unsent(error: ProviderError) -> Self {
        Self { error, sent: false }
    }
}

/// A whole answer, whatever its status.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Request<'_> {
    /// Sends it and reads the whole answer.
    pub async fn send(self) -> Result<Answer, Fault> {
        let (source, deadline) = (self.source, self.deadline);
        let begun = Instant::now();
        timeout_at(deadline, self.exchange()).await.unwrap_or_else(|_| {
            let waited_ms = begun.elapsed().as_millis();
            let message = format!("{source} gave no whole answer within {waited_ms} ms");
            Err(Fault::sent(ProviderError::new(source, ErrorKind::Timeout, message)))
        })
    }

    async fn exchange(self) -> Result<Answer, Fault> {
        let source = self.source;
        let mut headers = self.headers;
        headers.entry(header::ACCEPT).or_insert(HeaderValue::from_static("application/json"));
        let request = match self.payload {
            None => self.http.get(self.url),
            Some(payload) => {
                headers.insert(header::CONTENT_TYPE, payload.content_type.clone());
                self.http.post(self.url).body(payload.bytes.clone())
            }
        };
        let mut response = request.headers(headers).send().await.map_err(|error| {
            let sent = !error.is_connect() && !error.is_builder();
            Fault { error: fault(source, error, Phase::Head), sent }
        })?;

        check_mark(source, response.headers(), self.accept_replay).map_err(Fault::sent)?;
        let status = response.status();
        if status.is_redirection() {
            let message = format!(
                "{source} answered with a redirect (HTTP {}), which is not followed",
                status.as_u16()
            );
            return Err(Fault::sent(ProviderError::new(source, ErrorKind::Malformed, message)));
        }
        let told = response.content_length().and_then(|length| usize::try_from(length).ok());
        if told.is_some_and(|length| length > self.max_body) {
            return Err(Fault::sent(too_large(source, self.max_body)));
        }
        let mut body = Vec::with_capacity(told.unwrap_or_default());
        while let Some(chunk) =
            response.chunk().await.map_err(|error| Fault::sent(fault(source, error, Phase::Body)))?
        {
            if body.len() + chunk.len() > self.max_body {
                return Err(Fault::sent(too_large(source, self.max_body)));
            }
            body.extend_from_slice(&chunk);
        }
        // Kept for a while: growth must not cost memory.
        body.shrink_to_fit();
        let headers = std::mem::take(response.headers_mut());
        Ok(Answer { status, headers, body: body.into() })
    }
}

/// Live data and a replay's must never mix.
pub(crate) fn check_mark(
    source: Source,
    headers: &HeaderMap,
    accept_replay: bool,
) -> Result<(), ProviderError> {
    let message = match (headers.contains_key(REPLAY_MARK), accept_replay) {
        (true, false) => {
            format!("this is a replay/simulator, not {source}; start with --replay-url to use it")
        }
        (false, true) => {
            format!(
                "a replay was asked for, but the answer for {source} lacks the replay's mark ({REPLAY_MARK})"
            )
        }
        _ => return Ok(()),
    };
    Err(ProviderError::new(source, ErrorKind::Unsupported, message))
}

fn too_large(source: Source, max_body: usize) -> ProviderError {
    let message = format!("the answer of {source} is larger than {max_body} bytes");
    ProviderError::new(source, ErrorKind::TooLarge, message)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Head,
    Body,
}

fn fault(source: Source, error: reqwest::Error, phase: Phase) -> ProviderError {
    let error = error.without_url();
    let kind = if error.is_builder() {
        ErrorKind::BadRequest
    } else if error.is_timeout() {
        ErrorKind::Timeout
    } else if phase == Phase::Body && garbled(&error) {
        ErrorKind::Malformed
    } else {
        ErrorKind::Connection
    };
    let what = match (kind, phase) {
        (ErrorKind::BadRequest, _) => "the address of the call is not valid",
        (ErrorKind::Timeout, _) => "no connection in time",
        (ErrorKind::Malformed, _) => "the body cannot be decompressed",
        (_, Phase::Head) if error.is_connect() => "no connection",
        (_, Phase::Head) => "the connection broke before an answer",
        (_, Phase::Body) => "the connection broke within the body",
    };
    ProviderError::new(source, kind, format!("{what} ({})", root(&error)))
}

/// Whether what arrived could not be decompressed, as against not having arrived. The decompressor's own
/// errors come bare; those of the connection come wrapped by the HTTP layer.
fn garbled(error: &reqwest::Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    cause.is_some_and(|io| {
        matches!(io.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other)
    })
}

fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn StdError + 'static)| (*error).source()).take(16)
}

/// The innermost cause, which says most and knows no address.
fn root(error: &reqwest::Error) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default().chars().take(160).collect()
}
