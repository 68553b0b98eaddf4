use std::fmt::Write as _;

use serde_json::Value;

use crate::program::{Place, SIMULATED};

#[tokio::test]
async fn live_operation_refuses_the_answers_of_a_replay() {
    let place = Place::new();
    let replay = place.replay(&["--at", "2026-01-01T00:00:00Z", "--speed", "0"]).await;
    let addresses = replay.get("/").await.ok();
    let mut config = String::new();
    for (name, place) in addresses["providers"].as_object().unwrap() {
        let section = name.replace("alternative.me", "fear_greed").replace('.', "_");
        write!(config, "[providers.{section}]\nbase_url = {}\n", place["rest"]).unwrap();
        if ["binance", "okx", "bybit"].contains(&section.as_str()) {
            writeln!(config, "stream_url = {}", place["stream"]).unwrap();
        } else if section != "fear_greed" {
            writeln!(config, "key = \"k\"").unwrap();
        }
    }
    let file = place.write("live.toml", &config);
    let with = |args: &[&'static str]| {
        let mut all = vec!["--config".to_owned(), file.to_str().unwrap().to_owned()];
        all.extend(args.iter().map(|text| (*text).to_owned()));
        all
    };
    let ended = place.run(with(&["signal", "BTC", "--json"])).await;
    assert_eq!(ended.code, 3, "{}", ended.err);
    assert!(ended.out.is_empty(), "{}", ended.out);
    for source in ["binance", "okx", "bybit"] {
        assert!(ended.err.contains(source), "{}", ended.err);
    }
    assert!(ended.err.contains("replay"), "the reason must be told: {}", ended.err);

    let ended = place.run(with(&["doctor", "--json"])).await;
    assert_eq!(ended.code, 1, "{}", ended.err);
    let findings = ended.json();
    for source in ["binance", "okx", "bybit"] {
        let finding = findings.as_array().unwrap().iter().find(|each| each["part"] == source).unwrap();
        assert_ne!(finding["state"], "ok", "{finding}");
        assert!(finding["detail"].as_str().unwrap().contains("replay"), "{finding}");
    }
}

#[tokio::test]
async fn only_a_replay_server_is_taken_for_one() {
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    let ended = place.run(["--replay-url", &server.base, "signal", "BTC", "--json"]).await;
    assert_eq!(ended.code, 1, "{}", ended.err);
    assert!(ended.out.is_empty() && ended.err.contains("replay server"), "{}", ended.err);
    // The port of nobody: bound once, and free again.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = format!("http://127.0.0.1:{port}");
    let ended = place.run(["--replay-url", &nobody, "signal", "BTC"]).await;
    assert!(ended.code == 1 && ended.err.contains("no replay server"), "{}", ended.err);
}

#[tokio::test]
async fn a_replay_in_a_process_of_its_own_gives_what_the_one_inside_gives() {
    let place = Place::new();
    let replay = place.replay(&["--seed", "7", "--at", "2026-01-01T00:00:00Z", "--speed", "0"]).await;
    let outside = place.run(["--replay-url", &replay.base, "signal", "ETH", "--json"]).await.done();
    let inside = place.simulated(&["signal", "ETH", "--json"]).await.done();
    let without_id = |text: &str| {
        let mut signal: Value = serde_json::from_str(text).unwrap();
        signal["id"] = Value::Null;
        // A clock that is read once from outside stands at the same instant.
        signal
    };
    assert_eq!(without_id(&outside.out), without_id(&inside.out));
}

#[tokio::test]
async fn flags_of_a_replay_need_a_replay() {
    let place = Place::new();
    for flags in [&["--speed", "2"][..], &["--at", "2026-01-01T00:00:00Z"], &["--fault", "okx:hang"]] {
        let ended = place.run(flags.iter().chain(&["signal", "BTC"])).await;
        assert_eq!(ended.code, 2, "{}", ended.err);
        assert!(ended.err.contains("--simulate"), "{}", ended.err);
    }
    let ended = place.simulated(&["--fault", "okx:nonsense", "signal", "BTC"]).await;
    assert!(ended.code == 2 && ended.err.contains("half_body"), "{}", ended.err);
}
