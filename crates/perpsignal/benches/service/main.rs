//! The whole program under load: cached signals beside a bare handler, cold signals, a scan of the market,
//! start, memory, a model that hangs, figures over many stored signals. Run by `cargo xtask bench`; prints a
//! table in Markdown, of the parts that are named or of all.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::format_push_string,
    reason = "a benchmark may stop, and talks"
)]

mod analytics;
mod bare;
mod judge;
mod load;
mod program;
mod table;

use std::time::{Duration, Instant};

use serde_json::Value;

use program::{Program, Stage};
use table::Table;

/// The allocator of the program, so that the bare handler stands on the same ground.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What can be measured alone.
const PARTS: [&str; 5] = ["start", "cached", "cold", "judge", "analytics"];
/// A simulated market that stands still.
const WORLD: [&str; 6] = ["--simulate", "7", "--at", "2026-01-01T00:00:00Z", "--speed", "0"];
const CONNECTIONS: usize = 64;
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(4);
/// Coins of the simulated market that are asked for cold, each made warm before.
const COINS: usize = 40;
const COLD: usize = 100;
/// The bare handler's route.
const BARE: &str = "/signals/BTC";
/// A pass-through answer of some 200 KB.
const LONG: &str =
    "/coinglass/volume/footprint-history?exchange=Binance&symbol=BTCUSDT&interval=4h&limit=350";
/// Rows in the database of the start.
const ROWS: usize = 20_000;

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let Some(place) = args.iter().position(|arg| arg == "--bare") {
        bare::serve(&args[place + 1]).await;
        return;
    }
    // Cargo adds `--bench` to what it is given.
    let parts: Vec<&str> = args.iter().skip(1).map(String::as_str).filter(|arg| *arg != "--bench").collect();
    if let Some(unknown) = parts.iter().find(|part| !PARTS.contains(part)) {
        panic!("'{unknown}' is none of {}", PARTS.join(", "));
    }
    let wanted = |part| parts.is_empty() || parts.contains(&part);
    let mut table = Table::default();
    if wanted("start") {
        start(&Stage::new(), &mut table).await;
    }
    if wanted("cached") {
        cached(&Stage::new(), &mut table).await;
    }
    if wanted("cold") {
        cold_and_scan(&mut table).await;
    }
    if wanted("judge") {
        judge::hanging(&mut table).await;
    }
    if wanted("analytics") {
        analytics::measure(&mut table).await;
    }
    println!("{}", table.markdown());
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn p90(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() - 1) * 9 / 10]
}

/// From the start of the process to the first answer that it is ready, with a database that holds rows.
async fn start(stage: &Stage, table: &mut Table) {
    let config = stage.nowhere();
    let rows = program::older_rows(ROWS);
    let file = stage.write("older.json", &rows);
    program::run(stage, &["--config", &config, "import", file.to_str().unwrap()]).await;
    let mut times_ms = Vec::new();
    let mut idle_mib = 0.0;
    for _ in 0..7 {
        let port = program::free_port();
        let listen = format!("127.0.0.1:{port}");
        let started = Instant::now();
        let server = Program::spawn(stage, &["--config", &config, "serve", "--listen", &listen]);
        load::until_ready(&listen).await;
        times_ms.push(started.elapsed().as_secs_f64() * 1_000.0);
        tokio::time::sleep(Duration::from_millis(500)).await;
        idle_mib = server.rss_mib();
        server.end().await;
    }
    table.add(
        format!("ready, database of {ROWS} signals (process start to `/readyz`, median of 7)"),
        format!("{:.0} ms", median(times_ms)),
        "at most 200 ms",
    );
    table.add("memory, idle", format!("{idle_mib:.0} MiB"), "at most 57 MiB (60 MB)");
}

/// A signal that is served again, beside a handler that does nothing but give the same bytes.
async fn cached(stage: &Stage, table: &mut Table) {
    let port = program::free_port();
    let listen = format!("127.0.0.1:{port}");
    let server = Program::spawn(stage, &[&WORLD[..], &["serve", "--listen", &listen]].concat());
    load::until_ready(&listen).await;
    beside_bare(stage, &listen, ("cached signal", "/signals/BTC"), "at least 0.70", table).await;
    beside_bare(stage, &listen, ("cached answer of Coinglass", LONG), "at least 0.50", table).await;
    server.end().await;
}

/// What the server at `listen` gives for a path, beside a handler that does nothing but give the same bytes.
async fn beside_bare(
    stage: &Stage,
    listen: &str,
    (what, path): (&str, &str),
    target: &'static str,
    table: &mut Table,
) {
    let body = load::get(listen, path).await;
    let bytes = stage.write("answer.json", std::str::from_utf8(&body).unwrap());
    let bare_port = program::free_port();
    let bare_listen = format!("127.0.0.1:{bare_port}");
    let bare = Program::bare(&format!("{bare_listen},{}", bytes.display()));
    load::until_listening(&bare_listen).await;
    let (mut ours, mut bares) = (Vec::new(), Vec::new());
    load::run(listen, path, CONNECTIONS, Duration::from_secs(1)).await;
    load::run(&bare_listen, BARE, CONNECTIONS, Duration::from_secs(1)).await;
    for _ in 0..ROUNDS {
        ours.push(load::run(listen, path, CONNECTIONS, ROUND).await);
        bares.push(load::run(&bare_listen, BARE, CONNECTIONS, ROUND).await);
    }
    let rate = |runs: &[load::Run]| median(runs.iter().map(|run| run.per_second).collect());
    let p99 = |runs: &[load::Run]| median(runs.iter().map(|run| run.p99_ms).collect());
    let (own, plain) = (rate(&ours), rate(&bares));
    table.add(
        format!("{what}, {CONNECTIONS} connections, {} bytes", body.len()),
        format!("{own:.0}/s, p99 {:.2} ms", p99(&ours)),
        "-",
    );
    table.add(
        "bare axum handler, the same bytes, the same run",
        format!("{plain:.0}/s, p99 {:.2} ms", p99(&bares)),
        "-",
    );
    table.add(format!("{what} to bare handler"), format!("{:.2}", own / plain), target);
    bare.end().await;
}

/// Signals that ask all providers, and the scan, over providers that are slow.
async fn cold_and_scan(table: &mut Table) {
    let stage = Stage::new();
    let replay_port = program::free_port();
    let replay_listen = format!("127.0.0.1:{replay_port}");
    let replay = Program::spawn(&stage, &["replay", "--listen", &replay_listen]);
    load::until_listening(&replay_listen).await;
    let port = program::free_port();
    let listen = format!("127.0.0.1:{port}");
    let url = format!("http://{replay_listen}");
    let server = Program::spawn(&stage, &["--replay-url", &url, "serve", "--listen", &listen]);
    load::until_ready(&listen).await;
    let scan: Value = serde_json::from_slice(&load::get(&listen, "/scan/market?limit=100").await).unwrap();
    let coins: Vec<String> = scan["evaluated"]
        .as_array()
        .unwrap()
        .iter()
        .take(COINS)
        .map(|coin| coin.as_str().unwrap().to_owned())
        .collect();
    load::fault(&replay_listen, "{\"provider\":\"all\",\"kind\":\"latency\",\"latency_ms\":100}").await;
    let (mut times_ms, mut coverage) = (Vec::new(), f64::INFINITY);
    for index in 0..COLD {
        let coin = &coins[index % coins.len()];
        let started = Instant::now();
        let body = load::get(&listen, &format!("/signals/{coin}?fresh=true")).await;
        times_ms.push(started.elapsed().as_secs_f64() * 1_000.0);
        let signal: Value = serde_json::from_slice(&body).unwrap();
        coverage = coverage.min(signal["dataQuality"]["coverage"].as_f64().unwrap());
    }
    table.add(
        format!("cold signal, every provider 100 ms away (median of {COLD}; lists and history warm; least coverage {coverage:.2})"),
        format!("{:.0} ms, p90 {:.0} ms", median(times_ms.clone()), p90(times_ms)),
        "at most 130 ms",
    );
    server.end().await;

    // A process that has seen nothing, on a market that has the same limits anew.
    replay.end().await;
    let stage = Stage::new();
    let replay = Program::spawn(&stage, &["replay", "--listen", &replay_listen, "--fault", "all:latency=50"]);
    load::until_listening(&replay_listen).await;
    let server = Program::spawn(&stage, &["--replay-url", &url, "serve", "--listen", &listen]);
    load::until_ready(&listen).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let started = Instant::now();
    let body = load::get(&listen, "/scan/market?limit=100").await;
    let took_s = started.elapsed().as_secs_f64();
    let scan: Value = serde_json::from_slice(&body).unwrap();
    table.add(
        format!(
            "scan, every provider 50 ms away, no history ({} contracts listed, {} evaluated in full, {} gave no signal)",
            scan["listed"],
            scan["evaluated"].as_array().map_or(0, Vec::len),
            scan["failed"].as_array().map_or(0, Vec::len),
        ),
        format!("{took_s:.2} s"),
        "-",
    );
    table.add("memory, after that scan", format!("{:.0} MiB", server.rss_mib()), "-");
    server.end().await;
    replay.end().await;
}
