//! Stops, targets, multipliers and sizes.

use analysis::volatility::VolatilityClass;
use domain::{Candle, Instrument, UtcMs};
use engine::plan::plan;
use engine::{
    EngineConfig, RiskMode, Signal, SizeRefusal, SizeRequest, StructureContext, VolatilityMetrics,
    VolatilityState, position_size,
};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::fixture::{AT, H4, instrument};

/// Candles with a constant true range of `range` at a constant close.
fn steady(count: i64, close: f64, range: f64) -> Vec<Candle> {
    (0..count)
        .map(|index| Candle {
            open_time: UtcMs(AT.0 - (count - index) * H4),
            open: close,
            high: close + range / 2.0,
            low: close - range / 2.0,
            close,
            volume: 1.0,
            quote_volume: None,
            taker_buy_volume: None,
        })
        .collect()
}

fn tick(step: Decimal) -> Instrument {
    Instrument { tick_size: step, ..instrument() }
}

/// ATR 1560.2 at 91250.5: the example of the contract.
fn state() -> Result<VolatilityState, String> {
    Ok(VolatilityState {
        atr: 1560.2,
        atr_pct: 100.0 * 1560.2 / 91_250.5,
        normal_pct: 1.9,
        own_normal: true,
        class: VolatilityClass::Low,
        multiplier: 1.11,
    })
}

fn planned(signal: Signal, mode: RiskMode) -> VolatilityMetrics {
    plan(signal, 91_250.5, mode, &state(), &tick(Decimal::new(1, 1)), None, &EngineConfig::default())
}

#[test]
fn the_contracts_example() {
    let plan = planned(Signal::Long, RiskMode::Normal);
    assert_eq!(plan.stop_loss_price, Some(88_130.1));
    assert_eq!(plan.take_profit_price, Some(99_051.5));
    assert_eq!(plan.stop_loss_distance_pct, Some(3.4196));
    assert_eq!(plan.take_profit_distance_pct, Some(8.549));
    assert_eq!(plan.risk_reward_ratio, Some(2.5));
    assert_eq!(plan.atr_percentage, Some(1.7098));
    assert_eq!(plan.recommended_position_multiplier, Some(1.11));
    assert_eq!(plan.timeframe.as_str(), "4h");
    assert!(
        plan.trade_plan_summary.starts_with("LONG from 91250.5: stop 88130.1 (3.42 % away, 2 ATR)"),
        "{}",
        plan.trade_plan_summary
    );
}

#[test]
fn each_risk_mode_has_its_distances_on_both_sides() {
    for (mode, stop, target) in [
        (RiskMode::Aggressive, 1.5, 2.0),
        (RiskMode::Normal, 2.0, 2.5),
        (RiskMode::Reduced, 2.5, 3.0),
        (RiskMode::Avoid, 3.0, 1.5),
    ] {
        let risk = stop * 1560.2;
        let long = planned(Signal::Long, mode);
        assert!((long.stop_loss_price.unwrap() - (91_250.5 - risk)).abs() <= 0.1);
        assert!((long.take_profit_price.unwrap() - (91_250.5 + target * risk)).abs() <= 0.1);
        let short = planned(Signal::Short, mode);
        assert!((short.stop_loss_price.unwrap() - (91_250.5 + risk)).abs() <= 0.1);
        assert!((short.take_profit_price.unwrap() - (91_250.5 - target * risk)).abs() <= 0.1);
    }
}

#[test]
fn stops_round_away_and_targets_towards_the_entry() {
    let coarse = tick(Decimal::new(100, 0));
    let config = EngineConfig::default();
    let long = plan(Signal::Long, 91_250.5, RiskMode::Normal, &state(), &coarse, None, &config);
    assert_eq!((long.stop_loss_price, long.take_profit_price), (Some(88_100.0), Some(99_000.0)));
    let short = plan(Signal::Short, 91_250.5, RiskMode::Normal, &state(), &coarse, None, &config);
    assert_eq!((short.stop_loss_price, short.take_profit_price), (Some(94_400.0), Some(83_500.0)));
    assert!(long.risk_reward_ratio.unwrap() < 2.5);
}

#[test]
fn what_has_no_plan_says_why() {
    let config = EngineConfig::default();
    let neutral = planned(Signal::Neutral, RiskMode::Reduced);
    assert_eq!((neutral.stop_loss_price, neutral.take_profit_price), (None, None));
    assert!(neutral.reason.is_some() && neutral.atr_value.is_some());
    let unknown = plan(
        Signal::Long,
        10.0,
        RiskMode::Normal,
        &Err("no candles".to_owned()),
        &instrument(),
        None,
        &config,
    );
    assert_eq!((unknown.reason.as_deref(), unknown.atr_value), (Some("no candles"), None));
    let wild = Ok(VolatilityState { atr: 6.0, atr_pct: 60.0, ..state().unwrap() });
    let long = plan(Signal::Long, 10.0, RiskMode::Normal, &wild, &instrument(), None, &config);
    assert_eq!(long.stop_loss_price, None);
    assert!(long.reason.unwrap().contains("zero"));
    let still = Ok(VolatilityState { atr: 0.001, ..state().unwrap() });
    let huge = plan(Signal::Long, 10.0, RiskMode::Normal, &still, &tick(Decimal::new(5, 0)), None, &config);
    assert!(huge.reason.unwrap().contains("ticks"));
}

#[test]
fn the_normal_is_the_coins_own_after_thirty_days() {
    let config = EngineConfig::default();
    let own = VolatilityState::of(&steady(400, 100.0, 1.5), 100.0, &config).unwrap();
    assert!(own.own_normal && (own.multiplier - 1.0).abs() < 1e-12 && own.class == VolatilityClass::Low);
    let young = VolatilityState::of(&steady(100, 100.0, 1.5), 100.0, &config).unwrap();
    assert!(!young.own_normal && (young.multiplier - 2.0).abs() < 1e-12);
    let wild = VolatilityState::of(&steady(100, 100.0, 20.0), 100.0, &config).unwrap();
    assert!((wild.multiplier - 0.25).abs() < 1e-12);
    assert!(
        VolatilityState::of(&steady(14, 100.0, 1.5), 100.0, &config).unwrap_err().contains("15 are needed")
    );
}

#[test]
fn the_structures_level_is_set_beside_the_stop() {
    let structure = StructureContext { swing_low: Some(88_200.0), ..StructureContext::default() };
    let config = EngineConfig::default();
    let plan = plan(
        Signal::Long,
        91_250.5,
        RiskMode::Normal,
        &state(),
        &tick(Decimal::new(1, 1)),
        Some(&structure),
        &config,
    );
    assert!(plan.trade_plan_summary.ends_with("The stop lies beyond 88200, where the structure breaks."));
}

fn request() -> SizeRequest {
    SizeRequest {
        signal: Signal::Long,
        entry: 100.0,
        stop: 95.0,
        account_usd: 10_000.0,
        risk_pct: 1.0,
        taker_fee: 0.0005,
        slippage: 0.0004,
        expected_funding: 0.0,
        max_leverage: 10.0,
        maintenance_margin: 0.005,
    }
}

#[test]
fn a_size_by_hand() {
    // 100 at risk / (5 + 100 × (0.001 + 0.0004)) = 100 / 5.14 = 19.4552…
    let size = position_size(&request(), &instrument()).unwrap();
    assert!((size.quantity - 19.455).abs() < 1e-9);
    assert!((size.notional_usd - 1945.5).abs() < 1e-9);
    assert!((size.leverage - 0.19455).abs() < 1e-12);
    assert!((size.risk_usd - 19.455 * 5.14).abs() < 1e-9 && size.risk_usd <= 100.0);
    assert_eq!((size.liquidation_price, size.capped_by_leverage), (None, false));
}

#[test]
fn leverage_caps_and_liquidation_refuses() {
    let tight = SizeRequest { stop: 99.9, risk_pct: 5.0, max_leverage: 5.0, ..request() };
    let size = position_size(&tight, &instrument()).unwrap();
    assert!(size.capped_by_leverage && (size.leverage - 5.0).abs() < 1e-9);
    // 100 × (1 - 1/5 + 0.005) = 80.5
    assert!((size.liquidation_price.unwrap() - 80.5).abs() < 1e-9);
    let short = SizeRequest { signal: Signal::Short, stop: 100.1, ..tight };
    assert!((position_size(&short, &instrument()).unwrap().liquidation_price.unwrap() - 119.5).abs() < 1e-9);
    let wide = SizeRequest { stop: 90.0, risk_pct: 60.0, max_leverage: 5.0, ..request() };
    assert!(position_size(&wide, &instrument()).is_ok());
    let wider = SizeRequest { stop: 87.0, risk_pct: 100.0, max_leverage: 5.0, ..request() };
    assert!(matches!(position_size(&wider, &instrument()), Err(SizeRefusal::LiquidationTooClose { .. })));
}

#[test]
fn small_accounts_and_nonsense_are_refused() {
    let refuse = |request: SizeRequest| position_size(&request, &instrument()).unwrap_err();
    assert!(matches!(
        refuse(SizeRequest { account_usd: 0.4, ..request() }),
        SizeRefusal::BelowLotStep { .. }
    ));
    assert!(matches!(
        refuse(SizeRequest { account_usd: 20.0, ..request() }),
        SizeRefusal::BelowMinNotional { .. }
    ));
    for bad in [
        SizeRequest { stop: 101.0, ..request() },
        SizeRequest { signal: Signal::Neutral, ..request() },
        SizeRequest { account_usd: f64::NAN, ..request() },
        SizeRequest { risk_pct: 0.0, ..request() },
        SizeRequest { taker_fee: 1.0, ..request() },
        SizeRequest { max_leverage: 0.0, ..request() },
        SizeRequest { expected_funding: f64::INFINITY, ..request() },
    ] {
        assert!(matches!(refuse(bad), SizeRefusal::BadRequest(_)), "{bad:?}");
    }
}

#[test]
fn contracts_are_the_venues_own() {
    let okx = Instrument { contract_size: Decimal::new(1, 1), lot_step: Decimal::ONE, ..instrument() };
    let size = position_size(&request(), &okx).unwrap();
    assert!((size.contracts - 194.0).abs() < 1e-12 && (size.quantity - 19.4).abs() < 1e-9);
}

proptest! {
    #[test]
    fn stop_and_target_stand_on_their_sides(
        entry in 1e-8..1e6_f64,
        atr_share in 1e-4..0.6_f64,
        decimals in 0_u32..10,
        units in 1_i64..50,
        long in any::<bool>(),
        mode in prop::sample::select(RiskMode::ALL.to_vec()),
    ) {
        let signal = if long { Signal::Long } else { Signal::Short };
        let step = Decimal::new(units, decimals);
        let state = Ok(VolatilityState { atr: atr_share * entry, ..state().unwrap() });
        let config = EngineConfig::default();
        let out = plan(signal, entry, mode, &state, &tick(step), None, &config);
        match (out.stop_loss_price, out.take_profit_price) {
            (Some(stop), Some(target)) => {
                prop_assert!(stop > 0.0 && target > 0.0);
                let d = signal.direction();
                prop_assert!((entry - stop) * d > 0.0 && (target - entry) * d > 0.0);
                // Rounded away from and towards the entry.
                let risk = config.plan.stop_atr.of(mode) * atr_share * entry;
                let slack = 1e-8 * entry;
                prop_assert!((entry - stop).abs() >= risk - slack);
                prop_assert!((target - entry).abs() <= config.plan.target_risk.of(mode) * risk + slack);
            }
            (None, None) => prop_assert!(out.reason.is_some()),
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn a_size_never_costs_more_than_its_risk(
        entry in 1e-3..1e5_f64,
        distance in 1e-3..0.3_f64,
        account in 10.0..1e6_f64,
        risk_pct in 0.1..5.0_f64,
        leverage in 1.0..50.0_f64,
    ) {
        let request = SizeRequest {
            entry, stop: entry * (1.0 - distance), account_usd: account, risk_pct, max_leverage: leverage, ..request()
        };
        if let Ok(size) = position_size(&request, &instrument()) {
            prop_assert!(size.risk_usd <= account * risk_pct / 100.0 * (1.0 + 1e-9));
            prop_assert!(size.leverage <= leverage * (1.0 + 1e-9));
            prop_assert!(size.notional_usd >= 5.0);
        }
    }
}
