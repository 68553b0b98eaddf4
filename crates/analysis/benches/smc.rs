//! How fast candles are read: one at a time, and a million at once.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a measurement, not a product"
)]

use std::hint::black_box;

use analysis::smc::{SmcConfig, analyze, compat};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use domain::{Candle, HOUR_MS, Interval, UtcMs};

/// A walk that is the same every time.
fn walk(count: usize) -> Vec<Candle> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut close = 50_000.0_f64;
    (0..)
        .take(count)
        .map(|hour| {
            let open = close;
            close = open * (1.0 + (next() - 0.5) * 0.02);
            Candle {
                open_time: UtcMs(hour * HOUR_MS),
                open,
                high: open.max(close) * (1.0 + next() * 0.004),
                low: open.min(close) * (1.0 - next() * 0.004),
                close,
                volume: next() * 100.0,
                quote_volume: None,
                taker_buy_volume: None,
            }
        })
        .collect()
}

fn streaming(criterion: &mut Criterion) {
    let candles = walk(20_000);
    let mut group = criterion.benchmark_group("smc");
    group.sample_size(20);
    group.throughput(Throughput::Elements(10_000));
    group.bench_function("10_000 candles one at a time, warm", |bencher| {
        let (warm, _) = analyze(&candles[..10_000], SmcConfig::new(Interval::H1));
        bencher.iter_batched(
            || warm.clone(),
            |mut analyzer| {
                for candle in &candles[10_000..] {
                    black_box(analyzer.push(candle).unwrap());
                }
                analyzer
            },
            BatchSize::LargeInput,
        );
    });
    group.throughput(Throughput::Elements(1));
    group.bench_function("snapshot", |bencher| {
        let (warm, _) = analyze(&candles, SmcConfig::new(Interval::H1));
        bencher.iter(|| black_box(warm.snapshot()));
    });
    group.finish();
}

fn batch(criterion: &mut Criterion) {
    let candles = walk(1_000_000);
    let mut group = criterion.benchmark_group("smc batch");
    group.sample_size(10);
    group.throughput(Throughput::Elements(1_000_000));
    group.bench_function("1_000_000 candles, all detectors", |bencher| {
        bencher.iter(|| black_box(analyze(&candles, SmcConfig::new(Interval::H1))));
    });
    let some = &candles[..3_000];
    group.throughput(Throughput::Elements(3_000));
    group.bench_function("3_000 candles, compat table", |bencher| {
        bencher.iter(|| black_box(compat::table(some, 5)));
    });
    group.finish();
}

criterion_group!(benches, streaming, batch);
criterion_main!(benches);
