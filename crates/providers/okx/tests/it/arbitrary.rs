//! Whatever arrives, nothing panics.

use domain::{Interval, UtcMs};
use http::{HeaderMap, StatusCode};
use okx::stream::parse_frame;
use okx::{OkxWire, convert};
use proptest::prelude::*;
use upstream::Wire;

use crate::btc;

fn read_as_everything(data: &[u8], now: UtcMs) {
    let _ = convert::instruments(data);
    let _ = convert::running(data, now);
    let _ = convert::settlements(data, now);
    let _ = convert::candles(data, Interval::H4, now);
    let _ = convert::ticker_list(data, now);
    let _ = convert::order_book(data, &btc(), now);
    let _ = convert::trades(data, &btc(), now);
    let _ = convert::open_interest_now(data, now);
    let _ = convert::open_interest_history(data, &btc(), now);
    let _ = convert::ratios(data, now);
    let _ = convert::taker_ratios(data, now);
    let _ = convert::liquidations(data);
}

/// A scalar of any kind, often a number of an unusual size.
fn scalar() -> impl Strategy<Value = serde_json::Value> {
    prop_oneof![
        any::<i64>().prop_map(|number| number.to_string().into()),
        any::<f64>().prop_map(|number| number.to_string().into()),
        any::<i64>().prop_map(Into::into),
        ".{0,12}".prop_map(Into::into),
        Just(serde_json::Value::Null),
        Just(serde_json::Value::Bool(true)),
    ]
}

proptest! {
    #[test]
    fn bytes(body in proptest::collection::vec(any::<u8>(), 0..300), status in 100_u16..600) {
        let _ = OkxWire.judge(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), &body);
        read_as_everything(&body, UtcMs(1_786_820_640_000));
        let _ = parse_frame(&String::from_utf8_lossy(&body));
    }

    #[test]
    fn rows_without_names(
        rows in proptest::collection::vec(proptest::collection::vec(scalar(), 0..11), 0..6),
        now in any::<i64>(),
    ) {
        read_as_everything(serde_json::to_string(&rows).unwrap().as_bytes(), UtcMs(now));
    }

    #[test]
    fn rows_with_names(values in proptest::collection::vec(scalar(), 12), now in any::<i64>()) {
        let names = ["instId", "ts", "fundingRate", "fundingTime", "nextFundingTime", "last", "open24h",
            "oiCcy", "oiUsd", "px", "sz", "side"];
        let row: serde_json::Map<String, serde_json::Value> =
            names.iter().map(|name| (*name).to_owned()).zip(values.iter().cloned()).collect();
        read_as_everything(serde_json::to_string(&[row]).unwrap().as_bytes(), UtcMs(now));
        let detail = serde_json::json!({"bkPx": values[0], "side": values[1], "sz": values[2], "ts": values[3]});
        let push = serde_json::json!({"arg": {"channel": "liquidation-orders"}, "data": [{"instId": "X", "details": [detail]}]});
        let _ = parse_frame(&push.to_string());
    }
}
