//! Real histories, written back into the shape of the wire and read again.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use coinglass::convert;
use coinglass::rows::{FearGreed, Liquidated, LongShort, Ohlc, TakerVolume};
use domain::{DAY_MS, HOUR_MS, UtcMs};
use flate2::read::GzDecoder;

const BAR: i64 = 4 * HOUR_MS;
/// After the last row of every capture.
const NOW: UtcMs = UtcMs(1_746_662_400_000);

#[derive(serde::Deserialize)]
struct FearGreedRow {
    time: i64,
    data_list: f64,
}

/// A capture as the JSON rows it came from: every column but the bookkeeping ones, `quoted` as text.
fn rows(folder: &Path, name: &str, quoted: bool) -> String {
    let mut text = String::new();
    GzDecoder::new(File::open(folder.join(format!("{name}.csv.gz"))).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut json = String::from("[");
    for line in lines {
        json.push_str(if json.len() > 1 { ",{" } else { "{" });
        let cells = columns.iter().zip(line.split(','));
        let kept = cells.filter(|(column, _)| !matches!(**column, "time_utc" | "snapshot" | "partial_bar"));
        for (index, (column, cell)) in kept.enumerate() {
            let mark = if quoted && *column != "time" { "\"" } else { "" };
            let comma = if index > 0 { "," } else { "" };
            write!(json, r#"{comma}"{column}":{mark}{cell}{mark}"#).unwrap();
        }
        json.push('}');
    }
    json.push(']');
    json
}

fn folder() -> Option<std::path::PathBuf> {
    testkit::recordings::shared("data/coinglass")
}

#[test]
fn half_a_year_of_liquidations_has_no_hole() {
    let Some(folder) = folder() else { return };
    for coin in ["BTC", "SOL"] {
        let read: Vec<Liquidated> =
            serde_json::from_str(&rows(&folder, &format!("liquidation_aggregated_{coin}_4h"), true)).unwrap();
        let bars = convert::liquidation_bars(&read, BAR, UtcMs(0), NOW);
        assert_eq!((read.len(), bars.len()), (1_051, 1_051));
        assert_eq!(bars.last().unwrap().end, NOW);
        let month = convert::liquidation_bars(&read, BAR, NOW.plus_ms(-30 * DAY_MS), NOW);
        assert_eq!(month.len(), 181);
    }
}

#[test]
fn ratios_from_the_shares_agree_with_the_ratios_told() {
    let Some(folder) = folder() else { return };
    for name in [
        "global_long_short_account_ratio_BTC_BINANCE_4h",
        "top_long_short_account_ratio_BTC_BINANCE_4h",
        "top_long_short_position_ratio_BTC_BINANCE_4h",
    ] {
        let read: Vec<LongShort> = serde_json::from_str(&rows(&folder, name, false)).unwrap();
        let series = convert::long_short_series(&read, BAR, UtcMs(0), NOW);
        assert_eq!(series.points.len(), 1_051, "{name}");
        for (point, row) in series.points.iter().zip(&read) {
            let told = row.long_short_ratio.0.unwrap();
            assert!((point.value - told).abs() <= 0.006, "{name} {}", point.at);
        }
    }
}

#[test]
fn open_interest_funding_and_taker_histories_read_whole() {
    let Some(folder) = folder() else { return };
    let oi: Vec<Ohlc> = serde_json::from_str(&rows(&folder, "oi_aggregated_BTC_4h", true)).unwrap();
    let points = convert::open_interest_points(&oi, &oi, BAR, 1, UtcMs(0), NOW);
    assert_eq!(points.len(), oi.len());
    assert_eq!((points.last().unwrap().at, points.last().unwrap().usd), (NOW, 64_854_060_517.0));

    let read: Vec<Ohlc> = serde_json::from_str(&rows(&folder, "funding_BTC_BINANCE_8h", true)).unwrap();
    let funding = convert::funding_history(&read, 8 * HOUR_MS, 8.0, UtcMs(0), NOW);
    assert_eq!(funding.len(), read.len());
    assert!(funding.iter().all(|each| each.rate.abs() < 0.01), "fractions, not percent");
    assert!((funding.last().unwrap().rate + 0.000_008_06).abs() < 1e-12);

    for name in ["taker_aggregated_BTC_4h", "taker_aggregated_history_BTC_4h", "spot_taker_SOL_4h"] {
        let read: Vec<TakerVolume> = serde_json::from_str(&rows(&folder, name, true)).unwrap();
        let series = convert::taker_series(&read, BAR, UtcMs(0), NOW);
        assert_eq!(series.points.len(), read.len(), "{name}");
        assert!(series.points.iter().all(|point| (0.2..5.0).contains(&point.value)), "{name}");
    }
}

#[test]
fn fear_and_greed_has_one_value_a_day() {
    let Some(folder) = folder() else { return };
    let read: Vec<FearGreedRow> = serde_json::from_str(&rows(&folder, "fear_greed_1d", false)).unwrap();
    let list = |text: Vec<String>| text.join(",");
    let json = format!(
        r#"{{"data_list":[{}],"time_list":[{}]}}"#,
        list(read.iter().map(|row| row.data_list.to_string()).collect()),
        list(read.iter().map(|row| row.time.to_string()).collect())
    );
    let lists: FearGreed = serde_json::from_str(&json).unwrap();
    let series = convert::fear_greed_series(&lists, UtcMs(0), NOW);
    assert!(series.points.iter().all(|point| point.at.0 % DAY_MS == 0));
    assert!(series.points.windows(2).all(|pair| pair[0].at < pair[1].at));
    assert!(series.points.len() > 2_500);
}
