use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

/// Longest time for any program of these tests to end or to come up.
const PATIENCE: Duration = Duration::from_secs(90);

/// A simulated market that stands still.
pub const SIMULATED: [&str; 6] = ["--simulate", "7", "--at", "2026-01-01T00:00:00Z", "--speed", "0"];
/// Coins of that market that are LONG or SHORT in the widest mode.
pub const DECIDED: [&str; 8] = ["RUNE", "FERA", "SUI", "RAZEN", "KNC", "ALGO", "ETH", "SOL"];

/// A folder of the test's own: data, configuration, working directory.
pub struct Place {
    dir: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

/// A program that ended.
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
    pub took: Duration,
}

impl Ended {
    /// Stdout, which must be one JSON document and nothing else.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("stdout is no JSON ({error}): {}\nstderr: {}", self.out, self.err))
    }

    /// The same program, which must have ended well.
    pub fn done(self) -> Self {
        assert_eq!(self.code, 0, "stderr: {}\nstdout: {}", self.err, self.out);
        self
    }
}

impl Place {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), variables: Vec::new() }
    }

    /// The same place with an environment variable set for every program.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file below this place.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The program with these arguments, in a clean environment.
    pub fn command(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_perpsignal"));
        command
            .args(args)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("PERPSIGNAL_DATA_DIR", self.path().join("data"))
            .env("PERPSIGNAL_LOG_FORMAT", "json")
            .envs(self.variables.iter().cloned())
            .current_dir(self.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs the program to its end.
    pub async fn run(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Ended {
        let mut command = self.command(args);
        let started = Instant::now();
        let outcome = tokio::time::timeout(PATIENCE, command.output()).await;
        let output = outcome.unwrap_or_else(|_| panic!("{command:?} did not end")).unwrap();
        Ended {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
            took: started.elapsed(),
        }
    }

    /// The same in the simulated market that stands still.
    pub async fn simulated(&self, args: &[&str]) -> Ended {
        self.run(SIMULATED.iter().chain(args)).await
    }

    /// A server in this world, up.
    pub async fn serve(&self, world: &[&str]) -> Server {
        self.serve_with(world, &[]).await
    }

    /// The same with flags of `serve`.
    pub async fn serve_with(&self, world: &[&str], flags: &[&str]) -> Server {
        let args = [world, &["serve", "--listen", "127.0.0.1:0"], flags].concat();
        let running = Running::start(self.command(&args));
        let base = running
            .await_line(|line| {
                let line: Value = serde_json::from_str(line).ok()?;
                (line["message"] == "serving")
                    .then(|| format!("http://{}", line["address"].as_str().unwrap()))
            })
            .await;
        Server { running, base }
    }

    /// A replay server with these flags of `replay`, up.
    pub async fn replay(&self, world: &[&str]) -> Server {
        let args = [&["replay", "--listen", "127.0.0.1:0"], world].concat();
        let running = Running::start(self.command(&args));
        let base = running.await_line(|line| Some(line.split_once("data at ")?.1.trim().to_owned())).await;
        Server { running, base }
    }
}

/// A program that stays up; killed when dropped.
pub struct Running {
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Running {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let kept = Arc::clone(&said);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let mut kept = kept.lock().unwrap();
                kept.push_str(&line);
                kept.push('\n');
            }
        });
        Self { child, said }
    }

    /// What it said on stderr so far.
    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    async fn await_line<T>(&self, find: impl Fn(&str) -> Option<T>) -> T {
        let started = Instant::now();
        loop {
            if let Some(found) = self.said().lines().find_map(&find) {
                return found;
            }
            assert!(started.elapsed() < PATIENCE, "it did not come up: {}", self.said());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Asks it to end, as an init system does.
    pub async fn terminate(&self) {
        self.signal("-TERM").await;
    }

    /// Stops it where it stands, as a frozen container or a machine that went to sleep.
    pub async fn pause(&self) {
        self.signal("-STOP").await;
    }

    /// Lets it go on.
    pub async fn resume(&self) {
        self.signal("-CONT").await;
    }

    async fn signal(&self, name: &str) {
        let id = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args([name, &id]).status().await.unwrap().success());
    }

    /// `kill -9`.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Waits for its end.
    pub async fn ended(&mut self) -> ExitStatus {
        tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("it did not end").unwrap()
    }
}

/// A program that listens.
pub struct Server {
    pub running: Running,
    /// `http://127.0.0.1:<port>`.
    pub base: String,
}

/// An answer over HTTP.
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("no JSON ({error}): {}", self.text))
    }

    /// The body of an answer that must be 200.
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()
    }

    /// The body of a problem with this status and code.
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let body = self.json();
        assert_eq!((self.status, body["code"].as_str()), (status, Some(code)), "{}", self.text);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(body["status"], status, "{}", self.text);
        for member in ["type", "title", "detail", "requestId"] {
            assert!(body[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {}", self.text);
        }
        body
    }
}

/// One client for all tests of the binary would share a pool across runtimes; each call has its own.
pub fn client() -> reqwest::Client {
    static CRYPTOGRAPHY: OnceLock<()> = OnceLock::new();
    CRYPTOGRAPHY.get_or_init(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder().timeout(PATIENCE).build().unwrap()
}

pub async fn send(request: reqwest::RequestBuilder) -> Result<Answer, reqwest::Error> {
    let answer = request.send().await?;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Ok(Answer { status, headers, text: answer.text().await? })
}

impl Server {
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub async fn get(&self, path: &str) -> Answer {
        send(client().get(self.url(path)))
            .await
            .unwrap_or_else(|error| panic!("GET {path}: {error}\nthe server said: {}", self.running.said()))
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = client().post(self.url(path)).header("content-type", "application/json");
        send(request.body(body.to_string())).await.unwrap()
    }

    /// Makes the providers of a replay server fail in this way, or well again with `none`.
    pub async fn fault(&self, fault: &Value) {
        self.post("/faults", fault).await.ok();
    }

    /// Calls that a replay server has had, by `provider path`.
    pub async fn calls(&self) -> std::collections::BTreeMap<String, u64> {
        let stats = self.get("/stats").await.ok();
        let mut calls = std::collections::BTreeMap::new();
        for (provider, paths) in stats["providers"].as_object().unwrap() {
            for (path, count) in paths.as_object().unwrap() {
                calls.insert(format!("{provider} {path}"), count["calls"].as_u64().unwrap());
            }
        }
        calls
    }
}

/// A factor of a signal by its name.
pub fn factor<'a>(signal: &'a Value, name: &str) -> &'a Value {
    let factors = signal["factors"].as_array().unwrap();
    factors.iter().find(|factor| factor["factor"] == name).unwrap_or_else(|| panic!("no {name}: {signal}"))
}

/// Names of the factors that are live.
pub fn live(signal: &Value) -> Vec<&str> {
    let factors = signal["factors"].as_array().unwrap();
    factors
        .iter()
        .filter(|each| each["status"] == "live")
        .map(|each| each["factor"].as_str().unwrap())
        .collect()
}

/// Reads the first line that a program prints, closes the pipe, and gives the line with the program's end.
pub async fn first_line_then_close(mut command: Command) -> (String, ExitStatus, String) {
    let mut child = command.spawn().unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).await.unwrap();
    drop(reader);
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).await.unwrap();
    let status = tokio::time::timeout(PATIENCE, child.wait()).await.expect("it did not end").unwrap();
    (line, status, err)
}
