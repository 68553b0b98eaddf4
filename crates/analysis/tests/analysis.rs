//! Indicators on real candles against TA-Lib's own output.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may stop and may tell why it was skipped"
)]

use std::io::Read;
use std::path::{Path, PathBuf};

use analysis::indicators::{TALIB_COLUMNS, talib_table};
use domain::{Candle, UtcMs};

/// Smart money concepts.
#[path = "it/smc.rs"]
mod smc;

fn shared() -> Option<PathBuf> {
    let path = std::env::var_os("PERPSIGNAL_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    if path.join("data").is_dir() {
        return Some(path);
    }
    eprintln!("skipped: no recordings at {}", path.display());
    None
}

/// Header and rows of a gzipped CSV file.
fn table(path: &Path) -> (Vec<String>, Vec<Vec<String>>) {
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    (header, rows)
}

fn candle(row: &[String]) -> Candle {
    let number = |index: usize| row[index].parse::<f64>().unwrap();
    let open_time: UtcMs = format!("{}Z", row[0].replace(' ', "T")).parse().unwrap();
    Candle {
        open_time,
        open: number(1),
        high: number(2),
        low: number(3),
        close: number(4),
        volume: number(5),
        quote_volume: None,
        taker_buy_volume: None,
    }
}

#[test]
fn every_column_of_the_talib_files_is_met() {
    let Some(shared) = shared() else { return };
    for name in ["BTCUSDT-1h-talib", "DOGEUSDT-4h-talib"] {
        let (header, rows) = table(&shared.join(format!("data/expected/ta/{name}.csv.gz")));
        let candles: Vec<Candle> = rows.iter().map(|row| candle(row)).collect();
        let computed = talib_table(&candles);
        assert_eq!(&header[6..], &TALIB_COLUMNS, "{name}");
        for (column, (title, values)) in computed.iter().enumerate() {
            for (row, value) in values.iter().enumerate() {
                let text = &rows[row][column + 6];
                let expected = (!text.is_empty()).then(|| text.parse::<f64>().unwrap());
                let Some((value, expected)) = value.zip(expected) else {
                    assert_eq!(*value, expected, "{name} {title} row {row}");
                    continue;
                };
                // The files carry twelve digits.
                let close = (value - expected).abs() <= 1e-9 * expected.abs() + 1e-12;
                assert!(close, "{name} {title} row {row}: {value}, expected {expected}");
            }
        }
    }
}

#[test]
fn wilder_atr_and_talibs_agree_on_real_candles() {
    let Some(shared) = shared() else { return };
    let (_, rows) = table(&shared.join("data/expected/ta/BTCUSDT-1h-talib.csv.gz"));
    let candles: Vec<Candle> = rows.iter().map(|row| candle(row)).collect();
    let ours = analysis::volatility::wilder_atr(&candles, 14, Some(3_600_000));
    let (_, theirs) = &talib_table(&candles)[0];
    for (ours, theirs) in ours.iter().zip(theirs) {
        match (ours, theirs) {
            (Some(ours), Some(theirs)) => assert!((ours - theirs).abs() <= 1e-9 * theirs),
            (ours, theirs) => assert_eq!(ours, theirs),
        }
    }
}
