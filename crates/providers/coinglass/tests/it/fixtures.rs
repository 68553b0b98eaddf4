//! The documented bodies, read by the rows and turned into what the engine reads.

use coinglass::convert;
use coinglass::overview::{CoinLiquidations, CoinMarket, ExchangeLiquidations};
use coinglass::rows::{
    CoinFunding, CoinLiquidated, CoinMarketRow, ExchangeLiquidated, FearGreed, Liquidated, LongShort, Ohlc,
    TakerVolume,
};
use coinglass::{ENDPOINTS, rows_of_coin};
use domain::{DAY_MS, HOUR_MS, UtcMs, Venue};
use proptest::prelude::*;

use super::{data, fixture, judge};

const BAR: i64 = 4 * HOUR_MS;
const START: UtcMs = UtcMs(1_763_136_000_000);
const EVER: UtcMs = UtcMs(i64::MAX);

fn close(value: f64, expected: f64) -> bool {
    (value - expected).abs() <= 1e-9 * expected.abs().max(1.0)
}

#[test]
fn every_documented_answer_is_a_success_with_its_data() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut answers = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if name.starts_with("error_") {
            continue;
        }
        if name.starts_with("ws_") {
            // Frames of the stream are no answers.
            assert!(judge(200, &fixture(&name)).is_err());
            continue;
        }
        answers += 1;
        let data = data(&name);
        assert!(data.starts_with(['[', '{']) && data.ends_with([']', '}']), "{name}");
        assert!(name == "empty" || ENDPOINTS.iter().any(|row| row.id == name), "{name}");
    }
    assert_eq!(answers, 32);
}

#[test]
fn liquidations_are_known_at_the_end_of_their_bar() {
    let text = data("liquidation.aggregated_history");
    let rows: Vec<Liquidated> = serde_json::from_str(&text).unwrap();
    let end = START.plus_ms(BAR);
    let bars = convert::liquidation_bars(&rows, BAR, UtcMs(0), end);
    assert_eq!((bars[0].end, bars[0].long_usd, bars[0].short_usd), (end, 178_901.74, 0.0));
    assert!(convert::liquidation_bars(&rows, BAR, UtcMs(0), end.plus_ms(-1)).is_empty(), "still open");
    assert!(convert::liquidation_bars(&rows, BAR, end.plus_ms(1), EVER).is_empty(), "before since");
}

#[test]
fn a_hole_ends_the_run_of_liquidation_bars() {
    let row = |bar: i64, long: &str| {
        let time = START.0 + bar * BAR;
        format!(r#"{{"time":{time},"long_liquidation_usd":{long},"short_liquidation_usd":"5"}}"#)
    };
    let read = |rows: &[String]| {
        let rows: Vec<Liquidated> = serde_json::from_str(&format!("[{}]", rows.join(","))).unwrap();
        convert::liquidation_bars(&rows, BAR, UtcMs(0), EVER)
    };
    // Out of order, with bar 2 missing and bar 1 told twice.
    let bars = read(&[row(4, "4"), row(0, "0"), row(1, "9"), row(1, "1"), row(3, "\"3\"")]);
    assert_eq!(bars.iter().map(|bar| bar.long_usd).collect::<Vec<_>>(), [3.0, 4.0]);
    // A bar without its figure is a hole, not a zero.
    let bars = read(&[row(0, "0"), row(1, "null"), row(2, "2")]);
    assert_eq!(bars.iter().map(|bar| bar.long_usd).collect::<Vec<_>>(), [2.0]);
}

#[test]
fn open_interest_joins_dollars_and_coins_by_time() {
    let usd: Vec<Ohlc> = serde_json::from_str(&data("open_interest.aggregated_history")).unwrap();
    let coins = format!(
        r#"[{{"time":{},"close":"2.5"}},{{"time":{},"close":0}},{{"time":1,"close":7}}]"#,
        1_773_835_200_000_i64, START.0
    );
    let coins: Vec<Ohlc> = serde_json::from_str(&coins).unwrap();
    let points = convert::open_interest_points(&usd, &coins, BAR, 1_000, UtcMs(0), EVER);
    assert_eq!(points.len(), 1, "a zero is a bad row, and both sides must be there");
    assert_eq!((points[0].coins, points[0].usd), (2_500.0, 48_970_945_539.0));
    assert_eq!(points[0].at, UtcMs(1_773_835_200_000 + BAR));
}

#[test]
fn long_short_ratios_hold_at_their_own_time() {
    for (name, expected) in [
        ("global_long_short_account_ratio.history", 76.06 / 23.94),
        ("long_short_ratio.position_history", 69.49 / 30.51),
    ] {
        let rows: Vec<LongShort> = serde_json::from_str(&data(name)).unwrap();
        let series = convert::long_short_series(&rows, BAR, UtcMs(0), START);
        assert_eq!(series.points[0].at, START);
        assert!(close(series.points[0].value, expected), "{name}");
        assert!(convert::long_short_series(&rows, BAR, UtcMs(0), START.plus_ms(-1)).points.is_empty());
    }
}

#[test]
fn the_ratio_told_wins_where_the_shares_disagree() {
    let one = |row: &str| {
        let rows: Vec<LongShort> = serde_json::from_str(&format!("[{row}]")).unwrap();
        convert::long_short_series(&rows, BAR, UtcMs(0), EVER).points.first().map(|point| point.value)
    };
    let row = |long: f64, short: f64, ratio: &str| {
        one(&format!(
            r#"{{"time":1763136000000,"top_account_long_percent":{long},"top_account_short_percent":{short},"top_account_long_short_ratio":{ratio}}}"#
        ))
    };
    assert_eq!(row(50.0, 50.0, "\"1.8\""), Some(1.8));
    assert_eq!(row(60.0, 40.0, "null"), Some(1.5));
    assert_eq!(row(0.0, 0.0, "0"), None);
}

#[test]
fn taker_volumes_give_a_ratio_at_the_end_of_the_bar() {
    for (name, time, expected) in [
        ("taker_buy_sell_volume.history", 1_750_183_200_000, 414_120_141.071_4 / 350_417_509.655),
        ("volume.taker_buy_sell", START.0, 149_089_099.227_7 / 219_162_303.992_9),
    ] {
        let rows: Vec<TakerVolume> = serde_json::from_str(&data(name)).unwrap();
        let series = convert::taker_series(&rows, BAR, UtcMs(0), EVER);
        assert_eq!(series.points[0].at, UtcMs(time + BAR));
        assert!(close(series.points[0].value, expected), "{name}");
    }
}

#[test]
fn funding_percent_becomes_a_fraction_and_is_marked_as_running() {
    for (name, expected) in
        [("funding_rate.history", 0.000_070_02), ("funding_rate.oi_weight_history", 0.000_043_27)]
    {
        let rows: Vec<Ohlc> = serde_json::from_str(&data(name)).unwrap();
        let history = convert::funding_history(&rows, BAR, 8.0, UtcMs(0), EVER);
        assert!(close(history[0].rate, expected) && history[0].running, "{name}");
        assert_eq!((history[0].interval_h, history[0].at), (8.0, START.plus_ms(BAR)));
    }

    let text = data("funding_rate.exchange_list");
    let rows: Vec<CoinFunding<'_>> = serde_json::from_str(&text).unwrap();
    let entry = convert::funding_entry(&rows, &["BTC"], Venue::Binance).unwrap();
    let at = UtcMs(1_763_140_000_000);
    let now = convert::running_funding(entry, None, at).unwrap();
    assert!(close(now.rate, 0.000_086_31));
    assert_eq!((now.interval_h, now.next_at), (8.0, Some(UtcMs(1_763_164_800_000))));
    assert!(convert::running_funding(entry, None, UtcMs(1_763_164_800_001)).unwrap().next_at.is_none());
    assert!(convert::funding_entry(&rows, &["BTC"], Venue::Okx).is_none());

    // An interval that nobody tells is not guessed.
    let untold = &rows[0].stablecoin_margin_list[1];
    assert!(convert::running_funding(untold, None, at).is_none());
    assert!(close(convert::running_funding(untold, Some(4), at).unwrap().interval_h, 4.0));
}

#[test]
fn funding_lists_may_be_null_or_absent() {
    let text = r#"[{"symbol":"A","stablecoin_margin_list":null},{"symbol":"B","token_margin_list":[{"exchange":"Bybit"}]}]"#;
    let rows: Vec<CoinFunding<'_>> = serde_json::from_str(text).unwrap();
    assert!(rows[0].stablecoin_margin_list.is_empty());
    assert_eq!(rows[1].token_margin_list[0].funding_rate.0, None);
}

#[test]
fn fear_and_greed_is_floored_to_its_day() {
    let lists: FearGreed = serde_json::from_str(&data("indicators.fear_greed")).unwrap();
    let series = convert::fear_greed_series(&lists, UtcMs(0), EVER);
    assert_eq!(series.points.len(), 2);
    assert_eq!((series.points[1].at, series.points[1].value), (UtcMs(1_763_078_400_000), 15.0));
    assert_eq!(series.cadence_ms, DAY_MS);
    // The stamp itself, not its day, says when it was told.
    assert_eq!(convert::fear_greed_series(&lists, UtcMs(0), UtcMs(1_763_079_602_999)).points.len(), 1);

    // As the Chinese documentation names the lists, in seconds.
    let lists: FearGreed =
        serde_json::from_str(r#"{"values":["55",101],"price":[1,2],"time_list":[1517443200,1517529600]}"#)
            .unwrap();
    let series = convert::fear_greed_series(&lists, UtcMs(0), EVER);
    assert_eq!(series.points.len(), 1, "beyond 100 is no index");
    assert_eq!(series.points[0].at, UtcMs(1_517_443_200_000));
}

#[test]
fn market_rows_keep_what_is_told_and_nothing_else() {
    let text = data("markets");
    let rows: Vec<CoinMarketRow<'_>> = serde_json::from_str(&text).unwrap();
    let coin = CoinMarket::from_row(&rows[0]);
    assert_eq!(coin.symbol, "BTC");
    assert_eq!((coin.price, coin.price_change_pct.h1), (Some(84_773.6), Some(-0.1)));
    assert!(close(coin.funding_by_oi.unwrap(), 0.000_019_6));
    assert_eq!(coin.price_change_pct.m5, None);
    assert_eq!(coin.long_liquidation_usd.h24, Some(17_793_322.6));
}

#[test]
fn liquidation_lists_read_in_both_spellings() {
    let text = data("liquidation.exchange_list");
    let rows: Vec<ExchangeLiquidated<'_>> = serde_json::from_str(&text).unwrap();
    let all: Vec<_> = rows.iter().filter_map(ExchangeLiquidations::from_row).collect();
    assert_eq!((all[0].exchange.as_str(), all[0].long_usd), ("All", 134_120_774.28));
    assert_eq!((all[1].exchange.as_str(), all[1].short_usd), ("Bybit", 4_480_729.99));

    let text = data("liquidation.coin_list");
    let rows: Vec<CoinLiquidated<'_>> = serde_json::from_str(&text).unwrap();
    let coin = CoinLiquidations::from_row(&rows[0]);
    assert_eq!((coin.long_usd.h1, coin.short_usd.h24), (Some(3_182_915.16), Some(13_843_034.17)));
}

#[test]
fn one_coin_is_taken_out_of_a_list_untouched() {
    let list = br#"[{"symbol":"ETH","a": 1.50},{"symbol":"btc","b":[1]},{"other":1},{"symbol":null}]"#;
    assert_eq!(rows_of_coin(list, "BTC").unwrap(), r#"[{"symbol":"btc","b":[1]}]"#);
    assert_eq!(rows_of_coin(list, "DOGE").unwrap(), "[]");
    assert!(rows_of_coin(b"{}", "BTC").is_err());
}

proptest! {
    #[test]
    fn rows_never_panic(time in any::<f64>(), value in "\\PC{0,20}", since in any::<i64>(), now in any::<i64>()) {
        let value = serde_json::to_string(&value).unwrap();
        let time = serde_json::to_string(&time).unwrap();
        let (since, now) = (UtcMs(since), UtcMs(now));
        let text = format!(
            r#"[{{"time":{time},"close":{value},"long_liquidation_usd":{value},"short_liquidation_usd":{value},
                "taker_buy_volume_usd":{value},"taker_sell_volume_usd":{value},
                "global_account_long_short_ratio":{value}}}]"#
        );
        let liquidated: Vec<Liquidated> = serde_json::from_str(&text).unwrap();
        for bar in convert::liquidation_bars(&liquidated, BAR, since, now) {
            prop_assert!(bar.end <= now && bar.end >= since);
        }
        let ohlc: Vec<Ohlc> = serde_json::from_str(&text).unwrap();
        let _ = convert::open_interest_points(&ohlc, &ohlc, BAR, u64::MAX, since, now);
        let _ = convert::funding_history(&ohlc, BAR, 8.0, since, now);
        let taker: Vec<TakerVolume> = serde_json::from_str(&text).unwrap();
        let _ = convert::taker_series(&taker, BAR, since, now);
        let ratios: Vec<LongShort> = serde_json::from_str(&text).unwrap();
        let _ = convert::long_short_series(&ratios, BAR, since, now);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,80}") {
        let _ = serde_json::from_str::<Vec<Ohlc>>(&text);
        let _ = serde_json::from_str::<FearGreed>(&text);
        let _ = rows_of_coin(text.as_bytes(), "BTC");
    }
}
