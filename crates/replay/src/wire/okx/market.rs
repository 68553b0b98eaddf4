use domain::{DAY_MS, UtcMs};
use serde_json::{Value, json};

use super::{Data, VENUE, empty, parameter, required};
use crate::wire::Ask;
use crate::wire::text::{limit, plain, plain_or_empty};
use crate::world::{DayTicker, Ground, Lack, Premium, Settlement, Window};

/// Funding history reaches back about three months.
const FUNDING_REACH_MS: i64 = 95 * DAY_MS;
/// Forced orders reach back about a day.
const FORCED_REACH_MS: i64 = DAY_MS;

pub(super) fn instruments(ask: &Ask<'_>) -> Data {
    let kind = required(ask, "instType")?;
    let wanted = ask.query.text("instId");
    let family = ask.query.text("instFamily").or_else(|| ask.query.text("uly"));
    let mut rows = if kind == "SWAP" { ask.ground.market().listings(VENUE, ask.now) } else { Vec::new() };
    let has = |row: &Value, name: &str, text: &str| row.get(name).and_then(Value::as_str) == Some(text);
    rows.retain(|row| {
        wanted.is_none_or(|wanted| has(row, "instId", wanted))
            && family.is_none_or(|family| has(row, "instFamily", family))
    });
    if wanted.is_some() && rows.is_empty() {
        return Err(Lack::Symbol.into());
    }
    Ok(Value::Array(rows))
}

fn ticker_row(ask: &Ask<'_>, id: &str, ticker: &DayTicker) -> Value {
    let bar = &ticker.bar;
    let [(bid, bid_size), (ask_price, ask_size)] = ticker.top.unwrap_or_default();
    let size = contract_size(ask, id);
    json!({
        "instType": "SWAP", "instId": id, "last": plain(bar.close),
        "lastSz": plain_or_empty(ticker.last_qty), "askPx": plain(ask_price), "askSz": plain(ask_size),
        "bidPx": plain(bid), "bidSz": plain(bid_size), "open24h": plain(bar.open),
        "high24h": plain(bar.high), "low24h": plain(bar.low), "volCcy24h": plain(bar.volume),
        "vol24h": plain(contracts(bar.volume, size)), "ts": ticker.last_ms.to_string(),
    })
}

/// Coins in one contract.
fn contract_size(ask: &Ask<'_>, id: &str) -> f64 {
    match ask.ground {
        Ground::Simulated(sim) => sim.roster().by_symbol(VENUE, id).map_or(1.0, |coin| coin.okx.face_value),
        Ground::Files(_) => 1.0,
    }
}

fn contracts(coins: f64, size: f64) -> f64 {
    (coins / size * 1e4).round() / 1e4
}

pub(super) fn tickers(ask: &Ask<'_>) -> Data {
    let kind = required(ask, "instType")?;
    let all = if kind == "SWAP" { ask.ground.market().tickers(VENUE, ask.now) } else { Vec::new() };
    Ok(all.iter().map(|(id, ticker)| ticker_row(ask, id, ticker)).collect())
}

pub(super) fn ticker(ask: &Ask<'_>) -> Data {
    let id = required(ask, "instId")?;
    Ok(json!([ticker_row(ask, id, &ask.ground.market().ticker(VENUE, id, ask.now)?)]))
}

pub(super) fn index_tickers(ask: &Ask<'_>) -> Data {
    let Some(index) = ask.query.text("instId") else { return Ok(json!([])) };
    let swap = format!("{index}-SWAP");
    let market = ask.ground.market();
    let (Ok(premium), Ok(ticker)) =
        (market.premium(VENUE, &swap, ask.now), market.ticker(VENUE, &swap, ask.now))
    else {
        return Err(super::Refusal(200, "51014", "Index doesn't exist.".to_owned()));
    };
    let bar = &ticker.bar;
    Ok(json!([{
        "instId": index, "idxPx": plain(premium.index), "high24h": plain(bar.high),
        "low24h": plain(bar.low), "open24h": plain(bar.open), "ts": ask.now.0.to_string(),
    }]))
}

/// `1m` to `1Wutc`; days cut at UTC+8 (`1D`, `6H`, `12H`) are not simulated.
pub(super) fn bar_ms(bar: &str) -> Option<i64> {
    let name = match bar {
        "1m" | "3m" | "5m" | "15m" | "30m" => bar,
        "1H" => "1h",
        "2H" => "2h",
        "4H" => "4h",
        "6Hutc" => "6h",
        "12Hutc" => "12h",
        "1Dutc" => "1d",
        "3Dutc" => "3d",
        "1Wutc" => "1w",
        _ => return None,
    };
    crate::wire::text::interval_ms(name)
}

/// Rows older than `after` and newer than `before`, both excluded; the newest of them.
fn between(ask: &Ask<'_>, most: usize, default: usize) -> Result<Window, super::Refusal> {
    let limit = limit(ask.query, "limit", default, most)?.ok_or_else(|| parameter("limit"))?;
    let older_than = ask.query.int("after")?;
    let newer_than = ask.query.int("before")?;
    Ok(Window {
        from: newer_than.map(|at| at.saturating_add(1)),
        to: older_than.map(|at| at.saturating_sub(1)),
        limit,
        oldest: false,
    })
}

/// Newest first. `reach` is how many bars back the path goes.
pub(super) fn candles(ask: &Ask<'_>, reach: i64) -> Data {
    let id = required(ask, "instId")?;
    let step = bar_ms(ask.query.text("bar").unwrap_or("1m")).ok_or_else(|| parameter("bar"))?;
    let mut window = between(ask, 300, 100)?;
    let oldest = ask.now.0.saturating_sub(reach.saturating_mul(step));
    window.from = window.from.max(Some(oldest));
    let bars = ask.ground.market().bars(VENUE, id, step, window, ask.now)?;
    let size = contract_size(ask, id);
    Ok(bars
        .iter()
        .rev()
        .map(|bar| {
            json!([
                bar.open_ms.to_string(),
                plain(bar.open),
                plain(bar.high),
                plain(bar.low),
                plain(bar.close),
                plain(contracts(bar.volume, size)),
                plain(bar.volume),
                plain_or_empty(bar.quote_volume),
                if bar.end_ms <= ask.now.0 { "1" } else { "0" },
            ])
        })
        .collect())
}

/// Candles of mark and index prices: rows of six. An index is named like its swap without `suffix`.
pub(super) fn price_candles(ask: &Ask<'_>, suffix: &str, reach: i64) -> Data {
    let id = format!("{}{suffix}", required(ask, "instId")?);
    let step = bar_ms(ask.query.text("bar").unwrap_or("1m")).ok_or_else(|| parameter("bar"))?;
    let mut window = between(ask, 100, 100)?;
    window.from = window.from.max(Some(ask.now.0.saturating_sub(reach.saturating_mul(step))));
    let bars = ask.ground.market().bars(VENUE, &id, step, window, ask.now)?;
    Ok(bars
        .iter()
        .rev()
        .map(|bar| {
            let [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map(plain);
            let closed = if bar.end_ms <= ask.now.0 { "1" } else { "0" };
            json!([bar.open_ms.to_string(), open, high, low, close, closed])
        })
        .collect())
}

/// Names of what swaps are settled against: a list in a list.
pub(super) fn underlying(ask: &Ask<'_>) -> Value {
    let all = ask.ground.market().funding_intervals(VENUE, ask.now);
    let names: Vec<&str> = all.iter().map(|(id, _)| id.trim_end_matches("-SWAP")).collect();
    json!([names])
}

pub(super) fn books(ask: &Ask<'_>) -> Data {
    let id = required(ask, "instId")?;
    let levels = limit(ask.query, "sz", 1, 400)?.ok_or_else(|| parameter("sz"))?;
    let book = ask.ground.market().book(VENUE, id, levels, ask.now)?;
    let side = |levels: &[(f64, f64)]| -> Vec<[String; 4]> {
        levels.iter().map(|(price, size)| [plain(*price), plain(*size), "0".into(), "3".into()]).collect()
    };
    Ok(json!([{"asks": side(&book.asks), "bids": side(&book.bids), "ts": book.at_ms.to_string()}]))
}

pub(super) fn trades(ask: &Ask<'_>) -> Data {
    let id = required(ask, "instId")?;
    let limit = limit(ask.query, "limit", 100, 500)?.ok_or_else(|| parameter("limit"))?;
    let fills = ask.ground.market().fills(VENUE, id, limit, ask.now)?;
    Ok(fills
        .iter()
        .rev()
        .map(|fill| {
            json!({
                "instId": id, "tradeId": fill.id.to_string(), "px": plain(fill.price),
                "sz": plain(fill.quantity), "side": if fill.buyer_is_maker { "sell" } else { "buy" },
                "source": "0", "ts": fill.at_ms.to_string(),
            })
        })
        .collect())
}

fn funding_row(id: &str, premium: &Premium, now: UtcMs) -> Value {
    let period = i64::from(premium.interval_h) * domain::HOUR_MS;
    json!({
        "formulaType": "withRate", "fundingRate": format!("{:.16}", premium.running_rate),
        "fundingTime": premium.next_ms.to_string(), "impactValue": "20000.0000000000000000", "instId": id,
        "instType": "SWAP", "interestRate": format!("{:.16}", premium.interest),
        "maxFundingRate": "0.00375", "method": "current_period", "minFundingRate": "-0.00375",
        "nextFundingRate": "", "nextFundingTime": (premium.next_ms + period).to_string(),
        "premium": format!("{:.16}", premium.mark / premium.index - 1.0),
        "prevFundingTime": premium.last_settled.at_ms.to_string(),
        "settFundingRate": format!("{:.16}", premium.last_settled.rate), "settState": "settled",
        "ts": now.0.to_string(),
    })
}

pub(super) fn funding_rate(ask: &Ask<'_>) -> Data {
    let id = required(ask, "instId")?;
    let market = ask.ground.market();
    if id == "ANY" {
        let all = market.premiums(VENUE, ask.now);
        return Ok(all.iter().map(|(id, premium)| funding_row(id, premium, ask.now)).collect());
    }
    Ok(json!([funding_row(id, &market.premium(VENUE, id, ask.now)?, ask.now)]))
}

pub(super) fn funding_history(ask: &Ask<'_>) -> Data {
    let id = required(ask, "instId")?;
    let mut window = between(ask, 400, 400)?;
    window.from = window.from.max(Some(ask.now.0 - FUNDING_REACH_MS));
    let settled = ask.ground.market().settlements(VENUE, id, window, ask.now)?;
    let row = |settled: &Settlement| {
        let rate = format!("{:.16}", settled.rate);
        json!({
            "formulaType": "withRate", "fundingRate": rate, "fundingTime": settled.at_ms.to_string(),
            "instId": id, "instType": "SWAP", "method": "current_period", "realizedRate": rate,
        })
    };
    Ok(settled.iter().rev().map(row).collect())
}

pub(super) fn open_interest(ask: &Ask<'_>) -> Data {
    let kind = required(ask, "instType")?;
    let market = ask.ground.market();
    let row = |id: &str| -> Result<Value, Lack> {
        let (coins, usd) = market.open_interest(VENUE, id, ask.now)?;
        Ok(json!({
            "instId": id, "instType": "SWAP", "oi": plain(contracts(coins, contract_size(ask, id))),
            "oiCcy": plain(coins), "oiUsd": plain(usd), "ts": ask.now.0.to_string(),
        }))
    };
    if let Some(id) = ask.query.text("instId") {
        return Ok(json!([row(id)?]));
    }
    let all = if kind == "SWAP" { market.funding_intervals(VENUE, ask.now) } else { Vec::new() };
    Ok(all.iter().filter_map(|(id, _)| row(id).ok()).collect())
}

pub(super) fn mark_price(ask: &Ask<'_>) -> Data {
    let kind = required(ask, "instType")?;
    let market = ask.ground.market();
    let row = |id: &str, premium: &Premium| json!({"instId": id, "instType": "SWAP", "markPx": plain(premium.mark), "ts": ask.now.0.to_string()});
    if let Some(id) = ask.query.text("instId") {
        return Ok(json!([row(id, &market.premium(VENUE, id, ask.now)?)]));
    }
    let all = if kind == "SWAP" { market.premiums(VENUE, ask.now) } else { Vec::new() };
    Ok(all.iter().map(|(id, premium)| row(id, premium)).collect())
}

/// Forced orders of one family, newest first.
pub(super) fn liquidation_orders(ask: &Ask<'_>) -> Data {
    required(ask, "instType")?;
    let family = ask.query.text("instFamily").or_else(|| ask.query.text("uly"));
    let family = family.ok_or_else(|| empty("instFamily"))?;
    let window = between(ask, 100, 100)?;
    let id = format!("{family}-SWAP");
    let market = ask.ground.market();
    if !market.knows(VENUE, &id) {
        return Err(Lack::Symbol.into());
    }
    let after = UtcMs(ask.now.0 - FORCED_REACH_MS);
    let orders = market.forced(VENUE, Some(&id), after, ask.now);
    let details: Vec<Value> =
        window.cut(&orders, |order| order.at_ms).iter().rev().map(super::stream::detail).collect();
    if details.is_empty() {
        return Ok(json!([]));
    }
    Ok(json!([{"details": details, "instFamily": family, "instId": id, "instType": "SWAP", "uly": family}]))
}

/// Coins that the statistics by coin know: an object, unlike all the rest.
pub(super) fn support_coins(ask: &Ask<'_>) -> Value {
    let coins: Vec<String> = ask
        .ground
        .market()
        .funding_intervals(VENUE, ask.now)
        .into_iter()
        .filter_map(|(id, _)| id.strip_suffix("-USDT-SWAP").map(str::to_owned))
        .collect();
    json!({"contract": coins, "option": [], "spot": coins})
}
