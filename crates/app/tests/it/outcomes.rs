//! What becomes of signals, from the evaluation to the judged row.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use domain::{HOUR_MS, Interval, Mode, UtcMs};
use store::{EvaluatedOutcome, OutcomeVerdict, Requeue};
use upstream::Ask;

use crate::support::{Place, recordings, stored, utc};

const COINS: [&str; 8] = ["BTC", "SOL", "DOGE", "ADA", "BNB", "LTC", "SUI", "DOT"];

/// Rows of a compressed file, by the column names of its first line.
fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

fn instant(text: &str) -> i64 {
    utc(&format!("{}Z", text.replace(' ', "T"))).0
}

/// What a check must have found, from the files alone.
#[derive(Debug)]
struct Expected {
    entry: f64,
    exit: f64,
    gross_pct: f64,
    net_pct: Option<f64>,
    best_pct: f64,
    worst_pct: f64,
}

fn expected(data: &Path, found: &EvaluatedOutcome) -> Expected {
    let name = format!("{}USDT.csv.gz", found.symbol);
    let candles: Vec<(i64, [f64; 4])> = rows(&data.join("candles/1h").join(&name))
        .iter()
        .map(|row| {
            let price = |column: &str| row[column].parse::<f64>().unwrap();
            (instant(&row["open_time"]), [price("open"), price("high"), price("low"), price("close")])
        })
        .collect();
    let due = found.timestamp.0 + found.horizon_s * 1_000;
    let first = candles.iter().position(|(open, _)| *open >= found.timestamp.0).unwrap();
    let last = candles.iter().rposition(|(open, _)| open + HOUR_MS <= due).unwrap();
    let (entry, exit) = (candles[first].1[0], candles[last].1[3]);
    let sign = if found.signal == "LONG" { 1.0 } else { -1.0 };
    let pct = |price: f64| sign * (price / entry - 1.0) * 100.0;
    let touched: Vec<f64> =
        candles[first..=last].iter().flat_map(|(_, [_, high, low, _])| [pct(*high), pct(*low)]).collect();
    let funding = data.join("funding").join(&name);
    let net_pct = funding.is_file().then(|| {
        let (from, to) = (candles[first].0, candles[last].0 + HOUR_MS);
        let settled: Vec<(i64, f64)> = rows(&funding)
            .iter()
            .map(|row| (instant(&row["time_utc"]), row["funding_rate"].parse().unwrap()))
            .collect();
        let is_covered = settled.iter().any(|(at, _)| *at > to - 8 * HOUR_MS && *at <= to);
        let paid: f64 = settled.iter().filter(|(at, _)| *at > from && *at <= to).map(|(_, rate)| rate).sum();
        is_covered.then(|| pct(exit) - 0.14 - sign * paid * 100.0)
    });
    Expected {
        entry,
        exit,
        gross_pct: pct(exit),
        net_pct: net_pct.flatten(),
        best_pct: touched.iter().copied().fold(f64::MIN, f64::max),
        worst_pct: touched.iter().copied().fold(f64::MAX, f64::min),
    }
}

fn close(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-9
}

fn assert_as_in_files(data: &Path, found: &EvaluatedOutcome) {
    let wanted = expected(data, found);
    let got = &found.outcome;
    let what = format!("{} {} {}s: {got:?} against {wanted:?}", found.symbol, found.signal, found.horizon_s);
    assert_eq!((got.entry_price, got.exit_price), (Some(wanted.entry), Some(wanted.exit)), "{what}");
    assert!(close(got.gross_pct.unwrap(), wanted.gross_pct), "{what}");
    assert!(close(got.best_pct.unwrap(), wanted.best_pct), "{what}");
    assert!(close(got.worst_pct.unwrap(), wanted.worst_pct), "{what}");
    assert_eq!(got.net_pct.is_some(), wanted.net_pct.is_some(), "{what}");
    if let (Some(got), Some(wanted)) = (got.net_pct, wanted.net_pct) {
        assert!(close(got, wanted), "{what}");
    }
    let verdict = if wanted.gross_pct >= 1.0 {
        OutcomeVerdict::Win
    } else if wanted.gross_pct <= -1.0 {
        OutcomeVerdict::Loss
    } else {
        OutcomeVerdict::Neutral
    };
    assert_eq!(got.result, verdict, "{what}");
    assert_eq!((got.interval.as_deref(), got.venue.as_deref()), (Some("1h"), Some("binance")), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn signals_of_recorded_history_are_judged_as_the_candle_files_say() {
    let Some(data) = recordings() else { return };
    let folder = tempfile::tempdir().unwrap();
    let noon = Place::recorded(&data, "2025-03-03T12:00:00Z", folder.path(), "noon").await;
    let mut kept = 0;
    for coin in COINS {
        let request = app::signals::SignalRequest { mode: Mode::Ultra, fresh: false, deadline: None };
        if let Ok(served) = noon.app.signal(coin, request).await {
            kept += usize::from(served.answer.signal != "NEUTRAL");
        }
    }
    assert!(kept >= 2, "only {kept} signals were no NEUTRAL");
    // Off the grid, as most signals are, in both directions.
    let late = utc("2025-03-03T11:20:07Z");
    for (id, coin, signal) in [("long", "SOL", "LONG"), ("short", "DOGE", "SHORT")] {
        let row = store::NewSignal { outcomes: Vec::new(), ..stored(id, coin, signal, late, None) };
        let checks = stored(id, coin, signal, late, None).outcomes;
        let outcomes = checks.into_iter().filter(|check| check.horizon_s > 3_600).collect();
        noon.app.store.save(store::NewSignal { outcomes, ..row }).await.unwrap();
    }
    assert!(noon.app.store.flush(std::time::Duration::from_secs(10)).await);
    assert_eq!(noon.judge("noon").await, app::outcomes::OutcomeRound::default(), "nothing is due yet");
    noon.leave().await;

    // An hour later only the first checks are due.
    let one = Place::recorded(&data, "2025-03-03T13:00:00Z", folder.path(), "one").await;
    let round = one.judge("one").await;
    assert_eq!((round.judged, round.void, round.retried), (kept as u64, 0, 0));
    one.leave().await;

    // After a long outage the others give what they would have given in time.
    let later = Place::recorded(&data, "2025-04-20T07:00:00Z", folder.path(), "later").await;
    let round = later.judge("later").await;
    assert_eq!((round.judged, round.void, round.lost), (kept as u64 * 2 + 4, 0, 0));
    let judged = later.judged().await;
    assert_eq!(judged.len(), kept * 3 + 4);
    for found in &judged {
        assert_as_in_files(&data, found);
    }
    assert!(judged.iter().any(|found| found.outcome.net_pct.is_some()));
    let counts = later.app.store.outcome_counts().await.unwrap();
    assert_eq!((counts.pending, counts.claimed, counts.void), (0, 0, 0));
    assert_eq!(later.judge("again").await, app::outcomes::OutcomeRound::default());
    later.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_instances_judge_each_check_once() {
    let folder = tempfile::tempdir().unwrap();
    let at = utc("2026-11-20T12:00:07Z");
    let first = Place::simulated(7, "2026-11-22T00:00:00Z", folder.path(), "a").await;
    for number in 0..12 {
        let signal = if number % 2 == 0 { "LONG" } else { "SHORT" };
        let row = stored(&format!("s{number:02}"), "BTC", signal, at.plus_ms(number * 60_000), None);
        first.app.store.save(row).await.unwrap();
    }
    assert!(first.app.store.flush(std::time::Duration::from_secs(10)).await);
    // One that took some and died: its lease is over at once.
    let dead =
        first.app.store.claim_due_outcomes(Some(utc("2026-11-22T00:00:00Z")), "dead", 5, 0).await.unwrap();
    assert_eq!(dead.len(), 5);
    let second = Place::simulated(7, "2026-11-22T00:00:00Z", folder.path(), "b").await;
    let third = Place::simulated(7, "2026-11-22T00:00:00Z", folder.path(), "c").await;
    let (one, two, three) = tokio::join!(first.judge("a"), second.judge("b"), third.judge("c"));
    assert_eq!(one.judged + two.judged + three.judged, 36, "{one:?} {two:?} {three:?}");
    assert_eq!(one.void + two.void + three.void, 0);
    assert_eq!(first.judged().await.len(), 36);
    // The dead one wakes up: nothing is left to it.
    let back = Requeue { retry_at: at, untried: false };
    let back: Vec<_> = dead.iter().map(|claim| (claim.lease.clone(), back)).collect();
    assert!(!first.app.store.requeue_outcomes(&back).await.unwrap().contains(&true));
    for place in [first, second, third] {
        place.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulated_signal_is_judged_by_minutes_of_its_own_exchange() {
    let folder = tempfile::tempdir().unwrap();
    let at = utc("2026-11-20T12:34:56Z");
    let place = Place::simulated(7, "2026-11-22T00:00:00Z", folder.path(), "a").await;
    // Levels that are touched at once, to see the order of stop and target.
    place.app.store.save(stored("plan", "ETH", "LONG", at, Some((1e9, 2e9)))).await.unwrap();
    let mut okx = stored("okx", "BTC", "SHORT", at, None);
    (okx.venue, okx.instrument) = (Some("okx".to_owned()), Some("BTC-USDT-SWAP".to_owned()));
    place.app.store.save(okx).await.unwrap();
    assert!(place.app.store.flush(std::time::Duration::from_secs(10)).await);
    assert_eq!(place.judge("a").await.judged, 6);
    let listing = place.app.market.listing(Ask::default()).await.unwrap();
    for found in place.judged().await {
        let (venue, name) = if found.signal_id == "okx" {
            (domain::Venue::Okx, "BTC-USDT-SWAP")
        } else {
            (domain::Venue::Binance, "ETHUSDT")
        };
        let contract = listing.directory.get(venue, name).unwrap();
        let due = UtcMs(found.due_at.0);
        let bars = u32::try_from(found.horizon_s / 60 + 1).unwrap();
        let exchange = place.app.market.exchanges.at(venue);
        let candles =
            exchange.candles(contract, Interval::M1, bars, Some(due), Ask::default()).await.unwrap().value;
        let held: Vec<_> = candles.iter().filter(|candle| candle.open_time >= at).collect();
        let (first, last) = (held.first().unwrap(), held.last().unwrap());
        assert_eq!(first.open_time, utc("2026-11-20T12:35:00Z"));
        let got = &found.outcome;
        assert_eq!((got.entry_price, got.exit_price), (Some(first.open), Some(last.close)), "{found:?}");
        assert_eq!((got.interval.as_deref(), got.venue.as_deref()), (Some("1m"), Some(venue.as_str())));
        let change = (last.close - first.open) / first.open * 100.0;
        let gross = if found.signal == "SHORT" { -change } else { change };
        assert!(close(got.gross_pct.unwrap(), gross));
        let touch = (found.signal_id == "plan").then_some(store::FirstTouch::Stop);
        assert_eq!(got.first_touch, touch);
        assert!(got.net_pct.is_some(), "{found:?}");
    }
    place.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_judged_is_void_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let at = utc("2026-11-20T12:00:00Z");
    let place = Place::simulated(7, "2026-11-22T00:00:00Z", folder.path(), "a").await;
    place.app.store.save(stored("gone", "NOSUCHCOIN", "LONG", at, None)).await.unwrap();
    let mut nameless = stored("nameless", "BTC", "LONG", at, None);
    nameless.instrument = None;
    place.app.store.save(nameless).await.unwrap();
    assert!(place.app.store.flush(std::time::Duration::from_secs(10)).await);
    let first = place.judge("a").await;
    assert_eq!((first.void, first.retried), (3, 3));
    // Looked for again before it is given up.
    assert_eq!(place.judge("a").await.retried, 3);
    assert_eq!(place.judge("a").await.void, 3);
    let rows = place.judged().await;
    assert_eq!(rows.len(), 6);
    for row in rows {
        assert_eq!((row.outcome.result, row.outcome.gross_pct), (OutcomeVerdict::Void, None));
        let reason = row.outcome.reason.unwrap();
        let wanted =
            if row.signal_id == "gone" { "does not list NOSUCHCOINUSDT" } else { "names no contract" };
        assert!(reason.contains(wanted), "{reason}");
    }
    place.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_that_is_away_is_asked_again() {
    let folder = tempfile::tempdir().unwrap();
    let at = utc("2026-11-20T12:00:00Z");
    let place = Place::simulated(7, "2026-11-22T00:00:00Z", folder.path(), "a").await;
    place.app.store.save(stored("s", "BTC", "LONG", at, None)).await.unwrap();
    assert!(place.app.store.flush(std::time::Duration::from_secs(10)).await);
    place.app.market.listing(Ask::default()).await.unwrap();
    place.replay.faults().set("binance:error=500".parse().unwrap());
    assert_eq!(place.judge("a").await.retried, 3);
    place.replay.faults().set("binance:none".parse().unwrap());
    let mut judged = 0;
    for _ in 0..60 {
        judged += place.judge("a").await.judged;
        if judged == 3 {
            break;
        }
        // The breaker lets a probe through after a while.
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    assert_eq!(judged, 3);
    place.leave().await;
}
