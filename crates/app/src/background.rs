//! The background scan: evaluates a list of coins, or the market's most promising ones, every interval. Off
//! unless configured. Each slot of time is taken once, whatever restarts and however many instances run.

use std::sync::Arc;
use std::time::Duration;

use domain::{Mode, UtcMs};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::value::to_raw_value;
use tokio_util::sync::CancellationToken;

use crate::App;
use crate::signals::SignalRequest;

/// What the background scan does.
#[derive(Clone, Debug)]
pub struct BackgroundScan {
    /// Distance between two rounds, on the program's clock.
    pub every_ms: i64,
    /// Coins to evaluate; the market's most promising ones where empty.
    pub symbols: Vec<String>,
    /// Thresholds.
    pub mode: Mode,
}

/// Under which name the slot that was taken last is kept.
const SLOT: &str = "job.background_scan.slot";
/// How often the clock is looked at. A replay's clock may run fast.
const LOOK_PACE: Duration = Duration::from_millis(250);
/// Evaluations at once: the background never takes the room of callers.
const AT_ONCE: usize = 4;

impl App {
    /// Runs rounds until stopped.
    pub async fn background_scan(self: Arc<Self>, scan: BackgroundScan, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(LOOK_PACE);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut done = i64::MIN;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            let slot = self.clock.now().0.div_euclid(scan.every_ms.max(1));
            if slot <= done {
                continue;
            }
            match self.take_slot(slot).await {
                Ok(true) => {
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = self.round(&scan) => {}
                    }
                }
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "the background scan cannot tell whether this round is taken; it is left out");
                }
            }
            done = slot;
        }
    }

    /// Takes a slot, unless this or another instance has taken it or a later one.
    async fn take_slot(&self, slot: i64) -> Result<bool, store::StoreError> {
        let known = self.store.state(SLOT).await?;
        let taken = known.as_ref().and_then(|entry| entry.value.get().parse::<i64>().ok());
        if taken.is_some_and(|taken| taken >= slot) {
            return Ok(false);
        }
        let Ok(value) = to_raw_value(&slot) else { return Ok(false) };
        self.store.set_state_if(SLOT, known.map_or(0, |entry| entry.version), value).await
    }

    async fn round(self: &Arc<Self>, scan: &BackgroundScan) {
        let started: UtcMs = self.clock.now();
        let outcome = if scan.symbols.is_empty() {
            let found = self.scan(scan.mode, usize::MAX, None, |_| {}).await;
            found.map(|answer| (answer.results.len(), answer.failed.len()))
        } else {
            let request = SignalRequest { mode: scan.mode, ..SignalRequest::default() };
            let mut work: FuturesUnordered<_> = FuturesUnordered::new();
            let mut symbols = scan.symbols.iter().cloned();
            let mut made = 0;
            loop {
                while work.len() < AT_ONCE
                    && let Some(symbol) = symbols.next()
                {
                    let app = Arc::clone(self);
                    work.push(async move {
                        let outcome = app.signal(&symbol, request).await;
                        if let Err(error) = &outcome {
                            tracing::debug!(symbol, %error, "no signal in the background");
                        }
                        outcome.is_ok()
                    });
                }
                match work.next().await {
                    Some(is_made) => made += usize::from(is_made),
                    None => break,
                }
            }
            Ok((made, scan.symbols.len() - made))
        };
        match outcome {
            Ok((made, failed)) => tracing::info!(made, failed, at = %started, "background scan"),
            Err(error) => tracing::warn!(%error, "the background scan found nothing to evaluate"),
        }
    }
}
