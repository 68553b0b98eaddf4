//! From rows to what the engine reads.

use domain::{Candle, Instrument, Interval, Kind, Level, OrderBook, Trade, UtcMs, Venue};
use rust_decimal::prelude::ToPrimitive as _;
use serde::Serialize;
use upstream::lenient::Text;

use crate::rows::{BarRow, BookRow, LevelRow, MetricRow, QuoteRow, SymbolRow, TradeRow, instant};

/// How far an exchange's clock may be ahead of ours before its word counts as not known yet.
const CLOCK_SKEW_MS: i64 = 5_000;

/// A contract or pair as CoinAPI lists it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Symbol {
    /// CoinAPI's id: `BINANCEFTS_PERP_BTC_USDT`.
    pub symbol_id: String,
    /// CoinAPI's name of the exchange: `BINANCEFTS`.
    pub exchange_id: String,
    /// `SPOT`, `PERPETUAL`, `FUTURES`, `OPTION`, …
    pub symbol_type: String,
    /// Base asset.
    pub base: String,
    /// Quote asset.
    pub quote: String,
    /// The exchange's own name: `BTCUSDT`, `BTC-USDT-SWAP`.
    pub native_symbol: String,
    /// Price as the venue quotes it, some minutes old.
    pub price: Option<f64>,
    /// Traded in 24 h, USD; far too large on inverse contracts.
    pub volume_24h_usd: Option<f64>,
}

/// Best bid and ask and the last trade; sizes in the contract's own quantity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quote {
    /// CoinAPI's id.
    pub symbol_id: String,
    /// Best bid.
    pub bid: Option<f64>,
    /// Offered there.
    pub bid_quantity: Option<f64>,
    /// Best ask.
    pub ask: Option<f64>,
    /// Offered there.
    pub ask_quantity: Option<f64>,
    /// When the exchange quoted so.
    pub quoted_at: Option<UtcMs>,
    /// Price of the last trade.
    pub last: Option<f64>,
    /// When it was.
    pub traded_at: Option<UtcMs>,
}

impl Quote {
    /// The last trade's price, else the middle of bid and ask, with its time.
    #[must_use]
    pub fn price(&self) -> Option<(f64, UtcMs)> {
        let middle = || match (self.bid, self.ask) {
            (Some(bid), Some(ask)) if bid <= ask => Some(f64::midpoint(bid, ask)),
            _ => None,
        };
        self.last.zip(self.traded_at).or_else(|| middle().zip(self.quoted_at))
    }

    /// The newest instant it tells of.
    #[must_use]
    pub fn at(&self) -> Option<UtcMs> {
        self.quoted_at.max(self.traded_at)
    }
}

/// A metric's present value on one contract.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Metric {
    /// CoinAPI's id of the metric: `DERIVATIVES_OPEN_INTEREST`.
    pub metric_id: String,
    /// CoinAPI's name of the exchange.
    pub exchange_id: String,
    /// CoinAPI's id of the contract.
    pub symbol_id: String,
    /// The value, in the exchange's own unit.
    pub value: f64,
    /// When it was recorded.
    pub at: UtcMs,
}

/// CoinAPI's name of the part of an exchange where such contracts trade.
#[must_use]
pub const fn exchange_id(venue: Venue, kind: Kind) -> &'static str {
    match (venue, kind) {
        (Venue::Binance, Kind::Spot) => "BINANCE",
        (Venue::Binance, _) => "BINANCEFTS",
        (Venue::Okx, _) => "OKEX",
        (Venue::Bybit, Kind::Spot) => "BYBITSPOT",
        (Venue::Bybit, _) => "BYBIT",
    }
}

/// CoinAPI's name of a bar length; `None` for the week, whose bars do not begin on Monday there.
#[must_use]
pub const fn period_id(interval: Interval) -> Option<&'static str> {
    Some(match interval {
        Interval::M1 => "1MIN",
        Interval::M3 => "3MIN",
        Interval::M5 => "5MIN",
        Interval::M15 => "15MIN",
        Interval::M30 => "30MIN",
        Interval::H1 => "1HRS",
        Interval::H2 => "2HRS",
        Interval::H4 => "4HRS",
        Interval::H6 => "6HRS",
        Interval::H8 => "8HRS",
        Interval::H12 => "12HRS",
        Interval::D1 => "1DAY",
        Interval::W1 => return None,
    })
}

/// Units of the contract's quantity in one unit of CoinAPI's sizes: those of OKX's derivatives count
/// contracts.
#[must_use]
pub fn quantity_unit(instrument: &Instrument) -> Option<f64> {
    match (instrument.venue, instrument.kind) {
        (Venue::Okx, Kind::Perp | Kind::Quarterly) => instrument.contract_size.to_f64(),
        _ => Some(1.0),
    }
}

/// CoinAPI's id of a contract among listed rows: by the exchange's own name and the kind of contract.
/// Where a name was used twice, the row with the newest data.
#[must_use]
pub fn symbol_id<'a>(rows: &'a [SymbolRow<'_>], instrument: &Instrument) -> Option<&'a str> {
    let wanted_type = match instrument.kind {
        Kind::Perp => "PERPETUAL",
        Kind::Quarterly => "FUTURES",
        Kind::Spot => "SPOT",
    };
    let exchange = exchange_id(instrument.venue, instrument.kind);
    rows.iter()
        .filter(|row| {
            row.symbol_id_exchange.as_str() == instrument.native_symbol
                && row.symbol_type.as_str() == wanted_type
                && row.exchange_id.value().is_none_or(|id| id == exchange)
        })
        .max_by_key(|row| instant(&row.data_end))
        .and_then(|row| row.symbol_id.value())
}

/// The rows that have an id.
#[must_use]
pub fn symbols(rows: &[SymbolRow<'_>]) -> Vec<Symbol> {
    rows.iter()
        .filter_map(|row| {
            Some(Symbol {
                symbol_id: row.symbol_id.value()?.to_owned(),
                exchange_id: row.exchange_id.as_str().to_owned(),
                symbol_type: row.symbol_type.as_str().to_owned(),
                base: row.asset_id_base.as_str().to_owned(),
                quote: row.asset_id_quote.as_str().to_owned(),
                native_symbol: row.symbol_id_exchange.as_str().to_owned(),
                price: positive(&row.price),
                volume_24h_usd: row.volume_1day_usd.number().filter(|volume| *volume >= 0.0),
            })
        })
        .collect()
}

/// Closed bars of the asked length that end by `end`, ascending, each once; volumes times `unit`.
/// Bars without trades and bars that contradict themselves are left out.
#[must_use]
pub fn candles(rows: &[BarRow<'_>], interval: Interval, from: UtcMs, end: UtcMs, unit: f64) -> Vec<Candle> {
    let mut candles: Vec<Candle> = rows
        .iter()
        .filter_map(|row| {
            let open_time = instant(&row.time_period_start)?;
            let closed_at = open_time.plus_ms(interval.ms());
            let told_end = instant(&row.time_period_end).unwrap_or(closed_at);
            let candle = Candle {
                open_time,
                open: row.price_open.number()?,
                high: row.price_high.number()?,
                low: row.price_low.number()?,
                close: row.price_close.number()?,
                volume: row.volume_traded.number()? * unit,
                quote_volume: None,
                taker_buy_volume: None,
            };
            let wanted = told_end == closed_at && open_time >= from && closed_at <= end;
            (wanted && candle.defect().is_none()).then_some(candle)
        })
        .collect();
    candles.sort_by_key(|candle| candle.open_time);
    candles.dedup_by_key(|candle| candle.open_time);
    candles
}

/// A quote as far as it was known at `now`; sizes times `unit`. `None` without an id.
#[must_use]
pub fn quote(row: &QuoteRow<'_>, unit: f64, now: UtcMs) -> Option<Quote> {
    let quoted_at = known_at(&row.time_exchange, now);
    let quoted = |price: &Text<'_>| positive(price).filter(|_| quoted_at.is_some());
    let trade = row.last_trade.as_ref();
    let traded_at = trade.and_then(|trade| known_at(&trade.time_exchange, now));
    let last = trade.and_then(|trade| positive(&trade.price)).filter(|_| traded_at.is_some());
    Some(Quote {
        symbol_id: row.symbol_id.value()?.to_owned(),
        bid: quoted(&row.bid_price),
        bid_quantity: positive(&row.bid_size).map(|size| size * unit),
        ask: quoted(&row.ask_price),
        ask_quantity: positive(&row.ask_size).map(|size| size * unit),
        quoted_at,
        last,
        traded_at: traded_at.filter(|_| last.is_some()),
    })
}

/// Trades known at `now`, ascending; sizes times `unit`. Those whose taker side is not known are left out.
#[must_use]
pub fn trades(rows: &[TradeRow<'_>], unit: f64, now: UtcMs) -> Vec<Trade> {
    let mut trades: Vec<Trade> = rows
        .iter()
        .filter_map(|row| {
            let taker_bought = match row.taker_side.as_str() {
                "BUY" | "BUY_ESTIMATED" => true,
                "SELL" | "SELL_ESTIMATED" => false,
                _ => return None,
            };
            Some(Trade {
                id: row.uuid.as_str().to_owned(),
                price: positive(&row.price)?,
                quantity: positive(&row.size)? * unit,
                taker_bought,
                at: known_at(&row.time_exchange, now)?,
            })
        })
        .collect();
    trades.sort_by_key(|trade| trade.at);
    trades
}

/// A book known at `now`, best levels first; sizes times `unit`. `None` where it tells no time or is empty.
#[must_use]
pub fn order_book(row: &BookRow<'_>, unit: f64, now: UtcMs) -> Option<OrderBook> {
    let side = |rows: &[LevelRow<'_>]| -> Vec<Level> {
        let level = |row: &LevelRow<'_>| {
            Some(Level { price: positive(&row.price)?, quantity: positive(&row.size)? * unit })
        };
        rows.iter().filter_map(level).collect()
    };
    let (mut bids, mut asks) = (side(&row.bids), side(&row.asks));
    bids.sort_by(|a, b| b.price.total_cmp(&a.price));
    asks.sort_by(|a, b| a.price.total_cmp(&b.price));
    let at = known_at(&row.time_exchange, now)?;
    (!bids.is_empty() || !asks.is_empty()).then_some(OrderBook { bids, asks, at })
}

/// Metrics with a number, known at `now`.
#[must_use]
pub fn metrics(rows: &[MetricRow<'_>], now: UtcMs) -> Vec<Metric> {
    rows.iter()
        .filter_map(|row| {
            Some(Metric {
                metric_id: row.metric_id.value()?.to_owned(),
                exchange_id: row.exchange_id.as_str().to_owned(),
                symbol_id: row.symbol_id.as_str().to_owned(),
                value: row.value_decimal.number()?,
                at: known_at(&row.entry_time, now)?,
            })
        })
        .collect()
}

fn positive(text: &Text<'_>) -> Option<f64> {
    text.number().filter(|number| *number > 0.0)
}

/// An instant that is not after `now`, but for clocks that go slightly ahead.
fn known_at(text: &Text<'_>, now: UtcMs) -> Option<UtcMs> {
    instant(text).filter(|at| at.since(now) <= CLOCK_SKEW_MS).map(|at| at.min(now))
}
