//! The whole market in two rounds: bulk calls for all contracts, then a full evaluation of the most promising
//! ones. The answer tells which coins were looked at in full.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use domain::{Instrument, Mode, Ticker, UtcMs, Venue};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::Semaphore;
use upstream::Ask;

use crate::overview::FailureAnswer;
use crate::signals::{Served, SignalRequest};
use crate::{App, AppError};

/// How the market is scanned.
#[derive(Clone, Copy, Debug)]
pub struct ScanConfig {
    /// Coins evaluated in full.
    pub full: usize,
    /// Evaluations at once.
    pub at_once: usize,
    /// Least 24 h turnover of a coin that is looked at, in USD.
    pub min_quote_volume_usd: f64,
}

/// What the scan found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScanAnswer {
    /// When the scan began.
    pub timestamp: UtcMs,
    /// live, replay or simulated.
    pub data_source: String,
    /// The exchange whose contracts were scanned.
    pub venue: Venue,
    /// conservative, aggressive or ultra.
    pub mode: Mode,
    /// Contracts listed.
    pub listed: usize,
    /// Contracts with enough turnover to be looked at.
    pub considered: usize,
    /// Coins evaluated in full, the most promising first.
    pub evaluated: Vec<String>,
    /// The coins farthest from neutral, farthest first.
    pub results: Vec<ScanRow>,
    /// Coins that were to be evaluated but gave no signal, with the reason.
    pub failed: Vec<FailureAnswer>,
    /// How long it took.
    pub duration_ms: u64,
}

/// One coin of the scan.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScanRow {
    /// Coin ticker.
    pub symbol: String,
    /// The exchange's own name of the contract.
    pub instrument: String,
    /// LONG, SHORT or NEUTRAL.
    pub signal: String,
    /// 0-100; 50 is neutral.
    pub score: f64,
    /// high, medium or low.
    pub confidence: String,
    /// Last price, per contract unit.
    pub price: f64,
    /// Change over 24 h.
    #[serde(rename = "change24hPct")]
    pub change_24h_pct: Option<f64>,
    /// Turnover of 24 h.
    #[serde(rename = "quoteVolume24hUsd")]
    pub quote_volume_24h_usd: Option<f64>,
    /// CONFIRM, DOWNSIZE, SKIP or WAIT.
    pub verdict: String,
    /// Share of the evidence that was there.
    pub coverage: f64,
    /// The strongest factor, in a sentence.
    pub reason: Option<String>,
    /// The signal's id.
    pub id: String,
}

/// How far a scan has come; for a progress bar.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Coins done.
    pub done: usize,
    /// Coins to do.
    pub total: usize,
}

/// A figure of a bulk answer.
type Measure = fn(&Ticker) -> Option<f64>;

struct Candidate {
    instrument: Arc<Instrument>,
    ticker: Ticker,
    interest: f64,
}

impl App {
    /// Scans all USDT perpetuals of the main venue: `top` rows, farthest from neutral first.
    ///
    /// # Errors
    /// When neither the lists nor the venue's bulk answers can be had.
    pub async fn scan(
        self: &Arc<Self>,
        mode: Mode,
        top: usize,
        deadline: Option<Instant>,
        mut progress: impl FnMut(Progress) + Send,
    ) -> Result<ScanAnswer, AppError> {
        let (started, timestamp) = (Instant::now(), self.clock.now());
        let ask = Ask {
            deadline: deadline.or_else(|| Some(started + self.config.signal_deadline)),
            fresh: false,
            no_waiting: false,
        };
        let listing = self.market.listing(ask).await.map_err(AppError::NoListing)?;
        let universe = listing.directory.universe(listing.main_venue, "USDT");
        let listed = universe.len();
        let tickers = self.market.tickers(listing.main_venue, ask).await?;
        let mut candidates = candidates(universe, tickers, self.config.scan.min_quote_volume_usd);
        let considered = candidates.len();
        candidates.truncate(self.config.scan.full);
        let evaluated = candidates.iter().map(|each| each.instrument.symbol().to_owned()).collect::<Vec<_>>();
        let total = candidates.len();
        progress(Progress { done: 0, total });

        let places = Arc::new(Semaphore::new(self.config.scan.at_once.max(1)));
        let mut work: FuturesUnordered<_> = candidates
            .into_iter()
            .map(|candidate| {
                let (app, places) = (Arc::clone(self), Arc::clone(&places));
                async move {
                    let _place = places.acquire().await;
                    let request = SignalRequest { mode, fresh: false, deadline };
                    let outcome = app.signal_of(&candidate.instrument, request).await;
                    (candidate, outcome)
                }
            })
            .collect();
        let (mut results, mut failed) = (Vec::new(), Vec::new());
        let mut done = 0;
        while let Some((candidate, outcome)) = work.next().await {
            done += 1;
            progress(Progress { done, total });
            match outcome {
                Ok(served) => results.push(row(&candidate.ticker, &served)),
                Err(error) => failed.push(FailureAnswer {
                    source: candidate.instrument.symbol().to_owned(),
                    kind: error.code().to_owned(),
                    message: error.to_string(),
                }),
            }
        }
        results.sort_by(|a, b| {
            let distance = |row: &ScanRow| (row.score - 50.0).abs();
            distance(b).total_cmp(&distance(a)).then_with(|| a.symbol.cmp(&b.symbol))
        });
        results.truncate(top);
        failed.sort_by(|a, b| a.source.cmp(&b.source));
        Ok(ScanAnswer {
            timestamp,
            data_source: self.config.data_source.as_str().to_owned(),
            venue: listing.main_venue,
            mode,
            listed,
            considered,
            evaluated,
            results,
            failed,
            duration_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        })
    }
}

fn row(ticker: &Ticker, served: &Served) -> ScanRow {
    let answer = &served.answer;
    ScanRow {
        symbol: answer.symbol.clone(),
        instrument: answer.instrument.clone(),
        signal: answer.signal.clone(),
        score: answer.score,
        confidence: answer.confidence.clone(),
        price: answer.price,
        change_24h_pct: ticker.change_24h_pct,
        quote_volume_24h_usd: ticker.quote_volume_24h,
        verdict: answer.ai_verdict_layer.verdict.clone(),
        coverage: answer.data_quality.coverage,
        reason: answer.reasons.first().cloned(),
        id: answer.id.clone(),
    }
}

/// Liquid contracts, the ones where most is going on first.
///
/// What bulk answers tell is ranked within the market: the size of the day's move, the distance of funding
/// from its usual level, and turnover. Ranks, not values, so that no one outlier decides. This only chooses
/// whom to look at; it enters no score.
fn candidates(universe: Vec<Arc<Instrument>>, tickers: Vec<Ticker>, min_volume_usd: f64) -> Vec<Candidate> {
    let mut by_symbol: HashMap<String, Ticker> =
        tickers.into_iter().map(|ticker| (ticker.native_symbol.clone(), ticker)).collect();
    let mut candidates: Vec<Candidate> = universe
        .into_iter()
        .filter_map(|instrument| {
            let ticker = by_symbol.remove(&instrument.native_symbol)?;
            // A venue that tells no turnover cannot be filtered by it.
            let is_liquid = ticker.quote_volume_24h.is_none_or(|volume| volume >= min_volume_usd);
            is_liquid.then_some(Candidate { instrument, ticker, interest: 0.0 })
        })
        .collect();
    let measures: [(f64, Measure); 3] = [
        (1.0, |ticker| ticker.change_24h_pct.map(f64::abs)),
        (0.7, |ticker| {
            let per_hour = ticker.funding_rate? / ticker.funding_interval_h.filter(|hours| *hours > 0.0)?;
            Some((per_hour - USUAL_FUNDING_PER_HOUR).abs())
        }),
        (0.8, |ticker| ticker.quote_volume_24h),
    ];
    for (weight, measure) in measures {
        let mut values: Vec<f64> = candidates
            .iter()
            .filter_map(|each| measure(&each.ticker))
            .filter(|value| value.is_finite())
            .collect();
        values.sort_by(f64::total_cmp);
        for candidate in &mut candidates {
            if let Some(value) = measure(&candidate.ticker) {
                let below = values.partition_point(|other| *other < value);
                candidate.interest += weight * below as f64 / values.len().max(1) as f64;
            }
        }
    }
    candidates.sort_by(|a, b| {
        let by_interest = b.interest.partial_cmp(&a.interest).unwrap_or(Ordering::Equal);
        by_interest.then_with(|| a.instrument.native_symbol.cmp(&b.instrument.native_symbol))
    });
    candidates
}

/// 0.01 % per 8 h: the interest part that most venues add.
const USUAL_FUNDING_PER_HOUR: f64 = 0.000_1 / 8.0;
