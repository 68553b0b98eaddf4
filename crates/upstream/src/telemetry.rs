//! Names of the metrics, in one place.

use domain::Source;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use std::time::Duration;

/// Calls that ended, by source, endpoint and outcome (`ok` or an error kind); each try counts.
pub const CALLS: &str = "perpsignal_upstream_calls_total";
/// Time from sending to judged answer, by source and endpoint; only of calls that were sent.
pub const LATENCY: &str = "perpsignal_upstream_call_seconds";
/// How callers were served, by source and result: `hit`, `miss`, `join`, `stale`, `remembered`.
pub const CACHE: &str = "perpsignal_upstream_cache_total";
/// 0 closed, 1 half-open, 2 open; by source.
pub const BREAKER: &str = "perpsignal_upstream_breaker_state";
/// Used of a budget in its present window, by source and meter.
pub const QUOTA_USED: &str = "perpsignal_upstream_quota_used";
/// What the provider allows of a budget in a window, by source and meter.
pub const QUOTA_CAPACITY: &str = "perpsignal_upstream_quota_capacity";
/// Tries after the first, by source.
pub const RETRIES: &str = "perpsignal_upstream_retries_total";
/// Bytes of bodies received, after decompression, by source.
pub const BYTES: &str = "perpsignal_upstream_bytes_total";
/// Connections that came up, by source.
pub const SOCKET_UP: &str = "perpsignal_upstream_socket_up_total";
/// Connections lost or not made, by source.
pub const SOCKET_DOWN: &str = "perpsignal_upstream_socket_down_total";
/// Text frames received, by source.
pub const SOCKET_FRAMES: &str = "perpsignal_upstream_socket_frames_total";

/// Describes every metric to the installed recorder.
pub fn describe() {
    describe_counter!(CALLS, "Calls to providers by outcome");
    describe_histogram!(LATENCY, Unit::Seconds, "Time of a call that was sent");
    describe_counter!(CACHE, "How callers were served");
    describe_gauge!(BREAKER, "Circuit breaker: 0 closed, 1 half-open, 2 open");
    describe_gauge!(QUOTA_USED, "Used of a provider's budget in its window");
    describe_gauge!(QUOTA_CAPACITY, "A provider's budget for a window");
    describe_counter!(RETRIES, "Tries after the first");
    describe_counter!(BYTES, Unit::Bytes, "Bytes of bodies received");
    describe_counter!(SOCKET_UP, "WebSocket connections that came up");
    describe_counter!(SOCKET_DOWN, "WebSocket connections lost or not made");
    describe_counter!(SOCKET_FRAMES, "WebSocket text frames received");
}

pub(crate) fn call(source: Source, endpoint: &'static str, outcome: &'static str) {
    counter!(CALLS, "source" => source.as_str(), "endpoint" => endpoint, "outcome" => outcome).increment(1);
}

pub(crate) fn sent(source: Source, endpoint: &'static str, took: Duration, bytes: usize) {
    histogram!(LATENCY, "source" => source.as_str(), "endpoint" => endpoint).record(took.as_secs_f64());
    counter!(BYTES, "source" => source.as_str()).increment(bytes.try_into().unwrap_or(u64::MAX));
}

pub(crate) fn served(source: Source, result: &'static str) {
    counter!(CACHE, "source" => source.as_str(), "result" => result).increment(1);
}

pub(crate) fn retried(source: Source) {
    counter!(RETRIES, "source" => source.as_str()).increment(1);
}

pub(crate) fn breaker(source: Source, state: u8) {
    gauge!(BREAKER, "source" => source.as_str()).set(f64::from(state));
}

pub(crate) fn quota(source: Source, meter: &'static str, used: u32, capacity: u32) {
    gauge!(QUOTA_USED, "source" => source.as_str(), "meter" => meter).set(f64::from(used));
    gauge!(QUOTA_CAPACITY, "source" => source.as_str(), "meter" => meter).set(f64::from(capacity));
}

pub(crate) fn socket(source: Source, metric: &'static str) {
    counter!(metric, "source" => source.as_str()).increment(1);
}
