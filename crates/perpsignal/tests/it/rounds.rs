use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::program::{DECIDED, Place, Server};

const HOUR_LATER: &str = "2026-01-01T01:00:00Z";
const NOON: [&str; 6] = ["--simulate", "7", "--at", "2026-01-01T00:00:00Z", "--speed", "0"];
const LATER: [&str; 6] = ["--simulate", "7", "--at", HOUR_LATER, "--speed", "0"];

/// Signals by coin and time of decision.
async fn stored(server: &Server) -> BTreeMap<(String, String), u32> {
    let page = server.get("/analytics/history/date-range?limit=500").await.ok();
    let mut times = BTreeMap::new();
    for signal in page["signals"].as_array().unwrap() {
        let text = |name: &str| signal[name].as_str().unwrap().to_owned();
        *times.entry((text("symbol"), text("timestamp"))).or_default() += 1;
    }
    times
}

fn is_over(server: &Server) -> bool {
    server.running.said().lines().any(|line| {
        serde_json::from_str::<Value>(line).is_ok_and(|line| line["message"] == "background scan")
    })
}

async fn await_round(servers: &[&Server]) {
    for _ in 0..600 {
        if servers.iter().any(|server| is_over(server)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no round of the scan ended: {}", servers[0].running.said());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scan_that_is_killed_and_started_again_doubles_nothing() {
    let database = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", database.path().join("scan.db").display());
    let place = || {
        let place = Place::new().with("PERPSIGNAL_SCAN_EVERY", "3600").with("DATABASE_URL", &url);
        let coins = DECIDED.map(|coin| format!("{coin:?}")).join(", ");
        let config = format!("[background]\nsymbols = [{coins}]\nmode = \"ultra\"\n");
        place.write("perpsignal.toml", &config);
        place
    };
    let one = place();
    // Killed in the middle of its round, over and over, at a clock that stands still: one slot of time.
    for pause_ms in [400, 900, 1_600, 50] {
        let mut server = one.serve(&NOON).await;
        tokio::time::sleep(Duration::from_millis(pause_ms)).await;
        server.running.kill().await;
    }
    let server = one.serve(&NOON).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(!is_over(&server), "the slot was taken before the first kill: {}", server.running.said());
    let first = stored(&server).await;
    assert!(first.values().all(|times| *times == 1), "{first:?}");
    drop(server);

    // The next slot is another matter: two instances at once make it, together once.
    let two = place();
    let (a, b) = (one.serve(&LATER).await, two.serve(&LATER).await);
    await_round(&[&a, &b]).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(is_over(&a) != is_over(&b), "both made the round");
    let both = stored(&a).await;
    assert!(both.values().all(|times| *times == 1), "{both:?}");
    assert!(first.keys().all(|key| both.contains_key(key)), "{first:?} {both:?}");
    let later: Vec<_> = both.keys().filter(|(_, at)| at == HOUR_LATER).collect();
    assert!(later.len() >= 3, "{both:?}");
}
