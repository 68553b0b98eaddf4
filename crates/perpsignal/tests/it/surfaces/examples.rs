use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::program::{Answer, Place, SIMULATED, Server};

/// Namespaces that hand a provider's answer through: their operations may be asked side by side.
const PROVIDERS: [&str; 7] = ["binance", "bybit", "coinapi", "coingecko", "coinglass", "lunarcrush", "okx"];
/// Calls under way at a time.
const LANES: usize = 4;
/// How often a call is made again that is told to come later.
const PATIENT: usize = 3;

/// Examples that cannot succeed in a simulated market with nothing else configured, and the problem's code.
const REFUSED: [(&str, &str); 1] = [
    // No Telegram bot is configured, and the simulator has none.
    ("alerts.send", "missing_key"),
];

/// Operations whose answer is made from the market: it must say from which.
const MADE_FROM_THE_MARKET: [&str; 9] = [
    "signals.get",
    "signals.debug",
    "market.get",
    "market.summary",
    "scan.market",
    "smc.analyze",
    "openai.analyze",
    "performance.summary",
    "health.check",
];

struct Example {
    operation: String,
    args: Value,
}

/// Every documented example, by operation; an operation without one fails the test.
async fn examples(server: &Server) -> Vec<Example> {
    let listing = server.get("/invoke/operations").await.ok();
    let operations = listing["operations"].as_array().unwrap();
    assert_eq!(listing["count"], operations.len(), "the listing holds all of them");
    let mut examples = Vec::new();
    for operation in operations {
        let name = operation["operation"].as_str().unwrap();
        let documented = operation["examples"].as_array().unwrap();
        assert!(!documented.is_empty(), "{name} has no example");
        examples.extend(
            documented
                .iter()
                .map(|example| Example { operation: name.to_owned(), args: example["args"].clone() }),
        );
    }
    examples
}

/// Every place in an answer that says where the data come from.
fn sources<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| sources(item, found)),
        Value::Object(fields) => {
            for (name, field) in fields {
                if name == "dataSource" {
                    found.push(field);
                }
                sources(field, found);
            }
        }
        _ => {}
    }
}

/// What is wrong with an answer, if anything.
fn complaint(example: &Example, answer: &Answer) -> Option<String> {
    let Example { operation, args } = example;
    let told = |what: &str| {
        let excerpt: String = answer.text.chars().take(400).collect();
        Some(format!("{operation} {args}: {what}: {} {excerpt}", answer.status))
    };
    let body: Value = match serde_json::from_str(&answer.text) {
        Ok(body) => body,
        Err(error) => return told(&format!("no JSON ({error})")),
    };
    if let Some((_, code)) = REFUSED.iter().find(|(name, _)| name == operation) {
        let as_told = (400..500).contains(&answer.status) && body["error"]["code"] == *code;
        return if as_told { None } else { told("refused in another way, or not at all") };
    }
    if !(200..300).contains(&answer.status) || body["ok"] != true {
        return told("failed");
    }
    let mut found = Vec::new();
    sources(&body["data"], &mut found);
    if found.iter().any(|source| **source != "simulated") {
        return told("data of another world");
    }
    if found.is_empty() && MADE_FROM_THE_MARKET.contains(&operation.as_str()) {
        return told("it does not say where its data come from");
    }
    None
}

/// Asks again when the service says when to: on a loaded machine a provider's time may run out.
async fn ask(server: &Server, example: Example) -> Option<String> {
    let call = json!({"operation": example.operation, "args": example.args});
    let mut answer = server.post("/invoke", &call).await;
    for _ in 0..PATIENT {
        if answer.status != 503 {
            break;
        }
        let told = answer.json()["error"]["retryAfter"].as_u64().unwrap_or(1);
        tokio::time::sleep(Duration::from_secs(told.clamp(1, 10))).await;
        answer = server.post("/invoke", &call).await;
    }
    complaint(&example, &answer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_documented_example_succeeds_in_a_simulated_market() {
    let place = Place::new();
    let server = Arc::new(place.serve(&SIMULATED).await);
    let all = examples(&server).await;
    let count = all.len();
    let (handed_through, own): (Vec<Example>, Vec<Example>) = all.into_iter().partition(|example| {
        let namespace = example.operation.split('.').next().unwrap_or_default();
        PROVIDERS.contains(&namespace)
    });
    assert!(handed_through.len() > own.len() && !own.is_empty());
    let begun = Instant::now();
    let mut complaints = Vec::new();
    // Ours in the listed order: some read what the ones before them wrote.
    for example in own {
        complaints.extend(ask(&server, example).await);
    }
    let mut lanes = JoinSet::new();
    for example in handed_through {
        if lanes.len() >= LANES {
            complaints.extend(lanes.join_next().await.unwrap().unwrap());
        }
        let served = Arc::clone(&server);
        lanes.spawn(async move { ask(&served, example).await });
    }
    while let Some(ended) = lanes.join_next().await {
        complaints.extend(ended.unwrap());
    }
    eprintln!("{count} examples in {:?}", begun.elapsed());
    assert!(complaints.is_empty(), "{} of {count}:\n{}", complaints.len(), complaints.join("\n"));
}

/// The names of an answer's fields.
fn fields(answer: &Value) -> Vec<String> {
    let names = answer["data"].as_object().into_iter().flat_map(|fields| fields.keys().cloned());
    names.filter(|name| name != "truncated").collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_namespace_takes_saved_calls_of_either_style() {
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    let mut seen = Vec::new();
    for Example { operation, args } in examples(&server).await {
        let namespace = operation.split('.').next().unwrap_or_default().to_owned();
        let is_refused = REFUSED.iter().any(|(name, _)| *name == operation);
        // Two calls of one that writes are not alike.
        if is_refused || namespace == "admin" || seen.contains(&namespace) {
            continue;
        }
        let nested = json!({"operation": operation, "args": args});
        let mut flat = args;
        flat["operation"] = operation.clone().into();
        let nested = server.post("/invoke", &nested).await.ok();
        let flat = server.post("/invoke", &flat).await.ok();
        assert_eq!(flat["operation"], operation);
        if nested["data"].is_array() && flat["data"].is_object() {
            assert!(flat["data"]["data"].is_array(), "{operation}: a long list is cut, and told to be");
        } else {
            assert_eq!(fields(&flat), fields(&nested), "{operation}");
        }
        seen.push(namespace);
    }
    assert!(seen.len() > 15, "{seen:?}");
}
