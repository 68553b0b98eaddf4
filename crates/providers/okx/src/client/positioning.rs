use domain::{
    ErrorKind, Instrument, Observed, OpenInterest, OpenInterestHistory, Point, ProviderError, Series, UtcMs,
};
use futures_util::future::try_join_all;
use upstream::paging::spans;
use upstream::{Args, Ask, Endpoint, Fetched};

use super::{Okx, last_received, no_data, observed};
use crate::convert::{self, PERIOD_MS};
use crate::endpoints::{
    LONG_SHORT_ACCOUNT_RATIO_CONTRACT, OPEN_INTEREST, OPEN_INTEREST_HISTORY, TAKER_VOLUME_CONTRACT,
    TOP_TRADER_POSITION_RATIO,
};
use crate::wire::error;

/// Most rows of a page of statistics.
const ROWS_PER_PAGE: i64 = 100;
/// How many rows back the statistics reach.
const REACH_ROWS: i64 = 1_440;

impl Okx {
    /// Open interest now of every swap, by OKX's name.
    pub async fn open_interest_now(
        &self,
        ask: Ask,
    ) -> Result<Observed<Vec<(String, OpenInterest)>>, ProviderError> {
        let page = self.raw(&OPEN_INTEREST, Args::new().with("instType", "SWAP"), ask).await?;
        let list = convert::open_interest_now(page.data(), page.received_at)?;
        let as_of = list
            .iter()
            .map(|(_, open_interest)| open_interest.at)
            .max()
            .ok_or_else(|| error(ErrorKind::NoData, "OKX has no open interest of swaps"))?;
        Ok(observed(list, as_of, page.received_at))
    }

    /// Open interest every four hours from `since` on, ascending.
    pub async fn open_interest_history(
        &self,
        instrument: &Instrument,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Observed<OpenInterestHistory>, ProviderError> {
        let fetched = self.statistics(&OPEN_INTEREST_HISTORY, instrument, since, ask).await?;
        let now = self.now();
        let pages = fetched
            .iter()
            .map(|page| convert::open_interest_history(page.data(), instrument, now))
            .collect::<Result<Vec<_>, _>>()?;
        let history = convert::positioning::history(pages, since);
        let as_of = history.points.last().map(|point| point.at);
        let as_of = as_of.ok_or_else(|| no_data("open interest", &instrument.native_symbol))?;
        Ok(observed(history, as_of, last_received(&fetched)))
    }

    /// Long accounts over short accounts of all traders, every four hours from `since` on, ascending.
    pub async fn account_ratio(
        &self,
        instrument: &Instrument,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Observed<Series>, ProviderError> {
        let fetched = self.statistics(&LONG_SHORT_ACCOUNT_RATIO_CONTRACT, instrument, since, ask).await?;
        self.series(&fetched, convert::ratios, "account ratios", instrument, since)
    }

    /// Long over short positions of the top 5 % of traders, every four hours from `since` on, ascending.
    pub async fn top_position_ratio(
        &self,
        instrument: &Instrument,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Observed<Series>, ProviderError> {
        let fetched = self.statistics(&TOP_TRADER_POSITION_RATIO, instrument, since, ask).await?;
        self.series(&fetched, convert::ratios, "top trader ratios", instrument, since)
    }

    /// Taker buy over sell volume per four-hour bar from `since` on, at each bar's end, ascending.
    pub async fn taker_ratio(
        &self,
        instrument: &Instrument,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Observed<Series>, ProviderError> {
        // A bar that ends at `since` began one period before.
        let begin = since.plus_ms(-PERIOD_MS);
        let fetched = self.statistics(&TAKER_VOLUME_CONTRACT, instrument, begin, ask).await?;
        self.series(&fetched, convert::taker_ratios, "taker volumes", instrument, since)
    }

    /// All pages of a statistic, asked for at once.
    async fn statistics(
        &self,
        endpoint: &Endpoint,
        instrument: &Instrument,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Vec<Fetched>, ProviderError> {
        // Up to the end of the running period: the same arguments all through it, for the cache.
        let end = self.now().floor(PERIOD_MS).plus_ms(PERIOD_MS - 1);
        let since = since.max(end.plus_ms(-PERIOD_MS * REACH_ROWS)).floor(PERIOD_MS);
        let calls = spans(since, end, PERIOD_MS, ROWS_PER_PAGE).into_iter().map(|span| {
            // Both bounds are excluded on the wire.
            let args = Args::new()
                .with("instId", &instrument.native_symbol)
                .with("period", "4H")
                .with("end", span.to.0 + 1)
                .with("begin", span.from.0 - 1)
                .with("limit", ROWS_PER_PAGE);
            self.raw(endpoint, args, ask)
        });
        try_join_all(calls).await
    }

    fn series(
        &self,
        fetched: &[Fetched],
        read: impl Fn(&[u8], UtcMs) -> Result<Vec<Point>, ProviderError>,
        what: &str,
        instrument: &Instrument,
        since: UtcMs,
    ) -> Result<Observed<Series>, ProviderError> {
        let now = self.now();
        let pages = fetched.iter().map(|page| read(page.data(), now)).collect::<Result<Vec<_>, _>>()?;
        let series = convert::positioning::series(pages, since);
        let as_of = series.points.last().map(|point| point.at);
        let as_of = as_of.ok_or_else(|| no_data(what, &instrument.native_symbol))?;
        Ok(observed(series, as_of, last_received(fetched)))
    }
}
