//! The signal: one evaluation per coin and mode at a time, served again while it is fresh.

mod answer;
mod build;
mod keep;
mod meanings;
mod size;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::{Instrument, MarketSnapshot, Mode, UtcMs, Venue};
use engine::{Insufficient, Report};
use moka::future::Cache;
use serde_json::value::RawValue;
use upstream::Ask;

pub use answer::{
    DataQuality, FactorAnswer, LayerChecks, Metrics, MissingFactor, PositionSizeAnswer, SignalAnswer,
    VerdictAnswer, VolatilityMetrics,
};

pub use size::SizeAsk;

use crate::{App, AppConfig, AppError, structure};

/// Signals kept to be served again.
const KEPT: u64 = 4_000;

/// A signal, and its JSON written once.
#[derive(Debug)]
pub struct Served {
    /// The answer without its debug block.
    pub answer: SignalAnswer,
    /// The answer as JSON.
    pub json: Box<RawValue>,
    /// The same with the debug block.
    pub debug_json: Box<RawValue>,
    /// The plain answer's JSON once more, to be served without a copy.
    pub body: Bytes,
    /// When it was made, on the program's clock.
    pub made_at: UtcMs,
    /// The contract.
    pub instrument: Arc<Instrument>,
}

impl Served {
    /// The JSON with these notes, with or without the debug block.
    ///
    /// # Errors
    /// Only when JSON cannot be written.
    pub fn noted(&self, notes: &[String], debug: bool) -> Result<Box<RawValue>, AppError> {
        let json = if debug { &self.debug_json } else { &self.json };
        if notes.is_empty() {
            return Ok(json.clone());
        }
        let failed = |error| {
            tracing::error!(%error, "an answer could not be written as JSON");
            AppError::Internal
        };
        let inner = json.get().trim_end().strip_suffix('}').unwrap_or_default();
        let notes = serde_json::to_string(notes).map_err(failed)?;
        RawValue::from_string(format!("{inner},\"notes\":{notes}}}")).map_err(failed)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    venue: Venue,
    symbol: String,
    mode: Mode,
    /// Whether providers' caches are passed by: who asks for that must not join an evaluation that uses them.
    fresh: bool,
}

impl Key {
    fn of(instrument: &Instrument, request: SignalRequest) -> Self {
        let SignalRequest { mode, fresh, .. } = request;
        Self { venue: instrument.venue, symbol: instrument.native_symbol.clone(), mode, fresh }
    }
}

/// Signals at hand.
#[derive(Debug)]
pub struct Signals {
    cache: Cache<Key, Arc<Served>>,
    fresh_ms: i64,
    meanings: meanings::Meanings,
    /// Found in the recorder once.
    served_again: OnceLock<metrics::Counter>,
}

impl Signals {
    pub(crate) fn new(fresh_for: Duration) -> Self {
        Self {
            cache: Cache::builder().max_capacity(KEPT).build(),
            fresh_ms: i64::try_from(fresh_for.as_millis()).unwrap_or(i64::MAX),
            meanings: meanings::Meanings::default(),
            served_again: OnceLock::new(),
        }
    }

    /// Forgets every signal at hand.
    pub(crate) fn forget(&self) {
        self.cache.invalidate_all();
    }
}

/// The verdict of a report, as callers read it.
pub(crate) fn verdict_of(snapshot: &MarketSnapshot, report: &Report, config: &AppConfig) -> VerdictAnswer {
    build::answer(snapshot, report, config).ai_verdict_layer
}

impl AppError {
    /// Too little is known for a signal.
    pub(crate) fn insufficient(short: &Insufficient) -> Self {
        Self::InsufficientData {
            coverage: short.coverage,
            floor: short.floor,
            missing: build::missing(&short.missing),
        }
    }
}

/// A decision, with what it was made of.
pub(crate) struct Decided {
    /// What was known.
    pub snapshot: MarketSnapshot,
    /// Smart money concepts, where there are enough candles.
    pub structure: Option<structure::Structure>,
    /// The decision.
    pub decision: engine::Decision,
}

/// What is asked of a signal.
#[derive(Clone, Copy, Debug, Default)]
pub struct SignalRequest {
    /// Thresholds.
    pub mode: Mode,
    /// Pass every cache by.
    pub fresh: bool,
    /// When the caller stops waiting.
    pub deadline: Option<Instant>,
}

impl App {
    /// The signal of a coin. Any number of simultaneous callers make one evaluation.
    ///
    /// # Errors
    /// An unknown symbol, too little evidence, or no time left.
    pub async fn signal(
        self: &Arc<Self>,
        symbol: &str,
        request: SignalRequest,
    ) -> Result<Arc<Served>, AppError> {
        if let Some(listing) = self.market.usable_listing()
            && let Some(meant) = self.signals.meanings.of(symbol, &listing)
            && let Some(served) = self.at_hand(&Key::of(&meant.instrument, request), request).await
        {
            return Ok(served);
        }
        // Boxed: what is at hand is answered most often, and must not carry the evaluation's state along.
        Box::pin(self.signal_in_time(symbol, request)).await
    }

    /// What one should know of the contract that a symbol is taken for. Nothing where that is not known.
    #[must_use]
    pub fn notes_on(&self, symbol: &str) -> Arc<[String]> {
        let listing = self.market.usable_listing();
        let meant = listing.and_then(|listing| self.signals.meanings.of(symbol, &listing));
        meant.map(|meant| meant.notes).unwrap_or_default()
    }

    async fn signal_in_time(
        self: &Arc<Self>,
        symbol: &str,
        request: SignalRequest,
    ) -> Result<Arc<Served>, AppError> {
        let started = Instant::now();
        let limit = self.config.signal_deadline;
        let ask = Ask { deadline: Some(started + limit), fresh: request.fresh, no_waiting: false };
        let resolved = self.resolve(symbol, ask).await?;
        let wait = async { self.signal_of(&resolved.instrument, request).await };
        match request.deadline {
            None => wait.await,
            Some(deadline) => match tokio::time::timeout_at(deadline.into(), wait).await {
                Ok(outcome) => outcome,
                Err(_) => Err(AppError::TimedOut {
                    limit_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
                }),
            },
        }
    }

    /// The signal of the last seconds, made with the present weights and of the candle that is still the last. One
    /// that is not is forgotten.
    async fn at_hand(&self, key: &Key, request: SignalRequest) -> Option<Arc<Served>> {
        let served = self.signals.cache.get(key).await?;
        let now = self.clock.now();
        let is_young = now.since(served.made_at) < self.signals.fresh_ms && now < served.answer.expires_at;
        let same_weights = served.answer.weights_id == self.engine().weights_id();
        if !request.fresh && is_young && same_weights {
            let served_again = || metrics::counter!("perpsignal_signals_total", "outcome" => "cached");
            self.signals.served_again.get_or_init(served_again).increment(1);
            return Some(served);
        }
        self.signals.cache.invalidate(key).await;
        None
    }

    /// The signal of a contract that is resolved already.
    ///
    /// # Errors
    /// Too little evidence.
    pub async fn signal_of(
        self: &Arc<Self>,
        instrument: &Arc<Instrument>,
        request: SignalRequest,
    ) -> Result<Arc<Served>, AppError> {
        let key = Key::of(instrument, request);
        if let Some(served) = self.at_hand(&key, request).await {
            return Ok(served);
        }
        let evaluation = {
            let (app, instrument) = (Arc::clone(self), Arc::clone(instrument));
            async move {
                // A task of its own: the evaluation ends and fills the cache though its caller went away.
                let work = tokio::spawn(async move { app.evaluate(&instrument, request).await });
                work.await.unwrap_or_else(|error| {
                    tracing::error!(%error, "an evaluation ended in a panic");
                    Err(AppError::Internal)
                })
            }
        };
        let made = self.signals.cache.try_get_with(key.clone(), evaluation).await;
        let served = made.map_err(|error| AppError::clone(&error))?;
        if key.fresh {
            // For those who ask for no more than a young one.
            self.signals.cache.insert(Key { fresh: false, ..key }, Arc::clone(&served)).await;
        }
        Ok(served)
    }

    /// Gathers what is known of a contract, and decides by it.
    pub(crate) async fn decide(&self, instrument: &Arc<Instrument>, mode: Mode, ask: Ask) -> Decided {
        let known = self.book.known(&self.market.wanted_series(instrument)).await;
        // Boxed: a snapshot is many calls at once, and their state would weigh down every caller's future.
        let gathered = Box::pin(self.market.snapshot(instrument, &known, ask)).await;
        self.book.keep(gathered.learned);
        let snapshot = gathered.snapshot;
        let structure = snapshot
            .candles_4h
            .as_ref()
            .ok()
            .and_then(|candles| structure::at_decision(&candles.value, snapshot.at, instrument));
        let context = structure.as_ref().map(|structure| &structure.context);
        let decision = engine::evaluate(&snapshot, mode, &self.engine(), context);
        Decided { snapshot, structure, decision }
    }

    /// One evaluation: gather, decide, judge, keep, write down.
    async fn evaluate(
        self: &Arc<Self>,
        instrument: &Arc<Instrument>,
        request: SignalRequest,
    ) -> Result<Arc<Served>, AppError> {
        let started = Instant::now();
        let ask = Ask {
            deadline: Some(started + self.config.signal_deadline),
            fresh: request.fresh,
            no_waiting: false,
        };
        let Decided { snapshot, structure, decision } = self.decide(instrument, request.mode, ask).await;
        let outcome = match decision {
            engine::Decision::Signal(report) => {
                let (report, judgement) =
                    self.under_verdict(*report, instrument, started, request.deadline).await;
                let mut answer = build::answer(&snapshot, &report, &self.config);
                let context = structure.as_ref().map(|structure| structure.context);
                answer.smc_analysis = structure.map(|structure| structure.block);
                judgement.sign(&mut answer.ai_verdict_layer);
                self.keep_signal(&answer, &report).await?;
                self.observe_challenger(&answer, &snapshot, context.as_ref()).await;
                let mut debug = build::debug(&snapshot, &report);
                judgement.explain(&mut debug);
                build::serve(answer, debug, Arc::clone(instrument)).map(Arc::new)
            }
            engine::Decision::Insufficient(short) => Err(AppError::insufficient(&short)),
        };
        let label = if outcome.is_ok() { "made" } else { "refused" };
        metrics::counter!("perpsignal_signals_total", "outcome" => label).increment(1);
        metrics::histogram!("perpsignal_evaluation_seconds").record(started.elapsed().as_secs_f64());
        outcome
    }
}
