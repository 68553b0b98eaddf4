//! Rows as they come over the wire, for what is read here. Every number may come as text, and every key
//! may be missing.

use std::borrow::Cow;

use serde::Deserialize;

use crate::lenient::{Num, list};

/// Open, high, low and close of a bar: open interest (USD or coins), funding (percent).
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ohlc {
    /// Start of the bar, ms.
    pub time: Num,
    /// First value.
    pub open: Num,
    /// Highest value.
    pub high: Num,
    /// Lowest value.
    pub low: Num,
    /// Last value.
    pub close: Num,
}

/// Liquidations in a bar, of a pair or of a coin over exchanges.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Liquidated {
    /// Start of the bar, ms.
    pub time: Num,
    /// Longs liquidated, USD.
    #[serde(alias = "aggregated_long_liquidation_usd")]
    pub long_liquidation_usd: Num,
    /// Shorts liquidated, USD.
    #[serde(alias = "aggregated_short_liquidation_usd")]
    pub short_liquidation_usd: Num,
}

/// Long and short share and their ratio, of all accounts, of the top traders' accounts or positions.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct LongShort {
    /// The instant the value holds at, ms.
    pub time: Num,
    /// Long share, percent.
    #[serde(
        alias = "global_account_long_percent",
        alias = "top_account_long_percent",
        alias = "top_position_long_percent"
    )]
    pub long_percent: Num,
    /// Short share, percent.
    #[serde(
        alias = "global_account_short_percent",
        alias = "top_account_short_percent",
        alias = "top_position_short_percent"
    )]
    pub short_percent: Num,
    /// Long over short, rounded to two decimals.
    #[serde(
        alias = "global_account_long_short_ratio",
        alias = "top_account_long_short_ratio",
        alias = "top_position_long_short_ratio"
    )]
    pub long_short_ratio: Num,
}

/// Taker buys and sells in a bar. Whether in USD or in coins is not sure, whatever the key says.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TakerVolume {
    /// Start of the bar, ms.
    pub time: Num,
    /// Bought by takers.
    #[serde(alias = "aggregated_buy_volume_usd")]
    pub taker_buy_volume_usd: Num,
    /// Sold by takers.
    #[serde(alias = "aggregated_sell_volume_usd")]
    pub taker_sell_volume_usd: Num,
}

/// One coin's funding now on every exchange.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CoinFunding<'a> {
    /// Coin.
    #[serde(borrow)]
    pub symbol: Cow<'a, str>,
    /// Contracts margined in stablecoins.
    #[serde(borrow, deserialize_with = "list")]
    pub stablecoin_margin_list: Vec<ExchangeFunding<'a>>,
    /// Contracts margined in the coin.
    #[serde(borrow, deserialize_with = "list")]
    pub token_margin_list: Vec<ExchangeFunding<'a>>,
}

/// A coin's funding now on one exchange.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ExchangeFunding<'a> {
    /// Exchange; the spelling varies.
    #[serde(borrow)]
    pub exchange: Cow<'a, str>,
    /// Percent per funding period.
    pub funding_rate: Num,
    /// Hours between fundings.
    pub funding_rate_interval: Num,
    /// Next settlement, ms.
    pub next_funding_time: Num,
}

/// The Fear & Greed history as parallel arrays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct FearGreed {
    /// Index, 0-100.
    #[serde(alias = "values", deserialize_with = "list")]
    pub data_list: Vec<Num>,
    /// Times, ms or s.
    #[serde(deserialize_with = "list")]
    pub time_list: Vec<Num>,
}

/// Liquidations on one exchange over a span.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ExchangeLiquidated<'a> {
    /// Exchange, or `All`.
    #[serde(borrow)]
    pub exchange: Cow<'a, str>,
    /// Longs liquidated, USD.
    #[serde(alias = "longLiquidation_usd")]
    pub long_liquidation_usd: Num,
    /// Shorts liquidated, USD.
    #[serde(alias = "shortLiquidation_usd")]
    pub short_liquidation_usd: Num,
}

/// One coin's liquidations on an exchange over four spans, USD.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the keys tell themselves")]
pub struct CoinLiquidated<'a> {
    #[serde(borrow)]
    pub symbol: Cow<'a, str>,
    pub long_liquidation_usd_1h: Num,
    pub long_liquidation_usd_4h: Num,
    pub long_liquidation_usd_12h: Num,
    pub long_liquidation_usd_24h: Num,
    pub short_liquidation_usd_1h: Num,
    pub short_liquidation_usd_4h: Num,
    pub short_liquidation_usd_12h: Num,
    pub short_liquidation_usd_24h: Num,
}

/// One coin of the whole-market list. All but the symbol may be missing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the keys tell themselves")]
pub struct CoinMarketRow<'a> {
    #[serde(borrow)]
    pub symbol: Cow<'a, str>,
    pub current_price: Num,
    pub avg_funding_rate_by_oi: Num,
    pub avg_funding_rate_by_vol: Num,
    pub market_cap_usd: Num,
    pub open_interest_usd: Num,
    pub open_interest_quantity: Num,
    pub open_interest_market_cap_ratio: Num,
    pub open_interest_volume_ratio: Num,
    pub price_change_percent_5m: Num,
    pub price_change_percent_15m: Num,
    pub price_change_percent_30m: Num,
    pub price_change_percent_1h: Num,
    pub price_change_percent_4h: Num,
    pub price_change_percent_12h: Num,
    pub price_change_percent_24h: Num,
    pub open_interest_change_percent_5m: Num,
    pub open_interest_change_percent_15m: Num,
    pub open_interest_change_percent_30m: Num,
    pub open_interest_change_percent_1h: Num,
    pub open_interest_change_percent_4h: Num,
    pub open_interest_change_percent_24h: Num,
    pub volume_change_percent_5m: Num,
    pub volume_change_percent_15m: Num,
    pub volume_change_percent_30m: Num,
    pub volume_change_percent_1h: Num,
    pub volume_change_percent_4h: Num,
    pub volume_change_percent_24h: Num,
    pub long_short_ratio_5m: Num,
    pub long_short_ratio_15m: Num,
    pub long_short_ratio_30m: Num,
    pub long_short_ratio_1h: Num,
    pub long_short_ratio_4h: Num,
    pub long_short_ratio_12h: Num,
    pub long_short_ratio_24h: Num,
    pub long_liquidation_usd_1h: Num,
    pub long_liquidation_usd_4h: Num,
    pub long_liquidation_usd_12h: Num,
    pub long_liquidation_usd_24h: Num,
    pub short_liquidation_usd_1h: Num,
    pub short_liquidation_usd_4h: Num,
    pub short_liquidation_usd_12h: Num,
    pub short_liquidation_usd_24h: Num,
}
