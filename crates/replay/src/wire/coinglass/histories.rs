use domain::DAY_MS;
use serde_json::{Map, Value};

use super::{refusal, unknown_pair};
use crate::answer::Answer;
use crate::query::BadParam;
use crate::wire::text::plain;
use crate::wire::{Ask, Keys};
use crate::world::files::{Dataset, Excerpt, FilesWorld};
use crate::world::{Ground, Window};

/// How an endpoint names what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    /// `exchange` and a pair in `symbol`.
    Pair,
    /// A coin in `symbol`, all exchanges.
    Coin,
    /// A coin in `symbol` and the exchanges in `exchange_list`.
    CoinOn,
}

const HISTORIES: [(&str, Dataset, Subject); 17] = [
    ("/api/futures/liquidation/aggregated-history", Dataset::Liquidations, Subject::CoinOn),
    ("/api/futures/liquidation/history", Dataset::PairLiquidations, Subject::Pair),
    ("/api/futures/open-interest/aggregated-history", Dataset::OpenInterest, Subject::Coin),
    ("/api/futures/open-interest/history", Dataset::PairOpenInterest, Subject::Pair),
    ("/api/futures/funding-rate/history", Dataset::Funding, Subject::Pair),
    ("/api/futures/funding-rate/oi-weight-history", Dataset::FundingByOpenInterest, Subject::Coin),
    ("/api/futures/funding-rate/vol-weight-history", Dataset::FundingByVolume, Subject::Coin),
    ("/api/futures/global-long-short-account-ratio/history", Dataset::AccountRatio, Subject::Pair),
    ("/api/futures/top-long-short-account-ratio/history", Dataset::TopAccountRatio, Subject::Pair),
    ("/api/futures/top-long-short-position-ratio/history", Dataset::TopPositionRatio, Subject::Pair),
    ("/api/futures/v2/taker-buy-sell-volume/history", Dataset::PairTaker, Subject::Pair),
    ("/api/futures/taker-buy-sell-volume/history", Dataset::PairTaker, Subject::Pair),
    ("/api/futures/aggregated-taker-buy-sell-volume/history", Dataset::CoinTaker, Subject::CoinOn),
    ("/api/spot/aggregated-taker-buy-sell-volume/history", Dataset::SpotCoinTaker, Subject::CoinOn),
    ("/api/futures/orderbook/aggregated-ask-bids-history", Dataset::BookDepth, Subject::CoinOn),
    ("/api/futures/orderbook/ask-bids-history", Dataset::PairBookDepth, Subject::Pair),
    ("/api/futures/price/history", Dataset::Price, Subject::Pair),
];

const INTERVALS: [&str; 12] = ["1m", "3m", "5m", "15m", "30m", "1h", "4h", "6h", "8h", "12h", "1d", "1w"];

/// Days that a key sees back, by interval: a Professional one twice as far as a Standard one.
fn reach_days(interval: &str, keys: Keys) -> Option<i64> {
    let standard = match interval {
        "1m" => 6,
        "3m" => 20,
        "5m" => 30,
        "15m" => 90,
        "30m" => 180,
        "1h" | "4h" | "6h" | "8h" | "12h" => 360,
        _ => return None,
    };
    Some(if keys == Keys::Full { standard * 2 } else { standard })
}

/// The rows that are asked for, at most `most` of them.
pub(super) fn window(ask: &Ask<'_>, interval: &str, most: i64) -> Result<Window, Box<Answer>> {
    let bad = |bad: BadParam| Box::new(refusal("400", &format!("The {} parameter is invalid.", bad.0)));
    let limit = ask.query.int("limit").map_err(bad)?.unwrap_or(most).clamp(1, most);
    let from = ask.query.int("start_time").map_err(bad)?;
    let to = ask.query.int("end_time").map_err(bad)?;
    let oldest_seen = reach_days(interval, Keys::of(ask.ground)).map(|days| ask.now.0 - days * DAY_MS);
    Ok(Window {
        from: from.max(oldest_seen),
        to,
        limit: usize::try_from(limit).unwrap_or(1_000),
        oldest: from.is_some(),
    })
}

/// The answer of a history endpoint; `None` when the path is no history.
pub(super) fn answer(ask: &Ask<'_>) -> Result<Option<Value>, Box<Answer>> {
    let Some((_, dataset, subject)) = HISTORIES.iter().find(|(path, _, _)| *path == ask.path) else {
        return Ok(None);
    };
    let text = |name| ask.query.text(name).unwrap_or_default();
    let interval = modern(text("interval"));
    if !INTERVALS.contains(&interval) {
        return Err(Box::new(refusal("400", "The interval parameter is invalid.")));
    }
    let window = window(ask, interval, 1_000)?;
    let excerpt = match (ask.ground, subject) {
        (Ground::Files(files), Subject::Pair) => {
            let (exchange, pair) = (text("exchange"), text("symbol"));
            let coin = recorded_pair(files, exchange, pair).ok_or_else(|| Box::new(unknown_pair()))?;
            recorded(ask, files, *dataset, &coin, Some(exchange), interval, window)
        }
        (Ground::Files(files), Subject::Coin) => {
            recorded(ask, files, *dataset, text("symbol"), None, interval, window)
        }
        (Ground::Files(files), Subject::CoinOn) => {
            let exchanges = ask.query.list("exchange_list").unwrap_or_default();
            // Several exchanges together, or another one, is not what the record holds.
            let [exchange] = exchanges.as_slice() else { return Ok(Some(Value::Array(Vec::new()))) };
            recorded(ask, files, *dataset, text("symbol"), Some(exchange), interval, window)
        }
        (Ground::Simulated(sim), subject) => {
            let exchanges = match subject {
                Subject::Pair => vec![text("exchange")],
                Subject::Coin => vec!["ALL"],
                Subject::CoinOn => ask.query.list("exchange_list").unwrap_or_default(),
            };
            let found = sim.coinglass_rows(*dataset, text("symbol"), &exchanges, interval, window, ask.now);
            match (found, subject) {
                (None, Subject::Pair) => return Err(Box::new(unknown_pair())),
                (found, _) => found,
            }
        }
    };
    Ok(Some(rows(*dataset, &excerpt.unwrap_or_default())))
}

/// `h4` was the spelling of old, `4h` is today's.
pub(super) fn modern(interval: &str) -> &str {
    match interval {
        "m1" => "1m",
        "m3" => "3m",
        "m5" => "5m",
        "m15" => "15m",
        "m30" => "30m",
        "h1" => "1h",
        "h4" => "4h",
        "h6" => "6h",
        "h8" => "8h",
        "h12" => "12h",
        "d1" => "1d",
        other => other,
    }
}

/// The coin of a pair that the record knows, by the exchange's own naming.
fn recorded_pair(files: &FilesWorld, exchange: &str, pair: &str) -> Option<String> {
    let coin = match exchange.to_ascii_lowercase().as_str() {
        "binance" => {
            return files.symbols().contains(&pair).then(|| pair.trim_end_matches("USDT").to_owned());
        }
        "bybit" => pair.strip_suffix("USDT")?,
        "okx" => pair.strip_suffix("-USDT-SWAP")?,
        "gate" | "gate.io" => pair.strip_suffix("_USDT")?,
        "bitget" => pair.strip_suffix("USDT_UMCBL").or_else(|| pair.strip_suffix("USDT"))?,
        "hyperliquid" => pair,
        _ => return None,
    };
    files.coinglass_coins().contains(&coin).then(|| coin.to_owned())
}

/// Rows of the record, if it holds this very thing of this very exchange.
fn recorded(
    ask: &Ask<'_>,
    files: &FilesWorld,
    dataset: Dataset,
    coin: &str,
    exchange: Option<&str>,
    interval: &str,
    window: Window,
) -> Option<Excerpt> {
    let binance = exchange.is_some_and(|exchange| exchange.eq_ignore_ascii_case("binance"));
    let all = exchange.is_some_and(|exchange| exchange.eq_ignore_ascii_case("all"));
    let named = match dataset {
        // Recorded of Binance; the file names do not say so.
        Dataset::Liquidations | Dataset::PairTaker | Dataset::Price => binance.then_some(None),
        // The record does not say which exchanges are in it: it is nobody's own.
        Dataset::CoinTaker | Dataset::SpotCoinTaker => all.then_some(None),
        Dataset::BookDepth => (all && matches!(ask.query.text("range"), None | Some("1"))).then_some(None),
        Dataset::OpenInterest => (ask.query.text("unit") != Some("coin")).then_some(None),
        Dataset::FundingByOpenInterest | Dataset::FundingByVolume => Some(None),
        Dataset::Funding => Some(exchange.map(|name| if name == "Gate.io" { "Gate" } else { name })),
        Dataset::AccountRatio | Dataset::TopAccountRatio | Dataset::TopPositionRatio => Some(exchange),
        Dataset::PairLiquidations | Dataset::PairOpenInterest | Dataset::PairBookDepth => None,
    };
    files.coinglass_rows(dataset, coin, named?, interval, window, ask.now)
}

fn rows(dataset: Dataset, excerpt: &Excerpt) -> Value {
    let quoted = matches!(
        dataset,
        Dataset::Funding
            | Dataset::FundingByVolume
            | Dataset::PairTaker
            | Dataset::PairLiquidations
            | Dataset::PairOpenInterest
            | Dataset::Price
    );
    excerpt
        .rows
        .iter()
        .map(|row| {
            let mut fields = Map::new();
            fields.insert("time".to_owned(), Value::from(row.time_ms));
            for (name, value) in row.figures(&excerpt.columns) {
                let value = if quoted { Value::from(plain(value)) } else { Value::from(value) };
                fields.insert(name.to_owned(), value);
            }
            Value::Object(fields)
        })
        .collect()
}
