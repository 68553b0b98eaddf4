//! Real time, for what runs beside the program's clock: deadlines, quota windows, the breaker.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// One reading of both real clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// Never goes back; measures spans.
    pub mono: Instant,
    /// UTC milliseconds of the machine; places windows on the UTC grid.
    pub wall_ms: i64,
}

impl Moment {
    pub fn now() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { mono: Instant::now(), wall_ms: i64::try_from(wall.as_millis()).unwrap_or(i64::MAX) }
    }
}

/// A span in whole milliseconds, rounded up, so that who waits that long has waited long enough.
pub(crate) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

/// `at` moved by `span`; a span beyond the reach of the clock counts as thirty years.
pub(crate) fn later(at: Instant, span: Duration) -> Instant {
    const FAR: Duration = Duration::from_hours(30 * 365 * 24);
    at.checked_add(span.min(FAR)).unwrap_or(at)
}
