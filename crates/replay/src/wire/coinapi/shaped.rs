use domain::{MINUTE_MS, SECOND_MS, Venue};
use serde_json::Value;

use super::{error, exchange_id, failure, find, no_data, period_ms, window};
use crate::answer::Answer;
use crate::provider::Provider;
use crate::shapes::{self, Subject};
use crate::wire::Ask;
use crate::world::sim::{Coin, SimWorld};

/// Most points of a history of quotes, books and metrics in one answer.
const MOST_POINTS: usize = 1_000;

/// Answers out of the shape tables.
pub(super) fn answer(ask: &Ask<'_>, sim: &SimWorld, parts: &[&str]) -> Answer {
    match parts {
        // One answer for each contract that is named.
        ["quotes", "latest"] => several(ask, sim, |id| vec!["quotes", id, "latest"]),
        ["orderbooks3", "current"] => several(ask, sim, |id| vec!["orderbooks3", id, "current"]),
        _ => match told(ask, sim, parts) {
            Ok(Some(value)) => Answer::ok(&value),
            Ok(None) => failure(404),
            Err(answer) => *answer,
        },
    }
}

fn several<'a>(ask: &'a Ask<'_>, sim: &SimWorld, path: impl Fn(&'a str) -> Vec<&'a str>) -> Answer {
    let wanted = ask.query.text("filter_symbol_id").unwrap_or("BINANCEFTS_PERP_BTC_USDT");
    let mut all = Vec::new();
    for id in wanted.split([';', ',']) {
        match told(ask, sim, &path(id)) {
            Ok(Some(Value::Array(rows))) => all.extend(rows),
            Ok(other) => all.extend(other),
            // A name that nothing is held of brings no rows.
            Err(_) => {}
        }
    }
    Answer::ok(&all)
}

fn told(ask: &Ask<'_>, sim: &SimWorld, parts: &[&str]) -> Result<Option<Value>, Box<Answer>> {
    let (coin, venue) = subject(ask, sim, parts).ok_or_else(|| Box::new(no_data()))?;
    let grid = grid(ask, parts, coin)?;
    let subject = Subject { coin, venue, grid, words: ask.query.words() };
    let path = format!("/v1/{}", parts.join("/"));
    let mut told = shapes::answer(sim, ask.now, Provider::CoinApi, &path, &subject);
    if let Some(rows) = told.as_mut().and_then(|told| told.get_mut("rates")).and_then(Value::as_array_mut)
        && let Some(wanted) = ask.query.list("filter_asset_id")
    {
        rows.retain(|row| {
            row.get("asset_id_quote").and_then(Value::as_str).is_some_and(|id| wanted.contains(&id))
        });
    }
    Ok(told)
}

/// The coin and the venue that path and query name; `None` when they name one that is not there.
fn subject<'a>(
    ask: &Ask<'_>,
    sim: &'a SimWorld,
    parts: &[&str],
) -> Option<(Option<&'a Coin>, Option<Venue>)> {
    let by_ticker = |ticker: &str| sim.by_coin_name(ticker).filter(|coin| coin.onboard_ms <= ask.now.0);
    let by_exchange = |id: &str| Venue::ALL.into_iter().find(|venue| exchange_id(*venue) == id);
    Some(match parts {
        ["assets", asset] | ["exchangerate", asset, ..] => (Some(by_ticker(asset)?), None),
        ["exchanges", id] | ["ohlcv", "exchanges", id, _] => (None, Some(by_exchange(id)?)),
        ["quotes" | "orderbooks" | "orderbooks3", id, ..] => {
            // Order by order only Coinbase's dollar pairs are known; they trade at the largest venue's prices.
            let coinbase = id.strip_prefix("COINBASE_SPOT_").and_then(|pair| pair.strip_suffix("_USD"));
            let (coin, venue) = match coinbase {
                Some(base) => (by_ticker(base)?, Venue::Binance),
                None => find(ask, sim, id)?,
            };
            (Some(coin), Some(venue))
        }
        ["metrics", ..] => match (ask.query.text("symbol_id"), ask.query.text("asset_id")) {
            (Some(id), _) => {
                let (coin, venue) = find(ask, sim, id)?;
                (Some(coin), Some(venue))
            }
            (None, asset) => {
                let coin = asset.map_or(Some(None), |asset| by_ticker(asset).map(Some))?;
                let venue =
                    ask.query.text("exchange_id").map_or(Some(None), |id| by_exchange(id).map(Some))?;
                (coin, venue)
            }
        },
        _ => (None, None),
    })
}

/// Beginnings of the points that are asked for, and their length.
fn grid(ask: &Ask<'_>, parts: &[&str], coin: Option<&Coin>) -> Result<(Vec<i64>, i64), Box<Answer>> {
    let step = match (ask.query.text("period_id"), parts.first()) {
        (Some(id), _) => period_ms(id),
        (None, Some(&"ohlcv")) => None,
        (None, Some(&"metrics")) => Some(SECOND_MS),
        (None, _) => Some(MINUTE_MS),
    };
    let step = step.ok_or_else(|| Box::new(error(400, "Missing or invalid period_id")))?;
    let window = window(ask, true).ok_or_else(|| Box::new(error(400, "Invalid parameter")))?;
    let mut window = crate::world::Window { limit: window.limit.min(MOST_POINTS), ..window };
    // Without a beginning the newest are meant.
    window.oldest = window.from.is_some();
    let onboard = coin.map_or(crate::world::sim::FIRST_MS, |coin| coin.onboard_ms);
    let (first, count) = window.grid(step, 0, onboard, ask.now.0);
    Ok(((0..i64::try_from(count).unwrap_or(0)).map(|place| first + place * step).collect(), step))
}
