//! What became of a signal.
#![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "small numbers of hours")]

use domain::{Candle, Funding, HOUR_MS, Interval, Side, UtcMs};
use engine::config::OutcomeConfig;
use engine::{FirstTouch, Outcome, OutcomeCheck, OutcomeVerdict, Position, judge_outcome};
use proptest::prelude::*;

const H1: Interval = Interval::H1;

fn at(hours: f64) -> UtcMs {
    UtcMs((hours * HOUR_MS as f64) as i64)
}

fn bar(hour: i64, open: f64, high: f64, low: f64, close: f64) -> Candle {
    Candle {
        open_time: UtcMs(hour * HOUR_MS),
        open,
        high,
        low,
        close,
        volume: 1.0,
        quote_volume: None,
        taker_buy_volume: None,
    }
}

fn position(side: Side, from_h: f64, to_h: f64) -> Position {
    Position { side, signal_at: at(from_h), due_at: at(to_h), stop: None, target: None }
}

fn settled(hour: i64, rate: f64) -> Funding {
    Funding { rate, interval_h: 8.0, running: false, at: UtcMs(hour * HOUR_MS), next_at: None }
}

fn judged(position: &Position, candles: &[Candle], funding: Option<&[Funding]>) -> Outcome {
    match judge_outcome(position, H1, candles, funding, &OutcomeConfig::default()) {
        OutcomeCheck::Judged(outcome) => outcome,
        OutcomeCheck::Void { reason } => panic!("void: {reason}"),
    }
}

fn reason(position: &Position, candles: &[Candle]) -> String {
    match judge_outcome(position, H1, candles, None, &OutcomeConfig::default()) {
        OutcomeCheck::Judged(outcome) => panic!("{outcome:?}"),
        OutcomeCheck::Void { reason } => reason,
    }
}

fn day() -> Vec<Candle> {
    vec![
        bar(9, 99.0, 99.5, 98.0, 99.0),
        bar(10, 100.0, 101.0, 99.0, 100.5),
        bar(11, 100.5, 103.0, 100.0, 102.0),
        bar(12, 102.0, 102.5, 96.0, 98.0),
        bar(13, 98.0, 98.5, 97.0, 97.0),
    ]
}

#[test]
fn a_long_by_hand() {
    // Entry 100 at 10:00, exit 102 at 12:00; costs 0.14 %, funding at 12:00 counts, at 10:00 not.
    let funding = [settled(10, 0.01), settled(12, 0.0005), settled(13, 0.01)];
    let outcome = judged(&position(Side::Long, 10.0, 12.0), &day(), Some(&funding));
    assert_eq!((outcome.entry, outcome.exit), (100.0, 102.0));
    assert_eq!((outcome.entry_at, outcome.exit_at), (at(10.0), at(12.0)));
    assert!((outcome.gross_pct - 2.0).abs() < 1e-12);
    assert!((outcome.funding_pct.unwrap() + 0.05).abs() < 1e-12);
    assert!((outcome.net_pct.unwrap() - 1.81).abs() < 1e-12);
    assert_eq!((outcome.verdict, outcome.net_win), (OutcomeVerdict::Win, Some(true)));
    assert!((outcome.best_pct.unwrap() - 3.0).abs() < 1e-12);
    assert!((outcome.worst_pct.unwrap() + 1.0).abs() < 1e-12);
    assert_eq!((outcome.first_touch, outcome.missing_bars), (None, 0));
}

#[test]
fn a_short_by_hand() {
    let funding = [settled(12, 0.0005)];
    let outcome = judged(&position(Side::Short, 10.0, 14.0), &day(), Some(&funding));
    assert!((outcome.gross_pct - 3.0).abs() < 1e-12);
    // Shorts are paid when the rate is positive.
    assert!((outcome.net_pct.unwrap() - (3.0 - 0.14 + 0.05)).abs() < 1e-12);
    assert!((outcome.best_pct.unwrap() - 4.0).abs() < 1e-12);
    assert!((outcome.worst_pct.unwrap() + 3.0).abs() < 1e-12);
    assert_eq!(outcome.verdict, OutcomeVerdict::Win);
}

#[test]
fn off_the_grid_the_next_candle_is_entered_and_the_last_whole_one_left() {
    let outcome = judged(&position(Side::Long, 9.3, 13.3), &day(), None);
    assert_eq!((outcome.entry_at, outcome.exit_at), (at(10.0), at(13.0)));
    assert_eq!((outcome.entry, outcome.exit, outcome.missing_bars), (100.0, 98.0, 0));
    assert_eq!((outcome.verdict, outcome.net_pct, outcome.net_win), (OutcomeVerdict::Loss, None, None));
    // No whole candle in between: entry and exit fall on one instant.
    let short_lived = position(Side::Long, 10.3, 11.3);
    assert_eq!(short_lived.complete_at(H1), at(12.0));
    let outcome = judged(&short_lived, &day(), None);
    assert_eq!((outcome.entry_at, outcome.exit_at, outcome.best_pct), (at(11.0), at(11.0), None));
    assert!(outcome.gross_pct.abs() < 1e-12);
}

#[test]
fn thresholds_hold_their_edge() {
    let config = OutcomeConfig::default();
    for (gross, verdict) in [
        (1.0, OutcomeVerdict::Win),
        (0.999, OutcomeVerdict::Neutral),
        (-0.999, OutcomeVerdict::Neutral),
        (-1.0, OutcomeVerdict::Loss),
    ] {
        assert_eq!(config.verdict(gross), verdict, "{gross}");
    }
    let edge = [bar(1, 100.0, 101.0, 100.0, 101.0)];
    assert_eq!(judged(&position(Side::Long, 1.0, 2.0), &edge, None).verdict, OutcomeVerdict::Win);
    assert_eq!(judged(&position(Side::Short, 1.0, 2.0), &edge, None).verdict, OutcomeVerdict::Loss);
}

#[test]
fn what_is_touched_first_counts_and_both_in_one_candle_is_the_stop() {
    let touch = |side, stop, target, to_h| {
        let planned = Position { stop, target, ..position(side, 10.0, to_h) };
        judged(&planned, &day(), None).first_touch
    };
    assert_eq!(touch(Side::Long, Some(97.0), Some(102.5), 14.0), Some(FirstTouch::Target));
    assert_eq!(touch(Side::Long, Some(99.0), Some(102.5), 14.0), Some(FirstTouch::Stop));
    // The candle of 12:00 holds 102.5 and 96.
    assert_eq!(touch(Side::Long, Some(97.0), Some(103.5), 14.0), Some(FirstTouch::Stop));
    assert_eq!(touch(Side::Short, Some(103.0), Some(96.0), 14.0), Some(FirstTouch::Stop));
    assert_eq!(touch(Side::Short, Some(104.0), Some(96.0), 14.0), Some(FirstTouch::Target));
    assert_eq!(touch(Side::Long, Some(90.0), Some(110.0), 14.0), Some(FirstTouch::None));
    // What comes after the exit does not count.
    assert_eq!(touch(Side::Long, Some(97.0), None, 12.0), Some(FirstTouch::None));
}

#[test]
fn holes_are_told_and_nothing_to_judge_by_is_void() {
    let mut holed = day();
    holed.remove(2);
    assert_eq!(judged(&position(Side::Long, 10.0, 14.0), &holed, None).missing_bars, 1);
    let cut = &day()[..3];
    assert_eq!(judged(&position(Side::Long, 10.0, 14.0), cut, None).missing_bars, 2);
    assert!(reason(&position(Side::Long, 14.0, 15.0), &day()).contains("starts at or after"));
    assert!(reason(&position(Side::Long, 5.0, 6.0), &day()).contains("ends at or before"));
    assert!(reason(&position(Side::Long, 10.0, 14.0), &[]).contains("starts at or after"));
    let broken = [bar(10, f64::NAN, 1.0, 1.0, 1.0)];
    assert!(reason(&position(Side::Long, 10.0, 14.0), &broken).contains("starts at or after"));
}

fn walk() -> impl Strategy<Value = Vec<Candle>> {
    prop::collection::vec((0.9..1.1_f64, 0.0..0.05_f64, 0.0..0.05_f64), 30).prop_map(|steps| {
        let mut price = 100.0;
        steps
            .into_iter()
            .enumerate()
            .map(|(hour, (step, above, below))| {
                let (open, close) = (price, price * step);
                price = close;
                let (top, bottom) = (open.max(close) * (1.0 + above), open.min(close) * (1.0 - below));
                bar(hour as i64, open, top, bottom, close)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn a_late_check_gives_the_same_figures(candles in walk(), from in 1.0..5.0_f64, hours in 2.0..20.0_f64, seed in any::<u64>()) {
        let position = Position { stop: Some(95.0), target: Some(108.0), ..position(Side::Long, from, from + hours) };
        let timely: Vec<Candle> =
            candles.iter().copied().filter(|candle| candle.open_time.0 + HOUR_MS <= position.complete_at(H1).0).collect();
        let mut shuffled = candles.clone();
        shuffled.rotate_left(seed as usize % candles.len());
        prop_assert_eq!(judged(&position, &timely, None), judged(&position, &shuffled, None));
    }

    #[test]
    fn short_is_the_mirror_of_long(candles in walk(), rate in -0.01..0.01_f64) {
        let funding = [settled(8, rate), settled(16, rate)];
        let long = judged(&position(Side::Long, 2.0, 20.0), &candles, Some(&funding));
        let short = judged(&position(Side::Short, 2.0, 20.0), &candles, Some(&funding));
        prop_assert!((long.gross_pct + short.gross_pct).abs() < 1e-9);
        prop_assert!((long.net_pct.unwrap() + short.net_pct.unwrap() + 0.28).abs() < 1e-9);
        prop_assert!((long.best_pct.unwrap() + short.worst_pct.unwrap()).abs() < 1e-9);
        for outcome in [long, short] {
            prop_assert!(outcome.worst_pct.unwrap() <= outcome.gross_pct + 1e-9);
            prop_assert!(outcome.gross_pct <= outcome.best_pct.unwrap() + 1e-9);
            prop_assert_eq!(outcome.net_win, outcome.net_pct.map(|net| net > 0.0));
        }
    }
}
