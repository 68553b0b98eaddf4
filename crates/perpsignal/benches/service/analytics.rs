//! Figures over many stored signals: the usual ranges under load, with outcomes coming in meanwhile, and any
//! other range. The rows are made up, and stored and judged as the program stores and judges them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use domain::{Clock, DAY_MS, UtcMs};
use engine::Factor;
use serde_json::{Value, json};
use sqlx::{ConnectOptions as _, Connection as _};
use store::{
    DataSource, FirstTouch, NewOutcome, NewSignal, OutcomeResult, OutcomeVerdict, Store, StoreConfig,
};
use tokio::task::JoinSet;

use crate::load;
use crate::program::{self, Program, Stage};
use crate::table::Table;

/// Stored signals, each with three checks.
const SIGNALS: usize = 100_000;
/// Days that they are spread over.
const DAYS: i64 = 120;
const CONNECTIONS: [usize; 2] = [32, 64];
const ROUND: Duration = Duration::from_secs(10);
/// Other ranges asked for, one after the other.
const OTHERS: usize = 200;
/// Checks that are left for then.
const LATER: usize = 2_000;
/// Outcomes that come in during a round: this many, this often.
const INCOMING: u32 = 5;
const INCOMING_EVERY: Duration = Duration::from_millis(250);

const PERIODS: [&str; 5] = ["24h", "7d", "30d", "90d", "all"];
const ASKED: [&str; 11] = [
    "/analytics/summary",
    "/analytics/performance/summary",
    "/analytics/stats/overview",
    "/analytics/verdict-performance",
    "/analytics/verdict-compare",
    "/performance/summary",
    "/performance/scanner",
    "/performance/tier",
    "/performance/interval",
    "/performance/signal-type",
    "/history/statistics",
];

#[derive(Debug)]
struct Wall;

impl Clock for Wall {
    fn now(&self) -> UtcMs {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        UtcMs(i64::try_from(since.as_millis()).unwrap())
    }
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }

    fn pick(&mut self, of: &[&str]) -> String {
        of[self.roll(of.len())].to_owned()
    }
}

fn signal(dice: &mut Dice, number: usize, now: UtcMs) -> NewSignal {
    let span_ms = usize::try_from(DAYS * DAY_MS).unwrap();
    let at = now.plus_ms(-i64::try_from(dice.roll(span_ms)).unwrap());
    let score = dice.roll(10_001) as f64 / 100.0;
    let factors: Vec<Value> = Factor::ALL
        .iter()
        .map(|each| json!({"factor": each.as_str(), "score": dice.roll(1_001) as f64 / 10.0, "weight": 12.5}))
        .collect();
    let id = format!("measured-{number:06}");
    NewSignal {
        symbol: format!("COIN{}", dice.roll(150)),
        venue: Some("binance".to_owned()),
        instrument: Some("BTCUSDT".to_owned()),
        signal: if score >= 50.0 { "LONG" } else { "SHORT" }.to_owned(),
        score,
        confidence: Some(dice.pick(&["high", "medium", "low"])),
        price: Some(100.0),
        timestamp: at,
        mode: Some(dice.pick(&["conservative", "aggressive", "ultra"])),
        engine_version: Some("1".to_owned()),
        weights_id: Some(dice.pick(&["default-1", "weights-2"])),
        verdict: Some(dice.pick(&["CONFIRM", "DOWNSIZE", "SKIP", "WAIT"])),
        risk_mode: Some(dice.pick(&["NORMAL", "REDUCED", "AVOID"])),
        verdict_source: Some(dice.pick(&["rules", "openai"])),
        stop_loss: Some(95.0),
        take_profit: Some(110.0),
        reasons: Some(serde_json::value::to_raw_value(&["one", "two", "three"]).unwrap()),
        factors: Some(serde_json::value::to_raw_value(&factors).unwrap()),
        outcomes: app::outcomes::HORIZONS_S
            .into_iter()
            .map(|horizon_s| NewOutcome {
                id: format!("{id}-{horizon_s}"),
                horizon_s,
                due_at: at.plus_ms(horizon_s * 1_000),
            })
            .collect(),
        id,
        ..NewSignal::default()
    }
}

fn judged(dice: &mut Dice) -> OutcomeResult {
    let gross = dice.roll(1_200_000) as f64 / 100_000.0 - 6.0;
    OutcomeResult {
        result: match gross {
            gross if gross >= 1.0 => OutcomeVerdict::Win,
            gross if gross <= -1.0 => OutcomeVerdict::Loss,
            _ => OutcomeVerdict::Neutral,
        },
        entry_price: Some(100.0),
        exit_price: Some(100.0 + gross),
        interval: Some("1m".to_owned()),
        venue: Some("binance".to_owned()),
        gross_pct: Some(gross),
        net_pct: Some(gross - 0.14),
        net_win: Some(gross > 0.14),
        first_touch: Some(if gross > 0.0 { FirstTouch::Target } else { FirstTouch::Stop }),
        best_pct: Some(gross.max(0.2)),
        worst_pct: Some(gross.min(-0.2)),
        reason: None,
    }
}

async fn judge(store: &Store, dice: &mut Dice, most: u32) -> usize {
    let claims = store.claim_due_outcomes(None, "measure", most, 600_000).await.unwrap();
    let done: Vec<_> = claims.into_iter().map(|claim| (claim.lease, judged(dice))).collect();
    store.finish_outcomes(&done).await.unwrap();
    done.len()
}

/// Stores the signals and judges what is due, but for what shall come in later. Gives how many were judged.
async fn fill(store: &Store) -> (usize, Dice) {
    let (now, mut dice) = (Wall.now(), Dice(0x9E37_79B9_7F4A_7C15));
    let mut saving = JoinSet::new();
    let mut due = 0;
    for number in 0..SIGNALS {
        let (store, signal) = (store.clone(), signal(&mut dice, number, now));
        due += signal.outcomes.iter().filter(|check| check.due_at <= now).count();
        saving.spawn(async move { store.save(signal).await.unwrap() });
        if saving.len() >= 1_000 {
            saving.join_next().await.unwrap().unwrap();
        }
    }
    saving.join_all().await;
    assert!(store.flush(Duration::from_mins(5)).await);
    let mut done = 0;
    while done + LATER < due {
        let found = judge(store, &mut dice, 1_000).await;
        assert!(found > 0, "{done} of {due} checks were given out");
        done += found;
    }
    (done, dice)
}

/// Asks for other ranges, each another, and gives the times in milliseconds, ascending.
async fn others(address: &str) -> Vec<f64> {
    let (mut dice, now) = (Dice(42), Wall.now());
    let span = usize::try_from(DAYS * DAY_MS).unwrap();
    let mut times_ms = Vec::new();
    for number in 0..OTHERS {
        let one = now.plus_ms(-i64::try_from(dice.roll(span)).unwrap());
        let other = now.plus_ms(-i64::try_from(dice.roll(span)).unwrap());
        let (from, to) = (one.min(other), one.max(other).plus_ms(DAY_MS));
        let path = ASKED[number % ASKED.len()];
        let path = format!("{path}?start_date={}&end_date={}", from.rfc3339(), to.rfc3339());
        let asked = Instant::now();
        load::get(address, &path).await;
        times_ms.push(asked.elapsed().as_secs_f64() * 1_000.0);
    }
    times_ms.sort_by(f64::total_cmp);
    times_ms
}

/// Measures on one database.
async fn on(table: &mut Table, name: &str, stage: &Stage, url: &str) {
    let spool = stage.folder("seed-spool");
    let config = StoreConfig::new(url.to_owned(), spool, DataSource::Live, Arc::new(Wall));
    let store = Store::open(config).await.unwrap();
    let started = Instant::now();
    let (checks, dice) = fill(&store).await;
    let note = format!("{name}, {SIGNALS} signals, {checks} judged checks");
    eprintln!("{note}: made in {:.0} s", started.elapsed().as_secs_f64());
    let text = std::fs::read_to_string(stage.nowhere()).unwrap();
    let config = stage.write("figures.toml", &format!("{text}\n[database]\nurl = \"{url}\"\n"));
    let listen = format!("127.0.0.1:{}", program::free_port());
    let server = Program::spawn(stage, &["--config", config.to_str().unwrap(), "serve", "--listen", &listen]);
    load::until_ready(&listen).await;
    let asked = Instant::now();
    load::get(&listen, "/analytics/stats/overview").await;
    table.add(
        format!("{note}: first answer after the start"),
        format!("{:.0} ms", asked.elapsed().as_secs_f64() * 1_000.0),
        "-",
    );
    let paths: Vec<String> = PERIODS
        .iter()
        .flat_map(|period| ASKED.iter().map(move |path| format!("{path}?period={period}")))
        .chain(["/analytics/tracking-stats".to_owned()])
        .collect();
    for path in &paths {
        load::get(&listen, path).await;
    }
    for connections in CONNECTIONS {
        let run = load::run_each(&listen, &paths, connections, ROUND).await;
        table.add(
            format!(
                "{name}: analytics of the five usual ranges, {} operations mixed, {connections} connections",
                paths.len()
            ),
            format!("{:.0}/s, p99 {:.1} ms", run.per_second, run.p99_ms),
            "at least 1000/s, p99 below 50 ms",
        );
    }
    let is_over = Arc::new(AtomicBool::new(false));
    let incoming = tokio::spawn({
        let (store, is_over, mut dice) = (store.clone(), Arc::clone(&is_over), dice);
        async move {
            let mut total = 0;
            while !is_over.load(Ordering::Relaxed) {
                total += judge(&store, &mut dice, INCOMING).await;
                tokio::time::sleep(INCOMING_EVERY).await;
            }
            total
        }
    });
    let run = load::run_each(&listen, &paths, CONNECTIONS[1], ROUND).await;
    is_over.store(true, Ordering::Relaxed);
    let total = incoming.await.unwrap();
    assert!(total > 0, "no outcome was left to come in");
    table.add(
        format!("the same, {} connections, while {total} outcomes come in", CONNECTIONS[1]),
        format!("{:.0}/s, p99 {:.1} ms", run.per_second, run.p99_ms),
        "at least 1000/s, p99 below 50 ms",
    );
    let times_ms = others(&listen).await;
    table.add(
        format!("{name}: any other range, {OTHERS} different ones in turn"),
        format!(
            "median {:.0} ms, p99 {:.0} ms, longest {:.0} ms",
            times_ms[times_ms.len() / 2],
            times_ms[(times_ms.len() - 1) * 99 / 100],
            times_ms[times_ms.len() - 1]
        ),
        "below 300 ms",
    );
    table.add(format!("{name}: memory of the server then"), format!("{:.0} MiB", server.rss_mib()), "-");
    server.end().await;
    store.close().await;
}

/// SQLite, and PostgreSQL where `PERPSIGNAL_TEST_PG` names a server.
pub async fn measure(table: &mut Table) {
    let stage = Stage::new();
    let url = format!("sqlite://{}", stage.folder("figures").join("perpsignal.db").display());
    on(table, "SQLite", &stage, &url).await;
    let Ok(server) = std::env::var("PERPSIGNAL_TEST_PG") else {
        eprintln!("no PERPSIGNAL_TEST_PG: PostgreSQL is left out");
        return;
    };
    let server = server.trim_end_matches("/postgres").trim_end_matches('/').to_owned();
    let name = format!("perpsignal_measure_{}", std::process::id());
    let options: sqlx::postgres::PgConnectOptions = format!("{server}/postgres").parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    let create = format!("CREATE DATABASE {name} TEMPLATE template0");
    sqlx::raw_sql(sqlx::AssertSqlSafe(create)).execute(&mut connection).await.unwrap();
    let stage = Stage::new();
    on(table, "PostgreSQL", &stage, &format!("{server}/{name}")).await;
    let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    sqlx::raw_sql(sqlx::AssertSqlSafe(drop)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}
