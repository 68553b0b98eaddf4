//! Rows as they stand on the wire: every scalar may be text or a number, every key may be missing.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use upstream::lenient::Text;

/// `exchangeInfo`.
#[derive(Debug, Deserialize)]
pub struct ExchangeInfo<'a> {
    /// All contracts.
    #[serde(borrow)]
    pub symbols: Vec<SymbolRow<'a>>,
}

/// One contract of `exchangeInfo`. Captures of 2020 have no `contractType`, dates and underlying type.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SymbolRow<'a> {
    /// Native name.
    #[serde(borrow)]
    pub symbol: Text<'a>,
    /// `PERPETUAL`, `TRADIFI_PERPETUAL`, `CURRENT_QUARTER`, …
    #[serde(borrow)]
    pub contract_type: Option<Text<'a>>,
    /// `TRADING`, `SETTLING`, …
    #[serde(borrow)]
    pub status: Text<'a>,
    /// Base asset with its multiplier.
    #[serde(borrow)]
    pub base_asset: Text<'a>,
    /// Quote asset.
    #[serde(borrow)]
    pub quote_asset: Text<'a>,
    /// `COIN`, `INDEX`, `EQUITY`, …
    #[serde(borrow)]
    pub underlying_type: Text<'a>,
    /// First trading moment, ms.
    #[serde(borrow)]
    pub onboard_date: Text<'a>,
    /// Delivery or delisting, ms; the year 2100 for "never".
    #[serde(borrow)]
    pub delivery_date: Text<'a>,
    /// Trading rules; to be sought by their type.
    #[serde(borrow)]
    pub filters: Vec<FilterRow<'a>>,
}

/// One trading rule.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FilterRow<'a> {
    /// `PRICE_FILTER`, `LOT_SIZE`, `MIN_NOTIONAL`, …
    #[serde(borrow)]
    pub filter_type: Text<'a>,
    /// Smallest price step.
    #[serde(borrow)]
    pub tick_size: Text<'a>,
    /// Smallest quantity step.
    #[serde(borrow)]
    pub step_size: Text<'a>,
    /// Smallest order value.
    #[serde(borrow)]
    pub notional: Text<'a>,
}

/// A candle: an array of twelve, of which the first eleven mean something.
#[derive(Debug, Default)]
pub struct KlineRow<'a> {
    /// Open time, ms.
    pub open_time: Text<'a>,
    /// First price.
    pub open: Text<'a>,
    /// Highest price.
    pub high: Text<'a>,
    /// Lowest price.
    pub low: Text<'a>,
    /// Last price.
    pub close: Text<'a>,
    /// Volume in base units.
    pub volume: Text<'a>,
    /// Last millisecond of the bar.
    pub close_time: Text<'a>,
    /// Volume in quote currency.
    pub quote_volume: Text<'a>,
    /// Number of trades.
    pub trades: Text<'a>,
    /// Base volume bought by takers.
    pub taker_buy_volume: Text<'a>,
    /// Quote volume bought by takers.
    pub taker_buy_quote_volume: Text<'a>,
}

impl<'de: 'a, 'a> Deserialize<'de> for KlineRow<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Columns;

        impl<'de> Visitor<'de> for Columns {
            type Value = KlineRow<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a candle of eleven columns or more")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut columns: A) -> Result<Self::Value, A::Error> {
                let mut row = KlineRow::default();
                for column in [
                    &mut row.open_time,
                    &mut row.open,
                    &mut row.high,
                    &mut row.low,
                    &mut row.close,
                    &mut row.volume,
                    &mut row.close_time,
                    &mut row.quote_volume,
                    &mut row.trades,
                    &mut row.taker_buy_volume,
                    &mut row.taker_buy_quote_volume,
                ] {
                    match columns.next_element()? {
                        Some(value) => *column = value,
                        None => break,
                    }
                }
                while columns.next_element::<IgnoredAny>()?.is_some() {}
                Ok(row)
            }
        }

        deserializer.deserialize_seq(Columns)
    }
}

/// Mark, index and running funding rate of a contract.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PremiumRow<'a> {
    /// Native name.
    #[serde(borrow)]
    pub symbol: Text<'a>,
    /// Mark price.
    #[serde(borrow)]
    pub mark_price: Text<'a>,
    /// Index price.
    #[serde(borrow)]
    pub index_price: Text<'a>,
    /// Estimate of the coming settlement, despite its name.
    #[serde(borrow)]
    pub last_funding_rate: Text<'a>,
    /// The coming settlement, ms; 0 where there is none.
    #[serde(borrow)]
    pub next_funding_time: Text<'a>,
    /// When the row was made, ms.
    #[serde(borrow)]
    pub time: Text<'a>,
}

/// A settled funding rate.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FundingRow<'a> {
    /// Native name.
    #[serde(borrow)]
    pub symbol: Text<'a>,
    /// When it was charged, ms, some ms after the hour.
    #[serde(borrow)]
    pub funding_time: Text<'a>,
    /// Fraction per interval.
    #[serde(borrow)]
    pub funding_rate: Text<'a>,
}

/// A contract's funding interval.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FundingInfoRow<'a> {
    /// Native name.
    #[serde(borrow)]
    pub symbol: Text<'a>,
    /// Hours.
    #[serde(borrow)]
    pub funding_interval_hours: Text<'a>,
}

/// Statistics of the last 24 hours.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TickerRow<'a> {
    /// Native name.
    #[serde(borrow)]
    pub symbol: Text<'a>,
    /// Last price.
    #[serde(borrow)]
    pub last_price: Text<'a>,
    /// Percent.
    #[serde(borrow)]
    pub price_change_percent: Text<'a>,
    /// Highest price.
    #[serde(borrow)]
    pub high_price: Text<'a>,
    /// Lowest price.
    #[serde(borrow)]
    pub low_price: Text<'a>,
    /// Turnover in quote currency.
    #[serde(borrow)]
    pub quote_volume: Text<'a>,
    /// End of the 24 hours, ms.
    #[serde(borrow)]
    pub close_time: Text<'a>,
}

/// The last price.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PriceRow<'a> {
    /// Native name.
    #[serde(borrow)]
    pub symbol: Text<'a>,
    /// Last price.
    #[serde(borrow)]
    pub price: Text<'a>,
    /// When, ms.
    #[serde(borrow)]
    pub time: Text<'a>,
}

/// An order book. Captures of 2019 have no times.
#[derive(Debug, Deserialize)]
pub struct DepthRow<'a> {
    /// Transaction time, ms.
    #[serde(borrow, default, rename = "T")]
    pub transaction_time: Text<'a>,
    /// Message time, ms.
    #[serde(borrow, default, rename = "E")]
    pub event_time: Text<'a>,
    /// Price and quantity, highest price first.
    #[serde(borrow)]
    pub bids: Vec<(Text<'a>, Text<'a>)>,
    /// Price and quantity, lowest price first.
    #[serde(borrow)]
    pub asks: Vec<(Text<'a>, Text<'a>)>,
}

/// A trade.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TradeRow<'a> {
    /// Id.
    #[serde(borrow)]
    pub id: Text<'a>,
    /// Price.
    #[serde(borrow)]
    pub price: Text<'a>,
    /// Quantity in base units.
    #[serde(borrow)]
    pub qty: Text<'a>,
    /// When, ms.
    #[serde(borrow)]
    pub time: Text<'a>,
    /// Whether the maker bought, so the taker sold.
    pub is_buyer_maker: Option<bool>,
}

/// Open interest of a period.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OpenInterestRow<'a> {
    /// Contract units.
    #[serde(borrow)]
    pub sum_open_interest: Text<'a>,
    /// Quote currency.
    #[serde(borrow)]
    pub sum_open_interest_value: Text<'a>,
    /// When, ms.
    #[serde(borrow)]
    pub timestamp: Text<'a>,
}

/// A long/short ratio.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RatioRow<'a> {
    /// Long over short.
    #[serde(borrow)]
    pub long_short_ratio: Text<'a>,
    /// When, ms.
    #[serde(borrow)]
    pub timestamp: Text<'a>,
}

/// Taker volumes of a period.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TakerRow<'a> {
    /// Bought over sold.
    #[serde(borrow)]
    pub buy_sell_ratio: Text<'a>,
    /// Start of the period, ms.
    #[serde(borrow)]
    pub timestamp: Text<'a>,
}

/// The answer of `time`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerTime {
    /// Unix milliseconds.
    pub server_time: i64,
}
