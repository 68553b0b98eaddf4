use domain::MINUTE_MS;
use serde_json::json;

use super::ban;
use crate::answer::Answer;
use crate::clock::real_now_ms;
use crate::limits::Standing;
use crate::query::Query;
use crate::wire::{Charge, Till};

pub(super) const TOO_MANY: &str = "Too many requests; current limit of IP(127.0.0.1) is 2400 requests per minute. Please use the websocket for live updates to avoid polling the API.";

const WEIGHT_PER_MINUTE: u64 = 2_400;
const FUNDING_PER_5_MIN: u64 = 500;
const STATISTICS_PER_5_MIN: u64 = 1_000;
/// Calls after the first 429 of a window that earn a ban.
const IGNORED_REFUSALS: u64 = 20;
const BAN_MS: i64 = 2 * MINUTE_MS;

/// Charges one of the three budgets.
pub(in crate::wire) fn charge(till: Till<'_>, path: &str, query: &Query) -> Charge {
    let (budget, weight, limit, window_ms) = if path.starts_with("/futures/data/") {
        ("binance statistics", 1, STATISTICS_PER_5_MIN, 5 * MINUTE_MS)
    } else if matches!(path, "/fapi/v1/fundingRate" | "/fapi/v1/fundingInfo") {
        ("binance funding", 1, FUNDING_PER_5_MIN, 5 * MINUTE_MS)
    } else {
        ("binance weight", weight(path, query), WEIGHT_PER_MINUTE, MINUTE_MS)
    };
    let standing = till.windows.charge(budget, weight, limit, window_ms);
    let mut charge = Charge { weight, ..Charge::default() };
    if budget == "binance weight" {
        charge.headers.push(("x-mbx-used-weight-1m", standing.used.to_string()));
    }
    if till.enforce {
        charge.refusal = refusal(till, budget, standing);
    }
    charge
}

/// Nothing while the budget lasts; then 429, and for a caller that goes on, the ban.
fn refusal(till: Till<'_>, budget: &str, standing: Standing) -> Option<Answer> {
    let now = real_now_ms();
    // The ban outlives the window that caused it: it is counted in windows of its own length.
    let ban = till.windows.charge("binance ban", 0, 0, BAN_MS);
    if ban.exceeded() {
        let until = now.saturating_add(ban.resets_in_ms);
        return Some(self::ban(until).with("retry-after", ban.retry_after_s()));
    }
    if !standing.exceeded() {
        return None;
    }
    let name = format!("{budget} ignored");
    let window_ms = if budget == "binance weight" { MINUTE_MS } else { 5 * MINUTE_MS };
    if till.windows.charge(&name, 1, IGNORED_REFUSALS, window_ms).exceeded() {
        let ban = till.windows.charge("binance ban", 1, 0, BAN_MS);
        let until = now.saturating_add(ban.resets_in_ms);
        return Some(self::ban(until).with("retry-after", ban.retry_after_s()));
    }
    let body = json!({"code": -1003, "msg": TOO_MANY});
    Some(Answer::json(429, &body).with("retry-after", standing.retry_after_s()))
}

fn weight(path: &str, query: &Query) -> u64 {
    let single = query.text("symbol").is_some();
    let limit = query.int("limit").ok().flatten();
    match path {
        "/fapi/v1/klines"
        | "/fapi/v1/continuousKlines"
        | "/fapi/v1/markPriceKlines"
        | "/fapi/v1/indexPriceKlines"
        | "/fapi/v1/premiumIndexKlines" => match limit {
            Some(..=100) => 1,
            Some(101..=500) => 2,
            Some(501..=1_000) | None => 5,
            Some(_) => 10,
        },
        "/fapi/v1/depth" => match limit {
            None => 1,
            Some(..=50) => 2,
            Some(51..=100) => 5,
            Some(101..=500) => 10,
            Some(_) => 20,
        },
        "/fapi/v1/ticker/24hr" if !single => 40,
        "/fapi/v1/premiumIndex" | "/fapi/v1/assetIndex" if !single => 10,
        "/fapi/v1/ticker/price" | "/fapi/v2/ticker/price" if !single => 2,
        "/fapi/v1/ticker/bookTicker" => {
            if single {
                2
            } else {
                5
            }
        }
        "/fapi/v1/trades" => 5,
        "/fapi/v1/aggTrades" => 20,
        "/fapi/v1/constituents" => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Windows;
    use crate::wire::Keys;

    #[test]
    fn the_budget_is_spent_then_refused_then_banned() {
        let windows = Windows::default();
        let till = Till { windows: &windows, enforce: true, keys: Keys::Full };
        let uri = "/x?limit=1500".parse().unwrap();
        let query = Query::of(&uri);
        let statuses: Vec<u16> = (0..300)
            .filter_map(|_| charge(till, "/fapi/v1/klines", &query).refusal.map(|answer| answer.status))
            .collect();
        // 240 calls of weight 10 fit into a minute; a minute may end in between, so only the order is sure.
        if let Some(banned) = statuses.iter().position(|status| *status == 418) {
            assert!(banned >= 20 && statuses[..banned].iter().all(|status| *status == 429));
        }
        let unlimited = Till { enforce: false, ..till };
        assert!(charge(unlimited, "/fapi/v1/klines", &query).refusal.is_none());
    }

    #[test]
    fn weights_follow_the_page_size() {
        let of = |path: &str, uri: &str| weight(path, &Query::of(&uri.parse().unwrap()));
        assert_eq!(of("/fapi/v1/klines", "/x?limit=100"), 1);
        assert_eq!(of("/fapi/v1/klines", "/x"), 5);
        assert_eq!(of("/fapi/v1/ticker/24hr", "/x"), 40);
        assert_eq!(of("/fapi/v1/ticker/24hr", "/x?symbol=BTCUSDT"), 1);
    }
}
