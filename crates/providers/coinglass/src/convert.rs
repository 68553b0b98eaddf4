//! From rows to what the engine reads. A bar is known at its end; a ratio holds at its own time. Nothing
//! later than `now` and nothing before `since` is returned, whatever order the rows came in.

use std::collections::BTreeMap;

use domain::{DAY_MS, Funding, LiquidationBar, OpenInterest, Point, Series, UtcMs, Venue};
use serde_json::value::RawValue;

use crate::rows::{CoinFunding, ExchangeFunding, FearGreed, Liquidated, LongShort, Ohlc, TakerVolume};

/// The provider's spelling of a venue.
#[must_use]
pub const fn exchange_name(venue: Venue) -> &'static str {
    match venue {
        Venue::Binance => "Binance",
        Venue::Okx => "OKX",
        Venue::Bybit => "Bybit",
    }
}

/// Bars of liquidations, ascending: the longest run without a hole that ends with the newest closed bar
/// there is. A bar with a side missing is a hole.
#[must_use]
pub fn liquidation_bars(rows: &[Liquidated], bar_ms: i64, since: UtcMs, now: UtcMs) -> Vec<LiquidationBar> {
    let bars = by_time(rows.iter().filter_map(|row| {
        let end = row.time.time()?.plus_ms(bar_ms);
        let bar = LiquidationBar {
            end,
            long_usd: row.long_liquidation_usd.0.filter(|usd| *usd >= 0.0)?,
            short_usd: row.short_liquidation_usd.0.filter(|usd| *usd >= 0.0)?,
        };
        (since <= end && end <= now).then_some((end, bar))
    }));
    let mut run: Vec<LiquidationBar> = Vec::with_capacity(bars.len());
    for bar in bars.into_values().rev() {
        if run.last().is_some_and(|later| later.end.since(bar.end) != bar_ms) {
            break;
        }
        run.push(bar);
    }
    run.reverse();
    run
}

/// Open interest at the ends of bars, ascending: the closes of both histories where both tell one.
/// Values of 0 are bad rows and dropped. `multiplier` is the contract's coins per unit.
#[must_use]
pub fn open_interest_points(
    usd: &[Ohlc],
    coins: &[Ohlc],
    bar_ms: i64,
    multiplier: u64,
    since: UtcMs,
    now: UtcMs,
) -> Vec<OpenInterest> {
    let usd = by_time(closes(usd, bar_ms, since, now).filter(|(_, value)| *value > 0.0));
    let coins = by_time(closes(coins, bar_ms, since, now).filter(|(_, value)| *value > 0.0));
    usd.into_iter()
        .filter_map(|(at, usd)| Some(OpenInterest { at, coins: coins.get(&at)? * multiplier as f64, usd }))
        .collect()
}

/// Long/short ratio at the rows' own times.
#[must_use]
pub fn long_short_series(rows: &[LongShort], cadence_ms: i64, since: UtcMs, now: UtcMs) -> Series {
    let points = rows.iter().filter_map(|row| {
        let at = row.time.time()?;
        (since <= at && at <= now).then_some((at, long_short_ratio(row)?))
    });
    series(cadence_ms, points)
}

/// The ratio from the two shares, which have four digits, where they agree with the ratio told, which
/// has two decimals; else the ratio told.
fn long_short_ratio(row: &LongShort) -> Option<f64> {
    let told = row.long_short_ratio.0.filter(|ratio| *ratio > 0.0);
    let exact = match (row.long_percent.0, row.short_percent.0) {
        (Some(long), Some(short)) if long > 0.0 && short > 0.0 => Some(long / short),
        _ => None,
    };
    match (exact, told) {
        (Some(exact), Some(told)) if (exact - told).abs() > 0.01 + 0.01 * told => Some(told),
        (Some(exact), _) => Some(exact),
        (None, told) => told,
    }
}

/// Taker buy over taker sell volume, at the ends of bars.
#[must_use]
pub fn taker_series(rows: &[TakerVolume], bar_ms: i64, since: UtcMs, now: UtcMs) -> Series {
    let points = rows.iter().filter_map(|row| {
        let end = row.time.time()?.plus_ms(bar_ms);
        let buy = row.taker_buy_volume_usd.0.filter(|volume| *volume > 0.0)?;
        let sell = row.taker_sell_volume_usd.0.filter(|volume| *volume > 0.0)?;
        (since <= end && end <= now).then_some((end, buy / sell))
    });
    series(bar_ms, points)
}

/// Funding at the ends of bars, ascending, as fractions. The provider keeps the running estimate, never
/// the settlement, so every one is marked as running.
#[must_use]
pub fn funding_history(
    rows: &[Ohlc],
    bar_ms: i64,
    interval_h: f64,
    since: UtcMs,
    now: UtcMs,
) -> Vec<Funding> {
    by_time(closes(rows, bar_ms, since, now))
        .into_iter()
        .map(|(at, pct)| Funding { rate: pct / 100.0, interval_h, running: true, at, next_at: None })
        .collect()
}

/// A coin's row of the funding list on one venue, margined in stablecoins. `names` are the spellings
/// under which the coin may stand there, best first.
#[must_use]
pub fn funding_entry<'r, 'a>(
    rows: &'r [CoinFunding<'a>],
    names: &[&str],
    venue: Venue,
) -> Option<&'r ExchangeFunding<'a>> {
    let coin = names.iter().find_map(|name| rows.iter().find(|row| row.symbol.eq_ignore_ascii_case(name)))?;
    let exchange = exchange_name(venue);
    coin.stablecoin_margin_list.iter().find(|entry| entry.exchange.eq_ignore_ascii_case(exchange))
}

/// A running funding rate from its row. Without an interval in the row the contract's own is taken;
/// without either there is none.
#[must_use]
pub fn running_funding(entry: &ExchangeFunding<'_>, contract_h: Option<u32>, at: UtcMs) -> Option<Funding> {
    let told = entry.funding_rate_interval.0.filter(|hours| *hours > 0.0);
    Some(Funding {
        rate: entry.funding_rate.0? / 100.0,
        interval_h: told.or_else(|| contract_h.map(f64::from))?,
        running: true,
        at,
        next_at: entry.next_funding_time.time().filter(|next| *next > at),
    })
}

/// The Fear & Greed Index, daily. Times drift after midnight, so they are floored to their UTC day.
#[must_use]
pub fn fear_greed_series(lists: &FearGreed, since: UtcMs, now: UtcMs) -> Series {
    let points = lists.time_list.iter().zip(&lists.data_list).filter_map(|(time, value)| {
        let told_at = time.time().filter(|at| *at <= now)?;
        let value = value.0.filter(|value| (0.0..=100.0).contains(value))?;
        let day = told_at.floor(DAY_MS);
        (since <= day).then_some((day, value))
    });
    series(DAY_MS, points)
}

/// The rows of a JSON list whose `symbol` is the coin, as JSON text; for operations that answer for one
/// coin out of a list of all.
pub fn rows_of_coin(data: &[u8], coin: &str) -> Result<String, serde_json::Error> {
    #[derive(serde::Deserialize)]
    struct Named<'a> {
        #[serde(borrow, default)]
        symbol: Option<std::borrow::Cow<'a, str>>,
    }
    let rows: Vec<&RawValue> = serde_json::from_slice(data)?;
    let mut kept = Vec::new();
    for row in rows {
        let named: Named<'_> = serde_json::from_str(row.get())?;
        if named.symbol.is_some_and(|symbol| symbol.eq_ignore_ascii_case(coin)) {
            kept.push(row.get());
        }
    }
    Ok(format!("[{}]", kept.join(",")))
}

/// Closing values at the ends of bars.
fn closes(rows: &[Ohlc], bar_ms: i64, since: UtcMs, now: UtcMs) -> impl Iterator<Item = (UtcMs, f64)> {
    rows.iter().filter_map(move |row| {
        let end = row.time.time()?.plus_ms(bar_ms);
        (since <= end && end <= now).then_some((end, row.close.0?))
    })
}

/// Sorted by time; of two values at one time the later one stays.
fn by_time<T>(values: impl Iterator<Item = (UtcMs, T)>) -> BTreeMap<UtcMs, T> {
    values.collect()
}

fn series(cadence_ms: i64, points: impl Iterator<Item = (UtcMs, f64)>) -> Series {
    let points = by_time(points).into_iter().map(|(at, value)| Point { at, value }).collect();
    Series { cadence_ms, points }
}
