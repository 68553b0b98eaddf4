use domain::symbols::multiplier_of;
use domain::{Candle, Interval, Level, OrderBook, ProviderError, Ticker, Trade, UtcMs};
use upstream::lenient::Text;

use super::positioning::one_side;
use super::{listed, unreadable};
use crate::rows::{Book, Positional, TickerRow, TradeRow, number_at};

/// The closed candles of a page: `[open time, o, h, l, c, base, quote]`. Bybit does not mark the running
/// bar; the clock tells.
pub fn candles(data: &[u8], interval: Interval, now: UtcMs) -> Result<Vec<Candle>, ProviderError> {
    let one = |row: &Positional<'_>| {
        let open_time = row.first().and_then(Text::instant)?;
        if open_time.plus_ms(interval.ms()) > now {
            return None;
        }
        Some(Candle {
            open_time,
            open: number_at(row, 1)?,
            high: number_at(row, 2)?,
            low: number_at(row, 3)?,
            close: number_at(row, 4)?,
            volume: number_at(row, 5)?,
            quote_volume: number_at(row, 6),
            taker_buy_volume: None,
        })
    };
    let mut list: Vec<Candle> =
        listed::<Positional<'_>>(data, "candles")?.list.iter().filter_map(one).collect();
    list.sort_by_key(|candle| candle.open_time);
    Ok(list)
}

/// The rows of `tickers`. They carry no time of their own: they stand for the moment of receipt.
pub fn ticker_list(data: &[u8], received_at: UtcMs) -> Result<Vec<Ticker>, ProviderError> {
    let one = |row: &TickerRow<'_>| {
        let native_symbol = row.symbol.value()?;
        let units = one_side(&row.single_open_interest, &row.open_interest);
        Some(Ticker {
            native_symbol: native_symbol.to_owned(),
            last: row.last_price.number().filter(|price| *price > 0.0)?,
            change_24h_pct: row.price24h_pcnt.number().map(|fraction| fraction * 100.0),
            high_24h: row.high_price24h.number(),
            low_24h: row.low_price24h.number(),
            quote_volume_24h: row.turnover24h.number(),
            mark: row.mark_price.number(),
            index: row.index_price.number(),
            funding_rate: row.funding_rate.number(),
            funding_interval_h: row.funding_interval_hour.number().filter(|hours| *hours > 0.0),
            next_funding_at: row.next_funding_time.instant(),
            open_interest_coins: units.map(|units| units * multiplier(native_symbol)),
            open_interest_usd: one_side(&row.single_open_interest_value, &row.open_interest_value),
            at: received_at,
        })
    };
    Ok(listed::<TickerRow<'_>>(data, "tickers")?.list.iter().filter_map(one).collect())
}

/// Coins per unit, by the contract's name: `1000PEPEUSDT`, `SHIB1000PERP`.
fn multiplier(native_symbol: &str) -> f64 {
    let base = native_symbol.strip_suffix("USDT").or_else(|| native_symbol.strip_suffix("PERP"));
    base.map_or(1.0, |base| multiplier_of(base).1 as f64)
}

/// The book of `orderbook`, sizes in units of the contract.
pub fn order_book(data: &[u8], received_at: UtcMs) -> Result<OrderBook, ProviderError> {
    let book: Book<'_> = serde_json::from_slice(data).map_err(|fault| unreadable("order book", &fault))?;
    let level = |row: &Positional<'_>| {
        let quantity = number_at(row, 1).filter(|quantity| *quantity > 0.0)?;
        Some(Level { price: number_at(row, 0)?, quantity })
    };
    let mut bids: Vec<Level> = book.b.iter().filter_map(level).collect();
    let mut asks: Vec<Level> = book.a.iter().filter_map(level).collect();
    bids.sort_by(|one, other| other.price.total_cmp(&one.price));
    asks.sort_by(|one, other| one.price.total_cmp(&other.price));
    let at = book.ts.instant().map_or(received_at, |told| told.min(received_at));
    Ok(OrderBook { bids, asks, at })
}

/// The trades of `recent-trade`, ascending, sizes in units of the contract.
pub fn trades(data: &[u8], now: UtcMs) -> Result<Vec<Trade>, ProviderError> {
    let one = |row: &TradeRow<'_>| {
        let taker_bought = match row.side.as_str() {
            "Buy" => true,
            "Sell" => false,
            _ => return None,
        };
        Some(Trade {
            id: row.exec_id.as_str().to_owned(),
            price: row.price.number()?,
            quantity: row.size.number()?,
            taker_bought,
            at: row.time.instant().filter(|at| *at <= now)?,
        })
    };
    let mut list: Vec<Trade> = listed::<TradeRow<'_>>(data, "trades")?.list.iter().filter_map(one).collect();
    // Newest first on the wire; the sort is stable, so trades of one millisecond keep their order.
    list.reverse();
    list.sort_by_key(|trade| trade.at);
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UtcMs = UtcMs(1_786_820_640_000);

    #[test]
    fn the_clock_closes_bars() {
        let data = br#"{"list":[["1786820400000","4","5","3","4","8","32"],["1786816800000","4","5","3","4","1","4"]]}"#;
        let list = candles(data, Interval::H1, NOW).unwrap();
        assert_eq!((list.len(), list[0].open_time), (1, UtcMs(1_786_816_800_000)));
    }

    #[test]
    fn a_ticker_counts_one_side_in_coins_and_leaves_out_what_is_empty() {
        let data = br#"{"list":[{"symbol":"1000PEPEUSDT","lastPrice":"0.01","price24hPcnt":"0.001455",
            "openInterest":"200","openInterestValue":"2","fundingRate":"0.0001","nextFundingTime":"1786838400000",
            "fundingIntervalHour":"4","markPrice":"","turnover24h":"77"},{"symbol":"X","lastPrice":""}]}"#;
        let list = ticker_list(data, NOW).unwrap();
        assert_eq!(list.len(), 1);
        let row = &list[0];
        assert!((row.change_24h_pct.unwrap() - 0.1455).abs() < 1e-12);
        assert_eq!((row.open_interest_coins, row.open_interest_usd), (Some(100_000.0), Some(1.0)));
        assert_eq!((row.mark, row.funding_interval_h), (None, Some(4.0)));
        assert_eq!((row.quote_volume_24h, row.next_funding_at), (Some(77.0), Some(UtcMs(1_786_838_400_000))));
    }

    #[test]
    fn books_are_best_first_and_trades_ascend() {
        let book = order_book(
            br#"{"s":"BTCUSDT","b":[["9","1"],["10","2"],["8","0"]],"a":[["12","1"],["11","1"]],"ts":1786820639000,"u":1}"#,
            NOW,
        )
        .unwrap();
        assert_eq!((book.bids[0].price, book.asks[0].price, book.bids.len()), (10.0, 11.0, 2));
        assert_eq!(book.at, UtcMs(1_786_820_639_000));
        let list = trades(
            br#"{"list":[{"execId":"b","price":"2","size":"1","side":"Sell","time":"1786820639001"},
                {"execId":"a","price":"2","size":"1","side":"Buy","time":"1786820639000"}]}"#,
            NOW,
        )
        .unwrap();
        assert_eq!((list[0].id.as_str(), list[0].taker_bought), ("a", true));
    }
}
