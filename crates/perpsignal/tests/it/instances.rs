//! Three instances of the program on one PostgreSQL, killed and paused at random while outcomes fall due: each
//! is evaluated exactly once. The database itself keeps the record of every evaluation.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{Clock, UtcMs};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use store::{DataSource, Store, StoreConfig};
use tokio::task::JoinSet;

use crate::kill::with_postgres;
use crate::program::{Place, Server};

/// Outcomes that fall due.
const DUE: i64 = 20_000;
/// Minutes of the market over which they do.
const MINUTES: i64 = 20;
/// Seconds of the market in one of ours.
const SPEED: &str = "60";
const BEGIN: &str = "2026-01-03T01:00:00Z";
/// Longest time for all of it.
const LIMIT: Duration = Duration::from_secs(85);
/// Outcomes that the naive workers fight for.
const NAIVE: i64 = 2_000;

#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now(&self) -> UtcMs {
        BEGIN.parse().unwrap()
    }
}

/// Random numbers of a seed, so that a run can be told again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }
}

/// Notes every write that finishes a check, and lets leases end within seconds, so that the paused ones lose
/// theirs while the test looks on.
const AUDIT: &str = "
    CREATE TABLE evaluations (outcome TEXT NOT NULL, worker TEXT, before TEXT NOT NULL);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.state IN ('done', 'void') THEN
            INSERT INTO evaluations VALUES (NEW.id, NEW.worker, OLD.state);
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER note AFTER UPDATE ON outcomes FOR EACH ROW EXECUTE FUNCTION note();
    CREATE FUNCTION shorten() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.state = 'claimed' THEN
            NEW.lease_until := CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) + 2500;
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER shorten BEFORE UPDATE ON outcomes FOR EACH ROW EXECUTE FUNCTION shorten();";

/// Signals of two coins, so many a minute, each with one check an hour later.
async fn fill(pool: &PgPool, source: &str, count: i64, first: UtcMs) {
    let per_minute = count / MINUTES;
    let signals = format!(
        "INSERT INTO signals (id, symbol, signal, score, timestamp, created_at, mode, venue, instrument, \
         data_source, origin, score_band) SELECT '{source}-' || n, \
         CASE n % 2 WHEN 0 THEN 'BTC' ELSE 'ETH' END, CASE n % 3 WHEN 0 THEN 'SHORT' ELSE 'LONG' END, 64.0, \
         {first} + n / {per_minute} * 60000, {first}, 'ultra', 'binance', \
         CASE n % 2 WHEN 0 THEN 'BTCUSDT' ELSE 'ETHUSDT' END, '{source}', 'signal', '60-70' \
         FROM generate_series(0, {count} - 1) AS n",
        first = first.0 - 3_600_000,
    );
    sqlx::query(sqlx::AssertSqlSafe(signals)).execute(pool).await.unwrap();
    let checks = format!(
        "INSERT INTO outcomes (id, signal_id, data_source, horizon_s, due_at, not_before) \
         SELECT id || '-3600', id, data_source, 3600, timestamp + 3600000, timestamp + 3600000 \
         FROM signals WHERE data_source = '{source}'"
    );
    sqlx::query(sqlx::AssertSqlSafe(checks)).execute(pool).await.unwrap();
}

/// How often each outcome of a world was finished.
async fn audit(pool: &PgPool, source: &str) -> BTreeMap<String, i64> {
    sqlx::query_as::<_, (String, i64)>(
        "SELECT o.id, COUNT(a.outcome) FROM outcomes o LEFT JOIN evaluations a ON a.outcome = o.id \
         WHERE o.data_source = $1 GROUP BY o.id",
    )
    .bind(source)
    .fetch_all(pool)
    .await
    .unwrap()
    .into_iter()
    .collect()
}

/// Whether each was evaluated exactly once; or which were not.
fn each_once(times: &BTreeMap<String, i64>, due: i64) -> Result<(), String> {
    let lost = times.values().filter(|times| **times == 0).count();
    let twice: Vec<_> = times.iter().filter(|(_, times)| **times > 1).take(3).collect();
    let doubled = times.values().filter(|times| **times > 1).count();
    if i64::try_from(times.len()) == Ok(due) && lost == 0 && doubled == 0 {
        return Ok(());
    }
    Err(format!(
        "{} of {due} outcomes, {lost} never evaluated, {doubled} more than once: {twice:?}",
        times.len()
    ))
}

async fn number(pool: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

/// Kills and pauses instances until every outcome is finished. Gives the numbers of kills and pauses.
async fn torment(pool: &PgPool, places: &[Place], world: &[&str]) -> (u32, u32) {
    let mut dice = Dice(0x5eed_2026);
    let mut servers: Vec<Server> = Vec::new();
    for place in places {
        servers.push(place.serve(world).await);
    }
    let began = Instant::now();
    let (mut kills, mut pauses) = (0, 0);
    let mut paused: Vec<Option<Instant>> = places.iter().map(|_| None).collect();
    loop {
        tokio::time::sleep(Duration::from_millis(200 + dice.roll(400))).await;
        let open = number(pool, "SELECT COUNT(*) FROM outcomes WHERE state IN ('pending', 'claimed')").await;
        for (server, until) in servers.iter().zip(&mut paused) {
            if open == 0 || until.is_some_and(|until| until <= Instant::now()) {
                server.running.resume().await;
                *until = None;
            }
        }
        if open == 0 {
            break;
        }
        assert!(began.elapsed() < LIMIT, "{open} outcomes are left: {}", servers[0].running.said());
        let which = usize::try_from(dice.roll(3)).unwrap();
        match dice.roll(6) {
            0 if kills < 8 => {
                kills += 1;
                servers[which].running.kill().await;
                servers[which] = places[which].serve(world).await;
                paused[which] = None;
            }
            // Longer than a lease: it wakes up with claims that others hold by then.
            1 | 2 if pauses < 12 && paused[which].is_none() => {
                pauses += 1;
                servers[which].running.pause().await;
                paused[which] = Some(Instant::now() + Duration::from_millis(2_600 + dice.roll(1_500)));
            }
            _ => {}
        }
    }
    // Those that were paused to the end write down what they still believe to hold.
    tokio::time::sleep(Duration::from_secs(2)).await;
    for server in &mut servers {
        server.running.terminate().await;
        assert!(server.running.ended().await.success(), "{}", server.running.said());
    }
    (kills, pauses)
}

/// As a worker must not do it: what is read as due is evaluated, whoever else has read it.
async fn claim_naively(pool: PgPool, mut dice: Dice) {
    loop {
        let due: Vec<String> = sqlx::query_scalar(
            "SELECT id FROM outcomes WHERE data_source = 'naive' AND state = 'pending' ORDER BY not_before LIMIT 50",
        )
        .fetch_all(&pool)
        .await
        .unwrap();
        if due.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(dice.roll(20))).await;
        sqlx::query("UPDATE outcomes SET state = 'done', evaluated_at = 1 WHERE id = ANY($1)")
            .bind(due)
            .execute(&pool)
            .await
            .unwrap();
    }
}

async fn show(url: String) {
    let begin: UtcMs = BEGIN.parse().unwrap();
    // The schema, by the program's own store.
    let spool = tempfile::tempdir().unwrap();
    let config =
        StoreConfig::new(url.clone(), spool.path().join("spool"), DataSource::Simulated, Arc::new(Still));
    Store::open(config).await.unwrap().close().await;
    let options: PgConnectOptions = url.parse().unwrap();
    let pool = PgPoolOptions::new().max_connections(8).connect_with(options).await.unwrap();
    sqlx::raw_sql(AUDIT).execute(&pool).await.unwrap();
    fill(&pool, "simulated", DUE, begin.plus_ms(60_000)).await;
    fill(&pool, "naive", NAIVE, begin.plus_ms(60_000)).await;

    // The check must catch workers that claim naively; otherwise it shows nothing.
    let mut naive = JoinSet::new();
    for seed in 1..=3 {
        naive.spawn(claim_naively(pool.clone(), Dice(seed)));
    }
    naive.join_all().await;
    let caught = each_once(&audit(&pool, "naive").await, NAIVE).unwrap_err();
    assert!(caught.contains(", 0 never"), "{caught}");
    sqlx::query("DELETE FROM signals WHERE data_source = 'naive'").execute(&pool).await.unwrap();
    sqlx::query("TRUNCATE evaluations").execute(&pool).await.unwrap();

    let replay = Place::new();
    let replay = replay.replay(&["--seed", "7", "--at", BEGIN, "--speed", SPEED]).await;
    let places: Vec<Place> = (0..3).map(|_| Place::new().with("DATABASE_URL", &url)).collect();
    let (kills, pauses) = torment(&pool, &places, &["--replay-url", &replay.base]).await;
    each_once(&audit(&pool, "simulated").await, DUE).unwrap();
    let judged = number(
        &pool,
        "SELECT COUNT(*) FROM outcomes WHERE state = 'done' AND gross_pct IS NOT NULL \
         AND candle_interval = '1m' AND venue = 'binance'",
    );
    assert_eq!(judged.await, DUE, "none is void, none was judged by less than there is");
    // What makes it hard has happened: leases ended, and their rows were taken over.
    let taken_over = number(&pool, "SELECT COUNT(*) FROM outcomes WHERE attempt > 1").await;
    let workers = number(&pool, "SELECT COUNT(DISTINCT worker) FROM evaluations").await;
    eprintln!(
        "{kills} kills, {pauses} pauses, {taken_over} outcomes taken over, {workers} workers; naive: {caught}"
    );
    assert!(kills >= 2 && pauses >= 2 && taken_over > 0 && workers >= 3);
    pool.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outcomes_are_evaluated_once_though_instances_die_and_pause() {
    with_postgres("instances", show).await;
}
