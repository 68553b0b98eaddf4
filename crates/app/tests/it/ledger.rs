//! The account of finished checks, kept as they come in: equal to the figures straight from the rows, to an
//! account that begins anew, and to that of another instance.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use app::analytics::figures::{Dimension, HorizonFigures};
use app::analytics::{OutcomeFilter, SignalFilter};
use app::keys::Keys;
use app::scan::ScanConfig;
use app::{App, AppConfig};
use domain::{Clock, DAY_MS, UtcMs};
use engine::{EngineConfig, Factor};
use serde_json::{Value, json};
use sqlx::{ConnectOptions as _, Connection as _};
use store::{
    DataSource, FirstTouch, NewOutcome, NewSignal, Origin, OutcomeResult, OutcomeVerdict, Store, StoreConfig,
};

use crate::direct::{self, Scores};
use crate::support::{evaluated, market, utc};

/// The groups of one dimension that are told.
const MOST: usize = 24;
const ALL: [Dimension; 12] = [
    Dimension::Verdict,
    Dimension::RiskMode,
    Dimension::Judge,
    Dimension::Symbol,
    Dimension::Mode,
    Dimension::ScoreBand,
    Dimension::Hour,
    Dimension::Signal,
    Dimension::Confidence,
    Dimension::Weights,
    Dimension::Scanner,
    Dimension::Factor,
];

#[derive(Debug)]
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> UtcMs {
        UtcMs(self.0.load(Ordering::SeqCst))
    }
}

fn now() -> UtcMs {
    utc("2026-11-20T12:34:56.789Z")
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

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }

    fn maybe(&mut self, of: &[&str]) -> Option<String> {
        (self.roll(8) > 0).then(|| self.pick(of).to_owned())
    }

    /// Within plus or minus `reach`, with five decimals.
    fn pct(&mut self, reach: usize) -> f64 {
        self.roll(reach * 200_000) as f64 / 100_000.0 - reach as f64
    }
}

/// An instance whose providers are at a port of nobody.
async fn instance(url: &str, spool: &Path) -> Arc<App> {
    let clock: Arc<dyn Clock> = Arc::new(Hand(AtomicI64::new(now().0)));
    let config = StoreConfig::new(url.to_owned(), spool.to_owned(), DataSource::Live, Arc::clone(&clock));
    let store = Store::open(config).await.unwrap();
    let config = AppConfig {
        engine: EngineConfig::default(),
        data_source: DataSource::Live,
        signal_deadline: Duration::from_secs(1),
        signal_cache: Duration::from_secs(1),
        scan: ScanConfig { full: 1, at_once: 1, min_quote_volume_usd: 0.0 },
    };
    let nobody = Arc::new(market("http://127.0.0.1:9", &clock, true));
    let keys = Keys::new(&[], store.clone());
    App::new(config, nobody, store, keys)
}

fn signal(dice: &mut Dice, name: &str) -> NewSignal {
    let score = dice.roll(1_001) as f64 / 10.0;
    // In bursts, so that many are held at once, and over more than the longest of the usual times.
    let days_ago = i64::try_from(dice.roll(13) * 9).unwrap();
    let at = now().plus_ms(-days_ago * DAY_MS - i64::try_from(dice.roll(100_000_000)).unwrap());
    let factors: Vec<Value> = Factor::ALL
        .iter()
        .map(|factor| {
            let score = match dice.roll(6) {
                0 => Value::Null,
                1 => json!(50),
                _ => json!(dice.roll(100_000) as f64 / 1_000.0),
            };
            json!({"factor": factor.as_str(), "score": score, "note": "=x"})
        })
        .collect();
    NewSignal {
        id: name.to_owned(),
        symbol: format!("C{:02}", dice.roll(30)),
        venue: Some("binance".to_owned()),
        instrument: Some("BTCUSDT".to_owned()),
        signal: if score >= 50.0 { "LONG" } else { "SHORT" }.to_owned(),
        score,
        timestamp: at,
        mode: dice.maybe(&["conservative", "aggressive", "ultra"]),
        confidence: dice.maybe(&["high", "medium", "low"]),
        verdict: dice.maybe(&["CONFIRM", "DOWNSIZE", "SKIP", "WAIT"]),
        risk_mode: dice.maybe(&["NORMAL", "REDUCED", "AVOID"]),
        verdict_source: dice.maybe(&["rules", "openai"]),
        weights_id: dice.maybe(&["default-1", "weights-2"]),
        origin: if dice.roll(4) == 0 { Origin::Mss } else { Origin::Signal },
        factors: Some(serde_json::value::to_raw_value(&factors).unwrap()),
        outcomes: app::outcomes::HORIZONS_S
            .into_iter()
            .map(|horizon_s| NewOutcome {
                id: format!("{name}-{horizon_s}"),
                horizon_s,
                due_at: at.plus_ms(horizon_s * 1_000),
            })
            .collect(),
        ..NewSignal::default()
    }
}

fn found(dice: &mut Dice) -> OutcomeResult {
    let (gross, is_void, is_priced) = (dice.pct(6), dice.roll(20) == 0, dice.roll(6) > 0);
    let net = gross - 0.14;
    let touch = [None, Some(FirstTouch::None), Some(FirstTouch::Stop), Some(FirstTouch::Target)];
    let known = |value: f64| (!is_void).then_some(value);
    OutcomeResult {
        result: match gross {
            _ if is_void => OutcomeVerdict::Void,
            gross if gross >= 1.0 => OutcomeVerdict::Win,
            gross if gross <= -1.0 => OutcomeVerdict::Loss,
            _ => OutcomeVerdict::Neutral,
        },
        entry_price: known(100.0),
        exit_price: known(100.0 + dice.pct(5)),
        interval: None,
        venue: None,
        gross_pct: known(gross),
        net_pct: known(net).filter(|_| is_priced),
        net_win: known(net).filter(|_| is_priced).map(|net| net > 0.0),
        first_touch: touch[dice.roll(4)],
        best_pct: known(gross.max(0.0) + 0.3),
        worst_pct: known(gross.min(0.0) - 0.2).filter(|_| is_priced),
        reason: None,
    }
}

async fn save(app: &App, dice: &mut Dice, batch: &str, count: usize) {
    for number in 0..count {
        app.store.save(signal(dice, &format!("{batch}{number}"))).await.unwrap();
    }
    assert!(app.store.flush(Duration::from_secs(20)).await);
}

/// Finishes some of the checks that wait, in no order of time.
async fn finish(app: &App, dice: &mut Dice, most: u32) {
    let due = Some(now().plus_ms(10 * DAY_MS));
    let mut done: Vec<_> = app
        .store
        .claim_due_outcomes(due, "w", most, 600_000)
        .await
        .unwrap()
        .into_iter()
        .map(|claim| (claim.lease, found(dice)))
        .collect();
    for place in (1..done.len()).rev() {
        done.swap(place, dice.roll(place + 1));
    }
    assert!(app.store.finish_outcomes(&done).await.unwrap().into_iter().all(|held| held));
}

fn questions() -> Vec<OutcomeFilter> {
    let any = OutcomeFilter::default();
    let last = |days: i64| OutcomeFilter { from: Some(now().plus_ms(-days * DAY_MS)), ..any.clone() };
    let text = |text: &str| Some(text.to_owned());
    vec![
        any.clone(),
        last(1),
        last(7),
        last(30),
        last(90),
        OutcomeFilter { to: Some(now().plus_ms(-13 * DAY_MS - 12_345)), ..last(50) },
        OutcomeFilter { horizon_s: Some(14_400), ..last(30) },
        OutcomeFilter { symbol: text("C07"), ..any.clone() },
        OutcomeFilter { verdict: text("CONFIRM"), signal: text("SHORT"), ..last(90) },
        OutcomeFilter { mode: text("ultra"), ..any.clone() },
        OutcomeFilter { risk_mode: text("AVOID"), verdict_source: text("openai"), ..any.clone() },
        OutcomeFilter { weights_id: text("weights-2"), origin: text("mss"), ..any.clone() },
        OutcomeFilter { symbol: text("NONE"), ..any },
    ]
}

/// Equal, but for the last digit that rounding may decide.
fn alike(one: &Value, other: &Value, path: &str) {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            let last_digit = if path.ends_with("effectiveCount") { 0.0101 } else { 0.000_101 };
            assert!((a - b).abs() <= last_digit, "{path}: {a} and {b}");
        }
        (Value::Object(a), Value::Object(b)) => {
            assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>(), "{path}");
            for (name, value) in a {
                alike(value, &b[name], &format!("{path}.{name}"));
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "{path}");
            for (place, (a, b)) in a.iter().zip(b).enumerate() {
                alike(a, b, &format!("{path}[{place}]"));
            }
        }
        _ => assert_eq!(one, other, "{path}"),
    }
}

async fn scores(store: &Store) -> Scores {
    let mut scores = Scores::new();
    let (mut after, any) = (None, SignalFilter::default());
    loop {
        let page = store.list(&any, 1_000, after.as_ref()).await.unwrap();
        for row in page.items {
            let factors: Vec<Value> =
                row.factors.map(|json| serde_json::from_str(json.get()).unwrap()).unwrap_or_default();
            let known = factors
                .iter()
                .filter_map(|each| Some((each["factor"].as_str()?.parse().ok()?, each["score"].as_f64()?)));
            scores.insert(row.id, known.collect::<HashMap<Factor, f64>>());
        }
        after = page.next;
        if after.is_none() {
            return scores;
        }
    }
}

/// Everything that the instance tells, beside the same straight from the rows.
async fn agrees_with_the_rows(app: &App) {
    app.catch_up_figures().await.unwrap();
    let scores = scores(&app.store).await;
    for filter in questions() {
        let rows = evaluated(&app.store, &filter).await;
        let told = app.performance(&filter, &ALL).await.unwrap();
        assert_eq!(told.based_on, rows.len() as u64, "{filter:?}");
        let overall: Vec<HorizonFigures> = direct::horizons(&rows);
        alike(&json!(told.overall), &json!(overall), &format!("{filter:?} overall"));
        let groups: Vec<_> = ALL
            .iter()
            .flat_map(|by| {
                let most = if *by == Dimension::Factor { usize::MAX } else { MOST };
                direct::groups(&rows, *by, most, &scores)
            })
            .collect();
        alike(&json!(told.groups), &json!(groups), &format!("{filter:?} groups"));
        let told = app.performance_overview(&filter).await.unwrap();
        let reliability = direct::reliability(&rows);
        alike(&json!(told.reliability), &json!(reliability), &format!("{filter:?} reliability"));
        let signals = SignalFilter {
            symbol: filter.symbol.clone(),
            from: filter.from,
            to: filter.to,
            ..SignalFilter::default()
        };
        let counted = app.store.statistics(&signals).await.unwrap();
        assert_eq!((told.signals.total, told.signals.first_at), (counted.total, counted.first_at));
        assert_eq!(told.signals.last_at, counted.last_at);
        let sum = |rows: &[app::analytics::rows::CountBy]| rows.iter().map(|row| row.count).sum::<u64>();
        assert_eq!(sum(&told.signals.by_verdict), counted.total);
        assert_eq!(told.signals.by_mode.len(), counted.by_mode.len());
        for (row, (symbol, count)) in told.signals.by_symbol.iter().zip(&counted.by_symbol) {
            assert_eq!((&row.key, row.count), (symbol, *count));
        }
        let mean = counted.mean_score.map_or(-1.0, |mean| (mean * 100.0).round() / 100.0);
        assert!((told.signals.average_score.unwrap_or(-1.0) - mean).abs() < 0.0101);
    }
    let (told, counted) = (app.tracking().await.unwrap(), app.store.outcome_counts().await.unwrap());
    assert_eq!((told.pending, told.claimed), (counted.pending, counted.claimed));
    assert_eq!((told.judged, told.void), (counted.done, counted.void));
    assert_eq!(told.next_due_at, counted.next_due_at);
}

async fn kept_equals_rebuilt_equals_rows(url: &str, dir: &Path) {
    let one = instance(url, &dir.join("one")).await;
    let two = instance(url, &dir.join("two")).await;
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    // Before anything is there.
    agrees_with_the_rows(&one).await;
    save(&one, &mut dice, "a", 150).await;
    agrees_with_the_rows(&one).await;
    for round in 0..4 {
        finish(&one, &mut dice, 70).await;
        finish(&two, &mut dice, 40).await;
        if round == 1 {
            // Later rows between earlier ones.
            save(&two, &mut dice, "b", 60).await;
        }
        agrees_with_the_rows(&one).await;
    }
    agrees_with_the_rows(&two).await;
    finish(&one, &mut dice, 60).await;
    // Older history has no checks.
    let older = r#"[{"id": "old-1", "saved_at": "2026-10-12T10:15:30+07:00", "data": {"symbol": "C07",
        "timestamp": "2026-10-12T10:15:29+07:00", "signal": "LONG", "score": 58.3, "price": 1.5}}]"#;
    let report = one.store.import(std::io::Cursor::new(older)).await.unwrap();
    assert_eq!((report.loaded, report.rejected_total), (1, 0));
    agrees_with_the_rows(&one).await;
    assert_eq!(one.signal_totals(None, None, None).await.unwrap().total, 211);
    // One that begins anew comes to the same.
    let anew = instance(url, &dir.join("anew")).await;
    agrees_with_the_rows(&anew).await;
    let answers = |app: Arc<App>| async move {
        let told = app.performance(&OutcomeFilter::default(), &ALL).await.unwrap();
        serde_json::to_value(told).unwrap()
    };
    one.catch_up_figures().await.unwrap();
    two.catch_up_figures().await.unwrap();
    assert_eq!(answers(Arc::clone(&anew)).await, answers(Arc::clone(&one)).await);
    assert_eq!(answers(Arc::clone(&two)).await, answers(Arc::clone(&one)).await);
    // Deleted by one, gone for all; and what comes after counts from there.
    assert_eq!(two.clear_history(true, "me").await.unwrap(), 211);
    for app in [&one, &two, &anew] {
        app.catch_up_figures().await.unwrap();
        assert_eq!(app.performance(&OutcomeFilter::default(), &ALL).await.unwrap().based_on, 0);
        assert_eq!(app.signal_totals(None, None, None).await.unwrap().total, 0);
        agrees_with_the_rows(app).await;
    }
    save(&one, &mut dice, "c", 30).await;
    finish(&two, &mut dice, 50).await;
    for app in [one, two, anew] {
        agrees_with_the_rows(&app).await;
        assert!(app.tracking().await.unwrap().judged > 30);
        app.store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_kept_equal_figures_of_the_rows_on_sqlite() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", dir.path().join("perpsignal.db").display());
    kept_equals_rebuilt_equals_rows(&url, dir.path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_kept_equal_figures_of_the_rows_on_postgres() {
    let Ok(server) = std::env::var("PERPSIGNAL_TEST_PG") else {
        eprintln!("skipped: PERPSIGNAL_TEST_PG names no server");
        return;
    };
    let server = server.trim_end_matches("/postgres").trim_end_matches('/').to_owned();
    let name = format!("perpsignal_ledger_{}", ulid::Ulid::new().to_string().to_lowercase());
    let options: sqlx::postgres::PgConnectOptions = format!("{server}/postgres").parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    let create = format!("CREATE DATABASE {name} TEMPLATE template0");
    sqlx::raw_sql(sqlx::AssertSqlSafe(create)).execute(&mut connection).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    // A panic goes on only after the database is away.
    let (url, path) = (format!("{server}/{name}"), dir.path().to_owned());
    let work = tokio::spawn(async move { kept_equals_rebuilt_equals_rows(&url, &path).await });
    let outcome = work.await;
    let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    sqlx::raw_sql(sqlx::AssertSqlSafe(drop)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    outcome.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_outcomes_are_seen_at_once_here_and_soon_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", dir.path().join("perpsignal.db").display());
    let one = instance(&url, &dir.path().join("one")).await;
    let two = instance(&url, &dir.path().join("two")).await;
    let mut dice = Dice(7);
    for round in 1..=5_u64 {
        save(&one, &mut dice, &format!("{round}-"), 2).await;
        finish(&one, &mut dice, 6).await;
        let here = one.tracking().await.unwrap();
        assert_eq!((here.judged + here.void, here.pending), (6 * round, 0));
        assert_eq!(one.signal_totals(None, None, None).await.unwrap().total, 2 * round);
        tokio::time::sleep(Duration::from_millis(60)).await;
        let there = two.tracking().await.unwrap();
        assert_eq!((there.judged, there.void), (here.judged, here.void));
        let told = two.performance(&OutcomeFilter::default(), &[]).await.unwrap();
        assert_eq!(told.based_on, here.judged);
    }
    one.store.close().await;
    two.store.close().await;
}
