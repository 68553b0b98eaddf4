//! Two sets of weights on the same signals: what is served, what is written down, and how both are judged.

use std::collections::BTreeMap;
use std::path::Path;

use app::AppError;
use app::weights::ab_test::AbTestRequest;
use app::weights::{Factor, WeightChange};
use domain::{HOUR_MS, Mode};
use replay::World;
use store::ab_tests::{AbDecision, JudgedAbCheck};
use store::{DataSource, NewOutcome, SignalFilter};
use tokio_util::sync::CancellationToken;

use crate::support::{Place, on_postgres, utc};

const NOON: &str = "2026-11-20T12:00:00Z";
const NEXT_DAY: &str = "2026-11-21T13:30:00Z";
const COINS: [&str; 6] = ["BTC", "ETH", "SOL", "XRP", "DOGE", "ADA"];
/// Far from the defaults, so that the arms disagree.
const CHALLENGER: [(Factor, f64); 8] = [
    (Factor::Liquidations, 0.0),
    (Factor::FundingRate, 0.0),
    (Factor::PriceMomentum, 0.0),
    (Factor::LongShortRatio, 30.0),
    (Factor::SmartMoney, 50.0),
    (Factor::OiTrend, 10.0),
    (Factor::SocialSentiment, 5.0),
    (Factor::FearGreed, 5.0),
];

fn request() -> AbTestRequest {
    AbTestRequest {
        name: Some("large accounts".to_owned()),
        weights: CHALLENGER.to_vec(),
        horizon_s: 14_400,
        ..AbTestRequest::default()
    }
}

/// A service at an instant of the simulated market, with any database.
async fn place_on(url: &str, at: &str, folder: &Path, instance: &str) -> Place {
    let world = World::Simulated { seed: 11, at: Some(utc(at)), speed: 0.0 };
    let spool = folder.join(format!("spool-{instance}"));
    Place::on(world, DataSource::Simulated, url.to_owned(), spool).await
}

fn sqlite(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("perpsignal.db").display())
}

/// What was served of each coin: side, score and weights.
type Said = BTreeMap<String, (String, f64, String)>;

async fn serve(place: &Place) -> Said {
    let mut said = Said::new();
    for coin in COINS {
        let answer = &place.signal(coin, Mode::Ultra).await.answer;
        said.insert(coin.to_owned(), (answer.signal.clone(), answer.score, answer.weights_id.clone()));
    }
    said
}

async fn decisions(place: &Place, test: &str) -> Vec<AbDecision> {
    let page = place.app.store.ab_decisions(test, 1_000, None).await.unwrap();
    page.items.into_iter().map(|item| item.decision).collect()
}

/// What a service without a test says in the same world, with these weights.
async fn alone(folder: &Path, weights: Option<&[(Factor, f64)]>) -> Said {
    let place = Place::simulated(11, NOON, folder, "alone").await;
    if let Some(weights) = weights {
        let change = WeightChange { weights: weights.to_vec(), note: None };
        place.app.change_weights(change, "key").await.unwrap();
    }
    let said = serve(&place).await;
    place.leave().await;
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn the_challenger_decides_on_the_same_snapshots_and_is_never_served() {
    let folders: Vec<tempfile::TempDir> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
    let under_control = alone(folders[0].path(), None).await;
    let under_challenger = alone(folders[1].path(), Some(&CHALLENGER)).await;
    let differ: Vec<&str> =
        COINS.into_iter().filter(|coin| under_control[*coin].0 != under_challenger[*coin].0).collect();
    assert!(!differ.is_empty(), "the arms must disagree somewhere: {under_control:?}");

    let place = Place::simulated(11, NOON, folders[2].path(), "a").await;
    let test = place.app.create_ab_test(request(), "key k1").await.unwrap();
    assert_eq!((test.state.as_str(), test.control.weights_id.as_str()), ("running", "default-1"));
    assert_eq!(
        (test.finding.as_deref(), test.interim, test.started_by.as_str()),
        (Some("too_few_to_tell"), true, "key k1")
    );
    let served = serve(&place).await;
    // Served is what would be served without a test, to the last digit, under the control's name.
    assert_eq!(served, under_control);
    assert!(served.values().all(|(_, _, weights)| weights == "default-1"));
    // A cached answer is the same decision.
    assert_eq!(serve(&place).await, served);
    let kept = decisions(&place, &test.test_id).await;
    assert_eq!(kept.len(), COINS.len());
    for said in &kept {
        let (signal, score, _) = &under_challenger[&said.symbol];
        assert_eq!(
            (&said.challenger_signal, said.challenger_score),
            (signal, Some(*score)),
            "{}",
            said.symbol
        );
        let (signal, score, _) = &under_control[&said.symbol];
        assert_eq!((&said.control_signal, said.control_score), (signal, *score), "{}", said.symbol);
        assert_eq!(
            (said.control_id.as_str(), &said.challenger_id),
            ("default-1", &test.challenger.weights_id)
        );
        assert_eq!(said.engine_version, "1");
    }
    // Neither in the signals nor anywhere else that is read.
    let stored = place.app.store.list(&SignalFilter::default(), 100, None).await.unwrap().items;
    assert!(!stored.is_empty());
    for row in &stored {
        assert_eq!(
            (row.weights_id.as_deref(), row.engine_version.as_deref()),
            (Some("default-1"), Some("1"))
        );
        let said = kept.iter().find(|said| said.signal_id == row.id).unwrap();
        assert_eq!((&said.control_signal, said.control_score), (&row.signal, row.score));
        // The row holds the weights themselves, whatever becomes of their name.
        let factors: Vec<serde_json::Value> =
            serde_json::from_str(row.factors.as_ref().unwrap().get()).unwrap();
        let weight = |name: &str| factors.iter().find(|row| row["factor"] == name).unwrap()["weight"].clone();
        assert_eq!((weight("liquidations"), weight("smartMoney")), (20.0.into(), 10.0.into()));
    }

    // Only one test; another is a clash, or ends the first where that is wished.
    let clash = place.app.create_ab_test(request(), "key k1").await;
    assert!(matches!(clash, Err(AppError::Invalid { field: "replace", .. })), "{clash:?}");
    let same = AbTestRequest { weights: vec![(Factor::OiTrend, 10.0)], ..request() };
    assert!(place.app.create_ab_test(same, "key k1").await.is_err());
    let endless = AbTestRequest { max_outcomes: Some(60_001), replace: true, ..request() };
    let endless = place.app.create_ab_test(endless, "key k1").await;
    assert!(matches!(endless, Err(AppError::Invalid { field: "max_outcomes", .. })), "{endless:?}");
    let past = AbTestRequest { ends_at: Some(utc("2026-11-20T11:00:00Z")), ..request() };
    assert!(place.app.create_ab_test(past, "key k1").await.is_err());
    let sum = AbTestRequest { weights: vec![(Factor::OiTrend, 11.0)], ..request() };
    assert!(place.app.create_ab_test(sum, "key k1").await.is_err());
    let unknown =
        AbTestRequest { weights: Vec::new(), weights_id: Some("weights-?".to_owned()), ..request() };
    assert!(matches!(place.app.create_ab_test(unknown, "key k1").await, Err(AppError::NotFound(_))));
    let again = AbTestRequest {
        replace: true,
        weights: Vec::new(),
        weights_id: Some(test.challenger.weights_id.clone()),
        ..request()
    };
    let second = place.app.create_ab_test(again, "key k2").await.unwrap();
    assert_eq!(second.challenger.weights_id, test.challenger.weights_id);
    let tests = place.app.ab_tests(None, 10).await.unwrap();
    assert_eq!((tests.tests.len(), tests.running.as_ref()), (2, Some(&second.test_id)));

    // Figures are of the three newest, and of the one that is named.
    for _ in 0..2 {
        let again = AbTestRequest { replace: true, ..request() };
        place.app.create_ab_test(again, "key k2").await.unwrap();
    }
    let tests = place.app.ab_tests(None, 10).await.unwrap().tests;
    assert_eq!(
        tests.iter().map(|test| test.finding.is_some()).collect::<Vec<_>>(),
        [true, true, true, false]
    );
    let named = place.app.ab_tests(Some(&tests[3].test_id), 1).await.unwrap().tests.remove(0);
    assert_eq!(named.finding.as_deref(), Some("too_few_to_tell"));
    assert_eq!(named.decisions, tests[3].decisions);
    place.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_arms_are_judged_by_the_same_prices_after_a_restart_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    judged_by_the_same_prices(&sqlite(folder.path()), folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_arms_are_judged_by_the_same_prices_after_a_restart_on_postgres() {
    on_postgres(|url| async move {
        let folder = tempfile::tempdir().unwrap();
        judged_by_the_same_prices(&url, folder.path()).await;
    })
    .await;
}

async fn judged_by_the_same_prices(url: &str, folder: &Path) {
    let noon = place_on(url, NOON, folder, "noon").await;
    let wish = AbTestRequest { ends_at: Some(utc("2026-11-21T12:00:00Z")), ..request() };
    let test = noon.app.create_ab_test(wish, "key k1").await.unwrap();
    serve(&noon).await;
    let taken = noon.app.ab_tests(Some(&test.test_id), 1).await.unwrap().tests.remove(0);
    assert!(taken.pending_checks > 0 && taken.judged_checks == 0 && taken.horizons.is_empty());
    noon.app.tend_ab_test().await.unwrap();
    assert!(noon.app.store.running_ab_test().await.unwrap().is_some(), "its time is not over");
    noon.leave().await;

    // A day later, another process.
    let later = place_on(url, NEXT_DAY, folder, "later").await;
    later.app.refresh_weights().await.unwrap();
    let before = later.app.ab_tests(Some(&test.test_id), 1).await.unwrap().tests.remove(0);
    let served = later.signal("BTC", Mode::Ultra).await;
    assert_eq!(served.answer.weights_id, "default-1");
    let after = later.app.ab_tests(Some(&test.test_id), 1).await.unwrap().tests.remove(0);
    assert_eq!(after.decisions, before.decisions + 1, "the test went on");
    let stop = CancellationToken::new();
    let ended = later.app.judge_due_ab_checks("w", &stop).await.unwrap();
    assert_eq!(ended, before.pending_checks);
    later.judge("w").await;
    // What the control's own outcomes say is what the test says of it.
    let own = later.judged().await;
    assert!(!own.is_empty());
    let page = later.app.ab_decisions(Some(&test.test_id), 500, None).await.unwrap();
    for row in &own {
        let said = page.decisions.iter().find(|said| said.signal_id == row.signal_id).unwrap();
        let horizon = format!("{}h", row.horizon_s / 3_600);
        let price = said.outcomes.iter().find(|price| price.horizon == horizon).unwrap();
        let (gross, net) = match row.signal.as_str() {
            "LONG" => (price.move_pct, price.net_long_pct),
            _ => (price.move_pct.map(|up| -up), price.net_short_pct),
        };
        assert_eq!(gross, row.outcome.gross_pct, "{} {horizon}", row.symbol);
        assert_eq!(net.is_some(), row.outcome.net_pct.is_some());
        if let (Some(net), Some(own)) = (net, row.outcome.net_pct) {
            assert!((net - own).abs() < 1e-9, "{} {horizon}: {net} against {own}", row.symbol);
        }
    }
    let judged = later.app.ab_tests(Some(&test.test_id), 1).await.unwrap().tests.remove(0);
    let day = judged.horizons.iter().find(|each| each.horizon == "24h").unwrap();
    assert_eq!(day.control.count, own.iter().filter(|row| row.horizon_s == 86_400).count() as u64);
    assert!(day.effective_count < 1.5, "one noon is one outcome: {}", day.effective_count);
    assert!(day.paired.too_few && day.paired.finding == "too_few_to_tell");

    // Its time is over; nothing that is so little makes a winner, unless by force.
    later.app.tend_ab_test().await.unwrap();
    let over = later.app.ab_tests(Some(&test.test_id), 1).await.unwrap().tests.remove(0);
    assert_eq!((over.state.as_str(), over.ended_by.as_deref()), ("ended", Some("ab-test")));
    assert_eq!(over.end_reason.as_deref(), Some("its time was over"));
    later.app.store.clear(true).await.unwrap();
    let decided = over.decisions;
    let refused = later.app.promote_ab_test(None, false, "key k1").await.unwrap();
    assert!(!refused.promoted && refused.reason.contains("force=true"), "{refused:?}");
    assert_eq!(refused.weights.weights_id, "default-1");
    let forced = later.app.promote_ab_test(Some(&test.test_id), true, "key k1").await.unwrap();
    assert!(forced.promoted);
    assert_eq!(forced.weights.weights_id, test.challenger.weights_id);
    assert_eq!(later.signal("ETH", Mode::Ultra).await.answer.weights_id, test.challenger.weights_id);
    let again = later.app.promote_ab_test(Some(&test.test_id), true, "key k1").await.unwrap();
    assert!(!again.promoted);
    let last = later.app.ab_tests(Some(&test.test_id), 1).await.unwrap().tests.remove(0);
    assert_eq!(last.decisions, decided, "a test that is over decides no more");
    let none = later.app.stop_ab_test(None, None, "key k1").await.unwrap();
    assert!(!none.stopped && none.test.is_none());
    let missing = later.app.stop_ab_test(Some("ab-?"), None, "key k1").await;
    assert!(matches!(missing, Err(AppError::NotFound(_))));
    let history = later.app.weights_history(50).await.unwrap();
    let actions: Vec<&str> = history.changes.iter().map(|change| change.action.as_str()).collect();
    for action in ["ab_test.start", "ab_test.end", "ab_test.promote", "weights.add", "weights.activate"] {
        assert_eq!(actions.iter().filter(|one| **one == action).count(), 1, "{action}: {actions:?}");
    }
    later.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_ends_where_its_control_is_no_longer_served() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::simulated(11, NOON, folder.path(), "a").await;
    let beside = Place::simulated(11, NOON, folder.path(), "b").await;
    let test = place.app.create_ab_test(request(), "key k1").await.unwrap();
    beside.app.refresh_weights().await.unwrap();
    beside.signal("BTC", Mode::Ultra).await;
    assert_eq!(decisions(&place, &test.test_id).await.len(), 1, "another instance decides too");
    let shifted =
        WeightChange { weights: vec![(Factor::Liquidations, 10.0), (Factor::OiTrend, 20.0)], note: None };
    place.app.change_weights(shifted, "key k2").await.unwrap();
    let over = place.app.ab_tests(None, 1).await.unwrap().tests.remove(0);
    assert_eq!((over.state.as_str(), over.ended_by.as_deref()), ("ended", Some("key k2")));
    // The other instance has not heard of it yet: it serves the old weights, and keeps no decision.
    beside.signal("ETH", Mode::Ultra).await;
    assert_eq!(decisions(&place, &test.test_id).await.len(), 1);

    // Stopped by hand.
    let second = place.app.create_ab_test(request(), "key k1").await.unwrap();
    let stopped = place.app.stop_ab_test(None, Some("enough"), "key k3").await.unwrap();
    let found = stopped.test.unwrap();
    assert!(stopped.stopped);
    assert_eq!(
        (found.test_id.as_str(), found.end_reason.as_deref()),
        (second.test_id.as_str(), Some("enough"))
    );
    place.signal("SOL", Mode::Ultra).await;
    assert!(decisions(&place, &second.test_id).await.is_empty());
    place.leave().await;
    beside.leave().await;
}

/// Disagreements hour after hour: the control is long, the challenger short, and the price falls four times of
/// five. Judged as a worker would have.
async fn decide(place: &Place, test: &str, prefix: &str, hours: i64) {
    let store = &place.app.store;
    for hour in 0..hours {
        let (id, at) = (format!("{prefix}-{hour:03}"), utc(NOON).plus_ms(-(hour + 30) * 4 * HOUR_MS));
        let said = AbDecision {
            test_id: test.to_owned(),
            signal_id: id.clone(),
            symbol: "BTC".to_owned(),
            venue: "binance".to_owned(),
            instrument: "BTCUSDT".to_owned(),
            mode: "ultra".to_owned(),
            timestamp: at,
            engine_version: "1".to_owned(),
            control_id: "default-1".to_owned(),
            control_signal: "LONG".to_owned(),
            control_score: 55.0,
            challenger_id: "weights-x".to_owned(),
            challenger_signal: "SHORT".to_owned(),
            challenger_score: Some(44.0),
        };
        let check =
            NewOutcome { id: format!("{id}-14400"), horizon_s: 14_400, due_at: at.plus_ms(4 * HOUR_MS) };
        assert!(store.keep_ab_decision(&said, &[check]).await.unwrap());
    }
    for claim in store.claim_ab_checks(Some(utc(NOON)), "w", 1_000, 60_000).await.unwrap() {
        let number: i64 = claim.signal_id.trim_start_matches(prefix).trim_start_matches('-').parse().unwrap();
        let move_pct = if number % 5 == 0 { 1.5 } else { -2.0 };
        let found = JudgedAbCheck {
            entry_price: Some(100.0),
            exit_price: Some(100.0 + move_pct),
            move_pct: Some(move_pct),
            net_long_pct: Some(move_pct - 0.14),
            net_short_pct: Some(-move_pct - 0.14),
            ..JudgedAbCheck::default()
        };
        assert!(store.finish_ab_check(&claim.lease, &found).await.unwrap());
    }
}

async fn proved_better(url: &str, folder: &Path) {
    let place = place_on(url, NOON, folder, "a").await;
    let wish = AbTestRequest { max_outcomes: Some(60), ..request() };
    let test = place.app.create_ab_test(wish, "key k1").await.unwrap();
    decide(&place, &test.test_id, "one", 50).await;
    place.app.tend_ab_test().await.unwrap();
    let interim = place.app.ab_tests(None, 1).await.unwrap().tests.remove(0);
    assert_eq!((interim.state.as_str(), interim.finding.as_deref()), ("running", Some("challenger_better")));
    let early = place.app.promote_ab_test(None, false, "key k1").await.unwrap();
    assert!(!early.promoted && early.reason.contains("not over"), "{}", early.reason);
    place.app.stop_ab_test(None, None, "key k1").await.unwrap();

    let wish = AbTestRequest {
        max_outcomes: Some(60),
        weights: Vec::new(),
        weights_id: Some(test.challenger.weights_id.clone()),
        ..request()
    };
    let test = place.app.create_ab_test(wish, "key k1").await.unwrap();
    assert_eq!(test.decisions, 0, "another test begins anew");
    decide(&place, &test.test_id, "two", 60).await;
    place.app.tend_ab_test().await.unwrap();
    let over = place.app.ab_tests(None, 1).await.unwrap().tests.remove(0);
    assert_eq!(
        (over.state.as_str(), over.interim, over.ended_by.as_deref()),
        ("ended", false, Some("ab-test"))
    );
    assert_eq!(over.end_reason.as_deref(), Some("60 independent outcomes were judged, 60 were wanted"));
    let found = over.horizons.iter().find(|each| each.horizon == "4h").unwrap();
    assert_eq!((found.count, found.effective_count, found.paired.disagreements), (60, 60.0, 60));
    assert_eq!((found.control.wins, found.control.losses, found.challenger.wins), (12, 48, 48));
    assert_eq!((found.control.win_rate, found.challenger.win_rate), (Some(0.2), Some(0.8)));
    let within = found.challenger.win_rate_interval.unwrap();
    assert!(within.low > 0.65 && within.high < 0.9, "{within:?}");
    // Short less long is twice the fall: 4 on four of five, -3 on the fifth.
    assert_eq!(found.paired.mean_difference_pct, Some(2.6));
    let within = found.paired.difference_interval.unwrap();
    assert!(within.low > 1.8 && within.high < 3.4, "{within:?}");
    assert_eq!(over.finding.as_deref(), Some("challenger_better"));

    // Other weights are served now: it was never compared with those.
    let shifted =
        WeightChange { weights: vec![(Factor::Liquidations, 10.0), (Factor::OiTrend, 20.0)], note: None };
    let other = place.app.change_weights(shifted, "key k2").await.unwrap();
    let refused = place.app.promote_ab_test(Some(&test.test_id), false, "key k1").await.unwrap();
    assert!(
        !refused.promoted && refused.reason.contains("was compared with default-1"),
        "{}",
        refused.reason
    );
    assert_eq!(refused.weights.weights_id, other.weights_id);
    place.app.reset_weights("key k2").await.unwrap();
    let mut promoting = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (app, id) = (std::sync::Arc::clone(&place.app), test.test_id.clone());
        promoting
            .spawn(async move { app.promote_ab_test(Some(&id), false, "key k1").await.unwrap().promoted });
    }
    assert_eq!(promoting.join_all().await.into_iter().filter(|done| *done).count(), 1);
    assert_eq!(place.app.weights().await.unwrap().weights_id, test.challenger.weights_id);
    assert_eq!(place.signal("BTC", Mode::Ultra).await.answer.weights_id, test.challenger.weights_id);
    place.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenger_that_proved_better_is_promoted_once_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    proved_better(&sqlite(folder.path()), folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenger_that_proved_better_is_promoted_once_on_postgres() {
    on_postgres(|url| async move {
        let folder = tempfile::tempdir().unwrap();
        proved_better(&url, folder.path()).await;
    })
    .await;
}
