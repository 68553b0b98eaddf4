//! Every recording goes through the same door as a live answer.

use std::path::PathBuf;

use bybit::stream::{Frame, parse_frame};
use bybit::{BybitWire, convert};
use domain::{ErrorKind, Interval, Side, UtcMs};
use http::{HeaderMap, StatusCode};
use testkit::recordings::shared;
use upstream::Wire;

use crate::{LATER, pepe};

fn folder() -> Option<PathBuf> {
    shared("data/recordings/bybit")
}

/// Name and body of each recording.
fn recordings() -> Vec<(String, Vec<u8>)> {
    let Some(folder) = folder() else { return Vec::new() };
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_stem().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap())
        })
        .collect()
}

/// The result inside a REST recording.
fn data(name: &str) -> Option<Vec<u8>> {
    let body = std::fs::read(folder()?.join(format!("{name}.json"))).unwrap();
    let range = BybitWire.judge(StatusCode::OK, &HeaderMap::new(), &body).unwrap();
    Some(body.get(range).unwrap().to_vec())
}

#[test]
fn every_answer_is_data_or_the_right_failure() {
    for (name, body) in recordings().iter().filter(|(name, _)| !name.starts_with("ws-")) {
        let status = if name.contains("http403") { StatusCode::FORBIDDEN } else { StatusCode::OK };
        let judged = BybitWire.judge(status, &HeaderMap::new(), body);
        let expected = match name.as_str() {
            "error-1" => Some(ErrorKind::KeyInvalid),
            "error-10001-1" | "error-10001-instruments-info-1" => Some(ErrorKind::NotFound),
            "error-http403-us-1" => Some(ErrorKind::RegionBlocked),
            _ => None,
        };
        assert_eq!(judged.as_ref().err().map(|error| error.kind), expected, "{name}");
        match judged {
            Ok(range) => assert_eq!(body.get(range).unwrap().first(), Some(&b'{'), "{name}"),
            Err(error) => assert!(!error.message.contains("origin_string"), "{name}"),
        }
    }
}

#[test]
fn every_frame_is_what_its_name_says() {
    for (name, body) in recordings().iter().filter(|(name, _)| name.starts_with("ws-")) {
        let frame = parse_frame(std::str::from_utf8(body).unwrap());
        let right = match name.as_str() {
            "ws-allLiquidation-1" => {
                matches!(&frame, Frame::Liquidations(list) if list.len() == 1 && list[0].side == Side::Short)
            }
            "ws-allLiquidation-3" => {
                matches!(&frame, Frame::Liquidations(list) if list.len() == 2 && list[1].side == Side::Long)
            }
            "ws-control-1" | "ws-subscribe-1" | "ws-subscribe-3" => frame == Frame::Ack,
            "ws-error-1" | "ws-subscribe-5" => matches!(frame, Frame::Error(_)),
            "ws-ping-1" => frame == Frame::Pong,
            _ => frame == Frame::Ignored,
        };
        assert!(right, "{name}: {frame:?}");
    }
}

#[test]
fn lists_without_linear_contracts_hold_none() {
    for (name, cursor) in [
        ("instruments-info-1", None),
        ("instruments-info-3", Some("0,500")),
        ("instruments-info-spot-empty-1", None),
    ] {
        let Some(data) = data(name) else { return };
        let page = convert::instruments(&data).unwrap();
        assert!(page.instruments.is_empty(), "{name}");
        assert_eq!(page.cursor.as_deref(), cursor, "{name}: the cursor is decoded once");
    }
}

#[test]
fn candles_close_by_the_clock() {
    let Some(data) = data("kline-1") else { return };
    let list = convert::candles(&data, Interval::H1, UtcMs(1_786_820_637_599)).unwrap();
    assert_eq!((list.len(), list[0].volume, list[0].defect()), (1, 385.721, None));
    assert_eq!(convert::candles(&data, Interval::H1, LATER).unwrap().len(), 2);
}

#[test]
fn open_interest_is_of_one_side_valued_by_the_hours_close() {
    let Some(data) = data("open-interest-1") else { return };
    let mut holdings = convert::holdings(&data, LATER).unwrap();
    holdings.sort_by_key(|holding| holding.at);
    assert_eq!(holdings[1].units, 64_992.054 / 2.0);
    let hours =
        convert::candles(&self::data("kline-1").unwrap(), Interval::H1, UtcMs(1_786_820_637_599)).unwrap();
    let points = convert::priced(&holdings, &hours, &pepe());
    assert_eq!(points.len(), 1, "the earlier hour has no candle");
    assert_eq!(points[0].at, UtcMs(1_786_820_400_000));
    assert_eq!((points[0].coins, points[0].usd), (32_496_027.0, 32_496.027 * 63_027.8));
}

#[test]
fn account_ratios_and_settlements() {
    let Some(ratios) = data("account-ratio-1") else { return };
    let list = convert::account_ratios(&ratios, LATER).unwrap();
    assert_eq!((list.len(), list[0].value), (3, 0.6784 / 0.3216));
    let settlements = convert::settlements(&data("funding-history-1").unwrap(), LATER).unwrap();
    let funding = domain::Settlement::into_funding(settlements, None);
    assert_eq!((funding.len(), funding[1].interval_h, funding[1].rate), (2, 8.0, 0.000_044_03));
}

#[test]
fn tickers_of_the_stream_have_the_rows_of_the_answer() {
    // No answer of the tickers endpoint was recorded; the stream's snapshots carry the same fields.
    for (name, body) in recordings().iter().filter(|(name, _)| name.starts_with("ws-tickers")) {
        let frame: serde_json::Value = serde_json::from_slice(body).unwrap();
        let list = serde_json::json!({"category": "linear", "list": [frame["data"]]}).to_string();
        let tickers = convert::ticker_list(list.as_bytes(), LATER).unwrap();
        match name.as_str() {
            "ws-tickers-11" => assert!(tickers.is_empty(), "a delta without price"),
            "ws-tickers-9" => {
                assert_eq!(tickers[0].open_interest_coins, Some(52_774.528 / 2.0));
                assert_eq!((tickers[0].mark, tickers[0].funding_rate), (Some(28_552.81), Some(0.000_1)));
                assert_eq!(tickers[0].next_funding_at, Some(UtcMs(1_680_681_600_000)));
            }
            _ => assert_eq!(tickers.len(), 1, "{name}"),
        }
    }
}
