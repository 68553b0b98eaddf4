use std::str::FromStr;

use domain::{HOUR_MS, Instrument, OpenInterest, OpenInterestHistory, Point, ProviderError, Series, UtcMs};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use upstream::lenient::Text;

use super::{rows, stamped};
use crate::rows::{OpenInterestRow, Positional, number_at};

/// Length of the rows that are asked for: 30 days of it are two pages.
pub const PERIOD_MS: i64 = 4 * HOUR_MS;

/// Open interest now of each contract in `public/open-interest`, by the contract's name. Rows without coins
/// or dollars (answers from before 2024) are left out.
pub fn open_interest_now(
    data: &[u8],
    received_at: UtcMs,
) -> Result<Vec<(String, OpenInterest)>, ProviderError> {
    let one = |row: &OpenInterestRow<'_>| {
        let open_interest = OpenInterest {
            at: stamped(&row.ts, received_at),
            coins: above_zero(row.oi_ccy.number())?,
            usd: above_zero(row.oi_usd.number())?,
        };
        Some((row.inst_id.value()?.to_owned(), open_interest))
    };
    Ok(rows::<OpenInterestRow<'_>>(data, "open interest")?.iter().filter_map(one).collect())
}

/// One page of `rubik/stat/contracts/open-interest-history`: `[time, contracts, coins, dollars]`. Coins are
/// contracts, freed of float noise by rounding to the lot, times the contract's size. Zero is a bad row.
pub fn open_interest_history(
    data: &[u8],
    instrument: &Instrument,
    now: UtcMs,
) -> Result<Vec<OpenInterest>, ProviderError> {
    let one = |row: &Positional<'_>| {
        Some(OpenInterest {
            at: row.first().and_then(Text::instant).filter(|at| *at <= now)?,
            coins: above_zero(coins(row.get(1)?, instrument))?,
            usd: above_zero(number_at(row, 3))?,
        })
    };
    Ok(rows::<Positional<'_>>(data, "open interest history")?.iter().filter_map(one).collect())
}

fn coins(contracts: &Text<'_>, instrument: &Instrument) -> Option<f64> {
    let told = Decimal::from_str(contracts.value()?).ok()?;
    let lots = told.checked_div(instrument.lot_step)?.round();
    lots.checked_mul(instrument.lot_step)?.checked_mul(instrument.contract_size)?.to_f64()
}

fn above_zero(number: Option<f64>) -> Option<f64> {
    number.filter(|value| *value > 0.0)
}

/// One page of a long/short ratio: `[time, ratio]`, each value standing for its own time.
pub fn ratios(data: &[u8], now: UtcMs) -> Result<Vec<Point>, ProviderError> {
    let one = |row: &Positional<'_>| {
        let at = row.first().and_then(Text::instant).filter(|at| *at <= now)?;
        Some(Point { at, value: above_zero(number_at(row, 1))? })
    };
    Ok(rows::<Positional<'_>>(data, "long/short ratios")?.iter().filter_map(one).collect())
}

/// One page of `rubik/stat/taker-volume-contract`, `[bar start, sell, buy]`, as buy/sell ratios at the end of
/// each bar. The running bar is left out.
pub fn taker_ratios(data: &[u8], now: UtcMs) -> Result<Vec<Point>, ProviderError> {
    let one = |row: &Positional<'_>| {
        let at = row.first().and_then(Text::instant)?.plus_ms(PERIOD_MS);
        let sell = above_zero(number_at(row, 1))?;
        let buy = number_at(row, 2).filter(|volume| *volume >= 0.0)?;
        (at <= now).then_some(Point { at, value: buy / sell })
    };
    Ok(rows::<Positional<'_>>(data, "taker volumes")?.iter().filter_map(one).collect())
}

/// Pages of points as one series, from `since` on.
pub(crate) fn series(pages: Vec<Vec<Point>>, since: UtcMs) -> Series {
    let mut points: Vec<Point> = pages.into_iter().flatten().filter(|point| point.at >= since).collect();
    points.sort_by_key(|point| point.at);
    points.dedup_by_key(|point| point.at);
    Series { cadence_ms: PERIOD_MS, points }
}

/// Pages of open interest as one history, from `since` on.
pub(crate) fn history(pages: Vec<Vec<OpenInterest>>, since: UtcMs) -> OpenInterestHistory {
    let mut points: Vec<OpenInterest> =
        pages.into_iter().flatten().filter(|point| point.at >= since).collect();
    points.sort_by_key(|point| point.at);
    points.dedup_by_key(|point| point.at);
    OpenInterestHistory { cadence_ms: PERIOD_MS, points, own_candles_4h: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UtcMs = UtcMs(1_777_219_200_000);

    #[test]
    fn sell_stands_before_buy_and_the_running_bar_is_left_out() {
        let data = br#"[["1777219200000","10","20"],["1777204800000","10","20"],["1777190400000","0","5"],["1777176000000"]]"#;
        assert_eq!(taker_ratios(data, NOW).unwrap(), [Point { at: NOW, value: 2.0 }]);
    }

    #[test]
    fn ratios_later_than_now_or_empty_are_left_out() {
        let data =
            br#"[["1777219200001","2"],["1777219200000","0.5"],["1777204800000",""],["1777190400000","0"]]"#;
        assert_eq!(ratios(data, NOW).unwrap(), [Point { at: NOW, value: 0.5 }]);
        assert!(ratios(br#"{"a":1}"#, NOW).is_err());
    }

    #[test]
    fn pages_become_one_ascending_series() {
        let point = |at: i64| Point { at: UtcMs(at), value: 1.0 };
        let joined = series(vec![vec![point(9), point(5)], vec![point(5), point(3), point(1)]], UtcMs(3));
        assert_eq!(joined.points, [point(3), point(5), point(9)]);
    }
}
