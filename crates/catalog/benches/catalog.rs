//! What the catalogue adds to an operation: arguments coerced, the handler found and run with its types
//! erased, the answer written as JSON. Beside it the same function called directly.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use std::hint::black_box;

use catalog::{Catalog, Meta, OpError, Surfaces, parse_invoke};
use criterion::{Criterion, criterion_group, criterion_main};
use futures_util::FutureExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const FACTORS: [&str; 8] = [
    "liquidations",
    "fundingRate",
    "priceMomentum",
    "longShortRatio",
    "smartMoney",
    "oiTrend",
    "socialSentiment",
    "fearGreed",
];

#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[default]
    Aggressive,
    Ultra,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
struct Input {
    #[schemars(length(min = 1, max = 40))]
    symbol: String,
    #[serde(default)]
    mode: Mode,
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u32>,
    #[serde(default)]
    debug: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Factor {
    name: &'static str,
    weight: f64,
    score: Option<f64>,
    status: &'static str,
    source: &'static str,
    as_of: &'static str,
    reason: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Output {
    symbol: String,
    mode: Mode,
    score: f64,
    price: Option<f64>,
    factors: Vec<Factor>,
}

async fn evaluate(price: f64, input: Input) -> Result<Output, OpError> {
    let rows = input.limit.unwrap_or(8).min(8);
    let factors = FACTORS
        .iter()
        .take(usize::try_from(rows).unwrap_or(8))
        .map(|&factor| Factor {
            name: factor,
            weight: 12.5,
            score: (!input.debug).then_some(61.5),
            status: "live",
            source: "binance",
            as_of: "2026-01-01T00:00:00Z",
            reason: format!("{factor} stands at 61.5 of 100"),
        })
        .collect();
    Ok(Output { symbol: input.symbol, mode: input.mode, score: 61.5, price: Some(price), factors })
}

fn overhead(criterion: &mut Criterion) {
    let mut catalog: Catalog<f64> = Catalog::new();
    let meta = Meta::get("signals.get", "/signals/{symbol}")
        .summary("A signal")
        .example("Bitcoin", [("symbol", "BTC".into())]);
    catalog.add(meta, evaluate);
    let operation = catalog.directory().get("signals.get", Surfaces::REST).unwrap();
    let input = Input { symbol: "BTC".to_owned(), mode: Mode::Ultra, limit: Some(8), debug: false };
    let pairs = [("symbol", "BTC"), ("mode", "ultra"), ("limit", "8"), ("debug", "false")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
    let body =
        br#"{"operation":"signals.get","args":{"symbol":"BTC","mode":"ultra","limit":8,"debug":false}}"#;

    criterion.bench_function("direct", |bencher| {
        bencher.iter(|| evaluate(61_000.0, black_box(&input).clone()).now_or_never().unwrap().unwrap());
    });
    criterion.bench_function("by route", |bencher| {
        bencher.iter(|| {
            let (call, _) = operation.accept_request(black_box(&pairs).clone(), None).unwrap();
            catalog.run(61_000.0, call).now_or_never().unwrap().unwrap()
        });
    });
    criterion.bench_function("by invoke", |bencher| {
        bencher.iter(|| {
            let invocation = parse_invoke(black_box(body), catalog.directory(), |_| Ok(())).unwrap();
            catalog.run(61_000.0, invocation.call).now_or_never().unwrap().unwrap()
        });
    });
}

criterion_group!(benches, overhead);
criterion_main!(benches);
