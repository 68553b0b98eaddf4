//! A made-up coin whose every series moves, and small ways to change it.

use domain::{
    Candle, Class, CoinId, DAY_MS, Funding, FundingState, HOUR_MS, Instrument, Kind, LiquidationBar,
    LiquidationHistory, MarketSnapshot, Observed, OpenInterest, OpenInterestHistory, Point, Reading, Series,
    SocialState, Source, Status, TopPositions, UtcMs, Venue,
};
use rust_decimal::Decimal;

pub const H4: i64 = 4 * HOUR_MS;

/// 2025-03-03T12:00:00Z.
pub const AT: UtcMs = UtcMs(1_741_003_200_000);

pub fn observed<T>(value: T, as_of: UtcMs) -> Reading<T> {
    Ok(Observed { value, source: Source::Binance, venue: Some(Venue::Binance), as_of, received_at: AT })
}

pub fn instrument() -> Instrument {
    Instrument {
        venue: Venue::Binance,
        native_symbol: "ABCUSDT".to_owned(),
        kind: Kind::Perp,
        base: CoinId("ABC".to_owned()),
        native_base: "ABC".to_owned(),
        quote: "USDT".to_owned(),
        multiplier: 1,
        contract_size: Decimal::ONE,
        class: Class::Crypto,
        status: Status::Trading,
        tick_size: Decimal::new(1, 2),
        lot_step: Decimal::new(1, 3),
        min_notional: Some(Decimal::new(5, 0)),
        onboard_at: None,
        delivery_at: None,
        funding_interval_h: Some(8),
    }
}

/// A candle that closed at `end`.
pub fn candle(end: UtcMs, open: f64, close: f64) -> Candle {
    let span = 0.004 * open.max(close);
    Candle {
        open_time: end.plus_ms(-H4),
        open,
        high: open.max(close) + span,
        low: open.min(close) - span,
        close,
        volume: 1_000.0,
        quote_volume: None,
        taker_buy_volume: None,
    }
}

/// Candles through `closes`, the last closed at `AT`.
pub fn candles(closes: &[f64]) -> Vec<Candle> {
    let bars = i64::try_from(closes.len()).unwrap();
    let opens = std::iter::once(closes[0]).chain(closes.iter().copied());
    opens
        .zip(closes)
        .zip(0_i64..)
        .map(|((open, close), index)| candle(AT.plus_ms((index + 1 - bars) * H4), open, *close))
        .collect()
}

/// A series of one value each `cadence_ms`, the last at `AT`.
pub fn series(cadence_ms: i64, values: impl IntoIterator<Item = f64>) -> Series {
    let values: Vec<f64> = values.into_iter().collect();
    let count = i64::try_from(values.len()).unwrap();
    let points = values
        .into_iter()
        .zip(0_i64..)
        .map(|(value, index)| Point { at: AT.plus_ms((index + 1 - count) * cadence_ms), value })
        .collect();
    Series { cadence_ms, points }
}

/// Smooth and never repeating, within ±1.
pub fn wave(index: i32, phase: f64) -> f64 {
    let t = f64::from(index);
    (0.5 * (0.37 * t + phase).sin() + 0.3 * (0.113 * t + 2.0 * phase).sin() + 0.2 * (1.7 * t + phase).cos())
        .clamp(-1.0, 1.0)
}

pub fn waves(count: i32, phase: f64, value: impl Fn(f64) -> f64) -> Vec<f64> {
    (0..count).map(|index| value(wave(index, phase))).collect()
}

pub fn funding(history: Series, annual: f64) -> FundingState {
    let current = Funding {
        rate: annual * 8.0 / 8_760.0,
        interval_h: 8.0,
        running: true,
        at: AT,
        next_at: Some(AT.plus_ms(4 * HOUR_MS)),
    };
    FundingState { current, annualised: history }
}

/// Open interest in coins at the cadence, at a price of 100 each, the last at `AT`.
pub fn open_interest(cadence_ms: i64, coins: impl IntoIterator<Item = f64>) -> OpenInterestHistory {
    let points = series(cadence_ms, coins)
        .points
        .into_iter()
        .map(|point| OpenInterest { at: point.at, coins: point.value, usd: 100.0 * point.value })
        .collect();
    OpenInterestHistory { cadence_ms, points, own_candles_4h: None }
}

/// Bars of liquidated (longs, shorts), the last ended at `AT`, against constant open interest.
pub fn liquidations(
    bar_ms: i64,
    amounts: impl IntoIterator<Item = (f64, f64)>,
    open_interest_usd: f64,
) -> LiquidationHistory {
    let amounts: Vec<(f64, f64)> = amounts.into_iter().collect();
    let count = i64::try_from(amounts.len()).unwrap();
    let bars = amounts
        .into_iter()
        .zip(0_i64..)
        .map(|((long_usd, short_usd), index)| LiquidationBar {
            end: AT.plus_ms((index + 1 - count) * bar_ms),
            long_usd,
            short_usd,
        })
        .collect();
    let days = (0..32).map(|_| open_interest_usd);
    LiquidationHistory { bar_ms, bars, open_interest_usd: series(DAY_MS, days), caveat: None }
}

/// All eight factors live on their own history: 500 candles, 30 days of hours.
pub fn full() -> MarketSnapshot {
    let mut price = 100.0;
    let closes: Vec<f64> = (0..500)
        .map(|index| {
            price *= 1.0 + 0.012 * wave(index, 0.3) + 0.0004;
            price
        })
        .collect();
    let last = *closes.last().unwrap();
    let ratio = |phase: f64, spread: f64| series(HOUR_MS, waves(721, phase, |w| (0.4 + spread * w).exp()));
    let amounts =
        (0..720).map(|index| (2e6 * (1.0 + wave(index, 0.9)) + 1e3, 2e6 * (1.0 + wave(index, 2.4)) + 1e3));
    let social = SocialState {
        sentiment: Some(series(DAY_MS, waves(31, 1.1, |w| 75.0 + 10.0 * w))),
        activity: Some(series(DAY_MS, waves(31, 0.2, |w| 1e6 * (1.5 + w)))),
        activity_name: "interactions".to_owned(),
        galaxy_score: Some(61.0),
        alt_rank: Some(12.0),
    };
    MarketSnapshot {
        at: AT,
        instrument: instrument(),
        price: observed(last, AT),
        candles_4h: observed(candles(&closes), AT),
        funding: observed(funding(series(8 * HOUR_MS, waves(270, 0.7, |w| 0.1 + 0.2 * w)), 0.31), AT),
        open_interest: observed(open_interest(HOUR_MS, waves(745, 0.1, |w| 5e6 * (1.0 + 0.05 * w))), AT),
        account_ratio: observed(ratio(1.9, 0.3), AT),
        top_positions: observed(
            TopPositions {
                positions: ratio(0.5, 0.2),
                accounts: ratio(1.9, 0.3),
                taker: Some(series(HOUR_MS, waves(720, 2.9, |w| (0.2 * w).exp()))),
            },
            AT,
        ),
        liquidations: observed(liquidations(HOUR_MS, amounts, 2e9), AT),
        social: Ok(Observed {
            value: social,
            source: Source::LunarCrush,
            venue: None,
            as_of: AT,
            received_at: AT,
        }),
        fear_greed: Ok(Observed {
            value: series(DAY_MS, waves(366, 0.8, |w| 50.0 + 30.0 * w)),
            source: Source::AlternativeMe,
            venue: None,
            as_of: AT,
            received_at: AT,
        }),
    }
}
