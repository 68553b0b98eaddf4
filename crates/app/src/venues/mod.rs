//! Books, trades, quotes and candles of one coin as CoinAPI tells them, venue by venue.

/// What is computed from a book and from trades.
pub mod figures;

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{Candle, ErrorKind, Instrument, Interval, Observed, ProviderError, Source, UtcMs, Venue};
use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::Serialize;
use upstream::Ask;

use crate::overview::FailureAnswer;
use crate::social::Failed;
use crate::{App, AppError};

use figures::{BookFigures, TradeFigures};

/// Bars told at most.
const BARS_MAX: i64 = 5_000;
/// Levels a side, trades and bars of the dashboard.
const DASHBOARD_LEVELS: u32 = 50;
const DASHBOARD_TRADES: u32 = 500;
const DASHBOARD_BARS: u32 = 48;
/// A trade of this value in dollars is large.
pub const WHALE_USD: f64 = 100_000.0;

/// What an answer is about.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct About {
    /// Coin ticker.
    pub symbol: String,
    /// The exchange.
    pub venue: Venue,
    /// The exchange's own name of the contract.
    pub instrument: String,
    /// Coins per price unit.
    pub price_multiplier: u64,
    /// The instant the figures stand for.
    pub as_of: UtcMs,
    /// Who served them.
    pub source: Source,
}

impl About {
    fn new<T>(instrument: &Instrument, observed: &Observed<T>) -> Self {
        Self {
            symbol: instrument.symbol().to_owned(),
            venue: instrument.venue,
            instrument: instrument.native_symbol.clone(),
            price_multiplier: instrument.multiplier,
            as_of: observed.as_of,
            source: observed.source,
        }
    }
}

/// A closed bar.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Bar {
    /// Start of the bar.
    pub time: UtcMs,
    /// First price.
    pub open: f64,
    /// Highest.
    pub high: f64,
    /// Lowest.
    pub low: f64,
    /// Last.
    pub close: f64,
    /// Volume in contract units.
    pub volume: f64,
}

impl From<&Candle> for Bar {
    fn from(candle: &Candle) -> Self {
        let Candle { open_time, open, high, low, close, volume, .. } = *candle;
        Self { time: open_time, open, high, low, close, volume }
    }
}

/// Closed bars, ascending. Bars without trades are missing.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BarsAnswer {
    /// What they are about.
    #[serde(flatten)]
    pub about: About,
    /// Length of a bar.
    pub interval: Interval,
    /// The bars.
    pub bars: Vec<Bar>,
    /// Change of the price from the first open to the last close, in percent.
    pub change_pct: Option<f64>,
}

/// A book in figures.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookAnswer {
    /// What it is about.
    #[serde(flatten)]
    pub about: About,
    /// The figures.
    pub book: BookFigures,
}

/// Trades in figures.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TradesAnswer {
    /// What they are about.
    #[serde(flatten)]
    pub about: About,
    /// The figures.
    pub trades: TradeFigures,
}

/// Best bid and ask and the last trade.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QuoteAnswer {
    /// What it is about.
    #[serde(flatten)]
    pub about: About,
    /// Best bid.
    pub bid: Option<f64>,
    /// Offered there, in contract units.
    pub bid_quantity: Option<f64>,
    /// Best ask.
    pub ask: Option<f64>,
    /// Offered there, in contract units.
    pub ask_quantity: Option<f64>,
    /// Price of the last trade.
    pub last: Option<f64>,
    /// Ask minus bid in percent of their middle.
    pub spread_pct: Option<f64>,
    /// Price of one coin: of the last trade, else the middle, divided by the multiplier.
    pub coin_price: Option<f64>,
}

/// The coin's price on every venue.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MultiExchangeAnswer {
    /// Coin ticker.
    pub symbol: String,
    /// When it was asked.
    pub timestamp: UtcMs,
    /// Contracts, cheapest first.
    pub venues: Vec<QuoteAnswer>,
    /// Mean of the venues' coin prices.
    pub mean_price: Option<f64>,
    /// Dearest against cheapest, in percent of the cheapest.
    pub spread_pct: Option<f64>,
    /// Best bid anywhere against best ask anywhere, in percent of the ask, per coin; positive: buying on one
    /// venue and selling on another would pay before fees and funding.
    pub crossed_pct: Option<f64>,
    /// Venues that did not answer, and why.
    pub failed: Vec<FailureAnswer>,
}

/// A metric's present value.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricValue {
    /// The value, in the exchange's own unit.
    pub value: f64,
    /// When it was recorded.
    pub as_of: UtcMs,
}

/// A contract's metrics of now.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricsAnswer {
    /// What they are about.
    #[serde(flatten)]
    pub about: About,
    /// By CoinAPI's id of the metric.
    pub metrics: BTreeMap<String, MetricValue>,
}

/// Everything about a contract at once. What could not be had is listed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VenueDashboard {
    /// Coin ticker.
    pub symbol: String,
    /// The exchange.
    pub venue: Venue,
    /// The exchange's own name of the contract.
    pub instrument: String,
    /// When it was asked.
    pub timestamp: UtcMs,
    /// Best bid and ask.
    pub quote: Option<QuoteAnswer>,
    /// The book, 50 levels a side.
    pub book: Option<BookFigures>,
    /// The last 500 trades.
    pub trades: Option<TradeFigures>,
    /// Metrics of now.
    pub metrics: Option<BTreeMap<String, MetricValue>>,
    /// The last 48 hours.
    pub bars: Option<Vec<Bar>>,
    /// What could not be had, and why.
    pub failed: Vec<FailureAnswer>,
}

/// A contract or pair as CoinAPI lists it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedSymbol {
    /// CoinAPI's id.
    pub symbol_id: String,
    /// CoinAPI's name of the exchange.
    pub exchange_id: String,
    /// SPOT, PERPETUAL, FUTURES, OPTION, …
    pub symbol_type: String,
    /// Base asset.
    pub base: String,
    /// Quote asset.
    pub quote: String,
    /// The exchange's own name.
    pub native_symbol: String,
    /// Price as the venue quotes it, some minutes old.
    pub price: Option<f64>,
    /// Traded in 24 h, USD; far too large on inverse contracts.
    pub volume_24h_usd: Option<f64>,
}

fn nothing(what: &str, instrument: &Instrument) -> AppError {
    let text = format!("no usable {what} for {} on {}", instrument.native_symbol, instrument.venue);
    AppError::Provider(ProviderError::new(Source::CoinApi, ErrorKind::NoData, text))
}

fn bars(instrument: &Instrument, interval: Interval, got: &Observed<Vec<Candle>>) -> BarsAnswer {
    let ends = got.value.first().zip(got.value.last());
    BarsAnswer {
        about: About::new(instrument, got),
        interval,
        bars: got.value.iter().map(Bar::from).collect(),
        change_pct: ends
            .filter(|(first, _)| first.open > 0.0)
            .map(|(first, last)| (last.close / first.open - 1.0) * 100.0),
    }
}

impl App {
    /// The contract that a symbol means, on a venue of choice.
    async fn contract(
        &self,
        symbol: &str,
        venue: Option<Venue>,
        ask: Ask,
    ) -> Result<Arc<Instrument>, AppError> {
        let Some(venue) = venue else { return Ok(self.resolve(symbol, ask).await?.instrument) };
        let listing = self.market.listing(ask).await.map_err(AppError::NoListing)?;
        Ok(listing.directory.resolve(venue, symbol)?.instrument)
    }

    /// The newest closed bars.
    ///
    /// # Errors
    /// An unknown symbol, or CoinAPI's failure.
    pub async fn bars_latest(
        &self,
        symbol: &str,
        venue: Option<Venue>,
        interval: Interval,
        limit: u32,
        ask: Ask,
    ) -> Result<BarsAnswer, AppError> {
        let contract = self.contract(symbol, venue, ask).await?;
        let got = self.market.vendors.coinapi.candles(&contract, interval, limit, None, ask).await?;
        Ok(bars(&contract, interval, &got))
    }

    /// Closed bars between two instants, 5000 at most: the newest of them.
    ///
    /// # Errors
    /// An unknown symbol, a span without bars, or CoinAPI's failure.
    pub async fn bars_between(
        &self,
        symbol: &str,
        venue: Option<Venue>,
        interval: Interval,
        (start, end): (UtcMs, UtcMs),
        ask: Ask,
    ) -> Result<BarsAnswer, AppError> {
        let contract = self.contract(symbol, venue, ask).await?;
        let wanted = (end.since(start) / interval.ms()).clamp(1, BARS_MAX);
        let limit = u32::try_from(wanted).unwrap_or(1);
        let mut got = self.market.vendors.coinapi.candles(&contract, interval, limit, Some(end), ask).await?;
        got.value.retain(|candle| candle.open_time >= start);
        if got.value.is_empty() {
            return Err(nothing("bar in this span", &contract));
        }
        Ok(bars(&contract, interval, &got))
    }

    /// A contract's book in figures.
    ///
    /// # Errors
    /// An unknown symbol, a book that crosses or is empty, or CoinAPI's failure.
    pub async fn book_figures(
        &self,
        symbol: &str,
        venue: Option<Venue>,
        levels: u32,
        ask: Ask,
    ) -> Result<BookAnswer, AppError> {
        let contract = self.contract(symbol, venue, ask).await?;
        let got = self.market.vendors.coinapi.order_book(&contract, levels, ask).await?;
        let book = figures::book(&got.value).ok_or_else(|| nothing("order book", &contract))?;
        Ok(BookAnswer { about: About::new(&contract, &got), book })
    }

    /// A contract's last trades in figures.
    ///
    /// # Errors
    /// An unknown symbol, no trades, or CoinAPI's failure.
    pub async fn trade_figures(
        &self,
        symbol: &str,
        venue: Option<Venue>,
        limit: u32,
        whale_usd: f64,
        ask: Ask,
    ) -> Result<TradesAnswer, AppError> {
        let contract = self.contract(symbol, venue, ask).await?;
        let got = self.market.vendors.coinapi.trades(&contract, limit, ask).await?;
        let trades = figures::trades(&got.value, whale_usd).ok_or_else(|| nothing("trades", &contract))?;
        Ok(TradesAnswer { about: About::new(&contract, &got), trades })
    }

    /// A contract's best bid and ask and last trade.
    ///
    /// # Errors
    /// An unknown symbol, or CoinAPI's failure.
    pub async fn venue_quote(
        &self,
        symbol: &str,
        venue: Option<Venue>,
        ask: Ask,
    ) -> Result<QuoteAnswer, AppError> {
        let contract = self.contract(symbol, venue, ask).await?;
        self.quote_of(&contract, ask).await
    }

    async fn quote_of(&self, contract: &Instrument, ask: Ask) -> Result<QuoteAnswer, AppError> {
        let got = self.market.vendors.coinapi.quote(contract, ask).await?;
        let quote = &got.value;
        let spread_pct = match (quote.bid, quote.ask) {
            (Some(bid), Some(ask)) if bid <= ask => Some((ask - bid) / f64::midpoint(bid, ask) * 100.0),
            _ => None,
        };
        let multiplier = contract.multiplier.max(1) as f64;
        Ok(QuoteAnswer {
            about: About::new(contract, &got),
            bid: quote.bid,
            bid_quantity: quote.bid_quantity,
            ask: quote.ask,
            ask_quantity: quote.ask_quantity,
            last: quote.last,
            spread_pct,
            coin_price: quote.price().map(|(price, _)| price / multiplier),
        })
    }

    /// The coin's price on every venue that lists it.
    ///
    /// # Errors
    /// An unknown symbol, or no venue's quote could be had: the first failure.
    pub async fn multi_exchange(&self, symbol: &str, ask: Ask) -> Result<MultiExchangeAnswer, AppError> {
        let listing = self.market.listing(ask).await.map_err(AppError::NoListing)?;
        let main = listing.directory.resolve(listing.main_venue, symbol)?.instrument;
        let others = Venue::ALL.into_iter().filter(|venue| *venue != main.venue);
        let mut contracts = vec![Arc::clone(&main)];
        contracts.extend(others.filter_map(|venue| listing.directory.counterpart(&main, venue)));
        let answers = join_all(contracts.iter().map(|contract| self.quote_of(contract, ask))).await;
        let mut failed = Failed::default();
        let mut venues: Vec<QuoteAnswer> = contracts
            .iter()
            .zip(answers)
            .filter_map(|(contract, answer)| failed.take(contract.venue.as_str(), answer))
            .collect();
        if let (true, Some(error)) = (venues.is_empty(), failed.first) {
            return Err(error);
        }
        let price = |quote: &QuoteAnswer| quote.coin_price.unwrap_or(f64::INFINITY);
        venues.sort_by(|a, b| price(a).total_cmp(&price(b)));
        let prices: Vec<f64> = venues.iter().filter_map(|quote| quote.coin_price).collect();
        let per_coin = |quote: &QuoteAnswer, value: Option<f64>| {
            value.map(|value| value / quote.about.price_multiplier.max(1) as f64)
        };
        let best_bid = venues.iter().filter_map(|quote| per_coin(quote, quote.bid)).max_by(f64::total_cmp);
        let best_ask = venues.iter().filter_map(|quote| per_coin(quote, quote.ask)).min_by(f64::total_cmp);
        let over = |high: Option<f64>, low: Option<f64>| {
            let low = low.filter(|low| *low > 0.0)?;
            Some((high? / low - 1.0) * 100.0)
        };
        Ok(MultiExchangeAnswer {
            symbol: main.symbol().to_owned(),
            timestamp: self.clock.now(),
            mean_price: analysis::statistics::mean(&prices),
            spread_pct: over(prices.last().copied(), prices.first().copied()).filter(|_| prices.len() > 1),
            crossed_pct: over(best_bid, best_ask).filter(|_| venues.len() > 1),
            venues,
            failed: failed.told,
        })
    }

    /// A contract's metrics of now, or the one asked for.
    ///
    /// # Errors
    /// An unknown symbol, or CoinAPI's failure.
    pub async fn venue_metrics(
        &self,
        symbol: &str,
        venue: Option<Venue>,
        metric_id: Option<&str>,
        ask: Ask,
    ) -> Result<MetricsAnswer, AppError> {
        let contract = self.contract(symbol, venue, ask).await?;
        let got = self.market.vendors.coinapi.metrics_current(&contract, metric_id, ask).await?;
        let about = About::new(&contract, &got);
        let metrics = got
            .value
            .into_iter()
            .map(|metric| (metric.metric_id, MetricValue { value: metric.value, as_of: metric.at }))
            .collect();
        Ok(MetricsAnswer { about, metrics })
    }

    /// What CoinAPI lists on an exchange for a coin.
    ///
    /// # Errors
    /// An unknown symbol, or CoinAPI's failure.
    pub async fn listed_symbols(
        &self,
        symbol: &str,
        exchange: &str,
        ask: Ask,
    ) -> Result<Vec<ListedSymbol>, AppError> {
        let contract = self.resolve(symbol, ask).await?.instrument;
        let got = self.market.vendors.coinapi.symbols(exchange, &[&contract.base.0], ask).await?;
        Ok(got
            .value
            .into_iter()
            .map(|symbol| ListedSymbol {
                symbol_id: symbol.symbol_id,
                exchange_id: symbol.exchange_id,
                symbol_type: symbol.symbol_type,
                base: symbol.base,
                quote: symbol.quote,
                native_symbol: symbol.native_symbol,
                price: symbol.price,
                volume_24h_usd: symbol.volume_24h_usd,
            })
            .collect())
    }

    /// CoinAPI's name of the perpetuals' part of a venue.
    #[must_use]
    pub const fn coinapi_exchange(venue: Venue) -> &'static str {
        coinapi::exchange_id(venue, domain::Kind::Perp)
    }

    /// Everything about a contract at once.
    ///
    /// # Errors
    /// An unknown symbol, or nothing at all could be had: the first failure.
    pub async fn venue_dashboard(
        &self,
        symbol: &str,
        venue: Option<Venue>,
        ask: Ask,
    ) -> Result<VenueDashboard, AppError> {
        let contract = self.contract(symbol, venue, ask).await?;
        let (name, at) = (contract.native_symbol.as_str(), Some(contract.venue));
        let (quote, book, trades, metrics, candles) = tokio::join!(
            self.quote_of(&contract, ask),
            self.book_figures(name, at, DASHBOARD_LEVELS, ask),
            self.trade_figures(name, at, DASHBOARD_TRADES, WHALE_USD, ask),
            self.venue_metrics(name, at, None, ask),
            self.bars_latest(name, at, Interval::H1, DASHBOARD_BARS, ask),
        );
        let mut failed = Failed::default();
        let answer = VenueDashboard {
            symbol: contract.symbol().to_owned(),
            venue: contract.venue,
            instrument: contract.native_symbol.clone(),
            timestamp: self.clock.now(),
            quote: failed.take("quote", quote),
            book: failed.take("orderBook", book).map(|answer| answer.book),
            trades: failed.take("trades", trades).map(|answer| answer.trades),
            metrics: failed.take("metrics", metrics).map(|answer| answer.metrics),
            bars: failed.take("bars", candles).map(|answer| answer.bars),
            failed: Vec::new(),
        };
        match failed.first {
            Some(error) if failed.told.len() == 5 => Err(error),
            _ => Ok(VenueDashboard { failed: failed.told, ..answer }),
        }
    }
}
