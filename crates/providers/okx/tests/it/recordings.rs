//! Every recording goes through the same door as a live answer.

use std::collections::HashMap;
use std::io::Read as _;

use domain::{Class, ErrorKind, Interval, Side, Status, UtcMs};
use http::{HeaderMap, StatusCode};
use okx::stream::{Frame, parse_frame};
use okx::{OkxWire, convert};
use testkit::recordings::shared;
use upstream::Wire;

use crate::{LATER, btc};

/// Name and body of each recording.
fn recordings() -> Vec<(String, Vec<u8>)> {
    let Some(folder) = shared("data/recordings/okx") else { return Vec::new() };
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_stem().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap())
        })
        .collect()
}

fn status_of(name: &str) -> StatusCode {
    let code = ["http400", "http404", "http429"].into_iter().find(|code| name.contains(code));
    code.map_or(StatusCode::OK, |code| code.strip_prefix("http").unwrap().parse().unwrap())
}

/// The data of a REST recording.
fn data(name: &str) -> Option<Vec<u8>> {
    let body = std::fs::read(shared("data/recordings/okx")?.join(format!("{name}.json"))).unwrap();
    let range = OkxWire.judge(StatusCode::OK, &HeaderMap::new(), &body).unwrap();
    Some(body.get(range).unwrap().to_vec())
}

/// The data of a gzipped answer beside the recordings.
fn listed(name: &str) -> Option<Vec<u8>> {
    let file = std::fs::File::open(shared("data/exchange_info")?.join(name)).unwrap();
    let mut body = Vec::new();
    flate2::read::GzDecoder::new(file).read_to_end(&mut body).unwrap();
    let range = OkxWire.judge(StatusCode::OK, &HeaderMap::new(), &body).unwrap();
    Some(body.get(range).unwrap().to_vec())
}

#[test]
fn every_answer_is_data_or_the_right_failure() {
    for (name, body) in recordings().iter().filter(|(name, _)| !name.starts_with("ws-")) {
        let judged = OkxWire.judge(status_of(name), &HeaderMap::new(), body).map_err(|error| error.kind);
        let expected = match name.as_str() {
            "error-http200-51001-1" | "error-http404-okj-1" => Some(ErrorKind::NotFound),
            "error-http400-50014-okj-1" => Some(ErrorKind::BadRequest),
            "error-http429-50011-1" => Some(ErrorKind::RateLimited),
            "mark_price-1" => Some(ErrorKind::Malformed),
            _ => None,
        };
        assert_eq!(judged.as_ref().err().copied(), expected, "{name}");
        if let Ok(range) = judged {
            let data = body.get(range).unwrap();
            assert!(matches!(data.first(), Some(b'[' | b'{')), "{name}");
            serde_json::from_slice::<&serde_json::value::RawValue>(data).unwrap();
        }
    }
}

#[test]
fn every_frame_is_what_its_name_says() {
    for (name, body) in recordings().iter().filter(|(name, _)| name.starts_with("ws-")) {
        let frame = parse_frame(std::str::from_utf8(body).unwrap());
        let right = match name.as_str() {
            "ws-error-1" => matches!(frame, Frame::Error(_)),
            "ws-notice-1" => matches!(frame, Frame::Notice(_)),
            "ws-trades-7" => frame == Frame::Ack,
            _ if name.contains("subscribe") => frame == Frame::Ack,
            _ if name.contains("liquidation-orders") => {
                matches!(&frame, Frame::Liquidations(list) if list.len() == 1 && list[0].side == Side::Short)
            }
            _ => frame == Frame::Ignored,
        };
        assert!(right, "{name}: {frame:?}");
    }
}

#[test]
fn the_list_of_april_2026_holds_the_usdt_swaps() {
    let Some(data) = listed("okx_burakoner_get-instruments-swap.json.gz") else { return };
    let list = convert::instruments(&data).unwrap();
    assert_eq!(list.len(), 292, "293 linear USDT swaps, one of them a test");
    assert!(list.iter().all(|contract| contract.status == Status::Trading && contract.multiplier == 1));
    let by_name: HashMap<&str, _> = list.iter().map(|it| (it.native_symbol.as_str(), it)).collect();
    let size = |name: &str| by_name[name].contract_size.to_string();
    assert_eq!(size("BTC-USDT-SWAP"), "0.01");
    assert_eq!(size("PEPE-USDT-SWAP"), "10000000");
    assert_eq!(by_name["1INCH-USDT-SWAP"].base.0, "1INCH");
    assert_eq!(by_name["XAU-USDT-SWAP"].class, Class::TradFi);
    assert_eq!(by_name["BTC-USDT-SWAP"].onboard_at, Some(UtcMs(1_573_557_408_000)));
    let coins = list.iter().filter(|contract| contract.class == Class::Crypto).count();
    assert_eq!(coins, 259, "277 of category 1, without 15 inverse and 3 margined in USD");
}

#[test]
fn a_list_of_2022_still_reads() {
    let Some(data) = data("instruments-swap-1") else { return };
    let list = convert::instruments(&data).unwrap();
    assert_eq!(list.len(), 126);
    assert!(list.iter().all(|contract| contract.class == Class::Crypto));
}

#[test]
fn funding_of_all_swaps_with_their_own_intervals() {
    for data in [listed("okx_burakoner_get-funding-rate-any.json.gz"), data("funding-rate-1")] {
        let Some(data) = data else { return };
        let list = convert::running(&data, LATER).unwrap();
        assert_eq!(list.len(), 322);
        let count = |hours: f64| list.iter().filter(|(_, funding)| funding.interval_h == hours).count();
        assert_eq!((count(4.0), count(8.0), count(2.0)), (181, 140, 1));
        let (_, btc) = list.iter().find(|(symbol, _)| symbol == "BTC-USDT-SWAP").unwrap();
        assert_eq!((btc.rate, btc.at), (-0.000_076_807_186_502_9, UtcMs(1_777_284_964_493)));
        assert_eq!(btc.next_at, Some(UtcMs(1_777_305_600_000)));
    }
}

#[test]
fn settled_funding_is_the_rate_charged() {
    let Some(data) = data("funding-rate-history-1") else { return };
    let settlements = convert::settlements(&data, LATER).unwrap();
    let list = domain::Settlement::into_funding(settlements, None);
    assert_eq!(list.len(), 5);
    assert!(list.iter().all(|funding| funding.interval_h == 8.0 && !funding.running));
    assert_eq!(list.last().unwrap().rate, -0.000_114_351_567_723_7);
    let before = convert::settlements(&data, UtcMs(1_777_248_000_000)).unwrap();
    assert_eq!(before.len(), 4, "what is charged later is not known yet");
}

#[test]
fn candles_count_coins() {
    let Some(data) = data("candles-1") else { return };
    let list = convert::candles(&data, Interval::H1, LATER).unwrap();
    assert_eq!(list.len(), 1, "the running bar is left out");
    assert_eq!((list[0].volume, list[0].quote_volume), (321.0118, Some(20_234_523.144_48)));
    assert_eq!(list[0].defect(), None);
}

#[test]
fn tickers_books_and_trades() {
    let Some(ticker) = data("ticker-1") else { return };
    let list = convert::ticker_list(&ticker, LATER).unwrap();
    assert_eq!((list[0].last, list[0].at), (83_789.7, UtcMs(1_790_322_078_168)));
    assert!((list[0].quote_volume_24h.unwrap() - 90_477.200_8 * 83_789.7).abs() < 1.0);
    assert!((list[0].change_24h_pct.unwrap() + 0.711_34).abs() < 1e-4);

    let book = convert::order_book(&data("books-1").unwrap(), &btc(), LATER).unwrap();
    assert_eq!((book.asks[0].price, book.bids[0].price), (29_671.3, 29_671.2));
    assert!((book.bids[0].quantity - 7.59).abs() < 1e-9, "759 contracts of 0.01 BTC");
}

#[test]
fn open_interest_is_in_coins_without_float_noise() {
    let Some(history) = data("rubik-open-interest-history-1") else { return };
    let list = convert::open_interest_history(&history, &btc(), LATER).unwrap();
    assert_eq!(list.len(), 5);
    let newest = list.iter().max_by_key(|point| point.at).unwrap();
    assert_eq!((newest.coins, newest.at), (33_090.204, UtcMs(1_777_219_200_000)));
    assert!((newest.usd - 2_580_910_169.224_815).abs() < 0.01);

    let now = convert::open_interest_now(&data("open-interest-3").unwrap(), LATER).unwrap();
    assert_eq!(now[0].0, "BTC-USDT-SWAP");
    assert!((now[0].1.coins - 33_010.056_6).abs() < 1e-6);
    assert!(convert::open_interest_now(&data("open-interest-1").unwrap(), LATER).unwrap().is_empty());
    assert!(convert::open_interest_now(&data("open-interest-5").unwrap(), LATER).unwrap().is_empty());
}

#[test]
fn ratios_and_taker_volumes() {
    for name in [
        "rubik-long-short-account-ratio-contract-1",
        "rubik-long-short-account-ratio-contract-top-trader-1",
        "rubik-long-short-position-ratio-contract-top-trader-1",
    ] {
        let Some(data) = data(name) else { return };
        let list = convert::ratios(&data, LATER).unwrap();
        assert_eq!(list.len(), 5, "{name}");
        assert!(list.iter().all(|point| (0.4..1.2).contains(&point.value)), "{name}");
    }
    let taker = convert::taker_ratios(&data("rubik-taker-volume-contract-1").unwrap(), LATER).unwrap();
    assert!((taker[0].value - 4_091_012.21 / 4_340_981.27).abs() < 1e-9, "sell stands before buy");
}

#[test]
fn liquidations_go_by_the_order_where_the_position_is_not_told() {
    let Some(data) = data("liquidation-orders-1") else { return };
    let list = convert::liquidations(&data).unwrap();
    let sides: Vec<Side> = list.iter().map(|order| order.side).collect();
    assert_eq!(sides, [Side::Long, Side::Short], "ascending");
    let usd = okx::liquidation_usd(&btc(), &list[1]);
    assert!((usd - 2.41 * 0.01 * 63_064.9).abs() < 1e-6);
}
