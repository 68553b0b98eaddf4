//! Candles, last prices, tickers, books, trades.

use domain::{
    Candle, ErrorKind, Instrument, Interval, Observed, OrderBook, ProviderError, Source, Ticker, Trade, UtcMs,
};
use futures_util::future::{join3, try_join_all};
use upstream::paging::candle_pages;
use upstream::{Args, Ask};

use super::{Binance, no_data, observed, oldest_arrival, read};
use crate::convert::candles::candles;
use crate::convert::prices::{self, Premium};
use crate::endpoints::{DEPTH, KLINES, PREMIUM_INDEX, TICKER_24HR, TICKER_PRICE_V2, TRADES};
use crate::rows::{DepthRow, KlineRow, PremiumRow, PriceRow, TickerRow, TradeRow};

/// Bars a page: 1000 weigh 5, 1500 weigh 10.
const PAGE: u32 = 1_000;

/// Most bars of one read: four years and a half of hours.
const MOST_BARS: u32 = 40_000;

/// Book sizes that Binance serves.
const DEPTHS: [u32; 7] = [5, 10, 20, 50, 100, 500, 1_000];

/// Most trades of one answer.
const MOST_TRADES: u32 = 1_000;

impl Binance {
    /// The newest `limit` candles that closed at or before `end` (the present where there is none),
    /// ascending; fewer where the contract is younger. Several pages are fetched at once.
    /// `as_of` is the end of the newest bar. Source: `klines`.
    pub async fn candles(
        &self,
        instrument: &Instrument,
        interval: Interval,
        limit: u32,
        end: Option<UtcMs>,
        ask: Ask,
    ) -> Result<Observed<Vec<Candle>>, ProviderError> {
        let now = self.clock.now();
        let cut = end.map_or(now, |end| end.min(now));
        let pages = candle_pages(interval, limit.clamp(1, MOST_BARS), cut, PAGE);
        let calls = pages.into_iter().map(|page| {
            let args = Args::new()
                .with("symbol", &instrument.native_symbol)
                .with("interval", interval)
                .with("startTime", page.first_open(interval).0)
                .with("endTime", page.last_open.0)
                .with("limit", page.count);
            self.raw(&KLINES, args, ask)
        });
        let answers = try_join_all(calls).await?;
        let received_at = oldest_arrival(&answers).unwrap_or(now);
        let mut bars: Vec<Candle> = Vec::new();
        for fetched in &answers {
            let rows: Vec<KlineRow<'_>> = read(&KLINES, fetched)?;
            bars.extend(candles(&rows, interval, self.known_at(fetched).min(cut)));
        }
        bars.sort_by_key(|bar| bar.open_time);
        bars.dedup_by_key(|bar| bar.open_time);
        let newest = bars.last().ok_or_else(|| no_data(&KLINES))?;
        let as_of = newest.open_time.plus_ms(interval.ms());
        Ok(observed(bars, as_of, received_at))
    }

    /// The last price per contract unit. `as_of` is the trade's time. Source: `ticker/price`.
    pub async fn last_price(
        &self,
        instrument: &Instrument,
        ask: Ask,
    ) -> Result<Observed<f64>, ProviderError> {
        let args = Args::new().with("symbol", &instrument.native_symbol);
        let fetched = self.raw(&TICKER_PRICE_V2, args, ask).await?;
        let row: PriceRow<'_> = read(&TICKER_PRICE_V2, &fetched)?;
        expect_symbol(row.symbol.value(), instrument)?;
        let price = prices::price(&row.price).ok_or_else(|| no_data(&TICKER_PRICE_V2))?;
        let known_at = self.known_at(&fetched);
        let at = row.time.instant().unwrap_or(known_at).min(known_at);
        Ok(observed(price, at, fetched.received_at))
    }

    /// All contracts that trade, one row each, without funding. Source: `ticker/24hr`.
    pub async fn tickers(&self, ask: Ask) -> Result<Observed<Vec<Ticker>>, ProviderError> {
        let fetched = self.raw(&TICKER_24HR, Args::new(), ask).await?;
        let rows: Vec<TickerRow<'_>> = read(&TICKER_24HR, &fetched)?;
        let tickers = prices::tickers(&rows, self.known_at(&fetched));
        let newest = tickers.iter().map(|ticker| ticker.at).max().ok_or_else(|| no_data(&TICKER_24HR))?;
        Ok(observed(tickers, newest, fetched.received_at))
    }

    /// Mark, index and running funding of all contracts. Settled contracts, and some that the exchange no
    /// longer lists, are among them: keep those of the list. Source: `premiumIndex`.
    pub async fn premiums(&self, ask: Ask) -> Result<Observed<Vec<Premium>>, ProviderError> {
        let fetched = self.raw(&PREMIUM_INDEX, Args::new(), ask).await?;
        let rows: Vec<PremiumRow<'_>> = read(&PREMIUM_INDEX, &fetched)?;
        let premiums = prices::premiums(&rows, self.known_at(&fetched));
        let newest = premiums.iter().map(|row| row.at).max().ok_or_else(|| no_data(&PREMIUM_INDEX))?;
        Ok(observed(premiums, newest, fetched.received_at))
    }

    /// All contracts that trade with mark, index, running funding rate, its interval and the coming
    /// settlement. The interval is `None` when `fundingInfo` could not be had.
    /// Sources: `ticker/24hr`, `premiumIndex`, `fundingInfo`, asked at once.
    pub async fn funding_all(&self, ask: Ask) -> Result<Observed<Vec<Ticker>>, ProviderError> {
        let (tickers, premiums, intervals) =
            join3(self.tickers(ask), self.premiums(ask), self.funding_intervals(ask)).await;
        let (mut tickers, premiums) = (tickers?, premiums?);
        tickers.as_of = tickers.as_of.min(premiums.as_of);
        tickers.received_at = tickers.received_at.min(premiums.received_at);
        prices::join_premiums(&mut tickers.value, premiums.value, intervals.ok().as_ref());
        Ok(tickers)
    }

    /// The best `depth` levels (at most 1000) of each side. Source: `depth`.
    pub async fn order_book(
        &self,
        instrument: &Instrument,
        depth: u32,
        ask: Ask,
    ) -> Result<Observed<OrderBook>, ProviderError> {
        let size = DEPTHS.into_iter().find(|size| *size >= depth).unwrap_or(1_000);
        let args = Args::new().with("symbol", &instrument.native_symbol).with("limit", size);
        let fetched = self.raw(&DEPTH, args, ask).await?;
        let row: DepthRow<'_> = read(&DEPTH, &fetched)?;
        let keep = usize::try_from(depth.max(1)).unwrap_or(usize::MAX);
        let book = prices::order_book(&row, keep, self.known_at(&fetched));
        if book.bids.is_empty() && book.asks.is_empty() {
            return Err(no_data(&DEPTH));
        }
        let at = book.at;
        Ok(observed(book, at, fetched.received_at))
    }

    /// The newest `limit` trades (at most 1000), ascending. Source: `trades`.
    pub async fn trades(
        &self,
        instrument: &Instrument,
        limit: u32,
        ask: Ask,
    ) -> Result<Observed<Vec<Trade>>, ProviderError> {
        let args =
            Args::new().with("symbol", &instrument.native_symbol).with("limit", limit.clamp(1, MOST_TRADES));
        let fetched = self.raw(&TRADES, args, ask).await?;
        let rows: Vec<TradeRow<'_>> = read(&TRADES, &fetched)?;
        let trades = prices::trades(&rows, self.known_at(&fetched));
        let newest = trades.last().ok_or_else(|| no_data(&TRADES))?.at;
        Ok(observed(trades, newest, fetched.received_at))
    }
}

/// The answer must speak of the contract asked for.
pub(super) fn expect_symbol(told: Option<&str>, instrument: &Instrument) -> Result<(), ProviderError> {
    match told {
        Some(symbol) if symbol != instrument.native_symbol => Err(ProviderError::new(
            Source::Binance,
            ErrorKind::Malformed,
            format!("asked for {}, the answer is of another contract", instrument.native_symbol),
        )),
        _ => Ok(()),
    }
}
