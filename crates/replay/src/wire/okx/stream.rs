use domain::{SECOND_MS, UtcMs};
use serde_json::{Value, json};

use super::VENUE;
use crate::wire::text::plain;
use crate::world::{Forced, Ground};
use crate::ws::{Reply, Session};

const CONNECTION: &str = "00000001";

/// One connection to the public or the business socket.
#[derive(Debug)]
pub(crate) struct OkxSession {
    business: bool,
    forced: bool,
    told_until: UtcMs,
}

pub(crate) fn open(path: &str, now: UtcMs) -> Option<Box<dyn Session>> {
    let business = match path {
        "/ws/v5/public" => false,
        "/ws/v5/business" => true,
        _ => return None,
    };
    Some(Box::new(OkxSession { business, forced: false, told_until: now }))
}

/// A forced order as REST and socket write it.
pub(super) fn detail(order: &Forced) -> Value {
    json!({
        "bkLoss": "0", "bkPx": plain(order.bankruptcy_price), "ccy": "",
        "posSide": if order.long { "long" } else { "short" }, "side": if order.long { "sell" } else { "buy" },
        "sz": plain(order.quantity), "ts": order.at_ms.to_string(),
    })
}

impl OkxSession {
    /// The answer to one argument of a subscription.
    fn subscribe(&mut self, ground: &Ground, argument: &Value, on: bool) -> Reply {
        let text = |name| argument.get(name).and_then(Value::as_str);
        let channel = text("channel").unwrap_or_default();
        let is_business = channel.starts_with("candle") || channel.starts_with("mark-price-candle");
        let known = match text("instId") {
            Some(id) => ground.market().knows(VENUE, id),
            None => text("instType").is_some(),
        };
        let problem = if channel.is_empty() || !known {
            let id = text("instId").unwrap_or_default();
            Some((
                "60018",
                format!(
                    "Wrong URL or channel:{channel}, instId:{id} doesn't exist. Please use the correct URL, \
                 channel and parameters referring to API document."
                ),
            ))
        } else if is_business != self.business {
            Some(("60018", format!("Wrong URL or channel:{channel} doesn't exist.")))
        } else {
            None
        };
        if let Some((code, msg)) = problem {
            return Reply::Text(
                json!({"event": "error", "msg": msg, "code": code, "connId": CONNECTION}).to_string(),
            );
        }
        if channel == "liquidation-orders" && text("instType") == Some("SWAP") {
            self.forced = on;
        }
        let event = if on { "subscribe" } else { "unsubscribe" };
        Reply::Text(json!({"event": event, "arg": argument, "connId": CONNECTION}).to_string())
    }
}

impl Session for OkxSession {
    fn hear(&mut self, ground: &Ground, text: &str, _: UtcMs) -> Vec<Reply> {
        if text == "ping" {
            return vec![Reply::Text("pong".to_owned())];
        }
        let request: Value = serde_json::from_str(text).unwrap_or(Value::Null);
        let on = match request.get("op").and_then(Value::as_str) {
            Some("subscribe") => true,
            Some("unsubscribe") => false,
            _ => {
                let error = json!({
                    "event": "error", "msg": "Invalid request", "code": "60012", "connId": CONNECTION,
                });
                return vec![Reply::Text(error.to_string())];
            }
        };
        let arguments = request.get("args").and_then(Value::as_array).cloned().unwrap_or_default();
        arguments.iter().map(|argument| self.subscribe(ground, argument, on)).collect()
    }

    fn tick(&mut self, ground: &Ground, now: UtcMs) -> Vec<Reply> {
        let now = now.floor(SECOND_MS);
        if now <= self.told_until {
            return Vec::new();
        }
        let after = std::mem::replace(&mut self.told_until, now);
        if !self.forced {
            return Vec::new();
        }
        ground
            .market()
            .forced(VENUE, None, after, now)
            .iter()
            .map(|order| {
                let family = order.symbol.trim_end_matches("-SWAP");
                Reply::Text(
                    json!({
                        "arg": {"channel": "liquidation-orders", "instType": "SWAP"},
                        "data": [{
                            "details": [detail(order)], "instFamily": family, "instId": order.symbol,
                            "instType": "SWAP", "uly": family,
                        }],
                    })
                    .to_string(),
                )
            })
            .collect()
    }
}
