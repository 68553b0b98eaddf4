//! What was used of a budget, in a form that can be kept and added up by several processes.

use std::collections::BTreeMap;

use domain::{HOUR_MS, UtcMs};
use serde::{Deserialize, Serialize};

/// Weights by the hour in which they leave their window, real time. As JSON: `[[leaves_at_ms, weight], …]`.
/// A weight below zero takes back what was drawn before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(i64, i64)>", into = "Vec<(i64, i64)>")]
pub struct Tally(BTreeMap<i64, i64>);

impl Tally {
    /// Adds a weight that leaves its window at this time. It is kept until the end of that hour, so rather
    /// too long than too short.
    pub fn add(&mut self, leaves_at: UtcMs, weight: i64) {
        let hour = leaves_at.0.saturating_add(HOUR_MS - 1).div_euclid(HOUR_MS).saturating_mul(HOUR_MS);
        let kept = self.0.entry(hour).or_default();
        *kept = kept.saturating_add(weight);
        if *kept == 0 {
            self.0.remove(&hour);
        }
    }

    /// Adds another one's weights.
    pub fn merge(&mut self, other: &Self) {
        for (leaves_at, weight) in &other.0 {
            self.add(UtcMs(*leaves_at), *weight);
        }
    }

    /// Drops what has left its window.
    pub fn forget_until(&mut self, now: UtcMs) {
        self.0.retain(|leaves_at, _| *leaves_at > now.0);
    }

    /// Whether nothing is told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Weights that are in use, by the time they leave, in that order.
    pub(crate) fn weights(&self) -> impl Iterator<Item = (i64, u32)> {
        self.0.iter().filter_map(|(leaves_at, weight)| {
            let weight = (*weight).clamp(0, i64::from(u32::MAX));
            u32::try_from(weight).ok().filter(|weight| *weight > 0).map(|weight| (*leaves_at, weight))
        })
    }
}

impl From<Vec<(i64, i64)>> for Tally {
    fn from(pairs: Vec<(i64, i64)>) -> Self {
        let mut tally = Self::default();
        for (leaves_at, weight) in pairs {
            tally.add(UtcMs(leaves_at), weight);
        }
        tally
    }
}

impl From<Tally> for Vec<(i64, i64)> {
    fn from(tally: Tally) -> Self {
        tally.0.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_added_by_the_hour_in_which_they_leave() {
        let mut tally = Tally::default();
        tally.add(UtcMs(HOUR_MS - 1), 2);
        tally.add(UtcMs(HOUR_MS), 3);
        tally.add(UtcMs(HOUR_MS + 1), 4);
        let json = serde_json::to_string(&tally).unwrap();
        assert_eq!(json, "[[3600000,5],[7200000,4]]");
        let mut back: Tally = serde_json::from_str(&json).unwrap();
        assert_eq!(back, tally);
        let mut taken_back = Tally::default();
        taken_back.add(UtcMs(HOUR_MS), -5);
        back.merge(&taken_back);
        assert_eq!(back.weights().collect::<Vec<_>>(), [(2 * HOUR_MS, 4)]);
        back.forget_until(UtcMs(2 * HOUR_MS));
        assert!(back.is_empty());
    }

    #[test]
    fn any_numbers_are_read() {
        for text in ["[[-9223372036854775808,1]]", "[[9223372036854775807,9223372036854775807],[1,-1]]"] {
            let tally: Tally = serde_json::from_str(text).unwrap();
            assert!(tally.weights().all(|(_, weight)| weight > 0));
        }
    }
}
