//! A model that takes the question and never answers: every signal comes all the same, judged by the rules, soon
//! after the judge's limit.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::program::{DECIDED, Place, SIMULATED, client, send};

const RUNS: usize = 400;
const LIMIT: Duration = Duration::from_millis(200);
/// What a busy machine may add, far below what a call without a limit would take. The benchmark `service` measures
/// how little it is on a quiet one.
const SLACK: Duration = Duration::from_secs(5);

/// A server that reads, keeps the connection, and says nothing. Gives its address.
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

struct Run {
    id: String,
    source: String,
    took: Duration,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signals_with_a_hanging_model_keep_to_the_judges_limit() {
    let model = silent_model().await;
    let mut servers = Vec::new();
    let mut callers = JoinSet::new();
    // Two of them, since one asks a model no more than some hundred times a minute.
    for coins in DECIDED.chunks(DECIDED.len() / 2) {
        let place = Place::new()
            .with("ENABLE_AI_JUDGE", "true")
            .with("OPENAI_BASE_URL", &model)
            .with("AI_JUDGE_TIMEOUT", &LIMIT.as_secs_f64().to_string());
        // Each request is an evaluation of its own, and the model is asked each time.
        place.write(
            "perpsignal.toml",
            "[signal]\ncache_s = 0\n[server]\naddress_units_per_minute = 0\n\
             [judge]\nat_once = 64\nfailures = 1000000\ncalls_per_day = 1000000\ntokens_per_day = 1000000000000\n",
        );
        let server = place.serve(&SIMULATED).await;
        for coin in coins {
            server.get(&format!("/signals/{coin}?mode=ultra")).await.ok();
        }
        servers.push((place, server, coins));
    }
    for (_, server, coins) in &servers {
        for coin in *coins {
            let (client, base) = (client(), server.base.clone());
            callers.spawn(async move {
                let mut runs = Vec::new();
                for _ in 0..RUNS / DECIDED.len() {
                    let began = Instant::now();
                    let answer = send(client.get(format!("{base}/signals/{coin}?mode=ultra"))).await.unwrap();
                    let took = began.elapsed();
                    let signal = answer.ok();
                    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
                    let source = text(&signal["aiVerdictLayer"]["source"]);
                    runs.push(Run { id: text(&signal["id"]), source, took });
                }
                runs
            });
        }
    }
    let runs: Vec<Run> = callers.join_all().await.into_iter().flatten().collect();
    assert_eq!(runs.len(), RUNS);
    let ids: BTreeSet<&str> = runs.iter().map(|run| run.id.as_str()).collect();
    assert_eq!(ids.len(), RUNS, "each run is an evaluation of its own");
    let (mut worst, mut asked) = (Duration::ZERO, 0);
    for run in &runs {
        assert_eq!(run.source, "rules", "{}", run.id);
        worst = worst.max(run.took);
        asked += usize::from(run.took >= LIMIT / 2);
    }
    assert!(worst <= LIMIT + SLACK, "{worst:?}");
    assert!(asked >= RUNS * 9 / 10, "only {asked} waited for the model");
}
