use domain::{MINUTE_MS, UtcMs, Venue};
use serde_json::{Value, json};

use super::histories::{modern, window};
use super::{refusal, unknown_pair};
use crate::answer::Answer;
use crate::provider::Provider;
use crate::shapes::{self, Subject};
use crate::wire::Ask;
use crate::wire::text::interval_ms;
use crate::world::bar_phase;
use crate::world::sim::{Coin, SimWorld};

/// Paths below `/api/etf/` that are about another coin than Bitcoin.
const FUNDS: [(&str, &str); 4] = [
    ("/api/etf/ethereum/", "ETH"),
    ("/api/etf/solana/", "SOL"),
    ("/api/etf/xrp/", "XRP"),
    ("/api/etf/hype/", "HYPE"),
];

/// The answer of a simulated endpoint that the shape tables hold.
pub(super) fn answer(ask: &Ask<'_>, sim: &SimWorld) -> Result<Option<Value>, Box<Answer>> {
    let named = ask.query.text("exchange");
    let venue = named
        .and_then(|name| Venue::ALL.into_iter().find(|venue| venue.as_str().eq_ignore_ascii_case(name)))
        .or_else(|| only_venue(ask));
    let fund = FUNDS.iter().find(|(path, _)| ask.path.starts_with(path)).map(|(_, ticker)| *ticker);
    let symbol = ask.query.text("symbol").or(fund);
    let coin = symbol.and_then(|symbol| coin(sim, venue, symbol, ask.now));
    match (symbol, coin) {
        // No such coin trades here, so no fund holds it.
        (Some(_), None) if fund.is_some() => return Ok(Some(json!([]))),
        (Some(_), None) => return Err(Box::new(unknown_pair())),
        _ => {}
    }
    let of_pair = ask.path.starts_with("/api/futures/") || ask.path.starts_with("/api/spot/");
    if of_pair && named.is_some() && venue.is_none() {
        return Err(Box::new(unknown_pair()));
    }
    let onboard = coin.map_or(crate::world::sim::FIRST_MS, |coin| coin.onboard_ms);
    let subject = Subject { coin, venue, grid: grid(ask, onboard)?, words: ask.query.words() };
    Ok(shapes::answer(sim, ask.now, Provider::Coinglass, ask.path, &subject))
}

/// The one venue that a list of exchanges names.
fn only_venue(ask: &Ask<'_>) -> Option<Venue> {
    match ask.query.list("exchange_list")?.as_slice() {
        [one] => Venue::ALL.into_iter().find(|venue| venue.as_str().eq_ignore_ascii_case(one)),
        _ => None,
    }
}

/// A coin by its ticker, or by the name of its contract or pair on the venue.
fn coin<'a>(sim: &'a SimWorld, venue: Option<Venue>, symbol: &str, now: UtcMs) -> Option<&'a Coin> {
    let contract = |venue| {
        let roster = sim.roster();
        roster.by_symbol(venue, symbol).or_else(|| roster.by_symbol(venue, &format!("{symbol}-SWAP")))
    };
    let found = sim.by_coin_name(symbol).or_else(|| venue.and_then(contract));
    found
        .or_else(|| venue.map_or_else(|| Venue::ALL.into_iter().find_map(contract), |_| None))
        .filter(|coin| coin.onboard_ms <= now.0)
}

/// Beginnings of the bars that are asked for, and their length.
fn grid(ask: &Ask<'_>, onboard_ms: i64) -> Result<(Vec<i64>, i64), Box<Answer>> {
    let Some(interval) = ask.query.text("interval") else { return Ok((Vec::new(), MINUTE_MS)) };
    let interval = modern(interval);
    let step = if interval == "10m" { Some(10 * MINUTE_MS) } else { interval_ms(interval) };
    let step = step.ok_or_else(|| Box::new(refusal("400", "The interval parameter is invalid.")))?;
    // Whole books are heavy: the provider gives a hundred.
    let most = if ask.path.ends_with("/orderbook/history") { 100 } else { 1_000 };
    let (first, count) = window(ask, interval, most)?.grid(step, bar_phase(step), onboard_ms, ask.now.0);
    Ok(((0..i64::try_from(count).unwrap_or(0)).map(|place| first + place * step).collect(), step))
}
