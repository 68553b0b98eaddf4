use domain::{DAY_MS, HOUR_MS, MINUTE_MS};
use serde_json::{Value, json};

use super::market::bar_ms;
use super::{Data, Refusal, VENUE, parameter, required};
use crate::wire::Ask;
use crate::wire::text::{limit, plain};
use crate::world::{Ground, Stat, StatRow, Window};

/// Entries that the statistics by instrument keep.
const MOST_ENTRIES: i64 = 1_440;

/// `rubik/stat/<name>`; `None` for a path that is not there.
pub(super) fn answer(ask: &Ask<'_>, name: &str) -> Option<Data> {
    let by_instrument = match name {
        "contracts/open-interest-history" => Some(Stat::OpenInterest),
        "taker-volume-contract" => Some(Stat::Taker),
        "contracts/long-short-account-ratio-contract" => Some(Stat::AccountRatio),
        "contracts/long-short-account-ratio-contract-top-trader" => Some(Stat::TopAccountRatio),
        "contracts/long-short-position-ratio-contract-top-trader" => Some(Stat::TopPositionRatio),
        _ => None,
    };
    if let Some(stat) = by_instrument {
        return Some(instrument_rows(ask, stat));
    }
    Some(match name {
        "contracts/long-short-account-ratio" => coin_rows(ask, Stat::AccountRatio),
        "contracts/open-interest-volume" => coin_rows(ask, Stat::OpenInterest),
        "taker-volume" => coin_rows(ask, Stat::Taker),
        "margin/loan-ratio"
        | "option/open-interest-volume"
        | "option/open-interest-volume-ratio"
        | "option/open-interest-volume-expiry"
        | "option/open-interest-volume-strike"
        | "option/taker-block-volume" => required(ask, "ccy").and_then(|_| super::shaped(ask)),
        _ => return None,
    })
}

fn bounds(ask: &Ask<'_>) -> Result<(Option<i64>, Option<i64>), Refusal> {
    let newer_than = ask.query.int("begin")?.map(|at| at.saturating_add(1));
    let older_than = ask.query.int("end")?.map(|at| at.saturating_sub(1));
    Ok((newer_than, older_than))
}

fn instrument_rows(ask: &Ask<'_>, stat: Stat) -> Data {
    let id = required(ask, "instId")?;
    let step = bar_ms(ask.query.text("period").unwrap_or("5m"));
    let step = step.filter(|step| *step >= 5 * MINUTE_MS).ok_or_else(|| parameter("period"))?;
    let limit = limit(ask.query, "limit", 100, 100)?.ok_or_else(|| parameter("limit"))?;
    let (from, to) = bounds(ask)?;
    let from = from.max(Some(ask.now.0.saturating_sub(MOST_ENTRIES.saturating_mul(step))));
    let window = Window { from, to, limit, oldest: false };
    let rows = ask.ground.market().stat(VENUE, id, stat, step, window, ask.now)?;
    let size = match ask.ground {
        Ground::Simulated(sim) => sim.roster().by_symbol(VENUE, id).map_or(1.0, |coin| coin.okx.face_value),
        Ground::Files(_) => 1.0,
    };
    let unit = ask.query.text("unit").unwrap_or("1");
    // The bars of the same periods price the volumes in dollars.
    let closes = if stat == Stat::Taker && unit == "2" {
        ask.ground.market().bars(VENUE, id, step, window, ask.now)?
    } else {
        Vec::new()
    };
    let close_at = |at| closes.iter().find(|bar| bar.open_ms == at).map_or(0.0, |bar| bar.close);
    Ok(rows.iter().rev().map(|row| figures(stat, row, size, unit, close_at(row.at_ms))).collect())
}

fn figures(stat: Stat, row: &StatRow, size: f64, unit: &str, close: f64) -> Value {
    let time = row.at_ms.to_string();
    match stat {
        Stat::OpenInterest => {
            json!([time, plain(row.a / size), plain(row.a), plain(row.b.unwrap_or_default())])
        }
        Stat::AccountRatio | Stat::TopAccountRatio | Stat::TopPositionRatio => json!([time, plain(row.a)]),
        Stat::Taker => {
            let factor = match unit {
                "0" => 1.0,
                "2" => close,
                _ => 1.0 / size,
            };
            // Sold stands before bought.
            let [sold, bought] = [row.c, row.b].map(|coins| plain(coins.unwrap_or_default() * factor));
            json!([time, sold, bought])
        }
    }
}

/// Statistics by coin: no limit, a reach of their own for each period.
fn coin_rows(ask: &Ask<'_>, stat: Stat) -> Data {
    let coin = required(ask, "ccy")?;
    if stat == Stat::Taker {
        required(ask, "instType")?;
    }
    let (step, reach) = match ask.query.text("period").unwrap_or("5m") {
        "5m" => (5 * MINUTE_MS, 2 * DAY_MS),
        "1H" => (HOUR_MS, 30 * DAY_MS),
        "1D" => (DAY_MS, 180 * DAY_MS),
        _ => return Err(parameter("period")),
    };
    let (from, to) = bounds(ask)?;
    let window = Window { from: from.max(Some(ask.now.0 - reach)), to, limit: 10_000, oldest: false };
    let id = format!("{coin}-USDT-SWAP");
    let market = ask.ground.market();
    let rows = market.stat(VENUE, &id, stat, step, window, ask.now)?;
    let bars = market.bars(VENUE, &id, step, window, ask.now)?;
    let volume = |at| bars.iter().find(|bar| bar.open_ms == at).and_then(|bar| bar.quote_volume);
    Ok(rows
        .iter()
        .rev()
        .map(|row| match stat {
            Stat::OpenInterest => json!([
                row.at_ms.to_string(),
                plain(row.b.unwrap_or_default()),
                plain(volume(row.at_ms).unwrap_or_default())
            ]),
            _ => figures(stat, row, 1.0, "0", 0.0),
        })
        .collect())
}
