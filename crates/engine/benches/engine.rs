//! One evaluation: eight factors, score, verdict and plan for one coin with 500 candles and 30 days
//! of hourly series.
#![allow(
    missing_docs,
    dead_code,
    clippy::unnecessary_wraps,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark shares the tests' made-up coin"
)]

#[path = "../tests/it/fixture.rs"]
mod fixture;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use domain::Mode;
use engine::{EngineConfig, Shared, evaluate};

fn one_coin(criterion: &mut Criterion) {
    let snapshot = fixture::full();
    let config = EngineConfig::default();
    criterion.bench_function("evaluate", |bencher| {
        bencher.iter(|| evaluate(black_box(&snapshot), Mode::Aggressive, &config, None));
    });
    criterion.bench_function("shared", |bencher| {
        bencher.iter(|| Shared::of(black_box(&snapshot), &config));
    });
}

criterion_group!(benches, one_coin);
criterion_main!(benches);
