//! CoinAPI as the market and the operations read it.

use std::sync::Arc;

use domain::{
    Candle, Clock, ErrorKind, Instrument, Interval, Observed, OrderBook, ProviderError, Source, Trade, UtcMs,
    Venue,
};
use futures_util::future::try_join_all;
use serde::Deserialize;
use upstream::paging::candle_pages;
use upstream::{Args, Ask, Call, Endpoint, Fetched, Lane};

use crate::convert::{self, Metric, Quote, Symbol, exchange_id, period_id, quantity_unit};
use crate::endpoints::{metrics, ohlcv, orderbooks, quotes, symbols, trades};
use crate::rows::{BarRow, BookRow, MetricRow, OneOrMany, QuoteRow, SymbolRow, TradeRow};

/// Bars asked for in one call: some 3 MB.
const PAGE_BARS: u32 = 10_000;
/// Bars given at most.
const MAX_BARS: u32 = 20_000;

/// CoinAPI market data. Cheap to clone.
#[derive(Clone, Debug)]
pub struct CoinApi {
    lane: Lane,
    clock: Arc<dyn Clock>,
}

/// A contract under CoinAPI's id, and what its sizes count.
#[derive(Debug)]
struct Listed {
    symbol_id: String,
    unit: f64,
}

impl CoinApi {
    /// A client on a lane made with [`crate::CoinApiWire`].
    #[must_use]
    pub fn new(lane: Lane, clock: Arc<dyn Clock>) -> Self {
        Self { lane, clock }
    }

    /// The way out, for its state.
    #[must_use]
    pub const fn lane(&self) -> &Lane {
        &self.lane
    }

    /// Any endpoint of [`crate::ENDPOINTS`]; the answer as it was sent.
    pub async fn raw(&self, endpoint: &Endpoint, args: Args, ask: Ask) -> Result<Fetched, ProviderError> {
        self.lane.get(Call::new(endpoint, args).ask(ask)).await
    }

    /// Last price of the very contract, per unit as the venue quotes it: of the last trade, else the middle
    /// of bid and ask. `as_of` is the exchange's own time.
    pub async fn last_price(
        &self,
        instrument: &Instrument,
        ask: Ask,
    ) -> Result<Observed<f64>, ProviderError> {
        let quote = self.quote(instrument, ask).await?;
        let (value, as_of) = quote.value.price().ok_or_else(|| nothing("price", instrument))?;
        Ok(Observed { value, as_of, ..quote.map(|_| value) })
    }

    /// Best bid, best ask and last trade of a contract.
    pub async fn quote(&self, instrument: &Instrument, ask: Ask) -> Result<Observed<Quote>, ProviderError> {
        let listed = self.listed(instrument, ask).await?;
        let args = Args::new().with("symbol_id", &listed.symbol_id);
        let answer = self.raw(&quotes::CURRENT_OF_SYMBOL, args, ask).await?;
        let rows: OneOrMany<QuoteRow<'_>> = read(&answer)?;
        let now = self.clock.now();
        let quote = rows
            .into_vec()
            .iter()
            .filter_map(|row| convert::quote(row, listed.unit, now))
            .find(|quote| quote.symbol_id == listed.symbol_id);
        let told = quote.and_then(|quote| quote.at().map(|at| (quote, at)));
        let (value, as_of) = told.ok_or_else(|| nothing("quote", instrument))?;
        Ok(observed(value, as_of, Some(instrument.venue), &answer))
    }

    /// The last `limit` (at most 20,000) closed bars that end by `end` (by now without one), ascending. Bars without trades
    /// are missing. `as_of` is the end of the newest. Weeks are not served: the provider's do not begin on
    /// Monday.
    pub async fn candles(
        &self,
        instrument: &Instrument,
        interval: Interval,
        limit: u32,
        end: Option<UtcMs>,
        ask: Ask,
    ) -> Result<Observed<Vec<Candle>>, ProviderError> {
        let Some(period) = period_id(interval) else {
            return Err(failure(ErrorKind::Unsupported, "CoinAPI's weeks do not begin on Monday"));
        };
        let listed = self.listed(instrument, ask).await?;
        let now = self.clock.now();
        let end = end.map_or(now, |end| end.min(now));
        let pages = candle_pages(interval, limit.min(MAX_BARS), end, PAGE_BARS);
        let answers = try_join_all(pages.iter().map(|page| {
            let to = page.last_open.plus_ms(interval.ms());
            let args = Args::new()
                .with("symbol_id", &listed.symbol_id)
                .with("period_id", period)
                .with("time_start", page.first_open(interval))
                .with("time_end", to)
                .with("limit", page.count);
            self.raw(&ohlcv::HISTORY, args, ask)
        }))
        .await?;
        let mut value = Vec::new();
        for (page, answer) in pages.iter().zip(&answers).rev() {
            let rows: Vec<BarRow<'_>> = read(answer)?;
            let to = page.last_open.plus_ms(interval.ms());
            value.extend(convert::candles(&rows, interval, page.first_open(interval), to, listed.unit));
        }
        let newest = value.last().map(|candle| candle.open_time.plus_ms(interval.ms()));
        match (newest, answers.iter().map(|answer| answer.received_at).min()) {
            (Some(as_of), Some(received_at)) => Ok(Observed {
                value,
                source: Source::CoinApi,
                venue: Some(instrument.venue),
                as_of,
                received_at,
            }),
            _ => Err(nothing("closed bar", instrument)),
        }
    }

    /// The order book of a contract, `depth` levels a side, best first.
    pub async fn order_book(
        &self,
        instrument: &Instrument,
        depth: u32,
        ask: Ask,
    ) -> Result<Observed<OrderBook>, ProviderError> {
        let listed = self.listed(instrument, ask).await?;
        let args = Args::new().with("symbol_id", &listed.symbol_id).with("limit_levels", depth);
        let answer = self.raw(&orderbooks::CURRENT, args, ask).await?;
        let rows: OneOrMany<BookRow<'_>> = read(&answer)?;
        let now = self.clock.now();
        let book = rows.into_vec().first().and_then(|row| convert::order_book(row, listed.unit, now));
        let mut value = book.ok_or_else(|| nothing("order book", instrument))?;
        let depth = usize::try_from(depth).unwrap_or(usize::MAX);
        value.bids.truncate(depth);
        value.asks.truncate(depth);
        let as_of = value.at;
        Ok(observed(value, as_of, Some(instrument.venue), &answer))
    }

    /// The last trades of a contract whose taker side is known, ascending.
    pub async fn trades(
        &self,
        instrument: &Instrument,
        limit: u32,
        ask: Ask,
    ) -> Result<Observed<Vec<Trade>>, ProviderError> {
        let listed = self.listed(instrument, ask).await?;
        let args = Args::new().with("symbol_id", &listed.symbol_id).with("limit", limit);
        let answer = self.raw(&trades::LATEST_OF_SYMBOL, args, ask).await?;
        let rows: Vec<TradeRow<'_>> = read(&answer)?;
        let value = convert::trades(&rows, listed.unit, self.clock.now());
        let as_of = value.last().map(|trade| trade.at).ok_or_else(|| nothing("trade", instrument))?;
        Ok(observed(value, as_of, Some(instrument.venue), &answer))
    }

    /// What CoinAPI lists on an exchange (its name there, as [`exchange_id`] gives it) with one of these
    /// assets as base or quote. Without assets the list is very long.
    pub async fn symbols(
        &self,
        exchange: &str,
        assets: &[&str],
        ask: Ask,
    ) -> Result<Observed<Vec<Symbol>>, ProviderError> {
        let answer = self.symbol_rows(exchange, assets, ask).await?;
        let value = convert::symbols(&read::<Vec<SymbolRow<'_>>>(&answer)?);
        if value.is_empty() {
            return Err(failure(ErrorKind::NoData, format!("nothing listed on {exchange} for {assets:?}")));
        }
        Ok(observed(value, answer.received_at.min(self.clock.now()), None, &answer))
    }

    /// The present metrics of a contract (funding, open interest, mark and index price, …), or the one asked
    /// for. Which there are differs per venue.
    pub async fn metrics_current(
        &self,
        instrument: &Instrument,
        metric_id: Option<&str>,
        ask: Ask,
    ) -> Result<Observed<Vec<Metric>>, ProviderError> {
        let listed = self.listed(instrument, ask).await?;
        let args = Args::new()
            .with_opt("metric_id", metric_id)
            .with("symbol_id", &listed.symbol_id)
            .with("exchange_id", exchange_id(instrument.venue, instrument.kind));
        let answer = self.raw(&metrics::SYMBOL_CURRENT, args, ask).await?;
        let rows: Vec<MetricRow<'_>> = read(&answer)?;
        let mut value = convert::metrics(&rows, self.clock.now());
        value.retain(|metric| metric.symbol_id == listed.symbol_id);
        let as_of =
            value.iter().map(|metric| metric.at).max().ok_or_else(|| nothing("metric", instrument))?;
        Ok(observed(value, as_of, Some(instrument.venue), &answer))
    }

    async fn symbol_rows(&self, exchange: &str, assets: &[&str], ask: Ask) -> Result<Fetched, ProviderError> {
        let wanted = (!assets.is_empty()).then(|| assets.join(","));
        let args = Args::new().with("exchange_id", exchange).with_opt("filter_asset_id", wanted);
        self.raw(&symbols::OF_EXCHANGE, args, ask).await
    }

    /// CoinAPI's id is looked up, never built: it may carry a suffix, and its parts hold underscores.
    async fn listed(&self, instrument: &Instrument, ask: Ask) -> Result<Listed, ProviderError> {
        let exchange = exchange_id(instrument.venue, instrument.kind);
        let unit = quantity_unit(instrument).ok_or_else(|| nothing("contract size", instrument))?;
        let (coin, listed_as) = (instrument.base.0.as_str(), instrument.native_base.as_str());
        let assets: &[&str] =
            if coin == listed_as || listed_as.is_empty() { &[coin] } else { &[listed_as, coin] };
        // A list an hour old is as good as a new one.
        let answer = self.symbol_rows(exchange, assets, Ask { fresh: false, ..ask }).await?;
        let rows: Vec<SymbolRow<'_>> = read(&answer)?;
        let Some(id) = convert::symbol_id(&rows, instrument) else {
            let text = format!("CoinAPI lists no {} on {exchange}", instrument.native_symbol);
            return Err(failure(ErrorKind::NotFound, text));
        };
        Ok(Listed { symbol_id: id.to_owned(), unit })
    }
}

fn failure(kind: ErrorKind, message: impl Into<String>) -> ProviderError {
    ProviderError::new(Source::CoinApi, kind, message)
}

fn nothing(what: &str, instrument: &Instrument) -> ProviderError {
    let text = format!("no {what} for {} on {}", instrument.native_symbol, instrument.venue);
    failure(ErrorKind::NoData, text)
}

fn read<'a, T: Deserialize<'a>>(answer: &'a Fetched) -> Result<T, ProviderError> {
    serde_json::from_slice(answer.data())
        .map_err(|error| failure(ErrorKind::Malformed, format!("the data are not as documented: {error}")))
}

fn observed<T>(value: T, as_of: UtcMs, venue: Option<Venue>, answer: &Fetched) -> Observed<T> {
    Observed { value, source: Source::CoinApi, venue, as_of, received_at: answer.received_at }
}
