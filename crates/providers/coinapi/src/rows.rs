//! Rows as they come over the wire, for what is read here. Every key may be missing; absent values are
//! left out rather than null.

use domain::UtcMs;
use serde::Deserialize;
use upstream::lenient::Text;

/// Year 1, the provider's "no time", and everything else before this is no instant of a market.
const FIRST_INSTANT: UtcMs = UtcMs(1);

/// The instant of an RFC 3339 text with up to seven digits of a second.
#[must_use]
pub fn instant(text: &Text<'_>) -> Option<UtcMs> {
    text.value()?.parse().ok().filter(|at| *at >= FIRST_INSTANT)
}

/// A contract or pair in the provider's list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the keys tell themselves; units are at `Symbol`")]
pub struct SymbolRow<'a> {
    #[serde(borrow)]
    pub symbol_id: Text<'a>,
    #[serde(borrow)]
    pub exchange_id: Text<'a>,
    #[serde(borrow)]
    pub symbol_type: Text<'a>,
    #[serde(borrow)]
    pub asset_id_base: Text<'a>,
    #[serde(borrow)]
    pub asset_id_quote: Text<'a>,
    #[serde(borrow)]
    pub symbol_id_exchange: Text<'a>,
    #[serde(borrow)]
    pub data_end: Text<'a>,
    #[serde(borrow)]
    pub future_contract_unit: Text<'a>,
    #[serde(borrow)]
    pub price: Text<'a>,
    #[serde(borrow)]
    pub volume_1day_usd: Text<'a>,
}

/// A bar. The prices are missing where nothing traded.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the keys tell themselves")]
pub struct BarRow<'a> {
    #[serde(borrow)]
    pub time_period_start: Text<'a>,
    #[serde(borrow)]
    pub time_period_end: Text<'a>,
    #[serde(borrow)]
    pub price_open: Text<'a>,
    #[serde(borrow)]
    pub price_high: Text<'a>,
    #[serde(borrow)]
    pub price_low: Text<'a>,
    #[serde(borrow)]
    pub price_close: Text<'a>,
    /// In the venue's unit: contracts on OKX.
    #[serde(borrow)]
    pub volume_traded: Text<'a>,
}

/// Best bid and ask, with the last trade on the "current" paths.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the keys tell themselves")]
pub struct QuoteRow<'a> {
    #[serde(borrow)]
    pub symbol_id: Text<'a>,
    #[serde(borrow)]
    pub time_exchange: Text<'a>,
    #[serde(borrow)]
    pub ask_price: Text<'a>,
    /// 0 where not known.
    #[serde(borrow)]
    pub ask_size: Text<'a>,
    #[serde(borrow)]
    pub bid_price: Text<'a>,
    /// 0 where not known.
    #[serde(borrow)]
    pub bid_size: Text<'a>,
    #[serde(borrow)]
    pub last_trade: Option<TradeRow<'a>>,
}

/// A trade.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the keys tell themselves")]
pub struct TradeRow<'a> {
    #[serde(borrow)]
    pub symbol_id: Text<'a>,
    #[serde(borrow)]
    pub time_exchange: Text<'a>,
    #[serde(borrow)]
    pub uuid: Text<'a>,
    #[serde(borrow)]
    pub price: Text<'a>,
    #[serde(borrow)]
    pub size: Text<'a>,
    /// `BUY`, `SELL`, `BUY_ESTIMATED`, `SELL_ESTIMATED` or `UNKNOWN`.
    #[serde(borrow)]
    pub taker_side: Text<'a>,
}

/// An order book, best first.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the keys tell themselves")]
pub struct BookRow<'a> {
    #[serde(borrow)]
    pub symbol_id: Text<'a>,
    #[serde(borrow)]
    pub time_exchange: Text<'a>,
    #[serde(borrow)]
    pub asks: Vec<LevelRow<'a>>,
    #[serde(borrow)]
    pub bids: Vec<LevelRow<'a>>,
}

/// A price level.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the keys tell themselves")]
pub struct LevelRow<'a> {
    #[serde(borrow)]
    pub price: Text<'a>,
    #[serde(borrow)]
    pub size: Text<'a>,
}

/// A metric's present value; text and time values are not read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the keys tell themselves")]
pub struct MetricRow<'a> {
    #[serde(borrow)]
    pub entry_time: Text<'a>,
    #[serde(borrow)]
    pub exchange_id: Text<'a>,
    #[serde(borrow)]
    pub symbol_id: Text<'a>,
    #[serde(borrow)]
    pub metric_id: Text<'a>,
    #[serde(borrow)]
    pub value_decimal: Text<'a>,
}

/// One row, or a list of rows: the document and its own example differ.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    /// A list.
    Many(Vec<T>),
    /// A row by itself.
    One(T),
}

impl<T> OneOrMany<T> {
    /// All rows.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        match self {
            Self::Many(rows) => rows,
            Self::One(row) => vec![row],
        }
    }
}
