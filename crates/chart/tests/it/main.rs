//! The picture of a signal: of recorded candles, and of anything at all.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test says what it expects, and tells why it was skipped"
)]

use std::io::Read;
use std::path::PathBuf;

use chart::{CANDLES_MAX, ChartError, HEIGHT, Scene, Side, Theme, WIDTH, Zone, png};
use domain::{Candle, HOUR_MS, UtcMs};
use proptest::prelude::*;

fn recorded(coin: &str, before: &str) -> Option<Vec<Candle>> {
    let shared = std::env::var_os("PERPSIGNAL_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let folder = shared.join("data/candles/1h");
    let file = std::fs::read_dir(&folder).ok()?.flatten().map(|entry| entry.path()).find(|path| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&format!("{coin}USDT")))
    })?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(file).unwrap()).read_to_string(&mut text).unwrap();
    let before: UtcMs = before.parse().unwrap();
    let mut candles = Vec::new();
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    for row in rows.records() {
        let row = row.unwrap();
        let number = |index: usize| row[index].parse::<f64>().unwrap();
        let open_time: UtcMs = format!("{}Z", row[0].replace(' ', "T")).parse().unwrap();
        if open_time.plus_ms(HOUR_MS) > before {
            break;
        }
        candles.push(Candle {
            open_time,
            open: number(1),
            high: number(2),
            low: number(3),
            close: number(4),
            volume: number(5),
            quote_volume: None,
            taker_buy_volume: None,
        });
    }
    Some(candles)
}

fn scene(candles: Vec<Candle>, side: Side, decimals: u32) -> Scene {
    let last = candles.last().copied();
    let entry = last.map_or(1.0, |candle| candle.close);
    let sign = if side == Side::Short { -1.0 } else { 1.0 };
    Scene {
        title: "BTC LONG".to_owned(),
        subtitle: "63.4 · CONFIRM · NORMAL".to_owned(),
        market: "binance BTCUSDT · 1h".to_owned(),
        watermark: None,
        side,
        at: last.map_or(UtcMs(0), |candle| candle.open_time.plus_ms(HOUR_MS)),
        candles,
        decimals,
        entry,
        stop: Some(entry * (1.0 - 0.034 * sign)),
        target: Some(entry * (1.0 + 0.085 * sign)),
        zones: Vec::new(),
        theme: Theme::Dark,
    }
}

fn is_png(bytes: &[u8]) -> bool {
    let size = [WIDTH.to_be_bytes(), HEIGHT.to_be_bytes()].concat();
    bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes[16..24] == size[..]
}

/// Where pictures are put to be looked at, if anywhere.
fn show(name: &str, bytes: &[u8]) {
    if let Some(folder) = std::env::var_os("PERPSIGNAL_SHOW_CHARTS") {
        std::fs::write(PathBuf::from(folder).join(name), bytes).unwrap();
    }
}

#[test]
fn recorded_candles_make_a_picture_small_enough_to_send() {
    let Some(candles) = recorded("BTC", "2025-05-07T12:00:00Z") else {
        eprintln!("skipped: no recorded candles");
        return;
    };
    assert!(candles.len() >= CANDLES_MAX);
    let mut long = scene(candles.clone(), Side::Long, 1);
    let (at, low) = candles.iter().rev().take(60).map(|c| (c.open_time, c.low)).next_back().unwrap();
    long.zones.push(Zone {
        from: at,
        bottom: low,
        top: low * 1.004,
        is_bullish: true,
        label: "FVG".to_owned(),
    });
    let picture = png(&long).unwrap();
    assert!(is_png(&picture) && picture.len() < 400_000, "{} bytes", picture.len());
    assert_eq!(png(&long).unwrap(), picture, "the same scene gives the same bytes");
    show("btc.png", &picture);

    let short = Scene {
        title: "BTC SHORT".to_owned(),
        subtitle: "31.2 · DOWNSIZE · REDUCED".to_owned(),
        watermark: Some("simulated data".to_owned()),
        theme: Theme::Light,
        ..scene(candles, Side::Short, 1)
    };
    let picture = png(&short).unwrap();
    assert!(is_png(&picture));
    show("btc-light.png", &picture);
}

#[test]
fn a_coin_of_tiny_prices_shows_all_of_its_decimals() {
    let candles = (0..120_i32)
        .map(|hour| {
            let wave = 1.0 + 0.03 * (f64::from(hour) / 9.0).sin() + 0.0007 * f64::from(hour);
            let (open, close) = (4.1e-6 * wave, 4.1e-6 * wave * (1.0 + 0.004 * f64::from(hour % 5 - 2)));
            Candle {
                open_time: UtcMs(1_763_200_800_000 + i64::from(hour) * HOUR_MS),
                open,
                high: open.max(close) * 1.004,
                low: open.min(close) * 0.996,
                close,
                volume: f64::from(1 + hour * 7 % 13),
                quote_volume: None,
                taker_buy_volume: None,
            }
        })
        .collect();
    let tiny = Scene {
        title: "1000000MOG NEUTRAL".to_owned(),
        subtitle: "49.8 · WAIT · REDUCED".to_owned(),
        market: "binance 1000000MOGUSDT · 1h".to_owned(),
        ..scene(candles, Side::Neutral, 10)
    };
    let picture = png(&tiny).unwrap();
    assert!(is_png(&picture));
    show("tiny.png", &picture);
}

#[test]
fn levels_close_to_each_other_and_few_candles_are_drawn_too() {
    let candle = |hour: i64| Candle {
        open_time: UtcMs(1_763_200_800_000 + hour * HOUR_MS),
        open: 5.0,
        high: 5.0,
        low: 5.0,
        close: 5.0,
        volume: 0.0,
        quote_volume: None,
        taker_buy_volume: None,
    };
    let flat = Scene { stop: Some(4.9999), target: Some(5.0001), ..scene(vec![candle(0)], Side::Long, 4) };
    let picture = png(&flat).unwrap();
    show("one-candle.png", &picture);
    let bad = Candle { high: f64::NAN, ..candle(0) };
    assert_eq!(png(&scene(vec![bad], Side::Long, 4)), Err(ChartError::NoCandles));
    assert_eq!(png(&Scene { entry: f64::NAN, ..flat }), Err(ChartError::BadEntry));
}

fn any_price() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => 1e-9_f64..1e6,
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
        1 => Just(-1.0),
        1 => Just(0.0),
        1 => Just(1e-300),
        1 => Just(1e300),
        1 => Just(f64::MAX),
        1 => Just(5.0),
    ]
}

fn any_candle() -> impl Strategy<Value = Candle> {
    let time = prop_oneof![4 => 0_i64..2_000_000_000_000, 1 => any::<i64>()];
    (time, any_price(), any_price(), any_price(), any_price(), any_price(), any::<bool>()).prop_map(
        |(time, open, high, low, close, volume, ordered)| {
            let all = [open, high, low, close];
            Candle {
                open_time: UtcMs(time),
                open,
                high: if ordered { all.into_iter().fold(open, f64::max) } else { high },
                low: if ordered { all.into_iter().fold(open, f64::min) } else { low },
                close,
                volume,
                quote_volume: None,
                taker_buy_volume: None,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn nothing_upsets_the_draughtsman(
        candles in proptest::collection::vec(any_candle(), 0..130),
        levels in (any_price(), proptest::option::of(any_price()), proptest::option::of(any_price())),
        zone in (any::<i64>(), any_price(), any_price()),
        words in ("\\PC{0,90}", "\\PC{0,90}", proptest::option::of("\\PC{0,30}")),
        decimals in any::<u32>(),
        at in any::<i64>(),
    ) {
        let scene = Scene {
            title: words.0,
            subtitle: words.1,
            market: "x".to_owned(),
            watermark: words.2,
            side: Side::Long,
            at: UtcMs(at),
            candles,
            decimals,
            entry: levels.0,
            stop: levels.1,
            target: levels.2,
            zones: vec![Zone {
                from: UtcMs(zone.0), bottom: zone.1, top: zone.2, is_bullish: false, label: "OB".to_owned(),
            }],
            theme: Theme::Light,
        };
        if let Ok(picture) = png(&scene) {
            prop_assert!(is_png(&picture));
        }
    }
}
