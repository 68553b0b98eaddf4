use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::{Clock, UtcMs};
use sqlx::ConnectOptions as _;
use sqlx::Connection as _;
use store::{DataSource, SignalFilter, Store, StoreConfig};
use tokio::task::JoinSet;

use crate::program::{DECIDED, Place, SIMULATED, Server, client, send};

/// Answers to have before the kill.
const ENOUGH: usize = 40;

#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now(&self) -> UtcMs {
        "2026-01-01T00:00:00Z".parse().unwrap()
    }
}

/// Asks for signals from several sides until the server is killed; gives the ids of those that count.
async fn ask_until_killed(server: &mut Server) -> Vec<String> {
    let answered = Arc::new(AtomicUsize::new(0));
    let mut callers = JoinSet::new();
    for caller in 0..4 {
        let (client, base, answered) = (client(), server.base.clone(), Arc::clone(&answered));
        callers.spawn(async move {
            let mut ids = Vec::new();
            for round in 0.. {
                let coin = DECIDED[(caller * 2 + round) % DECIDED.len()];
                let url = format!("{base}/signals/{coin}?mode=ultra&fresh=true");
                // Only an answer that arrived whole is a promise.
                let Ok(answer) = send(client.get(url)).await else { break };
                if answer.status != 200 {
                    continue;
                }
                let signal = answer.json();
                if signal["signal"] != "NEUTRAL" {
                    ids.push(signal["id"].as_str().unwrap().to_owned());
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            }
            ids
        });
    }
    let mut waited = Duration::ZERO;
    while answered.load(Ordering::Relaxed) < ENOUGH {
        tokio::time::sleep(Duration::from_millis(20)).await;
        waited += Duration::from_millis(20);
        assert!(
            waited < Duration::from_secs(80),
            "{} answers: {}",
            answered.load(Ordering::Relaxed),
            server.running.said()
        );
    }
    server.running.kill().await;
    callers.join_all().await.concat()
}

/// Kills a server twice while it answers, starts it anew, and looks into the database.
async fn nothing_is_lost_or_doubled(place: &Place, url: impl Fn(&std::path::Path) -> String) {
    let mut promised = Vec::new();
    for _ in 0..2 {
        let mut server = place.serve(&SIMULATED).await;
        promised.extend(ask_until_killed(&mut server).await);
    }
    let mut server = place.serve(&SIMULATED).await;
    let health = server.get("/health").await.ok();
    assert_eq!(health["database"]["reachable"], true, "{health}");
    server.running.terminate().await;
    assert!(server.running.ended().await.success());

    let data = place.path().join("data");
    let own = std::fs::read_dir(&data).unwrap().next().unwrap().unwrap().path();
    let config = StoreConfig::new(url(&own), own.join("spool"), DataSource::Simulated, Arc::new(Still));
    let store = Store::open(config).await.unwrap();
    assert!(store.flush(Duration::from_secs(20)).await, "rows wait: {:?}", store.spool_status());
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    let (filter, mut cursor) = (SignalFilter::default(), None);
    loop {
        let page = store.list(&filter, 1_000, cursor.as_ref()).await.unwrap();
        for row in page.items {
            *times.entry(row.id).or_default() += 1;
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert!(promised.len() >= 2 * ENOUGH, "{}", promised.len());
    for id in &promised {
        assert_eq!(times.get(id), Some(&1), "{id} was answered, and is in the database that often");
    }
    let stored = times.values().sum::<usize>() as u64;
    assert_eq!(store.count(&filter).await.unwrap(), stored);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answered_signal_survives_kill_9_in_sqlite() {
    let place = Place::new();
    nothing_is_lost_or_doubled(&place, |own| format!("sqlite://{}", own.join("perpsignal.db").display()))
        .await;
}

async fn run_sql(server: &str, sql: &str) -> Result<(), sqlx::Error> {
    let options: sqlx::postgres::PgConnectOptions = server.parse()?;
    let mut connection = options.connect().await?;
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await?;
    connection.close().await
}

/// Does something with a PostgreSQL database of its own, which goes with it. Says so where there is no server.
pub async fn with_postgres<F: Future<Output = ()> + Send + 'static>(
    purpose: &str,
    work: impl FnOnce(String) -> F,
) {
    let named = std::env::var("PERPSIGNAL_TEST_PG");
    let server = named.clone().unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432".to_owned());
    let base = server.trim_end_matches('/').trim_end_matches("/postgres");
    let server = format!("{base}/postgres");
    let name = format!("perpsignal_{purpose}_{}", std::process::id());
    if let Err(error) = run_sql(&server, &format!("CREATE DATABASE {name}")).await {
        assert!(named.is_err(), "PERPSIGNAL_TEST_PG is named and does not work: {error}");
        eprintln!("skipped: no PostgreSQL at {server}: {error}");
        return;
    }
    let outcome = tokio::spawn(work(format!("{base}/{name}"))).await;
    run_sql(&server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.unwrap();
    outcome.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answered_signal_survives_kill_9_in_postgresql() {
    with_postgres("kill", |url| async move {
        let place = Place::new().with("DATABASE_URL", &url);
        nothing_is_lost_or_doubled(&place, |_| url.clone()).await;
    })
    .await;
}
