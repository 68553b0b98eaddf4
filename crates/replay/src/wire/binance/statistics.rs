use domain::DAY_MS;
use serde_json::{Value, json};

use super::{NO_SYMBOL, Refusal, VENUE, symbol};
use crate::answer::Answer;
use crate::wire::Ask;
use crate::wire::text::{interval_ms, limit, plain};
use crate::world::{Lack, Stat, StatRow, Window};

/// Statistics exist for the last 30 days only.
const REACH_MS: i64 = 30 * DAY_MS;
/// How much later a call may arrive than its `startTime` was reckoned.
const GRACE_MS: i64 = domain::HOUR_MS;
const PERIODS: [&str; 9] = ["5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d"];

/// `/futures/data/<name>`. This back end writes its errors with the text first.
pub(super) fn answer(ask: &Ask<'_>, name: &str) -> Result<Answer, Refusal> {
    let stat = match name {
        "openInterestHist" => Stat::OpenInterest,
        "globalLongShortAccountRatio" => Stat::AccountRatio,
        "topLongShortAccountRatio" => Stat::TopAccountRatio,
        "topLongShortPositionRatio" => Stat::TopPositionRatio,
        "takerlongshortRatio" => Stat::Taker,
        "basis" => return basis(ask),
        _ => return Ok(Answer::html(404, "<html><body><h2>404 Not found</h2></body></html>")),
    };
    let symbol = symbol(ask).ok_or(NO_SYMBOL)?;
    let (period, window) = match page(ask) {
        Ok(page) => page,
        Err(parameter) => return Ok(invalid(parameter)),
    };
    let rows = match ask.ground.market().stat(VENUE, &symbol, stat, period, window, ask.now) {
        Ok(rows) => rows,
        // The contract is there, the figures are not: no rows.
        Err(Lack::Datum | Lack::Interval) => Vec::new(),
        Err(lack @ Lack::Symbol) => return Err(lack.into()),
    };
    Ok(Answer::ok(&rows.iter().map(|row| statistic(&symbol, stat, row)).collect::<Vec<_>>()))
}

fn invalid(parameter: &str) -> Answer {
    let msg = format!("parameter '{parameter}' is invalid.");
    Answer::json(400, &json!({"msg": msg, "code": -1130}))
}

/// Period and window, or the name of the parameter that is not valid.
fn page(ask: &Ask<'_>) -> Result<(i64, Window), &'static str> {
    let period = ask.query.text("period").filter(|text| PERIODS.contains(text)).and_then(interval_ms);
    let period = period.ok_or("period")?;
    let limit = limit(ask.query, "limit", 30, 500).map_err(|bad| bad.0)?.ok_or("limit")?;
    let from = ask.query.int("startTime").map_err(|bad| bad.0)?;
    let to = ask.query.int("endTime").map_err(|bad| bad.0)?;
    let oldest_kept = ask.now.0 - REACH_MS;
    if from.is_some_and(|from| from < oldest_kept - GRACE_MS) {
        return Err("startTime");
    }
    let window = Window {
        from: Some(from.map_or(oldest_kept, |from| from.max(oldest_kept))),
        to,
        limit,
        oldest: from.is_some(),
    };
    Ok((period, window))
}

fn statistic(symbol: &str, stat: Stat, row: &StatRow) -> Value {
    match stat {
        Stat::OpenInterest => json!({
            "symbol": symbol,
            "sumOpenInterest": plain(row.a),
            "sumOpenInterestValue": row.b.map(plain),
            "timestamp": row.at_ms,
        }),
        Stat::AccountRatio | Stat::TopAccountRatio | Stat::TopPositionRatio => json!({
            "symbol": symbol,
            "longAccount": format!("{:.4}", row.a / (1.0 + row.a)),
            "longShortRatio": plain(row.a),
            "shortAccount": format!("{:.4}", 1.0 / (1.0 + row.a)),
            "timestamp": row.at_ms,
        }),
        Stat::Taker => {
            let mut fields = json!({"buySellRatio": plain(row.a), "timestamp": row.at_ms});
            if let (Some(fields), Some(bought), Some(sold)) = (fields.as_object_mut(), row.b, row.c) {
                fields.insert("buyVol".to_owned(), Value::from(plain(bought)));
                fields.insert("sellVol".to_owned(), Value::from(plain(sold)));
            }
            fields
        }
    }
}

/// Futures against index, where the world has an index.
fn basis(ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let pair = ask.query.text("pair").map(str::to_ascii_uppercase).ok_or(NO_SYMBOL)?;
    let (period, window) = match page(ask) {
        Ok(page) => page,
        Err(parameter) => return Ok(invalid(parameter)),
    };
    let market = ask.ground.market();
    let closes = market.bars(VENUE, &pair, period, window, ask.now)?;
    let mut rows = Vec::with_capacity(closes.len());
    for bar in closes {
        let at = domain::UtcMs(bar.open_ms);
        let Ok(premium) = market.premium(VENUE, &pair, at) else { continue };
        let basis = bar.open - premium.index;
        rows.push(json!({
            "indexPrice": plain(premium.index), "contractType": "PERPETUAL",
            "basisRate": format!("{:.4}", basis / premium.index), "futuresPrice": plain(bar.open),
            "annualizedBasisRate": "", "basis": format!("{basis:.8}"), "pair": pair,
            "timestamp": bar.open_ms,
        }));
    }
    Ok(Answer::ok(&rows))
}
