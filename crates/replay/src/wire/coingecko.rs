use domain::{DAY_MS, HOUR_MS, MINUTE_MS, UtcMs, Venue};
use serde_json::{Map, Value, json};

use super::text::{iso3, plain};
use super::{Ask, Charge, Keys, Till};
use crate::answer::Answer;
use crate::provider::Provider;
use crate::shapes::{self, Subject, coin_at};
use crate::world::sim::{Coin, FIRST_MS, SimWorld, social_figures};
use crate::world::{Ground, Market};

/// Calls a minute of a Demo and of a paid key.
const fn per_minute(keys: Keys) -> u64 {
    match keys {
        Keys::Usual => 100,
        Keys::Full => 500,
    }
}

pub(super) fn charge(till: Till<'_>) -> Charge {
    let standing = till.windows.charge("coingecko", 1, per_minute(till.keys), MINUTE_MS);
    let refusal = (till.enforce && standing.exceeded())
        .then(|| failure(429).with("retry-after", standing.retry_after_s()));
    Charge { weight: 1, refusal, headers: Vec::new() }
}

pub(super) fn failure(status: u16) -> Answer {
    let coded = |code: u32, message: &str| {
        Answer::json(status, &json!({"status": {"error_code": code, "error_message": message}}))
    };
    match status {
        401 => {
            coded(10_002, "API Key Missing. Please make sure you're using the right authentication method.")
        }
        403 => coded(10_005, "This endpoint is limited to higher plans."),
        404 => Answer::json(404, &json!({"error": "coin not found"})),
        429 => coded(
            429,
            "You've exceeded the Rate Limit. Please visit https://www.coingecko.com/en/api/pricing to subscribe to our API plans for higher rate limits.",
        ),
        _ => Answer::json(status, &json!({"status": status, "error": "Internal Server Error"})),
    }
}

/// The instant that figures stand for: they change once a minute.
fn minute(ask: &Ask<'_>) -> i64 {
    (ask.now.0 - ask.now.0.rem_euclid(MINUTE_MS)).max(0)
}

pub(super) fn answer(ask: &Ask<'_>) -> Answer {
    let path = ask.path.strip_prefix("/api/v3").unwrap_or(ask.path);
    let sim = match ask.ground {
        Ground::Simulated(sim) => Some(sim),
        Ground::Files(_) => None,
    };
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let found = match (parts.as_slice(), sim) {
        (["ping"], _) => Some(json!({"gecko_says": "(V3) To the Moon!"})),
        (["simple", "supported_vs_currencies"], _) => Some(json!(["usd"])),
        (["simple", "price"], sim) => return simple_price(ask, sim),
        (["coins", "markets"], sim) => return markets(ask, sim),
        (["coins", "list"], Some(sim)) => Some(
            sim.roster()
                .trading(ask.now)
                .map(|coin| {
                    json!({
                        "id": coin.id, "symbol": coin.ticker.to_lowercase(), "name": coin.name,
                    })
                })
                .collect(),
        ),
        (["coins", "categories"], Some(sim)) => Some(categories(ask, sim)),
        (["coins", "categories", "list"], Some(_)) => {
            Some(CATEGORIES.iter().map(|(id, name, _)| json!({"category_id": id, "name": name})).collect())
        }
        (["search", "trending"], Some(sim)) => Some(trending(ask, sim)),
        (["global"], Some(sim)) => Some(global(ask, sim)),
        (["derivatives"], Some(sim)) => Some(derivatives(ask, sim)),
        (["derivatives", "exchanges", "list"], Some(_)) => {
            Some(EXCHANGES.iter().map(|(_, id, name)| json!({"id": id, "name": name})).collect())
        }
        (["derivatives", "exchanges", id], Some(sim)) => derivative_exchange(ask, sim, id),
        (["coins", id], Some(sim)) if coin(ask, sim, id).is_some() => {
            coin(ask, sim, id).map(|coin| detail(ask, sim, coin))
        }
        (["coins", id, "market_chart"] | ["coins", id, "market_chart", "range"], Some(sim)) => {
            return market_chart(ask, sim, coin(ask, sim, id));
        }
        (["coins", id, "ohlc"], Some(sim)) => coin(ask, sim, id).map(|coin| ohlc(ask, sim, coin)),
        (["coins", id, "ohlc", "range"], Some(sim)) => return ohlc_range(ask, sim, id),
        (["coins", platform, "contract", address], Some(sim)) => {
            coin_at(sim, address).map(|coin| token(ask, sim, coin, platform, address))
        }
        (
            ["coins", _, "contract", address, "market_chart"]
            | ["coins", _, "contract", address, "market_chart", "range"],
            Some(sim),
        ) => return market_chart(ask, sim, coin_at(sim, address)),
        // Nothing of this provider is held in files: its lists are empty.
        (
            ["coins", "list" | "categories"]
            | ["coins", "categories", "list"]
            | ["derivatives"]
            | ["derivatives", "exchanges", "list"],
            None,
        ) => Some(json!([])),
        (["search", "trending"], None) => Some(json!({"coins": [], "nfts": [], "categories": []})),
        (parts, Some(sim)) => return shaped(ask, sim, parts),
        _ => None,
    };
    found.map_or_else(|| failure(404), |value| Answer::ok(&value))
}

fn coin<'a>(ask: &Ask<'_>, sim: &'a SimWorld, id: &str) -> Option<&'a Coin> {
    sim.roster().trading(ask.now).find(|coin| coin.id == id)
}

fn change_percent(sim: &SimWorld, coin: &Coin, now: i64, back: i64) -> f64 {
    let before = sim.coin_price(coin, now - back);
    ((sim.coin_price(coin, now) / before - 1.0) * 1e7).round() / 1e5
}

/// The coins that `ids` or `symbols` name; all when neither is given.
fn chosen<'a>(ask: &Ask<'_>, sim: &'a SimWorld) -> Vec<&'a Coin> {
    let ids = ask.query.list("ids");
    let symbols = ask.query.list("symbols");
    sim.roster()
        .trading(ask.now)
        .filter(|coin| ids.as_ref().is_none_or(|ids| ids.contains(&coin.id.as_str())))
        .filter(|coin| {
            symbols
                .as_ref()
                .is_none_or(|symbols| symbols.iter().any(|one| one.eq_ignore_ascii_case(&coin.ticker)))
        })
        .collect()
}

fn missing(name: &str) -> Answer {
    Answer::json(422, &json!({"error": format!("Missing parameter {name}")}))
}

fn simple_price(ask: &Ask<'_>, sim: Option<&SimWorld>) -> Answer {
    let Some(currencies) = ask.query.list("vs_currencies") else { return missing("vs_currencies") };
    if ["ids", "names", "symbols"].iter().all(|name| ask.query.text(name).is_none()) {
        return missing("ids");
    }
    let (Some(sim), true) = (sim, currencies.contains(&"usd")) else { return Answer::ok(&json!({})) };
    let now = minute(ask);
    let wants = |name| ask.query.text(name) == Some("true");
    let mut rows = Map::new();
    for coin in chosen(ask, sim) {
        let price = sim.coin_price(coin, now);
        let mut row = json!({"usd": price});
        if let Some(fields) = row.as_object_mut() {
            if wants("include_market_cap") {
                fields.insert("usd_market_cap".into(), json!(price * coin.supply));
            }
            if wants("include_24hr_vol") {
                let (_, bought, sold) = sim.window(coin, now - DAY_MS, now);
                fields.insert("usd_24h_vol".into(), json!(bought + sold));
            }
            if wants("include_24hr_change") {
                fields.insert("usd_24h_change".into(), json!(change_percent(sim, coin, now, DAY_MS)));
            }
            if wants("include_last_updated_at") {
                fields.insert("last_updated_at".into(), json!(now / 1_000));
            }
        }
        rows.insert(coin.id.clone(), row);
    }
    Answer::ok(&Value::Object(rows))
}

fn markets(ask: &Ask<'_>, sim: Option<&SimWorld>) -> Answer {
    if ask.query.text("vs_currency").is_none() {
        return missing("vs_currency");
    }
    let Some(sim) = sim else { return Answer::json_text(200, "[]") };
    let number = |name, default: i64| {
        usize::try_from(ask.query.int(name).ok().flatten().unwrap_or(default)).unwrap_or(1).max(1)
    };
    let (per_page, page) = (number("per_page", 100).min(250), number("page", 1));
    let now = minute(ask);
    let mut coins: Vec<(f64, &Coin)> =
        chosen(ask, sim).into_iter().map(|coin| (coin.supply * sim.coin_price(coin, now), coin)).collect();
    coins.sort_by(|a, b| b.0.total_cmp(&a.0));
    let spans: Vec<(String, i64)> = ask
        .query
        .list("price_change_percentage")
        .unwrap_or_default()
        .into_iter()
        .filter_map(|name| {
            let back = match name {
                "1h" => HOUR_MS,
                "24h" => DAY_MS,
                "7d" => 7 * DAY_MS,
                "14d" => 14 * DAY_MS,
                "30d" => 30 * DAY_MS,
                "200d" => 200 * DAY_MS,
                "1y" => 365 * DAY_MS,
                _ => return None,
            };
            Some((format!("price_change_percentage_{name}_in_currency"), back))
        })
        .collect();
    let rows: Vec<Value> = coins
        .iter()
        .enumerate()
        .skip((page - 1).saturating_mul(per_page))
        .take(per_page)
        .map(|(rank, (cap, coin))| {
            let mut row = market_row(sim, coin, now, rank + 1, *cap);
            if let Some(fields) = row.as_object_mut() {
                for (name, back) in &spans {
                    fields.insert(name.clone(), json!(change_percent(sim, coin, now, *back)));
                }
            }
            row
        })
        .collect();
    Answer::ok(&rows)
}

fn market_row(sim: &SimWorld, coin: &Coin, now: i64, rank: usize, cap: f64) -> Value {
    let (bar, bought, sold) = sim.window(coin, now - DAY_MS, now);
    let change = bar.close - bar.open;
    let percent = change_percent(sim, coin, now, DAY_MS);
    json!({
        "id": coin.id, "symbol": coin.ticker.to_lowercase(), "name": coin.name, "image": "",
        "current_price": bar.close, "market_cap": cap, "market_cap_rank": rank,
        "fully_diluted_valuation": cap, "total_volume": bought + sold, "high_24h": bar.high,
        "low_24h": bar.low, "price_change_24h": change, "price_change_percentage_24h": percent,
        "market_cap_change_24h": change * coin.supply, "market_cap_change_percentage_24h": percent,
        "circulating_supply": coin.supply, "total_supply": coin.supply, "max_supply": null, "ath": null,
        "ath_change_percentage": null, "ath_date": null, "atl": null, "atl_change_percentage": null,
        "atl_date": null, "roi": null, "last_updated": iso3(now),
    })
}

fn detail(ask: &Ask<'_>, sim: &SimWorld, coin: &Coin) -> Value {
    let now = minute(ask);
    let price = sim.coin_price(coin, now);
    let (bar, bought, sold) = sim.window(coin, now - DAY_MS, now);
    json!({
        "id": coin.id, "symbol": coin.ticker.to_lowercase(), "name": coin.name, "categories": [],
        "market_cap_rank": coin.rank + 1, "last_updated": iso3(now),
        "market_data": {
            "current_price": {"usd": price}, "market_cap": {"usd": price * coin.supply},
            "total_volume": {"usd": bought + sold}, "high_24h": {"usd": bar.high}, "low_24h": {"usd": bar.low},
            "price_change_percentage_24h": change_percent(sim, coin, now, DAY_MS),
            "price_change_percentage_7d": change_percent(sim, coin, now, 7 * DAY_MS),
            "price_change_percentage_30d": change_percent(sim, coin, now, 30 * DAY_MS),
            "circulating_supply": coin.supply, "total_supply": coin.supply, "max_supply": null,
            "last_updated": iso3(now),
        },
    })
}

fn days(ask: &Ask<'_>) -> Option<i64> {
    match ask.query.text("days")? {
        "max" => Some(365),
        text => text.parse::<i64>().ok().filter(|days| (1..=365).contains(days)),
    }
}

/// What `days`, or `from` and `to`, ask for: begin, end, and the distance of the points that the length brings.
fn stretch(ask: &Ask<'_>) -> Option<(i64, i64, i64)> {
    let now = minute(ask);
    let (from, to) = match (seconds(ask, "from"), seconds(ask, "to")) {
        (Some(from), Some(to)) => (from, to.clamp(FIRST_MS, now)),
        _ => (now - days(ask)? * DAY_MS, now),
    };
    let from = from.clamp(FIRST_MS, now);
    // Hours reach back a hundred days.
    let step = match ((to - from).div_euclid(DAY_MS), ask.query.text("interval")) {
        (_, Some("daily")) | (101.., _) | (91.., None) => DAY_MS,
        (..=1, None) => 5 * MINUTE_MS,
        _ => HOUR_MS,
    };
    (from < to).then_some((from, to, step))
}

/// A time in Unix seconds or as text, in milliseconds.
fn seconds(ask: &Ask<'_>, name: &str) -> Option<i64> {
    let text = ask.query.text(name)?;
    let at = text.parse::<i64>().ok().map(|seconds| seconds.saturating_mul(1_000));
    at.or_else(|| text.parse::<UtcMs>().ok().map(|at| at.0))
}

/// Five minutes, hours or days by length, the last point "now".
fn market_chart(ask: &Ask<'_>, sim: &SimWorld, coin: Option<&Coin>) -> Answer {
    let Some(coin) = coin else { return failure(404) };
    let Some((from, now, step)) = stretch(ask) else {
        return missing(if ask.path.ends_with("/range") { "from" } else { "days" });
    };
    let first = from.max(coin.onboard_ms + step);
    let first = first - first.rem_euclid(step);
    let (mut prices, mut caps, mut volumes) = (Vec::new(), Vec::new(), Vec::new());
    let mut at = first;
    while at < now + step {
        let at_ms = at.min(now);
        let price = sim.coin_price(coin, at_ms);
        let (_, bought, sold) = sim.window(coin, at_ms - DAY_MS, at_ms);
        prices.push(json!([at_ms, price]));
        caps.push(json!([at_ms, price * coin.supply]));
        volumes.push(json!([at_ms, bought + sold]));
        at += step;
    }
    Answer::ok(&json!({"prices": prices, "market_caps": caps, "total_volumes": volumes}))
}

/// Candles stamped with their end, the running one in the future.
fn ohlc(ask: &Ask<'_>, sim: &SimWorld, coin: &Coin) -> Value {
    let days = days(ask).unwrap_or(1);
    let step = match days {
        1 => 30 * MINUTE_MS,
        2..=30 => 4 * HOUR_MS,
        _ => DAY_MS,
    };
    let window =
        crate::world::Window { from: Some(ask.now.0 - days * DAY_MS), to: None, limit: 400, oldest: false };
    candles(ask, sim, coin, step, window)
}

/// Candles of a stretch of time, stamped with their end.
fn ohlc_range(ask: &Ask<'_>, sim: &SimWorld, id: &str) -> Answer {
    let Some(coin) = coin(ask, sim, id) else { return failure(404) };
    let Some((from, to, _)) = stretch(ask) else { return missing("from") };
    let step = match ask.query.text("interval") {
        Some("daily") => DAY_MS,
        Some("hourly") => HOUR_MS,
        _ => return missing("interval"),
    };
    let window = crate::world::Window { from: Some(from), to: Some(to), limit: 1_000, oldest: true };
    Answer::ok(&candles(ask, sim, coin, step, window))
}

fn candles(ask: &Ask<'_>, sim: &SimWorld, coin: &Coin, step: i64, window: crate::world::Window) -> Value {
    let bars = sim.bars(Venue::Binance, &coin.binance.symbol, step, window, ask.now).unwrap_or_default();
    let scale = coin.binance.multiplier;
    bars.iter()
        .map(|bar| {
            json!([bar.end_ms, bar.open / scale, bar.high / scale, bar.low / scale, bar.close / scale])
        })
        .collect()
}

/// A coin by the address of its token.
fn token(ask: &Ask<'_>, sim: &SimWorld, coin: &Coin, platform: &str, address: &str) -> Value {
    let mut told = detail(ask, sim, coin);
    if let Some(fields) = told.as_object_mut() {
        fields.insert("asset_platform_id".into(), Value::from(platform));
        fields.insert("platforms".into(), json!({platform: address}));
        fields.insert("contract_address".into(), Value::from(address));
    }
    told
}

/// Collections that are simulated.
const COLLECTIONS: [&str; 5] =
    ["cryptopunks", "bored-ape-yacht-club", "pudgy-penguins", "azuki", "milady-maker"];

/// Spot exchanges by CoinGecko's ids.
const SPOT: [(&str, Venue); 3] =
    [("binance", Venue::Binance), ("okex", Venue::Okx), ("bybit_spot", Venue::Bybit)];

/// Answers out of the shape tables.
fn shaped(ask: &Ask<'_>, sim: &SimWorld, parts: &[&str]) -> Answer {
    let lists = ["list", "markets", "categories"];
    let (mut found, mut venue) = (None, None);
    match parts {
        ["coins", id, _, ..] if !lists.contains(id) => match coin(ask, sim, id) {
            Some(coin) => found = Some(coin),
            None => return failure(404),
        },
        ["exchanges", id, ..] if !lists.contains(id) => match SPOT.iter().find(|(known, _)| known == id) {
            Some((_, known)) => venue = Some(*known),
            None => return failure(404),
        },
        ["nfts", id, ..] if !lists.contains(id) && !COLLECTIONS.contains(id) => return failure(404),
        _ => {}
    }
    for (last, name) in [("history", "date"), ("search", "query")] {
        if parts.last() == Some(&last) && ask.query.text(name).is_none() {
            return missing(name);
        }
    }
    let (starts, step) = stretch(ask).map_or_else(
        || (Vec::new(), DAY_MS),
        |(from, to, step)| {
            let begin = from - from.rem_euclid(step) + step;
            ((0..=(to - begin).div_euclid(step)).map(|place| begin + place * step).collect(), step)
        },
    );
    let subject = Subject { coin: found, venue, grid: (starts, step), words: ask.query.words() };
    let told = shapes::answer(sim, ask.now, Provider::CoinGecko, &format!("/{}", parts.join("/")), &subject);
    told.map_or_else(|| failure(404), |value| Answer::ok(&value))
}

/// Id, name, and which of the market's coins are in it (every n-th).
const CATEGORIES: [(&str, &str, usize); 4] = [
    ("layer-1", "Layer 1 (L1)", 3),
    ("meme-token", "Meme", 7),
    ("decentralized-finance-defi", "Decentralized Finance (DeFi)", 5),
    ("artificial-intelligence", "Artificial Intelligence (AI)", 11),
];

fn categories(ask: &Ask<'_>, sim: &SimWorld) -> Value {
    let now = minute(ask);
    CATEGORIES
        .iter()
        .map(|(id, name, every)| {
            let members: Vec<&Coin> =
                sim.roster().trading(ask.now).filter(|coin| coin.rank % every == 0).collect();
            let cap = |at| members.iter().map(|coin| coin.supply * sim.coin_price(coin, at)).sum::<f64>();
            let (cap_now, cap_before) = (cap(now), cap(now - DAY_MS));
            let top: Vec<&str> = members.iter().take(3).map(|coin| coin.id.as_str()).collect();
            json!({
                "id": id, "name": name, "market_cap": cap_now,
                "market_cap_change_24h": (cap_now / cap_before - 1.0) * 100.0, "content": "",
                "top_3_coins_id": top, "top_3_coins": [],
                "volume_24h": members.iter().map(|coin| coin.daily_usd).sum::<f64>(), "updated_at": iso3(now),
            })
        })
        .collect()
}

fn trending(ask: &Ask<'_>, sim: &SimWorld) -> Value {
    let now = minute(ask);
    // Searched for is what people write about more than yesterday.
    let mut coins: Vec<(f64, &Coin)> = sim
        .roster()
        .trading(ask.now)
        .map(|coin| {
            let hour = now - now.rem_euclid(HOUR_MS);
            let posts = |at| social_figures(coin, at, HOUR_MS).posts_active as f64;
            (posts(hour) / posts(hour - DAY_MS).max(1.0), coin)
        })
        .collect();
    coins.sort_by(|a, b| b.0.total_cmp(&a.0));
    let bitcoin = sim.by_coin_name("BTC").map_or(1.0, |coin| sim.coin_price(coin, now));
    let items: Vec<Value> = coins
        .iter()
        .take(15)
        .enumerate()
        .map(|(score, (_, coin))| {
            let price = sim.coin_price(coin, now);
            json!({"item": {
                "id": coin.id, "coin_id": coin.rank + 1, "name": coin.name, "symbol": coin.ticker,
                "market_cap_rank": coin.rank + 1, "slug": coin.id, "price_btc": price / bitcoin, "score": score,
                "data": {
                    "price": price, "price_btc": plain(price / bitcoin),
                    "price_change_percentage_24h": {"usd": change_percent(sim, coin, now, DAY_MS)},
                    "market_cap": format!("${:.0}", price * coin.supply),
                    "total_volume": format!("${:.0}", coin.daily_usd), "content": null,
                },
            }})
        })
        .collect();
    json!({"coins": items, "nfts": [], "categories": []})
}

fn global(ask: &Ask<'_>, sim: &SimWorld) -> Value {
    let now = minute(ask);
    let caps = |at| -> Vec<f64> {
        sim.roster().trading(ask.now).map(|coin| coin.supply * sim.coin_price(coin, at)).collect()
    };
    let today = caps(now);
    let (total, before): (f64, f64) = (today.iter().sum(), caps(now - DAY_MS).iter().sum());
    let share = |rank: usize| today.get(rank).copied().unwrap_or(0.0) / total * 100.0;
    let volume: f64 = sim.roster().trading(ask.now).map(|coin| coin.daily_usd).sum();
    json!({"data": {
        "active_cryptocurrencies": today.len(), "upcoming_icos": 0, "ongoing_icos": 0, "ended_icos": 0,
        "markets": 3, "total_market_cap": {"usd": total}, "total_volume": {"usd": volume},
        "market_cap_percentage": {"btc": share(0), "eth": share(1), "sol": share(2)},
        "market_cap_change_percentage_24h_usd": (total / before - 1.0) * 100.0, "updated_at": now / 1_000,
    }})
}

const EXCHANGES: [(Venue, &str, &str); 3] = [
    (Venue::Binance, "binance_futures", "Binance (Futures)"),
    (Venue::Bybit, "bybit", "Bybit (Futures)"),
    (Venue::Okx, "okex_swap", "OKX (Futures)"),
];

fn derivatives(ask: &Ask<'_>, sim: &SimWorld) -> Value {
    let mut rows = Vec::new();
    for (venue, _, name) in EXCHANGES {
        for (symbol, ticker) in sim.tickers(venue, ask.now) {
            let Ok(premium) = sim.premium(venue, &symbol, ask.now) else { continue };
            let Some(coin) = sim.roster().by_symbol(venue, &symbol) else { continue };
            let open_interest = sim.open_interest(venue, &symbol, ask.now).map(|(_, usd)| usd).ok();
            let bar = &ticker.bar;
            rows.push(json!({
                "market": name, "symbol": symbol, "index_id": coin.ticker, "price": plain(bar.close),
                "price_percentage_change_24h": (bar.close / bar.open - 1.0) * 100.0,
                "contract_type": "perpetual", "index": premium.index,
                "basis": (premium.index / premium.mark - 1.0) * 100.0, "spread": 0.01,
                "funding_rate": premium.running_rate * 100.0, "open_interest": open_interest,
                "volume_24h": bar.quote_volume, "last_traded_at": ticker.last_ms / 1_000, "expired_at": null,
            }));
        }
    }
    Value::Array(rows)
}

fn derivative_exchange(ask: &Ask<'_>, sim: &SimWorld, id: &str) -> Option<Value> {
    let (venue, _, name) = EXCHANGES.into_iter().find(|(_, known, _)| *known == id)?;
    let now = UtcMs(minute(ask));
    let tickers: Vec<Value> = match ask.query.text("include_tickers") {
        None => Vec::new(),
        Some(_) => sim
            .tickers(venue, now)
            .iter()
            .filter_map(|(symbol, ticker)| {
                let coin = sim.roster().by_symbol(venue, symbol)?;
                Some(json!({
                    "symbol": symbol, "base": coin.contract(venue).base, "target": "USDT", "coin_id": coin.id,
                    "target_coin_id": "tether", "contract_type": "perpetual", "last": ticker.bar.close,
                    "h24_percentage_change": (ticker.bar.close / ticker.bar.open - 1.0) * 100.0,
                    "h24_volume": ticker.bar.volume, "last_traded": ticker.last_ms / 1_000, "expired_at": null,
                }))
            })
            .collect(),
    };
    Some(json!({
        "name": name, "number_of_perpetual_pairs": sim.roster().trading(ask.now).count(),
        "number_of_futures_pairs": 0, "tickers": tickers,
    }))
}
