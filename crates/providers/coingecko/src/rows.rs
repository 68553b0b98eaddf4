//! Rows as they come over the wire, for what is read here. Every key may be missing or null, and numbers
//! may come as text.

use std::collections::BTreeMap;

use serde::Deserialize;
use upstream::lenient::Text;

/// A coin's price by currency, keyed as `usd` and `last_updated_at` (Unix seconds).
pub type PriceRow<'a> = BTreeMap<String, Text<'a>>;

/// An exchange of derivatives with its contracts.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DerivativeExchange<'a> {
    /// Missing unless asked for.
    #[serde(borrow)]
    pub tickers: Option<Vec<ContractRow<'a>>>,
}

/// A contract on an exchange of derivatives.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the keys tell themselves")]
pub struct ContractRow<'a> {
    /// The venue's own name.
    #[serde(borrow)]
    pub symbol: Text<'a>,
    #[serde(borrow)]
    pub base: Text<'a>,
    #[serde(borrow)]
    pub target: Text<'a>,
    #[serde(borrow)]
    pub coin_id: Text<'a>,
    /// `perpetual` or `futures`.
    #[serde(borrow)]
    pub contract_type: Text<'a>,
    #[serde(borrow)]
    pub last: Text<'a>,
}

/// A coin of the market list, in the currency asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the keys tell themselves; units are at `CoinMarket`")]
pub struct MarketRow<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub symbol: Text<'a>,
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub current_price: Text<'a>,
    #[serde(borrow)]
    pub market_cap: Text<'a>,
    #[serde(borrow)]
    pub market_cap_rank: Text<'a>,
    #[serde(borrow)]
    pub total_volume: Text<'a>,
    #[serde(borrow)]
    pub high_24h: Text<'a>,
    #[serde(borrow)]
    pub low_24h: Text<'a>,
    #[serde(borrow)]
    pub price_change_percentage_24h: Text<'a>,
    #[serde(borrow)]
    pub price_change_percentage_1h_in_currency: Text<'a>,
    #[serde(borrow)]
    pub price_change_percentage_7d_in_currency: Text<'a>,
    #[serde(borrow)]
    pub market_cap_change_percentage_24h: Text<'a>,
    #[serde(borrow)]
    pub circulating_supply: Text<'a>,
    #[serde(borrow)]
    pub ath_change_percentage: Text<'a>,
    #[serde(borrow)]
    pub last_updated: Text<'a>,
}

/// A coin of the whole list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the keys tell themselves")]
pub struct CoinRow<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub symbol: Text<'a>,
    #[serde(borrow)]
    pub name: Text<'a>,
}

/// What is searched for most.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TrendingRow<'a> {
    /// Coins, most searched first.
    #[serde(borrow)]
    pub coins: Vec<TrendingItem<'a>>,
}

/// The wrapper around a trending coin.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TrendingItem<'a> {
    /// The coin.
    #[serde(borrow)]
    pub item: TrendingCoin<'a>,
}

/// A trending coin.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the keys tell themselves")]
pub struct TrendingCoin<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub symbol: Text<'a>,
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub market_cap_rank: Text<'a>,
    #[serde(borrow)]
    pub score: Text<'a>,
    /// Missing before 2024.
    #[serde(borrow)]
    pub data: Option<TrendingFigures<'a>>,
}

/// A trending coin's figures.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the keys tell themselves")]
pub struct TrendingFigures<'a> {
    #[serde(borrow)]
    pub price: Text<'a>,
    /// By currency, percent.
    #[serde(borrow)]
    pub price_change_percentage_24h: Option<BTreeMap<String, Text<'a>>>,
}

/// A category of coins.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the keys tell themselves; units are at `Category`")]
pub struct CategoryRow<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub market_cap: Text<'a>,
    #[serde(borrow)]
    pub market_cap_change_24h: Text<'a>,
    #[serde(borrow)]
    pub volume_24h: Text<'a>,
    /// Missing in answers of 2021.
    #[serde(borrow)]
    pub top_3_coins_id: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    pub updated_at: Text<'a>,
}

/// The whole market, inside its wrapper.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct GlobalRow<'a> {
    /// The figures.
    #[serde(borrow)]
    pub data: GlobalFigures<'a>,
}

/// The whole market.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the keys tell themselves; units are at `Global`")]
pub struct GlobalFigures<'a> {
    #[serde(borrow)]
    pub total_market_cap: BTreeMap<String, Text<'a>>,
    #[serde(borrow)]
    pub total_volume: BTreeMap<String, Text<'a>>,
    #[serde(borrow)]
    pub market_cap_percentage: BTreeMap<String, Text<'a>>,
    #[serde(borrow)]
    pub market_cap_change_percentage_24h_usd: Text<'a>,
    #[serde(borrow)]
    pub updated_at: Text<'a>,
}
