use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use crate::program::{DECIDED, Ended, Place, SIMULATED, Server};

fn assert_refused(ended: &Ended, code: i32, words: &[&str], what: &str) {
    assert_eq!(ended.code, code, "{what}: {}{}", ended.out, ended.err);
    assert!(ended.out.is_empty(), "{what} printed {}", ended.out);
    for word in words {
        assert!(ended.err.contains(word), "{what}: no '{word}' in {}", ended.err);
    }
}

#[tokio::test]
async fn wrong_usage_of_a_world_has_the_code_of_wrong_usage() {
    let place = Place::new();
    let at = "2026-01-01T00:00:00Z";
    let cases: [(&[&str], &str); 9] = [
        (&["--replay", ".", "signal", "BTC"], "--at"),
        (&["--at", at, "signal", "BTC"], "--replay"),
        (&["--speed", "1", "key", "list"], "--replay"),
        (&["--simulate", "7", "--speed", "NaN", "signal", "BTC"], "a number from 0"),
        (&["--simulate", "7", "--speed=-1", "signal", "BTC"], "a number from 0"),
        (&["--simulate", "7", "--fault", "binance", "signal", "BTC"], "provider|all"),
        (&["--replay-url", "http://127.0.0.1:9", "--at", at, "signal", "BTC"], "--replay-url"),
        (&["replay", "--data", "."], "--at"),
        (&["replay", "--fault", "nobody:hang"], "nobody"),
    ];
    for (args, word) in cases {
        assert_refused(&place.run(args).await, 2, &[word], &format!("{args:?}"));
    }
    // What --help shows must be a fault.
    let example = ["--simulate", "7", "--fault", "all:error@0.1", "key", "list"];
    place.run(example).await.done();
    assert!(place.run(["--help"]).await.done().out.contains("all:error@0.1"));
}

#[tokio::test]
async fn a_key_that_cannot_be_meant_stops_the_server_before_it_starts() {
    for keys in [":admin", "some-secret,:read", "short:read", "some-secret:amdin", "some-secret:"] {
        let place = Place::new().with("API_KEYS", keys);
        let args = ["--simulate", "7", "serve", "--listen", "127.0.0.1:0", "--production"];
        for ended in [place.run(args).await, place.run(["config", "check"]).await] {
            assert_refused(&ended, 1, &["API_KEYS"], keys);
            assert!(!ended.err.contains("some-secret") && !ended.err.contains("amdin"), "{}", ended.err);
        }
    }
}

#[tokio::test]
async fn keys_are_made_changed_and_ended_with_clear_words() {
    let place = Place::new();
    let past = ["key", "create", "late", "--expires", "2020-01-01T00:00:00Z"];
    assert_refused(&place.run(past).await, 2, &["--expires", "passed"], "a dead key");
    for name in ["two\nlines", "", " "] {
        let ended = place.run(["key", "create", name]).await;
        assert_refused(&ended, 2, &["1 to 512 bytes of text on one line"], name);
    }
    for command in ["rotate", "revoke"] {
        assert_refused(&place.run(["key", command, "nope"]).await, 4, &["nope"], command);
    }
    place.run(["key", "create", "good"]).await.done();
    let listed = place.run(["key", "list", "--json"]).await.done().json();
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
    let id = listed[0]["id"].as_str().unwrap();
    for command in ["rotate", "revoke"] {
        let said = place.run(["key", command, id]).await.done().err;
        assert!(said.contains("within 20 s"), "{command}: {said}");
    }
}

#[tokio::test]
async fn what_serve_would_refuse_the_check_refuses() {
    let place = Place::new().with("PERPSIGNAL_LOG", "nonsense=[[");
    assert_refused(&place.run(["config", "check"]).await, 1, &["PERPSIGNAL_LOG"], "a wrong filter");
    let place = Place::new().with("COINGLASS_PLAN", "gold");
    assert_refused(&place.run(["config", "check"]).await, 1, &["coinglass.plan", "gold"], "a wrong plan");
    let place = Place::new();
    let file = place.write("none.toml", "[server]\nmax_connections = 0\n");
    let ended = place.run(["--config", file.to_str().unwrap(), "config", "check"]).await;
    assert_refused(&ended, 1, &["max_connections"], "no connection");
    for name in ["API_KEYS", "HOME"] {
        let mut command = place.command(["config", "check"]);
        let output = command.env(name, OsStr::from_bytes(b"key-\xff-key")).output().await.unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}: {err}");
        assert!(err.contains(name) && err.contains("UTF-8"), "{err}");
    }
    let mut command = place.command(["config", "check"]);
    let other = command.env("SOMETHING_ELSE", OsStr::from_bytes(b"\xff")).output().await.unwrap();
    assert!(other.status.success());
}

#[tokio::test]
async fn passwords_inside_addresses_are_not_shown() {
    let place = Place::new()
        .with("OPENAI_BASE_URL", "http://user:hunter2@model.example/v1")
        .with("BASE_URL", "https://user:hunter2@signals.example");
    for command in ["print", "check"] {
        let shown = place.run(["config", command]).await.done().out;
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("http://***@model.example/v1"), "{shown}");
        assert!(shown.contains("https://***@signals.example"), "{shown}");
    }
}

#[tokio::test]
async fn nothing_is_imported_where_nothing_would_show_it() {
    let place = Place::new();
    let file = place.write("history.json", "[]");
    let ended = place.simulated(&["import", file.to_str().unwrap()]).await;
    assert_refused(&ended, 2, &["without --replay, --simulate"], "an import into a simulation");
    place.run(["import", file.to_str().unwrap()]).await.done();
}

#[tokio::test]
async fn candles_that_cannot_be_are_named_by_their_line() {
    let place = Place::new();
    let good = "2024-01-01T00:00:00Z,10,11,9,10,5";
    for (row, word) in [
        ("2024-01-01T01:00:00Z,10,11,9,10,NaN", "not finite"),
        ("2024-01-01T01:00:00Z,10,11,9,10,inf", "not finite"),
        ("2024-01-01T01:00:00Z,10,inf,9,10,5", "not finite"),
        ("2024-01-01T01:00:00Z,10,9,11,10,5", "high and low"),
        ("2024-01-01T01:00:00Z,10,11,9,10,-5", "negative"),
        ("2024-01-01T00:00:00Z,10,11,9,10,5", "not after the row before"),
        ("2023-12-31T23:00:00Z,10,11,9,10,5", "not after the row before"),
    ] {
        let text = format!("open_time,open,high,low,close,volume\n{good}\n{row}\n");
        let file = place.write("candles.csv", &text);
        for command in ["indicators", "smc"] {
            let ended = place.run([command, "--candles", file.to_str().unwrap()]).await;
            assert_refused(&ended, 1, &["line 3", word], row);
        }
    }
    let file = place.write("one.csv", &format!("open_time,open,high,low,close,volume\n{good}\n"));
    let ended = place.run(["smc", "--candles", file.to_str().unwrap()]).await;
    assert_refused(&ended, 1, &["one candle is too few"], "one candle");
}

#[tokio::test]
async fn doctor_advises_about_the_database_that_is_in_use() {
    let advice = |ended: &Ended| {
        let findings = ended.json();
        let found = findings.as_array().unwrap().iter().find(|each| each["part"] == "database").unwrap();
        assert_eq!(found["state"], "failed", "{found}");
        found["whatToDo"].as_str().unwrap().to_owned()
    };
    let place = Place::new();
    let file = place.write("broken.db", &"this is no database ".repeat(500));
    let place = place.with("DATABASE_URL", &format!("sqlite://{}", file.display()));
    let told = advice(&place.run(["--simulate", "7", "doctor", "--json"]).await);
    assert!(told.contains("SQLite is in use") && told.contains("DATABASE_URL"), "{told}");
    let place = Place::new();
    place.write("data", "a file where the folder belongs");
    let told = advice(&place.run(["--simulate", "7", "doctor", "--json"]).await);
    assert!(told.contains("SQLite is in use") && told.contains("PERPSIGNAL_DATA_DIR"), "{told}");
    let place = Place::new().with("DATABASE_URL", "postgres://nobody@127.0.0.1:9/none");
    let told = advice(&place.run(["--simulate", "7", "doctor", "--json"]).await);
    assert!(told.contains("start the database"), "{told}");
}

/// The spool of the one world that this place has.
fn spool_of(place: &Place) -> PathBuf {
    let worlds = std::fs::read_dir(place.path().join("data")).unwrap();
    let mut spools = worlds.map(|world| world.unwrap().path().join("spool")).filter(|path| path.is_dir());
    spools.next().expect("no spool")
}

async fn health(server: &Server) -> Value {
    server.get("/health").await.ok()
}

#[tokio::test]
async fn a_server_that_cannot_promise_rows_says_so_until_it_can() {
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    assert_eq!((server.get("/readyz").await.status, &health(&server).await["status"]), (200, &"ok".into()));
    // A folder stands where the day's file belongs.
    let file = spool_of(&place).join("signals-2026-01-01.jsonl");
    std::fs::create_dir(&file).unwrap();
    let path = format!("/signals/{}?mode=ultra", DECIDED[0]);
    server.get(&path).await.problem(503, "unavailable");
    let ready = server.get("/readyz").await;
    assert!(ready.status == 503 && ready.text.contains("spool cannot be written"), "{}", ready.text);
    let told = health(&server).await;
    assert_eq!(told["status"], "degraded", "{told}");
    assert!(told["database"]["spooled"]["lastError"].as_str().unwrap().contains("spool"), "{told}");
    std::fs::remove_dir(&file).unwrap();
    let mut is_ready = false;
    for _ in 0..100 {
        is_ready = server.get("/readyz").await.status == 200;
        if is_ready {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(is_ready, "still not ready: {}", server.get("/readyz").await.text);
    assert_eq!(health(&server).await["status"], "ok");
    server.get(&path).await.ok();
}

#[tokio::test]
async fn without_a_usable_exchange_the_service_is_degraded() {
    let place = Place::new();
    let faults = ["binance", "okx", "bybit"].map(|venue| format!("{venue}:error=503"));
    let mut world = SIMULATED.to_vec();
    world.extend(faults.iter().flat_map(|fault| ["--fault", fault.as_str()]));
    let server = place.serve(&world).await;
    let mut told = Value::Null;
    for _ in 0..40 {
        server.get("/signals/BTC?fresh=true").await;
        told = health(&server).await;
        if told["status"] == "degraded" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    assert_eq!(told["status"], "degraded", "{told}");
    assert_eq!(server.get("/readyz").await.status, 200, "rows can be promised all the same");
}
