//! Last prices, mark prices, books, trades.

use std::collections::HashMap;

use domain::{Level, MINUTE_MS, OrderBook, Ticker, Trade, UtcMs};
use upstream::lenient::Text;

use crate::convert::funding::DEFAULT_INTERVAL_H;
use crate::rows::{DepthRow, PremiumRow, TickerRow, TradeRow};

/// Mark, index and running funding of one contract.
#[derive(Clone, Debug, PartialEq)]
pub struct Premium {
    /// The venue's name of the contract.
    pub native_symbol: String,
    /// Mark price.
    pub mark: Option<f64>,
    /// Index price.
    pub index: Option<f64>,
    /// Running funding rate, a fraction per the contract's own interval; `None` for contracts without
    /// funding.
    pub funding_rate: Option<f64>,
    /// The coming settlement.
    pub next_funding_at: Option<UtcMs>,
    /// When the row was made.
    pub at: UtcMs,
}

/// Rows of 24 hours; those without a price are left out.
#[must_use]
pub fn tickers(rows: &[TickerRow<'_>], known_at: UtcMs) -> Vec<Ticker> {
    rows.iter()
        .filter_map(|row| {
            Some(Ticker {
                native_symbol: row.symbol.value()?.to_owned(),
                last: price(&row.last_price)?,
                change_24h_pct: row.price_change_percent.number(),
                high_24h: price(&row.high_price),
                low_24h: price(&row.low_price),
                quote_volume_24h: row.quote_volume.number().filter(|volume| *volume >= 0.0),
                mark: None,
                index: None,
                funding_rate: None,
                funding_interval_h: None,
                next_funding_at: None,
                open_interest_coins: None,
                open_interest_usd: None,
                at: row.close_time.instant().unwrap_or(known_at).min(known_at),
            })
        })
        .collect()
}

/// Mark, index and funding of all contracts in the answer, settled ones among them.
#[must_use]
pub fn premiums(rows: &[PremiumRow<'_>], known_at: UtcMs) -> Vec<Premium> {
    rows.iter()
        .filter_map(|row| {
            let next = row.next_funding_time.instant().map(|at| at.floor(MINUTE_MS));
            Some(Premium {
                native_symbol: row.symbol.value()?.to_owned(),
                mark: price(&row.mark_price),
                index: price(&row.index_price),
                funding_rate: next.and_then(|_| row.last_funding_rate.number()),
                next_funding_at: next.filter(|next| *next > known_at),
                at: row.time.instant().unwrap_or(known_at).min(known_at),
            })
        })
        .collect()
}

/// Tickers with mark, index and funding of the same contract. Contracts that only one of the two knows
/// keep what there is; a contract absent from `intervals` is charged every 8 hours.
pub(crate) fn join_premiums(
    tickers: &mut [Ticker],
    premiums: Vec<Premium>,
    intervals: Option<&HashMap<String, f64>>,
) {
    let by_name: HashMap<String, Premium> =
        premiums.into_iter().map(|premium| (premium.native_symbol.clone(), premium)).collect();
    for ticker in tickers {
        let Some(premium) = by_name.get(&ticker.native_symbol) else { continue };
        ticker.mark = premium.mark;
        ticker.index = premium.index;
        ticker.funding_rate = premium.funding_rate;
        ticker.next_funding_at = premium.next_funding_at;
        if premium.funding_rate.is_some() {
            ticker.funding_interval_h = intervals
                .map(|known| known.get(&ticker.native_symbol).copied().unwrap_or(DEFAULT_INTERVAL_H));
        }
    }
}

/// The best `depth` levels of each side; levels that cannot be read are left out.
#[must_use]
pub fn order_book(row: &DepthRow<'_>, depth: usize, known_at: UtcMs) -> OrderBook {
    let mut bids = levels(&row.bids);
    bids.sort_by(|a, b| b.price.total_cmp(&a.price));
    let mut asks = levels(&row.asks);
    asks.sort_by(|a, b| a.price.total_cmp(&b.price));
    bids.truncate(depth);
    asks.truncate(depth);
    let told = row.transaction_time.instant().or_else(|| row.event_time.instant());
    OrderBook { bids, asks, at: told.unwrap_or(known_at).min(known_at) }
}

fn levels(rows: &[(Text<'_>, Text<'_>)]) -> Vec<Level> {
    rows.iter()
        .filter_map(|(level, quantity)| {
            let quantity = quantity.number().filter(|quantity| *quantity > 0.0)?;
            Some(Level { price: price(level)?, quantity })
        })
        .collect()
}

/// Trades known at `known_at`, ascending by time.
#[must_use]
pub fn trades(rows: &[TradeRow<'_>], known_at: UtcMs) -> Vec<Trade> {
    let mut trades: Vec<Trade> = rows
        .iter()
        .filter_map(|row| {
            Some(Trade {
                id: row.id.value()?.to_owned(),
                price: price(&row.price)?,
                quantity: row.qty.number().filter(|quantity| *quantity > 0.0)?,
                taker_bought: !row.is_buyer_maker?,
                at: row.time.instant()?,
            })
        })
        .filter(|trade| trade.at <= known_at)
        .collect();
    trades.sort_by_key(|trade| trade.at);
    trades
}

/// A positive number.
#[must_use]
pub fn price(text: &Text<'_>) -> Option<f64> {
    text.number().filter(|number| *number > 0.0)
}
