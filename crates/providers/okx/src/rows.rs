//! Rows as OKX sends them. Nearly every value is text, "no value" is empty text, and older or shortened
//! answers lack keys: everything is a lenient [`Text`], nothing is required, and only what is used stands
//! here. Statistics and candles are arrays without names: [`Positional`].

use serde::Deserialize;
use upstream::lenient::Text;

/// A row without names.
pub type Positional<'a> = Vec<Text<'a>>;

/// The number at a place of a row without names.
pub fn number_at(row: &[Text<'_>], place: usize) -> Option<f64> {
    row.get(place).and_then(Text::number)
}

/// A row of `public/instruments`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InstrumentRow<'a> {
    #[serde(borrow)]
    pub inst_type: Text<'a>,
    #[serde(borrow)]
    pub inst_id: Text<'a>,
    #[serde(borrow)]
    pub uly: Text<'a>,
    #[serde(borrow)]
    pub settle_ccy: Text<'a>,
    #[serde(borrow)]
    pub ct_type: Text<'a>,
    #[serde(borrow)]
    pub ct_val: Text<'a>,
    #[serde(borrow)]
    pub ct_mult: Text<'a>,
    #[serde(borrow)]
    pub ct_val_ccy: Text<'a>,
    #[serde(borrow)]
    pub tick_sz: Text<'a>,
    #[serde(borrow)]
    pub lot_sz: Text<'a>,
    #[serde(borrow)]
    pub list_time: Text<'a>,
    #[serde(borrow)]
    pub exp_time: Text<'a>,
    #[serde(borrow)]
    pub state: Text<'a>,
    #[serde(borrow)]
    pub inst_category: Text<'a>,
}

/// A row of `market/ticker` and `market/tickers`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TickerRow<'a> {
    #[serde(borrow)]
    pub inst_id: Text<'a>,
    #[serde(borrow)]
    pub last: Text<'a>,
    #[serde(borrow)]
    pub open24h: Text<'a>,
    #[serde(borrow)]
    pub high24h: Text<'a>,
    #[serde(borrow)]
    pub low24h: Text<'a>,
    /// Base coins for derivatives.
    #[serde(borrow, rename = "volCcy24h")]
    pub vol_ccy24h: Text<'a>,
    #[serde(borrow)]
    pub ts: Text<'a>,
}

/// The one row of `market/books`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct BookRow<'a> {
    /// `[price, contracts, …]`, best first.
    #[serde(borrow)]
    pub asks: Vec<Positional<'a>>,
    #[serde(borrow)]
    pub bids: Vec<Positional<'a>>,
    #[serde(borrow)]
    pub ts: Text<'a>,
}

/// A row of `market/trades`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TradeRow<'a> {
    #[serde(borrow)]
    pub trade_id: Text<'a>,
    #[serde(borrow)]
    pub px: Text<'a>,
    /// Contracts.
    #[serde(borrow)]
    pub sz: Text<'a>,
    /// The taker's.
    #[serde(borrow)]
    pub side: Text<'a>,
    #[serde(borrow)]
    pub ts: Text<'a>,
}

/// A row of `public/funding-rate`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FundingRow<'a> {
    #[serde(borrow)]
    pub inst_id: Text<'a>,
    #[serde(borrow)]
    pub funding_rate: Text<'a>,
    #[serde(borrow)]
    pub funding_time: Text<'a>,
    #[serde(borrow)]
    pub next_funding_time: Text<'a>,
    #[serde(borrow)]
    pub prev_funding_time: Text<'a>,
    #[serde(borrow)]
    pub ts: Text<'a>,
}

/// A row of `public/funding-rate-history`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SettledRow<'a> {
    #[serde(borrow)]
    pub realized_rate: Text<'a>,
    #[serde(borrow)]
    pub funding_time: Text<'a>,
}

/// A row of `public/open-interest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OpenInterestRow<'a> {
    #[serde(borrow)]
    pub inst_id: Text<'a>,
    #[serde(borrow)]
    pub oi_ccy: Text<'a>,
    #[serde(borrow)]
    pub oi_usd: Text<'a>,
    #[serde(borrow)]
    pub ts: Text<'a>,
}

/// A row of `public/liquidation-orders` and of the channel of that name.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LiquidationRow<'a> {
    #[serde(borrow)]
    pub inst_id: Text<'a>,
    #[serde(borrow)]
    pub details: Vec<LiquidationDetail<'a>>,
}

/// One order of a [`LiquidationRow`].
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LiquidationDetail<'a> {
    /// Bankruptcy price.
    #[serde(borrow)]
    pub bk_px: Text<'a>,
    #[serde(borrow)]
    pub pos_side: Text<'a>,
    #[serde(borrow)]
    pub side: Text<'a>,
    /// Contracts.
    #[serde(borrow)]
    pub sz: Text<'a>,
    #[serde(borrow)]
    pub ts: Text<'a>,
}
