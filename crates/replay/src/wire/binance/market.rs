use std::fmt::Write as _;

use domain::DAY_MS;
use serde::Serialize;
use serde_json::{Value, json};

use super::{BAD_LIMIT, INVALID_INTERVAL, INVALID_SYMBOL, NO_INTERVAL, NO_SYMBOL, Refusal, VENUE, symbol};
use crate::answer::Answer;
use crate::provider::Provider;
use crate::shapes::{self, Subject};
use crate::wire::Ask;
use crate::wire::text::{interval_ms, limit, plain, plain_or_empty, push_quoted};
use crate::world::{Bar, DayTicker, Ground, Premium, Settlement, Window};

pub(super) fn exchange_info(ask: &Ask<'_>) -> Answer {
    Answer::ok(&json!({
        "timezone": "UTC",
        "serverTime": ask.now.0,
        "futuresType": "U_MARGINED",
        "rateLimits": [
            {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 2400},
            {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 1200},
            {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 300}
        ],
        "exchangeFilters": [],
        "assets": [],
        "symbols": ask.ground.market().listings(VENUE, ask.now),
    }))
}

fn times(ask: &Ask<'_>) -> Result<(Option<i64>, Option<i64>), Refusal> {
    Ok((ask.query.int("startTime")?, ask.query.int("endTime")?))
}

fn bars(ask: &Ask<'_>) -> Result<Vec<Bar>, Refusal> {
    let symbol =
        symbol(ask).or_else(|| ask.query.text("pair").map(str::to_ascii_uppercase)).ok_or(NO_SYMBOL)?;
    let interval = ask.query.text("interval").ok_or(NO_INTERVAL)?;
    let limit = limit(ask.query, "limit", 500, 1_500)?.ok_or(BAD_LIMIT)?;
    let step = interval_ms(interval).ok_or(INVALID_INTERVAL)?;
    let (from, to) = times(ask)?;
    let window = Window { from, to, limit, oldest: from.is_some() };
    Ok(ask.ground.market().bars(VENUE, &symbol, step, window, ask.now)?)
}

/// Rows of 12; what the world does not hold is `""`, the number of trades `null`.
pub(super) fn klines(ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let bars = bars(ask)?;
    let mut json = String::with_capacity(bars.len() * 160 + 2);
    json.push('[');
    for (place, bar) in bars.iter().enumerate() {
        if place > 0 {
            json.push(',');
        }
        // Writing to a String cannot fail.
        let _ = write!(json, "[{}", bar.open_ms);
        for value in [bar.open, bar.high, bar.low, bar.close, bar.volume] {
            json.push(',');
            push_quoted(&mut json, value);
        }
        let _ = write!(json, ",{},", bar.end_ms - 1);
        quoted_or_empty(&mut json, bar.quote_volume);
        match bar.trades {
            Some(trades) => drop(write!(json, ",{trades},")),
            None => json.push_str(",null,"),
        }
        quoted_or_empty(&mut json, bar.taker_buy);
        json.push(',');
        quoted_or_empty(&mut json, bar.taker_buy_quote);
        json.push_str(",\"0\"]");
    }
    json.push(']');
    Ok(Answer::json_text(200, json))
}

fn quoted_or_empty(json: &mut String, value: Option<f64>) {
    match value {
        Some(value) => push_quoted(json, value),
        None => json.push_str("\"\""),
    }
}

/// Mark and index candles, where the world has such prices: volumes are zero on the wire.
pub(super) fn price_klines(ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let name =
        symbol(ask).or_else(|| ask.query.text("pair").map(str::to_ascii_uppercase)).ok_or(NO_SYMBOL)?;
    ask.ground.market().premium(VENUE, &name, ask.now)?;
    let rows: Vec<Value> = bars(ask)?
        .iter()
        .map(|bar| {
            let prices = [bar.open, bar.high, bar.low, bar.close].map(plain);
            let [open, high, low, close] = prices;
            json!([bar.open_ms, open, high, low, close, "0", bar.end_ms - 1, "0", 60, "0", "0", "0"])
        })
        .collect();
    Ok(Answer::ok(&rows))
}

/// Candles of the premium: signed fractions, told by their ends.
pub(super) fn premium_klines(ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let name = symbol(ask).ok_or(NO_SYMBOL)?;
    let market = ask.ground.market();
    let fraction = |at: i64| -> Result<f64, Refusal> {
        let premium = market.premium(VENUE, &name, domain::UtcMs(at))?;
        Ok(premium.mark / premium.index - 1.0)
    };
    fraction(ask.now.0)?;
    let mut rows = Vec::new();
    for bar in bars(ask)? {
        let (open, close) = (fraction(bar.open_ms)?, fraction(bar.end_ms.min(ask.now.0))?);
        let [open, high, low, close] =
            [open, open.max(close), open.min(close), close].map(|value| format!("{value:.8}"));
        rows.push(json!([bar.open_ms, open, high, low, close, "0", bar.end_ms - 1, "0", 60, "0", "0", "0"]));
    }
    Ok(Answer::ok(&rows))
}

fn premium_row(ask: &Ask<'_>, symbol: &str, premium: &Premium) -> Value {
    json!({
        "symbol": symbol,
        "markPrice": plain(premium.mark),
        "indexPrice": plain(premium.index),
        "estimatedSettlePrice": plain(premium.index),
        "lastFundingRate": format!("{:.8}", premium.running_rate),
        "interestRate": format!("{:.8}", premium.interest),
        "nextFundingTime": premium.next_ms,
        "time": ask.now.0,
    })
}

pub(super) fn premium_index(ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let market = ask.ground.market();
    if let Some(symbol) = symbol(ask) {
        let premium = market.premium(VENUE, &symbol, ask.now)?;
        return Ok(Answer::ok(&premium_row(ask, &symbol, &premium)));
    }
    let all = market.premiums(VENUE, ask.now);
    let rows: Vec<Value> = all.iter().map(|(symbol, premium)| premium_row(ask, symbol, premium)).collect();
    Ok(Answer::ok(&rows))
}

fn settlement_row(symbol: &str, settled: &Settlement) -> Value {
    json!({
        "symbol": symbol,
        "fundingTime": settled.at_ms,
        "fundingRate": format!("{:.8}", settled.rate),
        "markPrice": plain_or_empty(settled.mark),
    })
}

pub(super) fn funding_rate(ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let Some(limit) = limit(ask.query, "limit", 100, 1_000)? else {
        // The provider says this under status 200.
        return Ok(Answer::ok(&json!({
            "status": "ERROR", "type": "GENERAL", "code": "99099990", "errorData": "illegal params.",
            "data": null, "subData": null, "params": null
        })));
    };
    let (from, to) = times(ask)?;
    let window = Window { from, to, limit, oldest: from.is_some() };
    let market = ask.ground.market();
    if let Some(symbol) = symbol(ask) {
        let settled = market.settlements(VENUE, &symbol, window, ask.now)?;
        let rows: Vec<Value> = settled.iter().map(|settled| settlement_row(&symbol, settled)).collect();
        return Ok(Answer::ok(&rows));
    }
    let mut all: Vec<(String, Settlement)> = Vec::new();
    for (symbol, _) in market.funding_intervals(VENUE, ask.now) {
        let settled = market.settlements(VENUE, &symbol, window, ask.now)?;
        all.extend(settled.into_iter().map(|settled| (symbol.clone(), settled)));
    }
    all.sort_by_key(|(_, settled)| settled.at_ms);
    let rows: Vec<Value> = window
        .cut(&all, |(_, settled)| settled.at_ms)
        .iter()
        .map(|(symbol, settled)| settlement_row(symbol, settled))
        .collect();
    Ok(Answer::ok(&rows))
}

/// The caps are not told: no world holds them.
pub(super) fn funding_info(ask: &Ask<'_>) -> Answer {
    let rows: Vec<Value> = ask
        .ground
        .market()
        .funding_intervals(VENUE, ask.now)
        .into_iter()
        .map(|(symbol, hours)| {
            json!({"symbol": symbol, "fundingIntervalHours": hours, "disclaimer": true, "updateTime": null})
        })
        .collect();
    Answer::ok(&rows)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TickerRow<'a> {
    symbol: &'a str,
    price_change: String,
    price_change_percent: String,
    weighted_avg_price: String,
    last_price: String,
    last_qty: String,
    open_price: String,
    high_price: String,
    low_price: String,
    volume: String,
    quote_volume: String,
    open_time: i64,
    close_time: i64,
    first_id: Option<u64>,
    last_id: Option<u64>,
    count: Option<u64>,
}

fn ticker_row<'a>(symbol: &'a str, ticker: &DayTicker) -> TickerRow<'a> {
    let bar = &ticker.bar;
    let change = bar.close - bar.open;
    let percent = change / bar.open * 100.0;
    let average = bar.quote_volume.filter(|_| bar.volume > 0.0 && bar.trades.is_some());
    // Trade ids of the simulator count from the window's first second on.
    let first_id = bar.trades.map(|_| u64::try_from(bar.open_ms / 1_000).unwrap_or(0) * 100);
    TickerRow {
        symbol,
        price_change: format!("{change:.8}"),
        price_change_percent: format!("{percent:.3}"),
        weighted_avg_price: plain_or_empty(average.map(|quote| quote / bar.volume)),
        last_price: plain(bar.close),
        last_qty: plain_or_empty(ticker.last_qty),
        open_price: plain(bar.open),
        high_price: plain(bar.high),
        low_price: plain(bar.low),
        volume: plain(bar.volume),
        quote_volume: plain_or_empty(bar.quote_volume),
        open_time: bar.end_ms - DAY_MS,
        close_time: ticker.last_ms,
        first_id,
        last_id: first_id.zip(bar.trades).map(|(first, trades)| first + trades.saturating_sub(1)),
        count: bar.trades,
    }
}

pub(super) fn day_tickers(ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let market = ask.ground.market();
    if let Some(symbol) = symbol(ask) {
        return Ok(Answer::ok(&ticker_row(&symbol, &market.ticker(VENUE, &symbol, ask.now)?)));
    }
    let all = market.tickers(VENUE, ask.now);
    let rows: Vec<TickerRow<'_>> = all.iter().map(|(symbol, ticker)| ticker_row(symbol, ticker)).collect();
    Ok(Answer::ok(&rows))
}

pub(super) fn prices(ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let market = ask.ground.market();
    let row = |symbol: &str, ticker: &DayTicker| json!({"symbol": symbol, "price": plain(ticker.bar.close), "time": ticker.last_ms});
    if let Some(symbol) = symbol(ask) {
        return Ok(Answer::ok(&row(&symbol, &market.ticker(VENUE, &symbol, ask.now)?)));
    }
    let all = market.tickers(VENUE, ask.now);
    Ok(Answer::ok(&all.iter().map(|(symbol, ticker)| row(symbol, ticker)).collect::<Vec<_>>()))
}

pub(super) fn book_tickers(ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let market = ask.ground.market();
    let row = |symbol: &str, ticker: &DayTicker| {
        let [(bid, bid_size), (ask_price, ask_size)] = ticker.top?;
        Some(json!({
            "symbol": symbol,
            "bidPrice": plain(bid), "bidQty": plain(bid_size),
            "askPrice": plain(ask_price), "askQty": plain(ask_size),
            "time": ticker.last_ms,
            "lastUpdateId": ticker.last_ms * 1_000,
        }))
    };
    if let Some(symbol) = symbol(ask) {
        let ticker = market.ticker(VENUE, &symbol, ask.now)?;
        return Ok(Answer::ok(&row(&symbol, &ticker).ok_or(INVALID_SYMBOL)?));
    }
    let all = market.tickers(VENUE, ask.now);
    let rows: Vec<Value> = all.iter().filter_map(|(symbol, ticker)| row(symbol, ticker)).collect();
    Ok(Answer::ok(&rows))
}

const DEPTHS: [i64; 7] = [5, 10, 20, 50, 100, 500, 1_000];

pub(super) fn depth(ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let symbol = symbol(ask).ok_or(NO_SYMBOL)?;
    let levels = ask.query.int("limit")?.unwrap_or(500);
    if !DEPTHS.contains(&levels) {
        let msg = format!("{levels} is not valid depth limit");
        return Ok(Answer::json(400, &json!({"code": -4021, "msg": msg})));
    }
    let book = ask.ground.market().book(VENUE, &symbol, usize::try_from(levels).unwrap_or(500), ask.now)?;
    let side = |levels: &[(f64, f64)]| -> Vec<[String; 2]> {
        levels.iter().map(|(price, quantity)| [plain(*price), plain(*quantity)]).collect()
    };
    Ok(Answer::ok(&json!({
        "lastUpdateId": book.update_id, "E": book.at_ms, "T": book.at_ms,
        "bids": side(&book.bids), "asks": side(&book.asks),
    })))
}

pub(super) fn trades(ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let symbol = symbol(ask).ok_or(NO_SYMBOL)?;
    let limit = limit(ask.query, "limit", 500, 1_000)?.ok_or(BAD_LIMIT)?;
    let fills = ask.ground.market().fills(VENUE, &symbol, limit, ask.now)?;
    let rows: Vec<Value> = fills
        .iter()
        .map(|fill| {
            json!({
                "id": fill.id, "price": plain(fill.price), "qty": plain(fill.quantity),
                "quoteQty": format!("{:.2}", fill.price * fill.quantity), "time": fill.at_ms,
                "isBuyerMaker": fill.buyer_is_maker, "isRPITrade": false,
            })
        })
        .collect();
    Ok(Answer::ok(&rows))
}

/// Two days that aggregated trades reach back.
const AGGREGATED_REACH_MS: i64 = 2 * DAY_MS;

pub(super) fn aggregated_trades(ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let symbol = symbol(ask).ok_or(NO_SYMBOL)?;
    let limit = limit(ask.query, "limit", 500, 1_000)?.ok_or(BAD_LIMIT)?;
    let (from, to) = times(ask)?;
    if from.is_some_and(|from| from < ask.now.0 - AGGREGATED_REACH_MS) {
        return Err(Refusal(400, -4166, "Search window is restricted to recent 2 days only."));
    }
    let until = to.map_or(ask.now, |to| domain::UtcMs(to.min(ask.now.0)));
    let fills = ask.ground.market().fills(VENUE, &symbol, limit, until)?;
    let rows: Vec<Value> = fills
        .iter()
        .filter(|fill| from.is_none_or(|from| fill.at_ms >= from))
        .map(|fill| {
            let quantity = plain(fill.quantity);
            json!({
                "a": fill.id, "p": plain(fill.price), "q": quantity, "nq": quantity,
                "f": fill.id, "l": fill.id, "T": fill.at_ms, "m": fill.buyer_is_maker,
            })
        })
        .collect();
    Ok(Answer::ok(&rows))
}

pub(super) fn open_interest(ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let symbol = symbol(ask).ok_or(NO_SYMBOL)?;
    let (units, _) = ask.ground.market().open_interest(VENUE, &symbol, ask.now)?;
    Ok(Answer::ok(&json!({"symbol": symbol, "openInterest": plain(units), "time": ask.now.0})))
}

/// What prices are made of. A question that names a symbol is answered with its object.
pub(super) fn baskets(ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let wanted = symbol(ask);
    let Ground::Simulated(sim) = ask.ground else {
        return wanted.map_or_else(|| Ok(Answer::json_text(200, "[]")), |_| Err(INVALID_SYMBOL));
    };
    let of_coin = ask.path.ends_with("constituents");
    let subject = Subject {
        coin: wanted.as_deref().filter(|_| of_coin).and_then(|name| sim.roster().by_symbol(VENUE, name)),
        venue: Some(VENUE),
        words: ask.query.words(),
        ..Subject::default()
    };
    if of_coin && (wanted.is_none() || subject.coin.is_none()) {
        return Err(if wanted.is_none() { NO_SYMBOL } else { INVALID_SYMBOL });
    }
    let told = shapes::answer(sim, ask.now, Provider::Binance, ask.path, &subject).ok_or(INVALID_SYMBOL)?;
    let Some(wanted) = wanted.filter(|_| !of_coin) else { return Ok(Answer::ok(&told)) };
    let row = told.as_array().and_then(|rows| {
        rows.iter().find(|row| row.get("symbol").and_then(Value::as_str) == Some(wanted.as_str()))
    });
    row.map(Answer::ok).ok_or(INVALID_SYMBOL)
}
