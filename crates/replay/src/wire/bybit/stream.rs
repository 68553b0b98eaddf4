use std::collections::BTreeSet;

use domain::{SECOND_MS, UtcMs};
use serde_json::{Value, json};

use super::VENUE;
use crate::wire::text::plain;
use crate::world::Ground;
use crate::ws::{Reply, Session};

const CONNECTION: &str = "replay-00000001";

/// One connection to the linear market's socket.
#[derive(Debug)]
pub(crate) struct BybitSession {
    /// Symbols whose forced orders are wanted.
    forced: BTreeSet<String>,
    told_until: UtcMs,
}

pub(crate) fn open(path: &str, now: UtcMs) -> Option<Box<dyn Session>> {
    let session = BybitSession { forced: BTreeSet::new(), told_until: now };
    (path == "/v5/public/linear").then(|| Box::new(session) as Box<dyn Session>)
}

impl Session for BybitSession {
    fn hear(&mut self, ground: &Ground, text: &str, _: UtcMs) -> Vec<Reply> {
        let request: Value = serde_json::from_str(text).unwrap_or(Value::Null);
        let operation = request.get("op").and_then(Value::as_str).unwrap_or_default().to_owned();
        let id = request.get("req_id").cloned();
        let reply = |success: bool, message: String| {
            let mut reply = json!({
                "success": success, "ret_msg": message, "conn_id": CONNECTION, "op": operation,
            });
            if let (Some(fields), Some(id)) = (reply.as_object_mut(), &id) {
                fields.insert("req_id".to_owned(), id.clone());
            }
            vec![Reply::Text(reply.to_string())]
        };
        let topics: Vec<&str> = request
            .get("args")
            .and_then(Value::as_array)
            .map(|topics| topics.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        match operation.as_str() {
            "ping" => reply(true, "pong".to_owned()),
            "subscribe" => {
                let known = |topic: &&str| {
                    topic.rsplit('.').next().is_some_and(|symbol| ground.market().knows(VENUE, symbol))
                };
                if let Some(unknown) = topics.iter().find(|topic| !known(topic)) {
                    return reply(false, format!("error:handler not found,topic:{unknown}"));
                }
                let symbols = topics.iter().filter_map(|topic| topic.strip_prefix("allLiquidation."));
                self.forced.extend(symbols.map(str::to_owned));
                reply(true, String::new())
            }
            "unsubscribe" => {
                for symbol in topics.iter().filter_map(|topic| topic.strip_prefix("allLiquidation.")) {
                    self.forced.remove(symbol);
                }
                reply(true, String::new())
            }
            _ => reply(false, "error:unknown operation".to_owned()),
        }
    }

    fn tick(&mut self, ground: &Ground, now: UtcMs) -> Vec<Reply> {
        let now = now.floor(SECOND_MS);
        if now <= self.told_until {
            return Vec::new();
        }
        let after = std::mem::replace(&mut self.told_until, now);
        let mut frames = Vec::new();
        for symbol in &self.forced {
            let orders = ground.market().forced(VENUE, Some(symbol), after, now);
            if orders.is_empty() {
                continue;
            }
            let rows: Vec<Value> = orders
                .iter()
                .map(|order| {
                    json!({
                        // The position's side, contrary to Binance.
                        "T": order.at_ms, "s": order.symbol, "S": if order.long { "Buy" } else { "Sell" },
                        "v": plain(order.quantity), "p": plain(order.bankruptcy_price),
                    })
                })
                .collect();
            let frame = json!({
                "topic": format!("allLiquidation.{symbol}"), "type": "snapshot", "ts": now.0, "data": rows,
            });
            frames.push(Reply::Text(frame.to_string()));
        }
        frames
    }
}
