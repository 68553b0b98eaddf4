//! Liquidations: windows, intensity, the cascade.

use domain::{HOUR_MS, MarketSnapshot, Missing, OpenInterest, Venue};
use engine::{Basis, Cascade, EngineConfig, Factor, FactorOutcome, Shared};

use crate::fixture::{AT, H4, full, liquidations, observed};

fn read(snapshot: &MarketSnapshot) -> FactorOutcome {
    let config = EngineConfig::default();
    engine::factors::read(Factor::Liquidations, snapshot, &config, &Shared::of(snapshot, &config))
}

#[track_caller]
fn near(got: f64, expected: f64) {
    assert!((got - expected).abs() < 1e-9, "{got}, expected {expected}");
}

fn with(bars: Vec<(f64, f64)>, bar_ms: i64, open_interest_usd: f64) -> MarketSnapshot {
    let mut snapshot = full();
    snapshot.liquidations = observed(liquidations(bar_ms, bars, open_interest_usd), AT);
    snapshot
}

/// 179 quiet bars of 4h and one flush of longs.
fn flush() -> Vec<(f64, f64)> {
    let mut bars = vec![(5e5, 5e5); 179];
    bars.push((9e6, 1e6));
    bars
}

#[test]
fn a_flush_of_longs_is_bullish_by_rank_over_both_windows() {
    let reading = read(&with(flush(), H4, 2e9)).unwrap();
    // 4h: b = 0.8 at the highest rank. 24h: (11.5 - 3.5) / 15 at the highest rank, half the weight.
    near(reading.strength, (0.8 + 0.5 * 8.0 / 15.0) / 1.5);
    assert_eq!(reading.basis, Basis::OwnHistory { observations: 179 });
    near(reading.confidence, 1.0);
    near(reading.figure("longUsd").unwrap(), 9e6);
    near(reading.figure("shortUsd24h").unwrap(), 3.5e6);
    assert!(reading.note.starts_with("$9.00M of longs and $1.00M of shorts"), "{}", reading.note);
}

#[test]
fn hourly_bars_give_the_same_windows() {
    let hourly: Vec<(f64, f64)> =
        flush().into_iter().flat_map(|(long, short)| [(long / 4.0, short / 4.0); 4]).collect();
    let reading = read(&with(hourly, HOUR_MS, 2e9)).unwrap();
    near(reading.strength, (0.8 + 0.5 * 8.0 / 15.0) / 1.5);
    assert_eq!(reading.basis, Basis::OwnHistory { observations: 716 });
}

#[test]
fn ordinary_amounts_say_nothing() {
    let mut bars = vec![(5e5, 5e5); 179];
    bars.push((1e5, 1e4));
    near(read(&with(bars, H4, 2e9)).unwrap().strength, 0.0);
    near(read(&with(vec![(0.0, 0.0); 180], H4, 2e9)).unwrap().strength, 0.0);
}

#[test]
fn without_history_against_a_fifth_of_a_percent() {
    // Five bars of 4h: no 24h window. (L + S) / OI = 0.001, half of full.
    let bars = vec![(0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (1.5e6, 0.5e6)];
    let reading = read(&with(bars, H4, 2e9)).unwrap();
    near(reading.strength, 0.5 * 0.5);
    near(reading.confidence, 0.5);
    assert_eq!(reading.basis, Basis::Absolute);
    let mirrored = vec![(0.5e6, 1.5e6)];
    near(read(&with(mirrored, H4, 2e9)).unwrap().strength, -0.25);
}

#[test]
fn age_holes_and_missing_open_interest() {
    let mut late = with(flush(), H4, 2e9);
    late.at = AT.plus_ms(2 * HOUR_MS);
    near(read(&late).unwrap().freshness, 0.5);
    late.at = AT.plus_ms(8 * HOUR_MS + 1);
    assert!(read(&late).unwrap_err().starts_with("stale"));

    let mut holed = with(vec![(1e6, 1e6); 100], HOUR_MS, 2e9);
    holed.liquidations.as_mut().unwrap().value.bars.remove(98);
    assert!(read(&holed).unwrap_err().contains("not complete"));

    let mut bare = with(flush(), H4, 2e9);
    bare.liquidations.as_mut().unwrap().value.open_interest_usd.points.clear();
    assert!(read(&bare).unwrap_err().contains("open interest"));

    assert!(read(&with(vec![(1.0, 1.0); 40], 24 * HOUR_MS, 2e9)).unwrap_err().contains("4h"));
}

/// The flush, with an hour in which price and open interest moved so much.
fn falling(price_change: f64, coins_change: f64) -> MarketSnapshot {
    let mut snapshot = with(flush(), H4, 2e9);
    let points = &mut snapshot.open_interest.as_mut().unwrap().value.points;
    points.pop();
    let before = *points.last().unwrap();
    let coins = before.coins * (1.0 + coins_change);
    points.push(OpenInterest { at: AT, coins, usd: coins * 100.0 * (1.0 + price_change) });
    snapshot
}

#[test]
fn a_running_cascade_is_not_faded() {
    let cascade = |snapshot: &MarketSnapshot| Shared::of(snapshot, &EngineConfig::default()).cascade();
    let full_strength = (0.8 + 0.5 * 8.0 / 15.0) / 1.5;
    let running = falling(-0.02, -0.02);
    assert_eq!(cascade(&running), Some(Cascade::Down));
    near(read(&running).unwrap().strength, 0.25 * full_strength);
    assert!(read(&running).unwrap().note.contains("cascade"));
    for calm in [falling(-0.02, -0.005), falling(-0.0001, -0.02), falling(0.02, -0.02)] {
        assert_eq!(cascade(&calm), None);
        near(read(&calm).unwrap().strength, full_strength);
    }
    let mut elsewhere = falling(-0.02, -0.02);
    elsewhere.open_interest.as_mut().unwrap().venue = Some(Venue::Okx);
    assert_eq!(cascade(&elsewhere), None);
}

#[test]
fn the_caveat_of_the_feed_is_told() {
    let mut snapshot = with(flush(), H4, 2e9);
    snapshot.liquidations.as_mut().unwrap().value.caveat = Some("One order a second is seen.".to_owned());
    assert!(read(&snapshot).unwrap().note.ends_with("One order a second is seen."));
    snapshot.liquidations = Err(Missing::because("collecting since 10:00"));
    assert_eq!(read(&snapshot).unwrap_err(), "collecting since 10:00");
}
