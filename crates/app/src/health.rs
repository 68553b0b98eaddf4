//! How the parts are doing.

use domain::UtcMs;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use upstream::BreakerState;

use crate::App;

/// The state of the service.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HealthAnswer {
    /// ok, degraded (it answers, but a part is away: the database, the disk that rows are promised on, or every
    /// exchange) or down.
    pub status: String,
    /// The program's clock.
    pub timestamp: UtcMs,
    /// live, replay or simulated.
    pub data_source: String,
    /// Version of the program.
    pub version: String,
    /// Seconds since the start.
    pub uptime_seconds: i64,
    /// Where rows are kept.
    pub database: DatabaseHealth,
    /// When the exchanges' lists were loaded, and how many contracts they hold.
    pub instruments: InstrumentHealth,
    /// The liquidation streams.
    pub liquidation_streams: Value,
    /// Each provider's lane: breaker, budgets, last success and failure. The model server and Telegram say in
    /// `configured` whether there is one, and in `reason` why not.
    pub providers: Value,
}

/// Where rows are kept.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DatabaseHealth {
    /// sqlite or postgres.
    pub backend: String,
    /// Whether it answers.
    pub reachable: bool,
    /// How long it took to answer.
    pub latency_ms: Option<f64>,
    /// Why it does not.
    pub error: Option<String>,
    /// Rows promised and waiting in the spool.
    pub spooled: Value,
}

/// The exchanges' lists.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InstrumentHealth {
    /// When they were loaded.
    pub loaded_at: Option<UtcMs>,
    /// Contracts on all venues.
    pub contracts: usize,
    /// Venues that did not give their list.
    pub failed: Vec<String>,
}

/// A part that signals can do without: its lane, or why there is none.
fn outside(name: &str, lane: Option<Value>, reason: Option<&String>) -> Value {
    match lane {
        Some(Value::Object(mut lane)) => {
            lane.insert("configured".into(), true.into());
            Value::Object(lane)
        }
        _ => serde_json::json!({"source": name, "configured": false, "reason": reason}),
    }
}

impl App {
    /// The state of all parts. Asks the database, nobody else.
    pub async fn health(&self) -> HealthAnswer {
        let now = self.clock.now();
        let ping = self.store.ping().await;
        let spool = self.store.spool_status();
        let listing = self.market.known_listing();
        let mut lanes: Vec<Value> = self
            .market
            .lanes()
            .iter()
            .map(|lane| serde_json::to_value(lane.status()).unwrap_or(Value::Null))
            .collect();
        let (judge, alerts) = (self.judge_status(), self.alert_status());
        let mut model = outside("openai", judge.lane, judge.reason.as_ref());
        if let (Some(model), Some(reason)) = (model.as_object_mut(), judge.paused_because) {
            model.insert("pausedBecause".into(), reason.into());
        }
        lanes.extend([model, outside("telegram", alerts.lane, alerts.reason.as_ref())]);
        let status = match &ping {
            Ok(_) if spool.write_error.is_none() && self.exchange_is_usable() => "ok",
            Ok(_) => "degraded",
            Err(_) if spool.last_error.is_none() && spool.write_error.is_none() => "degraded",
            Err(_) => "down",
        };
        let contracts = listing.as_ref().map_or(0, |listing| {
            domain::Venue::ALL.iter().map(|venue| listing.directory.instruments(*venue).len()).sum()
        });
        HealthAnswer {
            status: status.to_owned(),
            timestamp: now,
            data_source: self.config.data_source.as_str().to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            uptime_seconds: now.since(self.started_at) / 1_000,
            database: DatabaseHealth {
                backend: self.store.backend().as_str().to_owned(),
                reachable: ping.is_ok(),
                latency_ms: ping.as_ref().ok().map(|latency| latency.as_secs_f64() * 1_000.0),
                error: ping.err().map(|error| error.to_string()),
                spooled: serde_json::json!({
                    "pending": spool.pending,
                    "oldestAt": spool.oldest,
                    "refused": spool.refused,
                    "lastError": spool.write_error.or(spool.last_error),
                }),
            },
            instruments: InstrumentHealth {
                loaded_at: listing.as_ref().map(|listing| listing.loaded_at),
                contracts,
                failed: listing
                    .map(|listing| listing.failed.iter().map(ToString::to_string).collect())
                    .unwrap_or_default(),
            },
            liquidation_streams: serde_json::to_value(self.market.collector.status(now))
                .unwrap_or(Value::Null),
            providers: Value::Array(lanes),
        }
    }

    /// Whether any exchange is switched on and not left alone by its breaker: without one there is no signal.
    fn exchange_is_usable(&self) -> bool {
        let exchanges = &self.market.exchanges;
        [exchanges.binance.lane(), exchanges.okx.lane(), exchanges.bybit.lane()].into_iter().any(|lane| {
            let status = lane.status();
            status.enabled && status.breaker.state == BreakerState::Closed
        })
    }

    /// Ready to answer: rows can be promised, which the spool does even while the database is away.
    ///
    /// # Errors
    /// Why not.
    pub fn readiness(&self) -> Result<(), String> {
        let spool = self.store.spool_status();
        match spool.write_error.or(spool.last_error) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}
