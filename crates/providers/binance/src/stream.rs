//! The liquidation stream. Pure: text in, frames out.
//!
//! Binance pushes at most one order a second per contract, so sums are a lower bound.

use domain::{Liquidation, Side, Venue};
use serde::Deserialize;
use upstream::lenient::{Text, excerpt};

/// Where the streams live.
pub const STREAM_BASE: &str = "wss://fstream.binance.com";

/// What to send to keep the connection alive: nothing, the exchange pings and the transport answers.
pub const KEEP_ALIVE: Option<&str> = None;

/// The address that streams all liquidations, below a base such as [`STREAM_BASE`].
#[must_use]
pub fn stream_url(base: &str) -> String {
    format!("{}/market/stream?streams=!forceOrder@arr", base.trim_end_matches('/'))
}

/// What to send after connecting: nothing, the address names the stream.
#[must_use]
pub const fn subscriptions() -> &'static [&'static str] {
    &[]
}

/// What a message of the stream is.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// Orders of liquidated positions.
    Liquidations(Vec<Liquidation>),
    /// An answer to a control message.
    Ack,
    /// The exchange refuses something.
    Error(String),
    /// Nothing for us: another stream, a COIN-M contract, an order without a fill, noise.
    Ignored,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, default)]
    data: Option<Events<'a>>,
    #[serde(borrow, default, rename = "o")]
    order: Option<Order<'a>>,
    #[serde(borrow, default, rename = "e")]
    event: Text<'a>,
    #[serde(borrow, default, rename = "E")]
    event_time: Text<'a>,
    #[serde(borrow, default)]
    error: Option<Refusal<'a>>,
    #[serde(borrow, default)]
    msg: Text<'a>,
    #[serde(borrow, default)]
    id: Text<'a>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Events<'a> {
    #[serde(borrow)]
    One(Event<'a>),
    #[serde(borrow)]
    Many(Vec<Event<'a>>),
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, default, rename = "e")]
    name: Text<'a>,
    #[serde(borrow, default, rename = "E")]
    sent_at: Text<'a>,
    #[serde(borrow, default, rename = "o")]
    order: Option<Order<'a>>,
}

#[derive(Deserialize)]
struct Refusal<'a> {
    #[serde(borrow, default)]
    msg: Text<'a>,
}

#[derive(Deserialize)]
struct Order<'a> {
    #[serde(borrow, default, rename = "s")]
    symbol: Text<'a>,
    #[serde(borrow, default, rename = "S")]
    side: Text<'a>,
    #[serde(borrow, default, rename = "p")]
    price: Text<'a>,
    #[serde(borrow, default, rename = "ap")]
    average_price: Text<'a>,
    #[serde(borrow, default, rename = "z")]
    filled: Text<'a>,
    #[serde(borrow, default, rename = "T")]
    time: Text<'a>,
    /// 1 is USDⓈ-M, 2 is COIN-M; absent in some captures.
    #[serde(borrow, default, rename = "st")]
    market: Text<'a>,
}

/// Reads one text message.
#[must_use]
pub fn parse_frame(text: &str) -> Frame {
    let Ok(message) = serde_json::from_str::<Message<'_>>(text) else { return Frame::Ignored };
    if let Some(refusal) = &message.error {
        return Frame::Error(excerpt(refusal.msg.as_str()));
    }
    let liquidations: Vec<Liquidation> = match &message.data {
        Some(Events::One(event)) => liquidation_of(event).into_iter().collect(),
        Some(Events::Many(events)) => events.iter().filter_map(liquidation_of).collect(),
        None if message.event.as_str() == "forceOrder" => message
            .order
            .as_ref()
            .and_then(|order| liquidation(order, &message.event_time))
            .into_iter()
            .collect(),
        None if message.msg.value().is_some() => return Frame::Error(excerpt(message.msg.as_str())),
        None if message.id.value().is_some() => return Frame::Ack,
        None => return Frame::Ignored,
    };
    if liquidations.is_empty() { Frame::Ignored } else { Frame::Liquidations(liquidations) }
}

fn liquidation_of(event: &Event<'_>) -> Option<Liquidation> {
    if event.name.as_str() != "forceOrder" {
        return None;
    }
    liquidation(event.order.as_ref()?, &event.sent_at)
}

fn liquidation(order: &Order<'_>, sent_at: &Text<'_>) -> Option<Liquidation> {
    if order.market.as_str() == "2" {
        return None;
    }
    // The order's side: selling closes a long position.
    let side = match order.side.as_str() {
        "SELL" => Side::Long,
        "BUY" => Side::Short,
        _ => return None,
    };
    let positive = |text: &Text<'_>| text.number().filter(|number| *number > 0.0);
    Some(Liquidation {
        venue: Venue::Binance,
        native_symbol: order.symbol.value()?.to_owned(),
        side,
        price: positive(&order.average_price).or_else(|| positive(&order.price))?,
        quantity: positive(&order.filled)?,
        at: order.time.instant().or_else(|| sent_at.instant())?,
    })
}

#[cfg(test)]
mod tests {
    use domain::UtcMs;
    use proptest::prelude::*;

    use super::*;

    const ORDER: &str = r#"{"stream":"!forceOrder@arr","data":{"e":"forceOrder","E":1791565603055,"o":{"s":"BTCUSDT","S":"SELL","o":"LIMIT","f":"IOC","q":"0.190","p":"82338.30","ap":"82651.90","X":"FILLED","l":"0.155","z":"0.190","T":1791565602120,"ps":"BTCUSDT","st":1}}}"#;

    #[test]
    fn a_sell_order_liquidates_a_long_at_the_average_price() {
        let Frame::Liquidations(found) = parse_frame(ORDER) else { panic!("no liquidation") };
        assert_eq!(
            found,
            [Liquidation {
                venue: Venue::Binance,
                native_symbol: "BTCUSDT".into(),
                side: Side::Long,
                price: 82_651.9,
                quantity: 0.19,
                at: UtcMs(1_791_565_602_120),
            }]
        );
    }

    #[test]
    fn coin_margined_and_unfilled_orders_are_dropped() {
        assert_eq!(parse_frame(&ORDER.replace("\"st\":1", "\"st\":2")), Frame::Ignored);
        assert_eq!(parse_frame(&ORDER.replace("\"z\":\"0.190\"", "\"z\":\"0\"")), Frame::Ignored);
        assert!(matches!(parse_frame(&ORDER.replace(",\"st\":1", "")), Frame::Liquidations(_)));
    }

    #[test]
    fn without_an_average_price_the_order_price_stands() {
        let Frame::Liquidations(found) = parse_frame(&ORDER.replace("82651.90", "0")) else { panic!("none") };
        assert_eq!(found.iter().map(|order| order.price).collect::<Vec<_>>(), [82_338.3]);
    }

    #[test]
    fn raw_arrays_answers_and_errors_are_told_apart() {
        let raw = ORDER.replace(r#"{"stream":"!forceOrder@arr","data":"#, "");
        assert!(matches!(parse_frame(&raw[..raw.len() - 1]), Frame::Liquidations(_)));
        let array = ORDER.replace("\"data\":{", "\"data\":[{");
        assert!(matches!(
            parse_frame(&format!("{}]}}", &array[..array.len() - 1])),
            Frame::Liquidations(found) if found.len() == 1
        ));
        assert_eq!(parse_frame(r#"{"result":null,"id":1}"#), Frame::Ack);
        assert_eq!(
            parse_frame(r#"{"error":{"code":4,"msg":"Too many subscriptions"}}"#),
            Frame::Error("Too many subscriptions".into())
        );
        assert_eq!(parse_frame(r#"{"stream":"x","data":{"e":"kline"}}"#), Frame::Ignored);
        assert_eq!(parse_frame("ping"), Frame::Ignored);
    }

    #[test]
    fn the_address_is_below_any_base() {
        assert_eq!(stream_url("ws://127.0.0.1:9/"), "ws://127.0.0.1:9/market/stream?streams=!forceOrder@arr");
    }

    proptest! {
        #[test]
        fn any_text_is_a_frame(text in "\\PC{0,200}|\\{\"data\":\\PC{0,60}\\}") {
            let _ = parse_frame(&text);
        }
    }
}
