use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::program::{Place, SIMULATED, factor, live};

/// The default limit for the observations of one signal, and room for a busy machine: start of the
/// program, loading the lists, writing.
const WITHIN: Duration = Duration::from_millis(4_000 + 3_500);
const ALL_FACTORS: [&str; 8] = [
    "liquidations",
    "fundingRate",
    "priceMomentum",
    "longShortRatio",
    "smartMoney",
    "oiTrend",
    "socialSentiment",
    "fearGreed",
];
const OF_EXCHANGES: [&str; 5] = ["fundingRate", "priceMomentum", "longShortRatio", "smartMoney", "oiTrend"];

/// What must come of a signal while this provider fails.
fn judge(provider: &str, kind: &str, signal: &Value) {
    let told = live(signal);
    let source = |name: &str| factor(signal, name)["source"].as_str().unwrap_or("-").to_owned();
    let context = format!("{provider}:{kind}: {told:?}");
    let lost: &[&str] = match provider {
        "lunarcrush" => &["socialSentiment"],
        _ => &[],
    };
    for name in ALL_FACTORS {
        assert_eq!(told.contains(&name), !lost.contains(&name), "{name}, {context}");
        if lost.contains(&name) {
            let lost = factor(signal, name);
            assert!(lost["score"].is_null(), "{context}");
            let note = lost["note"].as_str().unwrap();
            assert!(note.contains(provider), "the reason must name {provider}: {note}");
            let missing = &signal["dataQuality"]["missing"];
            assert_eq!(missing[0]["factor"], name, "{context}");
            assert_eq!(missing[0]["reason"], note, "{context}");
        }
    }
    // Who stands in.
    let venue = if provider == "binance" { "okx" } else { "binance" };
    for name in OF_EXCHANGES {
        assert_eq!(source(name), venue, "{name}, {context}");
    }
    assert_eq!(signal["venue"], venue, "{context}");
    assert_eq!(
        source("liquidations"),
        if provider == "coinglass" { "okx" } else { "coinglass" },
        "{context}"
    );
    let mood = if provider == "alternative.me" { "coinglass" } else { "alternative.me" };
    assert_eq!(source("fearGreed"), mood, "{context}");
}

/// Every provider in turn with this fault, two programs at a time.
async fn each_provider(kind: &'static str) {
    let providers =
        ["binance", "okx", "bybit", "coinglass", "lunarcrush", "coinapi", "coingecko", "alternative.me"];
    for pair in providers.chunks(2) {
        let mut runs = JoinSet::new();
        for provider in pair.iter().copied() {
            runs.spawn(async move {
                let fault = format!("{provider}:{kind}");
                let place = Place::new();
                let ended = place.simulated(&["--fault", &fault, "signal", "BTC", "--json"]).await.done();
                assert!(ended.took < WITHIN, "{fault} took {:?}", ended.took);
                judge(provider, kind, &ended.json());
            });
        }
        while let Some(run) = runs.join_next().await {
            run.unwrap();
        }
    }
}

#[tokio::test]
async fn a_provider_that_hangs_costs_time_within_the_deadline_and_its_own_factor_at_most() {
    each_provider("hang").await;
}

#[tokio::test]
async fn a_provider_that_sends_garbage_costs_its_own_factor_at_most() {
    each_provider("garbage").await;
}

#[tokio::test]
async fn a_provider_that_limits_us_costs_its_own_factor_at_most() {
    each_provider("429").await;
}

#[tokio::test]
async fn a_provider_that_breaks_off_costs_its_own_factor_at_most() {
    each_provider("half_body").await;
}

#[tokio::test]
async fn with_all_providers_dead_there_is_a_problem_that_names_each() {
    let place = Place::new();
    let replay = place.replay(&["--at", "2026-01-01T00:00:00Z", "--speed", "0"]).await;
    let server = place.serve(&["--replay-url", &replay.base]).await;
    server.get("/signals/BTC").await.ok();
    replay.fault(&json!({"provider": "all", "kind": "error", "status": 500})).await;
    // The lists are known, so that each factor tells its own failures.
    let body = server.get("/signals/ETH?fresh=true").await.problem(503, "insufficient_data");
    let missing = body["missing"].as_array().unwrap();
    for name in ALL_FACTORS {
        let each =
            missing.iter().find(|each| each["factor"] == name).unwrap_or_else(|| panic!("{name}: {body}"));
        assert!(each["reason"].as_str().unwrap().len() > 8, "{each}");
    }
    let text = body.to_string();
    for source in ["binance", "okx", "bybit", "coinglass", "lunarcrush", "alternative.me"] {
        assert!(text.contains(source), "{source}: {text}");
    }
    // Well again: the next callers get a signal when the breakers have tried.
    replay.fault(&json!({"provider": "all", "kind": "none"})).await;
    let mut healed = false;
    for _ in 0..60 {
        healed = server.get("/signals/ETH?fresh=true").await.status == 200;
        if healed {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert!(healed, "no signal half a minute after all providers came back");
}

#[tokio::test]
async fn on_the_command_line_dead_providers_end_with_code_3() {
    let place = Place::new();
    let ended = place.simulated(&["--fault", "all:error", "signal", "BTC", "--json"]).await;
    assert_eq!(ended.code, 3, "{}", ended.err);
    assert!(ended.out.is_empty(), "{}", ended.out);
    for source in ["binance", "okx", "bybit"] {
        assert!(ended.err.contains(source), "{source}: {}", ended.err);
    }
}

#[tokio::test]
async fn sources_without_a_key_suffice_for_four_fifths() {
    let place = Place::new();
    let off = ["coinglass", "lunarcrush", "coinapi", "coingecko"];
    let config: String = off.iter().map(|name| format!("[providers.{name}]\nenabled = false\n")).collect();
    let file = place.write("keyless.toml", &config);
    let args = ["--config", file.to_str().unwrap(), "signal", "BTC", "--json"];
    let signal = place.run(SIMULATED.iter().chain(&args)).await.done().json();
    assert!(signal["dataQuality"]["coverage"].as_f64().unwrap() >= 0.8, "{}", signal["dataQuality"]);
    assert_eq!(factor(&signal, "liquidations")["source"], "okx");
    assert_eq!(signal["dataQuality"]["missing"][0]["factor"], "socialSentiment");
}
