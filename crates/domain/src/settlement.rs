//! Funding that was charged. Exchanges tell when and how much, not for how long: that is the distance to
//! the settlement before.

use crate::{Funding, HOUR_MS, MINUTE_MS, UtcMs};

/// Longest funding interval in use; a longer gap between settlements is a hole in the answer.
const LONGEST_INTERVAL_MS: i64 = 8 * HOUR_MS;

/// One settled funding rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settlement {
    /// When it was charged.
    pub at: UtcMs,
    /// The rate charged, a fraction.
    pub rate: f64,
}

impl Settlement {
    /// Settlements of one contract, in any order, as funding, ascending. The interval of each is the gap to
    /// the one before it, or after it where the one before is missing, else the contract's own `interval_h`.
    /// After a change of interval the gap after tells wrong: read one settlement more than is wanted.
    /// One of which nothing tells for how long it was charged is left out.
    #[must_use]
    pub fn into_funding(mut settlements: Vec<Self>, interval_h: Option<u32>) -> Vec<Funding> {
        settlements.sort_by_key(|settlement| settlement.at);
        settlements.dedup_by_key(|settlement| settlement.at);
        let gap = |earlier: Option<&Self>, later: Option<&Self>| {
            // Stamps lie some milliseconds off the hour.
            let ms = later?.at.since(earlier?.at).saturating_add(MINUTE_MS / 2);
            let hours = (ms - ms.rem_euclid(MINUTE_MS)) as f64 / HOUR_MS as f64;
            (MINUTE_MS..LONGEST_INTERVAL_MS + MINUTE_MS).contains(&ms).then_some(hours)
        };
        let interval_of = |index: usize| {
            let before = index.checked_sub(1).and_then(|previous| settlements.get(previous));
            gap(before, settlements.get(index))
                .or_else(|| gap(settlements.get(index), settlements.get(index + 1)))
                .or(interval_h.map(f64::from))
        };
        settlements
            .iter()
            .enumerate()
            .filter_map(|(index, settlement)| {
                Some(Funding {
                    rate: settlement.rate,
                    interval_h: interval_of(index)?,
                    running: false,
                    at: settlement.at,
                    next_at: None,
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intervals(hours: &[i64], jitter_ms: i64, interval_h: Option<u32>) -> Vec<f64> {
        let settlements = hours
            .iter()
            .enumerate()
            .map(|(index, hour)| Settlement {
                at: UtcMs(hour * HOUR_MS + if index % 2 == 0 { jitter_ms } else { 0 }),
                rate: 0.0001,
            })
            .collect();
        Settlement::into_funding(settlements, interval_h).iter().map(|funding| funding.interval_h).collect()
    }

    #[test]
    fn the_gap_before_counts_and_holes_do_not() {
        assert_eq!(intervals(&[36, 32, 8, 0, 8, 40], 0, None), [8.0, 8.0, 4.0, 4.0, 4.0]);
        assert_eq!(intervals(&[0, 8, 16], 3, None), [8.0, 8.0, 8.0]);
    }

    #[test]
    fn one_alone_has_the_contracts_interval_or_none() {
        assert_eq!(intervals(&[3], 0, Some(4)), [4.0]);
        assert!(intervals(&[3], 0, None).is_empty());
    }
}
