//! How many due outcomes a second four workers evaluate on PostgreSQL with the prices at hand, beside claims of
//! sixteen whose rows are written one by one. `cargo bench -p app --bench outcomes`; the server is
//! `PERPSIGNAL_TEST_PG`, or the one on this machine's usual port.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark may stop, and talks"
)]

#[allow(dead_code, reason = "the tests' own parts, of which a benchmark needs some")]
#[path = "../tests/it/support.rs"]
mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::UtcMs;
use replay::World;
use sqlx::{ConnectOptions as _, Connection as _};
use store::{DataSource, OutcomeResult, OutcomeVerdict, Store};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use support::{Place, stored, utc};

const NOW: &str = "2026-11-22T00:00:00Z";
const FIRST: &str = "2026-11-20T12:00:07Z";
const COINS: [&str; 8] = ["BTC", "ETH", "SOL", "BNB", "XRP", "DOGE", "ADA", "LINK"];
/// Minutes in which signals are made.
const MINUTES: i64 = 10;
/// Signals of one coin in one minute; each has three checks.
const ALIKE: i64 = 100;
/// Checks of a round.
const CHECKS: u64 = 8 * 10 * 100 * 3;
const WORKERS: usize = 4;
const ROUNDS: usize = 3;
/// What it must reach.
const TARGET: f64 = 3_000.0;

async fn sql(server: &str, text: &str) -> Result<(), sqlx::Error> {
    let options: sqlx::postgres::PgConnectOptions = server.parse()?;
    let mut connection = options.connect().await?;
    sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut connection).await?;
    connection.close().await
}

/// Signals with their checks, so many of each coin and minute.
async fn fill(store: &Store, round: &str, alike: i64) -> u64 {
    let mut saving = JoinSet::new();
    for coin in COINS {
        let (store, round) = (store.clone(), round.to_owned());
        saving.spawn(async move {
            let mut rows = JoinSet::new();
            for minute in 0..MINUTES {
                for number in 0..alike {
                    let at = utc(FIRST).plus_ms(minute * 60_000 + number);
                    let side = if number % 2 == 0 { "LONG" } else { "SHORT" };
                    let id = format!("{round}-{coin}-{minute}-{number}");
                    let store = store.clone();
                    rows.spawn(async move { store.save(stored(&id, coin, side, at, None)).await.unwrap() });
                }
            }
            rows.join_all().await.len() as u64
        });
    }
    let signals: u64 = saving.join_all().await.into_iter().sum();
    assert!(store.flush(Duration::from_mins(1)).await);
    signals * 3
}

/// Outcomes a second by the workers of the program; every check must be judged, each once.
async fn judged(place: &Place, round: &str, alike: i64) -> f64 {
    let due = fill(&place.app.store, round, alike).await;
    assert!(alike < ALIKE || due == CHECKS);
    let began = Instant::now();
    let mut workers = JoinSet::new();
    for worker in 0..WORKERS {
        let app = Arc::clone(&place.app);
        workers.spawn(async move {
            app.judge_due_outcomes(&format!("w{worker}"), &CancellationToken::new()).await.unwrap()
        });
    }
    let rounds = workers.join_all().await;
    let took = began.elapsed();
    let judged: u64 = rounds.iter().map(|round| round.judged).sum();
    assert_eq!((judged, rounds.iter().map(|round| round.lost).sum::<u64>()), (due, 0), "{rounds:?}");
    due as f64 / took.as_secs_f64()
}

/// Outcomes a second where four workers take sixteen at a time and write each row by itself, judging nothing.
async fn one_by_one(store: &Store, alike: i64) -> f64 {
    let due = fill(store, "one-by-one", alike).await;
    let now: UtcMs = utc(NOW);
    let began = Instant::now();
    let mut workers = JoinSet::new();
    for worker in 0..WORKERS {
        let store = store.clone();
        workers.spawn(async move {
            let mut finished = 0_u64;
            loop {
                let claims =
                    store.claim_due_outcomes(Some(now), &format!("w{worker}"), 16, 60_000).await.unwrap();
                if claims.is_empty() {
                    return finished;
                }
                for claim in claims {
                    let found = OutcomeResult {
                        result: OutcomeVerdict::Win,
                        entry_price: Some(100.0),
                        exit_price: Some(102.0),
                        interval: Some("1m".to_owned()),
                        venue: Some("binance".to_owned()),
                        gross_pct: Some(2.0),
                        net_pct: Some(1.86),
                        net_win: Some(true),
                        first_touch: None,
                        best_pct: Some(2.5),
                        worst_pct: Some(-0.4),
                        reason: None,
                    };
                    let held = store.finish_outcomes(&[(claim.lease, found)]).await.unwrap();
                    finished += u64::from(held == [true]);
                }
            }
        });
    }
    let finished: u64 = workers.join_all().await.into_iter().sum();
    assert_eq!(finished, due);
    due as f64 / began.elapsed().as_secs_f64()
}

async fn measure(url: String) {
    let folder = tempfile::tempdir().unwrap();
    let world = World::Simulated { seed: 7, at: Some(utc(NOW)), speed: 0.0 };
    let place = Place::on(world, DataSource::Simulated, url, folder.path().join("spool")).await;
    // The prices come to hand with the first signals.
    let cold = judged(&place, "cold", 1).await;
    let mut rates = Vec::new();
    for round in 0..ROUNDS {
        rates.push(judged(&place, &format!("warm{round}"), ALIKE).await);
    }
    let single = one_by_one(&place.app.store, ALIKE / 10).await;
    let all = place.app.store.outcome_counts().await.unwrap();
    assert_eq!((all.pending, all.claimed, all.void), (0, 0, 0));
    place.leave().await;
    rates.sort_by(f64::total_cmp);
    let median = rates[ROUNDS / 2];
    println!("| outcomes, {WORKERS} workers, PostgreSQL | per second |");
    println!("|---|---|");
    println!("| prices at hand (median of {ROUNDS} rounds of {CHECKS}) | {median:.0} |");
    println!("| prices fetched first (each once, one caller's machine) | {cold:.0} |");
    println!("| nothing judged, sixteen at a time, row by row | {single:.0} |");
    println!("all rounds: {}", rates.iter().map(|rate| format!("{rate:.0}")).collect::<Vec<_>>().join(", "));
    assert!(median >= TARGET, "{median:.0} outcomes/s, at least {TARGET:.0} are wanted");
}

fn main() {
    let named = std::env::var("PERPSIGNAL_TEST_PG");
    let server = named.clone().unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432".to_owned());
    let base = server.trim_end_matches('/').trim_end_matches("/postgres").to_owned();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let name = format!("perpsignal_bench_{}", std::process::id());
        let server = format!("{base}/postgres");
        if let Err(error) = sql(&server, &format!("CREATE DATABASE {name}")).await {
            assert!(named.is_err(), "PERPSIGNAL_TEST_PG is named and does not work: {error}");
            eprintln!("not measured: no PostgreSQL at {server}: {error}");
            return;
        }
        let outcome = tokio::spawn(measure(format!("{base}/{name}"))).await;
        sql(&server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.unwrap();
        outcome.unwrap();
    });
}
