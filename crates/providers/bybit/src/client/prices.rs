use domain::{
    Candle, ErrorKind, Instrument, Interval, Observed, OrderBook, ProviderError, Ticker, Trade, UtcMs,
};
use futures_util::future::try_join_all;
use upstream::paging::candle_pages;
use upstream::{Args, Ask};

use super::{Bybit, last_received, linear, no_data, observed};
use crate::convert;
use crate::endpoints::{INSTRUMENTS_INFO, KLINE, ORDERBOOK, RECENT_TRADE, TICKERS};
use crate::wire::error;

/// Most candles of one read.
const MOST_CANDLES: u32 = 20_000;
/// Most rows of a page of candles.
const CANDLES_PER_PAGE: u32 = 1_000;
/// Most rows of a page of contracts.
const CONTRACTS_PER_PAGE: u32 = 1_000;
/// Most pages of the list of contracts; in 2026 there is one.
const MOST_PAGES: usize = 20;

impl Bybit {
    /// The USDT perpetuals that trade.
    pub async fn instruments(&self, ask: Ask) -> Result<Vec<Instrument>, ProviderError> {
        let mut list = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let args = Args::new()
                .with("category", "linear")
                .with("limit", CONTRACTS_PER_PAGE)
                .with_opt("cursor", cursor.as_deref());
            let fetched = self.raw(&INSTRUMENTS_INFO, args, ask).await?;
            let page = convert::instruments(fetched.data())?;
            list.extend(page.instruments);
            if page.cursor.is_none() || page.cursor == cursor {
                break;
            }
            cursor = page.cursor;
        }
        if list.is_empty() {
            return Err(error(ErrorKind::NoData, "Bybit lists no USDT perpetual"));
        }
        Ok(list)
    }

    /// The last `limit` candles (at most 20,000) closed at `end` (or now), ascending; volumes in units of the contract.
    /// Bybit has no bars of eight hours: `Unsupported`.
    pub async fn candles(
        &self,
        instrument: &Instrument,
        interval: Interval,
        limit: u32,
        end: Option<UtcMs>,
        ask: Ask,
    ) -> Result<Observed<Vec<Candle>>, ProviderError> {
        let Some(bar) = bar_name(interval) else {
            return Err(error(ErrorKind::Unsupported, format!("Bybit has no candles of {interval}")));
        };
        let limit = limit.min(MOST_CANDLES);
        let now = self.now();
        let end = end.map_or(now, |end| end.min(now));
        let calls = candle_pages(interval, limit, end, CANDLES_PER_PAGE).into_iter().map(|page| {
            let args = linear(instrument)
                .with("interval", bar)
                .with("end", page.last_open.0)
                .with("limit", page.count);
            self.raw(&KLINE, args, ask)
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
        Ok(self.ticker(instrument, ask).await?.map(|ticker| ticker.last))
    }

    /// One contract's ticker: price, mark, index, running funding, open interest.
    pub async fn ticker(&self, instrument: &Instrument, ask: Ask) -> Result<Observed<Ticker>, ProviderError> {
        let page = self.raw(&TICKERS, linear(instrument), ask).await?;
        let ticker = convert::ticker_list(page.data(), page.received_at)?
            .into_iter()
            .find(|ticker| ticker.native_symbol == instrument.native_symbol)
            .ok_or_else(|| no_data("ticker", &instrument.native_symbol))?;
        Ok(observed(ticker, page.received_at, page.received_at))
    }

    /// Every linear contract's ticker in one call, with mark, funding and open interest.
    pub async fn tickers(&self, ask: Ask) -> Result<Observed<Vec<Ticker>>, ProviderError> {
        let page = self.raw(&TICKERS, Args::new().with("category", "linear"), ask).await?;
        let list = convert::ticker_list(page.data(), page.received_at)?;
        if list.is_empty() {
            return Err(error(ErrorKind::NoData, "Bybit has no tickers of linear contracts"));
        }
        Ok(observed(list, page.received_at, page.received_at))
    }

    /// The book's best `depth` levels a side (at most 500), sizes in units of the contract.
    pub async fn order_book(
        &self,
        instrument: &Instrument,
        depth: u32,
        ask: Ask,
    ) -> Result<Observed<OrderBook>, ProviderError> {
        let args = linear(instrument).with("limit", depth.clamp(1, 500));
        let page = self.raw(&ORDERBOOK, args, ask).await?;
        let book = convert::order_book(page.data(), page.received_at)?;
        let at = book.at;
        Ok(observed(book, at, page.received_at))
    }

    /// The last `limit` trades (at most 1000), ascending, sizes in units of the contract.
    pub async fn trades(
        &self,
        instrument: &Instrument,
        limit: u32,
        ask: Ask,
    ) -> Result<Observed<Vec<Trade>>, ProviderError> {
        let args = linear(instrument).with("limit", limit.clamp(1, 1_000));
        let page = self.raw(&RECENT_TRADE, args, ask).await?;
        let list = convert::trades(page.data(), page.received_at)?;
        let at = list.last().ok_or_else(|| no_data("trades", &instrument.native_symbol))?.at;
        Ok(observed(list, at, page.received_at))
    }
}

/// Bybit's name of a bar.
const fn bar_name(interval: Interval) -> Option<&'static str> {
    Some(match interval {
        Interval::M1 => "1",
        Interval::M3 => "3",
        Interval::M5 => "5",
        Interval::M15 => "15",
        Interval::M30 => "30",
        Interval::H1 => "60",
        Interval::H2 => "120",
        Interval::H4 => "240",
        Interval::H6 => "360",
        Interval::H8 => return None,
        Interval::H12 => "720",
        Interval::D1 => "D",
        Interval::W1 => "W",
    })
}
