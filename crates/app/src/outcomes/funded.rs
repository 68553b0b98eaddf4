//! Whether the funding of a holding time is known: settlements with a hole would make a net figure that is too
//! good.

use domain::{Funding, HOUR_MS, MINUTE_MS, UtcMs};
use engine::Outcome;

/// Longest time between two settlements.
const LONGEST_FUNDING_MS: i64 = 8 * HOUR_MS;
/// How soon after it a settlement can be read at the exchanges.
const SETTLED_AFTER_MS: i64 = 10 * MINUTE_MS;

/// Whether the settlements of a holding time are known.
#[derive(Debug, PartialEq)]
pub(super) enum Funded {
    Known(Vec<Funding>),
    /// The newest may not be told yet.
    Soon(String),
    Unknown(String),
}

impl Funded {
    /// Settlements with a hole in the holding time would make a net figure that is too good.
    pub(super) fn of(settled: &[Funding], held: &Outcome, now: UtcMs) -> Self {
        let mut known: Vec<Funding> = settled
            .iter()
            .copied()
            .filter(|funding| !funding.running && funding.at <= held.exit_at)
            .collect();
        known.sort_by_key(|funding| funding.at);
        let Some(last) = known.last().copied() else {
            return Self::Unknown("no settlement is known".to_owned());
        };
        let mut before = held.entry_at.min(last.at);
        for funding in known.iter().filter(|funding| funding.at > held.entry_at) {
            if funding.at.since(before) > LONGEST_FUNDING_MS {
                return Self::Unknown(format!("no settlement is known between {before} and {}", funding.at));
            }
            before = funding.at;
        }
        let open_ms = held.exit_at.since(last.at);
        let told_ms = (last.interval_h * HOUR_MS as f64).round();
        let is_covered = (open_ms as f64) < told_ms;
        // The contract may have gone over to a longer interval.
        let is_longer = open_ms < LONGEST_FUNDING_MS && now.since(held.exit_at) >= SETTLED_AFTER_MS;
        if is_covered || is_longer {
            Self::Known(known)
        } else if now.since(held.exit_at) < SETTLED_AFTER_MS && open_ms <= LONGEST_FUNDING_MS {
            Self::Soon(format!("the settlement after {} is not told yet", last.at))
        } else {
            Self::Unknown(format!("no settlement is known after {}", last.at))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn funding(hour: i64, interval_h: f64) -> Funding {
        Funding { rate: 0.0001, interval_h, running: false, at: UtcMs(hour * HOUR_MS), next_at: None }
    }

    fn held(from_h: i64, to_h: i64) -> Outcome {
        Outcome {
            entry: 100.0,
            entry_at: UtcMs(from_h * HOUR_MS),
            exit: 100.0,
            exit_at: UtcMs(to_h * HOUR_MS),
            gross_pct: 0.0,
            net_pct: None,
            funding_pct: None,
            verdict: engine::OutcomeVerdict::Neutral,
            net_win: None,
            first_touch: None,
            best_pct: None,
            worst_pct: None,
            missing_bars: 0,
        }
    }

    #[test]
    fn a_hole_in_the_settlements_makes_funding_unknown() {
        let now = UtcMs(1_000 * HOUR_MS);
        let all: Vec<Funding> = [96, 104, 112, 120, 128].map(|hour| funding(hour, 8.0)).to_vec();
        let is_known = |settled: &[Funding], held: &Outcome, now| {
            matches!(Funded::of(settled, held, now), Funded::Known(_))
        };
        assert!(is_known(&all, &held(100, 124), now));
        assert!(is_known(&all, &held(100, 120), now));
        let hole: Vec<Funding> =
            all.iter().copied().filter(|funding| funding.at.0 != 112 * HOUR_MS).collect();
        assert!(!is_known(&hole, &held(100, 124), now));
        assert!(!is_known(&all, &held(130, 140), now));
        assert!(!is_known(&[], &held(100, 101), now));
        // Gone over from one hour to four.
        assert!(is_known(&[funding(99, 1.0), funding(100, 1.0)], &held(99, 103), now));
    }

    #[test]
    fn a_settlement_at_the_exit_is_waited_for_a_while() {
        let settled = [funding(96, 8.0)];
        let soon = UtcMs(104 * HOUR_MS + 1_000);
        assert!(matches!(Funded::of(&settled, &held(100, 104), soon), Funded::Soon(_)));
        let late = UtcMs(106 * HOUR_MS);
        assert!(matches!(Funded::of(&settled, &held(100, 104), late), Funded::Unknown(_)));
    }
}
