//! Whatever arrives, nothing panics.

use bybit::stream::parse_frame;
use bybit::{BybitWire, convert};
use domain::{Interval, UtcMs};
use http::{HeaderMap, StatusCode};
use proptest::prelude::*;
use upstream::Wire;

use crate::pepe;

fn read_as_everything(data: &[u8], now: UtcMs) {
    let _ = convert::instruments(data);
    let _ = convert::settlements(data, now);
    let candles = convert::candles(data, Interval::H1, now).unwrap_or_default();
    let _ = convert::ticker_list(data, now);
    let _ = convert::order_book(data, now);
    let _ = convert::trades(data, now);
    if let Ok(holdings) = convert::holdings(data, now) {
        let _ = convert::priced(&holdings, &candles, &pepe());
    }
    let _ = convert::account_ratios(data, now);
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
        let _ = BybitWire.judge(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), &body);
        read_as_everything(&body, UtcMs(1_786_820_640_000));
        let _ = parse_frame(&String::from_utf8_lossy(&body));
    }

    #[test]
    fn rows_without_names(
        rows in proptest::collection::vec(proptest::collection::vec(scalar(), 0..9), 0..6),
        now in any::<i64>(),
    ) {
        let result = serde_json::json!({"list": rows, "a": rows, "b": rows, "ts": now});
        read_as_everything(result.to_string().as_bytes(), UtcMs(now));
    }

    #[test]
    fn rows_with_names(values in proptest::collection::vec(scalar(), 12), now in any::<i64>()) {
        let names = ["symbol", "timestamp", "fundingRate", "fundingRateTimestamp", "openInterest", "lastPrice",
            "buyRatio", "sellRatio", "price", "size", "time", "nextFundingTime"];
        let mut row: serde_json::Map<String, serde_json::Value> =
            names.iter().map(|name| (*name).to_owned()).zip(values.iter().cloned()).collect();
        row.insert("side".to_owned(), "Buy".into());
        let result = serde_json::json!({"list": [row], "nextPageCursor": values[0]});
        read_as_everything(result.to_string().as_bytes(), UtcMs(now));
        let order = serde_json::json!({"T": values[0], "s": values[1], "S": "Buy", "v": values[2], "p": values[3]});
        let push = serde_json::json!({"topic": "allLiquidation.X", "data": [order]});
        let _ = parse_frame(&push.to_string());
    }
}
