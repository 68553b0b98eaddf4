//! What is computed from a book and from trades. Pure.

use analysis::statistics::median;
use domain::{Level, OrderBook, Trade, UtcMs};
use schemars::JsonSchema;
use serde::Serialize;

/// A level this many times as large as its side's median is a wall.
const WALL_TIMES: f64 = 5.0;
/// Walls and whale trades told at most.
const TOLD: usize = 10;
/// Distances from the middle at which depth is told, in percent.
const BANDS_PCT: [f64; 3] = [0.1, 0.5, 1.0];
/// What a distance may be off by rounding alone, in percent.
const ROUNDING_PCT: f64 = 1e-9;

/// Depth near the middle.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Band {
    /// Distance from the middle, in percent.
    pub within_pct: f64,
    /// Bids within it, in quote dollars.
    pub bid_usd: f64,
    /// Asks within it.
    pub ask_usd: f64,
    /// (bids - asks) / (bids + asks), -1 to 1.
    pub imbalance: Option<f64>,
    /// Whether the levels at hand reach that far on both sides.
    pub complete: bool,
}

/// A level far larger than its neighbours.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Wall {
    /// bid or ask.
    pub side: String,
    /// Price.
    pub price: f64,
    /// Value in quote dollars.
    pub usd: f64,
    /// Its quantity as a multiple of the side's median level.
    pub times_median: f64,
    /// Distance from the middle, in percent.
    pub distance_pct: f64,
}

/// A book in figures.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookFigures {
    /// When it was taken.
    pub as_of: UtcMs,
    /// Best bid.
    pub bid: f64,
    /// Best ask.
    pub ask: f64,
    /// The middle of both.
    pub mid: f64,
    /// Ask minus bid, in percent of the middle.
    pub spread_pct: f64,
    /// The middle weighted by the quantities on the other side.
    pub micro_price: f64,
    /// Levels of bids.
    pub bid_levels: usize,
    /// Levels of asks.
    pub ask_levels: usize,
    /// All bids at hand, in quote dollars.
    pub bid_usd: f64,
    /// All asks at hand.
    pub ask_usd: f64,
    /// (bids - asks) / (bids + asks) of all levels at hand, -1 to 1.
    pub imbalance: f64,
    /// Depth near the middle.
    pub bands: Vec<Band>,
    /// Levels at least five times as large as their side's median, largest first.
    pub walls: Vec<Wall>,
}

fn usd(levels: &[Level]) -> f64 {
    levels.iter().fold(0.0, |sum, level| sum + level.price * level.quantity)
}

fn balance(bids: f64, asks: f64) -> Option<f64> {
    (bids + asks > 0.0).then(|| (bids - asks) / (bids + asks))
}

/// A book in figures; `None` where a side is empty or the sides cross.
#[must_use]
pub fn book(book: &OrderBook) -> Option<BookFigures> {
    let (bid, ask) = (book.bids.first()?, book.asks.first()?);
    if bid.price > ask.price || bid.price <= 0.0 {
        return None;
    }
    let mid = f64::midpoint(bid.price, ask.price);
    let offered = bid.quantity + ask.quantity;
    let micro_price =
        if offered > 0.0 { (bid.price * ask.quantity + ask.price * bid.quantity) / offered } else { mid };
    let (bid_usd, ask_usd) = (usd(&book.bids), usd(&book.asks));
    let reach = |levels: &[Level]| levels.last().map_or(0.0, |level| (level.price / mid - 1.0).abs() * 100.0);
    let reached = reach(&book.bids).min(reach(&book.asks));
    let bands = BANDS_PCT.map(|within_pct| {
        let near = |levels: &[Level]| -> f64 {
            let within = levels
                .iter()
                .filter(|level| (level.price / mid - 1.0).abs() * 100.0 <= within_pct + ROUNDING_PCT);
            within.fold(0.0, |sum, level| sum + level.price * level.quantity)
        };
        let (bid_usd, ask_usd) = (near(&book.bids), near(&book.asks));
        Band {
            within_pct,
            bid_usd,
            ask_usd,
            imbalance: balance(bid_usd, ask_usd),
            complete: reached + ROUNDING_PCT >= within_pct,
        }
    });
    let mut walls = walls("bid", &book.bids, mid);
    walls.extend(self::walls("ask", &book.asks, mid));
    walls.sort_by(|a, b| b.usd.total_cmp(&a.usd));
    walls.truncate(TOLD);
    Some(BookFigures {
        as_of: book.at,
        bid: bid.price,
        ask: ask.price,
        mid,
        spread_pct: (ask.price - bid.price) / mid * 100.0,
        micro_price,
        bid_levels: book.bids.len(),
        ask_levels: book.asks.len(),
        bid_usd,
        ask_usd,
        imbalance: balance(bid_usd, ask_usd)?,
        bands: bands.to_vec(),
        walls,
    })
}

fn walls(side: &str, levels: &[Level], mid: f64) -> Vec<Wall> {
    let quantities: Vec<f64> = levels.iter().map(|level| level.quantity).collect();
    let Some(usual) = median(&quantities).filter(|usual| *usual > 0.0) else { return Vec::new() };
    levels
        .iter()
        .filter(|level| level.quantity >= WALL_TIMES * usual)
        .map(|level| Wall {
            side: side.to_owned(),
            price: level.price,
            usd: level.price * level.quantity,
            times_median: level.quantity / usual,
            distance_pct: (level.price / mid - 1.0) * 100.0,
        })
        .collect()
}

/// A trade worth telling by itself.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WhaleTrade {
    /// When.
    pub at: UtcMs,
    /// buy or sell, of the taker.
    pub side: String,
    /// Price.
    pub price: f64,
    /// Value in quote dollars.
    pub usd: f64,
}

/// Trades in figures.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TradeFigures {
    /// The first trade's time.
    pub from: UtcMs,
    /// The last trade's time.
    pub to: UtcMs,
    /// Trades.
    pub trades: usize,
    /// Price of the last one.
    pub last: f64,
    /// Mean price weighted by quantity.
    pub vwap: f64,
    /// Bought by takers, in quote dollars.
    pub buy_usd: f64,
    /// Sold by takers.
    pub sell_usd: f64,
    /// (bought - sold) / (bought + sold), -1 to 1.
    pub pressure: f64,
    /// Value of the median trade, in quote dollars.
    pub median_usd: Option<f64>,
    /// What counts as large, in quote dollars.
    pub whale_usd: f64,
    /// Large trades bought by takers, in quote dollars.
    pub whale_buy_usd: f64,
    /// Large trades sold by takers.
    pub whale_sell_usd: f64,
    /// The largest of the large trades.
    pub whale_trades: Vec<WhaleTrade>,
}

/// Trades in figures; `None` without any.
#[must_use]
pub fn trades(trades: &[Trade], whale_usd: f64) -> Option<TradeFigures> {
    let (first, last) = (trades.first()?, trades.last()?);
    let values: Vec<f64> = trades.iter().map(|trade| trade.price * trade.quantity).collect();
    let side = |bought: bool, least: f64| -> f64 {
        let of =
            trades.iter().zip(&values).filter(|(trade, usd)| trade.taker_bought == bought && **usd >= least);
        of.fold(0.0, |sum, (_, usd)| sum + usd)
    };
    let (buy_usd, sell_usd) = (side(true, 0.0), side(false, 0.0));
    let quantity: f64 = trades.iter().map(|trade| trade.quantity).sum();
    let mut whales: Vec<WhaleTrade> = trades
        .iter()
        .zip(&values)
        .filter(|(_, usd)| **usd >= whale_usd)
        .map(|(trade, usd)| WhaleTrade {
            at: trade.at,
            side: if trade.taker_bought { "buy" } else { "sell" }.to_owned(),
            price: trade.price,
            usd: *usd,
        })
        .collect();
    whales.sort_by(|a, b| b.usd.total_cmp(&a.usd));
    whales.truncate(TOLD);
    Some(TradeFigures {
        from: first.at,
        to: last.at,
        trades: trades.len(),
        last: last.price,
        vwap: if quantity > 0.0 { (buy_usd + sell_usd) / quantity } else { last.price },
        buy_usd,
        sell_usd,
        pressure: balance(buy_usd, sell_usd)?,
        median_usd: median(&values),
        whale_usd,
        whale_buy_usd: side(true, whale_usd),
        whale_sell_usd: side(false, whale_usd),
        whale_trades: whales,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(rows: &[(f64, f64)]) -> Vec<Level> {
        rows.iter().map(|(price, quantity)| Level { price: *price, quantity: *quantity }).collect()
    }

    #[test]
    fn a_book_by_hand() {
        let bids = levels(&[(99.0, 1.0), (98.0, 1.0), (97.0, 10.0)]);
        let asks = levels(&[(101.0, 3.0), (102.0, 1.0), (103.0, 1.0)]);
        let found = book(&OrderBook { bids, asks, at: UtcMs(1) }).unwrap();
        assert_eq!((found.mid, found.spread_pct), (100.0, 2.0));
        assert!((found.micro_price - 99.5).abs() < 1e-12);
        assert_eq!((found.bid_usd, found.ask_usd), (1_167.0, 508.0));
        assert!((found.imbalance - 659.0 / 1_675.0).abs() < 1e-12);
        assert_eq!(
            (found.walls.len(), found.walls[0].times_median, found.walls[0].distance_pct.round()),
            (1, 10.0, -3.0)
        );
        let near = &found.bands[2];
        assert!(near.complete && (near.bid_usd - 99.0).abs() < 1e-9);
    }

    #[test]
    fn crossed_and_empty_books_tell_nothing() {
        let crossed =
            OrderBook { bids: levels(&[(102.0, 1.0)]), asks: levels(&[(101.0, 1.0)]), at: UtcMs(1) };
        assert_eq!(book(&crossed), None);
        assert_eq!(book(&OrderBook { bids: Vec::new(), asks: Vec::new(), at: UtcMs(1) }), None);
    }

    #[test]
    fn trades_by_hand() {
        let trade = |price: f64, quantity: f64, taker_bought: bool, at: i64| Trade {
            id: String::new(),
            price,
            quantity,
            taker_bought,
            at: UtcMs(at),
        };
        let found = trades(&[trade(100.0, 3.0, true, 1), trade(100.0, 1.0, false, 2)], 300.0).unwrap();
        assert_eq!((found.buy_usd, found.sell_usd, found.pressure, found.vwap), (300.0, 100.0, 0.5, 100.0));
        assert_eq!((found.whale_buy_usd, found.whale_sell_usd, found.whale_trades.len()), (300.0, 0.0, 1));
        assert_eq!(trades(&[], 1.0), None);
    }
}
