//! Liquidity pools: swings at nearly one level, beyond which stops are said to rest.

use std::collections::VecDeque;

use domain::UtcMs;

use super::bar::{Bar, Both};
use super::swings::Swing;
use super::{Direction, Event, EventKind, PoolMember, PoolReading, PoolStage, SmcConfig};

/// Members that are kept to be drawn; all are counted.
const MEMBERS_KEPT: usize = 16;

/// A pool, or a single swing that may become one, as its side's detector sees it (levels above).
#[derive(Clone, Debug)]
struct Pool {
    index: u64,
    at: UtcMs,
    anchor: f64,
    tolerance: f64,
    extreme: f64,
    sum: f64,
    count: u32,
    touches: u32,
    last_at: UtcMs,
    members: VecDeque<(UtcMs, f64)>,
}

impl Pool {
    const fn is_open(&self) -> bool {
        self.count > 1
    }

    /// The price at which something happens to it.
    fn interest(&self) -> f64 {
        if self.is_open() { self.extreme - self.tolerance } else { self.anchor + self.tolerance }
    }

    fn add(&mut self, swing: &Swing) {
        self.extreme = self.extreme.max(swing.level);
        self.sum += swing.level;
        self.count = self.count.saturating_add(1);
        self.last_at = swing.at;
        if self.members.len() >= MEMBERS_KEPT {
            self.members.pop_front();
        }
        self.members.push_back((swing.at, swing.level));
    }

    fn event(&self, stage: PoolStage, direction: Direction, bar: &Bar) -> Event {
        let kind = EventKind::Pool {
            stage,
            side: direction.side(),
            level: direction.sign() * self.sum / f64::from(self.count),
            extreme: direction.sign() * self.extreme,
            tolerance: self.tolerance,
            members: self.count,
            touches: self.touches,
            last_at: self.last_at,
        };
        Event { at: self.at, known_at: bar.close_time, kind }
    }
}

#[derive(Clone, Debug, Default)]
struct Pools {
    live: VecDeque<Pool>,
    /// Nothing happens to any pool while the high stays below.
    interest: Option<f64>,
}

/// Pools of both sides.
#[derive(Clone, Debug)]
pub(super) struct Liquidity {
    sides: Both<Pools>,
    tolerance_atr: f64,
    max_age_bars: u64,
    cap: usize,
}

impl Liquidity {
    pub fn new(config: &SmcConfig) -> Self {
        Self {
            sides: Both::default(),
            tolerance_atr: config.pool_tolerance_atr,
            max_age_bars: config.pool_max_age_bars,
            cap: config.live_zones.max(1),
        }
    }

    /// Follows the pools through a closed bar.
    pub fn push(&mut self, bar: &Bar, events: &mut Vec<Event>) {
        for direction in Direction::BOTH {
            let side = self.sides.get_mut(direction);
            let max_age = self.max_age_bars;
            while side.live.front().is_some_and(|pool| bar.index - pool.index > max_age) {
                expire_oldest(side, direction, bar, events);
            }
            let facing = bar.facing(direction);
            if side.interest.is_none_or(|interest| facing.high < interest) {
                continue;
            }
            side.live.retain_mut(|pool| {
                if !pool.is_open() {
                    return facing.high <= pool.interest();
                }
                if facing.high > pool.extreme {
                    let ran = facing.close > pool.extreme;
                    let stage = if ran { PoolStage::Run } else { PoolStage::SweepReclaim };
                    events.push(pool.event(stage, direction, bar));
                    return false;
                }
                if facing.high >= pool.interest() {
                    pool.touches = pool.touches.saturating_add(1);
                }
                true
            });
            side.interest = side.live.iter().map(Pool::interest).reduce(f64::min);
        }
    }

    /// Takes in a swing that the newest bar confirmed.
    pub fn swing(&mut self, swing: &Swing, bar: &Bar, events: &mut Vec<Event>) {
        let direction = swing.direction;
        let side = self.sides.get_mut(direction);
        let near = |pool: &&mut Pool| (pool.anchor - swing.level).abs() <= pool.tolerance;
        if let Some(pool) = side.live.iter_mut().find(near) {
            let stage = if pool.is_open() { PoolStage::Grew } else { PoolStage::Opened };
            pool.add(swing);
            events.push(pool.event(stage, direction, bar));
            side.interest = side.live.iter().map(Pool::interest).reduce(f64::min);
            return;
        }
        // Without an ATR there is no telling what "nearly" is.
        let Some(tolerance) = bar.atr.map(|atr| self.tolerance_atr * atr).filter(|width| *width >= 0.0)
        else {
            return;
        };
        if side.live.len() >= self.cap {
            expire_oldest(side, direction, bar, events);
        }
        let mut single = Pool {
            index: swing.index,
            at: swing.at,
            anchor: swing.level,
            tolerance,
            extreme: swing.level,
            sum: 0.0,
            count: 0,
            touches: 0,
            last_at: swing.at,
            members: VecDeque::new(),
        };
        single.add(swing);
        let interest = single.interest();
        side.interest = Some(side.interest.map_or(interest, |old| old.min(interest)));
        side.live.push_back(single);
    }

    /// Open pools of a side, nearest first; distances are from the close, in ATRs.
    pub fn readings(&self, direction: Direction, bar: &Bar) -> Vec<PoolReading> {
        let close = bar.facing(direction).close;
        let mut open: Vec<&Pool> =
            self.sides.get(direction).live.iter().filter(|pool| pool.is_open()).collect();
        open.sort_by(|a, b| a.extreme.total_cmp(&b.extreme));
        let read = |pool: &Pool| PoolReading {
            side: direction.side(),
            at: pool.at,
            last_at: pool.last_at,
            level: direction.sign() * pool.sum / f64::from(pool.count),
            extreme: direction.sign() * pool.extreme,
            tolerance: pool.tolerance,
            count: pool.count,
            touches: pool.touches,
            distance_atr: bar.atr.filter(|atr| *atr > 0.0).map(|atr| (pool.extreme - close) / atr),
            members: pool
                .members
                .iter()
                .map(|(at, level)| PoolMember { at: *at, level: direction.sign() * level })
                .collect(),
        };
        open.into_iter().map(read).collect()
    }
}

fn expire_oldest(side: &mut Pools, direction: Direction, bar: &Bar, events: &mut Vec<Event>) {
    if let Some(pool) = side.live.pop_front()
        && pool.is_open()
    {
        events.push(pool.event(PoolStage::Expired, direction, bar));
    }
}
