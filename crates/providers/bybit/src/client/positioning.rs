use domain::{
    ErrorKind, HOUR_MS, Instrument, Interval, Observed, OpenInterestHistory, Point, ProviderError, Series,
    UtcMs,
};
use futures_util::future::{try_join, try_join_all};
use upstream::paging::spans;
use upstream::{Ask, Endpoint, Fetched};

use super::{Bybit, last_received, linear, no_data, observed};
use crate::convert::{self, CADENCE_MS, Holding};
use crate::endpoints::{ACCOUNT_RATIO, OPEN_INTEREST};
use crate::wire::error;

/// Most rows of a page of open interest.
const HOLDINGS_PER_PAGE: i64 = 200;
/// Most rows of a page of account ratios.
const RATIOS_PER_PAGE: i64 = 500;

impl Bybit {
    /// One side's open interest every hour from `since` on, ascending; dollars by the hour's close.
    pub async fn open_interest_history(
        &self,
        instrument: &Instrument,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Observed<OpenInterestHistory>, ProviderError> {
        let now = self.now();
        let hours = now.since(since).max(0) / HOUR_MS + 2;
        let bars = u32::try_from(hours).unwrap_or(u32::MAX).min(MOST_HOURS);
        let pages = self.hourly(&OPEN_INTEREST, "intervalTime", HOLDINGS_PER_PAGE, instrument, since, ask);
        let candles = self.candles(instrument, Interval::H1, bars, None, ask);
        let (fetched, candles) = try_join(pages, candles).await?;
        let mut holdings: Vec<Holding> = Vec::new();
        for page in &fetched {
            holdings.extend(convert::holdings(page.data(), now)?);
        }
        holdings.retain(|holding| holding.at >= since);
        holdings.sort_by_key(|holding| holding.at);
        holdings.dedup_by_key(|holding| holding.at);
        let points = convert::priced(&holdings, &candles.value, instrument);
        let as_of = points.last().ok_or_else(|| no_data("open interest", &instrument.native_symbol))?.at;
        let history = OpenInterestHistory { cadence_ms: CADENCE_MS, points, own_candles_4h: None };
        Ok(observed(history, as_of, last_received(&fetched).max(candles.received_at)))
    }

    /// Long accounts over short accounts, every hour from `since` on, ascending.
    pub async fn account_ratio(
        &self,
        instrument: &Instrument,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Observed<Series>, ProviderError> {
        let fetched = self.hourly(&ACCOUNT_RATIO, "period", RATIOS_PER_PAGE, instrument, since, ask).await?;
        let now = self.now();
        let mut points: Vec<Point> = Vec::new();
        for page in &fetched {
            points.extend(convert::account_ratios(page.data(), now)?);
        }
        points.retain(|point| point.at >= since);
        points.sort_by_key(|point| point.at);
        points.dedup_by_key(|point| point.at);
        let as_of = points.last().ok_or_else(|| no_data("account ratios", &instrument.native_symbol))?.at;
        let series = Series { cadence_ms: CADENCE_MS, points };
        Ok(observed(series, as_of, last_received(&fetched)))
    }

    /// Bybit does not publish what its top traders hold: always `Unsupported`.
    #[expect(clippy::unused_async, reason = "the exchanges' clients have the same methods")]
    pub async fn top_position_ratio(
        &self,
        _: &Instrument,
        _: UtcMs,
        _: Ask,
    ) -> Result<Observed<Series>, ProviderError> {
        Err(error(ErrorKind::Unsupported, "Bybit does not publish the positions of top traders"))
    }

    /// Bybit does not publish taker volumes: always `Unsupported`.
    #[expect(clippy::unused_async, reason = "the exchanges' clients have the same methods")]
    pub async fn taker_ratio(
        &self,
        _: &Instrument,
        _: UtcMs,
        _: Ask,
    ) -> Result<Observed<Series>, ProviderError> {
        Err(error(ErrorKind::Unsupported, "Bybit does not publish taker volumes"))
    }

    /// All pages of an hourly statistic, asked for at once.
    async fn hourly(
        &self,
        endpoint: &Endpoint,
        period_name: &str,
        rows_per_page: i64,
        instrument: &Instrument,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Vec<Fetched>, ProviderError> {
        // Up to the end of the running hour: the same arguments all through it, for the cache.
        let end = self.now().floor(HOUR_MS).plus_ms(HOUR_MS - 1);
        let earliest = end.plus_ms(-HOUR_MS * i64::from(MOST_HOURS));
        let since = since.max(instrument.onboard_at.unwrap_or(since)).max(earliest).floor(HOUR_MS);
        let calls = spans(since, end, HOUR_MS, rows_per_page).into_iter().map(|span| {
            let args = linear(instrument)
                .with(period_name, "1h")
                .with("startTime", span.from.0)
                .with("endTime", span.to.0)
                .with("limit", rows_per_page);
            self.raw(endpoint, args, ask)
        });
        try_join_all(calls).await
    }
}

/// Longest hourly history of one read: half a year.
const MOST_HOURS: u32 = 180 * 24;
