//! Smart money concepts on real candles against smartmoneyconcepts' own output.

use std::path::Path;

use analysis::smc::compat::{self, Named, Session};
use analysis::smc::{Event, EventKind, Period, SmcConfig, StructureKind, analyze};
use domain::{Candle, HOUR_MS, Interval, UtcMs};

use super::{candle, shared, table};

/// The library keeps prices as 32-bit floats.
fn agree(got: Option<f64>, expected: Option<f64>) -> bool {
    match (got, expected) {
        (Some(got), Some(expected)) => (got - expected).abs() <= 1e-6 * expected.abs() + 1e-9,
        (got, expected) => got == expected,
    }
}

fn number(text: &str) -> Option<f64> {
    (!text.is_empty()).then(|| text.parse().unwrap())
}

#[test]
fn every_column_of_the_smc_files_is_met() {
    let Some(shared) = shared() else { return };
    for name in ["BTCUSDT-1h-smc", "DOGEUSDT-4h-smc"] {
        let (header, rows) = table(&shared.join(format!("data/expected/smc/{name}.csv.gz")));
        let candles: Vec<Candle> = rows.iter().map(|row| candle(row)).collect();
        let computed = compat::table(&candles, 5);
        let titles: Vec<&String> = computed.iter().map(|(title, _)| title).collect();
        assert_eq!(header[6..].iter().collect::<Vec<_>>(), titles, "{name}");
        for (column, (title, values)) in computed.iter().enumerate() {
            assert_eq!(values.len(), rows.len());
            for (row, value) in values.iter().enumerate() {
                let expected = number(&rows[row][column + 6]);
                assert!(
                    agree(*value, expected),
                    "{name} {title} row {row}: {value:?}, expected {expected:?}"
                );
            }
        }
    }
}

fn forex(folder: &Path) -> Vec<Candle> {
    let (_, rows) = table(&folder.join("EURUSD_15M.csv.gz"));
    let bar = |row: &Vec<String>| {
        let value = |index: usize| row[index].parse::<f64>().unwrap();
        let open_time: UtcMs = format!("{}Z", row[0].replace('.', "-").replace(' ', "T")).parse().unwrap();
        Candle {
            open_time,
            open: value(1),
            high: value(2),
            low: value(3),
            close: value(4),
            volume: value(6),
            quote_volume: None,
            taker_buy_volume: None,
        }
    };
    rows.iter().map(bar).collect()
}

fn check(folder: &Path, file: &str, computed: &[Named]) {
    let (header, rows) = table(&folder.join(format!("{file}.csv.gz")));
    let titles: Vec<&str> = computed.iter().map(|(title, _)| *title).collect();
    assert_eq!(header, titles, "{file}");
    for (column, (title, values)) in computed.iter().enumerate() {
        assert_eq!(values.len(), rows.len(), "{file}");
        for (row, value) in values.iter().enumerate() {
            let expected = number(&rows[row][column]);
            assert!(agree(*value, expected), "{file} {title} row {row}: {value:?}, expected {expected:?}");
        }
    }
}

#[test]
fn every_function_of_the_library_is_met_on_its_own_data() {
    let Some(shared) = shared() else { return };
    let folder = shared.join("data/expected/smc/EURUSD_15m");
    let candles = forex(&folder);
    let swings = compat::swing_highs_lows(&candles, 5);
    let file = |name: &str, columns: &[Named]| check(&folder, &format!("{name}_result_data"), columns);
    file("swing_highs_lows", &swings.clone().columns());
    file("fvg", &compat::fvg(&candles, false));
    file("fvg_consecutive", &compat::fvg(&candles, true));
    file("bos_choch", &compat::bos_choch(&candles, &swings, true));
    file("ob", &compat::ob(&candles, &swings, false));
    file("liquidity", &compat::liquidity(&candles, &swings, 0.01));
    file("sessions", &compat::sessions(&candles, Session::London, 0));
    file("retracements", &compat::retracements(&candles, &swings));
    for (name, interval) in [("4h", Interval::H4), ("1D", Interval::D1), ("W", Interval::W1)] {
        let columns = compat::previous_high_low(&candles, Period::Bar(interval));
        check(&folder, &format!("previous_high_low_result_data_{name}"), &columns);
    }
}

#[test]
fn real_candles_told_one_by_one_are_those_told_at_once() {
    let Some(shared) = shared() else { return };
    let (_, rows) = table(&shared.join("data/expected/smc/BTCUSDT-1h-smc.csv.gz"));
    let candles: Vec<Candle> = rows.iter().map(|row| candle(row)).collect();
    let config = SmcConfig::new(Interval::H1);
    let (analyzer, whole) = analyze(&candles, config.clone());
    for cut in (0..candles.len()).step_by(97) {
        let prefix = &candles[..cut];
        let until = prefix.last().map_or(UtcMs(0), |bar| bar.open_time.plus_ms(HOUR_MS));
        let expected: Vec<Event> = whole.iter().filter(|event| event.known_at <= until).copied().collect();
        assert_eq!(analyze(prefix, config.clone()).1, expected, "after {cut} candles");
    }
    let count = |wanted: StructureKind| {
        let is = |event: &&Event| matches!(event.kind, EventKind::Structure(broken) if broken.kind == wanted);
        whole.iter().filter(is).count()
    };
    assert!(count(StructureKind::Bos) > 20 && count(StructureKind::Choch) > 20);
    let reading = analyzer.snapshot().unwrap();
    assert_eq!(reading.rejected_bars, 0);
    assert!(reading.trend.is_some());
}
