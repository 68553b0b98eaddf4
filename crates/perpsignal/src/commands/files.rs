//! `indicators`, `smc`: over a file of candles of the user's own.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use analysis::smc::{Fractal, SmcConfig, analyze, compat};
use anyhow::{Context, Result, bail};
use domain::{Candle, Interval, UtcMs};
use flate2::read::GzDecoder;
use serde_json::{Map, Value, json};

use crate::cli::{IndicatorArgs, SmcArgs};
use crate::output;

/// A column by name: one value a candle, absent where there is none.
type Column = (String, Vec<Option<f64>>);

/// Candles of a file, with the times as they are written there.
struct CandleFile {
    candles: Vec<Candle>,
    times: Vec<String>,
}

pub fn indicators(args: &IndicatorArgs) -> Result<()> {
    let file = read_candles(&args.candles)?;
    let columns: Vec<Column> = analysis::indicators::talib_table(&file.candles)
        .into_iter()
        .map(|(name, values)| (name.to_owned(), values))
        .collect();
    print_table(&file, &columns, args.json)
}

pub fn smc(args: &SmcArgs) -> Result<()> {
    let file = read_candles(&args.candles)?;
    if args.compat.is_some() {
        let columns = compat::table(&file.candles, usize::from(args.swing_length));
        return print_table(&file, &columns, args.json);
    }
    let interval = interval_of(&file.candles)?;
    let length = usize::from(args.swing_length);
    let mut config = SmcConfig::new(interval);
    config.internal = Fractal { left: length, right: length };
    let (_, events) = analyze(&file.candles, config);
    if args.json {
        return Ok(output::line(&serde_json::to_string(&events)?)?);
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["at", "known_at", "event", "details"])?;
    for event in &events {
        let mut details = match json!(event) {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        let mut taken = |name: &str| match details.shift_remove(name) {
            Some(Value::String(text)) => text,
            Some(other) => other.to_string(),
            None => String::new(),
        };
        let row = [taken("at"), taken("known_at"), taken("event")];
        let [at, known_at, name] = row;
        writer.write_record([at, known_at, name, Value::Object(details).to_string()])?;
    }
    let bytes = writer.into_inner().context("the table could not be written")?;
    Ok(output::data(&String::from_utf8_lossy(&bytes))?)
}

/// The bar length that most neighbours are apart.
fn interval_of(candles: &[Candle]) -> Result<Interval> {
    if candles.len() < 2 {
        bail!("one candle is too few: the distance between two tells their interval");
    }
    let mut distances: Vec<i64> = candles
        .iter()
        .zip(candles.iter().skip(1))
        .map(|(earlier, later)| later.open_time.since(earlier.open_time))
        .collect();
    distances.sort_unstable();
    let usual = distances.get(distances.len() / 2).copied().unwrap_or_default();
    Interval::ALL.into_iter().find(|interval| interval.ms() == usual).with_context(|| {
        format!("the candles are {} s apart, which is no interval that is known", usual / 1_000)
    })
}

/// Candles of a CSV file (`.gz` too) with a header that names open_time, open, high, low, close and volume.
fn read_candles(path: &Path) -> Result<CandleFile> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let is_packed = path.extension().is_some_and(|extension| extension == "gz");
    let reader: Box<dyn Read> = if is_packed {
        Box::new(GzDecoder::new(BufReader::new(file)))
    } else {
        Box::new(BufReader::new(file))
    };
    let mut rows = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(reader);
    let headers = rows.headers().with_context(|| path.display().to_string())?.clone();
    let column = |names: &[&str]| {
        let found =
            headers.iter().position(|header| names.iter().any(|name| header.eq_ignore_ascii_case(name)));
        found.with_context(|| format!("{} has no column {}", path.display(), names.join(" or ")))
    };
    let time = column(&["open_time", "time", "timestamp", "date"])?;
    let places = [
        column(&["open"])?,
        column(&["high"])?,
        column(&["low"])?,
        column(&["close"])?,
        column(&["volume"])?,
    ];
    let (mut candles, mut times) = (Vec::new(), Vec::new());
    for (index, row) in rows.records().enumerate() {
        let line = index + 2;
        let row = row.with_context(|| format!("line {line}"))?;
        let text = |place: usize| row.get(place).unwrap_or_default();
        let open_time =
            instant(text(time)).with_context(|| format!("line {line}: '{}' is no time", text(time)))?;
        let mut values = [0.0; 5];
        for (value, place) in values.iter_mut().zip(places) {
            *value = text(place)
                .parse()
                .with_context(|| format!("line {line}: '{}' is no number", text(place)))?;
        }
        let [open, high, low, close, volume] = values;
        let candle =
            Candle { open_time, open, high, low, close, volume, quote_volume: None, taker_buy_volume: None };
        if let Some(defect) = candle.defect() {
            bail!("line {line}: {defect}");
        }
        if candles.last().is_some_and(|last: &Candle| last.open_time >= open_time) {
            bail!(
                "line {line}: '{}' is not after the row before; each time stands once, the oldest first",
                text(time)
            );
        }
        times.push(text(time).to_owned());
        candles.push(candle);
    }
    if candles.is_empty() {
        bail!("{} holds no candle", path.display());
    }
    Ok(CandleFile { candles, times })
}

/// RFC 3339, `YYYY-MM-DD HH:MM:SS` in UTC, or Unix time in seconds or milliseconds.
fn instant(text: &str) -> Option<UtcMs> {
    if let Ok(number) = text.parse::<i64>() {
        return Some(UtcMs::from_unix_any(number));
    }
    let spaced = text.replacen(' ', "T", 1);
    text.parse().or_else(|_| format!("{spaced}Z").parse()).or_else(|_| format!("{spaced}:00Z").parse()).ok()
}

/// Candles and columns, as CSV or as JSON rows.
fn print_table(file: &CandleFile, columns: &[Column], as_json: bool) -> Result<()> {
    if as_json {
        let rows: Vec<Value> = file
            .candles
            .iter()
            .enumerate()
            .map(|(index, candle)| {
                let mut row = Map::new();
                row.insert("open_time".into(), json!(candle.open_time));
                for (name, value) in prices(candle) {
                    row.insert(name.into(), json!(value));
                }
                for (name, values) in columns {
                    row.insert(name.clone(), json!(values.get(index).copied().flatten()));
                }
                Value::Object(row)
            })
            .collect();
        return Ok(output::line(&serde_json::to_string(&rows)?)?);
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut header = vec!["open_time".to_owned()];
    header.extend(["open", "high", "low", "close", "volume"].map(str::to_owned));
    header.extend(columns.iter().map(|(name, _)| name.clone()));
    writer.write_record(&header)?;
    for (index, (candle, time)) in file.candles.iter().zip(&file.times).enumerate() {
        let mut row = vec![time.clone()];
        row.extend(prices(candle).map(|(_, value)| value.to_string()));
        row.extend(columns.iter().map(|(_, values)| {
            values.get(index).copied().flatten().map_or_else(String::new, |value| value.to_string())
        }));
        writer.write_record(&row)?;
    }
    let bytes = writer.into_inner().context("the table could not be written")?;
    Ok(output::data(&String::from_utf8_lossy(&bytes))?)
}

const fn prices(candle: &Candle) -> [(&'static str, f64); 5] {
    [
        ("open", candle.open),
        ("high", candle.high),
        ("low", candle.low),
        ("close", candle.close),
        ("volume", candle.volume),
    ]
}
