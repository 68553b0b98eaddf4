//! A model that takes the question and never answers: how long a signal takes at most.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::program::{self, Program, Stage};
use super::table::Table;
use super::{WORLD, load};

const LIMIT: Duration = Duration::from_millis(200);
const RUNS_EACH: usize = 125;
/// Coins of the world that are LONG or SHORT in the widest mode, for each server; several servers, since one asks a
/// model no more than some hundred times a minute.
const COINS: [[&str; 2]; 4] = [["RUNE", "FERA"], ["SUI", "RAZEN"], ["KNC", "ALGO"], ["ETH", "SOL"]];

/// A server that reads, keeps the connection, and says nothing.
async fn silent_model() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut sink = [0; 4_096];
                while socket.read(&mut sink).await.is_ok_and(|read| read > 0) {}
            });
        }
    });
    format!("http://{address}/v1")
}

/// A thousand evaluations, eight side by side, each of which waits for the model in vain.
pub async fn hanging(table: &mut Table) {
    let model = silent_model().await;
    let mut servers = Vec::new();
    let mut callers = JoinSet::new();
    for coins in COINS {
        let stage = Stage::new();
        let limit_s = LIMIT.as_secs_f64();
        let config = stage.write(
            "judge.toml",
            &format!(
                "[signal]\ncache_s = 0\n[judge]\nenabled = true\nbase_url = \"{model}\"\ntimeout_s = {limit_s}\n\
                 at_once = 64\nfailures = 1000000\ncalls_per_day = 1000000\ntokens_per_day = 1000000000000\n"
            ),
        );
        let listen = format!("127.0.0.1:{}", program::free_port());
        let args =
            [&["--config", config.to_str().unwrap()], &WORLD[..], &["serve", "--listen", &listen]].concat();
        let server = Program::spawn(&stage, &args);
        load::until_ready(&listen).await;
        for coin in coins {
            load::get(&listen, &format!("/signals/{coin}?mode=ultra")).await;
        }
        servers.push((stage, server, listen, coins));
    }
    for (_, _, listen, coins) in &servers {
        for coin in *coins {
            let (listen, path) = (listen.clone(), format!("/signals/{coin}?mode=ultra"));
            callers.spawn(async move {
                let mut times = Vec::with_capacity(RUNS_EACH);
                for _ in 0..RUNS_EACH {
                    let began = Instant::now();
                    let body = load::get(&listen, &path).await;
                    times.push(began.elapsed());
                    let signal: Value = serde_json::from_slice(&body).unwrap();
                    assert_eq!(signal["aiVerdictLayer"]["source"], "rules");
                }
                times
            });
        }
    }
    let mut times = callers.join_all().await.concat();
    times.sort_unstable();
    let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
    let waited = times.iter().filter(|time| **time >= LIMIT / 2).count();
    table.add(
        format!(
            "signal with a model that never answers, limit {:.0} ms ({} runs, 8 side by side, {waited} waited for it)",
            ms(LIMIT),
            times.len()
        ),
        format!("median {:.0} ms, longest {:.0} ms", ms(times[times.len() / 2]), ms(times[times.len() - 1])),
        "longest at most 450 ms",
    );
    for (_, server, _, _) in servers {
        server.end().await;
    }
}
