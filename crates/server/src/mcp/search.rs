//! Finding coins and operations by words, and reading what was found.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use catalog::{OpError, Operation, Selection, Surfaces, Typing};
use domain::Venue;
use domain::symbols::Directory;
use ops::Ctx;
use serde_json::{Map, Value, json};

use super::call::Run;

/// Most results of each sort.
const RESULTS_MAX: usize = 10;
/// Longest query that is read, in characters.
const QUERY_CHARS_MAX: usize = 400;
/// Longest time for the exchanges' lists of contracts.
const LISTS_LIMIT: Duration = Duration::from_secs(8);
/// Words that are tickers too, but hardly ever meant so inside a sentence.
const STOP_WORDS: [&str; 24] = [
    "A", "AN", "AND", "ANY", "ARE", "AT", "BEST", "BY", "FOR", "GET", "HOW", "IN", "IS", "IT", "ME", "NOW",
    "OF", "ON", "OR", "SIGNAL", "THE", "TO", "WHAT", "WITH",
];

/// What people call coins whose tickers they rarely write.
const NAMES: [(&str, &str); 18] = [
    ("AVALANCHE", "AVAX"),
    ("BINANCECOIN", "BNB"),
    ("BITCOIN", "BTC"),
    ("CARDANO", "ADA"),
    ("CHAINLINK", "LINK"),
    ("COSMOS", "ATOM"),
    ("DOGECOIN", "DOGE"),
    ("ETHER", "ETH"),
    ("ETHEREUM", "ETH"),
    ("LITECOIN", "LTC"),
    ("MONERO", "XMR"),
    ("POLKADOT", "DOT"),
    ("RIPPLE", "XRP"),
    ("SOLANA", "SOL"),
    ("STELLAR", "XLM"),
    ("TRON", "TRX"),
    ("UNISWAP", "UNI"),
    ("ZCASH", "ZEC"),
];

/// Coins and operations that the words fit.
pub(super) async fn search(run: Run<'_>, query: &str) -> Result<Value, OpError> {
    run.charge(1)?;
    let query: String = query.trim().chars().take(QUERY_CHARS_MAX).collect();
    if query.is_empty() {
        return Err(OpError::bad_argument("query", "missing", None, "words to search for"));
    }
    let words: Vec<String> = query
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_uppercase)
        .collect();
    let app = Arc::clone(&run.state.app);
    let ctx = Ctx { app, deadline: Some(Instant::now() + LISTS_LIMIT), caller: run.caller.name().into() };
    // Without any list of contracts the operations can still be found.
    let coins = match ctx.app.market.listing(ctx.ask(false)).await {
        Ok(listing) => coins(&listing.directory, listing.main_venue, &query, &words),
        Err(_) => Vec::new(),
    };
    let base = &run.state.config.base_url;
    let mut results: Vec<Value> = coins
        .iter()
        .map(|coin| {
            json!({
                "id": format!("coin:{coin}"),
                "title": format!("{coin} perpetual: present signal"),
                "url": format!("{base}/signals/{coin}")
            })
        })
        .collect();
    results.extend(operations(run, &words).into_iter().map(|operation| {
        json!({
            "id": format!("operation:{}", operation.name()),
            "title": operation.meta.summary,
            "url": page_of(base, operation)
        })
    }));
    Ok(json!({"results": results}))
}

/// The coin that the whole query means, then those that a word names, then those that a word begins.
fn coins(directory: &Directory, venue: Venue, query: &str, words: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut add = |coin: String| {
        if !found.contains(&coin) && found.len() < RESULTS_MAX {
            found.push(coin);
        }
    };
    if let Ok(resolved) = directory.resolve(venue, query) {
        add(resolved.instrument.base.0.clone());
    }
    let words: Vec<&String> = words.iter().filter(|word| !STOP_WORDS.contains(&word.as_str())).collect();
    for word in &words {
        let named = NAMES.iter().find(|(name, _)| name == word).map(|(_, ticker)| *ticker);
        if let Ok(resolved) = directory.resolve(venue, named.unwrap_or(word)) {
            add(resolved.instrument.base.0.clone());
        }
    }
    let universe: BTreeSet<String> =
        directory.universe(venue, "USDT").iter().map(|instrument| instrument.base.0.clone()).collect();
    for word in words.iter().filter(|word| word.chars().count() >= 2) {
        universe.iter().filter(|coin| coin.starts_with(word.as_str())).cloned().for_each(&mut add);
    }
    found
}

/// The operations whose names and texts the words fit best.
fn operations<'a>(run: Run<'a>, words: &[String]) -> Vec<&'a Operation> {
    let words: Vec<String> = words
        .iter()
        .filter(|word| word.chars().count() >= 3 && !matches!(word.as_str(), "THE" | "AND" | "FOR" | "WITH"))
        .map(|word| word.to_lowercase())
        .collect();
    let offered =
        run.state.catalog.iter().filter(|operation| operation.meta.surfaces.contains(Surfaces::MCP));
    let mut ranked: Vec<(usize, &Operation)> =
        offered.map(|operation| (fit(operation, &words), operation)).filter(|(fit, _)| *fit > 0).collect();
    // A stable sort: among equals the catalogue's order stands.
    ranked.sort_by_key(|(fit, _)| std::cmp::Reverse(*fit));
    ranked.into_iter().take(RESULTS_MAX).map(|(_, operation)| operation).collect()
}

/// A word in the name counts most, then in the summary, then in the description.
fn fit(operation: &Operation, words: &[String]) -> usize {
    let meta = &operation.meta;
    let (summary, description) = (meta.summary.to_lowercase(), meta.description.to_lowercase());
    let of_word = |word: &String| {
        // The plural of a word is the same word here.
        let stem = word.strip_suffix('s').filter(|stem| stem.len() >= 3).unwrap_or(word);
        let in_name = meta.name.split(['.', '_']).any(|part| part.strip_suffix('s').unwrap_or(part) == stem);
        if in_name {
            4
        } else if summary.contains(stem) {
            2
        } else {
            usize::from(description.contains(stem))
        }
    };
    words.iter().map(of_word).sum()
}

/// Where people read about an operation.
fn page_of(base: &str, operation: &Operation) -> String {
    let meta = &operation.meta;
    let tag = meta.tags.first().map_or_else(|| meta.namespace(), AsRef::as_ref);
    format!("{base}/docs#/{tag}/{}", meta.operation_id())
}

/// What an id from the search stands for.
pub(super) async fn fetch(run: Run<'_>, id: &str) -> Result<Value, OpError> {
    let id = id.trim();
    if let Some(name) = id.strip_prefix("operation:") {
        return document_of_operation(run, name);
    }
    let coin = match id.strip_prefix("coin:") {
        Some(coin) => coin,
        None if run.state.catalog.find(id).is_some() => return document_of_operation(run, id),
        None => id,
    };
    document_of_coin(run, coin).await
}

fn document_of_operation(run: Run<'_>, name: &str) -> Result<Value, OpError> {
    run.charge(1)?;
    let described = run.describe(name)?;
    let operation = run.state.catalog.directory().get(name.trim(), Surfaces::MCP)?;
    let meta = &operation.meta;
    let text = format!("{}\n\n{}\n\n{described:#}", meta.summary, meta.description);
    Ok(json!({
        "id": format!("operation:{}", operation.name()),
        "title": meta.summary,
        "text": text,
        "url": page_of(&run.state.config.base_url, operation),
        "metadata": {"source": "operations", "effect": meta.effect, "scope": meta.scope}
    }))
}

async fn document_of_coin(run: Run<'_>, coin: &str) -> Result<Value, OpError> {
    let operation = run.state.catalog.directory().get("signals.get", Surfaces::MCP)?;
    let args = Map::from_iter([("symbol".to_owned(), coin.into())]);
    let call = operation.accept(args, Typing::Text)?;
    let signal = run.operation(operation, call, &Selection::default()).await?;
    let symbol = text_at(&signal, "/symbol");
    let title = format!(
        "{symbol} {} {:.1}",
        text_at(&signal, "/signal"),
        number_at(&signal, "/score").unwrap_or_default()
    );
    Ok(json!({
        "id": format!("coin:{symbol}"),
        "title": title,
        "text": readable(&signal),
        "url": format!("{}/signals/{symbol}", run.state.config.base_url),
        "metadata": {
            "source": "signals",
            "dataSource": text_at(&signal, "/dataSource"),
            "timestamp": text_at(&signal, "/timestamp"),
            "expiresAt": text_at(&signal, "/expiresAt"),
            "signal": text_at(&signal, "/signal"),
            "confidence": text_at(&signal, "/confidence")
        }
    }))
}

/// A signal as a page to read; every figure is the signal's own.
fn readable(signal: &Value) -> String {
    let mut lines = vec![format!(
        "{} ({}): {}, score {} of 100 (50 is neutral), confidence {}, price {}, at {}, valid until {}.",
        text_at(signal, "/symbol"),
        text_at(signal, "/instrument"),
        text_at(signal, "/signal"),
        text_at(signal, "/score"),
        text_at(signal, "/confidence"),
        text_at(signal, "/price"),
        text_at(signal, "/timestamp"),
        text_at(signal, "/expiresAt"),
    )];
    for (heading, at) in [("Reasons", "/reasons"), ("Sources", "/attribution")] {
        let items = signal.pointer(at).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if !items.is_empty() {
            lines.push(format!("{heading}:"));
            lines.extend(items.iter().filter_map(Value::as_str).map(|item| format!("- {item}")));
        }
    }
    for (label, at) in [
        ("Verdict", "/aiVerdictLayer/verdict"),
        ("Judgement", "/aiVerdictLayer/aiSummary"),
        ("Plan", "/aiVerdictLayer/volatilityMetrics/tradePlanSummary"),
        ("Data", "/dataSource"),
    ] {
        if let Some(text) = signal.pointer(at).and_then(Value::as_str) {
            lines.push(format!("{label}: {text}"));
        }
    }
    let missing = signal.pointer("/dataQuality/missing").and_then(Value::as_array);
    for factor in missing.into_iter().flatten() {
        lines.push(format!("Missing: {} ({})", text_at(factor, "/factor"), text_at(factor, "/reason")));
    }
    lines.push(text_at(signal, "/disclaimer"));
    lines.join("\n")
}

/// A member as text; empty where there is none.
fn text_at(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

fn number_at(value: &Value, pointer: &str) -> Option<f64> {
    value.pointer(pointer).and_then(Value::as_f64)
}
