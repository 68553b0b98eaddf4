//! Funding, open interest, positioning.

use std::collections::HashMap;

use domain::{
    ErrorKind, Funding, HOUR_MS, Instrument, MINUTE_MS, Observed, OpenInterestHistory, ProviderError, Series,
    Source, UtcMs,
};
use futures_util::future::{join, try_join_all};
use upstream::paging::spans;
use upstream::{Args, Ask, Endpoint, Fetched};

use super::prices::expect_symbol;
use super::{Binance, no_data, observed, oldest_arrival, read};
use crate::convert::funding::{self, DEFAULT_INTERVAL_H};
use crate::convert::positioning::{self, PERIOD, PERIOD_MS};
use crate::endpoints::{
    FUNDING_INFO, FUNDING_RATE, GLOBAL_ACCOUNT_RATIO, OPEN_INTEREST_HIST, PREMIUM_INDEX, TAKER_RATIO,
    TOP_POSITION_RATIO,
};
use crate::rows::{FundingInfoRow, FundingRow, OpenInterestRow, PremiumRow, RatioRow, TakerRow};

/// How far back statistics reach; 30 days pass, a little more is refused.
const REACH_MS: i64 = 29 * 24 * HOUR_MS;
/// Rows of one page of statistics.
const STATISTICS_PAGE: i64 = 500;
/// Rows of one page of settlements.
const FUNDING_PAGE: usize = 1_000;
/// Most pages of settlements in one read: four years at an hourly interval would take 36.
const MOST_FUNDING_PAGES: usize = 12;

impl Binance {
    /// Hours between fundings by contract; a contract that is not in it is charged every 8 hours.
    /// Source: `fundingInfo`.
    pub async fn funding_intervals(&self, ask: Ask) -> Result<HashMap<String, f64>, ProviderError> {
        let fetched = self.raw(&FUNDING_INFO, Args::new(), ask).await?;
        let intervals = funding::intervals(&read::<Vec<FundingInfoRow<'_>>>(&FUNDING_INFO, &fetched)?);
        if intervals.is_empty() { Err(no_data(&FUNDING_INFO)) } else { Ok(intervals) }
    }

    /// The running funding rate: the exchange's estimate of the coming settlement. `NoData` for contracts
    /// without funding. Sources: `premiumIndex`; the interval by `fundingInfo`, else by the last two
    /// settlements.
    pub async fn funding_now(
        &self,
        instrument: &Instrument,
        ask: Ask,
    ) -> Result<Observed<Funding>, ProviderError> {
        let args = Args::new().with("symbol", &instrument.native_symbol);
        let (fetched, interval_h) =
            join(self.raw(&PREMIUM_INDEX, args, ask), self.interval_h(instrument, ask)).await;
        let fetched = fetched?;
        let row: PremiumRow<'_> = read(&PREMIUM_INDEX, &fetched)?;
        expect_symbol(row.symbol.value(), instrument)?;
        let running = funding::running(&row, interval_h?, self.known_at(&fetched))
            .ok_or_else(|| no_data(&PREMIUM_INDEX))?;
        Ok(observed(running, running.at, fetched.received_at))
    }

    async fn interval_h(&self, instrument: &Instrument, ask: Ask) -> Result<f64, ProviderError> {
        // Intervals change rarely: the cached list will do for a fresh rate too.
        match self.funding_intervals(Ask { fresh: false, ..ask }).await {
            Ok(known) => Ok(known.get(&instrument.native_symbol).copied().unwrap_or(DEFAULT_INTERVAL_H)),
            Err(error) => {
                let args = Args::new().with("symbol", &instrument.native_symbol).with("limit", 2);
                let fetched = self.raw(&FUNDING_RATE, args, Ask { fresh: false, ..ask }).await?;
                let rows: Vec<FundingRow<'_>> = read(&FUNDING_RATE, &fetched)?;
                let settled =
                    funding::settled(&rows, &instrument.native_symbol, self.known_at(&fetched), None);
                settled.last().map(|last| last.interval_h).ok_or(error)
            }
        }
    }

    /// Settlements from `since` on, ascending, times on the minute, each with the interval it was charged
    /// for. `as_of` is the newest settlement. Source: `fundingRate`.
    pub async fn funding_history(
        &self,
        instrument: &Instrument,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Observed<Vec<Funding>>, ProviderError> {
        // One settlement more than asked for tells the interval of the first.
        let mut from = since.floor(HOUR_MS).plus_ms(-8 * HOUR_MS);
        let mut answers: Vec<Fetched> = Vec::new();
        for _ in 0..MOST_FUNDING_PAGES {
            let args = Args::new()
                .with("symbol", &instrument.native_symbol)
                .with("startTime", from.0)
                .with("limit", FUNDING_PAGE);
            let fetched = self.raw(&FUNDING_RATE, args, ask).await?;
            let rows: Vec<FundingRow<'_>> = read(&FUNDING_RATE, &fetched)?;
            let newest = rows.iter().filter_map(|row| row.funding_time.instant()).max();
            let full = rows.len() >= FUNDING_PAGE;
            answers.push(fetched);
            match newest {
                Some(newest) if full && newest > from => from = newest.plus_ms(1),
                _ => break,
            }
        }
        let mut rows: Vec<FundingRow<'_>> = Vec::new();
        for fetched in &answers {
            rows.extend(read::<Vec<FundingRow<'_>>>(&FUNDING_RATE, fetched)?);
        }
        let received_at = oldest_arrival(&answers).ok_or_else(|| no_data(&FUNDING_RATE))?;
        let known_at = received_at.min(self.clock.now());
        // Only a lone settlement needs the contract's own interval.
        let alone_h = if rows.len() == 1 { Some(self.interval_h(instrument, ask).await?) } else { None };
        let mut settled = funding::settled(&rows, &instrument.native_symbol, known_at, alone_h);
        settled.retain(|funding| funding.at >= since.floor(MINUTE_MS));
        let newest = settled.last().ok_or_else(|| no_data(&FUNDING_RATE))?.at;
        Ok(observed(settled, newest, received_at))
    }

    /// Open interest by the hour from `since` on (29 days at most), ascending. Source: `openInterestHist`.
    pub async fn open_interest_history(
        &self,
        instrument: &Instrument,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Observed<OpenInterestHistory>, ProviderError> {
        let answers = self.statistics(&OPEN_INTEREST_HIST, instrument, since, ask).await?;
        let mut rows: Vec<OpenInterestRow<'_>> = Vec::new();
        for fetched in &answers {
            rows.extend(read::<Vec<OpenInterestRow<'_>>>(&OPEN_INTEREST_HIST, fetched)?);
        }
        let (received_at, known_at) = self.arrival(&OPEN_INTEREST_HIST, &answers)?;
        let history = positioning::open_interest(&rows, instrument.multiplier, since, known_at);
        let newest = history.points.last().ok_or_else(|| no_data(&OPEN_INTEREST_HIST))?.at;
        Ok(observed(history, newest, received_at))
    }

    /// Long/short ratio of all accounts by the hour from `since` on (29 days at most).
    /// Source: `globalLongShortAccountRatio`.
    pub async fn account_ratio(
        &self,
        instrument: &Instrument,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Observed<Series>, ProviderError> {
        self.ratio(&GLOBAL_ACCOUNT_RATIO, instrument, since, ask).await
    }

    /// Long/short ratio of the top traders' positions by the hour from `since` on (29 days at most).
    /// Source: `topLongShortPositionRatio`.
    pub async fn top_position_ratio(
        &self,
        instrument: &Instrument,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Observed<Series>, ProviderError> {
        self.ratio(&TOP_POSITION_RATIO, instrument, since, ask).await
    }

    /// Taker buy/sell volume ratio of hourly bars that ended after `since` (29 days at most); each point
    /// stands at its bar's end. Source: `takerlongshortRatio`.
    pub async fn taker_ratio(
        &self,
        instrument: &Instrument,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Observed<Series>, ProviderError> {
        let answers = self.statistics(&TAKER_RATIO, instrument, since.plus_ms(-PERIOD_MS), ask).await?;
        let mut rows: Vec<TakerRow<'_>> = Vec::new();
        for fetched in &answers {
            rows.extend(read::<Vec<TakerRow<'_>>>(&TAKER_RATIO, fetched)?);
        }
        let (received_at, known_at) = self.arrival(&TAKER_RATIO, &answers)?;
        let series = positioning::taker_ratios(&rows, since, known_at);
        let newest = series.points.last().ok_or_else(|| no_data(&TAKER_RATIO))?.at;
        Ok(observed(series, newest, received_at))
    }

    async fn ratio(
        &self,
        endpoint: &Endpoint,
        instrument: &Instrument,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Observed<Series>, ProviderError> {
        let answers = self.statistics(endpoint, instrument, since, ask).await?;
        let mut rows: Vec<RatioRow<'_>> = Vec::new();
        for fetched in &answers {
            rows.extend(read::<Vec<RatioRow<'_>>>(endpoint, fetched)?);
        }
        let (received_at, known_at) = self.arrival(endpoint, &answers)?;
        let series = positioning::ratios(&rows, since, known_at);
        let newest = series.points.last().ok_or_else(|| no_data(endpoint))?.at;
        Ok(observed(series, newest, received_at))
    }

    /// The pages of a statistic from `since` on, fetched at once. Both bounds are always sent, and lie on
    /// the hour, so that the same hour's reads are one cached call.
    async fn statistics(
        &self,
        endpoint: &Endpoint,
        instrument: &Instrument,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Vec<Fetched>, ProviderError> {
        let now = self.clock.now();
        let last = now.floor(PERIOD_MS);
        let oldest = now.plus_ms(-REACH_MS).floor(PERIOD_MS).plus_ms(PERIOD_MS);
        let first = since.floor(PERIOD_MS).max(oldest);
        if first > last {
            let message = format!("{}: nothing is known of the time after {now}", endpoint.id);
            return Err(ProviderError::new(Source::Binance, ErrorKind::BadRequest, message));
        }
        let calls = spans(first, last, PERIOD_MS, STATISTICS_PAGE).into_iter().map(|span| {
            let args = Args::new()
                .with("symbol", &instrument.native_symbol)
                .with("period", PERIOD)
                .with("startTime", span.from.0)
                .with("endTime", span.to.0)
                .with("limit", span.to.since(span.from) / PERIOD_MS + 1);
            self.raw(endpoint, args, ask)
        });
        try_join_all(calls).await
    }

    /// When the pages arrived, and until when they can know anything.
    fn arrival(&self, endpoint: &Endpoint, answers: &[Fetched]) -> Result<(UtcMs, UtcMs), ProviderError> {
        let received_at = oldest_arrival(answers).ok_or_else(|| no_data(endpoint))?;
        Ok((received_at, received_at.min(self.clock.now())))
    }
}
