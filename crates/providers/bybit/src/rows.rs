//! Results as Bybit sends them. Nearly every value is text, "no value" is empty text, keys come and go:
//! everything is a lenient [`Text`], nothing is required, and only what is used stands here.

use serde::Deserialize;
use upstream::lenient::Text;

/// A row without names.
pub type Positional<'a> = Vec<Text<'a>>;

/// The number at a place of a row without names.
pub fn number_at(row: &[Text<'_>], place: usize) -> Option<f64> {
    row.get(place).and_then(Text::number)
}

/// A result that holds rows. The list itself is required: a result without one is of another shape.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed<'a, T> {
    pub list: Vec<T>,
    /// Percent-encoded; empty or missing on the last page.
    #[serde(borrow, default)]
    pub next_page_cursor: Text<'a>,
}

/// A row of `instruments-info`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InstrumentRow<'a> {
    #[serde(borrow)]
    pub symbol: Text<'a>,
    #[serde(borrow)]
    pub contract_type: Text<'a>,
    #[serde(borrow)]
    pub status: Text<'a>,
    #[serde(borrow)]
    pub base_coin: Text<'a>,
    #[serde(borrow)]
    pub quote_coin: Text<'a>,
    /// Empty, `innovation`, `stock`, `commodity` or `forex`.
    #[serde(borrow)]
    pub symbol_type: Text<'a>,
    #[serde(borrow)]
    pub launch_time: Text<'a>,
    #[serde(borrow)]
    pub delivery_time: Text<'a>,
    #[serde(borrow)]
    pub price_filter: PriceFilter<'a>,
    #[serde(borrow)]
    pub lot_size_filter: LotSizeFilter<'a>,
    /// Minutes.
    #[serde(borrow)]
    pub funding_interval: Text<'a>,
}

/// Price steps.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PriceFilter<'a> {
    #[serde(borrow)]
    pub tick_size: Text<'a>,
}

/// Quantity steps.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LotSizeFilter<'a> {
    #[serde(borrow)]
    pub qty_step: Text<'a>,
    #[serde(borrow)]
    pub min_notional_value: Text<'a>,
}

/// A row of `tickers`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TickerRow<'a> {
    #[serde(borrow)]
    pub symbol: Text<'a>,
    #[serde(borrow)]
    pub last_price: Text<'a>,
    #[serde(borrow)]
    pub index_price: Text<'a>,
    #[serde(borrow)]
    pub mark_price: Text<'a>,
    /// A fraction: 0.001455 is 0.1455 %.
    #[serde(borrow, rename = "price24hPcnt")]
    pub price24h_pcnt: Text<'a>,
    #[serde(borrow, rename = "highPrice24h")]
    pub high_price24h: Text<'a>,
    #[serde(borrow, rename = "lowPrice24h")]
    pub low_price24h: Text<'a>,
    /// Quote currency.
    #[serde(borrow, rename = "turnover24h")]
    pub turnover24h: Text<'a>,
    /// Both sides added.
    #[serde(borrow)]
    pub open_interest: Text<'a>,
    #[serde(borrow)]
    pub open_interest_value: Text<'a>,
    /// One side, since 2026.
    #[serde(borrow)]
    pub single_open_interest: Text<'a>,
    #[serde(borrow)]
    pub single_open_interest_value: Text<'a>,
    #[serde(borrow)]
    pub funding_rate: Text<'a>,
    #[serde(borrow)]
    pub next_funding_time: Text<'a>,
    #[serde(borrow)]
    pub funding_interval_hour: Text<'a>,
}

/// A row of `funding/history`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SettledRow<'a> {
    #[serde(borrow)]
    pub funding_rate: Text<'a>,
    #[serde(borrow)]
    pub funding_rate_timestamp: Text<'a>,
}

/// A row of `open-interest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OpenInterestRow<'a> {
    /// Both sides added.
    #[serde(borrow)]
    pub open_interest: Text<'a>,
    /// One side, since 2026.
    #[serde(borrow)]
    pub single_open_interest: Text<'a>,
    /// Milliseconds; seconds were seen once.
    #[serde(borrow)]
    pub timestamp: Text<'a>,
}

/// A row of `account-ratio`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AccountRatioRow<'a> {
    #[serde(borrow)]
    pub buy_ratio: Text<'a>,
    #[serde(borrow)]
    pub sell_ratio: Text<'a>,
    #[serde(borrow)]
    pub timestamp: Text<'a>,
}

/// The result of `orderbook`.
#[derive(Debug, Deserialize)]
pub struct Book<'a> {
    /// `[price, size]`.
    #[serde(borrow)]
    pub b: Vec<Positional<'a>>,
    #[serde(borrow)]
    pub a: Vec<Positional<'a>>,
    #[serde(borrow, default)]
    pub ts: Text<'a>,
}

/// A row of `recent-trade`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TradeRow<'a> {
    #[serde(borrow)]
    pub exec_id: Text<'a>,
    #[serde(borrow)]
    pub price: Text<'a>,
    #[serde(borrow)]
    pub size: Text<'a>,
    /// The taker's: `Buy` or `Sell`.
    #[serde(borrow)]
    pub side: Text<'a>,
    #[serde(borrow)]
    pub time: Text<'a>,
}
