//! The public WebSocket's liquidation topics: what to send, and what a frame is. Every liquidation is pushed,
//! twice a second. There is no topic for all contracts: each is subscribed by name.

use domain::{Liquidation, Side, Venue};
use serde::Deserialize;
use upstream::lenient::{Text, excerpt};

/// Where the topics of linear contracts are served.
pub const STREAM_URL: &str = "wss://stream.bybit.com/v5/public/linear";
/// What to send every [`KEEP_ALIVE_S`].
pub const KEEP_ALIVE: &str = r#"{"op":"ping"}"#;
/// Seconds between keep-alives.
pub const KEEP_ALIVE_S: u64 = 20;
/// Most characters of topics on one connection; the exchange's bound is put at 21,000.
const MOST_ARGS_CHARS: usize = 20_000;

/// A frame of the stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// Liquidations, ascending.
    Liquidations(Vec<Liquidation>),
    /// A subscription was accepted.
    Ack,
    /// The exchange asks whether we live.
    Ping,
    /// The answer to our keep-alive.
    Pong,
    /// A refusal, or a frame that cannot be read.
    Error(String),
    /// Another topic.
    Ignored,
}

/// Messages that subscribe to the liquidations of these contracts. The bound on topics holds for a
/// connection, so each message is for a connection of its own; one carries some 700 contracts.
#[must_use]
pub fn subscriptions(native_symbols: &[String]) -> Vec<String> {
    let mut messages = Vec::new();
    let mut topics: Vec<String> = Vec::new();
    let mut length = 0;
    for symbol in native_symbols {
        let topic = format!("allLiquidation.{symbol}");
        // Two quotes and a comma.
        let added = topic.chars().count() + 3;
        if length + added > MOST_ARGS_CHARS && !topics.is_empty() {
            messages.push(message(&topics));
            topics.clear();
            length = 0;
        }
        length += added;
        topics.push(topic);
    }
    if !topics.is_empty() {
        messages.push(message(&topics));
    }
    messages
}

/// The contract that a refusal names: the exchange does not stream it.
#[must_use]
pub fn refused_contract(refusal: &str) -> Option<String> {
    let (_, rest) = refusal.split_once("topic:allLiquidation.")?;
    let name = rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

fn message(topics: &[String]) -> String {
    serde_json::json!({"op": "subscribe", "args": topics}).to_string()
}

#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow, default)]
    topic: Text<'a>,
    #[serde(borrow, default)]
    op: Text<'a>,
    #[serde(default)]
    success: Option<bool>,
    #[serde(borrow, default)]
    ret_msg: Text<'a>,
}

#[derive(Deserialize)]
struct Push<'a> {
    #[serde(borrow)]
    data: Vec<Row<'a>>,
}

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow, rename = "T", default)]
    time: Text<'a>,
    #[serde(borrow, rename = "s", default)]
    symbol: Text<'a>,
    /// The side of the **position**: `Buy` is a long. Binance's letters are the order's and mean the contrary.
    #[serde(borrow, rename = "S", default)]
    position: Text<'a>,
    #[serde(borrow, rename = "v", default)]
    size: Text<'a>,
    #[serde(borrow, rename = "p", default)]
    bankruptcy_price: Text<'a>,
}

/// What a text frame is.
#[must_use]
pub fn parse_frame(text: &str) -> Frame {
    let Ok(raw) = serde_json::from_str::<Raw<'_>>(text) else {
        return Frame::Error("Bybit's stream sent a frame that is no JSON object".to_owned());
    };
    if raw.topic.as_str().starts_with("allLiquidation.") {
        return match serde_json::from_str::<Push<'_>>(text) {
            Ok(push) => Frame::Liquidations(liquidations(&push.data)),
            Err(fault) => Frame::Error(format!("Bybit's liquidations cannot be read: {fault}")),
        };
    }
    match (raw.success, raw.op.as_str(), raw.ret_msg.as_str()) {
        (Some(false), _, said) => Frame::Error(excerpt(said)),
        (_, "ping", "pong") | (_, "pong", _) => Frame::Pong,
        (_, "ping", _) => Frame::Ping,
        (Some(true), "subscribe", _) => Frame::Ack,
        _ => Frame::Ignored,
    }
}

fn liquidations(rows: &[Row<'_>]) -> Vec<Liquidation> {
    let one = |row: &Row<'_>| {
        let side = match row.position.as_str() {
            "Buy" => Side::Long,
            "Sell" => Side::Short,
            _ => return None,
        };
        Some(Liquidation {
            venue: Venue::Bybit,
            native_symbol: row.symbol.value()?.to_owned(),
            side,
            price: row.bankruptcy_price.number().filter(|price| *price > 0.0)?,
            quantity: row.size.number().filter(|size| *size > 0.0)?,
            at: row.time.instant()?,
        })
    };
    let mut list: Vec<Liquidation> = rows.iter().filter_map(one).collect();
    list.sort_by_key(|liquidation| liquidation.at);
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_letter_is_the_positions() {
        let frame = r#"{"topic":"allLiquidation.BTCUSDT","type":"snapshot","ts":1791565601482,"data":[
            {"T":1791565600992,"s":"BTCUSDT","S":"Buy","v":"0.006","p":"82396.90"},
            {"T":1791565600991,"s":"BTCUSDT","S":"Sell","v":"0.1","p":"82000"},
            {"T":1791565600991,"s":"BTCUSDT","S":"","v":"0.1","p":"82000"}]}"#;
        let Frame::Liquidations(list) = parse_frame(frame) else { panic!("not read") };
        let sides: Vec<Side> = list.iter().map(|order| order.side).collect();
        assert_eq!(sides, [Side::Short, Side::Long]);
    }

    #[test]
    fn control_frames() {
        assert_eq!(parse_frame(r#"{"success":true,"ret_msg":"pong","op":"ping"}"#), Frame::Pong);
        assert_eq!(parse_frame(r#"{"success":true,"ret_msg":"","op":"subscribe"}"#), Frame::Ack);
        assert_eq!(
            parse_frame(r#"{"success":false,"ret_msg":"args size >10","op":"subscribe"}"#),
            Frame::Error("args size >10".to_owned())
        );
        let named = refused_contract("error:handler not found,topic:allLiquidation.NOPEUSDT");
        assert_eq!(named.as_deref(), Some("NOPEUSDT"));
        assert_eq!(refused_contract("error:handler not found,topic:orderbook.50.NOPEUSDT"), None);
        assert!(matches!(parse_frame("x"), Frame::Error(_)));
        assert_eq!(parse_frame(r#"{"topic":"tickers.BTCUSDT","data":{}}"#), Frame::Ignored);
    }

    #[test]
    fn subscriptions_stay_below_the_bound_and_name_everyone() {
        let symbols: Vec<String> = (0..1_500).map(|number| format!("COIN{number:04}USDT")).collect();
        let messages = subscriptions(&symbols);
        assert_eq!(messages.len(), 3);
        assert!(messages.iter().all(|message| message.len() < 20_100));
        for symbol in &symbols {
            let topic = format!("\"allLiquidation.{symbol}\"");
            assert_eq!(messages.iter().filter(|message| message.contains(&topic)).count(), 1);
        }
        assert!(subscriptions(&[]).is_empty());
    }
}
