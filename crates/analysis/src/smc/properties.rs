//! Properties that hold for every input, and small cases of each detector.

use std::collections::HashSet;

use domain::{Candle, DAY_MS, HOUR_MS, Interval, UtcMs};
use proptest::prelude::*;

use super::fixtures::{bars, candle, wavy};
use super::*;

fn config() -> SmcConfig {
    SmcConfig {
        internal: Fractal { left: 2, right: 2 },
        swing: Fractal { left: 6, right: 4 },
        pool_tolerance_atr: 0.3,
        live_zones: 6,
        pool_max_age_bars: 80,
        ..SmcConfig::new(Interval::H1)
    }
}

fn told(candles: &[Candle]) -> Vec<Event> {
    analyze(candles, config()).1
}

/// The other choices a caller has.
fn told_by_wick(candles: &[Candle]) -> Vec<Event> {
    let wick = SmcConfig {
        break_by: BreakBy::Wick,
        order_block_anchor: Anchor::LastOpposite,
        order_block_max_range_atr: Some(1.5),
        min_gap_atr: 0.0,
        periods: vec![Period::Bar(Interval::H4), Period::Bar(Interval::H1)],
        ..config()
    };
    analyze(candles, wick).1
}

/// Candles on a grid of quarters around 4,000; now and then an hour is missing.
fn market() -> impl Strategy<Value = Vec<Candle>> {
    let step = (-40_i32..=40, 0_u32..16, 0_u32..16, 0_u32..100, 0_u8..40);
    proptest::collection::vec(step, 0..300).prop_map(|steps| {
        let (mut close, mut hour) = (4_000.0_f64, 100);
        let mut out = Vec::new();
        for (step, above, below, volume, hole) in steps {
            let open = close;
            close = (open + f64::from(step) / 4.0).clamp(1_000.0, 7_000.0);
            let high = open.max(close) + f64::from(above) / 4.0;
            let low = open.min(close) - f64::from(below) / 4.0;
            hour += if hole == 0 { 3 } else { 1 };
            out.push(Candle { volume: f64::from(volume), ..candle(hour, open, high, low, close) });
        }
        out
    })
}

/// An event as text, with the prices replaced; order inside one bar does not count.
fn texts(events: &[Event], price: impl Fn(f64) -> f64, flip: bool, shift_ms: i64) -> Vec<String> {
    let mut out: Vec<String> = events
        .iter()
        .map(|event| {
            let mut value = serde_json::to_value(event).unwrap();
            let fields = value.as_object_mut().unwrap();
            let swapped = flip.then(|| (fields.get("top").cloned(), fields.get("bottom").cloned()));
            if let Some((Some(top), Some(bottom))) = swapped {
                fields.insert("top".into(), bottom);
                fields.insert("bottom".into(), top);
            }
            for (name, value) in fields.iter_mut() {
                match name.as_str() {
                    "top" | "bottom" | "level" | "extreme" | "old_level" => {
                        *value = price(value.as_f64().unwrap()).into();
                    }
                    // A distance: it scales, and does not turn.
                    "tolerance" => *value = (price(value.as_f64().unwrap()) - price(0.0)).abs().into(),
                    "at" | "known_at" | "old_at" | "swing_at" | "broken_at" | "last_at" => {
                        let time: UtcMs = value.as_str().unwrap().parse().unwrap();
                        *value = time.plus_ms(shift_ms).rfc3339().into();
                    }
                    "direction" if flip => {
                        *value = if value == "bullish" { "bearish" } else { "bullish" }.into();
                    }
                    "side" if flip => *value = if value == "high" { "low" } else { "high" }.into(),
                    _ => {}
                }
            }
            for name in ["level", "tolerance"] {
                // A mean of levels and a width are rounded; all else is exact.
                if let Some(value) = fields.get_mut(name) {
                    *value = ((value.as_f64().unwrap() * 1e6).round() / 1e6).into();
                }
            }
            // Keys in one order.
            let ordered: std::collections::BTreeMap<_, _> = fields.iter().collect();
            serde_json::to_string(&ordered).unwrap()
        })
        .collect();
    out.sort();
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_prefix_tells_what_the_whole_tells_until_then(candles in market(), cut in 0_usize..300) {
        let prefix = candles.get(..cut).unwrap_or(&candles);
        let until = prefix.last().map_or(UtcMs(i64::MIN), |bar| bar.open_time.plus_ms(HOUR_MS));
        let whole: Vec<Event> = told(&candles).into_iter().filter(|event| event.known_at <= until).collect();
        prop_assert_eq!(told(prefix), whole);
        let whole: Vec<Event> =
            told_by_wick(&candles).into_iter().filter(|event| event.known_at <= until).collect();
        prop_assert_eq!(told_by_wick(prefix), whole);
    }

    #[test]
    fn upside_down_bulls_are_bears(candles in market()) {
        let turned: Vec<Candle> = candles
            .iter()
            .map(|bar| Candle {
                open: 8_192.0 - bar.open,
                high: 8_192.0 - bar.low,
                low: 8_192.0 - bar.high,
                close: 8_192.0 - bar.close,
                ..*bar
            })
            .collect();
        let only = |some: &[String], others: &[String]| -> Vec<String> {
            some.iter().filter(|text| !others.contains(text)).cloned().collect()
        };
        for tell in [told, told_by_wick] {
            let expected = texts(&tell(&candles), |price| 8_192.0 - price, true, 0);
            let got = texts(&tell(&turned), |price| price, false, 0);
            prop_assert!(
                got == expected,
                "{:#?} instead of {:#?}",
                only(&got, &expected),
                only(&expected, &got)
            );
        }
    }

    #[test]
    fn the_scale_of_prices_changes_no_event(candles in market(), power in -8_i32..8) {
        let factor = 2.0_f64.powi(power);
        let scaled: Vec<Candle> = candles
            .iter()
            .map(|bar| Candle {
                open: factor * bar.open,
                high: factor * bar.high,
                low: factor * bar.low,
                close: factor * bar.close,
                ..*bar
            })
            .collect();
        let back = texts(&told(&scaled), |price| price / factor, false, 0);
        prop_assert_eq!(back, texts(&told(&candles), |price| price, false, 0));
    }

    #[test]
    fn another_week_tells_the_same(candles in market(), weeks in -100_i64..100) {
        let shift = weeks * 7 * DAY_MS;
        let shifted: Vec<Candle> =
            candles.iter().map(|bar| Candle { open_time: bar.open_time.plus_ms(shift), ..*bar }).collect();
        let expected = texts(&told(&candles), |price| price, false, shift);
        prop_assert_eq!(texts(&told(&shifted), |price| price, false, 0), expected);
    }

    #[test]
    fn nothing_is_known_early_and_nothing_twice(candles in market()) {
        let events = told(&candles);
        let mut levels = HashSet::new();
        let mut stages = HashSet::new();
        prop_assert!(events.is_sorted_by_key(|event| event.known_at));
        for event in &events {
            let delay = event.known_at.since(event.at) / HOUR_MS;
            let least = match event.kind {
                EventKind::Swing { scope: Scope::Swing, .. }
                | EventKind::SwingSuperseded { scope: Scope::Swing, .. } => 5,
                EventKind::FairValueGap { .. } | EventKind::OrderBlock { .. } => 2,
                EventKind::Structure(broken) => {
                    prop_assert_eq!(broken.broken_at, event.known_at);
                    prop_assert!(levels.insert((broken.scope, broken.direction, broken.swing_at)));
                    1
                }
                EventKind::PreviousLevel { .. } => 24,
                _ => 3,
            };
            prop_assert!(delay >= least, "{:?}", event);
            match event.kind {
                EventKind::FairValueGap { stage, direction, .. } => {
                    prop_assert!(stages.insert((event.at, direction, stage as u8)), "{event:?}");
                }
                EventKind::Pool { stage, side, .. } if stage != PoolStage::Grew => {
                    let key = 64 + stage as u8 + if side == Side::High { 8 } else { 0 };
                    prop_assert!(stages.insert((event.at, Direction::Bullish, key)), "{event:?}");
                }
                _ => {}
            }
        }
    }

    #[test]
    fn broken_candles_never_stop_it(values in proptest::collection::vec(any::<[f64; 4]>(), 0..50)) {
        let candles: Vec<Candle> =
            values.iter().zip(0..).map(|([o, h, l, c], hour)| candle(hour, *o, *h, *l, *c)).collect();
        let (analyzer, _) = analyze(&candles, SmcConfig { live_zones: 0, ..config() });
        drop(analyzer.snapshot());
        prop_assert_eq!(compat::table(&candles, 3).len(), 27);
    }
}

fn kinds(events: &[Event]) -> Vec<EventKind> {
    events.iter().map(|event| event.kind).collect()
}

#[test]
fn a_market_of_some_length_tells_of_everything_and_stays_small() {
    let (analyzer, events) = analyze(&wavy(5_000), SmcConfig::new(Interval::H1));
    let mut seen = HashSet::new();
    for event in &events {
        let value = serde_json::to_value(event).unwrap();
        let name = |key: &str| value.get(key).and_then(|name| name.as_str()).unwrap_or("").to_owned();
        seen.insert(format!("{} {}", name("event"), name("stage")));
    }
    for expected in [
        "swing ",
        "swing_superseded ",
        "structure ",
        "pattern_confirmed ",
        "fair_value_gap opened",
        "fair_value_gap touched",
        "fair_value_gap half_filled",
        "fair_value_gap filled",
        "fair_value_gap inverted",
        "order_block opened",
        "order_block tested",
        "order_block mitigated",
        "order_block broken",
        "order_block breaker_invalidated",
        "pool opened",
        "pool sweep_reclaim",
        "pool run",
        "previous_level formed",
        "previous_level broken",
        "optimal_entry ",
    ] {
        assert!(seen.contains(expected), "no {expected} among {seen:?}");
    }
    let reading = analyzer.snapshot().unwrap();
    assert_eq!((reading.bars, reading.gap_bars, reading.rejected_bars), (5_000, 0, 0));
    assert!(reading.trend.is_some() && reading.age_bars.is_some());
    assert!(reading.swing.swing_high.is_some() && reading.premium_discount_pct.is_some());
    assert_eq!(reading.previous.len(), 2);
    assert!(reading.zones_above.is_sorted_by_key(|zone| zone.distance_atr));
    assert!(reading.zones_below.iter().all(|zone| zone.bottom < reading.close));
}

#[test]
fn a_swing_is_the_first_of_equals_and_known_late() {
    let candles = bars(&[10.0, 11.0, 12.0, 12.0, 11.0, 10.0]);
    let events = told(&candles);
    let swings: Vec<&Event> =
        events.iter().filter(|event| matches!(event.kind, EventKind::Swing { .. })).collect();
    assert_eq!(swings.len(), 1);
    assert_eq!((swings[0].at.0 / HOUR_MS, swings[0].known_at.0 / HOUR_MS), (2, 5));
    let expected = EventKind::Swing { scope: Scope::Internal, side: Side::High, level: 12.5, minor: false };
    assert_eq!(swings[0].kind, expected);
}

#[test]
fn a_close_over_a_swing_high_is_a_break_and_leaves_a_block() {
    let candles = bars(&[10.0, 11.0, 14.0, 12.0, 11.0, 12.0, 13.0, 15.0, 16.0]);
    let events = told(&candles);
    let found = kinds(&events)
        .into_iter()
        .find_map(|kind| if let EventKind::Structure(broken) = kind { Some(broken) } else { None })
        .unwrap();
    assert_eq!((found.kind, found.direction), (StructureKind::Bos, Direction::Bullish));
    assert_eq!((found.level, found.swing_at.0 / HOUR_MS, found.broken_at.0 / HOUR_MS), (14.5, 2, 8));
    let block = events.iter().find(|event| matches!(event.kind, EventKind::OrderBlock { .. })).unwrap();
    assert_eq!(block.at.0 / HOUR_MS, 4);
    let EventKind::OrderBlock { top, bottom, stage, .. } = block.kind else { panic!() };
    assert_eq!((top, bottom, stage), (11.5, 10.5, BlockStage::Opened));
}

#[test]
fn a_gap_lives_through_its_stages_once() {
    let mut candles = vec![
        candle(0, 10.0, 11.0, 9.0, 10.5),
        candle(1, 10.5, 14.0, 10.5, 14.0),
        candle(2, 14.0, 16.0, 13.0, 15.0),
        candle(3, 15.0, 15.5, 12.5, 14.0),
        candle(4, 14.0, 14.5, 12.5, 14.0),
        candle(5, 14.0, 14.5, 10.5, 14.0),
        candle(6, 14.0, 14.5, 10.0, 10.5),
        candle(7, 10.5, 14.5, 9.0, 9.5),
    ];
    let raw = SmcConfig { min_gap_atr: 0.0, ..config() };
    let stages = |candles: &[Candle]| -> Vec<(GapStage, i64)> {
        analyze(candles, raw.clone())
            .1
            .iter()
            .filter_map(|event| match event.kind {
                EventKind::FairValueGap { stage, direction: Direction::Bullish, .. } => {
                    Some((stage, event.known_at.0 / HOUR_MS))
                }
                _ => None,
            })
            .collect()
    };
    let expected = vec![
        (GapStage::Opened, 3),
        (GapStage::Touched, 4),
        (GapStage::HalfFilled, 6),
        (GapStage::Filled, 6),
        (GapStage::Inverted, 7),
    ];
    assert_eq!(stages(&candles), expected);
    // Without an ATR the size cannot be judged.
    assert!(
        analyze(&candles, config())
            .1
            .iter()
            .all(|event| !matches!(event.kind, EventKind::FairValueGap { .. }))
    );
    candles.truncate(3);
    assert_eq!(stages(&candles), expected[..1]);
}

#[test]
fn the_previous_day_is_there_from_the_first_bar_of_the_new_one() {
    let mut candles = wavy(60);
    candles.drain(40..44);
    let events = told(&candles);
    let formed: Vec<(i64, bool)> = events
        .iter()
        .filter_map(|event| match event.kind {
            EventKind::PreviousLevel { stage: PreviousStage::Formed, side: Side::High, complete, .. } => {
                Some((event.known_at.0 / HOUR_MS, complete))
            }
            _ => None,
        })
        .collect();
    assert_eq!(formed, vec![(24, true), (48, false)]);
}

#[test]
fn equal_highs_are_a_pool_until_they_are_swept() {
    // A ripple without swings warms the ATR up; then highs at 120 twice, a sweep, and no second one.
    let mut prices: Vec<f64> = (0..20).map(|step| 100.0 + f64::from(step)).collect();
    prices.extend([120.0, 118.0, 116.0, 118.0, 120.0, 118.0, 116.0, 117.0]);
    let mut candles = bars(&prices);
    candles.push(candle(28, 117.0, 121.0, 116.5, 118.0));
    candles.push(candle(29, 118.0, 123.0, 117.0, 122.0));
    let events = told(&candles);
    let stages: Vec<(PoolStage, i64)> = events
        .iter()
        .filter_map(|event| match event.kind {
            EventKind::Pool { stage, side: Side::High, .. } => Some((stage, event.known_at.0 / HOUR_MS)),
            _ => None,
        })
        .collect();
    assert_eq!(stages, vec![(PoolStage::Opened, 27), (PoolStage::SweepReclaim, 29)]);
}
