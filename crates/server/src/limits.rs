//! How much a caller may ask for: a token bucket per key and per address, in cost units. A cached signal
//! costs one; what makes us call providers costs more.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Who is metered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Metered {
    /// A key, by its id.
    Key(String),
    /// An address without a key.
    Address(IpAddr),
}

/// A caller's allowance.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// Cost units per minute; 0 is no limit.
    pub per_minute: u32,
    /// Units that may be spent at once.
    pub burst: u32,
}

/// What is left after a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The burst.
    pub limit: u32,
    /// Units left now.
    pub remaining: u32,
    /// Seconds until the bucket is full again.
    pub reset_s: u64,
}

/// Too few units are left for a charge.
#[derive(Clone, Copy, Debug)]
pub struct TooFew {
    /// How long to wait until they are there.
    pub wait: Duration,
    /// What is left, untouched by the charge.
    pub standing: Standing,
}

#[derive(Debug)]
struct Bucket {
    units: f64,
    at: Instant,
}

/// The buckets of all callers. Sharded, so that callers do not wait for each other.
#[derive(Debug)]
pub struct Limits {
    shards: Vec<Mutex<HashMap<Metered, Bucket>>>,
    hasher: std::hash::RandomState,
}

const SHARDS: usize = 16;
/// Buckets per shard above which full ones are swept out: a full bucket and none are the same thing.
const SWEEP_ABOVE: usize = 4_096;

impl Default for Limits {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: std::hash::RandomState::new(),
        }
    }
}

impl Limits {
    /// Takes `cost` units from the caller's bucket.
    ///
    /// # Errors
    /// How long to wait, and what is left, when there are too few.
    pub fn charge(
        &self,
        who: &Metered,
        allowance: Allowance,
        cost: u32,
        now: Instant,
    ) -> Result<Option<Standing>, TooFew> {
        if allowance.per_minute == 0 {
            return Ok(None);
        }
        let burst = f64::from(allowance.burst.max(1));
        let per_second = f64::from(allowance.per_minute) / 60.0;
        let index =
            usize::try_from(std::hash::BuildHasher::hash_one(&self.hasher, who) % SHARDS as u64).unwrap_or(0);
        let Some(shard) = self.shards.get(index) else { return Ok(None) };
        let mut buckets = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() > SWEEP_ABOVE {
            buckets.retain(|_, bucket| {
                bucket.units + now.saturating_duration_since(bucket.at).as_secs_f64() * per_second < burst
            });
        }
        let bucket = buckets.entry(who.clone()).or_insert(Bucket { units: burst, at: now });
        let refilled = now.saturating_duration_since(bucket.at).as_secs_f64() * per_second;
        bucket.units = (bucket.units + refilled).min(burst);
        bucket.at = now;
        // What costs more than the burst must still be possible: it needs a full bucket and leaves a debt.
        let needed = f64::from(cost).min(burst);
        let standing = |units: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "within 0 and the burst"
            )]
            let remaining = units.max(0.0) as u32;
            let reset_s = Duration::from_secs_f64(((burst - units) / per_second).max(0.0)).as_secs() + 1;
            Standing { limit: allowance.burst, remaining, reset_s }
        };
        if bucket.units < needed {
            let wait = Duration::from_secs_f64((needed - bucket.units) / per_second);
            return Err(TooFew { wait, standing: standing(bucket.units) });
        }
        bucket.units -= f64::from(cost);
        Ok(Some(standing(bucket.units)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_refills_and_tells_how_long_to_wait() {
        let limits = Limits::default();
        let who = Metered::Key("k".into());
        let allowance = Allowance { per_minute: 60, burst: 10 };
        let start = Instant::now();
        for _ in 0..8 {
            assert!(limits.charge(&who, allowance, 1, start).is_ok());
        }
        let refused = limits.charge(&who, allowance, 5, start).unwrap_err();
        assert!((refused.wait.as_secs_f64() - 3.0).abs() < 0.01);
        assert_eq!(refused.standing, Standing { limit: 10, remaining: 2, reset_s: 9 });
        assert!(limits.charge(&who, allowance, 2, start).is_ok());
        assert!(limits.charge(&who, allowance, 5, start + Duration::from_secs(5)).is_ok());
        assert!(limits.charge(&Metered::Key("other".into()), allowance, 5, start).is_ok());
    }

    #[test]
    fn what_costs_more_than_the_burst_needs_a_full_bucket_and_leaves_a_debt() {
        let limits = Limits::default();
        let who = Metered::Key("k".into());
        let allowance = Allowance { per_minute: 60, burst: 10 };
        let start = Instant::now();
        assert!(limits.charge(&who, allowance, 50, start).is_ok());
        assert!(limits.charge(&who, allowance, 1, start + Duration::from_secs(30)).is_err());
        assert!(limits.charge(&who, allowance, 1, start + Duration::from_secs(42)).is_ok());
    }
}
