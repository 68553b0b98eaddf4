//! Every recorded answer is judged and, where there are rows for it, read.

use std::fs;

use coinapi::convert::{candles, metrics, order_book, quote, symbol_id, symbols, trades};
use coinapi::rows::{BarRow, BookRow, MetricRow, OneOrMany, QuoteRow, SymbolRow, TradeRow};
use domain::{ErrorKind, Interval, UtcMs, Venue};
use http::{HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;
use testkit::bitcoin;
use testkit::recordings::shared;
use upstream::Wire as _;

use super::{judge, wire};

/// After every recorded instant.
const NOW: UtcMs = UtcMs(1_795_000_000_000);

/// Every recorded HTTP answer.
fn recordings() -> Vec<(String, String)> {
    let mut all = testkit::recordings("coinapi");
    all.retain(|(name, _)| !name.starts_with("ws_"));
    all
}

fn named(wanted: &[&str], check: impl Fn(&str, &str)) {
    let all = recordings();
    for name in wanted {
        for (name, body) in all.iter().filter(|(found, _)| found == name) {
            check(name, &judge(200, body).unwrap());
        }
    }
}

fn read<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap()
}

#[test]
fn every_recorded_answer_is_data_but_the_errors() {
    for (name, body) in recordings() {
        match judge(200, &body) {
            Ok(data) => assert_eq!(data, body.trim(), "{name}"),
            Err(error) => assert_eq!((name.as_str(), error.kind), ("error", ErrorKind::PlanLimited)),
        }
    }
}

#[test]
fn recorded_contracts_are_found_by_their_own_names() {
    named(&["symbols_perpetual"], |_, data| {
        let rows: Vec<SymbolRow<'_>> = serde_json::from_str(data).unwrap();
        let of = |venue| symbol_id(&rows, &bitcoin(venue)).unwrap().to_owned();
        assert_eq!(
            Venue::ALL.map(of),
            ["BINANCEFTS_PERP_BTC_USDT", "OKEX_PERP_BTC_USDT", "BYBIT_PERP_BTC_USDT"]
        );
        let other = domain::Instrument { native_symbol: "ETHUSDT".to_owned(), ..bitcoin(Venue::Binance) };
        assert_eq!(symbol_id(&rows, &other), None);
    });
    let lists = [
        "symbols",
        "symbols_perpetual",
        "symbols_rejected",
        "symbols_spot",
        "v1_symbols",
        "v1_symbols_exchange_id",
    ];
    named(&lists, |name, data| {
        let rows: Vec<SymbolRow<'_>> = serde_json::from_str(data).unwrap();
        assert_eq!(symbols(&rows).len(), rows.len(), "{name}");
        assert!(symbol_id(&rows, &bitcoin(Venue::Okx)).is_none_or(|id| id == "OKEX_PERP_BTC_USDT"));
    });
}

#[test]
fn recorded_bars_are_read_either_way_round() {
    let check = |name: &'static str, interval, first: &'static str, close: f64| {
        named(&[name], |name, data| {
            let rows: Vec<BarRow<'_>> = serde_json::from_str(data).unwrap();
            let bars = candles(&rows, interval, UtcMs(0), NOW, 1.0);
            assert_eq!(bars.len(), rows.len(), "{name}");
            assert!(bars.is_sorted_by_key(|bar| bar.open_time));
            assert_eq!((bars[0].open_time.rfc3339().as_str(), bars[0].close), (first, close));
        });
    };
    check("v1_ohlcv_symbol_id_latest", Interval::M1, "2017-08-09T14:30:00Z", 3_255.6);
    check("v1_ohlcv_symbol_id_history", Interval::D1, "2017-01-01T00:00:00Z", 997.75);
}

#[test]
fn recorded_quotes_trades_and_books_are_read() {
    let quotes = [
        "quotes",
        "v1_quotes_current",
        "v1_quotes_latest",
        "v1_quotes_symbol_id_current",
        "v1_quotes_symbol_id_history",
        "v1_quotes_symbol_id_latest",
    ];
    named(&quotes, |name, data| {
        let rows: OneOrMany<QuoteRow<'_>> = serde_json::from_str(data).unwrap();
        for row in rows.into_vec() {
            let quote = quote(&row, 1.0, NOW).unwrap();
            let (price, _) = quote.price().unwrap();
            assert!([765.0, 770.0, 85_988.485].contains(&price), "{name}: {price}");
        }
    });
    named(&["trades", "trades_precision", "v1_trades_symbol_id_history"], |name, data| {
        let rows: Vec<TradeRow<'_>> = serde_json::from_str(data).unwrap();
        let read = trades(&rows, 1.0, NOW);
        assert_eq!(read.len(), rows.len(), "{name}");
        assert!(read.iter().all(|trade| trade.quantity > 0.0));
    });
    let books = [
        "book",
        "book_l3",
        "v1_orderbooks_symbol_id_current",
        "v1_orderbooks_symbol_id_history",
        "v1_orderbooks3_symbol_id_current",
    ];
    named(&books, |name, data| {
        let rows: OneOrMany<BookRow<'_>> = serde_json::from_str(data).unwrap();
        for row in rows.into_vec() {
            let book = order_book(&row, 1.0, NOW).unwrap();
            assert!(book.bids[0].price < book.asks[0].price, "{name}");
        }
    });
}

#[test]
fn recorded_metrics_are_read() {
    let lists = ["v1_metrics_symbol_current", "v1_metrics_exchange_current", "v1_metrics_asset_current"];
    named(&lists, |name, data| {
        let rows: Vec<MetricRow<'_>> = serde_json::from_str(data).unwrap();
        assert!(!metrics(&rows, NOW).is_empty(), "{name}");
        assert!(metrics(&rows, UtcMs(1_600_000_000_000)).is_empty(), "not known before they were recorded");
    });
    named(&["v1_metrics_exchange_history"], |_, data| {
        assert!(!read::<Vec<serde_json::Value>>(data).is_empty());
    });
}

#[test]
fn recorded_headers_correct_the_credits() {
    let Some(root) = shared("data/recordings/coinapi") else { return };
    let used = ["headers_2021-10-20.txt", "headers_2022-01-10.txt"].map(|name| {
        let text = fs::read_to_string(root.join("chainlink-nock").join(name)).unwrap();
        let headers: HeaderMap = text
            .lines()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value.trim()).unwrap()))
            .collect();
        let told = wire().corrections(&headers);
        assert!(told[0].resets_at.is_some());
        (told[0].used, told[0].capacity)
    });
    assert_eq!(used, [(Some(166_181), None), (Some(2), Some(10_000))]);
}
