//! Pictures of signals: made when they are sent, of the candles that had closed at the decision.

use std::sync::Arc;
use std::time::{Duration, Instant};

use analysis::smc::{Direction, Reading, SmcConfig, ZoneKind, ZoneReading, analyze};
use bytes::Bytes;
use chart::{Scene, Side, Theme, Zone};
use domain::{Instrument, Interval, UtcMs, Venue};
use market::Market;
use moka::future::Cache;
use serde::{Deserialize, Serialize};
use upstream::Ask;

use crate::signals::SignalAnswer;

/// Length of the candles shown.
const INTERVAL: Interval = Interval::H1;
/// Candles asked for: those shown, and enough before them to read structure from.
const CANDLES: u32 = 300;
/// Zones shown on each side of the price.
const ZONES: usize = 2;
/// Longest time for a picture.
const LIMIT: Duration = Duration::from_secs(6);
/// Pictures kept, and for how long: a signal goes to several chats at once.
const KEPT: u64 = 16;
const KEPT_FOR: Duration = Duration::from_mins(10);

/// What a picture shows beside the candles; kept with the alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sketch {
    pub signal_id: String,
    pub symbol: String,
    pub venue: String,
    pub instrument: String,
    pub signal: String,
    pub score: f64,
    pub verdict: String,
    pub risk_mode: String,
    pub data_source: String,
    pub at: UtcMs,
    pub entry: f64,
    pub stop: Option<f64>,
    pub target: Option<f64>,
}

impl Sketch {
    pub fn of(answer: &SignalAnswer) -> Self {
        let verdict = &answer.ai_verdict_layer;
        let plan = &verdict.volatility_metrics;
        Self {
            signal_id: answer.id.clone(),
            symbol: answer.symbol.clone(),
            venue: answer.venue.clone(),
            instrument: answer.instrument.clone(),
            signal: answer.signal.clone(),
            score: answer.score,
            verdict: verdict.verdict.clone(),
            risk_mode: verdict.risk_mode.clone(),
            data_source: answer.data_source.clone(),
            at: answer.timestamp,
            entry: answer.price,
            stop: plan.stop_loss_price,
            target: plan.take_profit_price,
        }
    }
}

/// Makes pictures, each once.
#[derive(Clone, Debug)]
pub struct Pictures {
    market: Option<Arc<Market>>,
    theme: Theme,
    made: Cache<String, Bytes>,
}

impl Pictures {
    /// Of this market's candles.
    #[must_use]
    pub fn new(market: Arc<Market>, theme: Theme) -> Self {
        Self { market: Some(market), theme, made: kept() }
    }

    /// None but this one, of this signal.
    #[cfg(test)]
    pub(super) async fn only(signal_id: &str, picture: &'static [u8]) -> Self {
        let made = kept();
        made.insert(signal_id.to_owned(), Bytes::from_static(picture)).await;
        Self { market: None, theme: Theme::Dark, made }
    }

    /// The picture of a sketch, or why there is none.
    pub(super) async fn of(&self, sketch: &Sketch) -> Result<Bytes, String> {
        let making = self.made.try_get_with(sketch.signal_id.clone(), self.make(sketch));
        match tokio::time::timeout(LIMIT, making).await {
            Ok(outcome) => outcome.map_err(|reason| reason.as_ref().clone()),
            Err(_) => Err(format!("it was not made within {} s", LIMIT.as_secs())),
        }
    }

    async fn make(&self, sketch: &Sketch) -> Result<Bytes, String> {
        let market = self.market.as_ref().ok_or("there is no market to ask")?;
        let venue: Venue = sketch.venue.parse()?;
        let ask = Ask { deadline: Some(Instant::now() + LIMIT), fresh: false, no_waiting: false };
        let listing = market.listing(ask).await.map_err(|_| "no exchange gave its list of contracts")?;
        let instrument = listing
            .directory
            .get(venue, &sketch.instrument)
            .ok_or_else(|| format!("{} does not list {}", sketch.venue, sketch.instrument))?;
        let exchange = market.exchanges.at(venue);
        let candles = exchange
            .candles(instrument, INTERVAL, CANDLES, Some(sketch.at), ask)
            .await
            .map_err(|error| error.to_string())?
            .value;
        let (analyzer, _) = analyze(&candles, SmcConfig::new(INTERVAL));
        let zones = analyzer.snapshot().map(|reading| zones(&reading)).unwrap_or_default();
        let scene = Scene { candles, zones, ..scene(sketch, instrument, self.theme) };
        // Some hundredths of a second of arithmetic: not on a thread that answers.
        let drawn = tokio::task::spawn_blocking(move || chart::png(&scene)).await;
        let png = drawn.map_err(|_| "the drawing ended in a panic")?.map_err(|error| error.to_string())?;
        Ok(Bytes::from(png))
    }
}

fn kept() -> Cache<String, Bytes> {
    Cache::builder().max_capacity(KEPT).time_to_live(KEPT_FOR).build()
}

fn scene(sketch: &Sketch, instrument: &Instrument, theme: Theme) -> Scene {
    Scene {
        title: format!("{} {}", sketch.symbol, sketch.signal),
        subtitle: format!("Score {:.1} · {} · {}", sketch.score, sketch.verdict, sketch.risk_mode),
        market: format!("{} {} · {}", sketch.venue, sketch.instrument, INTERVAL.as_str()),
        watermark: (sketch.data_source != "live").then(|| format!("{} data", sketch.data_source)),
        side: match sketch.signal.as_str() {
            "LONG" => Side::Long,
            "SHORT" => Side::Short,
            _ => Side::Neutral,
        },
        at: sketch.at,
        candles: Vec::new(),
        decimals: instrument.tick_size.normalize().scale(),
        entry: sketch.entry,
        stop: sketch.stop,
        target: sketch.target,
        zones: Vec::new(),
        theme,
    }
}

/// The nearest unmitigated zones.
fn zones(reading: &Reading) -> Vec<Zone> {
    let nearest = reading.zones_above.iter().take(ZONES).chain(reading.zones_below.iter().take(ZONES));
    nearest.map(zone).collect()
}

fn zone(zone: &ZoneReading) -> Zone {
    Zone {
        from: zone.at,
        bottom: zone.bottom,
        top: zone.top,
        is_bullish: zone.direction == Direction::Bullish,
        label: match zone.kind {
            ZoneKind::FairValueGap => "FVG",
            ZoneKind::OrderBlock => "OB",
        }
        .to_owned(),
    }
}
