//! The provider's budgets kept on our side, so that its limits are never found by hitting them.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::moment::{Moment, later};
use crate::{Anchor, Correction, MeterSpec};

/// A sliding window is kept in this many slots; a slot's weight leaves when its youngest part may.
const SLOTS: u32 = 1_024;

/// Every budget of one provider.
#[derive(Debug)]
pub(crate) struct Meters(Vec<(&'static str, Mutex<Meter>)>);

/// A weight taken from a budget, to be given back when nothing was sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket {
    weight: u32,
    at: Moment,
}

/// Why a weight was not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    /// Our share is spent; there is room at this instant.
    Spent(Instant),
    /// The provider asked for a pause, which ends at this instant.
    Held(Instant),
    /// The weight is larger than our whole share.
    Never,
}

/// A budget as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    pub name: &'static str,
    pub used: u32,
    /// Our share of the capacity.
    pub allowed: u32,
    pub capacity: u32,
    pub window_ms: u64,
    pub held_until: Option<Instant>,
}

impl Meters {
    pub fn new(specs: Vec<MeterSpec>, quota_pct: u32) -> Self {
        Self(specs.into_iter().map(|spec| (spec.name, Mutex::new(Meter::new(&spec, quota_pct)))).collect())
    }

    fn find(&self, name: &str) -> Option<MutexGuard<'_, Meter>> {
        let (_, meter) = self.0.iter().find(|(known, _)| *known == name)?;
        Some(meter.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes a weight. A budget that the provider does not tell of is without bound.
    pub fn take(&self, name: &str, weight: u32, now: Moment) -> Result<Ticket, Denied> {
        if let Some(mut meter) = self.find(name) {
            meter.take(weight, now)?;
        } else {
            tracing::debug!(meter = name, "a call refers to a budget without a specification");
        }
        Ok(Ticket { weight, at: now })
    }

    /// Gives a weight back.
    pub fn refund(&self, name: &str, ticket: Ticket, now: Moment) {
        if let Some(mut meter) = self.find(name) {
            meter.refund(ticket, now);
        }
    }

    /// Takes over what the answer to a call with this ticket told.
    pub fn correct(&self, correction: &Correction, ticket: Ticket, now: Moment) {
        if let Some(mut meter) = self.find(correction.meter) {
            meter.correct(correction, ticket, now);
        }
    }

    /// No call until then.
    pub fn hold(&self, name: &str, until: Instant) {
        if let Some(mut meter) = self.find(name) {
            meter.held_until = Some(meter.held_until.map_or(until, |known| known.max(until)));
        }
    }

    pub fn levels(&self, now: Moment) -> Vec<Level> {
        self.0.iter().filter_map(|(name, _)| self.level(name, now)).collect()
    }

    pub fn level(&self, name: &str, now: Moment) -> Option<Level> {
        self.find(name).map(|mut meter| meter.level(now))
    }
}

#[derive(Debug)]
struct Meter {
    name: &'static str,
    capacity: u32,
    quota_pct: u32,
    window: Duration,
    window_ms: i64,
    ledger: Ledger,
    held_until: Option<Instant>,
}

#[derive(Debug)]
enum Ledger {
    /// What was used in window number `index` since 1970.
    Grid {
        index: i64,
        used: u32,
    },
    Sliding {
        slots: VecDeque<Slot>,
        used: u32,
    },
}

#[derive(Debug)]
struct Slot {
    opened: Instant,
    expires: Instant,
    weight: u32,
}

impl Meter {
    fn new(spec: &MeterSpec, quota_pct: u32) -> Self {
        let window_ms = spec.window_ms.max(1);
        Self {
            name: spec.name,
            capacity: spec.capacity,
            quota_pct,
            window: Duration::from_millis(window_ms),
            window_ms: i64::try_from(window_ms).unwrap_or(i64::MAX),
            ledger: match spec.anchor {
                Anchor::UtcGrid => Ledger::Grid { index: i64::MIN, used: 0 },
                Anchor::Sliding => Ledger::Sliding { slots: VecDeque::new(), used: 0 },
            },
            held_until: None,
        }
    }

    /// Our share of the capacity: at least 1 where there is any.
    fn allowed(&self) -> u32 {
        let share = u64::from(self.capacity) * u64::from(self.quota_pct.min(100)) / 100;
        u32::try_from(share).unwrap_or(u32::MAX).max(1).min(self.capacity)
    }

    fn take(&mut self, weight: u32, now: Moment) -> Result<(), Denied> {
        if let Some(until) = self.held_until {
            if now.mono < until {
                return Err(Denied::Held(until));
            }
            self.held_until = None;
        }
        if weight == 0 {
            return Ok(());
        }
        self.roll(now);
        let allowed = self.allowed();
        if weight > allowed {
            return Err(Denied::Never);
        }
        let grain = (self.window / SLOTS).max(Duration::from_millis(1));
        match &mut self.ledger {
            Ledger::Grid { index, used } => {
                if used.saturating_add(weight) > allowed {
                    let ends_ms = index.saturating_add(1).saturating_mul(self.window_ms);
                    let wait_ms = u64::try_from(ends_ms.saturating_sub(now.wall_ms)).unwrap_or(1).max(1);
                    return Err(Denied::Spent(later(now.mono, Duration::from_millis(wait_ms))));
                }
                *used += weight;
            }
            Ledger::Sliding { slots, used } => {
                if used.saturating_add(weight) > allowed {
                    let mut left = *used;
                    let room = slots.iter().find(|slot| {
                        left = left.saturating_sub(slot.weight);
                        left.saturating_add(weight) <= allowed
                    });
                    return Err(room.map_or(Denied::Never, |slot| Denied::Spent(slot.expires)));
                }
                *used += weight;
                let young = slots
                    .back_mut()
                    .filter(|slot| now.mono >= slot.opened && now.mono.duration_since(slot.opened) < grain);
                if let Some(slot) = young {
                    slot.weight += weight;
                } else {
                    let expires = later(now.mono, self.window + grain);
                    slots.push_back(Slot { opened: now.mono, expires, weight });
                }
            }
        }
        Ok(())
    }

    /// Forgets what has left the window.
    fn roll(&mut self, now: Moment) {
        match &mut self.ledger {
            Ledger::Grid { index, used } => {
                let present = now.wall_ms.div_euclid(self.window_ms);
                if present > *index {
                    *index = present;
                    *used = 0;
                } else if present < index.saturating_sub(1) {
                    // The machine's clock was set back: the count stays, the window follows.
                    *index = present;
                }
            }
            Ledger::Sliding { slots, used } => {
                while let Some(slot) = slots.front().filter(|slot| slot.expires <= now.mono) {
                    *used = used.saturating_sub(slot.weight);
                    slots.pop_front();
                }
            }
        }
    }

    fn refund(&mut self, ticket: Ticket, now: Moment) {
        self.roll(now);
        match &mut self.ledger {
            Ledger::Grid { index, used } => {
                if ticket.at.wall_ms.div_euclid(self.window_ms) == *index {
                    *used = used.saturating_sub(ticket.weight);
                }
            }
            Ledger::Sliding { slots, used } => {
                let slot = slots.iter_mut().rev().find(|slot| slot.opened <= ticket.at.mono);
                if let Some(slot) = slot.filter(|slot| slot.weight >= ticket.weight) {
                    slot.weight -= ticket.weight;
                    *used = used.saturating_sub(ticket.weight);
                }
            }
        }
    }

    /// Only upward: others may share our address or key, but what we sent ourselves we know.
    fn correct(&mut self, correction: &Correction, ticket: Ticket, now: Moment) {
        self.roll(now);
        if let Some(capacity) = correction.capacity.filter(|capacity| *capacity > 0) {
            self.capacity = capacity;
        }
        let Some(told) = correction.used else { return };
        match &mut self.ledger {
            Ledger::Grid { index, used } => {
                // A word on the window before would charge this one for nothing.
                if ticket.at.wall_ms.div_euclid(self.window_ms) == *index {
                    *used = told.max(*used);
                }
            }
            Ledger::Sliding { slots, used } => {
                let Some(extra) = told.checked_sub(*used).filter(|extra| *extra > 0) else { return };
                let resets_in = correction
                    .resets_at
                    .and_then(|at| u64::try_from(at.0.saturating_sub(now.wall_ms)).ok())
                    .map(Duration::from_millis)
                    .filter(|span| !span.is_zero() && *span <= self.window);
                let expires = later(now.mono, resets_in.unwrap_or(self.window));
                // Kept in the order of leaving.
                let place = slots.partition_point(|slot| slot.expires <= expires);
                // Not to be joined by calls of our own, which leave later.
                let opened = place.checked_sub(1).and_then(|before| slots.get(before)).map_or_else(
                    || now.mono.checked_sub(self.window).unwrap_or(now.mono),
                    |slot| slot.opened,
                );
                slots.insert(place, Slot { opened, expires, weight: extra });
                *used = told;
            }
        }
    }

    fn level(&mut self, now: Moment) -> Level {
        self.roll(now);
        Level {
            name: self.name,
            used: match &self.ledger {
                Ledger::Grid { used, .. } | Ledger::Sliding { used, .. } => *used,
            },
            allowed: self.allowed(),
            capacity: self.capacity,
            window_ms: u64::try_from(self.window_ms).unwrap_or_default(),
            held_until: self.held_until.filter(|until| now.mono < *until),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::UtcMs;
    use proptest::prelude::*;

    use super::*;

    const MINUTE: u64 = 60_000;

    fn meters(capacity: u32, window_ms: u64, anchor: Anchor, quota_pct: u32) -> Meters {
        Meters::new(vec![MeterSpec { name: "m", capacity, window_ms, anchor }], quota_pct)
    }

    fn moment(origin: Instant, ms: u64) -> Moment {
        Moment {
            mono: origin + Duration::from_millis(ms),
            wall_ms: 1_763_164_800_000 + i64::try_from(ms).unwrap(),
        }
    }

    fn used(meters: &Meters, now: Moment) -> u32 {
        meters.level("m", now).unwrap().used
    }

    #[test]
    fn a_grid_budget_is_whole_again_at_the_turn_of_the_minute() {
        let meters = meters(100, MINUTE, Anchor::UtcGrid, 80);
        let origin = Instant::now();
        let late = moment(origin, 59_000);
        assert!(meters.take("m", 80, late).is_ok());
        let turn = moment(origin, MINUTE);
        assert_eq!(meters.take("m", 1, late).unwrap_err(), Denied::Spent(turn.mono));
        assert!(meters.take("m", 80, turn).is_ok());
    }

    #[test]
    fn a_weight_above_the_whole_share_is_never_given() {
        for anchor in [Anchor::UtcGrid, Anchor::Sliding] {
            let meters = meters(10, MINUTE, anchor, 50);
            assert_eq!(meters.take("m", 6, moment(Instant::now(), 0)).unwrap_err(), Denied::Never);
        }
    }

    #[test]
    fn a_small_capacity_keeps_a_share_of_one() {
        let meters = meters(1, MINUTE, Anchor::Sliding, 80);
        assert!(meters.take("m", 1, moment(Instant::now(), 0)).is_ok());
    }

    #[test]
    fn headers_raise_the_count_and_never_lower_it() {
        for anchor in [Anchor::UtcGrid, Anchor::Sliding] {
            let meters = meters(100, MINUTE, anchor, 100);
            let now = moment(Instant::now(), 1_000);
            let ticket = meters.take("m", 10, now).unwrap();
            let told = |used| Correction { meter: "m", used: Some(used), capacity: None, resets_at: None };
            meters.correct(&told(5), ticket, now);
            assert_eq!(used(&meters, now), 10, "{anchor:?}");
            meters.correct(&told(60), ticket, now);
            assert_eq!(used(&meters, now), 60, "{anchor:?}");
            assert!(matches!(meters.take("m", 41, now), Err(Denied::Spent(_))), "{anchor:?}");
            let shrunk = Correction { meter: "m", used: None, capacity: Some(30), resets_at: None };
            meters.correct(&shrunk, ticket, now);
            assert_eq!(meters.level("m", now).unwrap().capacity, 30);
        }
    }

    #[test]
    fn a_word_on_the_window_before_does_not_charge_this_one() {
        let meters = meters(100, MINUTE, Anchor::UtcGrid, 100);
        let origin = Instant::now();
        let ticket = meters.take("m", 1, moment(origin, 59_990)).unwrap();
        let told = Correction { meter: "m", used: Some(99), capacity: None, resets_at: None };
        let next = moment(origin, 60_010);
        meters.correct(&told, ticket, next);
        assert_eq!(used(&meters, next), 0);
    }

    #[test]
    fn what_others_used_leaves_a_sliding_window_when_the_provider_says() {
        let meters = meters(100, MINUTE, Anchor::Sliding, 100);
        let origin = Instant::now();
        let now = moment(origin, 0);
        let ticket = meters.take("m", 1, now).unwrap();
        let told = Correction {
            meter: "m",
            used: Some(100),
            capacity: None,
            resets_at: Some(UtcMs(now.wall_ms + 5_000)),
        };
        meters.correct(&told, ticket, now);
        assert_eq!(meters.take("m", 1, now).unwrap_err(), Denied::Spent(moment(origin, 5_000).mono));
        assert!(meters.take("m", 99, moment(origin, 5_000)).is_ok());
        assert_eq!(used(&meters, moment(origin, 5_000)), 100);
    }

    #[test]
    fn a_hold_concerns_its_budget_until_it_ends() {
        let meters = meters(100, MINUTE, Anchor::Sliding, 100);
        let origin = Instant::now();
        let end = moment(origin, 2_000);
        meters.hold("m", end.mono);
        assert_eq!(meters.take("m", 0, moment(origin, 1_999)).unwrap_err(), Denied::Held(end.mono));
        assert!(meters.take("m", 1, end).is_ok());
    }

    #[test]
    fn a_refund_makes_room_again() {
        for anchor in [Anchor::UtcGrid, Anchor::Sliding] {
            let meters = meters(10, MINUTE, anchor, 100);
            let now = moment(Instant::now(), 0);
            let ticket = meters.take("m", 10, now).unwrap();
            meters.refund("m", ticket, now);
            assert_eq!(used(&meters, now), 0);
            assert!(meters.take("m", 10, now).is_ok());
        }
    }

    #[test]
    fn a_machine_clock_set_back_neither_frees_nor_blocks_the_grid() {
        let meters = meters(10, MINUTE, Anchor::UtcGrid, 100);
        let now = Moment { mono: Instant::now(), wall_ms: 10 * 60_000 };
        meters.take("m", 10, now).unwrap();
        let back = Moment { mono: now.mono, wall_ms: 60_000 };
        assert!(
            matches!(meters.take("m", 1, back), Err(Denied::Spent(until)) if until <= now.mono + Duration::from_mins(1))
        );
    }

    proptest! {
        #[test]
        fn a_sliding_budget_is_never_overdrawn_in_any_window(
            capacity in 1_u32..40,
            quota_pct in 1_u32..=100,
            window_ms in 1_u64..5_000,
            steps in prop::collection::vec((0_u64..900, 1_u32..6), 1..200),
        ) {
            let meters = meters(capacity, window_ms, Anchor::Sliding, quota_pct);
            let allowed = meters.level("m", moment(Instant::now(), 0)).unwrap().allowed;
            prop_assert!(allowed <= capacity);
            let origin = Instant::now();
            let mut at = 0;
            let mut given: Vec<(u64, u32)> = Vec::new();
            for (pause, weight) in steps {
                at += pause;
                match meters.take("m", weight, moment(origin, at)) {
                    Ok(_) => given.push((at, weight)),
                    Err(Denied::Spent(until)) => {
                        // The promised instant keeps its promise.
                        prop_assert!(until > moment(origin, at).mono);
                        at = crate::moment::millis(until - origin);
                        prop_assert!(meters.take("m", weight, moment(origin, at)).is_ok());
                        given.push((at, weight));
                    }
                    Err(Denied::Never) => prop_assert!(weight > allowed),
                    Err(Denied::Held(_)) => prop_assert!(false, "nothing was held"),
                }
            }
            for (index, (start, _)) in given.iter().enumerate() {
                let sum: u32 = given[index..]
                    .iter()
                    .take_while(|(then, _)| *then <= start + window_ms)
                    .map(|(_, weight)| weight)
                    .sum();
                prop_assert!(sum <= allowed, "{sum} of {allowed} within {window_ms} ms from {start}");
            }
        }

        #[test]
        fn a_grid_budget_is_never_overdrawn_in_its_window(
            capacity in 1_u32..40,
            steps in prop::collection::vec((0_u64..900, 1_u32..6), 1..200),
        ) {
            let window_ms = 1_000_u64;
            let meters = meters(capacity, window_ms, Anchor::UtcGrid, 100);
            let origin = Instant::now();
            let mut at = 0;
            let mut given = std::collections::HashMap::<u64, u32>::new();
            for (pause, weight) in steps {
                at += pause;
                if meters.take("m", weight, moment(origin, at)).is_ok() {
                    *given.entry(at / window_ms).or_default() += weight;
                }
            }
            prop_assert!(given.values().all(|sum| *sum <= capacity));
        }
    }
}
