//! LunarCrush as the market reads it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{
    Clock, CoinId, DAY_MS, ErrorKind, HOUR_MS, Observed, ProviderError, SocialState, Source, UtcMs,
};
use serde::Deserialize;
use upstream::{Args, Ask, Call, Endpoint, Fetched, Lane};

use crate::convert::{self, CoinSocial};
use crate::endpoints::coins;
use crate::rows::{CoinRow, SeriesRow};

/// How long a "not in your plan" is believed before it is asked for again.
const REFUSAL_MS: i64 = 6 * HOUR_MS;
/// Rows of the coin list: as many as one call gives.
const LIST_ROWS: u32 = 1_000;

/// LunarCrush v4.
#[derive(Debug)]
pub struct LunarCrush {
    lane: Lane,
    clock: Arc<dyn Clock>,
    /// Endpoints that the provider said are not in the plan, and when.
    refused: Mutex<BTreeMap<&'static str, UtcMs>>,
}

impl LunarCrush {
    /// On a lane.
    #[must_use]
    pub fn new(lane: Lane, clock: Arc<dyn Clock>) -> Self {
        Self { lane, clock, refused: Mutex::default() }
    }

    /// The way out, for its state.
    pub const fn lane(&self) -> &Lane {
        &self.lane
    }

    /// Any endpoint; the data inside the envelope as JSON text, or the whole answer where there is none.
    ///
    /// What the provider refused for the plan is not asked for again for some hours, unless a fresh
    /// answer is asked for: the quotas are small.
    pub async fn raw(&self, endpoint: &Endpoint, args: Args, ask: Ask) -> Result<Fetched, ProviderError> {
        let now = self.clock.now();
        if !ask.fresh && self.refusals().get(endpoint.id).is_some_and(|at| now.since(*at) < REFUSAL_MS) {
            let text = format!("{} is not in the key's plan, as the provider said before", endpoint.id);
            return Err(failure(ErrorKind::PlanLimited, text));
        }
        let answer = self.lane.get(Call::new(endpoint, args).ask(ask)).await;
        if matches!(&answer, Err(error) if error.kind == ErrorKind::PlanLimited) {
            self.refusals().insert(endpoint.id, now);
        }
        answer
    }

    /// A coin's sentiment and activity by day from `since` on, and its newest galaxy score and alt rank.
    /// A day is known at its end; the running one is left out.
    pub async fn social(
        &self,
        coin: &CoinId,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Observed<SocialState>, ProviderError> {
        let now = self.clock.now();
        let args = Args::new().with("coin", coin).with("bucket", "day").with("interval", span(since, now));
        let answer = self.raw(&coins::COIN_TIME_SERIES, args, ask).await?;
        if let Some(other) = convert::answered_symbol(answer.body()).filter(|other| *other != coin.0) {
            let text = format!("asked for {coin}, LunarCrush answered for {other}");
            return Err(failure(ErrorKind::NotFound, text));
        }
        let computed_at = convert::generated_at(answer.body()).unwrap_or(answer.received_at);
        let rows: Vec<SeriesRow<'_>> = read(&answer)?;
        let (as_of, value) = convert::social_state(&rows, since, computed_at.min(now)).ok_or_else(|| {
            failure(ErrorKind::NoData, format!("no closed day of social figures for {coin}"))
        })?;
        Ok(observed(value, as_of, &answer))
    }

    /// The thousand largest coins with their social figures of 24 hours, largest first: the fresh list,
    /// or the hourly one where the plan or the key does not open the fresh one.
    pub async fn coins_list(&self, ask: Ask) -> Result<Observed<Vec<CoinSocial>>, ProviderError> {
        let args = Args::new().with("sort", "market_cap_rank").with("limit", LIST_ROWS);
        let answer = match self.raw(&coins::COINS_LIST_V2, args.clone(), ask).await {
            Err(error) if matches!(error.kind, ErrorKind::PlanLimited | ErrorKind::KeyInvalid) => {
                self.raw(&coins::COINS_LIST_V1, args, ask).await?
            }
            answer => answer?,
        };
        let rows: Vec<CoinRow<'_>> = read(&answer)?;
        let value = convert::coins(&rows);
        if value.is_empty() {
            return Err(failure(ErrorKind::NoData, "the list of coins is empty"));
        }
        let computed_at = convert::generated_at(answer.body()).unwrap_or(answer.received_at);
        Ok(observed(value, computed_at.min(self.clock.now()), &answer))
    }

    fn refusals(&self) -> MutexGuard<'_, BTreeMap<&'static str, UtcMs>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The shortest of the provider's spans that surely reaches back to `since`, whatever it takes a month for.
fn span(since: UtcMs, now: UtcMs) -> &'static str {
    match now.since(since).max(0) / DAY_MS {
        0..=5 => "1w",
        6..=26 => "1m",
        27..=86 => "3m",
        87..=178 => "6m",
        179..=362 => "1y",
        _ => "all",
    }
}

fn failure(kind: ErrorKind, message: impl Into<String>) -> ProviderError {
    ProviderError::new(Source::LunarCrush, kind, message)
}

fn read<'a, T: Deserialize<'a>>(answer: &'a Fetched) -> Result<T, ProviderError> {
    serde_json::from_slice(answer.data())
        .map_err(|error| failure(ErrorKind::Malformed, format!("the data are not as documented: {error}")))
}

fn observed<T>(value: T, as_of: UtcMs, answer: &Fetched) -> Observed<T> {
    Observed { value, source: Source::LunarCrush, venue: None, as_of, received_at: answer.received_at }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_span_reaches_back_far_enough() {
        let now = UtcMs(1_760_000_000_000);
        let of = |days: i64| span(now.plus_ms(-days * DAY_MS), now);
        assert_eq!([1, 5, 20, 30, 90, 200, 400].map(of), ["1w", "1w", "1m", "3m", "6m", "1y", "all"]);
        assert_eq!(of(-3), "1w");
    }
}
