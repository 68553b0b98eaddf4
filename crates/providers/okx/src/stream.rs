//! The public WebSocket's liquidation channel: what to send, and what a frame is. At most one order per
//! contract and second is pushed, so sums over it are a lower bound.

use domain::Liquidation;
use serde::Deserialize;
use upstream::lenient::{Text, excerpt};

use crate::convert::liquidations::from_rows;
use crate::rows::LiquidationRow;

/// Where the public channels are served.
pub const STREAM_URL: &str = "wss://ws.okx.com:8443/ws/v5/public";
/// What to send when nothing was heard for [`KEEP_ALIVE_S`]: plain text, no JSON.
pub const KEEP_ALIVE: &str = "ping";
/// Seconds of silence after which to send [`KEEP_ALIVE`]; the exchange cuts after 30.
pub const KEEP_ALIVE_S: u64 = 20;

/// A frame of the stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// Orders of one or several contracts, of any linear or inverse swap.
    Liquidations(Vec<Liquidation>),
    /// A subscription was accepted.
    Ack,
    /// The exchange asks whether we live: answer with the text `pong`.
    Ping,
    /// The answer to our keep-alive.
    Pong,
    /// A refusal, or a frame that cannot be read.
    Error(String),
    /// The connection will be closed soon: connect again.
    Notice(String),
    /// Another channel or event.
    Ignored,
}

/// The message that subscribes to the liquidations of every swap.
#[must_use]
pub fn subscriptions() -> Vec<String> {
    vec![r#"{"op":"subscribe","args":[{"channel":"liquidation-orders","instType":"SWAP"}]}"#.to_owned()]
}

#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow, default)]
    event: Text<'a>,
    #[serde(borrow, default)]
    code: Text<'a>,
    #[serde(borrow, default)]
    msg: Text<'a>,
    #[serde(borrow, default)]
    arg: Option<Arg<'a>>,
}

#[derive(Deserialize)]
struct Arg<'a> {
    #[serde(borrow, default)]
    channel: Text<'a>,
}

#[derive(Deserialize)]
struct Push<'a> {
    #[serde(borrow)]
    data: Vec<LiquidationRow<'a>>,
}

/// What a text frame is.
#[must_use]
pub fn parse_frame(text: &str) -> Frame {
    match text.trim() {
        "pong" => return Frame::Pong,
        "ping" => return Frame::Ping,
        _ => {}
    }
    let Ok(raw) = serde_json::from_str::<Raw<'_>>(text) else {
        return Frame::Error("OKX's stream sent a frame that is no JSON object".to_owned());
    };
    match raw.event.as_str() {
        "" => {}
        "subscribe" => return Frame::Ack,
        event @ ("error" | "notice") => {
            let said = format!("{} {}", raw.code.as_str(), excerpt(raw.msg.as_str()));
            return if event == "error" { Frame::Error(said) } else { Frame::Notice(said) };
        }
        _ => return Frame::Ignored,
    }
    if raw.arg.is_none_or(|arg| arg.channel.as_str() != "liquidation-orders") {
        return Frame::Ignored;
    }
    match serde_json::from_str::<Push<'_>>(text) {
        Ok(push) => Frame::Liquidations(from_rows(&push.data)),
        Err(fault) => Frame::Error(format!("OKX's liquidations cannot be read: {fault}")),
    }
}

#[cfg(test)]
mod tests {
    use domain::Side;

    use super::*;

    #[test]
    fn text_keep_alives_are_told_before_json() {
        assert_eq!(parse_frame("pong"), Frame::Pong);
        assert_eq!(parse_frame("ping\n"), Frame::Ping);
        assert!(matches!(parse_frame("rubbish"), Frame::Error(_)));
    }

    #[test]
    fn a_sold_position_was_long() {
        let frame = r#"{"arg":{"channel":"liquidation-orders","instType":"SWAP"},"data":[{"details":[
            {"bkLoss":"0","bkPx":"82655.7","ccy":"","posSide":"long","side":"sell","sz":"8.55","ts":"1791565600771"}],
            "instFamily":"BTC-USDT","instId":"BTC-USDT-SWAP","instType":"SWAP","uly":"BTC-USDT"}]}"#;
        let Frame::Liquidations(list) = parse_frame(frame) else { panic!("not read") };
        assert_eq!((list[0].side, list[0].quantity, list[0].price), (Side::Long, 8.55, 82_655.7));
    }

    #[test]
    fn refusals_and_notices_are_told_apart_and_the_rest_is_ignored() {
        assert_eq!(
            parse_frame(r#"{"event":"error","msg":"Wrong URL","code":"60018"}"#),
            Frame::Error("60018 Wrong URL".to_owned())
        );
        assert_eq!(
            parse_frame(r#"{"event":"notice","code":"64008","msg":"x"}"#),
            Frame::Notice("64008 x".to_owned())
        );
        assert_eq!(parse_frame(r#"{"event":"channel-conn-count","connCount":"1"}"#), Frame::Ignored);
        assert_eq!(parse_frame(r#"{"arg":{"channel":"tickers"},"data":[{}]}"#), Frame::Ignored);
        assert_eq!(parse_frame("{}"), Frame::Ignored);
    }
}
