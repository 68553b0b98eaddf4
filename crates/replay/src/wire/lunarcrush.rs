use std::cmp::Reverse;
use std::collections::HashMap;

use domain::{DAY_MS, HOUR_MS, MINUTE_MS, UtcMs};
use serde_json::{Map, Value, json};

use super::{Ask, Charge, Keys, Till};
use crate::answer::Answer;
use crate::clock::real_now_ms;
use crate::provider::Provider;
use crate::shapes::{self, Subject};
use crate::world::Ground;
use crate::world::sim::{Coin, SimWorld, social_figures};

/// Calls in a minute and in a day of a Builder and of a Scale key.
const fn limits(keys: Keys) -> (u64, u64) {
    match keys {
        Keys::Usual => (100, 20_000),
        Keys::Full => (500, 100_000),
    }
}

pub(super) fn charge(till: Till<'_>) -> Charge {
    let (per_minute, per_day) = limits(till.keys);
    let minute = till.windows.charge("lunarcrush minute", 1, per_minute, MINUTE_MS);
    let day = till.windows.charge("lunarcrush day", 1, per_day, DAY_MS);
    let reset = |in_ms: i64| ((real_now_ms() + in_ms) / 1_000).to_string();
    let headers = vec![
        ("x-rate-limit-minute", per_minute.to_string()),
        ("x-rate-limit-minute-remaining", minute.remaining().to_string()),
        ("x-rate-limit-minute-reset", reset(minute.resets_in_ms)),
        ("x-rate-limit-day", per_day.to_string()),
        ("x-rate-limit-day-remaining", day.remaining().to_string()),
        ("x-rate-limit-day-reset", reset(day.resets_in_ms)),
    ];
    let refusal = (till.enforce && (minute.exceeded() || day.exceeded())).then(|| failure(429));
    Charge { weight: 1, refusal, headers }
}

pub(super) fn failure(status: u16) -> Answer {
    let error = match status {
        401 => "Unauthorized",
        402 | 403 => "Subscription required",
        404 => "Invalid endpoint (2)",
        429 => "Rate limit exceeded",
        _ => "Internal server error",
    };
    Answer::json(status, &json!({"error": error}))
}

pub(super) fn answer(ask: &Ask<'_>) -> Answer {
    let path = ask.path.strip_prefix("/api4").unwrap_or(ask.path);
    let Some(path) = path.strip_prefix("/public/") else { return failure(404) };
    let parts: Vec<&str> = path.split('/').collect();
    let found = match parts.as_slice() {
        ["coins", "list", "v1" | "v2"] => Some(coins(ask)),
        ["coins", coin, "time-series", "v2"] => coin_series(ask, coin),
        ["coins", coin, "v1"] => with_coin(ask, coin, |sim, found| market_fields(ask, sim, found, coin)),
        ["coins", coin, "meta", "v1"] => with_coin(ask, coin, |_, found| meta(ask, found)),
        ["topics", "list", "v1"] => Some(topics(ask)),
        ["topic", topic, "v1"] => with_coin(ask, topic, |sim, found| topic_object(ask, sim, found)),
        ["topic", topic, "time-series", "v1" | "v2"] => {
            with_coin(ask, topic, |sim, found| simulated_series(ask, sim, found, "topic"))
        }
        _ => match ask.ground {
            Ground::Simulated(sim) => shaped(ask, sim, &parts),
            Ground::Files(_) => match parts.as_slice() {
                ["categories" | "creators" | "stocks", "list", "v1" | "v2"]
                | ["searches", "list"]
                | ["system", "changes"] => Some(Answer::ok(&json!({"data": []}))),
                _ => None,
            },
        },
    };
    found.unwrap_or_else(|| failure(404))
}

/// Most buckets of a series out of the shape tables.
const MOST_BUCKETS: i64 = 2_000;

/// Answers out of the shape tables.
fn shaped(ask: &Ask<'_>, sim: &SimWorld, parts: &[&str]) -> Option<Answer> {
    let coin = match parts {
        ["topic", topic, ..] => Some(find_coin(ask, sim, topic)?),
        _ => None,
    };
    let Some((bucket, from, to)) = span(ask) else { return Some(bad_parameter()) };
    let (from, to) = (from.clamp(0, ask.now.0), to.clamp(0, ask.now.0));
    let last = to - to.rem_euclid(bucket);
    let first = (from - from.rem_euclid(bucket)).max(last - (MOST_BUCKETS - 1) * bucket);
    let starts = (0..=(last - first).div_euclid(bucket)).map(|place| first + place * bucket).collect();
    let subject = Subject { coin, venue: None, grid: (starts, bucket), words: ask.query.words() };
    let path = format!("/public/{}", parts.join("/"));
    let mut told = shapes::answer(sim, ask.now, Provider::LunarCrush, &path, &subject)?;
    let most = ask.query.int("limit").ok().flatten().and_then(|limit| usize::try_from(limit).ok());
    if let (Some(most), Some(rows)) = (most, told.get_mut("data").and_then(Value::as_array_mut)) {
        let page = usize::try_from(ask.query.int("page").ok().flatten().unwrap_or(0)).unwrap_or(0);
        rows.drain(..page.saturating_mul(most).min(rows.len()));
        rows.truncate(most);
    }
    Some(Answer::ok(&told))
}

/// The simulated coin of a path: numeric id, `coins:<id>`, symbol, `$symbol` or topic. A replay of files
/// holds none of these figures.
fn with_coin(ask: &Ask<'_>, name: &str, then: impl FnOnce(&SimWorld, &Coin) -> Answer) -> Option<Answer> {
    let Ground::Simulated(sim) = ask.ground else { return None };
    find_coin(ask, sim, name).map(|coin| then(sim, coin))
}

fn find_coin<'a>(ask: &Ask<'_>, sim: &'a SimWorld, name: &str) -> Option<&'a Coin> {
    let name = name.trim_start_matches("coins:").trim_start_matches('$');
    let roster = sim.roster();
    let coin = match name.parse::<usize>() {
        Ok(id) if id > 0 => roster.coins().get(id - 1),
        _ => roster
            .by_ticker(name)
            .or_else(|| roster.coins().iter().find(|coin| coin.name.eq_ignore_ascii_case(name))),
    };
    coin.filter(|coin| coin.onboard_ms <= ask.now.0)
}

fn config(ask: &Ask<'_>, coin: &Coin) -> Value {
    json!({
        "id": format!("coins:{}", coin.rank + 1), "name": coin.name, "symbol": coin.ticker,
        "topic": coin.name.to_lowercase(), "generated": ask.now.0 / 1_000,
    })
}

/// The instant that list figures stand for: they change once a minute.
const fn minute(ask: &Ask<'_>) -> i64 {
    ask.now.0 - ask.now.0.rem_euclid(MINUTE_MS)
}

fn coins(ask: &Ask<'_>) -> Answer {
    let limit = usize::try_from(ask.query.int("limit").ok().flatten().unwrap_or(0)).unwrap_or(0);
    let page = usize::try_from(ask.query.int("page").ok().flatten().unwrap_or(0)).unwrap_or(0);
    let mut rows: Vec<Value> = match ask.ground {
        Ground::Files(_) => Vec::new(),
        Ground::Simulated(sim) => {
            sim.roster().trading(ask.now).map(|coin| list_row(ask, sim, coin)).collect()
        }
    };
    let total = rows.len();
    let sort = ask.query.text("sort").unwrap_or("market_cap_rank");
    let figure = |row: &Value| row.get(sort).and_then(Value::as_f64).unwrap_or(f64::MAX);
    rows.sort_by(|a, b| figure(a).total_cmp(&figure(b)));
    // Ranks run from the best; of other figures the largest come first.
    let by_rank = sort.ends_with("rank");
    if !by_rank {
        rows.reverse();
    }
    if limit > 0 {
        rows = rows.into_iter().skip(page.saturating_mul(limit)).take(limit.min(1_000)).collect();
    }
    Answer::ok(&json!({
        "config": {
            "sort": sort, "desc": true, "limit": limit, "page": page, "total_rows": total,
            "generated": ask.now.0 / 1_000,
        },
        "data": rows,
    }))
}

fn change_percent(sim: &SimWorld, coin: &Coin, now: i64, back: i64) -> f64 {
    let before = sim.coin_price(coin, now - back);
    (sim.coin_price(coin, now) / before - 1.0) * 100.0
}

fn list_row(ask: &Ask<'_>, sim: &SimWorld, coin: &Coin) -> Value {
    let now = minute(ask);
    let social = social_figures(coin, now, DAY_MS);
    let before = social_figures(coin, now - DAY_MS, DAY_MS);
    let price = sim.coin_price(coin, now);
    json!({
        "id": coin.rank + 1, "symbol": coin.ticker, "name": coin.name, "price": price,
        "volume_24h": coin.daily_usd, "volatility": coin.own_sigma, "circulating_supply": coin.supply,
        "max_supply": null,
        "percent_change_1h": change_percent(sim, coin, now, HOUR_MS),
        "percent_change_24h": change_percent(sim, coin, now, DAY_MS),
        "percent_change_7d": change_percent(sim, coin, now, 7 * DAY_MS),
        "market_cap": coin.supply * price, "market_cap_rank": coin.rank + 1,
        "interactions_24h": social.interactions, "social_volume_24h": social.posts_active,
        "social_dominance": social.dominance,
        "galaxy_score": social.galaxy_score, "galaxy_score_previous": before.galaxy_score,
        "alt_rank": social.alt_rank, "alt_rank_previous": before.alt_rank, "sentiment": social.sentiment,
        "categories": "", "last_updated_price": now / 1_000, "topic": coin.name.to_lowercase(),
    })
}

fn market_fields(ask: &Ask<'_>, sim: &SimWorld, coin: &Coin, asked: &str) -> Answer {
    let now = minute(ask);
    let social = social_figures(coin, now, DAY_MS);
    let price = sim.coin_price(coin, now);
    let mut config = config(ask, coin);
    if asked.parse::<u64>().is_err()
        && let Some(fields) = config.as_object_mut()
    {
        fields.insert("id".to_owned(), Value::from(format!("${}", coin.ticker.to_lowercase())));
    }
    Answer::ok(&json!({"config": config, "data": {
        "id": coin.rank + 1, "name": coin.name, "symbol": coin.ticker, "price": price,
        "market_cap": coin.supply * price, "percent_change_24h": change_percent(sim, coin, now, DAY_MS),
        "percent_change_7d": change_percent(sim, coin, now, 7 * DAY_MS),
        "percent_change_30d": change_percent(sim, coin, now, 30 * DAY_MS),
        "volume_24h": coin.daily_usd, "max_supply": null, "circulating_supply": coin.supply,
        "close": price, "galaxy_score": social.galaxy_score, "alt_rank": social.alt_rank,
        "volatility": coin.own_sigma, "market_cap_rank": coin.rank + 1,
    }}))
}

fn meta(ask: &Ask<'_>, coin: &Coin) -> Answer {
    Answer::ok(&json!({"config": config(ask, coin), "data": {
        "id": coin.rank + 1, "name": coin.name, "symbol": coin.ticker, "market_categories": "",
        "updated": ask.now.0 / 1_000, "coingecko_link": format!("https://www.coingecko.com/en/coins/{}", coin.id),
    }}))
}

fn topics(ask: &Ask<'_>) -> Answer {
    let Ground::Simulated(sim) = ask.ground else { return Answer::ok(&json!({"data": []})) };
    let now = minute(ask);
    let ranks = topic_ranks(sim, now);
    let [an_hour_before, a_day_before] = [HOUR_MS, DAY_MS].map(|back| topic_ranks(sim, now - back));
    let mut coins: Vec<(usize, &Coin)> =
        sim.roster().trading(UtcMs(now)).filter_map(|coin| Some((*ranks.get(&coin.rank)?, coin))).collect();
    coins.sort_by_key(|(rank, _)| *rank);
    let rows: Vec<Value> = coins
        .into_iter()
        .map(|(rank, coin)| {
            let social = social_figures(coin, now, DAY_MS);
            json!({
                "topic": coin.name.to_lowercase(), "title": coin.name, "topic_rank": rank,
                "topic_rank_1h_previous": an_hour_before.get(&coin.rank),
                "topic_rank_24h_previous": a_day_before.get(&coin.rank),
                "num_contributors": social.contributors_active, "num_posts": social.posts_active,
                "interactions_24h": social.interactions,
            })
        })
        .collect();
    Answer::ok(&json!({"data": rows}))
}

/// Places of the topics that were spoken of at an instant, most interactions first, by the coin's rank.
fn topic_ranks(sim: &SimWorld, at: i64) -> HashMap<usize, usize> {
    let interactions = |coin: &Coin| social_figures(coin, at, DAY_MS).interactions;
    let mut coins: Vec<(u64, usize)> =
        sim.roster().trading(UtcMs(at)).map(|coin| (interactions(coin), coin.rank)).collect();
    coins.sort_by_key(|(interactions, rank)| (Reverse(*interactions), *rank));
    coins.into_iter().zip(1..).map(|((_, rank), place)| (rank, place)).collect()
}

fn topic_object(ask: &Ask<'_>, sim: &SimWorld, coin: &Coin) -> Answer {
    // Spoken of together are coins of about the same rank.
    let near = sim.roster().trading(ask.now).filter(|other| other.rank.abs_diff(coin.rank) <= 4);
    let related: Vec<String> =
        near.filter(|other| other.rank != coin.rank).map(|other| other.name.to_lowercase()).collect();
    let social = social_figures(coin, minute(ask), DAY_MS);
    let tweets = social.interactions * 4 / 5;
    Answer::ok(&json!({"config": config(ask, coin), "data": {
        "topic": coin.name.to_lowercase(), "title": coin.name,
        "topic_rank": topic_ranks(sim, minute(ask)).get(&coin.rank),
        "related_topics": related,
        "types_count": {"tweet": social.posts_active * 9 / 10, "news": social.posts_active / 10},
        "types_interactions": {"tweet": tweets, "news": social.interactions - tweets},
        "types_sentiment": {"tweet": social.sentiment, "news": social.sentiment},
        "types_sentiment_detail": {},
        "interactions_24h": social.interactions, "num_contributors": social.contributors_active,
        "num_posts": social.posts_active, "categories": ["Cryptocurrencies"], "trend": "flat",
    }}))
}

/// Bucket length, first and last instant of a series question.
fn span(ask: &Ask<'_>) -> Option<(i64, i64, i64)> {
    let bucket = match ask.query.text("bucket") {
        None | Some("hour") => HOUR_MS,
        Some("day") => DAY_MS,
        Some(_) => return None,
    };
    let (start, end) = (ask.query.int("start").ok()?, ask.query.int("end").ok()?);
    let days = match ask.query.text("interval") {
        Some("1d") => 1,
        None | Some("1w") => 7,
        Some("1m") => 30,
        Some("3m") => 90,
        Some("6m") => 180,
        Some("1y") => 365,
        Some("all") => 36_500,
        Some(_) => return None,
    };
    let to = end.map_or(ask.now.0, |end| end.saturating_mul(1_000)).min(ask.now.0);
    let from = start.map_or(to - days * DAY_MS, |start| start.saturating_mul(1_000));
    Some((bucket, from, to))
}

fn coin_series(ask: &Ask<'_>, coin: &str) -> Option<Answer> {
    match ask.ground {
        Ground::Simulated(_) => with_coin(ask, coin, |sim, found| simulated_series(ask, sim, found, "coin")),
        Ground::Files(files) => {
            let symbol = coin.trim_start_matches('$').to_ascii_uppercase();
            // The numeric id of Bitcoin, the one coin whose id is public knowledge.
            let symbol = if matches!(symbol.as_str(), "1" | "COINS:1") { "BTC".to_owned() } else { symbol };
            files.social_coins().find(|known| **known == symbol)?;
            let Some((bucket, from, to)) = span(ask) else { return Some(bad_parameter()) };
            let days = files.social(&symbol, ask.now)?;
            let mut rows: Vec<Value> = Vec::new();
            // Only days are held; hours are not made up from them.
            for day in days.iter().filter(|day| bucket == DAY_MS && (from..=to).contains(&day.start_ms)) {
                let mut row = Map::new();
                row.insert("time".to_owned(), Value::from(day.start_ms / 1_000));
                row.extend(day.figures.clone());
                rows.push(Value::Object(row));
            }
            let config = json!({"symbol": symbol, "coin": symbol});
            Some(series(ask, config, bucket, (from, to), &rows))
        }
    }
}

fn bad_parameter() -> Answer {
    Answer::json(400, &json!({"error": "Error: invalid parameter"}))
}

fn series(ask: &Ask<'_>, mut config: Value, bucket: i64, span: (i64, i64), rows: &[Value]) -> Answer {
    if let Some(fields) = config.as_object_mut() {
        fields.insert("interval".to_owned(), Value::from(ask.query.text("interval").unwrap_or("1w")));
        fields.insert("start".to_owned(), Value::from(span.0 / 1_000));
        fields.insert("end".to_owned(), Value::from(span.1 / 1_000));
        fields.insert("bucket".to_owned(), Value::from(if bucket == DAY_MS { "day" } else { "hour" }));
        fields.insert("metrics".to_owned(), json!([]));
        fields.insert("generated".to_owned(), Value::from(ask.now.0 / 1_000));
    }
    Answer::ok(&json!({"config": config, "data": rows}))
}

/// Oldest first; the last row is the running bucket, as at the provider.
fn simulated_series(ask: &Ask<'_>, sim: &SimWorld, coin: &Coin, kind: &str) -> Answer {
    let Some((bucket, from, to)) = span(ask) else { return bad_parameter() };
    let first = from.max(coin.onboard_ms);
    let first = first - first.rem_euclid(bucket);
    let mut rows = Vec::new();
    let mut start = first;
    while start <= to && start < ask.now.0 && rows.len() < 20_000 {
        let social = social_figures(coin, start, bucket);
        let (bar, bought, sold) = sim.window(coin, start, (start + bucket).min(ask.now.0));
        rows.push(json!({
            "time": start / 1_000,
            "contributors_active": social.contributors_active,
            "contributors_created": social.contributors_created,
            "interactions": social.interactions, "posts_active": social.posts_active,
            "posts_created": social.posts_created, "sentiment": social.sentiment, "spam": social.spam,
            "alt_rank": social.alt_rank, "galaxy_score": social.galaxy_score,
            "social_dominance": social.dominance, "circulating_supply": coin.supply,
            "open": bar.open, "high": bar.high, "low": bar.low, "close": bar.close,
            "market_cap": bar.close * coin.supply, "volume_24h": bought + sold,
        }));
        start += bucket;
    }
    let mut config = config(ask, coin);
    if let Some(fields) = config.as_object_mut() {
        fields.insert(kind.to_owned(), Value::from(coin.ticker.clone()));
    }
    series(ask, config, bucket, (from, to), &rows)
}
