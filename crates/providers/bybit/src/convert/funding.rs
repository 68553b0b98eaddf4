use domain::{ProviderError, Settlement, UtcMs};

use super::listed;
use crate::rows::SettledRow;

/// The rates charged, of one page of `funding/history`, none later than `now`.
pub fn settlements(data: &[u8], now: UtcMs) -> Result<Vec<Settlement>, ProviderError> {
    let one = |row: &SettledRow<'_>| {
        let at = row.funding_rate_timestamp.instant().filter(|at| *at <= now)?;
        Some(Settlement { at, rate: row.funding_rate.number()? })
    };
    Ok(listed::<SettledRow<'_>>(data, "funding history")?.list.iter().filter_map(one).collect())
}
