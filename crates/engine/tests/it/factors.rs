//! Each factor with numbers worked out by hand.

use domain::{DAY_MS, HOUR_MS, MarketSnapshot, Missing, SocialState, TopPositions, UtcMs, Venue};
use engine::{Basis, EngineConfig, Factor, FactorOutcome, FactorReading, Shared};

use crate::fixture::{self, AT, H4, candles, full, funding, observed, open_interest, series};

fn read(factor: Factor, snapshot: &MarketSnapshot) -> FactorOutcome {
    let config = EngineConfig::default();
    let shared = Shared::of(snapshot, &config);
    engine::factors::read(factor, snapshot, &config, &shared)
}

fn live(factor: Factor, snapshot: &MarketSnapshot) -> FactorReading {
    read(factor, snapshot).unwrap_or_else(|reason| panic!("{factor} is missing: {reason}"))
}

#[track_caller]
fn near(got: f64, expected: f64) {
    assert!((got - expected).abs() < 1e-9, "{got}, expected {expected}");
}

/// Sample deviation of `n` values that alternate between +size and -size, n even.
fn alternating_deviation(size: f64, n: f64) -> f64 {
    size * (n / (n - 1.0)).sqrt()
}

/// `count` values that alternate between -size and +size.
fn alternating(count: i32, size: f64) -> impl Iterator<Item = f64> {
    (0..count).map(move |index| if index % 2 == 0 { -size } else { size })
}

mod funding_rate {
    use super::*;

    fn with_history(count: i32, annual: f64) -> MarketSnapshot {
        let mut snapshot = full();
        // Settlements of 0.01, 0.02 … a year, the last at 04:00.
        let mut history = series(8 * HOUR_MS, (1..=count).map(|i| 0.01 * f64::from(i)));
        for point in &mut history.points {
            point.at = point.at.plus_ms(-8 * HOUR_MS);
        }
        snapshot.funding = observed(funding(history, annual), AT);
        snapshot
    }

    #[test]
    fn contrarian_at_the_extremes_of_its_own_history() {
        let reading = live(Factor::FundingRate, &with_history(100, 0.905));
        // Above 90 of 100: r = 0.8, soft(0.8, 0.6) = 0.5.
        near(reading.strength, -0.5);
        near(reading.confidence, 1.0);
        near(reading.freshness, 1.0);
        assert_eq!(reading.basis, Basis::OwnHistory { observations: 100 });
        near(reading.figure("annualisedPct").unwrap(), 90.5);
        near(reading.figure("intervalHours").unwrap(), 8.0);
        near(live(Factor::FundingRate, &with_history(100, 0.505)).strength, 0.0);
        near(live(Factor::FundingRate, &with_history(100, -1.0)).strength, 1.0);
        assert!(reading.note.contains("90.50 % a year"), "{}", reading.note);
    }

    #[test]
    fn without_history_against_fixed_numbers_with_half_the_confidence() {
        let reading = live(Factor::FundingRate, &with_history(20, 0.4095));
        near(reading.strength, -0.5);
        near(reading.confidence, 0.5);
        assert_eq!(reading.basis, Basis::Absolute);
        near(live(Factor::FundingRate, &with_history(0, 9.0)).strength, -1.0);
    }

    #[test]
    fn a_fifth_of_the_window_is_enough() {
        // 90 days of 8h are 270 settlements.
        assert_eq!(live(Factor::FundingRate, &with_history(53, 0.1)).basis, Basis::Absolute);
        assert!(matches!(live(Factor::FundingRate, &with_history(54, 0.1)).basis, Basis::OwnHistory { .. }));
    }

    #[test]
    fn age_halves_and_ends_it() {
        let aged = |hours: i64| {
            let mut snapshot = with_history(100, 0.905);
            snapshot.funding.as_mut().unwrap().value.current.at = AT.plus_ms(-hours * HOUR_MS);
            read(Factor::FundingRate, &snapshot)
        };
        near(aged(8).unwrap().freshness, 0.5);
        near(aged(24).unwrap().freshness, 0.125);
        assert!(aged(25).unwrap_err().starts_with("stale"));
    }

    #[test]
    fn nonsense_is_missing_with_a_reason() {
        let broken = |change: fn(&mut domain::Funding)| {
            let mut snapshot = with_history(100, 0.1);
            change(&mut snapshot.funding.as_mut().unwrap().value.current);
            read(Factor::FundingRate, &snapshot).unwrap_err()
        };
        assert!(broken(|funding| funding.rate = f64::NAN).contains("not a number"));
        assert!(broken(|funding| funding.interval_h = 0.0).contains("not a number"));
        assert!(broken(|funding| funding.rate = 0.05).contains("implausible"));
        assert!(broken(|funding| funding.at = AT.plus_ms(HOUR_MS)).contains("after the decision"));
        let mut snapshot = full();
        snapshot.funding = Err(Missing::because("no venue answered"));
        assert_eq!(read(Factor::FundingRate, &snapshot).unwrap_err(), "no venue answered");
    }
}

mod momentum {
    use super::*;

    /// Closes whose log returns alternate ±1 % over `bars`, then the given last moves.
    fn closes(bars: i32, last: &[f64]) -> Vec<f64> {
        let mut ln = 0.0;
        let mut out = vec![100.0];
        for step in alternating(bars - 1, 0.01).chain(last.iter().copied()) {
            ln += step;
            out.push(100.0 * f64::exp(ln));
        }
        out
    }

    fn snapshot(closes: &[f64]) -> MarketSnapshot {
        let mut snapshot = full();
        snapshot.candles_4h = observed(candles(closes), AT);
        snapshot
    }

    #[test]
    fn moves_are_counted_in_deviations_of_the_coins_own_returns() {
        // 61 bars, 60 returns that alternate: sigma is known, 4h is +1 %, 24h and more are 0.
        let reading = live(Factor::PriceMomentum, &snapshot(&closes(61, &[])));
        let sigma = alternating_deviation(0.01, 60.0);
        near(reading.figure("sigma4hPct").unwrap(), 100.0 * sigma);
        near(reading.figure("return4hPct").unwrap(), 100.0 * 0.01_f64.exp_m1());
        near(reading.figure("return24hPct").unwrap(), 0.0);
        near(reading.figure("return7dPct").unwrap(), 0.0);
        assert_eq!(reading.figure("return28dPct"), None);
        // 28d is not there: the weights 0.15, 0.30, 0.35 are brought to 1.
        near(reading.strength, 0.15 / 0.80 * (0.01 / sigma / 1.5).tanh());
        near(reading.freshness, 1.0);
        assert_eq!(reading.as_of, AT);
    }

    #[test]
    fn all_four_horizons_and_their_roots_of_time() {
        let closes = closes(201, &[0.03]);
        let reading = live(Factor::PriceMomentum, &snapshot(&closes));
        let n = closes.len();
        let returns: Vec<f64> = closes[n - 181..].windows(2).map(|pair| (pair[1] / pair[0]).ln()).collect();
        let mean = returns.iter().sum::<f64>() / 180.0;
        let sigma = (returns.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / 179.0).sqrt();
        let m = |bars: usize| {
            (closes[n - 1] / closes[n - 1 - bars]).ln()
                / (sigma * f64::from(u32::try_from(bars).unwrap()).sqrt())
        };
        let part = |weight: f64, bars| weight * (m(bars) / 1.5).tanh();
        near(reading.strength, part(0.15, 1) + part(0.30, 6) + part(0.35, 42) + part(0.20, 168));
        assert!(reading.strength > 0.2);
    }

    #[test]
    fn too_young_too_old_or_still_is_missing() {
        assert!(
            read(Factor::PriceMomentum, &snapshot(&closes(49, &[]))).unwrap_err().contains("50 are needed")
        );
        assert!(read(Factor::PriceMomentum, &snapshot(&closes(50, &[]))).is_ok());
        assert!(read(Factor::PriceMomentum, &snapshot(&[5.0; 90])).unwrap_err().contains("does not move"));
        let mut late = snapshot(&closes(100, &[]));
        late.at = AT.plus_ms(2 * H4);
        assert!(read(Factor::PriceMomentum, &late).is_ok());
        late.at = AT.plus_ms(2 * H4 + 1);
        assert!(read(Factor::PriceMomentum, &late).unwrap_err().starts_with("stale"));
    }

    #[test]
    fn an_open_candle_is_not_looked_at() {
        let mut snapshot = snapshot(&closes(100, &[]));
        let before = live(Factor::PriceMomentum, &snapshot);
        let candles = &mut snapshot.candles_4h.as_mut().unwrap().value;
        candles.push(fixture::candle(AT.plus_ms(1), 100.0, 500.0));
        assert_eq!(live(Factor::PriceMomentum, &snapshot), before);
    }
}

mod long_short_ratio {
    use super::*;

    fn with_ratio(count: i32, ratio: f64) -> MarketSnapshot {
        let mut snapshot = full();
        let history = (1..=count).map(|i| 0.01 * f64::from(i)).chain([ratio]);
        snapshot.account_ratio = observed(series(HOUR_MS, history), AT);
        snapshot
    }

    fn with_funding(mut snapshot: MarketSnapshot, annual: f64) -> MarketSnapshot {
        let history = series(8 * HOUR_MS, (1..=100).map(|i| 0.01 * f64::from(i)));
        snapshot.funding = observed(funding(history, annual), AT);
        snapshot
    }

    #[test]
    fn contrarian_beyond_the_ninetieth_percentile() {
        // Above 190 of 200: r = 0.9, soft(0.9, 0.8) = 0.5.
        let snapshot = with_ratio(200, 1.905);
        near(live(Factor::LongShortRatio, &with_funding(snapshot.clone(), 0.7)).strength, -0.5);
        near(live(Factor::LongShortRatio, &with_funding(snapshot.clone(), 0.3)).strength, -0.25);
        let mut alone = snapshot;
        alone.funding = Err(Missing::because("none"));
        near(live(Factor::LongShortRatio, &alone).strength, -0.25);
        near(live(Factor::LongShortRatio, &with_ratio(200, 1.0)).strength, 0.0);
    }

    #[test]
    fn funding_of_another_venue_confirms_nothing() {
        let mut snapshot = with_funding(with_ratio(200, 1.905), 0.7);
        snapshot.funding.as_mut().unwrap().venue = Some(Venue::Bybit);
        near(live(Factor::LongShortRatio, &snapshot).strength, -0.25);
    }

    #[test]
    fn without_history_against_one_and_a_half() {
        let reading = live(Factor::LongShortRatio, &with_ratio(20, 4.5));
        near(reading.strength, -1.0);
        near(reading.confidence, 0.5);
        near(live(Factor::LongShortRatio, &with_ratio(20, 1.5 * 3.0_f64.sqrt())).strength, -0.5);
        near(live(Factor::LongShortRatio, &with_ratio(20, 0.5)).strength, 1.0);
        near(live(Factor::LongShortRatio, &with_ratio(20, 1.5)).strength, 0.0);
    }

    #[test]
    fn a_ratio_that_is_none_is_dropped() {
        let mut snapshot = with_ratio(200, 1.905);
        snapshot.account_ratio.as_mut().unwrap().value.points.push(domain::Point { at: AT, value: -1.0 });
        near(live(Factor::LongShortRatio, &with_funding(snapshot, 0.7)).strength, -0.5);
    }
}

mod smart_money {
    use super::*;

    fn spreads(history: i32, newest: f64, taker: Option<(i32, f64)>) -> MarketSnapshot {
        let mut snapshot = full();
        let count = usize::try_from(history).unwrap() + 1;
        let positions = series(HOUR_MS, alternating(history, 0.1).chain([newest]).map(|x| 1.2 * x.exp()));
        let accounts = series(HOUR_MS, std::iter::repeat_n(1.2, count));
        let taker = taker.map(|(count, last)| {
            let history = (0..count).map(|index| if index % 8 < 4 { 0.1 } else { -0.1 });
            series(HOUR_MS, history.chain([last]).map(f64::exp))
        });
        snapshot.top_positions = observed(TopPositions { positions, accounts, taker }, AT);
        snapshot
    }

    #[test]
    fn the_spread_between_top_positions_and_accounts_in_deviations() {
        let reading = live(Factor::SmartMoney, &spreads(300, 0.15, None));
        let z = 0.15 / alternating_deviation(0.1, 300.0);
        near(reading.strength, 0.7 * (z / 1.5).tanh());
        near(reading.figure("topPositionRatio").unwrap(), 1.2 * 0.15_f64.exp());
        near(reading.figure("accountRatio").unwrap(), 1.2);
        assert_eq!(reading.figure("takerRatio4h"), None);
        near(live(Factor::SmartMoney, &spreads(300, -0.15, None)).strength, -reading.strength);
    }

    #[test]
    fn takers_add_their_part() {
        let snapshot = spreads(300, 0.0, Some((300, 0.4)));
        let reading = live(Factor::SmartMoney, &snapshot);
        assert!(reading.strength > 0.0 && reading.strength < 0.3, "{}", reading.strength);
        // The mean of the last four logarithms: 0.1, 0.1, 0.1 and 0.4.
        near(reading.figure("takerRatio4h").unwrap(), 0.175_f64.exp());
    }

    #[test]
    fn without_history_against_fixed_numbers() {
        let reading = live(Factor::SmartMoney, &spreads(20, 0.5, None));
        near(reading.strength, 0.7 * 1.0_f64.tanh());
        near(reading.confidence, 0.5);
        let both = live(Factor::SmartMoney, &spreads(20, 0.5, Some((0, 0.1))));
        near(both.strength, 0.7 * 1.0_f64.tanh());
        let mut snapshot = spreads(20, 0.5, Some((0, 0.1)));
        let taker = &mut snapshot.top_positions.as_mut().unwrap().value.taker;
        *taker = Some(series(HOUR_MS, [0.1_f64.exp(); 4]));
        near(live(Factor::SmartMoney, &snapshot).strength, 1.0_f64.tanh());
    }

    #[test]
    fn an_account_ratio_of_another_time_is_no_partner() {
        let mut snapshot = spreads(300, 0.15, None);
        for point in &mut snapshot.top_positions.as_mut().unwrap().value.accounts.points {
            point.at = point.at.plus_ms(-400 * HOUR_MS);
        }
        assert!(read(Factor::SmartMoney, &snapshot).is_err());
    }
}

mod oi_trend {
    use super::*;

    fn m24(snapshot: &MarketSnapshot) -> f64 {
        Shared::of(snapshot, &EngineConfig::default()).momentum().unwrap().h24.m
    }

    #[test]
    fn leverage_added_backs_a_move_and_leverage_removed_fades_it() {
        let with_change = |change: f64| {
            let mut snapshot = full();
            let coins = (0..=24).map(|hour| 1e6 * (change * f64::from(hour) / 24.0).exp());
            snapshot.open_interest = observed(open_interest(HOUR_MS, coins), AT);
            snapshot
        };
        let up = with_change(0.05);
        let moved = (m24(&up) / 1.5).tanh();
        assert!(moved.abs() > 0.05);
        let reading = live(Factor::OiTrend, &up);
        near(reading.strength, 1.0_f64.tanh() * moved);
        near(reading.confidence, 0.5);
        near(reading.figure("change24hPct").unwrap(), 100.0 * 0.05_f64.exp_m1());
        near(reading.figure("openInterestUsd").unwrap(), 1e8 * 0.05_f64.exp());
        near(live(Factor::OiTrend, &with_change(-0.10)).strength, -0.3 * 2.0_f64.tanh() * moved);
    }

    #[test]
    fn its_own_history_of_daily_changes_decides_what_is_much() {
        let mut snapshot = full();
        // Changes over 24h alternate ±2 % by the day; the newest is +4 %.
        let daily: Vec<f64> = alternating(30, 0.02).chain([0.04]).collect();
        let mut ln = 0.0;
        let coins = std::iter::once(0.0).chain(daily).map(|change| {
            ln += change;
            1e6 * f64::exp(ln)
        });
        snapshot.open_interest = observed(open_interest(DAY_MS, coins.collect::<Vec<_>>()), AT);
        let reading = live(Factor::OiTrend, &snapshot);
        assert_eq!(reading.basis, Basis::OwnHistory { observations: 30 });
        let a = 0.04 / alternating_deviation(0.02, 30.0);
        near(reading.strength, a.tanh() * (m24(&snapshot) / 1.5).tanh());
    }

    #[test]
    fn another_venues_candles_are_not_mixed_in() {
        let mut snapshot = full();
        snapshot.open_interest.as_mut().unwrap().venue = Some(Venue::Okx);
        assert!(read(Factor::OiTrend, &snapshot).unwrap_err().contains("venue"));
        let own = snapshot.candles_4h.as_ref().unwrap().value.clone();
        snapshot.open_interest.as_mut().unwrap().value.own_candles_4h = Some(own);
        assert!(read(Factor::OiTrend, &snapshot).is_ok());
    }

    #[test]
    fn no_day_no_price_or_too_old_is_missing() {
        let mut snapshot = full();
        snapshot.open_interest = observed(open_interest(HOUR_MS, [1e6; 10]), AT);
        assert!(read(Factor::OiTrend, &snapshot).unwrap_err().contains("day ago"));
        let mut snapshot = full();
        snapshot.candles_4h = Err(Missing::because("no candles"));
        assert_eq!(read(Factor::OiTrend, &snapshot).unwrap_err(), "no candles");
        let mut snapshot = full();
        snapshot.open_interest.as_mut().unwrap().value.points.retain(|p| p.at <= AT.plus_ms(-13 * HOUR_MS));
        assert!(read(Factor::OiTrend, &snapshot).unwrap_err().starts_with("stale"));
    }
}

mod social_sentiment {
    use super::*;

    fn social(sentiment: Option<Vec<f64>>, activity: Option<Vec<f64>>) -> MarketSnapshot {
        let mut snapshot = full();
        let reading = snapshot.social.as_mut().unwrap();
        reading.value = SocialState {
            sentiment: sentiment.map(|values| series(DAY_MS, values)),
            activity: activity.map(|values| series(DAY_MS, values)),
            activity_name: "posts created".to_owned(),
            galaxy_score: None,
            alt_rank: None,
        };
        snapshot
    }

    fn history(count: i32, middle: f64, size: f64, newest: f64) -> Vec<f64> {
        alternating(count, size).map(|x| middle + x).chain([newest]).collect()
    }

    fn price_sign(snapshot: &MarketSnapshot) -> f64 {
        Shared::of(snapshot, &EngineConfig::default()).momentum().unwrap().h24.m.signum()
    }

    #[test]
    fn sentiment_and_activity_in_the_direction_of_the_price() {
        let snapshot = social(Some(history(30, 75.0, 5.0, 80.0)), Some(history(30, 1e6, 1e5, 12e5)));
        let reading = live(Factor::SocialSentiment, &snapshot);
        let z = 5.0 / alternating_deviation(5.0, 30.0);
        let activity_z = 2.0 * z;
        let expected = 0.6 * (z / 1.5).tanh() + 0.4 * (activity_z / 1.5).tanh() * price_sign(&snapshot);
        near(reading.strength, expected);
        near(reading.confidence, 1.0);
        near(reading.figure("sentiment").unwrap(), 80.0);
        near(reading.figure("postsCreated").unwrap(), 12e5);
    }

    #[test]
    fn activity_alone_counts_half_and_only_when_abnormal() {
        let snapshot = social(None, Some(history(30, 1e6, 1e5, 12e5)));
        let reading = live(Factor::SocialSentiment, &snapshot);
        let z = 2.0 / alternating_deviation(1.0, 30.0);
        near(reading.strength, 0.4 * (z / 1.5).tanh() * price_sign(&snapshot));
        near(reading.confidence, 0.5);
        near(live(Factor::SocialSentiment, &social(None, Some(history(30, 1e6, 1e5, 1e5)))).strength, 0.0);
    }

    #[test]
    fn without_history_sentiment_stands_against_seventy_five() {
        let reading = live(Factor::SocialSentiment, &social(Some(vec![90.0]), None));
        near(reading.strength, 0.6);
        near(reading.confidence, 0.25);
        near(live(Factor::SocialSentiment, &social(Some(vec![10.0]), None)).strength, -1.0);
        let reason = read(Factor::SocialSentiment, &social(None, Some(vec![1e6]))).unwrap_err();
        assert!(reason.contains("too little history"), "{reason}");
    }

    #[test]
    fn stale_or_nothing_is_missing() {
        assert!(read(Factor::SocialSentiment, &social(None, None)).is_err());
        let mut snapshot = full();
        snapshot.at = AT.plus_ms(73 * HOUR_MS);
        assert!(read(Factor::SocialSentiment, &snapshot).unwrap_err().starts_with("stale"));
    }
}

mod fear_greed {
    use super::*;

    fn index(values: Vec<f64>) -> MarketSnapshot {
        let mut snapshot = full();
        snapshot.fear_greed = observed(series(DAY_MS, values), AT);
        snapshot
    }

    #[test]
    fn contrarian_against_its_own_year() {
        // Above 75 of 100: r = 0.5 is the edge of the deadband; above 90: r = 0.8, s = -0.6.
        let history = |newest: f64| (1..=100).map(|i| 0.5 * f64::from(i)).chain([newest]).collect();
        near(live(Factor::FearGreed, &index(history(37.6))).strength, 0.0);
        let reading = live(Factor::FearGreed, &index(history(45.2)));
        near(reading.strength, -0.6);
        assert_eq!(reading.basis, Basis::OwnHistory { observations: 100 });
        near(live(Factor::FearGreed, &index(history(0.1))).strength, 1.0);
    }

    #[test]
    fn without_history_against_fifty() {
        // x = 0.7, soft(0.7, 0.4) = 0.5.
        let reading = live(Factor::FearGreed, &index(vec![85.0]));
        near(reading.strength, -0.5);
        near(reading.confidence, 0.5);
        near(live(Factor::FearGreed, &index(vec![15.0])).strength, 0.5);
        near(live(Factor::FearGreed, &index(vec![60.0])).strength, 0.0);
    }

    #[test]
    fn half_lives_of_three_days_and_an_end_after_two() {
        let aged = |hours: i64| {
            let mut snapshot = index(vec![85.0]);
            snapshot.at = AT.plus_ms(hours * HOUR_MS);
            read(Factor::FearGreed, &snapshot)
        };
        near(aged(36).unwrap().freshness, 0.5_f64.sqrt());
        assert!(aged(48).is_ok());
        assert!(aged(49).unwrap_err().starts_with("stale"));
        assert!(read(Factor::FearGreed, &index(vec![185.0])).is_err());
    }
}

#[test]
fn what_came_later_changes_nothing() {
    let before = full();
    let mut after = full();
    let late = |at: UtcMs| at.plus_ms(HOUR_MS);
    let add = |series: &mut domain::Series| {
        series.points.push(domain::Point { at: late(AT), value: 1e3 });
    };
    add(&mut after.account_ratio.as_mut().unwrap().value);
    add(&mut after.fear_greed.as_mut().unwrap().value);
    add(&mut after.funding.as_mut().unwrap().value.annualised);
    let top = &mut after.top_positions.as_mut().unwrap().value;
    add(&mut top.positions);
    add(&mut top.accounts);
    add(top.taker.as_mut().unwrap());
    add(after.social.as_mut().unwrap().value.sentiment.as_mut().unwrap());
    add(&mut after.liquidations.as_mut().unwrap().value.open_interest_usd);
    after.liquidations.as_mut().unwrap().value.bars.push(domain::LiquidationBar {
        end: late(AT),
        long_usd: 1e12,
        short_usd: 0.0,
    });
    after.open_interest.as_mut().unwrap().value.points.push(domain::OpenInterest {
        at: late(AT),
        coins: 1e12,
        usd: 1e14,
    });
    after.candles_4h.as_mut().unwrap().value.push(fixture::candle(AT.plus_ms(H4), 1.0, 900.0));
    for factor in Factor::ALL {
        assert_eq!(read(factor, &before), read(factor, &after), "{factor}");
        assert!(read(factor, &before).is_ok(), "{factor}");
    }
}
