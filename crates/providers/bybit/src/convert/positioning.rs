use domain::{Candle, HOUR_MS, Instrument, OpenInterest, Point, ProviderError, UtcMs};
use upstream::lenient::Text;

use super::listed;
use crate::rows::{AccountRatioRow, OpenInterestRow};

/// Distance of the rows that are asked for.
pub const CADENCE_MS: i64 = HOUR_MS;

/// Open interest in units of the contract.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Holding {
    /// When it was measured.
    pub at: UtcMs,
    /// Units of one side.
    pub units: f64,
}

/// One page of `open-interest`: one side's units. Zero is a bad row.
pub fn holdings(data: &[u8], now: UtcMs) -> Result<Vec<Holding>, ProviderError> {
    let one = |row: &OpenInterestRow<'_>| {
        let at = row.timestamp.instant().filter(|at| *at <= now)?;
        Some(Holding { at, units: one_side(&row.single_open_interest, &row.open_interest)? })
    };
    Ok(listed::<OpenInterestRow<'_>>(data, "open interest")?.list.iter().filter_map(one).collect())
}

/// What other exchanges call open interest: Bybit's first figure adds longs and shorts; the single one came
/// in 2026, and where it is missing half of the sum is the same up to rounding.
pub(crate) fn one_side(single: &Text<'_>, both: &Text<'_>) -> Option<f64> {
    let value = single.number().or_else(|| both.number().map(|sum| sum / 2.0))?;
    (value > 0.0).then_some(value)
}

/// Holdings in coins and dollars. Bybit tells no dollars here: each is valued at the close of the hour that
/// ends with it, and left out where that candle is missing. Both lists ascending.
#[must_use]
pub fn priced(holdings: &[Holding], hours: &[Candle], instrument: &Instrument) -> Vec<OpenInterest> {
    let close_at = |at: UtcMs| {
        let open_time = at.plus_ms(-HOUR_MS);
        let index = hours.binary_search_by_key(&open_time, |candle| candle.open_time).ok()?;
        hours.get(index).map(|candle| candle.close)
    };
    holdings
        .iter()
        .filter_map(|holding| {
            Some(OpenInterest {
                at: holding.at,
                coins: holding.units * instrument.multiplier as f64,
                usd: holding.units * close_at(holding.at)?,
            })
        })
        .collect()
}

/// One page of `account-ratio` as long/short ratios.
pub fn account_ratios(data: &[u8], now: UtcMs) -> Result<Vec<Point>, ProviderError> {
    let one = |row: &AccountRatioRow<'_>| {
        let at = row.timestamp.instant().filter(|at| *at <= now)?;
        let long = row.buy_ratio.number().filter(|share| *share > 0.0)?;
        let short = row.sell_ratio.number().filter(|share| *share > 0.0)?;
        Some(Point { at, value: long / short })
    };
    Ok(listed::<AccountRatioRow<'_>>(data, "account ratios")?.list.iter().filter_map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UtcMs = UtcMs(1_786_820_640_000);

    #[test]
    fn the_single_figure_wins_and_the_sum_is_halved() {
        let data = br#"{"list":[{"openInterest":"63910691","singleOpenInterest":"31955346","timestamp":"1786820400000"},
            {"openInterest":"65000","timestamp":"1786816800"},{"openInterest":"0","timestamp":"1786813200000"},
            {"openInterest":"","timestamp":"1786809600000"},{"openInterest":"1","timestamp":"1786824000000"}]}"#;
        let list = holdings(data, NOW).unwrap();
        assert_eq!(list[0], Holding { at: UtcMs(1_786_820_400_000), units: 31_955_346.0 });
        assert_eq!(list[1], Holding { at: UtcMs(1_786_816_800_000), units: 32_500.0 }, "seconds were seen");
        assert_eq!(list.len(), 2);
    }

    #[test]
    fn ratios_of_nobody_are_left_out() {
        let data = br#"{"list":[{"buyRatio":"0.75","sellRatio":"0.25","timestamp":"1786820400000"},
            {"buyRatio":"1","sellRatio":"0","timestamp":"1786816800000"}]}"#;
        assert_eq!(account_ratios(data, NOW).unwrap(), [Point { at: UtcMs(1_786_820_400_000), value: 3.0 }]);
        assert!(account_ratios(b"{}", NOW).is_err());
    }
}
