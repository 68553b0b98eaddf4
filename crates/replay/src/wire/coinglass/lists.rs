use domain::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Venue};
use serde_json::{Map, Value, json};

use super::unknown_pair;
use crate::answer::Answer;
use crate::wire::Ask;
use crate::world::Market;
use crate::world::files::FilesWorld;
use crate::world::sim::{Coin, SimWorld};

/// The names that the lists use.
const fn venue_name(venue: Venue) -> &'static str {
    match venue {
        Venue::Binance => "Binance",
        Venue::Okx => "OKX",
        Venue::Bybit => "Bybit",
    }
}

fn venue(name: &str) -> Option<Venue> {
    Venue::ALL.into_iter().find(|venue| venue.as_str().eq_ignore_ascii_case(name))
}

/// What a folder of history holds beside the histories: what exists, and the index.
pub(super) fn recorded(ask: &Ask<'_>, files: &FilesWorld) -> Option<Value> {
    match ask.path {
        "/api/futures/supported-coins" => Some(json!(files.coinglass_coins())),
        "/api/futures/supported-exchanges" => Some(json!(["Binance"])),
        "/api/futures/supported-exchange-pairs" => {
            let pairs: Vec<Value> = files
                .symbols()
                .into_iter()
                .filter_map(|symbol| {
                    let base = symbol.strip_suffix("USDT")?;
                    Some(json!({"instrument_id": symbol, "base_asset": base, "quote_asset": "USDT"}))
                })
                .collect();
            Some(json!({"Binance": pairs}))
        }
        "/api/index/fear-greed-history" => {
            let excerpt = files.coinglass_fear_greed(ask.now)?;
            let mut lists: Map<String, Value> = Map::new();
            for (place, name) in excerpt.columns.iter().enumerate() {
                let values: Vec<Option<f64>> = excerpt.rows.iter().map(|row| row.value(place)).collect();
                lists.insert(name.clone(), json!(values));
            }
            let times: Vec<i64> = excerpt.rows.iter().map(|row| row.time_ms).collect();
            lists.insert("time_list".to_owned(), json!(times));
            Some(Value::Object(lists))
        }
        _ => None,
    }
}

/// Lists of the simulated market.
pub(super) fn simulated(ask: &Ask<'_>, sim: &SimWorld) -> Result<Option<Value>, Answer> {
    let coins = || sim.roster().trading(ask.now);
    let asked_coin =
        || ask.query.text("symbol").map(|name| sim.by_coin_name(name).ok_or_else(unknown_pair)).transpose();
    Ok(Some(match ask.path {
        "/api/futures/supported-coins" => coins().map(|coin| Value::from(coin.ticker.clone())).collect(),
        "/api/futures/supported-exchanges" => json!(Venue::ALL.map(venue_name)),
        "/api/futures/supported-exchange-pairs" => pairs(ask, sim),
        "/api/futures/coins-markets" => page(ask, coins().map(|coin| market_row(ask, sim, coin))),
        "/api/futures/coins-price-change" => coins().map(|coin| price_change(ask, sim, coin)).collect(),
        "/api/futures/liquidation/coin-list" => {
            let name = ask.query.text("exchange").unwrap_or_default();
            let Some(venue) = venue(name) else { return Ok(None) };
            coins().map(|coin| forced_row(ask, sim, coin, venue)).collect()
        }
        "/api/futures/liquidation/exchange-list" => forced_by_exchange(ask, sim, asked_coin()?),
        "/api/futures/liquidation/order" => {
            let name = ask.query.text("exchange").unwrap_or_default();
            let (Some(venue), Some(coin)) = (venue(name), asked_coin()?) else { return Ok(None) };
            forced_orders(ask, sim, coin, venue)
        }
        "/api/futures/funding-rate/exchange-list" => {
            coins().map(|coin| funding_row(ask, sim, coin)).collect()
        }
        "/api/futures/open-interest/exchange-list" => {
            let Some(coin) = asked_coin()? else { return Ok(None) };
            open_interest_by_exchange(ask, sim, coin)
        }
        "/api/futures/taker-buy-sell-volume/exchange-list" => {
            let Some(coin) = asked_coin()? else { return Ok(None) };
            taker_by_exchange(ask, sim, coin)
        }
        "/api/index/fear-greed-history" => fear_greed(ask, sim),
        _ => return Ok(None),
    }))
}

fn pairs(ask: &Ask<'_>, sim: &SimWorld) -> Value {
    let wanted = ask.query.text("exchange").and_then(venue);
    Venue::ALL
        .into_iter()
        .filter(|venue| wanted.is_none_or(|wanted| wanted == *venue))
        .map(|venue| {
            let rows: Vec<Value> = sim
                .roster()
                .trading(ask.now)
                .map(|coin| {
                    let contract = coin.contract(venue);
                    json!({
                        "instrument_id": contract.symbol, "base_asset": contract.base,
                        "quote_asset": "USDT", "settlement_currency": "USDT", "max_leverage": 50,
                        "funding_interval": coin.funding_interval_h, "price_tick_size": contract.tick(),
                    })
                })
                .collect();
            (venue_name(venue).to_owned(), Value::Array(rows))
        })
        .collect::<Map<String, Value>>()
        .into()
}

/// One page of rows; the rest is not computed.
fn page(ask: &Ask<'_>, rows: impl Iterator<Item = Value>) -> Value {
    let number = |name, default| {
        let asked = ask.query.int(name).ok().flatten().unwrap_or(default);
        usize::try_from(asked.max(1)).unwrap_or(1)
    };
    let (per_page, page) = (number("per_page", 100), number("page", 1));
    rows.skip((page - 1).saturating_mul(per_page)).take(per_page).collect()
}

const WINDOWS: [(&str, i64); 7] = [
    ("5m", 5 * MINUTE_MS),
    ("15m", 15 * MINUTE_MS),
    ("30m", 30 * MINUTE_MS),
    ("1h", HOUR_MS),
    ("4h", 4 * HOUR_MS),
    ("12h", 12 * HOUR_MS),
    ("24h", DAY_MS),
];

/// The instant that list figures stand for: the last whole minute.
const fn minute(ask: &Ask<'_>) -> i64 {
    ask.now.0 - ask.now.0.rem_euclid(MINUTE_MS)
}

fn percent(now: f64, before: f64) -> f64 {
    ((now / before - 1.0) * 1e4).round() / 1e2
}

fn market_row(ask: &Ask<'_>, sim: &SimWorld, coin: &Coin) -> Value {
    let now = minute(ask);
    let price = sim.coin_price(coin, now);
    let open_interest = sim.open_interest_usd(coin, now);
    let funding: f64 = Venue::ALL
        .iter()
        .filter_map(|venue| {
            let premium = sim.premium(*venue, &coin.contract(*venue).symbol, ask.now).ok()?;
            Some(premium.running_rate * 100.0)
        })
        .sum::<f64>()
        / 3.0;
    let mut row = json!({
        "symbol": coin.ticker, "current_price": price,
        "avg_funding_rate_by_oi": funding, "avg_funding_rate_by_vol": funding,
        "market_cap_usd": coin.supply * price,
        "open_interest_market_cap_ratio": open_interest / (coin.supply * price),
        "open_interest_usd": open_interest, "open_interest_quantity": open_interest / price,
    });
    let Some(fields) = row.as_object_mut() else { return row };
    for (name, length) in WINDOWS {
        let (bar, bought, sold) = sim.window(coin, now - length, now);
        fields.insert(format!("price_change_percent_{name}"), json!(percent(bar.close, bar.open)));
        fields.insert(format!("long_short_ratio_{name}"), json!(bought / sold.max(1.0)));
        if name != "12h" {
            let before = sim.open_interest_usd(coin, now - length);
            fields.insert(
                format!("open_interest_change_percent_{name}"),
                json!(percent(open_interest, before)),
            );
            let (_, bought_before, sold_before) = sim.window(coin, now - 2 * length, now - length);
            let (volume, volume_before) = (bought + sold, bought_before + sold_before);
            let change = percent(volume, volume_before.max(1.0));
            fields.insert(format!("volume_change_percent_{name}"), json!(change));
            if length >= HOUR_MS {
                fields.insert(format!("volume_change_usd_{name}"), json!(volume - volume_before));
            }
            if length == DAY_MS {
                fields
                    .insert("open_interest_volume_ratio".to_owned(), json!(open_interest / volume.max(1.0)));
            }
        }
    }
    for hours in [1, 4, 12, 24] {
        let (long, short) = forced_sum(ask, sim, coin, &Venue::ALL, hours);
        insert_forced(fields, &format!("_{hours}h"), long, short);
    }
    row
}

fn insert_forced(fields: &mut Map<String, Value>, suffix: &str, long: f64, short: f64) {
    fields.insert(format!("liquidation_usd{suffix}"), json!(long + short));
    fields.insert(format!("long_liquidation_usd{suffix}"), json!(long));
    fields.insert(format!("short_liquidation_usd{suffix}"), json!(short));
}

fn forced_sum(ask: &Ask<'_>, sim: &SimWorld, coin: &Coin, venues: &[Venue], hours: i64) -> (f64, f64) {
    let now = domain::UtcMs(ask.now.0 - ask.now.0.rem_euclid(SECOND_MS));
    venues.iter().fold((0.0, 0.0), |(long, short), venue| {
        let totals = sim.forced_totals(coin, *venue, hours, now);
        (long + totals.long_usd, short + totals.short_usd)
    })
}

fn forced_row(ask: &Ask<'_>, sim: &SimWorld, coin: &Coin, venue: Venue) -> Value {
    let mut fields = Map::new();
    fields.insert("symbol".to_owned(), Value::from(coin.ticker.clone()));
    for hours in [24, 12, 4, 1] {
        let (long, short) = forced_sum(ask, sim, coin, &[venue], hours);
        insert_forced(&mut fields, &format!("_{hours}h"), long, short);
    }
    Value::Object(fields)
}

/// Hours of a `range` parameter; short ranges count as an hour.
fn range_hours(ask: &Ask<'_>) -> i64 {
    match ask.query.text("range") {
        Some("24h") => 24,
        Some("12h") => 12,
        Some("4h") => 4,
        _ => 1,
    }
}

fn forced_by_exchange(ask: &Ask<'_>, sim: &SimWorld, coin: Option<&Coin>) -> Value {
    let hours = range_hours(ask);
    let row = |name: &str, venues: &[Venue]| {
        let (long, short) = match coin {
            Some(coin) => forced_sum(ask, sim, coin, venues, hours),
            None => sim.roster().trading(ask.now).fold((0.0, 0.0), |(long, short), coin| {
                let (more_long, more_short) = forced_sum(ask, sim, coin, venues, hours);
                (long + more_long, short + more_short)
            }),
        };
        let mut fields = Map::new();
        fields.insert("exchange".to_owned(), Value::from(name));
        insert_forced(&mut fields, "", long, short);
        Value::Object(fields)
    };
    let mut rows = vec![row("All", &Venue::ALL)];
    rows.extend(Venue::ALL.iter().map(|venue| row(venue_name(*venue), &[*venue])));
    Value::Array(rows)
}

/// Single forced orders above a threshold, newest first: 200 at most, of seven days at most.
fn forced_orders(ask: &Ask<'_>, sim: &SimWorld, coin: &Coin, venue: Venue) -> Value {
    let least: f64 =
        ask.query.text("min_liquidation_amount").and_then(|text| text.parse().ok()).unwrap_or(0.0);
    let time = |name| ask.query.int(name).ok().flatten();
    let until = time("end_time").map_or(ask.now.0, |end| end.min(ask.now.0));
    let since = time("start_time").unwrap_or(0).max(ask.now.0 - 7 * DAY_MS);
    let contract = coin.contract(venue);
    let mut rows: Vec<Value> = Vec::new();
    let mut end = until;
    while end > since && rows.len() < 200 {
        let begin = (end - 6 * HOUR_MS).max(since);
        let orders = sim.forced(venue, Some(&contract.symbol), domain::UtcMs(begin), domain::UtcMs(end));
        rows.extend(orders.iter().rev().filter(|order| order.usd >= least).map(|order| {
            json!({
                "exchange_name": venue_name(venue).to_uppercase(), "symbol": order.symbol,
                "base_asset": contract.base, "price": order.price, "usd_value": order.usd,
                "side": if order.long { 1 } else { 2 }, "time": order.at_ms,
            })
        }));
        end = begin;
    }
    rows.truncate(200);
    Value::Array(rows)
}

fn price_change(ask: &Ask<'_>, sim: &SimWorld, coin: &Coin) -> Value {
    let now = minute(ask);
    let mut fields = Map::new();
    fields.insert("symbol".to_owned(), Value::from(coin.ticker.clone()));
    fields.insert("current_price".to_owned(), json!(sim.coin_price(coin, now)));
    for (name, length) in WINDOWS {
        let (bar, _, _) = sim.window(coin, now - length, now);
        fields.insert(format!("price_change_percent_{name}"), json!(percent(bar.close, bar.open)));
        fields.insert(format!("price_amplitude_percent_{name}"), json!(percent(bar.high, bar.low)));
    }
    Value::Object(fields)
}

fn funding_row(ask: &Ask<'_>, sim: &SimWorld, coin: &Coin) -> Value {
    let rates: Vec<Value> = Venue::ALL
        .into_iter()
        .filter_map(|venue| {
            let premium = sim.premium(venue, &coin.contract(venue).symbol, ask.now).ok()?;
            Some(json!({
                "exchange": venue_name(venue), "funding_rate_interval": premium.interval_h,
                "funding_rate": premium.running_rate * 100.0, "next_funding_time": premium.next_ms,
            }))
        })
        .collect();
    json!({"symbol": coin.ticker, "stablecoin_margin_list": rates, "token_margin_list": []})
}

fn open_interest_by_exchange(ask: &Ask<'_>, sim: &SimWorld, coin: &Coin) -> Value {
    let now = minute(ask);
    let held = |venues: &[Venue], at: i64| -> (f64, f64) {
        let coins: f64 = venues
            .iter()
            .filter_map(|venue| {
                let contract = coin.contract(*venue);
                let (units, _) = sim.open_interest(*venue, &contract.symbol, domain::UtcMs(at)).ok()?;
                Some(units * contract.multiplier)
            })
            .sum();
        (coins, coins * sim.coin_price(coin, at))
    };
    let row = |name: &str, venues: &[Venue]| {
        let (coins, usd) = held(venues, now);
        let mut row = json!({
            "exchange": name, "symbol": coin.ticker, "open_interest_usd": usd,
            "open_interest_quantity": coins, "open_interest_by_stable_coin_margin": usd,
            "open_interest_quantity_by_coin_margin": 0.0,
            "open_interest_quantity_by_stable_coin_margin": coins,
        });
        if let Some(fields) = row.as_object_mut() {
            for (window, length) in WINDOWS.into_iter().filter(|(window, _)| *window != "12h") {
                let (_, before) = held(venues, now - length);
                fields.insert(format!("open_interest_change_percent_{window}"), json!(percent(usd, before)));
            }
        }
        row
    };
    let mut rows = vec![row("All", &Venue::ALL)];
    rows.extend(Venue::ALL.iter().map(|venue| row(venue_name(*venue), &[*venue])));
    Value::Array(rows)
}

fn taker_by_exchange(ask: &Ask<'_>, sim: &SimWorld, coin: &Coin) -> Value {
    let now = minute(ask);
    let length = ask
        .query
        .text("range")
        .and_then(|range| WINDOWS.iter().find(|(name, _)| *name == range))
        .map_or(HOUR_MS, |(_, length)| *length);
    let share = |bought: f64, sold: f64| {
        let ratio = (bought / (bought + sold).max(1.0) * 1e4).round() / 1e2;
        (ratio, ((100.0 - ratio) * 1e2).round() / 1e2)
    };
    let rows: Vec<Value> = Venue::ALL
        .into_iter()
        .filter_map(|venue| {
            let bar = sim.span(coin, venue, now - length, now)?;
            let (buy, sell) = share(bar.0, bar.1);
            Some(json!({
                "exchange": venue_name(venue), "buy_ratio": buy, "sell_ratio": sell,
                "buy_vol_usd": bar.0, "sell_vol_usd": bar.1,
            }))
        })
        .collect();
    let (_, bought, sold) = sim.window(coin, now - length, now);
    let (buy, sell) = share(bought, sold);
    json!({
        "symbol": coin.ticker, "buy_ratio": buy, "sell_ratio": sell, "buy_vol_usd": bought,
        "sell_vol_usd": sold, "exchange_list": rows,
    })
}

fn fear_greed(ask: &Ask<'_>, sim: &SimWorld) -> Value {
    let days = sim.fear_greed(ask.now);
    let values: Vec<f64> = days.iter().map(|(_, value)| f64::from(*value)).collect();
    let times: Vec<i64> = days.iter().map(|(start, _)| *start).collect();
    let coin = sim.by_coin_name("BTC");
    let prices: Vec<Option<f64>> = times
        .iter()
        .map(|time| coin.filter(|coin| coin.onboard_ms < *time).map(|coin| sim.midnight_price(coin, *time)))
        .collect();
    json!({"data_list": values, "price_list": prices, "time_list": times})
}
