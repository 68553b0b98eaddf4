use domain::{
    Candle, ErrorKind, Instrument, Interval, Level, OrderBook, ProviderError, Ticker, Trade, UtcMs,
};
use rust_decimal::prelude::ToPrimitive;
use upstream::lenient::Text;

use super::{rows, stamped};
use crate::rows::{BookRow, Positional, TickerRow, TradeRow, number_at};
use crate::wire::error;

/// The closed candles of a page: `[open time, o, h, l, c, contracts, base coins, quote, confirm]`, the last
/// two missing in old answers. Bars that run, by the mark or by the clock, are left out.
pub fn candles(data: &[u8], interval: Interval, now: UtcMs) -> Result<Vec<Candle>, ProviderError> {
    let one = |row: &Positional<'_>| {
        let open_time = row.first().and_then(Text::instant)?;
        let running = row.get(8).is_some_and(|confirm| confirm.as_str() == "0");
        if running || open_time.plus_ms(interval.ms()) > now {
            return None;
        }
        Some(Candle {
            open_time,
            open: number_at(row, 1)?,
            high: number_at(row, 2)?,
            low: number_at(row, 3)?,
            close: number_at(row, 4)?,
            volume: number_at(row, 6)?,
            quote_volume: number_at(row, 7),
            taker_buy_volume: None,
        })
    };
    let mut list: Vec<Candle> = rows::<Positional<'_>>(data, "candles")?.iter().filter_map(one).collect();
    list.sort_by_key(|candle| candle.open_time);
    Ok(list)
}

/// The rows of `market/ticker` and `market/tickers`. The volume of derivatives is told in coins; the turnover
/// is that times the last price.
pub fn ticker_list(data: &[u8], received_at: UtcMs) -> Result<Vec<Ticker>, ProviderError> {
    let one = |row: &TickerRow<'_>| {
        let last = row.last.number().filter(|price| *price > 0.0)?;
        let open = row.open24h.number().filter(|price| *price > 0.0);
        Some(Ticker {
            native_symbol: row.inst_id.value()?.to_owned(),
            last,
            change_24h_pct: open.map(|open| (last / open - 1.0) * 100.0),
            high_24h: row.high24h.number(),
            low_24h: row.low24h.number(),
            quote_volume_24h: row.vol_ccy24h.number().map(|coins| coins * last),
            mark: None,
            index: None,
            funding_rate: None,
            funding_interval_h: None,
            next_funding_at: None,
            open_interest_coins: None,
            open_interest_usd: None,
            at: stamped(&row.ts, received_at),
        })
    };
    Ok(rows::<TickerRow<'_>>(data, "tickers")?.iter().filter_map(one).collect())
}

/// The book of `market/books`, sizes turned from contracts into base coins.
pub fn order_book(
    data: &[u8],
    instrument: &Instrument,
    received_at: UtcMs,
) -> Result<OrderBook, ProviderError> {
    let books = rows::<BookRow<'_>>(data, "order book")?;
    let book = books.first().ok_or_else(|| error(ErrorKind::NoData, "OKX's order book is empty"))?;
    let size = coins_per_contract(instrument);
    let level = |row: &Positional<'_>| {
        let contracts = number_at(row, 1).filter(|contracts| *contracts > 0.0)?;
        Some(Level { price: number_at(row, 0)?, quantity: contracts * size })
    };
    let mut bids: Vec<Level> = book.bids.iter().filter_map(level).collect();
    let mut asks: Vec<Level> = book.asks.iter().filter_map(level).collect();
    bids.sort_by(|one, other| other.price.total_cmp(&one.price));
    asks.sort_by(|one, other| one.price.total_cmp(&other.price));
    Ok(OrderBook { bids, asks, at: stamped(&book.ts, received_at) })
}

/// The trades of `market/trades`, ascending, sizes turned from contracts into base coins.
pub fn trades(data: &[u8], instrument: &Instrument, now: UtcMs) -> Result<Vec<Trade>, ProviderError> {
    let size = coins_per_contract(instrument);
    let one = |row: &TradeRow<'_>| {
        let taker_bought = match row.side.as_str() {
            "buy" => true,
            "sell" => false,
            _ => return None,
        };
        Some(Trade {
            id: row.trade_id.as_str().to_owned(),
            price: row.px.number()?,
            quantity: row.sz.number()? * size,
            taker_bought,
            at: row.ts.instant().filter(|at| *at <= now)?,
        })
    };
    let mut list: Vec<Trade> = rows::<TradeRow<'_>>(data, "trades")?.iter().filter_map(one).collect();
    // Newest first on the wire; the sort is stable, so trades of one millisecond keep their order.
    list.reverse();
    list.sort_by_key(|trade| trade.at);
    Ok(list)
}

fn coins_per_contract(instrument: &Instrument) -> f64 {
    // A Decimal always has a nearest f64.
    instrument.contract_size.to_f64().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candles_count_coins_and_leave_the_running_bar_out() {
        let data = br#"[["1786820400000","4","5","3","4","800","8","32","0"],["1786816800000","4","5","3","4","100","1","4","1"],
            ["1786813200000","4","5","3","4","100","1"],["1786809600000","","5","3","4","100","1"]]"#;
        let now = UtcMs(1_786_824_000_000);
        let list = candles(data, Interval::H1, now).unwrap();
        assert_eq!(list.len(), 2);
        assert_eq!((list[0].open_time, list[0].quote_volume), (UtcMs(1_786_813_200_000), None));
        assert_eq!((list[1].volume, list[1].quote_volume), (1.0, Some(4.0)));
        let earlier = candles(data, Interval::H1, UtcMs(1_786_816_800_000)).unwrap();
        assert_eq!(earlier.len(), 1, "the clock closes bars, not the mark alone");
    }

    #[test]
    fn a_ticker_without_price_is_left_out() {
        let data = br#"[{"instId":"A","last":""},{"instId":"B","last":"2","open24h":"1","volCcy24h":"10","ts":"1790322078168"}]"#;
        let list = ticker_list(data, UtcMs(1_790_322_079_000)).unwrap();
        assert_eq!(list.len(), 1);
        assert_eq!((list[0].change_24h_pct, list[0].quote_volume_24h), (Some(100.0), Some(20.0)));
        assert_eq!(list[0].at, UtcMs(1_790_322_078_168));
    }
}
