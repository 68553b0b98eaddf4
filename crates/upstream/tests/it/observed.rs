//! What the outside can see: metrics and status.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use metrics::{
    Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    set_default_local_recorder,
};
use upstream::{Anchor, LaneConfig, telemetry};

use crate::scene::*;

#[derive(Default)]
struct Recorded {
    whole: Mutex<BTreeMap<String, Arc<AtomicU64>>>,
    samples: Mutex<BTreeMap<String, Arc<Samples>>>,
}

#[derive(Default)]
struct Samples(AtomicU64);

impl HistogramFn for Samples {
    fn record(&self, _: f64) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn spelled(key: &Key) -> String {
    let labels: Vec<_> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
    format!("{}{{{}}}", key.name(), labels.join(","))
}

impl Recorded {
    fn cell(&self, key: &Key) -> Arc<AtomicU64> {
        self.whole.lock().unwrap().entry(spelled(key)).or_default().clone()
    }

    fn count(&self, key: &str) -> u64 {
        self.whole.lock().unwrap().get(key).map_or(0, |cell| cell.load(Ordering::SeqCst))
    }

    fn level(&self, key: &str) -> f64 {
        f64::from_bits(self.count(key))
    }

    fn samples(&self, key: &str) -> u64 {
        self.samples.lock().unwrap().get(key).map_or(0, |samples| samples.0.load(Ordering::SeqCst))
    }
}

impl Recorder for Recorded {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.cell(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.cell(key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.samples.lock().unwrap().entry(spelled(key)).or_default().clone())
    }
}

// One thread, so that the recorder of this thread sees the calls that run on their own.
#[tokio::test]
async fn calls_leave_their_traces() {
    let recorded = Recorded::default();
    let _guard = set_default_local_recorder(&recorded);
    telemetry::describe();
    let provider = Provider::answering(|number| match number {
        0 | 2 => status(503),
        _ => ok("{}"),
    })
    .await;
    let wire = TestWire { meters: vec![meter("weight", 50, 60_000, Anchor::Sliding)], ..TestWire::default() };
    let config = LaneConfig { retries: 1, breaker_failures: 1_000, ..LaneConfig::at(&provider.base_url) };
    let scene = Scene::with(wire, LaneConfig { deadline: Duration::from_secs(2), ..config });
    scene.get(1).await.unwrap();
    scene.get(1).await.unwrap();
    let (one, two) = tokio::join!(scene.get(2), scene.get(2));
    assert!(one.is_ok() && two.is_ok());

    let calls = |outcome| {
        recorded.count(&format!("{}{{source=binance,endpoint=rows,outcome={outcome}}}", telemetry::CALLS))
    };
    assert_eq!((calls("ok"), calls("unavailable")), (2, 2));
    let served = |result| recorded.count(&format!("{}{{source=binance,result={result}}}", telemetry::CACHE));
    assert_eq!((served("hit"), served("miss"), served("join"), served("stale")), (1, 2, 1, 0));
    assert_eq!(recorded.count(&format!("{}{{source=binance}}", telemetry::RETRIES)), 2);
    assert_eq!(recorded.count(&format!("{}{{source=binance}}", telemetry::BYTES)), 8);
    assert_eq!(recorded.samples(&format!("{}{{source=binance,endpoint=rows}}", telemetry::LATENCY)), 4);
    let quota = |name| recorded.level(&format!("{name}{{source=binance,meter=weight}}"));
    assert!((quota(telemetry::QUOTA_USED) - 4.0).abs() < f64::EPSILON);
    assert!((quota(telemetry::QUOTA_CAPACITY) - 50.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn the_status_is_plain_json() {
    let provider = Provider::answering(|number| if number == 0 { ok("{}") } else { status(503) }).await;
    let wire = TestWire { meters: vec![meter("weight", 50, 60_000, Anchor::Sliding)], ..TestWire::default() };
    let scene = Scene::with(wire, quick(&provider.base_url));
    scene.get(1).await.unwrap();
    scene.clock.advance(1_000);
    scene.get(2).await.unwrap_err();
    let status = serde_json::to_value(scene.lane.status()).unwrap();
    assert_eq!(
        status,
        serde_json::json!({
            "source": "binance",
            "enabled": true,
            "breaker": {"state": "closed", "failures": 1},
            "lastSuccessAt": "2025-11-15T00:00:00Z",
            "lastFailure": {
                "at": "2025-11-15T00:00:01Z",
                "kind": "unavailable",
                "message": "HTTP 503 Service Unavailable"
            },
            "meters": [{"name": "weight", "used": 2, "allowed": 40, "capacity": 50, "windowMs": 60_000}],
            "cache": {"entries": 1, "bytes": status["cache"]["bytes"]},
            "inFlight": 0
        })
    );
    assert_eq!(scene.lane.config().base_url, provider.base_url);
    assert_eq!(scene.lane.source().as_str(), "binance");
}
