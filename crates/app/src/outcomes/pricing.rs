//! Candles and settlements of the past at hand: signals of one coin made in the same minute are judged by the
//! same ones, which never change once they are told in full.

use std::sync::Arc;
use std::time::Duration;

use domain::{Candle, DAY_MS, Funding, Instrument, Interval, ProviderError, UtcMs, Venue};
use engine::{Outcome, Position};
use moka::future::Cache;
use upstream::Ask;

use super::funded::Funded;
use super::is_lasting;
use crate::App;

/// Candles held in memory, over all windows (72 bytes each).
const CANDLES_IN_MEMORY: u64 = 300_000;
/// Lists of settlements held in memory.
const LISTS_IN_MEMORY: u64 = 2_000;
/// Real time after which what nobody asks for leaves.
const IDLE: Duration = Duration::from_mins(10);
/// How far before the entry settlements are read at least, so that one tells the interval; by whole days, so
/// that signals share them.
const FUNDING_BEFORE_MS: i64 = DAY_MS;

/// So many candles of a contract, up to an instant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Window {
    venue: Venue,
    native_symbol: String,
    interval: Interval,
    end: UtcMs,
    bars: u32,
}

impl Window {
    /// Whether these are all candles of the window: then they are final.
    fn is_whole(&self, candles: &[Candle]) -> bool {
        let start = self.end.plus_ms(-i64::from(self.bars) * self.interval.ms());
        let within = candles.iter().filter(|candle| (start..self.end).contains(&candle.open_time));
        u32::try_from(within.count()).is_ok_and(|count| count >= self.bars)
    }
}

/// Settlements of a contract from an instant on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Since {
    venue: Venue,
    native_symbol: String,
    from: UtcMs,
}

#[derive(Debug)]
struct Settled {
    rows: Vec<Funding>,
    /// When the exchange told them: all that were settled by then.
    known_at: UtcMs,
}

/// Candles that came, but not to stay; or none.
enum Passing {
    Incomplete(Arc<Vec<Candle>>),
    Failed(ProviderError),
}

/// What was asked for lately.
#[derive(Debug)]
pub(crate) struct Prices {
    candles: Cache<Window, Arc<Vec<Candle>>>,
    settled: Cache<Since, Arc<Settled>>,
}

impl Default for Prices {
    fn default() -> Self {
        let candles = Cache::builder()
            .weigher(|_, candles: &Arc<Vec<Candle>>| u32::try_from(candles.len() + 8).unwrap_or(u32::MAX))
            .max_capacity(CANDLES_IN_MEMORY)
            .time_to_idle(IDLE)
            .build();
        let settled = Cache::builder().max_capacity(LISTS_IN_MEMORY).time_to_idle(IDLE).build();
        Self { candles, settled }
    }
}

impl App {
    /// The candles that judge a position, from memory where they are complete there. Simultaneous checks of
    /// one window make one call.
    pub(super) async fn candles_of(
        &self,
        instrument: &Instrument,
        interval: Interval,
        position: &Position,
        ask: Ask,
    ) -> Result<Arc<Vec<Candle>>, ProviderError> {
        let window = Window {
            venue: instrument.venue,
            native_symbol: instrument.native_symbol.clone(),
            interval,
            end: position.complete_at(interval).floor(interval.ms()),
            bars: position.bars_needed(interval),
        };
        let load = async {
            let exchange = self.market.exchanges.at(instrument.venue);
            let asked = exchange.candles(instrument, interval, window.bars, Some(window.end), ask).await;
            let candles = Arc::new(asked.map_err(Passing::Failed)?.value);
            if window.is_whole(&candles) { Ok(candles) } else { Err(Passing::Incomplete(candles)) }
        };
        match self.prices.candles.try_get_with_by_ref(&window, load).await {
            Ok(candles) => Ok(candles),
            Err(passing) => match passing.as_ref() {
                Passing::Incomplete(candles) => Ok(Arc::clone(candles)),
                Passing::Failed(error) => Err(error.clone()),
            },
        }
    }

    /// The settlements that fall into a holding time, from memory where they cover it.
    pub(super) async fn funded(&self, instrument: &Instrument, held: &Outcome, ask: Ask) -> Funded {
        let since = Since {
            venue: instrument.venue,
            native_symbol: instrument.native_symbol.clone(),
            from: held.entry_at.plus_ms(-FUNDING_BEFORE_MS).floor(DAY_MS),
        };
        if let Some(kept) = self.prices.settled.get(&since).await
            && kept.known_at >= held.exit_at
            && let known @ Funded::Known(_) = Funded::of(&kept.rows, held, kept.known_at)
        {
            return known;
        }
        let exchange = self.market.exchanges.at(instrument.venue);
        match exchange.funding_history(instrument, since.from, ask).await {
            Ok(told) => {
                let funded = Funded::of(&told.value, held, self.clock.now());
                let settled = Settled { rows: told.value, known_at: told.received_at };
                self.prices.settled.insert(since, Arc::new(settled)).await;
                funded
            }
            Err(error) if is_lasting(error.kind) => Funded::Unknown(error.message),
            Err(error) => Funded::Soon(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_window_without_a_hole_is_kept() {
        let candle = |minute: i64| Candle {
            open_time: UtcMs(minute * 60_000),
            open: 1.0,
            high: 1.0,
            low: 1.0,
            close: 1.0,
            volume: 0.0,
            quote_volume: None,
            taker_buy_volume: None,
        };
        let window = Window {
            venue: Venue::Okx,
            native_symbol: "BTC-USDT-SWAP".to_owned(),
            interval: Interval::M1,
            end: UtcMs(10 * 60_000),
            bars: 3,
        };
        let all: Vec<Candle> = (6..11).map(candle).collect();
        assert!(window.is_whole(&all));
        assert!(window.is_whole(&all[1..4]));
        assert!(!window.is_whole(&all[2..]), "the last one after the end does not count");
        assert!(!window.is_whole(&[candle(7), candle(9)]));
    }
}
