mod market;
mod rubik;
pub(crate) mod stream;

use domain::{SECOND_MS, Venue};
use serde_json::{Value, json};

use super::{Ask, Charge, Till};
use crate::answer::Answer;
use crate::provider::Provider;
use crate::query::{BadParam, Query};
use crate::shapes::{self, Subject};
use crate::world::{Ground, Lack};

const VENUE: Venue = Venue::Okx;

/// Calls per two seconds, by path; some are counted by instrument too.
fn rate(path: &str) -> (u64, bool) {
    match path {
        "/api/v5/market/candles" | "/api/v5/market/books" | "/api/v5/public/liquidation-orders" => {
            (40, false)
        }
        "/api/v5/market/trades" => (100, false),
        "/api/v5/public/funding-rate"
        | "/api/v5/public/funding-rate-history"
        | "/api/v5/public/mark-price"
        | "/api/v5/rubik/stat/contracts/open-interest-history" => (10, true),
        "/api/v5/public/time" => (10, false),
        "/api/v5/public/open-interest" | "/api/v5/public/instruments" => (20, true),
        path if path.ends_with("-contract") || path.ends_with("-contract-top-trader") => (5, true),
        path if path.starts_with("/api/v5/rubik/") => (5, false),
        _ => (20, false),
    }
}

pub(super) fn charge(till: Till<'_>, path: &str, query: &Query) -> Charge {
    let (limit, by_instrument) = rate(path);
    let of = if by_instrument { query.text("instId").or(query.text("instType")) } else { None };
    let name = format!("okx {path} {}", of.unwrap_or_default());
    let standing = till.windows.charge(&name, 1, limit, 2 * SECOND_MS);
    let refusal = (till.enforce && standing.exceeded()).then(|| failure(429));
    Charge { weight: 1, refusal, headers: Vec::new() }
}

pub(super) fn failure(status: u16) -> Answer {
    match status {
        // The gateway's own shapes: no data, or a number for a code.
        429 => Answer::json(429, &json!({"msg": "Too Many Requests", "code": "50011"})),
        404 => Answer::json(
            404,
            &json!({"code": 404, "data": {}, "detailMsg": "", "error_code": "404",
                    "error_message": "Not Found", "msg": "Not Found"}),
        ),
        503 => refusal_with(503, "50001", "Service temporarily unavailable. Try again later."),
        400 => refusal_with(400, "51000", "Parameter error"),
        403 | 451 => Answer::html(status, "<html><head><title>Access denied</title></head></html>"),
        _ => refusal_with(status, "50026", "System error. Try again later."),
    }
}

fn refusal_with(status: u16, code: &str, msg: &str) -> Answer {
    Answer::json(status, &json!({"code": code, "data": [], "msg": msg}))
}

/// The provider's refusal, most often under status 200.
#[derive(Clone, Debug)]
struct Refusal(u16, &'static str, String);

impl From<Lack> for Refusal {
    fn from(lack: Lack) -> Self {
        match lack {
            Lack::Symbol | Lack::Datum => Self(
                200,
                "51001",
                "Instrument ID, Instrument ID code, or Spread ID doesn't exist.".to_owned(),
            ),
            Lack::Interval => parameter("bar"),
        }
    }
}

impl From<BadParam> for Refusal {
    fn from(bad: BadParam) -> Self {
        parameter(bad.0)
    }
}

fn parameter(name: &str) -> Refusal {
    Refusal(400, "51000", format!("Parameter {name} error"))
}

fn empty(name: &str) -> Refusal {
    Refusal(400, "50014", format!("Parameter {name} cannot be empty."))
}

fn required<'a>(ask: &'a Ask<'_>, name: &'static str) -> Result<&'a str, Refusal> {
    ask.query.text(name).ok_or_else(|| empty(name))
}

type Data = Result<Value, Refusal>;

pub(super) fn answer(ask: &Ask<'_>) -> Answer {
    let Some(path) = ask.path.strip_prefix("/api/v5/") else { return failure(404) };
    let data: Data = match path {
        "public/time" => Ok(json!([{"ts": ask.now.0.to_string()}])),
        "public/instruments" => market::instruments(ask),
        "public/funding-rate" => market::funding_rate(ask),
        "public/funding-rate-history" => market::funding_history(ask),
        "public/open-interest" => market::open_interest(ask),
        "public/mark-price" => market::mark_price(ask),
        "public/liquidation-orders" => market::liquidation_orders(ask),
        "market/tickers" => market::tickers(ask),
        "market/ticker" => market::ticker(ask),
        "market/candles" => market::candles(ask, 1_440),
        "market/history-candles" => market::candles(ask, i64::MAX),
        "market/mark-price-candles" => market::price_candles(ask, "", 1_440),
        "market/history-mark-price-candles" => market::price_candles(ask, "", i64::MAX),
        "market/index-candles" => market::price_candles(ask, "-SWAP", 1_440),
        "market/history-index-candles" => market::price_candles(ask, "-SWAP", i64::MAX),
        "market/books" | "market/books-full" => market::books(ask),
        "market/trades" | "market/history-trades" => market::trades(ask),
        "market/index-tickers" => market::index_tickers(ask),
        "public/underlying" => Ok(market::underlying(ask)),
        "market/platform-24-volume"
        | "market/index-components"
        | "public/price-limit"
        | "public/insurance-fund"
        | "public/position-tiers" => shaped(ask),
        "rubik/stat/trading-data/support-coin" => Ok(market::support_coins(ask)),
        path => match path.strip_prefix("rubik/stat/") {
            Some(name) => match rubik::answer(ask, name) {
                Some(data) => data,
                None => return failure(404),
            },
            None => return failure(404),
        },
    };
    match data {
        Ok(data) => Answer::ok(&json!({"code": "0", "msg": "", "data": data})),
        Err(Refusal(status, code, msg)) => refusal_with(status, code, &msg),
    }
}

/// Answers out of the shape tables, which a record holds nothing of.
fn shaped(ask: &Ask<'_>) -> Data {
    let Ground::Simulated(sim) = ask.ground else { return Ok(json!([])) };
    let named =
        ["instId", "instFamily", "uly", "index", "ccy"].into_iter().find_map(|name| ask.query.text(name));
    // `BTC-USDT-SWAP`, `BTC-USDT`, `BTC-USD` and `BTC` begin with the coin.
    let ticker = named.and_then(|name| name.split('-').next());
    let coin = ticker.and_then(|ticker| sim.by_coin_name(ticker)).filter(|coin| coin.onboard_ms <= ask.now.0);
    if ticker.is_some() && coin.is_none() {
        return Err(Lack::Symbol.into());
    }
    let subject = Subject { coin, venue: Some(VENUE), words: ask.query.words(), ..Subject::default() };
    let told = shapes::answer(sim, ask.now, Provider::Okx, ask.path, &subject);
    Ok(told.unwrap_or_else(|| json!([])))
}
