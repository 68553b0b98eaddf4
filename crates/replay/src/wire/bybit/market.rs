use domain::{DAY_MS, HOUR_MS, MINUTE_MS, UtcMs};
use serde_json::{Value, json};

use super::{Refusal, VENUE, invalid};
use crate::wire::Ask;
use crate::wire::text::{interval_ms, limit, plain, plain_or_empty};
use crate::world::{DayTicker, Ground, Lack, Premium, Stat, Window};

type Outcome = Result<Value, Refusal>;

/// Only linear contracts are simulated; other markets have no symbols.
fn is_linear(ask: &Ask<'_>) -> bool {
    ask.query.text("category").is_none_or(|category| category == "linear")
}

fn symbol<'a>(ask: &'a Ask<'_>) -> Result<&'a str, Refusal> {
    if !is_linear(ask) {
        return Err(Lack::Symbol.into());
    }
    ask.query.text("symbol").ok_or_else(|| Lack::Symbol.into())
}

fn page(
    ask: &Ask<'_>,
    start: &'static str,
    end: &'static str,
    default: usize,
    most: usize,
) -> Result<Window, Refusal> {
    let limit = limit(ask.query, "limit", default, most)?.ok_or_else(|| invalid("limit"))?;
    let (from, to) = (ask.query.int(start)?, ask.query.int(end)?);
    Ok(Window { from, to, limit, oldest: from.is_some() && to.is_none() })
}

pub(super) fn instruments(ask: &Ask<'_>) -> Outcome {
    let category = ask.query.text("category").ok_or_else(|| invalid("category"))?;
    let limit = limit(ask.query, "limit", 500, 1_000)?.ok_or_else(|| invalid("limit"))?;
    let mut rows = if is_linear(ask) { ask.ground.market().listings(VENUE, ask.now) } else { Vec::new() };
    let has = |row: &Value, name: &str, text: &str| row.get(name).and_then(Value::as_str) == Some(text);
    if let Some(symbol) = ask.query.text("symbol") {
        rows.retain(|row| has(row, "symbol", symbol));
        if rows.is_empty() && is_linear(ask) {
            return Err(Lack::Symbol.into());
        }
    }
    if let Some(coin) = ask.query.text("baseCoin") {
        rows.retain(|row| has(row, "baseCoin", coin));
    }
    if ask.query.text("status").is_some_and(|status| status != "Trading") {
        rows.clear();
    }
    // "<first>,<last>" of the next page; the caller sends it back decoded or not.
    let begin = ask
        .query
        .text("cursor")
        .and_then(|cursor| cursor.split([',', '%']).next()?.parse::<usize>().ok())
        .unwrap_or(0);
    let total = rows.len();
    let rows: Vec<Value> = rows.into_iter().skip(begin).take(limit).collect();
    let end = begin + rows.len();
    let cursor = if end < total { format!("{end}%2C{limit}") } else { String::new() };
    Ok(json!({"category": category, "list": rows, "nextPageCursor": cursor}))
}

fn kline_ms(interval: &str) -> Option<i64> {
    match interval {
        "D" => Some(DAY_MS),
        "W" => Some(7 * DAY_MS),
        "1" | "3" | "5" | "15" | "30" | "60" | "120" | "240" | "360" | "720" => {
            interval.parse::<i64>().ok().map(|minutes| minutes * MINUTE_MS)
        }
        _ => None,
    }
}

/// Newest first; rows of 7, or of 5 for mark and index prices.
pub(super) fn candles(ask: &Ask<'_>, with_volume: bool) -> Outcome {
    let symbol = symbol(ask)?;
    let step = ask.query.text("interval").and_then(kline_ms).ok_or_else(|| invalid("interval"))?;
    let window = page(ask, "start", "end", 200, 1_000)?;
    let bars = ask.ground.market().bars(VENUE, symbol, step, window, ask.now)?;
    let rows: Vec<Vec<String>> = bars
        .iter()
        .rev()
        .map(|bar| {
            let mut row = vec![bar.open_ms.to_string()];
            row.extend([bar.open, bar.high, bar.low, bar.close].map(plain));
            if with_volume {
                row.push(plain(bar.volume));
                row.push(plain_or_empty(bar.quote_volume));
            }
            row
        })
        .collect();
    Ok(json!({"symbol": symbol, "category": "linear", "list": rows}))
}

/// Candles of the premium, newest first: signed fractions, told by their ends.
pub(super) fn premium_candles(ask: &Ask<'_>) -> Outcome {
    let symbol = symbol(ask)?;
    let market = ask.ground.market();
    let fraction = |at: i64| -> Result<f64, Refusal> {
        let premium = market.premium(VENUE, symbol, UtcMs(at))?;
        Ok(premium.mark / premium.index - 1.0)
    };
    fraction(ask.now.0)?;
    let step = ask.query.text("interval").and_then(kline_ms).ok_or_else(|| invalid("interval"))?;
    let bars = market.bars(VENUE, symbol, step, page(ask, "start", "end", 200, 1_000)?, ask.now)?;
    let mut rows: Vec<[String; 5]> = Vec::with_capacity(bars.len());
    for bar in bars.iter().rev() {
        let (open, close) = (fraction(bar.open_ms)?, fraction(bar.end_ms.min(ask.now.0))?);
        let [open, high, low, close] =
            [open, open.max(close), open.min(close), close].map(|value| format!("{value:.8}"));
        rows.push([bar.open_ms.to_string(), open, high, low, close]);
    }
    Ok(json!({"symbol": symbol, "category": "linear", "list": rows}))
}

fn ticker_row(ask: &Ask<'_>, symbol: &str, ticker: &DayTicker, premium: &Premium) -> Result<Value, Lack> {
    let market = ask.ground.market();
    let (units, usd) = market.open_interest(VENUE, symbol, ask.now)?;
    let hour_ago = Window { from: None, to: Some(ask.now.0 - HOUR_MS), limit: 1, oldest: false };
    let before = market.bars(VENUE, symbol, MINUTE_MS, hour_ago, ask.now)?;
    let bar = &ticker.bar;
    let [(bid, bid_size), (ask_price, ask_size)] = ticker.top.unwrap_or_default();
    Ok(json!({
        "symbol": symbol, "lastPrice": plain(bar.close), "indexPrice": plain(premium.index),
        "markPrice": plain(premium.mark), "prevPrice24h": plain(bar.open),
        "price24hPcnt": format!("{:.6}", bar.close / bar.open - 1.0), "highPrice24h": plain(bar.high),
        "lowPrice24h": plain(bar.low), "prevPrice1h": plain_or_empty(before.last().map(|bar| bar.open)),
        // Both sides are counted; the single figure is the one to compare.
        "openInterest": plain(units * 2.0), "openInterestValue": plain(usd * 2.0),
        "singleOpenInterest": plain(units), "singleOpenInterestValue": plain(usd),
        "turnover24h": plain_or_empty(bar.quote_volume), "volume24h": plain(bar.volume),
        "fundingRate": format!("{:.8}", premium.running_rate), "nextFundingTime": premium.next_ms.to_string(),
        "fundingIntervalHour": premium.interval_h.to_string(), "fundingCap": "0.005",
        "bid1Price": plain(bid), "bid1Size": plain(bid_size), "ask1Price": plain(ask_price),
        "ask1Size": plain(ask_size), "basis": "", "basisRate": "", "basisRateYear": "",
        "predictedDeliveryPrice": "", "deliveryTime": "0", "deliveryFeeRate": "", "preOpenPrice": "",
        "preQty": "", "curPreListingPhase": "",
    }))
}

pub(super) fn tickers(ask: &Ask<'_>) -> Outcome {
    let category = ask.query.text("category").ok_or_else(|| invalid("category"))?;
    let market = ask.ground.market();
    let mut rows = Vec::new();
    if let Some(symbol) = ask.query.text("symbol").filter(|_| is_linear(ask)) {
        let ticker = market.ticker(VENUE, symbol, ask.now)?;
        rows.push(ticker_row(ask, symbol, &ticker, &market.premium(VENUE, symbol, ask.now)?)?);
    } else if is_linear(ask) {
        for (symbol, ticker) in market.tickers(VENUE, ask.now) {
            rows.push(ticker_row(ask, &symbol, &ticker, &market.premium(VENUE, &symbol, ask.now)?)?);
        }
    }
    Ok(json!({"category": category, "list": rows}))
}

pub(super) fn funding_history(ask: &Ask<'_>) -> Outcome {
    let symbol = symbol(ask)?;
    let window = page(ask, "startTime", "endTime", 200, 200)?;
    if window.from.is_some() && window.to.is_none() {
        return Err(invalid("endTime"));
    }
    let settled = ask.ground.market().settlements(VENUE, symbol, window, ask.now)?;
    let rows: Vec<Value> = settled
        .iter()
        .rev()
        .map(|settled| {
            json!({
                "symbol": symbol, "fundingRate": format!("{:.8}", settled.rate),
                "fundingRateTimestamp": settled.at_ms.to_string(),
            })
        })
        .collect();
    Ok(json!({"category": "linear", "list": rows}))
}

fn period(ask: &Ask<'_>, name: &'static str) -> Result<i64, Refusal> {
    let period = match ask.query.text(name) {
        Some("5min") => "5m",
        Some("15min") => "15m",
        Some("30min") => "30m",
        Some(text @ ("1h" | "4h" | "1d")) => text,
        _ => return Err(invalid(name)),
    };
    interval_ms(period).ok_or_else(|| invalid(name))
}

/// The page before the oldest row told, as this provider's cursors mean it.
fn with_cursor(ask: &Ask<'_>, mut window: Window) -> Window {
    if let Some(cursor) = ask.query.text("cursor") {
        let digits: String = cursor
            .rsplit(['=', 'D'])
            .next()
            .unwrap_or_default()
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        if let Ok(seconds) = digits.parse::<i64>() {
            window.to = Some(seconds.saturating_mul(1_000).saturating_sub(1));
            window.oldest = false;
        }
    }
    window
}

fn cursor_after(rows: &[crate::world::StatRow], limit: usize) -> String {
    rows.first()
        .filter(|_| rows.len() == limit)
        .map(|row| format!("lastid%3D0%26lasttime%3D{}", row.at_ms / 1_000))
        .unwrap_or_default()
}

pub(super) fn open_interest(ask: &Ask<'_>) -> Outcome {
    let symbol = symbol(ask)?;
    let step = period(ask, "intervalTime")?;
    let window = with_cursor(ask, page(ask, "startTime", "endTime", 50, 200)?);
    let rows = ask.ground.market().stat(VENUE, symbol, Stat::OpenInterest, step, window, ask.now)?;
    let list: Vec<Value> = rows
        .iter()
        .rev()
        .map(|row| {
            json!({
                "openInterest": plain(row.a * 2.0), "singleOpenInterest": plain(row.a),
                "timestamp": row.at_ms.to_string(),
            })
        })
        .collect();
    Ok(json!({
        "symbol": symbol, "category": "linear", "list": list,
        "nextPageCursor": cursor_after(&rows, window.limit),
    }))
}

pub(super) fn account_ratio(ask: &Ask<'_>) -> Outcome {
    let symbol = symbol(ask)?;
    let step = period(ask, "period")?;
    let window = with_cursor(ask, page(ask, "startTime", "endTime", 50, 500)?);
    let rows = ask.ground.market().stat(VENUE, symbol, Stat::AccountRatio, step, window, ask.now)?;
    let list: Vec<Value> = rows
        .iter()
        .rev()
        .map(|row| {
            let long = (row.a / (1.0 + row.a) * 1e4).round() / 1e4;
            json!({
                "symbol": symbol, "buyRatio": format!("{long:.4}"), "sellRatio": format!("{:.4}", 1.0 - long),
                "timestamp": row.at_ms.to_string(),
            })
        })
        .collect();
    Ok(json!({"list": list, "nextPageCursor": cursor_after(&rows, window.limit)}))
}

pub(super) fn order_book(ask: &Ask<'_>) -> Outcome {
    let symbol = symbol(ask)?;
    let levels = limit(ask.query, "limit", 25, 500)?.ok_or_else(|| invalid("limit"))?;
    let book = ask.ground.market().book(VENUE, symbol, levels, ask.now)?;
    let side = |levels: &[(f64, f64)]| -> Vec<[String; 2]> {
        levels.iter().map(|(price, size)| [plain(*price), plain(*size)]).collect()
    };
    Ok(json!({
        "s": symbol, "b": side(&book.bids), "a": side(&book.asks), "ts": book.at_ms, "u": book.update_id,
        "seq": book.update_id, "cts": book.at_ms,
    }))
}

pub(super) fn trades(ask: &Ask<'_>) -> Outcome {
    let symbol = symbol(ask)?;
    let limit = limit(ask.query, "limit", 500, 1_000)?.ok_or_else(|| invalid("limit"))?;
    let fills = ask.ground.market().fills(VENUE, symbol, limit, ask.now)?;
    let list: Vec<Value> = fills
        .iter()
        .rev()
        .map(|fill| {
            json!({
                "execId": fill.id.to_string(), "symbol": symbol, "price": plain(fill.price),
                "size": plain(fill.quantity), "side": if fill.buyer_is_maker { "Sell" } else { "Buy" },
                "time": fill.at_ms.to_string(), "isBlockTrade": false, "isRPITrade": false, "seq": fill.id,
            })
        })
        .collect();
    Ok(json!({"category": "linear", "list": list}))
}

/// Tiers of position sizes, the smallest first, of one contract or of the first on the list.
pub(super) fn risk_limits(ask: &Ask<'_>) -> Outcome {
    let Ground::Simulated(sim) = ask.ground else { return Ok(json!({"category": "linear", "list": []})) };
    let wanted = ask.query.text("symbol");
    let coins = sim.roster().trading(ask.now).filter(|coin| match wanted {
        Some(symbol) => coin.bybit.symbol == symbol,
        None => coin.rank < 15,
    });
    let rows: Vec<Value> = coins
        .filter(|_| is_linear(ask))
        .flat_map(|coin| {
            (1_u32..=5).map(move |tier| {
                let share = f64::from(tier) * 0.01;
                json!({
                    "id": tier, "symbol": coin.bybit.symbol,
                    "riskLimitValue": plain((coin.daily_usd * share / 1e4).round().max(1.0) * 1e4),
                    "maintenanceMargin": plain(share / 2.0), "initialMargin": plain(share),
                    "isLowestRisk": u8::from(tier == 1), "maxLeverage": format!("{:.2}", 1.0 / share),
                    "mmDeduction": "",
                })
            })
        })
        .collect();
    if wanted.is_some() && rows.is_empty() {
        return Err(Lack::Symbol.into());
    }
    Ok(json!({"category": "linear", "list": rows, "nextPageCursor": ""}))
}

/// The pool that pays for positions closed below zero; it is kept in USDT.
pub(super) fn insurance(ask: &Ask<'_>) -> Value {
    let Ground::Simulated(sim) = ask.ground else { return json!({"category": "linear", "list": []}) };
    let coins: Vec<_> = sim.roster().trading(ask.now).collect();
    let symbols: Vec<&str> = coins.iter().take(20).map(|coin| coin.bybit.symbol.as_str()).collect();
    let balance = plain((coins.iter().map(|coin| coin.daily_usd).sum::<f64>() * 0.004 * 1e4).round() / 1e4);
    let rows = if ask.query.text("coin").is_none_or(|coin| coin == "USDT") {
        json!([{"coin": "USDT", "symbols": symbols.join(","), "balance": balance, "value": balance}])
    } else {
        json!([])
    };
    json!({"updatedTime": ask.now.0.to_string(), "list": rows})
}
