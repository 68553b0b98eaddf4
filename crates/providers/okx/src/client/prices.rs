use domain::{
    Candle, ErrorKind, Instrument, Interval, Observed, OrderBook, ProviderError, Ticker, Trade, UtcMs,
};
use futures_util::future::try_join_all;
use upstream::paging::candle_pages;
use upstream::{Args, Ask};

use super::{Okx, last_received, no_data, observed};
use crate::convert;
use crate::endpoints::{BOOKS, BOOKS_FULL, CANDLES, HISTORY_CANDLES, INSTRUMENTS, TICKER, TICKERS, TRADES};
use crate::wire::error;

/// Most candles of one read.
const MOST_CANDLES: u32 = 20_000;
/// Most rows of a page of candles.
const CANDLES_PER_PAGE: u32 = 300;
/// How many bars back `market/candles` reaches.
const CANDLES_REACH: i64 = 1_440;

impl Okx {
    /// The linear USDT swaps.
    pub async fn instruments(&self, ask: Ask) -> Result<Vec<Instrument>, ProviderError> {
        let page = self.raw(&INSTRUMENTS, Args::new().with("instType", "SWAP"), ask).await?;
        let list = convert::instruments(page.data())?;
        if list.is_empty() {
            return Err(error(ErrorKind::NoData, "OKX lists no linear USDT swap"));
        }
        Ok(list)
    }

    /// The last `limit` candles (at most 20,000) closed at `end` (or now), ascending; volumes in base coins. OKX has no bars
    /// of eight hours: `Unsupported`.
    pub async fn candles(
        &self,
        instrument: &Instrument,
        interval: Interval,
        limit: u32,
        end: Option<UtcMs>,
        ask: Ask,
    ) -> Result<Observed<Vec<Candle>>, ProviderError> {
        let Some(bar) = bar_name(interval) else {
            return Err(error(ErrorKind::Unsupported, format!("OKX has no candles of {interval}")));
        };
        let limit = limit.min(MOST_CANDLES);
        let now = self.now();
        let end = end.map_or(now, |end| end.min(now));
        let oldest_reached = now.plus_ms(-interval.ms() * CANDLES_REACH);
        let calls = candle_pages(interval, limit, end, CANDLES_PER_PAGE).into_iter().map(|page| {
            let reached = page.first_open(interval) > oldest_reached;
            let endpoint = if reached { &CANDLES } else { &HISTORY_CANDLES };
            let args = Args::new()
                .with("instId", &instrument.native_symbol)
                .with("bar", bar)
                .with("after", page.last_open.0 + 1)
                .with("limit", page.count);
            self.raw(endpoint, args, ask)
        });
        let pages = try_join_all(calls).await?;
        let mut list = Vec::new();
        for page in &pages {
            list.extend(convert::candles(page.data(), interval, end)?);
        }
        list.sort_by_key(|candle: &Candle| candle.open_time);
        list.dedup_by_key(|candle| candle.open_time);
        let surplus = list.len().saturating_sub(limit as usize);
        list.drain(..surplus);
        let last = list.last().ok_or_else(|| no_data("candles", &instrument.native_symbol))?;
        let as_of = last.open_time.plus_ms(interval.ms());
        Ok(observed(list, as_of, last_received(&pages)))
    }

    /// The last price.
    pub async fn last_price(
        &self,
        instrument: &Instrument,
        ask: Ask,
    ) -> Result<Observed<f64>, ProviderError> {
        let args = Args::new().with("instId", &instrument.native_symbol);
        let page = self.raw(&TICKER, args, ask).await?;
        let list = convert::ticker_list(page.data(), page.received_at)?;
        let ticker = list
            .iter()
            .find(|ticker| ticker.native_symbol == instrument.native_symbol)
            .ok_or_else(|| no_data("price", &instrument.native_symbol))?;
        Ok(observed(ticker.last, ticker.at, page.received_at))
    }

    /// Every swap's ticker in one call. Funding and open interest come by [`Okx::funding_all`] and
    /// [`Okx::open_interest_now`].
    pub async fn tickers(&self, ask: Ask) -> Result<Observed<Vec<Ticker>>, ProviderError> {
        let page = self.raw(&TICKERS, Args::new().with("instType", "SWAP"), ask).await?;
        let list = convert::ticker_list(page.data(), page.received_at)?;
        let as_of = list
            .iter()
            .map(|ticker| ticker.at)
            .max()
            .ok_or_else(|| error(ErrorKind::NoData, "OKX has no tickers of swaps"))?;
        Ok(observed(list, as_of, page.received_at))
    }

    /// The book's best `depth` levels a side (at most 5000), sizes in base coins.
    pub async fn order_book(
        &self,
        instrument: &Instrument,
        depth: u32,
        ask: Ask,
    ) -> Result<Observed<OrderBook>, ProviderError> {
        let endpoint = if depth > 400 { &BOOKS_FULL } else { &BOOKS };
        let args = Args::new().with("instId", &instrument.native_symbol).with("sz", depth.clamp(1, 5_000));
        let page = self.raw(endpoint, args, ask).await?;
        let book = convert::order_book(page.data(), instrument, page.received_at)?;
        let at = book.at;
        Ok(observed(book, at, page.received_at))
    }

    /// The last `limit` trades (at most 500), ascending, sizes in base coins.
    pub async fn trades(
        &self,
        instrument: &Instrument,
        limit: u32,
        ask: Ask,
    ) -> Result<Observed<Vec<Trade>>, ProviderError> {
        let args = Args::new().with("instId", &instrument.native_symbol).with("limit", limit.clamp(1, 500));
        let page = self.raw(&TRADES, args, ask).await?;
        let list = convert::trades(page.data(), instrument, page.received_at)?;
        let at = list.last().ok_or_else(|| no_data("trades", &instrument.native_symbol))?.at;
        Ok(observed(list, at, page.received_at))
    }
}

/// OKX's name of a bar. Days are cut at UTC+8 unless the name ends in `utc`.
const fn bar_name(interval: Interval) -> Option<&'static str> {
    Some(match interval {
        Interval::M1 => "1m",
        Interval::M3 => "3m",
        Interval::M5 => "5m",
        Interval::M15 => "15m",
        Interval::M30 => "30m",
        Interval::H1 => "1H",
        Interval::H2 => "2H",
        Interval::H4 => "4H",
        Interval::H6 => "6Hutc",
        Interval::H8 => return None,
        Interval::H12 => "12Hutc",
        Interval::D1 => "1Dutc",
        Interval::W1 => "1Wutc",
    })
}
