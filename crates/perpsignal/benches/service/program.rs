//! The program, started and ended; memory from the kernel.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::json;
use tokio::process::{Child, Command};

/// A folder of the measurement's own.
pub struct Stage {
    dir: tempfile::TempDir,
}

impl Stage {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// A folder of this name.
    pub fn folder(&self, name: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::create_dir_all(&path).unwrap();
        path
    }

    /// A live configuration whose providers are at a port of nobody: nothing outside is called.
    pub fn nowhere(&self) -> String {
        let port = free_port();
        let names =
            ["binance", "okx", "bybit", "coinglass", "lunarcrush", "coinapi", "coingecko", "fear_greed"];
        let mut text = String::new();
        for name in names {
            text += &format!("[providers.{name}]\nbase_url = \"http://127.0.0.1:{port}\"\n");
            if ["binance", "okx", "bybit"].contains(&name) {
                text += &format!("stream_url = \"ws://127.0.0.1:{port}\"\n");
            }
        }
        self.write("nowhere.toml", &text).to_str().unwrap().to_owned()
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.dir.path())
            .env("PERPSIGNAL_DATA_DIR", self.dir.path().join("data"))
            .env("PERPSIGNAL_LOG", "error")
            .current_dir(self.dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true);
        command
    }
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Runs the program to its end.
pub async fn run(stage: &Stage, args: &[&str]) {
    let status = stage.command(env!("CARGO_BIN_EXE_perpsignal")).args(args).status().await.unwrap();
    assert!(status.success(), "{args:?}: {status}");
}

/// A program that stays up.
pub struct Program {
    child: Child,
}

impl Program {
    pub fn spawn(stage: &Stage, args: &[&str]) -> Self {
        let child = stage.command(env!("CARGO_BIN_EXE_perpsignal")).args(args).spawn().unwrap();
        Self { child }
    }

    /// This very benchmark as the bare handler.
    pub fn bare(argument: &str) -> Self {
        let program = std::env::current_exe().unwrap();
        let child = Command::new(program).args(["--bare", argument]).kill_on_drop(true).spawn().unwrap();
        Self { child }
    }

    /// Memory held now.
    pub fn rss_mib(&self) -> f64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id().unwrap())).unwrap();
        let line = text.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1_024.0
    }

    pub async fn end(mut self) {
        self.child.kill().await.unwrap();
    }
}

/// Older history in the form that `import` takes.
pub fn older_rows(count: usize) -> String {
    let rows: Vec<_> = (0..count)
        .map(|index| {
            let (day, second) = (1 + index / 1_000, index % 1_000);
            let at = format!("2025-01-{day:02}T{:02}:{:02}:00Z", second / 60, second % 60);
            json!({"id": format!("older-{index}"), "saved_at": at, "data": {
                "symbol": "BTC", "timestamp": at, "signal": "LONG", "score": 58.3, "confidence": "medium",
                "price": 103_250.1, "reasons": ["one", "two", "three"],
                "metrics": {"fundingRate": 0.0001, "openInterest": 1.2e10, "socialScore": 61.0}}})
        })
        .collect();
    serde_json::to_string(&rows).unwrap()
}
