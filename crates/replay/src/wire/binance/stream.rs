use std::collections::BTreeSet;

use domain::{SECOND_MS, UtcMs};
use serde_json::{Value, json};

use super::VENUE;
use crate::query::Query;
use crate::wire::text::{interval_ms, plain, plain_or_empty};
use crate::world::{Bar, Forced, Ground, Premium, Window};
use crate::ws::{Reply, Session};

/// Streams that one connection may have.
const MOST_STREAMS: usize = 1_024;

/// One connection to `…/ws` (raw payloads) or `…/stream` (wrapped ones).
#[derive(Debug)]
pub(crate) struct BinanceSession {
    wrapped: bool,
    streams: BTreeSet<String>,
    told_until: UtcMs,
}

/// The session of a path, if there is a socket at it.
pub(crate) fn open(path: &str, query: &Query, now: UtcMs) -> Option<Box<dyn Session>> {
    let path =
        ["/public", "/market", "/private"].iter().find_map(|group| path.strip_prefix(group)).unwrap_or(path);
    let (wrapped, streams) = match path.strip_prefix("/ws") {
        Some(streams) => (false, streams.trim_start_matches('/').to_owned()),
        None if path == "/stream" => (true, query.text("streams").unwrap_or_default().to_owned()),
        None => return None,
    };
    let streams = streams.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    Some(Box::new(BinanceSession { wrapped, streams, told_until: now }))
}

impl BinanceSession {
    fn frame(&self, stream: &str, data: &Value) -> Reply {
        let text =
            if self.wrapped { json!({"stream": stream, "data": data}).to_string() } else { data.to_string() };
        Reply::Text(text)
    }
}

impl Session for BinanceSession {
    fn hear(&mut self, _: &Ground, text: &str, _: UtcMs) -> Vec<Reply> {
        let Ok(request) = serde_json::from_str::<Value>(text) else {
            return vec![Reply::Text(json!({"error": {"code": 3, "msg": "Invalid JSON"}}).to_string())];
        };
        let id = request.get("id").cloned().unwrap_or(Value::Null);
        let names: Vec<String> = request
            .get("params")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect())
            .unwrap_or_default();
        let result = match request.get("method").and_then(Value::as_str) {
            Some("SUBSCRIBE") => {
                if self.streams.len() + names.len() > MOST_STREAMS {
                    let error = json!({"error": {"code": 4, "msg": "Too many subscriptions"}});
                    return vec![Reply::Text(error.to_string()), Reply::Close(1008, "Invalid request")];
                }
                self.streams.extend(names);
                Value::Null
            }
            Some("UNSUBSCRIBE") => {
                self.streams.retain(|known| !names.contains(known));
                Value::Null
            }
            Some("LIST_SUBSCRIPTIONS") => json!(self.streams),
            _ => {
                let error = json!({"error": {"code": 2, "msg": "Invalid request: unknown method"}, "id": id});
                return vec![Reply::Text(error.to_string())];
            }
        };
        // A name that does not exist is taken all the same, and stays silent.
        vec![Reply::Text(json!({"result": result, "id": id}).to_string())]
    }

    fn tick(&mut self, ground: &Ground, now: UtcMs) -> Vec<Reply> {
        let now = now.floor(SECOND_MS);
        if now <= self.told_until {
            return Vec::new();
        }
        let after = std::mem::replace(&mut self.told_until, now);
        let market = ground.market();
        let mut frames = Vec::new();
        for stream in &self.streams {
            let mut tell = |data: Value| frames.push(self.frame(stream, &data));
            match stream.as_str() {
                "!forceOrder@arr" => {
                    market.forced(VENUE, None, after, now).iter().map(forced_order).for_each(tell);
                }
                "!markPrice@arr" | "!markPrice@arr@1s" => {
                    let all = market.premiums(VENUE, now);
                    if !all.is_empty() {
                        tell(all.iter().map(|(symbol, premium)| mark_price(symbol, premium, now)).collect());
                    }
                }
                name => {
                    let Some((symbol, kind)) = name.split_once('@') else { continue };
                    let symbol = symbol.to_ascii_uppercase();
                    if kind == "forceOrder" {
                        let orders = market.forced(VENUE, Some(&symbol), after, now);
                        orders.iter().map(forced_order).for_each(tell);
                    } else if kind == "aggTrade" {
                        let fills = market.fills(VENUE, &symbol, 1_000, now).unwrap_or_default();
                        let new = fills.iter().filter(|fill| fill.at_ms >= after.0 && fill.at_ms < now.0);
                        for fill in new {
                            tell(json!({
                                "e": "aggTrade", "E": fill.at_ms, "s": symbol, "a": fill.id,
                                "p": plain(fill.price), "q": plain(fill.quantity), "nq": plain(fill.quantity),
                                "f": fill.id, "l": fill.id, "T": fill.at_ms, "m": fill.buyer_is_maker, "st": 1,
                            }));
                        }
                    } else if kind == "markPrice" || kind == "markPrice@1s" {
                        if let Ok(premium) = market.premium(VENUE, &symbol, now) {
                            tell(mark_price(&symbol, &premium, now));
                        }
                    } else if let Some(interval) = kind.strip_prefix("kline_")
                        && let Some(step) = interval_ms(interval)
                    {
                        // The last closed bar is told once, as the bar that has just ended.
                        let ended = after.floor(step) != now.floor(step);
                        let window = Window::newest(if ended { 2 } else { 1 });
                        let bars = market.bars(VENUE, &symbol, step, window, now).unwrap_or_default();
                        for bar in bars.iter().filter(|bar| bar.trades.is_some()) {
                            tell(kline(&symbol, interval, bar, now));
                        }
                    }
                }
            }
        }
        frames
    }
}

fn forced_order(order: &Forced) -> Value {
    let quantity = plain(order.quantity);
    json!({
        "e": "forceOrder", "E": (order.at_ms / SECOND_MS + 1) * SECOND_MS,
        "o": {
            // The order's side: a long is closed by selling.
            "s": order.symbol, "S": if order.long { "SELL" } else { "BUY" }, "o": "LIMIT", "f": "IOC",
            "q": quantity, "p": plain(order.bankruptcy_price), "ap": plain(order.price), "X": "FILLED",
            "l": quantity, "z": quantity, "T": order.at_ms, "ps": order.symbol, "st": 1,
        },
    })
}

fn mark_price(symbol: &str, premium: &Premium, now: UtcMs) -> Value {
    json!({
        "e": "markPriceUpdate", "E": now.0, "s": symbol, "p": plain(premium.mark), "ap": plain(premium.mark),
        "P": plain(premium.index), "i": plain(premium.index), "r": format!("{:.8}", premium.running_rate),
        "T": premium.next_ms, "st": 1,
    })
}

fn kline(symbol: &str, interval: &str, bar: &Bar, now: UtcMs) -> Value {
    json!({
        "e": "kline", "E": now.0, "s": symbol,
        "k": {
            "t": bar.open_ms, "T": bar.end_ms - 1, "s": symbol, "i": interval, "f": -1, "L": -1,
            "o": plain(bar.open), "c": plain(bar.close), "h": plain(bar.high), "l": plain(bar.low),
            "v": plain(bar.volume), "n": bar.trades, "x": bar.end_ms <= now.0,
            "q": plain_or_empty(bar.quote_volume), "V": plain_or_empty(bar.taker_buy),
            "Q": plain_or_empty(bar.taker_buy_quote), "B": "0",
        },
    })
}
