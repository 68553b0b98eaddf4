//! Every recorded answer is judged and read.

use binance::convert::{candles, funding, instruments, positioning, prices};
use binance::rows::{
    DepthRow, ExchangeInfo, FundingInfoRow, FundingRow, KlineRow, OpenInterestRow, PremiumRow, PriceRow,
    RatioRow, TakerRow, TickerRow, TradeRow,
};
use binance::{BinanceWire, Frame, parse_frame};
use domain::{Class, ErrorKind, Interval, Kind, Side, Status, UtcMs};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use proptest::prelude::*;
use serde::Deserialize;
use upstream::Wire;

use crate::shared::{folder, gunzip, text};

const EVER: UtcMs = UtcMs(i64::MAX / 2);

fn rows<'a, T: Deserialize<'a>>(name: &str, body: &'a str) -> T {
    let range = BinanceWire
        .judge(StatusCode::OK, &HeaderMap::new(), body.as_bytes())
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    serde_json::from_str(&body[range]).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// One object, or an array of them.
fn one_or_many<'a, T: Deserialize<'a>>(name: &str, body: &'a str) -> Vec<T> {
    if body.trim_start().starts_with('[') { rows(name, body) } else { vec![rows(name, body)] }
}

fn names(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn every_answer_is_read() {
    let Some(folder) = folder("recordings/binance-futures") else { return };
    let mut read = 0;
    for name in names(&folder) {
        let body = text(&folder.join(&name));
        let Some((kind, _)) = name.rsplit_once('-') else { continue };
        let found = match kind {
            "klines" => {
                let rows: Vec<KlineRow<'_>> = rows(&name, &body);
                let bars = candles::candles(&rows, Interval::M1, EVER);
                assert_eq!(bars.len(), rows.len(), "{name}");
                assert!(bars.iter().all(|bar| bar.quote_volume.is_some() && bar.taker_buy_volume.is_some()));
                bars.len()
            }
            "exchangeInfo" => {
                let info: ExchangeInfo<'_> = rows(&name, &body);
                let list = instruments::instruments(&info);
                assert_eq!(list.len(), info.symbols.len(), "{name}");
                assert!(list.iter().all(|i| !i.tick_size.is_zero() && !i.lot_step.is_zero()), "{name}");
                list.len()
            }
            "premiumIndex" => {
                let rows: Vec<PremiumRow<'_>> = one_or_many(&name, &body);
                prices::premiums(&rows, EVER).len()
            }
            "fundingRate" => {
                let rows: Vec<FundingRow<'_>> = rows(&name, &body);
                let symbol = rows[0].symbol.as_str().to_owned();
                let settled = funding::settled(&rows, &symbol, EVER, Some(8.0));
                assert_eq!(settled.len(), rows.len(), "{name}");
                assert!(
                    settled.iter().all(|f| (f.interval_h - 8.0).abs() < 1e-9 && f.at.0 % 60_000 == 0),
                    "{name}"
                );
                settled.len()
            }
            "fundingInfo" => funding::intervals(&rows::<Vec<FundingInfoRow<'_>>>(&name, &body)).len(),
            "ticker-24hr" => prices::tickers(&one_or_many::<TickerRow<'_>>(&name, &body), EVER).len(),
            "ticker-price" => one_or_many::<PriceRow<'_>>(&name, &body)
                .iter()
                .filter(|row| prices::price(&row.price).is_some() && row.time.instant().is_some())
                .count(),
            "depth" => {
                let book = prices::order_book(&rows::<DepthRow<'_>>(&name, &body), 500, EVER);
                assert!(book.bids[0].price < book.asks[0].price, "{name}");
                book.bids.len().min(book.asks.len())
            }
            "trades" => prices::trades(&rows::<Vec<TradeRow<'_>>>(&name, &body), EVER).len(),
            "openInterestHist" => {
                let rows: Vec<OpenInterestRow<'_>> = rows(&name, &body);
                let history = positioning::open_interest(&rows, 1, UtcMs(0), EVER);
                assert_eq!(history.points.len(), rows.len(), "{name}");
                rows.len()
            }
            "globalLongShortAccountRatio" | "topLongShortAccountRatio" | "topLongShortPositionRatio" => {
                let rows: Vec<RatioRow<'_>> = rows(&name, &body);
                assert_eq!(positioning::ratios(&rows, UtcMs(0), EVER).points.len(), rows.len(), "{name}");
                rows.len()
            }
            "takerlongshortRatio" => {
                positioning::taker_ratios(&rows::<Vec<TakerRow<'_>>>(&name, &body), UtcMs(0), EVER)
                    .points
                    .len()
            }
            "ping" | "time" | "bookTicker" | "aggTrades" | "openInterest" | "indexInfo" | "assetIndex"
            | "basis" => {
                rows::<serde::de::IgnoredAny>(&name, &body);
                1
            }
            _ => continue,
        };
        assert!(found > 0, "{name}");
        read += 1;
    }
    assert!(read >= 50, "only {read} recordings were read");
}

#[test]
fn every_error_is_told() {
    use ErrorKind as K;
    let Some(folder) = folder("recordings/binance-futures") else { return };
    for (name, status, kind) in [
        ("error-fundingRate-http200-99099990-1.json", 200, K::BadRequest),
        ("error-futures-data-http400-1130-1.json", 400, K::BadRequest),
        ("error-http400-1120-1.json", 400, K::BadRequest),
        ("error-http400-1130-1.json", 400, K::BadRequest),
        ("error-http400-4021-1.json", 400, K::BadRequest),
        ("error-http400-4166-1.json", 400, K::BadRequest),
        ("error-http418-1003-1.json", 418, K::Banned),
        ("reconstructed-error-http418-1003-old-1.json", 418, K::Banned),
        ("reconstructed-error-http429-1003-1.json", 429, K::RateLimited),
        ("error-http451-1.json", 451, K::RegionBlocked),
        ("coinm-error-ticker-24hr-1.json", 400, K::NotFound),
    ] {
        let status = StatusCode::from_u16(status).unwrap();
        let body = text(&folder.join(name));
        let error = BinanceWire.judge(status, &HeaderMap::new(), body.as_bytes()).unwrap_err();
        assert_eq!(error.kind, kind, "{name}: {error}");
        assert!(!error.message.contains("54.150"), "{name}");
        // Whatever the status, an error body is an error.
        let error = BinanceWire.judge(StatusCode::OK, &HeaderMap::new(), body.as_bytes()).unwrap_err();
        assert_eq!(error.kind, kind, "{name} under 200: {error}");
    }
}

#[test]
fn the_used_weight_of_recorded_headers_is_read() {
    let Some(folder) = folder("recordings/binance-futures") else { return };
    let used = |name: &str| {
        let mut headers = HeaderMap::new();
        for line in text(&folder.join(name)).lines() {
            if let Some((key, value)) = line.split_once(": ")
                && let (Ok(key), Ok(value)) = (HeaderName::try_from(key), HeaderValue::from_str(value))
            {
                headers.insert(key, value);
            }
        }
        BinanceWire.corrections(&headers).first().and_then(|correction| correction.used)
    };
    assert_eq!(used("bookTicker-1.headers.txt"), Some(2));
    assert_eq!(used("fundingRate-6.headers.txt"), None);
}

#[test]
fn every_stream_message_is_a_frame() {
    let Some(folder) = folder("recordings/binance-futures") else { return };
    for name in names(&folder).into_iter().filter(|name| name.contains("ws-")) {
        let frame = parse_frame(&text(&folder.join(&name)));
        match name.as_str() {
            "ws-error-too-many-subscriptions-1.json" => {
                assert_eq!(frame, Frame::Error("Too many subscriptions".to_owned()));
            }
            other if other.contains("orceOrder") => {
                let Frame::Liquidations(orders) = frame else { panic!("{name}: {frame:?}") };
                assert_eq!(orders.len(), 1, "{name}");
                let side = if other == "ws-forceOrder-1.json" { Side::Short } else { Side::Long };
                assert_eq!(orders[0].side, side, "{name}");
            }
            _ => assert_eq!(frame, Frame::Ignored, "{name}"),
        }
    }
}

#[test]
fn the_list_of_july_2026_is_read_in_full() {
    let Some(folder) = folder("exchange_info") else { return };
    let body = gunzip(&folder.join("20260704T155543Z_fapi-v1-exchangeInfo.json.gz"));
    let list = instruments::instruments(&rows::<ExchangeInfo<'_>>("exchangeInfo", &body));
    let count = |wanted: &dyn Fn(&domain::Instrument) -> bool| list.iter().filter(|i| wanted(i)).count();
    assert_eq!(list.len(), 820);
    assert_eq!(count(&|i| i.status == Status::Trading), 573 + 118 + 4);
    assert_eq!(count(&|i| i.status == Status::Delisted), 123);
    assert_eq!(count(&|i| i.status == Status::Pending), 2);
    assert_eq!(count(&|i| i.class == Class::TradFi), 118);
    assert_eq!(count(&|i| i.class == Class::Index), 3);
    assert_eq!(count(&|i| i.kind == Kind::Quarterly), 4);
    assert_eq!(count(&|i| i.delivery_at.is_some()), 123 + 4, "living perpetuals have no delivery date");
    assert_eq!(count(&|i| i.multiplier > 1), 15 + 3, "15 coins, three of them in two quotes");
    let pepe = list.iter().find(|i| i.native_symbol == "1000PEPEUSDT").unwrap();
    assert_eq!((pepe.base.0.as_str(), pepe.multiplier), ("PEPE", 1_000));
    assert_eq!(pepe.tick_size.to_string(), "0.0000001");
    let bitcoin = list.iter().find(|i| i.native_symbol == "BTCUSDT").unwrap();
    assert_eq!(bitcoin.onboard_at.unwrap().rfc3339(), "2019-09-08T17:55:00Z");
    assert_eq!(bitcoin.min_notional.map(|value| value.to_string()).as_deref(), Some("50"));
    let dated = list.iter().find(|i| i.native_symbol == "BTCUSDT_260925").unwrap();
    assert_eq!(dated.delivery_at.unwrap().rfc3339(), "2026-09-25T08:00:00Z");
}

#[test]
fn intervals_and_premiums_of_july_2026_join_the_list() {
    let Some(folder) = folder("exchange_info") else { return };
    let info = gunzip(&folder.join("20260704T155543Z_fapi-v1-fundingInfo.json.gz"));
    let intervals = funding::intervals(&rows::<Vec<FundingInfoRow<'_>>>("fundingInfo", &info));
    assert_eq!(intervals.len(), 711);
    let of = |hours: f64| intervals.values().filter(|known| (**known - hours).abs() < 1e-9).count();
    assert_eq!((of(1.0), of(4.0), of(8.0)), (2, 440, 269));
    let premium = gunzip(&folder.join("20260704T155543Z_fapi-v1-premiumIndex.json.gz"));
    let rows: Vec<PremiumRow<'_>> = rows("premiumIndex", &premium);
    let now = rows.iter().filter_map(|row| row.time.instant()).max().unwrap();
    let premiums = prices::premiums(&rows, now);
    assert_eq!(premiums.len(), 823);
    assert_eq!(premiums.iter().filter(|row| row.funding_rate.is_none()).count(), 31);
    let bitcoin = rows.iter().find(|row| row.symbol.as_str() == "BTCUSDT").unwrap();
    let running = funding::running(bitcoin, 8.0, now).unwrap();
    assert!(running.running && running.next_at.unwrap() > now && running.at <= now);
}

proptest! {
    #[test]
    fn any_bytes_are_judged_without_panic(
        body in prop::collection::vec(any::<u8>(), 0..300),
        status in prop::sample::select(vec![200_u16, 202, 400, 403, 404, 408, 418, 429, 451, 500, 503]),
    ) {
        let status = StatusCode::from_u16(status).unwrap();
        let _ = BinanceWire.judge(status, &HeaderMap::new(), &body);
        let _ = serde_json::from_slice::<Vec<KlineRow<'_>>>(&body);
        let _ = serde_json::from_slice::<ExchangeInfo<'_>>(&body);
    }

    #[test]
    fn rows_of_odd_scalars_are_left_out_without_panic(
        cells in prop::collection::vec(
            prop_oneof![
                Just("null".to_owned()),
                Just("\"\"".to_owned()),
                Just("\"NaN\"".to_owned()),
                Just("1e400".to_owned()),
                Just("true".to_owned()),
                any::<i64>().prop_map(|n| n.to_string()),
                any::<f64>().prop_map(|n| format!("\"{n}\"")),
                "[a-z]{0,6}".prop_map(|text| format!("\"{text}\"")),
            ],
            0..14,
        ),
    ) {
        let json = format!("[[{}]]", cells.join(","));
        if let Ok(rows) = serde_json::from_str::<Vec<KlineRow<'_>>>(&json) {
            for bar in candles::candles(&rows, Interval::H1, EVER) {
                prop_assert!(bar.defect().is_none());
            }
        }
        if let [time, value, ..] = cells.as_slice() {
            let json = format!(
                r#"[{{"timestamp":{time},"sumOpenInterest":{value},"sumOpenInterestValue":{value},
                "longShortRatio":{value},"buySellRatio":{value},"fundingTime":{time},"fundingRate":{value},
                "nextFundingTime":{time},"lastFundingRate":{value},"time":{time}}}]"#
            );
            if let Ok(rows) = serde_json::from_str::<Vec<OpenInterestRow<'_>>>(&json) {
                let _ = positioning::open_interest(&rows, 1_000, UtcMs(0), EVER);
            }
            if let Ok(rows) = serde_json::from_str::<Vec<RatioRow<'_>>>(&json) {
                let _ = positioning::ratios(&rows, UtcMs(0), EVER);
            }
            if let Ok(rows) = serde_json::from_str::<Vec<TakerRow<'_>>>(&json) {
                let _ = positioning::taker_ratios(&rows, UtcMs(0), EVER);
            }
            if let Ok(rows) = serde_json::from_str::<Vec<FundingRow<'_>>>(&json) {
                let _ = funding::settled(&rows, "BTCUSDT", EVER, Some(8.0));
            }
            if let Ok(rows) = serde_json::from_str::<Vec<PremiumRow<'_>>>(&json) {
                let _ = prices::premiums(&rows, EVER);
            }
        }
    }
}
