use domain::{Funding, HOUR_MS, ProviderError, Settlement, UtcMs};

use super::{rows, stamped};
use crate::rows::{FundingRow, SettledRow};

/// The running funding of each contract in `public/funding-rate`, by the contract's name. The interval is
/// the distance from the coming settlement to the one after it.
pub fn running(data: &[u8], received_at: UtcMs) -> Result<Vec<(String, Funding)>, ProviderError> {
    let one = |row: &FundingRow<'_>| {
        let next_at = row.funding_time.instant()?;
        let interval_ms = match (row.next_funding_time.instant(), row.prev_funding_time.instant()) {
            (Some(after), _) if after > next_at => after.since(next_at),
            (_, Some(before)) if before < next_at => next_at.since(before),
            _ => return None,
        };
        let funding = Funding {
            rate: row.funding_rate.number()?,
            interval_h: interval_ms as f64 / HOUR_MS as f64,
            running: true,
            at: stamped(&row.ts, received_at),
            next_at: Some(next_at),
        };
        Some((row.inst_id.value()?.to_owned(), funding))
    };
    Ok(rows::<FundingRow<'_>>(data, "funding rates")?.iter().filter_map(one).collect())
}

/// The rates charged, of one page of `public/funding-rate-history`, none later than `now`.
pub fn settlements(data: &[u8], now: UtcMs) -> Result<Vec<Settlement>, ProviderError> {
    let one = |row: &SettledRow<'_>| {
        let at = row.funding_time.instant().filter(|at| *at <= now)?;
        Some(Settlement { at, rate: row.realized_rate.number()? })
    };
    Ok(rows::<SettledRow<'_>>(data, "funding history")?.iter().filter_map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_the_distance_of_the_coming_settlements() {
        let data = br#"[{"instId":"A","fundingRate":"-0.0001","fundingTime":"1777305600000",
            "nextFundingTime":"1777320000000","ts":"1777284964493"},
            {"instId":"OLD","fundingRate":"0.0001","fundingTime":"1777305600000"}]"#;
        let list = running(data, UtcMs(1_777_284_964_000)).unwrap();
        assert_eq!(list.len(), 1, "a row without interval is left out");
        let (symbol, funding) = &list[0];
        assert_eq!((symbol.as_str(), funding.interval_h, funding.running), ("A", 4.0, true));
        assert_eq!(funding.at, UtcMs(1_777_284_964_000), "never later than received");
        assert_eq!(funding.next_at, Some(UtcMs(1_777_305_600_000)));
    }
}
