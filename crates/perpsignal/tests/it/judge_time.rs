//! A model that takes the question and never answers: no signal takes longer than the judge's limit and a
//! quarter of a second.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::program::{DECIDED, Place, SIMULATED, client, send};

const RUNS: usize = 1_000;
const LIMIT: Duration = Duration::from_millis(200);
const MARGIN: Duration = Duration::from_millis(250);

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

/// How much later than asked for this machine woke a sleeper, with the time: what no program can help.
#[derive(Clone, Default)]
struct Delays(Arc<Mutex<Vec<(Instant, Duration)>>>);

impl Delays {
    fn watch() -> Self {
        let delays = Self::default();
        let kept = delays.clone();
        tokio::spawn(async move {
            let nap = Duration::from_millis(5);
            loop {
                let slept = Instant::now();
                tokio::time::sleep(nap).await;
                let late = slept.elapsed().saturating_sub(nap + Duration::from_millis(2));
                if !late.is_zero() {
                    kept.0.lock().unwrap().push((slept, late));
                }
            }
        });
        delays
    }

    /// The sum of the delays between two instants.
    fn between(&self, from: Instant, to: Instant) -> Duration {
        self.0.lock().unwrap().iter().filter(|(at, _)| (from..to).contains(at)).map(|(_, late)| *late).sum()
    }
}

struct Run {
    id: String,
    source: String,
    began: Instant,
    ended: Instant,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_signals_with_a_hanging_model_keep_to_the_judges_limit() {
    let model = silent_model().await;
    let delays = Delays::watch();
    let mut servers = Vec::new();
    let mut callers = JoinSet::new();
    // Several of them, since one asks a model no more than some hundred times a minute.
    for coins in DECIDED.chunks(DECIDED.len() / 4) {
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
                    let ended = Instant::now();
                    let signal = answer.ok();
                    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
                    let source = text(&signal["aiVerdictLayer"]["source"]);
                    runs.push(Run { id: text(&signal["id"]), source, began, ended });
                }
                runs
            });
        }
    }
    let runs: Vec<Run> = callers.join_all().await.into_iter().flatten().collect();
    assert_eq!(runs.len(), RUNS);
    let ids: BTreeSet<&str> = runs.iter().map(|run| run.id.as_str()).collect();
    assert_eq!(ids.len(), RUNS, "each run is an evaluation of its own");
    let mut worst = Duration::ZERO;
    let (mut asked, mut over) = (0, 0);
    for run in &runs {
        assert_eq!(run.source, "rules", "{}", run.id);
        let took = run.ended - run.began;
        worst = worst.max(took);
        asked += usize::from(took >= LIMIT / 2);
        over += usize::from(took > LIMIT + MARGIN);
        let held_up = delays.between(run.began, run.ended);
        assert!(took <= LIMIT + MARGIN + held_up, "{}: {took:?}, the machine held it up {held_up:?}", run.id);
    }
    eprintln!(
        "{RUNS} signals with a hanging model: the longest took {worst:?}, {over} over the limit and {MARGIN:?}"
    );
    assert!(asked >= RUNS * 9 / 10, "only {asked} waited for the model");
}
