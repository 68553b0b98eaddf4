//! The catalogue against its own rules and against the contract with existing callers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::path::PathBuf;

use catalog::Typing;
use ops::catalog;

/// The contract's namespaces that must be complete.
const NAMESPACES: [&str; 6] = ["coinglass", "lunarcrush", "coinapi", "signals", "market", "health"];

/// Some of every namespace, whatever files are at hand.
const KNOWN: [(&str, &str, &str); 22] = [
    ("signals.get", "GET", "/signals/{symbol}"),
    ("signals.debug", "GET", "/signals/debug/premium/{symbol}"),
    ("market.get", "GET", "/market/{symbol}"),
    ("market.summary", "GET", "/market/summary"),
    ("health.check", "GET", "/health"),
    ("health.root", "GET", "/"),
    ("coinglass.markets", "GET", "/coinglass/markets"),
    ("coinglass.markets.symbol", "GET", "/coinglass/markets/{symbol}"),
    ("coinglass.liquidation.aggregated_history", "GET", "/coinglass/liquidation/aggregated-history"),
    ("coinglass.liquidations.heatmap", "GET", "/coinglass/liquidations/{symbol}/heatmap"),
    ("coinglass.etf.flows", "GET", "/coinglass/etf/flows/{asset}"),
    ("coinglass.dashboard.symbol", "GET", "/coinglass/dashboard/{symbol}"),
    ("lunarcrush.coin", "GET", "/lunarcrush/coin/{symbol}"),
    ("lunarcrush.coin_correlation", "GET", "/lunarcrush/correlation/{symbol}"),
    ("lunarcrush.topic_trends", "GET", "/lunarcrush/topics/trends"),
    ("coinapi.ohlcv.latest", "GET", "/coinapi/ohlcv/{symbol}/latest"),
    ("coinapi.multi_exchange", "GET", "/coinapi/multi-exchange/{symbol}"),
    ("binance.open_interest_hist", "GET", "/binance/open-interest-hist"),
    ("okx.rubik.taker_volume_contract", "GET", "/okx/rubik/taker-volume-contract"),
    ("bybit.market.funding_history", "GET", "/bybit/market/funding-history"),
    ("coingecko.simple_price", "GET", "/coingecko/simple-price"),
    ("batch.signals", "POST", "/batch/signals"),
];

#[test]
fn the_catalogue_breaks_none_of_its_rules() {
    let found = catalog().check();
    assert!(found.is_empty(), "{} rules broken:\n{}", found.len(), found.join("\n"));
}

#[test]
fn names_are_unique_and_known_operations_are_where_callers_expect_them() {
    let catalog = catalog();
    let names: BTreeSet<&str> = catalog.iter().map(catalog::Operation::name).collect();
    assert_eq!(names.len(), catalog.iter().count());
    println!("{} operations", names.len());
    for (name, method, path) in KNOWN {
        let operation = catalog.find(name).unwrap_or_else(|| panic!("{name} is missing"));
        assert_eq!((operation.meta.verb.as_str(), operation.meta.path.as_ref()), (method, path), "{name}");
    }
}

#[test]
fn nothing_that_changes_a_providers_account_is_offered() {
    let catalog = catalog();
    for endpoint in lunarcrush::WRITES {
        assert!(catalog.find(&format!("lunarcrush.{}", endpoint.id)).is_none(), "{}", endpoint.id);
    }
}

#[test]
fn every_row_of_the_providers_tables_has_an_operation() {
    let catalog = catalog();
    let count =
        |namespace: &str| catalog.iter().filter(|operation| operation.meta.namespace() == namespace).count();
    assert!(count("binance") >= binance::ENDPOINTS.len());
    assert!(count("okx") >= okx::ENDPOINTS.len());
    assert!(count("bybit") >= bybit::ENDPOINTS.len());
    assert!(count("coinglass") >= coinglass::ENDPOINTS.len());
    assert!(count("lunarcrush") >= lunarcrush::ENDPOINTS.len());
    assert!(count("coinapi") >= coinapi::ENDPOINTS.len());
    assert!(count("coingecko") >= coingecko::ENDPOINTS.len());
}

#[test]
fn lists_come_as_text_and_as_lists_and_coinglass_needs_no_more_than_a_coin() {
    let catalog = catalog();
    let history = catalog.find("coinglass.liquidation.aggregated_history").unwrap();
    for args in [
        serde_json::json!({"symbol": "BTC", "exchange_list": "Binance,OKX"}),
        serde_json::json!({"symbol": "BTC", "exchange_list": ["Binance", "OKX"], "interval": "4h", "limit": 3}),
    ] {
        history.accept(args.as_object().unwrap().clone(), Typing::Strict).unwrap();
    }
    let refused = serde_json::json!({"symbol": "BTC", "interval": "5h"});
    let error = history.accept(refused.as_object().unwrap().clone(), Typing::Strict).unwrap_err();
    assert!(error.detail.contains("interval"), "{}", error.detail);
}

/// A row of the contract's tables.
struct Promised {
    name: String,
    method: String,
    path: String,
}

#[test]
fn what_the_contract_promises_is_there() {
    let shared = std::env::var_os("PERPSIGNAL_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let file = shared.join("contract/operations.md");
    let Ok(text) = std::fs::read_to_string(&file) else {
        eprintln!("skipped: no contract at {}", file.display());
        return;
    };
    let catalog = catalog();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for promised in promised(&text) {
        seen += 1;
        match catalog.find(&promised.name) {
            None => wrong.push(format!("{} is missing", promised.name)),
            Some(operation) => {
                let (method, path) = (operation.meta.verb.as_str(), operation.meta.path.as_ref());
                if (method, path) != (promised.method.as_str(), promised.path.as_str()) {
                    wrong.push(format!(
                        "{}: {method} {path} instead of {} {}",
                        promised.name, promised.method, promised.path
                    ));
                }
            }
        }
    }
    println!("{seen} operations promised");
    assert!(seen > 90, "only {seen} rows were read");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn promised(text: &str) -> Vec<Promised> {
    let mut rows = Vec::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, name, route, ..] = cells.as_slice() else { continue };
        let Some(name) = name.strip_prefix('`').and_then(|name| name.strip_suffix('`')) else { continue };
        let Some((method, path)) = route.split_once(' ') else { continue };
        let namespace = name.split('.').next().unwrap();
        if NAMESPACES.contains(&namespace) {
            let (method, path) = (method.to_owned(), rest_path(namespace, path));
            rows.push(Promised { name: name.to_owned(), method, path });
        }
    }
    rows
}

/// The namespace before the path, unless it begins with it already or stands by itself.
fn rest_path(namespace: &str, path: &str) -> String {
    let prefix = format!("/{}", namespace.replace('_', "-"));
    let stands = path == "/" || path == "/health" || path.starts_with("/gpt/");
    let begins = path.strip_prefix(&prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if stands || begins { path.to_owned() } else { format!("{prefix}{path}") }
}
