use domain::{SECOND_MS, UtcMs, Venue};
use serde_json::{Value, json};

use crate::world::Ground;
use crate::ws::{Reply, Session};

/// One connection; only forced orders are told.
#[derive(Debug)]
pub(crate) struct CoinglassSession {
    /// The channel's name as subscribed: of the older or the newer spelling.
    forced: Option<String>,
    told_until: UtcMs,
}

pub(crate) fn open(path: &str, now: UtcMs) -> Option<Box<dyn Session>> {
    let session = CoinglassSession { forced: None, told_until: now };
    (path == "/ws-api").then(|| Box::new(session) as Box<dyn Session>)
}

impl Session for CoinglassSession {
    fn hear(&mut self, _: &Ground, text: &str, _: UtcMs) -> Vec<Reply> {
        if text == "ping" {
            return vec![Reply::Text("pong".to_owned())];
        }
        let request: Value = serde_json::from_str(text).unwrap_or(Value::Null);
        let channels = request.get("channels").and_then(Value::as_array);
        let channel = channels
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .find(|channel| matches!(*channel, "liquidationOrders" | "liquidation_orders"));
        match request.get("method").and_then(Value::as_str) {
            Some("subscribe") if channel.is_some() => self.forced = channel.map(str::to_owned),
            Some("unsubscribe") if channel.is_some() => self.forced = None,
            _ => {}
        }
        // No acknowledgement is documented.
        Vec::new()
    }

    fn tick(&mut self, ground: &Ground, now: UtcMs) -> Vec<Reply> {
        let now = now.floor(SECOND_MS);
        if now <= self.told_until {
            return Vec::new();
        }
        let after = std::mem::replace(&mut self.told_until, now);
        let (Some(channel), Ground::Simulated(sim)) = (&self.forced, ground) else { return Vec::new() };
        let older = channel == "liquidationOrders";
        let mut events = Vec::new();
        for (venue, name) in [(Venue::Binance, "Binance"), (Venue::Okx, "OKX"), (Venue::Bybit, "Bybit")] {
            for order in ground.market().forced(venue, None, after, now) {
                let Some(coin) = sim.roster().by_symbol(venue, &order.symbol) else { continue };
                let side = if order.long { 1 } else { 2 };
                events.push(if older {
                    json!({
                        "baseAsset": coin.ticker, "exName": name, "price": order.price, "side": side,
                        "symbol": order.symbol, "time": order.at_ms, "volUsd": order.usd,
                    })
                } else {
                    json!({
                        "base_asset": coin.ticker, "exchange": name, "price": order.price, "side": side,
                        "symbol": order.symbol, "time": order.at_ms, "volume_usd": order.usd,
                    })
                });
            }
        }
        if events.is_empty() {
            return Vec::new();
        }
        vec![Reply::Text(json!({"channel": channel, "data": events}).to_string())]
    }
}
