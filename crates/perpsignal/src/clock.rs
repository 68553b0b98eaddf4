//! The clocks of the two worlds: the machine's, and a replay's.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use domain::{Clock, UtcMs};

/// The machine's own clock.
#[derive(Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UtcMs {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        UtcMs(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// A replay's clock: an instant that stands still, or runs at a speed of its own.
#[derive(Debug)]
pub struct ReplayClock {
    /// What the replay's clock showed when it was read.
    pub base: UtcMs,
    /// When that was.
    pub read_at: Instant,
    /// Seconds of the replay per second of ours; 0 stands still.
    pub speed: f64,
}

impl Clock for ReplayClock {
    fn now(&self) -> UtcMs {
        let elapsed_ms = self.read_at.elapsed().as_secs_f64() * 1_000.0 * self.speed;
        #[expect(clippy::cast_possible_truncation, reason = "a cast saturates, and so does the sum")]
        let elapsed_ms = elapsed_ms as i64;
        self.base.plus_ms(elapsed_ms)
    }
}
