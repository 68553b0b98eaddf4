//! From rows to what the engine reads.

use domain::{Instrument, Kind, UtcMs, Venue};
use serde::Serialize;
use upstream::lenient::Text;

use crate::rows::{
    CategoryRow, CoinRow, ContractRow, GlobalFigures, MarketRow, PriceRow, TrendingCoin, TrendingRow,
};

/// How far a coin's price times the contract's multiplier may be off the contract's own: beyond, the two
/// are not the same thing.
const LIKENESS: std::ops::RangeInclusive<f64> = 0.5..=2.0;

/// A coin of the market list; figures in the currency asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CoinMarket {
    /// CoinGecko's id.
    pub id: String,
    /// Upper-case ticker; not unique.
    pub symbol: String,
    /// Name.
    pub name: String,
    /// Price of one coin.
    pub price: Option<f64>,
    /// Market capitalisation.
    pub market_cap: Option<f64>,
    /// 1 is the largest.
    pub market_cap_rank: Option<u32>,
    /// Volume of 24 h over all markets.
    pub volume_24h: Option<f64>,
    /// Highest price of 24 h.
    pub high_24h: Option<f64>,
    /// Lowest price of 24 h.
    pub low_24h: Option<f64>,
    /// Change of price in an hour, percent; where asked for.
    pub change_1h_pct: Option<f64>,
    /// Change of price in 24 h, percent.
    pub change_24h_pct: Option<f64>,
    /// Change of price in 7 days, percent; where asked for.
    pub change_7d_pct: Option<f64>,
    /// Change of market capitalisation in 24 h, percent.
    pub market_cap_change_24h_pct: Option<f64>,
    /// Coins in circulation.
    pub circulating_supply: Option<f64>,
    /// Below the highest price ever, percent (negative).
    pub ath_change_pct: Option<f64>,
    /// When the figures were computed.
    pub at: Option<UtcMs>,
}

/// A coin by CoinGecko's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coin {
    /// CoinGecko's id.
    pub id: String,
    /// Upper-case ticker; far from unique.
    pub symbol: String,
    /// Name.
    pub name: String,
}

/// A coin that is searched for much.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trending {
    /// CoinGecko's id.
    pub id: String,
    /// Upper-case ticker.
    pub symbol: String,
    /// Name.
    pub name: String,
    /// 1 is searched for most.
    pub rank: u32,
    /// 1 is the largest coin.
    pub market_cap_rank: Option<u32>,
    /// Price, USD.
    pub price_usd: Option<f64>,
    /// Change of price in 24 h, percent of the price in USD.
    pub change_24h_pct: Option<f64>,
}

/// A category of coins.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Category {
    /// CoinGecko's id, as the market list takes it.
    pub id: String,
    /// Name.
    pub name: String,
    /// Market capitalisation, USD; missing on empty categories.
    pub market_cap_usd: Option<f64>,
    /// Its change in 24 h, percent.
    pub market_cap_change_24h_pct: Option<f64>,
    /// Volume of 24 h, USD.
    pub volume_24h_usd: Option<f64>,
    /// CoinGecko's ids of its largest coins.
    pub top_coin_ids: Vec<String>,
    /// When the figures were computed.
    pub at: Option<UtcMs>,
}

/// The whole market.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Global {
    /// Market capitalisation, USD.
    pub market_cap_usd: f64,
    /// Its change in 24 h, percent.
    pub market_cap_change_24h_pct: Option<f64>,
    /// Volume of 24 h, USD.
    pub volume_24h_usd: Option<f64>,
    /// Bitcoin's share of the capitalisation, percent.
    pub btc_dominance_pct: Option<f64>,
    /// Ether's share of the capitalisation, percent.
    pub eth_dominance_pct: Option<f64>,
    /// When the figures were computed.
    pub at: UtcMs,
}

/// CoinGecko's name of an exchange's derivatives.
#[must_use]
pub const fn exchange_id(venue: Venue) -> &'static str {
    match venue {
        Venue::Binance => "binance_futures",
        Venue::Okx => "okx_swap",
        Venue::Bybit => "bybit",
    }
}

/// The listed contract that is this one: by the venue's own name, however separated, else the perpetual of
/// the same pair on the same venue. Only rows that tell their coin.
#[must_use]
pub fn contract<'r, 'a>(rows: &'r [ContractRow<'a>], instrument: &Instrument) -> Option<&'r ContractRow<'a>> {
    let with_coin = || rows.iter().filter(|row| row.coin_id.value().is_some());
    let name = bare(&instrument.native_symbol);
    let same = |text: &Text<'_>, wanted: &str| text.as_str().eq_ignore_ascii_case(wanted);
    with_coin()
        .find(|row| row.symbol.as_str() == instrument.native_symbol)
        .or_else(|| with_coin().find(|row| bare(row.symbol.as_str()) == name))
        .or_else(|| {
            with_coin().find(|row| {
                instrument.kind == Kind::Perp
                    && same(&row.contract_type, "perpetual")
                    && same(&row.base, &instrument.native_base)
                    && same(&row.target, &instrument.quote)
            })
        })
}

/// Letters and digits, upper case.
fn bare(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// Whether a price per contract unit and the contract's own last price are about the same; true where the
/// contract tells none.
#[must_use]
pub fn alike(price: f64, contract: &ContractRow<'_>) -> bool {
    match positive(&contract.last) {
        Some(last) => LIKENESS.contains(&(price / last)),
        None => true,
    }
}

/// A price in USD and when it was computed, by `now`.
#[must_use]
pub fn price_usd(row: &PriceRow<'_>, now: UtcMs) -> Option<(f64, UtcMs)> {
    let price = row.get("usd").and_then(positive)?;
    let at = row.get("last_updated_at")?.instant()?;
    Some((price, at.min(now)))
}

/// Coins of the market list, in its order.
#[must_use]
pub fn markets(rows: &[MarketRow<'_>], now: UtcMs) -> Vec<CoinMarket> {
    rows.iter()
        .filter_map(|row| {
            Some(CoinMarket {
                id: row.id.value()?.to_owned(),
                symbol: row.symbol.value()?.to_uppercase(),
                name: row.name.as_str().to_owned(),
                price: positive(&row.current_price),
                market_cap: positive(&row.market_cap),
                market_cap_rank: rank(&row.market_cap_rank),
                volume_24h: row.total_volume.number().filter(|volume| *volume >= 0.0),
                high_24h: positive(&row.high_24h),
                low_24h: positive(&row.low_24h),
                change_1h_pct: row.price_change_percentage_1h_in_currency.number(),
                change_24h_pct: row.price_change_percentage_24h.number(),
                change_7d_pct: row.price_change_percentage_7d_in_currency.number(),
                market_cap_change_24h_pct: row.market_cap_change_percentage_24h.number(),
                circulating_supply: positive(&row.circulating_supply),
                ath_change_pct: row.ath_change_percentage.number(),
                at: instant(&row.last_updated, now),
            })
        })
        .collect()
}

/// All coins.
#[must_use]
pub fn coins(rows: &[CoinRow<'_>]) -> Vec<Coin> {
    rows.iter()
        .filter_map(|row| {
            Some(Coin {
                id: row.id.value()?.to_owned(),
                symbol: row.symbol.value()?.to_uppercase(),
                name: row.name.as_str().to_owned(),
            })
        })
        .collect()
}

/// Trending coins, most searched first.
#[must_use]
pub fn trending(row: &TrendingRow<'_>) -> Vec<Trending> {
    let mut items: Vec<&TrendingCoin<'_>> = row.coins.iter().map(|coin| &coin.item).collect();
    items.sort_by_key(|item| item.score.integer().unwrap_or(i64::MAX));
    (1..)
        .zip(items)
        .filter_map(|(rank_of_search, item)| {
            let figures = item.data.as_ref();
            let changes = figures.and_then(|figures| figures.price_change_percentage_24h.as_ref());
            Some(Trending {
                id: item.id.value()?.to_owned(),
                symbol: item.symbol.value()?.to_uppercase(),
                name: item.name.as_str().to_owned(),
                rank: rank_of_search,
                market_cap_rank: rank(&item.market_cap_rank),
                price_usd: figures.and_then(|figures| positive(&figures.price)),
                change_24h_pct: changes.and_then(|changes| changes.get("usd")?.number()),
            })
        })
        .collect()
}

/// Categories, in the answer's order.
#[must_use]
pub fn categories(rows: &[CategoryRow<'_>], now: UtcMs) -> Vec<Category> {
    rows.iter()
        .filter_map(|row| {
            let top = row.top_3_coins_id.iter().flatten().filter_map(Text::value);
            Some(Category {
                id: row.id.value()?.to_owned(),
                name: row.name.as_str().to_owned(),
                market_cap_usd: positive(&row.market_cap),
                market_cap_change_24h_pct: row.market_cap_change_24h.number(),
                volume_24h_usd: row.volume_24h.number().filter(|volume| *volume >= 0.0),
                top_coin_ids: top.map(str::to_owned).collect(),
                at: instant(&row.updated_at, now),
            })
        })
        .collect()
}

/// The whole market; `None` without a capitalisation or a time.
#[must_use]
pub fn global(row: &GlobalFigures<'_>, now: UtcMs) -> Option<Global> {
    let share = |coin: &str| row.market_cap_percentage.get(coin)?.number();
    Some(Global {
        market_cap_usd: row.total_market_cap.get("usd").and_then(positive)?,
        market_cap_change_24h_pct: row.market_cap_change_percentage_24h_usd.number(),
        volume_24h_usd: row.total_volume.get("usd").and_then(positive),
        btc_dominance_pct: share("btc"),
        eth_dominance_pct: share("eth"),
        at: row.updated_at.instant()?.min(now),
    })
}

fn positive(text: &Text<'_>) -> Option<f64> {
    text.number().filter(|number| *number > 0.0)
}

/// A rank from 1 on, however written.
fn rank(text: &Text<'_>) -> Option<u32> {
    text.integer().and_then(|rank| u32::try_from(rank).ok()).filter(|rank| *rank > 0)
}

/// An instant of RFC 3339 text, `now` at the latest: the provider's clock may go slightly ahead.
fn instant(text: &Text<'_>, now: UtcMs) -> Option<UtcMs> {
    text.value()?.parse::<UtcMs>().ok().map(|at| at.min(now))
}
