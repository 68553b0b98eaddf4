mod shaped;

use domain::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, UtcMs, Venue};
use serde_json::{Value, json};

use super::text::iso7;
use super::{Ask, Charge, Till};
use crate::answer::Answer;
use crate::clock::real_now_ms;
use crate::query::Query;
use crate::world::sim::{Coin, SimWorld};
use crate::world::{Bar, Fill, Ground, Market, Window};

const CREDITS_PER_DAY: u64 = 10_000;

/// A call costs a credit; with a limit, one for each started hundred.
pub(super) fn charge(till: Till<'_>, query: &Query) -> Charge {
    let cost = match query.int("limit") {
        Ok(Some(limit)) => u64::try_from(limit).unwrap_or(1).div_ceil(100).max(1),
        _ => 1,
    };
    let standing = till.windows.charge("coinapi", cost, CREDITS_PER_DAY, DAY_MS);
    let left = i64::try_from(CREDITS_PER_DAY).unwrap_or(0) - i64::try_from(standing.used).unwrap_or(i64::MAX);
    let headers = vec![
        ("x-ratelimit-limit", CREDITS_PER_DAY.to_string()),
        ("x-ratelimit-remaining", left.to_string()),
        ("x-ratelimit-used", standing.used.to_string()),
        ("x-ratelimit-reset", iso7(real_now_ms() + standing.resets_in_ms)),
        ("x-ratelimit-request-cost", cost.to_string()),
        ("x-ratelimit-overage", "disabled".to_owned()),
        ("x-concurrencylimit-limit", "10".to_owned()),
        ("x-concurrencylimit-remaining", "10".to_owned()),
    ];
    let refusal = (till.enforce && standing.exceeded())
        .then(|| error(403, "Quota exceeded: Insufficient Usage Credits"));
    Charge { weight: cost, refusal, headers }
}

fn error(status: u16, text: &str) -> Answer {
    Answer::json(status, &json!({"error": text}))
}

pub(super) fn failure(status: u16) -> Answer {
    error(
        status,
        match status {
            401 => "Invalid key",
            403 => "permission denied",
            404 => "Not Found",
            429 => "Too many requests",
            550 => "No data",
            _ => "Internal server error",
        },
    )
}

/// Nothing is held for this single thing.
fn no_data() -> Answer {
    failure(550)
}

pub(super) fn answer(ask: &Ask<'_>) -> Answer {
    let Some(path) = ask.path.strip_prefix("/v1/") else { return failure(404) };
    let parts: Vec<&str> = path.split('/').collect();
    let sim = match ask.ground {
        Ground::Simulated(sim) => Some(sim),
        Ground::Files(_) => None,
    };
    let one = |id: &str, then: &dyn Fn(&SimWorld, &Coin, Venue) -> Option<Value>| {
        sim.and_then(|sim| find(ask, sim, id).and_then(|(coin, venue)| then(sim, coin, venue)))
            .map_or_else(no_data, |value| Answer::ok(&value))
    };
    match parts.as_slice() {
        ["ohlcv", "periods"] | ["exchangerate", "history", "periods"] => Answer::ok(&periods()),
        ["symbols"] => Answer::ok(&symbols(ask, sim, None)),
        ["symbols", "map", exchange] => Answer::ok(&symbol_map(ask, sim, exchange)),
        ["symbols", exchange] | ["symbols", exchange, "active"] => {
            Answer::ok(&symbols(ask, sim, Some(exchange)))
        }
        ["exchanges"] => Answer::ok(&exchanges(sim)),
        ["assets"] => Answer::ok(&assets(ask, sim)),
        ["ohlcv", id, kind @ ("latest" | "history")] if *id != "exchanges" => {
            let Some(step) = ask.query.text("period_id").and_then(period_ms) else {
                return error(400, "Missing or invalid period_id");
            };
            let Some(window) = window(ask, *kind == "history") else {
                return error(400, "Invalid parameter");
            };
            one(id, &|sim, coin, venue| {
                let symbol = &coin.contract(venue).symbol;
                let mut bars = sim.bars(venue, symbol, step, window, ask.now).ok()?;
                if *kind == "latest" {
                    bars.reverse();
                }
                Some(bars.iter().map(|bar| ohlcv(coin, venue, bar)).collect())
            })
        }
        ["quotes", "current"] => {
            let wanted = ask.query.text("filter_symbol_id").unwrap_or_default();
            let rows: Vec<Value> = wanted
                .split([';', ','])
                .filter_map(|id| {
                    let sim = sim?;
                    let (coin, venue) = find(ask, sim, id)?;
                    quote(ask, sim, coin, venue)
                })
                .collect();
            Answer::ok(&rows)
        }
        ["quotes", id, "current"] => one(id, &|sim, coin, venue| quote(ask, sim, coin, venue)),
        ["trades", "latest"] => {
            Answer::ok(&each_wanted(ask, sim, |sim, coin, venue| trades(ask, sim, coin, venue)))
        }
        ["trades", id, "latest"] => one(id, &|sim, coin, venue| trades(ask, sim, coin, venue)),
        ["trades", id, "history"] => one(id, &|sim, coin, venue| past_trades(ask, sim, coin, venue)),
        ["orderbooks", id, "current"] => one(id, &|sim, coin, venue| book(ask, sim, coin, venue)),
        ["orderbooks", id, "depth", "current"] => one(id, &|sim, coin, venue| depth(ask, sim, coin, venue)),
        ["metrics", "listing"] => Answer::ok(&json!(METRICS.map(|id| json!({"metric_id": id})))),
        ["metrics", "symbol", "current"] => metrics(ask, sim),
        _ => match (sim, parts.as_slice()) {
            (Some(sim), _) => shaped::answer(ask, sim, &parts),
            (None, ["metrics", "symbol", "listing" | "history"] | ["options", _, "current"]) => {
                Answer::json_text(200, "[]")
            }
            (None, _) => failure(404),
        },
    }
}

const fn exchange_id(venue: Venue) -> &'static str {
    match venue {
        Venue::Binance => "BINANCEFTS",
        Venue::Okx => "OKEX",
        Venue::Bybit => "BYBIT",
    }
}

fn symbol_id(coin: &Coin, venue: Venue) -> String {
    format!("{}_PERP_{}_USDT", exchange_id(venue), coin.contract(venue).base)
}

fn find<'a>(ask: &Ask<'_>, sim: &'a SimWorld, id: &str) -> Option<(&'a Coin, Venue)> {
    Venue::ALL.into_iter().find_map(|venue| {
        id.strip_prefix(exchange_id(venue))?.strip_prefix("_PERP_")?;
        sim.roster().trading(ask.now).find(|coin| symbol_id(coin, venue) == id).map(|coin| (coin, venue))
    })
}

const PERIODS: [(&str, i64); 12] = [
    ("1SEC", SECOND_MS),
    ("1MIN", MINUTE_MS),
    ("3MIN", 3 * MINUTE_MS),
    ("5MIN", 5 * MINUTE_MS),
    ("15MIN", 15 * MINUTE_MS),
    ("30MIN", 30 * MINUTE_MS),
    ("1HRS", HOUR_MS),
    ("2HRS", 2 * HOUR_MS),
    ("4HRS", 4 * HOUR_MS),
    ("6HRS", 6 * HOUR_MS),
    ("12HRS", 12 * HOUR_MS),
    ("1DAY", DAY_MS),
];

fn period_ms(id: &str) -> Option<i64> {
    PERIODS.iter().find(|(known, _)| *known == id).map(|(_, length)| *length)
}

fn periods() -> Value {
    let row = |(id, length): &(&str, i64)| {
        let (count, short) = id.split_at(id.find(|c: char| !c.is_ascii_digit()).unwrap_or(0));
        let unit = match short {
            "SEC" => "second",
            "MIN" => "minute",
            "HRS" => "hour",
            _ => "day",
        };
        json!({
            "period_id": id, "length_seconds": length / 1_000, "length_months": 0,
            "unit_count": count.parse::<u32>().unwrap_or(1), "unit_name": unit,
            "display_name": format!("{count} {unit}"),
        })
    };
    PERIODS.iter().map(row).collect()
}

/// The half-open window of a history, or the newest rows.
fn window(ask: &Ask<'_>, history: bool) -> Option<Window> {
    let limit = ask.query.int("limit").ok()?.unwrap_or(100).clamp(1, 100_000);
    let limit = usize::try_from(limit).ok()?;
    let time = |name| -> Option<Option<i64>> {
        ask.query.text(name).map_or(Some(None), |text| {
            let text = if text.ends_with('Z') { text.to_owned() } else { format!("{text}Z") };
            text.parse::<UtcMs>().ok().map(|at| Some(at.0))
        })
    };
    if !history {
        return Some(Window::newest(limit));
    }
    let (mut from, mut to) = (time("time_start")?, time("time_end")?);
    if let Some(day) = ask.query.text("date") {
        let begin = format!("{}T00:00:00Z", day.get(..10)?).parse::<UtcMs>().ok()?.0;
        (from, to) = (Some(begin), Some(begin + DAY_MS));
    }
    Some(Window { from, to: to.map(|to| to - 1), limit, oldest: true })
}

fn ohlcv(coin: &Coin, venue: Venue, bar: &Bar) -> Value {
    // OKX counts contracts here.
    let volume = if venue == Venue::Okx { bar.volume / coin.okx.face_value } else { bar.volume };
    json!({
        "time_period_start": iso7(bar.open_ms), "time_period_end": iso7(bar.end_ms),
        "time_open": iso7(bar.open_ms), "time_close": iso7(bar.end_ms - 1),
        "price_open": bar.open, "price_high": bar.high, "price_low": bar.low, "price_close": bar.close,
        "volume_traded": volume, "trades_count": bar.trades,
    })
}

fn quote(ask: &Ask<'_>, sim: &SimWorld, coin: &Coin, venue: Venue) -> Option<Value> {
    let ticker = sim.ticker(venue, &coin.contract(venue).symbol, ask.now).ok()?;
    let [(bid, bid_size), (ask_price, ask_size)] = ticker.top?;
    let time = iso7(ticker.last_ms);
    Some(json!({
        "symbol_id": symbol_id(coin, venue), "time_exchange": time, "time_coinapi": time,
        "ask_price": ask_price, "ask_size": ask_size, "bid_price": bid, "bid_size": bid_size,
        "last_trade": {"time_exchange": time, "time_coinapi": time, "price": ticker.bar.close,
                       "size": ticker.last_qty, "taker_side": "UNKNOWN"},
    }))
}

fn trade(id: &str, fill: &Fill) -> Value {
    let time = iso7(fill.at_ms);
    json!({
        "symbol_id": id, "time_exchange": time, "time_coinapi": time,
        "uuid": format!("00000000-0000-4000-8000-{:012x}", fill.id), "price": fill.price,
        "size": fill.quantity, "taker_side": if fill.buyer_is_maker { "SELL" } else { "BUY" },
    })
}

/// Most trades of one answer: what is before them would have to be computed second by second.
const MOST_TRADES: usize = 1_000;

fn trades(ask: &Ask<'_>, sim: &SimWorld, coin: &Coin, venue: Venue) -> Option<Value> {
    let limit = window(ask, false)?.limit.min(MOST_TRADES);
    let fills = sim.fills(venue, &coin.contract(venue).symbol, limit, ask.now).ok()?;
    let id = symbol_id(coin, venue);
    Some(fills.iter().rev().map(|fill| trade(&id, fill)).collect())
}

/// Trades from an instant on, oldest first.
fn past_trades(ask: &Ask<'_>, sim: &SimWorld, coin: &Coin, venue: Venue) -> Option<Value> {
    let window = window(ask, true)?;
    let limit = window.limit.min(MOST_TRADES);
    let begin = window.from.unwrap_or(ask.now.0 - HOUR_MS).max(coin.onboard_ms);
    // A busy coin fills a page in minutes; a quiet one is followed for a day at most.
    let end = window.to.unwrap_or(ask.now.0).min(ask.now.0).min(begin + DAY_MS);
    let (symbol, id) = (&coin.contract(venue).symbol, symbol_id(coin, venue));
    let mut rows = Vec::new();
    let mut at = begin;
    while at < end && rows.len() < limit {
        let until = (at + 2 * HOUR_MS).min(end);
        // Two hours back is as far as the newest trades are told.
        let fills = sim.fills(venue, symbol, usize::MAX, UtcMs(until)).ok()?;
        let here = fills.iter().filter(|fill| (at..until).contains(&fill.at_ms));
        rows.extend(here.take(limit - rows.len()).map(|fill| trade(&id, fill)));
        at = until;
    }
    Some(Value::Array(rows))
}

/// Rows of each contract that `filter_symbol_id` names.
fn each_wanted(
    ask: &Ask<'_>,
    sim: Option<&SimWorld>,
    rows: impl Fn(&SimWorld, &Coin, Venue) -> Option<Value>,
) -> Vec<Value> {
    let wanted = ask.query.text("filter_symbol_id").unwrap_or("BINANCEFTS_PERP_BTC_USDT");
    let mut all = Vec::new();
    for id in wanted.split([';', ',']) {
        let found = sim.and_then(|sim| find(ask, sim, id).and_then(|(coin, venue)| rows(sim, coin, venue)));
        match found {
            Some(Value::Array(rows)) => all.extend(rows),
            other => all.extend(other),
        }
    }
    all
}

/// How much waits on each side.
fn depth(ask: &Ask<'_>, sim: &SimWorld, coin: &Coin, venue: Venue) -> Option<Value> {
    let levels = usize::try_from(ask.query.int("limit_levels").ok()?.unwrap_or(50).clamp(1, 500)).ok()?;
    let book = sim.book(venue, &coin.contract(venue).symbol, levels, ask.now).ok()?;
    let sum = |side: &[(f64, f64)]| side.iter().map(|(_, size)| size).sum::<f64>();
    Some(json!({
        "ask_levels": book.asks.len(), "bid_levels": book.bids.len(),
        "ask_depth": sum(&book.asks), "bid_depth": sum(&book.bids),
    }))
}

fn book(ask: &Ask<'_>, sim: &SimWorld, coin: &Coin, venue: Venue) -> Option<Value> {
    let levels = ask.query.int("limit_levels").ok()?.unwrap_or(50).clamp(1, 500);
    let levels = usize::try_from(levels).ok()?;
    let book = sim.book(venue, &coin.contract(venue).symbol, levels, ask.now).ok()?;
    let side = |levels: &[(f64, f64)]| -> Vec<Value> {
        levels.iter().map(|(price, size)| json!({"price": price, "size": size})).collect()
    };
    let time = iso7(book.at_ms);
    Some(json!({
        "symbol_id": symbol_id(coin, venue), "time_exchange": time, "time_coinapi": time,
        "asks": side(&book.asks), "bids": side(&book.bids),
    }))
}

fn symbols(ask: &Ask<'_>, sim: Option<&SimWorld>, exchange: Option<&str>) -> Value {
    let Some(sim) = sim else { return json!([]) };
    let exchange = exchange.or_else(|| ask.query.text("filter_exchange_id"));
    let asset = ask.query.text("filter_asset_id");
    let wanted = ask.query.text("filter_symbol_id");
    Venue::ALL
        .into_iter()
        .filter(|venue| exchange.is_none_or(|exchange| exchange == exchange_id(*venue)))
        .flat_map(|venue| sim.roster().trading(ask.now).map(move |coin| (coin, venue)))
        .filter(|(coin, _)| asset.is_none_or(|asset| asset.split([',', ';']).any(|one| one == coin.ticker)))
        .map(|(coin, venue)| {
            let contract = coin.contract(venue);
            json!({
                "symbol_id": symbol_id(coin, venue), "exchange_id": exchange_id(venue),
                "symbol_type": "PERPETUAL", "asset_id_base": contract.base, "asset_id_quote": "USDT",
                "future_contract_unit": contract.face_value, "future_contract_unit_asset": contract.base,
                "volume_1day_usd": coin.daily_usd, "price": sim.coin_price(coin, ask.now.0) * contract.multiplier,
                "symbol_id_exchange": contract.symbol, "asset_id_base_exchange": contract.base,
                "asset_id_quote_exchange": "USDT", "price_precision": contract.tick(),
                "size_precision": contract.quantity(1), "future_is_inverse": false,
                "future_is_quanto": false,
                "raw_kvp": {"contractType": "PERPETUAL", "underlyingType": "COIN"},
            })
        })
        .filter(|row| {
            let id = row.get("symbol_id").and_then(Value::as_str).unwrap_or_default();
            wanted.is_none_or(|wanted| wanted.split([',', ';']).any(|part| id.contains(part)))
        })
        .collect()
}

fn symbol_map(ask: &Ask<'_>, sim: Option<&SimWorld>, exchange: &str) -> Value {
    let venue = Venue::ALL.into_iter().find(|venue| exchange_id(*venue) == exchange);
    let (Some(sim), Some(venue)) = (sim, venue) else { return json!([]) };
    sim.roster()
        .trading(ask.now)
        .map(|coin| {
            let contract = coin.contract(venue);
            json!({
                "symbol_id": symbol_id(coin, venue), "symbol_id_exchange": contract.symbol,
                "asset_id_base_exchange": contract.base, "asset_id_quote_exchange": "USDT",
                "asset_id_base": contract.base, "asset_id_quote": "USDT",
                "price_precision": contract.tick(), "size_precision": contract.quantity(1),
            })
        })
        .collect()
}

fn exchanges(sim: Option<&SimWorld>) -> Value {
    if sim.is_none() {
        return json!([]);
    }
    Venue::ALL
        .map(|venue| json!({"exchange_id": exchange_id(venue), "name": venue.as_str()}))
        .into_iter()
        .collect()
}

fn assets(ask: &Ask<'_>, sim: Option<&SimWorld>) -> Value {
    let Some(sim) = sim else { return json!([]) };
    let wanted = ask.query.text("filter_asset_id");
    sim.roster()
        .trading(ask.now)
        .filter(|coin| wanted.is_none_or(|wanted| wanted.split([',', ';']).any(|one| one == coin.ticker)))
        .map(|coin| {
            json!({
                "asset_id": coin.ticker, "name": coin.name, "type_is_crypto": 1,
                "price_usd": sim.coin_price(coin, ask.now.0), "supply_current": coin.supply,
                "volume_1day_usd": coin.daily_usd,
            })
        })
        .collect()
}

const METRICS: [&str; 4] = [
    "DERIVATIVES_FUNDING_RATE_CURRENT",
    "DERIVATIVES_OPEN_INTEREST",
    "DERIVATIVES_MARK_PRICE",
    "DERIVATIVES_INDEX_PRICE",
];

fn metrics(ask: &Ask<'_>, sim: Option<&SimWorld>) -> Answer {
    let Some(sim) = sim else { return Answer::json_text(200, "[]") };
    let wanted = ask.query.text("metric_id");
    if wanted.is_some_and(|wanted| !METRICS.contains(&wanted)) {
        return Answer::json_text(200, "[]");
    }
    let exchange = ask.query.text("exchange_id");
    let symbol = ask.query.text("symbol_id");
    let mut rows = Vec::new();
    for venue in Venue::ALL.into_iter().filter(|venue| exchange.is_none_or(|one| one == exchange_id(*venue)))
    {
        for coin in sim.roster().trading(ask.now) {
            let id = symbol_id(coin, venue);
            if symbol.is_some_and(|symbol| symbol != id) {
                continue;
            }
            let native = &coin.contract(venue).symbol;
            let Ok(premium) = sim.premium(venue, native, ask.now) else { continue };
            for metric in METRICS.into_iter().filter(|metric| wanted.is_none_or(|one| one == *metric)) {
                let value = match metric {
                    "DERIVATIVES_FUNDING_RATE_CURRENT" => premium.running_rate,
                    "DERIVATIVES_MARK_PRICE" => premium.mark,
                    "DERIVATIVES_INDEX_PRICE" => premium.index,
                    _ => match sim.open_interest(venue, native, ask.now) {
                        Ok((units, _)) => units,
                        Err(_) => continue,
                    },
                };
                rows.push(json!({
                    "entry_time": iso7(ask.now.0), "recv_time": iso7(ask.now.0),
                    "exchange_id": exchange_id(venue), "symbol_id": id, "metric_id": metric,
                    "value_decimal": value,
                }));
            }
        }
    }
    Answer::ok(&rows)
}
