//! Funding rates and intervals.

use std::collections::HashMap;

use domain::{Funding, HOUR_MS, MINUTE_MS, UtcMs};

use crate::rows::{FundingInfoRow, FundingRow, PremiumRow};

/// The interval of contracts that `fundingInfo` does not list.
pub const DEFAULT_INTERVAL_H: f64 = 8.0;

/// The longest interval there is; a longer gap between settlements is a hole.
const LONGEST_INTERVAL_H: i64 = 8;

/// Hours between fundings by contract.
#[must_use]
pub fn intervals(rows: &[FundingInfoRow<'_>]) -> HashMap<String, f64> {
    rows.iter()
        .filter_map(|row| {
            let hours = row.funding_interval_hours.number().filter(|hours| *hours > 0.0)?;
            Some((row.symbol.value()?.to_owned(), hours))
        })
        .collect()
}

/// The running rate; `None` for contracts without funding (dated futures, delisted ones) and rows
/// without a rate.
#[must_use]
pub fn running(row: &PremiumRow<'_>, interval_h: f64, known_at: UtcMs) -> Option<Funding> {
    let next_at = row.next_funding_time.instant()?.floor(MINUTE_MS);
    Some(Funding {
        rate: row.last_funding_rate.number()?,
        interval_h,
        running: true,
        at: row.time.instant().unwrap_or(known_at).min(known_at),
        next_at: Some(next_at).filter(|next| *next > known_at),
    })
}

/// Settled rates known at `known_at`, ascending, times on the minute. The interval of each is the
/// distance to the settlement before it; where there is none or a hole, that of its neighbour; where there
/// is no neighbour either, `alone_h`.
#[must_use]
pub fn settled(rows: &[FundingRow<'_>], symbol: &str, known_at: UtcMs, alone_h: Option<f64>) -> Vec<Funding> {
    let mut charged: Vec<(UtcMs, f64)> = rows
        .iter()
        .filter(|row| row.symbol.value().is_none_or(|own| own == symbol))
        .filter_map(|row| Some((row.funding_time.instant()?.floor(MINUTE_MS), row.funding_rate.number()?)))
        .filter(|(at, _)| *at <= known_at)
        .collect();
    charged.sort_by_key(|(at, _)| *at);
    charged.dedup_by_key(|(at, _)| *at);
    let gaps: Vec<Option<f64>> = charged
        .iter()
        .zip(charged.iter().skip(1))
        .map(|((before, _), (after, _))| interval_between(*before, *after))
        .collect();
    let mut settlements = Vec::with_capacity(charged.len());
    let mut last_known: Option<f64> = None;
    for (index, (at, rate)) in charged.into_iter().enumerate() {
        let own = index.checked_sub(1).and_then(|before| gaps.get(before).copied().flatten());
        let next = || gaps.iter().skip(index).copied().flatten().next();
        let Some(interval_h) = own.or(last_known).or_else(next).or(alone_h) else { continue };
        last_known = Some(interval_h);
        settlements.push(Funding { rate, interval_h, running: false, at, next_at: None });
    }
    settlements
}

/// Whole hours between two settlements that follow one another; `None` when one is missing between them.
#[must_use]
pub fn interval_between(before: UtcMs, after: UtcMs) -> Option<f64> {
    let hours = (after.since(before) + HOUR_MS / 2) / HOUR_MS;
    (1..=LONGEST_INTERVAL_H).contains(&hours).then_some(hours as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2024-10-04, in hours: times of 1970 would pass for seconds.
    const DAY_ZERO_H: i64 = 480_000;

    fn row(hours: i64, late_ms: i64) -> String {
        format!(
            r#"{{"symbol":"BTCUSDT","fundingTime":{},"fundingRate":"0.0001","markPrice":""}}"#,
            (DAY_ZERO_H + hours) * HOUR_MS + late_ms
        )
    }

    fn read(rows: &[String], alone_h: Option<f64>) -> Vec<Funding> {
        let json = format!("[{}]", rows.join(","));
        let rows: Vec<FundingRow<'_>> = serde_json::from_str(&json).unwrap();
        settled(&rows, "BTCUSDT", UtcMs((DAY_ZERO_H + 1_000) * HOUR_MS), alone_h)
    }

    #[test]
    fn intervals_come_from_the_settlement_before() {
        let settled = read(&[row(8, 3), row(16, 13), row(20, 0), row(24, 1)], None);
        assert_eq!(settled.iter().map(|f| f.interval_h).collect::<Vec<_>>(), [8.0, 8.0, 4.0, 4.0]);
        assert_eq!(settled[1].at, UtcMs((DAY_ZERO_H + 16) * HOUR_MS));
    }

    #[test]
    fn a_hole_keeps_the_known_interval() {
        let settled = read(&[row(8, 0), row(16, 0), row(40, 0), row(48, 0)], None);
        assert_eq!(settled.iter().map(|f| f.interval_h).collect::<Vec<_>>(), [8.0; 4]);
    }

    #[test]
    fn a_lone_settlement_needs_the_contracts_word() {
        assert!(read(&[row(8, 0)], None).is_empty());
        let alone = read(&[row(8, 0)], Some(4.0));
        assert_eq!(alone.iter().map(|f| f.interval_h).collect::<Vec<_>>(), [4.0]);
        assert!(read(&[row(2_000, 0)], Some(4.0)).is_empty());
    }

    #[test]
    fn contracts_without_funding_have_no_running_rate() {
        let row: PremiumRow<'_> = serde_json::from_str(
            r#"{"symbol":"BTCUSDT_261225","lastFundingRate":"0.00000000","nextFundingTime":0,"time":1}"#,
        )
        .unwrap();
        assert_eq!(running(&row, 8.0, UtcMs(10)), None);
    }
}
