//! Rows of our own making, and of anyone's.

use coinapi::convert::{candles, metrics, order_book, quantity_unit, quote, symbol_id, symbols, trades};
use coinapi::rows::{BarRow, BookRow, MetricRow, OneOrMany, QuoteRow, SymbolRow, TradeRow};
use coinapi::{exchange_id, period_id};
use domain::{Interval, Kind, UtcMs, Venue};
use proptest::prelude::*;
use testkit::bitcoin;

const NOW: UtcMs = UtcMs(1_790_000_000_000);

fn bar(start: &str, end: &str, prices: &str) -> String {
    format!(
        r#"{{"time_period_start":"{start}","time_period_end":"{end}",{prices}"volume_traded":300,"trades_count":1}}"#
    )
}

#[test]
fn only_closed_whole_bars_of_the_window_with_trades_are_candles() {
    let prices = r#""price_open":2,"price_high":3.0,"price_low":1e0,"price_close":"2.5","#;
    let text = [
        bar("2026-09-20T12:00:00.0000000Z", "2026-09-20T13:00:00.0000000Z", prices),
        bar("2026-09-20T11:00:00.0000000Z", "2026-09-20T12:00:00.0000000Z", prices),
        bar("2026-09-20T11:00:00.0000000Z", "2026-09-20T12:00:00.0000000Z", prices),
        bar("2026-09-20T10:00:00.0000000Z", "2026-09-20T11:00:00.0000000Z", ""),
        bar("2026-09-20T09:00:00.0000000Z", "2026-09-20T09:30:00.0000000Z", prices),
        bar("2026-09-20T08:00:00.0000000Z", "2026-09-20T09:00:00.0000000Z", prices),
        bar("2026-09-20T07:00:00.0000000Z", "2026-09-20T08:00:00.0000000Z", prices),
        bar("0001-01-01T00:00:00.0000000Z", "0001-01-01T01:00:00.0000000Z", prices),
    ];
    let text = format!("[{}]", text.join(","));
    let rows: Vec<BarRow<'_>> = serde_json::from_str(&text).unwrap();
    let at = |text: &str| text.parse::<UtcMs>().unwrap();
    let bars = candles(&rows, Interval::H1, at("2026-09-20T08:00:00Z"), at("2026-09-20T12:59:59Z"), 0.01);
    let opens: Vec<String> = bars.iter().map(|bar| bar.open_time.rfc3339()).collect();
    assert_eq!(opens, ["2026-09-20T08:00:00Z", "2026-09-20T11:00:00Z"]);
    assert_eq!((bars[0].high, bars[0].close, bars[0].volume), (3.0, 2.5, 3.0));
}

#[test]
fn a_name_used_twice_means_the_living_contract_of_the_kind() {
    let row = |id: &str, kind: &str, end: &str| {
        format!(
            r#"{{"symbol_id":"{id}","symbol_type":"{kind}","symbol_id_exchange":"BTCUSDT","data_end":"{end}"}}"#
        )
    };
    let text = format!(
        "[{},{},{}]",
        row("OLD", "PERPETUAL", "2024-01-01"),
        row("NEW_22F0062", "PERPETUAL", "2026-09-24"),
        row("SPOT", "SPOT", "2026-09-25")
    );
    let rows: Vec<SymbolRow<'_>> = serde_json::from_str(&text).unwrap();
    assert_eq!(symbol_id(&rows, &bitcoin(Venue::Bybit)), Some("NEW_22F0062"));
    let spot = domain::Instrument { kind: Kind::Spot, ..bitcoin(Venue::Bybit) };
    assert_eq!((symbol_id(&rows, &spot), exchange_id(Venue::Bybit, Kind::Spot)), (Some("SPOT"), "BYBITSPOT"));
}

#[test]
fn a_price_is_the_last_trade_or_the_middle_of_an_uncrossed_quote() {
    let price = |text: &str| {
        let row: QuoteRow<'_> = serde_json::from_str(text).unwrap();
        quote(&row, 1.0, NOW).and_then(|quote| quote.price())
    };
    let at = UtcMs(1_789_999_000_000);
    let quoted = format!(r#""symbol_id":"X","time_exchange":"{at}","bid_price":9,"ask_price":11"#);
    assert_eq!(price(&format!("{{{quoted}}}")), Some((10.0, at)));
    let trade = r#""last_trade":{"time_exchange":"2026-09-20T00:00:00.0000000Z","price":12}"#;
    assert_eq!(price(&format!("{{{quoted},{trade}}}")).map(|told| told.0), Some(12.0));
    let future = r#""last_trade":{"time_exchange":"2027-09-20T00:00:00.0000000Z","price":12}"#;
    assert_eq!(price(&format!("{{{quoted},{future}}}")), Some((10.0, at)), "not known yet");
    let timeless = r#""last_trade":{"time_exchange":"0001-01-01T00:00:00.0000000Z","price":12}"#;
    assert_eq!(price(&format!("{{{quoted},{timeless}}}")), Some((10.0, at)));
    assert_eq!(
        price(&format!(r#"{{"symbol_id":"X","time_exchange":"{at}","bid_price":11,"ask_price":9}}"#)),
        None
    );
    assert_eq!(
        price(&format!(r#"{{"symbol_id":"X","time_exchange":"{at}","bid_price":0,"ask_price":9}}"#)),
        None
    );
    assert_eq!(price(r#"{"symbol_id":"X","bid_price":9,"ask_price":11}"#), None);
}

#[test]
fn sizes_of_okx_contracts_become_the_contracts_quantity() {
    assert_eq!(Venue::ALL.map(|venue| quantity_unit(&bitcoin(venue))), [Some(1.0), Some(0.01), Some(1.0)]);
    let text = r#"{"time_exchange":"2026-09-20T00:00:00.0000000Z",
        "asks":[{"price":12,"size":1},{"price":11,"size":0}],"bids":[{"price":9,"size":5},{"price":10,"size":7}]}"#;
    let row: BookRow<'_> = serde_json::from_str(text).unwrap();
    let book = order_book(&row, 0.01, NOW).unwrap();
    assert_eq!((book.asks.len(), book.bids[0].price, book.bids[0].quantity), (1, 10.0, 0.07));
    let text = r#"[{"time_exchange":"2026-09-20T00:00:02Z","price":1,"size":2,"taker_side":"SELL_ESTIMATED","uuid":"b"},
        {"time_exchange":"2026-09-20T00:00:01Z","price":1,"size":2,"taker_side":"BUY","uuid":"a"},
        {"time_exchange":"2026-09-20T00:00:00Z","price":1,"size":2,"taker_side":"UNKNOWN","uuid":"c"}]"#;
    let rows: Vec<TradeRow<'_>> = serde_json::from_str(text).unwrap();
    let read: Vec<_> = trades(&rows, 0.01, NOW)
        .into_iter()
        .map(|trade| (trade.id, trade.taker_bought, trade.quantity))
        .collect();
    assert_eq!(read, [("a".to_owned(), true, 0.02), ("b".to_owned(), false, 0.02)]);
}

#[test]
fn every_interval_but_the_week_has_its_period() {
    let without: Vec<Interval> =
        Interval::ALL.into_iter().filter(|interval| period_id(*interval).is_none()).collect();
    assert_eq!(without, [Interval::W1]);
}

proptest! {
    #[test]
    fn any_rows_are_read(time in "\\PC{0,30}", number in "-?[0-9]{1,25}(\\.[0-9]{1,20})?(e-?[0-9]{1,3})?", word in "\\PC{0,20}") {
        let quoted = serde_json::to_string(&time).unwrap();
        let word = serde_json::to_string(&word).unwrap();
        for value in [number.as_str(), "null", &word] {
            let row = format!(
                r#"{{"time_period_start":{quoted},"time_period_end":{quoted},"price_open":{value},"price_high":{value},
                "price_low":{value},"price_close":{value},"volume_traded":{value},"symbol_id":{word},"time_exchange":"2026-09-20T00:00:00Z",
                "bid_price":{value},"ask_price":{value},"price":{value},"size":{value},"taker_side":"BUY","metric_id":{word},
                "entry_time":{quoted},"value_decimal":{value},"data_end":{quoted},"bids":[{{"price":{value}}}],"asks":[]}}"#
            );
            if let Ok(row) = serde_json::from_str::<BarRow<'_>>(&row) {
                let bars = candles(&[row], Interval::M1, UtcMs(i64::MIN), UtcMs(i64::MAX), 0.01);
                prop_assert!(bars.iter().all(|bar| bar.defect().is_none()));
            }
            if let Ok(rows) = serde_json::from_str::<OneOrMany<QuoteRow<'_>>>(&row) {
                for row in rows.into_vec() {
                    if let Some((price, at)) = quote(&row, 1.0, NOW).and_then(|quote| quote.price()) {
                        prop_assert!(price > 0.0 && price.is_finite() && at <= NOW);
                    }
                }
            }
            if let Ok(row) = serde_json::from_str::<SymbolRow<'_>>(&row) {
                let _ = symbols(&[row]);
            }
            if let Ok(row) = serde_json::from_str::<TradeRow<'_>>(&row) {
                let _ = trades(&[row], 1.0, NOW);
            }
            if let Ok(row) = serde_json::from_str::<BookRow<'_>>(&row) {
                let _ = order_book(&row, 1.0, NOW);
            }
            if let Ok(row) = serde_json::from_str::<MetricRow<'_>>(&row) {
                let _ = metrics(&[row], NOW);
            }
        }
    }
}
