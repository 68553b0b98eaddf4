mod market;
pub(crate) mod stream;

use domain::{SECOND_MS, Venue};
use serde_json::{Value, json};

use super::{Ask, Charge, Till};
use crate::answer::Answer;
use crate::clock::real_now_ms;
use crate::query::BadParam;
use crate::world::Lack;

const VENUE: Venue = Venue::Bybit;
/// Over all paths, per address.
const PER_5_S: u64 = 600;

pub(super) fn charge(till: Till<'_>) -> Charge {
    let standing = till.windows.charge("bybit", 1, PER_5_S, 5 * SECOND_MS);
    let refusal = (till.enforce && standing.exceeded()).then(|| failure(403));
    Charge { weight: 1, refusal, headers: Vec::new() }
}

pub(super) fn failure(status: u16) -> Answer {
    let envelope = |status, code: i32, msg: &str| {
        let time = real_now_ms();
        let body = json!({"retCode": code, "retMsg": msg, "result": {}, "retExtInfo": {}, "time": time});
        Answer::json(status, &body)
    };
    match status {
        403 => Answer::html(403, "access too frequent"),
        451 => Answer::html(
            403,
            "The Amazon CloudFront distribution is configured to block access from your country",
        ),
        // Its own limit comes under status 200; a front's 429 carries the same body.
        429 => envelope(429, 10_006, "Too many visits!"),
        404 => envelope(404, 10_404, "Path not found"),
        _ => envelope(status, 10_016, "Server error"),
    }
}

/// Parameter errors, all under status 200.
#[derive(Clone, Debug)]
struct Refusal(i32, String);

impl From<Lack> for Refusal {
    fn from(lack: Lack) -> Self {
        match lack {
            Lack::Symbol | Lack::Datum => Self(10_001, "params error: symbol invalid".to_owned()),
            Lack::Interval => invalid("interval"),
        }
    }
}

impl From<BadParam> for Refusal {
    fn from(bad: BadParam) -> Self {
        invalid(bad.0)
    }
}

fn invalid(name: &str) -> Refusal {
    Refusal(10_001, format!("params error: {name} invalid"))
}

pub(super) fn answer(ask: &Ask<'_>) -> Answer {
    let result: Result<Value, Refusal> = match ask.path {
        "/v5/market/time" => Ok(json!({
            "timeSecond": (ask.now.0 / 1_000).to_string(),
            "timeNano": (i128::from(ask.now.0) * 1_000_000).to_string(),
        })),
        "/v5/market/instruments-info" => market::instruments(ask),
        "/v5/market/kline" => market::candles(ask, true),
        "/v5/market/mark-price-kline" | "/v5/market/index-price-kline" => market::candles(ask, false),
        "/v5/market/premium-index-price-kline" => market::premium_candles(ask),
        "/v5/market/tickers" => market::tickers(ask),
        "/v5/market/funding/history" => market::funding_history(ask),
        "/v5/market/open-interest" => market::open_interest(ask),
        "/v5/market/account-ratio" => market::account_ratio(ask),
        "/v5/market/orderbook" => market::order_book(ask),
        "/v5/market/recent-trade" => market::trades(ask),
        "/v5/market/risk-limit" => market::risk_limits(ask),
        "/v5/market/insurance" => Ok(market::insurance(ask)),
        _ => return failure(404),
    };
    let (code, msg, result) = match result {
        Ok(result) => (0, "OK".to_owned(), result),
        Err(Refusal(code, msg)) => {
            let shell = if ask.path.ends_with("instruments-info") {
                json!({"category": "", "list": [], "nextPageCursor": ""})
            } else {
                json!({})
            };
            (code, msg, shell)
        }
    };
    Answer::ok(&json!({
        "retCode": code, "retMsg": msg, "result": result, "retExtInfo": {}, "time": ask.now.0,
    }))
}
