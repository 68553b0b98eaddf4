use std::collections::BTreeMap;
use std::path::Path;

use domain::{DAY_MS, HOUR_MS, UtcMs};
use serde_json::Value;

use crate::program::{Place, factor, live};
use crate::recorded::{self, Row, number, rows, time};

const BAR_MS: i64 = 4 * HOUR_MS;
const INSTANTS: [&str; 3] = ["2025-01-15T08:00:00Z", "2025-03-03T12:00:00Z", "2025-04-07T16:00:00Z"];
/// Each coin with the factors that the files hold.
const COINS: [(&str, usize); 3] = [("BTC", 8), ("SOL", 7), ("DOGE", 6)];

/// What a factor must say: source, time, and raw figures.
struct Expected {
    source: &'static str,
    as_of: UtcMs,
    figures: Vec<(&'static str, f64)>,
}

/// One coin's files.
struct Files {
    candles: Vec<(UtcMs, f64)>,
    funding: Vec<Row>,
    metrics: Vec<Row>,
    liquidations: Option<Vec<Row>>,
    social: Option<Vec<Row>>,
    fear_greed: Vec<Row>,
}

impl Files {
    fn read(data: &Path, coin: &str) -> Self {
        let table = |name: String| rows(&data.join(format!("{name}.csv.gz")));
        let optional = |name: String| data.join(format!("{name}.csv.gz")).exists().then(|| table(name));
        Self {
            candles: table(format!("candles/4h/{coin}USDT"))
                .iter()
                .map(|row| (time(row, "open_time"), number(row, "close").unwrap()))
                .collect(),
            funding: table(format!("funding/{coin}USDT")),
            metrics: table(format!("metrics/1h/{coin}USDT")),
            liquidations: optional(format!("coinglass/liquidation_aggregated_{coin}_4h")),
            social: optional(format!("social/{coin}_lunarcrush_via_tradingview_1d")),
            fear_greed: table("fear_greed/daily".to_owned()),
        }
    }

    /// Close of the bar that ends then.
    fn close(&self, end: UtcMs) -> f64 {
        let open = end.plus_ms(-BAR_MS);
        self.candles.iter().find(|bar| bar.0 == open).unwrap_or_else(|| panic!("no bar that ends {end}")).1
    }

    fn metric(&self, at: UtcMs, column: &str) -> f64 {
        let row = self.metrics.iter().find(|row| time(row, "time_utc") == at);
        number(row.unwrap_or_else(|| panic!("no metrics of {at}")), column).unwrap()
    }

    fn expected(&self, at: UtcMs) -> BTreeMap<&'static str, Expected> {
        let mut all = BTreeMap::new();
        let mut add = |name, source, as_of, figures| {
            all.insert(name, Expected { source, as_of, figures });
        };
        let now = self.close(at);
        let over = |ms: i64| 100.0 * (now / self.close(at.plus_ms(-ms)) - 1.0);
        // The deviation of the returns between the bars of the last thirty days.
        let from = at.plus_ms(-BAR_MS - 30 * DAY_MS);
        let closes: Vec<f64> =
            self.candles.iter().filter(|bar| bar.0 >= from && bar.0 < at).map(|bar| bar.1).collect();
        let returns: Vec<f64> = closes.windows(2).map(|pair| (pair[1] / pair[0]).ln()).collect();
        let mean = returns.iter().sum::<f64>() / returns.len() as f64;
        let squares: f64 = returns.iter().map(|value| (value - mean).powi(2)).sum();
        let sigma_pct = 100.0 * (squares / (returns.len() - 1) as f64).sqrt();
        let momentum = vec![
            ("return4hPct", over(BAR_MS)),
            ("return24hPct", over(DAY_MS)),
            ("return7dPct", over(7 * DAY_MS)),
            ("return28dPct", over(28 * DAY_MS)),
            ("sigma4hPct", sigma_pct),
        ];
        add("priceMomentum", "binance", at, momentum);

        let settled = self.funding.iter().rfind(|row| time(row, "time_utc") <= at).unwrap();
        let rate = number(settled, "funding_rate").unwrap();
        let funding =
            vec![("rate", rate), ("annualisedPct", rate * 3.0 * 365.0 * 100.0), ("intervalHours", 8.0)];
        add("fundingRate", "binance", time(settled, "time_utc"), funding);

        let accounts = self.metric(at, "count_long_short_ratio");
        add("longShortRatio", "binance", at, vec![("ratio", accounts)]);
        let taker_log: f64 =
            (0..4).map(|hour| self.metric(at.plus_ms(-hour * HOUR_MS), "taker_ratio_mean_1h").ln()).sum();
        let positions = vec![
            ("topPositionRatio", self.metric(at, "sum_toptrader_long_short_ratio")),
            ("accountRatio", accounts),
            ("takerRatio4h", (taker_log / 4.0).exp()),
        ];
        add("smartMoney", "binance", at, positions);
        let coins = self.metric(at, "sum_open_interest");
        let day_ago = self.metric(at.plus_ms(-DAY_MS), "sum_open_interest");
        let interest = vec![
            ("openInterestCoins", coins),
            ("openInterestUsd", self.metric(at, "sum_open_interest_value")),
            ("change24hPct", 100.0 * (coins / day_ago - 1.0)),
        ];
        add("oiTrend", "binance", at, interest);

        if let Some(bars) = &self.liquidations {
            let sum = |ms: i64, side: &str| -> f64 {
                let column = format!("aggregated_{side}_liquidation_usd");
                let within = |row: &&Row| (at.plus_ms(-ms)..at).contains(&time(row, "time"));
                bars.iter().filter(within).map(|row| number(row, &column).unwrap()).sum()
            };
            let figures = vec![
                ("longUsd", sum(BAR_MS, "long")),
                ("shortUsd", sum(BAR_MS, "short")),
                ("longUsd24h", sum(DAY_MS, "long")),
                ("shortUsd24h", sum(DAY_MS, "short")),
            ];
            add("liquidations", "coinglass", at, figures);
        }
        let today = at.floor(DAY_MS);
        if let Some(days) = &self.social {
            // A day's figures are known when the day is over.
            let yesterday = days.iter().find(|row| time(row, "date") == today.plus_ms(-DAY_MS)).unwrap();
            let posts = number(yesterday, "btc_postscreated").unwrap();
            add("socialSentiment", "lunarcrush", today, vec![("postsCreated", posts)]);
        }
        let mood = self.fear_greed.iter().find(|row| time(row, "date") == today).unwrap();
        add("fearGreed", "alternative.me", today, vec![("value", number(mood, "value").unwrap())]);
        all
    }
}

/// Compares a signal with what the files say.
fn compare(signal: &Value, files: &Files, at: UtcMs, count: usize) {
    let expected = files.expected(at);
    assert_eq!(expected.len(), count, "the files hold other factors than the test thinks");
    let names: Vec<&str> = expected.keys().copied().collect();
    let mut told = live(signal);
    told.sort_unstable();
    assert_eq!(told, names, "{at}: {}", signal["dataQuality"]);
    for (name, expected) in expected {
        let factor = factor(signal, name);
        assert_eq!(factor["source"], expected.source, "{name} at {at}");
        assert_eq!(factor["asOf"], expected.as_of.rfc3339(), "{name} at {at}");
        let figures = factor["value"].as_object().unwrap();
        assert_eq!(figures.len(), expected.figures.len(), "{name}: {figures:?}");
        for (figure, value) in expected.figures {
            let told = figures[figure].as_f64().unwrap();
            let close = (told - value).abs() <= 1e-9 * value.abs().max(1e-9);
            assert!(close, "{name}.{figure} at {at}: {told}, the files say {value}");
        }
    }
    assert_eq!(signal["price"].as_f64().unwrap(), files.close(at), "{at}");
    assert_eq!(signal["timestamp"], at.rfc3339());
    assert_eq!(signal["candleClosedAt"], at.rfc3339());
    assert_eq!(signal["expiresAt"], at.plus_ms(BAR_MS).rfc3339());
    assert_eq!(signal["dataSource"], "replay");
    let weights: f64 = signal["factors"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|factor| factor["status"] == "live")
        .map(|factor| factor["weight"].as_f64().unwrap())
        .sum();
    assert!((signal["dataQuality"]["coverage"].as_f64().unwrap() - weights / 100.0).abs() < 1e-9);
}

#[tokio::test]
async fn every_raw_value_source_and_time_is_that_of_the_files() {
    let Some(data) = recorded::folder() else { return };
    for (coin, count) in COINS {
        let files = Files::read(&data, coin);
        for instant in INSTANTS {
            let place = Place::new();
            let world = ["--replay", data.to_str().unwrap(), "--at", instant, "signal", coin, "--json"];
            let signal = place.run(world).await.done().json();
            compare(&signal, &files, instant.parse().unwrap(), count);
        }
    }
}

/// The signal without what is new in each evaluation.
fn without_id(json: &str) -> String {
    let mut signal: Value = serde_json::from_str(json).unwrap();
    assert!(signal.as_object_mut().unwrap().remove("id").is_some());
    serde_json::to_string(&signal).unwrap()
}

#[tokio::test]
async fn the_same_instant_gives_the_same_bytes() {
    let Some(data) = recorded::folder() else { return };
    let world =
        ["--replay", data.to_str().unwrap(), "--at", INSTANTS[1], "signal", "BTC", "--json", "--debug"];
    let (first, second) = (Place::new(), Place::new());
    let a = first.run(world).await.done().out;
    let b = second.run(world).await.done().out;
    assert_eq!(without_id(&a), without_id(&b), "in folders of their own");
    let again = first.run(world).await.done().out;
    assert_eq!(without_id(&a), without_id(&again), "with what the first run has kept");
    assert_ne!(a, again, "each evaluation has an id of its own");
}

#[tokio::test]
async fn candles_finer_than_the_record_are_refused() {
    let Some(data) = recorded::folder() else { return };
    let place = Place::new();
    let replay = place.replay(&["--data", data.to_str().unwrap(), "--at", INSTANTS[1]]).await;
    let klines = |interval| format!("/binance/fapi/v1/klines?symbol=BTCUSDT&limit=3&interval={interval}");
    let refused = replay.get(&klines("1m")).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    assert_eq!(refused.json()["code"], -1120, "{}", refused.text);
    let hours = replay.get(&klines("1h")).await.ok();
    let newest = hours.as_array().unwrap().last().unwrap();
    let at: UtcMs = INSTANTS[1].parse().unwrap();
    assert!(newest[6].as_i64().unwrap() < at.0, "a candle of the future: {newest}");
    assert_eq!(newest[0].as_i64().unwrap(), at.0 - HOUR_MS);
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_told() {
    let place = Place::new();
    let run = ["--replay", "/nowhere/at/all", "--at", INSTANTS[1], "signal", "BTC", "--json"];
    let ended = place.run(run).await;
    assert_eq!(ended.code, 1);
    assert!(ended.out.is_empty() && ended.err.contains("/nowhere/at/all"), "{}", ended.err);
    let ended = place.run(["--replay", "/nowhere/at/all", "signal", "BTC"]).await;
    assert!(ended.code != 0 && ended.err.contains("--at"), "{}", ended.err);
}
