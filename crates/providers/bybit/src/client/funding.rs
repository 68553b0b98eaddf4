use domain::{DAY_MS, Funding, HOUR_MS, Instrument, Observed, ProviderError, Settlement, UtcMs};
use futures_util::future::try_join_all;
use upstream::Ask;
use upstream::paging::{Span, spans};

use super::{Bybit, linear, no_data, observed};
use crate::convert;
use crate::endpoints::FUNDING_HISTORY;

/// Most rows of a page of settlements.
const SETTLEMENTS_PER_PAGE: u32 = 200;
/// Hourly settlements in a span that was cut for eight hours fill this many pages.
const MOST_PAGES: usize = 8;
/// Longest history of one read.
const MOST_HISTORY_MS: i64 = 366 * DAY_MS;
/// The usual interval, for cutting spans where the contract's own is not known.
const USUAL_INTERVAL_H: u32 = 8;
/// The longest interval in use: one settlement at least lies this far back.
const LONGEST_INTERVAL_MS: i64 = 8 * HOUR_MS;

impl Bybit {
    /// The running funding rate.
    pub async fn funding_now(
        &self,
        instrument: &Instrument,
        ask: Ask,
    ) -> Result<Observed<Funding>, ProviderError> {
        let told = self.ticker(instrument, ask).await?;
        let ticker = &told.value;
        let interval_h = ticker.funding_interval_h.or(instrument.funding_interval_h.map(f64::from));
        let (Some(rate), Some(interval_h)) = (ticker.funding_rate, interval_h) else {
            return Err(no_data("running funding", &instrument.native_symbol));
        };
        let funding =
            Funding { rate, interval_h, running: true, at: told.as_of, next_at: ticker.next_funding_at };
        Ok(told.map(|_| funding))
    }

    /// Settled rates from `since` on, ascending, a year back at most.
    pub async fn funding_history(
        &self,
        instrument: &Instrument,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Observed<Vec<Funding>>, ProviderError> {
        let interval_h = instrument.funding_interval_h.unwrap_or(USUAL_INTERVAL_H);
        let step_ms = i64::from(interval_h) * HOUR_MS;
        // Up to the end of the running hour: the same arguments all through it, for the cache.
        let end = self.now().floor(HOUR_MS).plus_ms(HOUR_MS - 1);
        let earliest = end.plus_ms(-MOST_HISTORY_MS);
        let since = since.max(instrument.onboard_at.unwrap_or(since)).max(earliest);
        // One settlement more than asked for tells the interval of the first.
        let from = since.floor(HOUR_MS).plus_ms(-LONGEST_INTERVAL_MS);
        let calls = spans(from, end, step_ms, i64::from(SETTLEMENTS_PER_PAGE))
            .into_iter()
            .map(|span| self.settlements(instrument, span, ask));
        let mut settlements = Vec::new();
        let mut received_at = UtcMs::default();
        for (page, page_received_at) in try_join_all(calls).await? {
            settlements.extend(page);
            received_at = received_at.max(page_received_at);
        }
        let mut list = Settlement::into_funding(settlements, instrument.funding_interval_h);
        list.retain(|funding| funding.at >= since);
        let as_of = list.last().ok_or_else(|| no_data("settled funding", &instrument.native_symbol))?.at;
        Ok(observed(list, as_of, received_at))
    }

    /// All settlements of a span. A full page that does not reach the span's start means that the contract
    /// once settled more often than it does now: the rest is read after it.
    async fn settlements(
        &self,
        instrument: &Instrument,
        span: Span,
        ask: Ask,
    ) -> Result<(Vec<Settlement>, UtcMs), ProviderError> {
        let mut list: Vec<Settlement> = Vec::new();
        let mut received_at = UtcMs::default();
        let mut to = span.to;
        for _ in 0..MOST_PAGES {
            let args = linear(instrument)
                .with("startTime", span.from.0)
                .with("endTime", to.0)
                .with("limit", SETTLEMENTS_PER_PAGE);
            let page = self.raw(&FUNDING_HISTORY, args, ask).await?;
            received_at = received_at.max(page.received_at);
            let rows = convert::settlements(page.data(), self.now())?;
            let full = rows.len() >= SETTLEMENTS_PER_PAGE as usize;
            let oldest = rows.iter().map(|settlement| settlement.at).min();
            list.extend(rows);
            match oldest {
                Some(oldest) if full && oldest > span.from && oldest <= to => to = oldest.plus_ms(-1),
                _ => break,
            }
        }
        Ok((list, received_at))
    }
}
