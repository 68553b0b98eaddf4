mod limits;
mod market;
mod statistics;
pub(crate) mod stream;

use domain::Venue;
use serde_json::json;

pub(super) use self::limits::charge;
use super::Ask;
use crate::answer::Answer;
use crate::clock::real_now_ms;
use crate::query::BadParam;
use crate::world::Lack;

const VENUE: Venue = Venue::Binance;

/// Paths that the provider has; anything else is its 404 page.
pub(super) fn answer(ask: &Ask<'_>) -> Answer {
    let result = match ask.path {
        "/fapi/v1/ping" => Ok(Answer::ok(&json!({}))),
        "/fapi/v1/time" => Ok(Answer::ok(&json!({"serverTime": ask.now.0}))),
        "/fapi/v1/exchangeInfo" => Ok(market::exchange_info(ask)),
        "/fapi/v1/klines" | "/fapi/v1/continuousKlines" => market::klines(ask),
        "/fapi/v1/markPriceKlines" | "/fapi/v1/indexPriceKlines" => market::price_klines(ask),
        "/fapi/v1/premiumIndexKlines" => market::premium_klines(ask),
        "/fapi/v1/premiumIndex" => market::premium_index(ask),
        "/fapi/v1/fundingRate" => market::funding_rate(ask),
        "/fapi/v1/fundingInfo" => Ok(market::funding_info(ask)),
        "/fapi/v1/ticker/24hr" => market::day_tickers(ask),
        "/fapi/v1/ticker/price" | "/fapi/v2/ticker/price" => market::prices(ask),
        "/fapi/v1/ticker/bookTicker" => market::book_tickers(ask),
        "/fapi/v1/depth" => market::depth(ask),
        "/fapi/v1/trades" => market::trades(ask),
        "/fapi/v1/aggTrades" => market::aggregated_trades(ask),
        "/fapi/v1/openInterest" => market::open_interest(ask),
        "/fapi/v1/indexInfo" | "/fapi/v1/assetIndex" | "/fapi/v1/constituents" => market::baskets(ask),
        "/fapi/v1/historicalTrades" => Err(Refusal(401, -2014, "API-key format invalid.")),
        path => match path.strip_prefix("/futures/data/") {
            Some(name) => statistics::answer(ask, name),
            None => return Answer::html(404, "<html><body><h2>404 Not found</h2></body></html>"),
        },
    };
    result.unwrap_or_else(Refusal::answer)
}

/// The provider's refusal: status, code, text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal(u16, i32, &'static str);

const INVALID_SYMBOL: Refusal = Refusal(400, -1121, "Invalid symbol.");
const INVALID_INTERVAL: Refusal = Refusal(400, -1120, "Invalid interval.");
const NO_SYMBOL: Refusal =
    Refusal(400, -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.");
const NO_INTERVAL: Refusal =
    Refusal(400, -1102, "Mandatory parameter 'interval' was not sent, was empty/null, or malformed.");
const BAD_LIMIT: Refusal = Refusal(400, -1130, "Data sent for parameter 'limit' is not valid.");
const ILLEGAL: Refusal = Refusal(400, -1100, "Illegal characters found in a parameter.");

impl Refusal {
    fn answer(self) -> Answer {
        Answer::json(self.0, &json!({"code": self.1, "msg": self.2}))
    }
}

impl From<Lack> for Refusal {
    fn from(lack: Lack) -> Self {
        match lack {
            Lack::Interval => INVALID_INTERVAL,
            Lack::Symbol | Lack::Datum => INVALID_SYMBOL,
        }
    }
}

impl From<BadParam> for Refusal {
    fn from(bad: BadParam) -> Self {
        if bad.0 == "limit" { BAD_LIMIT } else { ILLEGAL }
    }
}

/// The symbol asked for, in the exchange's spelling; a lower-case one is taken too.
fn symbol(ask: &Ask<'_>) -> Option<String> {
    ask.query.text("symbol").map(str::to_ascii_uppercase)
}

pub(super) fn failure(status: u16, retry_after_s: Option<u64>) -> Answer {
    let (code, msg) = match status {
        451 => (
            0,
            "Service unavailable from a restricted location according to 'b. Eligibility' in \
             https://www.binance.com/en/terms. Please contact customer service if you believe you received \
             this message in error."
                .to_owned(),
        ),
        418 => {
            let pause_ms = i64::try_from(retry_after_s.unwrap_or(120)).unwrap_or(120).saturating_mul(1_000);
            return ban(real_now_ms().saturating_add(pause_ms));
        }
        429 => (-1003, limits::TOO_MANY.to_owned()),
        403 => return Answer::html(403, "<html><head><title>403 Forbidden</title></head></html>"),
        400 => (-1130, "Data sent for parameter 'limit' is not valid.".to_owned()),
        503 => (
            -1008,
            "Server is currently overloaded with other requests. Please try again in a few minutes."
                .to_owned(),
        ),
        408 => (-1007, "Timeout waiting for response from backend server.".to_owned()),
        _ => (-1001, "Internal error; unable to process your request. Please try again.".to_owned()),
    };
    Answer::json(status, &json!({"code": code, "msg": msg}))
}

/// The ban that ignoring 429 earns.
fn ban(until_ms: i64) -> Answer {
    let msg = format!(
        "Way too much request weight used; IP banned until {until_ms}. Please use WebSocket Streams for \
         live updates to avoid bans."
    );
    Answer::json(418, &json!({"code": -1003, "msg": msg}))
}
