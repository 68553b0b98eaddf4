//! A small load generator: connections that are kept, one request after the other on each.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// What a round of load gave.
pub struct Run {
    pub per_second: f64,
    pub p99_ms: f64,
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// Where the head ends, and how long the body is.
fn head(bytes: &[u8]) -> Option<(usize, usize)> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..end]).unwrap();
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().unwrap())
    });
    Some((end, length.unwrap_or(0)))
}

impl Connection {
    async fn open(address: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1_024) })
    }

    /// Sends a request and reads the whole answer; gives its status and where its body is in the buffer.
    async fn ask(&mut self, request: &[u8]) -> std::io::Result<(u16, usize)> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let Some((start, length)) = head(&self.buffer) else { continue };
            while self.buffer.len() < start + length {
                if self.stream.read_buf(&mut self.buffer).await? == 0 {
                    return Err(std::io::ErrorKind::UnexpectedEof.into());
                }
            }
            let status = std::str::from_utf8(&self.buffer[9..12]).unwrap().parse().unwrap();
            return Ok((status, start));
        }
    }
}

fn request(method: &str, address: &str, path: &str, body: &str) -> Vec<u8> {
    format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

/// The body of an answer that must be 200.
pub async fn get(address: &str, path: &str) -> Vec<u8> {
    let mut connection = Connection::open(address).await.unwrap();
    let (status, start) = connection.ask(&request("GET", address, path, "")).await.unwrap();
    let body = connection.buffer.split_off(start);
    assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
    body
}

/// Tells a replay server to fail on purpose.
pub async fn fault(address: &str, fault: &str) {
    let mut connection = Connection::open(address).await.unwrap();
    let (status, _) = connection.ask(&request("POST", address, "/faults", fault)).await.unwrap();
    assert_eq!(status, 200);
}

/// Waits until somebody listens.
pub async fn until_listening(address: &str) {
    let started = Instant::now();
    while Connection::open(address).await.is_err() {
        assert!(started.elapsed() < Duration::from_secs(30), "nobody listens at {address}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Waits until the server says that it is ready.
pub async fn until_ready(address: &str) {
    let started = Instant::now();
    loop {
        if let Ok(mut connection) = Connection::open(address).await
            && matches!(connection.ask(&request("GET", address, "/readyz", "")).await, Ok((200, _)))
        {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(30), "not ready: {address}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Load from this many connections for this long.
pub async fn run(address: &str, path: &str, connections: usize, length: Duration) -> Run {
    run_each(address, &[path.to_owned()], connections, length).await
}

/// Load on several paths in turn; each connection begins at another.
pub async fn run_each(address: &str, paths: &[String], connections: usize, length: Duration) -> Run {
    let requests: Arc<[Vec<u8>]> = paths.iter().map(|path| request("GET", address, path, "")).collect();
    let started = Instant::now();
    let mut work = JoinSet::new();
    for place in 0..connections {
        let (requests, address) = (Arc::clone(&requests), address.to_owned());
        work.spawn(async move {
            let mut connection = Connection::open(&address).await.unwrap();
            let mut times_us: Vec<u32> = Vec::with_capacity(16_384);
            let mut turn = requests.iter().cycle().skip(place % requests.len());
            while started.elapsed() < length {
                let request = turn.next().unwrap();
                let asked = Instant::now();
                let (status, _) = connection.ask(request).await.unwrap();
                assert_eq!(status, 200);
                times_us.push(u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX));
            }
            times_us
        });
    }
    let mut times_us = work.join_all().await.concat();
    let elapsed = started.elapsed().as_secs_f64();
    times_us.sort_unstable();
    let p99 = times_us[(times_us.len() - 1) * 99 / 100];
    Run { per_second: times_us.len() as f64 / elapsed, p99_ms: f64::from(p99) / 1_000.0 }
}
