//! A signal as a line of the spool: checked before it is promised, since the database must take it.

use std::collections::BTreeSet;

use domain::UtcMs;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::{Json, NewSignal};
use crate::{DataSource, StoreError};

/// The year 10000: the end of RFC 3339's four-digit years.
const END_OF_TIME_MS: i64 = 253_402_300_800_000;
const MAX_TEXT_BYTES: usize = 512;
/// Larger than any answer of ours by far; a line must fit into memory several times.
const MAX_LINE_BYTES: usize = 4 * 1024 * 1024;

/// One line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) created_at: UtcMs,
    data_source: String,
    pub(crate) row: NewSignal,
}

impl Record {
    /// Checks the signal and makes it fit for both databases.
    pub(crate) fn new(mut row: NewSignal, source: DataSource, created_at: UtcMs) -> Result<Self, StoreError> {
        check(&row)?;
        for column in [
            &mut row.reasons,
            &mut row.metrics,
            &mut row.comprehensive_metrics,
            &mut row.lunarcrush_metrics,
            &mut row.coinapi_metrics,
            &mut row.smc_analysis,
            &mut row.ai_validation,
            &mut row.factors,
            &mut row.extra,
        ] {
            if let Some(json) = column.take() {
                *column = storable(json)?;
            }
        }
        for alert in &mut row.alerts {
            alert.payload = storable(alert.payload.clone())?
                .ok_or_else(|| StoreError::invalid("alerts", "the payload is null"))?;
        }
        Ok(Self { created_at, data_source: source.as_str().to_owned(), row })
    }

    pub(crate) fn data_source(&self) -> &str {
        &self.data_source
    }

    /// The line, with its end. JSON text holds no raw line break, but ready-made JSON may.
    pub(crate) fn line(&self) -> Result<Vec<u8>, StoreError> {
        let mut line =
            serde_json::to_vec(self).map_err(|fault| StoreError::invalid("signal", fault.to_string()))?;
        if line.len() > MAX_LINE_BYTES {
            return Err(StoreError::invalid("signal", format!("larger than {MAX_LINE_BYTES} bytes")));
        }
        for byte in &mut line {
            if matches!(*byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
        line.push(b'\n');
        Ok(line)
    }

    /// Reads a line back, or tells why it is none.
    pub(crate) fn parse(line: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(line).map_err(|fault| fault.to_string())
    }
}

fn check(row: &NewSignal) -> Result<(), StoreError> {
    let texts = [
        ("id", Some(&row.id)),
        ("symbol", Some(&row.symbol)),
        ("signal", Some(&row.signal)),
        ("venue", row.venue.as_ref()),
        ("instrument", row.instrument.as_ref()),
        ("confidence", row.confidence.as_ref()),
        ("mode", row.mode.as_ref()),
        ("engine_version", row.engine_version.as_ref()),
        ("weights_id", row.weights_id.as_ref()),
        ("verdict", row.verdict.as_ref()),
        ("risk_mode", row.risk_mode.as_ref()),
        ("verdict_source", row.verdict_source.as_ref()),
    ];
    for (field, text) in texts {
        if let Some(text) = text {
            check_text(field, text)?;
        }
    }
    if !(0.0..=100.0).contains(&row.score) {
        return Err(StoreError::invalid("score", format!("{} is not within 0 to 100", row.score)));
    }
    for (field, price) in
        [("price", row.price), ("stop_loss", row.stop_loss), ("take_profit", row.take_profit)]
    {
        if price.is_some_and(|price| !price.is_finite()) {
            return Err(StoreError::invalid(field, "not a finite number"));
        }
    }
    check_instant("timestamp", row.timestamp)?;
    let mut horizons = BTreeSet::new();
    for outcome in &row.outcomes {
        check_text("outcomes", &outcome.id)?;
        check_instant("outcomes", outcome.due_at)?;
        if !horizons.insert(outcome.horizon_s) {
            return Err(StoreError::invalid(
                "outcomes",
                format!("horizon {} s stands twice", outcome.horizon_s),
            ));
        }
    }
    for alert in &row.alerts {
        check_text("alerts", &alert.id)?;
        check_text("alerts", &alert.kind)?;
        check_instant("alerts", alert.due_at)?;
    }
    Ok(())
}

pub(crate) fn check_text(field: &'static str, text: &str) -> Result<(), StoreError> {
    if text.is_empty() {
        return Err(StoreError::invalid(field, "empty"));
    }
    if text.len() > MAX_TEXT_BYTES {
        return Err(StoreError::invalid(field, format!("longer than {MAX_TEXT_BYTES} bytes")));
    }
    if text.contains('\0') {
        return Err(StoreError::invalid(field, "holds a NUL character"));
    }
    Ok(())
}

fn check_instant(field: &'static str, at: UtcMs) -> Result<(), StoreError> {
    if (0..END_OF_TIME_MS).contains(&at.0) {
        Ok(())
    } else {
        Err(StoreError::invalid(field, "a time before 1970 or after the year 9999"))
    }
}

/// JSON that PostgreSQL's JSONB takes: no NUL character, no lone surrogate, no number beyond its
/// reach. Our own is returned as it is; `null` is no value.
pub(crate) fn storable(json: Json) -> Result<Option<Json>, StoreError> {
    let text = json.get();
    if text == "null" {
        return Ok(None);
    }
    let bad = |fault: serde_json::Error| StoreError::invalid("json", fault.to_string());
    // Reading it whole finds what a raw value may hide: lone surrogates, numbers out of range.
    let mut value: serde_json::Value = serde_json::from_str(text).map_err(bad)?;
    if !text.contains("\\u0000") {
        return Ok(Some(json));
    }
    replace_nul(&mut value);
    serde_json::value::to_raw_value(&value).map(Some).map_err(bad)
}

fn replace_nul(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) if text.contains('\0') => *text = text.replace('\0', "\u{fffd}"),
        serde_json::Value::Array(items) => items.iter_mut().for_each(replace_nul),
        serde_json::Value::Object(fields) => {
            if fields.keys().any(|name| name.contains('\0')) {
                *fields = std::mem::take(fields)
                    .into_iter()
                    .map(|(name, value)| (name.replace('\0', "\u{fffd}"), value))
                    .collect();
            }
            fields.values_mut().for_each(replace_nul);
        }
        _ => {}
    }
}

/// A number to its last bit: serde_json's own reading may be off by one unit in the last place.
pub(crate) fn exact<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    raw.get().parse().map_err(serde::de::Error::custom)
}

/// The same for a number that may be absent.
pub(crate) fn exact_opt<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let raw = Option::<Box<RawValue>>::deserialize(deserializer)?;
    raw.map(|raw| raw.get().parse().map_err(serde::de::Error::custom)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn signal() -> NewSignal {
        NewSignal {
            id: "01JD".to_owned(),
            symbol: "BTC".to_owned(),
            signal: "LONG".to_owned(),
            score: 63.4,
            timestamp: UtcMs(1_763_640_007_123),
            ..NewSignal::default()
        }
    }

    fn json(text: &str) -> Json {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn a_line_is_one_line_and_reads_back() {
        let row = NewSignal { metrics: Some(json("{\n \"a\": \"x\\ny\"\n}")), ..signal() };
        let line = Record::new(row, DataSource::Live, UtcMs(1_763_640_008_001)).unwrap().line().unwrap();
        assert_eq!(line.iter().position(|byte| *byte == b'\n'), Some(line.len() - 1));
        let back = Record::parse(&line).unwrap();
        assert_eq!((back.created_at, back.data_source()), (UtcMs(1_763_640_008_001), "live"));
        let metrics: serde_json::Value = serde_json::from_str(back.row.metrics.unwrap().get()).unwrap();
        assert_eq!(metrics, serde_json::json!({"a": "x\ny"}));
    }

    #[test]
    fn what_the_database_would_refuse_is_refused_before_the_promise() {
        let bad = [
            NewSignal { id: String::new(), ..signal() },
            NewSignal { symbol: "B\0C".to_owned(), ..signal() },
            NewSignal { score: f64::NAN, ..signal() },
            NewSignal { score: 100.1, ..signal() },
            NewSignal { price: Some(f64::INFINITY), ..signal() },
            NewSignal { timestamp: UtcMs(-1), ..signal() },
            NewSignal { metrics: Some(json("{\"a\": \"\\ud800\"}")), ..signal() },
            NewSignal { metrics: Some(json("1e999")), ..signal() },
        ];
        for row in bad {
            let told = format!("{row:?}");
            assert!(
                matches!(Record::new(row, DataSource::Live, UtcMs(0)), Err(StoreError::Invalid { .. })),
                "{told}"
            );
        }
    }

    #[test]
    fn nul_characters_in_json_are_replaced() {
        let stored = storable(json(r#"{"a\u0000": ["x\u0000y", "\\u0000"]}"#)).unwrap().unwrap();
        let value: serde_json::Value = serde_json::from_str(stored.get()).unwrap();
        assert_eq!(value, serde_json::json!({"a\u{fffd}": ["x\u{fffd}y", "\\u0000"]}));
        assert!(storable(json("null")).unwrap().is_none());
    }

    proptest! {
        #[test]
        fn numbers_survive_to_the_last_bit(score in 0.0_f64..=100.0, price in proptest::num::f64::NORMAL) {
            let row = NewSignal { score, price: Some(price), ..signal() };
            let line = Record::new(row, DataSource::Replay, UtcMs(5)).unwrap().line().unwrap();
            let back = Record::parse(&line).unwrap().row;
            prop_assert_eq!(back.score.to_bits(), score.to_bits());
            prop_assert_eq!(back.price.map(f64::to_bits), Some(price.to_bits()));
        }

        #[test]
        fn any_bytes_are_a_record_or_a_reason(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Record::parse(&line);
        }
    }
}
