//! A recorded week at high speed: the background scan evaluates, the outcomes fall due, the figures fill by
//! themselves. Every outcome is computed again from the files, by this test's own reading and arithmetic.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::own_folder;
use crate::program::{Place, Server};
use crate::recorded;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// Fees and slippage of both sides together, in percent, as configured by default.
const ROUND_TRIP_PCT: f64 = 2.0 * (0.05 + 0.02);
/// Seconds of the market in one of ours.
const SPEED: i64 = 12_000;
/// Longest wait for what the clock should have brought about.
const PATIENCE: Duration = Duration::from_mins(2);

/// `2025-03-03 12:00:00`, `2025-03-03T12:00:00Z` or with a fraction, in milliseconds since 1970.
fn ms(text: &str) -> i64 {
    let parts: Vec<i64> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().unwrap())
        .collect();
    let (year, month, day) = (parts[0], parts[1], parts[2]);
    // Days since 1970, in years that begin in March, so that the leap day comes last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    let fraction = text.split_once('.').map_or(0, |(_, rest)| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        format!("{digits:0<3}")[..3].parse().unwrap()
    });
    days * DAY + parts[3] * HOUR + parts[4] * 60_000 + parts[5] * 1_000 + fraction
}

#[test]
fn times_are_read_as_the_calendar_has_them() {
    assert_eq!(ms("1970-01-01 00:00:00"), 0);
    assert_eq!(ms("2024-02-29 23:59:59"), 1_709_251_199_000);
    assert_eq!(ms("2025-03-03T12:00:00.25Z"), 1_741_003_200_250);
}

/// An hour of the record.
struct Bar {
    open_time: i64,
    open: f64,
    high: f64,
    low: f64,
    close: f64,
}

/// One contract's files.
struct Record {
    bars: Vec<Bar>,
    settled: Vec<(i64, f64)>,
}

/// The lines of a table after its header, split; packed or plain.
fn lines(dir: &Path, name: &str) -> Vec<Vec<String>> {
    let plain = dir.join(format!("{name}.csv"));
    let text = if plain.exists() {
        std::fs::read_to_string(plain).unwrap()
    } else {
        let file = std::fs::File::open(dir.join(format!("{name}.csv.gz"))).unwrap();
        std::io::read_to_string(flate2::read::GzDecoder::new(file)).unwrap()
    };
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

impl Record {
    fn read(dir: &Path, instrument: &str, from: i64) -> Self {
        let number = |text: &String| text.parse::<f64>().unwrap();
        let bars = lines(dir, &format!("candles/1h/{instrument}"))
            .iter()
            .map(|row| Bar {
                open_time: ms(&row[0]),
                open: number(&row[1]),
                high: number(&row[2]),
                low: number(&row[3]),
                close: number(&row[4]),
            })
            .filter(|bar| bar.open_time >= from)
            .collect();
        let settled = lines(dir, &format!("funding/{instrument}"))
            .iter()
            .map(|row| (ms(&row[0]), number(&row[1])))
            .filter(|(at, _)| *at >= from)
            .collect();
        Self { bars, settled }
    }
}

/// What an outcome must be.
#[derive(Debug)]
struct Expected {
    entry: f64,
    exit: f64,
    gross_pct: f64,
    net_pct: f64,
    best_pct: Option<f64>,
    worst_pct: Option<f64>,
    first_touch: &'static str,
}

impl Expected {
    fn of(record: &Record, signal: &Value, horizon: i64) -> Self {
        let at = ms(signal["timestamp"].as_str().unwrap());
        let is_long = signal["signal"] == "LONG";
        let (stop, target) = (signal["stopLoss"].as_f64().unwrap(), signal["takeProfit"].as_f64().unwrap());
        let entered = record.bars.iter().find(|bar| bar.open_time >= at).unwrap();
        let left = record.bars.iter().rev().find(|bar| bar.open_time + HOUR <= at + horizon).unwrap();
        let (entry, exit) = (entered.open, left.close);
        let gain = |price: f64| if is_long { price / entry - 1.0 } else { 1.0 - price / entry };
        let until = left.open_time + HOUR;
        let mut best: Option<f64> = None;
        let mut worst: Option<f64> = None;
        let mut first_touch = "none";
        for bar in
            record.bars.iter().filter(|bar| bar.open_time >= entered.open_time && bar.open_time < until)
        {
            let (one, other) = (100.0 * gain(bar.high), 100.0 * gain(bar.low));
            best = Some(best.map_or(one.max(other), |best| best.max(one).max(other)));
            worst = Some(worst.map_or(one.min(other), |worst| worst.min(one).min(other)));
            if first_touch != "none" {
                continue;
            }
            let stopped = if is_long { bar.low <= stop } else { bar.high >= stop };
            let reached = if is_long { bar.high >= target } else { bar.low <= target };
            // Both in one candle: nobody knows which came first, and the worse is told.
            if stopped {
                first_touch = "stop";
            } else if reached {
                first_touch = "target";
            }
        }
        let charged: f64 = record
            .settled
            .iter()
            .filter(|(settled, _)| *settled > entered.open_time && *settled <= until)
            .map(|(_, rate)| rate * 100.0)
            .sum();
        let paid = if is_long { charged } else { -charged };
        let gross_pct = 100.0 * gain(exit);
        Self {
            entry,
            exit,
            gross_pct,
            net_pct: gross_pct - ROUND_TRIP_PCT - paid,
            best_pct: best,
            worst_pct: worst,
            first_touch,
        }
    }

    fn word(&self) -> &'static str {
        // A gain of 1 % in decimals may be a little less in binary.
        if self.gross_pct >= 1.0 - 1e-9 {
            "WIN"
        } else if self.gross_pct <= -1.0 + 1e-9 {
            "LOSS"
        } else {
            "NEUTRAL"
        }
    }

    fn compare(&self, told: &Value, what: &str) {
        let close = |name: &str, wanted: Option<f64>| {
            let told = told[name].as_f64();
            let same = match (told, wanted) {
                (Some(told), Some(wanted)) => (told - wanted).abs() <= 1e-9 * wanted.abs().max(1.0),
                (None, None) => true,
                _ => false,
            };
            assert!(same, "{what}: {name} is {told:?}, the files say {self:?}");
        };
        close("entryPrice", Some(self.entry));
        close("exitPrice", Some(self.exit));
        close("pnlPct", Some(self.gross_pct));
        close("netPnlPct", Some(self.net_pct));
        close("bestPct", self.best_pct);
        close("worstPct", self.worst_pct);
        assert_eq!(told["outcome"], self.word(), "{what}: {told} {self:?}");
        assert_eq!(told["netWin"], self.net_pct > 0.0, "{what}: {told} {self:?}");
        assert_eq!(told["firstTouch"], self.first_touch, "{what}: {told} {self:?}");
        assert_eq!((&told["interval"], &told["venue"]), (&"1h".into(), &"binance".into()), "{what}: {told}");
    }
}

/// Everything on the pages of a list, under `name`.
async fn all_pages(server: &Server, path: &str, name: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut cursor = String::new();
    for _ in 0..100 {
        let page = server.get(&format!("{path}&limit=500{cursor}")).await.ok();
        rows.extend(page[name].as_array().unwrap().iter().cloned());
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return rows,
        }
    }
    panic!("{path} does not end");
}

/// A folder replayed for some days with the scan on, and the day after for the last outcomes.
struct Run<'a> {
    dir: &'a Path,
    at: &'a str,
    days: i64,
    coins: &'a [&'a str],
}

/// What was found.
struct Found {
    signals: Vec<Value>,
    /// Recomputed outcomes with what was told of them, by horizon in hours.
    outcomes: BTreeMap<i64, Vec<(Expected, Value)>>,
    summary: Value,
}

impl Run<'_> {
    async fn run(&self) -> Found {
        let coins: Vec<String> = self.coins.iter().map(|coin| format!("{coin:?}")).collect();
        let place = Place::new().with("PERPSIGNAL_SCAN_EVERY", &(6 * 3_600).to_string());
        place.write(
            "perpsignal.toml",
            &format!(
                "[background]\nsymbols = [{}]\nmode = \"ultra\"\n[server]\naddress_units_per_minute = 0\n",
                coins.join(", ")
            ),
        );
        let speed = SPEED.to_string();
        let world = ["--replay", self.dir.to_str().unwrap(), "--at", self.at, "--speed", &speed];
        let server = place.serve(&world).await;
        let began = Instant::now();
        let end = ms(self.at) + self.days * DAY;
        let period = format!("start_date={}&end_date={}", self.at, spelled(end));
        let list = format!("/analytics/history/date-range?{period}");
        // Every signal of the days is judged a day after the last, and its candles close within the hour.
        let signals = loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let tracking = server.get("/analytics/tracking-stats").await.ok();
            let told = format!("{tracking}\n{}", server.running.said());
            assert!(began.elapsed() < PATIENCE, "the outcomes do not keep up with the clock: {told}");
            if ms(tracking["timestamp"].as_str().unwrap()) < end + DAY + 2 * HOUR {
                continue;
            }
            let signals = all_pages(&server, &list, "signals").await;
            let is_judged = |signal: &Value| signal["outcomes"].as_array().unwrap().len() == 3;
            if signals.iter().all(is_judged) {
                break signals;
            }
        };
        let mut outcomes: BTreeMap<i64, Vec<(Expected, Value)>> = BTreeMap::new();
        let mut records: BTreeMap<String, Record> = BTreeMap::new();
        for signal in &signals {
            let instrument = signal["instrument"].as_str().unwrap();
            let record = records
                .entry(instrument.to_owned())
                .or_insert_with(|| Record::read(self.dir, instrument, ms(self.at) - 2 * DAY));
            for told in signal["outcomes"].as_array().unwrap() {
                let hours: i64 = told["horizon"].as_str().unwrap().trim_end_matches('h').parse().unwrap();
                let expected = Expected::of(record, signal, hours * HOUR);
                let what = format!("{} {} {}", signal["timestamp"], signal["symbol"], told["horizon"]);
                expected.compare(told, &what);
                assert_eq!(
                    ms(told["dueAt"].as_str().unwrap()),
                    ms(signal["timestamp"].as_str().unwrap()) + hours * HOUR,
                    "{what}"
                );
                outcomes.entry(hours).or_default().push((expected, told.clone()));
            }
        }
        let summary = server.get(&format!("/analytics/performance/summary?{period}")).await.ok();
        let listed = all_pages(&server, &format!("/analytics/outcomes-history?{period}"), "outcomes").await;
        assert_eq!(listed.len(), 3 * signals.len(), "the list of outcomes has each once");
        Found { signals, outcomes, summary }
    }
}

/// `2025-03-10T12:00:00Z` of whole hours.
fn spelled(at: i64) -> String {
    domain::UtcMs(at).rfc3339()
}

impl Found {
    /// The figures must be those of the recomputed outcomes.
    fn assert_figures(&self) {
        assert_eq!(self.outcomes.keys().copied().collect::<Vec<_>>(), [1, 4, 24]);
        let overall = self.summary["overall"].as_array().unwrap();
        for (hours, outcomes) in &self.outcomes {
            assert_eq!(outcomes.len(), self.signals.len());
            let horizon = format!("{hours}h");
            let figures = overall
                .iter()
                .find(|each| each["horizon"] == horizon.as_str())
                .unwrap_or_else(|| panic!("no figures of {horizon}: {}", self.summary));
            let figures = if figures["figures"].is_object() { &figures["figures"] } else { figures };
            let count = outcomes.len() as f64;
            let times = |is: &dyn Fn(&Expected) -> bool| {
                outcomes.iter().filter(|(expected, _)| is(expected)).count() as f64
            };
            let mean = |of: &dyn Fn(&Expected) -> f64| {
                outcomes.iter().map(|(expected, _)| of(expected)).sum::<f64>() / count
            };
            let wanted = [
                ("count", count),
                ("wins", times(&|each| each.word() == "WIN")),
                ("losses", times(&|each| each.word() == "LOSS")),
                ("neutral", times(&|each| each.word() == "NEUTRAL")),
                ("winRate", times(&|each| each.word() == "WIN") / count),
                ("netWinRate", times(&|each| each.net_pct > 0.0) / count),
                ("targetFirst", times(&|each| each.first_touch == "target")),
                ("stopFirst", times(&|each| each.first_touch == "stop")),
                ("averagePnlPct", mean(&|each| each.gross_pct)),
                ("expectancyPct", mean(&|each| each.net_pct)),
            ];
            for (name, wanted) in wanted {
                let told = figures[name].as_f64();
                let is_close = told.is_some_and(|told| (told - wanted).abs() < 1e-3);
                assert!(is_close, "{name} at {horizon} is {told:?}, the files say {wanted}: {figures}");
            }
        }
    }

    /// No coin has more signals than there were rounds: four a day, and one begun before the first.
    fn assert_one_per_round(&self, days: usize) {
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for signal in &self.signals {
            *times.entry(signal["symbol"].as_str().unwrap()).or_default() += 1;
        }
        assert!(times.values().all(|times| *times <= 4 * days + 1), "{times:?}");
    }

    fn words(&self) -> BTreeMap<&'static str, usize> {
        let mut words = BTreeMap::new();
        for (expected, _) in self.outcomes.values().flatten() {
            *words.entry(expected.word()).or_default() += 1;
            *words.entry(expected.first_touch).or_default() += 1;
        }
        words
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_week_of_scans_is_judged_as_the_candle_files_say() {
    let Some(data) = recorded::folder() else {
        eprintln!("NOT SHOWN: the recorded week; a small folder of our own is replayed instead");
        return a_small_folder_is_judged().await;
    };
    let run = Run { dir: &data, at: "2025-03-03T00:00:00Z", days: 7, coins: &["BTC", "SOL", "DOGE", "BNB"] };
    let found = run.run().await;
    found.assert_figures();
    found.assert_one_per_round(7);
    let words = found.words();
    eprintln!("{} signals of the week: {words:?}", found.signals.len());
    // 28 rounds of four coins, of which most are LONG or SHORT in the widest mode.
    assert!(found.signals.len() >= 40, "{}", found.signals.len());
    for word in ["WIN", "LOSS", "NEUTRAL", "stop", "none"] {
        assert!(words.contains_key(word), "no {word} in a week such as this: {words:?}");
    }
    for signal in &found.signals {
        assert_eq!((&signal["dataSource"], &signal["verdictSource"]), (&"replay".into(), &"rules".into()));
        assert!(signal["verdict"].is_string() && signal["riskMode"].is_string(), "{signal}");
    }
}

/// Two days of a made-up contract, whose price swings by a fifth.
async fn a_small_folder_is_judged() {
    let (place, at) = own_folder::folder_of(1, 4);
    let dir = place.path().join("history");
    let found = Run { dir: &dir, at: &at.rfc3339(), days: 2, coins: &["ZED"] }.run().await;
    found.assert_figures();
    found.assert_one_per_round(2);
    let words = found.words();
    eprintln!("{} signals of a folder of our own: {words:?}", found.signals.len());
    assert!(found.signals.len() >= 3, "{}", found.signals.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn days_of_a_folder_of_ones_own_are_judged_as_its_files_say() {
    a_small_folder_is_judged().await;
}
