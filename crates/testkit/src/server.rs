//! A server on loopback that answers by the path asked for, and remembers what it was asked.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Path with query, to status and body.
type Answer = dyn Fn(&str) -> (u16, String) + Send + Sync;

/// A provider on loopback. It ends when dropped.
#[derive(Debug)]
pub struct Server {
    /// Where it is.
    pub base_url: String,
    asked: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts one. A call whose head does not hold the line `header` (`x-key: k-123456`, name in lower
    /// case) is refused with 400.
    ///
    /// # Panics
    /// When there is no free port.
    pub async fn start(
        header: &'static str,
        answer: impl Fn(&str) -> (u16, String) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let answer: Arc<Answer> = Arc::new(answer);
        let log = Arc::clone(&asked);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, header, Arc::clone(&answer), Arc::clone(&log)));
            }
        });
        Self { base_url, asked, task }
    }

    /// What was asked for so far.
    ///
    /// # Panics
    /// When an answer panicked.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One call on one connection.
async fn serve(mut stream: TcpStream, header: &str, answer: Arc<Answer>, log: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    let mut chunk = [0; 4_096];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut chunk).await {
            Ok(read @ 1..) => head.extend_from_slice(chunk.get(..read).unwrap_or_default()),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let (status, body) = if head.to_ascii_lowercase().contains(header) {
        answer(&target)
    } else {
        (400, format!("the call has no header {header}"))
    };
    log.lock().unwrap().push(target);
    let reply = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(reply.as_bytes()).await;
}
