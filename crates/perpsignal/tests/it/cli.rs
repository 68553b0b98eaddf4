use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::program::{Place, SIMULATED, first_line_then_close};
use crate::recorded;

#[tokio::test]
async fn each_kind_of_failure_has_its_exit_code_and_says_so_on_stderr_alone() {
    let place = Place::new();
    let cases: [(&[&str], i32, &str); 9] = [
        (&["signal", "NOSUCHCOIN", "--json"], 4, "NOSUCHCOIN"),
        (&["signal", "BTC", "--colour"], 2, "--colour"),
        (&["signal", "BTC", "--mode", "wild"], 2, "wild"),
        (&["call", "signals.get", "symbol=BTC", "mode=wild"], 2, "conservative, aggressive, ultra"),
        (&["call", "signals.get"], 2, "symbol"),
        (&["call", "signals.gett", "symbol=BTC"], 4, "signals.get"),
        (&["call", "signals.get", "symbol=NOSUCHCOIN"], 4, "NOSUCHCOIN"),
        (&["import", "no-such-file.json"], 1, "no-such-file.json"),
        (&["indicators", "--candles", "no-such-file.csv"], 1, "no-such-file.csv"),
    ];
    for (args, code, word) in cases {
        let ended = place.simulated(args).await;
        assert_eq!(ended.code, code, "{args:?}: {}", ended.err);
        assert!(ended.out.is_empty(), "{args:?} printed {}", ended.out);
        assert!(ended.err.contains(word), "{args:?}: {}", ended.err);
        assert!(!ended.err.contains("panicked"), "{args:?}: {}", ended.err);
    }
    assert_eq!(place.run(["--help"]).await.done().err, "");
    assert!(place.run(["--version"]).await.done().out.starts_with("perpsignal "));
}

#[tokio::test]
async fn json_on_stdout_is_one_document_and_nothing_else() {
    let place = Place::new();
    let signal = place.simulated(&["signal", "ETH", "--json"]).await.done();
    assert_eq!((signal.json()["symbol"].as_str(), signal.err.as_str()), (Some("ETH"), ""));
    let called = place.simulated(&["call", "signals.get", "symbol=eth"]).await.done().json();
    let mut same = signal.json();
    same["id"] = called["id"].clone();
    assert_eq!(called, same, "one definition serves both");
    let debug = place.simulated(&["signal", "ETH", "--json", "--debug"]).await.done().json();
    assert!(debug["debug"].is_object() && signal.json().get("debug").is_none());
    let scan = place.simulated(&["scan", "--top", "3", "--json"]).await.done().json();
    assert_eq!(scan["results"].as_array().unwrap().len(), 3, "{scan}");
    assert!(scan["evaluated"].as_array().unwrap().len() >= 20);
    let words = place.simulated(&["signal", "ETH"]).await.done();
    assert!(words.out.contains("simulated data") && !words.out.contains('\u{1b}'), "{}", words.out);
}

#[tokio::test]
async fn a_reader_that_goes_away_ends_the_program_quietly() {
    let place = Place::new();
    let candles = place.write("candles.csv", &candles(4_000));
    let command = place.command(["indicators", "--candles", candles.to_str().unwrap()]);
    let (line, status, err) = first_line_then_close(command).await;
    assert!(line.starts_with("open_time,open,high,low,close,volume,"), "{line}");
    assert_eq!((status.code(), err.as_str()), (Some(0), ""));
}

#[tokio::test]
async fn colours_are_for_terminals_and_can_be_refused() {
    // `script` lends the program a terminal.
    let place = Place::new();
    let program = env!("CARGO_BIN_EXE_perpsignal");
    let line = format!("{program} {} signal ETH", SIMULATED.join(" "));
    let on_a_terminal = |variables: &'static [(&'static str, &'static str)]| {
        let mut command = place.command(["--version"]);
        let mut terminal = tokio::process::Command::new("script");
        terminal.args(["-qec", &line, "/dev/null"]).env("TERM", "xterm").envs(variables.iter().copied());
        terminal.env("PERPSIGNAL_DATA_DIR", place.path().join("data")).current_dir(place.path());
        terminal.stdin(std::process::Stdio::null()).kill_on_drop(true);
        // Only the arguments differ from the program's own way.
        let _ = command.stdin(std::process::Stdio::null());
        terminal
    };
    let output = match on_a_terminal(&[]).output().await {
        Ok(output) => output,
        Err(error) => {
            eprintln!("skipped: no terminal to lend: {error}");
            return;
        }
    };
    let painted = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(painted.contains("ETH") && painted.contains('\u{1b}'), "{painted}");
    let output = on_a_terminal(&[("NO_COLOR", "1")]).output().await.unwrap();
    let plain = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(plain.contains("ETH") && !plain.contains('\u{1b}'), "{plain}");
}

#[tokio::test]
async fn completions_and_the_list_of_operations() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = place.run(["completions", shell]).await.done().out;
        assert!(script.contains("perpsignal") && script.contains("doctor"), "{shell}");
    }
    let listed = place.run(["operations"]).await.done().out;
    let counted = place.run(["operations", "--count"]).await.done().out;
    let total: usize = counted.lines().last().unwrap().split_whitespace().next().unwrap().parse().unwrap();
    assert_eq!(listed.lines().count(), total);
    let json = place.run(["operations", "--json"]).await.done().json();
    assert_eq!(json.to_string().matches("\"signals.get\"").count(), 1);
    let only = place.run(["operations", "signals"]).await.done().out;
    assert!(only.lines().all(|line| line.starts_with("signals.")) && only.contains("signals.get"), "{only}");
    let described = place.run(["call", "signals.get", "--describe"]).await.done().out;
    for word in ["symbol", "mode", "conservative", "fresh"] {
        assert!(described.contains(word), "{described}");
    }
}

#[tokio::test]
async fn a_configuration_is_checked_before_anything_starts() {
    let place = Place::new().with("COINGLASS_API_KEY", "very-secret").with("COINGLASS_PLAN", "startup");
    let checked = place.run(["config", "check"]).await.done().out;
    assert!(checked.contains("COINGLASS_PLAN") && checked.contains("startup"), "{checked}");
    let shown = place.run(["config", "print"]).await.done().out;
    assert!(!checked.contains("very-secret") && !shown.contains("very-secret"));
    let cases = [
        ("[signals]\n", "signals"),
        ("[signal]\ncache_s = \"soon\"\n", "cache_s"),
        ("[providers.binance]\nquota_pct = 0\n", "quota_pct"),
        ("[providers.binance]\nbase_url = \"binance.example\"\n", "base_url"),
        ("[scan]\nfull = 0\n", "scan.full"),
        ("[engine.weights]\nliquidations = 30.0\n", "100"),
    ];
    for (text, word) in cases {
        let file = place.write("wrong.toml", text);
        let ended = place.run(["--config", file.to_str().unwrap(), "config", "check"]).await;
        assert_eq!(ended.code, 1, "{text}: {}{}", ended.out, ended.err);
        assert!(ended.err.contains(word), "{text}: {}", ended.err);
        let ended = place.run(["--config", file.to_str().unwrap(), "serve", "--listen", "127.0.0.1:0"]).await;
        assert_eq!(ended.code, 1, "{text} must not start a server");
    }
    let missing = place.run(["--config", "absent.toml", "config", "check"]).await;
    assert!(missing.code == 1 && missing.err.contains("absent.toml"), "{}", missing.err);
}

#[tokio::test]
async fn doctor_finds_a_simulated_market_well_and_a_dead_one_ill() {
    let place = Place::new();
    let findings = place.run(["--simulate", "7", "doctor", "--json"]).await.done().json();
    let state = |findings: &Value, part: &str| {
        let found = findings.as_array().unwrap().iter().find(|each| each["part"] == part);
        found.unwrap_or_else(|| panic!("no {part}: {findings}"))["state"].as_str().unwrap().to_owned()
    };
    for part in ["database", "binance", "okx", "bybit", "clock", "coinglass", "lunarcrush", "alternative.me"]
    {
        assert_eq!(state(&findings, part), "ok", "{findings}");
    }
    let ended = place.run(["--simulate", "7", "--fault", "all:error=503", "doctor", "--json"]).await;
    assert_eq!(ended.code, 1, "{}", ended.err);
    assert!(["binance", "okx", "bybit"].iter().all(|part| state(&ended.json(), part) != "ok"));
    assert!(ended.took < Duration::from_secs(30), "{:?}", ended.took);
}

fn older(id: &str, score: f64) -> Value {
    json!({"id": id, "saved_at": "2025-11-12T10:15:30+07:00", "data": {
        "symbol": "BTC", "timestamp": "2025-11-12T10:15:29+07:00", "signal": "LONG", "score": score,
        "confidence": "medium", "price": 103_250.1, "reasons": ["x"],
        "metrics": {"fundingRate": 0.0001, "openInterest": 1.2e10, "socialScore": 61.0, "priceTrend": "bullish"},
        "older": {"field": true}}})
}

#[tokio::test]
async fn older_history_is_loaded_once() {
    let place = Place::new();
    let rows = json!([older("one", 58.3), older("two", 61.0), {"id": "bad"}, older("three", 40.0)]);
    let file = place.write("signals.json", &rows.to_string());
    let import = ["import", file.to_str().unwrap(), "--json"];
    let first = place.run(import).await.done().json();
    assert_eq!(
        (&first["loaded"], &first["duplicates"], &first["rejectedTotal"]),
        (&json!(3), &json!(0), &json!(1))
    );
    assert_eq!(first["rejected"][0]["row"], 3);
    let second = place.run(import).await.done().json();
    assert_eq!((&second["loaded"], &second["duplicates"]), (&json!(0), &json!(3)));
    let broken = place.write("broken.json", "{\"no\": \"array\"}");
    let ended = place.run(["import", broken.to_str().unwrap()]).await;
    assert!(
        ended.code == 1 && ended.out.is_empty() && ended.err.contains("array"),
        "{}{}",
        ended.out,
        ended.err
    );
}

/// Hours of a price that swings.
fn candles(count: u32) -> String {
    let mut text = String::from("open_time,open,high,low,close,volume\n");
    let start: domain::UtcMs = "2024-01-01T00:00:00Z".parse().unwrap();
    for index in 0..count {
        let price = |index: u32| 100.0 + 10.0 * (f64::from(index) / 9.0).sin() + f64::from(index % 7);
        let (open, close) = (price(index), price(index + 1));
        let at = start.plus_ms(i64::from(index) * domain::HOUR_MS);
        text += &format!(
            "{at},{open},{},{},{close},{}\n",
            open.max(close) + 1.0,
            open.min(close) - 1.0,
            5 + index % 3
        );
    }
    text
}

/// Rows of a printed table, by column.
fn table(text: &str) -> Vec<HashMap<String, String>> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

#[tokio::test]
async fn indicators_of_own_candles_follow_their_definitions() {
    let place = Place::new();
    let text = candles(300);
    let file = place.write("candles.csv", &text);
    let printed = place.run(["indicators", "--candles", file.to_str().unwrap()]).await.done().out;
    let rows = table(&printed);
    let closes: Vec<f64> = table(&text).iter().map(|row| row["close"].parse().unwrap()).collect();
    assert_eq!(rows.len(), closes.len());
    let number = |index: usize, column: &str| rows[index][column].parse::<f64>().ok();
    assert_eq!((number(18, "sma20"), number(9, "roc10")), (None, None));
    for index in [19, 100, 299] {
        let mean = closes[index - 19..=index].iter().sum::<f64>() / 20.0;
        assert!((number(index, "sma20").unwrap() - mean).abs() < 1e-9, "sma20 at {index}");
        let change = 100.0 * (closes[index] / closes[index - 10] - 1.0);
        assert!((number(index, "roc10").unwrap() - change).abs() < 1e-9, "roc10 at {index}");
        let width = number(index, "bb_upper").unwrap() - number(index, "bb_mid").unwrap();
        let spread =
            closes[index - 19..=index].iter().map(|close| (close - mean).powi(2)).sum::<f64>() / 20.0;
        assert!((width - 2.0 * spread.sqrt()).abs() < 1e-9, "Bollinger at {index}");
    }
    let json = place.run(["indicators", "--json", "--candles", file.to_str().unwrap()]).await.done().json();
    assert_eq!(json.as_array().unwrap().len(), rows.len());
    assert_eq!(json[150]["sma20"].as_f64(), number(150, "sma20"));
    assert!(json[5]["sma20"].is_null());
}

#[tokio::test]
async fn indicators_of_real_candles_are_those_of_ta_lib() {
    let Some(data) = recorded::folder() else { return };
    let place = Place::new();
    for name in ["BTCUSDT-1h-talib", "DOGEUSDT-4h-talib"] {
        let path = data.join(format!("expected/ta/{name}.csv.gz"));
        let printed = place.run(["indicators", "--candles", path.to_str().unwrap()]).await.done().out;
        let expected = recorded::rows(&path);
        let rows = table(&printed);
        assert_eq!(rows.len(), expected.len(), "{name}");
        for (index, (row, expected)) in rows.iter().zip(&expected).enumerate() {
            for (column, text) in expected.iter().filter(|(column, _)| *column != "open_time") {
                let (told, expected) = (row[column].parse::<f64>().ok(), text.parse::<f64>().ok());
                let same = match told.zip(expected) {
                    Some((told, expected)) => (told - expected).abs() <= 1e-9 * expected.abs() + 1e-12,
                    None => told == expected,
                };
                assert!(same, "{name} row {index} {column}: {told:?}, TA-Lib {expected:?}");
            }
        }
    }
}
