//! The provider's budgets kept on our side, so that its limits are never found by hitting them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::meter::{Full, Meter};
use crate::moment::Moment;
use crate::{Charge, Correction, MeterSpec, Tally};

/// Every budget of one provider. One lock for all of them: what several budgets must grant is granted by
/// all or by none, and nobody sees a state between.
#[derive(Debug)]
pub(crate) struct Meters(Mutex<Vec<Meter>>);

/// What was charged is marked with its moment, to be given back or judged by it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket {
    pub at: Moment,
}

/// Why a call was not granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    /// Our share is spent; there is room in every budget at this instant.
    Spent(Instant),
    /// The provider asked for a pause, which ends at this instant.
    Held(Instant),
    /// A weight is larger than our whole share of its budget.
    Never {
        /// The weight.
        charge: Charge,
        /// Our share.
        allowed: u32,
    },
}

impl Denied {
    /// Of two, the one that says more of when to come again: never, then a pause, then the later instant.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never { .. }, _) | (Self::Held(_), Self::Spent(_)) => self,
            (_, Self::Never { .. }) | (Self::Spent(_), Self::Held(_)) => other,
            (Self::Held(one), Self::Held(two)) => Self::Held(one.max(two)),
            (Self::Spent(one), Self::Spent(two)) => Self::Spent(one.max(two)),
        }
    }
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
    /// `kept`: names of those whose use is kept over a restart.
    pub fn new(specs: &[MeterSpec], kept: &[&str], quota_pct: u32) -> Self {
        let meter = |spec: &MeterSpec| Meter::new(spec, quota_pct, kept.contains(&spec.name));
        Self(Mutex::new(specs.iter().map(meter).collect()))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Meter>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with a budget, if there is one of that name.
    fn with<T>(&self, name: &str, work: impl FnOnce(&mut Meter) -> T) -> Option<T> {
        self.lock().iter_mut().find(|meter| meter.name == name).map(work)
    }

    /// Charges every budget, or none of them where one has no room. A budget that the provider does not
    /// tell of is without bound.
    pub fn take(&self, charges: &[Charge], now: Moment) -> Result<Ticket, Denied> {
        let mut meters = self.lock();
        let mut denied: Option<Denied> = None;
        for charge in charges {
            let Some(meter) = find(&mut meters, charge) else {
                tracing::trace!(meter = charge.meter, "a call refers to a budget without a specification");
                continue;
            };
            let why = match meter.room(charge.weight, now) {
                Ok(()) => continue,
                Err(Full::Until(until)) => Denied::Spent(until),
                Err(Full::Held(until)) => Denied::Held(until),
                Err(Full::Never(allowed)) => Denied::Never { charge: *charge, allowed },
            };
            denied = Some(denied.map_or(why, |known| known.or(why)));
        }
        if let Some(denied) = denied {
            return Err(denied);
        }
        for charge in charges {
            if let Some(meter) = find(&mut meters, charge) {
                meter.charge(charge.weight, now);
            }
        }
        Ok(Ticket { at: now })
    }

    /// Gives charges back.
    pub fn refund(&self, charges: &[Charge], ticket: Ticket, now: Moment) {
        let mut meters = self.lock();
        for charge in charges {
            if let Some(meter) = find(&mut meters, charge) {
                meter.refund(charge.weight, ticket, now);
            }
        }
    }

    /// Takes over what the answer to a call with this ticket told.
    pub fn correct(&self, correction: &Correction, ticket: Ticket, now: Moment) {
        self.with(correction.meter, |meter| meter.correct(correction, ticket, now));
    }

    /// No call on any of these budgets until then.
    pub fn hold(&self, charges: &[Charge], until: Instant) {
        let mut meters = self.lock();
        for charge in charges {
            if let Some(meter) = find(&mut meters, charge) {
                meter.hold(until);
            }
        }
    }

    /// What was used of a kept budget since the last time.
    pub fn draw(&self, name: &str) -> Tally {
        self.with(name, Meter::draw).unwrap_or_default()
    }

    /// Takes back what was drawn and could not be kept.
    pub fn put_back(&self, name: &str, drawn: &Tally) {
        self.with(name, |meter| meter.put_back(drawn));
    }

    /// Takes what is kept, and what was used since it was drawn, for the truth.
    pub fn adopt(&self, name: &str, kept: &Tally, now: Moment) {
        self.with(name, |meter| meter.adopt(kept, now));
    }

    pub fn levels(&self, now: Moment) -> Vec<Level> {
        self.lock().iter_mut().map(|meter| meter.level(now)).collect()
    }

    pub fn level(&self, name: &str, now: Moment) -> Option<Level> {
        self.with(name, |meter| meter.level(now))
    }
}

fn find<'a>(meters: &'a mut [Meter], charge: &Charge) -> Option<&'a mut Meter> {
    meters.iter_mut().find(|meter| meter.name == charge.meter)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use domain::{DAY_MS, HOUR_MS};
    use proptest::prelude::*;

    use super::*;
    use crate::Anchor;

    /// 2025-11-15T00:00:00Z.
    const MIDNIGHT: i64 = 1_763_164_800_000;

    fn spec(name: &'static str, capacity: u32, window_ms: u64, anchor: Anchor) -> MeterSpec {
        MeterSpec { name, capacity, window_ms, anchor }
    }

    fn charge(meter: &'static str, weight: u32) -> Charge {
        Charge { meter, weight }
    }

    fn moment(origin: Instant, ms: u64) -> Moment {
        Moment { mono: origin + Duration::from_millis(ms), wall_ms: MIDNIGHT + i64::try_from(ms).unwrap() }
    }

    fn used(meters: &Meters, now: Moment) -> Vec<u32> {
        meters.levels(now).iter().map(|level| level.used).collect()
    }

    fn minute_and_day(minute: u32, day: u32) -> Meters {
        let specs = [
            spec("minute", minute, 60_000, Anchor::Sliding),
            spec("day", day, DAY_MS.unsigned_abs(), Anchor::UtcGrid),
        ];
        Meters::new(&specs, &["day"], 100)
    }

    const BOTH: [Charge; 2] = [Charge { meter: "minute", weight: 1 }, Charge { meter: "day", weight: 1 }];

    #[test]
    fn a_spent_day_refuses_and_leaves_the_minute_alone() {
        let meters = minute_and_day(10, 2);
        let origin = Instant::now();
        let now = moment(origin, 1_000);
        meters.take(&BOTH, now).unwrap();
        meters.take(&BOTH, now).unwrap();
        let tomorrow = moment(origin, DAY_MS.unsigned_abs());
        assert_eq!(meters.take(&BOTH, now).unwrap_err(), Denied::Spent(tomorrow.mono));
        assert_eq!(used(&meters, now), [2, 2]);
        assert!(meters.take(&BOTH, tomorrow).is_ok());
        assert_eq!(used(&meters, tomorrow), [1, 1]);
    }

    #[test]
    fn the_budget_that_is_free_last_says_when() {
        let meters = minute_and_day(1, 1);
        let origin = Instant::now();
        let now = moment(origin, 1_000);
        meters.take(&BOTH, now).unwrap();
        let tomorrow = moment(origin, DAY_MS.unsigned_abs()).mono;
        assert_eq!(meters.take(&BOTH, now).unwrap_err(), Denied::Spent(tomorrow));
        let pause = now.mono + Duration::from_secs(1);
        meters.hold(&BOTH[..1], pause);
        assert_eq!(meters.take(&BOTH, now).unwrap_err(), Denied::Held(pause));
        let heavy = [charge("minute", 1), charge("day", 2)];
        assert_eq!(meters.take(&heavy, now).unwrap_err(), Denied::Never { charge: heavy[1], allowed: 1 });
    }

    #[test]
    fn what_is_kept_outlives_the_process_and_is_shared() {
        let origin = Instant::now();
        let now = moment(origin, HOUR_MS.unsigned_abs());
        let month = || {
            Meters::new(&[spec("month", 10, 31 * DAY_MS.unsigned_abs(), Anchor::Sliding)], &["month"], 100)
        };
        let call = [charge("month", 3)];
        let (one, two) = (month(), month());
        one.take(&call, now).unwrap();
        let refunded = two.take(&call, now).unwrap();
        two.take(&call, now).unwrap();
        two.refund(&call, refunded, now);
        let mut kept = one.draw("month");
        kept.merge(&two.draw("month"));
        assert!(one.draw("month").is_empty() && two.draw("month").is_empty());
        // Used while the sum was being written.
        two.take(&call, now).unwrap();
        for meters in [&one, &two] {
            meters.adopt("month", &kept, now);
        }
        assert_eq!((used(&one, now), used(&two, now)), (vec![6], vec![9]));
        assert!(two.take(&call, now).is_err());
        let drawn = two.draw("month");
        two.put_back("month", &drawn);
        assert_eq!(two.draw("month"), drawn);
        // Another process, a month later.
        let again = month();
        again.adopt("month", &kept, now);
        assert_eq!(used(&again, now), [6]);
        let end = HOUR_MS.unsigned_abs() + 31 * DAY_MS.unsigned_abs();
        assert_eq!(used(&again, moment(origin, end)), [6]);
        assert_eq!(used(&again, moment(origin, end + HOUR_MS.unsigned_abs())), [0]);
    }

    #[test]
    fn a_call_under_way_while_the_kept_sum_is_adopted_is_given_back() {
        let meters =
            Meters::new(&[spec("month", 10, 31 * DAY_MS.unsigned_abs(), Anchor::Sliding)], &["month"], 100);
        let origin = Instant::now();
        let call = [charge("month", 4)];
        let ticket = meters.take(&call, moment(origin, 0)).unwrap();
        let mut kept = meters.draw("month");
        meters.adopt("month", &kept, moment(origin, 10));
        meters.take(&[charge("month", 5)], moment(origin, 20)).unwrap();
        meters.refund(&call, ticket, moment(origin, 30));
        let now = moment(origin, 40);
        assert_eq!(used(&meters, now), [5]);
        kept.merge(&meters.draw("month"));
        assert_eq!(kept.weights().map(|(_, weight)| weight).sum::<u32>(), 5);
        // No more is given back than is there.
        meters.refund(&call, ticket, now);
        assert_eq!((used(&meters, now), meters.draw("month").is_empty()), (vec![5], true));
    }

    #[test]
    fn a_kept_day_counts_on_that_day_only() {
        let origin = Instant::now();
        let now = moment(origin, 5_000);
        let before = minute_and_day(10, 10);
        before.take(&BOTH, now).unwrap();
        let kept = before.draw("day");
        let after = minute_and_day(10, 10);
        after.adopt("day", &kept, now);
        assert_eq!(used(&after, now), [0, 1]);
        let tomorrow = moment(origin, DAY_MS.unsigned_abs());
        let after = minute_and_day(10, 10);
        after.adopt("day", &kept, tomorrow);
        assert_eq!(used(&after, tomorrow), [0, 0]);
    }

    #[test]
    fn threads_together_take_no_more_than_there_is() {
        let meters = Arc::new(minute_and_day(150, 100));
        let now = moment(Instant::now(), 0);
        let takers: Vec<_> = (0..8)
            .map(|_| {
                let meters = Arc::clone(&meters);
                std::thread::spawn(move || (0..50).filter(|_| meters.take(&BOTH, now).is_ok()).count())
            })
            .collect();
        let granted: usize = takers.into_iter().map(|taker| taker.join().unwrap()).sum();
        assert_eq!(granted, 100);
        assert_eq!(used(&meters, now), [100, 100]);
    }

    const NAMES: [&str; 3] = ["a", "b", "c"];

    #[derive(Clone, Debug)]
    enum Step {
        Pause(u64),
        Take([u32; 3]),
        /// Of a call that is under way.
        Refund(usize),
        Correct(usize, u32),
        Keep,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => (0_u64..2_000).prop_map(Step::Pause),
            6 => prop::array::uniform3(0_u32..4).prop_map(Step::Take),
            1 => (0_usize..8).prop_map(Step::Refund),
            1 => (0_usize..3, 0_u32..12).prop_map(|(meter, told)| Step::Correct(meter, told)),
            1 => Just(Step::Keep),
        ]
    }

    proptest! {
        #[test]
        fn no_budget_is_overdrawn_by_any_order_of_calls_that_need_several(
            capacities in prop::array::uniform3(1_u32..12),
            windows in prop::array::uniform3(1_u64..6_000),
            on_grid in prop::array::uniform3(any::<bool>()),
            steps in prop::collection::vec(step(), 1..150),
        ) {
            let specs = (0..3).map(|n| {
                let anchor = if on_grid[n] { Anchor::UtcGrid } else { Anchor::Sliding };
                spec(NAMES[n], capacities[n], windows[n], anchor)
            });
            let meters = Meters::new(&specs.collect::<Vec<_>>(), &["c"], 100);
            let origin = Instant::now();
            let mut at = 0;
            let mut given: Vec<(u64, [u32; 3])> = Vec::new();
            let mut tickets: Vec<(usize, Ticket)> = Vec::new();
            for step in steps {
                let now = moment(origin, at);
                match step {
                    Step::Pause(ms) => at += ms,
                    Step::Take(weights) => {
                        let charges: Vec<Charge> = (0..3).map(|n| charge(NAMES[n], weights[n])).collect();
                        let before = used(&meters, now);
                        match meters.take(&charges, now) {
                            Ok(ticket) => {
                                tickets.push((given.len(), ticket));
                                given.push((at, weights));
                            }
                            Err(Denied::Spent(until)) => {
                                prop_assert!(until > now.mono);
                                prop_assert_eq!(used(&meters, now), before, "all or nothing");
                            }
                            Err(Denied::Never { charge, allowed }) => prop_assert!(charge.weight > allowed),
                            Err(Denied::Held(_)) => prop_assert!(false, "nothing was held"),
                        }
                    }
                    Step::Refund(newest) => {
                        let Some(place) = tickets.len().checked_sub(newest + 1) else { continue };
                        let (index, ticket) = tickets.remove(place);
                        let charges: Vec<Charge> = (0..3).map(|n| charge(NAMES[n], given[index].1[n])).collect();
                        meters.refund(&charges, ticket, now);
                        given[index].1 = [0; 3];
                    }
                    Step::Correct(meter, told) => {
                        let told = Correction {
                            meter: NAMES[meter],
                            used: Some(told),
                            capacity: None,
                            resets_at: None,
                        };
                        meters.correct(&told, Ticket { at: now }, now);
                    }
                    Step::Keep => {
                        let drawn = meters.draw("c");
                        meters.put_back("c", &drawn);
                        meters.adopt("c", &Tally::default(), now);
                    }
                }
            }
            for n in 0..3 {
                for (index, (start, _)) in given.iter().enumerate() {
                    let in_window = |then: u64| {
                        // Midnight need not lie on such a grid.
                        let window = |ms: u64| (MIDNIGHT.unsigned_abs() + ms) / windows[n];
                        if on_grid[n] { window(then) == window(*start) } else { then <= start + windows[n] }
                    };
                    let sum: u32 =
                        given[index..].iter().filter(|(then, _)| in_window(*then)).map(|(_, w)| w[n]).sum();
                    prop_assert!(sum <= capacities[n], "{sum} of {} in {}", capacities[n], NAMES[n]);
                }
            }
        }
    }
}
