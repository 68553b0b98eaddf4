//! One budget of a provider: what it allows in a window, and what of it is used.

use std::collections::VecDeque;
use std::time::Duration;

use domain::UtcMs;
use tokio::time::Instant;

use crate::meters::{Level, Ticket};
use crate::moment::{Moment, later};
use crate::{Anchor, Correction, MeterSpec, Tally};

/// A sliding window is kept in this many slots; a slot's weight leaves when its youngest part may.
const SLOTS: u32 = 1_024;

/// Why there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// Our share is spent; there is room at this instant.
    Until(Instant),
    /// The provider asked for a pause, which ends at this instant.
    Held(Instant),
    /// The weight is larger than our whole share, which is this.
    Never(u32),
}

#[derive(Debug)]
pub(crate) struct Meter {
    pub name: &'static str,
    capacity: u32,
    quota_pct: u32,
    window: Duration,
    window_ms: i64,
    ledger: Ledger,
    held_until: Option<Instant>,
    /// What was used since it was last drawn, where the use is kept.
    undrawn: Option<Tally>,
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
    /// Nothing where the weight was told and not charged here: no call joins it. Where the use is kept, it
    /// may hold what was charged here before (see [`Meter::adopt`]).
    opened: Option<Instant>,
    expires: Instant,
    weight: u32,
}

impl Meter {
    pub fn new(spec: &MeterSpec, quota_pct: u32, is_kept: bool) -> Self {
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
            undrawn: is_kept.then(Tally::default),
        }
    }

    /// Our share of the capacity: at least 1 where there is any.
    fn allowed(&self) -> u32 {
        let share = u64::from(self.capacity) * u64::from(self.quota_pct.min(100)) / 100;
        u32::try_from(share).unwrap_or(u32::MAX).max(1).min(self.capacity)
    }

    /// Whether there is room for a weight.
    pub fn room(&mut self, weight: u32, now: Moment) -> Result<(), Full> {
        if let Some(until) = self.held_until {
            if now.mono < until {
                return Err(Full::Held(until));
            }
            self.held_until = None;
        }
        if weight == 0 {
            return Ok(());
        }
        self.roll(now);
        let allowed = self.allowed();
        if weight > allowed {
            return Err(Full::Never(allowed));
        }
        match &self.ledger {
            Ledger::Grid { index, used } if used.saturating_add(weight) > allowed => {
                let wait_ms = grid_end(*index, self.window_ms).saturating_sub(now.wall_ms);
                let wait_ms = u64::try_from(wait_ms).unwrap_or(1).max(1);
                Err(Full::Until(later(now.mono, Duration::from_millis(wait_ms))))
            }
            Ledger::Sliding { slots, used } if used.saturating_add(weight) > allowed => {
                let mut left = *used;
                let room = slots.iter().find(|slot| {
                    left = left.saturating_sub(slot.weight);
                    left.saturating_add(weight) <= allowed
                });
                Err(room.map_or(Full::Never(allowed), |slot| Full::Until(slot.expires)))
            }
            Ledger::Grid { .. } | Ledger::Sliding { .. } => Ok(()),
        }
    }

    /// Counts a weight for which there is room.
    pub fn charge(&mut self, weight: u32, now: Moment) {
        if weight == 0 {
            return;
        }
        let leaves_at = self.leaves_at(now);
        let grain = self.grain();
        match &mut self.ledger {
            Ledger::Grid { used, .. } => *used = used.saturating_add(weight),
            Ledger::Sliding { slots, used } => {
                *used = used.saturating_add(weight);
                let newest = slots.iter_mut().rev().find_map(|slot| slot.opened.map(|opened| (opened, slot)));
                match newest {
                    Some((opened, slot)) if now.mono >= opened && now.mono - opened < grain => {
                        slot.weight += weight;
                    }
                    _ => {
                        let expires = later(now.mono, self.window + grain);
                        insert(slots, Slot { opened: Some(now.mono), expires, weight });
                    }
                }
            }
        }
        if let Some(undrawn) = &mut self.undrawn {
            undrawn.add(leaves_at, i64::from(weight));
        }
    }

    fn grain(&self) -> Duration {
        (self.window / SLOTS).max(Duration::from_millis(1))
    }

    /// When a weight of this moment leaves its window, real time.
    fn leaves_at(&self, at: Moment) -> UtcMs {
        UtcMs(match self.ledger {
            Ledger::Grid { .. } => grid_end(at.wall_ms.div_euclid(self.window_ms), self.window_ms),
            Ledger::Sliding { .. } => at.wall_ms.saturating_add(self.window_ms).saturating_add(1),
        })
    }

    /// No call until then.
    pub fn hold(&mut self, until: Instant) {
        self.held_until = Some(self.held_until.map_or(until, |known| known.max(until)));
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

    pub fn refund(&mut self, weight: u32, ticket: Ticket, now: Moment) {
        self.roll(now);
        let leaves_at = self.leaves_at(ticket.at);
        let leaves_window = later(ticket.at.mono, self.window);
        let is_adopted = self.undrawn.is_some() && leaves_window > now.mono;
        let given = match &mut self.ledger {
            Ledger::Grid { index, used } => {
                let is_ours = ticket.at.wall_ms.div_euclid(self.window_ms) == *index;
                if is_ours {
                    *used = used.saturating_sub(weight);
                }
                if is_ours { weight } else { 0 }
            }
            Ledger::Sliding { slots, used } => {
                let is_older = |slot: &Slot| slot.opened.is_some_and(|opened| opened <= ticket.at.mono);
                let fits = |place: &usize| slots.get(*place).is_some_and(|slot| slot.weight >= weight);
                let own = slots.iter().rposition(is_older).filter(fits);
                // Charged before the kept sum was taken for the truth: it is part of what leaves with it.
                let told = |slot: &Slot| slot.opened.is_none() && slot.expires >= leaves_window;
                let place = own.or_else(|| slots.iter().position(told).filter(|_| is_adopted));
                place.and_then(|place| slots.get_mut(place)).map_or(0, |slot| {
                    let given = weight.min(slot.weight);
                    slot.weight -= given;
                    *used = used.saturating_sub(given);
                    given
                })
            }
        };
        if let Some(undrawn) = self.undrawn.as_mut().filter(|_| given > 0) {
            undrawn.add(leaves_at, -i64::from(given));
        }
    }

    /// What was used since the last time; nothing where the use is not kept.
    pub fn draw(&mut self) -> Tally {
        self.undrawn.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Takes back what was drawn and could not be kept.
    pub fn put_back(&mut self, drawn: &Tally) {
        if let Some(undrawn) = &mut self.undrawn {
            undrawn.merge(drawn);
        }
    }

    /// Takes what is kept, and what was used since it was drawn, for the truth.
    pub fn adopt(&mut self, kept: &Tally, now: Moment) {
        let Some(undrawn) = &self.undrawn else { return };
        let mut all = kept.clone();
        all.merge(undrawn);
        self.roll(now);
        let longest = later(now.mono, self.window + self.grain());
        let window_ends = self.leaves_at(now).0;
        match &mut self.ledger {
            Ledger::Grid { used, .. } => {
                // Only the running window; by the hour in which it ends.
                let known = all
                    .weights()
                    .filter(|(leaves_at, _)| (0..domain::HOUR_MS).contains(&(leaves_at - window_ends)))
                    .fold(0_u32, |sum, (_, weight)| sum.saturating_add(weight));
                *used = known.max(*used);
            }
            Ledger::Sliding { slots, used } => {
                slots.clear();
                *used = 0;
                for (leaves_at, weight) in all.weights() {
                    let Ok(left_ms) = u64::try_from(leaves_at.saturating_sub(now.wall_ms)) else { continue };
                    let expires = later(now.mono, Duration::from_millis(left_ms)).min(longest);
                    if left_ms > 0 {
                        slots.push_back(Slot { opened: None, expires, weight });
                        *used = used.saturating_add(weight);
                    }
                }
            }
        }
    }

    /// Only upward: others may share our address or key, but what we sent ourselves we know.
    pub fn correct(&mut self, correction: &Correction, ticket: Ticket, now: Moment) {
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
                insert(slots, Slot { opened: None, expires, weight: extra });
                *used = told;
            }
        }
    }

    pub fn level(&mut self, now: Moment) -> Level {
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

/// When a window of the UTC grid ends.
const fn grid_end(index: i64, window_ms: i64) -> i64 {
    index.saturating_add(1).saturating_mul(window_ms)
}

/// Puts a slot where the order of leaving wants it.
fn insert(slots: &mut VecDeque<Slot>, slot: Slot) {
    let place = slots.partition_point(|known| known.expires <= slot.expires);
    slots.insert(place, slot);
}

#[cfg(test)]
mod tests {
    use domain::UtcMs;
    use proptest::prelude::*;

    use super::*;
    use crate::Charge;
    use crate::meters::{Denied, Meters};

    const MINUTE: u64 = 60_000;

    fn meters(capacity: u32, window_ms: u64, anchor: Anchor, quota_pct: u32) -> Meters {
        Meters::new(&[MeterSpec { name: "m", capacity, window_ms, anchor }], &[], quota_pct)
    }

    fn take(meters: &Meters, weight: u32, now: Moment) -> Result<Ticket, Denied> {
        meters.take(&[Charge { meter: "m", weight }], now)
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
        assert!(take(&meters, 80, late).is_ok());
        let turn = moment(origin, MINUTE);
        assert_eq!(take(&meters, 1, late).unwrap_err(), Denied::Spent(turn.mono));
        assert!(take(&meters, 80, turn).is_ok());
    }

    #[test]
    fn a_weight_above_the_whole_share_is_never_given() {
        for anchor in [Anchor::UtcGrid, Anchor::Sliding] {
            let meters = meters(10, MINUTE, anchor, 50);
            let never = Denied::Never { charge: Charge { meter: "m", weight: 6 }, allowed: 5 };
            assert_eq!(take(&meters, 6, moment(Instant::now(), 0)).unwrap_err(), never);
        }
    }

    #[test]
    fn a_small_capacity_keeps_a_share_of_one() {
        let meters = meters(1, MINUTE, Anchor::Sliding, 80);
        assert!(take(&meters, 1, moment(Instant::now(), 0)).is_ok());
    }

    #[test]
    fn headers_raise_the_count_and_never_lower_it() {
        for anchor in [Anchor::UtcGrid, Anchor::Sliding] {
            let meters = meters(100, MINUTE, anchor, 100);
            let now = moment(Instant::now(), 1_000);
            let ticket = take(&meters, 10, now).unwrap();
            let told = |used| Correction { meter: "m", used: Some(used), capacity: None, resets_at: None };
            meters.correct(&told(5), ticket, now);
            assert_eq!(used(&meters, now), 10, "{anchor:?}");
            meters.correct(&told(60), ticket, now);
            assert_eq!(used(&meters, now), 60, "{anchor:?}");
            assert!(matches!(take(&meters, 41, now), Err(Denied::Spent(_))), "{anchor:?}");
            let shrunk = Correction { meter: "m", used: None, capacity: Some(30), resets_at: None };
            meters.correct(&shrunk, ticket, now);
            assert_eq!(meters.level("m", now).unwrap().capacity, 30);
        }
    }

    #[test]
    fn a_word_on_the_window_before_does_not_charge_this_one() {
        let meters = meters(100, MINUTE, Anchor::UtcGrid, 100);
        let origin = Instant::now();
        let ticket = take(&meters, 1, moment(origin, 59_990)).unwrap();
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
        let ticket = take(&meters, 1, now).unwrap();
        let told = Correction {
            meter: "m",
            used: Some(100),
            capacity: None,
            resets_at: Some(UtcMs(now.wall_ms + 5_000)),
        };
        meters.correct(&told, ticket, now);
        assert_eq!(take(&meters, 1, now).unwrap_err(), Denied::Spent(moment(origin, 5_000).mono));
        assert!(take(&meters, 99, moment(origin, 5_000)).is_ok());
        assert_eq!(used(&meters, moment(origin, 5_000)), 100);
    }

    #[test]
    fn a_hold_concerns_its_budget_until_it_ends() {
        let meters = meters(100, MINUTE, Anchor::Sliding, 100);
        let origin = Instant::now();
        let end = moment(origin, 2_000);
        meters.hold(&[Charge { meter: "m", weight: 1 }], end.mono);
        assert_eq!(take(&meters, 0, moment(origin, 1_999)).unwrap_err(), Denied::Held(end.mono));
        assert!(take(&meters, 1, end).is_ok());
    }

    #[test]
    fn a_refund_makes_room_again() {
        for anchor in [Anchor::UtcGrid, Anchor::Sliding] {
            let meters = meters(10, MINUTE, anchor, 100);
            let now = moment(Instant::now(), 0);
            let ticket = take(&meters, 10, now).unwrap();
            meters.refund(&[Charge { meter: "m", weight: 10 }], ticket, now);
            assert_eq!(used(&meters, now), 0);
            assert!(take(&meters, 10, now).is_ok());
        }
    }

    #[test]
    fn a_machine_clock_set_back_neither_frees_nor_blocks_the_grid() {
        let meters = meters(10, MINUTE, Anchor::UtcGrid, 100);
        let now = Moment { mono: Instant::now(), wall_ms: 10 * 60_000 };
        take(&meters, 10, now).unwrap();
        let back = Moment { mono: now.mono, wall_ms: 60_000 };
        assert!(
            matches!(take(&meters, 1, back), Err(Denied::Spent(until)) if until <= now.mono + Duration::from_mins(1))
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
                match take(&meters, weight, moment(origin, at)) {
                    Ok(_) => given.push((at, weight)),
                    Err(Denied::Spent(until)) => {
                        // The promised instant keeps its promise.
                        prop_assert!(until > moment(origin, at).mono);
                        at = crate::moment::millis(until - origin);
                        prop_assert!(take(&meters, weight, moment(origin, at)).is_ok());
                        given.push((at, weight));
                    }
                    Err(Denied::Never { .. }) => prop_assert!(weight > allowed),
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
                if take(&meters, weight, moment(origin, at)).is_ok() {
                    *given.entry(at / window_ms).or_default() += weight;
                }
            }
            prop_assert!(given.values().all(|sum| *sum <= capacity));
        }
    }
}
