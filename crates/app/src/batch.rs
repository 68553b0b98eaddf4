//! Many coins in one call. Each succeeds or fails by itself; a contract that is asked for twice is worked on
//! once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{ErrorKind, Instrument, ProviderError, Source, Ticker, UtcMs, Venue};
use futures_util::StreamExt as _;
use futures_util::stream;
use upstream::Ask;

use crate::signals::{Served, SignalRequest};
use crate::{App, AppError};

/// Coins worked on at once.
const AT_ONCE: usize = 8;
/// What is left of the caller's time for writing the answer.
const MARGIN: Duration = Duration::from_millis(500);

/// A coin's last price.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchPrice {
    /// The contract.
    pub instrument: Arc<Instrument>,
    /// Last price, as the exchange quotes it.
    pub price: f64,
    /// Change over 24 hours in percent, where told.
    pub change_24h_pct: Option<f64>,
    /// Turnover of 24 hours in quote currency, where told.
    pub quote_volume_24h: Option<f64>,
    /// The instant the price stands for.
    pub as_of: UtcMs,
    /// Who served it.
    pub source: Source,
}

/// One contract among those asked for.
type Key = (Venue, String);

fn key(instrument: &Instrument) -> Key {
    (instrument.venue, instrument.native_symbol.clone())
}

/// The contracts that inputs mean, each once, and for each input its contract or why there is none.
struct Plan {
    contracts: BTreeMap<Key, Arc<Instrument>>,
    inputs: Vec<Result<Key, AppError>>,
}

impl App {
    async fn plan(&self, symbols: &[String], ask: Ask) -> Plan {
        let mut plan = Plan { contracts: BTreeMap::new(), inputs: Vec::with_capacity(symbols.len()) };
        for symbol in symbols {
            let found = self.resolve(symbol, ask).await.map(|resolved| {
                let key = key(&resolved.instrument);
                plan.contracts.entry(key.clone()).or_insert(resolved.instrument);
                key
            });
            plan.inputs.push(found);
        }
        plan
    }

    /// A signal for each input, in their order. Those that are not ready in time are told as timed out.
    pub async fn signals_of(
        self: &Arc<Self>,
        symbols: &[String],
        request: SignalRequest,
    ) -> Vec<Result<Arc<Served>, AppError>> {
        let started = Instant::now();
        let plan =
            self.plan(symbols, Ask { deadline: request.deadline, fresh: false, no_waiting: false }).await;
        let end = request.deadline.map(|deadline| deadline.checked_sub(MARGIN).unwrap_or(deadline));
        let work: Vec<_> = plan
            .contracts
            .into_iter()
            .map(|(key, instrument)| {
                let app = Arc::clone(self);
                async move {
                    let signal = app.signal_of(&instrument, request);
                    let outcome = match end {
                        None => signal.await,
                        Some(end) => match tokio::time::timeout_at(end.into(), signal).await {
                            Ok(outcome) => outcome,
                            Err(_) => Err(AppError::TimedOut {
                                limit_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
                            }),
                        },
                    };
                    (key, outcome)
                }
            })
            .collect();
        let made = stream::iter(work).buffer_unordered(AT_ONCE).collect::<HashMap<_, _>>().await;
        spread(plan.inputs, &made)
    }

    /// The last price of each input, in their order: out of the venue's whole-market answer, and contract by
    /// contract for those that are not in it.
    pub async fn prices_of(
        self: &Arc<Self>,
        symbols: &[String],
        ask: Ask,
    ) -> Vec<Result<BatchPrice, AppError>> {
        let plan = self.plan(symbols, Ask { fresh: false, ..ask }).await;
        let mut tickers: HashMap<Key, Ticker> = HashMap::new();
        for venue in Venue::ALL {
            if plan.contracts.keys().any(|(of, _)| *of == venue)
                && let Ok(rows) = self.market.tickers(venue, ask).await
            {
                tickers.extend(rows.into_iter().map(|row| ((venue, row.native_symbol.clone()), row)));
            }
        }
        let work: Vec<_> = plan
            .contracts
            .into_iter()
            .map(|(key, instrument)| {
                let (app, ticker) = (Arc::clone(self), tickers.remove(&key));
                async move {
                    let outcome = match ticker {
                        Some(ticker) => Ok(of_ticker(&instrument, &ticker)),
                        None => app.price_alone(&instrument, ask).await,
                    };
                    (key, outcome)
                }
            })
            .collect();
        let made = stream::iter(work).buffer_unordered(AT_ONCE).collect::<HashMap<_, _>>().await;
        spread(plan.inputs, &made)
    }

    async fn price_alone(&self, instrument: &Arc<Instrument>, ask: Ask) -> Result<BatchPrice, AppError> {
        let got = self.market.exchanges.at(instrument.venue).last_price(instrument, ask).await?;
        Ok(BatchPrice {
            instrument: Arc::clone(instrument),
            price: got.value,
            change_24h_pct: None,
            quote_volume_24h: None,
            as_of: got.as_of,
            source: got.source,
        })
    }
}

fn of_ticker(instrument: &Arc<Instrument>, ticker: &Ticker) -> BatchPrice {
    BatchPrice {
        instrument: Arc::clone(instrument),
        price: ticker.last,
        change_24h_pct: ticker.change_24h_pct,
        quote_volume_24h: ticker.quote_volume_24h,
        as_of: ticker.at,
        source: instrument.venue.source(),
    }
}

/// Each input's outcome out of its contract's.
fn spread<T: Clone>(
    inputs: Vec<Result<Key, AppError>>,
    made: &HashMap<Key, Result<T, AppError>>,
) -> Vec<Result<T, AppError>> {
    inputs
        .into_iter()
        .map(|input| {
            let key = input?;
            made.get(&key).cloned().unwrap_or_else(|| {
                let text = format!("no outcome for {}", key.1);
                Err(ProviderError::new(key.0.source(), ErrorKind::NoData, text).into())
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_of_one_contract_share_its_outcome_and_failures_stay_alone() {
        let key = || (Venue::Binance, "BTCUSDT".to_owned());
        let made = HashMap::from([(key(), Ok(7))]);
        let missing = (Venue::Okx, "X".to_owned());
        let found = spread(vec![Ok(key()), Err(AppError::Internal), Ok(key()), Ok(missing)], &made);
        assert!(matches!(
            found.as_slice(),
            [Ok(7), Err(AppError::Internal), Ok(7), Err(AppError::Provider(_))]
        ));
    }
}
