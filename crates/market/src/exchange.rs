//! The three exchanges behind one face. They offer the same data under the same names, so which one
//! serves is a matter of order alone.

use binance::Binance;
use bybit::Bybit;
use domain::{
    Candle, Funding, Instrument, Interval, Observed, OpenInterestHistory, OrderBook, ProviderError, Series,
    Source, Ticker, Trade, UtcMs, Venue,
};
use okx::Okx;
use upstream::Ask;

/// The exchanges' clients.
#[derive(Clone, Debug)]
pub struct Exchanges {
    /// Binance USDⓈ-M.
    pub binance: Binance,
    /// OKX.
    pub okx: Okx,
    /// Bybit.
    pub bybit: Bybit,
}

/// One exchange.
#[derive(Clone, Copy, Debug)]
pub enum Exchange<'a> {
    /// Binance USDⓈ-M.
    Binance(&'a Binance),
    /// OKX.
    Okx(&'a Okx),
    /// Bybit.
    Bybit(&'a Bybit),
}

impl Exchanges {
    /// The exchange behind a venue.
    #[must_use]
    pub const fn at(&self, venue: Venue) -> Exchange<'_> {
        match venue {
            Venue::Binance => Exchange::Binance(&self.binance),
            Venue::Okx => Exchange::Okx(&self.okx),
            Venue::Bybit => Exchange::Bybit(&self.bybit),
        }
    }
}

type Got<T> = Result<Observed<T>, ProviderError>;

macro_rules! each {
    ($self:ident, $client:ident => $call:expr) => {
        match $self {
            Self::Binance($client) => $call.await,
            Self::Okx($client) => $call.await,
            Self::Bybit($client) => $call.await,
        }
    };
}

impl Exchange<'_> {
    /// Who this is.
    #[must_use]
    pub const fn source(self) -> Source {
        match self {
            Self::Binance(_) => Source::Binance,
            Self::Okx(_) => Source::Okx,
            Self::Bybit(_) => Source::Bybit,
        }
    }

    /// The contracts listed.
    pub async fn instruments(self, ask: Ask) -> Result<Vec<Instrument>, ProviderError> {
        each!(self, client => client.instruments(ask))
    }

    /// Closed candles, ascending.
    pub async fn candles(
        self,
        instrument: &Instrument,
        interval: Interval,
        limit: u32,
        end: Option<UtcMs>,
        ask: Ask,
    ) -> Got<Vec<Candle>> {
        each!(self, client => client.candles(instrument, interval, limit, end, ask))
    }

    /// The last price, as quoted.
    pub async fn last_price(self, instrument: &Instrument, ask: Ask) -> Got<f64> {
        each!(self, client => client.last_price(instrument, ask))
    }

    /// The running funding rate.
    pub async fn funding_now(self, instrument: &Instrument, ask: Ask) -> Got<Funding> {
        each!(self, client => client.funding_now(instrument, ask))
    }

    /// Settled funding rates since `since`, ascending.
    pub async fn funding_history(self, instrument: &Instrument, since: UtcMs, ask: Ask) -> Got<Vec<Funding>> {
        each!(self, client => client.funding_history(instrument, since, ask))
    }

    /// Open interest since `since`, ascending.
    pub async fn open_interest_history(
        self,
        instrument: &Instrument,
        since: UtcMs,
        ask: Ask,
    ) -> Got<OpenInterestHistory> {
        each!(self, client => client.open_interest_history(instrument, since, ask))
    }

    /// Long/short ratio of all accounts since `since`.
    pub async fn account_ratio(self, instrument: &Instrument, since: UtcMs, ask: Ask) -> Got<Series> {
        each!(self, client => client.account_ratio(instrument, since, ask))
    }

    /// Long/short ratio of the top traders' positions since `since`.
    pub async fn top_position_ratio(self, instrument: &Instrument, since: UtcMs, ask: Ask) -> Got<Series> {
        each!(self, client => client.top_position_ratio(instrument, since, ask))
    }

    /// Taker buy / sell volume ratio per bar since `since`.
    pub async fn taker_ratio(self, instrument: &Instrument, since: UtcMs, ask: Ask) -> Got<Series> {
        each!(self, client => client.taker_ratio(instrument, since, ask))
    }

    /// The whole market in one call.
    pub async fn tickers(self, ask: Ask) -> Got<Vec<Ticker>> {
        each!(self, client => client.tickers(ask))
    }

    /// The best levels of the book.
    pub async fn order_book(self, instrument: &Instrument, depth: u32, ask: Ask) -> Got<OrderBook> {
        each!(self, client => client.order_book(instrument, depth, ask))
    }

    /// The newest trades.
    pub async fn trades(self, instrument: &Instrument, limit: u32, ask: Ask) -> Got<Vec<Trade>> {
        each!(self, client => client.trades(instrument, limit, ask))
    }
}
