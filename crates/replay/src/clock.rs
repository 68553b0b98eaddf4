use std::time::{Instant, SystemTime, UNIX_EPOCH};

use domain::{Clock, UtcMs};

/// The clock of a replayed or simulated world: begins at an instant and runs at a speed; 0 is frozen.
#[derive(Debug)]
pub struct WorldClock {
    begins: UtcMs,
    started: Instant,
    speed: f64,
}

impl WorldClock {
    /// A clock that shows `begins` now and moves `speed` world seconds per real second.
    #[must_use]
    pub fn new(begins: UtcMs, speed: f64) -> Self {
        Self { begins, started: Instant::now(), speed }
    }

    /// World seconds per real second.
    #[must_use]
    pub const fn speed(&self) -> f64 {
        self.speed
    }
}

impl Clock for WorldClock {
    fn now(&self) -> UtcMs {
        let elapsed_ms = self.started.elapsed().as_secs_f64() * 1_000.0 * self.speed;
        #[allow(clippy::cast_possible_truncation)]
        self.begins.plus_ms(elapsed_ms as i64)
    }
}

/// Real time, which the providers' rate windows follow even when the world's clock stands still.
pub(crate) fn real_now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
